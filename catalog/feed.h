/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/feed.h - the audit's feed out of the catalog: oldest-checked first */
#ifndef MUN_CATALOG_FEED_H
#define MUN_CATALOG_FEED_H

#include "catalog/catalog.h"
#include "fixity/audit.h"

/* How the bytes of a stored file are had; the command line plugs the store in
 * (the catalog knows no store).  As mun_audit_feed.open. */
typedef int mun_feed_open_fn(void *ctx, const char *object, const char *path,
			     struct mun_source **out, struct mun_err *e);

struct mun_catalog_feed;

struct mun_feed_opts {
	const char *const *objects; /* ids; NULL: all */
	size_t nobjects;
	const char *store; /* its name in reports: "main" */
	const char *agent_operator; /* agent ids for the events; or NULL */
	const char *agent_program;
	mun_feed_open_fn *open;
	void *open_ctx;
};

/* One stored finding, for reports. */
struct mun_feed_finding {
	const char *object;
	const char *store;
	const char *path;
	const char *outcome;
	uint64_t off;
	uint64_t bytes;
	const char *expected;
	const char *actual;
	const char *text;
};
typedef void mun_feed_finding_fn(void *ctx, const struct mun_feed_finding *f);

/**
 * mun_catalog_feed_open() - begin an audit run (a row in table audit)
 *
 * Each report() is one transaction: a "fixity check" event, the findings, and
 * the object's last outcome.  An object that was begun and not ended
 * (MUN_OUTCOME_NOT_RUN) leaves no event and stays the oldest.
 * @c must outlive the feed.  Return: 0, MUN_ENOENT (an object), MUN_EIO.
 */
MUN_CHECK int mun_catalog_feed_open(struct mun_catalog *c,
				    const struct mun_feed_opts *opts,
				    mun_feed_finding_fn *fn, void *fn_ctx,
				    struct mun_catalog_feed **out,
				    struct mun_err *e);

/* For mun_audit_run(); lives as long as @f. */
const struct mun_audit_feed *mun_catalog_feed_table(struct mun_catalog_feed *f);

/* Objects chosen and their bytes, for progress and for "not run". */
void mun_catalog_feed_size(const struct mun_catalog_feed *f, uint64_t *objects,
			   uint64_t *files, uint64_t *bytes);

/* Write the run's end (or interruption) and counts. */
MUN_CHECK int mun_catalog_feed_finish(struct mun_catalog_feed *f,
				      const struct mun_audit_summary *sum,
				      struct mun_err *e);
void mun_catalog_feed_close(struct mun_catalog_feed *f); /* NULL is fine */
MUN_DEFINE_FREEP(catalog_feed, mun_catalog_feed_close);

#endif
