/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_forecast.c - forecasts against a second-by-second play */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "core/check.h"
#include "fixity/schedule.h"
#include "tests/support/support.h"

#define DAY_S INT64_C(86400)
#define GRACE_S MUN_SCHEDULE_GRACE

static uint64_t seed;

static uint64_t random_below(uint64_t n)
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % n;
}

/* In UTC, so that a day is 86400 seconds. */
static bool is_open(const struct mun_window *w, int64_t s)
{
	int64_t minute = s % DAY_S / 60;

	if (w->from == w->to)
		return true;
	return w->from < w->to ? minute >= w->from && minute < w->to
			       : minute >= w->from || minute < w->to;
}

struct played {
	int64_t done; /* s */
	int64_t worst; /* s */
	bool finished; /* before @stop */
	bool kept; /* nothing new late, overdue done by the catch-up's end */
};

/* A second at a time, items in their order; @stop: give up then. */
static struct played play(const struct mun_forecast_item *items, size_t n,
			  const struct mun_window *w, double rate, int64_t now,
			  int64_t catch_up, int64_t stop)
{
	struct played p = { .done = now, .kept = true };
	double left = n ? (double)items[0].bytes : 0;
	size_t i = 0;

	for (int64_t s = now; i < n && s < stop; s++) {
		double can = rate;

		if (!is_open(w, s))
			continue;
		while (i < n && items[i].due / 1000 <= s && left <= can) {
			int64_t due = items[i].due / 1000;
			int64_t end = s + 1;
			bool old = due <= now;

			can -= left;
			if (end - due > GRACE_S)
				p.worst = MUN_MAX(p.worst, end - due);
			if (end > (old ? now + catch_up : due + GRACE_S))
				p.kept = false;
			p.done = end;
			left = ++i < n ? (double)items[i].bytes : 0;
		}
		if (i < n && items[i].due / 1000 <= s)
			left -= can;
	}
	p.finished = i == n;
	p.kept &= p.finished;
	return p;
}

static bool is_near(double a, double b, double by)
{
	return fabs(a - b) <= by;
}

static void a_forecast_is_what_comes_to_pass(void **state)
{
	int finished = 0;
	int late = 0;

	(void)state;
	seed = 7;
	for (int round = 0; round < 60; round++) {
		struct mun_forecast_item items[24] = { 0 };
		size_t n = 1 + (size_t)random_below(24);
		struct mun_window w = { .from = (uint16_t)random_below(1440),
					.to = (uint16_t)random_below(1440) };
		int64_t now = 20000 * DAY_S + (int64_t)random_below(86400);
		int64_t due = now - (int64_t)random_below(4 * 86400);
		double rate = (double)(1 + random_below(1000));
		int64_t catch_up = (int64_t)(2 + random_below(8)) * DAY_S;
		struct mun_forecast f;
		struct played p;

		if (round % 3 == 0 ||
		    (uint16_t)(w.to + 1440 - w.from) % 1440 < 60)
			w.to = w.from;
		for (size_t i = 0; i < n; i++) {
			items[i].due = due * 1000;
			items[i].items = 1;
			items[i].bytes = random_below(20000000) + 1;
			due += (int64_t)random_below(43200);
		}
		mun_forecast_make(items, n, &w, rate, 30 * DAY_S,
				  (uint64_t)catch_up, now * 1000, &f);
		assert_int_equal(f.items, n);
		p = play(items, n, &w, rate, now, catch_up, now + 90 * DAY_S);
		if (p.finished) {
			finished++;
			if (!is_near((double)f.done / 1000, (double)p.done,
				     (double)n + 1))
				fail_msg("round %d: done %jd, not %jd", round,
					 (intmax_t)f.done / 1000,
					 (intmax_t)p.done);
			if (!is_near((double)f.worst_late / 1000,
				     (double)p.worst, (double)n + 1) &&
			    p.worst > GRACE_S + (int64_t)n)
				fail_msg("round %d: late %jd, not %jd", round,
					 (intmax_t)f.worst_late / 1000,
					 (intmax_t)p.worst);
			late += p.worst > 0;
		}
		/* The rate that is needed does it, and a little less not. */
		assert_true(isfinite(f.rate_needed));
		p = play(items, n, &w, f.rate_needed * 1.01 + 1, now, catch_up,
			 now + 60 * DAY_S);
		if (!p.kept)
			fail_msg("round %d: %g is not enough", round,
				 f.rate_needed);
		p = play(items, n, &w, f.rate_needed * 0.98 - 1, now, catch_up,
			 now + 60 * DAY_S);
		if (p.kept)
			fail_msg("round %d: less than %g is enough", round,
				 f.rate_needed);
	}
	assert_in_range(finished, 30, 60);
	/* Or it tests only half of it. */
	assert_in_range(late, 10, 58);
}

