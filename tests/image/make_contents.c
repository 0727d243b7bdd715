/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/make_contents.c - tables and file systems, built byte by byte */
#include "tests/image/make_contents.h"

#include "core/bytes.h"
#include "core/check.h"
#include "tests/image/make.h"

#include <stdbool.h>
#include <string.h>

void made_boot(uint8_t *sector, size_t code, const char *text)
{
	for (size_t i = code; i < code + 64; i++)
		sector[i] = (uint8_t)(i * 7 + 1);
	memcpy(sector + 256, text, strlen(text));
	sector[510] = 0x55;
	sector[511] = 0xaa;
}

/* ---- FAT ---- */

static void fat_entry(uint8_t *p, const char *name, uint32_t cluster)
{
	bool dir = name[0] == '/';

	memcpy(p, name + dir, 11);
	p[11] = dir ? 0x10 : 0x20;
	put_le16(p + 26, cluster & 0xffff);
	put_le16(p + 20, cluster >> 16);
}

void made_fat(uint8_t *p, const char *const *names)
{
	struct make_fat f = make_1440k;
	uint8_t *root = p + (size_t)19 * 512 + 32;

	f.boot_label = "BOOTLABEL  ";
	f.root_label = "CAF\x90 DISK  ";
	make_fat(p, &f);
	put_le32(p + 39, 0x1234abcd);
	/* What was deleted, and a piece of a long name: neither counts. */
	memcpy(root, "\xe5OADER  BIN", 11);
	memcpy(root + 32, "AUTORUN INF", 11);
	root[32 + 11] = 0x0f;
	root += 64;
	for (size_t i = 0; names[i]; i++, root += 32)
		fat_entry(root, names[i], 0);
}

void made_atari(uint8_t *p)
{
	static const struct make_fat f = {
		.sector_bytes = 512,
		.cluster_sectors = 2,
		.reserved = 1,
		.fats = 2,
		.root_entries = 112,
		.sectors = 1440,
		.media = 0xf9,
		.fat16_sectors = 5,
		.sectors_per_track = 9,
		.heads = 2,
	};
	unsigned int sum = 0;
	uint8_t *data = p + (size_t)(1 + 10 + 7) * 512;

	make_fat(p, &f);
	memcpy(p, "\x60\x1cLoader\x12\x34\x56", 11);
	memset(p + 30, 0x4e, 100);
	p[510] = p[511] = 0;
	fat_entry(p + (size_t)11 * 512, "/AUTO       ", 2);
	fat_entry(p + (size_t)11 * 512 + 32, "DESKTOP INF", 3);
	fat_entry(data, "/.          ", 2);
	fat_entry(data + 32, "A       PRG", 4);
	for (size_t i = 0; i < 510; i += 2)
		sum += mun_be16(p + i);
	mun_put_be16(p + 510, (uint16_t)(0x1234 - sum));
}

void made_msx(uint8_t *p)
{
	static const struct make_fat f = {
		.sector_bytes = 512,
		.cluster_sectors = 2,
		.reserved = 1,
		.fats = 2,
		.root_entries = 112,
		.sectors = 1440,
		.media = 0xf9,
		.fat16_sectors = 3,
		.sectors_per_track = 9,
		.heads = 2,
	};

	make_fat(p, &f);
	memcpy(p, "\xeb\xfe\x90MSX_04  ", 11);
	memcpy(p + 0x1e, "\xd0\xed\x53\x59\xc0\x32\xd0\xc0", 8);
	fat_entry(p + (size_t)7 * 512, "MSXDOS  SYS", 2);
}

void made_dos1(uint8_t *p)
{
	made_boot(p, 30, "ibmbio  com0ibmdos  com0");
	memcpy(p + 512, "\xff\xff\xff", 3);
	memcpy(p + 1024, "\xff\xff\xff", 3);
	fat_entry(p + (size_t)3 * 512, "IBMBIO  COM", 2);
}

