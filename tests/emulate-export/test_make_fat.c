/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_make_fat.c - FAT volumes made from folders */
#include "emulate-export/make_media.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "core/bytes.h"
#include "core/check.h"
#include "tests/emulate-export/made.h"
#include "tests/support/support.h"

/* FAT12 as the format has it: 12 bits, the low ones first. */
static unsigned int fat12(const uint8_t *fat, unsigned int n)
{
	unsigned int v = mun_le16(fat + n + n / 2);

	return n % 2 ? v >> 4 : v & 0xFFF;
}

static void a_floppy_is_laid_out_as_dos_does(void **state)
{
	static const struct {
		unsigned int sectors, cluster, fat, root, media, track, heads;
	} want[] = {
		{ 320, 1, 1, 64, 0xFE, 8, 1 },
		{ 360, 1, 2, 64, 0xFC, 9, 1 },
		{ 640, 2, 1, 112, 0xFF, 8, 2 },
		{ 720, 2, 2, 112, 0xFD, 9, 2 },
		{ 1440, 2, 3, 112, 0xF9, 9, 2 },
		{ 2400, 1, 7, 224, 0xF9, 15, 2 },
		{ 2880, 1, 9, 224, 0xF0, 18, 2 },
		{ 5760, 2, 9, 240, 0xF0, 36, 2 },
	};

	(void)state;
	made_file("A.TXT", 1);
	for (size_t i = 0; i < MUN_COUNT(want); i++) {
		struct mun_make m = { .kind = MUN_MAKE_FAT,
				      .size = want[i].sectors * 512 };
		char name[16];
		size_t len = 0;
		uint8_t *p;

		(void)snprintf(name, sizeof(name), "%zu", i);
		p = (uint8_t *)made_image(&m, name, &len);
		assert_int_equal(len, want[i].sectors * 512);
		assert_int_equal(mun_le16(p + 11), 512);
		assert_int_equal(p[13], want[i].cluster);
		assert_int_equal(mun_le16(p + 14), 1);
		assert_int_equal(p[16], 2);
		assert_int_equal(mun_le16(p + 17), want[i].root);
		assert_int_equal(mun_le16(p + 19), want[i].sectors);
		assert_int_equal(p[21], want[i].media);
		assert_int_equal(mun_le16(p + 22), want[i].fat);
		assert_int_equal(mun_le16(p + 24), want[i].track);
		assert_int_equal(mun_le16(p + 26), want[i].heads);
		assert_int_equal(p[38], 0x29);
		assert_int_equal(p[510] | p[511] << 8, 0xAA55);
		assert_int_equal(fat12(p + 512, 0), 0xF00 | want[i].media);
		assert_int_equal(fat12(p + 512, 1), 0xFFF);
		assert_int_equal(fat12(p + 512, 2), 0xFFF);
		assert_int_equal(fat12(p + 512, 3), 0);
		assert_memory_equal(p + 512, p + 512 + want[i].fat * 512,
				    want[i].fat * 512);
		free(p);
		mun_make_clear(&m);
	}
}

static void a_file_of_whole_clusters_takes_no_more(void **state)
{
	static const struct {
		size_t bytes;
		unsigned int clusters;
	} rows[] = { { 0, 0 },    { 1, 1 },    { 1024, 1 },
		     { 1025, 2 }, { 2048, 2 }, { 354 * 1024, 354 } };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(rows); i++) {
		struct mun_make m = { .kind = MUN_MAKE_FAT,
				      .size = 360 * 1024 };
		char name[16];
		size_t len = 0;
		uint8_t *p;

		made_file("A", rows[i].bytes);
		(void)snprintf(name, sizeof(name), "%zu", i);
		p = (uint8_t *)made_image(&m, name, &len);
		assert_int_equal(m.free_bytes, (354 - rows[i].clusters) * 1024);
		for (unsigned int k = 0; k < 354; k++) {
			unsigned int v = fat12(p + 512, k + 2);

			if (k + 1 < rows[i].clusters)
				assert_int_equal(v, k + 3);
			else
				assert_int_equal(v, k < rows[i].clusters ? 0xFFF
									 : 0);
		}
		/* The entry: the root folder is at sector 5. */
		assert_int_equal(mun_le32(p + 5 * 512 + 28), rows[i].bytes);
		assert_int_equal(mun_le16(p + 5 * 512 + 26),
				 rows[i].bytes ? 2 : 0);
		free(p);
		mun_make_clear(&m);
	}
}

