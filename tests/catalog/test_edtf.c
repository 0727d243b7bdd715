/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/catalog/test_edtf.c - dates
 *
 * Source of the valid ones, unless another is given: Extended Date/Time Format
 * (EDTF) Specification, Library of Congress, 4 February 2019, by level and
 * feature.
 */
#include "catalog/edtf.h"

#include "core/check.h"
#include "core/clock.h"
#include "tests/support/support.h"

static const char *const valid[] = {
	/* level 0: dates, dates and times, intervals */
	"1985-04-12",
	"1985-04",
	"1985",
	"1985-04-12T23:20:30",
	"1985-04-12T23:20:30Z",
	"1985-04-12T23:20:30-04",
	"1985-04-12T23:20:30+04:30",
	"1964/2008",
	"2004-06/2006-08",
	"2004-02-01/2005-02-08",
	"2004-02-01/2005-02",
	"2004-02-01/2005",
	"2005/2006-02",
	/* level 1: long years, seasons, qualification */
	"Y170000002",
	"Y-170000002",
	"2001-21",
	"2001-24",
	"1984?",
	"2004-06~",
	"2004-06-11%",
	/* level 1: unspecified digits from the right */
	"201X",
	"20XX",
	"2004-XX",
	"1985-04-XX",
	"1985-XX-XX",
	/* level 1: extended intervals */
	"1985-04-12/..",
	"1985-04/..",
	"1985/..",
	"../1985-04-12",
	"../1985-04",
	"../1985",
	"1985-04-12/",
	"1985-04/",
	"1985/",
	"/1985-04-12",
	"/1985-04",
	"/1985",
	"1984~/2004-06",
	"1984-06?/2004-08?",
	"1984-06-02?/2004-08-08~",
	/* level 1: negative years */
	"-1985",
	/* level 2: exponential years, significant digits */
	"Y-17E7",
	"1950S2",
	"Y171010000S3",
	"Y3388E2S3",
	/* level 2: sub-year groupings */
	"2001-34",
	"2001-41",
	"2001-25",
	/* level 2: sets */
	"[1667,1668,1670..1672]",
	"[..1760-12-03]",
	"[1760-12..]",
	"[1760-01,1760-02,1760-12..]",
	"[1667,1760-12]",
	"[..1984]",
	"{1667,1668,1670..1672}",
	"{1960,1961-12}",
	"{..1984}",
	/* level 2: qualification of parts */
	"2004-06~-11",
	"2004?-06-11",
	"?2004-06-~11",
	"2004-%06-11",
	"2004-06-11%",
	/* level 2: unspecified digits anywhere */
	"156X-12-25",
	"15XX-12-25",
	"XXXX-12-XX",
	"1XXX-XX",
	"1XXX-12",
	"1984-1X",
	/* level 2: intervals */
	"2004-06-~01/2004-06-~20",
	"2004-06-XX/2004-07-03",
	/* days that exist in some year (calendar) */
	"2000-02-29",
	"1900-02-28",
	"XXXX-02-29",
	"2004-XX-31",
	"20XX-02-29",
	/* times in intervals (ISO 8601-1, 5.5.2), as PREMIS needs them */
	"2026-09-01T10:14:02Z/2026-09-01T10:15:30Z",
	"1985-04-12T24:00:00",
};

static const char *const invalid[] = {
	"",
	" ",
	"1985 ",
	" 1985",
	"last Tuesday",
	"OPEN",
	"unknown",
	"85",
	"198",
	"19850",
	"1985-4",
	"1985-04-1",
	"1985-00",
	"1985-13",
	"1985-20",
	"1985-42",
	"1985-04-00",
	"1985-04-31",
	"1900-02-29",
	"2001-02-29",
	"1985-02-30",
	"XXXX-02-30",
	"2004-0X-32",
	"2004-5X",
	"1985-XX-32",
	"2001-21-01",
	"19850412",
	"1985/04/12",
	"12-04-1985",
	"1985-04-12T",
	"1985-04-12T23:20",
	"1985-04-12T25:00:00",
	"1985-04-12T23:60:30",
	"1985-04-12T23:20:61",
	"1985-04-12T24:00:01",
	"1985-04-12T23:20:30z",
	"1985-04-12T23:20:30+24",
	"1985-04-12T23:20:30+04:60",
	"1985-04-12 23:20:30",
	"1985-04-12T23:20:30.5",
	"1985-04T23:20:30Z",
	"198X-04-12T23:20:30Z",
	"/",
	"../..",
	"/..",
	"../",
	"1985//1986",
	"1985/1986/1987",
	"..",
	"1985..",
	"..1985",
	"1985/...",
	"Y1985",
	"Y",
	"Y-",
	"Y012345",
	"Y17E",
	"YE7",
	"1950S",
	"1950S0",
	"195XS2",
	"1984??",
	"1984-06?~",
	"x984",
	"198x",
	"1984-??",
	"1984?06",
	"-",
	"--1985",
	"+1985",
	"[",
	"[]",
	"[1985",
	"1985]",
	"{1985]",
	"[1985}",
	"[1985,]",
	"[,1985]",
	"[1985;1986]",
	"[1985, 1986]",
	"[..]",
	"[1985,..1990]",
	"[..1985..1990]",
	"[1985..,1990]",
	"[1985/1990]",
	"[1985]x",
	"2004-06-uu",
	"unknown/2006",
	"1985-04-12\n",
	"\xd9\xa1\xd9\xa9",
};

