/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_vhd.c - VHD: read, damaged, written */
#include "core/bytes.h"
#include "core/check.h"
#include "image/fmt_vhd.h"
#include "tests/image/mutate.h"
#include "tests/image/vdisk.h"
#include "tests/support/support.h"

/*
 * A dynamic disk as the tests have it: blocks of 4 KiB, one sector of bitmap
 * each, four of them, of which the last is half a block long.
 *	0 footer  512 header  1536 table  2048 block 1  6656 block 3  11264 footer
 */
#define BLOCK 4096u
#define DISK (3u * BLOCK + 2048u)
#define BLOCK_1 2048u
#define BLOCK_3 (BLOCK_1 + 512 + BLOCK)
#define TAIL (BLOCK_3 + 512 + BLOCK)
#define BYTES (TAIL + 512)

static void sum(uint8_t *p, size_t len, size_t at)
{
	uint32_t s = 0;

	memset(p + at, 0, 4);
	for (size_t i = 0; i < len; i++)
		s += p[i];
	mun_put_be32(p + at, ~s);
}

static void make_footer(uint8_t *f, uint64_t size, uint32_t type)
{
	memset(f, 0, 512);
	memcpy(f, "conectix", 8);
	f[11] = 2;
	f[13] = 1;
	mun_put_be64(f + 16, type == 2 ? UINT64_MAX : 512);
	mun_put_be32(f + 24, 600000000);
	memcpy(f + 28, "vpc ", 4);
	f[33] = 5;
	f[35] = 3;
	memcpy(f + 36, "Wi2k", 4);
	mun_put_be64(f + 40, size);
	mun_put_be64(f + 48, size);
	f[57] = 7;
	f[58] = 2;
	f[59] = 2;
	mun_put_be32(f + 60, type);
	for (uint8_t i = 0; i < 16; i++)
		f[68 + i] = (uint8_t)(0x10 + i);
	sum(f, 512, 64);
}

static void fix(uint8_t *image, size_t bytes)
{
	if (bytes < 2048)
		return;
	sum(image, 512, 64);
	sum(image + 512, 1024, 36);
	memcpy(image + bytes - 512, image, 512);
}

/* The image and what it decodes to (without a parent). */
static uint8_t *make_dynamic(uint32_t type, uint8_t *want)
{
	uint8_t *p = calloc(1, BYTES);
	uint8_t *h = p + 512;

	assert_non_null(p);
	make_footer(p, DISK, type);
	memcpy(h, "cxsparse", 8);
	memset(h + 8, 0xff, 8);
	mun_put_be64(h + 16, 1536);
	h[25] = 1;
	mun_put_be32(h + 28, 4);
	mun_put_be32(h + 32, BLOCK);
	memset(p + 1536, 0xff, 512);
	mun_put_be32(p + 1536 + 4, BLOCK_1 / 512);
	mun_put_be32(p + 1536 + 12, BLOCK_3 / 512);
	/* Block 1: sectors 0, 1 and 7; block 3: all. */
	p[BLOCK_1] = 0xc1;
	p[BLOCK_3] = 0xff;
	mun_test_pattern(p + BLOCK_1 + 512, 1024, 1);
	mun_test_pattern(p + BLOCK_1 + 512 + 7 * 512, 512, 2);
	mun_test_pattern(p + BLOCK_3 + 512, BLOCK, 3);
	fix(p, BYTES);
	memset(want, 0, DISK);
	memcpy(want + BLOCK, p + BLOCK_1 + 512, BLOCK);
	memcpy(want + (size_t)3 * BLOCK, p + BLOCK_3 + 512, 2048);
	return p;
}

static void a_fixed_disk_is_its_bytes(void **state)
{
	uint8_t p[4096 + 512];
	struct vdisk v;

	(void)state;
	mun_test_pattern(p, 4096, 7);
	make_footer(p + 4096, 4096, 2);
	v = vdisk_open(p, sizeof(p), NULL, NULL);
	assert_string_equal(v.img->format->name, "vhd");
	assert_string_equal(v.img->variant, "fixed");
	assert_int_equal(v.img->sector_bytes, 512);
	assert_int_equal(v.img->medium, MUN_MEDIUM_DISK);
	assert_int_equal(v.img->geometry.cylinders, 7);
	assert_string_equal(v.img->note,
			    "its CHS geometry reaches 10240 bytes beyond its "
			    "size");
	vdisk_is(v.img, p, 4096);
	assert_int_equal(vdisk_check(v.img, "footer"), MUN_FACT_GOOD);
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "creator"),
			    "Virtual PC (vpc )");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "creator version"),
			    "5.3");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "creator system"),
			    "Windows (Wi2k)");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "created"),
			    "2019-01-05T10:40:00Z");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "UUID"),
			    "10111213-1415-1617-1819-1a1b1c1d1e1f");
	vdisk_close(&v);
}

