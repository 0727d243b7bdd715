/* SPDX-License-Identifier: Apache-2.0 */
/* image/iso_dir.h - directories and boot catalog of a CD-ROM */
#ifndef MUN_IMAGE_ISO_DIR_H
#define MUN_IMAGE_ISO_DIR_H

#include "core/source.h"
#include "image/fsdir.h"

struct mun_iso_dir {
	uint64_t at; /* byte */
	uint64_t bytes;
	uint32_t block_bytes; /* of the volume */
	bool high_sierra; /* flags are at byte 24 of a record */
};

/**
 * mun_iso_dir_of() - the directory that a record of a volume descriptor names
 * @record: 34 bytes
 */
struct mun_iso_dir mun_iso_dir_of(const uint8_t *record, uint32_t block_bytes,
				  bool high_sierra);

/**
 * mun_iso_list() - each file and folder of one directory
 *
 * Names without ";1" and a final dot.  An entry's at is a byte of the disc.
 * Return: 0, MUN_EIO, MUN_ECORRUPT.
 */
MUN_CHECK int mun_iso_list(struct mun_source *src,
			   const struct mun_iso_dir *dir, mun_fs_entry_fn *fn,
			   void *ctx, struct mun_err *e);

/**
 * mun_iso_boot() - the boot catalog (El Torito) at sector @catalog
 *
 * A mark for each platform with its entries, and whether @v boots.
 * Return: 0, MUN_EIO, MUN_ECORRUPT.
 */
MUN_CHECK int mun_iso_boot(struct mun_source *src, uint32_t catalog,
			   struct mun_contents *c,
			   struct mun_contents_volume *v, struct mun_err *e);

#endif
