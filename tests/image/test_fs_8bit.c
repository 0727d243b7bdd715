/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fs_8bit.c - disks of 8-bit computers and of DEC */
#include "core/bytes.h"
#include "core/check.h"
#include "image/floppy.h"
#include "tests/image/retro.h"
#include "tests/support/support.h"

#define SECTOR ((size_t)256)
#define BLOCK ((size_t)512)

static struct mun_contents seen;

/* A sample of which bytes are changed, and what is seen then. */
struct change {
	const char *sample;
	size_t at;
	const char *bytes; /* without a NUL in them, but for one of length 1 */
	enum mun_boots boots;
	const char *mark; /* that is there; NULL */
	const char *no_mark; /* that is not; NULL */
	bool damaged;
	bool gone; /* it is no such disk any more */
};

static void check(const struct change *c)
{
	const struct retro *r = retro_named(c->sample);
	uint8_t *disk = retro_make(r);
	size_t len = strlen(c->bytes);

	memcpy(disk + c->at, c->bytes, len ? len : 1);
	retro_find(r->finder, disk, r->bytes, r->medium, &seen);
	if (seen.nvolumes != !c->gone)
		fail_msg("%s at %zu: %zu volumes", c->sample, c->at,
			 seen.nvolumes);
	if (!c->gone && (seen.volumes[0].boots != c->boots ||
			 seen.volumes[0].damaged != c->damaged))
		fail_msg("%s at %zu: boots %d (%s), damaged %d", c->sample,
			 c->at, seen.volumes[0].boots,
			 seen.volumes[0].boot_text, seen.volumes[0].damaged);
	if (c->mark)
		assert_mark(&seen, c->mark);
	if (c->no_mark)
		assert_no_mark(&seen, c->no_mark);
	free(disk);
}

static void check_all(const struct change *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(&c[i]);
}

#define YES MUN_BOOTS_YES
#define CODE MUN_BOOTS_CODE
#define NO MUN_BOOTS_NO
#define DATA MUN_BOOTS_DATA

static void commodore_disks_start_their_first_program(void **state)
{
	const size_t head = 357 * SECTOR;
	const size_t dir = 358 * SECTOR;
	const struct change changes[] = {
		{ "1541", 0, "", YES, "cbm-basic", "c128-basic", false, false },
		/* another address, as machine code */
		{ "1541", 336 * SECTOR + 2, "\x10\xc0", CODE, NULL, "cbm-basic",
		  false, false },
		/* 1C01h: a C128 */
		{ "1541", 336 * SECTOR + 2, "\x01\x1c\x0b\x1c", YES,
		  "c128-basic", NULL, false, false },
		/* 1001h: a VIC-20, a Plus/4 */
		{ "1541", 336 * SECTOR + 2, "\x01\x10\x0b\x10", YES,
		  "vic20-basic", "c128-basic", false, false },
		{ "1541", 0, "", YES, NULL, "vic20-basic", false, false },
		{ "1541", 0, "", YES, NULL, "pet-basic", false, false },
		{ "1541", 0, "", YES, NULL, "cbm-geos", false, false },
		/* a sequential file only */
		{ "1541", dir + 2, "\x81", NO, NULL, "cbm-basic", false,
		  false },
		/* ... on a track that is not there */
		{ "1541", dir + 3, "\xff", NO, NULL, NULL, false, false },
		/* the BAM counts one sector less than its bits */
		{ "1541", head + 4, "\x14", YES, NULL, NULL, true, false },
		/* ... and more than there are */
		{ "1541", head + 4, "\x16", NO, NULL, NULL, false, true },
		{ "1541", head + 2, "B", NO, NULL, NULL, false, true },
		/* a directory that leads to itself */
		{ "1541", dir + 1, "\x01", YES, NULL, NULL, false, false },
		{ "1571", 0, "CBM", YES, "cbm-boot", NULL, false, false },
		{ "1581", 0, "", NO, "cbm-geos", NULL, false, false },
		{ "8050", 0, "", YES, "pet-basic", NULL, false, false },
	};

	(void)state;
	check_all(changes, MUN_COUNT(changes));
}

