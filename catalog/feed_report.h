/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/feed_report.h - how the outcomes of an audit are written down */
#ifndef MUN_CATALOG_FEED_REPORT_H
#define MUN_CATALOG_FEED_REPORT_H

#include <pthread.h>

#include "catalog/feed.h"
#include "catalog/feed_due.h"
#include "catalog/query.h"

/* An object of a run whose order is fixed at its beginning. */
struct mun_feed_chosen {
	int64_t object; /* number */
	bool full;
};

struct mun_catalog_feed {
	struct mun_catalog *c;
	pthread_mutex_t lock; /* the catalog, which is for one thread */
	struct mun_audit_feed table;
	mun_feed_open_fn *open;
	void *open_ctx;
	mun_feed_finding_fn *fn;
	void *fn_ctx;
	char *store;
	int64_t store_no;
	int64_t operator_no;
	int64_t program_no;
	int64_t audit; /* number of this run */

	bool due; /* by walk, else by the list */
	bool full; /* all */
	struct mun_due_walk walk;
	size_t nchosen;
	size_t room;
	size_t at; /* the next one */
	struct mun_feed_chosen *chosen; /* oldest-checked first */
	uint64_t objects;
	uint64_t files;
	uint64_t bytes;

	/* Reported, not written yet; without findings but for the last. */
	uint64_t batch_ms;
	int64_t since; /* monotonic ms: when the first of them came */
	size_t npending;
	size_t pending_room;
	struct mun_audit_item **pending;

	uint64_t verdicts; /* written so far */
	uint64_t findings;
	uint64_t opened; /* incidents */
	uint64_t skipped; /* files of objects that could not be loaded */
	bool away; /* that the store is away was said */
};

/* feed_data of an item: numbers of its rows. */
struct mun_feed_item {
	int64_t object;
	int64_t files[]; /* as many as the item has */
};

/**
 * mun_feed_take() - an item that was reported; it is the feed's now
 *
 * It is written down with others, or at once: when it is not intact, or the
 * oldest of them has waited for batch_ms.  Then each finding is given to the
 * feed's fn.  Return: 0 or what SQLite said.
 */
MUN_CHECK int mun_feed_take(struct mun_catalog_feed *f,
			    struct mun_audit_item *item, struct mun_err *e);

/* Write down what has waited for batch_ms; all that waits. */
MUN_CHECK int mun_feed_tick(struct mun_catalog_feed *f, struct mun_err *e);
MUN_CHECK int mun_feed_write(struct mun_catalog_feed *f, struct mun_err *e);

/* The rows of object number @object are damaged (@why): it is not run. */
MUN_CHECK int mun_feed_skip(struct mun_catalog_feed *f, int64_t object,
			    const struct mun_err *why, struct mun_err *e);

void mun_feed_item_free(struct mun_audit_item *item); /* NULL is fine */

/* A batch on its way into the catalog. */
struct mun_feed_batch {
	struct mun_catalog_feed *f;
	uint64_t findings; /* written by this try */
	uint64_t verdicts;
	bool away; /* it says that the store is away */
	const struct mun_audit_summary *sum; /* with the run's end, or NULL */
	uint64_t opened; /* incidents, by this try */
};

/* An outcome that says something about the object.  One that was not read to
 * its end, or whose store is away, stays as old as it was. */
bool mun_feed_is_verdict(enum mun_outcome o);

/* Inside a transaction (catalog/feed_rows.c): an item's event, verdict,
 * findings, incidents and state; a finding alone, @object and @file of which
 * may be 0, with its leaf where no event tells of it; the end of the run. */
MUN_CHECK int mun_feed_write_item(struct mun_catalog *c,
				  struct mun_feed_batch *b,
				  struct mun_audit_item *item,
				  struct mun_err *e);
MUN_CHECK int mun_feed_write_finding(struct mun_catalog *c,
				     struct mun_feed_batch *b, int64_t object,
				     int64_t file, const struct mun_finding *x,
				     bool leaf, struct mun_err *e);
MUN_CHECK int mun_feed_write_end(struct mun_catalog *c,
				 const struct mun_feed_batch *b,
				 struct mun_err *e);

#endif