void made_fat32_efi(uint8_t *p)
{
	static const struct make_fat f = {
		.sector_bytes = 512,
		.cluster_sectors = 1,
		.reserved = 32,
		.fats = 1,
		.sectors = 70000,
		.media = 0xf8,
		.fat32_sectors = 560,
		.root_cluster = 2,
	};
	uint8_t *fat = p + (size_t)32 * 512;
	uint8_t *data = fat + (size_t)560 * 512;

	make_fat(p, &f);
	put_le32(p + 67, 0x0badcafe);
	for (uint32_t i = 2; i < 6; i++)
		put_le32(fat + (size_t)4 * i, 0x0fffffff);
	/* The root goes on in cluster 5. */
	put_le32(fat + 8, 5);
	for (size_t i = 0; i < 16; i++)
		fat_entry(data + 32 * i, "X       TXT", 0);
	fat_entry(data + 3 * 512, "/EFI        ", 3);
	fat_entry(data + 512, "/BOOT       ", 4);
	fat_entry(data + 1024, "BOOTX64 EFI", 6);
}

/* ---- exFAT, NTFS, HPFS ---- */

static void utf16(uint8_t *p, const char *text)
{
	for (size_t i = 0; text[i]; i++)
		put_le16(p + 2 * i, (uint8_t)text[i]);
}

void made_exfat(uint8_t *p)
{
	uint8_t *root = p + (size_t)64 * 512;

	made_boot(p, 120, "B");
	utf16(p + 256, "BOOTMGR");
	memcpy(p,
	       "\xeb\x76\x90"
	       "EXFAT   ",
	       11);
	put_le32(p + 72, 4096);
	put_le32(p + 80, 32);
	put_le32(p + 88, 64);
	put_le32(p + 92, 500);
	put_le32(p + 96, 2);
	put_le32(p + 100, 0xcafe1234);
	p[108] = 9;
	put_le32(p + (size_t)32 * 512 + 8, 3);
	put_le32(p + (size_t)32 * 512 + 12, 0xffffffff);
	root[0] = 0x83;
	root[1] = 4;
	utf16(root + 2, "SD \xe9");
	for (size_t i = 1; i < 16; i++)
		root[32 * i] = 0x05; /* deleted */
	root += 512;
	root[0] = 0x85;
	put_le16(root + 4, 0x20);
	root[32] = 0xc0;
	root[35] = 7;
	root[64] = 0xc1;
	utf16(root + 66, "BOOTMGR");
}

/* @end: of every 512 bytes, from the update sequence at @at. */
static void fix_up(uint8_t *p, size_t len, size_t at)
{
	put_le16(p + 4, (uint32_t)at);
	put_le16(p + 6, (uint32_t)(len / 512 + 1));
	put_le16(p + at, 0x77);
	for (size_t i = 1; i <= len / 512; i++) {
		memcpy(p + at + 2 * i, p + i * 512 - 2, 2);
		put_le16(p + i * 512 - 2, 0x77);
	}
}

/* An attribute of the record itself, @len bytes of value; its length. */
static size_t resident(uint8_t *p, uint32_t type, uint32_t len)
{
	size_t bytes = (24 + len + 7) / 8 * 8;

	put_le32(p, type);
	put_le32(p + 4, (uint32_t)bytes);
	put_le32(p + 16, len);
	put_le16(p + 20, 24);
	return bytes;
}

static size_t index_entry(uint8_t *p, const char *name, bool dir)
{
	size_t key = 66 + 2 * strlen(name);
	size_t bytes = (16 + key + 7) / 8 * 8;

	put_le16(p + 8, (uint32_t)bytes);
	put_le16(p + 10, (uint32_t)key);
	put_le32(p + 16 + 56, dir ? 0x10000000 : 0x20);
	p[16 + 64] = (uint8_t)strlen(name);
	p[16 + 65] = 3;
	utf16(p + 16 + 66, name);
	return bytes;
}

