/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/retro_mac.c - disks of the Macintosh and the Amiga */
#include "tests/image/retro.h"

#include "core/bytes.h"

#include <stdlib.h>
#include <string.h>

#define SECTOR 512u

/* ---- trees of a catalogue ---- */

struct node {
	uint8_t *p;
	size_t bytes;
	unsigned int n;
	size_t at; /* of the next record */
	bool plus;
};

static struct node begin(uint8_t *p, size_t bytes, uint8_t kind, bool plus)
{
	p[8] = kind;
	mun_put_be16(p + bytes - 2, 14);
	return (struct node){ .p = p, .bytes = bytes, .at = 14, .plus = plus };
}

/* A record of @len bytes under a key; where its data is. */
static uint8_t *add(struct node *t, uint32_t folder, const char *name,
		    size_t len)
{
	size_t n = strlen(name);
	uint8_t *k = t->p + t->at;
	size_t key;

	mun_put_be32(k + 2, folder);
	if (t->plus) {
		mun_put_be16(k, (uint16_t)(6 + 2 * n));
		mun_put_be16(k + 6, (uint16_t)n);
		for (size_t i = 0; i < n; i++)
			mun_put_be16(k + 8 + 2 * i, (uint8_t)name[i]);
		key = 8 + 2 * n;
	} else {
		k[0] = (uint8_t)(6 + n);
		k[6] = (uint8_t)n;
		memcpy(k + 7, name, n);
		key = 7 + n + (~n & 1 ? 1 : 0);
	}
	t->at += key + len;
	t->n++;
	mun_put_be16(t->p + 10, (uint16_t)t->n);
	mun_put_be16(t->p + t->bytes - 2 * ((size_t)t->n + 1), (uint16_t)t->at);
	return k + key;
}

static void add_folder(struct node *t, uint32_t parent, const char *name,
		       uint32_t id)
{
	uint8_t *d = add(t, parent, name, t->plus ? 88 : 70);

	if (t->plus)
		mun_put_be16(d, 1);
	else
		d[0] = 1;
	mun_put_be32(d + (t->plus ? 8 : 6), id);
}

static void add_thread(struct node *t, uint32_t id, uint32_t parent,
		       const char *name)
{
	size_t n = strlen(name);
	uint8_t *d = add(t, id, "", t->plus ? 10 + 2 * n : 46);

	if (t->plus) {
		mun_put_be16(d, 3);
		mun_put_be32(d + 4, parent);
		mun_put_be16(d + 8, (uint16_t)n);
		for (size_t i = 0; i < n; i++)
			mun_put_be16(d + 10 + 2 * i, (uint8_t)name[i]);
		return;
	}
	d[0] = 3;
	mun_put_be32(d + 10, parent);
	d[14] = (uint8_t)n;
	memcpy(d + 15, name, n);
}

/* @block, @bytes: of the resource fork */
static void add_file(struct node *t, uint32_t parent, const char *name,
		     const char *type, uint16_t block, uint32_t bytes)
{
	uint8_t *d = add(t, parent, name, t->plus ? 248 : 102);

	if (t->plus) {
		mun_put_be16(d, 2);
		memcpy(d + 48, type, 4);
		memcpy(d + 52, "MACS", 4);
		mun_put_be64(d + 168, bytes);
		mun_put_be32(d + 184, block);
		mun_put_be32(d + 188, bytes ? 1 : 0);
		return;
	}
	d[0] = 2;
	memcpy(d + 4, type, 4);
	memcpy(d + 8, "MACS", 4);
	mun_put_be32(d + 36, bytes);
	mun_put_be16(d + 86, block);
	mun_put_be16(d + 88, bytes ? 1 : 0);
}

static void tree_header(uint8_t *p, size_t node, uint32_t root, uint32_t nodes)
{
	(void)begin(p, node, 1, false);
	mun_put_be16(p + 14, root == 1 ? 2 : 1);
	mun_put_be32(p + 16, root);
	mun_put_be16(p + 32, (uint16_t)node);
	mun_put_be32(p + 36, nodes);
}

