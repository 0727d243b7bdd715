/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/feed_presence.c - sweeps: is everything there, and of its size? */
#include "catalog/feed.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_incidents.h"
#include "catalog/catalog_leaf.h"
#include "catalog/catalog_stores.h"
#include "catalog/query.h"
#include "core/arena.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"

#define PENDING_MAX 1024 /* findings */
#define PENDING_MS 1000

/* What was found and is not written down yet. */
struct found {
	char object[MUN_UUID_LEN];
	char *path;
	const char *outcome; /* one of outcomes[] */
	uint64_t bytes;
	int sys;
	char *text;
};

struct mun_presence {
	struct mun_catalog *c;
	char *store;
	int64_t store_no;
	int64_t operator_no;
	int64_t program_no;
	int64_t audit;
	uint64_t of[3]; /* copies, files, bytes of the store */

	char after[MUN_UUID_LEN]; /* the last object that was given, or "" */
	char before[MUN_UUID_LEN]; /* the one that was looked at before it */
	struct mun_arena *arena; /* of the object at hand */
	struct mun_presence_object object;

	size_t npending;
	struct found pending[PENDING_MAX];
	int64_t since; /* monotonic ms */

	uint64_t objects; /* given */
	uint64_t files;
	uint64_t bytes;
	uint64_t findings;
	uint64_t opened; /* incidents */
	uint64_t try_opened; /* by the transaction at hand */
	uint64_t bad[4]; /* files, by outcomes[] */
	bool ended;
};

static const char *const outcomes[] = { "mismatch", "missing", "unreadable",
					"extra" };

static int add_audit(struct mun_catalog *c, struct mun_presence *p,
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_AUDIT_ADD);
	char now[MUN_TIME_LEN];
	int rc = mun_catalog_next(c, MUN_STMT_AUDIT_NEXT, &p->audit, e);

	if (rc)
		return rc;
	mun_time_text(mun_now_ms(), now);
	mun_query_int(&q, p->audit);
	mun_query_text(&q, now);
	mun_query_text(&q, p->store);
	mun_query_ref(&q, p->operator_no);
	mun_query_ref(&q, p->program_no);
	for (int i = 0; i < 3; i++)
		mun_query_u64(&q, p->of[i]);
	mun_query_text(&q, "presence");
	rc = mun_query_run(&q, e);
	return rc ? rc
		  : mun_catalog_leaf_add(c, MUN_LEAF_AUDIT, p->audit, 0, e);
}

static int measure(struct mun_catalog *c, struct mun_presence *p,
		   struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_SWEEP_SIZE);
	int rc;

	mun_query_int(&q, p->store_no);
	rc = mun_query_row(&q, e);
	for (int i = 0; i < 3 && rc > 0; i++)
		p->of[i] = (uint64_t)mun_column_int(&q, i);
	return rc < 0 ? rc : 0;
}

/* Where the sweep before stopped; "" where it came to its end. */
static int go_on_from(struct mun_catalog *c, struct mun_presence *p,
		      struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_SWEEP_REACHED);
	int rc;

	mun_query_text(&q, p->store);
	rc = mun_query_row(&q, e);
	if (rc > 0)
		(void)snprintf(p->after, sizeof(p->after), "%s",
			       mun_column_text(&q, 0));
	memcpy(p->before, p->after, sizeof(p->before));
	return rc < 0 ? rc : 0;
}

struct beginning {
	struct mun_presence *p;
	const struct mun_feed_opts *opts;
};

static int begin(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct beginning *b = ctx;
	struct mun_presence *p = b->p;
	char state[16];
	int rc = mun_catalog_born(c, e);

	if (!rc)
		rc = mun_catalog_store_of(c, p->store, &p->store_no, state, e);
	if (!rc)
		rc = mun_catalog_agent_of(c, b->opts->agent_operator,
					  &p->operator_no, e);
	if (!rc)
		rc = mun_catalog_agent_of(c, b->opts->agent_program,
					  &p->program_no, e);
	if (!rc)
		rc = measure(c, p, e);
	if (!rc)
		rc = go_on_from(c, p, e);
	return rc ? rc : add_audit(c, p, e);
}

