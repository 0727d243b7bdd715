/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_floppy.c - floppies by boot sector and by size; FAT labels */
#include "core/check.h"
#include "image/fat.h"
#include "tests/image/make.h"
#include "tests/support/support.h"

#include <stdio.h>

static void assert_floppy(const struct seen *s, const char *variant,
			  uint32_t cylinders, uint32_t heads, uint32_t sectors)
{
	assert_string_equal(s->format, "floppy");
	assert_string_equal(s->img.variant, variant);
	assert_int_equal(s->img.medium, MUN_MEDIUM_FLOPPY);
	assert_int_equal(s->img.geometry.cylinders, cylinders);
	assert_int_equal(s->img.geometry.heads, heads);
	assert_int_equal(s->img.geometry.sectors, sectors);
	assert_int_equal(s->img.ntracks, 1);
	assert_int_equal(s->track.session, 1);
	assert_int_equal(s->track.number, 1);
	assert_int_equal(s->track.mode, MUN_TRACK_DATA);
	assert_int_equal(s->track.sectors * s->track.sector_bytes,
			 s->img.bytes);
}

/* Sizes: imaging literature and the tables of mtools (mtools.conf) and
 * libdsk; nothing on them. */
static void a_known_size_is_a_floppy(void **state)
{
	static const struct {
		size_t bytes;
		const char *name;
		uint32_t sector_bytes, c, h, s;
	} cases[] = {
		{ 163840, "160K 5.25-inch SS DD", 512, 40, 1, 8 },
		{ 184320, "180K 5.25-inch SS DD", 512, 40, 1, 9 },
		{ 256256, "250K 8-inch SS SD", 128, 77, 1, 26 },
		{ 327680, "320K 5.25-inch DD", 512, 40, 2, 8 },
		{ 368640, "360K 5.25-inch DD", 512, 40, 2, 9 },
		{ 409600, "400K 3.5-inch SS DD", 512, 0, 0, 0 },
		{ 655360, "640K 3.5-inch DD", 512, 80, 2, 8 },
		{ 737280, "720K 3.5-inch DD", 512, 80, 2, 9 },
		{ 819200, "800K 3.5-inch DD", 512, 0, 0, 0 },
		{ 1228800, "1200K 5.25-inch HD", 512, 80, 2, 15 },
		{ 1261568, "1232K 2HD (PC-98)", 1024, 77, 2, 8 },
		{ 1474560, "1440K 3.5-inch HD", 512, 80, 2, 18 },
		{ 1720320, "1680K 3.5-inch HD (DMF)", 512, 80, 2, 21 },
		{ 1763328, "1722K 3.5-inch HD", 512, 82, 2, 21 },
		{ 1884160, "1840K 3.5-inch HD (XDF)", 512, 0, 0, 0 },
		{ 2949120, "2880K 3.5-inch ED", 512, 80, 2, 36 },
	};
	uint8_t *disk = calloc(1, 2949120);
	char variant[80];

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct seen s = look(disk, cases[i].bytes, NULL);

		snprintf(variant, sizeof(variant),
			 "%s, no file system recognised", cases[i].name);
		assert_floppy(&s, variant, cases[i].c, cases[i].h, cases[i].s);
		assert_int_equal(s.img.sector_bytes, cases[i].sector_bytes);
		assert_string_equal(s.img.volume_label, "");
		assert_string_equal(s.img.puid, "");
		/* One byte more or less is nothing that a drive can make. */
		assert_string_equal(look(disk, cases[i].bytes - 1, NULL).format,
				    "raw");
	}
	free(disk);
}

static void ambiguous_sizes_are_noted(void **state)
{
	static const size_t sizes[] = { 368640, 409600,  737280,
					819200, 1261568, 1884160 };
	uint8_t *disk = calloc(1, 1884160);

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sizes); i++)
		assert_string_not_equal(look(disk, sizes[i], NULL).img.note,
					"");
	assert_string_equal(look(disk, 1474560, NULL).img.note, "");
	free(disk);
}

