/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_write_apple.c - UDIF, Disk Copy 4.2 and 2IMG, written */
#include "core/check.h"
#include "image/driver.h"
#include "image/floppy.h"
#include "image/writer.h"
#include "tests/image/make_mac.h"
#include "tests/support/support.h"

#include <stdio.h>

#define MIB ((size_t)1 << 20)

extern const struct mun_writer mun_write_udif;
extern const struct mun_writer mun_write_dc42;
extern const struct mun_writer mun_write_2mg;

static uint8_t disk[4 * MIB + 4096];
static char text[512];

struct made {
	uint8_t *bytes; /* of the file; free() */
	size_t len;
	struct mun_loss loss; /* mun_loss_clear() */
	int rc;
	bool refused;
};

static struct made convert_as(const struct mun_writer *w, struct mun_image *img,
			      const char *key, const char *value,
			      unsigned int threads)
{
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "out");
	struct mun_write_option o = { key, value };
	struct mun_convert c = {
		.img = img,
		.writer = w,
		.options = { &o, key ? 1 : 0 },
		.path = path,
		.accept_loss = true,
		.threads = threads,
	};
	struct made m = { .bytes = NULL };
	struct mun_err e = { .code = 0 };

	m.rc = mun_convert_run(&c, &e);
	if (m.rc)
		(void)mun_err_text(&e, text, sizeof(text), 0);
	m.loss = c.loss;
	m.bytes = (uint8_t *)mun_test_read(path, &m.len);
	assert_int_equal(m.rc == 0, m.bytes != NULL);
	assert_int_equal(mun_test_count_entries(dir), m.rc == 0);
	free(path);
	mun_test_dir_remove(dir);
	return m;
}

/* Write @bytes of the disk as @w and read them back. */
static struct made there_and_back(const struct mun_writer *w, size_t bytes,
				  const char *format, const char *key,
				  const char *value)
{
	struct mun_image *img = make_open(disk, bytes, NULL, format, NULL);
	struct made m = convert_as(w, img, key, value, 0);
	struct mun_image *back;
	uint8_t *got;
	struct mun_err e;

	if (m.rc)
		fail_msg("%s", text);
	back = make_open(m.bytes, m.len, NULL, w->name, NULL);
	assert_true(back->bytes >= bytes && back->bytes - bytes < 512);
	got = make_read(back, MUN_VIEW_CONTENT);
	assert_memory_equal(got, disk, bytes);
	for (size_t i = bytes; i < back->bytes; i++)
		assert_int_equal(got[i], 0);
	assert_int_equal(mun_image_verify(back, &e), 0);
	for (size_t i = 0; i < back->nfacts; i++)
		if (back->facts[i].kind == MUN_FACT_CHECK)
			assert_int_equal(back->facts[i].state, MUN_FACT_GOOD);
	free(got);
	make_close(back);
	make_close(img);
	return m;
}

static void drop(struct made *m)
{
	free(m->bytes);
	mun_loss_clear(&m->loss);
}

/* Text, zeros, noise, zeros, and a tail. */
static void fill_disk(void)
{
	memset(disk, 0, sizeof(disk));
	for (size_t i = 0; i < MIB; i++)
		disk[i] = (uint8_t)(i % 251 * (i / 4096));
	mun_test_pattern(disk + 2 * MIB, MIB, 1);
	memset(disk + 4 * MIB, 'x', 4096);
}

static void disks_of_any_size_come_back_from_udif(void **state)
{
	static const size_t sizes[] = { 512,     513,          1000,
					MIB - 1, MIB,          MIB + 512,
					2 * MIB, 2 * MIB + 5,  3 * MIB - 7,
					4 * MIB, 4 * MIB + 700 };

	(void)state;
	fill_disk();
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		struct made m = there_and_back(&mun_write_udif, sizes[i], "raw",
					       NULL, NULL);

		/* Only what fills up the last sector is a loss. */
		assert_int_equal(m.loss.nrows, sizes[i] % 512 != 0);
		drop(&m);
	}
}

/* Noise in the last, incomplete sector: it cannot be compressed either. */
static void an_incomplete_sector_of_noise_is_filled_up(void **state)
{
	struct made m;

	(void)state;
	mun_test_pattern(disk, MIB + 100, 2);
	m = there_and_back(&mun_write_udif, MIB + 100, "raw", NULL, NULL);
	drop(&m);
}