static void a_footer_of_511_bytes_is_taken(void **state)
{
	uint8_t p[4096 + 512];
	struct vdisk v;

	(void)state;
	mun_test_pattern(p, 4096, 7);
	make_footer(p + 4096, 4096, 2);
	v = vdisk_open(p, sizeof(p) - 1, NULL, NULL);
	assert_non_null(strstr(v.img->note, "the footer has 511 bytes"));
	vdisk_is(v.img, p, 4096);
	vdisk_close(&v);
}

static void bytes_before_the_footer_are_noted(void **state)
{
	uint8_t p[4096 + 512] = { 0 };
	struct vdisk v;
	char text[1024];

	(void)state;
	make_footer(p + 4096, 1024, 2);
	v = vdisk_open(p, sizeof(p), NULL, NULL);
	assert_non_null(strstr(v.img->note, "3072 bytes between the disk and "
					    "its footer"));
	assert_int_equal(v.img->bytes, 1024);
	vdisk_close(&v);
	make_footer(p + 4096, 4097, 2);
	assert_int_equal(vdisk_open_fails(p, sizeof(p), NULL, NULL, text),
			 MUN_ECORRUPT);
	assert_non_null(strstr(text, "4097"));
}

static void a_dynamic_disk_is_decoded(void **state)
{
	uint8_t want[DISK];
	uint8_t *p = make_dynamic(3, want);
	struct vdisk v = vdisk_open(p, BYTES, NULL, NULL);
	struct mun_err e;
	char *x = vdisk_extents(v.img);

	(void)state;
	assert_string_equal(v.img->variant, "dynamic");
	vdisk_is(v.img, want, DISK);
	assert_string_equal(x, "hole 0+4096 data 4096+1024 hole 5120+2560 "
			       "data 7680+512 hole 8192+4096 data 12288+2048");
	assert_int_equal(vdisk_check(v.img, "footer copy"), MUN_FACT_GOOD);
	assert_int_equal(vdisk_check(v.img, "dynamic header"), MUN_FACT_GOOD);
	assert_int_equal(vdisk_check(v.img, "sector bitmaps"), MUN_FACT_NONE);
	assert_int_equal(mun_image_verify(v.img, &e), 0);
	assert_int_equal(vdisk_check(v.img, "sector bitmaps"), MUN_FACT_GOOD);
	vdisk_close(&v);
	free(x);
	free(p);
}

static void data_that_the_bitmap_hides_is_told(void **state)
{
	uint8_t want[DISK];
	uint8_t *p = make_dynamic(3, want);
	struct mun_err e;
	struct vdisk v;

	(void)state;
	p[BLOCK_1 + 512 + 6 * 512 + 511] = 1;
	v = vdisk_open(p, BYTES, NULL, NULL);
	vdisk_is(v.img, want, DISK);
	assert_int_equal(mun_image_verify(v.img, &e), 0);
	assert_int_equal(vdisk_check(v.img, "sector bitmaps"), MUN_FACT_BAD);
	vdisk_close(&v);
	free(p);
}

static void a_damaged_footer_is_made_good_by_its_copy(void **state)
{
	uint8_t want[DISK];
	uint8_t *p = make_dynamic(3, want);
	struct vdisk v;

	(void)state;
	p[TAIL + 48] ^= 1;
	v = vdisk_open(p, BYTES, NULL, NULL);
	vdisk_is(v.img, want, DISK);
	assert_int_equal(vdisk_check(v.img, "footer"), MUN_FACT_BAD);
	assert_int_equal(vdisk_check(v.img, "footer copy"), MUN_FACT_GOOD);
	assert_non_null(strstr(v.img->note, "its copy at the start was taken"));
	vdisk_close(&v);
	/* Cut off, it is gone altogether. */
	v = vdisk_open(p, TAIL, NULL, NULL);
	vdisk_is(v.img, want, DISK);
	vdisk_close(&v);
	free(p);
}

