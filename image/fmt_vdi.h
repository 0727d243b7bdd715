/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vdi.h - what reader and writer of VDI share */
#ifndef MUN_IMAGE_FMT_VDI_H
#define MUN_IMAGE_FMT_VDI_H

#include <stdint.h>

/*
 * VirtualBox, little endian (VDICore.h of VirtualBox tells the structures; an
 * image of QEMU agrees).
 *
 *	  0 text, 64 bytes	0x40 u32 signature	0x44 u16 minor, u16 major
 * version 1:
 *	0x48 u32 size of header	0x4c u32 type	0x50 u32 flags
 *	0x54 comment, 256 bytes	0x154 u32 table	0x158 u32 data
 *	0x15c u32 cylinders, heads, sectors, sector size	0x16c u32 0
 *	0x170 u64 disk size	0x178 u32 block size
 *	0x17c u32 extra bytes before the data of each block
 *	0x180 u32 blocks	0x184 u32 allocated
 *	0x188 UUID	0x198 UUID of the last change
 *	0x1a8 parent's UUID	0x1b8 ... and of its last change
 * version 0:
 *	0x48 u32 type	0x4c u32 flags	0x50 comment, 256 bytes
 *	0x150 u32 cylinders, heads, sectors, sector size
 *	0x160 u64 disk size	0x168 u32 block size	0x16c u32 blocks
 *	0x170 u32 allocated	0x174 UUID	0x184 UUID of the last change
 *	0x194 parent's UUID	0x1a4 table, and the data behind it
 * table: u32 number of a block in the file, or one of the two below
 */
#define MUN_VDI_SIGNATURE 0xbeda107fu
#define MUN_VDI_NONE UINT32_MAX /* not allocated, or the parent's */
#define MUN_VDI_ZERO (UINT32_MAX - 1)
#define MUN_VDI_HEADER 512u

enum mun_vdi_type {
	MUN_VDI_DYNAMIC = 1,
	MUN_VDI_FIXED = 2,
	MUN_VDI_UNDO = 3,
	MUN_VDI_DIFFERENCE = 4,
};

#endif
