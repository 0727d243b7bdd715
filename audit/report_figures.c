/* SPDX-License-Identifier: Apache-2.0 */
/* audit/report_figures.c - the figures of a report, gathered in a few passes */
#include "audit/report_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/parse.h"

#define HOUR_MS ((int64_t)60 * 60 * 1000)
/* Due times are kept by the hour: two years back, five ahead. */
#define HOURS_BACK ((int64_t)2 * 366 * 24)
#define HOURS ((int64_t)7 * 366 * 24)
/* Rates are measured over this time before the end. */
#define RATE_DAYS 90

const char *const mun_age_titles[MUN_AGES] = {
	"up to 7 days",    "8 to 30 days", "31 to 90 days", "91 to 180 days",
	"181 to 365 days", "1 to 2 years", "over 2 years",  "never verified",
};

const char *const mun_verdict_names[MUN_VERDICTS] = { "intact", "mismatch",
						      "missing", "unreadable" };

static size_t age_of(int64_t ms)
{
	static const int days[MUN_AGES - 2] = { 7, 30, 90, 180, 365, 730 };
	size_t i = 0;

	while (i < MUN_COUNT(days) && ms > days[i] * MUN_DAY_MS)
		i++;
	return i;
}

/* A copy in the arena; "" where memory is out, which is asked for at the
 * end. */
static const char *keep(const struct mun_figures *f, const char *text)
{
	const char *copy = mun_arena_strdup(f->arena, text);

	return copy ? copy : "";
}

static int add_store(void *ctx, const struct mun_rep_store *s,
		     struct mun_err *e)
{
	struct mun_figures *f = ctx;
	struct mun_figures_store *x;

	f->stores = mun_arena_grow(f->arena, f->stores, f->nstores,
				   sizeof(*f->stores));
	if (!f->stores)
		return mun_fail_nomem(e, "stores");
	x = &f->stores[f->nstores++];
	x->id = keep(f, s->id);
	x->name = keep(f, s->name);
	x->url = keep(f, s->url);
	x->state = keep(f, s->state);
	x->added = keep(f, s->added);
	return mun_policy_get(f->conf, x->name, "", &x->policy, e);
}

/* A repository without facts has its own store all the same. */
static int stores(struct mun_figures *f, struct mun_err *e)
{
	const struct mun_rep_store main = {
		.id = "",
		.name = "main",
		.url = "",
		.state = "active",
		.added = "",
	};
	int rc = mun_rep_stores(f->c, &f->span, add_store, f, e);

	if (!rc && !f->nstores)
		rc = add_store(f, &main, e);
	return rc;
}

/* The index of the store of that name, or nstores. */
static size_t store_of(const struct mun_figures *f, const char *name)
{
	size_t i = 0;

	while (i < f->nstores && strcmp(f->stores[i].name, name) != 0)
		i++;
	return i;
}

static int collection_of(struct mun_figures *f, const char *name, size_t *out,
			 struct mun_err *e)
{
	struct mun_figures_collection *x;
	struct mun_policy policy;
	int rc;

	for (size_t i = 0; i < f->ncollections; i++) {
		if (strcmp(f->collections[i].name, name) == 0) {
			*out = i;
			return 0;
		}
	}
	rc = mun_policy_get(f->conf, "main", name, &policy, e);
	if (rc)
		return rc;
	f->collections =
		mun_arena_grow(f->arena, f->collections, f->ncollections,
			       sizeof(*f->collections));
	if (!f->collections)
		return mun_fail_nomem(e, "collections");
	x = &f->collections[f->ncollections];
	x->name = keep(f, name);
	x->wanted = policy.copies;
	*out = f->ncollections++;
	return 0;
}

static const char *exemption(const struct mun_figures_store *s,
			     const struct mun_policy *p)
{
	if (strcmp(s->state, "paused") == 0)
		return "the store is paused";
	return p->every ? "" : "the policy verifies it never";
}

static bool is_group(const struct mun_figures *f, size_t i, size_t store,
		     const char *collection)
{
	return f->groups[i].store == store &&
	       strcmp(f->groups[i].collection, collection) == 0;
}

