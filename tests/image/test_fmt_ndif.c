/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_ndif.c - NDIF, and images in MacBinary and AppleSingle */
#include "core/check.h"
#include "image/driver.h"
#include "image/macfork.h"
#include "tests/image/make_mac.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#include <stdio.h>

#define SECTORS 20u
#define ROOM 65536u

static uint8_t image[ROOM];
static uint8_t dfork[ROOM]; /* the data fork */
static uint8_t rsrc[ROOM];
static uint8_t bcem[1024];
static uint8_t disk[SECTORS * 512];
static char text[512];

struct chunk {
	uint32_t sector;
	uint8_t coding;
	uint32_t off;
	uint32_t len;
};

static size_t put_bcem(const struct chunk *c, size_t n, uint32_t sectors)
{
	memset(bcem, 0, 128);
	bcem[1] = 10;
	memcpy(bcem + 4, "\10Software", 9);
	put_be32(bcem + 68, sectors);
	put_be32(bcem + 72, 512);
	put_be32(bcem + 80, 0x0badcafe);
	put_be32(bcem + 124, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		uint8_t *p = bcem + 128 + 12 * i;

		put_be32(p, c[i].sector << 8 | c[i].coding);
		put_be32(p + 4, c[i].off);
		put_be32(p + 8, c[i].len);
	}
	return 128 + 12 * n;
}

/* 4 sectors as they are, 8 in ADC, 8 of zeros; lengths of both forks. */
static size_t make_forks(size_t *rsrc_len)
{
	struct chunk chunks[] = {
		{ 0, 2, 0, 2048 },
		{ 4, 0x83, 2048, 0 },
		{ 12, 0, 0, 0 },
		{ SECTORS, 0xff, 0, 0 },
	};
	size_t n = 2048;

	mun_test_pattern(disk, sizeof(disk), 1);
	memset(disk + 12 * 512, 0, 8 * 512);
	memcpy(dfork, disk, 2048);
	for (size_t i = 0; i < 8 * 512; i += 128, n += 129) {
		dfork[n] = 0xff;
		memcpy(dfork + n + 1, disk + 2048 + i, 128);
	}
	chunks[1].len = (uint32_t)n - 2048;
	*rsrc_len = make_rsrc(rsrc, "bcem", 128, bcem,
			      put_bcem(chunks, 4, SECTORS));
	return n;
}

static void want_disk(struct mun_image *img)
{
	uint8_t *got = make_read(img, MUN_VIEW_CONTENT);

	assert_string_equal(img->driver->name, "ndif");
	assert_string_equal(img->variant, "ADC");
	assert_string_equal(img->preserved_only, "");
	assert_int_equal(img->bytes, sizeof(disk));
	assert_memory_equal(got, disk, sizeof(disk));
	assert_string_equal(make_fact(img, "name")->value, "Software");
	assert_int_equal(make_fact(img, "checksum")->kind, MUN_FACT_LIMIT);
	free(got);
	make_close(img);
}

static void both_forks_in_one_file_are_read(void **state)
{
	size_t rsrc_len;
	size_t len = make_forks(&rsrc_len);
	const struct make_entry entries[] = { { 1, dfork, len },
					      { 2, rsrc, rsrc_len } };

	(void)state;
	for (int version = 1; version <= 3; version++)
		want_disk(make_open(image,
				    make_macbinary(image, version, "S.img",
						   dfork, len, rsrc, rsrc_len),
				    NULL, NULL, NULL));
	want_disk(make_open(image,
			    make_appledouble(image, 0x00051600, entries, 2),
			    NULL, NULL, NULL));
}

static void forks_in_two_files_find_each_other(void **state)
{
	static uint8_t twin[ROOM];
	size_t rsrc_len;
	size_t len = make_forks(&rsrc_len);
	const struct make_entry entry = { 2, rsrc, rsrc_len };
	size_t twin_len = make_appledouble(twin, 0x00051607, &entry, 1);
	struct make_beside beside = {
		{ &make_beside_ops },
		{ { "S.img", dfork, len },
		  { "._S.img", twin, twin_len },
		  { "T.img", dfork, len },
		  { "T.img.rsrc", rsrc, rsrc_len } },
	};

	(void)state;
	want_disk(
		make_open(twin, twin_len, "._S.img", NULL, &beside.companions));
	want_disk(make_open(rsrc, rsrc_len, "T.img.rsrc", NULL,
			    &beside.companions));
	/* The data fork is noise until somebody says what it is. */
	want_disk(make_open(dfork, len, "S.img", "ndif", &beside.companions));
	want_disk(make_open(dfork, len, "T.img", "ndif", &beside.companions));
}

