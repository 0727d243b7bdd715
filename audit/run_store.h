/* SPDX-License-Identifier: Apache-2.0 */
/* audit/run_store.h - one store's turn in an audit; for this folder only */
#ifndef MUN_AUDIT_RUN_STORE_H
#define MUN_AUDIT_RUN_STORE_H

#include <stdatomic.h>

#include "audit/breaker.h"
#include "audit/run.h"

/* What is due in one store, by collection. */
struct mun_run_rules {
	size_t n;
	struct mun_feed_rule *of; /* the last is for any collection */
};

/* Texts are lent, of @c. */
MUN_CHECK int mun_run_rules_load(const struct mun_conf *c, const char *store,
				 struct mun_run_rules *out, struct mun_err *e);
void mun_run_rules_clear(struct mun_run_rules *r);

struct mun_run_store {
	const struct mun_custodian *k;
	const struct mun_run_request *q;
	struct mun_holding *h;
	int64_t deadline; /* monotonic ms */
	mun_feed_finding_fn *finding;
	void *ctx;
	struct mun_run_result r;

	/* Its own */
	struct mun_policy policy; /* of the store; window, rate, threads */
	struct mun_run_rules rules;
	const struct mun_breaker *breaker; /* while it verifies */
	atomic_bool gone; /* the store went away in the middle */
};

/* The store's turn, from its lock to its result in @s->r. */
MUN_CHECK int mun_run_store(struct mun_run_store *s, struct mun_err *e);

/* Existence and size of everything there; the lock is held. */
MUN_CHECK int mun_run_sweep(struct mun_run_store *s,
			    const struct mun_feed_opts *opts,
			    struct mun_err *e);

/* Must the run end now: window, time limit, breaker?  Any thread. */
bool mun_run_must_stop(void *store);

#endif
