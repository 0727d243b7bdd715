/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/feed.c - what an audit verifies: what is due, or was asked for */
#include "catalog/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_leaf.h"
#include "catalog/catalog_stores.h"
#include "catalog/feed_load.h"
#include "catalog/feed_report.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/str.h"

/*
 * Without a schedule only the numbers of the objects are kept: the order is
 * that of the moment when the run began, and what each report changes, or
 * another run, does not disturb it.  A row is (number, files, bytes,
 * collection).
 */
static int choose(struct mun_catalog_feed *f, struct mun_query *q,
		  struct mun_err *e)
{
	struct mun_feed_chosen *x;

	if (f->nchosen == f->room) {
		size_t room = f->room ? 2 * f->room : 256;
		void *grown = reallocarray(f->chosen, room, sizeof(*f->chosen));

		if (!grown)
			return mun_fail_nomem(e, "audit");
		f->chosen = grown;
		f->room = room;
	}
	x = &f->chosen[f->nchosen++];
	x->object = mun_column_int(q, 0);
	x->full = f->full || mun_due_full(&f->walk, mun_column_int(q, 3));
	f->objects++;
	f->files += (uint64_t)mun_column_int(q, 1);
	f->bytes += (uint64_t)mun_column_int(q, 2);
	return 0;
}

static int choose_all(struct mun_catalog *c, struct mun_catalog_feed *f,
		      struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_DUE);
	int rc;

	mun_query_int(&q, f->store_no);
	while ((rc = mun_query_row(&q, e)) > 0) {
		rc = choose(f, &q, e);
		if (rc)
			return rc;
	}
	return rc;
}

/* An object that a person named, and when it was checked last. */
struct named {
	char checked[64];
	char id[MUN_UUID_LEN];
	bool there; /* in this store */
};

static int find_named(struct mun_catalog *c, const struct mun_catalog_feed *f,
		      const char *id, struct named *out, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_DUE_ONE);
	int rc;

	mun_query_text(&q, id);
	mun_query_int(&q, f->store_no);
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	if (!rc)
		return mun_fail(e, MUN_ENOENT, "no object has the id %s", id);
	(void)snprintf(out->checked, sizeof(out->checked), "%s",
		       mun_column_text(&q, 4));
	(void)snprintf(out->id, sizeof(out->id), "%s", id);
	out->there = sqlite3_column_type(q.st, 1) != SQLITE_NULL;
	return 0;
}

static int older(const void *a, const void *b)
{
	const struct named *x = a;
	const struct named *y = b;
	int rc = strcmp(x->checked, y->checked);

	return rc ? rc : strcmp(x->id, y->id);
}

static int choose_one(struct mun_catalog *c, const char *id,
		      struct mun_catalog_feed *f, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_DUE_ONE);
	int rc;

	mun_query_text(&q, id);
	mun_query_int(&q, f->store_no);
	rc = mun_query_row(&q, e);
	return rc > 0 ? choose(f, &q, e) : rc;
}

/* Named twice is audited once; what has no copy in the store, not at all. */
static int choose_named(struct mun_catalog *c, struct mun_catalog_feed *f,
			const struct mun_feed_opts *opts, struct mun_err *e)
{
	mun_autofree struct named *list =
		calloc(opts->nobjects + 1, sizeof(*list));
	int rc = 0;

	if (!list)
		return mun_fail_nomem(e, "audit");
	for (size_t i = 0; i < opts->nobjects && !rc; i++)
		rc = find_named(c, f, opts->objects[i], &list[i], e);
	if (rc)
		return rc;
	qsort(list, opts->nobjects, sizeof(*list), older);
	for (size_t i = 0; i < opts->nobjects && !rc; i++)
		if (list[i].there &&
		    (!i || strcmp(list[i - 1].id, list[i].id) != 0))
			rc = choose_one(c, list[i].id, f, e);
	return rc;
}

static int add_audit(struct mun_catalog *c, struct mun_catalog_feed *f,
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_AUDIT_ADD);
	char now[MUN_TIME_LEN];
	int rc = mun_catalog_next(c, MUN_STMT_AUDIT_NEXT, &f->audit, e);

	if (rc)
		return rc;
	mun_time_text(mun_now_ms(), now);
	mun_query_int(&q, f->audit);
	mun_query_text(&q, now);
	mun_query_text(&q, f->store);
	mun_query_ref(&q, f->operator_no);
	mun_query_ref(&q, f->program_no);
	mun_query_u64(&q, f->objects);
	mun_query_u64(&q, f->files);
	mun_query_u64(&q, f->bytes);
	mun_query_text(&q, "fixity");
	rc = mun_query_run(&q, e);
	return rc ? rc
		  : mun_catalog_leaf_add(c, MUN_LEAF_AUDIT, f->audit, 0, e);
}

struct beginning {
	struct mun_catalog_feed *f;
	const struct mun_feed_opts *opts;
};

static int find_all(struct mun_catalog *c, const struct beginning *b,
		    struct mun_err *e)
{
	struct mun_catalog_feed *f = b->f;
	char state[16];
	int rc = mun_catalog_born(c, e);

	if (!rc)
		rc = mun_catalog_store_of(c, f->store, &f->store_no, state, e);
	if (!rc)
		rc = mun_catalog_agent_of(c, b->opts->agent_operator,
					  &f->operator_no, e);
	if (!rc)
		rc = mun_catalog_agent_of(c, b->opts->agent_program,
					  &f->program_no, e);
	mun_due_end(&f->walk);
	return rc ? rc
		  : mun_due_begin(c, f->store_no, b->opts->rules,
				  b->opts->nrules, &f->walk, e);
}

