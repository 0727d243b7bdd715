/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/part_sun.c - the disklabels of Sun: of SPARC, and of Solaris on a PC
 *
 * SunOS, dkio(4I), <sys/dklabel.h>, <sys/vtoc.h>.  SPARC, big-endian, sector 0:
 *	128 u32 version of VTOC (1)	436 u16 heads
 *	140 u16 partitions		438 u16 sectors of a track
 *	142 u16 tag, u16 flag of each	444 u32 first cylinder, u32 sectors
 *	188 u32 600ddeeeh		508 u16 dabeh, u16 joined by xor: all 0
 * Solaris on a PC, little-endian, sector 1 of its partition:
 *	12 u32 600ddeeeh		28 u16 bytes of a sector
 *	16 u32 version (1)		30 u16 partitions
 *	72 of each 12 bytes: u16 tag, u16 flag, u32 first sector, u32 sectors
 */
#include "image/part_label.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"

#include <stdio.h>

#define SECTOR 512u
#define SANE 0x600ddeeeu
#define ENTRIES 8u
#define ENTRIES_X86 16u
#define TAG_ROOT 2u
#define TAG_BACKUP 5u

static const char *tag_name(unsigned int tag)
{
	static const char *const names[] = {
		"unassigned", "boot", "root", "swap",       "usr",   "backup",
		"stand",      "var",  "home", "alternates", "cache", "reserved",
	};

	if (tag == 0x82)
		return "Linux swap";
	if (tag == 0x83)
		return "Linux";
	return tag < MUN_COUNT(names) ? names[tag] : NULL;
}

/* The one that is all of the disk is none. */
static void add(struct mun_table *t, unsigned int i, unsigned int tag,
		uint64_t start, uint64_t sectors)
{
	const char *name = tag_name(tag);
	struct mun_partition *p;

	if (!sectors || tag == TAG_BACKUP)
		return;
	p = mun_table_add(t);
	if (!p)
		return;
	p->number = i + 1;
	p->start = start;
	p->sectors = sectors;
	p->active = tag == TAG_ROOT;
	(void)snprintf(p->name, sizeof(p->name), "%c", (char)('a' + i));
	if (name)
		(void)snprintf(p->type, sizeof(p->type), "%s", name);
	else
		(void)snprintf(p->type, sizeof(p->type), "%u", tag);
}

static bool sums_up(const uint8_t *sector)
{
	uint16_t sum = 0;

	for (size_t i = 0; i < SECTOR; i += 2)
		sum ^= mun_be16(sector + i);
	return sum == 0;
}

int mun_sun_read(struct mun_source *src, struct mun_table *out,
		 struct mun_err *e)
{
	uint8_t s[SECTOR];
	uint64_t cylinder;
	bool vtoc;
	int rc = mun_peek(src, s, sizeof(s), 0, e);

	if (rc)
		return mun_ctx(e, "Sun disklabel");
	cylinder = (uint64_t)mun_be16(s + 436) * mun_be16(s + 438);
	if (mun_be16(s + 508) != 0xdabe || !sums_up(s) || !cylinder)
		return 0;
	/* SunOS before Solaris had no tags: the third is all of the disk. */
	vtoc = mun_be32(s + 188) == SANE && mun_be32(s + 128) == 1;
	out->kind = MUN_TABLE_SUN;
	out->sector_bytes = SECTOR;
	for (unsigned int i = 0; i < ENTRIES; i++) {
		const uint8_t *p = s + 444 + (size_t)8 * i;
		unsigned int tag = i == 2 ? TAG_BACKUP : 0;
		uint64_t start = mun_be32(p) * cylinder;
		uint64_t sectors = mun_be32(p + 4);

		if (vtoc)
			tag = mun_be16(s + 142 + (size_t)4 * i);
		add(out, i, tag, start, sectors);
		/* 64 bits hold 32 + 32. */
		out->outside |= sectors && tag != TAG_BACKUP &&
				start + sectors > src->size / SECTOR;
	}
	return 0;
}

int mun_solaris_label_read(struct mun_source *src, uint64_t start,
			   struct mun_table *out, struct mun_err *e)
{
	uint8_t s[SECTOR];
	uint64_t off;
	uint32_t n;
	int rc;

	if (ckd_add(&off, start, (uint64_t)SECTOR))
		return 0;
	rc = mun_peek(src, s, sizeof(s), off, e);
	if (rc)
		return mun_ctx(e, "Solaris disklabel");
	n = mun_le16(s + 30);
	if (mun_le32(s + 12) != SANE || mun_le32(s + 16) != 1 ||
	    n > ENTRIES_X86)
		return 0;
	out->kind = MUN_TABLE_SUN;
	out->sector_bytes = SECTOR;
	for (unsigned int i = 0; i < n; i++) {
		const uint8_t *p = s + 72 + (size_t)12 * i;

		add(out, i, mun_le16(p), mun_le32(p + 4), mun_le32(p + 8));
	}
	return 0;
}
