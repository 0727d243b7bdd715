/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_qcow.c - QCOW version 1: read, layered, damaged */
#include "core/bytes.h"
#include "core/check.h"
#include "tests/image/beside.h"
#include "tests/image/mutate.h"
#include "tests/image/vdisk.h"
#include "tests/support/support.h"

#include <zlib.h>

/*
 * A disk of 66 clusters of 512 bytes, 64 entries in an L2 table; the file:
 *	0 header  200 name of the backing file  512 L1  1024 L2
 *	1536 cluster 0  2048 cluster 1  2561 packed cluster 3
 * All others are absent, and the second L2 table too.
 */
#define CLUSTER 512u
#define DISK (66u * CLUSTER)
#define L1 512u
#define L2 1024u
#define PACKED_AT 2561u
#define BYTES 3200u
#define NAME_AT 200u

static void make(uint8_t *image, uint8_t *disk)
{
	z_stream z = { .next_in = disk + (size_t)3 * CLUSTER,
		       .avail_in = CLUSTER,
		       .next_out = image + PACKED_AT,
		       .avail_out = BYTES - PACKED_AT };
	uint64_t len;

	memset(image, 0, BYTES);
	memset(disk, 0, DISK);
	memcpy(image, "QFI\xfb\0\0\0\1", 8);
	mun_put_be64(image + 24, DISK);
	image[32] = 9;
	image[33] = 6;
	mun_put_be64(image + 40, L1);
	mun_put_be64(image + L1, L2);
	for (size_t i = 0; i < (size_t)4 * CLUSTER; i++)
		disk[i] = (uint8_t)(i * 5 % 37);
	memset(disk + (size_t)2 * CLUSTER, 0, CLUSTER);
	memcpy(image + 1536, disk, (size_t)2 * CLUSTER);
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -12, 9, 0), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	len = BYTES - PACKED_AT - z.avail_out;
	deflateEnd(&z);
	assert_true(len < CLUSTER);
	mun_put_be64(image + L2, 1536);
	mun_put_be64(image + L2 + 8, 2048);
	mun_put_be64(image + L2 + 24,
		     UINT64_C(1) << 63 | len << (63 - 9) | PACKED_AT);
}

static void name_backing(uint8_t *image, const char *name)
{
	mun_put_be64(image + 8, NAME_AT);
	mun_put_be32(image + 16, (uint32_t)strlen(name));
	mun_put_be32(image + 20, 86401);
	memcpy(image + NAME_AT, name, strlen(name));
}

static void every_kind_of_cluster_is_decoded(void **state)
{
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct vdisk v;
	char *text;

	(void)state;
	make(image, disk);
	v = vdisk_open(image, BYTES, NULL, NULL);
	assert_string_equal(v.img->format->name, "qcow");
	assert_string_equal(v.img->variant, "version 1, clusters of 512 bytes");
	vdisk_is(v.img, disk, DISK);
	text = vdisk_extents(v.img);
	assert_string_equal(text, "data 0+1024 hole 1024+512 data 1536+512 "
				  "hole 2048+31744");
	free(text);
	vdisk_close(&v);
}

static void the_backing_file_shows_through(void **state)
{
	uint8_t base[DISK - 100];
	struct beside b = { .files = { { "b.img", base, sizeof(base) } } };
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct opened o;

	(void)state;
	make(image, disk);
	name_backing(image, "b.img");
	beside_fails(image, BYTES, NULL, NULL, MUN_ENOENT, "b.img");
	memset(base, 0xbb, sizeof(base));
	memset(disk + (size_t)2 * CLUSTER, 0xbb, CLUSTER);
	memset(disk + (size_t)4 * CLUSTER, 0xbb,
	       sizeof(base) - (size_t)4 * CLUSTER);
	o = beside_open(image, BYTES, NULL, &b, NULL);
	assert_int_equal(o.rc, 0);
	vdisk_is(o.img, disk, DISK);
	assert_string_equal(vdisk_fact(o.img, MUN_FACT_PARENT, "name"),
			    "b.img");
	assert_string_equal(
		vdisk_fact(o.img, MUN_FACT_MADE, "backing file changed"),
		"1970-01-02T00:00:01Z");
	beside_close(&o);
}

static void an_encrypted_disk_is_kept_as_it_is(void **state)
{
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct vdisk v;
	char *text;

	(void)state;
	make(image, disk);
	image[39] = 1;
	v = vdisk_open(image, BYTES, NULL, NULL);
	assert_string_equal(v.img->preserved_only, "encrypted with AES");
	vdisk_is(v.img, image, BYTES);
	text = vdisk_extents(v.img);
	assert_string_equal(text, "data 0+3200");
	free(text);
	vdisk_close(&v);
}

