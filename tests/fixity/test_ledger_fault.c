/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_ledger_fault.c - each call fails, or kills, once in turn */
#include "fixity/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/sys.h"
#include "tests/fixity/ledger_sample.h"

#define SEGMENT MUN_LEDGER_SEGMENT

static const char *const no_problem = "no problem";

/* The first problem of verify, or no_problem. */
static void keep_code(void *ctx, const struct mun_ledger_problem *p)
{
	char *code = ctx;

	if (!strcmp(code, no_problem))
		(void)snprintf(code, 64, "%s: %s", p->where, p->text);
}

static void assert_verifies(const struct ledger_sample *s)
{
	const struct mun_ledger_check how = { .keys = &s->known, .nkeys = 1 };
	struct mun_ledger_verdict v;
	struct mun_err e;
	char code[64];

	(void)snprintf(code, sizeof(code), "%s", no_problem);
	assert_int_equal(
		mun_ledger_verify(s->path, &how, keep_code, code, &v, &e), 0);
	assert_string_equal(code, no_problem);
	assert_int_equal(v.problems, 0);
}

/* Append entries up to @size in one sync, and sign; the first failure. */
static int grow_and_sign(const struct ledger_sample *s, uint64_t size,
			 uint64_t *left, struct mun_err *e)
{
	mun_auto(ledger) *l = NULL;
	struct mun_ledger_head h;
	char entry[512];
	int rc;

	rc = mun_ledger_open(s->path, true, &l, e);
	if (rc)
		return rc;
	for (uint64_t n = mun_ledger_size(l); !rc && n < size; n++)
		rc = mun_ledger_append(l, entry, ledger_sample_entry(n, entry),
				       e);
	if (!rc)
		rc = mun_ledger_sync(l, e);
	*left = mun_ledger_size(l);
	return rc ? rc : mun_ledger_sign(l, s->key, &h, e);
}

