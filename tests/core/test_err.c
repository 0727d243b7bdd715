/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_err.c - chains of errors as a person reads them */
#include "core/err.h"

#include <errno.h>

#include "core/log.h"
#include "tests/support/support.h"

static void the_outermost_line_comes_first(void **state)
{
	struct mun_err e;
	char text[512];

	(void)state;
	assert_int_equal(mun_fail_sys(&e, ENOSPC, "sync '%s'", "/a/.x"),
			 MUN_EIO);
	assert_int_equal(mun_ctx(&e, "store '%s'", "/a/x"), MUN_EIO);
	assert_string_equal(mun_err_text(&e, text, sizeof(text), 0),
			    "store '/a/x': sync '/a/.x': "
			    "No space left on device");
}

static void places_are_told_when_asked_for(void **state)
{
	struct mun_err e;
	char text[512];

	(void)state;
	(void)mun_fail(&e, MUN_EINVAL, "bad");
	e.lines[0].line = 7;
	assert_string_equal(mun_err_text(&e, text, sizeof(text), 1),
			    "bad [tests/core/test_err.c:7]");
}

static void an_error_of_the_system_has_its_code(void **state)
{
	static const struct {
		int sys;
		int code;
	} table[] = {
		{ ENOENT, MUN_ENOENT }, { ENOTDIR, MUN_ENOENT },
		{ EEXIST, MUN_EEXIST }, { ENOMEM, MUN_ENOMEM },
		{ EBUSY, MUN_EBUSY },   { ECANCELED, MUN_ECANCELLED },
		{ EIO, MUN_EIO },       { ENOSPC, MUN_EIO },
		{ ELOOP, MUN_EIO },     { 0, MUN_EIO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(mun_code_of_errno(table[i].sys),
				 table[i].code);
}

static void control_bytes_are_shown_escaped(void **state)
{
	struct mun_err e;
	char text[512];

	(void)state;
	/* newline, escape, C1 CSI in UTF-8, a byte of Latin-1, and an umlaut */
	(void)mun_fail(&e, MUN_EINVAL, "'%s'",
		       "a\nb\x1b[1m\xc2\x9b\xe4 \xc3\xa4\\");
	assert_string_equal(mun_err_text(&e, text, sizeof(text), 0),
			    "'a\\x0ab\\x1b[1m\\xc2\\x9b\\xe4 \xc3\xa4\\'");
}

static void a_full_chain_keeps_its_innermost_lines(void **state)
{
	struct mun_err e;
	char text[512];

	(void)state;
	(void)mun_fail(&e, MUN_ECORRUPT, "0");
	for (int i = 1; i < 12; i++)
		assert_int_equal(mun_ctx(&e, "%d", i), MUN_ECORRUPT);
	assert_int_equal(e.depth, MUN_ERR_LINES);
	assert_string_equal(mun_err_text(&e, text, sizeof(text), 0),
			    "11: 6: 5: 4: 3: 2: 1: 0");
}

static void a_long_line_is_cut_between_characters(void **state)
{
	char want[MUN_ERR_TEXT];
	char text[2 * MUN_ERR_TEXT];
	struct mun_err e;

	(void)state;
	/* 254 bytes, then a character of three that has no room. */
	memset(want, 'x', sizeof(want));
	want[254] = '\0';
	(void)mun_fail(&e, MUN_EINVAL, "%s\xe2\x82\xac!", want);
	assert_string_equal(e.lines[0].text, want);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	assert_string_equal(text, want);
}

static void a_small_buffer_is_never_overrun(void **state)
{
	struct mun_err e;
	char text[40];

	(void)state;
	(void)mun_fail_sys(&e, ENOSPC, "sync '%s'", "\n\n\n");
	(void)mun_ctx(&e, "outer");
	for (size_t size = 0; size <= 32; size++) {
		memset(text, '#', sizeof(text));
		(void)mun_err_text(&e, text, size, 0);
		assert_true(size == 0 || strlen(text) < size);
		assert_int_equal(text[size], '#');
	}
}

static void an_error_copies_by_assignment(void **state)
{
	struct mun_err a;
	struct mun_err b;
	char text[64];

	(void)state;
	(void)mun_fail(&a, MUN_EBUSY, "held");
	b = a;
	mun_err_clear(&a);
	assert_int_equal(a.code, 0);
	assert_int_equal(a.depth, 0);
	assert_int_equal(b.code, MUN_EBUSY);
	assert_string_equal(mun_err_text(&b, text, sizeof(text), 0), "held");
}

static char heard[256];
static enum mun_log_level heard_level;

static void listen(void *ctx, enum mun_log_level level, const char *text)
{
	(void)snprintf(heard, sizeof(heard), "%s%s", (const char *)ctx, text);
	heard_level = level;
}

static void messages_reach_the_sink_as_one_line(void **state)
{
	char prefix[] = "> ";

	(void)state;
	mun_log(MUN_LOG_ERROR, "nobody hears this");
	assert_string_equal(heard, "");
	mun_log_set_sink(listen, prefix);
	mun_log(MUN_LOG_WARN, "file '%s'", "a\nb");
	mun_log_set_sink(NULL, NULL);
	assert_string_equal(heard, "> file 'a\\x0ab'");
	assert_int_equal(heard_level, MUN_LOG_WARN);
	mun_log(MUN_LOG_ERROR, "nor this");
	assert_string_equal(heard, "> file 'a\\x0ab'");
}

static void the_wish_to_stop_is_an_error(void **state)
{
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_cancel_check(&e), 0);
	mun_cancel();
	assert_true(mun_cancelled());
	assert_int_equal(mun_cancel_check(&e), MUN_ECANCELLED);
	mun_cancel_reset();
	assert_int_equal(mun_cancel_check(&e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_outermost_line_comes_first),
		cmocka_unit_test(places_are_told_when_asked_for),
		cmocka_unit_test(an_error_of_the_system_has_its_code),
		cmocka_unit_test(control_bytes_are_shown_escaped),
		cmocka_unit_test(a_full_chain_keeps_its_innermost_lines),
		cmocka_unit_test(a_long_line_is_cut_between_characters),
		cmocka_unit_test(a_small_buffer_is_never_overrun),
		cmocka_unit_test(an_error_copies_by_assignment),
		cmocka_unit_test(messages_reach_the_sink_as_one_line),
		cmocka_unit_test(the_wish_to_stop_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