static void wrong_fields_are_refused(void **state)
{
	static const struct {
		size_t off;
		uint32_t value;
		int code;
		const char *text;
	} wrong[] = {
		{ 32, 0x08060000, MUN_ECORRUPT, "no header" },
		{ 32, 0x11060000, MUN_ECORRUPT, "no header" },
		{ 32, 0x09050000, MUN_ECORRUPT, "no header" },
		{ 32, 0x090e0000, MUN_ECORRUPT, "no header" },
		{ 24, 0xffffffff, MUN_ECORRUPT, "size of" },
		{ 24, 0x00ffffff, MUN_ECORRUPT, "L1 table" },
		{ 40, 1, MUN_ECORRUPT, "L1 table" },
		{ 44, 3198, MUN_ECORRUPT, "L1 table" },
		{ 36, 2, MUN_EUNSUPPORTED, "encryption method 2" },
		{ 12, 3199, MUN_ECORRUPT, "name of the backing" },
	};
	uint8_t image[BYTES];
	uint8_t disk[DISK];

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(wrong); i++) {
		make(image, disk);
		mun_put_be32(image + 16, 5);
		mun_put_be32(image + wrong[i].off, wrong[i].value);
		beside_fails(image, BYTES, "qcow", NULL, wrong[i].code,
			     wrong[i].text);
	}
}

static void broken_entries_are_told_when_they_are_read(void **state)
{
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct vdisk v;
	char *text;

	(void)state;
	make(image, disk);
	mun_put_be64(image + L2, 1537);
	image[PACKED_AT] = 7; /* no such block */
	/* Beyond the end of the file: lost, and said to be. */
	mun_put_be64(image + L2 + 8, 1 << 20);
	mun_put_be64(image + L1 + 8, 12);
	v = vdisk_open(image, BYTES, NULL, NULL);
	beside_read_fails(v.img, 0, 1, MUN_ECORRUPT, "odd place 1537");
	beside_read_fails(v.img, 3 * CLUSTER, 1, MUN_ECORRUPT,
			  "compressed cluster at byte 2561");
	beside_read_fails(v.img, 64 * CLUSTER, 1, MUN_ECORRUPT, "odd place 12");
	vdisk_close(&v);
	mun_put_be64(image + L2, 1536);
	mun_put_be64(image + L1 + 8, 0);
	v = vdisk_open(image, BYTES, NULL, NULL);
	text = vdisk_extents(v.img);
	assert_string_equal(text, "data 0+512 unreadable 512+512 "
				  "hole 1024+512 data 1536+512 "
				  "hole 2048+31744");
	free(text);
	vdisk_close(&v);
}

static const struct mutate_field fields[] = {
	{ "version", 4, 4, true },
	{ "backing offset", 8, 8, true },
	{ "backing length", 16, 4, true },
	{ "size", 24, 8, true },
	{ "cluster bits", 32, 1, true },
	{ "L2 bits", 33, 1, true },
	{ "encryption", 36, 4, true },
	{ "L1 offset", 40, 8, true },
	{ "L1 entry", L1, 8, true },
	{ "second L1 entry", L1 + 8, 8, true },
	{ "L2 entry", L2, 8, true },
	{ "packed L2 entry", L2 + 24, 8, true },
};

static void nothing_that_is_wrong_does_harm(void **state)
{
	static const size_t bounds[] = { 0,  4,    48,   NAME_AT,   L1,
					 L2, 1536, 2048, PACKED_AT, BYTES };
	static uint8_t image[BYTES];
	static uint8_t disk[DISK];
	struct beside b = { .files = { { "b.img", disk, sizeof(disk) } } };
	struct mutate_set set = {
		.format = "qcow",
		.image = image,
		.bytes = BYTES,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = NAME_AT + 8,
		.companions = beside_companions(&b),
	};

	(void)state;
	make(image, disk);
	mutate_all(&set);
	name_backing(image, "b.img");
	mutate_all(&set);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_cluster_is_decoded),
		cmocka_unit_test(the_backing_file_shows_through),
		cmocka_unit_test(an_encrypted_disk_is_kept_as_it_is),
		cmocka_unit_test(wrong_fields_are_refused),
		cmocka_unit_test(broken_entries_are_told_when_they_are_read),
		cmocka_unit_test(nothing_that_is_wrong_does_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