/* Neighbours are mostly of one collection: the last answer is asked first. */
static int group_of(struct mun_figures *f, size_t store, const char *name,
		    size_t *out, struct mun_err *e)
{
	struct mun_figures_group *x;
	int rc;

	if (f->stores[store].at_group < f->ngroups &&
	    is_group(f, f->stores[store].at_group, store, name)) {
		*out = f->stores[store].at_group;
		return 0;
	}
	for (size_t i = 0; i < f->ngroups; i++) {
		if (is_group(f, i, store, name)) {
			*out = f->stores[store].at_group = i;
			return 0;
		}
	}
	f->groups = mun_arena_grow(f->arena, f->groups, f->ngroups,
				   sizeof(*f->groups));
	if (!f->groups)
		return mun_fail_nomem(e, "collections");
	x = &f->groups[f->ngroups];
	x->collection = keep(f, name);
	x->store = store;
	rc = mun_policy_get(f->conf, f->stores[store].name, name, &x->policy,
			    e);
	if (rc)
		return rc;
	x->exempt = exemption(&f->stores[store], &x->policy);
	*out = f->stores[store].at_group = f->ngroups++;
	return 0;
}

/* All copies of one object were read. */
static void end_object(struct mun_figures *f)
{
	struct mun_figures_collection *x;

	if (!f->at_object)
		return;
	x = &f->collections[f->at_collection];
	x->objects++;
	x->with[MUN_MIN(f->at_copies, 3u)]++;
	f->with[MUN_MIN(f->at_copies, 3u)]++;
	x->lacking += f->at_copies < x->wanted;
	f->lacking += f->at_copies < x->wanted;
	f->partial += f->at_partial;
}

static int begin_object(struct mun_figures *f, const struct mun_rep_pair *p,
			struct mun_err *e)
{
	end_object(f);
	f->at_object = p->object;
	f->at_copies = 0;
	f->at_partial = p->partial;
	return collection_of(f, p->collection, &f->at_collection, e);
}

static int add_due(struct mun_figures *f, struct mun_figures_store *s,
		   int64_t due, uint64_t bytes, struct mun_err *e)
{
	int64_t hour;

	if (due == INT64_MAX)
		return 0;
	if (!s->due) {
		s->due = mun_arena_array(f->arena, (size_t)HOURS,
					 sizeof(*s->due));
		if (!s->due)
			return mun_fail_nomem(e, "forecast");
	}
	/* Rounded down, also before the end of the period. */
	hour = due - f->as_of;
	hour = (hour < 0 ? hour - (HOUR_MS - 1) : hour) / HOUR_MS + HOURS_BACK;
	hour = MUN_MAX(MUN_MIN(hour, HOURS - 1), 0);
	/* Of an hour's items the first says when. */
	if (!s->due[hour].items || due < s->due[hour].due)
		s->due[hour].due = due;
	s->due[hour].items++;
	s->due[hour].bytes += bytes;
	return 0;
}

/* How old is it, and is it overdue? */
static int age(struct mun_figures *f, struct mun_figures_group *g,
	       const struct mun_rep_pair *p, struct mun_err *e)
{
	struct mun_figures_store *s = &f->stores[g->store];
	const bool verified = *p->checked != '\0';
	int64_t base;
	int64_t late;
	int rc = mun_time_parse(p->base, &base, e);

	if (rc)
		return mun_ctx(e, "a copy's last verification");
	if (verified) {
		g->ages[age_of(f->as_of - base)]++;
		g->oldest = MUN_MAX(g->oldest, f->as_of - base);
	} else {
		g->ages[MUN_AGE_NEVER]++;
		g->never++;
	}
	if (*g->exempt)
		return 0;
	s->in_policy++;
	f->in_policy++;
	late = mun_overdue(base, g->policy.every, f->as_of);
	if (late > 0) {
		g->overdue++;
		g->worst_overdue = MUN_MAX(g->worst_overdue, late);
	}
	return add_due(f, s, mun_due_at(base, g->policy.every, f->as_of),
		       p->bytes, e);
}

static int add_pair(void *ctx, const struct mun_rep_pair *p, struct mun_err *e)
{
	struct mun_figures *f = ctx;
	size_t store = store_of(f, p->store);
	struct mun_figures_group *g;
	size_t no = 0;
	int rc = 0;

	if (store == f->nstores)
		return 0;
	if (p->object != f->at_object)
		rc = begin_object(f, p, e);
	if (!rc)
		rc = group_of(f, store, p->collection, &no, e);
	if (rc)
		return rc;
	g = &f->groups[no];
	f->at_copies++;
	g->objects++;
	g->bytes += p->bytes;
	if (strcmp(p->checked, f->span.from) >= 0 && *p->checked) {
		g->checked++;
		g->checked_bytes += p->bytes;
	}
	for (size_t i = 0; i < MUN_VERDICTS; i++)
		g->last[i] += strcmp(p->outcome, mun_verdict_names[i]) == 0;
	return age(f, g, p, e);
}

