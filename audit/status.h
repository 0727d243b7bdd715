/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/status.h - how a repository is: one screen, JSON, metrics
 *
 * Gathered in one pass over the copies; nothing is written, so that it works
 * on a repository that is read-only, empty, or has stores that are away.
 */
#ifndef MUN_AUDIT_STATUS_H
#define MUN_AUDIT_STATUS_H

#include "audit/holdings.h"
#include "core/conf.h"
#include "core/jsonw.h"
#include "fixity/ledger.h"
#include "fixity/schedule.h"

#define MUN_STATUS_NEWEST 5 /* incidents that are named */

/* One store, or one collection in one store. */
struct mun_status_part {
	char *store;
	char *collection; /* NULL: all of the store */
	char state[12]; /* "active", "paused", "away" */
	char why[160]; /* of "away" */
	uint64_t objects; /* copies that it has */
	uint64_t bytes;
	uint64_t in_policy; /* copies that are to be verified at all */
	uint64_t never; /* of them, never verified */
	uint64_t overdue; /* of them */
	int64_t worst_overdue_ms; /* 0: none */
	int64_t oldest_check_ms; /* age of the oldest; 0: none */
	uint64_t outcomes[4]; /* last: intact, mismatch, missing, unreadable */
	uint64_t lacking; /* objects that should have a copy and have none */
	int64_t next_due; /* ms since 1970; INT64_MAX: nothing ever */
	double rate; /* measured, bytes a second; 0: unknown */
	bool has_forecast;
	struct mun_forecast forecast; /* of stores only */
};

struct mun_status_incident {
	char id[MUN_UUID_LEN];
	char object[MUN_UUID_LEN]; /* or "" */
	char store[40];
	char kind[16];
	char state[16];
	char opened[MUN_TIME_LEN];
	char *path;
	char *label;
};

struct mun_status {
	char repository[MUN_UUID_LEN]; /* "" : none yet */
	char *name; /* from the configuration */
	int64_t now;
	uint64_t objects;
	uint64_t partial; /* objects whose medium could not be read whole */
	uint64_t bytes; /* stored, once */
	uint64_t copies; /* all stores */
	uint64_t short_of_copies; /* objects with fewer than the policy asks */
	size_t nstores;
	struct mun_status_part *stores;
	size_t ncollections;
	struct mun_status_part *collections; /* by store and collection */
	uint64_t incidents; /* not closed */
	uint64_t unacknowledged; /* of them */
	uint64_t damaged; /* objects whose last verdict, anywhere, is bad */
	size_t nnewest;
	struct mun_status_incident newest[MUN_STATUS_NEWEST];
	uint64_t sessions; /* ingests under way or interrupted */
	uint64_t audits; /* at work now */
	bool has_ledger;
	char ledger_problem[160]; /* it cannot be opened: why; or "" */
	uint64_t entries;
	uint64_t unsigned_entries;
	struct mun_ledger_head head; /* size 0: none */
	int64_t token_ms; /* of the newest time stamp; 0: none */
};

/**
 * mun_status_gather() - look at everything, once
 * @repository: its folder
 * @holdings:   opened; NULL: nothing is said of stores being away
 *
 * Return: 0; MUN_EIO, MUN_ECORRUPT (the catalog), MUN_EINVAL (a value of the
 * configuration), MUN_ENOMEM.  *@out is the caller's: mun_status_free().
 */
MUN_CHECK int mun_status_gather(struct mun_catalog *c,
				const struct mun_conf *conf,
				const char *repository,
				const struct mun_holdings *holdings,
				struct mun_status **out, struct mun_err *e);
void mun_status_free(struct mun_status *s); /* NULL is fine */
MUN_DEFINE_FREEP(status, mun_status_free);

/* Is there damage, or an open incident? */
bool mun_status_is_bad(const struct mun_status *s);

/* For people: at most 24 lines of at most 80 columns. */
MUN_CHECK int mun_status_text(const struct mun_status *s, char **out,
			      struct mun_err *e);

/* The members of one object that is open (schemas/json/status.schema.json). */
void mun_status_json(const struct mun_status *s, struct mun_jsonw *w);

#endif
