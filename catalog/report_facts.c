/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/report_facts.c - what reports and signals ask: holdings, runs, counts */
#include "catalog/report_facts.h"

#include <string.h>
#include <sys/stat.h>

#include "catalog/migrate.h"
#include "catalog/query.h"
#include "core/str.h"

/* "file:PATH?immutable=1" (sqlite.org/uri.html): what would end the path is
 * escaped. */
static int uri_of(const char *path, bool immutable, char **out,
		  struct mun_err *e)
{
	struct mun_str s = { 0 };

	mun_str_add(&s, "file:");
	for (; *path; path++) {
		if (strchr("?#%", *path))
			mun_str_addf(&s, "%%%02x", (unsigned char)*path);
		else
			mun_str_add_char(&s, *path);
	}
	mun_str_add(&s, immutable ? "?immutable=1" : "");
	return mun_str_take(&s, out, e);
}

/* Is there something in the write-ahead log? */
static int has_log(const char *path, bool *out, struct mun_err *e)
{
	mun_autofree char *log = NULL;
	struct stat st;
	int rc = mun_fmt(&log, e, "%s-wal", path);

	if (!rc)
		*out = stat(log, &st) == 0 && st.st_size > 0;
	return rc;
}

int mun_rep_open(const char *path, struct mun_catalog **out, struct mun_err *e)
{
	mun_auto(catalog) *c = NULL;
	mun_autofree char *uri = NULL;
	bool log = false;
	int rc = has_log(path, &log, e);

	if (!rc)
		rc = uri_of(path, !log, &uri, e);
	if (!rc)
		rc = mun_query_connect(
			uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, &c, e);
	if (!rc)
		rc = mun_migrate(c, mun_sql_migrations, e);
	if (rc)
		return mun_ctx(e, "read the catalog '%s'", path);
	*out = mun_steal(&c);
	return 0;
}

struct reading {
	mun_rep_fn *fn;
	void *ctx;
};

static int read_all(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct reading *r = ctx;

	(void)c;
	return r->fn(r->ctx, e);
}

int mun_rep_read(struct mun_catalog *c, mun_rep_fn *fn, void *ctx,
		 struct mun_err *e)
{
	struct reading r = { fn, ctx };

	return mun_query_txn(c, false, read_all, &r, e);
}

/* Most statements take the end and the beginning of the span. */
static struct mun_query begin(struct mun_catalog *c, enum mun_stmt id,
			      const struct mun_rep_span *s)
{
	struct mun_query q = mun_query_begin(c, id);

	mun_query_text(&q, s->to);
	mun_query_text(&q, s->from);
	return q;
}

static void copy_text(char *out, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size)
		len = size - 1;
	memcpy(out, text, len);
	out[len] = '\0';
}

int mun_rep_identity(struct mun_catalog *c,
		     char repository[static MUN_UUID_LEN], char key[static 17],
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_REP_IDENTITY);
	int rc = mun_query_row(&q, e);

	if (rc < 0)
		return rc;
	copy_text(repository, MUN_UUID_LEN, mun_column_text(&q, 0));
	copy_text(key, 17, mun_column_text(&q, 1));
	return 0;
}

int mun_rep_stores(struct mun_catalog *c, const struct mun_rep_span *s,
		   mun_rep_store_fn *fn, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_REP_STORES);
	int rc;

	mun_query_text(&q, s->to);
	while ((rc = mun_query_row(&q, e)) > 0) {
		const struct mun_rep_store x = {
			.id = mun_column_text(&q, 0),
			.name = mun_column_text(&q, 1),
			.url = mun_column_text(&q, 2),
			.state = mun_column_text(&q, 3),
			.added = mun_column_text(&q, 4),
		};

		rc = fn(ctx, &x, e);
		if (rc)
			return rc;
	}
	return rc;
}

/* What every copy was like at a time that has passed is computed; what it is
 * like now is kept. */
static bool is_past(const struct mun_rep_span *s)
{
	char now[MUN_TIME_LEN];

	mun_time_text(mun_now_ms(), now);
	return strcmp(s->to, now) <= 0;
}

int mun_rep_pairs(struct mun_catalog *c, const struct mun_rep_span *s,
		  mun_rep_pair_fn *fn, void *ctx, struct mun_err *e)
{
	const bool past = is_past(s);
	mun_autoquery struct mun_query q = mun_query_begin(
		c, past ? MUN_STMT_REP_PAIRS_THEN : MUN_STMT_REP_PAIRS_NOW);
	int rc;

	if (past)
		mun_query_text(&q, s->to);
	while ((rc = mun_query_row(&q, e)) > 0) {
		const struct mun_rep_pair x = {
			.object = mun_column_int(&q, 0),
			.store = mun_column_text(&q, 1),
			.collection = mun_column_text(&q, 2),
			.bytes = (uint64_t)mun_column_int(&q, 3),
			.base = mun_column_text(&q, 4),
			.checked = mun_column_text(&q, 5),
			.outcome = mun_column_text(&q, 6),
			.partial = mun_column_int(&q, 7) != 0,
		};

		rc = fn(ctx, &x, e);
		if (rc)
			return rc;
	}
	return rc;
}

