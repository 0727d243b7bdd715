/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/catalog/test_tamper.c - whoever rewrites the catalog is found out
 *
 * The one who does it knows all of ours: triggers are taken away and put back,
 * seals made anew, derived tables made to fit.  Only the ledger is not theirs.
 */
#include "catalog/evidence.h"

#include <stdio.h>
#include <unistd.h>

#include "catalog/query.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/str.h"
#include "tests/catalog/catalog_sample.h"
#include "tests/catalog/evidence_sample.h"
#include "tests/support/support.h"

#define OBJECTS 8u
/* In the short form of the test a quarter of each. */
#define EDITS 700u
#define FLIPS 300u
#define ROW_TRIALS 60u /* of each kind */

static unsigned int trials(unsigned int n)
{
	return n / (unsigned int)mun_test_step(4);
}

static char *dir;
static char *path;
static char *ledger;
static char *whole; /* the catalog as it was */
static size_t whole_len;
static char *dump; /* and what it said */
static uint64_t seed;

static uint64_t draw(uint64_t below)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (z ^ z >> 31) % below;
}

static int set_up_all(void **state)
{
	struct mun_catalog *c;

	(void)state;
	seed = 1;
	dir = mun_test_dir();
	path = mun_test_path(dir, "catalog.db");
	ledger = mun_test_path(dir, "ledger");
	assert_int_equal(mun_time_parse("2026-12-01T00:00:00Z", &sample_clock,
					&(struct mun_err){ 0 }),
			 0);
	mun_now_ms = sample_now;
	c = sample_life(dir, OBJECTS);
	dump = sample_dump(c);
	mun_catalog_close(c);
	whole = mun_test_read(path, &whole_len);
	return 0;
}

static int tear_down_all(void **state)
{
	(void)state;
	mun_now_ms = mun_clock_real_ms;
	free(dump);
	free(whole);
	free(path);
	free(ledger);
	mun_test_dir_remove(dir);
	return 0;
}

static void begin_again(void)
{
	static const char *const beside[] = { "catalog.db-wal",
					      "catalog.db-shm" };

	for (size_t i = 0; i < MUN_COUNT(beside); i++) {
		char *name = mun_test_path(dir, beside[i]);

		(void)unlink(name);
		free(name);
	}
	mun_test_write(path, whole, whole_len);
}

/* What the evidence said: codes, one after the other. */
struct heard {
	unsigned int ledger; /* problems */
	unsigned int check;
	struct mun_str codes;
};

static void hear_ledger(void *ctx, const struct mun_ledger_problem *p)
{
	struct heard *h = ctx;

	h->ledger++;
	mun_str_addf(&h->codes, "%s ", p->code);
}

static void hear_check(void *ctx, const struct mun_catalog_problem *p)
{
	struct heard *h = ctx;

	h->check++;
	mun_str_addf(&h->codes, "%s ", p->code);
}

/* Compare, and where that finds nothing, check.  An error is a finding too:
 * nobody can take such a catalog for a whole one. */
static void listen(struct heard *h, bool check_too)
{
	const struct mun_ledger_check how = { .threads = 1 };
	struct mun_ledger_verdict v;
	struct mun_catalog *c = NULL;
	struct mun_err e;

	*h = (struct heard){ 0 };
	mun_str_add(&h->codes, "");
	if (mun_catalog_open(path, &c, &e)) {
		h->check++;
		mun_str_add(&h->codes, "open ");
		return;
	}
	if (mun_catalog_compare(c, ledger, &how, hear_ledger, h, &v, &e)) {
		h->check++;
		mun_str_add(&h->codes, "error ");
	}
	if ((!h->ledger || check_too) &&
	    mun_catalog_check(c, hear_check, h, &e)) {
		h->check++;
		mun_str_add(&h->codes, "error ");
	}
	mun_catalog_close(c);
}

