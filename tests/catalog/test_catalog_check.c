/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_catalog_check.c - each kind of damage has its finding */
#include "catalog/catalog.h"

#include <sqlite3.h>
#include <stdio.h>

#include "catalog/query.h"
#include "core/check.h"
#include "tests/catalog/catalog_sample.h"
#include "tests/support/support.h"

static char *dir;
static char *path;

static int set_up(void **state)
{
	struct mun_catalog *c;

	(void)state;
	dir = mun_test_dir();
	path = mun_test_path(dir, "catalog.db");
	c = catalog_sample_new(dir);
	for (unsigned int n = 1; n <= 4; n++)
		catalog_sample_put(c, n);
	mun_catalog_close(c);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(path);
	mun_test_dir_remove(dir);
	return 0;
}

static void a_whole_catalog_has_no_problems(void **state)
{
	struct mun_catalog *c = catalog_sample_open(dir);

	(void)state;
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	mun_catalog_close(c);
}

/* Every table with a seal, as the schema has them. */
static const char content[] = "SELECT name FROM sqlite_schema WHERE "
			      "type = 'table' AND sql LIKE '%seal BLOB%' "
			      "ORDER BY name";

static bool has_rows(sqlite3 *db, const char *table)
{
	sqlite3_stmt *st;
	char sql[256];
	bool any;

	(void)snprintf(sql, sizeof(sql), "SELECT 1 FROM %s LIMIT 1", table);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	any = sqlite3_step(st) == SQLITE_ROW;
	sqlite3_finalize(st);
	return any;
}

static void facts_are_never_changed_or_removed(void **state)
{
	sqlite3_stmt *tables;
	sqlite3 *db;
	int n = 0;

	(void)state;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, content, -1, &tables, NULL),
			 SQLITE_OK);
	for (; sqlite3_step(tables) == SQLITE_ROW; n++) {
		const char *table =
			(const char *)sqlite3_column_text(tables, 0);
		char sql[256];

		/* Those without rows here have no row to refuse for. */
		(void)snprintf(sql, sizeof(sql),
			       "SELECT count(*) FROM sqlite_schema WHERE type "
			       "= 'trigger' AND tbl_name = '%s' HAVING "
			       "count(*) <> 2",
			       table);
		assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL),
				 SQLITE_OK);
		if (!has_rows(db, table))
			continue;
		(void)snprintf(sql, sizeof(sql), "UPDATE %s SET seal = seal",
			       table);
		assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL),
				 SQLITE_CONSTRAINT);
		assert_non_null(strstr(sqlite3_errmsg(db), "never changed"));
		(void)snprintf(sql, sizeof(sql), "DELETE FROM %s", table);
		assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL),
				 SQLITE_CONSTRAINT);
		assert_non_null(strstr(sqlite3_errmsg(db), "never removed"));
	}
	sqlite3_finalize(tables);
	sqlite3_close(db);
	assert_int_equal(n, 37);
}

static void every_table_with_seals_is_checked(void **state)
{
	sqlite3_stmt *tables;
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, content, -1, &tables, NULL),
			 SQLITE_OK);
	while (sqlite3_step(tables) == SQLITE_ROW) {
		char want[128];
		bool found = false;

		(void)snprintf(want, sizeof(want), "SELECT * FROM %s",
			       (const char *)sqlite3_column_text(tables, 0));
		for (unsigned int i = MUN_STMT_ALL_MIGRATION;
		     i <= MUN_STMT_ALL_LEAF; i++)
			found |= !strcmp(want, mun_stmt_sql((enum mun_stmt)i));
		assert_true(found);
	}
	sqlite3_finalize(tables);
	sqlite3_close(db);
}

#define FORCE(table) \
	"DROP TRIGGER " table "_update;" \
	"DROP TRIGGER " table "_delete;"

