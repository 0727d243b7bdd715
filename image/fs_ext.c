/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_ext.c - ext2, ext3 and ext4
 *
 * Linux, Documentation/filesystems/ext4.  Little-endian superblock at 1024:
 *	0  u32 inodes		88  u16 bytes of an inode
 *	4  u32 blocks		92  u32 features: compatible,
 *	20 u32 first block	96  u32 incompatible,
 *	24 u32 log2 of KiB	100 u32 read-only
 *	32 u32 blocks of group	104 UUID, 120 label[16]
 *	40 u32 inodes of group	254 u16 bytes of a group's descriptor
 *	56 u16 ef53h		336 u32 blocks, high half
 * A descriptor has the first block of its inodes at 8 (and 40); an inode has
 * mode 0, size 4, flags 32, and at 40 blocks or extents.  Inode 2 is the root;
 * a directory entry is u32 inode, u16 its length, u8 of its name, u8 type.
 */
#include "image/fsdir.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/guid.h"
#include "image/label.h"

#include <string.h>

#define SUPER 1024u
#define COMPAT_JOURNAL 0x4u
#define INCOMPAT_JOURNAL_DEV 0x8u
#define INCOMPAT_64BIT 0x80u
/* What ext2 and ext3 know; anything else is ext4. */
#define INCOMPAT_EXT2 0x0012u /* file types, meta block groups */
#define INCOMPAT_EXT3 0x0016u /* and a journal to recover */
#define RO_EXT3 0x0007u
#define FLAG_EXTENTS 0x80000u
#define EXTENT_MAGIC 0xf30au
#define TYPE_DIR 2
#define ROOT 2u
#define BLOCKS_MOST 16u /* of the root, that are read */

struct ext {
	struct mun_source *src;
	uint64_t block; /* bytes */
	uint64_t blocks;
	bool incompat_64;
	struct mun_fs_names *names;
};

static const char *kind_of(const uint8_t *s)
{
	uint32_t incompat = mun_le32(s + 96);
	uint32_t ro = mun_le32(s + 100);

	if (incompat & INCOMPAT_JOURNAL_DEV)
		return "jbd";
	if ((incompat & ~INCOMPAT_EXT3) || (ro & ~RO_EXT3))
		return "ext4";
	if (mun_le32(s + 92) & COMPAT_JOURNAL)
		return "ext3";
	return incompat & ~INCOMPAT_EXT2 ? "ext4" : "ext2";
}

static bool is_ext(const uint8_t *s)
{
	return mun_le16(s + 56) == 0xef53 && mun_le32(s + 24) <= 6 &&
	       mun_le32(s) != 0 && mun_le32(s + 4) != 0 &&
	       mun_le32(s + 40) != 0 && mun_le32(s + 32) != 0;
}

/* ---- the root ---- */

static void read_entries(const struct ext *x, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i + 8 <= len;) {
		size_t bytes = mun_le16(p + i + 4);
		size_t name = p[i + 6];
		char text[256];

		if (bytes < 8 || bytes > len - i || name + 8 > bytes)
			return;
		if (mun_le32(p + i) && name) {
			mun_label(p + i + 8, name, MUN_LABEL_UTF8, text,
				  sizeof(text));
			if (strcmp(text, ".") != 0 && strcmp(text, "..") != 0)
				mun_fs_names_add(x->names, text,
						 p[i + 7] == TYPE_DIR);
		}
		i += bytes;
	}
}

static int read_block(const struct ext *x, uint64_t n, struct mun_err *e)
{
	mun_autofree uint8_t *p = NULL;
	uint64_t off;
	int rc;

	if (n == 0 || n >= x->blocks || ckd_mul(&off, n, x->block) ||
	    off >= x->src->size)
		return 0;
	p = malloc((size_t)x->block);
	if (!p)
		return mun_fail_nomem(e, "directory");
	rc = mun_peek(x->src, p, (size_t)x->block, off, e);
	if (!rc)
		read_entries(x, p, (size_t)x->block);
	return rc;
}

/* A node of depth 0 only, as that of any root that fits in four extents. */
static int read_extents(const struct ext *x, const uint8_t *node,
			struct mun_err *e)
{
	unsigned int n = MUN_MIN(mun_le16(node + 2), 4u);
	unsigned int left = BLOCKS_MOST;
	int rc = 0;

