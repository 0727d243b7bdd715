/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/mame_machines.h - which machine of MAME reads a medium */
#ifndef MUN_EXPORT_MAME_MACHINES_H
#define MUN_EXPORT_MAME_MACHINES_H

#include "emulate-export/target.h"

#define MUN_MAME_DRIVES 4u

/* A machine with what has to be plugged into it, and one sort of drive. */
struct mun_mame_machine {
	const char *name; /* "c64" */
	const char *options; /* "-iec8 c1581", or "" */
	const char *device; /* "floppy" "cdrom" "disk" */
	const char *drives[MUN_MAME_DRIVES]; /* "flop1"; NULL ends */
	const char *title; /* "Commodore 64 with a 1581" */
};

/* How one medium goes into it. */
struct mun_mame_choice {
	const struct mun_mame_machine *machine;
	const char *formats; /* best first; one word: one file as it is */
	const char *suffix; /* "": the usual one of the format */
	uint64_t padded; /* bytes it has to have, by zeros at its end; or 0 */
};

/**
 * mun_mame_choose() - the machine for @item, on @platform
 *
 * Return: 0; MUN_EUNSUPPORTED: what of it no machine here reads.
 */
MUN_CHECK int mun_mame_choose(enum mun_platform platform,
			      const struct mun_target_item *item,
			      struct mun_mame_choice *out, struct mun_err *e);

#endif
