/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/retro_acorn.c - disks of Acorn, Atari, the Spectrum, and DEC */
#include "tests/image/retro.h"

#include "core/bytes.h"

#include <string.h>

#define BLOCK 512u

/* ---- Acorn ---- */

void make_dfs(uint8_t *disk)
{
	memcpy(disk, "Elite   ", 8);
	memcpy(disk + 8, "!BOOT  $", 8);
	memcpy(disk + 16, "GAME   $", 8);
	memcpy(disk + 256, " II", 4);
	disk[261] = 16;
	disk[262] = 0x31; /* *EXEC; 400 sectors */
	disk[263] = 0x90;
	disk[264 + 7] = 3;
	disk[272 + 7] = 2;
}

uint8_t adfs_sum_of(const uint8_t *p, size_t len, unsigned int start)
{
	unsigned int sum = start;
	unsigned int carry = 0;

	for (size_t i = len - 1; i > 0; i--) {
		sum += p[i - 1] + carry;
		carry = sum >> 8;
		sum &= 0xff;
	}
	return (uint8_t)sum;
}

static void old_map(uint8_t *disk, uint32_t sectors, uint8_t option)
{
	disk[252] = (uint8_t)sectors;
	disk[253] = (uint8_t)(sectors >> 8);
	disk[254] = (uint8_t)(sectors >> 16);
	/* "DISC1" in turn: D S 1, I C */
	memcpy(disk + 247, "DS1", 3);
	memcpy(disk + 502, "IC", 2);
	disk[507] = 0x34;
	disk[508] = 0x12;
	disk[509] = option;
	disk[255] = adfs_sum_of(disk, 256, 255);
	disk[511] = adfs_sum_of(disk + 256, 256, 255);
}

static void adfs_dir(uint8_t *d, size_t len, const char *magic)
{
	d[0] = 7;
	memcpy(d + 1, magic, 4);
	memcpy(d + 5, "!Boot\r", 6);
	d[len - 6] = 7;
	memcpy(d + len - 5, magic, 4);
}

void make_adfs_old(uint8_t *disk)
{
	old_map(disk, 640, 2);
	adfs_dir(disk + 512, 1280, "Hugo");
}

void make_adfs_d(uint8_t *disk)
{
	old_map(disk, 3200, 0);
	adfs_dir(disk + 1024, 2048, "Nick");
}

static void disc_record(uint8_t *r, uint8_t zones, uint32_t bytes)
{
	memcpy(r, "\x0a\5\2\2\x0f\7\1\2", 8);
	r[9] = zones;
	mun_put_le32(r + 12, 0x203);
	mun_put_le32(r + 16, bytes);
	mun_put_le16(r + 20, 0xbeef);
	memcpy(r + 22, "RiscDisc\x94\x95", 10);
}

void make_adfs_e(uint8_t *disk)
{
	disc_record(disk + 4, 1, 819200);
	adfs_dir(disk + 2048, 2048, "Nick");
}

void make_adfs_f(uint8_t *disk)
{
	disc_record(disk + 0xdc0, 4, 1638400);
	disk[0xdff] = adfs_sum_of(disk + 0xc00, 512, 0);
}

/* ---- Atari, Spectrum ---- */

void make_atari_dos(uint8_t *disk)
{
	uint8_t *v = disk + (size_t)359 * 128;

	memcpy(disk, "\0\3\0\x07\x40\x15\x4c\x14\x07\3\x7c\x1a\0\2\1\4", 16);
	v[0] = 2;
	mun_put_le16(v + 1, 707);
	mun_put_le16(v + 3, 626);
	v += 128;
	v[0] = 0x42;
	mun_put_le16(v + 1, 39);
	mun_put_le16(v + 3, 4);
	memcpy(v + 5, "DOS     SYS", 11);
}

void make_trdos(uint8_t *disk)
{
	uint8_t *i = disk + 2048;

	memcpy(disk, "boot    B", 9);
	disk[13] = 1;
	disk[15] = 1;
	i[225] = 1;
	i[226] = 1;
	i[227] = 0x16;
	i[228] = 1;
	mun_put_le16(i + 229, 2543);
	i[231] = 0x10;
	memcpy(i + 245, "SPECCY  ", 8);
}

static void mgt_file(uint8_t *f, uint8_t type, const char *name, uint8_t track)
{
	memset(f + 1, ' ', 10);
	f[0] = type;
	memcpy(f + 1, name, strlen(name));
	f[12] = 10;
	f[13] = track;
	f[14] = 1;
}

void make_mgt(uint8_t *disk)
{
	mgt_file(disk, 1, "autoload", 4);
	/* Entry 20 is in the next track of this side. */
	mgt_file(disk + (size_t)2 * 5120, 4, "screen", 0x85);
}

void make_sam(uint8_t *disk)
{
	mgt_file(disk, 19, "samdos2", 4);
	memcpy(disk + 210, "SAM DISK  ", 10);
	memcpy(disk + (size_t)4 * 2 * 5120 + 256, "BOO\xd4", 4);
}

/* ---- DEC ---- */

static void sum_home(uint8_t *home)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < 510; i += 2)
		sum += mun_le16(home + i);
	mun_put_le16(home + 510, (uint16_t)sum);
}

/* "RT11SJ.SYS" in Radix-50: 18 * 1600 + 20 * 40 + 28 (RT1: R 18, T 20, 1 31) */
void make_rt11(uint8_t *disk)
{
	uint8_t *home = disk + BLOCK;
	uint8_t *s = disk + (size_t)6 * BLOCK;

	mun_put_le16(disk, 0240);
	mun_put_le16(home + 468, 6);
	memcpy(home + 472, "RT11A       SYSTEM      DECRT11A    ", 36);
	mun_put_le16(s, 4);
	mun_put_le16(s + 4, 1);
	mun_put_le16(s + 8, 14);
	mun_put_le16(s + 10, 0x0400);
	mun_put_le16(s + 12, 18 * 1600 + 20 * 40 + 31);
	mun_put_le16(s + 14, 31 * 1600 + 19 * 40 + 10);
	mun_put_le16(s + 16, 19 * 1600 + 25 * 40 + 19);
	mun_put_le16(s + 18, 77);
	mun_put_le16(s + 24, 0x0800);
}

void make_ods1(uint8_t *disk)
{
	uint8_t *home = disk + BLOCK;

	mun_put_le16(home + 12, 0401);
	memcpy(home + 472, "RSXM38      [001,001]   DECFILE11A  ", 36);
	sum_home(home);
}

void make_ods2(uint8_t *disk)
{
	uint8_t *home = disk + BLOCK;

	mun_put_le16(home + 12, 0x0201);
	mun_put_le16(home + 14, 3);
	memcpy(home + 472, "VAXVMSRL4   SYSTEM      DECFILE11B  ", 36);
	sum_home(home);
}
