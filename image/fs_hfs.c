/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_hfs.c - volumes of HFS, HFS Plus and HFSX
 *
 * Inside Macintosh: Files, "Data Organization on Volumes"; Apple Technical Note
 * TN1150.  Big endian, in block 2 of 512 bytes:
 * HFS	0 "BD", 14 bitmap (3), 18 allocation blocks, 20 bytes of one, 28 sector
 *	of the first, 36 name (length and 27), 92 folder to boot from, 124 "H+"
 *	where HFS Plus is embedded, 126 its first block and number of them, 146
 *	bytes of the catalogue, 150 its extents
 * HFS+	0 "H+" (or "HX"), 2 version 4 (5), 40 bytes of a block, 44 blocks, 80
 *	folder to boot from, 100 ... of Mac OS X, 104 ID of the volume, 272 bytes
 *	of the catalogue, 288 its extents
 * Boot blocks, 0: "LK", 10 name of the system file
 */
#include "image/fs_retro.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/charset.h"
#include "image/driver.h"
#include "image/fs_mac.h"
#include "image/fs_tools.h"
#include "image/hfs_catalog.h"
#include "image/label.h"

#include <string.h>

#define SECTOR 512u
#define MDB 1024u
#define ROOT_FOLDER 2u

struct hfs {
	const struct mun_fs_place *p;
	struct mun_contents *c;
	struct mun_contents_volume *v;
	const uint8_t *boot; /* 1024 bytes */
	uint8_t head[SECTOR];
	struct mun_hfs_catalog cat;
	uint32_t blessed; /* folder; 0: none */
	bool copy; /* the header is lost, and this is its copy */
};

static bool is_mdb(const uint8_t *h)
{
	uint32_t block = mun_be32(h + 20);

	return h[0] == 'B' && h[1] == 'D' && mun_be16(h + 18) != 0 && block &&
	       block % SECTOR == 0 && h[36] >= 1 && h[36] <= 27 &&
	       mun_be16(h + 28) >= 3;
}

static bool is_header(const uint8_t *h)
{
	uint32_t block = mun_be32(h + 40);
	bool plus = h[0] == 'H' && h[1] == '+' && mun_be16(h + 2) == 4;
	bool x = h[0] == 'H' && h[1] == 'X' && mun_be16(h + 2) == 5;

	return (plus || x) && block >= SECTOR && !(block & (block - 1)) &&
	       mun_be32(h + 44) != 0;
}

static bool says_wrapped(const uint8_t *mdb)
{
	return mdb[124] == 'H' && (mdb[125] == '+' || mdb[125] == 'X');
}

/* The rest of a volume: the tree that names its folders, and how it boots.  A
 * broken tree is a damaged volume, not the end. */
static int look_inside(struct hfs *f, struct mun_err *e)
{
	struct mun_mac_boot b = {
		.cat = &f->cat,
		.blessed = f->blessed,
		.boot = f->boot,
		.part = f->p->part,
	};
	uint8_t name[MUN_HFS_NAME];
	size_t len = 0;
	bool found = false;
	int rc = mun_hfs_catalog_open(&f->cat, e);

	if (!rc)
		rc = mun_hfs_folder(&f->cat, ROOT_FOLDER, &found, name, &len,
				    NULL, NULL, e);
	if (!rc && found && f->cat.plus)
		mun_label(name, len, MUN_LABEL_UCS2BE, f->v->label,
			  sizeof(f->v->label));
	b.sound = !rc && found;
	if (rc && rc != MUN_ECORRUPT)
		return rc;
	if (!b.sound)
		f->v->damaged = true;
	return mun_mac_tell_boot(&b, f->c, f->v, e);
}

static int add_hfs(struct hfs *f, struct mun_err *e)
{
	const uint8_t *h = f->head;
	uint32_t block = mun_be32(h + 20);
	uint64_t first = (uint64_t)mun_be16(h + 28) * SECTOR;
	bool wrapper = says_wrapped(h);

	f->v = mun_fs_add(
		f->c, f->p, "hfs",
		wrapper ? "HFS around an HFS Plus that is lost" : "HFS", block);
	if (!f->v)
		return 0;
	f->v->damaged = wrapper || f->copy;
	mun_contents_text(f->v->puid, sizeof(f->v->puid), "fmt/1105");
	mun_charset_label(h + 37, h[36], MUN_CHARSET_MACROMAN, f->v->label,
			  sizeof(f->v->label));
	/* A copy of this block, and one sector more, follow the last block. */
	mun_fs_size(f->v, f->p,
		    first + (uint64_t)mun_be16(h + 18) * block + MDB);
	f->cat = (struct mun_hfs_catalog){
		.src = f->p->src,
		.first = first,
		.block = block,
	};
	mun_hfs_extents(&f->cat, h + 150, mun_be32(h + 146), &f->cat.fork);
	f->blessed = mun_be32(h + 92);
	return look_inside(f, e);
}

