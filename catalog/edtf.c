/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/edtf.c - is it a date?  EDTF (ISO 8601-2) and RFC 3339 */
#include "catalog/edtf.h"

#include <string.h>

/* Section numbers are those of the Extended Date/Time Format Specification of
 * the Library of Congress (2019): L1.2 is level 1, feature 2. */

/* Two digits or X at @p can be a number from @min to @max: which of them? */
static bool fits(const char *p, int value)
{
	return (p[0] == 'X' || p[0] - '0' == value / 10) &&
	       (p[1] == 'X' || p[1] - '0' == value % 10);
}

static bool fits_range(const char *p, int min, int max)
{
	for (int v = min; v <= max; v++)
		if (fits(p, v))
			return true;
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_digit_or_x(char c)
{
	return is_digit(c) || c == 'X';
}

/* @n digits at *p; *p behind them. */
static bool digits(const char **p, int n)
{
	for (int i = 0; i < n; i++)
		if (!is_digit((*p)[i]))
			return false;
	*p += n;
	return true;
}

static bool some_digits(const char **p)
{
	const char *start = *p;

	while (is_digit(**p))
		(*p)++;
	return *p > start;
}

static int two(const char *p)
{
	return (p[0] - '0') * 10 + (p[1] - '0');
}

/* ?, ~ or % (L1.3, L2.5), perhaps; what stands left of a component qualifies
 * it alone, what stands right of it also all before it. */
static void qualifier(const char **p)
{
	if (**p == '?' || **p == '~' || **p == '%')
		(*p)++;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days in @month; @year is NULL or four digits or X. */
static int month_days(const char *year, int month)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30,
				    31, 31, 30, 31, 30, 31 };
	int y = 0;

	if (month != 2)
		return days[month - 1];
	for (int i = 0; i < 4; i++) {
		if (!is_digit(year[i]))
			return 29; /* some year that fits may be a leap year */
		y = y * 10 + (year[i] - '0');
	}
	return is_leap(y) ? 29 : 28;
}

/* Can @day be a day of some month that fits @month? */
static bool day_fits(const char *year, const char *month, const char *day)
{
	for (int m = 1; m <= 12; m++)
		if (fits(month, m) && fits_range(day, 1, month_days(year, m)))
			return true;
	return false;
}

/* S and the number of digits that are significant (L2.2). */
static bool significant(const char **p)
{
	if (**p != 'S')
		return true;
	(*p)++;
	return **p != '0' && some_digits(p);
}

/* A year of more than four digits (L1.1), or an exponential one (L2.1). */
static bool long_year(const char **p)
{
	const char *start;
	const char *end;

	(*p)++; /* Y */
	if (**p == '-')
		(*p)++;
	start = *p;
	if (!some_digits(p) || *start == '0')
		return false;
	end = *p;
	if (**p == 'E') {
		(*p)++;
		if (!some_digits(p))
			return false;
	} else if (end - start < 5) {
		return false;
	}
	return significant(p);
}

static bool component(const char **p)
{
	qualifier(p);
	if (!is_digit_or_x((*p)[0]) || !is_digit_or_x((*p)[1]))
		return false;
	*p += 2;
	return true;
}

/*
 * A date of any level without a time: year; year and month, or season (21 to
 * 41, L1.2 and L2.3); year, month and day.  X stands for any digit (L1.4, L2.6).
 */
static bool date(const char **p)
{
	const char *year;
	const char *month;

	if (**p == 'Y')
		return long_year(p);
	qualifier(p);
	if (**p == '-')
		(*p)++;
	year = *p;
	for (int i = 0; i < 4; i++)
		if (!is_digit_or_x(year[i]))
			return false;
	*p += 4;
	if (**p == 'S')
		return memchr(year, 'X', 4) == NULL && significant(p);
	qualifier(p);
	if (**p != '-')
		return true;
	(*p)++;
	if (!component(p))
		return false;
	month = *p - 2;
	qualifier(p);
	if (**p != '-')
		return fits_range(month, 1, 12) || fits_range(month, 21, 41);
	(*p)++;
	if (!component(p) || !day_fits(year, month, *p - 2))
		return false;
	qualifier(p);
	return true;
}