int mun_presence_begin(struct mun_catalog *c, const struct mun_feed_opts *opts,
		       struct mun_presence **out, struct mun_err *e)
{
	mun_auto(presence) *p = calloc(1, sizeof(*p));
	struct beginning b = { p, opts };
	int rc;

	if (!p)
		return mun_fail_nomem(e, "sweep");
	p->c = c;
	rc = mun_strdup(opts->store, &p->store, e);
	if (!rc)
		rc = mun_query_txn(c, true, begin, &b, e);
	if (rc)
		return mun_ctx(e, "begin a sweep");
	*out = mun_steal(&p);
	return 0;
}

static int load_files(struct mun_presence *p, int64_t no, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(p->c, MUN_STMT_SWEEP_FILES);
	struct mun_presence_object *o = &p->object;
	int rc;

	o->nfiles = 0;
	o->files = NULL;
	mun_query_int(&q, no);
	mun_query_int(&q, p->store_no);
	while ((rc = mun_query_row(&q, e)) > 0) {
		void *grown = mun_arena_grow(p->arena, o->files, o->nfiles,
					     sizeof(*o->files));

		if (!grown)
			return mun_fail_nomem(e, "sweep");
		o->files = grown;
		o->files[o->nfiles].path =
			mun_arena_strdup(p->arena, mun_column_text(&q, 0));
		o->files[o->nfiles].bytes = (uint64_t)mun_column_int(&q, 1);
		p->bytes += o->files[o->nfiles++].bytes;
	}
	p->files += o->nfiles;
	return rc ? rc : mun_arena_failed(p->arena, e);
}

/* Its number; 0 at the end. */
static int find_next(struct mun_presence *p, int64_t *no, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(p->c, MUN_STMT_SWEEP_NEXT);
	int rc;

	*no = 0;
	mun_query_int(&q, p->store_no);
	mun_query_text(&q, p->after);
	rc = mun_query_row(&q, e);
	if (rc <= 0)
		return rc;
	*no = mun_column_int(&q, 0);
	return mun_column_uuid(&q, 1, p->object.id, e);
}

static int write_pending(struct mun_presence *p, struct mun_err *e);

int mun_presence_next(struct mun_presence *p,
		      const struct mun_presence_object **out, struct mun_err *e)
{
	int64_t no = 0;
	int rc = 0;

	*out = NULL;
	if (p->npending && mun_clock_monotonic_ms() - p->since >= PENDING_MS)
		rc = write_pending(p, e);
	/* Whoever asks on is done with the one before. */
	memcpy(p->before, p->after, sizeof(p->before));
	if (!rc)
		rc = find_next(p, &no, e);
	if (rc || !no)
		return rc;
	mun_arena_free(p->arena);
	p->arena = NULL;
	rc = mun_arena_new(&p->arena, e);
	if (!rc)
		rc = load_files(p, no, e);
	if (rc)
		return mun_ctx(e, "object %s", p->object.id);
	memcpy(p->after, p->object.id, sizeof(p->after));
	p->objects++;
	*out = &p->object;
	return 0;
}

/* The file of that path, or 0: something that does not belong there. */
static int file_of(struct mun_catalog *c, int64_t object, int64_t store,
		   const char *path, int64_t *out, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_FILE_BY_PATH);

	mun_query_int(&q, object);
	mun_query_text(&q, path);
	mun_query_int(&q, store);
	return mun_query_number(&q, out, e);
}

