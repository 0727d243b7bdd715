/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/flux.c - a floppy read as flux by Greaseweazle's gw
 *
 * What gw says is not all to be believed: it exits with 0 after a command that
 * its device refused, and gw info fails where it cannot ask the network for a
 * newer firmware.  So the file that it made is looked at.
 */
#include "medium/flux.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/file.h"
#include "core/source.h"
#include "core/spawn.h"
#include "core/str.h"
#include "core/sys.h"
#include "medium/flux_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define INFO_MS 30000u
/* A track takes a second or so; one that is retried, and a drive that seeks
 * for its first track, some more. */
#define SILENCE_MS 120000u
#define REVOLUTIONS 3u
#define SCP_HEADER 0x10u

struct reading {
	const struct mun_flux_request *q;
	int log;
	struct mun_flux_text text;
	char strip[MUN_FLUX_CYLINDERS_MAX * MUN_FLUX_HEADS + 1];
};

bool mun_flux_is_source(const char *source, const char **drive)
{
	if (strncmp(source, "gw:", 3) != 0)
		return false;
	*drive = source + 3;
	return true;
}

static unsigned int silence_ms(const struct mun_flux_request *q)
{
	return q->silence_ms ? q->silence_ms : SILENCE_MS;
}

static unsigned int revolutions_of(const struct mun_flux_request *q)
{
	return q->revolutions ? q->revolutions : REVOLUTIONS;
}

/* By cylinder: what is read, and what is to come. */
static void tell(struct reading *r)
{
	const struct mun_flux_text *t = &r->text;
	const struct mun_progress_to *to = r->q->progress;
	unsigned int total = MUN_MAX(t->total, t->tracks);
	const struct mun_progress_medium m = {
		.pass = "flux",
		.lba = t->cylinder,
		.cylinder = t->cylinder,
		.head = t->head,
		.strip = r->strip,
	};
	const struct mun_progress p = { .phase = "reading flux",
					.done = t->tracks,
					.total = total,
					.medium = &m,
					.unit = "tracks" };

	if (!to || !to->fn || t->cylinder < 0)
		return;
	memset(r->strip, '+', t->tracks);
	memset(r->strip + t->tracks, '.', total - t->tracks);
	r->strip[total] = '\0';
	to->fn(to->ctx, &p);
}

static int heard(void *ctx, int from, const char *data, size_t len,
		 struct mun_err *e)
{
	struct reading *r = ctx;
	int rc = mun_write_all(r->log, data, len, e);

	(void)from;
	if (rc)
		return mun_ctx(e, "log '%s'", r->q->log_path);
	mun_flux_text_feed(&r->text, data, len);
	tell(r);
	return 0;
}

static int log_line(struct reading *r, const char *const *argv,
		    struct mun_err *e)
{
	struct mun_str s = { 0 };
	mun_autofree char *text = NULL;
	int rc;

	mun_str_add(&s, "$");
	for (; *argv; argv++) {
		mun_str_add(&s, " ");
		mun_str_add(&s, *argv);
	}
	mun_str_add(&s, "\n");
	rc = mun_str_take(&s, &text, e);
	return rc ? rc : mun_write_all(r->log, text, strlen(text), e);
}

/* How it went once it ran. */
struct ended {
	bool timed_out;
	bool failed;
};

static int run(struct reading *r, const char *const *argv,
	       unsigned int timeout_ms, struct ended *ended, struct mun_err *e)
{
	struct mun_spawned done = { 0 };
	const struct mun_spawn s = {
		.argv = argv,
		.timeout_ms = timeout_ms,
		.silence_ms = silence_ms(r->q),
		.heard = heard,
		.ctx = r,
	};
	int rc = log_line(r, argv, e);

	mun_flux_text_begin(&r->text);
	if (rc)
		return mun_ctx(e, "log '%s'", r->q->log_path);
	rc = mun_spawn_run(&s, &done, e);
	*ended = (struct ended){ done.timed_out, done.status != 0 };
	mun_spawned_clear(&done);
	mun_flux_text_end(&r->text);
	if (rc == MUN_ENOENT)
		return mun_fail(e, MUN_ENOENT,
				"'%s' is not installed: floppies are read as "
				"flux by Greaseweazle's host tools "
				"(github.com/keirf/greaseweazle)",
				argv[0]);
	return rc;
}

static void take_info(const struct mun_flux_text *t,
		      struct mun_flux_result *out)
{
	const char *firmware = t->firmware + (t->firmware[0] == 'v');

	(void)snprintf(out->version, sizeof(out->version), "%s", t->version);
	(void)snprintf(out->model, sizeof(out->model), "%s", t->model);
	(void)snprintf(out->firmware, sizeof(out->firmware), "%s", firmware);
	(void)snprintf(out->serial, sizeof(out->serial), "%s", t->serial);
}

/* Its end says nothing: without a network it fails after having told all. */
static int ask(struct reading *r, const char *program,
	       struct mun_flux_result *out, struct mun_err *e)
{
	const char *const argv[] = { program, "info", NULL };
	struct ended ended;
	int rc = run(r, argv, INFO_MS, &ended, e);

