/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_catalog_fault.c - each write of a put fails once in turn */
#include "catalog/catalog.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "catalog/query.h"
#include "core/check.h"
#include "tests/catalog/catalog_sample.h"
#include "tests/catalog/fault_vfs.h"
#include "tests/support/support.h"

/* A catalog with one object, in one file, and its bytes to begin again. */
struct fixture {
	char *dir;
	char *path;
	char *bytes;
	size_t len;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct mun_catalog *c;

	assert_non_null(f);
	fault_vfs_install();
	fault_vfs_arm(-1, 0, FAULT_ONCE);
	f->dir = mun_test_dir();
	f->path = mun_test_path(f->dir, "catalog.db");
	c = catalog_sample_new(f->dir);
	catalog_sample_put(c, 1);
	mun_catalog_close(c);
	f->bytes = mun_test_read(f->path, &f->len);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	fault_vfs_arm(-1, 0, FAULT_ONCE);
	free(f->bytes);
	free(f->path);
	mun_test_dir_remove(f->dir);
	free(f);
	return 0;
}

static void begin_again(const struct fixture *f)
{
	static const char *const beside[] = { "catalog.db-wal",
					      "catalog.db-shm" };

	for (size_t i = 0; i < MUN_COUNT(beside); i++) {
		char *name = mun_test_path(f->dir, beside[i]);

		(void)unlink(name);
		free(name);
	}
	mun_test_write(f->path, f->bytes, f->len);
}

/* Is object @n there, whole?  Fails the test where it is there in part. */
static bool has(struct mun_catalog *c, unsigned int n)
{
	struct mun_record *want = catalog_sample(n);
	struct mun_record *got;
	struct mun_err e;
	int rc = mun_catalog_get(c, want->id, true, &got, &e);

	if (!rc) {
		catalog_sample_assert_same(want, got);
		mun_record_free(got);
	} else {
		assert_int_equal(rc, MUN_ENOENT);
	}
	mun_record_free(want);
	return !rc;
}

/* How many writes and syncs a put makes is found by failing them. */
static int fail_each(const struct fixture *f, int code, int want,
		     enum fault_mode mode, bool checkpoint)
{
	struct mun_record *r = catalog_sample(2);
	int n = 0;

	for (;; n++) {
		struct mun_catalog *c;
		struct mun_err e;
		bool fired;
		int rc;

		begin_again(f);
		c = catalog_sample_open(f->dir);
		assert_int_equal(
			sqlite3_wal_autocheckpoint(c->db, checkpoint ? 1 : 0),
			SQLITE_OK);
		fault_vfs_arm(n, code, mode);
		rc = mun_catalog_put(c, r, &e);
		fired = fault_vfs_fired();
		if (rc)
			assert_int_equal(rc, want);
		mun_catalog_close(c);
		fault_vfs_arm(-1, 0, FAULT_ONCE);

		c = catalog_sample_open(f->dir);
		assert_true(has(c, 1));
		/* What was reported as done is there. */
		assert_true(has(c, 2) || rc);
		assert_int_equal(catalog_sample_problems(c, NULL), 0);
		mun_catalog_close(c);
		if (!fired)
			break;
	}
	mun_record_free(r);
	print_message("%d calls failed in turn, each %s\n", n,
		      mode == FAULT_ONCE ? "once" : "with all after it");
	return n;
}

static void every_fault_of_a_put_leaves_all_or_nothing(void **state)
{
	/* The log: its head, some 40 pages, each with a head, one sync. */
	assert_true(fail_each(*state, SQLITE_IOERR_WRITE, MUN_EIO, FAULT_ONCE,
			      false) > 40);
}

static void a_full_disk_leaves_all_or_nothing(void **state)
{
	assert_true(fail_each(*state, SQLITE_FULL, MUN_EIO, FAULT_ONCE, false) >
		    40);
}

static void a_disk_that_goes_away_leaves_all_or_nothing(void **state)
{
	assert_true(fail_each(*state, SQLITE_IOERR_FSYNC, MUN_EIO,
			      FAULT_FOR_GOOD, false) > 40);
}

static void a_fault_of_the_checkpoint_does_no_harm(void **state)
{
	assert_true(fail_each(*state, SQLITE_IOERR_WRITE, MUN_EIO, FAULT_ONCE,
			      true) > 60);
	assert_true(fail_each(*state, SQLITE_IOERR_FSYNC, MUN_EIO,
			      FAULT_FOR_GOOD, true) > 60);
}

static void the_same_connection_goes_on_after_a_fault(void **state)
{
	struct fixture *f = *state;
	struct mun_record *r = catalog_sample(2);

	for (int n = 0;; n += 7) {
		struct mun_catalog *c;
		struct mun_err e;

		begin_again(f);
		c = catalog_sample_open(f->dir);
		fault_vfs_arm(n, SQLITE_IOERR_WRITE, FAULT_ONCE);
		if (!mun_catalog_put(c, r, &e)) {
			mun_catalog_close(c);
			break;
		}
		assert_false(has(c, 2));
		assert_int_equal(mun_catalog_put(c, r, &e), 0);
		assert_true(has(c, 2));
		assert_int_equal(catalog_sample_problems(c, NULL), 0);
		mun_catalog_close(c);
	}
	mun_record_free(r);
}

static void an_error_names_the_catalog_and_what_the_system_said(void **state)
{
	struct fixture *f = *state;
	struct mun_record *r = catalog_sample(2);
	struct mun_catalog *c = catalog_sample_open(f->dir);
	struct mun_err e;

	fault_vfs_arm(0, SQLITE_FULL, FAULT_ONCE);
	assert_int_equal(mun_catalog_put(c, r, &e), MUN_EIO);
	assert_int_equal(e.sys, ENOSPC);
	assert_non_null(strstr(e.lines[0].text, f->path));
	assert_non_null(strstr(e.lines[0].text, "full"));
	assert_non_null(strstr(e.lines[e.depth - 1].text, r->id));
	mun_catalog_close(c);
	mun_record_free(r);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(every_fault_of_a_put_leaves_all_or_nothing),
		T(a_full_disk_leaves_all_or_nothing),
		T(a_disk_that_goes_away_leaves_all_or_nothing),
		T(a_fault_of_the_checkpoint_does_no_harm),
		T(the_same_connection_goes_on_after_a_fault),
		T(an_error_names_the_catalog_and_what_the_system_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
