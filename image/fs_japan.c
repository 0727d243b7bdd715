/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_japan.c - boot sectors of the X68000 and the PC-98
 *
 * They lie in a FAT that others find, or in none: only marks of the medium.
 * X68000	0 60h (BRA.S), then "X68IPL30" at 3 or "Hudson soft" at 2; of a disk
 *		with SCSI "X68SCSI1" at 0
 * PC-98	"IPL1" at 4 (disks; their first sector ends with 55 AA); floppies
 *		with sectors of 1024 bytes and an OEM id "NEC "
 */
#include "image/fs_retro.h"

#include "core/bytes.h"
#include "image/driver.h"
#include "image/fs_tools.h"

#include <string.h>

static bool is_x68000(const uint8_t *b)
{
	return (b[0] == 0x60 && (memcmp(b + 3, "X68IPL30", 8) == 0 ||
				 memcmp(b + 2, "Hudson soft", 11) == 0)) ||
	       memcmp(b, "X68SCSI1", 8) == 0;
}

static bool is_pc98(const uint8_t *b)
{
	bool ipl = memcmp(b + 4, "IPL1", 4) == 0 && b[510] == 0x55 &&
		   b[511] == 0xaa;
	bool floppy = memcmp(b + 3, "NEC ", 4) == 0 && mun_le16(b + 11) == 1024;

	return ipl || floppy;
}

static int find_japan(const struct mun_fs_place *p, struct mun_contents *c,
		      struct mun_err *e)
{
	uint8_t b[512];
	int rc;

	if (p->part || p->medium == MUN_MEDIUM_OPTICAL)
		return 0;
	rc = mun_peek(p->src, b, sizeof(b), 0, e);
	if (rc)
		return rc;
	if (is_x68000(b))
		mun_contents_add_mark(c, NULL, "x68000-boot",
				      "boot sector of an X68000");
	else if (is_pc98(b))
		mun_contents_add_mark(c, NULL, "pc98-boot",
				      "boot sector of a PC-98");
	return 0;
}

const struct mun_fs_finder mun_fs_japan = {
	.name = "japan",
	.find = find_japan,
};
