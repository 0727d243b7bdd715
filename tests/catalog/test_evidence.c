/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_evidence.c - facts, ledger, and back again */
#include "catalog/evidence.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/migrate.h"
#include "catalog/query.h"
#include "core/check.h"
#include "core/str.h"
#include "tests/catalog/catalog_sample.h"
#include "tests/catalog/evidence_sample.h"
#include "tests/support/support.h"

#define OBJECTS 6u

static char *dir;
static char *path;
static char *ledger;

static int set_up(void **state)
{
	(void)state;
	dir = mun_test_dir();
	path = mun_test_path(dir, "catalog.db");
	ledger = mun_test_path(dir, "ledger");
	assert_int_equal(mun_time_parse("2026-12-01T00:00:00Z", &sample_clock,
					&(struct mun_err){ 0 }),
			 0);
	mun_now_ms = sample_now;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mun_now_ms = mun_clock_real_ms;
	free(path);
	free(ledger);
	mun_test_dir_remove(dir);
	return 0;
}

static void ok(int rc, const struct mun_err *e)
{
	char text[1024];

	if (rc)
		fail_msg("%s", mun_err_text(e, text, sizeof(text), 1));
}

static void take_problem(void *ctx, const struct mun_ledger_problem *p)
{
	struct mun_str *s = ctx;

	mun_str_addf(s, "%s: %s: %s\n", p->code, p->where, p->text);
}

/* What a comparison tells, "" for nothing; free(). */
static char *compare(struct mun_catalog *c, uint64_t *problems)
{
	const struct mun_ledger_check how = { .threads = 2 };
	struct mun_ledger_verdict v;
	struct mun_str s = { 0 };
	struct mun_err e;
	char *text;

	mun_str_add(&s, "");
	ok(mun_catalog_compare(c, ledger, &how, take_problem, &s, &v, &e), &e);
	if (problems)
		*problems = v.problems;
	ok(mun_str_take(&s, &text, &e), &e);
	return text;
}

static void assert_same_as_ledger(struct mun_catalog *c)
{
	char *text = compare(c, NULL);

	assert_string_equal(text, "");
	free(text);
}

static void every_fact_of_a_life_is_in_the_ledger(void **state)
{
	struct mun_catalog *c = sample_life(dir, OBJECTS);
	struct mun_ledger *l;
	struct mun_err e;
	sqlite3_stmt *st;

	(void)state;
	assert_same_as_ledger(c);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	ok(mun_ledger_open(ledger, false, &l, &e), &e);
	assert_int_equal(sqlite3_prepare_v2(c->db,
					    "SELECT count(*), count(DISTINCT "
					    "kind) FROM leaf",
					    -1, &st, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int64(st, 0), mun_ledger_size(l));
	/* Every kind that table leaf knows. */
	assert_int_equal(sqlite3_column_int64(st, 1), 19);
	sqlite3_finalize(st);
	mun_ledger_close(l);
	mun_catalog_close(c);
}

/* Two JSON values: is @canonical sorted, compact, and of integers only? */
static int is_canonical(void *ctx, uint64_t seq, const char *entry, size_t len,
			struct mun_err *e)
{
	json_error_t why;
	json_t *j = json_loadb(entry, len, JSON_REJECT_DUPLICATES, &why);
	char *again;

	(void)ctx;
	(void)seq;
	(void)e;
	assert_non_null(j);
	again = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);
	assert_int_equal(strlen(again), len);
	assert_memory_equal(again, entry, len);
	free(again);
	json_decref(j);
	return 0;
}

static void entries_are_canonical_json(void **state)
{
	struct mun_catalog *c = sample_life(dir, OBJECTS);
	struct mun_ledger *l;
	struct mun_err e;

	(void)state;
	mun_catalog_close(c);
	ok(mun_ledger_open(ledger, false, &l, &e), &e);
	ok(mun_ledger_read(l, 0, mun_ledger_size(l), is_canonical, NULL, &e),
	   &e);
	mun_ledger_close(l);
}

