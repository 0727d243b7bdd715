/* SPDX-License-Identifier: Apache-2.0 */
/* image/label.c - volume names off a medium as clean text */
#include "image/label.h"

#include "core/bytes.h"
#include "core/str.h"

#include <stdbool.h>
#include <string.h>

/* The bytes of the name, without its padding. */
static size_t name_len(const uint8_t *raw, size_t len)
{
	const uint8_t *nul = memchr(raw, 0, len);

	if (nul)
		len = (size_t)(nul - raw);
	while (len && raw[len - 1] == ' ')
		len--;
	return len;
}

/* The same in units of two bytes. */
static size_t name_len_ucs2(const uint8_t *raw, size_t len)
{
	size_t n = 0;

	len &= ~(size_t)1;
	while (n < len && mun_be16(raw + n) != 0)
		n += 2;
	while (n && mun_be16(raw + n - 2) == ' ')
		n -= 2;
	return n;
}

/* One character, or one byte that is none, so that a cut falls between.  False
 * when it does not fit. */
static bool add_piece(const void *piece, size_t len, char *out, size_t size)
{
	struct mun_str s = { 0 };
	size_t used = strlen(out);
	bool fits;

	mun_escape(&s, piece, len);
	fits = !s.failed && s.len < size - used;
	if (fits)
		memcpy(out + used, s.text, s.len + 1);
	mun_str_free(&s);
	return fits;
}

/* A lone surrogate becomes three bytes that are not UTF-8, and is escaped. */
static size_t utf8_of(uint16_t c, uint8_t out[static 3])
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	out[0] = (uint8_t)(0xe0 | c >> 12);
	out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c & 0x3f));
	return 3;
}

/* How many bytes the UTF-8 character at @p claims; 1 for what claims none. */
static size_t utf8_len(const uint8_t *p, size_t left)
{
	size_t n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc0 ? 2 : 1;

	if (n > left)
		return 1;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 1;
	return n;
}

/* The next character of the name; returns how many of its bytes it takes. */
static size_t next_piece(const uint8_t *p, size_t left,
			 enum mun_label_code code, uint8_t piece[static 4],
			 size_t *piece_len)
{
	size_t taken = 1;

	if (code == MUN_LABEL_UCS2BE) {
		*piece_len = utf8_of(mun_be16(p), piece);
		return 2;
	}
	if (code == MUN_LABEL_UTF8)
		taken = utf8_len(p, left);
	memcpy(piece, p, taken);
	*piece_len = taken;
	return taken;
}

void mun_label(const void *raw, size_t len, enum mun_label_code code, char *out,
	       size_t size)
{
	const uint8_t *p = raw;
	uint8_t piece[4];
	size_t piece_len;

	out[0] = '\0';
	len = code == MUN_LABEL_UCS2BE ? name_len_ucs2(p, len)
				       : name_len(p, len);
	for (size_t i = 0; i < len;) {
		i += next_piece(p + i, len - i, code, piece, &piece_len);
		if (!add_piece(piece, piece_len, out, size))
			break;
	}
}
