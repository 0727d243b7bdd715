/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vhdx.h - what reader and writer of VHDX share */
#ifndef MUN_IMAGE_FMT_VHDX_H
#define MUN_IMAGE_FMT_VHDX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/image.h"
#include "image/pieces.h"
#include "image/slots.h"

/*
 * [MS-VHDX] Virtual Hard Disk v2 File Format; little endian
 *
 *	  0 "vhdxfile", creator in UTF-16 (512 bytes)
 *	 64K header 1, 128K header 2, 4 KiB each:
 *		 0 "head"	4 CRC-32C	8 u64 sequence number
 *		16 file write GUID	32 data write GUID	48 log GUID
 *		64 u16 log version	66 u16 version	68 u32 log length
 *		72 u64 log offset
 *	192K region table, 256K its copy, 64 KiB each:
 *		 0 "regi"	4 CRC-32C	8 u32 entries, 32 bytes each from 16:
 *		GUID	16 u64 offset	24 u32 length	28 u32 required
 * metadata region:
 *		 0 "metadata"	10 u16 entries, 32 bytes each from 32:
 *		GUID	16 u32 offset in the region	20 u32 length
 *		24 u32 flags: 4 required
 * BAT region: u64, bits 0 to 2 the state, bits 20 to 63 MiB in the file;
 * after the entries of every 2^23 sectors one for the bitmap of their blocks
 */
#define MUN_VHDX_HEADER_1 ((uint64_t)64 << 10)
#define MUN_VHDX_HEADER_2 ((uint64_t)128 << 10)
#define MUN_VHDX_HEADER ((size_t)4096)
#define MUN_VHDX_REGIONS_1 ((uint64_t)192 << 10)
#define MUN_VHDX_REGIONS_2 ((uint64_t)256 << 10)
#define MUN_VHDX_REGIONS ((size_t)64 << 10)
#define MUN_VHDX_ITEMS ((size_t)64 << 10) /* the table before the items */
#define MUN_VHDX_ALIGN ((uint64_t)1 << 20)
#define MUN_VHDX_BITMAP_SECTORS ((uint64_t)1 << 23)
#define MUN_VHDX_DISK_MAX ((uint64_t)64 << 40)

enum mun_vhdx_state {
	MUN_VHDX_NOT_PRESENT = 0,
	MUN_VHDX_UNDEFINED = 1,
	MUN_VHDX_ZERO = 2,
	MUN_VHDX_UNMAPPED = 3,
	MUN_VHDX_PRESENT = 6,
	MUN_VHDX_PARTIAL = 7,
};

extern const uint8_t mun_vhdx_bat_region[16];
extern const uint8_t mun_vhdx_metadata_region[16];
extern const uint8_t mun_vhdx_file_parameters[16];
extern const uint8_t mun_vhdx_disk_size[16];
extern const uint8_t mun_vhdx_disk_id[16];
extern const uint8_t mun_vhdx_logical_sector[16];
extern const uint8_t mun_vhdx_physical_sector[16];
extern const uint8_t mun_vhdx_parent_locator[16];

/* Of @len bytes, the four at @at taken for zeros. */
uint32_t mun_vhdx_checksum(const uint8_t *data, size_t len, size_t at);

struct mun_vhdx {
	uint8_t data_write_guid[16]; /* what children know it by */
	uint8_t log_guid[16];
	uint16_t log_version;
	uint32_t log_bytes;
	uint64_t log_off;
	/* from the regions and the metadata */
	uint64_t bat_off;
	uint64_t bat_bytes;
	uint64_t bytes;
	uint32_t block_bytes;
	uint32_t sector_bytes;
	uint64_t ratio; /* blocks to one bitmap */
	bool has_parent;
	struct mun_source *replayed; /* owned; NULL: the log is empty */
	struct mun_source *src; /* the one to read: the file, or replayed */
	struct mun_slots *bat;
	struct mun_bitmaps *bits;
	struct mun_pieces pieces;
};

/**
 * mun_vhdx_replay() - the file as it is when its log has been replayed
 *
 * In memory; the file stays as it is.  Needs the log_* fields of @v, sets
 * @v->replayed and @v->src.
 * Return: 0; MUN_ECORRUPT for a log without a valid sequence or a file that is
 * shorter than the log says; MUN_EUNSUPPORTED for one beyond what is kept in
 * memory; MUN_ENOMEM; MUN_EIO.
 */
MUN_CHECK int mun_vhdx_replay(struct mun_image *img, struct mun_vhdx *v,
			      struct mun_err *e);

/* Fill in what the metadata region at byte @off tells; facts of it. */
MUN_CHECK int mun_vhdx_metadata(struct mun_image *img, struct mun_vhdx *v,
				uint64_t off, uint64_t bytes,
				struct mun_err *e);

extern const struct mun_image_driver mun_image_vhdx; /* fmt_vhdx.c */

#endif