static int load_sample(void *ctx, const char *id, struct mun_record **out,
		       struct mun_err *e)
{
	const unsigned int *gone = ctx;
	unsigned int n = 0;

	assert_int_equal(sscanf(id, "019a0000-%4x", &n), 1);
	if (gone && n == *gone)
		return mun_fail(e, MUN_ENOENT, "no store has it");
	*out = n == SAMPLE_REVISED ? catalog_sample_revised(n)
				   : catalog_sample(n);
	return 0;
}

static void take_where(void *ctx, const char *where, const struct mun_err *why)
{
	struct mun_str *s = ctx;

	mun_str_addf(s, "%s: %s\n", where, why->lines[0].text);
}

/* A second catalog out of the ledger; what could not be taken in is told. */
static struct mun_catalog *replay(unsigned int *gone, struct mun_str *told,
				  struct mun_replay_result *r)
{
	char *other = mun_test_path(dir, "replayed.db");
	struct mun_catalog *c;
	struct mun_err e;

	ok(mun_catalog_init(other, &e), &e);
	ok(mun_catalog_open(other, &c, &e), &e);
	ok(mun_catalog_replay(c, ledger, load_sample, gone, take_where, told,
			      NULL, r, &e),
	   &e);
	free(other);
	return c;
}

static void a_lost_catalog_comes_back_as_it_was(void **state)
{
	struct mun_catalog *c = sample_life(dir, OBJECTS);
	char *before = sample_dump(c);
	struct mun_str told = { 0 };
	struct mun_replay_result r;
	char *after;
	struct mun_err e;

	(void)state;
	mun_catalog_close(c);
	c = replay(NULL, &told, &r);
	if (told.len)
		fail_msg("%s", told.text);
	after = sample_dump(c);
	assert_string_equal(after, before);
	assert_int_equal(r.failed, 0);
	assert_int_equal(r.objects, OBJECTS);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	assert_same_as_ledger(c);
	/* And it goes on. */
	ok(mun_catalog_attach(c, ledger, &e), &e);
	sample_audit(c, "main", 0, MUN_OUTCOME_INTACT);
	assert_same_as_ledger(c);
	mun_catalog_close(c);
	free(before);
	free(after);
}

static void an_object_that_no_store_has_keeps_its_facts(void **state)
{
	unsigned int gone = 2;
	struct mun_catalog *c = sample_life(dir, OBJECTS);
	struct mun_str told = { 0 };
	struct mun_replay_result r;
	struct mun_record *rec;
	struct mun_err e;

	(void)state;
	mun_catalog_close(c);
	c = replay(&gone, &told, &r);
	assert_int_equal(r.failed, 1);
	assert_non_null(strstr(told.text, catalog_sample_id(gone, 0)));
	assert_same_as_ledger(c);
	ok(mun_catalog_get(c, catalog_sample_id(gone, 0), false, &rec, &e), &e);
	assert_true(rec->nevents > 2);
	mun_record_free(rec);
	mun_str_free(&told);
	mun_catalog_close(c);
}

static void a_ledger_is_taken_only_into_an_empty_catalog(void **state)
{
	struct mun_catalog *c = sample_life(dir, OBJECTS);
	struct mun_replay_result r;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_catalog_replay(c, ledger, NULL, NULL, NULL, NULL,
					    NULL, &r, &e),
			 MUN_EINVAL);
	mun_catalog_close(c);
}

static void what_was_not_written_is_written_when_it_is_attached(void **state)
{
	struct mun_catalog *c = catalog_sample_new(dir);
	struct mun_err e;
	char *text;
	uint64_t problems;

	(void)state;
	catalog_sample_put(c, 1);
	ok(mun_ledger_init(ledger, &e), &e);
	text = compare(c, &problems);
	assert_non_null(strstr(text, "ledger-behind"));
	assert_int_equal(problems, 0);
	free(text);
	ok(mun_catalog_attach(c, ledger, &e), &e);
	assert_same_as_ledger(c);
	mun_catalog_close(c);
}