static const char *const rfc3339_valid[] = {
	/* RFC 3339, 5.8 */
	"1985-04-12T23:20:50.52Z",
	"1996-12-19T16:39:57-08:00",
	"1990-12-31T23:59:60Z",
	"1990-12-31T15:59:60-08:00",
	"1937-01-01T12:00:27.87+00:20",
	/* 5.6: letters of either case */
	"1985-04-12t23:20:50z",
};

static const char *const rfc3339_invalid[] = {
	"",
	"1985-04-12",
	"1985-04-12T23:20:50",
	"1985-04-12T23:20:50.Z",
	"1985-04-12T23:20Z",
	"1985-04-12T24:00:00Z",
	"1985-02-29T00:00:00Z",
	"1985-04-12T23:20:50+08",
	"1985-04-12T23:20:50+0800",
	"1985-04-12T23:20:50+24:00",
	"1985-04-12T23:20:50Zx",
	"1985-04-12T23:20:50zx",
	"1985-04-12 23:20:50Z",
	"1985-04-1XT23:20:50Z",
	"1985-04-12T23:20:50Z/1986",
};

static void every_edtf_string_of_the_specification_is_valid(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(valid); i++)
		if (!mun_edtf_is_valid(valid[i]))
			fail_msg("'%s' was refused", valid[i]);
}

static void what_is_no_edtf_is_invalid(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(invalid); i++)
		if (mun_edtf_is_valid(invalid[i]))
			fail_msg("'%s' was taken", invalid[i]);
}

/* Cut anywhere, a date is a date or not, but never read beyond its end. */
static void cut_strings_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(valid); i++)
		for (size_t n = 0; n <= strlen(valid[i]); n++) {
			char *cut = strndup(valid[i], n);

			assert_non_null(cut);
			(void)mun_edtf_is_valid(cut);
			(void)mun_rfc3339_is_valid(cut);
			free(cut);
		}
}

static void times_of_rfc_3339_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(rfc3339_valid); i++)
		if (!mun_rfc3339_is_valid(rfc3339_valid[i]))
			fail_msg("'%s' was refused", rfc3339_valid[i]);
	for (size_t i = 0; i < MUN_COUNT(rfc3339_invalid); i++)
		if (mun_rfc3339_is_valid(rfc3339_invalid[i]))
			fail_msg("'%s' was taken", rfc3339_invalid[i]);
}

static void a_date_has_a_first_and_a_last_moment(void **state)
{
	static const struct {
		const char *text;
		const char *first;
		const char *last; /* its second */
	} spans[] = {
		{ "1970", "1970-01-01T00:00:00Z", "1970-12-31T23:59:59Z" },
		{ "0000", "0000-01-01T00:00:00Z", "0000-12-31T23:59:59Z" },
		{ "9999", "9999-01-01T00:00:00Z", "9999-12-31T23:59:59Z" },
		{ "199X", "1990-01-01T00:00:00Z", "1999-12-31T23:59:59Z" },
		{ "1XX5", "1005-01-01T00:00:00Z", "1995-12-31T23:59:59Z" },
		{ "2026-02", "2026-02-01T00:00:00Z", "2026-02-28T23:59:59Z" },
		{ "202X-02", "2020-02-01T00:00:00Z", "2029-02-28T23:59:59Z" },
		{ "2024-02-XX", "2024-02-01T00:00:00Z",
		  "2024-02-29T23:59:59Z" },
		{ "2026-1X", "2026-10-01T00:00:00Z", "2026-12-31T23:59:59Z" },
		{ "2026-XX-31", "2026-01-31T00:00:00Z",
		  "2026-12-31T23:59:59Z" },
		{ "2026-0X-31", "2026-01-31T00:00:00Z",
		  "2026-08-31T23:59:59Z" },
		{ "202X-02-29", "2020-02-29T00:00:00Z",
		  "2028-02-29T23:59:59Z" },
		{ "2026-11-22T17:22:01+01:00", "2026-11-22T16:22:01Z", NULL },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(spans); i++) {
		int64_t want[2] = { 0, 0 };
		int64_t got[2];
		struct mun_err e;

		assert_int_equal(mun_time_parse(spans[i].first, &want[0], &e),
				 0);
		want[1] = want[0];
		if (spans[i].last) {
			assert_int_equal(
				mun_time_parse(spans[i].last, &want[1], &e), 0);
			want[1] += 999;
		}
		if (!mun_edtf_span(spans[i].text, &got[0], &got[1]) ||
		    got[0] != want[0] || got[1] != want[1])
			fail_msg("'%s'", spans[i].text);
	}
}

static void what_cannot_be_compared_has_no_span(void **state)
{
	static const char *const none[] = {
		"",
		"..",
		"OPEN",
		"XXXX",
		"XXXX-02-29",
		"2026?",
		"~2026",
		"2026-02~",
		"2026/2027",
		"2026/..",
		"[2026,2027]",
		"{2026..}",
		"2026-21",
		"Y20260",
		"1950S2",
		"-0005",
		"2026-02-30",
		"2026-11-22T17:22:01",
		"2026-11-22 17:22:01Z",
		"20266",
		"202",
	};
	int64_t ignored;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(none); i++)
		if (mun_edtf_span(none[i], &ignored, &ignored))
			fail_msg("'%s'", none[i]);
	for (size_t i = 0; i < MUN_COUNT(valid); i++)
		(void)mun_edtf_span(valid[i], &ignored, &ignored);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_edtf_string_of_the_specification_is_valid),
		cmocka_unit_test(what_is_no_edtf_is_invalid),
		cmocka_unit_test(cut_strings_are_judged),
		cmocka_unit_test(times_of_rfc_3339_are_known),
		cmocka_unit_test(a_date_has_a_first_and_a_last_moment),
		cmocka_unit_test(what_cannot_be_compared_has_no_span),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
