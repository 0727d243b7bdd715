/* SPDX-License-Identifier: Apache-2.0 */
/* image/label.h - volume names off a medium as clean text */
#ifndef MUN_IMAGE_LABEL_H
#define MUN_IMAGE_LABEL_H

#include <stddef.h>
#include <stdint.h>

/* How the bytes of a name are to be understood. */
enum mun_label_code {
	MUN_LABEL_BYTES, /* code page unknown: 0x80 and above are escaped */
	MUN_LABEL_UTF8, /* ASCII or UTF-8; what is neither is escaped */
	MUN_LABEL_UCS2BE, /* or UTF-16 */
	MUN_LABEL_UCS2LE,
	MUN_LABEL_CP437, /* of the first PCs; 850 differs in few letters */
};

/**
 * mun_label() - a volume name as one line of clean UTF-8
 * @raw:  the field as it is on the medium
 * @out:  terminated, at most @size bytes; a name that is too long is cut
 *        between characters
 *
 * Trailing spaces and NULs are padding, and so is what follows a NUL.  What
 * cannot be shown is escaped as by mun_escape().  Out of memory gives "".
 */
void mun_label(const void *raw, size_t len, enum mun_label_code code, char *out,
	       size_t size);

#endif
