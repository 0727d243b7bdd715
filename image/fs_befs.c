/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_befs.c - the file system of BeOS and Haiku
 *
 * Giampaolo, "Practical File System Design with the Be File System" (1999).  A
 * superblock at 512 (x86) or 0 (PowerPC), in the byte order of its machine:
 *	0  label[32]		68  u32 dd121031h
 *	32 u32 "BFS1"		76  u32 log2 of blocks in a group
 *	40 u32 bytes of block	112 u32 15b6830eh
 *	48 u64 blocks		116 root: u32 group, u16 block, u16 how many
 * An inode: 0 u32 3bbe0ad9h, 20 u32 mode, 72 runs of data as the root's.  A
 * directory is a B+tree: nodes of 1024 bytes after the first; of a leaf (-1 at
 * 16) 24 u16 keys, 26 u16 their bytes, 28 keys, then u16 ends of the keys and
 * u64 inodes; the ends begin at a multiple of 8.
 */
#include "image/fsdir.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/label.h"

#include <string.h>

#define NODE 1024u
#define NODES_MOST 256u
#define SUPER_BYTES 132u

struct befs {
	struct mun_source *src;
	bool big;
	uint64_t block;
	uint64_t blocks;
	uint32_t group; /* log2 of its blocks */
	struct mun_fs_names *names;
};

static uint16_t u16(const struct befs *b, const uint8_t *p)
{
	return b->big ? mun_be16(p) : mun_le16(p);
}

static uint32_t u32(const struct befs *b, const uint8_t *p)
{
	return b->big ? mun_be32(p) : mun_le32(p);
}

static uint64_t u64(const struct befs *b, const uint8_t *p)
{
	return b->big ? mun_be64(p) : mun_le64(p);
}

static bool parse(const uint8_t *s, bool big, struct befs *b)
{
	uint32_t block;

	b->big = big;
	block = u32(b, s + 40);
	b->block = block;
	b->blocks = u64(b, s + 48);
	b->group = u32(b, s + 76);
	return u32(b, s + 32) == 0x42465331u && u32(b, s + 68) == 0xdd121031u &&
	       u32(b, s + 112) == 0x15b6830eu && block >= 1024 &&
	       block <= 8192 && !(block & (block - 1)) && b->group < 32;
}

/* The byte where a run begins; UINT64_MAX: nowhere. */
static uint64_t run_at(const struct befs *b, const uint8_t *run)
{
	uint64_t block = ((uint64_t)u32(b, run) << b->group) + u16(b, run + 4);
	uint64_t off;

	if (block >= b->blocks || ckd_mul(&off, block, b->block) ||
	    off >= b->src->size)
		return UINT64_MAX;
	return off;
}

/* Unreadable: no directory. */
static int is_dir(const struct befs *b, uint64_t block, bool *out,
		  struct mun_err *e)
{
	uint8_t inode[24];
	uint64_t off;
	int rc;

	*out = false;
	if (block >= b->blocks || ckd_mul(&off, block, b->block) ||
	    off >= b->src->size)
		return 0;
	rc = mun_peek(b->src, inode, sizeof(inode), off, e);
	*out = !rc && u32(b, inode) == 0x3bbe0ad9u &&
	       (u32(b, inode + 20) & 0xf000) == 0x4000;
	return rc;
}

/* Keys lie one after the other; each index says where its own ends. */
static int read_leaf(const struct befs *b, const uint8_t *node,
		     struct mun_err *e)
{
	size_t keys = u16(b, node + 24);
	size_t bytes = u16(b, node + 26);
	size_t ends = (28 + bytes + 7) / 8 * 8;
	size_t values = ends + 2 * keys;
	size_t start = 0;

	if (ends > NODE || keys > NODE / 10 || values + 8 * keys > NODE)
		return 0;
	for (size_t i = 0; i < keys; i++) {
		size_t end = u16(b, node + ends + 2 * i);
		char text[256];
		bool dir = false;
		int rc;

		if (end < start || end > bytes)
			return 0;
		mun_label(node + 28 + start, end - start, MUN_LABEL_UTF8, text,
			  sizeof(text));
		start = end;
		rc = is_dir(b, u64(b, node + values + 8 * i), &dir, e);
		if (rc)
			return rc;
		if (text[0] && text[0] != '.')
			mun_fs_names_add(b->names, text, dir);
	}
	return 0;
}

/* The first run of the root holds all that a root of usual size has. */
static int read_root(const struct befs *b, const uint8_t *super,
		     struct mun_err *e)
{
	uint64_t at = run_at(b, super + 116);
	uint8_t inode[80];
	uint8_t node[NODE];
	uint64_t nodes;
	int rc;

	if (at == UINT64_MAX)
		return 0;
	rc = mun_peek(b->src, inode, sizeof(inode), at, e);
	if (rc || u32(b, inode) != 0x3bbe0ad9u)
		return rc;
	at = run_at(b, inode + 72);
	nodes = u16(b, inode + 78) * b->block / NODE;
	if (at == UINT64_MAX)
		return 0;
	for (uint64_t i = 1; !rc && i < MUN_MIN(nodes, NODES_MOST); i++) {
		rc = mun_peek(b->src, node, sizeof(node), at + i * NODE, e);
		if (!rc && u64(b, node + 16) == UINT64_MAX)
			rc = read_leaf(b, node, e);
	}
	return rc;
}

static int find(const struct mun_fs_place *p, struct mun_contents *out,
		struct mun_err *e)
{
	static const uint32_t at[] = { 512, 0 };
	struct mun_contents_volume *v;
	struct mun_fs_names names;
	struct mun_bootcode code;
	struct befs b = { .src = p->src, .names = &names };
	uint8_t s[SUPER_BYTES];
	uint8_t boot[512];
	bool found = false;
	int rc = 0;

	for (size_t i = 0; !rc && !found && i < MUN_COUNT(at); i++) {
		rc = mun_peek(p->src, s, sizeof(s), at[i], e);
		found = !rc && (parse(s, false, &b) || parse(s, true, &b));
	}
	if (rc || !found)
		return rc;
	v = mun_contents_add_volume(out, p);
	if (!v)
		return 0;
	mun_contents_text(v->fs, sizeof(v->fs), "befs");
	mun_contents_text(v->title, sizeof(v->title), "Be file system%s",
			  b.big ? ", big-endian" : "");
	mun_label(s, 32, MUN_LABEL_UTF8, v->label, sizeof(v->label));
	v->block_bytes = (uint32_t)b.block;
	if (ckd_mul(&v->bytes, b.blocks, b.block) || v->bytes > INT64_MAX)
		v->bytes = 0;
	v->damaged = !v->bytes || v->bytes > p->src->size;
	mun_fs_names_start(&names, MUN_NAMES_UNIX);
	rc = mun_peek(p->src, boot, sizeof(boot), 0, e);
	if (!rc)
		rc = read_root(&b, s, e);
	if (rc)
		return rc;
	mun_fs_names_mark(&names, out, v);
	mun_bootcode_look(boot, sizeof(boot), 0, 510, &code);
	mun_fs_pc_boot(out, v, &code, &names);
	return 0;
}

const struct mun_fs_finder mun_fs_befs = {
	.name = "befs",
	.find = find,
};
