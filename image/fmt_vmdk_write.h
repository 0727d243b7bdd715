/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vmdk_write.h - a VMDK disk that is written; for fmt_vmdk_*.c only */
#ifndef MUN_IMAGE_FMT_VMDK_WRITE_H
#define MUN_IMAGE_FMT_VMDK_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/cells.h"
#include "image/output.h"

#define MUN_VMDK_GRAIN 65536u
#define MUN_VMDK_GT_ENTRIES 512u
#define MUN_VMDK_GT_BYTES ((size_t)MUN_VMDK_GT_ENTRIES * 4)
/* Room for the descriptor in the file, as VMware leaves it, in sectors. */
#define MUN_VMDK_TEXT_AT 1u
#define MUN_VMDK_TEXT_SECTORS 20u

/* One file of the disk.  Sparse:
 *
 *	header, descriptor, second directory and tables, first ones, grains
 *
 * all tables with their place given out beforehand.  Stream:
 *
 *	header, descriptor, { grains, grain table } ..., directory, footer
 */
struct mun_vmdk_part {
	struct mun_outfile *file; /* borrowed */
	bool stream;
	bool has_text; /* room for a descriptor inside */
	uint64_t start; /* byte of the disk where it begins; */
	uint64_t bytes; /* ... a multiple of 512 */
	uint64_t tables; /* grain tables */
	uint64_t second_at; /* sectors: the second directory, */
	uint64_t gd_at; /* ... the first */
	uint64_t next; /* byte of the file that is free */
	uint8_t *gd; /* the directory as it is written; owned */
	uint8_t gt[MUN_VMDK_GT_BYTES]; /* the table being filled */
	uint64_t gt_number;
	bool gt_used;
};

/* file, stream, has_text, start and bytes are set.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_vmdk_part_begin(struct mun_vmdk_part *p, struct mun_err *e);

/* Grain number @n of the part takes @len bytes: where. 0, MUN_EUNSUPPORTED past
 * 2 TiB, MUN_EIO. */
MUN_CHECK int mun_vmdk_part_grain(struct mun_vmdk_part *p, uint64_t n,
				  size_t len, uint64_t *host,
				  struct mun_err *e);

/* All tables and headers. */
MUN_CHECK int mun_vmdk_part_end(struct mun_vmdk_part *p, struct mun_err *e);

#endif
