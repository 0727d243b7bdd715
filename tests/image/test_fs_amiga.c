/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fs_amiga.c - volumes of the Amiga, and how they boot */
#include "core/bytes.h"
#include "core/check.h"
#include "tests/image/retro.h"
#include "tests/support/support.h"

#define SECTOR ((size_t)512)

static struct mun_contents seen;

static void every_variant_has_its_name(void **state)
{
	static const char *const names[] = {
		"amiga-ofs",      "amiga-ffs",      "amiga-ofs-intl",
		"amiga-ffs-intl", "amiga-ofs-dc",   "amiga-ffs-dc",
		"amiga-ofs-lnfs", "amiga-ffs-lnfs",
	};
	const struct retro *r = retro_named("amiga");
	uint8_t *disk = retro_make(r);

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		disk[3] = (uint8_t)i;
		amiga_boot_sum(disk);
		assert_string_equal(retro_one(r, disk, &seen)->fs, names[i]);
		assert_mark(&seen, "amiga-boot");
		assert_mark(&seen, "amiga-startup");
	}
	disk[3] = 8;
	retro_find(&mun_fs_amiga, disk, r->bytes, r->medium, &seen);
	assert_int_equal(seen.nvolumes, 0);
	free(disk);
}

/* DOS 6 and 7 have the names of entries, not that of the root, 104 bytes before
 * the usual place. */
static void long_names_are_elsewhere(void **state)
{
	const struct retro *r = retro_named("amiga");
	uint8_t *disk = retro_make(r);

	(void)state;
	disk[3] = 7;
	for (size_t n = 881; n <= 883; n++) {
		uint8_t *b = disk + n * SECTOR;

		memmove(b + 328, b + 432, 32);
		memset(b + 432, 0, 32);
		amiga_block_sum(b);
	}
	assert_string_equal(retro_one(r, disk, &seen)->label, "Spiele Ü");
	assert_mark(&seen, "amiga-startup");
	/* ... which other variants do not look for there. */
	disk[3] = 5;
	(void)retro_one(r, disk, &seen);
	assert_no_mark(&seen, "amiga-startup");
	free(disk);
}

static void a_wrong_sum_does_not_boot(void **state)
{
	const struct retro *r = retro_named("amiga");
	uint8_t *disk = retro_make(r);
	const struct mun_contents_volume *v;

	(void)state;
	disk[7] ^= 1;
	v = retro_one(r, disk, &seen);
	assert_int_equal(v->boots, MUN_BOOTS_NO);
	assert_non_null(strstr(v->boot_text, "checksum is wrong"));
	assert_no_mark(&seen, "amiga-boot");
	assert_mark(&seen, "amiga-startup");
	assert_false(v->damaged);
	free(disk);
}

static void without_code_it_does_not_boot(void **state)
{
	const struct retro *r = retro_named("amiga");
	uint8_t *disk = retro_make(r);
	const struct mun_contents_volume *v;

	(void)state;
	memset(disk + 12, 0, 1012);
	amiga_boot_sum(disk);
	v = retro_one(r, disk, &seen);
	assert_int_equal(v->boots, MUN_BOOTS_NO);
	assert_no_mark(&seen, "amiga-boot");
	free(disk);
}

/* It loads what it is made for: no file system, and it starts. */
static void an_own_format_boots_without_a_root(void **state)
{
	const struct retro *r = retro_named("amiga");
	uint8_t *disk = retro_make(r);

	(void)state;
	memset(disk + AMIGA_ROOT, 0, SECTOR);
	retro_find(&mun_fs_amiga, disk, r->bytes, r->medium, &seen);
	assert_int_equal(seen.nvolumes, 0);
	assert_int_equal(seen.boots, MUN_BOOTS_YES);
	assert_int_equal(seen.nmarks, 1);
	assert_string_equal(seen.marks[0].word, "amiga-boot");
	/* Nothing of it with a wrong sum. */
	disk[7] ^= 1;
	retro_find(&mun_fs_amiga, disk, r->bytes, r->medium, &seen);
	assert_int_equal(seen.boots, MUN_BOOTS_NO);
	assert_int_equal(seen.nmarks, 0);
	free(disk);
}

