/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_ingest_fault.c - each system call of an ingest fails once */
#include "ingest/ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <unistd.h>

#include "core/sys.h"
#include "tests/ingest/box.h"
#include "tests/support/support.h"

/* Two pieces and a bit, odd. */
#define BYTES (((size_t)1 << 20) + 4321)

static struct test_box box;
static uint8_t image[BYTES];
static char *source;
static char *paper;
static const struct mun_expectation *promise; /* or NULL */

/*
 * A sandboxed child goes on counting where its parent stood, so what fails in
 * it hides the parent's next calls: one test is for it, the others spare it.
 */
static bool children_too;

static void in_a_child(void)
{
	if (!children_too)
		mun_fault_restore();
}

static int setup(void **state)
{
	(void)state;
	children_too = false;
	mun_test_pattern(image, BYTES, 99);
	test_box_open(&box);
	source = test_box_file(&box, "disk.img", image, BYTES);
	paper = test_box_file(&box, "label.txt", "Disk 1 of 2\n", 12);
	return 0;
}

/* With parity files and a donor's manifest as well. */
static int setup_rich(void **state)
{
	char *line;

	(void)setup(state);
	line = test_box_line(MUN_SHA1, image, BYTES, "disk.img");
	test_box_parity(&box, "5%");
	promise = test_box_promise(&box, "donor.sha1", line, source, false);
	assert_non_null(promise);
	free(line);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_fault_restore();
	promise = NULL;
	test_box_close(&box);
	free(source);
	free(paper);
	return 0;
}

static int ingest(struct mun_ingest_result *out, struct mun_err *e)
{
	const char *papers[] = { paper };
	const struct mun_ingest_request req = { .source = source,
						.operator_name = "J. Archivist",
						.nattachments = 1,
						.attachments = papers,
						.expect = promise };

	memset(e, 0, sizeof(*e));
	return mun_ingest(&box.env, &req, out, e);
}

static void assert_told(int rc, const struct mun_err *e)
{
	char text[2048];

	assert_int_equal(rc, e->code);
	assert_true(e->depth > 0);
	mun_err_text(e, text, sizeof(text), 0);
	assert_true(strlen(text) > 10);
	assert_null(strchr(text, '\n'));
}

static int note_id(void *ctx, const struct mun_catalog_row *row,
		   struct mun_err *e)
{
	(void)e;
	memcpy(ctx, row->id, MUN_UUID_LEN);
	return 0;
}

/* What a run left: whole or invisible; then resume makes it whole. */
static void assert_recovers(int rc, const struct mun_err *e, const char *where,
			    int n)
{
	struct test_problems p = test_box_problems(&box, true);
	size_t objects = test_box_catalogued(&box);
	char id[MUN_UUID_LEN] = "";
	struct mun_err ignored;
	size_t sessions;

	if (p.errors)
		fail_msg("%s, call %d: %s", where, n, p.last);
	assert_true(objects <= 1);
	assert_true(test_box_stored(&box) >= objects);
	if (rc)
		assert_told(rc, e);
	else
		assert_int_equal(objects, 1);
	sessions = test_box_resume(&box);
	assert_true(sessions <= 1);
	test_box_assert_clean(&box);
	assert_int_equal(mun_test_count_entries(box.spool), 0);
	objects = test_box_catalogued(&box);
	assert_int_equal(test_box_stored(&box), objects);
	/* An error without a session is one that came before any work. */
	assert_int_equal(objects, !rc || sessions);
	if (!objects)
		return;
	test_must(mun_catalog_list(box.catalog, NULL, NULL, note_id, id,
				   &ignored),
		  &ignored);
	test_box_assert_master(&box, id, image, BYTES);
}

/*
 * An ingest and its recovery, for every call that can fail, are a minute of a
 * processor: only the long form has the time.
 */
#define STEP 4

/* Which calls it makes undisturbed, for a sample of them. */
static void sample(void)
{
	struct mun_ingest_result out;
	struct mun_err e;

	mun_fault_arm(-1);
	test_must(ingest(&out, &e), &e);
	mun_fault_sample(STEP);
	mun_fault_restore();
	test_box_empty(&box);
}

