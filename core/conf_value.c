/* SPDX-License-Identifier: Apache-2.0 */
/* core/conf_value.c - values of muniment.conf, read and judged */
#include "core/conf_value.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/parse.h"
#include "core/str.h"

/* Two digits at @p, below @end. */
static bool two_digits(const char *p, unsigned int end, unsigned int *out)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return false;
	*out = (unsigned int)((p[0] - '0') * 10 + (p[1] - '0'));
	return *out < end;
}

/* "06:30" */
static bool time_of_day(const char *p, uint16_t *out)
{
	unsigned int hour;
	unsigned int minute;

	if (!two_digits(p, 24, &hour) || p[2] != ':' ||
	    !two_digits(p + 3, 60, &minute))
		return false;
	*out = (uint16_t)(hour * 60 + minute);
	return true;
}

int mun_conf_parse_window(const char *text, uint16_t *from, uint16_t *to,
			  struct mun_err *e)
{
	uint16_t a = 0;
	uint16_t b = 0;

	if (strcmp(text, "always") != 0 &&
	    (strlen(text) != 11 || !time_of_day(text, &a) || text[5] != '-' ||
	     !time_of_day(text + 6, &b) || a == b))
		return mun_fail(
			e, MUN_EINVAL,
			"'%s' is no window, such as 22:00-06:00, or always",
			text);
	*from = a;
	*to = b;
	return 0;
}

static bool is_off(const char *text)
{
	return !strcmp(text, "off") || !strcmp(text, "0");
}

int mun_conf_parse_period(const char *text, uint64_t *seconds,
			  struct mun_err *e)
{
	uint64_t s = 0;

	if (!is_off(text) && strcmp(text, "never") != 0) {
		int rc = mun_parse_duration(text, &s, e);

		if (rc)
			return rc;
	}
	if (s > MUN_CONF_PERIOD_MAX)
		return mun_fail(e, MUN_EINVAL, "'%s' is more than 100 years",
				text);
	*seconds = s;
	return 0;
}

int mun_conf_parse_rate(const char *text, uint64_t *bytes, struct mun_err *e)
{
	size_t len = strlen(text);
	char size[32];
	uint64_t n;

	if (len > 2 && !strcmp(text + len - 2, "/s"))
		len -= 2;
	if (len >= sizeof(size))
		return mun_fail(e, MUN_EINVAL, "'%.64s' is no rate", text);
	memcpy(size, text, len);
	size[len] = '\0';
	if (mun_parse_size(size, &n, e))
		return mun_fail(e, MUN_EINVAL,
				"'%s' is no rate, such as 80MiB/s, or 0", text);
	*bytes = n;
	return 0;
}

/* "12", "12.5", "12.55" in hundredths; moves past it. */
static bool hundredths(const char **p, unsigned int *out)
{
	unsigned int v = 0;
	int digits = 0;

	for (; **p >= '0' && **p <= '9' && digits < 4; (*p)++, digits++)
		v = v * 10 + (unsigned int)(**p - '0');
	if (!digits)
		return false;
	v *= 100;
	if (**p == '.') {
		unsigned int weight = 10;

		(*p)++;
		if (**p < '0' || **p > '9')
			return false;
		for (; **p >= '0' && **p <= '9' && weight; (*p)++) {
			v += weight * (unsigned int)(**p - '0');
			weight /= 10;
		}
	}
	*out = v;
	return true;
}

int mun_conf_parse_percent(const char *text, double *percent, struct mun_err *e)
{
	const char *p = text;
	unsigned int v = 0;

	if (!is_off(text) &&
	    (!hundredths(&p, &v) || strcmp(p, "%") != 0 || v > 10000))
		return mun_fail(e, MUN_EINVAL,
				"'%s' is no share, such as 10%%, or off", text);
	*percent = v / 100.0;
	return 0;
}

int mun_conf_parse_breaker(const char *text, unsigned int *percent,
			   unsigned int *items, struct mun_err *e)
{
	static const char of[] = "% of ";
	const char *sign = strstr(text, of);
	char head[8] = "";
	uint64_t a = 0;
	uint64_t b = 0;

	if (sign && (size_t)(sign - text) < sizeof(head)) {
		memcpy(head, text, (size_t)(sign - text));
		if (mun_parse_u64(head, 1, 100, &a, e) ||
		    mun_parse_u64(sign + strlen(of), 1, 100000, &b, e))
			a = 0;
	}
	if (!a && !is_off(text))
		return mun_fail(
			e, MUN_EINVAL,
			"'%s' is no breaker, such as 20%% of 50, or off", text);
	*percent = (unsigned int)a;
	*items = a ? (unsigned int)b : 0;
	return 0;
}