static void an_older_or_foreign_catalog_is_not_attached(void **state)
{
	struct mun_catalog *c = catalog_sample_new(dir);
	char *other_dir = mun_test_dir();
	struct mun_err e;
	size_t len;
	char *old;
	char *text;

	(void)state;
	ok(mun_ledger_init(ledger, &e), &e);
	ok(mun_catalog_attach(c, ledger, &e), &e);
	catalog_sample_put(c, 1);
	mun_catalog_close(c);
	old = mun_test_read(path, &len);
	c = catalog_sample_open(dir);
	ok(mun_catalog_attach(c, ledger, &e), &e);
	catalog_sample_put(c, 2);
	mun_catalog_close(c);
	mun_test_write(path, old, len);
	free(old);
	c = catalog_sample_open(dir);
	assert_int_equal(mun_catalog_attach(c, ledger, &e), MUN_ECORRUPT);
	text = compare(c, NULL);
	assert_non_null(strstr(text, "catalog-behind"));
	free(text);
	mun_catalog_close(c);
	/* Another repository's, with as many entries and more. */
	c = catalog_sample_new(other_dir);
	for (unsigned int n = 1; n <= 3; n++)
		catalog_sample_put(c, n);
	assert_int_equal(mun_catalog_attach(c, ledger, &e), MUN_ECORRUPT);
	text = compare(c, NULL);
	assert_int_equal(strncmp(text, "repository: ", 12), 0);
	free(text);
	mun_catalog_close(c);
	mun_test_dir_remove(other_dir);
}

static void a_ledger_that_cannot_be_written_is_made_good_later(void **state)
{
	struct mun_catalog *c = catalog_sample_new(dir);
	struct mun_err e;
	int n = 0;

	(void)state;
	ok(mun_ledger_init(ledger, &e), &e);
	ok(mun_catalog_attach(c, ledger, &e), &e);
	mun_fault_install(MUN_CALL_MUTATING, EIO);
	for (;; n++) {
		mun_fault_arm(n);
		/* The fact is safe whatever the ledger does. */
		catalog_sample_put(c, (unsigned int)n + 1);
		if (!mun_fault_fired())
			break;
	}
	mun_fault_restore();
	assert_true(n >= 3);
	ok(mun_catalog_flush(c, &e), &e);
	assert_same_as_ledger(c);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	mun_catalog_close(c);
}

static void keys_are_endorsed_by_the_key_before(void **state)
{
	struct mun_catalog *c = catalog_sample_new(dir);
	char *name = mun_test_path(dir, "a.pem");
	struct mun_signkey *keys[3];
	struct mun_ledger_key *list;
	struct mun_err e;
	size_t n;

	(void)state;
	for (int i = 0; i < 3; i++) {
		name[strlen(name) - 5] = (char)('a' + i);
		ok(mun_signkey_create(name, &keys[i], &e), &e);
	}
	assert_int_equal(mun_catalog_key_add(c, keys[0], keys[1], &e),
			 MUN_EINVAL);
	ok(mun_catalog_key_add(c, keys[0], NULL, &e), &e);
	assert_int_equal(mun_catalog_key_add(c, keys[0], NULL, &e), MUN_EEXIST);
	assert_int_equal(mun_catalog_key_add(c, keys[1], NULL, &e), MUN_EINVAL);
	assert_int_equal(mun_catalog_key_add(c, keys[1], keys[2], &e),
			 MUN_EINVAL);
	ok(mun_catalog_key_add(c, keys[1], keys[0], &e), &e);
	ok(mun_catalog_keys(c, &list, &n, &e), &e);
	assert_int_equal(n, 2);
	assert_string_equal(list[1].id, mun_signkey_id(keys[1]));
	free(list);
	/* Somebody slips in a key of their own. */
	catalog_sample_sql(path, "INSERT INTO signing_key SELECT 3, "
				 "'0123456789abcdef', randomblob(32), made, "
				 "endorsement, seal FROM signing_key "
				 "WHERE no = 2");
	assert_int_equal(mun_catalog_keys(c, &list, &n, &e), MUN_EFIXITY);
	for (int i = 0; i < 3; i++)
		mun_signkey_free(keys[i]);
	mun_catalog_close(c);
	free(name);
}