static void nothing_is_done_at_once(void **state)
{
	struct mun_window w = { 0, 0 };
	struct mun_forecast f;

	(void)state;
	mun_forecast_make(NULL, 0, &w, 10, 86400, 86400, 5000, &f);
	assert_int_equal(f.items, 0);
	assert_int_equal(f.done, 5000);
	assert_int_equal(f.worst_late, 0);
	assert_true(f.rate_needed <= 0 && f.load <= 0);
}

static void without_a_rate_it_never_ends(void **state)
{
	const struct mun_forecast_item item = { 1000, 100, 3 };
	struct mun_window w = { 60, 120 };
	struct mun_forecast f;

	(void)state;
	mun_forecast_make(&item, 1, &w, 0, 86400, 86400, 5000, &f);
	assert_int_equal(f.done, INT64_MAX);
	assert_int_equal(f.overdue_items, 3);
	assert_int_equal(f.overdue_bytes, 100);
	assert_int_equal(f.late_items, 3);
	assert_true(isinf(f.load));
	/* Less than one byte an hour of window is next to none. */
	mun_forecast_make(&item, 1, &w, 1e-9, 86400, 86400, 5000, &f);
	assert_int_equal(f.done, INT64_MAX);
}

/* 1000 files of 1 MB a day, due day by day; at half the rate that takes. */
static void a_steady_stream_has_the_load_of_its_bytes(void **state)
{
	struct mun_forecast_item items[10];
	struct mun_window night = { 1320, 360 };
	struct mun_window always = { 0, 0 };
	int64_t now = 20000 * DAY_S * 1000;
	double a_day = 1e9;
	struct mun_forecast f;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(items); i++) {
		items[i].due = now + (int64_t)i * DAY_S * 1000;
		items[i].bytes = 1000000000;
		items[i].items = 1000;
	}
	mun_forecast_make(items, 10, &always, a_day / DAY_S * 2, 10 * DAY_S,
			  DAY_S, now, &f);
	assert_true(is_near(f.load, 0.5, 1e-9));
	assert_int_equal(f.late_items, 0);
	assert_int_equal(f.worst_late, 0);
	assert_true(is_near((double)(f.done - now) / 1000, 9.5 * DAY_S, 2));
	/* The night is a third of the day. */
	mun_forecast_make(items, 10, &night, a_day / DAY_S * 6, 10 * DAY_S,
			  DAY_S, now, &f);
	assert_true(is_near(f.load, 0.5, 1e-9));
	assert_int_equal(f.late_items, 0);
	/* At half the rate: the last day's is read from day 18 to 20, of which
	 * none is within two days after day 9.  Day 0's is in time, and of day
	 * 1's (from 2 to 4, due until 3) half. */
	mun_forecast_make(items, 10, &always, a_day / DAY_S / 2, 10 * DAY_S,
			  30 * DAY_S, now, &f);
	assert_true(is_near(f.load, 2, 1e-9));
	assert_true(is_near((double)(f.done - now) / 1000, 20.0 * DAY_S, 2));
	assert_true(is_near((double)f.worst_late / 1000, 11.0 * DAY_S, 2));
	assert_in_range(f.late_items, 8499, 8501);
}

static void a_hundred_thousand_steps_take_no_second(void **state)
{
	size_t n = 100000;
	struct mun_forecast_item *items = calloc(n, sizeof(*items));
	struct mun_window night = { 1320, 360 };
	struct timespec a;
	struct timespec b;
	struct mun_forecast f;

	(void)state;
	assert_non_null(items);
	for (size_t i = 0; i < n; i++) {
		items[i].due = 20000 * DAY_S * 1000 + (int64_t)i * 77000;
		items[i].bytes = 1000000;
		items[i].items = 1;
	}
	assert_int_equal(setenv("TZ", "Europe/Berlin", 1), 0);
	tzset();
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	mun_forecast_make(items, n, &night, 50000, 90 * DAY_S, 30 * DAY_S,
			  20010 * DAY_S * 1000, &f);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	print_message("forecast of %zu: %.0f ms, needs %.0f B/s, load %.2f\n",
		      n,
		      (double)(b.tv_sec - a.tv_sec) * 1e3 +
			      (double)(b.tv_nsec - a.tv_nsec) / 1e6,
		      f.rate_needed, f.load);
	assert_int_equal(f.items, n);
	assert_in_range(b.tv_sec - a.tv_sec, 0, 20);
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	free(items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_forecast_is_what_comes_to_pass),
		cmocka_unit_test(nothing_is_done_at_once),
		cmocka_unit_test(without_a_rate_it_never_ends),
		cmocka_unit_test(a_steady_stream_has_the_load_of_its_bytes),
		cmocka_unit_test(a_hundred_thousand_steps_take_no_second),
	};

	(void)setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