static void a_dforkalone_is_refused(void **state)
{
	size_t rsrc_len;
	size_t len = make_forks(&rsrc_len);

	(void)state;
	assert_int_equal(make_open_fails(dfork, len, "S.img", "ndif", NULL,
					 text, sizeof(text)),
			 MUN_ENOENT);
	assert_non_null(strstr(text, "neither '._S.img' nor 'S.img.rsrc'"));
	assert_int_equal(make_open_fails(rsrc, rsrc_len, "S.img.rsrc", NULL,
					 NULL, text, sizeof(text)),
			 MUN_ENOENT);
	assert_non_null(strstr(text, "data fork"));
	assert_int_equal(make_open_fails(rsrc, rsrc_len, "S", NULL, NULL, text,
					 sizeof(text)),
			 MUN_ENOENT);
}

static size_t wrap(const struct chunk *c, size_t n, uint32_t sectors)
{
	size_t len = put_bcem(c, n, sectors);

	memset(dfork, 9, 4096);
	len = make_rsrc(rsrc, "bcem", 128, bcem, len);
	return make_macbinary(image, 3, "S.img", dfork, 4096, rsrc, len);
}

static void codings_that_nobody_described_are_kept(void **state)
{
	static const struct {
		uint8_t coding;
		const char *why;
	} cases[] = {
		{ 0x80, "KenCode" }, { 0x81, "RLE" },     { 0x82, "LZH" },
		{ 0xf0, "StuffIt" }, { 0x44, "unknown" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		const struct chunk c[] = { { 0, 2, 0, 512 },
					   { 1, cases[i].coding, 512, 100 },
					   { 8, 0xff, 0, 0 } };
		size_t len = wrap(c, 3, 8);
		struct mun_image *img = make_open(image, len, NULL, NULL, NULL);
		uint8_t *got = make_read(img, MUN_VIEW_CONTENT);

		assert_string_equal(img->driver->name, "ndif");
		assert_non_null(strstr(img->preserved_only, cases[i].why));
		assert_int_equal(img->bytes, len);
		assert_memory_equal(got, image, len);
		free(got);
		make_close(img);
	}
}

static void segments_and_keys_are_kept(void **state)
{
	static const struct {
		size_t off;
		const char *why;
	} cases[] = { { 84, "one of several segments" }, { 116, "encrypted" } };
	const struct chunk c[] = { { 0, 2, 0, 512 }, { 1, 0xff, 0, 0 } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t len = put_bcem(c, 2, 1);
		struct mun_image *img;

		put_be32(bcem + cases[i].off, 1);
		len = make_rsrc(rsrc, "bcem", 128, bcem, len);
		len = make_macbinary(image, 2, "S", dfork, 512, rsrc, len);
		img = make_open(image, len, NULL, NULL, NULL);
		assert_non_null(strstr(img->preserved_only, cases[i].why));
		make_close(img);
	}
}

static void impossible_chunks_are_refused(void **state)
{
	static const struct {
		struct chunk c[3];
		uint32_t sectors;
		const char *why;
	} cases[] = {
		{ { { 4, 2, 0, 512 }, { 2, 2, 0, 512 }, { 8, 0xff, 0, 0 } },
		  8,
		  "goes from sector 4 to 2" },
		{ { { 0, 2, 0, 512 }, { 1, 0, 0, 0 }, { 9, 0xff, 0, 0 } },
		  8,
		  "goes from sector 1 to 9" },
		{ { { 0, 2, 5000, 512 }, { 1, 0, 0, 0 }, { 8, 0xff, 0, 0 } },
		  8,
		  "outside the data" },
		{ { { 0, 2, 0, 511 }, { 1, 0, 0, 0 }, { 8, 0xff, 0, 0 } },
		  8,
		  "has 511 bytes for 1 sectors" },
		{ { { 0, 2, 0, 512 }, { 1, 0xff, 0, 0 }, { 8, 0xff, 0, 0 } },
		  8,
		  "end at sector 1 of 8" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		size_t len = wrap(cases[i].c, 3, cases[i].sectors);

		assert_int_equal(make_open_fails(image, len, NULL, NULL, NULL,
						 text, sizeof(text)),
				 MUN_ECORRUPT);
		if (!strstr(text, cases[i].why))
			fail_msg("case %zu: %s", i, text);
	}
}

static void more_chunks_than_fit_are_refused(void **state)
{
	const struct chunk c[] = { { 0, 2, 0, 512 } };
	size_t len;

	(void)state;
	len = put_bcem(c, 1, 1);
	put_be32(bcem + 124, 0xffffffff);
	len = make_rsrc(rsrc, "bcem", 128, bcem, len);
	len = make_macbinary(image, 3, "S", dfork, 512, rsrc, len);
	assert_int_equal(make_open_fails(image, len, NULL, NULL, NULL, text,
					 sizeof(text)),
			 MUN_ECORRUPT);
	assert_non_null(strstr(text, "chunks do not fit"));
}

/* A 2IMG of 4 blocks */
static size_t put_inner(void)
{
	memset(dfork, 0, 64);
	memcpy(dfork,
	       "2IMGtest\x40\0\1\0\1\0\0\0\0\0\0\0\4\0\0\0\x40\0\0\0\0"
	       "\10\0\0",
	       32);
	mun_test_pattern(dfork + 64, 2048, 7);
	return 64 + 2048;
}

static void an_image_in_a_wrapper_shows_through(void **state)
{
	static const struct {
		int version;
		const char *variant;
		const char *puid;
	} cases[] = {
		{ 1, "MacBinary of 2mg, ProDOS order", "" },
		{ 2, "MacBinary II of 2mg, ProDOS order", "fmt/1762" },
		{ 3, "MacBinary III of 2mg, ProDOS order", "fmt/1763" },
	};
	size_t len = put_inner();

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		size_t n = make_macbinary(image, cases[i].version, "a.2mg",
					  dfork, len, NULL, 0);
		struct mun_image *img = make_open(image, n, NULL, NULL, NULL);
		uint8_t *got = make_read(img, MUN_VIEW_CONTENT);

		assert_string_equal(img->driver->name, "macbinary");
		assert_string_equal(img->variant, cases[i].variant);
		assert_string_equal(img->puid, cases[i].puid);
		assert_int_equal(img->bytes, 2048);
		assert_memory_equal(got, dfork + 64, 2048);
		assert_string_equal(make_fact(img, "file name")->value,
				    "a.2mg");
		assert_string_equal(make_fact(img, "file type")->value, "dImg");
		assert_string_equal(make_fact(img, "file created")->value,
				    "2000-02-29T12:00:00");
		assert_string_equal(make_fact(img, "file modified")->value,
				    "2000-02-29T12:00:01");
		assert_string_equal(make_fact(img, "creator")->value, "test");
		free(got);
		make_close(img);
	}
}

static void applesingle_shows_through_as_well(void **state)
{
	static uint8_t dates[16];
	size_t len = put_inner();
	const struct make_entry entries[] = {
		{ 3, "My \x80 disk", 9 },
		{ 8, dates, sizeof(dates) },
		{ 9, "TYPECREA................", 24 },
		{ 4, "a comment", 9 },
		{ 1, dfork, len },
	};
	struct mun_image *img;

	(void)state;
	put_be32(dates, 86400);
	put_be32(dates + 4, 0x80000000);
	len = make_appledouble(image, 0x00051600, entries, 5);
	img = make_open(image, len, NULL, NULL, NULL);
	assert_string_equal(img->driver->name, "applesingle");
	assert_string_equal(make_fact(img, "file name")->value,
			    "My \\x80 disk");
	assert_string_equal(make_fact(img, "file creator")->value, "CREA");
	assert_string_equal(make_fact(img, "file comment")->value, "a comment");
	assert_string_equal(make_fact(img, "file created")->value,
			    "2000-01-02T00:00:00Z");
	assert_null(make_fact(img, "file modified"));
	make_close(img);
}

static void a_resource_dforkis_said_to_be_left_out(void **state)
{
	size_t len = put_inner();
	size_t rsrc_len = make_rsrc(rsrc, "STR ", 1, dfork, 4);
	size_t n = make_macbinary(image, 3, "a", dfork, len, rsrc, rsrc_len);
	struct mun_image *img = make_open(image, n, NULL, NULL, NULL);
	const struct mun_image_fact *f = make_fact(img, "resource fork");

	(void)state;
	assert_string_equal(img->driver->name, "macbinary");
	assert_non_null(f);
	assert_int_equal(f->kind, MUN_FACT_LIMIT);
	make_close(img);
}

static enum mun_mac_kind kind_of(size_t len)
{
	mun_auto(source) *src = NULL;
	struct mun_mac_file f;
	struct mun_err e;

	assert_int_equal(mun_source_from_memory(image, len, &src, &e), 0);
	assert_int_equal(mun_mac_read(src, &f, &e), 0);
	return f.kind;
}

static void what_does_not_agree_is_no_macbinary(void **state)
{
	static const struct {
		size_t off;
		uint8_t value;
	} cases[] = { { 0, 1 },     { 1, 0 },  { 1, 64 },    { 2, ':' },
		      { 74, 1 },    { 82, 1 }, { 83, 0x80 }, { 85, 1 },
		      { 87, 0x7f }, { 110, 1 } };
	size_t len = put_inner();
	size_t n = make_macbinary(image, 1, "abc", dfork, len, NULL, 0);

	(void)state;
	assert_int_equal(kind_of(n), MUN_MACBINARY_1);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		make_macbinary(image, 1, "abc", dfork, len, NULL, 0);
		image[cases[i].off] = cases[i].value;
		assert_int_equal(kind_of(n), MUN_MAC_NONE);
	}
	/* With a sum, everything before it must be as it was. */
	for (size_t off = 0; off < 124; off++) {
		make_macbinary(image, 2, "abc", dfork, len, NULL, 0);
		image[off] ^= 0x20;
		assert_int_equal(kind_of(n), MUN_MAC_NONE);
	}
}

