/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_file.c - files that are whole or absent, whatever fails */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/sys.h"
#include "tests/support/support.h"

/* Three writes each, with writes of at most two bytes. */
#define OLD "abcde"
#define NEW "vwxyz"

static bool chain_names(const struct mun_err *e, const char *what)
{
	return strstr(e->lines[e->depth - 1].text, what) != NULL;
}

/* Fail each system call in turn: no run may leave half a file behind. */
static void every_fault_leaves_all_or_nothing(void **state)
{
	char *dir = mun_test_dir();
	char *x = mun_test_path(dir, "x");
	struct mun_err e;
	bool fired;
	int n = 0;

	(void)state;
	mun_fault_install(MUN_CALL_MUTATING, EIO);
	mun_fault_short_writes(2);
	do {
		int rc;

		mun_fault_arm(n++);
		rc = mun_file_write_new(dir, "x", OLD, 5, &e);
		fired = mun_fault_fired();
		assert_int_equal(rc, fired ? MUN_EIO : 0);
		if (fired)
			assert_true(chain_names(&e, x));
		/* What is there under its name is whole; nothing else is. */
		assert_int_equal(mun_test_count_entries(dir),
				 mun_test_has_text(x, OLD));
		assert_int_equal(mun_test_has_text(x, OLD), !fired);
		(void)unlink(x);
	} while (fired);
	/* open, 3 short writes, fsync, close, rename, open and fsync of the
	 * folder, none */
	assert_int_equal(n, 10);
	mun_fault_restore();
	free(x);
	mun_test_dir_remove(dir);
}

static void every_fault_leaves_the_old_or_the_new(void **state)
{
	char *dir = mun_test_dir();
	char *x = mun_test_path(dir, "x");
	struct mun_err e;
	bool fired;
	int n = 0;

	(void)state;
	mun_fault_install(MUN_CALL_MUTATING | MUN_CALL_BIT(MUN_CALL_FSTAT),
			  ENOSPC);
	mun_fault_short_writes(2);
	do {
		bool renamed;
		int rc;

		mun_test_write(x, OLD, 5);
		mun_fault_arm(n++);
		rc = mun_file_replace(dir, "x", NEW, 5, &e);
		fired = mun_fault_fired();
		assert_int_equal(rc, fired ? MUN_EIO : 0);
		assert_true(!fired || (e.sys == ENOSPC && chain_names(&e, x)));
		assert_int_equal(mun_test_count_entries(dir), 1);
		/* Only the sync of the folder comes after the new name. */
		renamed = !fired || mun_fault_count(MUN_CALL_OPEN) == 2;
		assert_true(mun_test_has_text(x, renamed ? NEW : OLD));
	} while (fired);
	/* as above, and fstat for the rights */
	assert_int_equal(n, 11);
	mun_fault_restore();
	free(x);
	mun_test_dir_remove(dir);
}

static void bytes_and_name_are_synced_once_each(void **state)
{
	char *dir = mun_test_dir();
	struct mun_err e;

	(void)state;
	mun_fault_install(0, 0);
	assert_int_equal(mun_file_write_new(dir, "x", OLD, 5, &e), 0);
	assert_int_equal(mun_fault_count(MUN_CALL_FSYNC), 2);
	mun_fault_arm(-1);
	assert_int_equal(mun_file_replace(dir, "x", NEW, 5, &e), 0);
	assert_int_equal(mun_fault_count(MUN_CALL_FSYNC), 2);
	mun_fault_restore();
	mun_test_dir_remove(dir);
}