static void ntfs_root(uint8_t *r, uint8_t *block)
{
	uint8_t *a = r + 56;
	uint8_t *head;
	size_t n;

	memcpy(r, "FILE", 4);
	put_le16(r + 20, 56);
	a += resident(a, 0x90, 200);
	head = r + 56 + 24 + 16;
	n = index_entry(head + 16, "NTLDR", false);
	put_le32(head, 16);
	put_le32(head + 4, (uint32_t)(16 + n + 16));
	put_le16(head + 16 + n + 8, 16);
	put_le16(head + 16 + n + 12, 2);
	put_le32(a, 0xa0);
	put_le32(a + 4, 80);
	a[8] = 1;
	put_le16(a + 32, 72);
	memcpy(a + 72, "\x11\x02\x30", 4); /* 2 clusters from 48 */
	a += 80;
	put_le32(a, 0xffffffff);
	fix_up(r, 1024, 48);
	memcpy(block, "INDX", 4);
	head = block + 24;
	n = index_entry(head + 40, "WINNT", true);
	put_le32(head, 40);
	put_le32(head + 4, (uint32_t)(40 + n + 16));
	put_le16(head + 40 + n + 8, 16);
	put_le16(head + 40 + n + 12, 2);
	fix_up(block, 4096, 40);
}

void made_ntfs(uint8_t *p)
{
	uint8_t *mft = p + (size_t)16 * 2048;
	uint8_t *r = mft + 3 * 1024;
	uint8_t *a = r + 56;

	made_boot(p, 84, "NTLDR is missing");
	memcpy(p, "\xeb\x52\x90NTFS    ", 11);
	put_le16(p + 11, 512);
	p[13] = 4;
	put_le32(p + 40, 4000);
	put_le32(p + 48, 16);
	p[64] = 0xf6; /* 1024 */
	p[68] = 0xf4; /* 4096 */
	memcpy(p + 72, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
	memcpy(r, "FILE", 4);
	put_le16(r + 20, 56);
	a += resident(a, 0x60, 12);
	utf16(r + 56 + 24, "System");
	put_le16(a + 24 + 8, 0x0103);
	a += resident(a, 0x70, 12);
	put_le32(a, 0xffffffff);
	fix_up(r, 1024, 48);
	ntfs_root(mft + 5 * 1024, p + (size_t)48 * 2048);
}

static size_t hpfs_entry(uint8_t *p, const char *name, uint32_t down)
{
	size_t n = strlen(name);
	size_t len = (31 + n + 3) / 4 * 4 + (down ? 4 : 0);

	put_le16(p, (uint32_t)len);
	p[2] = down ? 4 : 0;
	p[30] = (uint8_t)n;
	memcpy(p + 31, name, n);
	if (down)
		put_le32(p + len - 4, down);
	return len;
}

void made_hpfs(uint8_t *p)
{
	uint8_t *super = p + (size_t)16 * 512;
	uint8_t *fnode = p + (size_t)100 * 512;
	uint8_t *block = p + (size_t)104 * 512;
	uint8_t *below = p + (size_t)112 * 512;
	size_t at = 20;

	made_boot(p, 62, "OS2LDR is missing");
	memcpy(p, "\xeb\x44\x90IBM 20.0", 11);
	p[38] = 0x29;
	put_le32(p + 39, 0x3bc232d5);
	memcpy(p + 43, "OS2        ", 11);
	put_le32(super, 0xf995e849);
	put_le32(super + 4, 0xfa53e9c5);
	put_le32(super + 12, 100);
	put_le32(super + 16, 4000);
	put_le32(fnode, 0xf7e40aae);
	put_le32(fnode + 72, 104);
	put_le32(block, 0x77e40aae);
	at += hpfs_entry(block + at, "\1\1", 0);
	block[22] = 1;
	at += hpfs_entry(block + at, "OS2LDR", 112);
	block[at + 2] = 8;
	put_le16(block + at, 32);
	put_le32(below, 0x77e40aae);
	at = 20 + hpfs_entry(below + 20, "OS2KRNL", 104); /* and round */
	put_le16(below + at, 32);
	below[at + 2] = 8;
}

/* ---- Unix ---- */

static void ext_super(uint8_t *s)
{
	put_le32(s, 64);
	put_le32(s + 4, 2000);
	put_le32(s + 20, 1);
	put_le32(s + 32, 8192);
	put_le32(s + 40, 64);
	put_le16(s + 56, 0xef53);
	put_le32(s + 76, 1);
	put_le16(s + 88, 128);
	put_le32(s + 96, 2);
	for (uint8_t i = 0; i < 16; i++)
		s[104 + i] = (uint8_t)(0xa0 + i);
	memcpy(s + 120, "root", 4);
}

static void ext_entry(uint8_t *p, const char *name, uint32_t len, uint8_t type)
{
	put_le32(p, 12);
	put_le16(p + 4, len);
	p[6] = (uint8_t)strlen(name);
	p[7] = type;
	memcpy(p + 8, name, strlen(name));
}

static void ext_root(uint8_t *dir)
{
	ext_entry(dir, ".", 12, 2);
	ext_entry(dir + 12, "..", 12, 2);
	ext_entry(dir + 24, "etc", 12, 2);
	ext_entry(dir + 36, "vmlinuz-2.2", 1024 - 36, 1);
}

void made_ext2(uint8_t *p)
{
	uint8_t *inode = p + 10 * 1024 + 128;

	ext_super(p + 1024);
	put_le32(p + 2048 + 8, 10);
	put_le16(inode, 0x41ed);
	put_le32(inode + 40, 20);
	ext_root(p + 20 * 1024);
}

void made_ext4(uint8_t *p)
{
	uint8_t *s = p + 1024;
	uint8_t *inode = p + 10 * 1024 + 128;

	ext_super(s);
	put_le32(s + 92, 4);
	put_le32(s + 96, 0x2c2);
	put_le16(s + 254, 64);
	put_le32(p + 2048 + 8, 10);
	put_le16(inode, 0x41ed);
	put_le32(inode + 32, 0x80000);
	put_le16(inode + 40, 0xf30a);
	put_le16(inode + 42, 1);
	put_le16(inode + 40 + 12 + 4, 1);
	put_le32(inode + 40 + 12 + 8, 20);
	ext_root(p + 20 * 1024);
}

static void minix_root(uint8_t *dir, size_t head, size_t each)
{
	static const char *const names[] = { ".", "..", "minix", "usr" };

	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		dir[each * i] = 1;
		memcpy(dir + each * i + head, names[i], strlen(names[i]));
	}
}

