/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_raw.c - raw sectors: partition tables and bare volumes */
#include "core/check.h"
#include "image/partition.h"
#include "tests/image/make.h"
#include "tests/support/support.h"

#define BYTES ((size_t)1 << 20)

static uint8_t *new_disk(void)
{
	uint8_t *disk = calloc(1, BYTES);

	assert_non_null(disk);
	return disk;
}

static struct mun_table table_of(const uint8_t *disk, size_t bytes)
{
	mun_auto(source) *src = NULL;
	struct mun_table t;
	struct mun_err e;

	assert_int_equal(mun_source_from_memory(disk, bytes, &src, &e), 0);
	assert_int_equal(mun_table_read(src, &t, &e), 0);
	return t;
}

static void anything_that_is_not_empty_is_raw(void **state)
{
	static const size_t sizes[] = { 1, 511, 512, 513, 4096 };
	uint8_t *disk = new_disk();

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		struct seen s = look(disk, sizes[i], NULL);

		assert_string_equal(s.format, "raw");
		assert_string_equal(s.img.variant,
				    "no partition table recognised");
		assert_int_equal(s.img.bytes, sizes[i]);
		assert_int_equal(s.img.sector_bytes, 512);
		assert_int_equal(s.track.sectors, (sizes[i] + 511) / 512);
		assert_int_equal(s.img.note[0] != '\0', sizes[i] % 512 != 0);
	}
	free(disk);
}

static void an_empty_source_is_nothing(void **state)
{
	(void)state;
	assert_int_equal(look_fails((const uint8_t *)"", 0, NULL, NULL, 0),
			 MUN_EUNSUPPORTED);
	assert_int_equal(look_fails((const uint8_t *)"", 0, "raw", NULL, 0),
			 MUN_EUNSUPPORTED);
}

static void an_mbr_is_told_with_its_logical_partitions(void **state)
{
	uint8_t *disk = new_disk();
	struct mun_table t;
	struct seen s;

	(void)state;
	make_mbr_entry(disk, 0, 0x80, 0x06, 63, 100);
	make_mbr_entry(disk, 1, 0, 0x05, 200, 1000);
	make_mbr_entry(disk + 200 * 512, 0, 0, 0x06, 10, 50);
	make_mbr_entry(disk + 200 * 512, 1, 0, 0x05, 100, 60);
	make_mbr_entry(disk + 300 * 512, 0, 0, 0x83, 1, 59);
	s = look(disk, BYTES, NULL);
	assert_string_equal(s.img.variant, "MBR, 3 partitions");
	assert_string_equal(s.img.note, "");
	assert_int_equal(s.img.medium, MUN_MEDIUM_DISK);
	t = table_of(disk, BYTES);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.part[0].number, 1);
	assert_true(t.part[0].active);
	assert_int_equal(t.part[1].number, 5);
	assert_int_equal(t.part[1].start, 210);
	assert_int_equal(t.part[1].sectors, 50);
	assert_int_equal(t.part[2].number, 6);
	assert_int_equal(t.part[2].start, 301);
	assert_int_equal(t.part[2].mbr_type, 0x83);
	free(disk);
}

static void a_chain_in_a_circle_ends(void **state)
{
	uint8_t *disk = new_disk();
	struct mun_table t;

	(void)state;
	make_mbr_entry(disk, 0, 0, 0x0f, 200, 1000);
	make_mbr_entry(disk + 200 * 512, 0, 0, 0x06, 1, 50);
	make_mbr_entry(disk + 200 * 512, 1, 0, 0x05, 100, 60);
	make_mbr_entry(disk + 300 * 512, 0, 0, 0x06, 1, 50);
	make_mbr_entry(disk + 300 * 512, 1, 0, 0x05, 0, 60);
	t = table_of(disk, BYTES);
	assert_int_equal(t.n, 2);
	assert_true(t.more);
	assert_non_null(strstr(look(disk, BYTES, NULL).img.note, "broken"));
	free(disk);
}

static void a_very_long_chain_ends(void **state)
{
	uint8_t *disk = new_disk();
	struct mun_table t;

	(void)state;
	make_mbr_entry(disk, 0, 0, 0x05, 1, 2000);
	for (uint32_t i = 0; i < 1000; i++) {
		make_mbr_entry(disk + (1 + i) * 512, 0, 0, 0x06, 1, 1);
		make_mbr_entry(disk + (1 + i) * 512, 1, 0, 0x05, i + 1, 60);
	}
	t = table_of(disk, BYTES);
	assert_int_equal(t.n, MUN_PARTITIONS_MAX);
	assert_true(t.more);
	free(disk);
}

