/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_ewf_header.c - who made an EWF image, when, and with what */
#include "image/fmt_ewf.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"
#include "image/driver.h"

#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)1 << 20)

/* Bytes of the text, not ended by a NUL. */
struct span {
	const char *p;
	size_t len;
};

/* What is told of category "main"; the rest are lists of sources. */
static const struct key {
	const char *key;
	const char *name;
	bool time;
} keys[] = {
	{ "c", "case number", false },     { "n", "evidence number", false },
	{ "a", "description", false },     { "e", "examiner", false },
	{ "t", "notes", false },           { "m", "acquired", true },
	{ "u", "system date", true },      { "av", "creator version", false },
	{ "ov", "creator system", false }, { "md", "model", false },
	{ "sn", "serial number", false },  { "l", "device label", false },
	{ "pid", "process", false },       { "ext", "extents", false },
};

/* UTF-16 of either order, as its mark says.  A half of a pair that is alone
 * becomes the replacement character. */
static void from_utf16(const uint8_t *p, size_t len, struct mun_str *out)
{
	bool big = p[0] == 0xfe;

	for (size_t i = 2; i + 2 <= len; i += 2) {
		uint32_t c = big ? mun_be16(p + i) : mun_le16(p + i);
		uint32_t low = 0;

		if (i + 4 <= len)
			low = big ? mun_be16(p + i + 2) : mun_le16(p + i + 2);
		if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 &&
		    low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			i += 2;
		} else if (c >= 0xd800 && c < 0xe000) {
			c = 0xfffd;
		}
		if (c < 0x80) {
			mun_str_add_char(out, (char)c);
			continue;
		}
		if (c >= 0x10000)
			mun_str_add_char(out, (char)(0xf0 | c >> 18));
		if (c >= 0x800)
			mun_str_add_char(
				out, (char)(c >= 0x10000 ? 0x80 | (c >> 12 & 63)
							 : 0xe0 | c >> 12));
		mun_str_add_char(out, (char)(c >= 0x800 ? 0x80 | (c >> 6 & 63)
							: 0xc0 | c >> 6));
		mun_str_add_char(out, (char)(0x80 | (c & 63)));
	}
}

/* Up to @end, which is left out; the rest stays in @rest. */
static struct span cut(struct span *rest, char end)
{
	const char *at = rest->len ? memchr(rest->p, end, rest->len) : NULL;
	struct span part = { rest->p, at ? (size_t)(at - rest->p) : rest->len };
	size_t used = at ? part.len + 1 : part.len;

	rest->p += used;
	rest->len -= used;
	return part;
}

static struct span next_line(struct span *rest)
{
	struct span line = cut(rest, '\n');

	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

static bool is(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.p, text, s.len) == 0;
}

/* Digits, at most 11 of them, up to a space or the end. */
static bool take_number(struct span *rest, uint64_t *out)
{
	struct span s = cut(rest, ' ');

	*out = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*out = *out * 10 + (uint64_t)(s.p[i] - '0');
	}
	return s.len > 0 && s.len <= 11;
}

/* "1626967998" is seconds since 1970; "2021 7 22 17 33 18" the clock of the
 * computer that made it, wherever that was. */
static bool time_text(struct span s, char out[static 32])
{
	static const unsigned int most[6] = { 9999, 12, 31, 23, 59, 60 };
	uint64_t n[6];

	if (!take_number(&s, &n[0]))
		return false;
	if (!s.len) {
		mun_time_text((int64_t)n[0] * 1000, out);
		return true;
	}
	for (unsigned int i = 1; i < 6; i++)
		if (!take_number(&s, &n[i]) || n[i] > most[i] ||
		    (i < 3 && n[i] == 0))
			return false;
	if (s.len || n[0] > most[0])
		return false;
	(void)snprintf(out, 32, "%04u-%02u-%02uT%02u:%02u:%02u",
		       (unsigned int)n[0], (unsigned int)n[1],
		       (unsigned int)n[2], (unsigned int)n[3],
		       (unsigned int)n[4], (unsigned int)n[5]);
	return true;
}

static int tell(struct mun_image *img, struct span key, struct span value,
		struct mun_err *e)
{
	char when[32];

	/* A password only bars the programs that ask for it. */
	if (is(key, "p") && value.len > 1)
		return mun_image_fact(img, MUN_FACT_MADE, "password", e,
				      "set; the data is not encrypted with it");
	for (size_t i = 0; i < MUN_COUNT(keys); i++) {
		if (!is(key, keys[i].key))
			continue;
		if (keys[i].time && time_text(value, when))
			return mun_image_fact(img, MUN_FACT_MADE, keys[i].name,
					      e, "%s", when);
		return mun_image_fact_bytes(img, MUN_FACT_MADE, keys[i].name,
					    value.p, value.len, e);
	}
	return 0;
}

static int tell_main(struct mun_image *img, struct span text, struct mun_err *e)
{
	struct span names = { 0 };
	struct span values = { 0 };
	int rc = 0;

	while (text.len && !is(next_line(&text), "main"))
		;
	names = next_line(&text);
	values = next_line(&text);
	if (!names.len)
		return mun_fail(e, MUN_ECORRUPT, "a header without 'main'");
	while (!rc && names.len) {
		struct span key = cut(&names, '\t');

		rc = tell(img, key, cut(&values, '\t'), e);
	}
	return rc;
}

static int unpack(const uint8_t *packed, size_t len, uint8_t *out,
		  size_t *out_len, struct mun_err *e)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	enum libdeflate_result r;

	if (!d)
		return mun_fail_nomem(e, "header of an image");
	r = libdeflate_zlib_decompress(d, packed, len, out, TEXT_MAX, out_len);
	libdeflate_free_decompressor(d);
	if (r != LIBDEFLATE_SUCCESS)
		return mun_fail(e, MUN_ECORRUPT, "a header cannot be inflated");
	return 0;
}

int mun_ewf_tell_header(struct mun_image *img, const uint8_t *packed,
			size_t len, struct mun_err *e)
{
	mun_autofree uint8_t *raw = malloc(TEXT_MAX);
	mun_autofree char *text = NULL;
	struct mun_str s = { 0 };
	size_t n = 0;
	int rc;

	if (!raw)
		return mun_fail_nomem(e, "header of an image");
	rc = unpack(packed, len, raw, &n, e);
	if (rc)
		return rc;
	if (n >= 2 && ((raw[0] == 0xff && raw[1] == 0xfe) ||
		       (raw[0] == 0xfe && raw[1] == 0xff)))
		from_utf16(raw, n, &s);
	else
		mun_str_add_bytes(&s, raw, n);
	n = s.len;
	rc = mun_str_take(&s, &text, e);
	if (rc)
		return rc;
	return tell_main(img, (struct span){ text, n }, e);
}