int mun_rep_days(struct mun_catalog *c, const struct mun_rep_span *s,
		 mun_rep_day_fn *fn, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q = begin(c, MUN_STMT_REP_DAYS, s);
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		const struct mun_rep_day x = {
			.day = mun_column_text(&q, 0),
			.store = mun_column_text(&q, 1),
			.objects = (uint64_t)mun_column_int(&q, 2),
			.bytes = (uint64_t)mun_column_int(&q, 3),
			.mismatch = (uint64_t)mun_column_int(&q, 4),
			.missing = (uint64_t)mun_column_int(&q, 5),
			.unreadable = (uint64_t)mun_column_int(&q, 6),
		};

		rc = fn(ctx, &x, e);
		if (rc)
			return rc;
	}
	return rc;
}

static void take_run(struct mun_query *q, struct mun_rep_run *x)
{
	*x = (struct mun_rep_run){
		.no = mun_column_int(q, 0),
		.kind = mun_column_text(q, 1),
		.store = mun_column_text(q, 2),
		.started = mun_column_text(q, 3),
		.ended = mun_column_text(q, 4),
		.agent = mun_column_text(q, 5),
		.interrupted = mun_column_int(q, 6) != 0,
		.objects = (uint64_t)mun_column_int(q, 7),
		.files = (uint64_t)mun_column_int(q, 8),
		.bytes = (uint64_t)mun_column_int(q, 9),
		.intact = (uint64_t)mun_column_int(q, 10),
		.mismatch = (uint64_t)mun_column_int(q, 11),
		.missing = (uint64_t)mun_column_int(q, 12),
		.unreadable = (uint64_t)mun_column_int(q, 13),
		.store_unavailable = (uint64_t)mun_column_int(q, 14),
		.not_run = (uint64_t)mun_column_int(q, 15),
		.findings = (uint64_t)mun_column_int(q, 16),
	};
}

int mun_rep_runs(struct mun_catalog *c, const struct mun_rep_span *s,
		 mun_rep_run_fn *fn, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q = begin(c, MUN_STMT_REP_RUNS, s);
	struct mun_rep_run x;
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		take_run(&q, &x);
		rc = fn(ctx, &x, e);
		if (rc)
			return rc;
	}
	return rc;
}

/* All rows of a statement that gives (time, text). */
static int told(struct mun_query *q, mun_rep_policy_fn *fn, void *ctx,
		struct mun_err *e)
{
	int rc;

	while ((rc = mun_query_row(q, e)) > 0) {
		rc = fn(ctx, mun_column_text(q, 0), mun_column_text(q, 1), e);
		if (rc)
			return rc;
	}
	return rc;
}

int mun_rep_policies(struct mun_catalog *c, const struct mun_rep_span *s,
		     mun_rep_policy_fn *fn, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query before =
		mun_query_begin(c, MUN_STMT_REP_POLICY_BEFORE);
	mun_autoquery struct mun_query in = begin(c, MUN_STMT_REP_POLICIES, s);
	int rc;

	mun_query_text(&before, s->from);
	rc = told(&before, fn, ctx, e);
	return rc ? rc : told(&in, fn, ctx, e);
}

int mun_rep_events(struct mun_catalog *c, const struct mun_rep_span *s,
		   mun_rep_events_fn *fn, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q = begin(c, MUN_STMT_REP_EVENTS, s);
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		const struct mun_rep_events x = {
			.type = mun_column_text(&q, 0),
			.events = (uint64_t)mun_column_int(&q, 1),
			.fail = (uint64_t)mun_column_int(&q, 2),
			.objects = (uint64_t)mun_column_int(&q, 3),
		};

		rc = fn(ctx, &x, e);
		if (rc)
			return rc;
	}
	return rc;
}

int mun_rep_counts(struct mun_catalog *c, const struct mun_rep_span *s,
		   struct mun_rep_counts *out, struct mun_err *e)
{
	mun_autoquery struct mun_query q = begin(c, MUN_STMT_REP_COUNTS, s);
	/* In the order of the statement's columns. */
	uint64_t *const places[] = {
		&out->objects,        &out->bytes,
		&out->files,          &out->undigested_files,
		&out->treeless_files, &out->unidentified,
		&out->devices,        &out->unblocked,
		&out->recordless,     &out->events_unsigned,
		&out->events,         &out->entries,
		&out->policies,       &out->reports,
	};
	int rc = mun_query_row(&q, e);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		*places[i] = (uint64_t)mun_column_int(&q, (int)i);
	return 0;
}

int mun_rep_rates(struct mun_catalog *c, const struct mun_rep_span *s,
		  mun_rep_rate_fn *fn, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q = begin(c, MUN_STMT_REP_RATES, s);
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		rc = fn(ctx, mun_column_text(&q, 0),
			(double)mun_column_int(&q, 1) /
				(double)mun_column_int(&q, 2),
			e);
		if (rc)
			return rc;
	}
	return rc;
}

int mun_rep_last_notice(struct mun_catalog *c, const char *what,
			bool *delivered, char **text, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_REP_LAST_NOTICE);
	int rc;

	mun_query_text(&q, what);
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	if (!rc)
		return mun_fail(e, MUN_ENOENT, "no notice of '%s'", what);
	*delivered = mun_column_int(&q, 0) != 0;
	return mun_strdup(mun_column_text(&q, 1), text, e);
}

int mun_rep_notice_known(struct mun_catalog *c, const char *what,
			 const char *text, bool *out, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_REP_NOTICE_KNOWN);
	int64_t n;
	int rc;

	mun_query_text(&q, what);
	mun_query_text(&q, text);
	rc = mun_query_number(&q, &n, e);
	if (!rc)
		*out = n > 0;
	return rc;
}
