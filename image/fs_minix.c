/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fs_minix.c - the file system of Minix, in its versions 1 to 3
 *
 * Tanenbaum, "Operating Systems: Design and Implementation", 5.6; <minix_fs.h>.
 * Superblock at 1024, in the byte order of its machine:
 *	0  u16 inodes (u32: 3)		16 u16 magic
 *	2  u16 zones of 1 KiB (1)	20 u32 zones (2, 3)
 *	4  u16 blocks of inode map	24 u16 magic (3: 4d5ah), 28 u16 bytes
 *	6  u16 ... of zone map		   of a block; 3: maps at 6 and 8
 *	8  u16 first data zone, 10 log2 of blocks in a zone
 * Inodes follow the maps from block 2 on: 32 bytes with u16 zones at 14 (1),
 * or 64 with u32 zones at 24.  The first is the root.
 */
#include "image/fsdir.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/label.h"

#include <string.h>

#define SUPER 1024u

struct minix {
	unsigned int version;
	bool big; /* byte order */
	uint32_t name_bytes; /* of a directory entry, after its inode */
	uint32_t block;
	uint32_t inodes;
	uint32_t zones;
	uint32_t inode_map; /* blocks */
	uint32_t zone_map;
	uint32_t first_data;
};

static uint32_t u16(const struct minix *m, const uint8_t *p)
{
	return m->big ? mun_be16(p) : mun_le16(p);
}

static uint32_t u32(const struct minix *m, const uint8_t *p)
{
	return m->big ? mun_be32(p) : mun_le32(p);
}

static bool version_of(struct minix *m, const uint8_t *s)
{
	m->block = 1024;
	switch (u16(m, s + 16)) {
	case 0x137f:
		m->version = 1;
		m->name_bytes = 14;
		return true;
	case 0x138f:
		m->version = 1;
		m->name_bytes = 30;
		return true;
	case 0x2468:
		m->version = 2;
		m->name_bytes = 14;
		return true;
	case 0x2478:
		m->version = 2;
		m->name_bytes = 30;
		return true;
	default:
		break;
	}
	if (u16(m, s + 24) != 0x4d5a)
		return false;
	m->version = 3;
	m->name_bytes = 60;
	m->block = u16(m, s + 28);
	return true;
}

/* Two bytes of magic are not much: the maps must have a bit for all that there
 * is, and the data begin where maps and inodes end. */
static bool makes_sense(const struct minix *m)
{
	uint64_t inode_bytes = m->version == 1 ? 32 : 64;
	uint64_t bits = (uint64_t)m->block * 8;
	uint64_t head = 2 + (uint64_t)m->inode_map + m->zone_map;

	if (m->block < 1024 || m->block > 32768 || m->block % 1024)
		return false;
	head += (m->inodes * inode_bytes + m->block - 1) / m->block;
	return m->inodes && m->zones && m->inode_map && m->zone_map &&
	       m->inode_map * bits >= m->inodes &&
	       m->zone_map * bits + m->first_data >= m->zones &&
	       m->first_data < m->zones && m->first_data + 1 >= head;
}

static bool parse(const uint8_t *s, bool big, struct minix *m)
{
	*m = (struct minix){ .big = big };
	if (!version_of(m, s))
		return false;
	if (m->version == 3) {
		m->inodes = u32(m, s);
		m->inode_map = u16(m, s + 6);
		m->zone_map = u16(m, s + 8);
		m->first_data = u16(m, s + 10);
		m->zones = u32(m, s + 20);
		return makes_sense(m) && u16(m, s + 12) == 0;
	}
	m->inodes = u16(m, s);
	m->inode_map = u16(m, s + 4);
	m->zone_map = u16(m, s + 6);
	m->first_data = u16(m, s + 8);
	m->zones = m->version == 1 ? u16(m, s + 2) : u32(m, s + 20);
	return makes_sense(m) && u16(m, s + 10) == 0;
}

