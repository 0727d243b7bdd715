/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/merge.c - a session's reading becomes a version of an object
 *
 * What has been done is read off what lies on disk, as ever (ingest/session.c):
 *
 *   the catalog's version is older than the store's   read it back, catalogue
 *   the newest reading is that of this session        done
 *   else                                              vote, build, commit
 *
 * A vote is held anew after an interruption: that costs less than it would to
 * find out how far it came.
 */
#include "ingest/merge.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "core/sys.h"
#include "fixity/hashpass.h"
#include "ingest/content.h"
#include "ingest/events.h"
#include "ingest/mended.h"
#include "ingest/merge_build.h"
#include "ingest/merge_catalogue.h"
#include "ingest/merge_told.h"
#include "ingest/stored.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct merging {
	const struct mun_ingest_env *env;
	struct mun_session *s;
	mun_disagreement_fn *seen;
	void *ctx;
	struct mun_merge_summary *out;
	char urn[MUN_URN_LEN];
	struct mun_stage *st;
	struct mun_record *r; /* as the catalog has it */
	struct mun_reading fresh;
	struct mun_attempts attempts;
	struct mun_range_list mended; /* by it */
	struct mun_merge_old old;
	struct mun_source *image; /* of the new reading */
	bool committing; /* the stage may be needed to end that */
};

/* ---- what an interrupted run has left ---- */

static int get(struct merging *m, struct mun_err *e)
{
	mun_record_free(m->r);
	m->r = NULL;
	return mun_catalog_get(m->env->catalog, m->s->req.merge, true, &m->r,
			       e);
}

static int catch_up(struct merging *m, struct mun_err *e)
{
	int rc = mun_merge_catch_up(m->env, m->s->req.merge, NULL, e);

	return rc ? rc : get(m, e);
}

/* Is the newest reading of the object this session's? */
static int is_done(const struct merging *m, bool *yes, struct mun_err *e)
{
	size_t n = mun_merge_count(m->r);
	mun_autofree char *text = NULL;
	mun_autojson json_t *j = NULL;
	const char *session;
	char path[64];
	size_t len;
	int rc;

	*yes = false;
	if (!n)
		return 0;
	(void)snprintf(path, sizeof(path), MUN_READS "%zu/reading.json", n);
	rc = mun_merge_read(m->env->store, m->r, path, &text, &len, e);
	if (!rc)
		rc = mun_json_parse(text, len, &j, e);
	if (rc)
		return rc;
	session = json_string_value(json_object_get(j, "session"));
	*yes = session && !strcmp(session, m->s->id);
	return *yes ? mun_merge_told(m->env->store, m->r, j, m->seen, m->ctx,
				     m->out, e)
		    : 0;
}

/* ---- the vote ---- */

static int check_size(const struct merging *m, struct mun_err *e)
{
	uint64_t have = m->old.master->size;
	uint64_t got = m->fresh.bytes;

	if (have == got)
		return 0;
	return mun_fail(e, MUN_EINVAL,
			"'%s' has %" PRIu64 " bytes, the image in object %s "
			"%" PRIu64 ": %" PRIu64 " bytes %s",
			m->s->req.source, got, m->r->id, have,
			got > have ? got - have : have - got,
			got > have ? "more" : "less");
}

/* A byte that turned in the spool would be told of as a lie of the medium. */
static int check_spool(const struct merging *m, struct mun_err *e)
{
	struct mun_digests none = { 0 };
	struct mun_tree tree = { 0 };
	int rc = mun_hash_source(m->image, 0, &none, &tree, "verifying",
				 m->env->progress, e);

	if (!rc && memcmp(tree.root, m->fresh.root, sizeof(tree.root)) != 0)
		rc = mun_fail(e, MUN_EFIXITY,
			      "'%s' is not what was read: the disk that it is "
			      "on has damaged it",
			      m->fresh.image);
	mun_tree_clear(&tree);
	return rc;
}

static int open_all(struct merging *m, struct mun_err *e)
{
	int rc = mun_reading_load(m->s->dir, &m->fresh, e);

	if (!rc)
		rc = mun_merge_is_sectors(m->fresh.name, m->s->req.source, e);
	if (!rc)
		rc = mun_attempts_load(m->s->dir, &m->attempts, e);
	if (!rc)
		rc = mun_mended_list(m->s->dir, MUN_MENDED_SECTOR, &m->mended,
				     e);
	if (!rc)
		rc = mun_merge_old_open(m->env->store, m->r, &m->old, e);
	if (!rc)
		rc = check_size(m, e);
	if (!rc)
		rc = mun_source_open_file(m->fresh.image, &m->image, e);
	return rc ? rc : check_spool(m, e);
}