static void an_entry_is_found_by_its_id(void **state)
{
	struct mun_catalog *c = sample_life(dir, OBJECTS);
	struct mun_ledger *l;
	struct mun_err e;
	uint64_t seq[2];

	(void)state;
	ok(mun_catalog_leaf(c, catalog_sample_id(2, 0), &seq[0], &e), &e);
	ok(mun_catalog_leaf(c, catalog_sample_id(2, 30), &seq[1], &e), &e);
	assert_true(seq[0] < seq[1]);
	assert_int_equal(
		mun_catalog_leaf(c, catalog_sample_id(99, 0), &seq[0], &e),
		MUN_ENOENT);
	ok(mun_ledger_open(ledger, false, &l, &e), &e);
	assert_true(seq[1] < mun_ledger_size(l));
	mun_ledger_close(l);
	mun_catalog_close(c);
}

static void the_identity_is_made_once(void **state)
{
	struct mun_catalog *c = catalog_sample_new(dir);
	char id[2][MUN_UUID_LEN];
	struct mun_err e;

	(void)state;
	ok(mun_catalog_repository(c, id[0], &e), &e);
	catalog_sample_put(c, 1);
	ok(mun_catalog_repository(c, id[1], &e), &e);
	assert_string_equal(id[0], id[1]);
	mun_catalog_close(c);
}

/* A catalog of the version before, with facts of every kind that it had. */
static void an_old_catalog_gets_its_evidence(void **state)
{
	char *script = mun_test_path(mun_test_source_dir(),
				     "tests/catalog/data/catalog-v1.sql");
	char *sql = mun_test_read(script, NULL);
	const struct mun_embedded first[] = { mun_sql_migrations[0],
					      { NULL, NULL, 0 } };
	struct mun_catalog *c;
	struct mun_str told = { 0 };
	struct mun_replay_result r;
	struct mun_err e;
	char *before;
	char *after;

	(void)state;
	assert_non_null(sql);
	ok(mun_migrate_init(path, first, &e), &e);
	catalog_sample_sql(path, sql);
	ok(mun_catalog_open(path, &c, &e), &e);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	ok(mun_ledger_init(ledger, &e), &e);
	ok(mun_catalog_attach(c, ledger, &e), &e);
	assert_same_as_ledger(c);
	before = sample_dump(c);
	mun_catalog_close(c);
	c = replay(NULL, &told, &r);
	if (told.len)
		fail_msg("%s", told.text);
	after = sample_dump(c);
	assert_string_equal(after, before);
	mun_catalog_close(c);
	free(before);
	free(after);
	free(sql);
	free(script);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(every_fact_of_a_life_is_in_the_ledger),
		T(entries_are_canonical_json),
		T(a_lost_catalog_comes_back_as_it_was),
		T(an_object_that_no_store_has_keeps_its_facts),
		T(a_ledger_is_taken_only_into_an_empty_catalog),
		T(what_was_not_written_is_written_when_it_is_attached),
		T(an_older_or_foreign_catalog_is_not_attached),
		T(a_ledger_that_cannot_be_written_is_made_good_later),
		T(keys_are_endorsed_by_the_key_before),
		T(an_entry_is_found_by_its_id),
		T(the_identity_is_made_once),
		T(an_old_catalog_gets_its_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
