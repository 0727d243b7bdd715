/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_spawn.c - programs that end, do not, or talk too much */
#include "core/spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "tests/support/support.h"

static struct mun_spawned shell(const char *command)
{
	struct mun_spawn q = { .shell = command, .max_output = 4096 };
	struct mun_spawned r;
	struct mun_err e;

	assert_int_equal(mun_spawn_run(&q, &r, &e), 0);
	return r;
}

static void input_arguments_and_environment_arrive(void **state)
{
	static const char script[] =
		"cat; printf '%s|%s|%s' \"$1\" \"$A\" \"$HOME\";"
		" echo wrong >&2; exit 3";
	const char *argv[] = { "sh", "-c", script, "x", "two words; $A", NULL };
	const char *env[] = { "A=1", "HOME=/nowhere", NULL };
	struct mun_spawn q = { .argv = argv,
			       .env = env,
			       .input = "in\0put",
			       .input_len = 6,
			       .max_output = 4096,
			       .timeout_ms = 60000 };
	static const char want[] = "in\0puttwo words; $A|1|/nowhere";
	struct mun_spawned r;
	struct mun_err e;
	char text[256];

	(void)state;
	assert_int_equal(mun_spawn_run(&q, &r, &e), 0);
	assert_int_equal(r.status, 3);
	assert_int_equal(r.signal, 0);
	assert_false(r.timed_out || r.cut);
	assert_int_equal(r.output_len, sizeof(want) - 1);
	assert_memory_equal(r.output, want, sizeof(want));
	assert_string_equal(r.errors, "wrong\n");
	assert_int_equal(mun_spawned_check(&r, "it", &e), MUN_EIO);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	assert_string_equal(text, "it ended with status 3: wrong");
	mun_spawned_clear(&r);
}

static void without_input_it_reads_nothing(void **state)
{
	struct mun_spawned r = shell("wc -c | tr -d ' '");
	struct mun_err e;

	(void)state;
	assert_string_equal(r.output, "0\n");
	assert_int_equal(mun_spawned_check(&r, "wc", &e), 0);
	mun_spawned_clear(&r);
}

static void input_that_nobody_reads_does_no_harm(void **state)
{
	size_t len = (size_t)4 << 20;
	char *input = calloc(1, len);
	struct mun_spawn q = { .shell = "exec true",
			       .input = input,
			       .input_len = len,
			       .max_output = 1 };
	struct mun_spawned r;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_spawn_run(&q, &r, &e), 0);
	assert_int_equal(r.status, 0);
	mun_spawned_clear(&r);
	free(input);
}

static void a_program_that_is_not_there_is_said(void **state)
{
	const char *argv[] = { "muniment-no-such-program", NULL };
	const char *path[] = { "/nowhere/program", NULL };
	const char *folder[] = { "/tmp", NULL };
	struct mun_spawn q = { .argv = argv };
	struct mun_spawned r;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_spawn_run(&q, &r, &e), MUN_ENOENT);
	mun_spawned_clear(&r);
	q.argv = path;
	assert_int_equal(mun_spawn_run(&q, &r, &e), MUN_ENOENT);
	mun_spawned_clear(&r);
	q.argv = folder;
	assert_int_equal(mun_spawn_run(&q, &r, &e), MUN_EIO);
	assert_int_equal(e.sys, EACCES);
	mun_spawned_clear(&r);
}

static void a_signal_is_no_exit(void **state)
{
	struct mun_spawned r = shell("kill -9 $$");
	struct mun_err e;

	(void)state;
	assert_int_equal(r.status, -1);
	assert_int_equal(r.signal, SIGKILL);
	assert_false(r.timed_out);
	assert_int_equal(mun_spawned_check(&r, "it", &e), MUN_EIO);
	mun_spawned_clear(&r);
}

static bool is_alive(int pid)
{
	char path[64];
	char *text;
	bool alive;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	text = mun_test_read(path, NULL);
	/* A zombie that nobody has waited for yet is dead. */
	alive = text && !strstr(text, ") Z ");
	free(text);
	return alive;
}

