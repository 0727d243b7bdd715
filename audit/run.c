/* SPDX-License-Identifier: Apache-2.0 */
/* audit/run.c - an audit over the stores of a repository */
#include "audit/run.h"

#include <stdio.h>
#include <string.h>

#include "audit/run_store.h"
#include "core/check.h"
#include "core/clock.h"

static const char *const states[] = {
	[MUN_RUN_DONE] = "done",
	[MUN_RUN_STOPPED] = "stopped",
	[MUN_RUN_INTERRUPTED] = "interrupted",
	[MUN_RUN_NOTHING_DUE] = "nothing_due",
	[MUN_RUN_WINDOW_CLOSED] = "window_closed",
	[MUN_RUN_PAUSED] = "paused",
	[MUN_RUN_BUSY] = "busy",
	[MUN_RUN_AWAY] = "store_unavailable",
	[MUN_RUN_FAULT] = "store_fault",
};

const char *mun_run_state_name(enum mun_run_state s)
{
	return states[s];
}

/* A store whose turn will come. */
struct turn {
	struct mun_holding *h;
	int64_t due; /* of its longest overdue item; INT64_MAX: none */
};

static int by_due(const void *a, const void *b)
{
	const struct turn *x = a;
	const struct turn *y = b;

	if (x->due != y->due)
		return x->due < y->due ? -1 : 1;
	/* As they are in the list, main first. */
	return x->h < y->h ? -1 : x->h > y->h;
}

static int when_due(const struct mun_custodian *k, struct turn *t,
		    struct mun_err *e)
{
	struct mun_run_rules rules;
	struct mun_feed_opts opts = { .store = t->h->name, .due = true };
	struct mun_feed_due first;
	int64_t next;
	int rc = mun_run_rules_load(k->conf, t->h->name, &rules, e);

	if (rc)
		return rc;
	opts.rules = rules.of;
	opts.nrules = rules.n;
	rc = mun_catalog_feed_peek(k->catalog, &opts, &first, &next, e);
	t->due = rc ? INT64_MAX : first.due;
	mun_run_rules_clear(&rules);
	return rc == MUN_ENOENT ? 0 : rc;
}

struct choice {
	const struct mun_run_request *q;
	bool *has; /* beside the holdings */
	const struct mun_holdings *h;
};

static int note_copy(void *ctx, const char *store, const char *outcome,
		     const char *checked, struct mun_err *e)
{
	const struct choice *c = ctx;

	(void)outcome;
	(void)checked;
	(void)e;
	for (size_t i = 0; i < c->h->n; i++)
		if (!strcmp(c->h->of[i].name, store))
			c->has[i] = true;
	return 0;
}

/* Stores that have a copy of one of the objects that were named. */
static int stores_of(const struct mun_custodian *k, struct choice *c,
		     struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !c->q->objects && i < c->h->n; i++)
		c->has[i] = true;
	for (size_t i = 0; c->q->objects && i < c->q->nobjects && !rc; i++)
		rc = mun_catalog_copies(k->catalog, c->q->objects[i], note_copy,
					c, e);
	return rc;
}

static int choose(const struct mun_custodian *k,
		  const struct mun_run_request *q, struct turn *turns,
		  size_t *n, struct mun_err *e)
{
	mun_autofree bool *has = calloc(k->holdings->n + 1, sizeof(*has));
	struct choice c = { q, has, k->holdings };
	int rc;

	if (!has)
		return mun_fail_nomem(e, "stores");
	rc = stores_of(k, &c, e);
	for (size_t i = 0; i < k->holdings->n && !rc; i++) {
		struct mun_holding *h = &k->holdings->of[i];

		if (q->store ? strcmp(q->store, h->name) != 0 : !has[i])
			continue;
		turns[*n].h = h;
		turns[*n].due = 0;
		if (q->due)
			rc = when_due(k, &turns[*n], e);
		++*n;
	}
	if (!rc && q->store && !*n)
		return mun_fail(e, MUN_ENOENT,
				"there is no store '%s' (see muniment store "
				"list)",
				q->store);
	qsort(turns, *n, sizeof(*turns), by_due);
	return rc;
}

int mun_run_audit(const struct mun_custodian *k,
		  const struct mun_run_request *q, mun_feed_finding_fn *finding,
		  mun_run_result_fn *result, void *ctx, struct mun_err *e)
{
	mun_autofree struct turn *turns =
		calloc(k->holdings->n + 1, sizeof(*turns));
	int64_t deadline = INT64_MAX;
	size_t n = 0;
	int rc;

	if (!turns)
		return mun_fail_nomem(e, "stores");
	if (q->time_limit)
		deadline = mun_clock_monotonic_ms() +
			   (int64_t)(q->time_limit * 1000);
	rc = choose(k, q, turns, &n, e);
	for (size_t i = 0; i < n && !rc; i++) {
		struct mun_run_store s = {
			.k = k,
			.q = q,
			.h = turns[i].h,
			.deadline = deadline,
			.finding = finding,
			.ctx = ctx,
			.r = { .store = turns[i].h->name },
		};

		rc = mun_run_store(&s, e);
		if (!rc)
			result(ctx, &s.r);
	}
	return rc;
}
