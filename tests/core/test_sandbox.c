/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_sandbox.c - what a parser may and may not do in its child */
#include "core/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/sandbox_child.h"
#include "core/source.h"
#include "tests/support/support.h"

typedef int sandboxed_fn(void *ctx, struct mun_str *answer, struct mun_err *e);

static const struct mun_sandbox_limits tight = {
	.memory_bytes = (uint64_t)64 << 20,
	.cpu_seconds = 1,
	.answer_bytes = 100000,
};

/* Run @fn, expect @rc and @says in the error. */
static void refused(sandboxed_fn *fn, int rc, const char *says)
{
	struct mun_str answer = { 0 };
	struct mun_err e;
	char text[2048];

	assert_int_equal(mun_sandbox_run(fn, NULL, &tight, &answer, &e), rc);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	if (!strstr(text, says))
		fail_msg("%s", text);
	mun_str_free(&answer);
	/* No child is left behind. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static int answers_bytes(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	const size_t *len = ctx;
	char *data = malloc(*len);

	if (!data)
		return mun_fail_nomem(e, "data");
	mun_test_pattern(data, *len, 5);
	mun_str_add_bytes(answer, data, *len);
	free(data);
	return 0;
}

static void the_answer_comes_back_byte_for_byte(void **state)
{
	/* none, few, around a pipe's buffer, and the most that is allowed */
	static const size_t lengths[] = { 0, 1, 65535, 65536, 65537, 100000 };
	static char want[100000];

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(lengths); i++) {
		struct mun_str answer = { 0 };
		size_t len = lengths[i];
		struct mun_err e;

		mun_str_add(&answer, ">");
		assert_int_equal(mun_sandbox_run(answers_bytes, &len, &tight,
						 &answer, &e),
				 0);
		mun_test_pattern(want, len, 5);
		assert_int_equal(answer.len, len + 1);
		assert_memory_equal(answer.text + 1, want, len);
		mun_str_free(&answer);
	}
}

static int answers_too_much(void *ctx, struct mun_str *answer,
			    struct mun_err *e)
{
	(void)ctx;
	(void)e;
	for (int i = 0; i < 100001; i++)
		mun_str_add_char(answer, 'x');
	return 0;
}

static void an_answer_that_is_too_long_is_refused(void **state)
{
	(void)state;
	refused(answers_too_much, MUN_ECORRUPT, "larger than 100000 bytes");
}

static int fails_in_three_steps(void *ctx, struct mun_str *answer,
				struct mun_err *e)
{
	(void)ctx;
	(void)answer;
	(void)mun_fail_sys(e, EIO, "sector %d", 17);
	(void)mun_ctx(e, "read the FAT");
	return mun_ctx(e, "list files");
}

static void an_error_comes_back_with_its_chain(void **state)
{
	struct mun_str answer = { 0 };
	struct mun_err e;
	char text[512];

	(void)state;
	assert_int_equal(
		mun_sandbox_run(fails_in_three_steps, NULL, NULL, &answer, &e),
		MUN_EIO);
	assert_int_equal(e.sys, EIO);
	assert_string_equal(mun_err_text(&e, text, sizeof(text), 0),
			    "list files: read the FAT: sector 17: "
			    "Input/output error");
	assert_string_equal(e.lines[0].file, "tests/core/test_sandbox.c");
	assert_true(e.lines[2].line > e.lines[0].line);
	mun_str_free(&answer);
}

static int reads_a_source(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	struct mun_source *s = ctx;
	struct mun_extent x;
	char buf[100];
	int rc;

	rc = mun_source_next_extent(s, 0, &x, e);
	if (!rc)
		rc = mun_source_pread(s, buf, sizeof(buf), 50, e);
	if (!rc)
		mun_str_add_bytes(answer, buf, sizeof(buf));
	return rc;
}

static void a_source_that_is_open_can_be_read(void **state)
{
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "x");
	char data[10000];

	(void)state;
	mun_test_pattern(data, sizeof(data), 8);
	mun_test_write(path, data, sizeof(data));
	for (int direct = 0; direct < 2; direct++) {
		struct mun_str answer = { 0 };
		struct mun_source *s;
		struct mun_err e;

		assert_int_equal(direct ? mun_source_open_direct(path, &s, &e)
					: mun_source_open_file(path, &s, &e),
				 0);
		assert_int_equal(
			mun_sandbox_run(reads_a_source, s, &tight, &answer, &e),
			0);
		assert_int_equal(answer.len, 100);
		assert_memory_equal(answer.text, data + 50, 100);
		mun_source_close(s);
		mun_str_free(&answer);
	}
	free(path);
	mun_test_dir_remove(dir);
}