static int add_finding(struct mun_catalog *c, const struct mun_presence *p,
		       uint64_t n, int64_t object, const struct found *x,
		       struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_FINDING_ADD);
	int64_t file;
	int rc = file_of(c, object, p->store_no, x->path, &file, e);

	if (rc)
		return rc;
	mun_query_int(&q, p->audit);
	mun_query_u64(&q, n);
	mun_query_ref(&q, object);
	mun_query_ref(&q, file);
	mun_query_text(&q, x->outcome);
	mun_query_int(&q, 0);
	mun_query_u64(&q, x->bytes);
	mun_query_text(&q, "");
	mun_query_text(&q, "");
	mun_query_text(&q, x->text);
	mun_query_int(&q, x->sys);
	if (file)
		mun_query_null(&q);
	else
		mun_query_text(&q, x->path);
	rc = mun_query_run(&q, e);
	return rc ? rc
		  : mun_catalog_leaf_add(c, MUN_LEAF_FINDING, p->audit,
					 (int64_t)n, e);
}

static int write_one(struct mun_catalog *c, struct mun_presence *p, uint64_t n,
		     const struct found *x, struct mun_err *e)
{
	char now[MUN_TIME_LEN];
	struct mun_incident_row row = {
		.store = p->store_no,
		.path = x->path,
		.kind = x->outcome,
		.opened = now,
		.audit = p->audit,
		.bytes = x->bytes,
		.sys = x->sys,
		.text = x->text,
	};
	char id[MUN_UUID_LEN];
	bool joined = false;
	int rc = 0;

	mun_time_text(mun_now_ms(), now);
	if (*x->object)
		rc = mun_catalog_number_of(c, MUN_STMT_OBJECT_NO, x->object,
					   &row.object, e);
	if (!rc && *x->object && !row.object)
		return mun_fail(e, MUN_ENOENT, "no object has the id %s",
				x->object);
	if (!rc)
		rc = add_finding(c, p, n, row.object, x, e);
	if (!rc)
		rc = mun_incident_found(c, &row, id, &joined, e);
	p->try_opened += !rc && !joined;
	return rc;
}

static int write_all(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	struct mun_presence *p = ctx;
	int rc = 0;

	p->try_opened = 0;
	for (size_t i = 0; i < p->npending && !rc; i++)
		rc = write_one(c, p, p->findings + i + 1, &p->pending[i], e);
	return rc;
}

static void forget(struct mun_presence *p)
{
	for (size_t i = 0; i < p->npending; i++) {
		free(p->pending[i].path);
		free(p->pending[i].text);
	}
	p->npending = 0;
}

static int write_pending(struct mun_presence *p, struct mun_err *e)
{
	int rc = 0;

	if (p->npending)
		rc = mun_query_txn(p->c, true, write_all, p, e);
	if (!rc && p->npending) {
		p->findings += p->npending;
		p->opened += p->try_opened;
	}
	forget(p);
	return rc ? mun_ctx(e, "write down what a sweep found") : 0;
}

int mun_presence_found(struct mun_presence *p, const char *object,
		       const char *path, const char *outcome, uint64_t bytes,
		       int sys, const char *text, struct mun_err *e)
{
	struct found *x = &p->pending[p->npending];
	int rc;

	*x = (struct found){ .bytes = bytes, .sys = sys };
	for (size_t i = 0; i < MUN_COUNT(outcomes); i++)
		if (!strcmp(outcomes[i], outcome)) {
			x->outcome = outcomes[i];
			p->bad[i]++;
		}
	if (!x->outcome || (*object && !mun_uuid_is(object)))
		return mun_fail(e, MUN_EINVAL, "'%s' of '%s' is no finding",
				outcome, object);
	(void)snprintf(x->object, sizeof(x->object), "%s", object);
	rc = mun_strdup(path, &x->path, e);
	if (!rc)
		rc = mun_strdup(text, &x->text, e);
	if (rc) {
		free(x->path);
		return rc;
	}
	if (!p->npending++)
		p->since = mun_clock_monotonic_ms();
	if (p->npending < PENDING_MAX &&
	    mun_clock_monotonic_ms() - p->since < PENDING_MS)
		return 0;
	return write_pending(p, e);
}