void made_minix(uint8_t *p, unsigned int version)
{
	uint8_t *s = p + 1024;
	uint8_t *inode = p + 4 * 1024;

	put_le16(inode, 0x41ed);
	if (version == 3) {
		put_le32(s, 64);
		put_le16(s + 6, 1);
		put_le16(s + 8, 1);
		put_le16(s + 10, 8);
		put_le32(s + 20, 720);
		put_le16(s + 24, 0x4d5a);
		put_le16(s + 28, 1024);
		put_le32(inode + 8, 4 * 64);
		put_le32(inode + 24, 8);
		minix_root(p + 8 * 1024, 4, 64);
		return;
	}
	put_le16(s, 64);
	put_le16(s + 2, version == 1 ? 720 : 0);
	put_le16(s + 4, 1);
	put_le16(s + 6, 1);
	put_le16(s + 8, 8);
	put_le16(s + 16, version == 1 ? 0x137f : 0x2468);
	put_le32(s + 20, version == 1 ? 0 : 720);
	put_le32(inode + (version == 1 ? 4 : 8), 4 * 16);
	put_le32(inode + (version == 1 ? 14 : 24), 8);
	minix_root(p + 8 * 1024, 2, 16);
}

void made_befs(uint8_t *p)
{
	uint8_t *s = p + 512;
	uint8_t *inode = p + 8 * 1024;
	uint8_t *node = p + 17 * 1024;
	uint8_t *folder = p + 32 * 1024;

	made_boot(p, 0, "code");
	memcpy(s, "BeOS 5", 6);
	put_le32(s + 32, 0x42465331);
	put_le32(s + 40, 1024);
	put_le32(s + 48, 2000);
	put_le32(s + 68, 0xdd121031);
	put_le32(s + 76, 13);
	put_le32(s + 112, 0x15b6830e);
	put_le16(s + 120, 8);
	put_le16(s + 122, 1);
	put_le32(inode, 0x3bbe0ad9);
	put_le16(inode + 76, 16);
	put_le16(inode + 78, 2);
	memset(node + 16, 0xff, 8);
	put_le16(node + 24, 1);
	put_le16(node + 26, 4);
	memcpy(node + 28, "beos", 4);
	put_le16(node + 32, 4);
	put_le32(node + 34, 32);
	put_le32(folder, 0x3bbe0ad9);
	put_le32(folder + 20, 0x41ed);
}

