/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/part_apm.c - Apple's partition map
 *
 * Inside Macintosh: Devices, chapter 3.  All big-endian.  Block 0: 0 "ER",
 * 2 u16 bytes of a block.  From block 1 an entry in each block:
 *	0  "PM"			16 name[32]
 *	4  u32 blocks of map	48 type[32]
 *	8  u32 first block	88 u32 status (8: of the one that boots)
 *	12 u32 blocks
 * A disc may have two maps, whose entries lie every 512 and every 2048 bytes;
 * each counts in its own blocks.
 */
#include "image/partition.h"

#include "core/bytes.h"
#include "image/driver.h"
#include "image/label.h"

#include <string.h>

#define ENTRY_BYTES 136u
#define STATUS_BOOTABLE 0x08u
/* Every entry needs a block; no more than these are looked at. */
#define ENTRIES_MAX 256u

static int is_entry_at(struct mun_source *src, uint32_t block, bool *out,
		       struct mun_err *e)
{
	uint8_t p[ENTRY_BYTES];
	uint32_t n;
	int rc = mun_peek(src, p, sizeof(p), block, e);

	n = mun_be32(p + 4);
	*out = !rc && memcmp(p, "PM", 2) == 0 && n > 0 && n < 0x10000;
	return rc;
}

/* Room that belongs to nobody. */
static bool is_free(const uint8_t *entry)
{
	const char *type = (const char *)entry + 48;

	return strncmp(type, "Apple_Free", 32) == 0 ||
	       strncmp(type, "Apple_Void", 32) == 0;
}

static void add(struct mun_table *t, unsigned int number, const uint8_t *entry,
		uint64_t size)
{
	struct mun_partition *p;
	uint64_t start = mun_be32(entry + 8);
	uint64_t sectors = mun_be32(entry + 12);

	if (is_free(entry) || !sectors)
		return;
	p = mun_table_add(t);
	if (!p)
		return;
	p->number = number;
	p->start = start;
	p->sectors = sectors;
	p->active = (mun_be32(entry + 88) & STATUS_BOOTABLE) != 0;
	mun_label(entry + 16, 32, MUN_LABEL_BYTES, p->name, sizeof(p->name));
	mun_label(entry + 48, 32, MUN_LABEL_BYTES, p->type, sizeof(p->type));
	/* 33 bits times 2048: no overflow. */
	t->outside |= (start + sectors) * t->sector_bytes > size;
}

static int read_map(struct mun_source *src, struct mun_table *t,
		    struct mun_err *e)
{
	uint8_t entry[ENTRY_BYTES];
	uint32_t n = 1;

	for (uint32_t i = 1; i <= n; i++) {
		int rc = mun_peek(src, entry, sizeof(entry),
				  (uint64_t)i * t->sector_bytes, e);

		if (rc)
			return mun_ctx(e, "Apple partition map");
		if (memcmp(entry, "PM", 2) != 0) {
			t->more = true;
			return 0;
		}
		n = mun_be32(entry + 4);
		if (n > ENTRIES_MAX) {
			t->more = true;
			n = ENTRIES_MAX;
		}
		add(t, i, entry, src->size);
	}
	return 0;
}

int mun_apm_read(struct mun_source *src, struct mun_table *out,
		 struct mun_err *e)
{
	uint8_t head[4];
	uint32_t block;
	bool found = false;
	int rc = mun_peek(src, head, sizeof(head), 0, e);

	if (rc)
		return mun_ctx(e, "Apple partition map");
	block = mun_be16(head + 2);
	if (memcmp(head, "ER", 2) != 0 ||
	    (block != 512 && block != 1024 && block != 2048 && block != 4096))
		block = 512;
	rc = is_entry_at(src, block, &found, e);
	if (!rc && !found && block != 512) {
		block = 512;
		rc = is_entry_at(src, block, &found, e);
	}
	if (rc || !found)
		return rc;
	out->kind = MUN_TABLE_APM;
	out->sector_bytes = block;
	return read_map(src, out, e);
}