static void too_long_ends_the_whole_group(void **state)
{
	/* The child's child ignores SIGTERM and tells its number. */
	struct mun_spawn q = {
		.shell =
			"(trap '' TERM; sh -c 'echo $$; sleep 1000; :') & wait",
		.max_output = 4096,
		.timeout_ms = 300
	};
	int64_t start = mun_clock_monotonic_ms();
	struct timespec ms20 = { .tv_nsec = 20000000 };
	struct mun_spawned r;
	struct mun_err e;
	int pid;

	(void)state;
	assert_int_equal(mun_spawn_run(&q, &r, &e), 0);
	assert_true(r.timed_out);
	assert_int_equal(r.status, -1);
	assert_in_range(mun_clock_monotonic_ms() - start, 300, 30000);
	pid = (int)strtol(r.output, NULL, 10);
	assert_true(pid > 1);
	for (int i = 0; i < 500 && is_alive(pid); i++)
		(void)nanosleep(&ms20, NULL);
	assert_false(is_alive(pid));
	assert_int_equal(mun_spawned_check(&r, "it", &e), MUN_EIO);
	mun_spawned_clear(&r);
}

static void a_wish_to_stop_ends_it_too(void **state)
{
	struct mun_spawn q = { .shell = "sleep 1000", .max_output = 10 };
	struct mun_spawned r;
	struct mun_err e;

	(void)state;
	mun_cancel();
	assert_int_equal(mun_spawn_run(&q, &r, &e), MUN_ECANCELLED);
	mun_cancel_reset();
	mun_spawned_clear(&r);
}

static void too_much_output_is_cut_and_read_to_its_end(void **state)
{
	struct mun_spawn q = {
		.shell = "head -c 3000000 /dev/zero | tr '\\0' x;"
			 "head -c 3000000 /dev/zero | tr '\\0' y >&2; exit 5",
		.max_output = 1000
	};
	struct mun_spawned r;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_spawn_run(&q, &r, &e), 0);
	assert_int_equal(r.status, 5);
	assert_true(r.cut);
	assert_int_equal(r.output_len, 1000);
	assert_int_equal(strspn(r.output, "x"), 1000);
	assert_int_equal(r.errors_len, 1000);
	assert_int_equal(strspn(r.errors, "y"), 1000);
	mun_spawned_clear(&r);
	q.max_output = 3000000;
	assert_int_equal(mun_spawn_run(&q, &r, &e), 0);
	assert_false(r.cut);
	assert_int_equal(strspn(r.errors, "y"), 3000000);
	mun_spawned_clear(&r);
}

static void a_child_left_behind_is_not_waited_for(void **state)
{
	int64_t start = mun_clock_monotonic_ms();
	struct mun_spawned r = shell("sleep 20 & echo done");

	(void)state;
	assert_string_equal(r.output, "done\n");
	assert_in_range(mun_clock_monotonic_ms() - start, 0, 15000);
	mun_spawned_clear(&r);
}

static void no_descriptor_of_ours_is_inherited(void **state)
{
	struct mun_spawned r = shell("echo /proc/self/fd/*");

	(void)state;
	/* The shell expands in itself, and holds the folder open for it. */
	assert_null(strstr(r.output, "/proc/self/fd/4"));
	assert_non_null(strstr(r.output, "/proc/self/fd/2"));
	mun_spawned_clear(&r);
}

struct ear {
	char text[256];
	size_t len;
	int refuse; /* code of the error at the first piece from stderr */
};

static int hear(void *ctx, int from, const char *data, size_t len,
		struct mun_err *e)
{
	struct ear *ear = ctx;

	if (from == 2 && ear->refuse)
		return mun_fail(e, ear->refuse, "enough");
	assert_true(ear->len + len + 2 < sizeof(ear->text));
	ear->text[ear->len++] = (char)('0' + from);
	memcpy(ear->text + ear->len, data, len);
	ear->len += len;
	return 0;
}

static void what_it_says_is_heard_as_it_comes(void **state)
{
	struct ear ear = { .len = 0 };
	struct mun_spawn q = {
		.shell = "echo a; sleep 0.3; echo b >&2; sleep 0.3; echo c",
		.heard = hear,
		.ctx = &ear
	};
	struct mun_spawned r;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_spawn_run(&q, &r, &e), 0);
	assert_string_equal(ear.text, "1a\n2b\n1c\n");
	assert_int_equal(r.status, 0);
	assert_int_equal(r.output_len, 0);
	assert_true(r.cut);
	mun_spawned_clear(&r);
}

static void who_hears_can_end_it(void **state)
{
	struct ear ear = { .refuse = MUN_ENOMEM };
	struct mun_spawn q = { .shell = "echo a; echo b >&2; sleep 100",
			       .heard = hear,
			       .ctx = &ear };
	struct mun_spawned r;
	struct mun_err e;
	int64_t start = mun_clock_monotonic_ms();

	(void)state;
	assert_int_equal(mun_spawn_run(&q, &r, &e), MUN_ENOMEM);
	assert_string_equal(e.lines[0].text, "enough");
	assert_false(r.timed_out);
	assert_in_range(mun_clock_monotonic_ms() - start, 0, 5000);
	mun_spawned_clear(&r);
}