static void add_up(struct mun_figures_group *sum,
		   const struct mun_figures_group *g)
{
	sum->objects += g->objects;
	sum->bytes += g->bytes;
	sum->checked += g->checked;
	sum->checked_bytes += g->checked_bytes;
	sum->never += g->never;
	sum->overdue += g->overdue;
	sum->worst_overdue = MUN_MAX(sum->worst_overdue, g->worst_overdue);
	sum->oldest = MUN_MAX(sum->oldest, g->oldest);
	for (size_t i = 0; i < MUN_VERDICTS; i++)
		sum->last[i] += g->last[i];
	for (size_t i = 0; i < MUN_AGES; i++)
		sum->ages[i] += g->ages[i];
}

static int copies(struct mun_figures *f, struct mun_err *e)
{
	int rc = mun_rep_pairs(f->c, &f->span, add_pair, f, e);

	if (rc)
		return rc;
	end_object(f);
	for (size_t i = 0; i < f->ngroups; i++) {
		struct mun_figures_store *s = &f->stores[f->groups[i].store];

		add_up(&s->sum, &f->groups[i]);
		add_up(&f->all, &f->groups[i]);
		s->objects = s->sum.objects;
		s->bytes = s->sum.bytes;
	}
	return 0;
}

static int add_day(void *ctx, const struct mun_rep_day *d, struct mun_err *e)
{
	struct mun_figures *f = ctx;
	size_t store = store_of(f, d->store);
	struct mun_figures_day *x;

	if (store == f->nstores)
		return 0;
	f->days = mun_arena_grow(f->arena, f->days, f->ndays, sizeof(*f->days));
	if (!f->days)
		return mun_fail_nomem(e, "days");
	x = &f->days[f->ndays++];
	(void)snprintf(x->day, sizeof(x->day), "%.10s", d->day);
	x->store = store;
	x->objects = d->objects;
	x->bytes = d->bytes;
	x->bad = d->mismatch + d->missing + d->unreadable;
	f->stores[store].verdicts[MUN_V_INTACT] += d->objects - x->bad;
	f->stores[store].verdicts[MUN_V_MISMATCH] += d->mismatch;
	f->stores[store].verdicts[MUN_V_MISSING] += d->missing;
	f->stores[store].verdicts[MUN_V_UNREADABLE] += d->unreadable;
	f->stores[store].verified_bytes += d->bytes;
	return 0;
}

static int add_run(void *ctx, const struct mun_rep_run *r, struct mun_err *e)
{
	struct mun_figures *f = ctx;
	size_t store = store_of(f, r->store);
	struct mun_figures_store *s;

	(void)e;
	if (store == f->nstores)
		return 0;
	s = &f->stores[store];
	if (strcmp(r->kind, "presence") == 0) {
		s->sweeps++;
		s->sweeps_done += *r->ended && !r->interrupted;
		s->sweep_found += r->findings;
		return 0;
	}
	s->runs++;
	s->interrupted += r->interrupted;
	s->unended += !*r->ended;
	s->unavailable += r->store_unavailable;
	s->not_run += r->not_run;
	return 0;
}

static int add_policy(void *ctx, const char *at, const char *text,
		      struct mun_err *e)
{
	struct mun_figures *f = ctx;

	f->policies = mun_arena_grow(f->arena, f->policies, f->npolicies,
				     sizeof(*f->policies));
	if (!f->policies)
		return mun_fail_nomem(e, "policies");
	f->policies[f->npolicies].at = keep(f, at);
	f->policies[f->npolicies++].text = keep(f, text);
	return 0;
}

static int add_events(void *ctx, const struct mun_rep_events *n,
		      struct mun_err *e)
{
	struct mun_figures *f = ctx;

	f->events = mun_arena_grow(f->arena, f->events, f->nevents,
				   sizeof(*f->events));
	if (!f->events)
		return mun_fail_nomem(e, "events");
	f->events[f->nevents] = *n;
	f->events[f->nevents++].type = keep(f, n->type);
	return 0;
}

static int add_incident(void *ctx, const struct mun_rep_incident *i,
			struct mun_err *e)
{
	struct mun_figures *f = ctx;
	struct mun_figures_incidents *n = &f->incidents;

	(void)e;
	n->opened += strcmp(i->opened, f->span.from) >= 0;
	if (i->closed) {
		n->closed++;
		return 0;
	}
	n->open++;
	n->unacknowledged += !i->acknowledged;
	n->acknowledged += i->acknowledged;
	n->repaired += strcmp(i->state, "repaired") == 0;
	n->verified += strcmp(i->state, "verified") == 0;
	return 0;
}

static int add_rate(void *ctx, const char *store, double rate,
		    struct mun_err *e)
{
	struct mun_figures *f = ctx;
	size_t i = store_of(f, store);