/* The choice and the row in table audit belong to one snapshot. */
static int begin(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	struct beginning *b = ctx;
	struct mun_catalog_feed *f = b->f;
	int rc = find_all(c, b, e);

	f->nchosen = 0;
	f->objects = 0;
	f->files = 0;
	f->bytes = 0;
	if (rc)
		return rc;
	if (b->opts->objects)
		rc = choose_named(c, f, b->opts, e);
	else if (f->due)
		rc = mun_due_count(c, &f->walk, &f->objects, &f->files,
				   &f->bytes, e);
	else
		rc = choose_all(c, f, e);
	return rc ? rc : add_audit(c, f, e);
}

/* Its number, or 0 at the end. */
static int next_object(struct mun_catalog_feed *f, int64_t *object, bool *full,
		       struct mun_err *e)
{
	int64_t due;
	int rc;

	*object = 0;
	if (!f->due) {
		if (f->at == f->nchosen)
			return 0;
		*object = f->chosen[f->at].object;
		*full = f->chosen[f->at++].full;
		return 0;
	}
	rc = mun_due_next(f->c, &f->walk, object, &due, full, e);
	*full = *full || f->full;
	return rc;
}

/* The next one whose rows are whole: one that is damaged is told, and does not
 * keep the others from being verified. */
static int next_whole(struct mun_catalog_feed *f, struct mun_audit_item **out,
		      struct mun_err *e)
{
	for (;;) {
		struct mun_audit_item *item;
		struct mun_err why;
		int64_t object;
		bool full = false;
		int rc = next_object(f, &object, &full, e);

		if (rc || !object)
			return rc;
		item = calloc(1, sizeof(*item));
		if (!item)
			return mun_fail_nomem(e, "audit item");
		item->store = f->store;
		rc = mun_feed_load(f->c, object, f->store_no, full, item, &why);
		if (!rc) {
			*out = item;
			return 0;
		}
		mun_feed_item_free(item);
		if (rc != MUN_ECORRUPT) {
			*e = why;
			return rc;
		}
		rc = mun_feed_skip(f, object, &why, e);
		if (rc)
			return rc;
	}
}

static int next(void *ctx, struct mun_audit_item **out, struct mun_err *e)
{
	struct mun_catalog_feed *f = ctx;
	int rc;

	*out = NULL;
	pthread_mutex_lock(&f->lock);
	rc = mun_feed_tick(f, e);
	if (!rc)
		rc = next_whole(f, out, e);
	pthread_mutex_unlock(&f->lock);
	return rc ? mun_ctx(e, "next object to audit") : 0;
}

static int open_file(void *ctx, const struct mun_audit_item *item, size_t file,
		     struct mun_source **out, struct mun_err *e)
{
	const struct mun_catalog_feed *f = ctx;

	return f->open(f->open_ctx, item->object, item->files[file].path, out,
		       e);
}

static int report(void *ctx, struct mun_audit_item *item, struct mun_err *e)
{
	struct mun_catalog_feed *f = ctx;
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = mun_feed_take(f, item, e);
	pthread_mutex_unlock(&f->lock);
	return rc;
}

int mun_catalog_feed_open(struct mun_catalog *c,
			  const struct mun_feed_opts *opts,
			  mun_feed_finding_fn *fn, void *fn_ctx,
			  struct mun_catalog_feed **out, struct mun_err *e)
{
	mun_auto(catalog_feed) *f = calloc(1, sizeof(*f));
	struct beginning b = { f, opts };
	int rc;

	if (!f)
		return mun_fail_nomem(e, "audit");
	f->c = c;
	f->open = opts->open;
	f->open_ctx = opts->open_ctx;
	f->fn = fn;
	f->fn_ctx = fn_ctx;
	f->due = opts->due && !opts->objects;
	f->full = opts->full;
	f->batch_ms = opts->batch_ms;
	f->table = (struct mun_audit_feed){ f, next, open_file, report };
	pthread_mutex_init(&f->lock, NULL);
	rc = mun_strdup(opts->store, &f->store, e);
	if (!rc)
		rc = mun_query_txn(c, true, begin, &b, e);
	if (rc)
		return mun_ctx(e, "begin an audit");
	*out = mun_steal(&f);
	return 0;
}

const struct mun_audit_feed *mun_catalog_feed_table(struct mun_catalog_feed *f)
{
	return &f->table;
}

void mun_catalog_feed_size(const struct mun_catalog_feed *f, uint64_t *objects,
			   uint64_t *files, uint64_t *bytes)
{
	*objects = f->objects;
	*files = f->files;
	*bytes = f->bytes;
}

void mun_catalog_feed_close(struct mun_catalog_feed *f)
{
	struct mun_err e;
	char text[1024];

	if (!f)
		return;
	/* Of a run that an error ended: what was verified is worth keeping. */
	if (mun_feed_write(f, &e))
		mun_log(MUN_LOG_WARN, "the last outcomes are lost: %s",
			mun_err_text(&e, text, sizeof(text), 0));
	free(f->pending);
	pthread_mutex_destroy(&f->lock);
	mun_due_end(&f->walk);
	free(f->chosen);
	free(f->store);
	free(f);
}
