/* SPDX-License-Identifier: Apache-2.0 */
/* medium/drive_text.h - what a drive calls itself, as clean text */
#ifndef MUN_MEDIUM_DRIVE_TEXT_H
#define MUN_MEDIUM_DRIVE_TEXT_H

#include <stddef.h>

/**
 * mun_drive_text() - @len foreign bytes, escaped, as a field of the facts
 * @out: @size bytes, always terminated
 *
 * Without the blanks and NULs that pad such fields at both ends.  What does not
 * fit is cut between two characters.
 */
void mun_drive_text(const void *raw, size_t len, char *out, size_t size);

#endif
