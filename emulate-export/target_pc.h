/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/target_pc.h - what the emulators of PCs share: drives by rules,
 * machines by period
 *
 * A target says by a table what drives it has and what they take; the planning
 * is here.  Slots are "a", "b" (floppies), "cd0" ..., "hd0" ..., and "" in the
 * swap list.
 */
#ifndef MUN_EXPORT_TARGET_PC_H
#define MUN_EXPORT_TARGET_PC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/str.h"
#include "emulate-export/target.h"

#define MUN_PC_SECTOR 512u
#define MUN_PC_CD_SECTOR 2048u

struct mun_pc_drive {
	const char *formats; /* NULL: it has no such drive */
	const char *options; /* of the image's writer; may be NULL */
	const char *suffix; /* NULL: the usual one of the format */
	unsigned int drives; /* attached at the start */
	bool swaps; /* what has no drive waits in a list */
	/* File systems (image/contents.h) of which the emulator's own system
	 * reads at least one, where nothing is booted; NULL: the guest reads.
	 * An emulator that reads discs itself boots none. */
	const char *reads;
};

struct mun_pc_rules {
	const struct mun_target *target;
	struct mun_pc_drive floppy;
	struct mun_pc_drive disc; /* one data track of 2048 bytes a sector */
	const char *track_formats; /* of any other disc; NULL: refused */
	struct mun_pc_drive disk;
	const uint32_t *floppies; /* sizes in sectors that it knows; 0 ends */
	bool overlay; /* odd sizes by a layer above the image, else padded */
	bool layer_disks; /* one above every disk, whatever its size */
	bool partitions; /* mounts the volume of a partition only */
	unsigned int heads; /* a disk's geometry has at most as many; 0: it
			     * needs none */
	unsigned int cylinders;
	uint64_t disk_max; /* bytes; 0: as large as anything */
};

/**
 * mun_pc_plan() - a device, slot and formats for each medium of @s
 *
 * Return: as mun_target_begin(); MUN_EUNSUPPORTED for sectors, tracks, sizes
 * and numbers of media that the rules do not allow.
 */
MUN_CHECK int mun_pc_plan(const struct mun_pc_rules *r,
			  const struct mun_target_set *s, struct mun_plan *out,
			  struct mun_err *e);

/* Not better than fair where @s is of a time whose machines were slower than a
 * virtual one is: what counts in loops fails there. */
void mun_pc_too_fast(const struct mun_target_set *s, struct mun_plan *p);

/* Sizes of PC floppies in sectors, as most emulators know them; 0 ends. */
extern const uint32_t mun_pc_floppies[];

/* Would a PC start from it?  Code without a system only where there is no file
 * system either: it is its own system. */
bool mun_pc_boots(const struct mun_target_item *item);

/* Its size as a floppy, in sectors of 512 bytes, of those @known; 0: none.  By
 * its volume, else the next size that holds it. */
uint64_t mun_pc_floppy_sectors(const struct mun_image_facts *f,
			       const uint32_t *known);

/* Is it one data track of 2048 bytes a sector, as an ISO image holds it? */
bool mun_pc_is_iso(const struct mun_image_facts *f);

/* Has it a volume with one of the file systems @list? */
bool mun_pc_reads(const struct mun_target_item *item, const char *list);

/* The medium in @slot; NULL: there is none. */
const struct mun_plan_medium *mun_pc_slot(const struct mun_plan *p,
					  const char *slot);

/* Is there a @device, or any for "", that waits for a drive? */
bool mun_pc_waits(const struct mun_plan *p, const char *device);

/* Commands that say where the copies of floppies that wait are, as a machine
 * writes to what is chosen for it; "" where none waits. */
const char *mun_pc_copies_sh(const struct mun_plan *p);
const char *mun_pc_copies_bat(const struct mun_plan *p);

/* The file below media/ that the machine gets: the layer where there is one. */
const char *mun_pc_file(const struct mun_plan_medium *m);

/* "media/NAME" of each medium that is a @device, or of all for "". */
void mun_pc_files(const struct mun_plan *p, const char *device,
		  struct mun_str *out);

/* A machine of its time. */
struct mun_pc_era {
	enum mun_platform platform;
	unsigned int memory; /* MiB */
	const char *cpu; /* of QEMU and libvirt: "486"; "": theirs */
	bool cirrus; /* the graphics that its systems have drivers for */
	bool local_clock; /* its clock is not in UTC */
	const char *virtualbox; /* names of the system in other emulators */
	const char *vmware;
	const char *kind; /* "DOS", for people */
};

/* By the platform of @s; never NULL. */
const struct mun_pc_era *mun_pc_era(const struct mun_target_set *s);

#endif
