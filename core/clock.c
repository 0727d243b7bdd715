/* SPDX-License-Identifier: Apache-2.0 */
/* core/clock.c - UTC, RFC 3339, and a clock that a test can set */
#include "core/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define DAY_S INT64_C(86400)

/* 0000-01-01T00:00:00Z and the second after 9999-12-31T23:59:59Z */
#define FIRST_S INT64_C(-62167219200)
#define END_S INT64_C(253402300800)

int64_t (*mun_now_ms)(void) = mun_clock_real_ms;

static int64_t read_clock(clockid_t id)
{
	struct timespec t = { 0 };

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t mun_clock_real_ms(void)
{
	const char *fixed = getenv("MUNIMENT_TEST_NOW");
	struct mun_err ignored;
	int64_t ms;

	if (fixed && !mun_time_parse(fixed, &ms, &ignored))
		return ms;
	return read_clock(CLOCK_REALTIME);
}

int64_t mun_clock_monotonic_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

struct civil {
	int64_t year;
	unsigned int month; /* 1 to 12 */
	unsigned int day; /* 1 to 31 */
};

/*
 * Days count from 1970-01-01 in the proleptic Gregorian calendar, as RFC 3339
 * has it.  The year is taken to begin in March, so that the leap day is its
 * last, and an era is the 400 years after which all repeats (146097 days).
 */
static int64_t days_of(struct civil c)
{
	int64_t year = c.year - (c.month <= 2);
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t in_era = year - era * 400;
	int64_t month = (c.month + 9) % 12; /* March is 0 */
	int64_t in_year = (153 * month + 2) / 5 + c.day - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 +
	       in_year - 719468;
}

static struct civil civil_of(int64_t days)
{
	int64_t since = days + 719468; /* from 0000-03-01 */
	int64_t era = (since >= 0 ? since : since - 146096) / 146097;
	int64_t in_era = since - era * 146097;
	int64_t year =
		(in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) /
		365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153; /* March is 0 */
	struct civil c;

	c.day = (unsigned int)(in_year - (153 * month + 2) / 5 + 1);
	c.month = (unsigned int)(month < 10 ? month + 3 : month - 9);
	c.year = year + era * 400 + (c.month <= 2);
	return c;
}

void mun_time_text(int64_t ms, char out[static MUN_TIME_LEN])
{
	int64_t s = ms / 1000 - (ms % 1000 < 0);
	struct civil c;
	unsigned int in_day;
	int64_t day;

	/* Four digits are all that RFC 3339 has for a year. */
	if (s < FIRST_S)
		s = FIRST_S;
	if (s >= END_S)
		s = END_S - 1;
	day = s / DAY_S - (s % DAY_S < 0);
	in_day = (unsigned int)(s - day * DAY_S);
	c = civil_of(day);
	(void)snprintf(out, MUN_TIME_LEN, "%04u-%02u-%02uT%02u:%02u:%02uZ",
		       (unsigned int)c.year % 10000, c.month % 100, c.day % 100,
		       in_day / 3600 % 100, in_day / 60 % 60, in_day % 60);
}

/* Exactly @n digits at *@p; moves it past them. */
static bool number(const char **p, int n, unsigned int *out)
{
	unsigned int v = 0;

	for (; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		v = v * 10 + (unsigned int)(**p - '0');
	}
	*out = v;
	return true;
}

static bool one_of(const char **p, char a, char b)
{
	if (**p != a && **p != b)
		return false;
	(*p)++;
	return true;
}

static bool parse_date(const char **p, int64_t *days)
{
	static const unsigned int lengths[] = { 31, 29, 31, 30, 31, 30,
						31, 31, 30, 31, 30, 31 };
	unsigned int year;
	unsigned int month;
	unsigned int day;
	bool leap;

	if (!number(p, 4, &year) || !one_of(p, '-', '-') ||
	    !number(p, 2, &month) || !one_of(p, '-', '-') ||
	    !number(p, 2, &day))
		return false;
	leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (month < 1 || month > 12 || day < 1 || day > lengths[month - 1] ||
	    (month == 2 && day == 29 && !leap))
		return false;
	*days = days_of((struct civil){ year, month, day });
	return true;
}

/* ".25": what is finer than a millisecond is cut off. */
static bool parse_fraction(const char **p, unsigned int *ms)
{
	unsigned int weight = 100;

	*ms = 0;
	if (**p != '.')
		return true;
	(*p)++;
	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; (*p)++, weight /= 10)
		*ms += (unsigned int)(**p - '0') * weight;
	return true;
}

static bool parse_offset(const char **p, int64_t *seconds)
{
	unsigned int hours;
	unsigned int minutes;
	bool west = **p == '-';

	*seconds = 0;
	if (one_of(p, 'Z', 'z'))
		return true;
	if (!one_of(p, '+', '-') || !number(p, 2, &hours) ||
	    !one_of(p, ':', ':') || !number(p, 2, &minutes) || hours > 23 ||
	    minutes > 59)
		return false;
	*seconds = hours * INT64_C(3600) + minutes * INT64_C(60);
	if (west)
		*seconds = -*seconds;
	return true;
}

static bool parse_time(const char *p, int64_t *ms_out)
{
	unsigned int hour;
	unsigned int minute;
	unsigned int second;
	unsigned int ms;
	int64_t offset;
	int64_t days;
	int64_t s;

	if (!parse_date(&p, &days) || !one_of(&p, 'T', 't') ||
	    !number(&p, 2, &hour) || !one_of(&p, ':', ':') ||
	    !number(&p, 2, &minute) || !one_of(&p, ':', ':') ||
	    !number(&p, 2, &second) || !parse_fraction(&p, &ms) ||
	    !parse_offset(&p, &offset) || *p)
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	s = days * DAY_S + hour * INT64_C(3600) + minute * INT64_C(60) - offset;
	/* A leap second ends a day of UTC; we count it as the one before. */
	if (second == 60) {
		if (((s % DAY_S) + DAY_S) % DAY_S != DAY_S - 60)
			return false;
		second = 59;
	}
	*ms_out = (s + second) * 1000 + ms;
	return true;
}

int mun_time_parse(const char *text, int64_t *ms_out, struct mun_err *e)
{
	int64_t ms;

	if (!parse_time(text, &ms))
		return mun_fail(e, MUN_EINVAL,
				"'%s' is no time, such as 2026-11-22T17:22:01Z",
				text);
	*ms_out = ms;
	return 0;
}