static int loops_for_ever(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	volatile unsigned int n = 1;

	(void)ctx;
	(void)answer;
	(void)e;
	/* Odd for ever; the compiler must not see that. */
	while (n & 1)
		n += 2;
	return 0;
}

static void a_parser_that_never_ends_is_ended(void **state)
{
	int64_t start = mun_clock_monotonic_ms();

	(void)state;
	refused(loops_for_ever, MUN_ECORRUPT, "used up its time");
	assert_true(mun_clock_monotonic_ms() - start < 10000);
}

static void a_wish_to_stop_ends_the_child(void **state)
{
	(void)state;
	mun_cancel();
	refused(loops_for_ever, MUN_ECANCELLED, "stopped");
	mun_cancel_reset();
}

static int exits(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	(void)ctx;
	(void)answer;
	(void)e;
	_exit(0);
}

static void a_child_that_says_nothing_is_not_believed(void **state)
{
	(void)state;
	refused(exits, MUN_ECORRUPT, "ended without an answer (status 0)");
}

/* What a child that was taken over might send, past our own code. */
struct lie {
	int fd;
	struct mun_sandbox_head head;
	int rc;
	const char *says;
};

static int lies(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	const struct lie *l = ctx;

	(void)answer;
	(void)e;
	(void)!write(l->fd, &l->head, sizeof(l->head));
	_exit(0);
}

static void no_lie_of_a_child_is_believed(void **state)
{
	static struct lie table[] = {
		{ 0, { .rc = 1, .depth = 1 }, MUN_ECORRUPT, "no sensible" },
		{ 0, { .rc = -99, .depth = 1 }, MUN_ECORRUPT, "no sensible" },
		{ 0, { .rc = MUN_EIO }, MUN_ECORRUPT, "no sensible" },
		{ 0,
		  { .rc = MUN_EIO, .depth = 9 },
		  MUN_ECORRUPT,
		  "no sensible" },
		{ 0,
		  { .rc = MUN_EIO, .depth = UINT32_MAX },
		  MUN_ECORRUPT,
		  "no sensible" },
		{ 0, { .answer_len = 1 }, MUN_ECORRUPT, "without an answer" },
		{ 0,
		  { .answer_len = UINT64_MAX },
		  MUN_ECORRUPT,
		  "without an answer" },
		/* Texts without an end. */
		{ 0, { .rc = MUN_EIO, .depth = 1 }, MUN_EIO, "AAAA" },
	};
	struct mun_sandbox_line *l = &table[MUN_COUNT(table) - 1].head.lines[0];

	(void)state;
	memset(l->file, 'F', sizeof(l->file));
	memset(l->text, 'A', sizeof(l->text));
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		struct mun_str answer = { 0 };
		struct mun_err e;
		char text[2048];

		/* The pipe takes the two lowest numbers that are free. */
		table[i].fd = dup(STDIN_FILENO) + 1;
		(void)close(table[i].fd - 1);
		assert_int_equal(
			mun_sandbox_run(lies, &table[i], &tight, &answer, &e),
			table[i].rc);
		(void)mun_err_text(&e, text, sizeof(text), 1);
		if (!strstr(text, table[i].says))
			fail_msg("lie %zu: %s", i, text);
		assert_true(strnlen(e.lines[0].text, MUN_ERR_TEXT) <
			    MUN_ERR_TEXT);
		mun_str_free(&answer);
	}
}

#ifndef MUN_SANITIZED

static int crashes(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	(void)ctx;
	(void)answer;
	(void)e;
	(void)raise(SIGSEGV);
	return 0;
}

static int aborts(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	(void)ctx;
	(void)answer;
	(void)e;
	abort();
}

static void a_crash_is_told_with_its_signal(void **state)
{
	(void)state;
	refused(crashes, MUN_ECORRUPT, "crashed (signal 11)");
	refused(aborts, MUN_ECORRUPT, "crashed (signal 6)");
}

