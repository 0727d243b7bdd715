/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_vdi.c - VDI: read, damaged, written */
#include "core/bytes.h"
#include "core/check.h"
#include "tests/image/mutate.h"
#include "tests/image/vdisk.h"
#include "tests/support/support.h"

/* Version 1.1, blocks of 4 KiB with 512 bytes extra before each; five blocks,
 * of which 0 is the second in the file, 1 zeros, 2 missing, 3 the first. */
#define BLOCK 4096u
#define EXTRA 512u
#define TABLE 512u
#define DATA 1024u
#define DISK (4u * BLOCK + 512u)
#define BYTES (DATA + 2 * (BLOCK + EXTRA))

static uint8_t *make_vdi(uint32_t type, uint8_t *want)
{
	static const uint32_t map[] = { 1, 0xfffffffe, 0xffffffff, 0,
					0xffffffff };
	uint8_t *p = calloc(1, BYTES);

	assert_non_null(p);
	memcpy(p, "<<< Oracle VM VirtualBox Disk Image >>>\n", 40);
	mun_put_le32(p + 0x40, 0xbeda107f);
	mun_put_le32(p + 0x44, 0x00010001);
	mun_put_le32(p + 0x48, 400);
	mun_put_le32(p + 0x4c, type);
	memcpy(p + 0x54, "a comment", 9);
	mun_put_le32(p + 0x154, TABLE);
	mun_put_le32(p + 0x158, DATA);
	mun_put_le32(p + 0x15c, 3);
	mun_put_le32(p + 0x160, 4);
	mun_put_le32(p + 0x164, 5);
	mun_put_le32(p + 0x168, 512);
	mun_put_le64(p + 0x170, DISK);
	mun_put_le32(p + 0x178, BLOCK);
	mun_put_le32(p + 0x17c, EXTRA);
	mun_put_le32(p + 0x180, 5);
	mun_put_le32(p + 0x184, 2);
	for (uint8_t i = 0; i < 16; i++) {
		p[0x188 + i] = (uint8_t)(0x10 + i);
		p[0x198 + i] = (uint8_t)(0x30 + i);
	}
	for (size_t i = 0; i < 5; i++)
		mun_put_le32(p + TABLE + 4 * i, map[i]);
	memset(p + DATA, 0xee, BYTES - DATA);
	mun_test_pattern(p + DATA + EXTRA, BLOCK, 1);
	mun_test_pattern(p + DATA + BLOCK + 2 * EXTRA, BLOCK, 2);
	memset(want, 0, DISK);
	memcpy(want, p + DATA + BLOCK + 2 * EXTRA, BLOCK);
	memcpy(want + (size_t)3 * BLOCK, p + DATA + EXTRA, BLOCK);
	return p;
}

static void a_dynamic_disk_is_decoded(void **state)
{
	uint8_t want[DISK];
	uint8_t *p = make_vdi(1, want);
	struct vdisk v = vdisk_open(p, BYTES, NULL, NULL);
	char *x = vdisk_extents(v.img);

	(void)state;
	assert_string_equal(v.img->format->name, "vdi");
	assert_string_equal(v.img->variant, "dynamic");
	assert_string_equal(v.img->puid, "fmt/726");
	assert_string_equal(v.img->note, "");
	assert_int_equal(v.img->geometry.cylinders, 3);
	assert_int_equal(v.img->geometry.heads, 4);
	assert_int_equal(v.img->geometry.sectors, 5);
	vdisk_is(v.img, want, DISK);
	assert_string_equal(x, "data 0+4096 zero 4096+4096 hole 8192+4096 "
			       "data 12288+4096 hole 16384+512");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "creator"),
			    "Oracle VM VirtualBox Disk Image");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "comment"),
			    "a comment");
	/* The first three parts of a UUID are little endian. */
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "UUID"),
			    "13121110-1514-1716-1819-1a1b1c1d1e1f");
	vdisk_close(&v);
	free(x);
	free(p);
}

static void a_fixed_disk_is_told(void **state)
{
	uint8_t want[DISK];
	uint8_t *p = make_vdi(2, want);
	struct vdisk v = vdisk_open(p, BYTES, NULL, NULL);

	(void)state;
	assert_string_equal(v.img->variant, "fixed");
	vdisk_is(v.img, want, DISK);
	vdisk_close(&v);
	free(p);
}

/* The header of version 0 has other offsets, and the table follows it. */
static void the_old_version_is_read(void **state)
{
	uint8_t p[0x1a4 + 8 + 1024] = "<<< InnoTek VirtualBox Disk Image >>>\n";
	uint8_t want[1024] = { 0 };
	struct vdisk v;

	(void)state;
	mun_put_le32(p + 0x40, 0xbeda107f);
	mun_put_le32(p + 0x44, 0x00000001);
	mun_put_le32(p + 0x48, 1);
	memcpy(p + 0x50, "old", 3);
	mun_put_le32(p + 0x150, 9);
	mun_put_le64(p + 0x160, 1024);
	mun_put_le32(p + 0x168, 512);
	mun_put_le32(p + 0x16c, 2);
	mun_put_le32(p + 0x170, 1);
	memset(p + 0x174, 0x77, 16);
	memset(p + 0x1a4, 0xff, 4);
	mun_test_pattern(p + 0x1ac, 512, 1);
	memcpy(want + 512, p + 0x1ac, 512);
	v = vdisk_open(p, sizeof(p), NULL, NULL);
	vdisk_is(v.img, want, sizeof(want));
	assert_int_equal(v.img->geometry.cylinders, 9);
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "comment"), "old");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "format version"),
			    "0.1");
	vdisk_close(&v);
}

