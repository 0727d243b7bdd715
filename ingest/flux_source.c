/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/flux_source.c - "gw:DRIVE" as a source: a floppy read as flux */
#include "ingest/flux_source.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/jsonw.h"
#include "core/source.h"
#include "core/str.h"
#include "ingest/attach.h"
#include "ingest/event_add.h"
#include "ingest/medium_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "flux"
#define MARKER "flux.json" /* written last: the disk has been read */
#define MARKER_MAX ((size_t)64 << 10)

void mun_flux_facts_clear(struct mun_flux_facts *f)
{
	free(f->image);
	free(f->log);
	f->image = f->log = NULL;
}

int mun_flux_source_check(const struct mun_ingest_request *q, struct mun_err *e)
{
	const char *drive = "";

	(void)mun_flux_is_source(q->source, &drive);
	if (!mun_flux_drive_is(drive))
		return mun_fail(e, MUN_EINVAL,
				"'%s': drives of gw are a, b and 0 to 3",
				q->source);
	if (q->map)
		return mun_fail(e, MUN_EINVAL,
				"'%s' is a drive: a map belongs to an image "
				"that another program made",
				q->source);
	if (q->merge)
		return mun_fail(e, MUN_EINVAL,
				"'%s': readings as flux are not merged; take "
				"it in as an object of its own",
				q->source);
	return 0;
}

static int save_marker(const char *dir, const struct mun_flux_facts *f,
		       struct mun_err *e)
{
	mun_autofree char *text = NULL;
	struct mun_jsonw w;
	int rc;

	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_text(&w, "drive", f->drive);
	mun_jsonw_text(&w, "version", f->by.version);
	mun_jsonw_text(&w, "model", f->by.model);
	mun_jsonw_text(&w, "firmware", f->by.firmware);
	mun_jsonw_text(&w, "serial", f->by.serial);
	mun_jsonw_u64(&w, "cylinders", f->by.cylinders);
	mun_jsonw_u64(&w, "heads", f->by.heads);
	mun_jsonw_u64(&w, "revolutions", f->by.revolutions);
	mun_jsonw_i64(&w, "started_ms", f->started_ms);
	mun_jsonw_i64(&w, "ended_ms", f->ended_ms);
	mun_jsonw_end_object(&w);
	rc = mun_jsonw_finish(&w, e);
	if (!rc)
		rc = mun_str_take(&w.out, &text, e);
	else
		mun_str_free(&w.out);
	return rc ? rc : mun_file_write_new(dir, MARKER, text, strlen(text), e);
}

static bool get_text(const json_t *doc, const char *key, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(doc, key));

	if (!text || strlen(text) >= size)
		return false;
	(void)snprintf(out, size, "%s", text);
	return true;
}

static bool get_number(const json_t *doc, const char *key, int64_t *out)
{
	const json_t *j = json_object_get(doc, key);

	*out = json_integer_value(j);
	return json_is_integer(j) && *out >= 0;
}

static bool get_facts(const json_t *doc, struct mun_flux_facts *f)
{
	int64_t cylinders;
	int64_t heads;
	int64_t revolutions;

	if (!get_text(doc, "drive", f->drive, sizeof(f->drive)) ||
	    !get_text(doc, "version", f->by.version, sizeof(f->by.version)) ||
	    !get_text(doc, "model", f->by.model, sizeof(f->by.model)) ||
	    !get_text(doc, "firmware", f->by.firmware,
		      sizeof(f->by.firmware)) ||
	    !get_text(doc, "serial", f->by.serial, sizeof(f->by.serial)) ||
	    !get_number(doc, "cylinders", &cylinders) ||
	    !get_number(doc, "heads", &heads) ||
	    !get_number(doc, "revolutions", &revolutions) ||
	    !get_number(doc, "started_ms", &f->started_ms) ||
	    !get_number(doc, "ended_ms", &f->ended_ms))
		return false;
	f->by.cylinders = (unsigned int)cylinders;
	f->by.heads = (unsigned int)heads;
	f->by.revolutions = (unsigned int)revolutions;
	return true;
}

/* Of an earlier run; false where it did not come to its end. */
static int load_marker(const char *dir, struct mun_flux_facts *f, bool *whole,
		       struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	mun_autojson json_t *doc = NULL;
	struct mun_err why;
	size_t len = 0;
	int rc = mun_path_join(dir, MARKER, &path, e);

	*whole = false;
	if (rc)
		return rc;
	rc = mun_file_read(path, MARKER_MAX, &text, &len, &why);
	if (rc == MUN_ENOENT)
		return 0;
	if (rc) {
		*e = why;
		return rc;
	}
	*whole = !mun_json_parse(text, len, &doc, &why) && get_facts(doc, f);
	return 0;
}