static int takes_a_gigabyte(void *ctx, struct mun_str *answer,
			    struct mun_err *e)
{
	void *p = malloc((size_t)1 << 30);

	(void)ctx;
	if (!p)
		return mun_fail_nomem(e, "a gigabyte");
	mun_str_addf(answer, "%p", p);
	free(p);
	return 0;
}

static void memory_is_bounded(void **state)
{
	(void)state;
	refused(takes_a_gigabyte, MUN_ENOMEM, "a gigabyte");
}

/* One forbidden thing each; the child must not live to see its result. */
static int opens(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	(void)ctx;
	(void)e;
	mun_str_addf(answer, "%d", open("/dev/null", O_RDONLY | O_CLOEXEC));
	return 0;
}

static int writes_elsewhere(void *ctx, struct mun_str *answer,
			    struct mun_err *e)
{
	(void)ctx;
	(void)e;
	mun_str_addf(answer, "%zd", write(STDERR_FILENO, "", 0));
	return 0;
}

static int makes_code(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	(void)ctx;
	(void)e;
	mun_str_addf(answer, "%p",
		     mmap(NULL, 4096, PROT_READ | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	return 0;
}

static int forks(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	(void)ctx;
	(void)e;
	mun_str_addf(answer, "%d", (int)fork());
	return 0;
}

static int calls_out(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	(void)ctx;
	(void)e;
	mun_str_addf(answer, "%d", socket(AF_INET, SOCK_STREAM, 0));
	return 0;
}

static int runs_a_program(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	char *const none[] = { NULL };

	(void)ctx;
	(void)e;
	mun_str_addf(answer, "%d", execve("/bin/true", none, none));
	return 0;
}

static int kills(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	(void)ctx;
	(void)e;
	mun_str_addf(answer, "%d", kill(getppid(), 0));
	return 0;
}

static void a_forbidden_call_ends_the_child(void **state)
{
	sandboxed_fn *const table[] = { opens, writes_elsewhere, makes_code,
					forks, calls_out,        runs_a_program,
					kills };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++)
		refused(table[i], MUN_ECORRUPT, "forbidden system call");
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* What parsers do all day must not be forbidden. */
static int works(void *ctx, struct mun_str *answer, struct mun_err *e)
{
	size_t n = 100000;
	uint64_t *v = malloc(n * sizeof(*v));
	uint64_t *more;

	(void)ctx;
	if (!v)
		return mun_fail_nomem(e, "numbers");
	mun_test_pattern(v, n * sizeof(*v), 1);
	qsort(v, n, sizeof(*v), by_number);
	more = realloc(v, 20 * n * sizeof(*v));
	if (!more) {
		free(v);
		return mun_fail_nomem(e, "numbers");
	}
	mun_str_addf(answer, "%d %.3f %lld", more[0] < more[1], 0.5,
		     (long long)time(NULL));
	free(more);
	return 0;
}

static void ordinary_work_is_allowed(void **state)
{
	struct mun_str answer = { 0 };
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_sandbox_run(works, NULL, &tight, &answer, &e), 0);
	assert_memory_equal(answer.text, "1 0.500 ", 8);
	mun_str_free(&answer);
}

#endif

int main(void)
{
	const char *preload = getenv("LD_PRELOAD");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_comes_back_byte_for_byte),
		cmocka_unit_test(an_answer_that_is_too_long_is_refused),
		cmocka_unit_test(an_error_comes_back_with_its_chain),
		cmocka_unit_test(a_source_that_is_open_can_be_read),
		cmocka_unit_test(a_parser_that_never_ends_is_ended),
		cmocka_unit_test(a_wish_to_stop_ends_the_child),
		cmocka_unit_test(a_child_that_says_nothing_is_not_believed),
		cmocka_unit_test(no_lie_of_a_child_is_believed),
#ifndef MUN_SANITIZED
		cmocka_unit_test(a_crash_is_told_with_its_signal),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(a_forbidden_call_ends_the_child),
		cmocka_unit_test(ordinary_work_is_allowed),
#endif
	};

	if (preload && strstr(preload, "valgrind")) {
		(void)puts("SKIP: valgrind itself makes forbidden calls");
		return MUN_TEST_SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
