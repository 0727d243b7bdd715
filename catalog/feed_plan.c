/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/feed_plan.c - what a scheduler asks: what is next, and how much when */
#include "catalog/feed.h"

#include <stdlib.h>

#include "catalog/catalog_leaf.h"
#include "catalog/catalog_stores.h"
#include "catalog/feed_due.h"
#include "core/clock.h"
#include "fixity/schedule.h"

#define DAY_MS ((int64_t)86400 * 1000)
#define HOUR_MS ((int64_t)3600 * 1000)
#define RATE_DAYS 90

static int begin_walk(struct mun_catalog *c, const struct mun_feed_opts *opts,
		      struct mun_due_walk *w, struct mun_err *e)
{
	char state[16];
	int64_t store;
	int rc = mun_catalog_store_of(c, opts->store, &store, state, e);

	*w = (struct mun_due_walk){ 0 };
	return rc ? rc
		  : mun_due_begin(c, store, opts->rules, opts->nrules, w, e);
}

/* When the oldest of a group is due. */
static int oldest(struct mun_catalog *c, const struct mun_due_walk *w,
		  const struct mun_due_group *g, int64_t *due,
		  struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_DUE_FIRST);
	struct mun_err ignored;
	int64_t last;
	int rc;

	*due = INT64_MAX;
	mun_query_int(&q, w->store);
	mun_query_int(&q, g->collection);
	rc = mun_query_row(&q, e);
	if (rc <= 0)
		return rc;
	if (mun_time_parse(mun_column_text(&q, 0), &last, &ignored))
		last = 0;
	*due = mun_due_at(last, g->every, w->now);
	return 0;
}

static int next_of_all(struct mun_catalog *c, const struct mun_due_walk *w,
		       int64_t *next_due, struct mun_err *e)
{
	int rc = 0;

	*next_due = INT64_MAX;
	for (size_t i = 0; i < w->ngroups && !rc; i++) {
		int64_t due;

		if (!w->groups[i].every)
			continue;
		rc = oldest(c, w, &w->groups[i], &due, e);
		if (!rc && due < *next_due)
			*next_due = due;
	}
	return rc;
}

/* A question, in one snapshot. */
struct peek {
	const struct mun_feed_opts *opts;
	struct mun_feed_due *out;
	int64_t *next_due;
	bool any;
};

static int name_it(struct mun_catalog *c, int64_t object,
		   char out[static MUN_UUID_LEN], struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_OBJECT_ID);
	int rc;

	mun_query_int(&q, object);
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	if (!rc)
		return mun_fail(e, MUN_ECORRUPT, "object number %lld is gone",
				(long long)object);
	return mun_column_uuid(&q, 0, out, e);
}

static int peek(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	struct peek *p = ctx;
	struct mun_due_walk w;
	int64_t object;
	int rc = begin_walk(c, p->opts, &w, e);

	if (rc)
		return rc;
	rc = mun_due_next(c, &w, &object, &p->out->due, NULL, e);
	p->any = !rc && object;
	if (p->any)
		rc = name_it(c, object, p->out->object, e);
	if (p->any)
		*p->next_due = p->out->due;
	else if (!rc)
		rc = next_of_all(c, &w, p->next_due, e);
	mun_due_end(&w);
	return rc;
}

int mun_catalog_feed_peek(struct mun_catalog *c,
			  const struct mun_feed_opts *opts,
			  struct mun_feed_due *out, int64_t *next_due,
			  struct mun_err *e)
{
	struct peek p = { .opts = opts, .out = out, .next_due = next_due };
	int rc = mun_query_txn(c, false, peek, &p, e);

	if (!rc && !p.any)
		return mun_fail(e, MUN_ENOENT, "nothing is due in '%s'",
				opts->store);
	return rc;
}

/* What falls due in one hour. */
struct hour {
	int64_t due;
	uint64_t objects;
	uint64_t bytes;
};

struct profile {
	const struct mun_feed_opts *opts;
	size_t n;
	size_t room;
	struct hour *hours;
};

static int add_hour(struct profile *p, const struct hour *h, struct mun_err *e)
{
	if (p->n == p->room) {
		size_t room = p->room ? 2 * p->room : 64;
		void *grown = reallocarray(p->hours, room, sizeof(*p->hours));

		if (!grown)
			return mun_fail_nomem(e, "forecast");
		p->hours = grown;
		p->room = room;
	}
	p->hours[p->n++] = *h;
	return 0;
}

static int add_group(struct mun_catalog *c, const struct mun_due_walk *w,
		     const struct mun_due_group *g, struct profile *p,
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_DUE_HOURS);
	int rc;

	mun_query_int(&q, w->store);
	mun_query_int(&q, g->collection);
	while ((rc = mun_query_row(&q, e)) > 0) {
		struct hour h = {
			.objects = (uint64_t)mun_column_int(&q, 1),
			.bytes = (uint64_t)mun_column_int(&q, 2),
		};
		struct mun_err ignored;
		int64_t last;

		if (mun_time_parse(mun_column_text(&q, 0), &last, &ignored))
			last = 0;
		h.due = mun_due_at(last, g->every, w->now);
		rc = add_hour(p, &h, e);
		if (rc)
			return rc;
	}
	return rc;
}

static int earlier(const void *a, const void *b)
{
	const struct hour *x = a;
	const struct hour *y = b;

	return (x->due > y->due) - (x->due < y->due);
}

static int collect(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	struct profile *p = ctx;
	struct mun_due_walk w;
	int rc = begin_walk(c, p->opts, &w, e);

	p->n = 0;
	if (rc)
		return rc;
	for (size_t i = 0; i < w.ngroups && !rc; i++)
		if (w.groups[i].every)
			rc = add_group(c, &w, &w.groups[i], p, e);
	mun_due_end(&w);
	return rc;
}

int mun_catalog_feed_profile(struct mun_catalog *c,
			     const struct mun_feed_opts *opts,
			     mun_feed_profile_fn *fn, void *ctx,
			     struct mun_err *e)
{
	struct profile p = { .opts = opts };
	int rc = mun_query_txn(c, false, collect, &p, e);

	if (!rc && p.n)
		qsort(p.hours, p.n, sizeof(*p.hours), earlier);
	for (size_t i = 0; i < p.n && !rc;) {
		struct hour sum = p.hours[i++];

		while (i < p.n && p.hours[i].due - sum.due < HOUR_MS) {
			sum.objects += p.hours[i].objects;
			sum.bytes += p.hours[i++].bytes;
		}
		rc = fn(ctx, sum.due, sum.objects, sum.bytes, e);
	}
	free(p.hours);
	return rc;
}

int mun_catalog_measured_rate(struct mun_catalog *c, const char *store,
			      double *out, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_MEASURED_RATE);
	char since[MUN_TIME_LEN];
	int64_t bytes;
	int64_t seconds;
	int rc;

	*out = 0;
	mun_time_text(mun_now_ms() - RATE_DAYS * DAY_MS, since);
	mun_query_text(&q, store);
	mun_query_text(&q, since);
	rc = mun_query_row(&q, e);
	if (rc <= 0)
		return rc;
	bytes = mun_column_int(&q, 0);
	seconds = mun_column_int(&q, 1);
	/* Dates have whole seconds: a run within one took one. */
	if (bytes > 0)
		*out = (double)bytes / (double)(seconds > 0 ? seconds : 1);
	return 0;
}
