/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/make.h - small images, built byte by byte from the specifications */
#ifndef MUN_TESTS_IMAGE_MAKE_H
#define MUN_TESTS_IMAGE_MAKE_H

#include <stddef.h>
#include <stdint.h>

#include "core/source.h"
#include "image/image.h"

void put_le16(uint8_t *p, uint32_t v);
void put_le32(uint8_t *p, uint32_t v);

/* What goes into a boot sector.  FAT32 where @fat16_sectors is 0. */
struct make_fat {
	uint32_t sector_bytes;
	uint32_t cluster_sectors;
	uint32_t reserved;
	uint32_t fats;
	uint32_t root_entries;
	uint32_t sectors;
	uint8_t media;
	uint32_t fat16_sectors;
	uint32_t fat32_sectors;
	uint32_t root_cluster;
	uint32_t sectors_per_track;
	uint32_t heads;
	const char *boot_label; /* 11 characters, or NULL */
	const char *root_label; /* 11 characters, or NULL */
};

extern const struct make_fat make_1440k;

/* Boot sector, both FATs' first bytes, and the root directory's label. */
void make_fat(uint8_t *disk, const struct make_fat *f);

void make_mbr_entry(uint8_t *sector, unsigned int i, uint8_t status,
		    uint8_t type, uint32_t start, uint32_t sectors);

/* Both headers and both tables, of @n partitions of 8 sectors from 64. */
void make_gpt(uint8_t *disk, size_t bytes, unsigned int n);

/* Both sums anew of a header that was changed, also to a table of another form
 * (up to 64 KiB). */
void make_gpt_sum(uint8_t *header, const uint8_t *entries);

/* PVD and terminator; @sectors are the volume's. */
void make_iso(uint8_t *disk, uint32_t sectors, const char *volume_id);
/* A descriptor's head in sector @at: type, "CD001", version 1. */
uint8_t *make_descriptor(uint8_t *disk, uint32_t at, uint8_t type);

/* What an image says of itself, and its first track; nothing to be freed. */
struct seen {
	struct mun_image img;
	struct mun_track track;
	const char *format; /* driver's name */
};

/* Open @disk (with @format, or NULL); what cannot be opened ends the test. */
struct seen look(const uint8_t *disk, size_t bytes, const char *format);

/* Open @disk, which must fail; the code, and the text if @text is given. */
int look_fails(const uint8_t *disk, size_t bytes, const char *format,
	       char *text, size_t text_size);

#endif
