/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/retro_8bit.c - disks of Commodore, the Apple II, and CP/M */
#include "tests/image/retro.h"

#include "core/bytes.h"

#include <string.h>

#define SECTOR 256u
#define BLOCK 512u

/* ---- Commodore ---- */

static void cbm_name(uint8_t *p, const char *name)
{
	memset(p, 0xa0, 16);
	memcpy(p, name, strlen(name));
}

/* A BASIC program of one line: 10 SYS 2061 */
static void basic(uint8_t *sector)
{
	memcpy(sector,
	       "\0\x0e\x01\x08\x0b\x08\x0a\0\x9e"
	       "2061\0\0\0",
	       16);
}

static void prg(uint8_t *dir, const char *name, uint8_t track, uint8_t sector)
{
	dir[1] = 0xff;
	dir[2] = 0x82;
	dir[3] = track;
	dir[4] = sector;
	cbm_name(dir + 5, name);
}

/* 18/0 is sector 357; 17/0 sector 336. */
void make_1541(uint8_t *disk)
{
	static const uint8_t zones[][2] = {
		{ 17, 21 }, { 24, 19 }, { 30, 18 }, { 35, 17 }
	};
	uint8_t *h = disk + (size_t)357 * SECTOR;
	unsigned int z = 0;

	memcpy(h,
	       "\x12\x01"
	       "A",
	       3);
	for (unsigned int t = 1; t <= 35; t++) {
		uint32_t bits;

		z += t > zones[z][0];
		bits = (1u << zones[z][1]) - 1;
		h[4 * t] = zones[z][1];
		h[4 * t + 1] = (uint8_t)bits;
		h[4 * t + 2] = (uint8_t)(bits >> 8);
		h[4 * t + 3] = (uint8_t)(bits >> 16);
	}
	cbm_name(h + 144, "TEST \xc1\x5c");
	memcpy(h + 160,
	       "\xa0\xa0"
	       "2A\xa0"
	       "2A",
	       7);
	prg(disk + (size_t)358 * SECTOR, "FIRST", 17, 0);
	basic(disk + (size_t)336 * SECTOR);
}

void make_1571(uint8_t *disk)
{
	make_1541(disk);
	disk[(size_t)357 * SECTOR + 3] = 0x80;
	memcpy(disk, "CBM\0\0\0\0", 7);
}

void make_1581(uint8_t *disk)
{
	uint8_t *h = disk + (size_t)39 * 40 * SECTOR;

	memcpy(h,
	       "\x28\x03"
	       "D",
	       3);
	cbm_name(h + 4, "EIGHTY");
	memcpy(h + 22, "81", 2);
	memcpy(h + 173, "GEOS format V1.0", 16);
}

/* 39/0 is sector 38 * 29. */
void make_8050(uint8_t *disk)
{
	uint8_t *h = disk + (size_t)38 * 29 * SECTOR;

	memcpy(h,
	       "\x26\0"
	       "C",
	       3);
	cbm_name(h + 6, "PET DISK");
	memcpy(h + 24, "P1", 2);
	prg(h + SECTOR, "PROG", 1, 0);
	memcpy(disk,
	       "\0\x0e\x01\x04\x0b\x04\x0a\0\x9e"
	       "1037\0\0\0",
	       16);
}

void make_8250(uint8_t *disk)
{
	make_8050(disk);
}

/* ---- Apple II ---- */

static void vtoc(uint8_t *v, uint8_t sectors)
{
	v[1] = 17;
	v[2] = (uint8_t)(sectors - 1);
	v[3] = 3;
	v[6] = 254;
	v[0x27] = 122;
	v[0x34] = 35;
	v[0x35] = sectors;
	v[0x37] = 1;
}

/* Tracks 1 and 2 full, the boot sector as DOS writes it. */
void make_dos33(uint8_t *disk)
{
	memcpy(disk, "\x01\xa5\x27\xc9\x09\xd0\x18\xa5\x2b", 9);
	for (size_t i = 16 * SECTOR; i < (size_t)48 * SECTOR; i++)
		disk[i] = (uint8_t)(7u * i + 1u);
	vtoc(disk + (size_t)17 * 16 * SECTOR, 16);
}

void make_dos32(uint8_t *disk)
{
	vtoc(disk + (size_t)17 * 13 * SECTOR, 13);
}

static void prodos_entry(uint8_t *b, size_t i, uint8_t kind, const char *name,
			 uint8_t type, uint16_t key)
{
	uint8_t *p = b + 4 + (size_t)39 * i;

	p[0] = (uint8_t)((size_t)kind << 4 | strlen(name));
	memcpy(p + 1, name, strlen(name));
	p[16] = type;
	mun_put_le16(p + 17, key);
}

