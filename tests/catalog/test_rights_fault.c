/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/catalog/test_rights_fault.c - an embargo whose every write fails, or
 * is the last that the process does
 *
 * One statement takes the place of another: both facts are there or neither,
 * and at no moment is the object open.
 */
#include "catalog/rights.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/query.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"
#include "core/sys.h"
#include "tests/catalog/catalog_sample.h"
#include "tests/catalog/evidence_sample.h"
#include "tests/catalog/fault_vfs.h"
#include "tests/support/mortal.h"
#include "tests/support/support.h"

static char *dir;
static char *path;
static char *ledger;
static char *bytes; /* of the catalog with the first statement */
static size_t len;
static char first[MUN_UUID_LEN];

static void ok(int rc, const struct mun_err *e)
{
	char text[1024];

	if (rc)
		fail_msg("%s", mun_err_text(e, text, sizeof(text), 1));
}

static int set_up(void **state)
{
	struct mun_catalog *c;
	struct mun_err e;

	(void)state;
	dir = mun_test_dir();
	path = mun_test_path(dir, "catalog.db");
	ledger = mun_test_path(dir, "ledger");
	ok(mun_time_parse("2026-12-01T00:00:00Z", &sample_clock, &e), &e);
	mun_now_ms = sample_now;
	fault_vfs_install();
	fault_vfs_arm(-1, 0, FAULT_ONCE);
	c = catalog_sample_new(dir);
	ok(mun_ledger_init(ledger, &e), &e);
	ok(mun_catalog_attach(c, ledger, &e), &e);
	catalog_sample_put(c, 1);
	ok(mun_rights_add(c, catalog_sample_id(1, 0), &sample_closed, NULL,
			  NULL, first, &e),
	   &e);
	mun_catalog_close(c);
	bytes = mun_test_read(path, &len);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fault_vfs_arm(-1, 0, FAULT_ONCE);
	mun_now_ms = mun_clock_real_ms;
	free(bytes);
	free(ledger);
	free(path);
	mun_test_dir_remove(dir);
	return 0;
}

static int replace(struct mun_catalog *c, struct mun_err *e)
{
	struct mun_rec_rights x = sample_closed;
	char id[MUN_UUID_LEN];

	x.until = "2040";
	return mun_rights_add(c, catalog_sample_id(1, 0), &x, first, "agreed",
			      id, e);
}

/* Is the second statement there?  Whatever is, the object is closed now. */
static bool replaced(struct mun_catalog *c)
{
	struct mun_rights_answer a;
	struct mun_record *r;
	struct mun_err e;
	bool done;

	ok(mun_rights_forbid(c, catalog_sample_id(1, 0), MUN_ACT_DISSEMINATE,
			     sample_clock, &a, &e),
	   &e);
	assert_int_equal(a.n, 1);
	ok(mun_catalog_get(c, catalog_sample_id(1, 0), false, &r, &e), &e);
	done = r->nrights == 2;
	assert_true(done || r->nrights == 1);
	if (done) {
		assert_string_equal(a.id, r->rights[1].id);
		assert_string_equal(r->rights[0].later, r->rights[1].id);
	} else {
		assert_string_equal(a.id, first);
		assert_string_equal(r->rights[0].ended, "");
	}
	mun_rights_answer_clear(&a);
	mun_record_free(r);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	return done;
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
	mun_test_write(path, bytes, len);
}

static void every_fault_leaves_both_facts_or_neither(void **state)
{
	int n = 0;

	(void)state;
	for (bool fired = true; fired; n++) {
		struct mun_catalog *c;
		struct mun_err e;
		int rc;

		begin_again();
		c = catalog_sample_open(dir);
		fault_vfs_arm(n, SQLITE_IOERR_WRITE, FAULT_ONCE);
		rc = replace(c, &e);
		fired = fault_vfs_fired();
		fault_vfs_arm(-1, 0, FAULT_ONCE);
		if (rc)
			assert_int_equal(rc, MUN_EIO);
		mun_catalog_close(c);
		c = catalog_sample_open(dir);
		/* What was reported as done is there. */
		assert_true(replaced(c) || rc);
		mun_catalog_close(c);
	}
	assert_true(n > 5);
	printf("%d calls failed in turn\n", n - 1);
}

