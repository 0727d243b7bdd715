/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/session_file.c - a session: its folder, its lock, what it was asked */
#include "ingest/session_file.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/sys.h"
#include "ingest/expect.h"
#include "ingest/parity.h"
#include "ingest/session_json.h"
#include "ingest/session_promise.h"
#include "medium/flux.h"

#include <errno.h>
#include <string.h>

#define MAP_NAME "received.map"
#define MAP_MAX ((size_t)1 << 30)

static int make(const struct mun_ingest_env *env, const char *id,
		struct mun_session **out, struct mun_err *e)
{
	struct mun_session *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return mun_fail_nomem(e, "session");
	s->lock = -1;
	memcpy(s->id, id, sizeof(s->id));
	rc = mun_arena_new(&s->arena, e);
	if (!rc) {
		s->dir = mun_arena_fmt(s->arena, "%s/%s", env->spool, id);
		s->stage =
			mun_arena_fmt(s->arena, "%s/%s/object", env->spool, id);
		rc = mun_arena_failed(s->arena, e);
	}
	if (rc) {
		mun_session_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

static int take_lock(struct mun_session *s, struct mun_err *e)
{
	const char *path = mun_arena_fmt(s->arena, "%s/lock", s->dir);
	int rc = mun_arena_failed(s->arena, e);

	return rc ? rc : mun_lock_take(path, &s->lock, e);
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* "gw:a" is no path. */
static char *real_source(const char *source)
{
	const char *drive;

	return mun_flux_is_source(source, &drive) ? strdup(source)
						  : realpath(source, NULL);
}

/* The request outlives its caller's strings, and no text of it is NULL. */
static int copy_request(struct mun_session *s,
			const struct mun_ingest_request *r, struct mun_err *e)
{
	struct mun_arena *a = s->arena;
	mun_autofree char *real = real_source(r->source);
	mun_autofree char *map = r->map ? realpath(r->map, NULL) : NULL;
	struct mun_ingest_identifier *ids;
	const char **files;

	if (!real)
		return mun_fail_sys(e, errno, "find '%s'", r->source);
	if (r->map && !map)
		return mun_fail_sys(e, errno, "find '%s'", r->map);
	s->req = *r;
	s->req.map = mun_arena_strdup(a, map);
	s->req.id = s->id;
	s->req.source = mun_arena_strdup(a, real);
	s->req.label = mun_arena_strdup(a, or_empty(r->label));
	s->req.collection = mun_arena_strdup(a, or_empty(r->collection));
	s->req.media_type = mun_arena_strdup(a, or_empty(r->media_type));
	s->req.operator_name = mun_arena_strdup(a, or_empty(r->operator_name));
	s->req.write_blocker = mun_arena_strdup(a, or_empty(r->write_blocker));
	s->req.note = mun_arena_strdup(a, or_empty(r->note));
	s->req.format = mun_arena_strdup(a, r->format);
	s->req.platform = mun_arena_strdup(a, r->platform);
	s->req.merge = mun_arena_strdup(a, r->merge);
	s->req.prefer = mun_arena_strdup(a, r->prefer);
	ids = mun_arena_array(a, r->nidentifiers, sizeof(*ids));
	files = mun_arena_array(a, r->nattachments, sizeof(*files));
	for (size_t i = 0; ids && i < r->nidentifiers; i++) {
		ids[i].type = mun_arena_strdup(a, r->identifiers[i].type);
		ids[i].value = mun_arena_strdup(a, r->identifiers[i].value);
	}
	for (size_t i = 0; files && i < r->nattachments; i++) {
		mun_autofree char *file = realpath(r->attachments[i], NULL);

		if (!file)
			return mun_fail_sys(e, errno, "find '%s'",
					    r->attachments[i]);
		files[i] = mun_arena_strdup(a, file);
	}
	s->req.identifiers = ids;
	s->req.attachments = files;
	s->req.expect = mun_promise_copy(a, r->expect);
	return mun_arena_failed(a, e);
}

int mun_session_map_path(const struct mun_session *s, char **out,
			 struct mun_err *e)
{
	return mun_path_join(s->dir, MAP_NAME, out, e);
}

/* As it is now: it may be gone when the image has been read. */
static int copy_map(const struct mun_session *s, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	size_t len = 0;
	int rc = mun_file_read(s->req.map, MAP_MAX, &text, &len, e);

	return rc ? rc : mun_file_write_new(s->dir, MAP_NAME, text, len, e);
}

/* Folder, lock, file, in this order: see is_unbegun(). */
static int begin(struct mun_session *s, const struct mun_ingest_request *req,
		 struct mun_err *e)
{
	struct mun_err ignored;
	struct stat st;
	int rc = copy_request(s, req, e);

	if (rc)
		return rc;
	/* What is removed below after a failure has to be of our making. */
	if (req->id && !lstat(s->dir, &st))
		return mun_fail(e, MUN_EEXIST, "session '%s' is there already",
				req->id);
	rc = mun_mkdirs(s->dir, e);
	if (!rc)
		rc = take_lock(s, e);
	if (!rc && s->req.map)
		rc = copy_map(s, e);
	if (!rc)
		rc = mun_session_json_write(s, e);
	if (rc && mun_tree_remove(s->dir, &ignored))
		mun_log(MUN_LOG_WARN, "'%s' is left over", s->dir);
	return rc;
}

static int try_new(const struct mun_ingest_env *env,
		   const struct mun_ingest_request *req,
		   const struct mun_device *medium, struct mun_session **out,
		   struct mun_err *e)
{
	mun_auto(session) *s = NULL;
	char now[MUN_TIME_LEN];
	char id[MUN_UUID_LEN];
	int rc = 0;

	if (!req->id)
		rc = mun_uuid_new(id, e);
	else if (!mun_uuid_is(req->id))
		rc = mun_fail(e, MUN_EINVAL, "'%s' is no UUID", req->id);
	else
		memcpy(id, req->id, sizeof(id));
	if (!rc)
		rc = make(env, id, &s, e);
	if (rc)
		return rc;
	mun_time_text(mun_now_ms(), now);
	s->created = mun_arena_strdup(s->arena, now);
	s->medium = medium->facts;
	if (medium->facts.is_device)
		rc = mun_identity_of_device(medium, &s->identity, e);
	if (rc)
		return rc;
	s->algs = env->algs | MUN_DIGEST_BIT(MUN_SHA512);
	if (req->expect)
		s->algs |= mun_expectation_algs(req->expect);
	rc = mun_parity_percent(env->conf, req->collection, &s->parity, e);
	/* PAR2 knows a file by its MD5. */
	if (s->parity)
		s->algs |= MUN_DIGEST_BIT(MUN_MD5);
	if (!rc)
		rc = begin(s, req, e);
	if (!rc)
		*out = mun_steal(&s);
	return rc;
}

int mun_session_new(const struct mun_ingest_env *env,
		    const struct mun_ingest_request *req,
		    const struct mun_device *medium, struct mun_session **out,
		    struct mun_err *e)
{
	int rc = MUN_EBUSY;

	/* One who lists the sessions may have looked at the folder before it
	 * was locked, and have swept it away: then once more, elsewhere. */
	for (int i = 0; i < 5 && (rc == MUN_EBUSY || rc == MUN_ENOENT); i++)
		rc = try_new(env, req, medium, out, e);
	return rc ? mun_ctx(e, "begin a session") : 0;
}

/*
 * Was it killed before session.json came into being?  Then nothing has been
 * read, and nothing says of what: there is only a folder with a lock.  To be
 * asked while the lock is held.
 */
static bool is_unbegun(struct mun_session *s)
{
	const char *file =
		mun_arena_fmt(s->arena, "%s/%s", s->dir, MUN_SESSION_JSON);

	return file && access(file, F_OK) && errno == ENOENT &&
	       access(s->stage, F_OK) && errno == ENOENT;
}

int mun_session_load(const struct mun_ingest_env *env, const char *id,
		     struct mun_session **out, struct mun_err *e)
{
	mun_auto(session) *s = NULL;
	struct stat st;
	int rc;

	if (!mun_uuid_is(id))
		return mun_fail(e, MUN_EINVAL, "'%s' is not a session's id",
				id);
	rc = make(env, id, &s, e);
	if (rc)
		return rc;
	if (lstat(s->dir, &st))
		return mun_fail(e, MUN_ENOENT, "no session '%s' in '%s'", id,
				env->spool);
	rc = take_lock(s, e);
	if (rc)
		return rc;
	if (is_unbegun(s)) {
		rc = mun_tree_remove(s->dir, e);
		return rc ? rc
			  : mun_fail(e, MUN_ENOENT, "no session '%s' in '%s'",
				     id, env->spool);
	}
	rc = mun_session_json_read(s, e);
	if (rc)
		return rc;
	*out = mun_steal(&s);
	return 0;
}

void mun_session_free(struct mun_session *s)
{
	if (!s)
		return;
	if (s->lock >= 0)
		(void)close(s->lock);
	mun_arena_free(s->arena);
	free(s);
}

int mun_session_remove(struct mun_session *s, struct mun_err *e)
{
	mun_autofree char *gone = NULL;
	struct mun_err ignored;
	int rc = mun_fmt(&gone, e, "%s.done", s->dir);

	if (rc)
		return rc;
	/* One step takes it away; what a crash leaves is plainly rubbish, which
	 * mun_session_list() of another process may be sweeping by now. */
	if (mun_sys.rename(s->dir, gone))
		return mun_fail_sys(e, errno, "end session '%s'", s->id);
	if (mun_tree_remove(gone, &ignored) && !access(gone, F_OK))
		mun_log(MUN_LOG_WARN, "'%s' is left over", gone);
	return 0;
}
