/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/apple2.c - disks of the Apple II, by what is on them
 *
 * Beneath Apple DOS, "VTOC", track 17 sector 0: 1, 2 first sector of the
 * catalogue (17, 15 or 12), 3 release of DOS, 6 volume, 39 pairs in a list
 * (122), 52 tracks, 53 sectors a track, 54 bytes a sector.
 * ProDOS 8 Technical Reference, B.2.2, key block 2: 0 previous (0), 4 storage
 * type 15 and length of the name, 5 name, 35 length of an entry (39), 36
 * entries a block (13).
 * Apple II Pascal, directory in block 2: 0 first block (0), 2 block after it
 * (6), 4 kind (0), 6 name, a length and 7 characters, 14 blocks.
 */
#include "image/apple2.h"

#include "core/bytes.h"
#include "image/driver.h"

#include <string.h>

#define SECTOR 256u
#define BLOCK 512u

int mun_apple2_vtoc(struct mun_source *src, unsigned int sectors, bool *out,
		    unsigned int *volume, struct mun_err *e)
{
	uint8_t p[64];
	int rc =
		mun_peek(src, p, sizeof(p), (uint64_t)17 * sectors * SECTOR, e);

	*out = false;
	if (rc)
		return rc;
	*out = p[1] < 40 && p[2] < sectors && p[3] >= 1 && p[3] <= 4 &&
	       p[0x27] == 122 && p[0x34] >= 35 && p[0x34] <= 40 &&
	       p[0x35] == sectors && mun_le16(p + 0x36) == SECTOR;
	*volume = p[6];
	return 0;
}

static bool name_is_one(const uint8_t *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = name[i];
		bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
		bool other = (c >= '0' && c <= '9') || c == '.';

		if (!letter && (!i || !other))
			return false;
	}
	return len > 0;
}

static bool is_prodos(const uint8_t *p)
{
	return !p[0] && !p[1] && p[4] >> 4 == 15 && p[35] == 39 &&
	       p[36] == 13 && name_is_one(p + 5, p[4] & 15u);
}

static bool is_pascal(const uint8_t *p, uint64_t size)
{
	return !p[0] && !p[1] && mun_le16(p + 2) == 6 && !p[4] && !p[5] &&
	       p[6] >= 1 && p[6] <= 7 && name_is_one(p + 7, p[6]) &&
	       mun_le16(p + 14) == size / BLOCK;
}

/* Is the directory of a volume at byte @off? */
static int look_for_volume(struct mun_source *src, uint64_t off,
			   struct mun_apple2 *out, bool *is, struct mun_err *e)
{
	uint8_t p[48];
	const uint8_t *name = p + 5;
	size_t len = 0;
	int rc = mun_peek(src, p, sizeof(p), off, e);

	*is = false;
	if (rc)
		return rc;
	if (is_prodos(p)) {
		out->os = "ProDOS";
		len = p[4] & 15u;
	} else if (is_pascal(p, src->size)) {
		out->os = "Pascal";
		name = p + 7;
		len = p[6];
	}
	*is = len > 0;
	memcpy(out->label, name, len);
	out->label[len] = '\0';
	return 0;
}

/* Does a sector of the catalogue lead to the one before, as DOS makes them? */
static int leads_to(struct mun_source *src, unsigned int sector,
		    unsigned int next, bool *out, struct mun_err *e)
{
	const uint8_t link[2] = { 17, (uint8_t)next };

	return mun_peek_match(src, (uint64_t)(17 * 16 + sector) * SECTOR + 1,
			      link, sizeof(link), out, e);
}

/*
 * The first and the last sector of a track are where they are in both orders.
 * The catalogue goes from the last one down: by DOS to the one before, which in
 * the order of ProDOS is the second of the track.
 */
static int look_for_dos(struct mun_source *src, struct mun_apple2 *out,
			struct mun_err *e)
{
	bool is;
	bool dos = false;
	bool prodos = false;
	int rc = mun_apple2_vtoc(src, 16, &is, &out->volume, e);

	if (rc || !is)
		return rc;
	rc = leads_to(src, 14, 13, &dos, e);
	if (!rc)
		rc = leads_to(src, 1, 13, &prodos, e);
	out->os = "DOS 3.3";
	out->order = prodos && !dos ? MUN_APPLE2_PRODOS : MUN_APPLE2_DOS;
	return rc;
}

int mun_apple2_look(struct mun_source *src, struct mun_apple2 *out,
		    struct mun_err *e)
{
	bool is;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = look_for_volume(src, (uint64_t)2 * BLOCK, out, &is, e);
	if (!rc && is)
		out->order = MUN_APPLE2_PRODOS;
	if (rc || is || src->size != MUN_APPLE2_140K)
		return rc;
	/* Block 2 is in sectors 4 and 5 by ProDOS, 11 and 10 by DOS. */
	rc = look_for_volume(src, (uint64_t)11 * SECTOR, out, &is, e);
	if (!rc && is)
		out->order = MUN_APPLE2_DOS;
	return rc || is ? rc : look_for_dos(src, out, e);
}

/*
 * A block is two sectors of a track, which DOS does not number one after the
 * other.
 */
int mun_apple2_block(const struct mun_apple2_disk *d, uint32_t block,
		     uint8_t buf[static MUN_APPLE2_BLOCK], struct mun_err *e)
{
	static const uint8_t sectors[8][2] = {
		{ 0, 14 }, { 13, 12 }, { 11, 10 }, { 9, 8 },
		{ 7, 6 },  { 5, 4 },   { 3, 2 },   { 1, 15 },
	};
	uint64_t track = (uint64_t)(block / 8) * 16 * SECTOR;
	const uint8_t *s = sectors[block % 8];
	int rc;

	if (d->order != MUN_APPLE2_DOS)
		return mun_peek(d->src, buf, BLOCK,
				d->first + (uint64_t)block * BLOCK, e);
	rc = mun_peek(d->src, buf, SECTOR, track + (uint64_t)s[0] * SECTOR, e);
	if (!rc)
		rc = mun_peek(d->src, buf + SECTOR, SECTOR,
			      track + (uint64_t)s[1] * SECTOR, e);
	return rc;
}
