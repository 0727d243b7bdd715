/* SPDX-License-Identifier: Apache-2.0 */
/* core/str.h - a growing string, escaping of foreign bytes, hex */
#ifndef MUN_CORE_STR_H
#define MUN_CORE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* Zero it, then append; errors stick and are told once by mun_str_take(). */
struct mun_str {
	char *text; /* always terminated once something was added */
	size_t len;
	size_t room;
	bool failed;
};

/* Append text, @len bytes (NUL too), one byte, a printf: none of them fails
 * visibly, see above. */
void mun_str_add(struct mun_str *s, const char *text);
void mun_str_add_bytes(struct mun_str *s, const void *data, size_t len);
void mun_str_add_char(struct mun_str *s, char c);
void mun_str_addf(struct mun_str *s, const char *fmt, ...) MUN_PRINTF(2, 3);
void mun_str_free(struct mun_str *s); /* frees the text, not @s */

/* The text becomes the caller's (never NULL on success). 0 or MUN_ENOMEM. */
MUN_CHECK int mun_str_take(struct mun_str *s, char **out, struct mun_err *e);

/* A printf into fresh memory; *@out is the caller's.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_fmt(char **out, struct mun_err *e, const char *fmt, ...)
	MUN_PRINTF(3, 4);

/* A copy of @text; *@out is the caller's.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_strdup(const char *text, char **out, struct mun_err *e);

/**
 * mun_escape() - foreign bytes as one line of clean UTF-8
 *
 * Printable UTF-8 stays; control characters (C0, C1, DEL), U+FFFE/FFFF and
 * bytes that are not UTF-8 become \xNN each, and a backslash becomes \\.
 * mun_unescape() gives the bytes back.
 */
void mun_escape(struct mun_str *out, const void *data, size_t len);
MUN_CHECK int mun_unescape(const char *text, struct mun_str *out,
			   struct mun_err *e);

/* Is it UTF-8 (no surrogates, no overlong forms) without control characters
 * other than those in @allowed (e.g. "\n\t")? */
bool mun_text_is_clean(const char *text, const char *allowed);

/* Lower-case hex, terminated: 2 * @len + 1 bytes at @out. */
void mun_hex(const void *data, size_t len, char *out);

/* Exactly 2 * @len hex digits of any case; false where it is anything else. */
bool mun_unhex(const char *hex, void *out, size_t len);

#endif