struct ending {
	struct mun_presence *p;
	bool complete;
};

static int write_end_row(struct mun_catalog *c, const struct mun_presence *p,
			 bool complete, const char *now, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_AUDIT_END_ADD);
	uint64_t bad = p->bad[0] + p->bad[1] + p->bad[2];
	int rc;

	mun_query_int(&q, p->audit);
	mun_query_text(&q, now);
	mun_query_int(&q, !complete);
	mun_query_u64(&q, p->objects);
	mun_query_u64(&q, p->files);
	mun_query_u64(&q, p->bytes);
	mun_query_u64(&q, p->files > bad ? p->files - bad : 0);
	for (int i = 0; i < 3; i++)
		mun_query_u64(&q, p->bad[i]);
	mun_query_int(&q, 0);
	mun_query_int(&q, 0);
	mun_query_int(&q, 0);
	mun_query_u64(&q, p->findings + p->npending);
	if (complete)
		mun_query_null(&q);
	else
		mun_query_text(&q, p->before);
	rc = mun_query_run(&q, e);
	return rc ? rc
		  : mun_catalog_leaf_add(c, MUN_LEAF_AUDIT_END, p->audit, 0, e);
}

/* When the sweep of which run @last is the end began: runs that stopped
 * half-way are a part of it. */
static int began(struct mun_catalog *c, const char *store, int64_t last,
		 char out[static 32], struct mun_err *e)
{
	mun_autoquery struct mun_query before =
		mun_query_begin(c, MUN_STMT_SWEEP_LAST);
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_SWEEP_BEGAN);
	int64_t no;
	int rc;

	out[0] = '\0';
	mun_query_text(&before, store);
	mun_query_int(&before, last);
	rc = mun_query_number(&before, &no, e);
	if (rc)
		return rc;
	mun_query_text(&q, store);
	mun_query_int(&q, no);
	rc = mun_query_row(&q, e);
	if (rc > 0)
		(void)snprintf(out, 32, "%s", mun_column_text(&q, 0));
	return rc < 0 ? rc : 0;
}

static int write_end(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct ending *end = ctx;
	const struct mun_presence *p = end->p;
	char now[MUN_TIME_LEN];
	char since[32];
	int rc = write_all(c, end->p, e);

	mun_time_text(mun_now_ms(), now);
	if (!rc)
		rc = write_end_row(c, p, end->complete, now, e);
	if (rc || !end->complete)
		return rc;
	rc = began(c, p->store, p->audit, since, e);
	return rc ? rc
		  : mun_incidents_swept(c, p->store_no, p->audit, since, now,
					e);
}

int mun_presence_end(struct mun_presence *p, bool complete, struct mun_err *e)
{
	struct ending end = { p, complete };
	int rc;

	if (p->ended)
		return mun_fail(e, MUN_EINVAL, "the sweep has ended");
	rc = mun_query_txn(p->c, true, write_end, &end, e);
	if (rc)
		return mun_ctx(e, "write down the end of a sweep");
	p->findings += p->npending;
	p->opened += p->try_opened;
	p->ended = true;
	forget(p);
	return 0;
}

void mun_presence_free(struct mun_presence *p)
{
	if (!p)
		return;
	forget(p);
	mun_arena_free(p->arena);
	free(p->store);
	free(p);
}

int mun_catalog_last_sweep(struct mun_catalog *c, const char *store,
			   int64_t *out, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_SWEEP_LAST);
	char at[32];
	int64_t no;
	int rc;

	*out = 0;
	mun_query_text(&q, store);
	mun_query_int(&q, INT64_MAX);
	rc = mun_query_number(&q, &no, e);
	if (rc || !no)
		return rc;
	rc = began(c, store, no, at, e);
	return rc ? rc : mun_time_parse(at, out, e);
}

uint64_t mun_presence_opened(const struct mun_presence *p)
{
	return p->opened;
}