static int fetch_new(const struct mun_session *s, const char *dir,
		     const char *drive, const struct mun_progress_to *progress,
		     struct mun_flux_facts *f, struct mun_err *e)
{
	const struct mun_flux_request q = {
		.drive = drive,
		.retries = s->req.rescue.retries,
		.out_path = f->image,
		.log_path = f->log,
		.progress = progress,
	};
	int rc = mun_tree_remove(dir, e);

	if (!rc)
		rc = mun_mkdirs(dir, e);
	if (rc)
		return rc;
	(void)snprintf(f->drive, sizeof(f->drive), "%.7s", drive);
	f->started_ms = mun_now_ms();
	rc = mun_flux_read(&q, &f->by, e);
	f->ended_ms = mun_now_ms();
	return rc ? rc : save_marker(dir, f, e);
}

int mun_flux_fetch(const struct mun_session *s,
		   const struct mun_progress_to *progress,
		   struct mun_flux_facts *out, struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	const char *drive = "";
	bool whole = false;
	int rc = mun_path_join(s->dir, FOLDER, &dir, e);

	*out = (struct mun_flux_facts){ .image = NULL };
	(void)mun_flux_is_source(s->req.source, &drive);
	if (!rc)
		rc = mun_path_join(dir, "disk.scp", &out->image, e);
	if (!rc)
		rc = mun_path_join(dir, "gw.log", &out->log, e);
	if (!rc)
		rc = load_marker(dir, out, &whole, e);
	if (rc || whole)
		return rc;
	rc = fetch_new(s, dir, drive, progress, out, e);
	return rc ? mun_ctx(e, "'%s'", s->req.source) : 0;
}

int mun_flux_attach(const struct mun_flux_facts *f, struct mun_stage *st,
		    unsigned int algs, struct mun_record *r, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	struct mun_rec_file *file = NULL;
	int rc = mun_source_open_file(f->log, &src, e);

	if (!rc)
		rc = mun_attach_source(st, r, src, MUN_PATH_FLUX_LOG,
				       MUN_ROLE_CAPTURE, algs, &file, e);
	if (rc)
		return rc;
	file->format = "Log of gw";
	file->mime = "text/plain";
	return 0;
}

static int add_agents(const struct mun_flux_facts *f, struct mun_record *r,
		      const char **software, const char **hardware,
		      struct mun_err *e)
{
	const char *firmware =
		f->by.firmware[0]
			? mun_arena_fmt(r->arena, "firmware %s", f->by.firmware)
			: "";
	const char *serial =
		f->by.serial[0]
			? mun_arena_fmt(r->arena, "serial %s", f->by.serial)
			: "";
	int rc = mun_arena_failed(r->arena, e);

	if (!rc)
		rc = mun_event_agent(r, "software", "Greaseweazle host tools",
				     f->by.version, "", software, e);
	if (!rc)
		rc = mun_event_agent(r, "hardware",
				     f->by.model[0] ? f->by.model
						    : "Greaseweazle",
				     firmware, serial, hardware, e);
	return rc;
}

int mun_flux_event(const struct mun_flux_facts *f, const char *write_blocker,
		   const char *operator_id, const char *program_id,
		   struct mun_record *r, struct mun_err *e)
{
	const char *protection = write_blocker[0] ? write_blocker : "none";
	const char *software = NULL;
	const char *hardware = NULL;
	struct mun_rec_event *ev;
	int rc = add_agents(f, r, &software, &hardware, e);

	if (!rc)
		rc = mun_property_add(r, MUN_PROPERTY_PROTECTION, protection,
				      e);
	if (rc)
		return rc;
	ev = mun_event_at_ms(r, "imaging", f->started_ms, f->ended_ms, e);
	if (!ev)
		return e->code;
	ev->detail = mun_arena_fmt(
		r->arena,
		"floppy read as flux by gw read --raw, drive %s: %u cylinders, "
		"%u side%s, %u revolutions of each track; what gw wrote is "
		"kept as it is, and its log; write protection: %s (the "
		"command reads only)",
		f->drive[0] ? f->drive : "as gw has it", f->by.cylinders,
		f->by.heads, f->by.heads == 1 ? "" : "s", f->by.revolutions,
		protection);
	if (operator_id)
		mun_event_link_agent(r, ev, operator_id, MUN_BY_OPERATOR);
	mun_event_link_agent(r, ev, program_id, MUN_BY_PROGRAM);
	mun_event_link_agent(r, ev, software, MUN_BY_PROGRAM);
	mun_event_link_agent(r, ev, hardware, "");
	mun_event_link_object(r, ev, MUN_LINK_CARRIER, "source");
	mun_event_link_object(r, ev, mun_record_master(r)->id, "outcome");
	return mun_arena_failed(r->arena, e);
}
