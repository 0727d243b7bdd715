/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_2mg.c - disks of the Apple II, bare and with a header */
#include "core/check.h"
#include "image/driver.h"
#include "tests/image/make.h"
#include "tests/image/make_mac.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#include <stdio.h>

#define D140 143360u
#define D800 819200u
#define D13 116480u

static uint8_t image[64 + D800 + 4096];
static char text[512];

static size_t make(uint32_t format, uint32_t bytes)
{
	memset(image, 0, sizeof(image));
	memcpy(image, "2IMGtest", 8);
	image[8] = 64;
	image[10] = 1;
	put_le32(image + 12, format);
	put_le32(image + 20, format == 1 ? bytes / 512 : 0);
	put_le32(image + 24, 64);
	put_le32(image + 28, bytes);
	mun_test_pattern(image + 64, bytes, format);
	return 64 + bytes;
}

static void the_data_comes_as_it_is_stored(void **state)
{
	static const struct {
		uint32_t format;
		uint32_t bytes;
		const char *variant;
		uint32_t sector_bytes;
	} cases[] = {
		{ 0, D140, "DOS order", 256 },
		{ 1, D140, "ProDOS order", 512 },
		{ 1, D800, "ProDOS order", 512 },
		{ 2, 232960, "nibbles", 256 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		size_t len = make(cases[i].format, cases[i].bytes);
		struct mun_image *img = make_open(image, len, NULL, NULL, NULL);
		uint8_t *got = make_read(img, MUN_VIEW_CONTENT);

		assert_string_equal(img->driver->name, "2mg");
		assert_string_equal(img->variant, cases[i].variant);
		assert_int_equal(img->bytes, cases[i].bytes);
		assert_int_equal(img->sector_bytes, cases[i].sector_bytes);
		assert_memory_equal(got, image + 64, cases[i].bytes);
		assert_string_equal(make_fact(img, "creator")->value, "test");
		assert_int_equal(make_fact(img, "nibbles") != NULL,
				 cases[i].format == 2);
		free(got);
		make_close(img);
	}
}

static void flags_and_comment_are_told(void **state)
{
	size_t len = make(1, D140);
	struct mun_image *img;

	(void)state;
	put_le32(image + 16, 0x80000100u | 200);
	memcpy(image + len, "Hello\r\x80!", 8);
	put_le32(image + 32, (uint32_t)len);
	put_le32(image + 36, 8);
	put_le32(image + 40, (uint32_t)len + 8);
	put_le32(image + 44, 5);
	img = make_open(image, len + 13, NULL, NULL, NULL);
	assert_string_equal(make_fact(img, "comment")->value,
			    "Hello\\x0d\\x80!");
	assert_string_equal(make_fact(img, "locked")->value, "yes");
	assert_string_equal(make_fact(img, "DOS volume")->value, "200");
	assert_int_equal(make_fact(img, "creator's data")->kind,
			 MUN_FACT_LIMIT);
	make_close(img);
	put_le32(image + 36, 100000);
	img = make_open(image, len + 13, NULL, NULL, NULL);
	assert_string_equal(img->note, "its comment is not inside the file");
	make_close(img);
}

static void a_length_of_0_is_that_of_the_blocks(void **state)
{
	size_t len = make(1, D140);
	struct mun_image *img;

	(void)state;
	put_le32(image + 28, 0);
	img = make_open(image, len, NULL, NULL, NULL);
	assert_int_equal(img->bytes, D140);
	make_close(img);
	len = make(1, D140);
	put_le32(image + 20, 279);
	img = make_open(image, len, NULL, NULL, NULL);
	assert_int_equal(img->bytes, D140);
	assert_string_equal(img->note, "279 blocks, but 143360 bytes of data");
	make_close(img);
}

static void impossible_headers_are_refused(void **state)
{
	static const struct {
		size_t off;
		uint32_t value;
		const char *why;
	} cases[] = {
		{ 8, 0x00010020, "no known length" },
		{ 12, 3, "no known format" },
		{ 24, 63, "begins inside the header" },
		{ 24, D140, "not inside the file" },
		{ 28, 0, "has no data" },
		{ 28, D140 + 1, "not inside the file" },
		{ 28, 0xffffffff, "not inside the file" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		size_t len = make(0, D140);

		put_le32(image + cases[i].off, cases[i].value);
		assert_int_equal(make_open_fails(image, len, NULL, NULL, NULL,
						 text, sizeof(text)),
				 MUN_ECORRUPT);
		if (!strstr(text, cases[i].why))
			fail_msg("case %zu: %s", i, text);
	}
}

/* The key block of a volume of ProDOS. */
static void put_prodos(uint8_t *p)
{
	memset(p, 0, 512);
	p[4] = 0xf4;
	memcpy(p + 5, "DISK", 4);
	p[35] = 39;
	p[36] = 13;
}

static void put_pascal(uint8_t *p, uint32_t blocks)
{
	memset(p, 0, 512);
	p[2] = 6;
	memcpy(p + 6, "\6APPLE1", 7);
	put_le16(p + 14, blocks);
}

static void put_vtoc(uint8_t *p, unsigned int sectors)
{
	memset(p, 0, 256);
	p[1] = 17;
	p[2] = (uint8_t)(sectors - 1);
	p[3] = 3;
	p[6] = 254;
	p[39] = 122;
	p[52] = 35;
	p[53] = (uint8_t)sectors;
	p[55] = 1;
}

/* Sectors 15 and 14 of track 17 by DOS, of which the second is at @second. */
static void put_catalogue(uint8_t *disk, unsigned int second)
{
	uint8_t *track = disk + 17 * 16 * 256;

	put_vtoc(track, 16);
	memcpy(track + 15 * 256, "\0\21\16", 3);
	memcpy(track + (size_t)second * 256, "\0\21\15", 3);
}

static void the_order_is_told_by_the_file_system(void **state)
{
	static const struct {
		size_t bytes;
		size_t volume; /* where the directory is, or 0 */
		bool pascal;
		unsigned int catalogue;
		const char *format;
		const char *variant;
		const char *label;
	} cases[] = {
		{ D140, 1024, false, 0, "apple2-po", "ProDOS order, ProDOS",
		  "DISK" },
		{ D800, 1024, false, 0, "apple2-po", "ProDOS order, ProDOS",
		  "DISK" },
		{ D140, 2816, false, 0, "apple2-do", "DOS order, ProDOS",
		  "DISK" },
		{ D140, 1024, true, 0, "apple2-po", "ProDOS order, Pascal",
		  "APPLE1" },
		{ D140, 2816, true, 0, "apple2-do", "DOS order, Pascal",
		  "APPLE1" },
		{ D140, 0, false, 14, "apple2-do",
		  "DOS order, DOS 3.3, volume 254", "" },
		{ D140, 0, false, 1, "apple2-po",
		  "ProDOS order, DOS 3.3, volume 254", "" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_image *img;
		uint8_t *got;

		mun_test_pattern(image, cases[i].bytes, 1);
		if (cases[i].pascal)
			put_pascal(image + cases[i].volume, 280);
		else if (cases[i].volume)
			put_prodos(image + cases[i].volume);
		else
			put_catalogue(image, cases[i].catalogue);
		img = make_open(image, cases[i].bytes, "x.dsk", NULL, NULL);
		assert_string_equal(img->driver->name, cases[i].format);
		assert_string_equal(img->variant, cases[i].variant);
		assert_string_equal(img->volume_label, cases[i].label);
		got = make_read(img, MUN_VIEW_CONTENT);
		assert_memory_equal(got, image, cases[i].bytes);
		free(got);
		make_close(img);
	}
}

/* Nobody but the user can say. */
static void without_a_file_system_both_are_named(void **state)
{
	struct mun_image *img;

	(void)state;
	mun_test_pattern(image, D140, 2);
	assert_int_equal(make_open_fails(image, D140, "x.dsk", NULL, NULL, text,
					 sizeof(text)),
			 MUN_EINVAL);
	assert_non_null(strstr(text, "'apple2-do' or 'apple2-po'"));
	img = make_open(image, D140, "x.do", NULL, NULL);
	assert_string_equal(img->driver->name, "apple2-do");
	assert_string_equal(img->note, "nothing in it tells the order of its "
				       "sectors");
	make_close(img);
	img = make_open(image, D140, "x.PO", NULL, NULL);
	assert_string_equal(img->driver->name, "apple2-po");
	make_close(img);
	put_prodos(image + 1024);
	img = make_open(image, D140, "x.do", "apple2-do", NULL);
	assert_string_equal(img->note, "its file system tells the other order");
	make_close(img);
}

static void disks_of_13_sectors_are_read(void **state)
{
	struct mun_image *img;

	(void)state;
	memset(image, 0, D13);
	put_vtoc(image + 17 * 13 * 256, 13);
	img = make_open(image, D13, NULL, NULL, NULL);
	assert_string_equal(img->driver->name, "apple2-d13");
	assert_string_equal(img->variant, "13 sectors, DOS 3.2, volume 254");
	assert_int_equal(img->geometry.sectors, 13);
	assert_int_equal(img->nfacts, 0);
	make_close(img);
	image[17 * 13 * 256 + 53] = 16;
	img = make_open(image, D13, NULL, NULL, NULL);
	assert_string_equal(img->variant,
			    "13 sectors, no file system recognised");
	make_close(img);
}

static void other_sizes_are_refused(void **state)
{
	static const char *const formats[] = { "apple2-do", "apple2-po",
					       "apple2-d13" };

	(void)state;
	memset(image, 0, D140);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(make_open_fails(image, D140 - 1, NULL,
						 formats[i], NULL, text,
						 sizeof(text)),
				 MUN_ECORRUPT);
		assert_non_null(strstr(text, "no size of such a disk"));
	}
}

static void whatever_is_wrong_it_ends_well(void **state)
{
	static const struct mutate_field fields[] = {
		{ "header", 8, 2, false },      { "version", 10, 2, false },
		{ "format", 12, 4, false },     { "flags", 16, 4, false },
		{ "blocks", 20, 4, false },     { "data", 24, 4, false },
		{ "bytes", 28, 4, false },      { "comment", 32, 4, false },
		{ "length", 36, 4, false },     { "own", 40, 4, false },
		{ "its length", 44, 4, false },
	};
	static const size_t bounds[] = { 52, 64, 64 + 2048 };
	struct mutate_set set = {
		.format = "2mg",
		.image = image,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = 64,
	};

	(void)state;
	set.bytes = make(1, 2048);
	mutate_all(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_data_comes_as_it_is_stored),
		cmocka_unit_test(flags_and_comment_are_told),
		cmocka_unit_test(a_length_of_0_is_that_of_the_blocks),
		cmocka_unit_test(impossible_headers_are_refused),
		cmocka_unit_test(the_order_is_told_by_the_file_system),
		cmocka_unit_test(without_a_file_system_both_are_named),
		cmocka_unit_test(disks_of_13_sectors_are_read),
		cmocka_unit_test(other_sizes_are_refused),
		cmocka_unit_test(whatever_is_wrong_it_ends_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