static void put_u32(uint8_t *p, uint32_t v, int big)
{
	if (big)
		mun_put_be32(p, v);
	else
		mun_put_le32(p, v);
}

void made_ufs(uint8_t *p, int big)
{
	uint8_t *s = p + 8192;

	put_u32(s + 36, 1500, big);
	put_u32(s + 48, 8192, big);
	put_u32(s + 52, 1024, big);
	put_u32(s + 144, 0x12345678, big);
	put_u32(s + 148, 0x9abcdef0, big);
	put_u32(s + 1372, 0x00011954, big);
}

void made_xfs(uint8_t *p)
{
	memcpy(p, "XFSB", 4);
	mun_put_be32(p + 4, 4096);
	mun_put_be64(p + 8, 300);
	memset(p + 32, 0x11, 16);
	memcpy(p + 108, "twelve chars", 12);
}

void made_swap(uint8_t *p)
{
	memset(p + 1036, 0x22, 16);
	memcpy(p + 1052, "paging", 6);
	memcpy(p + 4086, "SWAPSPACE2", 10);
}

/* ---- discs ---- */

static size_t iso_record(uint8_t *p, const char *name, uint32_t block,
			 uint8_t flags, size_t flags_at)
{
	size_t n = strlen(name) + (name[0] == '\0');
	size_t len = (33 + n + 1) / 2 * 2;

	p[0] = (uint8_t)len;
	put_le32(p + 2, block);
	mun_put_be32(p + 6, block);
	put_le32(p + 10, 2048);
	mun_put_be32(p + 14, 2048);
	p[flags_at] = flags;
	p[32] = (uint8_t)n;
	memcpy(p + 33, name, strlen(name));
	return len;
}

static void el_torito(uint8_t *c)
{
	unsigned int sum = 0;

	c[0] = 1;
	c[30] = 0x55;
	c[31] = 0xaa;
	for (size_t i = 0; i < 32; i += 2)
		sum += mun_le16(c + i);
	put_le16(c + 28, 0x10000 - sum);
	c[32] = 0x88;
	c[33] = 2;
	put_le32(c + 40, 40);
	c[64] = 0x91;
	c[65] = 0xef;
	put_le16(c + 66, 1);
	c[96] = 0x88;
	put_le32(c + 104, 41);
}

void made_iso(uint8_t *p)
{
	uint8_t *pvd = p + (size_t)16 * 2048;
	uint8_t *boot;
	uint8_t *root = p + (size_t)25 * 2048;

	make_iso(p, 600, "GAME");
	memcpy(pvd + 8, "PLAYSTATION                     ", 32);
	memcpy(pvd + 813, "1998032112000000", 16);
	(void)iso_record(pvd + 156, "", 25, 2, 25);
	pvd[156] = 34;
	boot = make_descriptor(p, 17, 0);
	memcpy(boot + 7, "EL TORITO SPECIFICATION", 23);
	put_le32(boot + 71, 30);
	make_descriptor(p, 18, 255);
	root += iso_record(root, "", 25, 2, 25);
	root += iso_record(root, "SYSTEM.CNF;1", 50, 0, 25);
	root += iso_record(root, "README.;1", 51, 0, 25);
	(void)iso_record(root, "EFI", 26, 2, 25);
	(void)iso_record(p + (size_t)26 * 2048, "BOOT", 27, 2, 25);
	(void)iso_record(p + (size_t)27 * 2048, "BOOTIA32.EFI;1", 60, 0, 25);
	el_torito(p + (size_t)30 * 2048);
	made_boot(p + (size_t)40 * 2048, 62, "IO      SYS");
}

void made_high_sierra(uint8_t *p)
{
	uint8_t *d = p + (size_t)16 * 2048;

	d[8] = 1;
	memcpy(d + 9, "CDROM\1", 6);
	memset(d + 16, ' ', 64);
	memcpy(d + 48, "SIERRA", 6);
	put_le32(d + 88, 500);
	mun_put_be32(d + 92, 500);
	put_le16(d + 136, 2048);
	(void)iso_record(d + 180, "", 25, 2, 24);
	(void)iso_record(p + (size_t)25 * 2048, "AUTORUN.INF;1", 60, 0, 24);
}

