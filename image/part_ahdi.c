/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/part_ahdi.c - the root sector of an Atari hard disk
 *
 * Atari, "AHDI 3.00 Release Notes" (1990).  All big-endian:
 *	156h 8 more entries (ICD)	1c2h u32 sectors of the disk
 *	1c6h 4 entries			1f6h u32 first bad sector, 1fah count
 * An entry of 12 bytes: 0 u8 flag (1: there, 80h: boots), 1 id[3], 4 u32 first
 * sector, 8 u32 sectors.  An "XGM" partition holds a chain of root sectors, in
 * each an entry that counts from there, and a next XGM that counts from the
 * first of them.
 */
#include "image/partition.h"

#include "core/bytes.h"
#include "image/driver.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define SECTOR 512u
#define ENTRIES 4u
#define ENTRIES_ICD 8u
#define AT 0x1c6u
#define AT_ICD 0x156u

struct entry {
	uint8_t flag;
	char id[4];
	uint32_t start;
	uint32_t sectors;
};

static struct entry entry_at(const uint8_t *sector, size_t off, unsigned int i)
{
	const uint8_t *p = sector + off + (size_t)12 * i;
	struct entry entry = {
		.flag = p[0],
		.start = mun_be32(p + 4),
		.sectors = mun_be32(p + 8),
	};

	memcpy(entry.id, p + 1, 3);
	return entry;
}

static bool is_known_id(const char *id)
{
	static const char ids[][4] = { "GEM", "BGM", "XGM", "LNX", "SWP", "RAW",
				       "MIX", "MNX", "UNX", "F32", "QWA" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (memcmp(id, ids[i], 3) == 0)
			return true;
	return false;
}

/* One that is there, has a name, and begins and ends on the disk. */
static bool is_entry(const struct entry *entry, uint64_t disk)
{
	for (size_t i = 0; i < 3; i++)
		if (!isalnum((unsigned char)entry->id[i]))
			return false;
	return (entry->flag & 1) && entry->start && entry->sectors &&
	       entry->start < disk;
}

/*
 * There is no magic.  Of the four entries each is absent or makes sense, one
 * at least is of a kind that Atari's or its followers' programs made, and the
 * disk is as large as it says, or larger: it may be on a bigger card.
 */
static bool is_root(const uint8_t *sector, uint64_t size)
{
	uint64_t disk = mun_be32(sector + 0x1c2);
	bool any = false;

	if (disk < 2 || size / SECTOR < 2)
		return false;
	for (unsigned int i = 0; i < ENTRIES; i++) {
		struct entry entry = entry_at(sector, AT, i);

		if (!(entry.flag & 1))
			continue;
		if (!is_entry(&entry, disk) ||
		    (uint64_t)entry.start + entry.sectors > disk)
			return false;
		any |= is_known_id(entry.id) && entry.start < size / SECTOR;
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
	p->active = (entry->flag & 0x80) != 0;
	(void)snprintf(p->type, sizeof(p->type), "%s", entry->id);
	t->outside |= start + entry->sectors > size / SECTOR;
}

/* The chain only goes on, or it could run in a circle. */
static int read_chain(struct mun_source *src, uint64_t first,
		      unsigned int *number, struct mun_table *t,
		      struct mun_err *e)
{
	uint64_t at = first;
	uint8_t sector[SECTOR];

	for (size_t n = 0; n < MUN_PARTITIONS_MAX; n++) {
		uint64_t next = 0;
		int rc = mun_peek(src, sector, sizeof(sector), at * SECTOR, e);

		if (rc)
			return mun_ctx(e, "extended root sector %llu",
				       (unsigned long long)at);
		for (unsigned int i = 0; i < ENTRIES; i++) {
			struct entry entry = entry_at(sector, AT, i);

			if (!is_entry(&entry, UINT32_MAX))
				continue;
			if (memcmp(entry.id, "XGM", 3) == 0)
				next = first + entry.start;
			else
				add(t, (*number)++, at + entry.start, &entry,
				    src->size);
		}
		if (!next)
			return 0;
		if (next <= at)
			break;
		at = next;
	}
	t->more = true;
	return 0;
}

/* ICD's are used only where all that is there has a known name: without them
 * it is code. */
static void read_icd(const uint8_t *sector, unsigned int *number,
		     struct mun_table *t, uint64_t size)
{
	uint64_t disk = mun_be32(sector + 0x1c2);
	struct entry first = entry_at(sector, AT_ICD, 0);

	if (!is_known_id(first.id) || !is_entry(&first, disk))
		return;
	for (unsigned int i = 0; i < ENTRIES_ICD; i++) {
		struct entry entry = entry_at(sector, AT_ICD, i);

		if (is_known_id(entry.id) && is_entry(&entry, disk))
			add(t, (*number)++, entry.start, &entry, size);
	}
}

int mun_ahdi_read(struct mun_source *src, struct mun_table *out,
		  struct mun_err *e)
{
	unsigned int number = ENTRIES + 1;
	uint8_t sector[SECTOR];
	bool chained = false;
	int rc = mun_peek(src, sector, sizeof(sector), 0, e);

	if (rc)
		return mun_ctx(e, "Atari root sector");
	if (!is_root(sector, src->size))
		return 0;
	out->kind = MUN_TABLE_AHDI;
	out->sector_bytes = SECTOR;
	for (unsigned int i = 0; !rc && i < ENTRIES; i++) {
		struct entry entry = entry_at(sector, AT, i);

		if (!(entry.flag & 1))
			continue;
		if (memcmp(entry.id, "XGM", 3) != 0) {
			add(out, i + 1, entry.start, &entry, src->size);
			continue;
		}
		chained = true;
		rc = read_chain(src, entry.start, &number, out, e);
	}
	if (!rc && !chained)
		read_icd(sector, &number, out, src->size);
	return rc;
}