static void whatever_is_wrong_it_ends_well(void **state)
{
	static const struct mutate_field fields[] = {
		{ "data fork", 83, 4, true },
		{ "resource fork", 87, 4, true },
		{ "comment", 99, 2, true },
		{ "second header", 120, 2, true },
	};
	size_t rsrc_len;
	size_t len = make_forks(&rsrc_len);
	size_t r = 128 + (len + 127) / 128 * 128;
	const struct mutate_field inner[] = {
		{ "data", r, 4, true },
		{ "map", r + 4, 4, true },
		{ "data length", r + 8, 4, true },
		{ "map length", r + 12, 4, true },
		{ "resource", r + 256, 4, true },
		{ "sectors", r + 260 + 68, 4, true },
		{ "offset", r + 260 + 76, 4, true },
		{ "segmented", r + 260 + 84, 4, true },
		{ "chunks", r + 260 + 124, 4, true },
		{ "chunk", r + 260 + 128, 4, true },
		{ "chunk offset", r + 260 + 132, 4, true },
		{ "chunk length", r + 260 + 136, 4, true },
		{ "second chunk", r + 260 + 140, 4, true },
		{ "second offset", r + 260 + 144, 4, true },
		{ "second length", r + 260 + 148, 4, true },
	};
	const size_t bounds[] = { 128,    128 + 2048, r,
				  r + 16, r + 256,    r + 260 + 128 };
	struct mutate_set set = {
		.format = "ndif",
		.image = image,
		.bytes = make_macbinary(image, 1, "S", dfork, len, rsrc,
					rsrc_len),
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = 128,
	};

	(void)state;
	mutate_all(&set);
	set.fields = inner;
	set.nfields = MUN_COUNT(inner);
	set.sweep = 0;
	mutate_all(&set);
}