static void a_question_that_cannot_be_read_is_no_yes(void **state)
{
	struct mun_rights_answer a;
	struct mun_catalog *c;
	struct mun_err e;
	int rc;

	(void)state;
	/* A table that is gone is an error, and not an object without rights. */
	catalog_sample_sql(path, "PRAGMA foreign_keys = OFF; DROP TABLE "
				 "rights_end; DROP TABLE rights;");
	c = catalog_sample_open(dir);
	rc = mun_rights_forbid(c, catalog_sample_id(1, 0), MUN_ACT_DISSEMINATE,
			       sample_clock, &a, &e);
	assert_int_equal(rc, MUN_ECORRUPT);
	mun_catalog_close(c);
}

static void hear(void *ctx, const struct mun_ledger_problem *p)
{
	mun_str_addf(ctx, "%s: %s\n", p->code, p->where);
}

/* Catalog and ledger are whole, agree, and go on; the object is closed.  How
 * many statements there are. */
static size_t whole(int n)
{
	const struct mun_ledger_check how = { .threads = 1 };
	struct mun_catalog *c = catalog_sample_open(dir);
	struct mun_ledger_verdict v;
	struct mun_rights_answer a;
	struct mun_str told = { 0 };
	struct mun_record *r;
	struct mun_err e;
	size_t count;

	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	ok(mun_rights_forbid(c, catalog_sample_id(1, 0), MUN_ACT_DISSEMINATE,
			     sample_clock, &a, &e),
	   &e);
	assert_int_equal(a.n, 1);
	mun_rights_answer_clear(&a);
	ok(mun_catalog_get(c, catalog_sample_id(1, 0), false, &r, &e), &e);
	count = r->nrights;
	mun_record_free(r);
	ok(mun_catalog_attach(c, ledger, &e), &e);
	ok(mun_catalog_compare(c, ledger, &how, hear, &told, &v, &e), &e);
	if (told.len)
		fail_msg("after kill %d: %s", n, told.text);
	mun_catalog_close(c);
	return count;
}

/* In the place of the one that holds, whichever that is. */
static int replace_last(struct mun_catalog *c, struct mun_err *e)
{
	struct mun_record *r;
	char id[MUN_UUID_LEN];
	int rc = mun_catalog_get(c, catalog_sample_id(1, 0), false, &r, e);

	if (rc)
		return rc;
	return mun_rights_add(c, catalog_sample_id(1, 0), &sample_closed,
			      r->rights[r->nrights - 1].id, "again", id, e);
}

/* In a process of its own, which dies at the @n-th write of the catalog, or of
 * the ledger.  Did it? */
static bool killed(int n, bool vfs)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		struct mun_catalog *c = catalog_sample_open(dir);
		struct mun_err e;

		if (mun_catalog_attach(c, ledger, &e))
			_exit(7);
		if (vfs)
			fault_vfs_arm(n, SQLITE_IOERR_WRITE, FAULT_KILL);
		else
			mun_test_mortal(n);
		_exit(replace_last(c, &e) ? 8 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGKILL;
	if (WEXITSTATUS(status) != 9 && WEXITSTATUS(status) != 0)
		fail_msg("kill %d ended with %d", n, WEXITSTATUS(status));
	return WEXITSTATUS(status) == 9;
}

static int kill_at_each(bool vfs)
{
	size_t count = whole(-1);
	int n = 0;
	bool died;

	do {
		size_t after;

		died = killed(n, vfs);
		after = whole(n);
		/* One that is in the catalog before the ledger is written is
		 * there to stay. */
		assert_true(after == count + 1 ||
			    (died && vfs && after == count));
		count = after;
		n++;
	} while (died);
	return n - 1;
}

static void killed_while_the_catalog_is_written(void **state)
{
	int n = kill_at_each(true);

	(void)state;
	printf("killed at %d writes of the catalog\n", n);
	assert_true(n > 5);
}

static void killed_while_the_ledger_is_written(void **state)
{
	int n = kill_at_each(false);

	(void)state;
	printf("killed at %d writes of the ledger\n", n);
	assert_true(n > 2);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(every_fault_leaves_both_facts_or_neither),
		T(a_question_that_cannot_be_read_is_no_yes),
		T(killed_while_the_catalog_is_written),
		T(killed_while_the_ledger_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
