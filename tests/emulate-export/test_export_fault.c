/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_export_fault.c - what goes wrong leaves nothing */
#include "emulate-export/export.h"

#include <errno.h>
#include <glob.h>
#include <sqlite3.h>
#include <unistd.h>

#include "core/sys.h"
#include "tests/emulate-export/repository.h"
#include "tests/support/support.h"

#define BYTES ((size_t)160 * 1024)

static struct test_repository repo;
static uint8_t image[BYTES];

static int setup(void **state)
{
	const struct test_object o = {
		.data = image, .len = BYTES, .name = "disk.img", .format = "raw"
	};

	(void)state;
	mun_test_pattern(image, BYTES, 7);
	test_repository_open(&repo);
	test_repository_put(&repo, &o);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_fault_restore();
	mun_sys = mun_sys_real;
	test_repository_close(&repo);
	return 0;
}

static size_t events(void)
{
	return test_repository_events(&repo, "dissemination");
}

/* One export with its n-th call failing; false when there was no n-th. */
static bool fail_one(enum mun_package_kind kind, unsigned int calls, int n,
		     bool all_cleaned)
{
	size_t before = events();
	struct mun_export_result out;
	struct mun_err e;
	bool fired;
	int rc;

	mun_fault_install(calls, EIO);
	mun_fault_arm(n);
	rc = test_repository_export(&repo, kind, &out, &e);
	fired = mun_fault_fired();
	mun_fault_restore();
	/* What fails in the sandboxed child is an error here, and not seen. */
	if (!rc && !fired)
		return false;
	/* An open that is refused O_DIRECT is tried without it; and what only
	 * removes may fail.  Then all must be there. */
	if (!rc && all_cleaned && mun_fault_call() != MUN_CALL_OPEN)
		fail_msg("%s failed unseen, call %d", mun_fault_call_name(), n);
	assert_int_equal(test_repository_packages(&repo), rc ? 0 : 1);
	assert_int_equal(events(), before + (rc ? 0 : 1));
	assert_int_equal(out.verified, rc == 0);
	if (all_cleaned)
		assert_int_equal(test_repository_entries(&repo), rc ? 0 : 1);
	return true;
}

static void fail_each(enum mun_package_kind kind, unsigned int calls,
		      bool all_cleaned)
{
	int n = 0;

	while (fail_one(kind, calls, n, all_cleaned)) {
		test_repository_clean(&repo);
		n++;
	}
	print_message("%d calls failed once\n", n);
	/* It was worth the name. */
	assert_true(n > 30);
	assert_int_equal(test_repository_packages(&repo), 1);
	assert_int_equal(test_repository_entries(&repo), 1);
}

#define WRITING (MUN_CALL_MUTATING | MUN_CALL_BIT(MUN_CALL_PREAD))

static void every_failing_call_leaves_no_folder(void **state)
{
	(void)state;
	fail_each(MUN_PACKAGE_DIR, WRITING, true);
}

static void every_failing_call_leaves_no_zip(void **state)
{
	(void)state;
	fail_each(MUN_PACKAGE_ZIP, WRITING, true);
}

static void every_failing_call_leaves_no_tar(void **state)
{
	(void)state;
	fail_each(MUN_PACKAGE_TAR, WRITING, true);
}

/* A disk that is written as VHD beside the package, decoded, and taken in. */
static void every_failing_call_leaves_no_other_format(void **state)
{
	static uint8_t disk[(size_t)3 << 20];
	const struct test_object o = { .data = disk,
				       .len = sizeof(disk),
				       .name = "disk.img",
				       .format = "raw" };

	(void)state;
	memset(disk, 'x', 4096);
	test_repository_put(&repo, &o);
	repo.target = "hyperv";
	fail_each(MUN_PACKAGE_ZIP, WRITING, true);
}

static void failing_removals_leave_hidden_names_only(void **state)
{
	(void)state;
	fail_each(MUN_PACKAGE_DIR,
		  MUN_CALL_BIT(MUN_CALL_UNLINK) | MUN_CALL_BIT(MUN_CALL_RMDIR) |
			  WRITING,
		  false);
}

