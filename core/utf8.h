/* SPDX-License-Identifier: Apache-2.0 */
/* core/utf8.h - UTF-8 one character at a time (RFC 3629) */
#ifndef MUN_CORE_UTF8_H
#define MUN_CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * mun_utf8_next() - the character at @p
 * @left:   bytes that may be looked at
 * @cp_out: its code point, set on success only
 *
 * Surrogates, overlong forms and everything above U+10FFFF are refused.
 * Return: its length in bytes, 1 to 4; 0 where @p is not UTF-8 or is cut off.
 */
size_t mun_utf8_next(const void *p, size_t left, uint32_t *cp_out);

/* May it stand in one line of text: no C0, DEL, C1, U+FFFE, U+FFFF? */
bool mun_utf8_printable(uint32_t cp);

/**
 * mun_utf8_line() - a message as one line that a terminal can be given
 * @out: always terminated; cut before a character that has no room
 *
 * What is not printable UTF-8 is shown as \xNN.  A backslash stays as it is,
 * so this is for people only: see mun_escape() for the way that leads back.
 * Return: the length of @out.
 */
size_t mun_utf8_line(const char *text, char *out, size_t size);

/* Drop a character that a cut at text[*len] left incomplete. */
void mun_utf8_trim(char *text, size_t *len);

#endif