static void interrupted_and_short_calls_lose_nothing(void **state)
{
	char *dir = mun_test_dir();
	char *x = mun_test_path(dir, "x");
	char data[1000];
	char back[900];
	struct mun_err e;
	size_t len;
	char *all;
	int fd;

	(void)state;
	mun_test_pattern(data, sizeof(data), 1);
	mun_fault_install(0, 0);
	mun_fault_eintr(true);
	mun_fault_short_writes(7);
	mun_fault_short_reads(11);
	assert_int_equal(mun_file_write_new(dir, "x", data, sizeof(data), &e),
			 0);
	assert_int_equal(mun_file_read(x, 1000, &all, &len, &e), 0);
	assert_int_equal(len, sizeof(data));
	assert_memory_equal(all, data, len);
	free(all);

	fd = open(x, O_RDWR | O_CLOEXEC);
	assert_int_equal(mun_pwrite_all(fd, data, 500, 250, &e), 0);
	assert_int_equal(mun_pread_full(fd, back, 900, 100, &e), 0);
	assert_memory_equal(back, data + 100, 150);
	assert_memory_equal(back + 150, data, 500);
	assert_memory_equal(back + 650, data + 750, 250);
	mun_fault_restore();
	(void)close(fd);
	free(x);
	mun_test_dir_remove(dir);
}

static void a_read_past_the_end_tells_where_it_is(void **state)
{
	char *dir = mun_test_dir();
	char *x = mun_test_path(dir, "x");
	struct mun_err e;
	char buf[8];
	int fd;

	(void)state;
	mun_test_write(x, OLD, 5);
	fd = open(x, O_RDONLY | O_CLOEXEC);
	assert_int_equal(mun_pread_full(fd, buf, 4, 3, &e), MUN_ECORRUPT);
	assert_int_equal(e.sys, 0);
	assert_string_equal(e.lines[0].text, "ends at byte 5, 2 bytes early");
	(void)close(fd);
	free(x);
	mun_test_dir_remove(dir);
}

static void an_existing_file_is_never_written_over(void **state)
{
	char *dir = mun_test_dir();
	char *x = mun_test_path(dir, "x");
	struct mun_err e;

	(void)state;
	mun_test_write(x, OLD, 5);
	assert_int_equal(mun_file_write_new(dir, "x", NEW, 5, &e), MUN_EEXIST);
	assert_true(mun_test_has_text(x, OLD));
	assert_int_equal(mun_test_count_entries(dir), 1);
	free(x);
	mun_test_dir_remove(dir);
}