/* @at: bytes in the place where the volume begins */
static int add_plus(struct hfs *f, uint64_t at, struct mun_err *e)
{
	const uint8_t *h = f->head;
	bool x = h[1] == 'X';
	uint32_t block = mun_be32(h + 40);
	uint64_t bytes = (uint64_t)mun_be32(h + 44) * block;

	f->v = mun_fs_add(f->c, f->p, x ? "hfsx" : "hfsplus",
			  x ? "HFSX" : "HFS Plus", block);
	if (!f->v)
		return 0;
	mun_contents_text(f->v->puid, sizeof(f->v->puid), "fmt/1742");
	f->v->off += at;
	f->v->bytes = bytes;
	f->v->damaged = f->copy || bytes > f->p->src->size - at;
	if (mun_be64(h + 104))
		mun_contents_text(f->v->serial, sizeof(f->v->serial), "%016llX",
				  (unsigned long long)mun_be64(h + 104));
	f->cat = (struct mun_hfs_catalog){
		.src = f->p->src,
		.plus = true,
		.first = at,
		.block = block,
	};
	mun_hfs_extents(&f->cat, h + 288, mun_be64(h + 272), &f->cat.fork);
	f->blessed = mun_be32(h + 80);
	if (!f->blessed)
		f->blessed = mun_be32(h + 100);
	return look_inside(f, e);
}

/* HFS Plus in an HFS, which old systems can at least show. */
static int add_wrapped(struct hfs *f, bool *is, struct mun_err *e)
{
	uint64_t at =
		(uint64_t)mun_be16(f->head + 28) * SECTOR +
		(uint64_t)mun_be16(f->head + 126) * mun_be32(f->head + 20);
	uint8_t inner[SECTOR];
	int rc;

	*is = false;
	if (at >= f->p->src->size)
		return 0;
	rc = mun_peek(f->p->src, inner, sizeof(inner), at + MDB, e);
	if (rc || !is_header(inner))
		return rc;
	*is = true;
	memcpy(f->head, inner, sizeof(inner));
	return add_plus(f, at, e);
}

/* Does a volume of this header end where the place does? */
static bool fills(const uint8_t *h, uint64_t size)
{
	uint64_t block = mun_be32(h + (is_mdb(h) ? 20 : 40));
	uint64_t bytes = (uint64_t)mun_be32(h + 44) * block;

	if (is_mdb(h))
		bytes = (uint64_t)mun_be16(h + 28) * SECTOR +
			mun_be16(h + 18) * block + MDB;
	return bytes <= size && size - bytes < block;
}

/*
 * A header that could not be read is zeros, and has a copy in the last sector
 * but one.  Another one there would be of what was on the disk before.
 */
static int find_copy(struct hfs *f, struct mun_err *e)
{
	uint64_t size = f->p->src->size / SECTOR * SECTOR;
	uint8_t h[SECTOR];
	int rc;

	if (size < 4096 || !mun_fs_all(f->head, sizeof(f->head), 0))
		return 0;
	rc = mun_peek(f->p->src, h, sizeof(h), size - MDB, e);
	if (rc || (!is_mdb(h) && !is_header(h)) || !fills(h, size))
		return rc;
	memcpy(f->head, h, sizeof(h));
	f->copy = true;
	return 0;
}

static int find_hfs(const struct mun_fs_place *p, struct mun_contents *c,
		    struct mun_err *e)
{
	uint8_t boot[MDB];
	struct hfs f = { .p = p, .c = c, .boot = boot };
	bool wrapped = false;
	int rc = mun_peek(p->src, f.head, sizeof(f.head), MDB, e);

	if (!rc)
		rc = find_copy(&f, e);
	if (rc)
		return rc;
	if (!is_mdb(f.head) && !is_header(f.head))
		return 0;
	rc = mun_peek(p->src, boot, sizeof(boot), 0, e);
	if (rc)
		return rc;
	if (is_header(f.head))
		return add_plus(&f, 0, e);
	if (says_wrapped(f.head))
		rc = add_wrapped(&f, &wrapped, e);
	return rc || wrapped ? rc : add_hfs(&f, e);
}

const struct mun_fs_finder mun_fs_hfs = {
	.name = "hfs",
	.find = find_hfs,
};
