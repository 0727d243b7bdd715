/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/report_facts.h - what reports and signals ask of the catalog
 *
 * Facts are only ever added and each has its time, so that every question can
 * be asked as of a moment: what is later is left out.  Times are RFC 3339 in
 * UTC, as the catalog has them; texts are lent for the call.  A result other
 * than 0 of a callback ends the reading and is returned.
 */
#ifndef MUN_CATALOG_REPORT_FACTS_H
#define MUN_CATALOG_REPORT_FACTS_H

#include "catalog/catalog.h"
#include "core/clock.h"

/**
 * mun_rep_open() - a catalog that cannot be written, to be read
 *
 * On a medium or in a folder that is read-only SQLite cannot share memory with
 * others.  Nobody writes there, so that is not needed either; where somebody
 * does (there is a log beside the file), its log must be readable.
 * Return: as mun_catalog_open().  Only what reads works with *@out.
 */
MUN_CHECK int mun_rep_open(const char *path, struct mun_catalog **out,
			   struct mun_err *e);

/* From @from (inclusive) to @to (exclusive); @to is also the moment as of
 * which everything is told. */
struct mun_rep_span {
	char from[MUN_TIME_LEN];
	char to[MUN_TIME_LEN];
};

typedef int mun_rep_fn(void *ctx, struct mun_err *e);

/* @fn in one read transaction, so that all its answers are of one moment. */
MUN_CHECK int mun_rep_read(struct mun_catalog *c, mun_rep_fn *fn, void *ctx,
			   struct mun_err *e);

/* The identity of the repository, or "" where it has none yet; and the id of
 * the newest signing key, or "".  Nothing is made. */
MUN_CHECK int mun_rep_identity(struct mun_catalog *c,
			       char repository[static MUN_UUID_LEN],
			       char key[static 17], struct mun_err *e);

struct mun_rep_store {
	const char *id;
	const char *name;
	const char *url;
	const char *state; /* "active", "paused", "removed" */
	const char *added;
};
typedef int mun_rep_store_fn(void *ctx, const struct mun_rep_store *s,
			     struct mun_err *e);

/* Stores as they were at the end of @s, main first; removed ones too. */
MUN_CHECK int mun_rep_stores(struct mun_catalog *c,
			     const struct mun_rep_span *s, mun_rep_store_fn *fn,
			     void *ctx, struct mun_err *e);

/* One copy: an object in a store. */
struct mun_rep_pair {
	int64_t object; /* its number */
	const char *store;
	const char *collection; /* or "" */
	uint64_t bytes; /* stored */
	const char *base; /* from when its age counts: the last verification,
			   * or when the copy was made and read back */
	const char *checked; /* last verification until the end, or "" */
	const char *outcome; /* of it, or "" */
	bool partial; /* not all of the medium could be read */
};
typedef int mun_rep_pair_fn(void *ctx, const struct mun_rep_pair *p,
			    struct mun_err *e);

/* All copies in stores that are not removed, those of one object together. */
MUN_CHECK int mun_rep_pairs(struct mun_catalog *c, const struct mun_rep_span *s,
			    mun_rep_pair_fn *fn, void *ctx, struct mun_err *e);

/* What was verified on one day in one store. */
struct mun_rep_day {
	const char *day; /* "2026-07-01" */
	const char *store;
	uint64_t objects;
	uint64_t bytes;
	uint64_t mismatch, missing, unreadable; /* objects */
};
typedef int mun_rep_day_fn(void *ctx, const struct mun_rep_day *d,
			   struct mun_err *e);
MUN_CHECK int mun_rep_days(struct mun_catalog *c, const struct mun_rep_span *s,
			   mun_rep_day_fn *fn, void *ctx, struct mun_err *e);

/* One run, begun in the span. */
struct mun_rep_run {
	int64_t no;
	const char *kind; /* "fixity" or "presence" */
	const char *store;
	const char *started;
	const char *ended; /* "" : no end was written */
	const char *agent; /* name, or "" */
	bool interrupted;
	uint64_t objects, files, bytes; /* done */
	uint64_t intact, mismatch, missing, unreadable; /* files */
	uint64_t store_unavailable, not_run; /* files */
	uint64_t findings;
};
typedef int mun_rep_run_fn(void *ctx, const struct mun_rep_run *r,
			   struct mun_err *e);
MUN_CHECK int mun_rep_runs(struct mun_catalog *c, const struct mun_rep_span *s,
			   mun_rep_run_fn *fn, void *ctx, struct mun_err *e);

/* The policy in force when the span began, then its changes in it. */
typedef int mun_rep_policy_fn(void *ctx, const char *at, const char *text,
			      struct mun_err *e);
MUN_CHECK int mun_rep_policies(struct mun_catalog *c,
			       const struct mun_rep_span *s,
			       mun_rep_policy_fn *fn, void *ctx,
			       struct mun_err *e);

/* Events of the span, and objects that they happened to, by type. */
struct mun_rep_events {
	const char *type;
	uint64_t events;
	uint64_t fail;
	uint64_t objects; /* that have such an event at all, until the end */
};
typedef int mun_rep_events_fn(void *ctx, const struct mun_rep_events *n,
			      struct mun_err *e);
MUN_CHECK int mun_rep_events(struct mun_catalog *c,
			     const struct mun_rep_span *s,
			     mun_rep_events_fn *fn, void *ctx,
			     struct mun_err *e);

