/* SPDX-License-Identifier: Apache-2.0 */
/* image/fs_cpm.h - where disks of CP/M have their directory; for fs_cpm*.c */
#ifndef MUN_IMAGE_FS_CPM_H
#define MUN_IMAGE_FS_CPM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUN_CPM_DIR_MOST 512u /* entries */
#define MUN_CPM_BLOCKS_MOST 8192u

/* Nothing on a disk of CP/M says how it is laid out: these are known. */
struct mun_cpm_format {
	const char *title; /* "CP/M (Kaypro II)" */
	const char *mark; /* of the machine, or NULL */
	uint16_t sector; /* bytes */
	uint16_t sectors; /* a track */
	uint16_t tracks; /* of all sides, in the order of the image */
	uint16_t reserved; /* tracks of the system */
	uint16_t block; /* bytes */
	uint16_t entries; /* of the directory */
	uint8_t skew; /* from one sector of a file to the next; 0, 1: none */
	uint8_t id; /* R of the first sector's ID, where these are known; 0:
		     * any, and the size must be that of the disk */
	uint8_t step; /* tracks from one of this side to the next, or 0: 1 */
	const uint8_t *order; /* of the sectors in a track, or NULL: by skew */
};

/* Ends with an entry without title. */
extern const struct mun_cpm_format mun_cpm_formats[];

/* How many blocks there are behind the reserved tracks. */
uint32_t mun_cpm_blocks(const struct mun_cpm_format *f);

struct mun_cpm_dir {
	unsigned int files; /* entries that have at least one block */
	unsigned int entries; /* ... and others that are in use */
	bool shared; /* a block belongs to two of them */
	bool disk; /* there is a file "DISK" */
	bool ems; /* ... or *.EMS, *.EMT */
	uint8_t label[11]; /* of CP/M 3; zeros: none */
};

/**
 * mun_cpm_look() - does a directory make sense?
 * @dir: @f->entries of 32 bytes
 *
 * Every entry is either free or right in every field: so no other data passes,
 * and a disk of which the directory is damaged neither.
 */
bool mun_cpm_look(const struct mun_cpm_format *f, const uint8_t *dir,
		  struct mun_cpm_dir *out);

#endif
