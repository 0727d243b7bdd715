/* SPDX-License-Identifier: Apache-2.0 */
/* image/part_label.h - disklabels inside a partition; for part_*.c only */
#ifndef MUN_IMAGE_PART_LABEL_H
#define MUN_IMAGE_PART_LABEL_H

#include "image/partition.h"

/* The label of the disk or partition at byte @start; its sectors are as it has
 * them, from the start of the one or the other.  @size: bytes of the disk.
 * Return: 0, MUN_EIO, MUN_ECORRUPT. */
MUN_CHECK int mun_bsd_label_read(struct mun_source *src, uint64_t start,
				 uint64_t size, struct mun_table *out,
				 struct mun_err *e);

/* Solaris on a PC: the VTOC in sector 1 of its partition; its sectors count
 * from the start of that. */
MUN_CHECK int mun_solaris_label_read(struct mun_source *src, uint64_t start,
				     struct mun_table *out, struct mun_err *e);

#endif
