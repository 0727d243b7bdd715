/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/test_image_faults.c - no failing read makes an image another
 *
 * Each pread(2) of recognising and opening fails once in turn.  Either that is
 * an error, or what is said is what is said without it.
 */
#include "core/check.h"
#include "image/image.h"
#include "tests/image/make.h"
#include "tests/support/support.h"

#include <errno.h>

#define BYTES ((size_t)1474560)

static void floppy(uint8_t *disk)
{
	struct make_fat f = make_1440k;

	f.root_label = "LABEL      ";
	make_fat(disk, &f);
}

static void disc(uint8_t *disk)
{
	make_iso(disk, 720, "DISC");
	make_mbr_entry(disk, 0, 0x80, 0xcd, 1, 2000);
}

/* As much as a disc can be: each of it is a read that matters. */
static void hybrid(uint8_t *disk)
{
	make_iso(disk, 600, "HYBRID");
	memcpy(disk, "ER\2\0", 4);
	memcpy(disk + 2048, "PM", 2);
	memcpy(disk + 1024, "BD", 2);
	memcpy(disk + 18 * 2048, "\0NSR02\1", 7);
	make_descriptor(disk, 616, 1);
}

static void dos1(uint8_t *disk)
{
	memcpy(disk + 512, "\xff\xff\xff", 3);
}

static void gpt(uint8_t *disk)
{
	make_gpt(disk, BYTES, 3);
	disk[512] ^= 1; /* so that the copy at the end is read too */
}

static void chain(uint8_t *disk)
{
	make_mbr_entry(disk, 0, 0, 0x05, 2000, 800);
	make_mbr_entry(disk + 2000 * 512, 0, 0, 0x06, 1, 50);
	make_mbr_entry(disk + 2000 * 512, 1, 0, 0x05, 100, 60);
	make_mbr_entry(disk + 2100 * 512, 0, 0, 0x06, 1, 50);
}

static void zeros(uint8_t *disk)
{
	(void)disk;
}

static void assert_same(const struct mun_image *a, const struct mun_image *b)
{
	assert_ptr_equal(a->driver, b->driver);
	assert_string_equal(a->variant, b->variant);
	assert_string_equal(a->volume_label, b->volume_label);
	assert_string_equal(a->note, b->note);
	assert_string_equal(a->puid, b->puid);
	assert_int_equal(a->medium, b->medium);
	assert_int_equal(a->sector_bytes, b->sector_bytes);
}

/* Returns how many reads could fail. */
static int fail_each_read(const char *path, const char *format)
{
	mun_auto(source) *src = NULL;
	mun_auto(image) *want = NULL;
	char text[512];
	struct mun_err e;
	int n = 0;

	assert_int_equal(mun_source_open_file(path, &src, &e), 0);
	assert_int_equal(mun_image_open(src, NULL, format, &want, &e), 0);
	mun_fault_install(MUN_CALL_BIT(MUN_CALL_PREAD), EIO);
	for (;; n++) {
		mun_auto(image) *img = NULL;
		int rc;

		mun_fault_arm(n);
		rc = mun_image_open(src, NULL, format, &img, &e);
		if (!mun_fault_fired()) {
			assert_int_equal(rc, 0);
			break;
		}
		if (rc == 0) {
			assert_same(img, want);
			continue;
		}
		assert_int_equal(rc, MUN_EIO);
		assert_int_equal(e.sys, EIO);
		assert_non_null(
			strstr(mun_err_text(&e, text, sizeof(text), 0), path));
	}
	mun_fault_restore();
	return n;
}

static void every_failing_read_is_an_error_or_makes_no_difference(void **state)
{
	static const struct {
		void (*make)(uint8_t *disk);
		size_t bytes;
		const char *format; /* also opened by name */
	} cases[] = {
		{ floppy, BYTES, "floppy" }, { dos1, 327680, "floppy" },
		{ zeros, BYTES, "floppy" },  { disc, BYTES, "iso" },
		{ hybrid, BYTES, "iso" },    { gpt, BYTES, "raw" },
		{ chain, BYTES, "raw" },     { zeros, 4096, "raw" },
	};
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "disk.img");

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t *disk = calloc(1, BYTES);

		assert_non_null(disk);
		cases[i].make(disk);
		mun_test_write(path, disk, cases[i].bytes);
		/* At least the head once, and each driver's own reads. */
		assert_true(fail_each_read(path, NULL) >= 3);
		assert_true(fail_each_read(path, cases[i].format) >= 2);
		free(disk);
	}
	free(path);
	mun_test_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_failing_read_is_an_error_or_makes_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
