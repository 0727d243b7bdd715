/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/part_bsd.c - the disklabel of BSD
 *
 * 4.4BSD, disklabel(5).  In sector 1, or at byte 64 or 128 of sector 0, in the
 * byte order of its machine:
 *	0  u32 82564557h	136 u16 sum
 *	40 u32 bytes of sector	138 u16 partitions
 *	132 u32 82564557h	148 partitions of 16 bytes
 * A partition: 0 u32 sectors, 4 u32 first one, 12 u8 type.  All u16 up to the
 * last partition, the sum too, are 0 when joined by exclusive or.
 */
#include "image/partition.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/part_label.h"

#include <stdio.h>

#define MAGIC 0x82564557u
#define LABEL_BYTES 512u
#define HEAD_BYTES 148u
#define ENTRIES_MAX 22u /* that fit; the systems have 8 or 16 */

static uint32_t u32(const uint8_t *p, bool big)
{
	return big ? mun_be32(p) : mun_le32(p);
}

static uint16_t u16(const uint8_t *p, bool big)
{
	return big ? mun_be16(p) : mun_le16(p);
}

static bool sums_up(const uint8_t *label, uint32_t n)
{
	size_t end = HEAD_BYTES + (size_t)16 * n;
	uint16_t sum = 0;

	for (size_t i = 0; i < end; i += 2)
		sum ^= mun_le16(label + i);
	return sum == 0;
}

static const char *type_name(uint8_t type)
{
	static const char *const names[] = {
		[1] = "swap",     [2] = "Version 6", [3] = "Version 7",
		[4] = "System V", [5] = "4.1BSD",    [6] = "Eighth Edition",
		[7] = "4.2BSD",   [8] = "MSDOS",     [9] = "4.4LFS",
		[11] = "HPFS",    [12] = "ISO9660",  [13] = "boot",
		[15] = "HFS",     [17] = "ext2fs",
	};

	return type < MUN_COUNT(names) ? names[type] : NULL;
}

static void add(struct mun_table *t, unsigned int i, const uint8_t *entry,
		bool big, uint64_t size)
{
	uint64_t sectors = u32(entry, big);
	const char *name = type_name(entry[12]);
	struct mun_partition *p;

	/* Type 0: not used, or all of the disk. */
	if (!sectors || !entry[12])
		return;
	p = mun_table_add(t);
	if (!p)
		return;
	p->number = i + 1;
	p->start = u32(entry + 4, big);
	p->sectors = sectors;
	(void)snprintf(p->name, sizeof(p->name), "%c", (char)('a' + i));
	if (name)
		(void)snprintf(p->type, sizeof(p->type), "%s", name);
	else
		(void)snprintf(p->type, sizeof(p->type), "%u", entry[12]);
	t->outside |= p->start + sectors > size / t->sector_bytes;
}

static bool parse(const uint8_t *label, bool big, struct mun_table *t,
		  uint64_t size)
{
	uint32_t n = u16(label + 138, big);
	uint32_t sector = u32(label + 40, big);

	if (u32(label, big) != MAGIC || u32(label + 132, big) != MAGIC)
		return false;
	if (!n || n > ENTRIES_MAX || sector < 512 || sector > 4096 ||
	    (sector & (sector - 1)))
		return false;
	t->kind = MUN_TABLE_BSD;
	t->sector_bytes = sector;
	t->damaged = !sums_up(label, n);
	for (unsigned int i = 0; i < n; i++)
		add(t, i, label + HEAD_BYTES + (size_t)16 * i, big, size);
	return true;
}

int mun_bsd_label_read(struct mun_source *src, uint64_t start, uint64_t size,
		       struct mun_table *out, struct mun_err *e)
{
	static const uint32_t at[] = { 512, 64, 128 };
	uint8_t label[LABEL_BYTES];

	for (size_t i = 0; i < MUN_COUNT(at); i++) {
		uint64_t off;
		int rc;

		if (ckd_add(&off, start, (uint64_t)at[i]))
			return 0;
		rc = mun_peek(src, label, sizeof(label), off, e);
		if (rc)
			return mun_ctx(e, "BSD disklabel");
		if (parse(label, false, out, size) ||
		    parse(label, true, out, size))
			return 0;
	}
	return 0;
}

int mun_bsd_read(struct mun_source *src, struct mun_table *out,
		 struct mun_err *e)
{
	return mun_bsd_label_read(src, 0, src->size, out, e);
}
