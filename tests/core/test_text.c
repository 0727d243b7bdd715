/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_text.c - strings, escaping, UTF-8, hex, numbers, arena */
#include <inttypes.h>
#include <stdio.h>

#include "core/arena.h"
#include "core/check.h"
#include "core/parse.h"
#include "core/str.h"
#include "core/utf8.h"
#include "tests/support/support.h"

static void a_string_grows_as_needed(void **state)
{
	struct mun_str s = { 0 };
	struct mun_err e;
	char *text;

	(void)state;
	for (int i = 0; i < 1000; i++)
		mun_str_addf(&s, "%d,", i);
	mun_str_add_char(&s, '!');
	mun_str_add_bytes(&s, "\0x", 2);
	/* 10 of 2 bytes, 90 of 3, 900 of 4, and the three at the end */
	assert_int_equal(s.len, 20 + 270 + 3600 + 3);
	assert_int_equal(mun_str_take(&s, &text, &e), 0);
	assert_memory_equal(text, "0,1,2,", 6);
	assert_string_equal(text + 3886, "999,!");
	assert_int_equal(s.len, 0);
	assert_null(s.text);
	free(text);
	/* Nothing was added: still a text. */
	assert_int_equal(mun_str_take(&s, &text, &e), 0);
	assert_string_equal(text, "");
	free(text);
	assert_int_equal(mun_fmt(&text, &e, "%s-%05d", "a", 42), 0);
	assert_string_equal(text, "a-00042");
	free(text);
}

static void a_failure_sticks_and_is_told_once(void **state)
{
	struct mun_str s = { 0 };
	struct mun_err e;
	char *text = NULL;

	(void)state;
	mun_str_add(&s, "abc");
	mun_str_add_bytes(&s, "", SIZE_MAX / 2);
	mun_str_add(&s, "def");
	assert_true(s.failed);
	assert_int_equal(mun_str_take(&s, &text, &e), MUN_ENOMEM);
	assert_null(text);
	assert_null(s.text);
}