static void a_damaged_root_is_told(void **state)
{
	const struct retro *r = retro_named("amiga");
	uint8_t *disk = retro_make(r);
	const struct mun_contents_volume *v;

	(void)state;
	disk[AMIGA_ROOT + 400] = 1;
	v = retro_one(r, disk, &seen);
	assert_true(v->damaged);
	assert_string_equal(v->label, "Spiele Ü");
	free(disk);
}

static void a_slot_that_goes_round_ends(void **state)
{
	const struct retro *r = retro_named("amiga");
	uint8_t *disk = retro_make(r);

	(void)state;
	/* 881, which is not it, leads to itself. */
	mun_put_be32(disk + 881 * SECTOR + 496, 881);
	(void)retro_one(r, disk, &seen);
	assert_no_mark(&seen, "amiga-startup");
	/* ... or to where nothing is. */
	mun_put_be32(disk + 881 * SECTOR + 496, 0x7fffffff);
	(void)retro_one(r, disk, &seen);
	assert_no_mark(&seen, "amiga-startup");
	free(disk);
}

/* A partition, or the file of one: its driver mounts it, and no boot block is
 * run.  Its blocks may be larger. */
static void a_disk_starts_by_its_startup_sequence(void **state)
{
	const size_t blocks = 8192;
	const struct retro *r = retro_named("amiga");
	uint8_t *floppy = retro_make(r);
	uint8_t *disk = calloc(blocks, SECTOR);
	const struct mun_contents_volume *v;

	(void)state;
	assert_non_null(disk);
	memcpy(disk, "DOS\3", 4);
	/* The same blocks, and the root in the middle of a larger disk. */
	memcpy(disk + 881 * SECTOR, floppy + 881 * SECTOR, 3 * SECTOR);
	memcpy(disk + blocks / 2 * SECTOR, floppy + AMIGA_ROOT, SECTOR);
	retro_find(&mun_fs_amiga, disk, blocks * SECTOR, MUN_MEDIUM_DISK,
		   &seen);
	assert_int_equal(seen.nvolumes, 1);
	v = &seen.volumes[0];
	assert_string_equal(v->fs, "amiga-ffs-intl");
	assert_int_equal(v->boots, MUN_BOOTS_YES);
	assert_int_equal(v->bytes, blocks * SECTOR);
	/* Blocks of 1024: 200 slots, and all counted from the end. */
	memset(disk + 4, 0, blocks * SECTOR - 4);
	mun_put_be32(disk + blocks / 4 * 1024, 2);
	mun_put_be32(disk + blocks / 4 * 1024 + 12, 200);
	memcpy(disk + blocks / 4 * 1024 + 1024 - 80, "\3Big", 4);
	mun_put_be32(disk + blocks / 4 * 1024 + 1020, 1);
	retro_find(&mun_fs_amiga, disk, blocks * SECTOR, MUN_MEDIUM_DISK,
		   &seen);
	assert_int_equal(seen.nvolumes, 1);
	assert_int_equal(v->block_bytes, 1024);
	assert_string_equal(v->label, "Big");
	assert_true(v->damaged); /* no sum was put in */
	free(floppy);
	free(disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_variant_has_its_name),
		cmocka_unit_test(long_names_are_elsewhere),
		cmocka_unit_test(a_wrong_sum_does_not_boot),
		cmocka_unit_test(without_code_it_does_not_boot),
		cmocka_unit_test(an_own_format_boots_without_a_root),
		cmocka_unit_test(a_damaged_root_is_told),
		cmocka_unit_test(a_slot_that_goes_round_ends),
		cmocka_unit_test(a_disk_starts_by_its_startup_sequence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