static void a_chain_that_leads_nowhere_is_told(void **state)
{
	uint8_t *disk = new_disk();
	struct mun_table t;

	(void)state;
	make_mbr_entry(disk, 0, 0, 0x06, 1, 50);
	make_mbr_entry(disk, 1, 0, 0x05, 0xfffffff0, 0xff);
	t = table_of(disk, BYTES);
	assert_int_equal(t.kind, MUN_TABLE_MBR);
	assert_int_equal(t.n, 1);
	assert_true(t.more);
	free(disk);
}

static void a_partition_past_the_end_is_noted(void **state)
{
	uint8_t *disk = new_disk();

	(void)state;
	make_mbr_entry(disk, 0, 0, 0x06, 1, 2048);
	assert_string_equal(look(disk, BYTES, NULL).img.note,
			    "a partition ends beyond the image");
	make_mbr_entry(disk, 0, 0, 0x06, 1, 2047);
	assert_string_equal(look(disk, BYTES, NULL).img.note, "");
	free(disk);
}

/* 55 AA alone says nothing: what would make the rest no table? */
static void what_only_looks_like_an_mbr_is_none(void **state)
{
	static const struct {
		uint8_t status;
		uint32_t start, sectors; /* of a second partition */
	} cases[] = {
		{ 0xc3, 200, 10 }, /* no such status */
		{ 0x00, 200, 0 }, /* a type, but no length */
		{ 0x00, 50, 100 }, /* over the first */
		{ 0x00, 99, 1 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t *disk = new_disk();

		make_mbr_entry(disk, 0, 0, 0x06, 1, 99);
		make_mbr_entry(disk, 2, cases[i].status, 0x06, cases[i].start,
			       cases[i].sectors);
		assert_int_equal(table_of(disk, BYTES).kind, MUN_TABLE_NONE);
		free(disk);
	}
}

static void an_empty_signed_sector_is_no_table(void **state)
{
	uint8_t *disk = new_disk();
	struct seen s;

	(void)state;
	make_mbr_entry(disk, 0, 0, 0, 0, 0);
	s = look(disk, BYTES, NULL);
	assert_string_equal(s.img.variant, "no partition table recognised");
	assert_non_null(strstr(s.img.note, "signed"));
	free(disk);
}

static void a_gpt_is_told_before_the_mbr_that_protects_it(void **state)
{
	uint8_t *disk = new_disk();
	struct mun_table t;
	struct seen s;

	(void)state;
	make_gpt(disk, BYTES, 3);
	s = look(disk, BYTES, NULL);
	assert_string_equal(s.img.variant, "GPT, 3 partitions");
	assert_string_equal(s.img.note, "");
	t = table_of(disk, BYTES);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.part[2].number, 3);
	assert_int_equal(t.part[2].start, 80);
	assert_int_equal(t.part[2].sectors, 8);
	assert_int_equal(t.part[2].type_guid[0], 0xa5);
	free(disk);
}

/* Any byte that a sum covers: then the copy at the end is taken. */
static void a_damaged_gpt_falls_back_on_its_copy(void **state)
{
	static const size_t bytes[] = {
		512, 512 + 16, 512 + 40, 512 + 72, 1024, 1024 + 128 * 128 - 1
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(bytes); i++) {
		uint8_t *disk = new_disk();
		struct seen s;

		make_gpt(disk, BYTES, 2);
		disk[bytes[i]] ^= 1;
		s = look(disk, BYTES, NULL);
		assert_string_equal(s.img.variant, "GPT, 2 partitions");
		assert_non_null(strstr(s.img.note, "backup"));
		/* Both damaged: the protecting MBR is what is left. */
		disk[BYTES - 512 + 20] ^= 1;
		disk[BYTES - 512 + 40] ^= 1;
		assert_string_equal(look(disk, BYTES, NULL).img.variant,
				    "MBR, 1 partition");
		free(disk);
	}
}

static void a_hostile_gpt_header_is_refused(void **state)
{
	static const struct {
		size_t off;
		uint32_t value;
	} cases[] = {
		{ 12, 91 },   { 12, 513 },         { 12, 0xffffffff },
		{ 24, 2 },    { 80, 0xffffffff },  { 80, 8193 },
		{ 84, 0 },    { 84, 127 },         { 84, 132 },
		{ 84, 8192 }, { 84, 0x80000000u }, { 76, 0xffffffff },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t *disk = new_disk();

		make_gpt(disk, BYTES - 512, 2); /* so that it has no copy */
		put_le32(disk + 512 + cases[i].off, cases[i].value);
		make_gpt_sum(disk + 512, disk + 1024);
		assert_int_equal(table_of(disk, BYTES).kind, MUN_TABLE_MBR);
		free(disk);
	}
}

