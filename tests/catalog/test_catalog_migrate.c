/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_catalog_migrate.c - new, older, newer, edited catalogs */
#include "catalog/migrate.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "core/check.h"
#include "tests/catalog/catalog_sample.h"
#include "tests/support/support.h"

/* Ours and, after it, others that a later version may bring. */
#define KNOWN 6
#define KNOWN_TEXT "6"
#define NEXT_TEXT "7"
#define NEXT "0007_"
#define OURS \
	{ NULL, NULL, 0 }, { NULL, NULL, 0 }, { NULL, NULL, 0 }, \
		{ NULL, NULL, 0 }, { NULL, NULL, 0 }, \
	{ \
		NULL, NULL, 0 \
	}
#define SQL(name, text) \
	{ \
		(name), (const unsigned char *)(text), sizeof(text) - 1 \
	}

static struct mun_embedded later[] = {
	OURS,
	SQL(NEXT "shelf.sql", "ALTER TABLE object ADD COLUMN shelf TEXT;"
			      "CREATE TABLE shelf (no INTEGER PRIMARY KEY) "
			      "STRICT;"),
	{ NULL, NULL, 0 },
};

static struct mun_embedded edited[] = {
	OURS,
	SQL(NEXT "shelf.sql", "CREATE TABLE shelf (no INTEGER PRIMARY KEY);"),
	{ NULL, NULL, 0 },
};

static struct mun_embedded renamed[] = {
	OURS,
	SQL(NEXT "board.sql", "ALTER TABLE object ADD COLUMN shelf TEXT;"
			      "CREATE TABLE shelf (no INTEGER PRIMARY KEY) "
			      "STRICT;"),
	{ NULL, NULL, 0 },
};

static struct mun_embedded broken[] = {
	OURS,
	SQL(NEXT "broken.sql", "CREATE TABLE shelf (no INTEGER PRIMARY KEY);"
			       "CREATE TABLE shelf (no INTEGER PRIMARY KEY);"),
	{ NULL, NULL, 0 },
};

static char *dir;
static char *path;

static int set_up(void **state)
{
	(void)state;
	for (int i = 0; i < KNOWN; i++) {
		later[i] = mun_sql_migrations[i];
		edited[i] = mun_sql_migrations[i];
		renamed[i] = mun_sql_migrations[i];
		broken[i] = mun_sql_migrations[i];
	}
	/* One more of ours, and these would test something else. */
	assert_null(mun_sql_migrations[KNOWN].name);
	dir = mun_test_dir();
	path = mun_test_path(dir, "catalog.db");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(path);
	mun_test_dir_remove(dir);
	return 0;
}

static void make_ours(unsigned int objects)
{
	struct mun_catalog *c = catalog_sample_new(dir);

	for (unsigned int n = 1; n <= objects; n++)
		catalog_sample_put(c, n);
	mun_catalog_close(c);
}

static int64_t version_of(const char *file)
{
	sqlite3_stmt *st;
	sqlite3 *db;
	int64_t v;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return v;
}

static void a_new_catalog_is_one_whole_file(void **state)
{
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_catalog_init(path, &e), 0);
	assert_int_equal(mun_test_count_entries(dir), 1);
	assert_int_equal(version_of(path), KNOWN);
}

static void an_existing_file_is_not_replaced(void **state)
{
	struct mun_err e;

	(void)state;
	mun_test_write(path, "precious", 8);
	assert_int_equal(mun_catalog_init(path, &e), MUN_EEXIST);
	assert_true(mun_test_has_text(path, "precious"));
	assert_int_equal(mun_test_count_entries(dir), 1);
}

static void every_fault_of_making_leaves_all_or_nothing(void **state)
{
	struct mun_err e;
	int n = 0;

	(void)state;
	mun_fault_install(MUN_CALL_MUTATING, EIO);
	for (;; n++) {
		int rc;

		mun_fault_arm(n);
		rc = mun_catalog_init(path, &e);
		if (!mun_fault_fired()) {
			assert_int_equal(rc, 0);
			break;
		}
		assert_int_equal(rc, MUN_EIO);
		/* Only the sync of the folder comes after the name. */
		if (!access(path, F_OK)) {
			assert_int_equal(version_of(path), KNOWN);
			assert_int_equal(unlink(path), 0);
		}
		assert_int_equal(mun_test_count_entries(dir), 0);
	}
	mun_fault_restore();
	/* Sync of the file (open, fsync, close), rename, sync of the folder. */
	assert_true(n >= 5);
}

