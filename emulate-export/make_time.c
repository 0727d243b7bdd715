/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_time.c - times as ISO 9660 and FAT have them, in UTC */
#include "emulate-export/make_time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define START_1900 INT64_C(-2208988800)
#define END_2155 INT64_C(5869583999)
#define START_1980 INT64_C(315532800)
#define END_2107 INT64_C(4354819199)
#define START_0000 INT64_C(-62167219200)
#define END_9999 INT64_C(253402300799)

static bool broken_down(int64_t s, int64_t first, int64_t last, struct tm *tm)
{
	int64_t in = s < first ? first : s > last ? last : s;
	time_t t = (time_t)in;

	*tm = (struct tm){ 0 };
	(void)gmtime_r(&t, tm);
	return in == s;
}

bool mun_make_iso_time(int64_t s, uint8_t out[static 7])
{
	struct tm tm;
	bool fits = broken_down(s, START_1900, END_2155, &tm);

	out[0] = (uint8_t)tm.tm_year;
	out[1] = (uint8_t)(tm.tm_mon + 1);
	out[2] = (uint8_t)tm.tm_mday;
	out[3] = (uint8_t)tm.tm_hour;
	out[4] = (uint8_t)tm.tm_min;
	out[5] = (uint8_t)tm.tm_sec;
	out[6] = 0;
	return fits;
}

void mun_make_iso_long_time(int64_t s, uint8_t out[static 17])
{
	struct tm tm;
	char text[64];

	(void)broken_down(s, START_0000, END_9999, &tm);
	(void)snprintf(text, sizeof(text), "%04d%02d%02d%02d%02d%02d00",
		       tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		       tm.tm_min, tm.tm_sec);
	memcpy(out, text, 16);
	out[16] = 0;
}

bool mun_make_fat_time(int64_t s, uint16_t *date, uint16_t *time)
{
	struct tm tm;
	bool fits = broken_down(s, START_1980, END_2107, &tm);

	*date = (uint16_t)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 |
			   tm.tm_mday);
	*time = (uint16_t)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2);
	return fits;
}
