/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_revise.c - a further version of an object, in the catalog */
#include <stdio.h>

#include "catalog/custody.h"
#include "catalog/feed.h"
#include "catalog/migrate.h"
#include "catalog/query.h"
#include "core/check.h"
#include "core/str.h"
#include "tests/catalog/catalog_sample.h"
#include "tests/catalog/evidence_sample.h"
#include "tests/support/support.h"

static char *dir;
static struct mun_catalog *c;
static struct mun_err e;

#define AT "2026-12-01T12:00:00Z"

static void ok(int rc)
{
	char text[1024];

	if (rc)
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
}

static int set_up(void **state)
{
	(void)state;
	dir = mun_test_dir();
	c = catalog_sample_new(dir);
	/* The third is partial. */
	for (unsigned int n = 1; n <= 3; n++)
		catalog_sample_put(c, n);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mun_catalog_close(c);
	mun_test_dir_remove(dir);
	return 0;
}

static void revise(unsigned int n)
{
	struct mun_record *r = catalog_sample_revised(n);

	ok(mun_catalog_revise(c, r, AT, &e));
	mun_record_free(r);
}

static void what_was_put_comes_out_again(void **state)
{
	struct mun_record *want = catalog_sample_revised(3);
	struct mun_record *got;

	(void)state;
	ok(mun_catalog_revise(c, want, AT, &e));
	ok(mun_catalog_get(c, want->id, true, &got, &e));
	catalog_sample_assert_same(got, want);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	mun_record_free(got);
	mun_record_free(want);
}