static void udf_tag(uint8_t *p, uint32_t kind, uint32_t block)
{
	put_le16(p, kind);
	put_le32(p + 12, block);
}

/* 8 bits of each character. */
static void dstring(uint8_t *p, size_t field, const char *text)
{
	p[0] = 8;
	memcpy(p + 1, text, strlen(text));
	p[field - 1] = (uint8_t)(strlen(text) + 1);
}

static void udf_sequence(uint8_t *p)
{
	uint8_t *d = p + (size_t)260 * 2048;

	udf_tag(d, 1, 260);
	dstring(d + 72, 128, "5FA71E760000246C and more");
	d += 2048;
	udf_tag(d, 5, 261);
	put_le32(d + 188, 300);
	put_le32(d + 192, 200);
	d += 2048;
	udf_tag(d, 6, 262);
	dstring(d + 84, 128, "FILM \xe9");
	put_le32(d + 212, 2048);
	put_le16(d + 240, 0x0102);
	put_le32(d + 248, 2048);
	put_le32(d + 268, 1);
	d[440] = 1;
	d[441] = 6;
	udf_tag(d + 2048, 8, 263);
}

void made_udf(uint8_t *p)
{
	uint8_t *d = p + (size_t)256 * 2048;
	uint8_t *fid;

	memcpy(p + (size_t)16 * 2048, "\0BEA01\1", 7);
	memcpy(p + (size_t)17 * 2048, "\0NSR02\1", 7);
	memcpy(p + (size_t)18 * 2048, "\0TEA01\1", 7);
	udf_tag(d, 2, 256);
	put_le32(d + 16, 16 * 2048);
	put_le32(d + 20, 260);
	udf_sequence(p);
	d = p + (size_t)300 * 2048;
	udf_tag(d, 256, 0);
	put_le32(d + 400, 2048);
	put_le32(d + 404, 2);
	d += 2 * 2048;
	udf_tag(d, 261, 2);
	put_le16(d + 34, 3); /* in the entry itself */
	put_le32(d + 172, 40 + 48);
	fid = d + 176;
	put_le16(fid, 257);
	fid[18] = 8 | 2;
	fid += 40;
	put_le16(fid, 257);
	fid[18] = 2;
	fid[19] = 9;
	fid[38] = 8;
	memcpy(fid + 39, "VIDEO_TS", 8);
}

/* ---- tables ---- */

static void apm_entry(uint8_t *p, const char *name, const char *type,
		      uint32_t start, uint32_t blocks)
{
	memcpy(p, "PM", 2);
	mun_put_be32(p + 4, 3);
	mun_put_be32(p + 8, start);
	mun_put_be32(p + 12, blocks);
	memcpy(p + 16, name, strlen(name));
	memcpy(p + 48, type, strlen(type));
}

void made_apm(uint8_t *p)
{
	memcpy(p, "ER\2\0", 4);
	apm_entry(p + 512, "Apple", "Apple_partition_map", 1, 63);
	apm_entry(p + 1024, "MacOS", "Apple_HFS", 64, 3000);
	mun_put_be32(p + 1024 + 88, 0x33);
	apm_entry(p + 1536, "Extra", "Apple_Free", 3064, 100);
	mun_put_be32(p + 1024 + 88, 0x3f);
}

static void amiga_sum(uint8_t *p)
{
	uint32_t sum = 0;

	mun_put_be32(p + 4, 64);
	mun_put_be32(p + 8, 0);
	for (size_t i = 0; i < 256; i += 4)
		sum += mun_be32(p + i);
	mun_put_be32(p + 8, 0u - sum);
}

static void amiga_part(uint8_t *p, const char *name, const char *type,
		       uint32_t low, uint32_t high, uint32_t next)
{
	uint8_t *env = p + 128;

	memcpy(p, "PART", 4);
	mun_put_be32(p + 16, next);
	p[36] = (uint8_t)strlen(name);
	memcpy(p + 37, name, strlen(name));
	mun_put_be32(env, 16);
	mun_put_be32(env + 4, 128);
	mun_put_be32(env + 12, 2);
	mun_put_be32(env + 20, 16);
	mun_put_be32(env + 36, low);
	mun_put_be32(env + 40, high);
	memcpy(env + 64, type, 4);
}

