/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_make_media_fault.c - a whole image, or none */
#include "emulate-export/make_media.h"

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/check.h"
#include "core/sys.h"
#include "tests/emulate-export/made.h"
#include "tests/support/mortal.h"
#include "tests/support/support.h"

#define CALLS \
	(MUN_CALL_MUTATING | MUN_CALL_BIT(MUN_CALL_PREAD) | \
	 MUN_CALL_BIT(MUN_CALL_FSTAT))

static const enum mun_make_kind kinds[] = { MUN_MAKE_ISO, MUN_MAKE_FAT };

/* What an undisturbed run makes of "in". */
static char sha[2][65];

static void prepare(void)
{
	made_file("readme.txt", 100);
	made_file("A long name with blanks.html", 50000);
	made_file("sub/data.bin", 1500000);
	made_file("sub/deep/none", 0);
	for (size_t i = 0; i < 2; i++) {
		struct mun_make m = { .kind = kinds[i] };
		size_t len = 0;
		char *path = mun_test_path(made_out, "x");

		free(made_image(&m, "x", &len));
		memcpy(sha[i], m.sha256, 65);
		mun_make_clear(&m);
		assert_int_equal(unlink(path), 0);
		free(path);
	}
}

static void empty_out(void)
{
	char *pattern = mun_test_path(made_out, "{.muniment-*.part,x}");
	glob_t g = { 0 };

	if (!glob(pattern, GLOB_BRACE, NULL, &g))
		for (size_t i = 0; i < g.gl_pathc; i++)
			assert_int_equal(unlink(g.gl_pathv[i]), 0);
	globfree(&g);
	free(pattern);
	assert_int_equal(mun_test_count_entries(made_out), 0);
}

static bool is_there(void)
{
	char *path = mun_test_path(made_out, "x");
	bool there = !access(path, F_OK);

	free(path);
	return there;
}

/* One run with its n-th call failing; false when there was no n-th. */
static bool fail_one(size_t kind, int err, int n)
{
	struct mun_make m = { .kind = kinds[kind] };
	struct mun_err e;
	bool fired;
	int rc;

	mun_fault_install(CALLS, err);
	mun_fault_arm(n);
	rc = made_run(&m, "x", &e);
	fired = mun_fault_fired();
	mun_fault_restore();
	/* An open refused O_DIRECT is done without. */
	if (!rc && fired && mun_fault_call() != MUN_CALL_OPEN)
		fail_msg("%s failed unseen, call %d", mun_fault_call_name(), n);
	if (rc)
		assert_int_equal(e.sys, err);
	assert_int_equal(mun_test_count_entries(made_out), rc ? 0 : 1);
	assert_int_equal(is_there(), !rc);
	assert_string_equal(m.sha256, rc ? "" : sha[kind]);
	mun_make_clear(&m);
	empty_out();
	return fired;
}

static void every_failing_call_leaves_no_image(void **state)
{
	static const int errors[] = { EIO, ENOSPC };

	(void)state;
	prepare();
	for (size_t kind = 0; kind < 2; kind++) {
		for (size_t i = 0; i < 2; i++) {
			int n = 0;

			while (fail_one(kind, errors[i], n))
				n++;
			print_message("%d calls failed once\n", n);
			assert_true(n > 20);
		}
	}
}

static void short_reads_and_writes_make_no_difference(void **state)
{
	(void)state;
	prepare();
	for (size_t kind = 0; kind < 2; kind++) {
		struct mun_make m = { .kind = kinds[kind] };
		struct mun_err e;

		mun_fault_install(CALLS, EIO);
		mun_fault_arm(-1);
		mun_fault_short_writes(1000);
		mun_fault_short_reads(777);
		mun_fault_eintr(true);
		assert_int_equal(made_run(&m, "x", &e), 0);
		mun_fault_restore();
		assert_string_equal(m.sha256, sha[kind]);
		mun_make_clear(&m);
		empty_out();
	}
}

static int end_of_a_mortal(size_t kind, int calls)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct mun_make m = { .kind = kinds[kind] };
		struct mun_err e;

		mun_test_mortal(calls);
		_exit(-made_run(&m, "x", &e));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void killed_at_any_call_it_leaves_no_half_image(void **state)
{
	(void)state;
	prepare();
	for (size_t kind = 0; kind < 2; kind++) {
		struct mun_make m = { .kind = kinds[kind] };
		int n = 0;

		for (;; n++) {
			int status = end_of_a_mortal(kind, n);

			if (WIFEXITED(status)) {
				assert_int_equal(WEXITSTATUS(status), 0);
				break;
			}
			assert_int_equal(WTERMSIG(status), SIGKILL);
			/* Killed after it got its name, it is whole: the name
			 * is given once; else it has none. */
			assert_true(mun_test_count_entries(made_out) <= 1);
			if (is_there()) {
				char *path = mun_test_path(made_out, "x");
				char *moved = mun_test_path(made_dir, "moved");
				size_t len = 0;
				size_t len2 = 0;
				char *a = mun_test_read(path, &len);
				char *b;

				assert_int_equal(rename(path, moved), 0);
				b = made_image(&m, "x", &len2);
				assert_int_equal(len, len2);
				assert_memory_equal(a, b, len);
				mun_make_clear(&m);
				free(a);
				free(b);
				free(path);
				free(moved);
			}
			empty_out();
		}
		print_message("killed at %d calls\n", n);
		assert_true(n > 5);
		empty_out();
	}
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, made_setup, made_teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_failing_call_leaves_no_image),
		TEST(short_reads_and_writes_make_no_difference),
		TEST(killed_at_any_call_it_leaves_no_half_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
