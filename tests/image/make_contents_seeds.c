/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/make_contents_seeds.c - the seeds of the fuzz target contents
 *
 * Writes DIR/NAME, sparse as tests/fuzz/sparse_input.h tells, the same for
 * ever; DIR, its argument, is tests/fuzz/corpus/contents.
 */
#include "core/bytes.h"
#include "core/check.h"
#include "tests/image/make_contents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT 256u

static void fat(uint8_t *p)
{
	static const char *const names[] = { "IO      SYS", "/WINDOWS    ",
					     NULL };

	made_fat(p, names);
	made_boot(p, 62, "IO      SYS");
}

static void minix(uint8_t *p)
{
	made_minix(p, 1);
}

static void minix3(uint8_t *p)
{
	made_minix(p, 3);
}

static void ufs(uint8_t *p)
{
	made_ufs(p, 1);
}

static void bsd(uint8_t *p)
{
	memcpy(p + 446, "\x80\0\0\0\xa5\0\0\0\x3f\0\0\0\0\x0f\0\0", 16);
	memcpy(p + 510, "\x55\xaa", 2);
	made_bsd(p, (size_t)64 * 512);
}

static const struct {
	const char *name;
	void (*make)(uint8_t *p);
	size_t bytes;
} seeds[] = {
	{ "fat", fat, 1474560 },
	{ "fat-atari", made_atari, 737280 },
	{ "fat-msx", made_msx, 737280 },
	{ "fat-dos1", made_dos1, 327680 },
	{ "fat-efi", made_fat32_efi, MADE_BYTES },
	{ "exfat", made_exfat, MADE_BYTES },
	{ "ntfs", made_ntfs, MADE_BYTES },
	{ "hpfs", made_hpfs, MADE_BYTES },
	{ "ext2", made_ext2, MADE_BYTES },
	{ "ext4", made_ext4, MADE_BYTES },
	{ "minix", minix, 737280 },
	{ "minix3", minix3, 737280 },
	{ "befs", made_befs, MADE_BYTES },
	{ "ufs", ufs, MADE_BYTES },
	{ "xfs", made_xfs, MADE_BYTES },
	{ "swap", made_swap, MADE_BYTES },
	{ "iso", made_iso, 1228800 },
	{ "high-sierra", made_high_sierra, 1024000 },
	{ "udf", made_udf, MADE_BYTES },
	{ "apm", made_apm, MADE_BYTES },
	{ "rdb", made_rdb, MADE_BYTES },
	{ "ahdi", made_ahdi, MADE_BYTES },
	{ "icd", made_icd, MADE_BYTES },
	{ "mbr-bsd", bsd, MADE_BYTES },
	{ "sun", made_sun, MADE_BYTES },
};

static int is_zero(const uint8_t *p)
{
	for (size_t i = 0; i < UNIT; i++)
		if (p[i])
			return 0;
	return 1;
}

/* A record for each unit that is not all zeros, without the zeros at its end. */
static void put(FILE *out, const uint8_t *p, size_t bytes)
{
	uint8_t head[16] = "SPARSE";

	mun_put_le64(head + 8, bytes);
	(void)fwrite(head, 1, sizeof(head), out);
	for (size_t i = 0; i < bytes / UNIT; i++) {
		const uint8_t *unit = p + i * UNIT;
		uint8_t record[6];
		size_t len = UNIT;

		if (is_zero(unit))
			continue;
		while (!unit[len - 1])
			len--;
		mun_put_le32(record, (uint32_t)i);
		mun_put_le16(record + 4, (uint16_t)len);
		(void)fwrite(record, 1, sizeof(record), out);
		(void)fwrite(unit, 1, len, out);
	}
}

int main(int argc, char **argv)
{
	uint8_t *p = malloc(MADE_BYTES);

	if (argc != 2 || !p)
		return 2;
	for (size_t i = 0; i < MUN_COUNT(seeds); i++) {
		char path[4096];
		FILE *out;

		(void)snprintf(path, sizeof(path), "%s/%s", argv[1],
			       seeds[i].name);
		out = fopen(path, "we");
		if (!out)
			return 2;
		memset(p, 0, MADE_BYTES);
		seeds[i].make(p);
		put(out, p, seeds[i].bytes);
		if (fclose(out))
			return 2;
	}
	free(p);
	return 0;
}