/* The forger's connection: with our functions, without our constraints. */
static sqlite3 *forge_begin(struct mun_catalog **c)
{
	struct mun_err e;

	assert_int_equal(mun_query_connect(path, SQLITE_OPEN_READWRITE, c, &e),
			 0);
	assert_int_equal(sqlite3_exec((*c)->db,
				      "PRAGMA foreign_keys = OFF;"
				      "PRAGMA ignore_check_constraints = ON;"
				      "PRAGMA synchronous = OFF;"
				      "CREATE TEMP TABLE guard AS SELECT name, "
				      "sql FROM sqlite_schema WHERE "
				      "type = 'trigger'; BEGIN;",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	return (*c)->db;
}

static int run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* One text that a query gives; free(). */
static char *text_of(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st;
	char *out = NULL;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	if (sqlite3_step(st) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(st, 0);

		out = text ? strdup(text) : NULL;
	}
	sqlite3_finalize(st);
	return out;
}

static void run_each(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st;
	struct mun_str all = { 0 };

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW)
		mun_str_addf(&all, "%s;", sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	if (all.text && run(db, all.text))
		fail_msg("%s: %s", sqlite3_errmsg(db), all.text);
	mun_str_free(&all);
}

static void no_guards(sqlite3 *db)
{
	run_each(db, "SELECT 'DROP TRIGGER ' || name FROM guard");
}

/* Seals of all rows of @table as they should be. */
static void reseal(sqlite3 *db, const char *table)
{
	char query[1024];
	char *sql;

	(void)snprintf(query, sizeof(query),
		       "SELECT 'UPDATE %s SET seal = mun_seal(''%s'', ' || "
		       "group_concat(name, ', ') || ')' FROM "
		       "(SELECT name FROM pragma_table_info('%s') "
		       "WHERE name <> 'seal' ORDER BY cid)",
		       table, table, table);
	sql = text_of(db, query);
	if (run(db, sql))
		fail_msg("%s: %s", sqlite3_errmsg(db), sql);
	free(sql);
}

/* What is derived, to fit; guards back. */
static void forge_end(struct mun_catalog *c)
{
	static const char derive[] =
		"DELETE FROM audit_state;"
		"INSERT OR IGNORE INTO audit_state SELECT * "
		"FROM audit_state_now;"
		"DELETE FROM listing;"
		"INSERT OR IGNORE INTO listing SELECT * FROM listing_now;"
		"DELETE FROM known; INSERT INTO known SELECT * FROM known_now;"
		"INSERT INTO search (search) VALUES ('rebuild');";

	/* A forgery that does not even fit itself is left half done: all the
	 * easier to find. */
	(void)run(c->db, derive);
	run_each(c->db, "SELECT sql FROM guard");
	assert_int_equal(run(c->db, "COMMIT"), SQLITE_OK);
	mun_catalog_close(c);
}

/* A column that can be changed; the order of links and lists alone is told by
 * their numbers, which may have gaps. */
static char *some_column(sqlite3 *db, char table[static 64],
			 char type[static 16])
{
	static const char tables[] =
		"SELECT name FROM sqlite_schema WHERE type = 'table' AND "
		"sql LIKE '%seal BLOB%' AND name <> 'migration' "
		"ORDER BY name LIMIT 1 OFFSET ";
	char sql[512];
	char *name;
	char *n;
	char *column;

	(void)snprintf(sql, sizeof(sql), "%s%d", tables, (int)draw(26));
	name = text_of(db, sql);
	assert_non_null(name);
	(void)snprintf(table, 64, "%s", name);
	free(name);
#define COLUMNS \
	"FROM pragma_table_info('%s') WHERE name NOT IN ('seal', 'no') AND " \
	"NOT (name = 'n' AND '%s' IN ('identifier', 'unreadable', " \
	"'event_agent', 'event_object'))"
	(void)snprintf(sql, sizeof(sql), "SELECT count(*) " COLUMNS, table,
		       table);
	n = text_of(db, sql);
	(void)snprintf(sql, sizeof(sql),
		       "SELECT name " COLUMNS " LIMIT 1 OFFSET %d", table,
		       table, (int)draw((uint64_t)strtol(n, NULL, 10)));
	free(n);
	column = text_of(db, sql);
	assert_non_null(column);
	(void)snprintf(sql, sizeof(sql),
		       "SELECT type FROM pragma_table_info('%s') "
		       "WHERE name = '%s'",
		       table, column);
	n = text_of(db, sql);
	(void)snprintf(type, 16, "%s", n);
	free(n);
	return column;
}

/* Change one value of one row; false where SQLite would not have it. */
static bool edit(sqlite3 *db, char what[static 160])
{
	char table[64];
	char type[16];
	char *column = some_column(db, table, type);
	const char *value = !strcmp(type, "TEXT")   ? "coalesce(%s, '') || 'x'"
			    : !strcmp(type, "BLOB") ? "randomblob(length(%s))"
						    : "coalesce(%s, 0) + 1";
	char expr[128];
	char sql[1024];
	char query[512];
	char *n;
	char *key;
	int rc;

	(void)snprintf(expr, sizeof(expr), "%.*s%s%s",
		       (int)(strstr(value, "%s") - value), value, column,
		       strstr(value, "%s") + 2);
	(void)snprintf(query, sizeof(query), "SELECT count(*) FROM %s", table);
	n = text_of(db, query);
	(void)snprintf(query, sizeof(query),
		       "SELECT group_concat(name, ', ') FROM "
		       "(SELECT name FROM pragma_table_info('%s') "
		       "WHERE pk > 0 ORDER BY pk)",
		       table);
	key = text_of(db, query);
	(void)snprintf(
		sql, sizeof(sql),
		"UPDATE %s SET %s = %s WHERE (%s) = (SELECT %s FROM %s "
		"LIMIT 1 OFFSET %llu)",
		table, column, expr, key, key, table,
		(unsigned long long)draw(MUN_MAX(strtoull(n, NULL, 10), 1u)));
	(void)snprintf(what, 160, "%s.%s", table, column);
	rc = run(db, sql);
	if (!rc && sqlite3_changes(db))
		reseal(db, table);
	else
		rc = 1;
	free(n);
	free(key);
	free(column);
	return !rc;
}

static void every_edited_value_is_found(void **state)
{
	unsigned int found = 0;
	unsigned int made = 0;

	(void)state;
	while (made < trials(EDITS)) {
		struct mun_catalog *c;
		struct heard h;
		char what[160];
		sqlite3 *db;
		bool done;

		begin_again();
		db = forge_begin(&c);
		no_guards(db);
		done = edit(db, what);
		forge_end(c);
		if (!done)
			continue;
		made++;
		listen(&h, false);
		if (!h.ledger && !h.check)
			fail_msg("edit %u, of %s, was not found", made, what);
		found += h.ledger > 0;
		mun_str_free(&h.codes);
	}
	printf("%u edits with new seals: all found, %u by the ledger\n", made,
	       found);
}

/* Rows of events that were meddled with; %d is the number of an entry that is
 * an event's, %s its event's. */
static const struct {
	const char *name;
	const char *sql;
	const char *code;
} meddlings[] = {
	{ "an event is removed",
	  "DELETE FROM event WHERE no = :ref; DELETE FROM verdict WHERE "
	  "event = :ref; DELETE FROM event_agent WHERE event = :ref;"
	  "DELETE FROM event_object WHERE event = :ref;"
	  "DELETE FROM leaf WHERE seq = :seq;",
	  "row-removed" },
	{ "an event is removed, and the numbers closed up",
	  "DELETE FROM event WHERE no = :ref; DELETE FROM verdict WHERE "
	  "event = :ref; DELETE FROM event_agent WHERE event = :ref;"
	  "DELETE FROM event_object WHERE event = :ref;"
	  "DELETE FROM leaf WHERE seq = :seq;"
	  "UPDATE leaf SET seq = -seq WHERE seq > :seq;"
	  "UPDATE leaf SET seq = -seq - 1 WHERE seq < 0;",
	  "row-removed" },
	{ "an event is inserted, and the numbers moved up",
	  "INSERT INTO event SELECT 100000, object, 1000, "
	  "'019a0000-ffff-7000-8000-000000000000', type, started, ended, "
	  "detail, outcome, note, 0, seal FROM event WHERE no = :ref;"
	  "UPDATE leaf SET seq = -seq WHERE seq > :seq;"
	  "UPDATE leaf SET seq = -seq + 1 WHERE seq < 0;"
	  "INSERT INTO leaf SELECT :seq + 1, 'event', 100000, 0, seal "
	  "FROM leaf WHERE seq = :seq;",
	  "row-inserted" },
	{ "an event is inserted without a number",
	  "INSERT INTO event SELECT 100000, object, 1000, "
	  "'019a0000-ffff-7000-8000-000000000000', type, started, ended, "
	  "detail, outcome, note, 0, seal FROM event WHERE no = :ref;",
	  "row-inserted" },
	{ "two events change places",
	  "UPDATE leaf SET ref = -1 WHERE seq = :seq;"
	  "UPDATE leaf SET ref = :ref WHERE seq = :other;"
	  "UPDATE leaf SET ref = :oref WHERE seq = :seq;",
	  "row-order" },
	{ "an event tells what another told",
	  "UPDATE event SET detail = detail || '.', outcome = 'success', "
	  "note = '' WHERE no = :ref;",
	  "row-changed" },
};

static void meddle(sqlite3 *db, const char *text)
{
	sqlite3_stmt *st = NULL;
	char *ref[2];
	char *seq[2];

	for (int i = 0; i < 2; i++) {
		char sql[256];

		(void)snprintf(sql, sizeof(sql),
			       "SELECT seq FROM leaf WHERE kind = 'event' "
			       "ORDER BY seq LIMIT 1 OFFSET %d",
			       (int)draw(20) + 20 * i);
		seq[i] = text_of(db, sql);
		assert_non_null(seq[i]);
		(void)snprintf(sql, sizeof(sql),
			       "SELECT ref FROM leaf WHERE seq = %s", seq[i]);
		ref[i] = text_of(db, sql);
	}
	while (*text) {
		int rc = sqlite3_prepare_v2(db, text, -1, &st, &text);

		if (rc)
			fail_msg("%s", sqlite3_errmsg(db));
		for (int i = 1; i <= sqlite3_bind_parameter_count(st); i++) {
			const char *p = sqlite3_bind_parameter_name(st, i);
			const char *v = !strcmp(p, ":ref")    ? ref[0]
					: !strcmp(p, ":seq")  ? seq[0]
					: !strcmp(p, ":oref") ? ref[1]
							      : seq[1];

			assert_int_equal(
				sqlite3_bind_int64(st, i, strtoll(v, NULL, 10)),
				SQLITE_OK);
		}
		rc = sqlite3_step(st);
		if (rc != SQLITE_DONE)
			fail_msg("%s: %s", sqlite3_errmsg(db), sqlite3_sql(st));
		sqlite3_finalize(st);
	}
	for (int i = 0; i < 2; i++) {
		free(ref[i]);
		free(seq[i]);
	}
}

static void rows_that_come_go_and_move_are_named(void **state)
{
	unsigned int done = 0;

	(void)state;
	for (size_t m = 0; m < MUN_COUNT(meddlings); m++) {
		for (unsigned int i = 0; i < trials(ROW_TRIALS); i++) {
			struct mun_catalog *c;
			struct heard h;
			sqlite3 *db;

			begin_again();
			db = forge_begin(&c);
			no_guards(db);
			meddle(db, meddlings[m].sql);
			reseal(db, "event");
			reseal(db, "leaf");
			forge_end(c);
			listen(&h, false);
			if (!strstr(h.codes.text, meddlings[m].code))
				fail_msg("%s: told as %s", meddlings[m].name,
					 h.codes.text);
			mun_str_free(&h.codes);
			done++;
		}
	}
	printf("%u times events were removed, inserted, moved, rewritten: each "
	       "named\n",
	       done);
}

static void a_flipped_bit_is_found_or_means_nothing(void **state)
{
	unsigned int found = 0;

	(void)state;
	for (unsigned int i = 0; i < trials(FLIPS); i++) {
		size_t at = draw(whole_len);
		char was = whole[at];
		struct heard h;

		whole[at] = (char)(was ^ (1 << draw(8)));
		begin_again();
		whole[at] = was;
		listen(&h, true);
		if (h.ledger || h.check) {
			found++;
		} else {
			struct mun_catalog *c = catalog_sample_open(dir);
			char *now = sample_dump(c);

			assert_string_equal(now, dump);
			free(now);
			mun_catalog_close(c);
		}
		mun_str_free(&h.codes);
	}
	assert_true(found > 0);
	printf("%u flipped bits: %u found, the others in bytes without "
	       "meaning\n",
	       trials(FLIPS), found);
}

/* The catalog as it was earlier, and that of somebody else. */
static void a_catalog_that_was_exchanged_is_named(void **state)
{
	char *other_dir = mun_test_dir();
	char *other = mun_test_path(other_dir, "catalog.db");
	struct mun_catalog *c;
	struct mun_err e;
	struct heard h;
	size_t len;
	char *bytes;

	(void)state;
	begin_again();
	c = catalog_sample_open(dir);
	assert_int_equal(mun_catalog_attach(c, ledger, &e), 0);
	for (unsigned int i = 0; i < 5; i++)
		catalog_sample_put(c, 100 + i);
	mun_catalog_close(c);
	/* What the other tests go by is now an older one. */
	begin_again();
	listen(&h, false);
	assert_string_equal(h.codes.text, "catalog-behind ");
	mun_str_free(&h.codes);
	c = catalog_sample_open(dir);
	assert_int_equal(mun_catalog_attach(c, ledger, &e), MUN_ECORRUPT);
	mun_catalog_close(c);

	c = sample_life(other_dir, OBJECTS);
	mun_catalog_close(c);
	bytes = mun_test_read(other, &len);
	begin_again();
	mun_test_write(path, bytes, len);
	listen(&h, false);
	assert_non_null(strstr(h.codes.text, "repository "));
	mun_str_free(&h.codes);
	free(bytes);
	free(other);
	mun_test_dir_remove(other_dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_edited_value_is_found),
		cmocka_unit_test(rows_that_come_go_and_move_are_named),
		cmocka_unit_test(a_flipped_bit_is_found_or_means_nothing),
		cmocka_unit_test(a_catalog_that_was_exchanged_is_named),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