static void utf8_is_read_as_rfc_3629_has_it(void **state)
{
	/* RFC 3629 sections 3, 4 and 7; Unicode 15 table 3-7 for the edges */
	static const struct {
		const char *bytes;
		size_t left;
		size_t len; /* 0: refused */
		uint32_t cp;
	} table[] = {
		{ "A", 1, 1, 'A' },
		{ "", 1, 1, 0 },
		{ "\x7f", 1, 1, 0x7f },
		{ "\xc2\x80", 2, 2, 0x80 },
		{ "\xdf\xbf", 2, 2, 0x7ff },
		{ "\xe0\xa0\x80", 3, 3, 0x800 },
		{ "\xed\x9f\xbf", 3, 3, 0xd7ff },
		{ "\xee\x80\x80", 3, 3, 0xe000 },
		{ "\xef\xbf\xbf", 3, 3, 0xffff },
		{ "\xf0\x90\x80\x80", 4, 4, 0x10000 },
		{ "\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff },
		{ "A", 0, 0, 0 }, /* nothing there */
		{ "\xe2\x82\xac", 2, 0, 0 }, /* cut off */
		{ "\x80", 1, 0, 0 }, /* begins in the middle */
		{ "\xc0\x80", 2, 0, 0 }, /* overlong */
		{ "\xc1\xbf", 2, 0, 0 },
		{ "\xe0\x9f\xbf", 3, 0, 0 },
		{ "\xf0\x8f\xbf\xbf", 4, 0, 0 },
		{ "\xed\xa0\x80", 3, 0, 0 }, /* surrogates */
		{ "\xed\xbf\xbf", 3, 0, 0 },
		{ "\xf4\x90\x80\x80", 4, 0, 0 }, /* above U+10FFFF */
		{ "\xf5\x80\x80\x80", 4, 0, 0 },
		{ "\xff", 1, 0, 0 },
		{ "\xc2\x41", 2, 0, 0 }, /* not continued */
		{ "\xe2\x82\x41", 3, 0, 0 },
		{ "\xf0\x90\x80\xc0", 4, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		uint32_t cp = 0;

		assert_int_equal(
			mun_utf8_next(table[i].bytes, table[i].left, &cp),
			table[i].len);
		assert_int_equal(cp, table[i].cp);
	}
}

static void escaped(const char *data, size_t len, const char *want)
{
	struct mun_str s = { 0 };

	mun_escape(&s, data, len);
	assert_string_equal(s.text, want);
	mun_str_free(&s);
}

static void foreign_bytes_become_one_clean_line(void **state)
{
	(void)state;
	escaped("a b%s", 5, "a b%s");
	escaped("a\nb\t\x7f", 5, "a\\x0ab\\x09\\x7f");
	escaped("C:\\x", 4, "C:\\\\x");
	escaped("\xc3\xa4\xe4", 3, "\xc3\xa4\\xe4");
	escaped("\xc2\x85", 2, "\\xc2\\x85"); /* C1: next line */
	escaped("\xef\xbf\xbe", 3, "\\xef\\xbf\\xbe"); /* U+FFFE */
	escaped("\xed\xa0\x80", 3, "\\xed\\xa0\\x80"); /* surrogate */
	escaped("a\0b", 3, "a\\x00b");
}

static void check_round_trip(const void *data, size_t len)
{
	struct mun_str there = { 0 };
	struct mun_str back = { 0 };
	struct mun_err e;

	mun_escape(&there, data, len);
	if (len) {
		assert_true(mun_text_is_clean(there.text, NULL));
		assert_int_equal(mun_unescape(there.text, &back, &e), 0);
	}
	assert_int_equal(back.len, len);
	if (len)
		assert_memory_equal(back.text, data, len);
	mun_str_free(&there);
	mun_str_free(&back);
}

static void escaping_leads_back_to_the_bytes(void **state)
{
	uint8_t data[256];

	(void)state;
	/* Every byte, and every pair of bytes ... */
	for (unsigned int i = 0; i < 65536; i++) {
		data[0] = (uint8_t)(i >> 8);
		data[1] = (uint8_t)i;
		check_round_trip(data, 2);
		check_round_trip(data + 1, 1);
	}
	/* ... and much noise, of which some is UTF-8. */
	for (uint64_t seed = 0; seed < 2000; seed++) {
		mun_test_pattern(data, sizeof(data), seed);
		if (seed % 2)
			for (size_t i = 0; i + 3 <= sizeof(data); i += 3)
				memcpy(data + i, "\xe2\x82\xac", 3);
		check_round_trip(data, (size_t)(seed % sizeof(data)));
	}
}

static void what_is_no_escape_is_refused(void **state)
{
	static const char *const bad[] = { "\\",    "a\\",   "\\n",
					   "\\x",   "\\x4",  "\\x4g",
					   "\\xg4", "\\X41", "\\\\\\" };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(bad); i++) {
		struct mun_str s = { 0 };
		struct mun_err e;

		assert_int_equal(mun_unescape(bad[i], &s, &e), MUN_EINVAL);
		mun_str_free(&s);
	}
}

static void clean_text_has_no_control_characters(void **state)
{
	static const struct {
		const char *text;
		const char *allowed;
		bool clean;
	} table[] = {
		{ "", "", true },
		{ "Gr\xc3\xbc\xc3\x9f", NULL, true },
		{ "a\nb", "", false },
		{ "a\nb", "\n\t", true },
		{ "a\rb", "\n\t", false },
		{ "\x7f", "", false },
		{ "\xc2\x9b", "", false },
		{ "\xe4", "", false },
		{ "\xed\xa0\x80", "", false },
		{ "\xef\xbf\xbf", "", false },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++)
		assert_int_equal(
			mun_text_is_clean(table[i].text, table[i].allowed),
			table[i].clean);
}

static void hex_goes_both_ways(void **state)
{
	uint8_t bytes[256];
	uint8_t back[256];
	char text[513];

	(void)state;
	for (unsigned int i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	mun_hex(bytes, 256, text);
	assert_int_equal(strlen(text), 512);
	assert_memory_equal(text + 2 * 0xab, "abacad", 6);
	assert_true(mun_unhex(text, back, 256));
	assert_memory_equal(bytes, back, 256);
	assert_true(mun_unhex("aBCd", back, 2));
	assert_memory_equal(back, "\xab\xcd", 2);
	assert_true(mun_unhex("", back, 0));
	assert_false(mun_unhex("abc", back, 2));
	assert_false(mun_unhex("abcde", back, 2));
	assert_false(mun_unhex("abcg", back, 2));
	assert_false(mun_unhex(" abc", back, 2));
	assert_false(mun_unhex("0xab", back, 2));
}

static void numbers_are_all_digits_and_in_range(void **state)
{
	static const struct {
		const char *text;
		uint64_t min;
		uint64_t max;
		int rc;
		uint64_t value;
	} table[] = {
		{ "0", 0, 9, 0, 0 },
		{ "007", 0, 9, 0, 7 },
		{ "18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", 0, UINT64_MAX, MUN_EINVAL, 0 },
		{ "99999999999999999999", 0, UINT64_MAX, MUN_EINVAL, 0 },
		{ "10", 0, 9, MUN_EINVAL, 0 },
		{ "1", 2, 9, MUN_EINVAL, 0 },
		{ "", 0, 9, MUN_EINVAL, 0 },
		{ "-1", 0, 9, MUN_EINVAL, 0 },
		{ "+1", 0, 9, MUN_EINVAL, 0 },
		{ " 1", 0, 9, MUN_EINVAL, 0 },
		{ "1 ", 0, 9, MUN_EINVAL, 0 },
		{ "0x1", 0, 9, MUN_EINVAL, 0 },
		{ "1.0", 0, 9, MUN_EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		struct mun_err e;
		uint64_t v = 0;

		if (mun_parse_u64(table[i].text, table[i].min, table[i].max, &v,
				  &e) != table[i].rc ||
		    v != table[i].value)
			fail_msg("'%s'", table[i].text);
	}
}

struct unit_case {
	const char *text;
	int rc;
	uint64_t value;
};

static void check_units(int (*parse)(const char *, uint64_t *,
				     struct mun_err *),
			const struct unit_case *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct mun_err e;
		uint64_t v = 0;

		if (parse(table[i].text, &v, &e) != table[i].rc ||
		    v != table[i].value)
			fail_msg("'%s' gave %" PRIu64, table[i].text, v);
	}
}

static void sizes_have_units(void **state)
{
	static const struct unit_case table[] = {
		{ "0", 0, 0 },
		{ "4096", 0, 4096 },
		{ "64K", 0, 65536 },
		{ "64KiB", 0, 65536 },
		{ "64kB", 0, 64000 },
		{ "4M", 0, 4194304 },
		{ "80MiB", 0, 83886080 },
		{ "1MB", 0, 1000000 },
		{ "2G", 0, UINT64_C(2147483648) },
		{ "1GB", 0, 1000000000 },
		{ "1TiB", 0, UINT64_C(1099511627776) },
		{ "1TB", 0, UINT64_C(1000000000000) },
		{ "16383P", 0, UINT64_C(16383) << 50 },
		{ "16384P", MUN_EINVAL, 0 }, /* 2^64 */
		{ "18447PB", MUN_EINVAL, 0 },
		{ "", MUN_EINVAL, 0 },
		{ "K", MUN_EINVAL, 0 },
		{ "1 K", MUN_EINVAL, 0 },
		{ "1Kx", MUN_EINVAL, 0 },
		{ "1.5M", MUN_EINVAL, 0 },
		{ "-1K", MUN_EINVAL, 0 },
		{ "1Mib", MUN_EINVAL, 0 },
		{ "1m", MUN_EINVAL, 0 },
	};

	(void)state;
	check_units(mun_parse_size, table, MUN_COUNT(table));
}

static void durations_have_units(void **state)
{
	static const struct unit_case table[] = {
		{ "90d", 0, 7776000 },
		{ "12h", 0, 43200 },
		{ "30m", 0, 1800 },
		{ "45s", 0, 45 },
		{ "2w", 0, 1209600 },
		{ "0s", 0, 0 },
		{ "90", MUN_EINVAL, 0 },
		{ "d", MUN_EINVAL, 0 },
		{ "1D", MUN_EINVAL, 0 },
		{ "1h30m", MUN_EINVAL, 0 },
		{ "18446744073709551615w", MUN_EINVAL, 0 },
	};

	(void)state;
	check_units(mun_parse_duration, table, MUN_COUNT(table));
}

static void yes_and_no_have_many_names(void **state)
{
	static const char *const yes[] = { "yes", "true", "on", "1", "YES" };
	static const char *const no[] = { "no", "false", "off", "0", "Off" };
	static const char *const neither[] = { "", "y", "2", "yes ", "01" };
	struct mun_err e;
	bool v;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		v = false;
		assert_int_equal(mun_parse_bool(yes[i], &v, &e), 0);
		assert_true(v);
		assert_int_equal(mun_parse_bool(no[i], &v, &e), 0);
		assert_false(v);
		assert_int_equal(mun_parse_bool(neither[i], &v, &e),
				 MUN_EINVAL);
	}
}

static void bytes_are_shown_with_three_digits(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} table[] = {
		{ 0, "0 B" },
		{ 999, "999 B" },
		{ 1000, "1.0 kB" },
		{ 1049, "1.0 kB" },
		{ 1050, "1.1 kB" },
		{ 9999, "10.0 kB" },
		{ 99949, "99.9 kB" },
		{ 99950, "100 kB" },
		{ 999499, "999 kB" },
		{ 999500, "1.0 MB" },
		{ 1474560, "1.5 MB" },
		{ 737280000, "737 MB" },
		{ UINT64_C(4294967296), "4.3 GB" },
		{ UINT64_C(999500000000000000), "1.0 EB" },
		{ UINT64_MAX, "18.4 EB" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		char text[16];

		mun_human_bytes(table[i].bytes, text);
		assert_string_equal(text, table[i].text);
	}
}

static void what_an_arena_gives_is_zeroed_and_aligned(void **state)
{
	static const char zeros[40000];
	struct mun_arena *a;
	struct mun_err e;
	uint64_t sum = 0;
	char *kept[200];

	(void)state;
	assert_int_equal(mun_arena_new(&a, &e), 0);
	for (size_t i = 0; i < 200; i++) {
		size_t len = i * i;

		kept[i] = mun_arena_alloc(a, len);
		assert_int_equal((uintptr_t)kept[i] % 16, 0);
		assert_memory_equal(kept[i], zeros, len);
		memset(kept[i], (int)i, len);
	}
	/* Nothing overlaps: each still holds what was put there. */
	for (size_t i = 0; i < 200; i++)
		for (size_t j = 0; j < i * i; j++)
			sum += (uint8_t)kept[i][j] != (uint8_t)i;
	assert_int_equal(sum, 0);
	assert_string_equal(mun_arena_strdup(a, "abc"), "abc");
	assert_string_equal(mun_arena_strndup(a, "abc", 2), "ab");
	assert_string_equal(mun_arena_strndup(a, "abc", 9), "abc");
	assert_string_equal(mun_arena_fmt(a, "%d-%s", 7, "x"), "7-x");
	assert_null(mun_arena_strdup(a, NULL));
	assert_int_equal(mun_arena_failed(a, &e), 0);
	mun_arena_free(a);
	mun_arena_free(NULL);
}

static void an_array_in_an_arena_doubles(void **state)
{
	struct mun_arena *a;
	struct mun_err e;
	uint64_t *items = NULL;

	(void)state;
	assert_int_equal(mun_arena_new(&a, &e), 0);
	for (size_t i = 0; i < 5000; i++) {
		items = mun_arena_grow(a, items, i, sizeof(*items));
		assert_non_null(items);
		assert_int_equal(items[i], 0);
		items[i] = i * 3 + 1;
	}
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(items[i], i * 3 + 1);
	mun_arena_free(a);
}

static void an_arena_remembers_a_failure(void **state)
{
	struct mun_arena *a;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_arena_new(&a, &e), 0);
	assert_null(mun_arena_array(a, SIZE_MAX / 2, 3));
	assert_non_null(mun_arena_alloc(a, 1));
	assert_int_equal(mun_arena_failed(a, &e), MUN_ENOMEM);
	mun_arena_free(a);
	assert_int_equal(mun_arena_new(&a, &e), 0);
	assert_null(mun_arena_alloc(a, SIZE_MAX));
	assert_int_equal(mun_arena_failed(a, &e), MUN_ENOMEM);
	mun_arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_string_grows_as_needed),
		cmocka_unit_test(a_failure_sticks_and_is_told_once),
		cmocka_unit_test(utf8_is_read_as_rfc_3629_has_it),
		cmocka_unit_test(foreign_bytes_become_one_clean_line),
		cmocka_unit_test(escaping_leads_back_to_the_bytes),
		cmocka_unit_test(what_is_no_escape_is_refused),
		cmocka_unit_test(clean_text_has_no_control_characters),
		cmocka_unit_test(hex_goes_both_ways),
		cmocka_unit_test(numbers_are_all_digits_and_in_range),
		cmocka_unit_test(sizes_have_units),
		cmocka_unit_test(durations_have_units),
		cmocka_unit_test(yes_and_no_have_many_names),
		cmocka_unit_test(bytes_are_shown_with_three_digits),
		cmocka_unit_test(what_an_arena_gives_is_zeroed_and_aligned),
		cmocka_unit_test(an_array_in_an_arena_doubles),
		cmocka_unit_test(an_arena_remembers_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
