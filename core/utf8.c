/* SPDX-License-Identifier: Apache-2.0 */
/* core/utf8.c - UTF-8 one character at a time (RFC 3629) */
#include "core/utf8.h"

#include <string.h>

size_t mun_utf8_next(const void *p, size_t left, uint32_t *cp_out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *b = p;
	uint32_t cp;
	size_t len;

	if (left == 0)
		return 0;
	if (b[0] < 0x80) {
		*cp_out = b[0];
		return 1;
	}
	/* C0, C1 and F5 and above never occur; 80..BF never come first. */
	if (b[0] < 0xc2 || b[0] > 0xf4)
		return 0;
	len = b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : 4;
	if (left < len)
		return 0;
	cp = b[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (b[i] & 0x3fu);
	}
	if (cp < least[len] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*cp_out = cp;
	return len;
}

bool mun_utf8_printable(uint32_t cp)
{
	return cp >= 0x20 && !(cp >= 0x7f && cp <= 0x9f) && cp != 0xfffe &&
	       cp != 0xffff;
}

size_t mun_utf8_line(const char *text, char *out, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	size_t left = strlen(text);
	size_t n = 0;

	if (size == 0)
		return 0;
	while (left) {
		uint32_t cp;
		size_t len = mun_utf8_next(text, left, &cp);
		unsigned char byte = (unsigned char)*text;

		if (len && mun_utf8_printable(cp)) {
			if (n + len >= size)
				break;
			memcpy(out + n, text, len);
			n += len;
		} else {
			if (n + 4 >= size)
				break;
			out[n++] = '\\';
			out[n++] = 'x';
			out[n++] = digits[byte >> 4];
			out[n++] = digits[byte & 15];
			len = 1;
		}
		text += len;
		left -= len;
	}
	out[n] = '\0';
	return n;
}

void mun_utf8_trim(char *text, size_t *len)
{
	size_t start = *len;
	uint32_t cp;

	/* At most three continuation bytes stand before the end. */
	while (start > 0 && *len - start < 3 &&
	       ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0 || (unsigned char)text[start - 1] < 0xc0)
		return;
	start--;
	if (!mun_utf8_next(text + start, *len - start, &cp)) {
		text[start] = '\0';
		*len = start;
	}
}
