/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_clock.c - time as text and back; identifiers in order */
#include "core/clock.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#include "core/check.h"
#include "core/uuid.h"
#include "tests/support/support.h"

/* Seconds by "date -u -d TEXT +%s" of GNU coreutils 9.1. */
static const struct {
	const char *text;
	int64_t seconds;
} moments[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "1969-12-31T23:59:59Z", -1 },
	{ "2000-02-29T12:34:56Z", 951827696 },
	{ "1900-02-28T23:59:59Z", -2203891201 },
	{ "1900-03-01T00:00:00Z", -2203891200 },
	{ "2024-02-29T00:00:00Z", 1709164800 },
	{ "2026-11-22T17:22:01Z", 1795368121 },
	{ "2038-01-19T03:14:08Z", 2147483648 },
	{ "2100-03-01T00:00:00Z", 4107542400 },
	{ "0001-01-01T00:00:00Z", -62135596800 },
	{ "9999-12-31T23:59:59Z", 253402300799 },
};

static void text_and_time_lead_to_each_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(moments); i++) {
		char text[MUN_TIME_LEN];
		struct mun_err e;
		int64_t ms;

		assert_int_equal(mun_time_parse(moments[i].text, &ms, &e), 0);
		assert_int_equal(ms, moments[i].seconds * 1000);
		mun_time_text(ms, text);
		assert_string_equal(text, moments[i].text);
		/* The milliseconds are cut off, before 1970 too. */
		mun_time_text(ms + 999, text);
		assert_string_equal(text, moments[i].text);
	}
}

/* Against the C library, over all leap years of 800 years. */
static void every_day_is_what_gmtime_says(void **state)
{
	(void)state;
	for (int64_t day = -146097; day < 146097; day++) {
		time_t t = (time_t)(day * 86400 + 86399);
		char want[40];
		char text[MUN_TIME_LEN];
		struct mun_err e;
		struct tm tm;
		int64_t ms;

		assert_non_null(gmtime_r(&t, &tm));
		assert_int_not_equal(
			strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm),
			0);
		mun_time_text((int64_t)t * 1000, text);
		if (strcmp(text, want) != 0)
			fail_msg("%s is not %s", text, want);
		assert_int_equal(mun_time_parse(text, &ms, &e), 0);
		if (ms != (int64_t)t * 1000)
			fail_msg("%s is not %" PRId64, text, ms);
	}
}