	(void)e;
	if (i < f->nstores)
		f->stores[i].rate = rate;
	return 0;
}

static int rates(struct mun_figures *f, struct mun_err *e)
{
	struct mun_rep_span s = f->span;

	mun_time_text(f->as_of - RATE_DAYS * MUN_DAY_MS, s.from);
	return mun_rep_rates(f->c, &s, add_rate, f, e);
}

/* The longest of the intervals in a store says what keeping up needs. */
static uint64_t interval(const struct mun_figures *f, size_t store)
{
	uint64_t every = 0;

	for (size_t i = 0; i < f->ngroups; i++)
		if (f->groups[i].store == store && !*f->groups[i].exempt)
			every = MUN_MAX(every, f->groups[i].policy.every);
	return every;
}

static void forecasts(struct mun_figures *f)
{
	for (size_t i = 0; i < f->nstores; i++) {
		struct mun_figures_store *s = &f->stores[i];
		double rate = s->rate;
		size_t n = 0;

		if (!s->due)
			continue;
		for (size_t k = 0; k < (size_t)HOURS; k++)
			if (s->due[k].items)
				s->due[n++] = s->due[k];
		if (s->policy.rate && (double)s->policy.rate < rate)
			rate = (double)s->policy.rate;
		mun_forecast_make(s->due, n, &s->policy.window, rate,
				  interval(f, i), s->policy.catch_up, f->as_of,
				  &s->forecast);
		s->has_forecast = true;
		s->next_due = n ? s->due[0].due : INT64_MAX;
	}
}

static int policy_today(struct mun_figures *f, struct mun_err *e)
{
	struct mun_str s = { 0 };
	int rc = mun_policy_text(f->conf, &s, e);

	if (!rc && !s.failed)
		f->policy_text = keep(f, s.text ? s.text : "");
	if (!rc && s.failed)
		rc = mun_fail_nomem(e, "policy");
	mun_str_free(&s);
	return rc;
}

int mun_figures_holdings(struct mun_figures *f, struct mun_err *e)
{
	int rc = mun_rep_identity(f->c, f->repository, f->key, e);

	if (!rc)
		rc = stores(f, e);
	if (!rc)
		rc = copies(f, e);
	if (!rc)
		rc = rates(f, e);
	if (!rc)
		rc = mun_arena_failed(f->arena, e);
	if (!rc)
		forecasts(f);
	return rc;
}

int mun_figures_gather(struct mun_figures *f, struct mun_err *e)
{
	int rc = policy_today(f, e);

	if (!rc)
		rc = mun_figures_holdings(f, e);
	if (!rc)
		rc = mun_rep_days(f->c, &f->span, add_day, f, e);
	if (!rc)
		rc = mun_rep_runs(f->c, &f->span, add_run, f, e);
	if (!rc)
		rc = mun_rep_policies(f->c, &f->span, add_policy, f, e);
	if (!rc)
		rc = mun_rep_events(f->c, &f->span, add_events, f, e);
	if (!rc)
		rc = mun_rep_counts(f->c, &f->span, &f->counts, e);
	if (!rc)
		rc = mun_rep_incidents(f->c, &f->span, add_incident, f, e);
	return rc ? rc : mun_arena_failed(f->arena, e);
}

void mun_figures_free(struct mun_figures *f)
{
	mun_arena_free(f->arena);
	f->arena = NULL;
}

static const struct mun_rep_events *of_type(const struct mun_figures *f,
					    const char *type)
{
	static const struct mun_rep_events none;

	for (size_t i = 0; i < f->nevents; i++)
		if (strcmp(f->events[i].type, type) == 0)
			return &f->events[i];
	return &none;
}

uint64_t mun_figures_events(const struct mun_figures *f, const char *type)
{
	return of_type(f, type)->events;
}

uint64_t mun_figures_failed(const struct mun_figures *f, const char *type)
{
	return of_type(f, type)->fail;
}

uint64_t mun_figures_objects_with(const struct mun_figures *f, const char *type)
{
	return of_type(f, type)->objects;
}

void mun_duration_text(uint64_t seconds, char out[static 32])
{
	static const struct {
		uint64_t seconds;
		const char *name;
	} units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" } };
	uint64_t n = seconds;
	const char *name = "second";

	for (size_t i = 0; i < MUN_COUNT(units); i++) {
		if (seconds >= units[i].seconds) {
			n = seconds / units[i].seconds;
			name = units[i].name;
			break;
		}
	}
	(void)snprintf(out, 32, "%" PRIu64 " %s%s", n, name, n == 1 ? "" : "s");
}
