/* SPDX-License-Identifier: Apache-2.0 */
/* audit/report_period.c - periods, forms and schemes as people name them */
#include "audit/report.h"

#include <stdio.h>
#include <string.h>

#include "core/check.h"

/* The digits of @text from @off, all of them. */
static bool number(const char *text, size_t digits, unsigned int *out)
{
	unsigned int n = 0;

	for (size_t i = 0; i < digits; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		n = n * 10 + (unsigned int)(text[i] - '0');
	}
	*out = n;
	return true;
}

/* The start of a day of the calendar; false where there is no such day. */
static bool start_of(unsigned int year, unsigned int month, unsigned int day,
		     int64_t *ms)
{
	char text[MUN_TIME_LEN + 16];
	struct mun_err e;

	(void)snprintf(text, sizeof(text), "%04u-%02u-%02uT00:00:00Z", year,
		       month, day);
	return mun_time_parse(text, ms, &e) == 0;
}

static bool day(const char *text, int64_t *ms)
{
	unsigned int y;
	unsigned int m;
	unsigned int d;

	return strlen(text) == 10 && number(text, 4, &y) && text[4] == '-' &&
	       number(text + 5, 2, &m) && text[7] == '-' &&
	       number(text + 8, 2, &d) && start_of(y, m, d, ms);
}

/* @months from @month of @year on. */
static bool months(unsigned int year, unsigned int month, unsigned int n,
		   struct mun_period *out)
{
	unsigned int end = month + n;

	return start_of(year, month, 1, &out->from) &&
	       start_of(end > 12 ? year + 1 : year, end > 12 ? end - 12 : end,
			1, &out->to);
}

static bool range(const char *text, struct mun_period *out)
{
	const char *dots = strstr(text, "..");
	char first[11];

	if (!dots || dots - text != 10)
		return false;
	memcpy(first, text, 10);
	first[10] = '\0';
	if (!day(first, &out->from) || !day(dots + 2, &out->to))
		return false;
	out->to += INT64_C(24) * 60 * 60 * 1000;
	return out->from < out->to;
}

static bool parse(const char *text, struct mun_period *out)
{
	size_t len = strlen(text);
	unsigned int year;
	unsigned int n;

	if (len < 4 || len >= sizeof(out->name) || !number(text, 4, &year) ||
	    year < 1970 || year > 9998)
		return false;
	if (len == 4)
		return months(year, 1, 12, out);
	if (len == 7 && text[4] == '-' && text[5] == 'Q' &&
	    number(text + 6, 1, &n) && n >= 1 && n <= 4)
		return months(year, 3 * n - 2, 3, out);
	if (len == 7 && text[4] == '-' && number(text + 5, 2, &n) && n >= 1 &&
	    n <= 12)
		return months(year, n, 1, out);
	return range(text, out);
}

int mun_period_parse(const char *text, struct mun_period *out,
		     struct mun_err *e)
{
	*out = (struct mun_period){ 0 };
	if (!parse(text, out))
		return mun_fail(e, MUN_EINVAL,
				"'%s' is no period: give 2026, 2026-Q3, "
				"2026-07 or 2026-01-15..2026-03-31",
				text);
	memcpy(out->name, text, strlen(text));
	return 0;
}

static const char *const schemes[MUN_REPORT_FOR_N] = { "", "ndsa", "iso16363",
						       "cts" };

const char *mun_report_for_name(enum mun_report_for f)
{
	return schemes[f];
}

int mun_report_for_parse(const char *text, enum mun_report_for *out,
			 struct mun_err *e)
{
	for (unsigned int i = MUN_REPORT_NDSA; i < MUN_REPORT_FOR_N; i++) {
		if (strcmp(text, schemes[i]) == 0) {
			*out = (enum mun_report_for)i;
			return 0;
		}
	}
	return mun_fail(e, MUN_EINVAL, "'%s' is none of ndsa, iso16363, cts",
			text);
}

int mun_report_formats_parse(const char *text, unsigned int *out,
			     struct mun_err *e)
{
	static const struct {
		const char *name;
		unsigned int set;
	} names[] = {
		{ "html", MUN_REPORT_HTML },
		{ "csv", MUN_REPORT_CSV },
		{ "json", MUN_REPORT_JSON },
		{ "premis", MUN_REPORT_PREMIS },
		{ "all", MUN_REPORT_HTML | MUN_REPORT_CSV | MUN_REPORT_JSON |
				 MUN_REPORT_PREMIS },
	};
	unsigned int set = 0;

	for (;;) {
		size_t len = strcspn(text, ",");
		unsigned int found = 0;

		for (size_t i = 0; i < MUN_COUNT(names); i++)
			if (strlen(names[i].name) == len &&
			    memcmp(names[i].name, text, len) == 0)
				found = names[i].set;
		if (!found)
			return mun_fail(e, MUN_EINVAL,
					"'%.*s' is none of html, csv, json, "
					"premis, all",
					(int)MUN_MIN(len, (size_t)64), text);
		set |= found;
		if (!text[len])
			break;
		text += len + 1;
	}
	*out = set;
	return 0;
}
