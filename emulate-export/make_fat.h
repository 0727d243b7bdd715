/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/make_fat.h - where everything lies on a FAT volume
 *
 * Floppies as DOS formats them; disks with the clusters that DOS and Windows
 * 95 choose.  Microsoft, "FAT: General Overview of On-Disk Format", 1.03;
 * long names: the same company's "Long Filename Specification", 0.5.
 */
#ifndef MUN_EMULATE_EXPORT_MAKE_FAT_H
#define MUN_EMULATE_EXPORT_MAKE_FAT_H

#include <stdbool.h>
#include <stdint.h>

#include "emulate-export/make_kinds.h"

#define MUN_MAKE_FAT_SECTOR 512u
#define MUN_MAKE_FAT_ENTRY 32u

struct mun_make_fat_plan {
	struct mun_make_plan *p;
	const char *floppy; /* "1440K"; NULL: a disk */
	uint64_t medium; /* sectors of it all */
	uint32_t start; /* of the volume: 0, or behind the partition table */
	uint32_t sectors; /* of the volume */
	unsigned int bits; /* 12, 16, 32 */
	uint32_t cluster; /* sectors of one */
	uint32_t reserved; /* sectors before the first FAT */
	uint32_t fat; /* sectors of one; there are two */
	uint32_t root; /* entries in the root folder; 0: it is a chain */
	uint32_t data; /* first sector of cluster 2, in the volume */
	uint32_t clusters;
	uint32_t used; /* clusters */
	uint32_t heads;
	uint32_t track; /* sectors of one */
	uint32_t cylinders;
	uint8_t media;
	uint32_t serial;
	char label[12]; /* filled with blanks */
	bool has_label;
};

/* Which media there are (make_fat_media.c). */

/**
 * mun_make_fat_floppy() - one of the floppies of DOS
 * @bytes: of all
 *
 * Return: false where there is none of that size.
 */
bool mun_make_fat_floppy(struct mun_make_fat_plan *q, uint64_t bytes);

/* A disk of at most @bytes, whole cylinders.  0, or MUN_EINVAL for a size that
 * no FAT volume can have. */
MUN_CHECK int mun_make_fat_disk(struct mun_make_fat_plan *q, uint64_t bytes,
				bool partition, struct mun_err *e);

/* The sizes that are tried where none was given, in bytes; 0 at the end. */
extern const uint64_t mun_make_fat_sizes[];

/* Boot sectors (make_fat_boot.c): 512 bytes each. */
void mun_make_fat_boot(const struct mun_make_fat_plan *q, uint8_t *out);
void mun_make_fat_table(const struct mun_make_fat_plan *q, uint8_t *out);
void mun_make_fat_info(const struct mun_make_fat_plan *q, uint8_t *out);

/* Entries of 32 bytes (make_fat_folder.c). */

/* How many a file or folder needs in its parent; 1 and those of its long name.
 * @dos: there are no long names. */
uint32_t mun_make_fat_entries(const struct mun_make_node *n, bool dos);

/* All of a folder, without what fills it up. */
MUN_CHECK int mun_make_fat_folder(const struct mun_make_fat_plan *q,
				  const struct mun_make_node *dir,
				  struct mun_make_out *o, struct mun_err *e);

/* All of it, as planned.  0 or as the calls of mun_make_out. */
MUN_CHECK int mun_make_fat_write(struct mun_make_plan *p,
				 struct mun_make_out *o, struct mun_err *e);

#endif
