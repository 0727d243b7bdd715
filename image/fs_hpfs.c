/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_hpfs.c - the High Performance File System of OS/2
 *
 * Duncan, "Design goals and implementation of the new High Performance File
 * System", Microsoft Systems Journal 4 (1989); Linux, <hpfs.h>.  All little-
 * endian, in sectors of 512 bytes.  Boot sector: 38 u8 28h or 29h, 39 u32
 * serial, 43 label[11].  Superblock, sector 16: 0 f995e849h, 4 fa53e9c5h, 12
 * u32 fnode of the root, 16 u32 sectors.  The fnode of a directory (f7e40aaeh)
 * has its first block at 72; that (77e40aaeh), of 2048 bytes, entries from 20:
 *	0 u16 length	2 u8 flags (4: the last 4 bytes lead to a block below;
 *	3 u8 attributes	  8: the last)	30 u8 length of the name, 31 name
 */
#include "image/fsdir.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/label.h"

#include <string.h>

#define SECTOR 512u
#define BLOCK 2048u
#define SUPER ((uint64_t)16 * SECTOR)
/* Of the tree of a root; a tree that runs in a circle ends here. */
#define BLOCKS_MOST 128u
#define DOWN 4
#define LAST 8

struct hpfs {
	struct mun_source *src;
	uint32_t sectors;
	struct mun_fs_names *names;
	uint32_t waiting[BLOCKS_MOST]; /* sectors of blocks to be read */
	size_t n;
};

static void wait_for(struct hpfs *h, uint32_t sector)
{
	if (h->n < BLOCKS_MOST && sector && sector < h->sectors)
		h->waiting[h->n++] = sector;
}

static void read_entries(struct hpfs *h, const uint8_t *p)
{
	for (size_t i = 20; i + 32 <= BLOCK;) {
		size_t len = mun_le16(p + i);
		size_t name = p[i + 30];
		char text[256];

		if (len < 32 || len > BLOCK - i || 31 + name > len)
			return;
		if (p[i + 2] & DOWN)
			wait_for(h, mun_le32(p + i + len - 4));
		if (p[i + 2] & LAST)
			return;
		/* The first has the name 01 01: the directory itself. */
		if (!(p[i + 2] & 1)) {
			mun_label(p + i + 31, name, MUN_LABEL_CP437, text,
				  sizeof(text));
			mun_fs_names_add(h->names, text,
					 (p[i + 3] & 0x10) != 0);
		}
		i += len;
	}
}

static int read_root(struct hpfs *h, uint32_t fnode, struct mun_err *e)
{
	uint8_t p[BLOCK];
	int rc;

	if (fnode >= h->sectors)
		return 0;
	rc = mun_peek(h->src, p, SECTOR, (uint64_t)fnode * SECTOR, e);
	if (rc || mun_le32(p) != 0xf7e40aaeu)
		return rc;
	wait_for(h, mun_le32(p + 72));
	for (size_t i = 0; !rc && i < h->n; i++) {
		rc = mun_peek(h->src, p, sizeof(p),
			      (uint64_t)h->waiting[i] * SECTOR, e);
		if (!rc && mun_le32(p) == 0x77e40aaeu)
			read_entries(h, p);
	}
	return rc;
}

static void describe(const struct mun_fs_place *p, const uint8_t *boot,
		     const uint8_t *super, struct mun_contents_volume *v)
{
	mun_contents_text(v->fs, sizeof(v->fs), "hpfs");
	mun_contents_text(v->title, sizeof(v->title), "HPFS");
	if (boot[38] == 0x28 || boot[38] == 0x29) {
		mun_contents_text(v->serial, sizeof(v->serial), "%04X-%04X",
				  mun_le16(boot + 41), mun_le16(boot + 39));
		mun_label(boot + 43, 11, MUN_LABEL_CP437, v->label,
			  sizeof(v->label));
	}
	mun_label(boot + 3, 8, MUN_LABEL_CP437, v->oem, sizeof(v->oem));
	v->bytes = (uint64_t)mun_le32(super + 16) * SECTOR;
	v->block_bytes = SECTOR;
	v->damaged = v->bytes > p->src->size;
}

static int find(const struct mun_fs_place *p, struct mun_contents *out,
		struct mun_err *e)
{
	mun_autofree struct hpfs *h = calloc(1, sizeof(*h));
	struct mun_contents_volume *v;
	struct mun_fs_names names;
	struct mun_bootcode code;
	uint8_t boot[SECTOR];
	uint8_t super[32];
	int rc;

	if (!h)
		return mun_fail_nomem(e, "HPFS volume");
	rc = mun_peek(p->src, super, sizeof(super), SUPER, e);
	if (rc || mun_le32(super) != 0xf995e849u ||
	    mun_le32(super + 4) != 0xfa53e9c5u)
		return rc;
	v = mun_contents_add_volume(out, p);
	if (!v)
		return 0;
	rc = mun_peek(p->src, boot, sizeof(boot), 0, e);
	if (rc)
		return rc;
	describe(p, boot, super, v);
	mun_fs_names_start(&names, MUN_NAMES_DOS);
	h->src = p->src;
	h->sectors = mun_le32(super + 16);
	h->names = &names;
	rc = read_root(h, mun_le32(super + 12), e);
	if (rc)
		return rc;
	mun_fs_names_mark(&names, out, v);
	mun_bootcode_look(boot, sizeof(boot), 62, 510, &code);
	mun_fs_pc_boot(out, v, &code, &names);
	return 0;
}

const struct mun_fs_finder mun_fs_hpfs = {
	.name = "hpfs",
	.find = find,
};