static char *one(const char *sql)
{
	sqlite3_stmt *st;
	char *out;

	assert_int_equal(sqlite3_prepare_v2(c->db, sql, -1, &st, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	ok(mun_strdup((const char *)sqlite3_column_text(st, 0), &out, &e));
	sqlite3_finalize(st);
	return out;
}

static void the_first_version_is_told_as_before(void **state)
{
	char *before = one("SELECT json FROM entry_object WHERE no = 3");
	char *after;

	(void)state;
	revise(3);
	after = one("SELECT json FROM entry_object WHERE no = 3");
	assert_string_equal(after, before);
	free(before);
	free(after);
}

static int take_status(void *ctx, const struct mun_catalog_row *row,
		       struct mun_err *why)
{
	(void)why;
	mun_str_addf(ctx, "%s;", row->status);
	return 0;
}

static void what_is_listed_and_found_is_the_newest(void **state)
{
	struct mun_str s = { 0 };

	(void)state;
	revise(3);
	ok(mun_catalog_list(c, NULL, NULL, take_status, &s, &e));
	assert_string_equal(s.text, "unchecked;unchecked;unchecked;");
	mun_str_free(&s);
	ok(mun_catalog_search(c, "LOHN_94", take_status, &s, &e));
	assert_string_equal(s.text, "unchecked;");
	mun_str_free(&s);
	ok(mun_catalog_search(c, "LOHN_93", take_status, &s, &e));
	assert_string_equal(s.text, "unchecked;unchecked;");
	mun_str_free(&s);
}

static int is_third(void *ctx, const char *id, const char *label,
		    struct mun_err *why)
{
	struct mun_record *r = catalog_sample_revised(3);

	(void)label;
	(void)why;
	assert_string_equal(id, r->id);
	mun_record_free(r);
	++*(size_t *)ctx;
	return 0;
}

static void both_masters_are_known_again(void **state)
{
	struct mun_record *r = catalog_sample_revised(3);

	(void)state;
	ok(mun_catalog_revise(c, r, AT, &e));
	for (size_t i = 0; i < r->nfiles; i++) {
		size_t found = 0;

		if (strcmp(strrchr(r->files[i].path, '/'), "/disk.img") != 0)
			continue;
		ok(mun_catalog_each_digest(c, MUN_SHA256,
					   &r->files[i].digests.of[MUN_SHA256],
					   is_third, &found, &e));
		assert_int_equal(found, 1);
	}
	mun_record_free(r);
}

static void a_version_comes_once_and_loses_nothing(void **state)
{
	struct mun_record *r = catalog_sample_revised(3);
	struct mun_record *stranger = catalog_sample_revised(9);

	(void)state;
	r->nfiles--; /* metadata/premis.xml of version 1 is not last */
	memmove(&r->files[0], &r->files[1], r->nfiles * sizeof(*r->files));
	assert_int_equal(mun_catalog_revise(c, r, AT, &e), MUN_EINVAL);
	mun_record_free(r);
	revise(3);
	r = catalog_sample_revised(3);
	assert_int_equal(mun_catalog_revise(c, r, AT, &e), MUN_EEXIST);
	assert_int_equal(mun_catalog_revise(c, stranger, AT, &e), MUN_ENOENT);
	mun_record_free(r);
	mun_record_free(stranger);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
}

/* Which files an audit of the store asks for. */
static int take_path(void *ctx, const char *object, const char *path,
		     struct mun_source **out, struct mun_err *why)
{
	(void)object;
	(void)out;
	mun_str_addf(ctx, "%s;", path);
	return mun_fail(why, MUN_ENOENT, "no such file in the store");
}

static void assert_audited(const char *store, const char *want)
{
	const char *const id = catalog_sample_id(1, 0);
	struct mun_str s = { 0 };
	const struct mun_feed_opts opts = {
		.store = store,
		.objects = &id,
		.nobjects = 1,
		.open = take_path,
		.open_ctx = &s,
	};
	const struct mun_audit_opts how = { .threads = 1 };
	struct mun_audit_summary sum;
	struct mun_catalog_feed *feed;

	ok(mun_catalog_feed_open(c, &opts, NULL, NULL, &feed, &e));
	ok(mun_audit_run(mun_catalog_feed_table(feed), &how, &sum, &e));
	ok(mun_catalog_feed_finish(feed, &sum, &e));
	mun_catalog_feed_close(feed);
	assert_string_equal(s.text, want);
	mun_str_free(&s);
}

#define V1 "documentation/label.jpg;image/disk.img;metadata/premis.xml;"
#define V2 \
	"documentation/label.jpg;v1/content/image/disk.img;image/disk.img;" \
	"image/disk.map;v1/content/metadata/premis.xml;metadata/premis.xml;"

static void add_copy(unsigned int kind)
{
	struct mun_record *r = sample_event(1, kind, "replication");

	ok(mun_catalog_copy_add(c, "copy-a", r, &e));
	mun_record_free(r);
}

static int take_id(void *ctx, const char *id, struct mun_err *why)
{
	(void)why;
	mun_str_addf(ctx, "%s;", id);
	return 0;
}

static void assert_lacks(bool it)
{
	struct mun_str s = { 0 };

	mun_str_add(&s, "");
	ok(mun_catalog_lacking(c, "copy-a", NULL, take_id, &s, &e));
	assert_true(!!strstr(s.text, catalog_sample_id(1, 0)) == it);
	mun_str_free(&s);
}

/* A store keeps being audited for what it has, and nothing of it is left out.
 */
static void each_copy_is_audited_as_the_version_it_has(void **state)
{
	uint64_t short_of;

	(void)state;
	ok(mun_catalog_store_add(c, catalog_sample_id(900, 1), "copy-a",
				 "file:///a", NULL, &e));
	add_copy(30);
	assert_lacks(false);
	revise(1);
	assert_audited("main", V2);
	assert_audited("copy-a", V1);
	assert_lacks(true);
	ok(mun_catalog_short_of_copies(c, NULL, 2, &short_of, &e));
	assert_int_equal(short_of, 3);
	add_copy(31);
	assert_lacks(false);
	ok(mun_catalog_short_of_copies(c, NULL, 2, &short_of, &e));
	assert_int_equal(short_of, 2);
	assert_audited("copy-a", V2);
	struct mun_record *r = sample_event(1, 32, "replication");

	assert_int_equal(mun_catalog_copy_add(c, "copy-a", r, &e), MUN_EEXIST);
	mun_record_free(r);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
}

static void a_first_copy_may_be_of_the_second_version(void **state)
{
	(void)state;
	ok(mun_catalog_store_add(c, catalog_sample_id(900, 1), "copy-a",
				 "file:///a", NULL, &e));
	revise(1);
	add_copy(31);
	assert_audited("copy-a", V2);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
}

#define FORCE(table) \
	"DROP TRIGGER " table "_update; DROP TRIGGER " table "_delete;"

static void what_is_done_to_a_version_is_found(void **state)
{
	static const struct {
		const char *sql;
		const char *code;
	} cases[] = {
		{ FORCE("revision") "UPDATE revision SET outcome = 'partial'",
		  "seal" },
		{ FORCE("revision") "DELETE FROM revision", "foreign-key" },
		{ FORCE("revision_digest") "DELETE FROM revision_digest",
		  "count" },
		{ FORCE("revision_digest") "UPDATE revision_digest SET value = "
					   "x'00'",
		  "seal" },
		{ FORCE("revision_property") "DELETE FROM revision_property",
		  "count" },
		{ FORCE("superseded") "DELETE FROM superseded WHERE file = 2",
		  "count" },
		{ FORCE("superseded") "UPDATE superseded SET file = 1 WHERE "
				      "file = 2",
		  "seal" },
		{ FORCE("file") "DELETE FROM file WHERE version = 2", "count" },
		{ FORCE("file") "UPDATE file SET version = 3 WHERE version = 2",
		  "seal" },
		{ FORCE("file") "UPDATE file SET version = 2 WHERE no = 1",
		  "seal" },
		{ "UPDATE audit_state SET version = 1 WHERE object = 1",
		  "derived" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		char *path;

		mun_catalog_close(c);
		mun_test_dir_remove(dir);
		(void)set_up(NULL);
		revise(1);
		assert_int_equal(catalog_sample_problems(c, NULL), 0);
		path = mun_test_path(dir, "catalog.db");
		mun_catalog_close(c);
		catalog_sample_sql(path, cases[i].sql);
		free(path);
		c = catalog_sample_open(dir);
		if (!catalog_sample_problems(c, cases[i].code))
			fail_msg("not found: %s", cases[i].sql);
	}
}

/* Of a catalog as it was before there were versions. */
static void an_older_catalog_keeps_its_facts_and_seals(void **state)
{
	struct mun_embedded old[] = { { 0 }, { 0 }, { 0 }, { 0 }, { 0 } };
	char *other = mun_test_path(dir, "old.db");
	char *from = mun_test_path(dir, "catalog.db");
	struct mun_str sql = { 0 };
	struct mun_catalog *migrated;
	struct mun_record *got;
	struct mun_record *want;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		old[i] = mun_sql_migrations[i];
	ok(mun_migrate_init(other, old, &e));
	mun_catalog_close(c);
	/* The rows of today, in the tables of then. */
	mun_str_addf(&sql, "ATTACH '%s' AS n;", from);
	static const char *const tables[] = {
		"agent",        "collection", "object",         "identifier",
		"property",     "unreadable", "content_digest", "file",
		"digest",       "tree",       "event",          "event_agent",
		"event_object", "reading",    "repository",     "store",
		"leaf",         "listing",    "known"
	};

	for (size_t i = 0; i < MUN_COUNT(tables); i++) {
		if (!strcmp(tables[i], "file"))
			mun_str_add(&sql,
				    "INSERT INTO file SELECT no, object, id, "
				    "path, role, bytes, format, puid, mime, "
				    "format_note, original_name, digests, seal "
				    "FROM n.file;");
		else
			mun_str_addf(&sql, "INSERT INTO %s SELECT * FROM n.%s;",
				     tables[i], tables[i]);
	}
	mun_str_add(&sql,
		    "INSERT INTO audit_state SELECT object, store, collection, "
		    "base, checked, outcome, files, bytes FROM n.audit_state;"
		    "INSERT INTO search (search) VALUES ('rebuild');");
	catalog_sample_sql(other, sql.text);
	mun_str_free(&sql);
	ok(mun_catalog_open(other, &migrated, &e));
	assert_int_equal(catalog_sample_problems(migrated, NULL), 0);
	c = migrated;
	revise(2);
	want = catalog_sample_revised(2);
	ok(mun_catalog_get(c, want->id, true, &got, &e));
	catalog_sample_assert_same(got, want);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	mun_record_free(got);
	mun_record_free(want);
	free(other);
	free(from);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(what_was_put_comes_out_again),
		T(the_first_version_is_told_as_before),
		T(what_is_listed_and_found_is_the_newest),
		T(both_masters_are_known_again),
		T(a_version_comes_once_and_loses_nothing),
		T(each_copy_is_audited_as_the_version_it_has),
		T(a_first_copy_may_be_of_the_second_version),
		T(what_is_done_to_a_version_is_found),
		T(an_older_catalog_keeps_its_facts_and_seals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
