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

/* What is due, by collection: the first rule that fits.  A collection that no
 * rule fits is not taken. */
struct mun_feed_rule {
	const char *collection; /* NULL: any */
	uint64_t every; /* seconds; 0: never */
	bool full; /* whole-file digests too */
};

struct mun_feed_opts {
	const char *const *objects; /* ids; NULL: all */
	size_t nobjects;
	const char *store; /* its name: "main"; objects without a copy there
			    * are not taken */
	bool due; /* only what is due by the rules, longest overdue first */
	const struct mun_feed_rule *rules; /* may be NULL unless @due */
	size_t nrules;
	bool full; /* as if every rule said so */
	uint64_t batch_ms; /* outcomes are written at least this often; 0:
			    * each at once */
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

/* As a feed with @due sees it now: what comes first, from when (ms) it is
 * overdue, and how much there is.  MUN_ENOENT: nothing is due; *@next_due is
 * then when something will be (INT64_MAX: never). */
struct mun_feed_due {
	char object[MUN_UUID_LEN];
	int64_t due;
};
MUN_CHECK int mun_catalog_feed_peek(struct mun_catalog *c,
				    const struct mun_feed_opts *opts,
				    struct mun_feed_due *out, int64_t *next_due,
				    struct mun_err *e);

/* For a forecast: (due time, objects, bytes) of every pair of the store by the
 * rules, ascending, neighbours within an hour put together. */
typedef int mun_feed_profile_fn(void *ctx, int64_t due, uint64_t objects,
				uint64_t bytes, struct mun_err *e);
MUN_CHECK int mun_catalog_feed_profile(struct mun_catalog *c,
				       const struct mun_feed_opts *opts,
				       mun_feed_profile_fn *fn, void *ctx,
				       struct mun_err *e);

/* Bytes a second of finished runs on @store in the last 90 days; 0: none. */
MUN_CHECK int mun_catalog_measured_rate(struct mun_catalog *c,
					const char *store, double *out,
					struct mun_err *e);

/**
 * struct mun_presence - a sweep of existence and size over one store
 *
 * A sweep is a run of its own (kind "presence") with one row at its end; it
 * goes over all objects in the order of their ids, and one that was
 * interrupted is gone on with from where it was.  Findings open incidents as
 * those of an audit do.
 */
struct mun_presence;
struct mun_presence_object {
	char id[MUN_UUID_LEN];
	size_t nfiles;
	struct {
		const char *path;
		uint64_t bytes;
	} * files;
};
MUN_CHECK int mun_presence_begin(struct mun_catalog *c,
				 const struct mun_feed_opts *opts,
				 struct mun_presence **out, struct mun_err *e);
/* *@out is lent until the next call; NULL at the end. */
MUN_CHECK int mun_presence_next(struct mun_presence *p,
				const struct mun_presence_object **out,
				struct mun_err *e);
/* @outcome: "missing", "mismatch" (size), "unreadable", "extra". */
MUN_CHECK int mun_presence_found(struct mun_presence *p, const char *object,
				 const char *path, const char *outcome,
				 uint64_t bytes, int sys, const char *text,
				 struct mun_err *e);
/* @complete: the end was reached; else the next sweep goes on from here. */
MUN_CHECK int mun_presence_end(struct mun_presence *p, bool complete,
			       struct mun_err *e);
void mun_presence_free(struct mun_presence *p); /* NULL is fine */
MUN_DEFINE_FREEP(presence, mun_presence_free);

/* Incidents that the sweep, or the run, opened (not those it joined). */
uint64_t mun_presence_opened(const struct mun_presence *p);
uint64_t mun_catalog_feed_opened(const struct mun_catalog_feed *f);

/* When the last complete sweep of @store began, in ms; 0: never. */
MUN_CHECK int mun_catalog_last_sweep(struct mun_catalog *c, const char *store,
				     int64_t *out, struct mun_err *e);

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
