/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/schedule.h - when what is to be verified: functions of policy and clock
 *
 * Nothing here reads a clock, a file or a catalog.  Times are milliseconds
 * since 1970 in UTC, durations seconds; local time (windows) is that of the
 * process's time zone at that moment, so a window of 22:00-06:00 has nine or
 * seven hours in the nights when clocks are changed.
 */
#ifndef MUN_FIXITY_SCHEDULE_H
#define MUN_FIXITY_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* Local time of day in minutes; from == to: always open.  from > to goes over
 * midnight. */
struct mun_window {
	uint16_t from;
	uint16_t to;
};

/* What muniment.conf says for one collection in one store. */
struct mun_policy {
	uint64_t every; /* seconds between verifications; 0: never */
	uint64_t presence_every; /* of existence and size; 0: never */
	struct mun_window window;
	uint64_t rate; /* bytes a second; 0: as fast as it goes */
	unsigned int threads; /* 0: one for each processor */
	bool full; /* digest = full: whole-file digests too */
	unsigned int copies; /* wanted, with main */
	double parity; /* percent; 0: none */
	unsigned int breaker_percent; /* 0: no circuit breaker */
	unsigned int breaker_items; /* looked at first */
	bool repair; /* may scheduled audits repair? */
	uint64_t catch_up; /* seconds for what is overdue, in the forecast */
};

/* Seconds after its due date at which what has not been read is late: two days,
 * in which every window has been open. */
#define MUN_SCHEDULE_GRACE 172800

/* "22:00-06:00", or "always".  MUN_EINVAL. */
MUN_CHECK int mun_window_parse(const char *text, struct mun_window *out,
			       struct mun_err *e);

/* Is it open at @now?  @next: when it closes (if open) or opens; INT64_MAX for
 * one that is always open. */
bool mun_window_is_open(const struct mun_window *w, int64_t now, int64_t *next);

/* Open seconds from @from to @to (ms), 0 where @to is before. */
uint64_t mun_window_seconds(const struct mun_window *w, int64_t from,
			    int64_t to);

/**
 * mun_due_at() - when what was verified at @last is due again
 *
 * A time after @now (a clock that was wrong, then or now) proves nothing: it is
 * due at once, which errs on the side of reading.  INT64_MAX with @every 0.
 */
int64_t mun_due_at(int64_t last, uint64_t every, int64_t now);

/* How long it has been overdue, in ms; negative: still to come. */
int64_t mun_overdue(int64_t last, uint64_t every, int64_t now);

/* One step of a forecast: what is due at @due, in ascending order. */
struct mun_forecast_item {
	int64_t due; /* ms */
	uint64_t bytes;
	uint64_t items;
};

struct mun_forecast {
	uint64_t items; /* all */
	uint64_t bytes;
	uint64_t overdue_items; /* now */
	uint64_t overdue_bytes;
	int64_t done; /* ms: everything of today verified once; INT64_MAX:
		       * never at this rate */
	int64_t worst_late; /* ms after its due date that the worst will be
			     * read; 0: nothing after its grace */
	uint64_t late_items; /* will be read after their grace */
	double rate_needed; /* bytes a second of open window, so that nothing
			     * that is not late yet becomes late, and what is
			     * overdue is done within @catch_up; INFINITY:
			     * no rate does it */
	double load; /* share of the open time that keeping up needs for ever:
		      * bytes / every / rate / open share; above 1 it cannot */
};

/**
 * mun_forecast_make() - at this rate, within this window
 * @rate: bytes a second while the window is open; 0: nothing is ever read
 * @every: seconds; of the load
 * @catch_up: seconds to get rid of what is overdue
 */
void mun_forecast_make(const struct mun_forecast_item *items, size_t n,
		       const struct mun_window *w, double rate, uint64_t every,
		       uint64_t catch_up, int64_t now,
		       struct mun_forecast *out);

#endif