static void a_wrong_checksum_is_told_and_the_disk_is_read(void **state)
{
	uint8_t want[DISK];
	uint8_t *p = make_dynamic(3, want);
	struct vdisk v;

	(void)state;
	p[64] ^= 1;
	p[TAIL + 64] ^= 1;
	p[512 + 36] ^= 1;
	v = vdisk_open(p, BYTES, NULL, NULL);
	vdisk_is(v.img, want, DISK);
	assert_int_equal(vdisk_check(v.img, "footer"), MUN_FACT_BAD);
	assert_int_equal(vdisk_check(v.img, "dynamic header"), MUN_FACT_BAD);
	assert_non_null(
		strstr(v.img->note, "the checksum of the footer is wrong"));
	assert_non_null(strstr(v.img->note, "the checksum of the dynamic "
					    "header is wrong"));
	vdisk_close(&v);
	free(p);
}

static void a_footer_that_differs_from_its_copy_is_noted(void **state)
{
	uint8_t want[DISK];
	uint8_t *p = make_dynamic(3, want);
	struct vdisk v;

	(void)state;
	p[28] = 'x';
	sum(p, 512, 64);
	v = vdisk_open(p, BYTES, NULL, NULL);
	assert_non_null(strstr(v.img->note, "the footer and its copy differ"));
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "creator"),
			    "Virtual PC (vpc )");
	vdisk_close(&v);
	free(p);
}

static void name_parent(uint8_t *p, const uint8_t *uuid)
{
	static const char name[] = "C:\\disks\\base.vhd";
	uint8_t *h = p + 512;

	memcpy(h + 40, uuid, 16);
	mun_put_be32(h + 56, 86400);
	for (size_t i = 0; name[i]; i++)
		h[64 + 2 * i + 1] = (uint8_t)name[i];
	/* The locator's text lies in the unused end of the table's sector. */
	memcpy(h + 576, "W2ru", 4);
	mun_put_be32(h + 576 + 4, 512);
	mun_put_be32(h + 576 + 8, 20);
	mun_put_be64(h + 576 + 16, 1600);
	memcpy(p + 1600, ".\0\\\0b\0a\0s\0e\0.\0v\0h\0d\0", 20);
	fix(p, BYTES);
}

static void a_difference_is_read_with_its_parent(void **state)
{
	uint8_t want[DISK];
	uint8_t base_want[DISK];
	uint8_t *p = make_dynamic(4, want);
	uint8_t *base = make_dynamic(3, base_want);
	struct vdisk b, v;
	char *x;

	(void)state;
	/* The base has block 0 where the difference has block 1. */
	memset(base + 1536, 0xff, 16);
	mun_put_be32(base + 1536, BLOCK_3 / 512);
	mun_put_be32(base + 1536 + 4, BLOCK_1 / 512);
	memset(base + BLOCK_1, 0xff, 1);
	mun_test_pattern(base + BLOCK_1 + 512, BLOCK, 9);
	memcpy(want, base + BLOCK_3 + 512, BLOCK);
	memcpy(want + BLOCK + 1024, base + BLOCK_1 + 512 + 1024, 5 * 512);
	name_parent(p, base + 68);
	b = vdisk_open(base, BYTES, NULL, NULL);
	v = vdisk_open(p, BYTES, NULL, b.img);
	assert_string_equal(v.img->variant, "differencing");
	vdisk_is(v.img, want, DISK);
	x = vdisk_extents(v.img);
	assert_string_equal(x, "data 0+8192 hole 8192+4096 data 12288+2048");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_PARENT, "name"),
			    "C:\\\\disks\\\\base.vhd");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_PARENT, "relative path"),
			    ".\\\\base.vhd");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_PARENT, "UUID"),
			    "10111213-1415-1617-1819-1a1b1c1d1e1f");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_PARENT, "modified"),
			    "2000-01-02T00:00:00Z");
	vdisk_close(&v);
	vdisk_close(&b);
	free(x);
	free(p);
	free(base);
}