/* Is inode @number a directory?  Unreadable: no. */
static int is_dir(struct mun_source *src, const struct minix *m,
		  uint32_t number, bool *out, struct mun_err *e)
{
	uint64_t bytes = m->version == 1 ? 32 : 64;
	uint64_t table = (uint64_t)(2 + m->inode_map + m->zone_map) * m->block;
	uint8_t mode[2];
	int rc;

	*out = false;
	if (number == 0 || number > m->inodes)
		return 0;
	rc = mun_peek(src, mode, sizeof(mode), table + (number - 1) * bytes, e);
	*out = !rc && (u16(m, mode) & 0xf000) == 0x4000;
	return rc;
}

static int read_entries(struct mun_source *src, const struct minix *m,
			uint64_t off, size_t len, struct mun_fs_names *names,
			struct mun_err *e)
{
	size_t head = m->version == 3 ? 4 : 2;
	size_t each = head + m->name_bytes;
	uint8_t entry[64];

	for (size_t i = 0; i + each <= len; i += each) {
		char text[256];
		bool dir = false;
		uint32_t inode;
		int rc = mun_peek(src, entry, each, off + i, e);

		if (rc)
			return rc;
		inode = m->version == 3 ? u32(m, entry) : u16(m, entry);
		mun_label(entry + head, m->name_bytes, MUN_LABEL_UTF8, text,
			  sizeof(text));
		if (!inode || !text[0] || strcmp(text, ".") == 0 ||
		    strcmp(text, "..") == 0)
			continue;
		rc = is_dir(src, m, inode, &dir, e);
		if (rc)
			return rc;
		mun_fs_names_add(names, text, dir);
	}
	return 0;
}

/* The blocks of the root that its inode names itself: seven. */
static int read_root(struct mun_source *src, const struct minix *m,
		     struct mun_fs_names *names, struct mun_err *e)
{
	uint64_t off = (uint64_t)(2 + m->inode_map + m->zone_map) * m->block;
	uint8_t inode[64];
	uint32_t left;
	int rc = mun_peek(src, inode, sizeof(inode), off, e);

	if (rc || (u16(m, inode) & 0xf000) != 0x4000)
		return rc;
	left = u32(m, inode + (m->version == 1 ? 4 : 8));
	for (size_t i = 0; !rc && i < 7 && left; i++) {
		uint32_t zone = m->version == 1 ? u16(m, inode + 14 + 2 * i)
						: u32(m, inode + 24 + 4 * i);
		uint32_t len = MUN_MIN(left, m->block);

		if (zone < m->first_data || zone >= m->zones)
			return 0;
		rc = read_entries(src, m, (uint64_t)zone * m->block, len, names,
				  e);
		left -= len;
	}
	return rc;
}

static int find(const struct mun_fs_place *p, struct mun_contents *out,
		struct mun_err *e)
{
	struct mun_contents_volume *v;
	struct mun_fs_names names;
	struct mun_bootcode code;
	struct minix m;
	uint8_t boot[512];
	uint8_t s[64];
	int rc = mun_peek(p->src, s, sizeof(s), SUPER, e);

	if (rc || (!parse(s, false, &m) && !parse(s, true, &m)))
		return rc;
	v = mun_contents_add_volume(out, p);
	if (!v)
		return 0;
	mun_contents_text(v->fs, sizeof(v->fs), "minix");
	mun_contents_text(v->title, sizeof(v->title),
			  "Minix file system, version %u%s", m.version,
			  m.big ? ", big-endian" : "");
	v->bytes = (uint64_t)m.zones * m.block;
	v->block_bytes = m.block;
	v->damaged = v->bytes > p->src->size;
	mun_fs_names_start(&names, MUN_NAMES_UNIX);
	rc = mun_peek(p->src, boot, sizeof(boot), 0, e);
	if (!rc)
		rc = read_root(p->src, &m, &names, e);
	if (rc)
		return rc;
	mun_fs_names_mark(&names, out, v);
	mun_bootcode_look(boot, sizeof(boot), 0, 510, &code);
	mun_fs_pc_boot(out, v, &code, &names);
	return 0;
}

const struct mun_fs_finder mun_fs_minix = {
	.name = "minix",
	.find = find,
};
