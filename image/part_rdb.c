/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/part_rdb.c - the rigid disk block of an Amiga
 *
 * Commodore, "Amiga ROM Kernel Reference Manual: Devices" (devices/hardblocks).
 * All big-endian.  In one of the first 16 sectors "RDSK":
 *	4  u32 longs that are summed up to 0	16 u32 bytes of a block
 *	28 u32 block of the first partition, or -1
 * A partition "PART", summed likewise: 16 u32 the next, 20 u32 flags (1: boots,
 * 2: not mounted), 36 name as a length and bytes, 128 its environment of u32:
 *	1 longs of a block	9  first cylinder
 *	3 surfaces		10 last cylinder
 *	5 blocks of a track	16 DosType
 */
#include "image/partition.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/driver.h"
#include "image/label.h"

#include <stdio.h>
#include <string.h>

#define SECTOR 512u
#define LOOK_SECTORS 16u
#define NONE 0xffffffffu
#define FLAG_BOOTABLE 1u

static bool sums_up(const uint8_t *block)
{
	uint32_t longs = mun_be32(block + 4);
	uint32_t sum = 0;

	if (longs < 5 || longs > SECTOR / 4)
		return false;
	for (uint32_t i = 0; i < longs; i++)
		sum += mun_be32(block + (size_t)4 * i);
	return sum == 0;
}

/* "DOS\3", "PFS\1", "UNI\1": three letters and a number. */
static void put_type(const uint8_t *dos_type, struct mun_partition *p)
{
	char text[8] = { 0 };

	for (size_t i = 0; i < 3; i++)
		if (dos_type[i] < 0x20 || dos_type[i] > 0x7e) {
			(void)snprintf(p->type, sizeof(p->type), "0x%08x",
				       mun_be32(dos_type));
			return;
		}
	memcpy(text, dos_type, 3);
	if (dos_type[3] >= 0x20 && dos_type[3] <= 0x7e)
		(void)snprintf(p->type, sizeof(p->type), "%s%c", text,
			       dos_type[3]);
	else
		(void)snprintf(p->type, sizeof(p->type), "%s\\%u", text,
			       dos_type[3]);
}

/* The environment in sectors of 512 bytes; false where it makes no sense. */
static bool lay_out(const uint8_t *env, struct mun_partition *p)
{
	uint64_t per_block = mun_be32(env + 4) / (SECTOR / 4);
	uint64_t surfaces = mun_be32(env + 12);
	uint64_t blocks = mun_be32(env + 20);
	uint64_t low = mun_be32(env + 36);
	uint64_t high = mun_be32(env + 40);
	uint64_t cylinder;

	if (!per_block || per_block > 256 || high < low)
		return false;
	if (ckd_mul(&cylinder, surfaces, blocks) ||
	    ckd_mul(&cylinder, cylinder, per_block) || !cylinder)
		return false;
	return !ckd_mul(&p->start, low, cylinder) &&
	       !ckd_mul(&p->sectors, high - low + 1, cylinder);
}

static void add(struct mun_table *t, unsigned int number, const uint8_t *part,
		uint64_t size)
{
	struct mun_partition found = { .number = number };
	struct mun_partition *p;
	size_t len = MUN_MIN(part[36], 31u);
	uint64_t end;

	if (!lay_out(part + 128, &found)) {
		t->damaged = true;
		return;
	}
	p = mun_table_add(t);
	if (!p)
		return;
	found.active = (mun_be32(part + 20) & FLAG_BOOTABLE) != 0;
	put_type(part + 128 + 64, &found);
	mun_label(part + 37, len, MUN_LABEL_BYTES, found.name,
		  sizeof(found.name));
	t->outside |= ckd_add(&end, found.start, found.sectors) ||
		      end > size / SECTOR;
	*p = found;
}

/* A list that runs in a circle ends where we keep no more of it. */
static int read_list(struct mun_source *src, uint32_t first, uint32_t block,
		     struct mun_table *t, struct mun_err *e)
{
	uint32_t at = first;
	uint8_t part[SECTOR];

	for (unsigned int i = 1; at != NONE; i++) {
		uint64_t off = (uint64_t)at * block;
		int rc = mun_peek(src, part, sizeof(part), off, e);

		if (rc)
			return mun_ctx(e, "Amiga partition block");
		if (i > MUN_PARTITIONS_MAX || memcmp(part, "PART", 4) != 0) {
			t->more = true;
			return 0;
		}
		t->damaged |= !sums_up(part);
		add(t, i, part, src->size);
		at = mun_be32(part + 16);
		if (at == first)
			t->more = true;
		if (at == first)
			return 0;
	}
	return 0;
}

int mun_rdb_read(struct mun_source *src, struct mun_table *out,
		 struct mun_err *e)
{
	uint8_t rdsk[SECTOR];

	for (uint64_t i = 0; i < LOOK_SECTORS; i++) {
		uint32_t block;
		int rc = mun_peek(src, rdsk, sizeof(rdsk), i * SECTOR, e);

		if (rc)
			return mun_ctx(e, "Amiga rigid disk block");
		if (memcmp(rdsk, "RDSK", 4) != 0)
			continue;
		block = mun_be32(rdsk + 16);
		/* The sum of some that were patched by hand does not fit;
		 * what they say of themselves must, then. */
		if (!sums_up(rdsk) && mun_be32(rdsk + 4) != 64)
			continue;
		if (block < SECTOR || block > 32768 || block % SECTOR)
			continue;
		out->kind = MUN_TABLE_RDB;
		out->sector_bytes = SECTOR;
		out->damaged = !sums_up(rdsk);
		return read_list(src, mun_be32(rdsk + 28), block, out, e);
	}
	return 0;
}