static void a_difference_wants_the_right_parent(void **state)
{
	static const uint8_t other[16] = { 1, 2, 3 };
	uint8_t want[DISK], base_want[DISK];
	uint8_t *p = make_dynamic(4, want);
	uint8_t *base = make_dynamic(3, base_want);
	struct vdisk b = vdisk_open(base, BYTES, NULL, NULL);
	uint8_t small[BLOCK + 512];
	struct vdisk r, v;
	char text[1024];

	(void)state;
	name_parent(p, other);
	assert_int_equal(vdisk_open_fails(p, BYTES, NULL, NULL, text),
			 MUN_ENOENT);
	assert_non_null(strstr(text, "'base.vhd'"));
	assert_non_null(strstr(text, "--parent"));
	assert_int_equal(vdisk_open_fails(p, BYTES, NULL, b.img, text),
			 MUN_EINVAL);
	assert_non_null(strstr(text, "01020300-0000-0000-0000-000000000000"));
	assert_non_null(strstr(text, "10111213-1415-1617-1819-1a1b1c1d1e1f"));
	/* A raw parent has no UUID; a shorter one goes on with zeros. */
	mun_test_pattern(small, sizeof(small), 5);
	r = vdisk_open(small, sizeof(small), "raw", NULL);
	v = vdisk_open(p, BYTES, NULL, r.img);
	assert_non_null(strstr(v.img->note, "cannot be checked"));
	memcpy(want, small, BLOCK);
	memset(want + BLOCK + 1024, 0, 5 * 512);
	vdisk_is(v.img, want, DISK);
	vdisk_close(&v);
	vdisk_close(&r);
	vdisk_close(&b);
	free(p);
	free(base);
}

