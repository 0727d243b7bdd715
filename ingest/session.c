/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/session.c - the steps of an ingest
 *
 *   acquire, identify, describe   until the stage has a record; or, of a merge,
 *                                 merge (ingest/merge.c)
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
#include "ingest/attempts.h"
#include "ingest/describe.h"
#include "ingest/events.h"
#include "ingest/expect.h"
#include "ingest/merge.h"
#include "ingest/reading.h"
#include "ingest/same_as.h"
#include "ingest/session_read.h"
#include "store/stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct steps {
	const struct mun_ingest_env *env;
	struct mun_session *s;
	struct mun_device *medium;
	const char *source; /* where it is now; NULL */
	struct mun_record *record;
	struct mun_proof master; /* of a read-back behind the writer */
	bool refused; /* nothing is taken in ... */
	bool mismatch; /* ... as a promise was not met */
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

static int step_read(struct steps *t, struct mun_err *e)
{
	struct mun_session_read read = {
		.env = t->env,
		.s = t->s,
		.medium = t->medium,
		.source = t->source,
		.urn = t->urn,
	};
	int rc = mun_session_read(&read, e);

	t->record = read.record;
	t->master = read.master;
	t->refused = read.refused;
	t->mismatch = read.mismatch;
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

/* The property begins with the number. */
static uint64_t doubtful_bytes(const struct mun_record *r)
{
	const char *text = mun_record_property(r, MUN_PROPERTY_DOUBTFUL);

	return text ? strtoull(text, NULL, 10) : 0;
}

/* Of a device: was a budget spent before all was tried? */
static int stopped(const struct steps *t, const char **out, struct mun_err *e)
{
	struct mun_attempts all = { 0 };
	int rc = mun_attempts_load(t->s->dir, &all, e);

	*out = "";
	if (!rc && all.n && all.of[all.n - 1].stop == MUN_RESCUE_TIME)
		*out = MUN_STOPPED_TIME;
	if (!rc && all.n && all.of[all.n - 1].stop == MUN_RESCUE_ERRORS)
		*out = MUN_STOPPED_ERRORS;
	mun_attempts_clear(&all);
	return rc;
}

static int result(struct steps *t, struct mun_ingest_result *out,
		  struct mun_err *e)
{
	const struct mun_record *r = t->record;
	const struct mun_rec_file *f = mun_record_master(r);
	mun_autofree char *dir = NULL;
	int rc;

	if (!f)
		return mun_fail(e, MUN_ECORRUPT, "object '%s' has no master",
				t->s->id);
	rc = mun_store_object_dir(t->env->store, t->urn, &dir, e);
	if (!rc)
		rc = mun_same_as(t->env->catalog, r, out->same_as, e);
	if (rc)
		return rc;
	put_text(out->id, sizeof(out->id), r->id);
	put_text(out->label, sizeof(out->label), r->label);
	put_text(out->outcome, sizeof(out->outcome), r->outcome);
	put_text(out->format, sizeof(out->format), r->format);
	put_text(out->path, sizeof(out->path), dir);
	out->bytes = r->bytes;
	out->unreadable_bytes = r->unreadable_bytes;
	out->doubtful_bytes = doubtful_bytes(r);
	out->version = r->version;
	out->damaged = mun_record_is_damaged(r);
	out->digests = f->digests;
	out->expected = kept_promise(t, f);
	memcpy(out->root, f->tree.root, sizeof(out->root));
	return stopped(t, &out->stopped, e);
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

/* A further reading of an object that there is: read to its end, then merged.
 * A file that does not belong to it is no loss; what a drive gave is kept. */
static int until_merged(struct steps *t, struct mun_err *e)
{
	struct mun_merge_summary sum = { 0 };
	struct mun_merge_summary *to = t->env->merged ? t->env->merged : &sum;
	struct mun_reading done = { 0 };
	struct mun_err why;
	int rc = mun_reading_load(t->s->dir, &done, &why);

	mun_reading_clear(&done);
	rc = rc ? step_read(t, e) : 0;
	if (rc)
		return rc;
	rc = mun_merge_session(t->env, t->s, t->env->disagreed,
			       t->env->disagreed_ctx, to, e);
	t->refused = rc == MUN_EINVAL && !t->s->medium.is_device;
	if (rc)
		return rc;
	mun_object_urn(t->s->req.merge, t->urn);
	return mun_catalog_get(t->env->catalog, t->s->req.merge, false,
			       &t->record, e);
}

/* What is not taken in leaves nothing behind. */
static void refuse(struct steps *t, struct mun_ingest_result *out)
{
	struct mun_err why;
	char text[512];

	out->expected = t->mismatch ? "mismatch" : "";
	out->id[0] = '\0';
	if (mun_session_remove(t->s, &why))
		mun_log(MUN_LOG_WARN, "session '%s' is left over: %s", t->s->id,
			mun_err_text(&why, text, sizeof(text), 0));
}

int mun_session_run(const struct mun_ingest_env *env, struct mun_session *s,
		    struct mun_device *medium, const char *source,
		    struct mun_ingest_result *out, struct mun_err *e)
{
	struct steps t = {
		.env = env,
		.s = s,
		.medium = medium,
		.source = source,
	};
	bool done;
	int rc;

	out->expected = out->stopped = "";
	memcpy(out->id, s->id, sizeof(out->id));
	mun_object_urn(s->id, t.urn);
	if (s->req.merge) {
		rc = until_merged(&t, e);
	} else {
		rc = is_catalogued(&t, &done, e);
		if (!rc && !done)
			rc = until_catalogued(&t, e);
	}
	if (!rc)
		rc = result(&t, out, e);
	if (!rc)
		rc = mun_session_remove(s, e);
	else if (t.refused)
		refuse(&t, out);
	mun_record_free(t.record);
	return rc;
}
