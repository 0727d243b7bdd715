/* SPDX-License-Identifier: Apache-2.0 */
/* tests/audit/test_storelock.c - locks of the living, the dead and strangers */
#include "audit/storelock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "core/clock.h"
#include "core/log.h"
#include "tests/support/support.h"

static char said[512];

static void hear(void *ctx, enum mun_log_level level, const char *text)
{
	(void)ctx;
	(void)level;
	(void)snprintf(said, sizeof(said), "%s", text);
}

struct fixture {
	char *dir;
	char *path;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->dir = mun_test_dir();
	f->path = mun_test_path(f->dir, "audit-main.lock");
	said[0] = '\0';
	mun_log_set_sink(hear, NULL);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	mun_log_set_sink(NULL, NULL);
	mun_test_dir_remove(f->dir);
	free(f->path);
	free(f);
	return 0;
}

/* A child that holds the lock and says so through the pipe. */
static pid_t start_owner(const struct fixture *f)
{
	int told[2];
	pid_t child;
	char c;

	assert_int_equal(pipe(told), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		struct mun_store_lock *l;
		struct mun_err e;

		if (mun_store_lock_take(f->dir, "main", &l, &e) ||
		    write(told[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(told[0], &c, 1), 1);
	(void)close(told[0]);
	(void)close(told[1]);
	return child;
}

static void end_owner(pid_t child)
{
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void a_lock_is_written_renewed_and_emptied(void **state)
{
	const struct fixture *f = *state;
	struct mun_store_lock *l;
	struct mun_err e;
	char want[64];
	char *text;

	assert_int_equal(mun_store_lock_take(f->dir, "main", &l, &e), 0);
	text = mun_test_read(f->path, NULL);
	(void)snprintf(want, sizeof(want), "\"pid\":%d,", (int)getpid());
	if (!strstr(text, want) || !strstr(text, "\"heartbeat\":\"20") ||
	    !strstr(text, "\"boot_id\":") || !strstr(text, "\"host\":") ||
	    !strstr(text, "\"started\":\"20"))
		fail_msg("%s", text);
	free(text);
	assert_int_equal(mun_store_lock_beat(l, &e), 0);
	mun_store_lock_release(l);
	assert_true(mun_test_has_text(f->path, ""));
	assert_int_equal(mun_store_lock_take(f->dir, "main", &l, &e), 0);
	mun_store_lock_release(l);
	assert_string_equal(said, "");
	mun_store_lock_release(NULL);
}

static int64_t fixed_ms;

static int64_t fixed_now(void)
{
	return fixed_ms;
}

static void a_beat_writes_the_time_and_keeps_the_start(void **state)
{
	const struct fixture *f = *state;
	struct mun_store_lock *l;
	struct mun_err e;
	char *text;

	fixed_ms = INT64_C(1800000000000); /* 2027-01-15T08:00:00Z */
	mun_now_ms = fixed_now;
	assert_int_equal(mun_store_lock_take(f->dir, "main", &l, &e), 0);
	fixed_ms += 90000;
	assert_int_equal(mun_store_lock_beat(l, &e), 0);
	text = mun_test_read(f->path, NULL);
	assert_non_null(strstr(text, "\"started\":\"2027-01-15T08:00:00Z\""));
	assert_non_null(strstr(text, "\"heartbeat\":\"2027-01-15T08:01:30Z\""));
	free(text);
	mun_store_lock_release(l);
	mun_now_ms = mun_clock_real_ms;
}

static void stores_do_not_lock_each_other_out(void **state)
{
	const struct fixture *f = *state;
	struct mun_store_lock *a;
	struct mun_store_lock *b;
	struct mun_err e;

	assert_int_equal(mun_store_lock_take(f->dir, "main", &a, &e), 0);
	assert_int_equal(mun_store_lock_take(f->dir, "tape-2", &b, &e), 0);
	mun_store_lock_release(a);
	mun_store_lock_release(b);
	assert_int_equal(mun_store_lock_take(f->dir, "../main", &a, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_store_lock_take(f->dir, "", &a, &e), MUN_EINVAL);
}

static void a_living_owner_is_named_with_its_start(void **state)
{
	const struct fixture *f = *state;
	struct mun_store_lock *l;
	struct mun_err e;
	pid_t child = start_owner(f);
	char text[512];
	char want[64];

	assert_int_equal(mun_store_lock_take(f->dir, "main", &l, &e),
			 MUN_EBUSY);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	(void)snprintf(want, sizeof(want), "process %d on ", (int)child);
	if (!strstr(text, want) || !strstr(text, " since 20"))
		fail_msg("%s", text);
	end_owner(child);
}

static void a_killed_owners_lock_is_taken_over_and_said(void **state)
{
	const struct fixture *f = *state;

	for (int i = 0; i < 20; i++) {
		struct mun_store_lock *l;
		struct mun_err e;
		pid_t child = start_owner(f);
		char want[64];

		end_owner(child);
		assert_false(mun_test_has_text(f->path, ""));
		said[0] = '\0';
		assert_int_equal(mun_store_lock_take(f->dir, "main", &l, &e),
				 0);
		(void)snprintf(want, sizeof(want), "process %d on ",
			       (int)child);
		if (!strstr(said, want) || !strstr(said, "last seen 20"))
			fail_msg("%s", said);
		mun_store_lock_release(l);
	}
}

/* flock(2) finds nobody, as on a file system that does not share it. */
static void write_stranger(const struct fixture *f, const char *host,
			   int64_t age_s)
{
	char seen[MUN_TIME_LEN];
	char text[512];

	mun_time_text(mun_now_ms() - age_s * 1000, seen);
	(void)snprintf(text, sizeof(text),
		       "{\"pid\":77,\"host\":\"%s\",\"boot_id\":\"b\","
		       "\"started\":\"2026-01-02T03:04:05Z\","
		       "\"heartbeat\":\"%s\"}\n",
		       host, seen);
	mun_test_write(f->path, text, strlen(text));
}

static void another_host_lives_while_its_heart_beats(void **state)
{
	static const struct {
		int64_t age;
		int rc;
	} table[] = {
		{ 0, MUN_EBUSY },    { 299, MUN_EBUSY }, { 302, 0 },
		{ 86400, 0 },        { -60, MUN_EBUSY }, /* its clock is ahead */
		{ -86400 * 365, 0 }, /* one of both clocks tells nothing */
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct mun_store_lock *l = NULL;
		struct mun_err e;
		char text[512];

		write_stranger(f, "elsewhere", table[i].age);
		assert_int_equal(mun_store_lock_take(f->dir, "main", &l, &e),
				 table[i].rc);
		mun_store_lock_release(l);
		if (!table[i].rc)
			continue;
		(void)mun_err_text(&e, text, sizeof(text), 0);
		assert_non_null(strstr(text, "process 77 on elsewhere since "
					     "2026-01-02T03:04:05Z"));
	}
}

static void this_host_before_its_restart_is_dead(void **state)
{
	const struct fixture *f = *state;
	struct mun_store_lock *l;
	struct mun_err e;
	char host[256] = "";

	(void)gethostname(host, sizeof(host) - 1);
	write_stranger(f, host, 1);
	assert_int_equal(mun_store_lock_take(f->dir, "main", &l, &e), 0);
	assert_non_null(strstr(said, "taken over"));
	mun_store_lock_release(l);
}

static void an_owner_learns_that_it_was_declared_dead(void **state)
{
	const struct fixture *f = *state;
	struct mun_store_lock *l;
	struct mun_err e;

	assert_int_equal(mun_store_lock_take(f->dir, "main", &l, &e), 0);
	write_stranger(f, "elsewhere", 0);
	assert_int_equal(mun_store_lock_beat(l, &e), MUN_EBUSY);
	assert_non_null(strstr(said, "process 77 on elsewhere"));
	mun_store_lock_release(l);
	/* The new owner's words stand. */
	assert_false(mun_test_has_text(f->path, ""));
}

static void rubbish_in_the_file_is_nobody(void **state)
{
	static const char *const texts[] = { "{\"pid\":", "12\n", "[]", "{}" };
	const struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct mun_store_lock *l;
		struct mun_err e;

		mun_test_write(f->path, texts[i], strlen(texts[i]));
		assert_int_equal(mun_store_lock_take(f->dir, "main", &l, &e),
				 0);
		mun_store_lock_release(l);
	}
}

static void a_fault_leaves_no_lock_behind(void **state)
{
	const struct fixture *f = *state;
	bool fired;
	int n = 0;

	mun_fault_install(MUN_CALL_BIT(MUN_CALL_OPEN) |
				  MUN_CALL_BIT(MUN_CALL_PWRITE) |
				  MUN_CALL_BIT(MUN_CALL_FTRUNCATE),
			  EIO);
	do {
		struct mun_store_lock *l = NULL;
		struct mun_err e;
		int rc;

		mun_fault_arm(n++);
		rc = mun_store_lock_take(f->dir, "main", &l, &e);
		fired = mun_fault_fired();
		if (fired && rc)
			assert_int_equal(rc, MUN_EIO);
		else
			assert_int_equal(rc, 0);
		mun_fault_arm(-1);
		mun_store_lock_release(l);
		assert_int_equal(mun_store_lock_take(f->dir, "main", &l, &e),
				 0);
		mun_store_lock_release(l);
	} while (fired);
	mun_fault_restore();
	assert_true(n > 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_lock_is_written_renewed_and_emptied),
		TEST(a_beat_writes_the_time_and_keeps_the_start),
		TEST(stores_do_not_lock_each_other_out),
		TEST(a_living_owner_is_named_with_its_start),
		TEST(a_killed_owners_lock_is_taken_over_and_said),
		TEST(another_host_lives_while_its_heart_beats),
		TEST(this_host_before_its_restart_is_dead),
		TEST(an_owner_learns_that_it_was_declared_dead),
		TEST(rubbish_in_the_file_is_nobody),
		TEST(a_fault_leaves_no_lock_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