static void wrong_fields_are_refused(void **state)
{
	static const struct {
		size_t off;
		uint32_t value;
		int code;
		const char *text;
	} cases[] = {
		{ 12, 0x00020000, MUN_EUNSUPPORTED, "version 2.0 of the foot" },
		{ 60, 1, MUN_EUNSUPPORTED, "disk type 1" },
		{ 60, 5, MUN_EUNSUPPORTED, "disk type 5" },
		{ 48, 0x80000000, MUN_ECORRUPT, "a size of" },
		{ 20, 0x7fffffff, MUN_ECORRUPT, "goes beyond the end" },
		{ 20, 1024, MUN_ECORRUPT, "no dynamic header" },
		{ 512 + 24, 0x00030000, MUN_EUNSUPPORTED, "version 3.0" },
		{ 512 + 32, 3000, MUN_ECORRUPT, "blocks of 3000" },
		{ 512 + 32, 256, MUN_ECORRUPT, "blocks of 256" },
		{ 512 + 28, 3, MUN_ECORRUPT, "3 blocks for a disk that has 4" },
		{ 512 + 28, 0x7fffffff, MUN_ECORRUPT, "table of 2147483647" },
		{ 512 + 20, 0xfffff000, MUN_ECORRUPT, "table of 4 entries" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t want[DISK];
		uint8_t *p = make_dynamic(3, want);
		char text[1024];

		mun_put_be32(p + cases[i].off, cases[i].value);
		fix(p, BYTES);
		assert_int_equal(vdisk_open_fails(p, BYTES, NULL, NULL, text),
				 cases[i].code);
		if (!strstr(text, cases[i].text))
			fail_msg("%s: not '%s'", text, cases[i].text);
		free(p);
	}
}

static void a_block_outside_the_file_is_an_error(void **state)
{
	uint8_t want[DISK];
	uint8_t *p = make_dynamic(3, want);
	uint8_t buf[512];
	struct mun_err e;
	struct vdisk v;

	(void)state;
	mun_put_be32(p + 1536 + 4, TAIL / 512);
	v = vdisk_open(p, BYTES, NULL, NULL);
	/* Its bitmap is the footer, whose first bits are those of 'c'. */
	assert_int_equal(mun_image_pread(v.img, MUN_VIEW_CONTENT, buf, 512,
					 BLOCK + 512, &e),
			 MUN_ECORRUPT);
	assert_int_equal(
		mun_image_pread(v.img, MUN_VIEW_CONTENT, buf, 512, 0, &e), 0);
	vdisk_close(&v);
	mun_put_be32(p + 1536 + 4, UINT32_MAX - 1);
	v = vdisk_open(p, BYTES, NULL, NULL);
	assert_int_equal(
		mun_image_pread(v.img, MUN_VIEW_CONTENT, buf, 512, BLOCK, &e),
		MUN_ECORRUPT);
	vdisk_close(&v);
	free(p);
}

/* Of a disk of Virtual PC itself, and of what its users write of. */
static void the_geometry_is_that_of_the_specification(void **state)
{
	static const struct {
		uint64_t bytes;
		struct mun_geometry want;
	} cases[] = {
		{ 0, { 0, 4, 17 } },
		{ 1474560, { 42, 4, 17 } },
		{ (uint64_t)2 << 30, { 4161, 16, 63 } },
		{ (uint64_t)10 << 30, { 20805, 16, 63 } },
		{ 136365211648, { 65278, 16, 255 } },
		{ (uint64_t)2040 << 30, { 65535, 16, 255 } },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_geometry g = mun_vhd_geometry(cases[i].bytes);

		assert_int_equal(g.cylinders, cases[i].want.cylinders);
		assert_int_equal(g.heads, cases[i].want.heads);
		assert_int_equal(g.sectors, cases[i].want.sectors);
	}
}

static void nothing_wrong_with_it_does_harm(void **state)
{
	static const struct mutate_field fields[] = {
		{ "version", 12, 4, true },
		{ "dynamic header", 16, 8, true },
		{ "time", 24, 4, true },
		{ "creator", 28, 4, true },
		{ "original size", 40, 8, true },
		{ "current size", 48, 8, true },
		{ "cylinders", 56, 2, true },
		{ "heads", 58, 1, true },
		{ "sectors", 59, 1, true },
		{ "type", 60, 4, true },
		{ "checksum", 64, 4, true },
		{ "table", 512 + 16, 8, true },
		{ "header version", 512 + 24, 4, true },
		{ "entries", 512 + 28, 4, true },
		{ "block size", 512 + 32, 4, true },
		{ "header checksum", 512 + 36, 4, true },
		{ "parent's time", 512 + 56, 4, true },
		{ "locator's code", 512 + 576, 4, true },
		{ "locator's room", 512 + 576 + 4, 4, true },
		{ "locator's length", 512 + 576 + 8, 4, true },
		{ "locator's offset", 512 + 576 + 16, 8, true },
		{ "entry 0", 1536, 4, true },
		{ "entry 1", 1540, 4, true },
		{ "entry 3", 1548, 4, true },
		{ "tail's type", TAIL + 60, 4, true },
		{ "tail's size", TAIL + 48, 8, true },
		{ "tail's header", TAIL + 16, 8, true },
	};
	static const size_t bounds[] = { 0,       511,           512,
					 1024,    1536,          1552,
					 BLOCK_1, BLOCK_1 + 512, BLOCK_3,
					 TAIL,    TAIL + 511 };
	uint8_t want[DISK], base_want[DISK];
	uint8_t *p = make_dynamic(3, want);
	uint8_t *d = make_dynamic(4, want);
	uint8_t *base = make_dynamic(3, base_want);
	struct vdisk b = vdisk_open(base, BYTES, NULL, NULL);
	struct mutate_set s = {
		.format = "vhd",
		.image = p,
		.bytes = BYTES,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.fix = fix,
		.sweep = 512 + 640,
	};

	(void)state;
	mutate_all(&s);
	name_parent(d, base + 68);
	s.image = d;
	s.parent = b.img;
	mutate_all(&s);
	vdisk_close(&b);
	free(p);
	free(d);
	free(base);
}

/* Content with zeros in it: what a block leaves out, and what it does not. */
static uint8_t *make_content(size_t len, uint64_t seed)
{
	uint8_t *p = calloc(1, len ? len : 1);

	assert_non_null(p);
	for (size_t off = 0; off < len; off += (size_t)3 << 20)
		mun_test_pattern(p + off, MUN_MIN((size_t)70000, len - off),
				 seed + off);
	return p;
}

static void what_is_written_is_read_back(void **state)
{
	static const size_t sizes[] = { 512, 1474560, (2u << 20) + 512,
					(size_t)9 << 20 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		uint8_t *p = make_content(sizes[i], i);
		uint8_t *zeros = calloc(1, sizes[i]);

		vdisk_round_trip(p, sizes[i], "vhd", NULL);
		vdisk_round_trip(p, sizes[i], "vhd", "type=fixed");
		vdisk_round_trip(zeros, sizes[i], "vhd", NULL);
		vdisk_round_trip(zeros, sizes[i], "vhd", "type=fixed");
		free(p);
		free(zeros);
	}
}

static void it_is_signed_so_that_all_take_its_size(void **state)
{
	uint8_t *p = make_content(1 << 20, 1);
	size_t len;
	uint8_t *made = vdisk_write(p, 1 << 20, "vhd",
				    "type=fixed date=2024-02-03T04:05:06Z", 1,
				    NULL, &len);
	const uint8_t *f = made + (1 << 20);
	struct vdisk v = vdisk_open(made, len, NULL, NULL);

	(void)state;
	assert_int_equal(len, (1 << 20) + 512);
	assert_memory_equal(f + 28, "win ", 4);
	assert_memory_equal(f + 36, "Wi2k", 4);
	assert_int_equal(mun_be64(f + 48), 1 << 20);
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "created"),
			    "2024-02-03T04:05:06Z");
	assert_int_equal(v.img->geometry.cylinders, 30);
	vdisk_close(&v);
	free(made);
	free(p);
}

