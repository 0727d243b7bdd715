/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/schedule_forecast.c - what this rate and this window will lead to
 *
 * The queue is played through: longest overdue first, nothing before it is due,
 * bytes only while the window is open.  What has been verified comes back after
 * all that is in the queue today, so each item is played once.
 */
#include <math.h>
#include <string.h>

#include "core/check.h"
#include "fixity/schedule.h"

/* Longer is "never". */
#define HORIZON_MS (INT64_C(200) * 366 * 86400 * 1000)

/* Bytes a second that no store ever had: what needs more cannot be kept. */
#define RATE_MAX 1e15

/* A stretch of time in which the window does not change. */
struct stretch {
	const struct mun_window *w;
	int64_t from;
	int64_t to;
	bool open;
};

static void find_stretch(struct stretch *s, int64_t at)
{
	if (at >= s->from && at < s->to)
		return;
	s->from = at;
	s->open = mun_window_is_open(s->w, at, &s->to);
}

/* When @seconds of open window have gone by since @at; INT64_MAX: not before
 * @limit. */
static int64_t work(struct stretch *s, int64_t at, double seconds,
		    int64_t limit)
{
	while (at < limit) {
		double room;

		find_stretch(s, at);
		room = s->to == INT64_MAX ? INFINITY
					  : (double)(s->to - at) / 1000;
		if (s->open && seconds <= room) {
			if (seconds * 1000 > (double)(limit - at))
				return INT64_MAX;
			return at + (int64_t)ceil(seconds * 1000);
		}
		if (s->open)
			seconds -= room;
		at = s->to;
	}
	return INT64_MAX;
}

/* @due + two days: before that a window has been open. */
static int64_t deadline_of(int64_t due)
{
	int64_t t;

	return ckd_add(&t, due, MUN_SCHEDULE_GRACE * INT64_C(1000)) ? INT64_MAX
								    : t;
}

static int64_t minus(int64_t a, int64_t b)
{
	int64_t d;

	if (ckd_sub(&d, a, b))
		return a < b ? INT64_MIN : INT64_MAX;
	return d;
}

/* Would @rate do?  Overdue items by @catch_up_end, all else in time. */
static bool is_enough(const struct mun_forecast_item *items, size_t n,
		      const struct mun_window *w, double rate,
		      int64_t catch_up_end, int64_t now)
{
	struct stretch s = { .w = w };
	int64_t at = now;

	for (size_t i = 0; i < n; i++) {
		int64_t limit = items[i].due <= now ? catch_up_end
						    : deadline_of(items[i].due);

		if (items[i].due == INT64_MAX)
			break;
		at = work(&s, MUN_MAX(at, items[i].due),
			  (double)items[i].bytes / rate, limit);
		if (at == INT64_MAX)
			return false;
	}
	return true;
}

static double rate_needed(const struct mun_forecast_item *items, size_t n,
			  const struct mun_window *w, int64_t catch_up_end,
			  int64_t now)
{
	double low = 0;
	double high = 1;

	while (!is_enough(items, n, w, high, catch_up_end, now)) {
		low = high;
		high *= 16;
		if (high > RATE_MAX)
			return INFINITY;
	}
	while (high - low > high / 4096) {
		double mid = low + (high - low) / 2;

		if (mid > 0 && is_enough(items, n, w, mid, catch_up_end, now))
			high = mid;
		else
			low = mid;
		if (high < 1)
			break;
	}
	return high;
}

/* How many of a step that is read from @at on are read after its deadline; all
 * where it was so before it began. */
static uint64_t late_of(const struct mun_forecast_item *it,
			const struct mun_window *w, double rate, int64_t at)
{
	int64_t deadline = deadline_of(it->due);
	double share;

	if (!it->bytes || at >= deadline)
		return it->items;
	share = (double)mun_window_seconds(w, at, deadline) * rate /
		(double)it->bytes;
	return it->items - (uint64_t)(MUN_MIN(share, 1.0) * (double)it->items);
}

static void play(const struct mun_forecast_item *items, size_t n,
		 const struct mun_window *w, double rate, int64_t now,
		 struct mun_forecast *out)
{
	struct stretch s = { .w = w };
	int64_t at = now;

	for (size_t i = 0; i < n && items[i].due != INT64_MAX; i++) {
		const struct mun_forecast_item *it = &items[i];
		int64_t start = MUN_MAX(at, it->due);
		int64_t limit;

		if (ckd_add(&limit, now, HORIZON_MS))
			limit = INT64_MAX;
		at = INT64_MAX;
		if (rate > 0)
			at = work(&s, start, (double)it->bytes / rate, limit);
		if (at > deadline_of(it->due)) {
			out->worst_late =
				MUN_MAX(out->worst_late, minus(at, it->due));
			out->late_items += rate > 0
						   ? late_of(it, w, rate, start)
						   : it->items;
		}
		out->done = at;
	}
}

/* Open at some time of the day, as a share of it. */
static double share_of(const struct mun_window *w)
{
	int minutes = (w->to - w->from + 1440) % 1440;

	return minutes ? minutes / 1440.0 : 1;
}

void mun_forecast_make(const struct mun_forecast_item *items, size_t n,
		       const struct mun_window *w, double rate, uint64_t every,
		       uint64_t catch_up, int64_t now, struct mun_forecast *out)
{
	int64_t end;

	memset(out, 0, sizeof(*out));
	out->done = now;
	for (size_t i = 0; i < n; i++) {
		out->items += items[i].items;
		out->bytes += items[i].bytes;
		if (items[i].due > now)
			continue;
		out->overdue_items += items[i].items;
		out->overdue_bytes += items[i].bytes;
	}
	play(items, n, w, rate, now, out);
	if (ckd_mul(&end, catch_up, 1000) || ckd_add(&end, end, now))
		end = INT64_MAX;
	out->rate_needed = out->bytes ? rate_needed(items, n, w, end, now) : 0;
	if (!every || !out->bytes)
		out->load = 0;
	else if (rate > 0)
		out->load =
			(double)out->bytes / (double)every / rate / share_of(w);
	else
		out->load = INFINITY;
}
