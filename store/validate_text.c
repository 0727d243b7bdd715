/* SPDX-License-Identifier: Apache-2.0 */
/* store/validate_text.c - times, URIs, names of extensions and algorithms */
#include "store/validate_int.h"

#include <string.h>

#include "core/check.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* @n digits at *@p, between @min and @max; moves on. */
static bool number(const char **p, int n, int min, int max, int *out)
{
	int value = 0;

	for (int i = 0; i < n; i++, (*p)++) {
		if (!is_digit(**p))
			return false;
		value = value * 10 + (**p - '0');
	}
	*out = value;
	return value >= min && value <= max;
}

static bool literal(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static int days_of(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30,
				    31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool is_zone(const char *p)
{
	int n;

	if (*p == 'Z' || *p == 'z')
		return !p[1];
	if (*p != '+' && *p != '-')
		return false;
	p++;
	return number(&p, 2, 0, 23, &n) && literal(&p, ':') &&
	       number(&p, 2, 0, 59, &n) && !*p;
}

/*
 * RFC 3339, section 5.6.  core/clock.h reads what people write; a validator
 * accepts nothing but the grammar.
 */
bool mun_val_is_time(const char *p)
{
	int year;
	int month;
	int n;

	if (!number(&p, 4, 0, 9999, &year) || !literal(&p, '-') ||
	    !number(&p, 2, 1, 12, &month) || !literal(&p, '-') ||
	    !number(&p, 2, 1, days_of(year, month), &n))
		return false;
	if (*p != 'T' && *p != 't')
		return false;
	p++;
	/* 60 is a leap second. */
	if (!number(&p, 2, 0, 23, &n) || !literal(&p, ':') ||
	    !number(&p, 2, 0, 59, &n) || !literal(&p, ':') ||
	    !number(&p, 2, 0, 60, &n))
		return false;
	if (*p == '.') {
		size_t digits = strspn(p + 1, "0123456789");

		if (!digits)
			return false;
		p += 1 + digits;
	}
	return is_zone(p);
}

bool mun_val_is_uri(const char *text)
{
	static const char marks[] = "-._~:/?#[]@!$&'()*+,;=";
	const char *p = text;

	if (!is_letter(*p))
		return false;
	while (is_letter(*p) || is_digit(*p) || *p == '+' || *p == '-' ||
	       *p == '.')
		p++;
	if (*p++ != ':' || !*p)
		return false;
	for (; *p; p++) {
		if (*p == '%' && is_hex(p[1]) && is_hex(p[2]))
			p += 2;
		else if (!is_letter(*p) && !is_digit(*p) && !strchr(marks, *p))
			return false;
	}
	return true;
}

static bool is_one_of(const char *name, const char *const *of, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(name, of[i]))
			return true;
	}
	return false;
}

bool mun_val_is_registered(const char *name)
{
	static const char *const names[] = {
		"0001-digest-algorithms",
		"0002-flat-direct-storage-layout",
		"0003-hash-and-id-n-tuple-storage-layout",
		"0004-hashed-n-tuple-storage-layout",
		"0005-mutable-head",
		"0006-flat-omit-prefix-storage-layout",
		"0007-n-tuple-omit-prefix-storage-layout",
		"0008-schema-registry",
		"0009-digest-algorithms",
		"0010-differential-n-tuple-omit-prefix-storage-layout",
		"0011-direct-clean-path-layout",
		"0012-hash-and-no-prefix-id-n-tuple-storage-layout",
		"initial",
	};

	return is_one_of(name, names, MUN_COUNT(names));
}

bool mun_val_alg_is_known(const char *name)
{
	static const char *const names[] = {
		/* OCFL 1.1, section 3.4 */
		"md5",
		"sha1",
		"sha256",
		"sha512",
		"blake2b-512",
		/* extensions 0001 and 0009 */
		"blake2b-160",
		"blake2b-256",
		"blake2b-384",
		"sha512/256",
		"size",
	};

	return is_one_of(name, names, MUN_COUNT(names));
}
