/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/prove_text.h - what a machine says, as text for people */
#ifndef MUN_EXPORT_PROVE_TEXT_H
#define MUN_EXPORT_PROVE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

#define MUN_TEXT_COLUMNS 80u
#define MUN_TEXT_ROWS 25u
#define MUN_TEXT_SCREEN \
	((size_t)2 * MUN_TEXT_COLUMNS * MUN_TEXT_ROWS) /* bytes */
/* Room for it as UTF-8, with its line ends and a NUL. */
#define MUN_TEXT_ROOM ((3u * MUN_TEXT_COLUMNS + 1) * MUN_TEXT_ROWS + 1)

/**
 * mun_text_screen() - the text screen of a PC: characters and colours in turn
 * @memory: at least @len bytes of it; what is missing is blank
 * @out:    lines, each ended by \n, without blanks at their ends, and without
 *          empty ones at the end; code page 437 as UTF-8, its pictures of
 *          control characters as dots
 */
void mun_text_screen(const uint8_t *memory, size_t len,
		     char out[static MUN_TEXT_ROOM]);

/* Append a file of DOS: lines as above. */
void mun_text_dos(const char *data, size_t len, struct mun_str *out);

/**
 * mun_text_lines() - what came over a line, as lines of clean UTF-8
 *
 * Escape sequences of terminals are dropped, tabs and carriage returns become
 * blanks, what else is no text becomes \xNN.  The last lines are kept where
 * @size is less.
 */
void mun_text_lines(const char *data, size_t len, char *out, size_t size);

/* The first line of @text as clean UTF-8; its beginning where @size is less. */
void mun_text_first(const char *text, char *out, size_t size);

/* Is @want in it?  Any blanks and line ends are one blank: a screen breaks lines
 * where it must. */
bool mun_text_has(const char *text, const char *want);

/* Copy what has room: whole characters; @size > 0. */
void mun_text_cut(const char *text, char *out, size_t size);

/* The line, without blanks at both ends, in which a machine says that there is
 * no system; false: it says no such thing. */
bool mun_text_refuses(const char *text, char *line, size_t size);

/* Is all that it says by the BIOS itself, or nothing at all? */
bool mun_text_only_bios(const char *text);

#endif