static void half_a_sector_is_filled_and_told(void **state)
{
	uint8_t *p = make_content(1000, 1);
	struct mun_loss loss = { 0 };
	uint8_t want[1024] = { 0 };
	size_t len;
	uint8_t *made = vdisk_write(p, 1000, "vhd", NULL, 1, &loss, &len);
	struct vdisk v = vdisk_open(made, len, NULL, NULL);

	(void)state;
	memcpy(want, p, 1000);
	vdisk_is(v.img, want, sizeof(want));
	assert_int_equal(loss.nrows, 1);
	assert_string_equal(loss.rows[0].what, "size");
	assert_string_equal(loss.rows[0].why,
			    "VHD counts in sectors of 512 bytes: 24 zero "
			    "bytes are added");
	mun_loss_clear(&loss);
	vdisk_close(&v);
	free(made);
	free(p);
}

static void what_cannot_be_written_is_refused(void **state)
{
	char text[1024];

	(void)state;
	assert_int_equal(
		vdisk_plan_fails(((uint64_t)2040 << 30) + 1, "vhd", "", text),
		MUN_EUNSUPPORTED);
	assert_non_null(strstr(text, "2190433320960"));
	assert_int_equal(vdisk_plan_fails(512, "vhd", "type=thin", text),
			 MUN_EINVAL);
	assert_int_equal(vdisk_plan_fails(512, "vhd", "date=yesterday", text),
			 MUN_EINVAL);
	assert_non_null(strstr(text, "option 'date'"));
	assert_int_equal(
		vdisk_plan_fails(512, "vhd", "date=1999-12-31T23:59:59Z", text),
		MUN_EINVAL);
	assert_non_null(strstr(text, "before 2000"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fixed_disk_is_its_bytes),
		cmocka_unit_test(a_footer_of_511_bytes_is_taken),
		cmocka_unit_test(bytes_before_the_footer_are_noted),
		cmocka_unit_test(a_dynamic_disk_is_decoded),
		cmocka_unit_test(data_that_the_bitmap_hides_is_told),
		cmocka_unit_test(a_damaged_footer_is_made_good_by_its_copy),
		cmocka_unit_test(a_wrong_checksum_is_told_and_the_disk_is_read),
		cmocka_unit_test(a_footer_that_differs_from_its_copy_is_noted),
		cmocka_unit_test(a_difference_is_read_with_its_parent),
		cmocka_unit_test(a_difference_wants_the_right_parent),
		cmocka_unit_test(wrong_fields_are_refused),
		cmocka_unit_test(a_block_outside_the_file_is_an_error),
		cmocka_unit_test(the_geometry_is_that_of_the_specification),
		cmocka_unit_test(nothing_wrong_with_it_does_harm),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(it_is_signed_so_that_all_take_its_size),
		cmocka_unit_test(half_a_sector_is_filled_and_told),
		cmocka_unit_test(what_cannot_be_written_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
