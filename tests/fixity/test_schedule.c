/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_schedule.c - windows over changes of clocks, due dates */
#include "fixity/schedule.h"

#include <stdio.h>
#include <time.h>

#include "core/check.h"
#include "core/clock.h"
#include "tests/support/support.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)

static const char *const zones[] = { "UTC", "Europe/Berlin", "America/New_York",
				     "Australia/Lord_Howe" };

static void set_zone(const char *name)
{
	assert_int_equal(setenv("TZ", name, 1), 0);
	tzset();
}

static int64_t at(const char *text)
{
	struct mun_err e;
	int64_t ms;

	assert_int_equal(mun_time_parse(text, &ms, &e), 0);
	return ms;
}

static struct mun_window window(const char *text)
{
	struct mun_window w;
	struct mun_err e;

	assert_int_equal(mun_window_parse(text, &w, &e), 0);
	return w;
}

static void windows_are_read_as_people_write_them(void **state)
{
	static const char *const bad[] = {
		"",
		"22:00",
		"22:00-24:00",
		"22:00-06:60",
		"2:00-06:00",
		"22:00-06:00 ",
		"22:00 06:00",
		"always ",
		"06:00-06:00",
		"22.00-06.00",
		"-1:00-06:00",
		"Always",
		"22:00-06:00x",
	};
	struct mun_window w;
	struct mun_err e;

	(void)state;
	w = window("22:00-06:05");
	assert_int_equal(w.from, 1320);
	assert_int_equal(w.to, 365);
	w = window("always");
	assert_int_equal(w.from, w.to);
	for (size_t i = 0; i < MUN_COUNT(bad); i++)
		if (mun_window_parse(bad[i], &w, &e) != MUN_EINVAL)
			fail_msg("'%s' was taken", bad[i]);
}

