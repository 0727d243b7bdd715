/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/verify_text.h - the text of tag files, line by line, as UTF-8 */
#ifndef MUN_EXPORT_VERIFY_TEXT_H
#define MUN_EXPORT_VERIFY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"

/* What may stand behind "Tag-File-Character-Encoding:". */
enum mun_tag_encoding {
	MUN_TAG_UTF8, /* US-ASCII, too */
	MUN_TAG_LATIN1, /* ISO-8859-1 */
	MUN_TAG_UTF16, /* with a byte order mark, else big-endian */
	MUN_TAG_UTF16LE,
	MUN_TAG_UTF16BE,
	MUN_TAG_UNKNOWN
};

/* By its IANA name or a usual alias, case ignored. */
enum mun_tag_encoding mun_tag_encoding_find(const char *name);

/**
 * mun_tag_text() - append @len bytes as UTF-8
 *
 * Bytes of MUN_TAG_UTF8 stay as they are: file names are bytes.
 * Return: false for what is not in that encoding (an odd byte, half a
 * surrogate pair): what came before it is there.
 */
bool mun_tag_text(enum mun_tag_encoding enc, const char *data, size_t len,
		  struct mun_str *out);

struct mun_tag_lines {
	const char *text;
	size_t len;
	size_t at;
	size_t number; /* of the line given last, from 1 */
};

/* The next line without its end: LF, CR or CR LF (RFC 8493, 2.2.4). */
bool mun_tag_line(struct mun_tag_lines *l, const char **p, size_t *n);

/* "a/b", below where it starts on every system; else why it is not, for
 * people: absolute, "..", "~", a drive, a share. */
const char *mun_tag_path_unsafe(const char *path);

#endif
