/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/verify_text.c - the text of tag files, line by line, as UTF-8 */
#include "emulate-export/verify_text.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "core/check.h"
#include "core/file.h"

enum mun_tag_encoding mun_tag_encoding_find(const char *name)
{
	static const struct {
		const char *name;
		enum mun_tag_encoding is;
	} known[] = {
		{ "UTF-8", MUN_TAG_UTF8 },
		{ "UTF8", MUN_TAG_UTF8 },
		{ "US-ASCII", MUN_TAG_UTF8 },
		{ "ASCII", MUN_TAG_UTF8 },
		{ "ANSI_X3.4-1968", MUN_TAG_UTF8 },
		{ "ISO-8859-1", MUN_TAG_LATIN1 },
		{ "ISO_8859-1", MUN_TAG_LATIN1 },
		{ "ISO8859-1", MUN_TAG_LATIN1 },
		{ "latin1", MUN_TAG_LATIN1 },
		{ "UTF-16", MUN_TAG_UTF16 },
		{ "UTF16", MUN_TAG_UTF16 },
		{ "UTF-16LE", MUN_TAG_UTF16LE },
		{ "UTF-16BE", MUN_TAG_UTF16BE },
	};

	for (size_t i = 0; i < MUN_COUNT(known); i++) {
		if (!strcasecmp(name, known[i].name))
			return known[i].is;
	}
	return MUN_TAG_UNKNOWN;
}

static void add_char(struct mun_str *out, uint32_t c)
{
	if (c < 0x80) {
		mun_str_add_char(out, (char)c);
		return;
	}
	if (c < 0x800) {
		mun_str_add_char(out, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			mun_str_add_char(out, (char)(0xe0 | c >> 12));
		} else {
			mun_str_add_char(out, (char)(0xf0 | c >> 18));
			mun_str_add_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		mun_str_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	mun_str_add_char(out, (char)(0x80 | (c & 0x3f)));
}

static uint32_t unit(const uint8_t *p, bool little)
{
	return little ? p[0] | (uint32_t)p[1] << 8 : p[1] | (uint32_t)p[0] << 8;
}

static bool from_utf16(const uint8_t *p, size_t len, bool little,
		       struct mun_str *out)
{
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint32_t c = unit(p + i, little);

		if (c >= 0xdc00 && c < 0xe000)
			return false;
		if (c >= 0xd800 && c < 0xdc00) {
			uint32_t low =
				i + 3 < len ? unit(p + i + 2, little) : 0;

			if (low < 0xdc00 || low >= 0xe000)
				return false;
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			i += 2;
		}
		add_char(out, c);
	}
	return len % 2 == 0;
}

bool mun_tag_text(enum mun_tag_encoding enc, const char *data, size_t len,
		  struct mun_str *out)
{
	const uint8_t *p = (const uint8_t *)data;
	bool little = enc == MUN_TAG_UTF16LE;

	switch (enc) {
	case MUN_TAG_LATIN1:
		for (size_t i = 0; i < len; i++)
			add_char(out, p[i]);
		return true;
	case MUN_TAG_UTF16:
		if (len >= 2 &&
		    (unit(p, true) == 0xfeff || unit(p, false) == 0xfeff)) {
			little = p[0] == 0xff;
			p += 2;
			len -= 2;
		}
		return from_utf16(p, len, little, out);
	case MUN_TAG_UTF16LE:
	case MUN_TAG_UTF16BE:
		return from_utf16(p, len, little, out);
	case MUN_TAG_UTF8:
	case MUN_TAG_UNKNOWN:
		break;
	}
	mun_str_add_bytes(out, data, len);
	return true;
}

bool mun_tag_line(struct mun_tag_lines *l, const char **p, size_t *n)
{
	size_t end = l->at;

	if (l->at >= l->len)
		return false;
	while (end < l->len && l->text[end] != '\n' && l->text[end] != '\r')
		end++;
	*p = l->text + l->at;
	*n = end - l->at;
	l->at = end + 1;
	if (l->at < l->len && l->text[end] == '\r' && l->text[l->at] == '\n')
		l->at++;
	l->number++;
	return true;
}

/* Is there a ".." between separators of either kind? */
static bool goes_up(const char *path)
{
	for (const char *p = path; *p;) {
		size_t n = strcspn(p, "/\\");

		if (n == 2 && p[0] == '.' && p[1] == '.')
			return true;
		p += n;
		p += *p != '\0';
	}
	return false;
}

const char *mun_tag_path_unsafe(const char *path)
{
	const bool letter = (*path >= 'A' && *path <= 'Z') ||
			    (*path >= 'a' && *path <= 'z');

	if (!*path)
		return "an empty path";
	if (*path == '/' || *path == '\\')
		return "an absolute path";
	if (*path == '~')
		return "a path into somebody's home folder";
	if (letter && path[1] == ':')
		return "a path on a drive";
	if (goes_up(path))
		return "a path that leads outside";
	return mun_path_is_safe(path) ? NULL : "not a plain path";
}
