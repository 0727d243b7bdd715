/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/feed_report.h - how the outcome of an audit is written down */
#ifndef MUN_CATALOG_FEED_REPORT_H
#define MUN_CATALOG_FEED_REPORT_H

#include <pthread.h>

#include "catalog/catalog_events.h"
#include "catalog/feed.h"
#include "catalog/query.h"

struct mun_catalog_feed {
	struct mun_catalog *c;
	pthread_mutex_t lock; /* the catalog, which is for one thread */
	struct mun_audit_feed table;
	mun_feed_open_fn *open;
	void *open_ctx;
	mun_feed_finding_fn *fn;
	void *fn_ctx;
	char *store;
	char *agent_operator; /* ids, or NULL */
	char *agent_program;
	int64_t operator_no;
	int64_t program_no;
	int64_t audit; /* number of this run */
	size_t nchosen;
	size_t room;
	size_t at; /* the next one */
	int64_t *chosen; /* numbers of objects, oldest-checked first */
	uint64_t files;
	uint64_t bytes;
	uint64_t verdicts; /* written so far */
	uint64_t findings;
};

/* feed_data of an item: numbers of its rows. */
struct mun_feed_item {
	int64_t object;
	int64_t files[]; /* as many as the item has */
};

/**
 * mun_feed_report() - one transaction: event, verdict, findings, states
 *
 * Then each finding is given to the feed's fn.  @item stays the caller's.
 * Return: 0 or what SQLite said.
 */
MUN_CHECK int mun_feed_report(struct mun_catalog_feed *f,
			      const struct mun_audit_item *item,
			      struct mun_err *e);

#endif
