/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/report_int.h - what the parts of the report share; for this folder only
 *
 * The figures are gathered first (struct mun_figures: its size depends on the
 * number of stores, collections and days, never on that of objects or events).
 * What there may be many of, incidents and runs, is read again by each form as
 * it is written.
 */
#ifndef MUN_AUDIT_REPORT_INT_H
#define MUN_AUDIT_REPORT_INT_H

#include "audit/report.h"
#include "core/arena.h"
#include "core/str.h"
#include "fixity/policy.h"
#include "fixity/schedule.h"

#define MUN_DAY_MS ((int64_t)24 * 60 * 60 * 1000)

/* Ages of the last verification; the last one is "never". */
#define MUN_AGES 8
#define MUN_AGE_NEVER (MUN_AGES - 1)
extern const char *const mun_age_titles[MUN_AGES];

/* As in table verdict, in this order. */
enum mun_verdict {
	MUN_V_INTACT,
	MUN_V_MISMATCH,
	MUN_V_MISSING,
	MUN_V_UNREADABLE
};
#define MUN_VERDICTS 4
extern const char *const mun_verdict_names[MUN_VERDICTS];

/* The copies of one collection in one store. */
struct mun_figures_group {
	const char *collection; /* or "" */
	size_t store; /* index */
	struct mun_policy policy;
	const char *exempt; /* why nothing of it is verified, or "" */
	uint64_t objects, bytes;
	uint64_t checked, checked_bytes; /* in the period */
	uint64_t never;
	uint64_t overdue;
	int64_t worst_overdue; /* ms */
	int64_t oldest; /* age of the oldest verification in ms */
	uint64_t last[MUN_VERDICTS]; /* outcome of the last verification */
	uint64_t ages[MUN_AGES];
};

struct mun_figures_store {
	const char *id, *name, *url, *state, *added;
	uint64_t objects, bytes;
	struct mun_figures_group sum; /* over its groups; no policy */
	uint64_t in_policy; /* copies */
	/* In the period: objects by verdict, and what runs say of files. */
	uint64_t verdicts[MUN_VERDICTS];
	uint64_t verified_bytes;
	uint64_t runs, interrupted, unended;
	uint64_t unavailable, not_run; /* files */
	uint64_t sweeps, sweeps_done, sweep_found;
	double rate; /* bytes a second; 0: not measured */
	struct mun_forecast_item *due; /* by the hour, or NULL */
	struct mun_policy policy; /* of no collection */
	bool has_forecast;
	struct mun_forecast forecast;
	int64_t next_due; /* with a forecast: the first, by the hour */
	size_t at_group; /* while copies are read: the last that was asked */
};

struct mun_figures_collection {
	const char *name; /* or "" */
	unsigned int wanted; /* copies */
	uint64_t objects;
	uint64_t with[4]; /* 0, 1, 2, 3 and more copies */
	uint64_t lacking; /* fewer than wanted */
};

struct mun_figures_day {
	char day[11];
	size_t store;
	uint64_t objects, bytes, bad;
};

struct mun_figures_policy {
	const char *at;
	const char *text;
};

struct mun_figures_incidents {
	uint64_t opened; /* in the period */
	uint64_t open; /* at its end: not closed */
	uint64_t unacknowledged, acknowledged, repaired, verified;
	uint64_t closed; /* in the period */
};

struct mun_figures {
	struct mun_catalog *c;
	const struct mun_conf *conf;
	const struct mun_report_request *q; /* NULL: only the holdings */
	struct mun_arena *arena;
	struct mun_rep_span span;
	int64_t from, as_of, made; /* ms */
	char repository[MUN_UUID_LEN];
	char key[17];
	size_t nstores;
	struct mun_figures_store *stores;
	size_t ngroups;
	struct mun_figures_group *groups;
	size_t ncollections;
	struct mun_figures_collection *collections;
	size_t ndays;
	struct mun_figures_day *days;
	size_t npolicies;
	struct mun_figures_policy *policies;
	size_t nevents;
	struct mun_rep_events *events;
	struct mun_rep_counts counts;
	struct mun_figures_incidents incidents;
	struct mun_figures_group all; /* over everything; no policy */
	uint64_t in_policy;
	uint64_t partial; /* objects */
	uint64_t lacking; /* objects with too few copies */
	uint64_t with[4]; /* objects with 0, 1, 2, 3 and more copies */
	const char *policy_text; /* of today */
	const char *previous; /* folder, or "" */
	const char *previous_digest; /* or "" */
	const char *previous_known; /* what the catalog says of it, or "" */

	/* While copies are read. */
	int64_t at_object;
	unsigned int at_copies;
	size_t at_collection;
	bool at_partial;
};

/* Stores, copies, their ages and forecasts: what needs the catalog, the
 * configuration, the span, as_of and the arena. */
MUN_CHECK int mun_figures_holdings(struct mun_figures *f, struct mun_err *e);

/* All figures, inside a read transaction.  mun_figures_free() also after an
 * error. */