/* Z, or hours and perhaps minutes from UTC. */
static bool zone(const char **p, bool minutes_needed)
{
	const char *at = *p + 1;

	if (**p == 'Z') {
		(*p)++;
		return true;
	}
	if (**p != '+' && **p != '-')
		return false;
	*p = at;
	if (!digits(p, 2) || two(at) > 23)
		return false;
	if (**p != ':')
		return !minutes_needed;
	at = ++*p;
	return digits(p, 2) && two(at) <= 59;
}

/* YYYY-MM-DD, digits only. */
static bool plain_day(const char **p)
{
	const char *start = *p;

	if (!digits(p, 4) || *(*p)++ != '-' || !digits(p, 2) ||
	    *(*p)++ != '-' || !digits(p, 2))
		return false;
	return day_fits(start, start + 5, start + 8);
}

/* hh:mm:ss; @last_hour 23, or 24 where 24:00:00 may end a day. */
static bool clock_time(const char **p, int last_hour)
{
	const char *start = *p;
	int hour;

	if (!digits(p, 2) || *(*p)++ != ':' || !digits(p, 2) ||
	    *(*p)++ != ':' || !digits(p, 2))
		return false;
	hour = two(start);
	if (hour == 24)
		return last_hour == 24 && two(start + 3) == 0 &&
		       two(start + 6) == 0;
	/* 60 is a leap second. */
	return hour <= 23 && two(start + 3) <= 59 && two(start + 6) <= 60;
}

/* Date and time, local or with a zone (level 0). */
static bool date_time(const char **p)
{
	if (!plain_day(p) || **p != 'T')
		return false;
	(*p)++;
	if (!clock_time(p, 24))
		return false;
	if (**p == 'Z' || **p == '+' || **p == '-')
		return zone(p, false);
	return true;
}

/* A date with or without a time, up to @stop. */
static bool moment(const char **p, const char *stops)
{
	const char *start = *p;

	if (date(p) && (!**p || strchr(stops, **p)))
		return true;
	*p = start;
	return date_time(p) && (!**p || strchr(stops, **p));
}

/* "" is unknown, ".." open (L1.5). */
static bool interval(const char *p)
{
	bool dated = false; /* at least one end is */

	if (strncmp(p, "../", 3) == 0) {
		p += 2;
	} else if (*p != '/') {
		if (!moment(&p, "/"))
			return false;
		dated = true;
	}
	if (*p++ != '/')
		return false;
	if (!*p || strcmp(p, "..") == 0)
		return dated;
	return moment(&p, "") && !*p;
}

/* One of [..] or all of {..} these: dates and ranges (L2.4). */
static bool set(const char *p)
{
	const char close = *p == '[' ? ']' : '}';
	bool first = true;

	p++;
	for (;; first = false) {
		const bool open = strncmp(p, "..", 2) == 0;

		if (open && !first)
			return false;
		if (open)
			p += 2;
		if (!date(&p))
			return false;
		if (strncmp(p, "..", 2) == 0) {
			p += 2;
			if (*p == close)
				break; /* "or later" ends the set */
			if (open || !date(&p))
				return false;
		}
		if (*p == close)
			break;
		if (*p++ != ',')
			return false;
	}
	return p[1] == '\0';
}

bool mun_edtf_is_valid(const char *text)
{
	if (*text == '[' || *text == '{')
		return set(text);
	if (strchr(text, '/'))
		return interval(text);
	return moment(&text, "") && !*text;
}

bool mun_rfc3339_is_valid(const char *text)
{
	const char *p = text;

	if (!plain_day(&p) || (*p != 'T' && *p != 't'))
		return false;
	p++;
	if (!clock_time(&p, 23))
		return false;
	if (*p == '.') {
		p++;
		if (!some_digits(&p))
			return false;
	}
	if (*p == 'z')
		return p[1] == '\0';
	return zone(&p, true) && !*p;
}
