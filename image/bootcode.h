/* SPDX-License-Identifier: Apache-2.0 */
/* image/bootcode.h - what the code in a boot sector of a PC is there for */
#ifndef MUN_IMAGE_BOOTCODE_H
#define MUN_IMAGE_BOOTCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/contents.h"

struct mun_bootcode {
	/* NO: no code; DATA: it only says that there is no system, or goes
	 * on to the hard disk; CODE: it starts something.  Never YES: that takes the system. */
	enum mun_boots boots;
	bool is_signed; /* ends in 55 AA */
	const char *loads; /* the file it asks for: "IO.SYS"; NULL: not told */
	const char *loader; /* "GRUB", "LILO", ...; NULL */
};

/**
 * mun_bootcode_look() - judge a boot sector
 * @sector: 512 bytes of a boot sector, or more that follow it
 * @code:   where its code begins; the 8086 may jump there from byte 0
 * @end:    where it ends: 446 of a boot record with a table, else 510
 *
 * By the texts in it, as a person would: what it says when it fails, which
 * file it asks for.
 */
void mun_bootcode_look(const uint8_t *sector, size_t len, size_t code,
		       size_t end, struct mun_bootcode *out);

/* Do the 256 big-endian words of an Atari's boot sector add up to 1234h? */
bool mun_bootcode_atari(const uint8_t sector[static 512]);

#endif