/* One resource "vers" 1; @return: bytes of the fork. */
static uint32_t make_vers(uint8_t *p, uint16_t bcd, const char *text)
{
	uint8_t len = (uint8_t)strlen(text);
	uint32_t data = 7u + len + 1;
	uint32_t map = 16 + 4 + data;
	uint8_t *m = p + map;

	mun_put_be32(p, 16);
	mun_put_be32(p + 4, map);
	mun_put_be32(p + 8, 4 + data);
	mun_put_be32(p + 12, 50);
	mun_put_be32(p + 16, data);
	mun_put_be16(p + 20, bcd);
	p[26] = len;
	memcpy(p + 27, text, len);
	mun_put_be16(m + 24, 28);
	mun_put_be16(m + 26, 50);
	memcpy(m + 30, "vers", 4);
	mun_put_be16(m + 36, 10);
	mun_put_be16(m + 38, 1);
	mun_put_be16(m + 40, 0xffff);
	return map + 50;
}

static void boot_blocks(uint8_t *disk)
{
	memcpy(disk, "LK\x60\0\0\x86", 6);
	memcpy(disk + 10, "\6System", 7);
}

/* 800K: 1594 blocks from sector 5 on; the catalogue in the first 4. */
void make_hfs(uint8_t *disk)
{
	uint8_t *h = disk + 1024;
	uint8_t *cat = disk + (size_t)5 * SECTOR;
	uint8_t *rsrc = disk + (size_t)(5 + 10) * SECTOR;
	uint32_t bytes = make_vers(rsrc, 0x0755, "7.5.5");
	struct node t;
	uint8_t *d;

	boot_blocks(disk);
	memcpy(h, "BD", 2);
	mun_put_be16(h + 14, 3);
	mun_put_be16(h + 18, 1593);
	mun_put_be32(h + 20, SECTOR);
	mun_put_be16(h + 28, 5);
	memcpy(h + 36, "\7Caf\x8e \xa5!", 8); /* Café •! */
	mun_put_be32(h + 92, 16);
	mun_put_be32(h + 146, 4 * SECTOR);
	mun_put_be16(h + 150, 0);
	mun_put_be16(h + 152, 4);
	tree_header(cat, SECTOR, 1, 4);
	t = begin(cat + SECTOR, SECTOR, 0, false);
	d = add(&t, 1, "Caf\x8e \xa5!", 4);
	mun_put_be32(d, 2);
	d = add(&t, 16, "", 4);
	mun_put_be32(d, 3);
	t = begin(cat + (size_t)2 * SECTOR, SECTOR, 0xff, false);
	mun_put_be32(t.p, 3);
	add_folder(&t, 1, "Caf\x8e \xa5!", 2);
	add_thread(&t, 2, 1, "Caf\x8e \xa5!");
	add_folder(&t, 2, "System Folder", 16);
	t = begin(cat + (size_t)3 * SECTOR, SECTOR, 0xff, false);
	add_thread(&t, 16, 2, "System Folder");
	add_file(&t, 16, "Finder", "FNDR", 0, 0);
	add_file(&t, 16, "System", "zsys", 10, bytes);
}

/* 256 blocks of 4096; the catalogue is block 4, one node of it the root. */
static void fill_plus(uint8_t *volume)
{
	uint8_t *h = volume + 1024;
	uint8_t *cat = volume + (size_t)4 * 4096;
	uint32_t bytes = make_vers(volume + (size_t)8 * 4096, 0x0922, "9.2.2");
	struct node t;

	memcpy(h, "H+\0\4", 4);
	mun_put_be32(h + 40, 4096);
	mun_put_be32(h + 44, 256);
	mun_put_be32(h + 80, 17);
	mun_put_be64(h + 104, UINT64_C(0x0123456789abcdef));
	mun_put_be64(h + 272, 8192);
	mun_put_be32(h + 288, 4);
	mun_put_be32(h + 292, 2);
	tree_header(cat, 4096, 1, 2);
	t = begin(cat + 4096, 4096, 0xff, true);
	add_folder(&t, 1, "Macintosh HD", 2);
	add_thread(&t, 2, 1, "Macintosh HD");
	add_folder(&t, 2, "System Folder", 17);
	add_thread(&t, 17, 2, "System Folder");
	add_file(&t, 17, "Mac OS ROM", "tbxi", 0, 0);
	add_file(&t, 17, "System", "zsys", 8, bytes);
}

void make_hfs_plus(uint8_t *disk)
{
	fill_plus(disk);
}

/* In an HFS of 2 MiB, from its block 10 of 8192 on. */
void make_hfs_wrapped(uint8_t *disk)
{
	uint8_t *h = disk + 1024;

	memcpy(h, "BD", 2);
	mun_put_be16(h + 14, 3);
	mun_put_be16(h + 18, 200);
	mun_put_be32(h + 20, 8192);
	mun_put_be16(h + 28, 8);
	memcpy(h + 36, "\7Wrapper", 8);
	memcpy(h + 124, "H+", 2);
	mun_put_be16(h + 126, 10);
	mun_put_be16(h + 128, 128);
	fill_plus(disk + 8 * SECTOR + (size_t)10 * 8192);
}