/* Those that the master has, so that all versions can be compared. */
static unsigned int algs_of(const struct merging *m)
{
	unsigned int algs = m->s->algs | MUN_DIGEST_BIT(MUN_SHA512);

	for (unsigned int i = 0; i < MUN_DIGEST_N; i++)
		if (m->old.file->digests.of[i].len)
			algs |= MUN_DIGEST_BIT(i);
	return algs;
}

/* Whose drive it was, or which file. */
static int name_of(const struct merging *m, char **out, struct mun_err *e)
{
	const struct mun_attempts *a = &m->attempts;
	const char *slash = strrchr(m->s->req.source, '/');
	struct mun_str s = { 0 };

	if (m->fresh.is_device && a->n) {
		const struct mun_device_facts *f = &a->of[a->n - 1].drive;

		mun_str_addf(&s, "%s%s%s%s%s", f->vendor,
			     f->vendor[0] ? " " : "",
			     f->model[0] ? f->model : f->name,
			     f->serial[0] ? ", serial " : "", f->serial);
	} else {
		slash = slash && slash[1] ? slash + 1 : m->s->req.source;
		mun_escape(&s, slash, strlen(slash));
	}
	return mun_str_take(&s, out, e);
}

static int commit(struct merging *m, struct mun_merge_build *b,
		  struct mun_err *e)
{
	char now[MUN_TIME_LEN];
	mun_autofree char *message = NULL;
	mun_autofree char *address = NULL;
	const char *person = m->s->req.operator_name;
	const char *agent = NULL;
	struct mun_version_info info = {
		.created = now,
		.user_name = person && *person ? person : "muniment",
	};
	int rc = mun_fmt(&message, e, "merge of reading %zu", b->old->n + 1);

	mun_time_text(b->ended_ms, now);
	for (size_t i = 0; i < b->r->nagents; i++)
		if (!strcmp(b->r->agents[i].name, info.user_name))
			agent = b->r->agents[i].id;
	if (!rc && agent)
		rc = mun_fmt(&address, e, "urn:uuid:%s", agent);
	info.message = message;
	info.user_address = address;
	m->committing = !rc;
	return rc ? rc : mun_version_commit(m->st, m->env->store, &info, e);
}

static int build(struct merging *m, struct mun_merge_pass *p, const char *name,
		 int64_t started, struct mun_err *e)
{
	struct mun_merge_build b = {
		.env = m->env,
		.s = m->s,
		.fresh = &m->fresh,
		.attempts = &m->attempts,
		.fresh_name = name,
		.fresh_mended = &m->mended,
		.old = &m->old,
		.pass = p,
		.st = m->st,
		.algs = p->algs,
		.started_ms = started,
		.ended_ms = mun_now_ms(),
	};
	int rc = mun_merge_build(&b, e);

	if (!rc)
		rc = commit(m, &b, e);
	if (!rc)
		rc = mun_merge_catalogue(m->env, m->r, b.r, e);
	if (!rc)
		m->out->version = b.r->version;
	m->out->versioned = !rc;
	mun_record_free(b.r);
	return rc;
}

static int hold_vote(struct merging *m, struct mun_merge_pass *p,
		     const char *name, struct mun_err *e)
{
	mun_autofree char *image = NULL;
	int64_t started = mun_now_ms();
	int rc = mun_stage_path(m->st, m->old.file->path, &image, e);

	p->image_path = image;
	if (!rc)
		rc = mun_merge_pass(p, e);
	*m->out = p->sum;
	m->out->version = m->r->version;
	if (!rc && p->news)
		rc = build(m, p, name, started, e);
	return rc;
}

