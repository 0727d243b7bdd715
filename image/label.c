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

static bool is_wide(enum mun_label_code code)
{
	return code == MUN_LABEL_UCS2BE || code == MUN_LABEL_UCS2LE;
}

static uint16_t unit(const uint8_t *p, enum mun_label_code code)
{
	return code == MUN_LABEL_UCS2LE ? mun_le16(p) : mun_be16(p);
}

/* The same in units of two bytes. */
static size_t name_len_ucs2(const uint8_t *raw, size_t len,
			    enum mun_label_code code)
{
	size_t n = 0;

	len &= ~(size_t)1;
	while (n < len && unit(raw + n, code) != 0)
		n += 2;
	while (n && unit(raw + n - 2, code) == ' ')
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

/* Code page 437 from 80h on, as IBM's documentation names the characters. */
static const uint16_t cp437[128] = {
	0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea,
	0x00eb, 0x00e8, 0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6,
	0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9, 0x00ff, 0x00d6, 0x00dc,
	0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa,
	0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc,
	0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561,
	0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b,
	0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
	0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568,
	0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518,
	0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x03b1, 0x00df, 0x0393,
	0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4,
	0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320,
	0x2321, 0x00f7, 0x2248, 0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2,
	0x25a0, 0x00a0,
};

/* A lone surrogate becomes three bytes that are not UTF-8, and is escaped. */
static size_t utf8_of(uint32_t c, uint8_t out[static 4])
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
	if (c < 0x10000) {
		out[0] = (uint8_t)(0xe0 | c >> 12);
		out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | c >> 18);
	out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

/* A character of UTF-16: two units where they are a pair of surrogates. */
static size_t utf16_piece(const uint8_t *p, size_t left,
			  enum mun_label_code code, uint8_t piece[static 4],
			  size_t *piece_len)
{
	uint32_t c = unit(p, code);
	uint32_t low = left >= 4 ? unit(p + 2, code) : 0;

	if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		*piece_len = utf8_of(c, piece);
		return 4;
	}
	*piece_len = utf8_of(c, piece);
	return 2;
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

	if (is_wide(code))
		return utf16_piece(p, left, code, piece, piece_len);
	if (code == MUN_LABEL_CP437 && *p >= 0x80) {
		*piece_len = utf8_of(cp437[*p - 0x80], piece);
		return 1;
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
	len = is_wide(code) ? name_len_ucs2(p, len, code) : name_len(p, len);
	for (size_t i = 0; i < len;) {
		i += next_piece(p + i, len - i, code, piece, &piece_len);
		if (!add_piece(piece, piece_len, out, size))
			break;
	}
}