void make_mfs(uint8_t *disk)
{
	uint8_t *h = disk + 1024;
	uint8_t *f = disk + (size_t)4 * SECTOR;

	boot_blocks(disk);
	mun_put_be16(h, 0xd2d7);
	mun_put_be16(h + 12, 1);
	mun_put_be16(h + 14, 4);
	mun_put_be16(h + 16, 12);
	mun_put_be16(h + 18, 391);
	mun_put_be32(h + 20, 1024);
	mun_put_be16(h + 28, 16);
	memcpy(h + 36, "\6System", 7);
	f[0] = 0x80;
	memcpy(f + 2, "APPLMACS", 8);
	f[50] = 8;
	memcpy(f + 51, "MacPaint", 8);
	f += 60;
	f[0] = 0x80;
	memcpy(f + 2, "ZSYSMACS", 8);
	f[50] = 6;
	memcpy(f + 51, "System", 6);
}

void make_apfs(uint8_t *disk)
{
	memcpy(disk + 32, "NXSB", 4);
	mun_put_le32(disk + 36, 4096);
	mun_put_le64(disk + 40, 16);
	for (uint8_t i = 0; i < 16; i++)
		disk[72 + i] = (uint8_t)(i * 17);
}

/* ---- Amiga ---- */

void amiga_boot_sum(uint8_t *disk)
{
	uint32_t sum = 0;

	mun_put_be32(disk + 4, 0);
	for (size_t i = 0; i < 1024; i += 4)
		if (__builtin_add_overflow(sum, mun_be32(disk + i), &sum))
			sum++;
	mun_put_be32(disk + 4, ~sum);
}

void amiga_block_sum(uint8_t *block)
{
	uint32_t sum = 0;

	mun_put_be32(block + 20, 0);
	for (size_t i = 0; i < SECTOR; i += 4)
		sum += mun_be32(block + i);
	mun_put_be32(block + 20, 0 - sum);
}

static void amiga_block(uint8_t *disk, uint32_t n, uint32_t kind,
			const char *name)
{
	uint8_t *b = disk + (size_t)n * SECTOR;

	mun_put_be32(b, 2);
	mun_put_be32(b + 4, n == 880 ? 0 : n);
	mun_put_be32(b + 508, kind);
	b[432] = (uint8_t)strlen(name);
	memcpy(b + 433, name, strlen(name));
}

/* "s" is in slot 24 of its directory (13 + 53h, less 72), "startup-sequence" in
 * slot 49: worked out with the rule of the manual, not with what is tested. */
void make_amiga(uint8_t *disk)
{
	memcpy(disk, "DOS\1", 4);
	mun_put_be32(disk + 8, 880);
	memcpy(disk + 12, "\x43\xfa\x00\x18\x4e\xae\xff\xa0", 8);
	amiga_boot_sum(disk);
	amiga_block(disk, 880, 1, "Spiele \xdc");
	mun_put_be32(disk + AMIGA_ROOT + 12, 72);
	/* Another entry of the same slot is before it. */
	mun_put_be32(disk + AMIGA_ROOT + 24 + (size_t)4 * 24, 881);
	amiga_block(disk, 881, (uint32_t)-3, "other");
	mun_put_be32(disk + (size_t)881 * SECTOR + 496, 882);
	amiga_block(disk, 882, 2, "s");
	mun_put_be32(disk + (size_t)882 * SECTOR + 24 + (size_t)4 * 49, 883);
	amiga_block(disk, 883, (uint32_t)-3, "startup-sequence");
	for (uint32_t n = 880; n <= 883; n++)
		amiga_block_sum(disk + (size_t)n * SECTOR);
}

void make_pfs(uint8_t *disk)
{
	memcpy(disk, "PFS\1", 4);
	memcpy(disk + 1024, "PFS\1", 4);
	memcpy(disk + 1024 + 20, "\4Work", 5);
	mun_put_be32(disk + 1024 + 84, 128);
}

void make_sfs(uint8_t *disk)
{
	memcpy(disk, "SFS\0", 4);
	mun_put_be16(disk + 12, 3);
	mun_put_be32(disk + 48, 128);
	mun_put_be32(disk + 52, 512);
}