/* What someone, or a lost write, may do; the code that it is found under. */
static void each_kind_of_damage_has_its_finding(void **state)
{
	static const struct {
		const char *sql;
		const char *code;
	} cases[] = {
		{ FORCE("object") "UPDATE object SET label = 'x' WHERE no = 2",
		  "seal" },
		{ FORCE("object") "UPDATE object SET no = 9 WHERE no = 3",
		  "seal" },
		{ FORCE("event") "UPDATE event SET outcome = 'fail' WHERE "
				 "no = 1",
		  "seal" },
		{ FORCE("tree") "UPDATE tree SET layer = zeroblob(64) "
				"WHERE file = 2",
		  "tree" },
		{ FORCE("file") "DELETE FROM file WHERE no = 3",
		  "foreign-key" },
		{ FORCE("file") "DELETE FROM file WHERE no = 3", "count" },
		{ FORCE("event_object") FORCE("event_agent") FORCE(
			  "event") "DELETE FROM event_agent WHERE event = 1;"
				   "DELETE FROM event_object WHERE event = 1;"
				   "DELETE FROM event WHERE no = 1;",
		  "count" },
		{ FORCE("digest") "DELETE FROM digest WHERE file = 2",
		  "count" },
		{ FORCE("tree") "DELETE FROM tree WHERE file = 2", "count" },
		{ FORCE("identifier") "DELETE FROM identifier WHERE n = 2",
		  "count" },
		{ FORCE("property") "DELETE FROM property WHERE n = 2",
		  "count" },
		{ FORCE("property") "UPDATE property SET value = 'x'", "seal" },
		{ FORCE("reading") "DELETE FROM reading WHERE event = 1",
		  "count" },
		{ FORCE("reading") "UPDATE reading SET failed_reads = 0",
		  "seal" },
		{ FORCE("unreadable") "DELETE FROM unreadable", "count" },
		{ FORCE("content_digest") "DELETE FROM content_digest WHERE object = 1",
		  "count" },
		{ FORCE("event_agent") "DELETE FROM event_agent WHERE n = 2",
		  "count" },
		{ FORCE("event_object") "DELETE FROM event_object WHERE n = 2",
		  "count" },
		{ FORCE("agent") "DELETE FROM agent WHERE no = 1",
		  "foreign-key" },
		{ FORCE("collection") "DELETE FROM collection WHERE no = 1",
		  "foreign-key" },
		{ FORCE("rights") "UPDATE rights SET effect = 'granted'",
		  "seal" },
		{ FORCE("rights") "UPDATE rights SET ends = '2027' WHERE n = 2",
		  "seal" },
		{ FORCE("rights_end") "UPDATE rights_end SET why = ''",
		  "seal" },
		{ FORCE("rights_end") "DELETE FROM rights_end", "count" },
		{ FORCE("rights") "DELETE FROM rights WHERE n = 2",
		  "foreign-key" },
		{ FORCE("rights") "DELETE FROM rights WHERE n = 3", "count" },
		{ FORCE("rights_end") "UPDATE rights_end SET later = rights",
		  "count" },
		{ FORCE("migration") "UPDATE migration SET applied = ''",
		  "seal" },
		{ "UPDATE listing SET line = line || 'x' WHERE no = 2",
		  "derived" },
		{ "DELETE FROM listing WHERE no = 2", "derived" },
		{ "UPDATE listing SET id = '019b' WHERE no = 2", "derived" },
		{ "DELETE FROM known", "derived" },
		{ "UPDATE audit_state SET checked = '2026' WHERE object = 1",
		  "derived" },
		{ "DROP TRIGGER event_delete", "schema" },
		{ "CREATE TABLE stranger (x)", "schema" },
		{ "DROP INDEX identifier_value", "schema" },
		{ "INSERT INTO search (search, rowid, label, note, "
		  "volume_label, source, collection, identifiers) SELECT "
		  "'delete', * FROM search_text WHERE no = 1",
		  "sqlite" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		size_t len;
		char *whole = mun_test_read(path, &len);
		struct mun_catalog *c;

		catalog_sample_sql(path, cases[i].sql);
		c = catalog_sample_open(dir);
		if (!catalog_sample_problems(c, cases[i].code))
			fail_msg("no finding '%s' for: %s", cases[i].code,
				 cases[i].sql);
		mun_catalog_close(c);
		mun_test_write(path, whole, len);
		free(whole);
	}
}

/* A row that tells where it is. */
static void take_where(void *ctx, const struct mun_catalog_problem *p)
{
	char *where = ctx;

	assert_true(p->error);
	if (!strcmp(p->code, "seal"))
		(void)snprintf(where, 64, "%s", p->where);
}

static void a_finding_names_the_row(void **state)
{
	struct mun_catalog *c;
	struct mun_err e;
	char where[64] = "";

	(void)state;
	catalog_sample_sql(
		path,
		FORCE("event") "UPDATE event SET note = 'x' WHERE no = 4");
	c = catalog_sample_open(dir);
	assert_int_equal(mun_catalog_check(c, take_where, where, &e), 0);
	assert_string_equal(where, "table event, no 4");
	mun_catalog_close(c);
}

static void derived_tables_can_be_made_anew(void **state)
{
	struct mun_catalog *c;

	(void)state;
	catalog_sample_sql(path, "DELETE FROM listing; DELETE FROM known;"
				 "DELETE FROM audit_state WHERE object = 2");
	c = catalog_sample_open(dir);
	assert_true(catalog_sample_problems(c, "derived") > 0);
	catalog_sample_sql(
		path, "DELETE FROM audit_state;"
		      "INSERT INTO audit_state SELECT * FROM audit_state_now;"
		      "DELETE FROM listing;"
		      "INSERT INTO listing SELECT * FROM listing_now;"
		      "DELETE FROM known;"
		      "INSERT INTO known SELECT * FROM known_now;"
		      "INSERT INTO search (search) VALUES ('rebuild');");
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	mun_catalog_close(c);
}

/* The manual's queries, by SQLite alone. */
static void every_query_of_the_manual_runs_without_us(void **state)
{
	char *name = mun_test_path(mun_test_source_dir(), "docs/catalog.md");
	char *manual = mun_test_read(name, NULL);
	char *at = manual;
	int n = 0;

	(void)state;
	assert_non_null(manual);
	while ((at = strstr(at, "```sql\n"))) {
		char *end = strstr(at + 7, "```");

		assert_non_null(end);
		*end = '\0';
		catalog_sample_sql(path, at + 7);
		at = end + 1;
		n++;
	}
	assert_int_equal(n, 14);
	free(manual);
	free(name);
}

/* The exact form that docs/catalog.md gives, put together by hand. */
static void a_seal_is_what_the_manual_says(void **state)
{
	static const uint8_t row[] = "t\0\0\0\0\0\0\0\x0a"
				     "collection"
				     "\0\0\0\0\0\0\0\0"
				     "i\0\0\0\0\0\0\0\1"
				     "\0\0\0\0\0\0\0\1"
				     "t\0\0\0\0\0\0\0\x10"
				     "Nachlass M\xc3\xbcller"; /* 16 bytes */
	struct mun_catalog *c = catalog_sample_open(dir);
	struct mun_query q = mun_query_begin(c, MUN_STMT_ALL_COLLECTION);
	struct mun_digests d = { 0 };
	struct mun_err e;
	const void *seal;
	size_t len;

	(void)state;
	assert_int_equal(mun_query_row(&q, &e), 1);
	assert_string_equal(mun_column_text(&q, 1), "Nachlass M\u00fcller");
	seal = mun_column_blob(&q, 2, &len);
	assert_int_equal(len, 16);
	assert_int_equal(mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), row,
					   sizeof(row) - 1, &d, &e),
			 0);
	assert_memory_equal(seal, d.of[MUN_SHA256].bytes, 16);
	mun_query_end(&q);
	mun_catalog_close(c);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_whole_catalog_has_no_problems),
		T(facts_are_never_changed_or_removed),
		T(every_table_with_seals_is_checked),
		T(each_kind_of_damage_has_its_finding),
		T(a_finding_names_the_row),
		T(derived_tables_can_be_made_anew),
		T(every_query_of_the_manual_runs_without_us),
		T(a_seal_is_what_the_manual_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