static void fail_each(unsigned int calls, int err, int least)
{
	int unseen = 0;
	int failed = 0;
	int n = 0;

	mun_fault_install(calls, err);
	sample();
	for (;; n = mun_fault_next(n)) {
		struct mun_ingest_result out;
		struct mun_err e;
		bool fired;
		int rc;

		mun_fault_install(calls, err);
		mun_fault_arm(n);
		rc = ingest(&out, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		/* What fails in a sandboxed child is an error here, not seen. */
		if (!rc && !fired)
			break;
		unseen += !rc;
		failed++;
		assert_recovers(rc, &e, mun_fault_call_name(), n);
		test_box_empty(&box);
	}
	print_message("%s: %d of %d calls failed once, %d without harm\n",
		      strerror(err), failed, n, unseen);
	assert_true(n >= least);
	assert_true(unseen < failed);
}

static void a_full_disk_at_any_call_loses_nothing(void **state)
{
	(void)state;
	fail_each(MUN_CALL_MUTATING, ENOSPC, 60);
}

static void a_failing_call_of_any_kind_loses_nothing(void **state)
{
	(void)state;
	fail_each(MUN_CALL_ALL & ~MUN_CALL_BIT(MUN_CALL_FICLONE), EIO, 120);
}

static void a_failing_call_of_the_sandbox_loses_nothing(void **state)
{
	(void)state;
	children_too = true;
	fail_each(MUN_CALL_BIT(MUN_CALL_PREAD) | MUN_CALL_BIT(MUN_CALL_READ),
		  EIO, 10);
}

static void short_and_interrupted_calls_change_nothing(void **state)
{
	struct mun_ingest_result out;
	struct mun_err e;

	(void)state;
	mun_fault_install(MUN_CALL_ALL, EIO);
	mun_fault_arm(-1);
	mun_fault_short_writes(5000);
	mun_fault_short_reads(3001);
	mun_fault_eintr(true);
	test_must(ingest(&out, &e), &e);
	mun_fault_restore();
	test_box_assert_master(&box, out.id, image, BYTES);
	test_box_assert_clean(&box);
	assert_int_equal(out.bytes, BYTES);
}

/* EINTR from calls that are not simply to be made again. */
static void an_interrupted_call_of_any_kind_loses_nothing(void **state)
{
	(void)state;
	fail_each(MUN_CALL_BIT(MUN_CALL_OPEN) | MUN_CALL_BIT(MUN_CALL_CLOSE) |
			  MUN_CALL_BIT(MUN_CALL_FSYNC) |
			  MUN_CALL_BIT(MUN_CALL_FDATASYNC) |
			  MUN_CALL_BIT(MUN_CALL_FTRUNCATE),
		  EINTR, 30);
}

/* A file system that shares bytes, as far as one who asks can see. */
static int clones;

static int clone_by_copy(int to, int from)
{
	static uint8_t bytes[BYTES];

	clones++;
	if (pread(from, bytes, BYTES, 0) != (ssize_t)BYTES ||
	    pwrite(to, bytes, BYTES, 0) != (ssize_t)BYTES)
		return -1;
	return 0;
}

static void a_failing_call_after_a_clone_loses_nothing(void **state)
{
	const unsigned int calls = MUN_CALL_MUTATING |
				   MUN_CALL_BIT(MUN_CALL_FSTAT) |
				   MUN_CALL_BIT(MUN_CALL_PREAD);
	int failed = 0;
	int n = 0;

	(void)state;
	mun_fault_install(calls, EIO);
	mun_sys.ficlone = clone_by_copy;
	sample();
	for (;; n = mun_fault_next(n)) {
		struct mun_ingest_result out;
		struct mun_err e;
		bool fired;
		int rc;

		mun_fault_install(calls, EIO);
		mun_sys.ficlone = clone_by_copy;
		mun_fault_arm(n);
		rc = ingest(&out, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		if (!rc && !fired)
			break;
		failed++;
		assert_recovers(rc, &e, mun_fault_call_name(), n);
		test_box_empty(&box);
	}
	print_message("with a clone: %d of %d calls failed once\n", failed, n);
	assert_true(clones > failed / 2);
	assert_true(n > 60);
	test_box_assert_clean(&box);
}

/*
 * SQLite makes its own calls; its unix VFS lets them be replaced by name.
 */
static struct {
	sqlite3_vfs *vfs;
	int left; /* successes before the failure; negative: none */
	bool fired;
	int err;
} db = { .left = -1 };

static bool db_fails(void)
{
	if (db.left < 0 || db.fired || db.left-- > 0)
		return false;
	db.fired = true;
	errno = db.err;
	return true;
}

static ssize_t db_pwrite(int fd, const void *buf, size_t len, off_t off)
{
	return db_fails() ? -1 : pwrite(fd, buf, len, off);
}

static ssize_t db_write(int fd, const void *buf, size_t len)
{
	return db_fails() ? -1 : write(fd, buf, len);
}

static int db_ftruncate(int fd, off_t len)
{
	return db_fails() ? -1 : ftruncate(fd, len);
}

static int db_fallocate(int fd, off_t off, off_t len)
{
	return db_fails() ? -1 : posix_fallocate(fd, off, len);
}

static void db_install(int err)
{
	db.vfs = sqlite3_vfs_find("unix");
	assert_non_null(db.vfs);
	db.err = err;
#define SET(name, fn) \
	(void)db.vfs->xSetSystemCall(db.vfs, name, (sqlite3_syscall_ptr)(fn))
	SET("pwrite", db_pwrite);
	SET("pwrite64", db_pwrite);
	SET("write", db_write);
	SET("ftruncate", db_ftruncate);
	SET("fallocate", db_fallocate);
#undef SET
}

static void db_restore(void)
{
	(void)db.vfs->xSetSystemCall(db.vfs, NULL, NULL);
	db.left = -1;
}

/* The catalog's file cannot be written at some point of the last step, at its
 * write @n or one after that. */
static int fail_each_of_the_catalog(int err, int n)
{
	for (;; n += mun_test_step(STEP)) {
		struct mun_ingest_result out;
		struct mun_err e;
		int rc;

		db_install(err);
		db.left = n;
		db.fired = false;
		rc = ingest(&out, &e);
		db_restore();
		if (!db.fired) {
			test_must(rc, &e);
			return n;
		}
		/* As the next process will find it. */
		test_box_drop(&box);
		test_box_reopen(&box);
		assert_recovers(rc, &e, "catalog", n);
		test_box_empty(&box);
	}
}

static void a_catalog_that_cannot_be_written_loses_nothing(void **state)
{
	int n;

	(void)state;
	n = fail_each_of_the_catalog(EIO, 0);
	print_message("EIO: %d writes of the catalog\n", n);
	assert_true(n > 5);
	test_box_empty(&box);
	n = fail_each_of_the_catalog(ENOSPC, mun_test_long() ? 0 : STEP / 2);
	print_message("ENOSPC: %d writes of the catalog\n", n);
	assert_true(n > 5);
}

int main(void)
{
#define RICH(name) cmocka_unit_test_setup_teardown(name, setup_rich, teardown)
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_full_disk_at_any_call_loses_nothing),
		RICH(a_full_disk_at_any_call_loses_nothing),
		RICH(a_failing_call_of_any_kind_loses_nothing),
		TEST(a_failing_call_of_any_kind_loses_nothing),
		TEST(a_failing_call_of_the_sandbox_loses_nothing),
		TEST(short_and_interrupted_calls_change_nothing),
		TEST(an_interrupted_call_of_any_kind_loses_nothing),
		TEST(a_failing_call_after_a_clone_loses_nothing),
		TEST(a_catalog_that_cannot_be_written_loses_nothing),
	};

	assert_int_equal(pthread_atfork(NULL, NULL, in_a_child), 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