static void short_and_interrupted_calls_change_nothing(void **state)
{
	struct mun_export_result out;
	struct mun_err e;
	char *path;
	char *text;

	(void)state;
	mun_fault_install(MUN_CALL_ALL, EIO);
	mun_fault_arm(-1);
	mun_fault_short_writes(1000);
	mun_fault_short_reads(3000);
	mun_fault_eintr(true);
	assert_int_equal(
		test_repository_export(&repo, MUN_PACKAGE_ZIP, &out, &e), 0);
	assert_int_equal(
		test_repository_export(&repo, MUN_PACKAGE_DIR, &out, &e), 0);
	mun_fault_restore();
	path = mun_test_path(out.path, out.images[0].path);
	text = mun_test_read(path, NULL);
	assert_memory_equal(text, image, BYTES);
	free(text);
	free(path);
}

static void sql(const char *text)
{
	char *db = mun_test_path(repo.dir, "catalog.db");
	sqlite3 *c;

	assert_int_equal(sqlite3_open(db, &c), SQLITE_OK);
	assert_int_equal(sqlite3_exec(c, text, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(c), SQLITE_OK);
	free(db);
}

/* The catalog says no at the very end. */
static void an_event_that_is_not_recorded_takes_the_package_back(void **state)
{
	struct mun_export_result out;
	struct mun_err e;

	(void)state;
	sql("CREATE TRIGGER no BEFORE INSERT ON event BEGIN "
	    "SELECT RAISE(ABORT, 'no'); END");
	assert_int_not_equal(
		test_repository_export(&repo, MUN_PACKAGE_DIR, &out, &e), 0);
	assert_int_equal(test_repository_entries(&repo), 0);
	assert_int_not_equal(
		test_repository_export(&repo, MUN_PACKAGE_TAR, &out, &e), 0);
	assert_int_equal(test_repository_entries(&repo), 0);
	sql("DROP TRIGGER no");
	assert_int_equal(events(), 0);
	assert_int_equal(
		test_repository_export(&repo, MUN_PACKAGE_DIR, &out, &e), 0);
}

/* A disk that says "written" and keeps something else. */
static const char *bad_pattern; /* of the file, in the output folder */
static unsigned int flipped;

static int bad_fdatasync(int fd)
{
	int rc = mun_sys_real.fdatasync(fd);
	char *full = mun_test_path(repo.out, bad_pattern);
	glob_t g;

	if (!flipped && !glob(full, 0, NULL, &g)) {
		test_flip(g.gl_pathv[0], 70000);
		flipped++;
		globfree(&g);
	}
	free(full);
	return rc;
}

static void a_disk_that_keeps_other_bytes_is_found_out(void **state)
{
	static const struct {
		enum mun_package_kind kind;
		const char *pattern;
	} cases[] = {
		{ MUN_PACKAGE_DIR, ".*.partial/*/data/media/floppy.img" },
		{ MUN_PACKAGE_ZIP, ".*.partial/*.zip" },
		{ MUN_PACKAGE_TAR, ".*.partial/*.tar" },
	};

	(void)state;
	mun_sys.fdatasync = bad_fdatasync;
	for (size_t i = 0; i < 3; i++) {
		struct mun_export_result out;
		struct mun_err e;
		int rc;

		bad_pattern = cases[i].pattern;
		flipped = 0;
		rc = test_repository_export(&repo, cases[i].kind, &out, &e);
		assert_int_equal(flipped, 1);
		assert_true(rc == MUN_EFIXITY || rc == MUN_ECORRUPT);
		assert_int_equal(test_repository_entries(&repo), 0);
		assert_int_equal(events(), 0);
	}
}

/* Blocks that are shared: really (by copying), and as a lie. */
static int clone_by_copying(int dst, int src)
{
	static uint8_t buf[BYTES];
	ssize_t n = pread(src, buf, sizeof(buf), 0);

	return n >= 0 && pwrite(dst, buf, (size_t)n, 0) == n ? 0 : -1;
}

static int clone_by_lying(int dst, int src)
{
	(void)src;
	return ftruncate(dst, BYTES);
}

static unsigned int image_writes;

static ssize_t counting_pwrite(int fd, const void *data, size_t len, off_t off)
{
	image_writes += len >= BYTES;
	return mun_sys_real.pwrite(fd, data, len, off);
}

static void shared_blocks_are_believed_only_after_reading(void **state)
{
	struct mun_export_result out;
	struct mun_err e;
	char *path;
	char *text;

	(void)state;
	mun_sys.pwrite = counting_pwrite;
	mun_sys.ficlone = clone_by_copying;
	assert_int_equal(
		test_repository_export(&repo, MUN_PACKAGE_DIR, &out, &e), 0);
	assert_int_equal(image_writes, 0);
	path = mun_test_path(out.path, out.images[0].path);
	text = mun_test_read(path, NULL);
	assert_memory_equal(text, image, BYTES);
	free(text);
	free(path);
	test_repository_clean(&repo);
	mun_sys.ficlone = clone_by_lying;
	assert_int_equal(
		test_repository_export(&repo, MUN_PACKAGE_DIR, &out, &e),
		MUN_EFIXITY);
	assert_int_equal(test_repository_entries(&repo), 0);
	assert_int_equal(events(), 1);
}

/* Somebody else takes the name while we are at work. */
static int taking_fdatasync(int fd)
{
	char *hidden = mun_test_path(repo.out, ".*.partial/*.zip");
	glob_t g;

	if (!glob(hidden, 0, NULL, &g)) {
		char *place = mun_test_path(repo.out,
					    strrchr(g.gl_pathv[0], '/') + 1);

		mun_test_write(place, "theirs", 6);
		free(place);
		globfree(&g);
	}
	free(hidden);
	return mun_sys_real.fdatasync(fd);
}

static void a_name_that_is_taken_meanwhile_is_left_alone(void **state)
{
	struct mun_export_result out;
	struct mun_err e;
	char *full = mun_test_path(repo.out, "*.zip");
	glob_t g;

	(void)state;
	mun_sys.fdatasync = taking_fdatasync;
	assert_int_equal(
		test_repository_export(&repo, MUN_PACKAGE_ZIP, &out, &e),
		MUN_EEXIST);
	assert_int_equal(test_repository_entries(&repo), 1);
	assert_int_equal(glob(full, 0, NULL, &g), 0);
	assert_true(mun_test_has_text(g.gl_pathv[0], "theirs"));
	assert_int_equal(events(), 0);
	globfree(&g);
	free(full);
}

static unsigned int syncs_before;
static unsigned int syncs_after;
static bool has_its_name;

static int counting_fsync(int fd)
{
	*(has_its_name ? &syncs_after : &syncs_before) += 1;
	return mun_sys_real.fsync(fd);
}

static int noting_rename_new(const char *from, const char *to)
{
	has_its_name = true;
	return mun_sys_real.rename_new(from, to);
}

static void count_syncs(enum mun_package_kind kind)
{
	struct mun_export_result out;
	struct mun_err e;

	has_its_name = false;
	syncs_before = 0;
	syncs_after = 0;
	assert_int_equal(test_repository_export(&repo, kind, &out, &e), 0);
	assert_int_equal(syncs_after, 1);
}

/* Bytes are synced by fdatasync; names by these. */
static void names_are_durable_before_anything_is_recorded(void **state)
{
	unsigned int folders;

	(void)state;
	mun_sys.fsync = counting_fsync;
	mun_sys.rename_new = noting_rename_new;
	/* The output folder's own name is made by the first one. */
	count_syncs(MUN_PACKAGE_TAR);
	count_syncs(MUN_PACKAGE_ZIP);
	/* The folder that holds the archive. */
	assert_int_equal(syncs_before, 1);
	count_syncs(MUN_PACKAGE_DIR);
	/* Bag, data, media, metadata: once when they are made and once with
	 * what is in them; and 10 files. */
	folders = 4;
	assert_true(syncs_before >= 2 * folders + 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_failing_call_leaves_no_folder),
		TEST(every_failing_call_leaves_no_zip),
		TEST(every_failing_call_leaves_no_tar),
		TEST(every_failing_call_leaves_no_other_format),
		TEST(failing_removals_leave_hidden_names_only),
		TEST(short_and_interrupted_calls_change_nothing),
		TEST(an_event_that_is_not_recorded_takes_the_package_back),
		TEST(a_disk_that_keeps_other_bytes_is_found_out),
		TEST(a_name_that_is_taken_meanwhile_is_left_alone),
		TEST(names_are_durable_before_anything_is_recorded),
		TEST(shared_blocks_are_believed_only_after_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