static void what_does_not_fit_is_refused_with_both_numbers(void **state)
{
	struct mun_make m = { .kind = MUN_MAKE_FAT, .size = 360 * 1024 };
	struct mun_err e;

	(void)state;
	made_file("A", 354 * 1024 + 1);
	assert_int_equal(made_run(&m, "x", &e), MUN_EUNSUPPORTED);
	made_says(&e, "needs 363520 bytes");
	made_says(&e, "has 362496");
	mun_make_clear(&m);
	/* Without a size the next floppy is taken. */
	m = (struct mun_make){ .kind = MUN_MAKE_FAT, .dry_run = true };
	assert_int_equal(made_run(&m, "x", &e), 0);
	assert_int_equal(m.image_bytes, 720 * 1024);
	mun_make_clear(&m);
	made_nothing();
}

static void a_full_root_folder_is_refused(void **state)
{
	struct mun_err e;

	(void)state;
	for (int i = 0; i < 112; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "F%d", i);
		made_file(name, 0);
	}
	for (int more = 0; more < 2; more++) {
		struct mun_make m = { .kind = MUN_MAKE_FAT,
				      .size = 360 * 1024,
				      .label = more ? "LABEL" : NULL,
				      .dry_run = true };
		int rc = made_run(&m, "x", &e);

		/* The label is an entry, too. */
		assert_int_equal(rc, more ? MUN_EUNSUPPORTED : 0);
		if (more)
			made_says(&e, "needs 113 entries");
		mun_make_clear(&m);
	}
}

static void no_disk_helps_a_root_folder_of_too_many(void **state)
{
	struct mun_make m = { .kind = MUN_MAKE_FAT };
	struct mun_err e;

	(void)state;
	for (int i = 0; i < 513; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "F%d", i);
		made_file(name, 0);
	}
	assert_int_equal(made_run(&m, "x", &e), MUN_EUNSUPPORTED);
	made_says(&e, "needs 513 entries");
	made_says(&e, "has 512");
	mun_make_clear(&m);
	/* FAT32 has no such limit. */
	m = (struct mun_make){ .kind = MUN_MAKE_FAT,
			       .size = UINT64_C(4) << 30,
			       .dry_run = true };
	assert_int_equal(made_run(&m, "x", &e), 0);
	mun_make_clear(&m);
}

static void
a_file_too_large_for_fat_is_refused_and_a_disc_takes_it(void **state)
{
	char *path = mun_test_path(made_in, "large");
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	struct mun_make m = { .kind = MUN_MAKE_FAT, .dry_run = true };
	struct mun_err e;

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)1 << 32), 0);
	assert_int_equal(made_run(&m, "x", &e), MUN_EUNSUPPORTED);
	made_says(&e, "4294967296 bytes, a file on FAT at most 4294967295");
	mun_make_clear(&m);
	m = (struct mun_make){ .kind = MUN_MAKE_ISO, .dry_run = true };
	assert_int_equal(made_run(&m, "x", &e), 0);
	assert_non_null(strstr(m.layout, "level 3"));
	mun_make_clear(&m);
	(void)close(fd);
	free(path);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, made_setup, made_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_floppy_is_laid_out_as_dos_does),
		TEST(a_file_of_whole_clusters_takes_no_more),
		TEST(what_does_not_fit_is_refused_with_both_numbers),
		TEST(a_full_root_folder_is_refused),
		TEST(no_disk_helps_a_root_folder_of_too_many),
		TEST(a_file_too_large_for_fat_is_refused_and_a_disc_takes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
