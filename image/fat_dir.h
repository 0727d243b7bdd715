/* SPDX-License-Identifier: Apache-2.0 */
/* image/fat_dir.h - directories of a FAT volume */
#ifndef MUN_IMAGE_FAT_DIR_H
#define MUN_IMAGE_FAT_DIR_H

#include "core/source.h"
#include "image/fat.h"
#include "image/fsdir.h"

/**
 * mun_fat_list() - each file and folder of one directory
 * @cluster: where it begins; 0: the root
 * @fn:      called for each; not for "." and ".."
 *
 * Names are those of 8 and 3 characters.  What lies past the end of a cut image
 * ends the directory.
 * Return: 0, MUN_EIO, MUN_ECORRUPT.
 */
MUN_CHECK int mun_fat_list(struct mun_source *src, const struct mun_fat *fat,
			   uint64_t cluster, mun_fs_entry_fn *fn, void *ctx,
			   struct mun_err *e);

#endif
