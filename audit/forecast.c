/* SPDX-License-Identifier: Apache-2.0 */
/* audit/forecast.c - when everything in a store will have been verified */
#include "audit/forecast.h"

#include "audit/run_store.h"
#include "core/clock.h"
#include "core/parse.h"

struct profile {
	size_t n, room;
	struct mun_forecast_item *of;
};

static int add(void *ctx, int64_t due, uint64_t objects, uint64_t bytes,
	       struct mun_err *e)
{
	struct profile *p = ctx;

	if (p->n == p->room) {
		size_t room = p->room ? 2 * p->room : 256;
		void *grown = reallocarray(p->of, room, sizeof(*p->of));

		if (!grown)
			return mun_fail_nomem(e, "forecast");
		p->of = grown;
		p->room = room;
	}
	p->of[p->n++] = (struct mun_forecast_item){ due, bytes, objects };
	return 0;
}

static int rate_of(const struct mun_custodian *k, struct mun_store_forecast *s,
		   struct mun_err *e)
{
	int rc = mun_catalog_measured_rate(k->catalog, s->store, &s->rate, e);

	s->measured = !rc && s->rate > 0;
	if (!s->measured)
		s->rate = MUN_FORECAST_RATE;
	if (s->policy.rate && s->rate > (double)s->policy.rate)
		s->rate = (double)s->policy.rate;
	return rc;
}

static int one(const struct mun_custodian *k, const struct mun_holding *h,
	       struct mun_store_forecast *s, struct mun_err *e)
{
	const char *catch_up = mun_conf_find(k->conf, "", h->name, "catch-up");
	struct mun_feed_opts opts = { .store = h->name, .due = true };
	struct mun_run_rules rules;
	struct profile p = { 0 };
	uint64_t seconds;
	int rc = mun_parse_duration(catch_up, &seconds, e);

	if (!rc)
		rc = mun_policy_get(k->conf, h->name, "", &s->policy, e);
	if (!rc)
		rc = rate_of(k, s, e);
	if (!rc)
		rc = mun_run_rules_load(k->conf, h->name, &rules, e);
	if (rc)
		return rc;
	opts.rules = rules.of;
	opts.nrules = rules.n;
	rc = mun_catalog_feed_profile(k->catalog, &opts, add, &p, e);
	if (!rc) {
		s->next_due = p.n ? p.of[0].due : INT64_MAX;
		mun_forecast_make(p.of, p.n, &s->policy.window, s->rate,
				  s->policy.every, seconds, mun_now_ms(),
				  &s->f);
	}
	mun_run_rules_clear(&rules);
	free(p.of);
	return rc;
}

int mun_forecast_stores(const struct mun_custodian *k, mun_forecast_fn *fn,
			void *ctx, struct mun_err *e)
{
	for (size_t i = 0; i < k->holdings->n; i++) {
		const struct mun_holding *h = &k->holdings->of[i];
		struct mun_store_forecast s = {
			.store = h->name,
			.away = !h->place,
			.paused = h->paused,
		};
		int rc = one(k, h, &s, e);

		if (rc)
			return mun_ctx(e, "forecast of store '%s'", h->name);
		fn(ctx, &s);
	}
	return 0;
}
