/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vhd.h - what reader and writer of VHD share */
#ifndef MUN_IMAGE_FMT_VHD_H
#define MUN_IMAGE_FMT_VHD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/image.h"
#include "image/pieces.h"
#include "image/slots.h"

/*
 * Microsoft, "Virtual Hard Disk Image Format Specification" 1.0 (2006), big
 * endian.
 *
 * footer, 512 bytes, at the end; of dynamic and differencing disks also at 0
 *	  0 "conectix"	8 u32 features	12 u32 version	16 u64 dynamic header
 *	 24 u32 seconds since 2000	28 creator	32 u16 u16 its version
 *	 36 creator's system	40 u64 original size	48 u64 current size
 *	 56 u16 cylinders	58 u8 heads	59 u8 sectors	60 u32 type
 *	 64 u32 checksum	68 UUID	84 u8 saved state
 * dynamic header, 1024 bytes
 *	  0 "cxsparse"	8 -1	16 u64 table	24 u32 version
 *	 28 u32 entries	32 u32 block size	36 u32 checksum
 *	 40 parent's UUID	56 u32 parent's time	64 parent's name, UTF-16
 *	576 8 locators: 0 code	4 u32 room	8 u32 length	16 u64 offset
 * table: u32 sector of a block, -1 for none; a block is a bitmap of its
 * sectors, in whole sectors, and then its data
 */
#define MUN_VHD_FOOTER 512u
#define MUN_VHD_HEADER 1024u
#define MUN_VHD_SECTOR 512u
#define MUN_VHD_LOCATORS 8u
#define MUN_VHD_NONE UINT32_MAX

/* 2000-01-01T00:00:00Z, from which a VHD counts seconds, in those of 1970. */
#define MUN_VHD_EPOCH 946684800

enum mun_vhd_type {
	MUN_VHD_FIXED = 2,
	MUN_VHD_DYNAMIC = 3,
	MUN_VHD_DIFFERENCING = 4,
};

/* Ones' complement of the sum of all bytes but the four of the sum at @at. */
uint32_t mun_vhd_checksum(const uint8_t *data, size_t len, size_t at);

/* The geometry that the specification computes from a size (its appendix). */
struct mun_geometry mun_vhd_geometry(uint64_t bytes);

/* The footers that there may be: at the end, where old programs of Virtual PC
 * wrote 511 bytes of it; and the copy at the start. */
struct mun_vhd_footers {
	uint8_t tail[MUN_VHD_FOOTER];
	uint8_t head[MUN_VHD_FOOTER];
	uint64_t tail_off;
	bool tail_is, tail_whole;
	bool head_is, head_whole;
};

/* MUN_OK too where there is neither. */
MUN_CHECK int mun_vhd_read_footers(struct mun_source *src,
				   struct mun_vhd_footers *f,
				   struct mun_err *e);

/* The footer to go by: whole before broken, the one at the end before its
 * copy.  Facts and notes of it; MUN_ECORRUPT where there is none. */
MUN_CHECK int mun_vhd_choose_footer(struct mun_image *img,
				    const struct mun_vhd_footers *f,
				    const uint8_t **out, struct mun_err *e);

struct mun_vhd;

/* Fill in what the footer @f tells of the disk. */
MUN_CHECK int mun_vhd_take_footer(struct mun_image *img, struct mun_vhd *v,
				  const uint8_t *f, struct mun_err *e);

struct mun_vhd {
	enum mun_vhd_type type;
	uint8_t uuid[16];
	uint64_t bytes;
	uint32_t block_bytes;
	uint32_t bitmap_bytes; /* before the data of each block */
	uint64_t entries;
	struct mun_slots *bat;
	struct mun_bitmaps *bits;
	struct mun_pieces pieces;
};

/* Tell what a differencing disk says of its parent, and check the one that was
 * given.  @header is the dynamic header. 0 or an error: no parent, or the
 * wrong one. */
MUN_CHECK int mun_vhd_parent(struct mun_image *img, const uint8_t *header,
			     struct mun_err *e);

extern const struct mun_image_driver mun_image_vhd; /* fmt_vhd.c */

#endif