static void udif_is_the_same_with_any_number_of_threads(void **state)
{
	struct mun_image *img;
	struct made a;
	struct made b;

	(void)state;
	fill_disk();
	img = make_open(disk, 4 * MIB + 700, NULL, "raw", NULL);
	a = convert_as(&mun_write_udif, img, NULL, NULL, 1);
	b = convert_as(&mun_write_udif, img, NULL, NULL, 7);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.bytes, b.bytes, a.len);
	drop(&b);
	b = convert_as(&mun_write_udif, img, "level", "12", 2);
	assert_true(b.len < a.len);
	drop(&a);
	drop(&b);
	a = convert_as(&mun_write_udif, img, "level", "13", 1);
	assert_int_equal(a.rc, MUN_EINVAL);
	drop(&a);
	make_close(img);
}

static void zeros_after_zeros_are_one_run(void **state)
{
	struct made m;
	struct mun_image *img;
	struct mun_extent x;
	struct mun_err e;

	(void)state;
	memset(disk, 0, sizeof(disk));
	disk[4 * MIB] = 1;
	m = there_and_back(&mun_write_udif, 4 * MIB + 512, "raw", NULL, NULL);
	img = make_open(m.bytes, m.len, NULL, NULL, NULL);
	assert_int_equal(
		mun_image_next_extent(img, MUN_VIEW_CONTENT, 0, &x, &e), 0);
	assert_int_equal(x.bytes, 4 * MIB);
	assert_int_equal(x.kind, MUN_EXTENT_ZERO);
	assert_true(m.len < 3000);
	make_close(img);
	drop(&m);
}

static void the_four_sizes_come_back_from_disk_copy(void **state)
{
	static const size_t sizes[] = { 409600, 819200, 737280, 1474560 };

	(void)state;
	fill_disk();
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		struct made m = there_and_back(&mun_write_dc42, sizes[i], "raw",
					       NULL, NULL);

		assert_int_equal(m.loss.nrows, 0);
		assert_int_equal(m.bytes[0], 22);
		assert_memory_equal(m.bytes + 1, "-not a Macintosh disk-", 22);
		/* Drives with zones have tags. */
		assert_int_equal(m.len,
				 84 + sizes[i] +
					 (i < 2 ? sizes[i] / 512 * 12 : 0));
		drop(&m);
	}
}

static void other_sizes_are_no_disk_copy(void **state)
{
	struct mun_image *img =
		make_open(disk, 819200 - 512, NULL, "raw", NULL);
	struct made m = convert_as(&mun_write_dc42, img, NULL, NULL, 1);

	(void)state;
	assert_int_equal(m.rc, MUN_EUNSUPPORTED);
	assert_non_null(strstr(text, "400K, 800K, 720K and 1440K"));
	drop(&m);
	make_close(img);
}

/* Tags, zones and a name in Mac Roman: byte for byte. */
static void a_disk_copy_image_comes_back_as_it_was(void **state)
{
	struct mun_image *img = make_open(disk, 819200, NULL, "raw", NULL);
	struct made m = convert_as(&mun_write_dc42, img, "name", "Lisa", 1);
	struct made again;

	(void)state;
	make_close(img);
	assert_int_equal(m.rc, 0);
	mun_test_pattern(m.bytes + 84 + 819200, 19200, 3);
	m.bytes[2] = 0x8e; /* in no encoding that text is shown in */
	put_be32(m.bytes + 76, 0);
	img = make_open(m.bytes, m.len, NULL, NULL, NULL);
	again = convert_as(&mun_write_dc42, img, NULL, NULL, 1);
	assert_int_equal(again.loss.nrows, 0);
	/* But for the sum of the tags, which was wrong. */
	assert_int_equal(again.len, m.len);
	assert_memory_equal(again.bytes, m.bytes, 76);
	assert_memory_equal(again.bytes + 80, m.bytes + 80, m.len - 80);
	assert_string_equal(make_fact(img, "tag checksum")->value, "00000000");
	make_close(img);
	drop(&again);
	drop(&m);
}

/* Tracks that are not those of a Macintosh are a loss. */
static void another_layout_is_a_loss(void **state)
{
	struct mun_image *img = make_open(disk, 737280, NULL, "raw", NULL);
	struct made m;

	(void)state;
	assert_int_equal(
		mun_image_fact(img, MUN_FACT_MADE, "comment", NULL, "x"), 0);
	m = convert_as(&mun_write_dc42, img, NULL, NULL, 1);
	assert_int_equal(m.loss.nrows, 1);
	assert_string_equal(m.loss.rows[0].where, "comment");
	drop(&m);
	make_close(img);
}

