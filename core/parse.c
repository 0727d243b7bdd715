/* SPDX-License-Identifier: Apache-2.0 */
/* core/parse.c - numbers, sizes and durations as people write them */
#include "core/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/check.h"

struct unit {
	const char *name;
	uint64_t factor;
};

#define K10 UINT64_C(1000)

static const struct unit sizes[] = {
	{ "", 1 },
	{ "K", UINT64_C(1) << 10 },
	{ "KiB", UINT64_C(1) << 10 },
	{ "kB", K10 },
	{ "KB", K10 },
	{ "M", UINT64_C(1) << 20 },
	{ "MiB", UINT64_C(1) << 20 },
	{ "MB", K10 *K10 },
	{ "G", UINT64_C(1) << 30 },
	{ "GiB", UINT64_C(1) << 30 },
	{ "GB", K10 *K10 *K10 },
	{ "T", UINT64_C(1) << 40 },
	{ "TiB", UINT64_C(1) << 40 },
	{ "TB", K10 *K10 *K10 *K10 },
	{ "P", UINT64_C(1) << 50 },
	{ "PiB", UINT64_C(1) << 50 },
	{ "PB", K10 *K10 *K10 *K10 *K10 },
	{ NULL, 0 },
};

static const struct unit durations[] = {
	{ "s", 1 },     { "m", 60 },     { "h", 3600 },
	{ "d", 86400 }, { "w", 604800 }, { NULL, 0 },
};

/* The digits at *@text; moves it past them.  False: none, or too many. */
static bool digits(const char **text, uint64_t *out)
{
	const char *p = *text;
	uint64_t v = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (ckd_mul(&v, v, UINT64_C(10)) ||
		    ckd_add(&v, v, (uint64_t)(*p - '0')))
			return false;
	}
	*text = p;
	*out = v;
	return true;
}

int mun_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *out,
		  struct mun_err *e)
{
	const char *p = text;
	uint64_t v;

	if (!digits(&p, &v) || *p || v < min || v > max)
		return mun_fail(e, MUN_EINVAL,
				"'%s' is no number from %" PRIu64
				" to %" PRIu64,
				text, min, max);
	*out = v;
	return 0;
}

/* A number and one of @units, nothing else. */
static bool with_unit(const char *text, const struct unit *units, uint64_t *out)
{
	uint64_t v;

	if (!digits(&text, &v))
		return false;
	for (; units->name; units++)
		if (!strcmp(text, units->name))
			return !ckd_mul(out, v, units->factor);
	return false;
}

int mun_parse_size(const char *text, uint64_t *out, struct mun_err *e)
{
	uint64_t v;

	if (!with_unit(text, sizes, &v))
		return mun_fail(e, MUN_EINVAL,
				"'%s' is no size, such as 4096, 64K, 4MiB, 2G",
				text);
	*out = v;
	return 0;
}

int mun_parse_duration(const char *text, uint64_t *out, struct mun_err *e)
{
	uint64_t v;

	if (!with_unit(text, durations, &v))
		return mun_fail(e, MUN_EINVAL,
				"'%s' is no duration, such as 90d, 12h, 30m",
				text);
	*out = v;
	return 0;
}

int mun_parse_bool(const char *text, bool *out, struct mun_err *e)
{
	static const char *const words[][2] = {
		{ "no", "yes" },
		{ "false", "true" },
		{ "off", "on" },
		{ "0", "1" },
	};

	for (size_t i = 0; i < MUN_COUNT(words); i++) {
		for (int v = 0; v < 2; v++) {
			if (!strcasecmp(text, words[i][v])) {
				*out = v;
				return 0;
			}
		}
	}
	return mun_fail(e, MUN_EINVAL, "'%s' is neither yes nor no", text);
}

void mun_human_bytes(uint64_t bytes, char out[static 16])
{
	static const char prefix[] = "kMGTPE";
	uint64_t unit = 1000;
	size_t i = 0;

	if (bytes < 1000) {
		(void)snprintf(out, 16, "%u B", (unsigned int)bytes);
		return;
	}
	/* 999950 of a unit would be shown as 1000: take the next. */
	while (i < 5 && bytes / unit >= 1000) {
		unit *= 1000;
		i++;
	}
	if (i < 5 && bytes / unit == 999 && bytes % unit >= unit / 2) {
		unit *= 1000;
		i++;
	}
	if (bytes / unit < 99 ||
	    (bytes / unit == 99 && bytes % unit < unit / 100 * 95)) {
		uint64_t tenths = bytes / (unit / 10);

		if (bytes % (unit / 10) >= unit / 20)
			tenths++;
		(void)snprintf(out, 16, "%u.%u %cB",
			       (unsigned int)(tenths / 10 % 1000),
			       (unsigned int)(tenths % 10), prefix[i]);
	} else {
		uint64_t whole = bytes / unit + (bytes % unit >= unit / 2);

		(void)snprintf(out, 16, "%u %cB", (unsigned int)(whole % 1000),
			       prefix[i]);
	}
}
