/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_export_kill.c - killed at any call, and in a race */
#include "emulate-export/export.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
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

/* A process that dies at its n-th call that changes a file. */
static atomic_int calls_to_live;

static void live_or_die(void)
{
	if (atomic_fetch_sub(&calls_to_live, 1) == 0)
		(void)kill(getpid(), SIGKILL);
}

static int mortal_open(const char *path, int flags, mode_t mode)
{
	if (flags & O_CREAT)
		live_or_die();
	return mun_sys_real.open(path, flags, mode);
}

static ssize_t mortal_pwrite(int fd, const void *data, size_t len, off_t off)
{
	live_or_die();
	return mun_sys_real.pwrite(fd, data, len, off);
}

static int mortal_mkdir(const char *path, mode_t mode)
{
	live_or_die();
	return mun_sys_real.mkdir(path, mode);
}

static int mortal_fsync(int fd)
{
	live_or_die();
	return mun_sys_real.fsync(fd);
}

static int mortal_rename_new(const char *from, const char *to)
{
	live_or_die();
	return mun_sys_real.rename_new(from, to);
}

static int mortal_rmdir(const char *path)
{
	live_or_die();
	return mun_sys_real.rmdir(path);
}

static void become_mortal(int calls)
{
	atomic_store(&calls_to_live, calls);
	mun_sys.open = mortal_open;
	mun_sys.pwrite = mortal_pwrite;
	mun_sys.mkdir = mortal_mkdir;
	mun_sys.fsync = mortal_fsync;
	mun_sys.rename_new = mortal_rename_new;
	mun_sys.rmdir = mortal_rmdir;
}

/* In a child, with a catalog of its own: SQLite does not survive fork(2).
 * @calls may pass; negative: any number.  It exits with the error's code. */
static pid_t start_export(enum mun_package_kind kind, int calls)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		char *db = mun_test_path(repo.dir, "catalog.db");
		struct mun_export_result out;
		struct mun_err e;

		if (mun_catalog_open(db, &repo.env.catalog, &e))
			_exit(50);
		if (calls >= 0)
			become_mortal(calls);
		_exit(-test_repository_export(&repo, kind, &out, &e));
	}
	return pid;
}

static int end_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* What was left is hidden, and the next export clears it up. */
static void assert_harmless(enum mun_package_kind kind)
{
	struct mun_export_result out;
	struct mun_err e;

	if (test_repository_packages(&repo)) {
		/* Killed after the name was given: what is there is whole. */
		assert_int_equal(test_repository_export(&repo, kind, &out, &e),
				 MUN_EEXIST);
		test_repository_clean(&repo);
		return;
	}
	assert_int_equal(events(), 0);
	assert_true(test_repository_entries(&repo) <= 1);
}

static void kill_each(enum mun_package_kind kind)
{
	int n = 0;

	for (;; n++) {
		int status = end_of(start_export(kind, n));

		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			break;
		}
		assert_int_equal(WTERMSIG(status), SIGKILL);
		assert_harmless(kind);
	}
	print_message("killed at %d calls\n", n);
	assert_true(n > 10);
	/* The last one had a killed one's leavings to clear. */
	assert_int_equal(test_repository_entries(&repo), 1);
	assert_int_equal(test_repository_packages(&repo), 1);
	assert_true(events() >= 1);
}

static void a_killed_export_leaves_only_a_hidden_name(void **state)
{
	(void)state;
	kill_each(MUN_PACKAGE_DIR);
}

static void a_killed_archive_leaves_only_a_hidden_name(void **state)
{
	(void)state;
	kill_each(MUN_PACKAGE_ZIP);
}

static void of_several_at_once_one_makes_it(void **state)
{
	pid_t pids[4];

	(void)state;
	for (int round = 0; round < 5; round++) {
		size_t before = events();
		int done = 0;

		for (size_t i = 0; i < 4; i++)
			pids[i] = start_export(MUN_PACKAGE_DIR, -1);
		for (size_t i = 0; i < 4; i++) {
			int status = end_of(pids[i]);

			assert_true(WIFEXITED(status));
			done += WEXITSTATUS(status) == 0;
			if (WEXITSTATUS(status))
				assert_true(WEXITSTATUS(status) == -MUN_EBUSY ||
					    WEXITSTATUS(status) == -MUN_EEXIST);
		}
		assert_int_equal(done, 1);
		assert_int_equal(events(), before + 1);
		assert_int_equal(test_repository_entries(&repo), 1);
		test_repository_clean(&repo);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_killed_export_leaves_only_a_hidden_name),
		TEST(a_killed_archive_leaves_only_a_hidden_name),
		TEST(of_several_at_once_one_makes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