static void a_difference_is_read_with_its_parent(void **state)
{
	uint8_t want[DISK], base_want[DISK];
	uint8_t *p = make_vdi(4, want);
	uint8_t *base = make_vdi(1, base_want);
	struct vdisk b, v;

	(void)state;
	mun_put_le32(base + TABLE + 8, 0);
	memcpy(want + (size_t)2 * BLOCK, base + DATA + EXTRA, BLOCK);
	memcpy(p + 0x1a8, base + 0x188, 16);
	memcpy(p + 0x1b8, base + 0x198, 16);
	b = vdisk_open(base, BYTES, NULL, NULL);
	v = vdisk_open(p, BYTES, NULL, b.img);
	assert_string_equal(v.img->variant, "difference");
	vdisk_is(v.img, want, DISK);
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_PARENT, "UUID"),
			    "13121110-1514-1716-1819-1a1b1c1d1e1f");
	vdisk_close(&v);
	vdisk_close(&b);
	free(p);
	free(base);
}

static void a_difference_wants_the_right_parent(void **state)
{
	uint8_t want[DISK];
	uint8_t *p = make_vdi(4, want);
	uint8_t *base = make_vdi(1, want);
	struct vdisk b = vdisk_open(base, BYTES, NULL, NULL);
	struct vdisk r, v;
	char text[1024];

	(void)state;
	memset(p + 0x1a8, 0x22, 16);
	assert_int_equal(vdisk_open_fails(p, BYTES, NULL, NULL, text),
			 MUN_ENOENT);
	assert_non_null(strstr(text, "22222222-2222-2222-2222-222222222222"));
	assert_non_null(strstr(text, "--parent"));
	assert_int_equal(vdisk_open_fails(p, BYTES, NULL, b.img, text),
			 MUN_EINVAL);
	assert_non_null(strstr(text, "13121110-1514-1716-1819-1a1b1c1d1e1f"));
	memcpy(p + 0x1a8, base + 0x188, 16);
	memset(p + 0x1b8, 0x22, 16);
	assert_int_equal(vdisk_open_fails(p, BYTES, NULL, b.img, text),
			 MUN_EINVAL);
	assert_non_null(strstr(text, "was changed after"));
	r = vdisk_open(base, BYTES, "raw", NULL);
	v = vdisk_open(p, BYTES, NULL, r.img);
	assert_non_null(strstr(v.img->note, "cannot be checked"));
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
		{ 0x44, 0x00020000, MUN_EUNSUPPORTED, "version 2.0" },
		{ 0x4c, 0, MUN_EUNSUPPORTED, "disk type 0" },
		{ 0x4c, 3, MUN_EUNSUPPORTED, "undo image" },
		{ 0x4c, 5, MUN_EUNSUPPORTED, "disk type 5" },
		{ 0x154, 0x7fffffff, MUN_ECORRUPT, "table of 5 entries" },
		{ 0x174, 0x80000000, MUN_ECORRUPT, "a disk of" },
		{ 0x178, 0, MUN_ECORRUPT, "blocks of 0" },
		{ 0x178, 0xffffffff, MUN_ECORRUPT, "blocks of 4294967295" },
		{ 0x17c, 0xffffffff, MUN_ECORRUPT, "4294967295 extra" },
		{ 0x180, 4, MUN_ECORRUPT, "4 blocks for a disk that has 5" },
		{ 0x180, 0xffffffff, MUN_ECORRUPT, "table of 4294967295" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t want[DISK];
		uint8_t *p = make_vdi(1, want);
		char text[1024];

		mun_put_le32(p + cases[i].off, cases[i].value);
		assert_int_equal(vdisk_open_fails(p, BYTES, NULL, NULL, text),
				 cases[i].code);
		if (!strstr(text, cases[i].text))
			fail_msg("%s: not '%s'", text, cases[i].text);
		free(p);
	}
}

static void a_file_that_ends_early_is_noted(void **state)
{
	uint8_t want[DISK];
	uint8_t *p = make_vdi(1, want);
	struct vdisk v = vdisk_open(p, BYTES - BLOCK - EXTRA, NULL, NULL);
	uint8_t buf[BLOCK];
	struct mun_err e;

	(void)state;
	assert_string_equal(v.img->note,
			    "the file ends before the last of its 2 blocks");
	assert_int_equal(
		mun_image_pread(v.img, MUN_VIEW_CONTENT, buf, BLOCK, 0, &e),
		MUN_ECORRUPT);
	assert_int_equal(mun_image_pread(v.img, MUN_VIEW_CONTENT, buf, BLOCK,
					 3 * BLOCK, &e),
			 0);
	assert_memory_equal(buf, want + 3 * BLOCK, BLOCK);
	vdisk_close(&v);
	free(p);
}

