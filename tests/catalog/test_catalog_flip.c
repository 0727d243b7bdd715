/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_catalog_flip.c - one flipped bit is noticed or harmless */
#include "catalog/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "catalog/feed.h"
#include "catalog/query.h"
#include "core/check.h"
#include "core/str.h"
#include "tests/catalog/catalog_sample.h"
#include "tests/support/support.h"

#define OBJECTS 3u

static char *dir;
static char *path;

static int open_nothing(void *ctx, const char *object, const char *file,
			struct mun_source **out, struct mun_err *e)
{
	(void)ctx;
	(void)object;
	(void)file;
	(void)out;
	return mun_fail(e, MUN_ENOENT, "no store here");
}

static void report_one(const struct mun_audit_feed *t, enum mun_outcome outcome)
{
	struct mun_finding found = { .outcome = outcome,
				     .bytes = MUN_TREE_PIECE,
				     .expected = "aa",
				     .actual = "bb",
				     .text = "one piece differs" };
	struct mun_audit_item *item;
	struct mun_err e;

	assert_int_equal(t->next(t->ctx, &item, &e), 0);
	assert_non_null(item);
	item->outcome = outcome;
	item->files[1].outcome = outcome;
	item->nfindings = outcome != MUN_OUTCOME_INTACT;
	item->findings = &found;
	found.file = 1;
	assert_int_equal(t->report(t->ctx, item, &e), 0);
}

/* An audit, so that its tables have rows too. */
static void audit(struct mun_catalog *c)
{
	const struct mun_feed_opts opts = {
		.store = "main",
		.agent_operator = "019a0000-aaaa-7000-8000-000000000002",
		.agent_program = "019a0000-aaaa-7000-8000-000000000003",
		.open = open_nothing,
	};
	struct mun_audit_summary sum = { .objects = OBJECTS };
	struct mun_catalog_feed *feed;
	const struct mun_audit_feed *t;
	struct mun_err e;

	assert_int_equal(mun_catalog_feed_open(c, &opts, NULL, NULL, &feed, &e),
			 0);
	t = mun_catalog_feed_table(feed);
	report_one(t, MUN_OUTCOME_INTACT);
	report_one(t, MUN_OUTCOME_MISMATCH);
	report_one(t, MUN_OUTCOME_UNAVAILABLE);
	assert_int_equal(mun_catalog_feed_finish(feed, &sum, &e), 0);
	mun_catalog_feed_close(feed);
}

/* All in one file, in small pages: less of it is empty. */
static void make(void)
{
	struct mun_catalog *c = catalog_sample_new(dir);

	for (unsigned int n = 1; n <= OBJECTS; n++)
		catalog_sample_put(c, n);
	audit(c);
	mun_catalog_close(c);
	catalog_sample_sql(path, "PRAGMA journal_mode = DELETE;"
				 "PRAGMA page_size = 512;"
				 "VACUUM;"
				 "PRAGMA journal_mode = WAL;");
	assert_int_equal(mun_test_count_entries(dir), 1);
}

static int dump_row(void *ctx, const struct mun_catalog_row *row,
		    struct mun_err *e)
{
	(void)e;
	mun_str_addf(ctx, "row %s|%s|%s|%s|%s|%s|%" PRIu64 "\n", row->id,
		     row->label, row->collection, row->format, row->status,
		     row->last_audit, row->bytes);
	return 0;
}

/* Rows of the tables that no record holds. */
static int dump_table(struct mun_catalog *c, enum mun_stmt id,
		      struct mun_str *s, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, id);
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0)
		for (int i = 0; i < sqlite3_column_count(q.st) - 1; i++)
			mun_str_addf(s, "%s|", mun_column_text(&q, i));
	return rc;
}