static void what_is_no_catalog_is_refused_and_left_alone(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		int want;
	} cases[] = {
		{ "", 0, MUN_ECORRUPT },
		{ "x", 1, MUN_ECORRUPT },
		{ "SQLite format 3\0but no more of it", 33, MUN_ECORRUPT },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_catalog *c = NULL;
		struct mun_err e;
		size_t len;
		char *after;

		mun_test_write(path, cases[i].text, cases[i].len);
		assert_int_equal(mun_catalog_open(path, &c, &e), cases[i].want);
		after = mun_test_read(path, &len);
		assert_int_equal(len, cases[i].len);
		assert_memory_equal(after, cases[i].text, len);
		free(after);
	}
}

static void somebody_elses_database_is_left_alone(void **state)
{
	struct mun_catalog *c = NULL;
	struct mun_err e;
	size_t len[2];
	char *bytes[2];

	(void)state;
	catalog_sample_sql(path, "CREATE TABLE object (id TEXT)");
	bytes[0] = mun_test_read(path, &len[0]);
	assert_int_equal(mun_catalog_open(path, &c, &e), MUN_ECORRUPT);
	bytes[1] = mun_test_read(path, &len[1]);
	assert_int_equal(len[0], len[1]);
	assert_memory_equal(bytes[0], bytes[1], len[0]);
	free(bytes[0]);
	free(bytes[1]);
}

static void a_missing_catalog_is_not_made_by_opening(void **state)
{
	struct mun_catalog *c = NULL;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_catalog_open(path, &c, &e), MUN_ENOENT);
	assert_int_equal(mun_test_count_entries(dir), 0);
}

static void an_older_catalog_is_backed_up_and_migrated(void **state)
{
	char *backup = mun_test_path(dir, "catalog.db.backup-v" KNOWN_TEXT);
	struct mun_record *want = catalog_sample(1);
	struct mun_record *got;
	struct mun_catalog *c = NULL;
	struct mun_err e;

	(void)state;
	make_ours(2);
	assert_int_equal(mun_migrate_open(path, later, &c, &e), 0);
	assert_int_equal(mun_catalog_get(c, want->id, true, &got, &e), 0);
	catalog_sample_assert_same(want, got);
	mun_record_free(got);
	/* A column that came later leaves the seals of old rows valid. */
	assert_int_equal(catalog_sample_problems(c, "seal"), 0);
	mun_catalog_close(c);
	assert_int_equal(version_of(path), KNOWN + 1);

	/* The backup is a whole catalog of the old version. */
	assert_int_equal(version_of(backup), KNOWN);
	assert_int_equal(mun_catalog_open(backup, &c, &e), 0);
	assert_int_equal(mun_catalog_get(c, want->id, true, &got, &e), 0);
	catalog_sample_assert_same(want, got);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	mun_catalog_close(c);
	mun_record_free(got);
	mun_record_free(want);
	free(backup);
}

static void a_migrated_catalog_is_not_migrated_again(void **state)
{
	char *backup = mun_test_path(dir, "catalog.db.backup-v" KNOWN_TEXT);
	struct mun_catalog *c = NULL;
	struct mun_err e;

	(void)state;
	make_ours(1);
	assert_int_equal(mun_migrate_open(path, later, &c, &e), 0);
	mun_catalog_close(c);
	assert_int_equal(unlink(backup), 0);
	assert_int_equal(mun_migrate_open(path, later, &c, &e), 0);
	mun_catalog_close(c);
	assert_int_equal(access(backup, F_OK), -1);
	free(backup);
}

static void a_newer_catalog_is_refused_untouched(void **state)
{
	struct mun_catalog *c = NULL;
	struct mun_err e;
	size_t len[2];
	char *bytes[2];

	(void)state;
	make_ours(1);
	assert_int_equal(mun_migrate_open(path, later, &c, &e), 0);
	mun_catalog_close(c);
	bytes[0] = mun_test_read(path, &len[0]);
	assert_int_equal(mun_catalog_open(path, &c, &e), MUN_EUNSUPPORTED);
	bytes[1] = mun_test_read(path, &len[1]);
	assert_int_equal(len[0], len[1]);
	assert_memory_equal(bytes[0], bytes[1], len[0]);
	free(bytes[0]);
	free(bytes[1]);
}