/* Counts over all objects until the end of the span. */
struct mun_rep_counts {
	uint64_t objects;
	uint64_t bytes; /* stored, once */
	uint64_t files;
	uint64_t undigested_files; /* without a whole-file digest */
	uint64_t treeless_files; /* without a hash tree */
	uint64_t unidentified; /* objects: the image's format is not known */
	uint64_t devices; /* objects read from a medium ... */
	uint64_t unblocked; /* ... with nothing recorded of a write blocker */
	uint64_t recordless; /* objects without a PREMIS record in them */
	uint64_t events_unsigned; /* of the span, that name no agent */
	uint64_t events; /* of the span */
	uint64_t entries; /* of the ledger, by the catalog's count */
	uint64_t policies; /* policy facts of the span */
	uint64_t reports; /* made before the end */
};
MUN_CHECK int mun_rep_counts(struct mun_catalog *c,
			     const struct mun_rep_span *s,
			     struct mun_rep_counts *out, struct mun_err *e);

/* An incident that was open in the span, or opened in it. */
struct mun_rep_incident {
	int64_t no;
	const char *id;
	const char *object; /* UUID, or "" */
	const char *label; /* of the object, or "" */
	const char *store;
	const char *path;
	const char *kind;
	const char *state; /* at the end: "open", "acknowledged", "repaired",
			    * "verified" */
	bool acknowledged;
	bool closed;
	const char *opened;
	const char *changed;
	const char *last_good; /* last verification before it that found the
				* object intact there, or "" */
	uint64_t recorded_bytes; /* size of the file as recorded */
	bool has_size;
	const char *text;
	uint64_t findings;
};
typedef int mun_rep_incident_fn(void *ctx, const struct mun_rep_incident *i,
				struct mun_err *e);
MUN_CHECK int mun_rep_incidents(struct mun_catalog *c,
				const struct mun_rep_span *s,
				mun_rep_incident_fn *fn, void *ctx,
				struct mun_err *e);

/* Its life until the end of the span: steps and who was told, by time. */
struct mun_rep_step {
	const char *at;
	const char *what; /* "opened", "acknowledged", ..., "told" */
	const char *who; /* agent, or channel and target; or "" */
	const char *text;
	const char *event; /* UUID of the PREMIS event, or "" */
	uint64_t off, bytes;
	bool delivered; /* of "told" */
};
typedef int mun_rep_step_fn(void *ctx, const struct mun_rep_step *s,
			    struct mun_err *e);
MUN_CHECK int mun_rep_steps(struct mun_catalog *c, const struct mun_rep_span *s,
			    int64_t incident, mun_rep_step_fn *fn, void *ctx,
			    struct mun_err *e);

/* What was found: algorithm, expected and actual, by finding. */
struct mun_rep_finding {
	const char *at;
	uint64_t off, bytes;
	const char *expected;
	const char *actual;
	const char *text;
};
typedef int mun_rep_finding_fn(void *ctx, const struct mun_rep_finding *f,
			       struct mun_err *e);
MUN_CHECK int mun_rep_findings(struct mun_catalog *c,
			       const struct mun_rep_span *s,
			       const struct mun_rep_incident *i,
			       mun_rep_finding_fn *fn, void *ctx,
			       struct mun_err *e);

/* The newest notice of @what: whether it arrived, and its text (the caller's,
 * free()).  MUN_ENOENT where there is none. */
MUN_CHECK int mun_rep_last_notice(struct mun_catalog *c, const char *what,
				  bool *delivered, char **text,
				  struct mun_err *e);

/* Is there a notice of @what with exactly this text? */
MUN_CHECK int mun_rep_notice_known(struct mun_catalog *c, const char *what,
				   const char *text, bool *out,
				   struct mun_err *e);

/* Incidents that are not closed, newest first, as they stand. */
MUN_CHECK int mun_rep_open_incidents(struct mun_catalog *c,
				     mun_rep_incident_fn *fn, void *ctx,
				     struct mun_err *e);

/* Those of them that are not repaired and that no message arrived about, oldest
 * first; after ten attempts it is not tried any more. */
MUN_CHECK int mun_rep_untold(struct mun_catalog *c, mun_rep_incident_fn *fn,
			     void *ctx, struct mun_err *e);

/* Bytes a second of the verifying runs that ended in the span, by store. */
typedef int mun_rep_rate_fn(void *ctx, const char *store, double rate,
			    struct mun_err *e);
MUN_CHECK int mun_rep_rates(struct mun_catalog *c, const struct mun_rep_span *s,
			    mun_rep_rate_fn *fn, void *ctx, struct mun_err *e);

/* Takes the next piece of a document. */
typedef int mun_rep_put_fn(void *ctx, const void *data, size_t len,
			   struct mun_err *e);

/**
 * mun_rep_premis() - the events of the span as one PREMIS 3 document
 * @events: how many they are
 *
 * Each object that something happened to is an intellectual entity with its
 * representation; the files that events link to are named; then the events by
 * object, then their agents.  Given on as it is read: the memory that this
 * takes does not depend on the number of events.
 * Return: 0; MUN_ENOENT with no event in the span (PREMIS has no empty
 * document); MUN_EINVAL, MUN_EIO, MUN_ENOMEM; what @put returned.
 */
MUN_CHECK int mun_rep_premis(struct mun_catalog *c,
			     const struct mun_rep_span *s, mun_rep_put_fn *put,
			     void *ctx, uint64_t *events, struct mun_err *e);

#endif