static void bare_fat_volumes_are_told_with_their_label(void **state)
{
	struct make_fat f = make_1440k;
	size_t bytes = (size_t)34 << 20;
	uint8_t *disk = calloc(1, bytes);
	struct seen s;

	(void)state;
	f.media = 0xf8;
	f.sectors = 20000;
	f.fat16_sectors = 80;
	f.heads = 16;
	f.sectors_per_track = 63;
	f.root_label = "SIXTEEN    ";
	make_fat(disk, &f);
	s = look(disk, 20000 * 512, NULL);
	assert_string_equal(s.img.variant, "FAT16 volume");
	assert_string_equal(s.img.volume_label, "SIXTEEN");
	assert_string_equal(s.img.puid, "fmt/1087");
	assert_int_equal(s.img.medium, MUN_MEDIUM_DISK);
	memset(disk, 0, 512 * 512);
	f.fat16_sectors = 0;
	f.fat32_sectors = 520;
	f.root_entries = 0;
	f.reserved = 32;
	f.root_cluster = 5;
	f.sectors = 67000;
	f.root_label = "THIRTYTWO  ";
	f.boot_label = "OTHER      ";
	make_fat(disk, &f);
	s = look(disk, 67000 * 512, NULL);
	assert_string_equal(s.img.variant, "FAT32 volume");
	assert_string_equal(s.img.volume_label, "THIRTYTWO");
	assert_string_equal(s.img.note, "");
	/* Cut before the root directory: the boot sector's label is left. */
	s = look(disk, 512 * 512, NULL);
	assert_string_equal(s.img.volume_label, "OTHER");
	assert_non_null(strstr(s.img.note, "shorter than its volume"));
	free(disk);
}

static void magic_bytes_name_other_volumes(void **state)
{
	static const struct {
		size_t off;
		const char *magic;
		size_t len;
		size_t off2;
		const char *magic2;
		size_t len2;
		const char *want;
		uint32_t sector_bytes;
	} cases[] = {
		{ 3, "NTFS    ", 8, 0, "", 0, "NTFS volume", 512 },
		{ 3, "EXFAT   ", 8, 0, "", 0, "exFAT volume", 512 },
		{ 1024, "BD", 2, 1038, "\0\3", 2, "HFS volume", 512 },
		{ 1024, "H+\0\4", 4, 0, "", 0, "HFS Plus volume", 512 },
		{ 1080, "\x53\xef", 2, 1084, "\1", 1, "ext2/3/4 volume", 512 },
		{ 0, "ER\2\0", 4, 512, "PM", 2, "Apple partition map", 512 },
		{ 32777, "CDROM\1", 6, 0, "", 0, "High Sierra volume", 2048 },
		{ 0, "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12, 0, "", 0,
		  "raw CD sectors of 2352 bytes", 2352 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t *disk = new_disk();
		struct seen s;

		memcpy(disk + cases[i].off, cases[i].magic, cases[i].len);
		memcpy(disk + cases[i].off2, cases[i].magic2, cases[i].len2);
		s = look(disk, BYTES, NULL);
		assert_string_equal(s.format, "raw");
		assert_string_equal(s.img.variant, cases[i].want);
		assert_int_equal(s.img.sector_bytes, cases[i].sector_bytes);
		free(disk);
	}
}

/* A sector that is both: code that looks like a table, or a disk with an old
 * boot sector in it. */
static void a_fat_that_is_there_outweighs_a_table(void **state)
{
	struct make_fat f = make_1440k;
	uint8_t *disk = calloc(1, BYTES);

	(void)state;
	f.sectors = BYTES / 512;
	f.media = 0xf8;
	f.heads = 16;
	make_fat(disk, &f);
	make_mbr_entry(disk, 0, 0x80, 0x06, 63, 100);
	assert_string_equal(look(disk, BYTES, NULL).img.variant,
			    "FAT12 volume");
	memset(disk + 512, 0, 512);
	assert_string_equal(look(disk, BYTES, NULL).img.variant,
			    "MBR, 1 partition");
	free(disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anything_that_is_not_empty_is_raw),
		cmocka_unit_test(an_empty_source_is_nothing),
		cmocka_unit_test(an_mbr_is_told_with_its_logical_partitions),
		cmocka_unit_test(a_chain_in_a_circle_ends),
		cmocka_unit_test(a_very_long_chain_ends),
		cmocka_unit_test(a_chain_that_leads_nowhere_is_told),
		cmocka_unit_test(a_partition_past_the_end_is_noted),
		cmocka_unit_test(what_only_looks_like_an_mbr_is_none),
		cmocka_unit_test(an_empty_signed_sector_is_no_table),
		cmocka_unit_test(a_gpt_is_told_before_the_mbr_that_protects_it),
		cmocka_unit_test(a_damaged_gpt_falls_back_on_its_copy),
		cmocka_unit_test(a_hostile_gpt_header_is_refused),
		cmocka_unit_test(bare_fat_volumes_are_told_with_their_label),
		cmocka_unit_test(magic_bytes_name_other_volumes),
		cmocka_unit_test(a_fat_that_is_there_outweighs_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