static void a_boot_sector_that_agrees_wins_over_size(void **state)
{
	static const struct {
		uint32_t spt, heads, sectors, spc, root, spf;
		uint8_t media;
		const char *variant;
		uint32_t cylinders;
	} cases[] = {
		{ 18, 2, 2880, 1, 224, 9, 0xf0, "1440K 3.5-inch HD, FAT12",
		  80 },
		{ 9, 2, 720, 2, 112, 2, 0xfd, "360K 5.25-inch DD, FAT12", 40 },
		/* Atari ST: F8 is single-sided */
		{ 9, 1, 720, 2, 112, 5, 0xf8, "360K 3.5-inch SS DD, FAT12",
		  80 },
		{ 21, 2, 3444, 1, 224, 11, 0xf0, "1722K 3.5-inch HD, FAT12",
		  82 },
		/* 2M and FDFORMAT make such: no name, but a geometry */
		{ 20, 2, 3280, 2, 224, 5, 0xf0,
		  "1640K floppy, 82 x 2 x 20, FAT12", 82 },
		{ 10, 2, 1600, 2, 112, 3, 0xf9, "800K 3.5-inch DD, FAT12", 80 },
	};
	uint8_t *disk = calloc(1, 3444 * 512);

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct make_fat f = make_1440k;
		struct seen s;

		f.sectors_per_track = cases[i].spt;
		f.heads = cases[i].heads;
		f.sectors = cases[i].sectors;
		f.cluster_sectors = cases[i].spc;
		f.root_entries = cases[i].root;
		f.fat16_sectors = cases[i].spf;
		f.media = cases[i].media;
		memset(disk, 0, 3444 * 512);
		make_fat(disk, &f);
		s = look(disk, (size_t)f.sectors * 512, NULL);
		assert_floppy(&s, cases[i].variant, cases[i].cylinders,
			      cases[i].heads, cases[i].spt);
		assert_string_equal(s.img.puid, "fmt/1087");
	}
	free(disk);
}

/* What Hatari's TOS asks for, and what a disk that TOS formatted has. */
static void an_atari_st_is_told_by_its_boot_sector(void **state)
{
	struct make_fat f = make_1440k;
	uint8_t *disk = calloc(1, 737280);
	unsigned int sum = 0;
	struct seen s;

	(void)state;
	f.sectors_per_track = 9;
	f.sectors = 1440;
	f.cluster_sectors = 2;
	f.root_entries = 112;
	f.fat16_sectors = 5;
	f.media = 0xf9;
	make_fat(disk, &f);
	s = look(disk, 737280, NULL);
	assert_string_equal(s.img.variant, "720K 3.5-inch DD, FAT12");
	memcpy(disk, "\0\0NNNNNN", 8);
	s = look(disk, 737280, NULL);
	assert_string_equal(s.img.variant, "720K 3.5-inch DD, FAT12, Atari ST");
	memcpy(disk, "\x60\x38", 2);
	for (size_t i = 0; i < 510; i += 2)
		sum += (unsigned int)disk[i] << 8 | disk[i + 1];
	sum = 0x1234 - sum;
	disk[510] = (uint8_t)(sum >> 8);
	disk[511] = (uint8_t)sum;
	s = look(disk, 737280, NULL);
	assert_string_equal(s.img.variant, "720K 3.5-inch DD, FAT12, Atari ST");
	assert_non_null(strstr(s.img.note, "runs its boot sector"));
	memset(disk, 0, 737280);
	memcpy(disk + 508, "\x12\x33\0\1", 4);
	s = look(disk, 737280, "floppy");
	assert_non_null(strstr(s.img.variant, "Atari ST"));
	free(disk);
}

/* A PC-98 floppy: 1024-byte sectors. */
static void sectors_may_have_another_size(void **state)
{
	struct make_fat f = make_1440k;
	uint8_t *disk = calloc(1, 1261568);
	struct seen s;

	(void)state;
	f.sector_bytes = 1024;
	f.sectors = 1232;
	f.sectors_per_track = 8;
	f.root_entries = 192;
	f.fat16_sectors = 2;
	f.media = 0xfe;
	f.root_label = "PC98       ";
	make_fat(disk, &f);
	s = look(disk, 1261568, NULL);
	assert_floppy(&s, "1232K 2HD (PC-98), FAT12", 77, 2, 8);
	assert_int_equal(s.img.sector_bytes, 1024);
	assert_string_equal(s.img.volume_label, "PC98");
	free(disk);
}