MUN_CHECK int mun_figures_gather(struct mun_figures *f, struct mun_err *e);
void mun_figures_free(struct mun_figures *f);

/* Events of that type in the period, and those with outcome fail; objects that
 * have one at all. */
uint64_t mun_figures_events(const struct mun_figures *f, const char *type);
uint64_t mun_figures_failed(const struct mun_figures *f, const char *type);
uint64_t mun_figures_objects_with(const struct mun_figures *f,
				  const char *type);

/* One value of a table. */
enum mun_cell_kind {
	MUN_CELL_NONE, /* there is none */
	MUN_CELL_TEXT,
	MUN_CELL_TIME, /* RFC 3339 */
	MUN_CELL_COUNT,
	MUN_CELL_BYTES,
	MUN_CELL_SECONDS,
	MUN_CELL_BOOL,
};

struct mun_cell {
	enum mun_cell_kind kind;
	const char *text;
	uint64_t n;
};

struct mun_column {
	const char *key; /* in CSV and JSON: never rename */
	const char *title; /* for people */
};

#define MUN_COLUMNS_MAX 18

struct mun_sink;
struct mun_table {
	const char *name; /* of the CSV file and the JSON member */
	const char *title;
	bool keyed; /* rows are (key, title, value): one object in JSON */
	struct mun_column columns[MUN_COLUMNS_MAX]; /* ends with a NULL key */
	int (*rows)(const struct mun_figures *f, const struct mun_table *t,
		    const struct mun_sink *to, struct mun_err *e);
};

/* Takes tables; one of them at a time. */
struct mun_sink {
	void *ctx;
	int (*begin)(void *ctx, const struct mun_table *t, struct mun_err *e);
	int (*row)(void *ctx, const struct mun_table *t,
		   const struct mun_cell *cells, struct mun_err *e);
	int (*end)(void *ctx, const struct mun_table *t, struct mun_err *e);
};

/* All tables, in the order of the report; ends with a NULL name. */
extern const struct mun_table mun_tables[];
const struct mun_table *mun_table_find(const char *name);

/* One table into a sink. */
MUN_CHECK int mun_table_put(const struct mun_figures *f,
			    const struct mun_table *t,
			    const struct mun_sink *to, struct mun_err *e);

/* How many it has. */
size_t mun_table_columns(const struct mun_table *t);

/* "12 days", "3 hours", "40 seconds". */
void mun_duration_text(uint64_t seconds, char out[static 32]);

/* The rows of table "assessment": audit/report_levels.c. */
MUN_CHECK int mun_assessment_rows(const struct mun_figures *f,
				  const struct mun_table *t,
				  const struct mun_sink *to, struct mun_err *e);
/* What the whole is called: "NDSA Levels of Digital Preservation 2.0". */
const char *mun_assessment_title(enum mun_report_for f);

/* Rows of tables that are read as they are written: report_lives.c. */
MUN_CHECK int mun_exception_rows(const struct mun_figures *f,
				 const struct mun_table *t,
				 const struct mun_sink *to, struct mun_err *e);
MUN_CHECK int mun_life_rows(const struct mun_figures *f,
			    const struct mun_table *t,
			    const struct mun_sink *to, struct mun_err *e);
MUN_CHECK int mun_finding_rows(const struct mun_figures *f,
			       const struct mun_table *t,
			       const struct mun_sink *to, struct mun_err *e);
MUN_CHECK int mun_run_rows(const struct mun_figures *f,
			   const struct mun_table *t, const struct mun_sink *to,
			   struct mun_err *e);

/* Which algorithm a finding speaks of. */
const char *mun_finding_algorithm(const struct mun_rep_finding *x);

/* A file of the report being written, and its digest on the way. */
struct mun_report_file;
MUN_CHECK int mun_report_file_put(struct mun_report_file *f, const void *data,
				  size_t len, struct mun_err *e);

/* Give on what @s holds once it is at least @least bytes, and empty it. */
MUN_CHECK int mun_report_file_drain(struct mun_report_file *f,
				    struct mun_str *s, size_t least,
				    struct mun_err *e);

/* The forms.  CSV: the table @t only. */
MUN_CHECK int mun_report_html(const struct mun_figures *f,
			      struct mun_report_file *to, struct mun_err *e);
MUN_CHECK int mun_report_json(const struct mun_figures *f,
			      struct mun_report_file *to, struct mun_err *e);
MUN_CHECK int mun_report_csv(const struct mun_figures *f,
			     const struct mun_table *t,
			     struct mun_report_file *to, struct mun_err *e);

/* Charts as inline SVG: audit/report_svg.c. */
struct mun_bar {
	const char *label;
	uint64_t n;
	char value[24]; /* as it is written beside it */
	bool bad; /* hatched */
};
void mun_svg_bars(struct mun_str *out, const char *id, const char *title,
		  const struct mun_bar *bars, size_t n);
void mun_svg_days(struct mun_str *out, const struct mun_figures *f);

#endif