static void prodos_key(uint8_t *b)
{
	prodos_entry(b, 0, 15, "DISK.1", 0, 0);
	b[35] = 39;
	b[36] = 13;
	mun_put_le16(b + 41, 280);
	mun_put_le16(b + 2, 3);
}

void make_prodos(uint8_t *disk)
{
	uint8_t *key = disk + (size_t)2 * BLOCK;

	memcpy(disk, "\x01\x38\xb0\x03\x4c", 5);
	prodos_key(key);
	prodos_entry(key, 1, 2, "PRODOS", 0xff, 7);
	/* In the next block of the directory. */
	prodos_entry(key + BLOCK, 0, 2, "BASIC.SYSTEM", 0xff, 40);
}

/* Block 2 is in sectors 11 and 10 of the first track. */
void make_prodos_in_dos_order(uint8_t *disk)
{
	uint8_t b[BLOCK] = { 0 };

	prodos_key(b);
	mun_put_le16(b + 2, 0);
	prodos_entry(b, 1, 2, "PRODOS", 0xff, 7);
	memcpy(disk + (size_t)11 * SECTOR, b, SECTOR);
	memcpy(disk + (size_t)10 * SECTOR, b + SECTOR, SECTOR);
}

static void pascal_entry(uint8_t *d, size_t i, uint16_t first, uint16_t end,
			 const char *name)
{
	uint8_t *p = d + (size_t)26 * i;

	mun_put_le16(p, first);
	mun_put_le16(p + 2, end);
	p[6] = (uint8_t)strlen(name);
	memcpy(p + 7, name, strlen(name));
}

static void pascal(uint8_t *d, const char *name, uint16_t blocks)
{
	pascal_entry(d, 0, 0, 6, name);
	mun_put_le16(d + 14, blocks);
	mun_put_le16(d + 16, 2);
	pascal_entry(d, 1, 6, 38, "SYSTEM.APPLE");
	pascal_entry(d, 2, 38, 79, "SYSTEM.PASCAL");
}

void make_pascal(uint8_t *disk)
{
	pascal(disk + (size_t)2 * BLOCK, "APPLE1", 280);
}

/* 8-inch disk of which the first track, of 26 sectors of 128, is not used. */
void make_ucsd(uint8_t *disk)
{
	uint8_t *d = disk + (size_t)26 * 128 + (size_t)2 * BLOCK;

	pascal(d, "UCSD", 400);
	memcpy(d + 26 + 7, "SYSTEM.OTHER", 12);
}

/* ---- CP/M ---- */

static void cpm_file(uint8_t *d, uint8_t user, const char *name, uint8_t rc)
{
	d[0] = user;
	memcpy(d + 1, name, 11);
	memset(d + 12, 0, 20);
	d[15] = rc;
}

/* Directory of 64 entries behind one track of 10 sectors of 512. */
void make_kaypro(uint8_t *disk)
{
	uint8_t *dir = disk + (size_t)10 * BLOCK;

	memset(disk, 0xe5, (size_t)40 * 10 * BLOCK);
	memset(disk, 0, 200);
	memcpy(disk + 20, "KAYPRO 64k CP/M vers 2.2", 24);
	cpm_file(dir, 0, "PIP     COM", 58);
	for (uint8_t i = 0; i < 8; i++)
		dir[16 + i] = (uint8_t)(2 + i);
	cpm_file(dir + 64, 3, "LETTER  T\xd8T", 1);
	dir[64 + 16] = 194;
}

/* The second sector of a file is the seventh of a track. */
void make_8inch(uint8_t *disk)
{
	uint8_t *track = disk + (size_t)2 * 26 * 128;

	memset(disk, 0xe5, (size_t)77 * 26 * 128);
	cpm_file(track, 0, "STAT    COM", 41);
	memcpy(track + 16, "\2\3\4\5\6\7", 6);
	cpm_file(track + (size_t)6 * 128, 0, "ED      COM", 52);
	memcpy(track + (size_t)6 * 128 + 16, "\10\11\12\13\14\15\16", 7);
}

/* 173K of a +3: 40 tracks of 9 sectors, one reserved. */
void make_plus3(uint8_t *disk)
{
	uint8_t *dir = disk + (size_t)9 * BLOCK;
	unsigned int sum = 0;

	memset(disk + BLOCK, 0xe5, (size_t)40 * 9 * BLOCK - BLOCK);
	memcpy(disk, "\0\0\x28\x09\2\1\3\2\x2a\x52", 10);
	memcpy(disk + 16, "\x11\0\0\xc3", 4);
	for (size_t i = 0; i < BLOCK; i++)
		sum += disk[i];
	disk[15] = (uint8_t)(3 - sum);
	cpm_file(dir, 0, "GAME    BAS", 8);
	dir[16] = 2;
	dir[32] = 0x20;
	memcpy(dir + 33, "PLUS3DISK  ", 11);
}