static void silence_ends_it_and_words_keep_it_alive(void **state)
{
	struct mun_spawn q = { .shell = "for i in 1 2 3 4 5 6; do echo $i; "
					"sleep 0.2; done; exec sleep 100",
			       .max_output = 100,
			       .silence_ms = 800 };
	struct mun_spawned r;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_spawn_run(&q, &r, &e), 0);
	assert_true(r.timed_out);
	assert_string_equal(r.output, "1\n2\n3\n4\n5\n6\n");
	mun_spawned_clear(&r);
}

static int count_to(void *ctx, struct mun_err *e)
{
	int *left = ctx;

	(void)e;
	return --*left == 0;
}

static int refuse(void *ctx, struct mun_err *e)
{
	(void)ctx;
	return mun_fail(e, MUN_ECORRUPT, "not this");
}

static void who_watches_can_have_enough(void **state)
{
	int left = 3;
	struct mun_spawn q = { .shell = "exec sleep 100",
			       .max_output = 10,
			       .tick = count_to,
			       .ctx = &left };
	int64_t start = mun_clock_monotonic_ms();
	struct mun_spawned r;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_spawn_run(&q, &r, &e), 0);
	assert_true(r.stopped && !r.timed_out);
	assert_int_equal(r.signal, SIGTERM);
	assert_in_range(mun_clock_monotonic_ms() - start, 0, 5000);
	mun_spawned_clear(&r);
	q.tick = refuse;
	assert_int_equal(mun_spawn_run(&q, &r, &e), MUN_ECORRUPT);
	assert_string_equal(e.lines[0].text, "not this");
	mun_spawned_clear(&r);
}

static void who_never_stops_talking_is_stopped(void **state)
{
	int left = 5;
	struct mun_spawn q = { .shell = "exec yes",
			       .max_output = 1000,
			       .tick = count_to,
			       .ctx = &left };
	struct mun_spawned r;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_spawn_run(&q, &r, &e), 0);
	assert_true(r.stopped && r.cut);
	assert_int_equal(r.output_len, 1000);
	mun_spawned_clear(&r);
}

static void what_is_left_behind_can_be_ended(void **state)
{
	struct mun_spawn q = { .shell = "sleep 100 >/dev/null 2>&1 & echo $!",
			       .max_output = 100,
			       .whole_group = true };
	struct mun_spawned r;
	struct mun_err e;
	int tries = 100;
	struct timespec ms20 = { .tv_nsec = 20000000 };
	int left;

	(void)state;
	assert_int_equal(mun_spawn_run(&q, &r, &e), 0);
	assert_int_equal(r.status, 0);
	left = (int)strtol(r.output, NULL, 10);
	assert_true(left > 1);
	while (is_alive(left) && tries--)
		(void)nanosleep(&ms20, NULL);
	assert_false(is_alive(left));
	mun_spawned_clear(&r);
}

static void without_news_of_children_it_does_not_wait_for_ever(void **state)
{
	struct mun_spawn q = { .shell = "exit 3", .max_output = 10 };
	struct mun_spawned r;
	struct mun_err e;
	int rc;

	(void)state;
	assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	(void)alarm(60);
	rc = mun_spawn_run(&q, &r, &e);
	(void)alarm(0);
	assert_true(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
	assert_int_equal(rc, MUN_EIO);
	mun_spawned_clear(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(input_arguments_and_environment_arrive),
		cmocka_unit_test(without_input_it_reads_nothing),
		cmocka_unit_test(input_that_nobody_reads_does_no_harm),
		cmocka_unit_test(a_program_that_is_not_there_is_said),
		cmocka_unit_test(a_signal_is_no_exit),
		cmocka_unit_test(too_long_ends_the_whole_group),
		cmocka_unit_test(a_wish_to_stop_ends_it_too),
		cmocka_unit_test(too_much_output_is_cut_and_read_to_its_end),
		cmocka_unit_test(a_child_left_behind_is_not_waited_for),
		cmocka_unit_test(no_descriptor_of_ours_is_inherited),
		cmocka_unit_test(what_it_says_is_heard_as_it_comes),
		cmocka_unit_test(who_hears_can_end_it),
		cmocka_unit_test(silence_ends_it_and_words_keep_it_alive),
		cmocka_unit_test(who_watches_can_have_enough),
		cmocka_unit_test(who_never_stops_talking_is_stopped),
		cmocka_unit_test(what_is_left_behind_can_be_ended),
		cmocka_unit_test(
			without_news_of_children_it_does_not_wait_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
