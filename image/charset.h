/* SPDX-License-Identifier: Apache-2.0 */
/* image/charset.h - names in the character sets of machines that are not PCs */
#ifndef MUN_IMAGE_CHARSET_H
#define MUN_IMAGE_CHARSET_H

#include <stddef.h>
#include <stdint.h>

enum mun_charset {
	MUN_CHARSET_ASCII, /* bit 7 is an attribute, and left out */
	MUN_CHARSET_LATIN1, /* Amiga */
	MUN_CHARSET_MACROMAN, /* with the euro sign of Mac OS 8.5 */
	MUN_CHARSET_PETSCII, /* Commodore: capitals and graphics */
	MUN_CHARSET_ACORN, /* RISC OS Latin 1, 80h to 9Fh of its own */
};

/**
 * mun_charset_label() - a name off a medium as one line of clean UTF-8
 * @raw: the field; it ends at a NUL, and spaces at its end are padding (with
 *       PETSCII, shifted spaces)
 * @out: terminated, at most @size bytes; cut between two characters
 *
 * What is no character there, or cannot be shown, is escaped as by
 * mun_escape(): \xNN of its UTF-8.  Graphics of PETSCII, which Unicode has only
 * in part, are shown as U+FFFD.
 */
void mun_charset_label(const void *raw, size_t len, enum mun_charset set,
		       char *out, size_t size);

#endif