static void a_cut_or_padded_floppy_is_one_and_says_so(void **state)
{
	uint8_t *disk = calloc(1, 1474560 + 1024);
	struct seen s;

	(void)state;
	make_fat(disk, &make_1440k);
	s = look(disk, 1474560 - 100000, NULL);
	assert_string_equal(s.format, "floppy");
	assert_int_equal(s.img.geometry.cylinders, 80);
	assert_int_equal(s.img.bytes, 1474560 - 100000);
	assert_string_equal(s.img.note,
			    "image is 100000 bytes shorter than its volume");
	s = look(disk, 1474560 + 1024, NULL);
	assert_string_equal(s.format, "floppy");
	assert_string_equal(s.img.note, "1024 bytes follow the volume");
	free(disk);
}

static void a_boot_sector_without_its_fat_is_told(void **state)
{
	uint8_t *disk = calloc(1, 1474560);
	struct seen s;

	(void)state;
	make_fat(disk, &make_1440k);
	memset(disk + 512, 0xf6, 512);
	s = look(disk, 1474560, NULL);
	assert_floppy(&s, "1440K 3.5-inch HD, no file system recognised", 80, 2,
		      18);
	assert_non_null(strstr(s.img.note, "a FAT that is not there"));
	assert_string_equal(s.img.puid, "");
	free(disk);
}

static void a_disk_of_dos_1_is_known_by_its_media_byte(void **state)
{
	uint8_t *disk = calloc(1, 327680);

	(void)state;
	memcpy(disk + 512, "\xff\xff\xff", 3);
	assert_string_equal(look(disk, 327680, NULL).img.variant,
			    "320K 5.25-inch DD, FAT12");
	/* The byte of another size proves nothing. */
	disk[512] = 0xfe;
	assert_string_equal(look(disk, 327680, NULL).img.variant,
			    "320K 5.25-inch DD, no file system recognised");
	assert_string_equal(look(disk, 163840, NULL).img.variant,
			    "160K 5.25-inch SS DD, FAT12");
	free(disk);
}

/* "adf" has it before "floppy", which is asked for by name. */
static void an_amiga_disk_is_named(void **state)
{
	uint8_t *disk = calloc(1, 1802240);
	struct seen s;

	(void)state;
	memcpy(disk, "DOS\1", 4);
	s = look(disk, 901120, "floppy");
	assert_floppy(&s, "880K Amiga DD, AmigaDOS FFS, type 1", 80, 2, 11);
	assert_string_equal(s.img.puid, "fmt/1361");
	disk[3] = 0;
	s = look(disk, 1802240, "floppy");
	assert_floppy(&s, "1760K Amiga HD, AmigaDOS OFS, type 0", 80, 2, 22);
	disk[3] = 8;
	s = look(disk, 901120, "floppy");
	assert_floppy(&s, "880K Amiga DD, no file system recognised", 80, 2,
		      11);
	free(disk);
}

static void a_small_disk_of_a_floppys_size_is_a_disk(void **state)
{
	uint8_t *disk = calloc(1, 1474560);
	struct seen s;

	(void)state;
	make_mbr_entry(disk, 0, 0x80, 0x83, 1, 350);
	s = look(disk, 1474560, NULL);
	assert_string_equal(s.format, "raw");
	assert_int_equal(s.img.medium, MUN_MEDIUM_DISK);
	/* By name it is still opened as what was asked for. */
	assert_string_equal(look(disk, 1474560, "floppy").format, "floppy");
	free(disk);
}

static void a_hard_disks_boot_sector_is_no_floppy(void **state)
{
	struct make_fat f = make_1440k;
	uint8_t *disk = calloc(1, 4 << 20);
	struct seen s;

	(void)state;
	f.media = 0xf8;
	f.sectors = 8192;
	f.cluster_sectors = 4;
	f.fat16_sectors = 6;
	f.sectors_per_track = 32;
	f.heads = 64;
	make_fat(disk, &f);
	s = look(disk, 4 << 20, NULL);
	assert_string_equal(s.format, "raw");
	assert_string_equal(s.img.variant, "FAT12 volume");
	/* 2 heads and few sectors, but no floppy has 128 cylinders */
	f.sectors_per_track = 32;
	f.heads = 2;
	make_fat(disk, &f);
	assert_string_equal(look(disk, 4 << 20, NULL).format, "raw");
	/* what a floppy drive could do, but F8, and no floppy has this size */
	f.sectors = 32 * 2 * 60;
	make_fat(disk, &f);
	assert_string_equal(look(disk, 32 * 2 * 60 * 512, NULL).format, "raw");
	disk[21] = 0xf0;
	assert_string_equal(look(disk, 32 * 2 * 60 * 512, NULL).format,
			    "floppy");
	free(disk);
}

