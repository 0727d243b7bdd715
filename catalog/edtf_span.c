/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/edtf_span.c - the first and the last moment that a date can mean */
#include "catalog/edtf.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"

/* Year, month and day as they stand, "XX" for what is left out. */
struct date {
	char year[5];
	char month[3];
	char day[3];
};

static bool is_part(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((p[i] < '0' || p[i] > '9') && p[i] != 'X')
			return false;
	return true;
}

/* YYYY, YYYY-MM or YYYY-MM-DD, each digit perhaps X. */
static bool split(const char *text, struct date *out)
{
	const size_t len = strlen(text);

	*out = (struct date){ .month = "XX", .day = "XX" };
	if ((len != 4 && len != 7 && len != 10) || !is_part(text, 4) ||
	    !strncmp(text, "XXXX", 4))
		return false;
	memcpy(out->year, text, 4);
	if (len == 4)
		return true;
	if (text[4] != '-' || !is_part(text + 5, 2))
		return false;
	memcpy(out->month, text + 5, 2);
	if (len == 7)
		return true;
	if (text[7] != '-' || !is_part(text + 8, 2))
		return false;
	memcpy(out->day, text + 8, 2);
	return true;
}

static bool fits(const char *pattern, int digits, int value)
{
	for (int i = digits - 1; i >= 0; i--, value /= 10)
		if (pattern[i] != 'X' && pattern[i] - '0' != value % 10)
			return false;
	return true;
}

/* That day at midnight in UTC; false where there is no such day. */
static bool midnight(int year, int month, int day, int64_t *out)
{
	char text[40];
	struct mun_err ignored;

	(void)snprintf(text, sizeof(text), "%04d-%02d-%02dT00:00:00Z", year,
		       month, day);
	return !mun_time_parse(text, out, &ignored);
}

/* The first day of the year that @d can be, by @step; the last, where that is
 * -1. */
static bool in_year(const struct date *d, int year, int step, int64_t *out)
{
	for (int m = step > 0 ? 1 : 12; m >= 1 && m <= 12; m += step) {
		if (!fits(d->month, 2, m))
			continue;
		for (int day = step > 0 ? 1 : 31; day >= 1 && day <= 31;
		     day += step)
			if (fits(d->day, 2, day) && midnight(year, m, day, out))
				return true;
	}
	return false;
}

static bool find(const struct date *d, int step, int64_t *out)
{
	for (int year = step > 0 ? 0 : 9999; year >= 0 && year <= 9999;
	     year += step)
		if (fits(d->year, 4, year) && in_year(d, year, step, out))
			return true;
	return false;
}

bool mun_edtf_span(const char *text, int64_t *first_ms, int64_t *last_ms)
{
	struct mun_err ignored;
	struct date d;

	if (!mun_edtf_is_valid(text))
		return false;
	if (strchr(text, 'T')) {
		if (mun_time_parse(text, first_ms, &ignored))
			return false;
		*last_ms = *first_ms;
		return true;
	}
	if (!split(text, &d) || !find(&d, 1, first_ms) ||
	    !find(&d, -1, last_ms))
		return false;
	*last_ms += INT64_C(86400000) - 1;
	return true;
}