static void an_edited_or_renamed_migration_is_noticed(void **state)
{
	struct mun_catalog *c = NULL;
	struct mun_err e;

	(void)state;
	make_ours(1);
	assert_int_equal(mun_migrate_open(path, later, &c, &e), 0);
	mun_catalog_close(c);
	assert_int_equal(mun_migrate_open(path, edited, &c, &e), MUN_ECORRUPT);
	assert_non_null(strstr(e.lines[0].text, NEXT "shelf.sql"));
	assert_int_equal(mun_migrate_open(path, renamed, &c, &e), MUN_ECORRUPT);
	assert_int_equal(mun_migrate_open(path, later, &c, &e), 0);
	mun_catalog_close(c);
}

static void a_version_that_the_migrations_deny_is_noticed(void **state)
{
	struct mun_catalog *c = NULL;
	struct mun_err e;

	(void)state;
	make_ours(1);
	catalog_sample_sql(path, "PRAGMA user_version = 0");
	assert_int_equal(mun_catalog_open(path, &c, &e), MUN_ECORRUPT);
	catalog_sample_sql(path, "PRAGMA user_version = " NEXT_TEXT);
	assert_int_equal(mun_migrate_open(path, later, &c, &e), MUN_ECORRUPT);
	catalog_sample_sql(path, "PRAGMA user_version = -1");
	assert_int_equal(mun_catalog_open(path, &c, &e), MUN_ECORRUPT);
	catalog_sample_sql(path, "PRAGMA user_version = " KNOWN_TEXT);
	assert_int_equal(mun_catalog_open(path, &c, &e), 0);
	mun_catalog_close(c);
}

static void a_migration_that_fails_leaves_the_old_catalog(void **state)
{
	struct mun_catalog *c = NULL;
	struct mun_err e;

	(void)state;
	make_ours(1);
	assert_int_equal(mun_migrate_open(path, broken, &c, &e), MUN_ECORRUPT);
	assert_non_null(strstr(e.lines[1].text, NEXT "broken.sql"));
	assert_int_equal(version_of(path), KNOWN);
	assert_int_equal(mun_catalog_open(path, &c, &e), 0);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	mun_catalog_close(c);
	/* And a good one is applied later. */
	assert_int_equal(mun_migrate_open(path, later, &c, &e), 0);
	mun_catalog_close(c);
}

static void no_migration_without_its_backup(void **state)
{
	char *backup = mun_test_path(dir, "catalog.db.backup-v" KNOWN_TEXT);
	struct mun_catalog *c = NULL;
	struct mun_err e;
	int n = 0;

	(void)state;
	make_ours(1);
	mun_fault_install(MUN_CALL_BIT(MUN_CALL_FSYNC) |
				  MUN_CALL_BIT(MUN_CALL_RENAME),
			  EIO);
	for (;; n++) {
		mun_fault_arm(n);
		if (!mun_migrate_open(path, later, &c, &e))
			break;
		assert_true(mun_fault_fired());
		assert_int_equal(version_of(path), KNOWN);
	}
	mun_catalog_close(c);
	mun_fault_restore();
	/* Sync of the backup, its name, sync of the folder. */
	assert_true(n >= 3);
	assert_int_equal(version_of(path), KNOWN + 1);
	assert_int_equal(version_of(backup), KNOWN);
	free(backup);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_new_catalog_is_one_whole_file),
		T(an_existing_file_is_not_replaced),
		T(every_fault_of_making_leaves_all_or_nothing),
		T(what_is_no_catalog_is_refused_and_left_alone),
		T(somebody_elses_database_is_left_alone),
		T(a_missing_catalog_is_not_made_by_opening),
		T(an_older_catalog_is_backed_up_and_migrated),
		T(a_migrated_catalog_is_not_migrated_again),
		T(a_newer_catalog_is_refused_untouched),
		T(an_edited_or_renamed_migration_is_noticed),
		T(a_version_that_the_migrations_deny_is_noticed),
		T(a_migration_that_fails_leaves_the_old_catalog),
		T(no_migration_without_its_backup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