/* By the rules of these zones in 2026 (tzdata; e.g. zdump -v). */
static void nights_in_which_clocks_change_are_shorter_or_longer(void **state)
{
	static const struct {
		const char *zone;
		const char *window;
		const char *now;
		bool open;
		const char *next;
	} table[] = {
		{ "UTC", "22:00-06:00", "2026-05-01T21:59:59Z", false,
		  "2026-05-01T22:00:00Z" },
		{ "UTC", "22:00-06:00", "2026-05-01T22:00:00Z", true,
		  "2026-05-02T06:00:00Z" },
		{ "UTC", "22:00-06:00", "2026-05-02T05:59:59.999Z", true,
		  "2026-05-02T06:00:00Z" },
		{ "UTC", "22:00-06:00", "2026-05-02T06:00:00Z", false,
		  "2026-05-02T22:00:00Z" },
		{ "UTC", "00:00-23:59", "2028-02-29T23:59:30Z", false,
		  "2028-03-01T00:00:00Z" },
		/* 2026-03-29 02:00 +01 is 03:00 +02: seven hours */
		{ "Europe/Berlin", "22:00-06:00", "2026-03-28T21:00:00Z", true,
		  "2026-03-29T04:00:00Z" },
		/* 2026-10-25 03:00 +02 is 02:00 +01: nine hours */
		{ "Europe/Berlin", "22:00-06:00", "2026-10-24T20:00:00Z", true,
		  "2026-10-25T05:00:00Z" },
		/* a window in the hour that there is not: not that night */
		{ "Europe/Berlin", "02:10-02:50", "2026-03-29T00:00:00Z", false,
		  "2026-03-30T00:10:00Z" },
		/* and twice in the hour that there is twice */
		{ "Europe/Berlin", "02:10-02:50", "2026-10-25T00:00:00Z", false,
		  "2026-10-25T00:10:00Z" },
		{ "Europe/Berlin", "02:10-02:50", "2026-10-25T00:50:00Z", false,
		  "2026-10-25T01:10:00Z" },
		/* one that the change cuts short, and one that it opens */
		{ "Europe/Berlin", "01:30-02:30", "2026-03-29T00:40:00Z", true,
		  "2026-03-29T01:00:00Z" },
		{ "Europe/Berlin", "02:30-03:30", "2026-03-29T00:40:00Z", false,
		  "2026-03-29T01:00:00Z" },
		/* 2026-03-08 02:00 -05; 2026-11-01 02:00 -04 */
		{ "America/New_York", "22:00-06:00", "2026-03-08T03:00:00Z",
		  true, "2026-03-08T10:00:00Z" },
		{ "America/New_York", "22:00-06:00", "2026-11-01T02:00:00Z",
		  true, "2026-11-01T11:00:00Z" },
		/* half an hour: 2026-04-05 02:00 +11 is 01:30 +10:30 */
		{ "Australia/Lord_Howe", "01:45-02:15", "2026-04-04T14:45:00Z",
		  true, "2026-04-04T15:00:00Z" },
		{ "Australia/Lord_Howe", "01:45-02:15", "2026-04-04T15:00:00Z",
		  false, "2026-04-04T15:15:00Z" },
		/* 2026-10-04 02:00 +10:30 is 02:30 +11 */
		{ "Australia/Lord_Howe", "22:00-06:00", "2026-10-03T11:30:00Z",
		  true, "2026-10-03T19:00:00Z" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		struct mun_window w = window(table[i].window);
		char text[MUN_TIME_LEN];
		int64_t next;
		bool open;

		set_zone(table[i].zone);
		open = mun_window_is_open(&w, at(table[i].now), &next);
		mun_time_text(next, text);
		if (open != table[i].open || next != at(table[i].next))
			fail_msg("case %zu: %s until %s", i,
				 open ? "open" : "closed", text);
	}
}

static void always_has_no_end(void **state)
{
	struct mun_window w = window("always");
	int64_t next;

	(void)state;
	assert_true(mun_window_is_open(&w, 0, &next));
	assert_int_equal(next, INT64_MAX);
	assert_int_equal(mun_window_seconds(&w, 1000, 61000), 60);
	assert_int_equal(mun_window_seconds(&w, 61000, 1000), 0);
}

/* The definition itself: what the clock on the wall shows. */
static bool open_by_wall_clock(const struct mun_window *w, int64_t s)
{
	time_t t = (time_t)s;
	struct tm tm;
	int minute;

	assert_non_null(localtime_r(&t, &tm));
	minute = tm.tm_hour * 60 + tm.tm_min;
	if (w->from == w->to)
		return true;
	return w->from < w->to ? minute >= w->from && minute < w->to
			       : minute >= w->from || minute < w->to;
}

static uint64_t next_random(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Minute by minute, in the days around each change of clocks in 2026. */
static void the_next_edge_is_that_of_the_clock_on_the_wall(void **state)
{
	static const char *const days[] = {
		"2026-03-28T06:00:00Z", "2026-10-24T06:00:00Z",
		"2026-03-07T12:00:00Z", "2026-10-31T12:00:00Z",
		"2026-04-04T00:00:00Z", "2026-10-03T00:00:00Z",
		"2028-02-28T20:00:00Z", "2026-12-31T12:00:00Z",
	};
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 4000; i++) {
		int64_t now =
			at(days[next_random(&seed) % MUN_COUNT(days)]) / 1000 +
			(int64_t)(next_random(&seed) % 129600);
		struct mun_window w = {
			.from = (uint16_t)(next_random(&seed) % 1440),
			.to = (uint16_t)(next_random(&seed) % 1440)
		};
		int64_t s = now - now % 60;
		uint64_t open_s = 0;
		int64_t next;
		bool open;

		set_zone(zones[next_random(&seed) % MUN_COUNT(zones)]);
		if (w.from == w.to)
			continue;
		open = mun_window_is_open(&w, now * 1000, &next);
		assert_int_equal(open, open_by_wall_clock(&w, now));
		while (open_by_wall_clock(&w, s) == open)
			s += 60;
		if (next != s * 1000)
			fail_msg("%s: %u-%u at %jd: %jd, not %jd", getenv("TZ"),
				 w.from, w.to, (intmax_t)now,
				 (intmax_t)next / 1000, (intmax_t)s);
		if (i % 8)
			continue;
		now -= now % 60;
		for (s = now; s < now + 129600; s += 60)
			open_s += open_by_wall_clock(&w, s) ? 60 : 0;
		assert_int_equal(mun_window_seconds(&w, now * 1000,
						    (now + 129600) * 1000),
				 open_s);
	}
}

static void long_times_are_summed_up_in_no_time(void **state)
{
	struct mun_window w = window("22:00-06:00");
	int64_t start = mun_clock_monotonic_ms();
	double open;

	(void)state;
	set_zone("Europe/Berlin");
	/* 400 years of 8 hours; the clocks go as often back as forth */
	open = (double)mun_window_seconds(&w, at("2026-01-01T12:00:00Z"),
					  at("2426-01-01T12:00:00Z"));
	assert_true(open > 146097 * 8 * 3600.0 * 0.999);
	assert_true(open < 146097 * 8 * 3600.0 * 1.001);
	/* The ends of time do no harm. */
	assert_true(mun_window_seconds(&w, INT64_MIN, INT64_MAX) > 0);
	assert_true(mun_clock_monotonic_ms() - start < 10000);
}

static void due_dates_hold_against_clocks_that_are_wrong(void **state)
{
	static const struct {
		int64_t last;
		uint64_t every;
		int64_t now;
		int64_t due;
		int64_t overdue;
	} table[] = {
		{ 0, 90, 50000, 90000, -40000 },
		{ 0, 90, 90000, 90000, 0 },
		{ 0, 90, 100000, 90000, 10000 },
		/* verified in the future: that proves nothing */
		{ 60000, 90, 50000, 50000, 0 },
		{ INT64_MAX, 90, 50000, 50000, 0 },
		{ 50000, 90, 50000, 140000, -90000 },
		/* never */
		{ 0, 0, 50000, INT64_MAX, INT64_MIN },
		/* nothing overflows */
		{ 0, UINT64_MAX, 50000, INT64_MAX - 1, 50001 - INT64_MAX },
		{ INT64_MIN, 1, 50000, INT64_MIN + 1000, INT64_MAX },
		{ INT64_MAX - 5, 1, INT64_MAX - 1, INT64_MAX - 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		if (mun_due_at(table[i].last, table[i].every, table[i].now) !=
		    table[i].due)
			fail_msg("case %zu: due", i);
		if (i != 6 && mun_overdue(table[i].last, table[i].every,
					  table[i].now) != table[i].overdue)
			fail_msg("case %zu: overdue", i);
	}
	assert_true(mun_overdue(0, 0, 50000) < -INT64_MAX / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_are_read_as_people_write_them),
		cmocka_unit_test(
			nights_in_which_clocks_change_are_shorter_or_longer),
		cmocka_unit_test(always_has_no_end),
		cmocka_unit_test(
			the_next_edge_is_that_of_the_clock_on_the_wall),
		cmocka_unit_test(long_times_are_summed_up_in_no_time),
		cmocka_unit_test(due_dates_hold_against_clocks_that_are_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