void made_rdb(uint8_t *p)
{
	uint8_t *r = p + 512;

	memcpy(r, "RDSK", 4);
	mun_put_be32(r + 16, 512);
	mun_put_be32(r + 28, 3);
	amiga_sum(r);
	amiga_part(p + 3 * 512, "DH0", "DOS\3", 2, 51, 4);
	mun_put_be32(p + 3 * 512 + 20, 1);
	amiga_sum(p + 3 * 512);
	amiga_part(p + 4 * 512, "DH1", "PFS\1", 52, 101, 0xffffffff);
	amiga_sum(p + 4 * 512);
}

static void ahdi_entry(uint8_t *p, uint8_t flag, const char *id, uint32_t start,
		       uint32_t sectors)
{
	p[0] = flag;
	memcpy(p + 1, id, 3);
	mun_put_be32(p + 4, start);
	mun_put_be32(p + 8, sectors);
}

void made_ahdi(uint8_t *p)
{
	uint8_t *x = p + (size_t)1000 * 512;

	mun_put_be32(p + 0x1c2, 4000);
	ahdi_entry(p + 0x1c6, 0x81, "GEM", 2, 900);
	ahdi_entry(p + 0x1c6 + 12, 1, "XGM", 1000, 2000);
	ahdi_entry(x + 0x1c6, 1, "BGM", 1, 500);
	ahdi_entry(x + 0x1c6 + 12, 1, "XGM", 600, 500);
	x += (size_t)600 * 512;
	ahdi_entry(x + 0x1c6, 1, "GEM", 2, 300);
}

void made_icd(uint8_t *p)
{
	mun_put_be32(p + 0x1c2, 4000);
	for (uint32_t i = 0; i < 4; i++)
		ahdi_entry(p + 0x1c6 + 12 * i, 1, "GEM", 2 + 500 * i, 500);
	ahdi_entry(p + 0x156, 1, "GEM", 2002, 500);
	ahdi_entry(p + 0x156 + 12, 1, "BGM", 2502, 500);
}

void made_bsd(uint8_t *p, size_t at)
{
	static const uint32_t parts[][3] = { { 1000, 100, 7 },
					     { 500, 1100, 1 },
					     { 4000, 0, 0 } };
	uint8_t *d = p + at;
	uint16_t sum = 0;

	put_le32(d, 0x82564557);
	put_le32(d + 40, 512);
	put_le32(d + 132, 0x82564557);
	put_le16(d + 138, 3);
	for (size_t i = 0; i < 3; i++) {
		put_le32(d + 148 + 16 * i, parts[i][0]);
		put_le32(d + 152 + 16 * i, parts[i][1]);
		d[160 + 16 * i] = (uint8_t)parts[i][2];
	}
	for (size_t i = 0; i < 148 + 3 * 16; i += 2)
		sum ^= mun_le16(d + i);
	put_le16(d + 136, sum);
}

void made_sun(uint8_t *p)
{
	uint16_t sum = 0;

	mun_put_be32(p + 128, 1);
	mun_put_be16(p + 140, 8);
	mun_put_be16(p + 142, 2);
	mun_put_be16(p + 146, 3);
	mun_put_be16(p + 150, 5);
	mun_put_be32(p + 188, 0x600ddeee);
	mun_put_be16(p + 436, 4);
	mun_put_be16(p + 438, 25);
	mun_put_be32(p + 448, 1000);
	mun_put_be32(p + 452, 10);
	mun_put_be32(p + 456, 500);
	mun_put_be32(p + 464, 4000);
	mun_put_be16(p + 508, 0xdabe);
	for (size_t i = 0; i < 510; i += 2)
		sum ^= mun_be16(p + i);
	mun_put_be16(p + 510, sum);
}

void made_solaris(uint8_t *p, size_t at)
{
	uint8_t *d = p + at + 512;

	put_le32(d + 12, 0x600ddeee);
	put_le32(d + 16, 1);
	put_le16(d + 28, 512);
	put_le16(d + 30, 2);
	put_le16(d + 72, 2);
	put_le32(d + 76, 10);
	put_le32(d + 80, 100);
	put_le16(d + 84, 5);
	put_le32(d + 92, 1000);
}
