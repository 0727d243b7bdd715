/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/schedule.c - when what is to be verified: windows and due dates */
#include "fixity/schedule.h"

#include <time.h>

#include "core/check.h"
#include "core/conf_value.h"

#define DAY_MIN 1440
#define DAY_S INT64_C(86400)

/* localtime_r(3) fails far outside of the years that have four digits. */
#define LAST_S INT64_C(253402300799)

/* Beyond so much, a sum of windows is taken from their share of the day. */
#define EXACT_S ((int64_t)20 * 366 * DAY_S)

int mun_window_parse(const char *text, struct mun_window *out,
		     struct mun_err *e)
{
	return mun_conf_parse_window(text, &out->from, &out->to, e);
}

static bool is_always(const struct mun_window *w)
{
	return w->from == w->to;
}

static int64_t to_seconds(int64_t ms)
{
	int64_t s = ms / 1000 - (ms % 1000 < 0);

	return MUN_MAX(MUN_MIN(s, LAST_S), -LAST_S);
}

/* Local time at @s. */
static struct tm local_at(int64_t s)
{
	time_t t = (time_t)s;
	struct tm tm = { 0 };

	/* UTC is better than nothing where the time zone cannot say. */
	if (!localtime_r(&t, &tm))
		(void)gmtime_r(&t, &tm);
	return tm;
}

static bool open_in(const struct mun_window *w, const struct tm *tm)
{
	int minute = tm->tm_hour * 60 + tm->tm_min;

	if (w->from < w->to)
		return minute >= w->from && minute < w->to;
	return minute >= w->from || minute < w->to;
}

/* The first second after @lo at which the offset from UTC is not that at @lo;
 * at @hi it is another. */
static int64_t clock_change(int64_t lo, int64_t hi)
{
	long was = local_at(lo).tm_gmtoff;

	while (hi - lo > 1) {
		int64_t mid = lo + (hi - lo) / 2;

		if (local_at(mid).tm_gmtoff == was)
			lo = mid;
		else
			hi = mid;
	}
	return hi;
}

/* Seconds to the next edge of the window by a clock that is never changed. */
static int64_t to_edge(const struct mun_window *w, const struct tm *tm,
		       bool open)
{
	int64_t edge = (open ? w->to : w->from) * INT64_C(60);
	int64_t at = tm->tm_hour * INT64_C(3600) + tm->tm_min * INT64_C(60) +
		     MUN_MIN(tm->tm_sec, 59);

	return edge > at ? edge - at : edge - at + DAY_S;
}

bool mun_window_is_open(const struct mun_window *w, int64_t now, int64_t *next)
{
	int64_t s = to_seconds(now);
	struct tm tm;
	bool open;

	*next = INT64_MAX;
	if (is_always(w))
		return true;
	tm = local_at(s);
	open = open_in(w, &tm);
	/* Clocks are changed at most once before the edge; a change may pass
	 * over the edge, move it, or be one itself. */
	for (int i = 0; i < 4; i++) {
		int64_t edge = s + to_edge(w, &tm, open);
		struct tm there = local_at(edge);

		if (there.tm_gmtoff == tm.tm_gmtoff) {
			s = edge;
			break;
		}
		s = clock_change(s, edge);
		tm = local_at(s);
		if (open_in(w, &tm) != open)
			break;
	}
	*next = s * 1000;
	return open;
}

/* The share of an ordinary day that it is open. */
static double open_share(const struct mun_window *w)
{
	int minutes = (w->to - w->from + DAY_MIN) % DAY_MIN;

	return is_always(w) ? 1 : (double)minutes / DAY_MIN;
}

uint64_t mun_window_seconds(const struct mun_window *w, int64_t from,
			    int64_t to)
{
	int64_t a = to_seconds(from);
	int64_t b = to_seconds(to);
	uint64_t sum = 0;

	if (b <= a)
		return 0;
	if (is_always(w))
		return (uint64_t)(b - a);
	if (b - a > EXACT_S) {
		sum = (uint64_t)((double)(b - a - EXACT_S) * open_share(w));
		b = a + EXACT_S;
	}
	while (a < b) {
		int64_t next;
		bool open = mun_window_is_open(w, a * 1000, &next);
		int64_t end = MUN_MIN(next / 1000, b);

		if (open)
			sum += (uint64_t)(end - a);
		a = end;
	}
	return sum;
}

int64_t mun_due_at(int64_t last, uint64_t every, int64_t now)
{
	int64_t step;
	int64_t due;

	if (!every)
		return INT64_MAX;
	if (last > now)
		return now;
	/* INT64_MAX is "never", and no date that can be come to. */
	if (ckd_mul(&step, every, 1000) || ckd_add(&due, last, step))
		return INT64_MAX - 1;
	return due;
}

int64_t mun_overdue(int64_t last, uint64_t every, int64_t now)
{
	int64_t due = mun_due_at(last, every, now);
	int64_t late;

	if (ckd_sub(&late, now, due))
		return now < due ? INT64_MIN : INT64_MAX;
	return late;
}