static void the_label_comes_from_the_root_directory(void **state)
{
	static const struct {
		const char *boot, *root, *want;
	} cases[] = {
		{ NULL, NULL, "" },
		{ "NO NAME    ", NULL, "" },
		{ "BOOT LABEL ", NULL, "BOOT LABEL" },
		{ "BOOT LABEL ", "ROOT LABEL ", "ROOT LABEL" },
		{ NULL, "A\\B", "A\\\\B" },
		{ NULL, "\x8e\x99\x9a        ", "\\x8e\\x99\\x9a" },
		/* Valid UTF-8 by chance, but a DOS name is in a code page. */
		{ NULL, "\xc3\xa4         ", "\\xc3\\xa4" },
		{ NULL, "\005ABC       ", "\\xe5ABC" },
		{ NULL, "\xe5GONE      ", "" },
		{ NULL, "           ", "" },
		{ "A\nB\x7f       ", NULL, "A\\x0aB\\x7f" },
	};
	uint8_t *disk = calloc(1, 1474560);

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct make_fat f = make_1440k;
		char label[12] = { 0 };

		memset(disk, 0, 20 * 512);
		f.boot_label = cases[i].boot;
		if (cases[i].root) {
			memcpy(label, cases[i].root, strlen(cases[i].root));
			f.root_label = label;
		}
		make_fat(disk, &f);
		assert_string_equal(look(disk, 1474560, NULL).img.volume_label,
				    cases[i].want);
	}
	free(disk);
}

/* Part of a long file name has the volume bit too, and so may a file that was
 * deleted; what follows the end mark is old. */
static void other_entries_are_not_labels(void **state)
{
	uint8_t *disk = calloc(1, 1474560);
	uint8_t *root = disk + 19 * 512;

	(void)state;
	make_fat(disk, &make_1440k);
	memcpy(root, "AF\0I\0L\0E\0\0\0\x0f", 12);
	memcpy(root + 32, "FILE    TXT\x20", 12);
	memcpy(root + 64, "\xe5LABEL     \x08", 12);
	memcpy(root + 96, "DIR        \x10", 12);
	memcpy(root + 160, "OLD        \x08", 12);
	assert_string_equal(look(disk, 1474560, NULL).img.volume_label, "");
	memcpy(root + 128, "NEW        \x28", 12);
	assert_string_equal(look(disk, 1474560, NULL).img.volume_label, "NEW");
	free(disk);
}

/* The last entry of the root directory, 14 sectors on. */
static void the_whole_root_directory_is_searched(void **state)
{
	uint8_t *disk = calloc(1, 1474560);
	uint8_t *root = disk + 19 * 512;

	(void)state;
	make_fat(disk, &make_1440k);
	for (int i = 0; i < 224; i++)
		memcpy(root + 32 * i, "FILE    TXT\x20", 12);
	memcpy(root + 32 * 223, "LAST       \x08", 12);
	assert_string_equal(look(disk, 1474560, NULL).img.volume_label, "LAST");
	/* One further is data. */
	memcpy(root + 32 * 223, "FILE    TXT\x20", 12);
	memcpy(root + 32 * 224, "DATA       \x08", 12);
	assert_string_equal(look(disk, 1474560, NULL).img.volume_label, "");
	free(disk);
}

