/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/session.c - the steps of an ingest
 *
 *   acquire, identify, describe   until the stage has a record
 *   store                         until the store has the object
 *   verify, catalogue             until the catalog has it
 *   end                           the session's folder goes
 *
 * Each is begun only when what lies on disk says that it has not been done, so
 * a session that was interrupted anywhere just runs again.
 */
#include "ingest/session.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/sys.h"
#include "core/utf8.h"
#include "fixity/audit.h"
#include "ingest/acquire.h"
#include "ingest/decode.h"
#include "ingest/describe.h"
#include "ingest/events.h"
#include "ingest/expect.h"
#include "store/stage.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct steps {
	const struct mun_ingest_env *env;
	struct mun_session *s;
	struct mun_device *medium;
	struct mun_record *record;
	struct mun_proof master; /* of a read-back behind the writer */
	bool refused; /* a promise was not met: nothing is taken in */
	char urn[MUN_URN_LEN];
};

static int premis_path(const struct steps *t, char **out, struct mun_err *e)
{
	return mun_fmt(out, e, "%s/v1/content/%s", t->s->stage,
		       MUN_PATH_PREMIS);
}

static int is_described(const struct steps *t, bool *yes, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	struct stat st;
	int rc = premis_path(t, &path, e);

	*yes = !rc && !lstat(path, &st);
	return rc;
}

/* The stage cannot be trusted: the next run reads the source again. */
static int undescribe(const struct steps *t, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc = premis_path(t, &path, e);

	if (!rc && mun_sys.unlink(path) && errno != ENOENT)
		rc = mun_fail_sys(e, errno, "remove '%s'", path);
	return rc;
}

static int acquire(struct steps *t, struct mun_stage *st, struct mun_acquire *a,
		   const char *path, struct mun_err *e)
{
	mun_autofree char *image = NULL;
	int rc = mun_stage_path(st, path, &image, e);

	if (rc)
		return rc;
	a->medium = t->medium;
	a->image_path = image;
	a->session_dir = t->s->dir;
	a->algs = t->s->algs;
	a->progress = t->env->progress;
	return mun_acquire_run(a, e);
}

/* Before anything else is made of it. */
static int keep_promise(struct steps *t, struct mun_described *d,
			struct mun_err *e)
{
	const struct mun_expectation *x = t->s->req.expect;
	char text[1200];
	int rc;

	if (!x)
		return 0;
	rc = mun_expectation_check(x, d->medium->bytes, &d->read->digests, e);
	d->promise_met = !rc;
	if (rc != MUN_EFIXITY)
		return rc;
	if (!x->accept_mismatch) {
		t->refused = true;
		return mun_ctx(e, "'%s'", t->s->req.source);
	}
	mun_log(MUN_LOG_WARN, "'%s': %s; taken in all the same",
		t->s->req.source, mun_err_text(e, text, sizeof(text), 0));
	mun_err_clear(e);
	return 0;
}

static int acquire_received(struct steps *t, struct mun_stage *st,
			    struct mun_acquire *a,
			    struct mun_received *received, struct mun_err *e)
{
	const char *source = t->s->req.source;
	mun_autofree char *master = NULL;
	struct mun_described d = {
		.session = t->s,
		.medium = &t->medium->facts,
		.read = a,
		.image = &received->facts,
		.received = received,
		.program_version = t->env->program_version,
		.progress = t->env->progress,
	};
	int rc = mun_master_path(received, source, &master, e);

	if (rc)
		return rc;
	d.master = master;
	d.read_started_ms = mun_now_ms();
	rc = acquire(t, st, a, d.master, e);
	if (rc)
		return mun_ctx(e, "acquire '%s'", source);
	d.read_ended_ms = mun_now_ms();
	rc = keep_promise(t, &d, e);
	return rc ? rc : mun_describe(&d, st, &t->record, e);
}

static int acquire_and_describe(struct steps *t, struct mun_stage *st,
				struct mun_acquire *a, struct mun_err *e)
{
	const struct mun_ingest_request *q = &t->s->req;
	struct mun_received received = { 0 };
	int rc;

	/* The head of the medium decides the master's name, so it is looked
	 * at first; it is the same bytes that are then kept. */
	rc = mun_received_open(t->medium, q->source, q->format, &received, e);
	if (rc)
		rc = mun_ctx(e, "identify '%s'", q->source);
	else
		rc = acquire_received(t, st, a, &received, e);
	mun_received_close(&received);
	return rc;
}

static int reopen_medium(struct steps *t, struct mun_device *again,
			 struct mun_err *e)
{
	int rc = mun_device_open(t->s->req.source, again, e);

