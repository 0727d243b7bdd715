/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fat.h - the boot sector of a FAT volume, and the volume's name
 *
 * Microsoft, "FAT: General Overview of On-Disk Format", 1.03; ECMA-107.
 */
#ifndef MUN_IMAGE_FAT_H
#define MUN_IMAGE_FAT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/label.h"

enum mun_fat_type {
	MUN_FAT_NONE = 0,
	MUN_FAT12 = 12,
	MUN_FAT16 = 16,
	MUN_FAT32 = 32
};

struct mun_fat {
	enum mun_fat_type type; /* by the number of clusters; NONE: no FAT */
	uint32_t sector_bytes;
	uint32_t cluster_sectors;
	uint32_t reserved; /* sectors before the first FAT */
	uint32_t fats;
	uint32_t fat_sectors; /* each */
	uint32_t root_entries; /* 0 with FAT32 */
	uint32_t root_cluster; /* FAT32 only */
	uint64_t sectors; /* all of the volume */
	uint64_t data; /* first sector of cluster 2 */
	uint32_t clusters;
	uint32_t sectors_per_track;
	uint32_t heads;
	uint8_t media;
	/* The FAT begins as the format says: with a media byte, then ones.  An
	 * erased or foreign disk can keep its boot sector and not this. */
	bool fat_follows;
	uint8_t boot_label[11]; /* zeros where the boot sector has none */
};

/**
 * mun_fat_parse() - does this boot sector describe a FAT volume?
 * @boot: its first 512 bytes
 *
 * Every field is checked against the others; neither a jump nor 55 AA is asked
 * for, as Atari ST and MSX have none.  @out->fat_follows stays false.
 */
bool mun_fat_parse(const uint8_t boot[static 512], struct mun_fat *out);

/* The same of the volume at the start of @src, and look at its FAT.
 * @out->type tells.  Return: 0, MUN_EIO, MUN_ECORRUPT. */
MUN_CHECK int mun_fat_probe(struct mun_source *src, struct mun_fat *out,
			    struct mun_err *e);

/**
 * mun_fat_label() - the name of the volume as text (image/label.h)
 * @out: from the root directory, else from the boot sector, else ""
 *
 * Reads the root directory of FAT12 and FAT16, and the first cluster of it
 * with FAT32.
 * Return: 0, MUN_EIO, MUN_ECORRUPT.
 */
MUN_CHECK int mun_fat_label(struct mun_source *src, const struct mun_fat *fat,
			    char *out, size_t size, struct mun_err *e);

/* The same in a code page of the reader's choice: what mun_fat_label() shows
 * escaped, as nothing in the volume says which it was. */
MUN_CHECK int mun_fat_label_in(struct mun_source *src,
			       const struct mun_fat *fat,
			       enum mun_label_code code, char *out, size_t size,
			       struct mun_err *e);

#endif
