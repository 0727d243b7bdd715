/* SPDX-License-Identifier: Apache-2.0 */
/* image/split.c - how the parts of a split image are called */
#include "image/split.h"

#include <stddef.h>
#include <string.h>

/* Add @n to the digits of @text in base @base, of which @zero is the lowest;
 * false where they overflow. */
static bool count_up(char *text, size_t len, uint64_t n, char zero,
		     unsigned int base)
{
	while (len--) {
		n += (uint64_t)(text[len] - zero);
		text[len] = (char)(zero + (char)(n % base));
		n /= base;
	}
	return n == 0;
}

/* All of @text are @zero, but for the last, which may be one more where
 * @or_one. */
static bool is_first(const char *text, size_t len, char zero, bool or_one)
{
	for (size_t i = 0; i + 1 < len; i++)
		if (text[i] != zero)
			return false;
	return text[len - 1] == zero || (or_one && text[len - 1] == zero + 1);
}

bool mun_split_name(const char *first, uint64_t n, char out[256])
{
	size_t len = strlen(first);
	const char *dot = strrchr(first, '.');
	size_t digits = dot ? strlen(dot + 1) : 0;
	char *tail;

	if (digits < 2 || digits > 6 || len >= 256 || n > UINT32_MAX)
		return false;
	memcpy(out, first, len + 1);
	tail = out + len - digits;
	if (is_first(tail, digits, '0', true))
		return count_up(tail, digits, n, '0', 10);
	if (is_first(tail, digits, 'a', false))
		return count_up(tail, digits, n, 'a', 26);
	if (is_first(tail, digits, 'A', false))
		return count_up(tail, digits, n, 'A', 26);
	return false;
}