	if (mun_le16(node) != EXTENT_MAGIC || mun_le16(node + 6) != 0)
		return 0;
	for (unsigned int i = 0; !rc && i < n; i++) {
		const uint8_t *p = node + 12 + (size_t)12 * i;
		unsigned int len = MUN_MIN(mun_le16(p + 4), left);
		uint64_t first = mun_le32(p + 8) | (uint64_t)mun_le16(p + 6)
							   << 32;

		left -= len;
		for (unsigned int k = 0; !rc && k < len; k++)
			rc = read_block(x, first + k, e);
	}
	return rc;
}

static int read_inode(const struct ext *x, uint64_t off, struct mun_err *e)
{
	uint8_t inode[128];
	int rc = mun_peek(x->src, inode, sizeof(inode), off, e);

	if (rc || (mun_le16(inode) & 0xf000) != 0x4000)
		return rc;
	if (mun_le32(inode + 32) & FLAG_EXTENTS)
		return read_extents(x, inode + 40, e);
	for (size_t i = 0; !rc && i < 12; i++)
		rc = read_block(x, mun_le32(inode + 40 + 4 * i), e);
	return rc;
}

static int read_root(const struct ext *x, const uint8_t *s, struct mun_err *e)
{
	uint64_t inode = mun_le32(s + 76) ? mun_le16(s + 88) : 128;
	uint64_t table = ((uint64_t)mun_le32(s + 20) + 1) * x->block;
	uint8_t group[64];
	uint64_t first;
	uint64_t off;
	int rc = mun_peek(x->src, group, sizeof(group), table, e);

	if (rc)
		return mun_ctx(e, "group descriptor");
	first = mun_le32(group + 8);
	if (x->incompat_64 && mun_le16(s + 254) >= 64)
		first |= (uint64_t)mun_le32(group + 40) << 32;
	if (ckd_mul(&off, first, x->block) ||
	    ckd_add(&off, off, inode * (ROOT - 1)) || off >= x->src->size)
		return 0;
	rc = read_inode(x, off, e);
	return rc ? mun_ctx(e, "root directory") : 0;
}

/* ---- the volume ---- */

static void describe(const struct mun_fs_place *p, const struct ext *x,
		     const uint8_t *s, struct mun_contents_volume *v)
{
	const char *kind = kind_of(s);
	char uuid[MUN_GUID_LEN];

	mun_contents_text(v->fs, sizeof(v->fs), "%s", kind);
	mun_contents_text(v->title, sizeof(v->title), "%s",
			  strcmp(kind, "jbd") == 0 ? "journal of ext3 or ext4"
						   : kind);
	mun_label(s + 120, 16, MUN_LABEL_UTF8, v->label, sizeof(v->label));
	if (!mun_guid_is_null(s + 104)) {
		mun_guid_text(s + 104, MUN_GUID_BE, uuid);
		mun_contents_text(v->serial, sizeof(v->serial), "%s", uuid);
	}
	v->block_bytes = (uint32_t)x->block;
	if (ckd_mul(&v->bytes, x->blocks, x->block) || v->bytes > INT64_MAX)
		v->bytes = 0;
	v->damaged = v->bytes == 0 || v->bytes > p->src->size;
}

static int find(const struct mun_fs_place *p, struct mun_contents *out,
		struct mun_err *e)
{
	struct mun_fs_names names;
	struct mun_contents_volume *v;
	struct mun_bootcode code;
	struct ext x = { .src = p->src, .names = &names };
	uint8_t boot[512];
	uint8_t s[512];
	int rc = mun_peek(p->src, s, sizeof(s), SUPER, e);

	if (rc || !is_ext(s))
		return rc;
	v = mun_contents_add_volume(out, p);
	if (!v)
		return 0;
	x.block = (uint64_t)1024 << mun_le32(s + 24);
	x.blocks = mun_le32(s + 4);
	x.incompat_64 = (mun_le32(s + 96) & INCOMPAT_64BIT) != 0;
	if (x.incompat_64)
		x.blocks |= (uint64_t)mun_le32(s + 336) << 32;
	describe(p, &x, s, v);
	mun_fs_names_start(&names, MUN_NAMES_UNIX);
	rc = mun_peek(p->src, boot, sizeof(boot), 0, e);
	if (!rc)
		rc = read_root(&x, s, e);
	if (rc)
		return rc;
	mun_fs_names_mark(&names, out, v);
	mun_bootcode_look(boot, sizeof(boot), 0, 510, &code);
	mun_fs_pc_boot(out, v, &code, &names);
	return 0;
}

const struct mun_fs_finder mun_fs_ext = {
	.name = "ext",
	.find = find,
};