/* Of each zone the first and the last track: the program is found there. */
static void tracks_are_where_their_zones_put_them(void **state)
{
	static const struct {
		uint8_t track;
		size_t before; /* sectors: 21, 19, 18, 17 a track */
	} cases[] = {
		{ 2, 21 },
		{ 17, 16 * 21 },
		{ 19, 17 * 21 + 19 },
		{ 24, 17 * 21 + 6 * 19 },
		{ 25, 17 * 21 + 7 * 19 },
		{ 30, 17 * 21 + 7 * 19 + 5 * 18 },
		{ 31, 17 * 21 + 7 * 19 + 6 * 18 },
		{ 35, 17 * 21 + 7 * 19 + 6 * 18 + 4 * 17 },
	};
	const struct retro *r = retro_named("1541");
	uint8_t *disk = retro_make(r);
	uint8_t basic[SECTOR];

	(void)state;
	memcpy(basic, disk + 336 * SECTOR, SECTOR);
	memset(disk + 336 * SECTOR, 0, SECTOR);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		disk[358 * SECTOR + 3] = cases[i].track;
		assert_int_equal(retro_one(r, disk, &seen)->boots,
				 MUN_BOOTS_CODE);
		memcpy(disk + cases[i].before * SECTOR, basic, SECTOR);
		assert_int_equal(retro_one(r, disk, &seen)->boots,
				 MUN_BOOTS_YES);
		memset(disk + cases[i].before * SECTOR, 0, SECTOR);
	}
	free(disk);
}