/* A ledger of @before entries grows to @after in one sync. */
static void fail_each(uint64_t before, uint64_t after, unsigned int calls)
{
	int n = 0;

	for (;; n++) {
		struct ledger_sample *s;
		struct mun_err e;
		uint64_t left = before;
		void *fresh;
		bool fired;
		int rc;

		(void)ledger_sample_set_up(&fresh);
		s = fresh;
		ledger_sample_grow(s, before, SEGMENT, before > 0);
		mun_fault_install(calls, EIO);
		mun_fault_arm(n);
		rc = grow_and_sign(s, after, &left, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		if (fired && rc) {
			assert_int_equal(rc, MUN_EIO);
			/* All of the batch, or nothing of it. */
			assert_true(left == before || left == after);
			ledger_sample_assert(s, left);
		} else if (!fired) {
			assert_int_equal(rc, 0);
		}
		assert_verifies(s);
		assert_int_equal(grow_and_sign(s, after, &left, &e), 0);
		ledger_sample_assert(s, after);
		assert_verifies(s);
		(void)ledger_sample_tear_down(&fresh);
		if (!fired)
			break;
	}
	print_message("%d calls failed\n", n);
	assert_true(n >= 10);
}

static void a_failing_call_leaves_all_or_nothing(void **state)
{
	(void)state;
	fail_each(0, 3, MUN_CALL_ALL);
	fail_each(7, 11, MUN_CALL_ALL);
}

static void a_failing_call_at_a_segments_end_leaves_all_or_nothing(void **state)
{
	(void)state;
	fail_each(SEGMENT - 2, SEGMENT, MUN_CALL_ALL);
	fail_each(SEGMENT - 2, SEGMENT + 2, MUN_CALL_ALL);
	fail_each(SEGMENT, SEGMENT + 1, MUN_CALL_ALL);
}

static void a_batch_of_two_segments_is_cut_back_whole(void **state)
{
	(void)state;
	fail_each(5, 2 * SEGMENT + 5, MUN_CALL_MUTATING);
}

/* After a failure the same handle goes on. */
static void a_failed_sync_can_be_tried_again(void **state)
{
	struct ledger_sample *s = *state;
	mun_auto(ledger) *l = NULL;
	char entry[512];
	struct mun_err e;

	ledger_sample_grow(s, 5, 5, false);
	assert_int_equal(mun_ledger_open(s->path, true, &l, &e), 0);
	mun_fault_install(MUN_CALL_BIT(MUN_CALL_FSYNC), ENOSPC);
	mun_fault_arm(0);
	assert_int_equal(
		mun_ledger_append(l, entry, ledger_sample_entry(5, entry), &e),
		0);
	assert_int_equal(mun_ledger_sync(l, &e), MUN_EIO);
	assert_int_equal(e.sys, ENOSPC);
	assert_int_equal(mun_ledger_size(l), 5);
	for (uint64_t n = 5; n < 8; n++)
		assert_int_equal(
			mun_ledger_append(l, entry,
					  ledger_sample_entry(n, entry), &e),
			0);
	assert_int_equal(mun_ledger_sync(l, &e), 0);
	ledger_sample_assert(s, 8);
}

static int no_fsync(int fd)
{
	(void)fd;
	errno = EIO;
	return -1;
}

/* Where not even the cutting back works, nothing more is written. */
static void a_ledger_of_unknown_state_is_not_written_to(void **state)
{
	struct ledger_sample *s = *state;
	mun_auto(ledger) *l = NULL;
	struct mun_err e;

	ledger_sample_grow(s, 5, 5, false);
	assert_int_equal(mun_ledger_open(s->path, true, &l, &e), 0);
	assert_int_equal(mun_ledger_append(l, "{}", 2, &e), 0);
	mun_sys.fsync = no_fsync;
	assert_int_equal(mun_ledger_sync(l, &e), MUN_EIO);
	mun_sys = mun_sys_real;
	assert_int_equal(mun_ledger_append(l, "{}", 2, &e), MUN_EIO);
	mun_ledger_close(mun_steal(&l));
	ledger_sample_grow(s, 9, 2, true);
	ledger_sample_assert(s, 9);
}

/* How often fsync(2) was called while the ledger grew to @size. */
static unsigned int syncs(const struct ledger_sample *s, uint64_t size,
			  bool sign)
{
	unsigned int n;

	mun_fault_install(0, EIO);
	ledger_sample_grow(s, size, 2 * SEGMENT, sign);
	n = mun_fault_count(MUN_CALL_FSYNC) +
	    mun_fault_count(MUN_CALL_FDATASYNC);
	mun_fault_restore();
	return n;
}

static void what_is_told_as_written_is_on_the_disk(void **state)
{
	struct ledger_sample *s = *state;

	/* The lines, and the name of their file. */
	assert_int_equal(syncs(s, 1, false), 2);
	assert_int_equal(syncs(s, 2, false), 1);
	/* A folder for keys and the key in it, two each; the head, and the
	 * name of its file. */
	assert_int_equal(syncs(s, 2, true), 1 + 2 + 2);
	assert_int_equal(syncs(s, 3, true), 1 + 1);
	/* The lines; the digest file and its name. */
	assert_int_equal(syncs(s, SEGMENT, false), 1 + 2);
	/* And the next segment, and its name. */
	assert_int_equal(syncs(s, 2 * SEGMENT, false), 2 + 2);
	assert_int_equal(syncs(s, 3 * SEGMENT + 1, false), 2 + 2 + 2);
}

/* A process that dies at its n-th call that changes a file. */
static int calls_to_live;

static void live_or_die(void)
{
	if (calls_to_live-- == 0)
		(void)kill(getpid(), SIGKILL);
}

static int mortal_open(const char *path, int flags, mode_t mode)
{
	if (flags & (O_CREAT | O_WRONLY))
		live_or_die();
	return mun_sys_real.open(path, flags, mode);
}

static ssize_t mortal_pwrite(int fd, const void *data, size_t len, off_t off)
{
	/* Half of it is on the disk, which tears a line. */
	if (calls_to_live == 0)
		(void)!mun_sys_real.pwrite(fd, data, len / 2, off);
	live_or_die();
	return mun_sys_real.pwrite(fd, data, len, off);
}

static ssize_t mortal_write(int fd, const void *data, size_t len)
{
	live_or_die();
	return mun_sys_real.write(fd, data, len);
}

static int mortal_ftruncate(int fd, off_t len)
{
	live_or_die();
	return mun_sys_real.ftruncate(fd, len);
}

static int mortal_fsync(int fd)
{
	live_or_die();
	return mun_sys_real.fsync(fd);
}

static int mortal_mkdir(const char *path, mode_t mode)
{
	live_or_die();
	return mun_sys_real.mkdir(path, mode);
}

static int mortal_rename_new(const char *from, const char *to)
{
	live_or_die();
	return mun_sys_real.rename_new(from, to);
}

static void become_mortal(int calls)
{
	calls_to_live = calls;
	mun_sys.open = mortal_open;
	mun_sys.pwrite = mortal_pwrite;
	mun_sys.write = mortal_write;
	mun_sys.ftruncate = mortal_ftruncate;
	mun_sys.fsync = mortal_fsync;
	mun_sys.mkdir = mortal_mkdir;
	mun_sys.rename_new = mortal_rename_new;
}

/* True where it was killed. */
static bool run_and_die(const struct ledger_sample *s, uint64_t size, int calls)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		struct mun_err e;
		uint64_t left;

		become_mortal(calls);
		_exit(-grow_and_sign(s, size, &left, &e));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	return WIFSIGNALED(status);
}

static void kill_each(uint64_t before, uint64_t after)
{
	bool killed = true;
	int n = 0;

	for (; killed; n++) {
		struct ledger_sample *s;
		uint64_t left;
		void *fresh;

		(void)ledger_sample_set_up(&fresh);
		s = fresh;
		ledger_sample_grow(s, before, SEGMENT, before > 0);
		killed = run_and_die(s, after, n);
		/* Entries are whole, in order, and none that was there is
		 * lost; both before the next writer came and after. */
		left = ledger_sample_whole(s);
		assert_true(left >= before && left <= after);
		assert_verifies(s);
		ledger_sample_grow(s, after + 1, SEGMENT, true);
		ledger_sample_assert(s, after + 1);
		assert_verifies(s);
		(void)ledger_sample_tear_down(&fresh);
	}
	print_message("killed at %d calls\n", n - 1);
	assert_true(n > 5);
}

static void a_killed_writer_leaves_whole_entries(void **state)
{
	(void)state;
	kill_each(0, 3);
	kill_each(7, 11);
	kill_each(SEGMENT - 2, SEGMENT);
	kill_each(SEGMENT - 2, SEGMENT + 2);
	kill_each(SEGMENT, SEGMENT + 1);
	kill_each(5, 2 * SEGMENT + 5);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, ledger_sample_set_up, \
					ledger_sample_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_failing_call_leaves_all_or_nothing),
		TEST(a_failing_call_at_a_segments_end_leaves_all_or_nothing),
		TEST(a_batch_of_two_segments_is_cut_back_whole),
		TEST(a_failed_sync_can_be_tried_again),
		TEST(a_ledger_of_unknown_state_is_not_written_to),
		TEST(what_is_told_as_written_is_on_the_disk),
		TEST(a_killed_writer_leaves_whole_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