	if (rc)
		return rc;
	rc = mun_device_same(again, &t->s->medium, e);
	if (rc) {
		mun_device_close(again);
		return mun_ctx(e, "'%s'", t->s->req.source);
	}
	t->medium = again;
	return 0;
}

static int step_read(struct steps *t, struct mun_err *e)
{
	mun_auto(stage) *st = NULL;
	struct mun_device again = { .fd = -1 };
	struct mun_acquire a = { 0 };
	int rc = 0;

	if (!t->medium)
		rc = reopen_medium(t, &again, e);
	if (!rc)
		rc = mun_stage_open(t->s->stage, t->urn, &st, e);
	if (!rc)
		rc = acquire_and_describe(t, st, &a, e);
	t->master = a.proof;
	mun_acquire_clear(&a);
	if (again.source) {
		mun_device_close(&again);
		t->medium = NULL;
	}
	return rc;
}

static int load_record(struct steps *t, const char *dir, struct mun_err *e)
{
	mun_autofree char *content = NULL;
	int rc = mun_fmt(&content, e, "%s/v1/content", dir);

	return rc ? rc : mun_described_load(content, t->s->id, &t->record, e);
}

static int step_store(struct steps *t, struct mun_err *e)
{
	struct mun_version_info info = {
		.created = t->record->created,
		.message = "accession",
		.user_name = "muniment",
		.user_address = "urn:uuid:",
	};
	mun_autofree char *address = NULL;
	mun_auto(stage) *st = NULL;
	int rc = mun_stage_open(t->s->stage, t->urn, &st, e);

	for (size_t i = 0; !rc && i < t->record->nfiles; i++)
		rc = mun_stage_add(st, t->record->files[i].path,
				   &t->record->files[i].digests, e);
	/* The first agent is the operator, where one was named. */
	if (!rc && t->record->nagents) {
		info.user_name = t->record->agents[0].name;
		rc = mun_fmt(&address, e, "urn:uuid:%s",
			     t->record->agents[0].id);
		info.user_address = address;
	}
	if (!rc)
		rc = mun_stage_commit(st, t->env->store, &info, e);
	return rc ? mun_ctx(e, "store object '%s'", t->s->id) : 0;
}

/* Has this stored file been read back already, as it was written? */
static int is_proved(struct steps *t, const struct mun_rec_file *f, bool *yes,
		     struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc;

	*yes = false;
	if (!t->master.valid || strcmp(f->role, MUN_ROLE_MASTER) != 0)
		return 0;
	rc = mun_store_file_path(t->env->store, t->urn, f->path, &path, e);
	*yes = !rc && mun_proof_holds(&t->master, path);
	return rc;
}

static int read_back_file(struct steps *t, const struct mun_rec_file *f,
			  struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	bool proved;
	int rc = is_proved(t, f, &proved, e);

	if (rc || proved)
		return rc;
	rc = mun_store_open_file(t->env->store, t->urn, f->path, MUN_READ_DISK,
				 &src, e);
	if (!rc)
		rc = mun_verify_tree(src, &f->tree, 0, "verifying",
				     t->env->progress, e);
	return rc;
}

static int read_back(struct steps *t, struct mun_err *e)
{
	for (size_t i = 0; i < t->record->nfiles; i++) {
		const struct mun_rec_file *f = &t->record->files[i];
		int rc = read_back_file(t, f, e);

		if (rc)
			return mun_ctx(e, "read '%s' back from the store",
				       f->path);
	}
	return 0;
}

/* The store must not keep what is not what was read. */
static int withdraw(struct steps *t, int rc)
{
	struct mun_err why;

	if (rc != MUN_EFIXITY && rc != MUN_ECORRUPT && rc != MUN_EIO)
		return rc;
	if (mun_store_withdraw(t->env->store, t->urn, t->s->stage, &why) ||
	    undescribe(t, &why)) {
		char text[512];

		mun_log(MUN_LOG_ERROR, "object '%s' could not be withdrawn: %s",
			t->s->id, mun_err_text(&why, text, sizeof(text), 0));
	}
	return rc;
}

static int step_catalogue(struct steps *t, struct mun_err *e)
{
	int64_t started = mun_now_ms();
	int rc = withdraw(t, read_back(t, e));

	if (!rc)
		rc = mun_event_readback(t->record, started, mun_now_ms(), e);
	if (!rc)
		rc = mun_catalog_put(t->env->catalog, t->record, e);
	return rc;
}

static int is_catalogued(struct steps *t, bool *yes, struct mun_err *e)
{
	int rc = mun_catalog_get(t->env->catalog, t->s->id, false, &t->record,
				 e);

	*yes = !rc;
	return rc == MUN_ENOENT ? 0 : rc;
}

