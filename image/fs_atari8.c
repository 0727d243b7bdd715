/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_atari8.c - disks of the Atari 400 and 800, XL, XE
 *
 * Inside Atari DOS (Wilkinson); little endian, sectors of 128 or 256 bytes from
 * 1 on (of a disk with 256 the first three may have 128):
 * boot	sector 1: 0 flags (0), 1 sectors to load, 2 where to, 14 DOS.SYS: 1 or 2
 * VTOC	sector 360: 0 version (2), 1 sectors of data, 3 free ones, 10 a bit each
 * directory	sectors 361 to 368: 8 entries of 16 bytes in the first 128: 0
 *	flags (40h in use, 80h deleted), 1 sectors, 3 first sector, 5 name of 8
 *	and 3
 */
#include "image/fs_retro.h"

#include "core/bytes.h"
#include "image/charset.h"
#include "image/driver.h"
#include "image/fs_tools.h"

#include <string.h>

#define VTOC 360u
#define DIR 361u
#define DIR_SECTORS 8u
#define ENTRY 16u

struct disk8 {
	uint64_t bytes;
	uint32_t sector;
	uint32_t first; /* bytes of each of the first three */
	const char *title;
};

static const struct disk8 disks[] = {
	{ 92160, 128, 128, "Atari DOS 2, single density" },
	{ 133120, 128, 128, "Atari DOS 2.5, enhanced density" },
	{ 183936, 256, 128, "Atari DOS 2, double density" },
	{ 184320, 256, 256, "Atari DOS 2, double density" },
};

static uint64_t at(const struct disk8 *d, uint32_t sector)
{
	uint64_t n = sector - 1;

	if (n < 3)
		return n * d->first;
	return (uint64_t)3 * d->first + (n - 3) * d->sector;
}

static const struct disk8 *disk_of(uint64_t size)
{
	for (size_t i = 0; i < sizeof(disks) / sizeof(disks[0]); i++)
		if (disks[i].bytes == size)
			return &disks[i];
	return NULL;
}

static uint32_t sectors_of(const struct disk8 *d)
{
	return (uint32_t)((d->bytes - (uint64_t)3 * d->first) / d->sector) + 3;
}

static bool is_vtoc(const struct disk8 *d, const uint8_t *v)
{
	uint16_t sectors = mun_le16(v + 1);

	return v[0] == 2 && sectors >= 600 && sectors < sectors_of(d) &&
	       mun_le16(v + 3) <= sectors;
}

static bool is_name(const uint8_t *p)
{
	for (size_t i = 0; i < 11; i++) {
		uint8_t c = p[i];
		bool word = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			    (c >= '0' && c <= '9') || c == '_' || c == '@';

		if (!word && (c != ' ' || !i))
			return false;
	}
	return true;
}

struct dir8 {
	bool sound;
	bool dos; /* DOS.SYS */
	unsigned int files;
};

/* The directory ends at an entry that never was in use. */
static int see_dir(const struct disk8 *d, struct mun_source *src,
		   struct dir8 *out, struct mun_err *e)
{
	out->sound = true;
	for (uint32_t i = 0; i < DIR_SECTORS; i++) {
		uint8_t s[128];
		int rc = mun_peek(src, s, sizeof(s), at(d, DIR + i), e);

		if (rc)
			return rc;
		for (size_t k = 0; k < 8; k++) {
			const uint8_t *f = s + ENTRY * k;

			if (!f[0])
				return 0;
			if (!(f[0] & 0x40))
				continue;
			out->files++;
			if (!is_name(f + 5) || !mun_le16(f + 3) ||
			    mun_le16(f + 3) >= sectors_of(d))
				out->sound = false;
			if (memcmp(f + 5, "DOS     SYS", 11) == 0)
				out->dos = true;
		}
	}
	return 0;
}

static void tell_boots(const uint8_t *boot, const struct dir8 *dir,
		       struct mun_contents *c, struct mun_contents_volume *v)
{
	bool code = boot[0] == 0 && boot[1] >= 1 && boot[1] <= 128 &&
		    mun_le16(boot + 2) >= 0x0400 &&
		    !mun_fs_all(boot + 6, 122, 0);

	if (code && dir->dos && boot[14]) {
		mun_contents_add_mark(c, v, "atari8-dos",
				      "boot sectors of DOS 2, DOS.SYS");
		mun_fs_boots(v, MUN_BOOTS_YES,
			     "boot sectors of DOS 2, DOS.SYS");
	} else if (code) {
		mun_fs_boots(v, MUN_BOOTS_CODE, "%u boot sectors, no DOS.SYS",
			     boot[1]);
	} else {
		mun_fs_boots(v, MUN_BOOTS_NO, "no boot sectors");
	}
}

static int find_atari8(const struct mun_fs_place *p, struct mun_contents *c,
		       struct mun_err *e)
{
	const struct disk8 *d = disk_of(p->src->size);
	struct dir8 dir = { .sound = false };
	struct mun_contents_volume *v;
	uint8_t vtoc[128];
	uint8_t boot[128];
	int rc;

	if (p->part || !d)
		return 0;
	rc = mun_peek(p->src, vtoc, sizeof(vtoc), at(d, VTOC), e);
	if (rc || !is_vtoc(d, vtoc))
		return rc;
	rc = see_dir(d, p->src, &dir, e);
	if (!rc)
		rc = mun_peek(p->src, boot, sizeof(boot), 0, e);
	if (rc || (!dir.sound && !dir.files))
		return rc;
	v = mun_fs_add(c, p, "atari-dos", d->title, d->sector);
	if (!v)
		return 0;
	mun_fs_size(v, p, d->bytes);
	v->damaged = !dir.sound;
	tell_boots(boot, &dir, c, v);
	return 0;
}

const struct mun_fs_finder mun_fs_atari_dos = {
	.name = "atari-dos",
	.find = find_atari8,
};