static int merge(struct merging *m, struct mun_err *e)
{
	mun_autofree char *name = NULL;
	struct mun_merge_pass p = {
		.old = &m->old,
		.dir = m->s->dir,
		.prefer = m->s->req.prefer,
		.seen = m->seen,
		.ctx = m->ctx,
		.progress = m->env->progress,
	};
	int rc = open_all(m, e);

	if (!rc)
		rc = name_of(m, &name, e);
	if (rc)
		return rc;
	p.fresh = (struct mun_voice){ m->image, &m->fresh.map };
	p.fresh_name = name;
	p.fresh_runout = &m->fresh.runout;
	p.fresh_mended = &m->mended;
	p.algs = algs_of(m);
	p.sector_bytes =
		mun_merge_sector(m->r->sector_bytes, m->fresh.sector_bytes);
	rc = hold_vote(m, &p, name, e);
	mun_merge_pass_clear(&p);
	return rc;
}

/* ---- from the beginning to the end ---- */

static int stage_dir(const struct merging *m, char **out, struct mun_err *e)
{
	return mun_fmt(out, e, "%s/" MUN_VERSION_STAGE "%s", m->env->spool,
		       m->s->id);
}

static int run(struct merging *m, struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	struct mun_err why;
	bool done = false;
	int rc = stage_dir(m, &dir, e);

	/* Ends, before anything else, a commit that was killed. */
	if (!rc)
		rc = mun_version_open(m->env->store, dir, m->urn, &m->st, e);
	if (!rc)
		rc = catch_up(m, e);
	if (!rc)
		rc = is_done(m, &done, e);
	if (!rc && !done)
		rc = merge(m, e);
	mun_stage_free(m->st);
	if (!rc)
		rc = mun_tree_remove(dir, e);
	/* What was not committed is of no use to anyone. */
	else if (dir && !m->committing && mun_tree_remove(dir, &why))
		mun_log(MUN_LOG_WARN, "'%s' could not be removed", dir);
	return rc;
}

int mun_merge_session(const struct mun_ingest_env *env, struct mun_session *s,
		      mun_disagreement_fn *seen, void *ctx,
		      struct mun_merge_summary *out, struct mun_err *e)
{
	struct merging m = {
		.env = env, .s = s, .seen = seen, .ctx = ctx, .out = out
	};
	int rc;

	*out = (struct mun_merge_summary){ 0 };
	mun_object_urn(s->req.merge, m.urn);
	rc = run(&m, e);
	mun_source_close(m.image);
	mun_merge_old_close(&m.old);
	mun_attempts_clear(&m.attempts);
	mun_range_list_clear(&m.mended);
	mun_reading_clear(&m.fresh);
	mun_record_free(m.r);
	return rc ? mun_ctx(e, "merge '%s' into object %s", s->req.source,
			    s->req.merge)
		  : 0;
}

/* Nobody but the catalog lacks the version: going on is all that is left. */
static int refuse_half(const struct mun_ingest_env *env, const char *id,
		       const char *urn, struct mun_err *e)
{
	mun_auto(record) *known = NULL;
	mun_auto(record) *stored = NULL;
	int rc = mun_catalog_get(env->catalog, id, false, &known, e);

	if (!rc)
		rc = mun_stored_load(env->store, urn, &stored, e);
	if (!rc && stored->version > known->version)
		rc = mun_fail(e, MUN_EINVAL,
			      "the store has version %u of object %s already: "
			      "resume the session instead",
			      stored->version, id);
	return rc;
}

int mun_merge_give_up(const struct mun_ingest_env *env,
		      const struct mun_session *s, struct mun_err *e)
{
	mun_auto(stage) *st = NULL;
	mun_autofree char *dir = NULL;
	char urn[MUN_URN_LEN];
	int rc = mun_fmt(&dir, e, "%s/" MUN_VERSION_STAGE "%s", env->spool,
			 s->id);

	mun_object_urn(s->req.merge, urn);
	if (!rc)
		rc = mun_version_open(env->store, dir, urn, &st, e);
	if (!rc)
		rc = refuse_half(env, s->req.merge, urn, e);
	return rc ? rc : mun_tree_remove(dir, e);
}

int mun_merge_check(const struct mun_ingest_env *env, const char *object,
		    uint64_t bytes, struct mun_err *e)
{
	mun_auto(record) *r = NULL;
	int rc = mun_catalog_get(env->catalog, object, false, &r, e);

	if (!rc)
		rc = mun_merge_is_possible(r, e);
	if (!rc && bytes && bytes != mun_record_master(r)->bytes)
		rc = mun_fail(e, MUN_EINVAL,
			      "the source has %" PRIu64 " bytes, the image in "
			      "object %s %" PRIu64,
			      bytes, object, mun_record_master(r)->bytes);
	return rc;
}