static void numbers_of_volumes_are_told(void **state)
{
	static const char *const serials[][2] = {
		{ "1541", "2A" },     { "1581", "81" },     { "8050", "P1" },
		{ "8250", "P1" },     { "dos33", "254" },   { "dos32", "254" },
		{ "adfs-s", "1234" }, { "adfs-e", "BEEF" }, { "kaypro", "" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(serials); i++) {
		const struct retro *r = retro_named(serials[i][0]);
		uint8_t *disk = retro_make(r);

		assert_string_equal(retro_one(r, disk, &seen)->serial,
				    serials[i][1]);
		free(disk);
	}
}

static void sizes_of_volumes_are_told(void **state)
{
	static const struct {
		const char *sample;
		uint64_t bytes;
		uint32_t block;
	} cases[] = {
		{ "1541", 174848, 256 },     { "dos33", 143360, 256 },
		{ "prodos", 143360, 512 },   { "pascal", 143360, 512 },
		{ "ucsd", 204800, 512 },     { "kaypro", 204800, 1024 },
		{ "8inch", 256256, 1024 },   { "plus3", 184320, 1024 },
		{ "dfs", 102400, 256 },      { "adfs-s", 163840, 256 },
		{ "adfs-d", 819200, 1024 },  { "adfs-e", 819200, 1024 },
		{ "adfs-f", 1638400, 1024 }, { "atari-dos", 92160, 128 },
		{ "trdos", 655360, 256 },    { "mgt", 819200, 512 },
		{ "ods2", 0, 1536 },         { "pfs", 65536, 0 },
		{ "sfs", 65536, 512 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		const struct retro *r = retro_named(cases[i].sample);
		uint8_t *disk = retro_make(r);
		const struct mun_contents_volume *v = retro_one(r, disk, &seen);

		if (v->bytes != cases[i].bytes ||
		    v->block_bytes != cases[i].block)
			fail_msg("%s: %llu bytes, blocks of %u", r->name,
				 (unsigned long long)v->bytes, v->block_bytes);
		free(disk);
	}
}

static void a_1541_has_name_and_id(void **state)
{
	const struct retro *r = retro_named("1541");
	uint8_t *disk = retro_make(r);
	const struct mun_contents_volume *v = retro_one(r, disk, &seen);

	(void)state;
	assert_string_equal(v->serial, "2A");
	assert_string_equal(v->boot_text, "LOAD \"*\",8 loads \"FIRST\" at "
					  "0801h, BASIC to RUN");
	assert_string_equal(v->title, "Commodore 1541");
	free(disk);
}

static void apple_disks_start_what_they_hold(void **state)
{
	const size_t root = 2 * BLOCK + 4;
	const struct change changes[] = {
		{ "dos33", 0, "\x01", YES, "apple2-dos", NULL, false, false },
		{ "dos33", 1, "\xa9", CODE, NULL, "apple2-dos", false, false },
		{ "dos33", 17 * 16 * SECTOR + 0x35, "\x0d", NO, NULL, NULL,
		  false, true },
		{ "prodos", 0, "\x01", YES, "apple2-prodos", "apple2-gsos",
		  false, false },
		{ "prodos", 0, "", NO, "apple2-prodos", NULL, false, false },
		/* "QRODOS": no kernel */
		{ "prodos", root + 39 + 1, "Q", CODE, NULL, "apple2-prodos",
		  false, false },
		/* BASIC.SYSTEN */
		{ "prodos", 3 * BLOCK + 4 + 12, "N", CODE, "apple2-prodos",
		  NULL, false, false },
		/* more blocks than are there */
		{ "prodos", root + 38, "\x02", YES, NULL, NULL, true, false },
		/* a directory that leads to itself */
		{ "prodos", 2 * BLOCK + 2, "\x02", CODE, "apple2-prodos", NULL,
		  false, false },
		{ "prodos", root + 31, "\x26", NO, NULL, NULL, false, true },
		{ "pascal", 2 * BLOCK + 26 + 7, "Q", CODE, NULL, NULL, false,
		  false },
		/* a file that ends where it begins */
		{ "pascal", 2 * BLOCK + 26 + 2, "\x06", NO, NULL, NULL, false,
		  true },
	};

	(void)state;
	check_all(changes, MUN_COUNT(changes));
}

static void gs_os_is_in_the_folder_system(void **state)
{
	const struct retro *r = retro_named("prodos");
	uint8_t *disk = retro_make(r);
	uint8_t *e = disk + 2 * BLOCK + 4 + (size_t)2 * 39;
	uint8_t *f = disk + 50 * BLOCK + 4 + 39;

	(void)state;
	e[0] = 0xd6;
	memcpy(e + 1, "SYSTEM", 6);
	e[16] = 0x0f;
	mun_put_le16(e + 17, 50);
	f[0] = 0x2b;
	memcpy(f + 1, "START.GS.OS", 11);
	assert_string_equal(retro_one(r, disk, &seen)->boot_text,
			    "boot block, PRODOS, GS/OS");
	assert_mark(&seen, "apple2-gsos");
	free(disk);
}

static void cpm_is_told_by_its_directory(void **state)
{
	const size_t dir = 10 * BLOCK;
	const size_t plus3 = 9 * BLOCK;
	const struct change changes[] = {
		{ "kaypro", 0, "", YES, "cpm-kaypro", NULL, false, false },
		{ "kaypro", 0, "", YES, "cpm-system", NULL, false, false },
		{ "kaypro", 20 + 11, "QP/M", CODE, "cpm-system", NULL, false,
		  false },
		/* one block of two files */
		{ "kaypro", dir + 64 + 16, "\x02", YES, NULL, NULL, true,
		  false },
		/* a block that is not there; one of the directory */
		{ "kaypro", dir + 16, "\xc3", NO, NULL, NULL, false, true },
		{ "kaypro", dir + 16, "\x01", NO, NULL, NULL, false, true },
		/* user 48, a name with a colon, one that begins with a space */
		{ "kaypro", dir, "0", NO, NULL, NULL, false, true },
		{ "kaypro", dir + 2, ":", NO, NULL, NULL, false, true },
		{ "kaypro", dir + 1, " ", NO, NULL, NULL, false, true },
		/* 129 records; extent 32 */
		{ "kaypro", dir + 15, "\x81", NO, NULL, NULL, false, true },
		{ "kaypro", dir + 12, "\x20", NO, NULL, NULL, false, true },
		{ "plus3", 100, "", YES, "cpm-spectrum-plus3", NULL, false,
		  false },
		/* another sum */
		{ "plus3", 100, "\x01", NO, "cpm-amstrad-pcw",
		  "cpm-spectrum-plus3", false, false },
		{ "plus3", plus3 + 1, "DISK    \x20  ", YES,
		  "cpm-spectrum-plus3", NULL, false, false },
		/* 200 tracks are none: but its size and directory are known */
		{ "plus3", 2, "\xc8", CODE, "cpm-amstrad-pcw", NULL, false,
		  false },
	};

	(void)state;
	check_all(changes, MUN_COUNT(changes));
}

/* A floppy of one track more than usual, of 9 sectors from ID @id on. */
static void find_with_ids(uint8_t id, uint8_t *disk, size_t tracks)
{
	mun_auto(floppy) *f = NULL;
	mun_auto(source) *src = NULL;
	struct mun_image img = { .medium = MUN_MEDIUM_FLOPPY };
	struct mun_fs_place p = { .medium = MUN_MEDIUM_FLOPPY, .img = &img };
	struct mun_err e;

	assert_int_equal(mun_floppy_new(&f, &e), 0);
	for (size_t t = 0; t < tracks; t++) {
		const struct mun_floppy_track track = {
			.cylinder = (uint16_t)t,
		};

		assert_int_equal(mun_floppy_plain_track(f, &track, 9, 512, id,
							disk + t * 9 * BLOCK,
							&e),
				 0);
	}
	img.floppy = f;
	assert_int_equal(
		mun_source_from_memory(disk, tracks * 9 * BLOCK, &src, &e), 0);
	p.src = src;
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(mun_fs_cpm.find(&p, &seen, &e), 0);
}

static void a_cpc_disk_is_told_by_its_ids(void **state)
{
	const size_t tracks = 41;
	uint8_t *disk = malloc(tracks * 9 * BLOCK);

	(void)state;
	assert_non_null(disk);
	memset(disk, 0xe5, tracks * 9 * BLOCK);
	find_with_ids(0xc1, disk, tracks);
	assert_int_equal(seen.nvolumes, 1);
	assert_mark(&seen, "cpm-amstrad-cpc");
	assert_string_equal(seen.volumes[0].title,
			    "CP/M, AMSDOS (Amstrad CPC data)");
	/* Free entries say nothing without such IDs. */
	find_with_ids(0x01, disk, tracks);
	assert_int_equal(seen.nvolumes, 0);
	find_with_ids(0x41, disk, tracks);
	assert_int_equal(seen.nvolumes, 1);
	assert_string_equal(seen.volumes[0].title, "CP/M (Amstrad CPC system)");
	assert_int_equal(seen.volumes[0].boots, MUN_BOOTS_NO);
	/* A directory that only draws, and a file. */
	memset(disk, 0, 64);
	memcpy(disk, "\0!\x06\x1c\x01", 5);
	memcpy(disk + 32, "\0GAME    BAS\0\0\0\x10\2\3", 18);
	find_with_ids(0xc1, disk, tracks);
	assert_int_equal(seen.nvolumes, 1);
	disk[32 + 16] = 1;
	find_with_ids(0xc1, disk, tracks);
	assert_int_equal(seen.nvolumes, 0);
	free(disk);
}

static void a_pcw_boots_with_an_ems_file(void **state)
{
	const struct retro *r = retro_named("plus3");
	uint8_t *disk = retro_make(r);
	const struct mun_contents_volume *v;

	(void)state;
	disk[15] = (uint8_t)(disk[15] - 4); /* the sum is 255 */
	v = retro_one(r, disk, &seen);
	assert_int_equal(v->boots, MUN_BOOTS_CODE);
	assert_mark(&seen, "cpm-amstrad-pcw");
	memcpy(disk + 9 * BLOCK + 1, "J14CPM3 EMS", 11);
	v = retro_one(r, disk, &seen);
	assert_int_equal(v->boots, MUN_BOOTS_YES);
	assert_int_equal(v->block_bytes, 1024);
	free(disk);
}

static void acorn_disks_have_a_boot_option(void **state)
{
	const struct change changes[] = {
		{ "dfs", 0, "E", YES, NULL, NULL, false, false },
		{ "dfs", 262, "\x01", NO, NULL, NULL, false, false },
		{ "dfs", 9, "X", CODE, NULL, NULL, false, false },
		/* a file that begins in the catalogue; sectors 401 */
		{ "dfs", 264 + 7, "\x01", NO, NULL, NULL, false, true },
		{ "dfs", 263, "\x91", NO, NULL, NULL, false, true },
		{ "adfs-s", 0, "", YES, "adfs-8bit", "adfs-riscos", false,
		  false },
		/* of either half of the map */
		{ "adfs-s", 0, "\x01", YES, NULL, NULL, true, false },
		{ "adfs-s", 300, "\x01", YES, NULL, NULL, true, false },
		{ "adfs-s", 512 + 5, "x", CODE, NULL, NULL, false, false },
		/* the directory was written in part: two counts */
		{ "adfs-s", 512, "\x08", NO, NULL, NULL, false, true },
		{ "adfs-d", 0, "", NO, "adfs-riscos", NULL, false, false },
		{ "adfs-e", 0, "", YES, "adfs-riscos", NULL, false, false },
		{ "adfs-e", 2048 + 1, "Mick", NO, NULL, NULL, false, true },
		{ "adfs-f", 0xdff, "\x01", NO, NULL, NULL, false, true },
	};

	(void)state;
	check_all(changes, MUN_COUNT(changes));
}

static void others_say_how_they_start(void **state)
{
	const size_t dos = 360 * (size_t)128;
	const struct change changes[] = {
		{ "atari-dos", 0, "", YES, "atari8-dos", NULL, false, false },
		{ "atari-dos", dos + 5, "X", CODE, NULL, "atari8-dos", false,
		  false },
		{ "atari-dos", 1, "", NO, NULL, NULL, false, false },
		/* a file that begins behind the end */
		{ "atari-dos", dos + 4, "\x10", YES, NULL, NULL, true, false },
		{ "atari-dos", 359 * 128, "\x03", NO, NULL, NULL, false, true },
		{ "trdos", 0, "b", YES, NULL, NULL, false, false },
		{ "trdos", 0, "B", NO, NULL, NULL, false, false },
		{ "trdos", 14, "\x10", YES, NULL, NULL, true, false },
		{ "trdos", 2048 + 231, "\x11", NO, NULL, NULL, false, true },
		{ "mgt", 13, "\x51", NO, NULL, NULL, false, true },
		{ "mgt", 0, "\x02", NO, NULL, "sam-boot", false, false },
		{ "sam", 0, "\x13", YES, "sam-boot", NULL, false, false },
		{ "rt11", 0, "\xa0", YES, "rt11-system", NULL, false, false },
		{ "rt11", 0, "", NO, "rt11-system", NULL, false, false },
		{ "rt11", 64, "?BOOT-U-No boot on volume", DATA, NULL, NULL,
		  false, false },
		{ "rt11", 6 * BLOCK + 16, "\x01", CODE, NULL, "rt11-system",
		  false, false },
		/* entries that never end */
		{ "rt11", 6 * BLOCK + 25, "\x01", YES, NULL, NULL, true,
		  false },
		{ "ods1", BLOCK + 100, "\x01", NO, NULL, NULL, true, false },
		{ "ods2", BLOCK + 505, "C", NO, NULL, NULL, false, true },
	};

	(void)state;
	check_all(changes, MUN_COUNT(changes));
}

/* Seen by the boot sector alone, whoever finds the FAT. */
static void boot_sectors_of_japan_are_marked(void **state)
{
	static const struct {
		size_t at;
		const char *bytes;
		const char *mark;
	} cases[] = {
		{ 0, "\x60\x3c\x90X68IPL30", "x68000-boot" },
		{ 0, "\x60\x1cHudson soft 2.00", "x68000-boot" },
		{ 0, "X68SCSI1", "x68000-boot" },
		{ 0, "\xeb\x3c\x90NEC 5.00\0\4", "pc98-boot" },
		{ 4, "IPL1", "pc98-boot" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t disk[1024] = { 0 };

		memcpy(disk + cases[i].at, cases[i].bytes,
		       i == 3 ? 13 : strlen(cases[i].bytes));
		mun_put_le16(disk + 510, 0xaa55);
		retro_find(&mun_fs_japan, disk, sizeof(disk), MUN_MEDIUM_FLOPPY,
			   &seen);
		assert_int_equal(seen.nvolumes, 0);
		assert_int_equal(seen.nmarks, 1);
		assert_string_equal(seen.marks[0].word, cases[i].mark);
	}
}

/* An OEM id with other sectors, a disk without its signature, a FAT. */
static void other_boot_sectors_are_not_marked(void **state)
{
	static const struct {
		size_t at;
		const char *bytes;
		size_t len;
	} cases[] = {
		{ 0, "\xeb\x3c\x90NEC 5.00\0\2", 13 },
		{ 0, "\xeb\x3c\x90NET 5.00\0\4", 13 },
		{ 0, "\x61\x3c\x90X68IPL30", 11 },
		{ 0, "\x60\x3c\x90X68IPL31", 11 },
		{ 0, "\x60\x1cHudson sofa", 13 },
		{ 4, "IPL1", 4 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t disk[1024] = { 0 };

		memcpy(disk + cases[i].at, cases[i].bytes, cases[i].len);
		retro_find(&mun_fs_japan, disk, sizeof(disk), MUN_MEDIUM_FLOPPY,
			   &seen);
		assert_int_equal(seen.nmarks, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commodore_disks_start_their_first_program),
		cmocka_unit_test(tracks_are_where_their_zones_put_them),
		cmocka_unit_test(numbers_of_volumes_are_told),
		cmocka_unit_test(sizes_of_volumes_are_told),
		cmocka_unit_test(a_1541_has_name_and_id),
		cmocka_unit_test(apple_disks_start_what_they_hold),
		cmocka_unit_test(gs_os_is_in_the_folder_system),
		cmocka_unit_test(cpm_is_told_by_its_directory),
		cmocka_unit_test(a_cpc_disk_is_told_by_its_ids),
		cmocka_unit_test(a_pcw_boots_with_an_ems_file),
		cmocka_unit_test(acorn_disks_have_a_boot_option),
		cmocka_unit_test(others_say_how_they_start),
		cmocka_unit_test(boot_sectors_of_japan_are_marked),
		cmocka_unit_test(other_boot_sectors_are_not_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