static void offsets_and_fractions_are_understood(void **state)
{
	/* RFC 3339 section 5.8, and the edges of its grammar */
	static const struct {
		const char *text;
		const char *same;
		int64_t ms;
	} table[] = {
		{ "1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50Z", 520 },
		{ "1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57Z", 0 },
		{ "1990-12-31T23:59:60Z", "1990-12-31T23:59:59Z", 0 },
		{ "1990-12-31T15:59:60-08:00", "1990-12-31T23:59:59Z", 0 },
		{ "1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27Z", 870 },
		{ "2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00Z", 0 },
		{ "2026-01-01t00:00:00z", "2026-01-01T00:00:00Z", 0 },
		{ "2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00Z", 0 },
		{ "2026-01-01T00:00:00.1239999999999999999999Z",
		  "2026-01-01T00:00:00Z", 123 },
		{ "2026-01-01T23:59:00+23:59", "2026-01-01T00:00:00Z", 0 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		struct mun_err e;
		int64_t same;
		int64_t ms;

		assert_int_equal(mun_time_parse(table[i].text, &ms, &e), 0);
		assert_int_equal(mun_time_parse(table[i].same, &same, &e), 0);
		if (ms != same + table[i].ms)
			fail_msg("%s: %" PRId64, table[i].text, ms - same);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"2026",
		"2026-11-22",
		"2026-11-22T17:22Z",
		"2026-11-22T17:22:01",
		"2026-11-22 17:22:01Z",
		"2026-11-22T17:22:01ZZ",
		" 2026-11-22T17:22:01Z",
		"2026-11-22T17:22:01Z ",
		"26-11-22T17:22:01Z",
		"2026-00-22T17:22:01Z",
		"2026-13-22T17:22:01Z",
		"2026-11-00T17:22:01Z",
		"2026-11-31T17:22:01Z",
		"2026-02-29T17:22:01Z",
		"1900-02-29T17:22:01Z",
		"2026-11-22T24:00:00Z",
		"2026-11-22T17:60:01Z",
		"2026-11-22T17:22:61Z",
		"2026-11-22T17:22:60Z", /* no leap second in mid-day */
		"2026-11-22T17:22:01.Z",
		"2026-11-22T17:22:01,5Z",
		"2026-11-22T17:22:01+1:00",
		"2026-11-22T17:22:01+01",
		"2026-11-22T17:22:01+24:00",
		"2026-11-22T17:22:01+01:60",
		"2026-1a-22T17:22:01Z",
		"+026-11-22T17:22:01Z",
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(bad); i++) {
		int64_t ms = 42;
		struct mun_err e;

		if (mun_time_parse(bad[i], &ms, &e) != MUN_EINVAL || ms != 42)
			fail_msg("'%s' was taken", bad[i]);
	}
}

static void a_year_has_four_digits(void **state)
{
	char text[MUN_TIME_LEN];

	(void)state;
	mun_time_text(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
	mun_time_text(INT64_MIN, text);
	assert_string_equal(text, "0000-01-01T00:00:00Z");
}

static void a_test_can_stop_the_clock(void **state)
{
	int64_t real = mun_now_ms();

	(void)state;
	/* 2020 to 2200: the machine's own clock. */
	assert_true(real > INT64_C(1577836800000));
	assert_true(real < INT64_C(7258118400000));
	assert_int_equal(
		setenv("MUNIMENT_TEST_NOW", "2026-11-22T17:22:01.5Z", 1), 0);
	assert_int_equal(mun_now_ms(), INT64_C(1795368121500));
	assert_int_equal(mun_now_ms(), INT64_C(1795368121500));
	assert_int_equal(setenv("MUNIMENT_TEST_NOW", "yesterday", 1), 0);
	assert_true(mun_now_ms() >= real);
	assert_int_equal(unsetenv("MUNIMENT_TEST_NOW"), 0);
	assert_true(mun_clock_monotonic_ms() <= mun_clock_monotonic_ms());
}

static void an_identifier_has_its_shape(void **state)
{
	static const char *const bad[] = {
		"",
		"01a20462-fd09-7701-aa36-7f321f36e3f",
		"01a20462-fd09-7701-aa36-7f321f36e3f44",
		"01a20462-fd09-7701-aa36-7f321f36e3fg",
		"01a20462fd09-7701-aa36-7f321f36e3f400",
		"01a20462-fd09-7701-aa36_7f321f36e3f4",
		"urn:uuid:01a20462-fd09-7701-aa36-7f321f36e3f4",
	};
	char text[MUN_UUID_LEN];
	struct mun_err e;

	(void)state;
	assert_true(mun_uuid_is("01a20462-fd09-7701-aa36-7f321f36e3f4"));
	assert_true(mun_uuid_is("01A20462-FD09-7701-AA36-7F321F36E3F4"));
	for (size_t i = 0; i < MUN_COUNT(bad); i++)
		assert_false(mun_uuid_is(bad[i]));
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(mun_uuid_new(text, &e), 0);
		assert_true(mun_uuid_is(text));
		assert_int_equal(text[14], '7'); /* version */
		assert_non_null(strchr("89ab", text[19])); /* variant */
	}
}

static int64_t fake_ms;

static int64_t fake_now(void)
{
	return fake_ms;
}

static void identifiers_increase_even_if_the_clock_does_not(void **state)
{
	char last[MUN_UUID_LEN] = "";
	char text[MUN_UUID_LEN];
	struct mun_err e;

	(void)state;
	mun_now_ms = fake_now;
	fake_ms = INT64_C(4000000000000);
	for (int i = 0; i < 200000; i++) {
		if (i == 50000)
			fake_ms -= 3600000;
		if (i == 150000)
			fake_ms += 7200000;
		assert_int_equal(mun_uuid_new(text, &e), 0);
		if (strcmp(last, text) >= 0)
			fail_msg("%s after %s", text, last);
		memcpy(last, text, sizeof(last));
	}
	/* 4000003600000 ms is 0x3a352cb2e80 (Python) */
	assert_memory_equal(text, "03a352cb-2e80-7", 15);
	mun_now_ms = mun_clock_real_ms;
}

static void a_test_can_name_the_identifiers(void **state)
{
	char text[MUN_UUID_LEN];
	struct mun_err e;

	(void)state;
	mun_now_ms = fake_now;
	fake_ms = INT64_C(5000000000000);
	assert_int_equal(setenv("MUNIMENT_TEST_UUID", "16", 1), 0);
	assert_int_equal(mun_uuid_new(text, &e), 0);
	/* 5000000000000 ms is 0x48c27395000 (Python) */
	assert_string_equal(text, "048c2739-5000-7000-8000-000000000010");
	assert_int_equal(mun_uuid_new(text, &e), 0);
	assert_string_equal(text, "048c2739-5000-7000-8000-000000000011");
	assert_int_equal(unsetenv("MUNIMENT_TEST_UUID"), 0);
	mun_now_ms = mun_clock_real_ms;
}

#define PER_THREAD 2000
static char made[4 * PER_THREAD][MUN_UUID_LEN];

static void *make_many(void *arg)
{
	char(*out)[MUN_UUID_LEN] = arg;
	struct mun_err e;

	for (int i = 0; i < PER_THREAD; i++)
		if (mun_uuid_new(out[i], &e))
			out[i][0] = '\0';
	return NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void threads_never_get_the_same_identifier(void **state)
{
	pthread_t threads[4];
	char(*all)[MUN_UUID_LEN] = made;
	const size_t n = (size_t)4 * PER_THREAD;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, make_many,
						made[i * PER_THREAD]),
				 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	qsort(all, n, MUN_UUID_LEN, by_text);
	for (size_t i = 0; i < n; i++) {
		assert_true(mun_uuid_is(all[i]));
		assert_true(i == 0 || strcmp(all[i], all[i - 1]) != 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_time_lead_to_each_other),
		cmocka_unit_test(every_day_is_what_gmtime_says),
		cmocka_unit_test(offsets_and_fractions_are_understood),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(a_year_has_four_digits),
		cmocka_unit_test(a_test_can_stop_the_clock),
		cmocka_unit_test(an_identifier_has_its_shape),
		cmocka_unit_test(threads_never_get_the_same_identifier),
		cmocka_unit_test(
			identifiers_increase_even_if_the_clock_does_not),
		cmocka_unit_test(a_test_can_name_the_identifiers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
