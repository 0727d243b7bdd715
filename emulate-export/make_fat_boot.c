/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/make_fat_boot.c - boot sector, partition table, FSInfo
 *
 * BIOS parameter block: jump 0, OEM 3, bytes of a sector 11, sectors of a
 * cluster 13, reserved 14, FATs 16, root entries 17, sectors 19 or 32, media
 * 21, sectors of a FAT 22 or 36, of a track 24, heads 26, hidden sectors 28;
 * then drive, mark 0x29, serial number, label, type: from 36, of FAT32 from 64,
 * where 44 is the cluster of the root, 48 FSInfo, 50 the copy of the sector.
 */
#include "emulate-export/make_fat.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"

#define SECTOR MUN_MAKE_FAT_SECTOR
#define TABLE 446u

/*
 * x86, real mode, at 0000:7C00 and whatever follows the parameter block: clear
 * AX, DS and SS, a stack below, then print the text behind the code through
 * INT 10h until its NUL, wait for a key (INT 16h), start again (INT 19h).
 */
static const uint8_t code[] = {
	0x31, 0xC0, /* xor ax, ax */
	0x8E, 0xD8, /* mov ds, ax */
	0x8E, 0xD0, /* mov ss, ax */
	0xBC, 0x00, 0x7C, /* mov sp, 7C00h */
	0xFC, /* cld */
	0xBE, 0x00, 0x00, /* mov si, text */
	0xAC, /* next: lodsb */
	0x08, 0xC0, /* or al, al */
	0x74, 0x09, /* jz end */
	0xB4, 0x0E, /* mov ah, 0Eh */
	0xBB, 0x07, 0x00, /* mov bx, 7 */
	0xCD, 0x10, /* int 10h */
	0xEB, 0xF2, /* jmp next */
	0x31, 0xC0, /* end: xor ax, ax */
	0xCD, 0x16, /* int 16h */
	0xCD, 0x19, /* int 19h */
	0xEB, 0xFE, /* jmp $ */
};
#define TEXT_AT 11u /* in the code: where the text is */

static const char text[] = "\r\nThis disk is not bootable: it holds files "
			   "only.\r\nTake it out and press a key.\r\n";

static void put_code(uint8_t *out, size_t at)
{
	memcpy(out + at, code, sizeof(code));
	mun_put_le16(out + at + TEXT_AT,
		     (uint16_t)(0x7C00 + at + sizeof(code)));
	memcpy(out + at + sizeof(code), text, sizeof(text));
	out[510] = 0x55;
	out[511] = 0xAA;
}

static void put_extended(const struct mun_make_fat_plan *q, uint8_t *p)
{
	static const char *const types[] = { "FAT12   ", "FAT16   ",
					     "FAT32   " };

	p[0] = q->floppy ? 0x00 : 0x80;
	p[2] = 0x29;
	mun_put_le32(p + 3, q->serial);
	memcpy(p + 7, q->has_label ? q->label : "NO NAME    ", 11);
	memcpy(p + 18, types[q->bits == 12 ? 0 : q->bits == 16 ? 1 : 2], 8);
}

void mun_make_fat_boot(const struct mun_make_fat_plan *q, uint8_t *out)
{
	bool wide = q->bits == 32;
	size_t body = wide ? 90 : 62;

	memset(out, 0, SECTOR);
	out[0] = 0xEB;
	out[1] = (uint8_t)(body - 2);
	out[2] = 0x90;
	/* Some systems look at the name before they believe the rest. */
	memcpy(out + 3, wide ? "MSWIN4.1" : "MSDOS5.0", 8);
	mun_put_le16(out + 11, SECTOR);
	out[13] = (uint8_t)q->cluster;
	mun_put_le16(out + 14, (uint16_t)q->reserved);
	out[16] = 2;
	mun_put_le16(out + 17, (uint16_t)q->root);
	if (!wide && q->sectors < 0x10000)
		mun_put_le16(out + 19, (uint16_t)q->sectors);
	else
		mun_put_le32(out + 32, q->sectors);
	out[21] = q->media;
	mun_put_le16(out + 24, (uint16_t)q->track);
	mun_put_le16(out + 26, (uint16_t)q->heads);
	mun_put_le32(out + 28, q->start);
	if (wide) {
		mun_put_le32(out + 36, q->fat);
		mun_put_le32(out + 44, 2);
		mun_put_le16(out + 48, 1);
		mun_put_le16(out + 50, 6);
		put_extended(q, out + 64);
	} else {
		mun_put_le16(out + 22, (uint16_t)q->fat);
		put_extended(q, out + 36);
	}
	put_code(out, body);
}

/* Head, sector and cylinder as the BIOS counts them; what lies beyond its
 * numbers is the last that it has. */
static void put_chs(const struct mun_make_fat_plan *q, uint64_t lba, uint8_t *p)
{
	uint64_t cylinder = lba / ((uint64_t)q->heads * q->track);
	uint32_t head = (uint32_t)(lba / q->track % q->heads);
	uint32_t sector = (uint32_t)(lba % q->track) + 1;

	if (cylinder > 1023) {
		cylinder = 1023;
		head = q->heads - 1;
		sector = q->track;
	}
	p[0] = (uint8_t)head;
	p[1] = (uint8_t)(sector | (cylinder >> 2 & 0xC0));
	p[2] = (uint8_t)cylinder;
}

/* Within reach of the BIOS' cylinders, and beyond. */
static uint8_t type_of(const struct mun_make_fat_plan *q, uint64_t sectors)
{
	bool far = q->cylinders > 1024;

	if (q->bits == 12)
		return 0x01;
	if (q->bits == 16)
		return sectors < 0x10000 ? 0x04 : far ? 0x0E : 0x06;
	return far ? 0x0C : 0x0B;
}

void mun_make_fat_table(const struct mun_make_fat_plan *q, uint8_t *out)
{
	uint64_t sectors = q->medium - q->start;
	uint8_t *p = out + TABLE;

	memset(out, 0, SECTOR);
	put_code(out, 0);
	mun_put_le32(out + 440, q->serial);
	put_chs(q, q->start, p + 1);
	p[4] = type_of(q, sectors);
	put_chs(q, q->medium - 1, p + 5);
	mun_put_le32(p + 8, q->start);
	mun_put_le32(p + 12, (uint32_t)sectors);
}

/* Marks 0, 484, 508; free clusters 488; the first to look at 492. */
void mun_make_fat_info(const struct mun_make_fat_plan *q, uint8_t *out)
{
	memset(out, 0, SECTOR);
	memcpy(out, "RRaA", 4);
	memcpy(out + 484, "rrAa", 4);
	mun_put_le32(out + 488, q->clusters - q->used);
	mun_put_le32(out + 492,
		     q->used < q->clusters ? q->used + 2 : UINT32_MAX);
	mun_put_le32(out + 508, 0xAA550000);
}