/* Everything that the catalog says, or what kept it from saying. */
static char *dump(struct mun_catalog *c)
{
	static const enum mun_stmt tables[] = {
		MUN_STMT_ALL_AUDIT,   MUN_STMT_ALL_AUDIT_END,
		MUN_STMT_ALL_VERDICT, MUN_STMT_ALL_FINDING,
		MUN_STMT_ALL_AGENT,   MUN_STMT_ALL_COLLECTION,
	};
	struct mun_str s = { 0 };
	struct mun_err e;
	char *out;

	for (unsigned int n = 1; n <= OBJECTS; n++) {
		struct mun_record *r;
		char *text;

		if (mun_catalog_get(c, catalog_sample_id(n, 0), true, &r, &e)) {
			mun_str_addf(&s, "error: %s\n", e.lines[0].text);
			continue;
		}
		text = catalog_sample_dump(r);
		mun_str_add(&s, text);
		free(text);
		mun_record_free(r);
	}
	if (mun_catalog_list(c, NULL, NULL, dump_row, &s, &e))
		mun_str_addf(&s, "error: %s\n", e.lines[0].text);
	for (size_t i = 0; i < MUN_COUNT(tables); i++)
		if (dump_table(c, tables[i], &s, &e))
			mun_str_addf(&s, "error: %s\n", e.lines[0].text);
	assert_int_equal(mun_str_take(&s, &out, &e), 0);
	return out;
}

static void count(void *ctx, const struct mun_catalog_problem *p)
{
	(void)p;
	++*(unsigned int *)ctx;
}

struct tally {
	unsigned int refused; /* not even opened */
	unsigned int noticed; /* by the check */
	unsigned int of_them; /* whose facts were other than before */
	unsigned int harmless;
};

/* Flip, look, and judge; the caller restores the file. */
static void judge(struct tally *t, const char *want, size_t at, int bit)
{
	struct mun_catalog *c = NULL;
	struct mun_err e;
	unsigned int problems = 0;
	bool noticed;
	char *got;

	if (mun_catalog_open(path, &c, &e)) {
		t->refused++;
		return;
	}
	noticed = mun_catalog_check(c, count, &problems, &e) || problems;
	got = dump(c);
	mun_catalog_close(c);
	t->noticed += noticed;
	t->of_them += noticed && strcmp(got, want);
	t->harmless += !noticed;
	if (!noticed && strcmp(got, want))
		fail_msg("bit %d of byte %zu changes a fact and nobody sees it",
			 bit, at);
	free(got);
}

static void forget_log(void)
{
	char *wal = mun_test_path(dir, "catalog.db-wal");
	char *shm = mun_test_path(dir, "catalog.db-shm");

	(void)unlink(wal);
	(void)unlink(shm);
	free(wal);
	free(shm);
}

static void a_flipped_bit_is_noticed_or_changes_no_fact(void **state)
{
	/* Odd, so that every bit has its turn. */
	const size_t stride = (size_t)mun_test_step(67);
	struct mun_catalog *c;
	struct tally t = { 0 };
	unsigned int n = 0;
	size_t len;
	char *whole;
	char *want;

	(void)state;
	dir = mun_test_dir();
	path = mun_test_path(dir, "catalog.db");
	make();
	whole = mun_test_read(path, &len);
	c = catalog_sample_open(dir);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	want = dump(c);
	mun_catalog_close(c);
	for (size_t at = 0; at < len; at += stride, n++) {
		int bit = (int)(n % 8);

		whole[at] ^= (char)(1 << bit);
		mun_test_write(path, whole, len);
		judge(&t, want, at, bit);
		whole[at] ^= (char)(1 << bit);
		forget_log();
	}
	print_message("%u flips in %zu bytes: %u refused, %u noticed (%u "
		      "changed facts), %u harmless, 0 silent\n",
		      n, len, t.refused, t.noticed, t.of_them, t.harmless);
	assert_true(t.of_them > 0);
	free(want);
	free(whole);
	free(path);
	mun_test_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flipped_bit_is_noticed_or_changes_no_fact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