static void whatever_is_wrong_in_a_wrapper_it_ends_well(void **state)
{
	size_t len = put_inner();
	const struct make_entry entries[] = { { 3, "name", 4 },
					      { 1, dfork, len } };
	static const struct mutate_field fields[] = {
		{ "entries", 24, 2, true },  { "id", 26, 4, true },
		{ "offset", 30, 4, true },   { "length", 34, 4, true },
		{ "id 2", 38, 4, true },     { "offset 2", 42, 4, true },
		{ "length 2", 46, 4, true },
	};
	static const size_t bounds[] = { 26, 38, 50, 54, 54 + 64 };
	const struct mutate_set set = {
		.format = "applesingle",
		.image = image,
		.bytes = make_appledouble(image, 0x00051600, entries, 2),
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = 128,
	};

	(void)state;
	mutate_all(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_forks_in_one_file_are_read),
		cmocka_unit_test(forks_in_two_files_find_each_other),
		cmocka_unit_test(a_dforkalone_is_refused),
		cmocka_unit_test(codings_that_nobody_described_are_kept),
		cmocka_unit_test(segments_and_keys_are_kept),
		cmocka_unit_test(impossible_chunks_are_refused),
		cmocka_unit_test(more_chunks_than_fit_are_refused),
		cmocka_unit_test(an_image_in_a_wrapper_shows_through),
		cmocka_unit_test(applesingle_shows_through_as_well),
		cmocka_unit_test(a_resource_dforkis_said_to_be_left_out),
		cmocka_unit_test(what_does_not_agree_is_no_macbinary),
		cmocka_unit_test(whatever_is_wrong_it_ends_well),
		cmocka_unit_test(whatever_is_wrong_in_a_wrapper_it_ends_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
