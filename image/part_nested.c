/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/part_nested.c - the table inside a partition of an MBR
 *
 * BSD, Solaris and Minix cut their partition of a PC's disk into several.  Most
 * of the BSDs count from the start of the disk; FreeBSD from its partition, and
 * then the third, which is all of it, begins at 0 - unless all of it is the
 * disk, which the others' third is.
 */
#include "image/part_label.h"

#include "core/check.h"

#include <string.h>

#define SECTOR 512u

static bool is_bsd(uint8_t type)
{
	return type == 0xa5 || type == 0xa6 || type == 0xa9 || type == 0xb7;
}

static void shift(struct mun_table *t, uint64_t start)
{
	for (size_t i = 0; i < t->n; i++)
		if (ckd_add(&t->part[i].start, t->part[i].start,
			    start / t->sector_bytes))
			t->part[i].start = UINT64_MAX;
}

/* Does one begin before the partition that they are all in? */
static bool counts_from_partition(const struct mun_table *t, uint64_t start)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->part[i].start < start / t->sector_bytes)
			return true;
	return false;
}

static int read_bsd(struct mun_source *disk, const struct mun_partition *outer,
		    uint64_t start, struct mun_table *out, struct mun_err *e)
{
	int rc = mun_bsd_label_read(disk, start, disk->size, out, e);

	if (rc || out->kind == MUN_TABLE_NONE)
		return rc;
	/* Only FreeBSD's are ever relative. */
	if (outer->mbr_type == 0xa5 && counts_from_partition(out, start))
		shift(out, start);
	return 0;
}

static int read_minix(struct mun_source *disk,
		      const struct mun_partition *outer, uint64_t start,
		      struct mun_table *out, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	size_t n = 0;
	uint64_t there = disk->size - start;
	int rc = mun_source_slice(disk, start, there, false, &src, e);

	if (!rc)
		rc = mun_mbr_read(src, out, e);
	if (rc || out->kind == MUN_TABLE_NONE)
		return rc;
	/* They count from the start of the disk, and are of Minix too. */
	for (size_t i = 0; i < out->n; i++) {
		const struct mun_partition *p = &out->part[i];

		if (p->mbr_type == 0x81 && p->start >= outer->start &&
		    p->start - outer->start < outer->sectors)
			out->part[n++] = *p;
	}
	out->n = n;
	out->outside = false;
	if (!n)
		memset(out, 0, sizeof(*out));
	return 0;
}

int mun_table_read_nested(struct mun_source *disk,
			  const struct mun_partition *outer,
			  struct mun_table *out, struct mun_err *e)
{
	uint64_t start;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	if (ckd_mul(&start, outer->start, (uint64_t)SECTOR) ||
	    start >= disk->size)
		return 0;
	if (is_bsd(outer->mbr_type))
		return read_bsd(disk, outer, start, out, e);
	if (outer->mbr_type == 0x81)
		return read_minix(disk, outer, start, out, e);
	if (outer->mbr_type == 0x82 || outer->mbr_type == 0xbf) {
		rc = mun_solaris_label_read(disk, start, out, e);
		if (!rc && out->kind != MUN_TABLE_NONE)
			shift(out, start);
	}
	return rc;
}