int mun_conf_check_text(const char *value, struct mun_err *e)
{
	if (!mun_text_is_clean(value, ""))
		return mun_fail(e, MUN_EINVAL,
				"control characters, or not UTF-8");
	return 0;
}

int mun_conf_check_name(const char *value, struct mun_err *e)
{
	if (!*value)
		return mun_fail(e, MUN_EINVAL, "a name cannot be empty");
	return mun_conf_check_text(value, e);
}

/* Names separated by commas, each of @names (@n of them, listed in @say). */
static int check_list(const char *value, const char *const *names, size_t n,
		      const char *say, struct mun_err *e)
{
	for (;;) {
		size_t len = strcspn(value, ",");
		size_t i;

		for (i = 0; i < n; i++)
			if (strlen(names[i]) == len &&
			    !memcmp(names[i], value, len))
				break;
		if (i == n)
			return mun_fail(e, MUN_EINVAL, "'%.*s' is none of %s",
					(int)MUN_MIN(len, (size_t)64), value,
					say);
		if (!value[len])
			return 0;
		value += len + 1;
	}
}

/* The names of fixity/digest.h, which is above us; a test there compares. */
int mun_conf_check_digests(const char *value, struct mun_err *e)
{
	static const char *const names[] = { "md5",        "sha1",
					     "sha256",     "sha512",
					     "sha512-256", "blake2b-512",
					     "crc32" };

	return check_list(
		value, names, MUN_COUNT(names),
		"md5, sha1, sha256, sha512, sha512-256, blake2b-512, crc32", e);
}

int mun_conf_check_signals(const char *value, struct mun_err *e)
{
	static const char *const names[] = { "incident", "store-away", "late",
					     "problems", "success" };

	if (!*value)
		return 0;
	return check_list(value, names, MUN_COUNT(names),
			  "incident, store-away, late, problems, success", e);
}

int mun_conf_check_threads(const char *value, struct mun_err *e)
{
	uint64_t n;

	return mun_parse_u64(value, 0, 64, &n, e);
}

int mun_conf_check_period(const char *value, struct mun_err *e)
{
	uint64_t s;

	return mun_conf_parse_period(value, &s, e);
}

int mun_conf_check_window(const char *value, struct mun_err *e)
{
	uint16_t from;
	uint16_t to;

	return mun_conf_parse_window(value, &from, &to, e);
}

int mun_conf_check_rate(const char *value, struct mun_err *e)
{
	uint64_t n;

	return mun_conf_parse_rate(value, &n, e);
}

int mun_conf_check_digest(const char *value, struct mun_err *e)
{
	if (!strcmp(value, "tree") || !strcmp(value, "full"))
		return 0;
	return mun_fail(e, MUN_EINVAL, "'%s' is neither tree nor full", value);
}

int mun_conf_check_copies(const char *value, struct mun_err *e)
{
	uint64_t n;

	return mun_parse_u64(value, 1, 99, &n, e);
}

int mun_conf_check_percent(const char *value, struct mun_err *e)
{
	double percent;

	return mun_conf_parse_percent(value, &percent, e);
}

int mun_conf_check_breaker(const char *value, struct mun_err *e)
{
	unsigned int percent;
	unsigned int items;

	return mun_conf_parse_breaker(value, &percent, &items, e);
}

int mun_conf_check_bool(const char *value, struct mun_err *e)
{
	bool b;

	return mun_parse_bool(value, &b, e);
}

int mun_conf_check_url(const char *value, struct mun_err *e)
{
	const char *host = NULL;

	if (!*value)
		return 0;
	if (!strncmp(value, "http://", 7))
		host = value + 7;
	if (!strncmp(value, "https://", 8))
		host = value + 8;
	for (const char *p = value; host && *p; p++)
		if (*p <= ' ' || *p > '~')
			host = NULL;
	if (!host || !*host || *host == '/')
		return mun_fail(e, MUN_EINVAL,
				"'%s' is no URL of http or https", value);
	return 0;
}