static void nothing_wrong_with_it_does_harm(void **state)
{
	static const struct mutate_field fields[] = {
		{ "signature", 0x40, 4, false },
		{ "version", 0x44, 4, false },
		{ "header size", 0x48, 4, false },
		{ "type", 0x4c, 4, false },
		{ "flags", 0x50, 4, false },
		{ "table", 0x154, 4, false },
		{ "data", 0x158, 4, false },
		{ "cylinders", 0x15c, 4, false },
		{ "sector size", 0x168, 4, false },
		{ "disk size", 0x170, 8, false },
		{ "block size", 0x178, 4, false },
		{ "extra", 0x17c, 4, false },
		{ "blocks", 0x180, 4, false },
		{ "allocated", 0x184, 4, false },
		{ "entry 0", TABLE, 4, false },
		{ "entry 1", TABLE + 4, 4, false },
		{ "entry 2", TABLE + 8, 4, false },
		{ "entry 4", TABLE + 16, 4, false },
	};
	static const size_t bounds[] = {
		0,     64,           72,
		0x1d8, TABLE,        TABLE + 20,
		DATA,  DATA + EXTRA, DATA + EXTRA + BLOCK
	};
	uint8_t want[DISK], base_want[DISK];
	uint8_t *p = make_vdi(1, want);
	uint8_t *d = make_vdi(4, want);
	uint8_t *base = make_vdi(1, base_want);
	struct vdisk b = vdisk_open(base, BYTES, NULL, NULL);
	struct mutate_set s = {
		.format = "vdi",
		.image = p,
		.bytes = BYTES,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = 540,
	};

	(void)state;
	mutate_all(&s);
	s.image = d;
	s.parent = b.img;
	mutate_all(&s);
	vdisk_close(&b);
	free(p);
	free(d);
	free(base);
}

static void what_is_written_is_read_back(void **state)
{
	static const size_t sizes[] = { 512, 1474560, (1u << 20) + 512,
					(size_t)5 << 20 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		uint8_t *p = calloc(1, sizes[i]);

		vdisk_round_trip(p, sizes[i], "vdi", NULL);
		mun_test_pattern(p + sizes[i] - 512, 512, i);
		vdisk_round_trip(p, sizes[i], "vdi", NULL);
		mun_test_pattern(p, 512, i + 100);
		vdisk_round_trip(p, sizes[i], "vdi", NULL);
		free(p);
	}
}

static void other_content_has_another_uuid(void **state)
{
	uint8_t p[1024] = { 0 };
	size_t len;
	uint8_t *a = vdisk_write(p, sizeof(p), "vdi", NULL, 1, NULL, &len);
	uint8_t *b;

	(void)state;
	p[1023] = 1;
	b = vdisk_write(p, sizeof(p), "vdi", NULL, 1, NULL, &len);
	assert_memory_not_equal(a + 0x188, b + 0x188, 16);
	assert_memory_not_equal(a + 0x188, a + 0x198, 16);
	/* Version 8 and the variant of RFC 9562, where little endian has them. */
	assert_int_equal(a[0x188 + 7] >> 4, 8);
	assert_int_equal(a[0x188 + 8] >> 6, 2);
	free(a);
	free(b);
}

static void half_a_sector_is_filled_and_told(void **state)
{
	uint8_t p[513];
	uint8_t want[1024] = { 0 };
	struct mun_loss loss = { 0 };
	size_t len;
	uint8_t *made;
	struct vdisk v;

	(void)state;
	mun_test_pattern(p, sizeof(p), 1);
	memcpy(want, p, sizeof(p));
	made = vdisk_write(p, sizeof(p), "vdi", NULL, 1, &loss, &len);
	v = vdisk_open(made, len, NULL, NULL);
	vdisk_is(v.img, want, sizeof(want));
	assert_int_equal(loss.nrows, 1);
	assert_string_equal(loss.rows[0].what, "size");
	mun_loss_clear(&loss);
	vdisk_close(&v);
	free(made);
}

static void what_cannot_be_written_is_refused(void **state)
{
	char text[1024];

	(void)state;
	assert_int_equal(
		vdisk_plan_fails(((uint64_t)16 << 40) + 1, "vdi", "", text),
		MUN_EUNSUPPORTED);
	assert_non_null(strstr(text, "VDI holds no more than"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dynamic_disk_is_decoded),
		cmocka_unit_test(a_fixed_disk_is_told),
		cmocka_unit_test(the_old_version_is_read),
		cmocka_unit_test(a_difference_is_read_with_its_parent),
		cmocka_unit_test(a_difference_wants_the_right_parent),
		cmocka_unit_test(wrong_fields_are_refused),
		cmocka_unit_test(a_file_that_ends_early_is_noted),
		cmocka_unit_test(nothing_wrong_with_it_does_harm),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(other_content_has_another_uuid),
		cmocka_unit_test(half_a_sector_is_filled_and_told),
		cmocka_unit_test(what_cannot_be_written_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