/* Each field wrong by itself makes it no FAT: Microsoft's paper, "BPB". */
static void a_boot_sector_with_one_wrong_field_is_none(void **state)
{
	static const struct {
		size_t off;
		uint8_t bytes[2];
		size_t len;
	} cases[] = {
		{ 11, { 0x01, 0x02 }, 2 }, /* 513 bytes per sector */
		{ 11, { 0x00, 0x00 }, 2 },
		{ 11, { 0x40, 0x00 }, 2 }, /* 64 */
		{ 11, { 0x00, 0x20 }, 2 }, /* 8192 */
		{ 13, { 0 }, 1 }, /* sectors per cluster */
		{ 13, { 3 }, 1 },
		{ 14, { 0, 0 }, 2 }, /* reserved */
		{ 16, { 0 }, 1 }, /* FATs */
		{ 16, { 5 }, 1 },
		{ 17, { 0, 0 }, 2 }, /* root entries, with FAT12 */
		{ 19, { 33, 0 }, 2 }, /* no sector left for data */
		{ 19, { 0, 0 }, 2 }, /* and 0 at 32 too */
		{ 21, { 0xf7 }, 1 }, /* media */
		{ 22, { 1, 0 }, 2 }, /* FAT too short for the clusters */
		{ 22, { 0, 0 }, 2 }, /* FAT32 that has no root */
	};
	struct mun_fat fat;
	uint8_t disk[512 * 20];

	(void)state;
	memset(disk, 0, sizeof(disk));
	make_fat(disk, &make_1440k);
	assert_true(mun_fat_parse(disk, &fat));
	assert_int_equal(fat.type, MUN_FAT12);
	assert_int_equal(fat.clusters, 2847);
	assert_int_equal(fat.data, 33);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t boot[512];

		memcpy(boot, disk, sizeof(boot));
		memcpy(boot + cases[i].off, cases[i].bytes, cases[i].len);
		if (mun_fat_parse(boot, &fat) || fat.type != MUN_FAT_NONE)
			fail_msg("case %zu", i);
	}
}

static void a_root_cluster_outside_is_no_fat32(void **state)
{
	static const struct {
		uint32_t cluster;
		bool possible;
	} cases[] = {
		{ 0, false },    { 1, false },     { 2, true },
		{ 65929, true }, { 65930, false }, { UINT32_MAX, false }
	};
	struct mun_fat fat;
	uint8_t boot[512] = { 0 };

	(void)state;
	memcpy(boot + 11, "\0\2\1\x20\0\2", 6);
	put_le32(boot + 32, 67000);
	boot[21] = 0xf8;
	put_le32(boot + 36, 520);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		put_le32(boot + 44, cases[i].cluster);
		assert_int_equal(mun_fat_parse(boot, &fat), cases[i].possible);
		assert_int_equal(fat.clusters, 67000 - 32 - 2 * 520);
	}
}

/* The borders of Microsoft's paper, "FAT Type Determination". */
static void the_type_follows_from_the_clusters(void **state)
{
	static const struct {
		uint32_t clusters;
		enum mun_fat_type type;
	} cases[] = {
		{ 4084, MUN_FAT12 },
		{ 4085, MUN_FAT16 },
		{ 65524, MUN_FAT16 },
		{ 65525, MUN_FAT_NONE },
	};
	struct mun_fat fat;
	uint8_t *disk = calloc(1, 1 << 20);

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct make_fat f = make_1440k;

		f.fat16_sectors = 256;
		f.root_entries = 16;
		f.sectors = 1 + 2 * 256 + 1 + cases[i].clusters;
		memset(disk, 0, 512);
		make_fat(disk, &f);
		(void)mun_fat_parse(disk, &fat);
		assert_int_equal(fat.type, cases[i].type);
	}
	free(disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_known_size_is_a_floppy),
		cmocka_unit_test(ambiguous_sizes_are_noted),
		cmocka_unit_test(a_boot_sector_that_agrees_wins_over_size),
		cmocka_unit_test(an_atari_st_is_told_by_its_boot_sector),
		cmocka_unit_test(sectors_may_have_another_size),
		cmocka_unit_test(a_cut_or_padded_floppy_is_one_and_says_so),
		cmocka_unit_test(a_boot_sector_without_its_fat_is_told),
		cmocka_unit_test(a_disk_of_dos_1_is_known_by_its_media_byte),
		cmocka_unit_test(an_amiga_disk_is_named),
		cmocka_unit_test(a_small_disk_of_a_floppys_size_is_a_disk),
		cmocka_unit_test(a_hard_disks_boot_sector_is_no_floppy),
		cmocka_unit_test(the_label_comes_from_the_root_directory),
		cmocka_unit_test(other_entries_are_not_labels),
		cmocka_unit_test(the_whole_root_directory_is_searched),
		cmocka_unit_test(a_boot_sector_with_one_wrong_field_is_none),
		cmocka_unit_test(a_root_cluster_outside_is_no_fat32),
		cmocka_unit_test(the_type_follows_from_the_clusters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