	if (rc)
		return rc;
	take_info(&r->text, out);
	if (r->text.no_device)
		return mun_fail(e, MUN_EIO,
				"'%s' finds no Greaseweazle: is it connected?",
				program);
	return 0;
}

static int read_disk(struct reading *r, const char *program, struct mun_err *e)
{
	const struct mun_flux_request *q = r->q;
	const char *argv[8] = { program, "read", "--raw" };
	struct ended ended;
	char revolutions[32];
	char retries[32];
	char drive[32];
	size_t n = 3;
	int rc;

	(void)snprintf(revolutions, sizeof(revolutions), "--revs=%u",
		       revolutions_of(q));
	(void)snprintf(retries, sizeof(retries), "--retries=%u", q->retries);
	(void)snprintf(drive, sizeof(drive), "--drive=%.8s", q->drive);
	argv[n++] = revolutions;
	if (q->retries)
		argv[n++] = retries;
	if (q->drive[0])
		argv[n++] = drive;
	argv[n++] = q->out_path;
	argv[n] = NULL;
	rc = run(r, argv, 0, &ended, e);
	if (rc)
		return rc;
	if (ended.timed_out)
		return mun_fail(e, MUN_EIO,
				"'%s' said nothing for %u seconds and was "
				"ended%s%s",
				program, silence_ms(q) / 1000,
				r->text.why[0] ? ": " : "", r->text.why);
	if (ended.failed || r->text.failed)
		return mun_fail(e, MUN_EIO, "'%s' failed%s%s", program,
				r->text.why[0] ? ": " : "", r->text.why);
	return 0;
}

/* SCP of the Jim Drew format: "SCP", 16 bytes of header, 168 offsets of tracks
 * of which those that were read are not 0. */
static int look_at(const char *path, const char *program, unsigned int tracks,
		   struct mun_err *e)
{
	uint8_t head[SCP_HEADER + 4 * 168];
	mun_auto(source) *src = NULL;
	unsigned int have = 0;
	struct mun_err why;
	int rc = mun_source_open_file(path, &src, &why);

	if (rc == MUN_ENOENT)
		return mun_fail(e, MUN_EIO, "'%s' made no file '%s'", program,
				path);
	if (!rc && src->size >= sizeof(head))
		rc = mun_source_pread(src, head, sizeof(head), 0, &why);
	if (rc) {
		*e = why;
		return rc;
	}
	if (src->size < sizeof(head) || memcmp(head, "SCP", 3) != 0)
		return mun_fail(e, MUN_EIO,
				"what '%s' made is not a flux image: '%s'",
				program, path);
	for (size_t i = SCP_HEADER; i < sizeof(head); i += 4)
		have += mun_le32(head + i) != 0;
	if (have < tracks)
		return mun_fail(e, MUN_EIO,
				"'%s' read %u tracks, but '%s' has %u", program,
				tracks, path, have);
	return 0;
}

bool mun_flux_drive_is(const char *drive)
{
	return !drive[0] || (!drive[1] && strchr("abAB0123", drive[0]));
}

static int check_request(const struct mun_flux_request *q, struct mun_err *e)
{
	struct mun_str clean = { 0 };
	mun_autofree char *text = NULL;
	int rc;

	if (!mun_flux_drive_is(q->drive)) {
		mun_escape(&clean, q->drive, strlen(q->drive));
		rc = mun_str_take(&clean, &text, e);
		return rc ? rc
			  : mun_fail(e, MUN_EINVAL,
				     "'gw:%.40s': drives are a, b and 0 to 3",
				     text);
	}
	/* What follows "::" are options to gw. */
	if (strstr(q->out_path, "::"))
		return mun_fail(e, MUN_EINVAL, "'%s': gw takes no such name",
				q->out_path);
	return 0;
}

static int read_all(struct reading *r, struct mun_flux_result *out,
		    struct mun_err *e)
{
	const char *program = r->q->program ? r->q->program : "gw";
	int rc = ask(r, program, out, e);

	if (!rc)
		rc = read_disk(r, program, e);
	if (rc)
		return rc;
	out->cylinders = r->text.cylinders;
	out->heads = r->text.heads;
	out->revolutions = revolutions_of(r->q);
	rc = look_at(r->q->out_path, program, r->text.tracks, e);
	return rc ? rc : mun_file_sync(r->q->out_path, e);
}

static int close_log(struct reading *r, int rc, struct mun_err *e)
{
	if (mun_sys.fsync(r->log) && !rc)
		rc = mun_fail_sys(e, errno, "sync '%s'", r->q->log_path);
	if (mun_sys.close(r->log) && !rc)
		rc = mun_fail_sys(e, errno, "close '%s'", r->q->log_path);
	return rc;
}

int mun_flux_read(const struct mun_flux_request *q, struct mun_flux_result *out,
		  struct mun_err *e)
{
	struct reading r = { .q = q };
	int rc = check_request(q, e);

	*out = (struct mun_flux_result){ .version = "" };
	if (rc)
		return rc;
	r.log = mun_sys.open(
		q->log_path,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (r.log < 0)
		return mun_fail_sys(e, errno, "create '%s'", q->log_path);
	return close_log(&r, read_all(&r, out, e), e);
}
