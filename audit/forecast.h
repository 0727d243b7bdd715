/* SPDX-License-Identifier: Apache-2.0 */
/* audit/forecast.h - when everything in a store will have been verified */
#ifndef MUN_AUDIT_FORECAST_H
#define MUN_AUDIT_FORECAST_H

#include "audit/run.h"

struct mun_store_forecast {
	const char *store;
	bool away;
	bool paused;
	bool measured; /* the rate is that of past runs; else assumed */
	double rate; /* bytes a second of open window */
	int64_t next_due; /* ms; INT64_MAX: nothing ever */
	struct mun_policy policy; /* of the store */
	struct mun_forecast f;
};

typedef void mun_forecast_fn(void *ctx, const struct mun_store_forecast *f);

/* What is assumed of a store that was never audited: a slow disk. */
#define MUN_FORECAST_RATE 80e6

/**
 * mun_forecast_stores() - for each store, by the policy and what was measured
 *
 * The measured rate is never taken to be above the policy's.
 * Return: 0; MUN_EIO, MUN_ECORRUPT, MUN_ENOMEM.
 */
MUN_CHECK int mun_forecast_stores(const struct mun_custodian *k,
				  mun_forecast_fn *fn, void *ctx,
				  struct mun_err *e);

#endif
