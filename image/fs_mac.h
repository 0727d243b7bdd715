/* SPDX-License-Identifier: Apache-2.0 */
/* image/fs_mac.h - with what a Macintosh starts from a volume */
#ifndef MUN_IMAGE_FS_MAC_H
#define MUN_IMAGE_FS_MAC_H

#include <stdbool.h>
#include <stdint.h>

#include "image/contents.h"
#include "image/hfs_catalog.h"

struct mun_mac_boot {
	struct mun_hfs_catalog *cat;
	bool sound; /* its tree can be followed */
	uint32_t blessed; /* folder to boot from; 0: none */
	const uint8_t *boot; /* the boot blocks, 1024 bytes */
	const struct mun_contents_part *part; /* NULL: the whole medium */
};

/**
 * mun_mac_tell_boot() - the marks of @v, and how it boots
 *
 * Looks into the folder that is blessed: for a system file, its version (the
 * resource "vers" 1), and the boot file of a New World machine ("tbxi").
 * Return: 0, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_mac_tell_boot(const struct mun_mac_boot *b,
				struct mun_contents *c,
				struct mun_contents_volume *v,
				struct mun_err *e);

/* Boot blocks that a 68000 runs: "LK", and not zeros. */
bool mun_mac_boot_blocks(const uint8_t *boot);

#endif