static void a_replaced_file_keeps_its_mode(void **state)
{
	char *dir = mun_test_dir();
	char *x = mun_test_path(dir, "x");
	struct mun_err e;
	struct stat st;

	(void)state;
	mun_test_write(x, OLD, 5);
	assert_int_equal(chmod(x, 0640), 0);
	assert_int_equal(mun_file_replace(dir, "x", NEW, 5, &e), 0);
	assert_int_equal(stat(x, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	free(x);
	mun_test_dir_remove(dir);
}

static void a_name_of_255_bytes_is_written(void **state)
{
	char *dir = mun_test_dir();
	char name[256];
	struct mun_err e;

	(void)state;
	memset(name, '%', 255);
	name[255] = '\0';
	assert_int_equal(mun_file_write_new(dir, name, OLD, 5, &e), 0);
	assert_int_equal(mun_file_replace(dir, name, NEW, 5, &e), 0);
	assert_int_equal(mun_test_count_entries(dir), 1);
	mun_test_dir_remove(dir);
}

static void only_small_regular_files_are_read(void **state)
{
	char *dir = mun_test_dir();
	char *x = mun_test_path(dir, "x");
	char *fifo = mun_test_path(dir, "fifo");
	struct mun_err e;
	size_t len;
	char *all;

	(void)state;
	mun_test_write(x, OLD, 5);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(mun_file_read(x, 5, &all, &len, &e), 0);
	assert_int_equal(len, 5);
	assert_string_equal(all, OLD);
	free(all);
	assert_int_equal(mun_file_read(x, 4, &all, &len, &e), MUN_ECORRUPT);
	assert_int_equal(mun_file_read(dir, 4, &all, &len, &e), MUN_EINVAL);
	assert_int_equal(mun_file_read(fifo, 4, &all, &len, &e), MUN_EINVAL);
	assert_non_null(strstr(e.lines[0].text, "is a FIFO"));
	(void)unlink(x);
	assert_int_equal(mun_file_read(x, 4, &all, &len, &e), MUN_ENOENT);
	/* A file of /proc says that it has 0 bytes. */
	assert_int_equal(
		mun_file_read("/proc/self/status", 65536, &all, &len, &e), 0);
	assert_true(len > 100 && strlen(all) == len);
	free(all);
	assert_int_equal(
		mun_file_read("/proc/self/status", 100, &all, &len, &e),
		MUN_ECORRUPT);
	free(fifo);
	free(x);
	mun_test_dir_remove(dir);
}

/* A folder whose name could not be synced must be gone, or the next call would
 * take it for durable. */
static void every_fault_leaves_durable_folders_only(void **state)
{
	char *dir = mun_test_dir();
	char *a = mun_test_path(dir, "a");
	struct mun_err e;
	bool fired;
	int n = 0;

	(void)state;
	/* A relative path, so that all folders of it are ours to make. */
	assert_int_equal(chdir(dir), 0);
	mun_fault_install(MUN_CALL_MUTATING, EIO);
	do {
		unsigned int made;
		int rc;

		mun_fault_arm(n++);
		rc = mun_mkdirs("a//b/c/", &e);
		fired = mun_fault_fired();
		assert_int_equal(rc, fired ? MUN_EIO : 0);
		made = mun_fault_count(MUN_CALL_MKDIR);
		if (fired)
			made--;
		assert_int_equal(mun_fault_count(MUN_CALL_RMDIR),
				 fired && mun_fault_call() != MUN_CALL_MKDIR);
		assert_int_equal(mun_test_count_entries(dir), made > 0);
		assert_int_equal(mun_tree_remove(a, &e), 0);
	} while (fired);
	/* three times mkdir, open and fsync of the parent; none */
	assert_int_equal(n, 10);
	mun_fault_restore();
	assert_int_equal(chdir("/"), 0);
	free(a);
	mun_test_dir_remove(dir);
}

static void folders_that_exist_are_success(void **state)
{
	char *dir = mun_test_dir();
	char *abc = mun_test_path(dir, "a/b/c");
	char *file = mun_test_path(dir, "file");
	char *below = mun_test_path(dir, "file/x");
	struct mun_err e;
	struct stat st;

	(void)state;
	assert_int_equal(mun_mkdirs(abc, &e), 0);
	assert_int_equal(mun_mkdirs(abc, &e), 0);
	assert_int_equal(stat(abc, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	mun_test_write(file, OLD, 5);
	assert_int_equal(mun_mkdirs(file, &e), MUN_EEXIST);
	assert_int_equal(mun_mkdirs(below, &e), MUN_EEXIST);
	assert_int_equal(mun_mkdirs("", &e), MUN_EINVAL);
	free(below);
	free(file);
	free(abc);
	mun_test_dir_remove(dir);
}

/* dir/t/{1,2,sub/3}; returns dir/t */
static char *make_tree(const char *dir)
{
	static const char *const files[] = { "t/1", "t/2", "t/sub/3" };
	char *sub = mun_test_path(dir, "t/sub");
	struct mun_err e;

	assert_int_equal(mun_mkdirs(sub, &e), 0);
	free(sub);
	for (size_t i = 0; i < 3; i++) {
		char *path = mun_test_path(dir, files[i]);

		mun_test_write(path, OLD, 5);
		free(path);
	}
	return mun_test_path(dir, "t");
}

static void a_tree_is_synced_file_by_file(void **state)
{
	char *dir = mun_test_dir();
	char *tree = make_tree(dir);
	char *link_path = mun_test_path(tree, "link");
	struct mun_err e;
	bool fired;
	int n = 0;

	(void)state;
	mun_fault_install(MUN_CALL_BIT(MUN_CALL_OPEN) |
				  MUN_CALL_BIT(MUN_CALL_FSYNC),
			  EIO);
	do {
		int rc;

		mun_fault_arm(n++);
		rc = mun_tree_sync(tree, &e);
		fired = mun_fault_fired();
		assert_int_equal(rc, fired ? MUN_EIO : 0);
	} while (fired);
	/* open and fsync of 3 files and 2 folders; none */
	assert_int_equal(n, 11);
	assert_int_equal(mun_fault_count(MUN_CALL_FSYNC), 5);
	mun_fault_restore();
	assert_int_equal(symlink("1", link_path), 0);
	assert_int_equal(mun_tree_sync(tree, &e), MUN_ECORRUPT);
	free(link_path);
	free(tree);
	mun_test_dir_remove(dir);
}

static void a_tree_is_removed_but_not_what_it_points_to(void **state)
{
	char *dir = mun_test_dir();
	char *tree = make_tree(dir);
	char *keep = mun_test_path(dir, "keep");
	char *inner = mun_test_path(dir, "keep/x");
	char *link_path = mun_test_path(tree, "link");
	struct mun_err e;

	(void)state;
	assert_int_equal(mkdir(keep, 0700), 0);
	mun_test_write(inner, OLD, 5);
	assert_int_equal(symlink("../keep", link_path), 0);
	assert_int_equal(mun_tree_remove(tree, &e), 0);
	assert_int_equal(mun_test_count_entries(dir), 1);
	assert_true(mun_test_has_text(inner, OLD));
	/* Gone already is what was wanted. */
	assert_int_equal(mun_tree_remove(tree, &e), 0);
	assert_int_equal(mun_tree_remove(inner, &e), 0);
	assert_int_equal(mun_test_count_entries(keep), 0);
	free(link_path);
	free(inner);
	free(keep);
	free(tree);
	mun_test_dir_remove(dir);
}

static void a_file_that_cannot_be_removed_is_named(void **state)
{
	char *dir = mun_test_dir();
	char *tree = make_tree(dir);
	struct mun_err e;
	char text[1024];

	(void)state;
	mun_fault_install(MUN_CALL_BIT(MUN_CALL_UNLINK), EACCES);
	mun_fault_arm(1);
	assert_int_equal(mun_tree_remove(tree, &e), MUN_EIO);
	mun_fault_restore();
	(void)mun_err_text(&e, text, sizeof(text), 0);
	assert_non_null(strstr(text, "t/2'"));
	free(tree);
	mun_test_dir_remove(dir);
}

static void only_paths_below_are_safe(void **state)
{
	static const struct {
		const char *path;
		bool safe;
	} table[] = {
		{ "a", true },       { "a/b", true },     { "...", true },
		{ "a/..b/c", true }, { ".a", true },      { "a\nb", true },
		{ "", false },       { "/", false },      { "/a", false },
		{ "a/", false },     { "a//b", false },   { ".", false },
		{ "..", false },     { "a/..", false },   { "../a", false },
		{ "a/./b", false },  { "a/../b", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (mun_path_is_safe(table[i].path) != table[i].safe)
			fail_msg("'%s'", table[i].path);
}

static void the_last_part_of_a_path_and_plain_names(void **state)
{
	static const struct {
		const char *path, *last;
		bool plain; /* the last part */
	} table[] = {
		{ "a", "a", true },
		{ "a/b.img", "b.img", true },
		{ "/", "", false },
		{ "a/", "", false },
		{ "", "", false },
		{ "x/.hidden", ".hidden", false },
		{ "-rf", "-rf", false },
		{ "x/..", "..", false },
		{ "a b", "a b", false },
		{ "A_1-2.d64", "A_1-2.d64", true },
		{ "$(x)", "$(x)", false },
		{ "a\nb", "a\nb", false },
		{ "\xc3\xa4", "\xc3\xa4", false },
	};
	char longest[66];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *last = mun_path_last(table[i].path);

		assert_string_equal(last, table[i].last);
		if (mun_path_is_plain(last) != table[i].plain)
			fail_msg("'%s'", last);
	}
	memset(longest, 'a', 65);
	longest[65] = '\0';
	assert_false(mun_path_is_plain(longest));
	assert_true(mun_path_is_plain(longest + 1));
}

static void paths_join_with_one_slash(void **state)
{
	static const char *const table[][3] = {
		{ "a", "b", "a/b" },
		{ "a/", "b", "a/b" },
		{ "/", "b", "/b" },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct mun_err e;
		char *path;

		assert_int_equal(
			mun_path_join(table[i][0], table[i][1], &path, &e), 0);
		assert_string_equal(path, table[i][2]);
		free(path);
	}
}

/* In a child: the lock must be refused, and by our number. */
static int lock_elsewhere(const char *path, pid_t owner)
{
	char want[64];
	char text[1024];
	struct mun_err e;
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		int fd;

		if (mun_lock_take(path, &fd, &e) != MUN_EBUSY)
			_exit(1);
		(void)snprintf(want, sizeof(want), "held by process %jd",
			       (intmax_t)owner);
		(void)mun_err_text(&e, text, sizeof(text), 0);
		_exit(strstr(text, want) ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void a_second_process_is_refused_with_the_owner(void **state)
{
	char *dir = mun_test_dir();
	char *lock = mun_test_path(dir, "lock");
	struct mun_err e;
	char want[24];
	int fd;

	(void)state;
	(void)snprintf(want, sizeof(want), "%jd\n", (intmax_t)getpid());
	/* Longer than any number: the old text must not show through. */
	mun_test_write(lock, "99999999999999999999\n", 21);
	assert_int_equal(mun_lock_take(lock, &fd, &e), 0);
	assert_true(mun_test_has_text(lock, want));
	assert_int_equal(lock_elsewhere(lock, getpid()), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(mun_lock_take(lock, &fd, &e), 0);
	assert_int_equal(close(fd), 0);
	free(lock);
	mun_test_dir_remove(dir);
}

static void a_lock_dies_with_its_process(void **state)
{
	char *dir = mun_test_dir();
	char *lock = mun_test_path(dir, "lock");
	struct mun_err e;
	int status;
	pid_t pid;
	int fd;

	(void)state;
	pid = fork();
	if (pid == 0)
		_exit(mun_lock_take(lock, &fd, &e) != 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(mun_lock_take(lock, &fd, &e), 0);
	assert_int_equal(close(fd), 0);
	free(lock);
	mun_test_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fault_leaves_all_or_nothing),
		cmocka_unit_test(every_fault_leaves_the_old_or_the_new),
		cmocka_unit_test(bytes_and_name_are_synced_once_each),
		cmocka_unit_test(interrupted_and_short_calls_lose_nothing),
		cmocka_unit_test(a_read_past_the_end_tells_where_it_is),
		cmocka_unit_test(an_existing_file_is_never_written_over),
		cmocka_unit_test(a_replaced_file_keeps_its_mode),
		cmocka_unit_test(a_name_of_255_bytes_is_written),
		cmocka_unit_test(only_small_regular_files_are_read),
		cmocka_unit_test(every_fault_leaves_durable_folders_only),
		cmocka_unit_test(folders_that_exist_are_success),
		cmocka_unit_test(a_tree_is_synced_file_by_file),
		cmocka_unit_test(a_tree_is_removed_but_not_what_it_points_to),
		cmocka_unit_test(a_file_that_cannot_be_removed_is_named),
		cmocka_unit_test(only_paths_below_are_safe),
		cmocka_unit_test(the_last_part_of_a_path_and_plain_names),
		cmocka_unit_test(paths_join_with_one_slash),
		cmocka_unit_test(a_second_process_is_refused_with_the_owner),
		cmocka_unit_test(a_lock_dies_with_its_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
