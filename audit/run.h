/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/run.h - an audit over the stores of a repository
 *
 * One store after the other, that with the longest overdue item first; in each
 * a sweep of existence and size where one is due, then the verification, under
 * the store's lock, within its window, rate and the time limit.
 */
#ifndef MUN_AUDIT_RUN_H
#define MUN_AUDIT_RUN_H

#include "audit/holdings.h"
#include "catalog/feed.h"
#include "core/conf.h"
#include "core/log.h"
#include "fixity/audit.h"
#include "fixity/policy.h"

/* Who looks after the holdings, and with what. */
struct mun_custodian {
	const char *spool; /* the repository's */
	const struct mun_conf *conf;
	struct mun_catalog *catalog;
	struct mun_holdings *holdings;
	const char *operator_id; /* agent ids; or NULL */
	const char *program_id;
	const char *program_version;
	const struct mun_progress_to *progress; /* may be NULL */
};

struct mun_run_request {
	const char *store; /* NULL: each one that is not paused */
	const char *const *objects; /* ids; NULL: all */
	size_t nobjects;
	bool due; /* only what is due, only while the window is open */
	bool presence; /* existence and size only */
	bool full; /* whole-file digests too, whatever the policy */
	enum mun_read_mode mode;
	int threads; /* -1: the policy's */
	bool has_rate; /* else the policy's */
	uint64_t rate; /* bytes a second; 0: unlimited */
	uint64_t time_limit; /* seconds; 0: none */
};

enum mun_run_state {
	MUN_RUN_DONE,
	MUN_RUN_STOPPED, /* window or time limit; goes on next time */
	MUN_RUN_INTERRUPTED, /* by a signal */
	MUN_RUN_NOTHING_DUE,
	MUN_RUN_WINDOW_CLOSED,
	MUN_RUN_PAUSED,
	MUN_RUN_BUSY, /* another audit is at work there */
	MUN_RUN_AWAY, /* the store, before or in the middle of the run */
	MUN_RUN_FAULT, /* the circuit breaker: the store is at fault */
};

/* "done", "stopped", ...: in JSON. */
const char *mun_run_state_name(enum mun_run_state s);

struct mun_run_result {
	const char *store; /* lent, of the holdings */
	enum mun_run_state state;
	char why[256]; /* for people, or "" */
	struct mun_audit_summary sum; /* what was recorded */
	uint64_t not_run; /* files chosen and not judged */
	bool swept; /* existence and size, all of the store */
	uint64_t sweep_objects;
	uint64_t sweep_found; /* findings of the sweep */
	uint64_t new_incidents; /* opened by this run, on this store */
};

typedef void mun_run_result_fn(void *ctx, const struct mun_run_result *r);

/**
 * mun_run_audit() - audit what @q asks for
 * @finding: told each finding, after it is recorded; may be NULL
 * @result:  told what became of each store
 *
 * What was found is data.  Return: 0; MUN_ENOENT (no such store); MUN_EIO,
 * MUN_ECORRUPT (the catalog).
 */
MUN_CHECK int mun_run_audit(const struct mun_custodian *k,
			    const struct mun_run_request *q,
			    mun_feed_finding_fn *finding,
			    mun_run_result_fn *result, void *ctx,
			    struct mun_err *e);

#endif
