/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/part_mbr.c - the partition table of a PC, and its extended chain
 *
 * Four entries of 16 bytes from 446, then 55 AA:
 *	0 u8 status (80: active)	8  u32 LE start
 *	4 u8 type			12 u32 LE sectors
 * An extended partition begins with a table of the same form: its first entry
 * is a logical partition, counted from that table; its second is the next
 * table, counted from the extended partition.
 */
#include "image/partition.h"

#include "core/bytes.h"
#include "image/driver.h"

#include <stdio.h>

#define ENTRIES 4u
#define SECTOR 512u

struct entry {
	uint8_t status;
	uint8_t type;
	uint32_t start;
	uint32_t sectors;
};

static struct entry entry_at(const uint8_t *sector, unsigned int i)
{
	const uint8_t *p = sector + 446 + (size_t)16 * i;

	return (struct entry){ p[0], p[4], mun_le32(p + 8), mun_le32(p + 12) };
}

static bool is_extended(uint8_t type)
{
	return type == 0x05 || type == 0x0f || type == 0x85;
}

static bool is_signed(const uint8_t *sector)
{
	return sector[510] == 0x55 && sector[511] == 0xaa;
}

/*
 * Boot code of another kind also ends in 55 AA.  What tells a table: every
 * status is 00 or 80, what is not empty has a start and a length, at least one
 * begins inside the source, and none lies over another.
 */
static bool is_table(const uint8_t *sector, uint64_t size)
{
	bool any = false;

	if (!is_signed(sector))
		return false;
	for (unsigned int i = 0; i < ENTRIES; i++) {
		struct entry a = entry_at(sector, i);

		if (a.status & 0x7f)
			return false;
		if (a.type == 0)
			continue;
		if (a.sectors == 0)
			return false;
		any |= (uint64_t)a.start * SECTOR < size;
		for (unsigned int j = 0; j < i; j++) {
			struct entry b = entry_at(sector, j);

			if (b.type && a.start < (uint64_t)b.start + b.sectors &&
			    b.start < (uint64_t)a.start + a.sectors)
				return false;
		}
	}
	return any;
}

static void add(struct mun_table *t, unsigned int number, uint64_t start,
		const struct entry *entry, uint64_t size)
{
	struct mun_partition *p = mun_table_add(t);

	if (!p)
		return;
	p->number = number;
	p->start = start;
	p->sectors = entry->sectors;
	p->mbr_type = entry->type;
	p->active = entry->status == 0x80;
	(void)snprintf(p->type, sizeof(p->type), "0x%02x", entry->type);
	/* 33 bits at most, times 512: no overflow. */
	t->outside |= (start + entry->sectors) * SECTOR > size;
}

/*
 * Follow the chain from the extended partition at @first.  A hostile chain
 * may run in a circle: no table is visited twice, and there are at most as
 * many as we keep.
 */
static int read_chain(struct mun_source *src, uint64_t first,
		      unsigned int *number, struct mun_table *t,
		      struct mun_err *e)
{
	uint64_t seen[MUN_PARTITIONS_MAX];
	uint64_t at = first;
	uint8_t sector[SECTOR];

	for (size_t n = 0; n < MUN_PARTITIONS_MAX; n++) {
		struct entry logical;
		struct entry next;
		int rc;

		rc = mun_peek(src, sector, sizeof(sector), at * SECTOR, e);
		if (rc)
			return mun_ctx(e,
				       "extended partition table at sector "
				       "%llu",
				       (unsigned long long)at);
		if (!is_signed(sector))
			break;
		seen[n] = at;
		logical = entry_at(sector, 0);
		next = entry_at(sector, 1);
		if (logical.type && logical.sectors)
			add(t, (*number)++, at + logical.start, &logical,
			    src->size);
		if (!is_extended(next.type) || next.sectors == 0)
			return 0;
		at = first + next.start;
		for (size_t i = 0; i <= n; i++)
			if (seen[i] == at) {
				t->more = true;
				return 0;
			}
	}
	t->more = true;
	return 0;
}

int mun_mbr_read(struct mun_source *src, struct mun_table *out,
		 struct mun_err *e)
{
	unsigned int logical = ENTRIES + 1;
	uint8_t sector[SECTOR];
	int rc;

	rc = mun_peek(src, sector, sizeof(sector), 0, e);
	if (rc)
		return mun_ctx(e, "partition table");
	if (!is_table(sector, src->size))
		return 0;
	out->kind = MUN_TABLE_MBR;
	out->sector_bytes = SECTOR;
	for (unsigned int i = 0; i < ENTRIES; i++) {
		struct entry entry = entry_at(sector, i);

		if (entry.type == 0)
			continue;
		if (!is_extended(entry.type)) {
			add(out, i + 1, entry.start, &entry, src->size);
			continue;
		}
		rc = read_chain(src, entry.start, &logical, out, e);
		if (rc && rc != MUN_ECORRUPT)
			return rc;
		/* The others are in the first sector, which is sound. */
		out->more |= rc != 0;
	}
	return 0;
}
