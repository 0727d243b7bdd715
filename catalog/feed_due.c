/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/feed_due.c - a walk over what is due, without a list of it */
#include "catalog/feed_due.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "fixity/schedule.h"

#define END_OF_TIME "~" /* sorts behind every date */

static const struct mun_feed_rule *rule_for(const struct mun_feed_rule *rules,
					    size_t n, const char *collection)
{
	for (size_t i = 0; i < n; i++)
		if (!rules[i].collection ||
		    !strcmp(rules[i].collection, collection))
			return &rules[i];
	return NULL;
}

int mun_due_begin(struct mun_catalog *c, int64_t store,
		  const struct mun_feed_rule *rules, size_t nrules,
		  struct mun_due_walk *out, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_COLLECTIONS);
	int rc;

	*out = (struct mun_due_walk){ .store = store, .now = mun_now_ms() };
	while ((rc = mun_query_row(&q, e)) > 0) {
		const struct mun_feed_rule *rule =
			rule_for(rules, nrules, mun_column_text(&q, 1));
		struct mun_due_group *g =
			reallocarray(out->groups, out->ngroups + 1, sizeof(*g));

		if (!g) {
			mun_due_end(out);
			return mun_fail_nomem(e, "schedule");
		}
		out->groups = g;
		g += out->ngroups++;
		*g = (struct mun_due_group){
			.collection = mun_column_int(&q, 0),
			.every = rule ? rule->every : 0,
			.full = rule && rule->full,
			.ruled = rule,
			.done = !rule || !rule->every,
		};
	}
	if (rc < 0)
		mun_due_end(out);
	return rc;
}

void mun_due_end(struct mun_due_walk *w)
{
	free(w->groups);
	w->groups = NULL;
	w->ngroups = 0;
}

bool mun_due_full(const struct mun_due_walk *w, int64_t collection)
{
	for (size_t i = 0; i < w->ngroups; i++)
		if (w->groups[i].collection == collection)
			return w->groups[i].full;
	return false;
}

/* The newest date that is due. */
static void limit_of(const struct mun_due_walk *w,
		     const struct mun_due_group *g, char out[static 40])
{
	char text[MUN_TIME_LEN];
	int64_t every;

	if (__builtin_mul_overflow(g->every, 1000, &every) || every > w->now)
		every = w->now;
	mun_time_text(w->now - every, text);
	(void)snprintf(out, 40, "%s", text);
}

/* A text that is no date is as old as can be. */
static int64_t due_of(const struct mun_due_walk *w,
		      const struct mun_due_group *g, const char *base)
{
	struct mun_err ignored;
	int64_t last;

	if (mun_time_parse(base, &last, &ignored))
		last = 0;
	return mun_due_at(last, g->every, w->now);
}

static int read_ahead(struct mun_catalog *c, const struct mun_due_walk *w,
		      struct mun_due_group *g, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_DUE_AHEAD);
	char limit[40] = END_OF_TIME;
	char from[40];
	int64_t behind = g->object;
	int rc;

	g->n = 0;
	g->at = 0;
	if (!g->future)
		limit_of(w, g, limit);
	(void)snprintf(from, sizeof(from), "%s", g->base);
	mun_query_int(&q, w->store);
	mun_query_int(&q, g->collection);
	mun_query_text(&q, from);
	mun_query_int(&q, behind);
	mun_query_text(&q, limit);
	mun_query_int(&q, MUN_DUE_AHEAD);
	while ((rc = mun_query_row(&q, e)) > 0) {
		g->object = mun_column_int(&q, 0);
		(void)snprintf(g->base, sizeof(g->base), "%s",
			       mun_column_text(&q, 1));
		g->ahead[g->n].object = g->object;
		g->ahead[g->n++].due = due_of(w, g, g->base);
	}
	return rc;
}

/* Fill an empty group; after what is old comes what is dated in the future. */
static int fill(struct mun_catalog *c, const struct mun_due_walk *w,
		struct mun_due_group *g, struct mun_err *e)
{
	int rc = 0;

	while (!rc && !g->done && g->at == g->n) {
		rc = read_ahead(c, w, g, e);
		if (rc || g->n)
			break;
		if (g->future) {
			g->done = true;
			break;
		}
		g->future = true;
		mun_time_text(w->now, g->base);
		g->object = INT64_MAX;
	}
	return rc;
}

int mun_due_next(struct mun_catalog *c, struct mun_due_walk *w, int64_t *object,
		 int64_t *due, bool *full, struct mun_err *e)
{
	struct mun_due_group *first = NULL;

	*object = 0;
	for (size_t i = 0; i < w->ngroups; i++) {
		struct mun_due_group *g = &w->groups[i];
		int rc = fill(c, w, g, e);

		if (rc)
			return rc;
		if (g->at < g->n &&
		    (!first ||
		     g->ahead[g->at].due < first->ahead[first->at].due))
			first = g;
	}
	if (!first)
		return 0;
	*object = first->ahead[first->at].object;
	*due = first->ahead[first->at++].due;
	if (full)
		*full = first->full;
	return 0;
}

/* Of one group: rows with @from < base <= @to. */
static int count_range(struct mun_catalog *c, const struct mun_due_walk *w,
		       const struct mun_due_group *g, const char *from,
		       const char *to, uint64_t sums[static 3],
		       struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_DUE_COUNT);
	int rc;

	mun_query_int(&q, w->store);
	mun_query_int(&q, g->collection);
	mun_query_text(&q, from);
	mun_query_text(&q, to);
	rc = mun_query_row(&q, e);
	for (int i = 0; i < 3 && rc > 0; i++)
		sums[i] += (uint64_t)mun_column_int(&q, i);
	return rc < 0 ? rc : 0;
}

int mun_due_count(struct mun_catalog *c, const struct mun_due_walk *w,
		  uint64_t *objects, uint64_t *files, uint64_t *bytes,
		  struct mun_err *e)
{
	uint64_t sums[3] = { 0 };
	char now[MUN_TIME_LEN];
	int rc = 0;

	mun_time_text(w->now, now);
	for (size_t i = 0; i < w->ngroups && !rc; i++) {
		const struct mun_due_group *g = &w->groups[i];
		char limit[40];

		if (!g->every)
			continue;
		limit_of(w, g, limit);
		rc = count_range(c, w, g, "", limit, sums, e);
		if (!rc)
			rc = count_range(c, w, g, now, END_OF_TIME, sums, e);
	}
	*objects = sums[0];
	*files = sums[1];
	*bytes = sums[2];
	return rc;
}