static void put_text(char *out, size_t size, const char *text)
{
	size_t len;

	(void)snprintf(out, size, "%s", text);
	len = strlen(out);
	mun_utf8_trim(out, &len);
	out[len] = '\0';
}

/* Said by the record, whichever run read the medium. */
static const char *kept_promise(const struct steps *t,
				const struct mun_rec_file *f)
{
	const struct mun_expectation *x = t->s->req.expect;
	struct mun_err why;

	if (!x)
		return "";
	return mun_expectation_check(x, f->bytes, &f->digests, &why)
		       ? "mismatch"
		       : "match";
}

static int result(struct steps *t, struct mun_ingest_result *out,
		  struct mun_err *e)
{
	const struct mun_record *r = t->record;
	const struct mun_rec_file *f = mun_record_master(r);
	mun_autofree char *dir = NULL;
	bool found = false;
	int rc;

	if (!f)
		return mun_fail(e, MUN_ECORRUPT, "object '%s' has no master",
				t->s->id);
	rc = mun_store_object_dir(t->env->store, t->urn, &dir, e);
	if (!rc)
		rc = mun_catalog_find_digest(t->env->catalog, MUN_SHA512,
					     &f->digests.of[MUN_SHA512],
					     t->s->id, &found, out->same_as, e);
	if (rc)
		return rc;
	if (!found)
		out->same_as[0] = '\0';
	put_text(out->label, sizeof(out->label), r->label);
	put_text(out->outcome, sizeof(out->outcome), r->outcome);
	put_text(out->format, sizeof(out->format), r->format);
	put_text(out->path, sizeof(out->path), dir);
	out->bytes = r->bytes;
	out->unreadable_bytes = r->unreadable_bytes;
	out->damaged = mun_record_is_damaged(r);
	out->digests = f->digests;
	out->expected = kept_promise(t, f);
	memcpy(out->root, f->tree.root, sizeof(out->root));
	return 0;
}

/* A power cut may leave a record that is not whole: it is synced only with
 * the object, since nothing is lost by reading the source again. */
static int use_description(struct steps *t, bool *usable, struct mun_err *e)
{
	char text[512];
	int rc = is_described(t, usable, e);

	if (rc || !*usable)
		return rc;
	rc = load_record(t, t->s->stage, e);
	if (rc != MUN_ECORRUPT && rc != MUN_ENOENT)
		return rc;
	mun_log(MUN_LOG_WARN, "%s: reading the source again",
		mun_err_text(e, text, sizeof(text), 0));
	*usable = false;
	return undescribe(t, e);
}

/* From the record in the stage to the object in the store. */
static int until_stored(struct steps *t, struct mun_err *e)
{
	bool described;
	int rc = use_description(t, &described, e);

	if (!rc && !described)
		rc = step_read(t, e);
	return rc ? rc : step_store(t, e);
}

static int until_catalogued(struct steps *t, struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	bool stored;
	int rc = mun_store_has(t->env->store, t->urn, &stored, e);

	if (rc)
		return rc;
	if (!stored) {
		rc = until_stored(t, e);
	} else {
		rc = mun_store_object_dir(t->env->store, t->urn, &dir, e);
		if (!rc)
			rc = load_record(t, dir, e);
	}
	return rc ? rc : step_catalogue(t, e);
}

/* What was not promised leaves nothing behind. */
static void refuse(struct steps *t, struct mun_ingest_result *out)
{
	struct mun_err why;
	char text[512];

	out->expected = "mismatch";
	out->id[0] = '\0';
	if (mun_session_remove(t->s, &why))
		mun_log(MUN_LOG_WARN, "session '%s' is left over: %s", t->s->id,
			mun_err_text(&why, text, sizeof(text), 0));
}

int mun_session_run(const struct mun_ingest_env *env, struct mun_session *s,
		    struct mun_device *medium, struct mun_ingest_result *out,
		    struct mun_err *e)
{
	struct steps t = { .env = env, .s = s, .medium = medium };
	bool done;
	int rc;

	out->expected = "";
	memcpy(out->id, s->id, sizeof(out->id));
	mun_object_urn(s->id, t.urn);
	rc = is_catalogued(&t, &done, e);
	if (!rc && !done)
		rc = until_catalogued(&t, e);
	if (!rc)
		rc = result(&t, out, e);
	if (!rc)
		rc = mun_session_remove(s, e);
	else if (t.refused)
		refuse(&t, out);
	mun_record_free(t.record);
	return rc;
}