static void names_that_cannot_be_are_refused(void **state)
{
	static const char *const names[] = {
		"",
		"caf\xc3\xa9",
		"a\nb",
		("12345678901234567890123456789012345678901234567890123456789"
		 "01234"),
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		struct mun_image *img =
			make_open(disk, 409600, NULL, "raw", NULL);
		struct made m =
			convert_as(&mun_write_dc42, img, "name", names[i], 1);

		assert_int_equal(m.rc, MUN_EINVAL);
		drop(&m);
		make_close(img);
	}
}

static void disks_come_back_from_2img(void **state)
{
	static const struct {
		size_t bytes;
		const char *order;
		uint8_t format;
	} cases[] = {
		{ 143360, "dos", 0 },     { 143360, "prodos", 1 },
		{ 819200, "auto", 1 },    { 512, "auto", 1 },
		{ 4 * MIB, "prodos", 1 }, { 163840, "dos", 0 },
	};

	(void)state;
	fill_disk();
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct made m = there_and_back(&mun_write_2mg, cases[i].bytes,
					       "raw", "order", cases[i].order);

		assert_int_equal(m.loss.nrows, 0);
		assert_int_equal(m.len, 64 + cases[i].bytes);
		assert_int_equal(m.bytes[12], cases[i].format);
		drop(&m);
	}
}

static void the_order_comes_from_the_disk(void **state)
{
	uint8_t *vtoc = disk + 17 * 4096;
	struct mun_image *img;
	struct made m;
	struct made again;

	(void)state;
	memset(disk, 0, 143360);
	memcpy(vtoc, "\0\21\17\3\0\0\376", 7);
	vtoc[39] = 122;
	vtoc[52] = 35;
	vtoc[53] = 16;
	vtoc[55] = 1;
	memcpy(vtoc + 14 * 256, "\0\21\15", 3);
	m = there_and_back(&mun_write_2mg, 143360, NULL, NULL, NULL);
	assert_int_equal(m.loss.nrows, 0);
	assert_int_equal(m.bytes[12], 0);
	/* What the header said of it is said again; but who made it is not. */
	m.bytes[16] = 200;
	m.bytes[17] = 1;
	m.bytes[19] = 0x80;
	img = make_open(m.bytes, m.len, NULL, NULL, NULL);
	again = convert_as(&mun_write_2mg, img, NULL, NULL, 1);
	assert_memory_equal(again.bytes, m.bytes, m.len);
	assert_int_equal(again.loss.nrows, 1);
	make_close(img);
	drop(&again);
	drop(&m);
}

static void what_2img_cannot_hold_is_refused(void **state)
{
	static const struct {
		size_t bytes;
		const char *order;
		int code;
		const char *why;
	} cases[] = {
		{ 143360, "auto", MUN_EINVAL, "nothing on the disk tells" },
		{ 116480, "auto", MUN_EUNSUPPORTED, "not whole blocks" },
		{ 512, "dos", MUN_EUNSUPPORTED, "not whole tracks" },
		{ 512, "nib", MUN_EINVAL, "order" },
	};

	(void)state;
	mun_test_pattern(disk, 143360, 4);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_image *img =
			make_open(disk, cases[i].bytes, NULL, "raw", NULL);
		struct made m = convert_as(&mun_write_2mg, img, "order",
					   cases[i].order, 1);

		assert_int_equal(m.rc, cases[i].code);
		if (!strstr(text, cases[i].why))
			fail_msg("case %zu: %s", i, text);
		drop(&m);
		make_close(img);
	}
}

static void a_comment_follows_the_disk(void **state)
{
	struct made m = there_and_back(&mun_write_2mg, 819200, "raw", "comment",
				       "From the attic");
	struct mun_image *img = make_open(m.bytes, m.len, NULL, NULL, NULL);

	(void)state;
	assert_string_equal(make_fact(img, "comment")->value, "From the attic");
	make_close(img);
	drop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(disks_of_any_size_come_back_from_udif),
		cmocka_unit_test(an_incomplete_sector_of_noise_is_filled_up),
		cmocka_unit_test(udif_is_the_same_with_any_number_of_threads),
		cmocka_unit_test(zeros_after_zeros_are_one_run),
		cmocka_unit_test(the_four_sizes_come_back_from_disk_copy),
		cmocka_unit_test(other_sizes_are_no_disk_copy),
		cmocka_unit_test(a_disk_copy_image_comes_back_as_it_was),
		cmocka_unit_test(another_layout_is_a_loss),
		cmocka_unit_test(names_that_cannot_be_are_refused),
		cmocka_unit_test(disks_come_back_from_2img),
		cmocka_unit_test(the_order_comes_from_the_disk),
		cmocka_unit_test(what_2img_cannot_hold_is_refused),
		cmocka_unit_test(a_comment_follows_the_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
