/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_vmdk.c - VMDK: read, in parts, layered, damaged */
#include "core/bytes.h"
#include "core/check.h"
#include "tests/image/beside.h"
#include "tests/image/mutate.h"
#include "tests/image/vdisk.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <zlib.h>

/*
 * A disk of 11 sectors in grains of two, so that the last is cut; two entries
 * in a grain table.  The file in sectors:
 *	0 header  1, 2 descriptor  3 second directory  4-6 its tables
 *	7 directory  8-10 tables  12 grain 0  14 grain 1  16 grain 5
 * Grain 2 is absent, and so is the table of 4 and 5 in some tests; 3 is zeros.
 */
#define SECTOR 512u
#define GRAIN 1024u
#define DISK (11u * SECTOR)
#define BYTES (17u * SECTOR)
#define TEXT SECTOR
#define SECOND 3u
#define FIRST 7u

static const char sparse_text[] = "# Disk DescriptorFile\n"
				  "version=1\r\n"
				  "CID=1234abcd\n"
				  "parentCID=ffffffff\n"
				  "createType=\"monolithicSparse\"\n"
				  "\n"
				  "# Extent description\n"
				  "RW 11 SPARSE \"old name.vmdk\"\n"
				  "ddb.adapterType = \"lsilogic\"\n"
				  "ddb.geometry.cylinders = \"3\"\n"
				  "ddb.geometry.heads = \"4\"\n"
				  "ddb.geometry.sectors = \"5\"\n"
				  "ddb.uuid.image = \"11-22\"\n"
				  "ddb.custom = \"a\xe4\"\n";

static void put_le64(uint8_t *p, uint64_t v)
{
	mun_put_le32(p, (uint32_t)v);
	mun_put_le32(p + 4, (uint32_t)(v >> 32));
}

static void header(uint8_t *h, uint32_t flags, uint64_t sectors)
{
	memset(h, 0, SECTOR);
	memcpy(h, "KDMV", 4);
	mun_put_le32(h + 4, 1);
	mun_put_le32(h + 8, flags);
	put_le64(h + 12, sectors);
	put_le64(h + 20, GRAIN / SECTOR);
	mun_put_le32(h + 44, 2);
	memcpy(h + 73, "\n \r\n", 4);
}

static void fill(uint8_t *p, unsigned int n, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(i * (n + 3) / 7 + n);
}

static void tables(uint8_t *image, uint32_t directory)
{
	uint8_t *gd = image + (size_t)directory * SECTOR;

	for (uint32_t t = 0; t < 3; t++)
		mun_put_le32(gd + (size_t)t * 4, directory + 1 + t);
	mun_put_le32(gd + SECTOR, 12);
	mun_put_le32(gd + SECTOR + 4, 14);
	mun_put_le32(gd + (size_t)2 * SECTOR + 4, 1);
	mun_put_le32(gd + (size_t)3 * SECTOR + 4, 16);
}

static void make(uint8_t *image, uint8_t *disk)
{
	memset(image, 0, BYTES);
	memset(disk, 0, DISK);
	header(image, 7, 11);
	put_le64(image + 28, 1);
	put_le64(image + 36, 2);
	put_le64(image + 48, SECOND);
	put_le64(image + 56, FIRST);
	memcpy(image + TEXT, sparse_text, sizeof(sparse_text) - 1);
	tables(image, SECOND);
	tables(image, FIRST);
	fill(disk, 0, GRAIN);
	fill(disk + GRAIN, 1, GRAIN);
	fill(disk + (size_t)5 * GRAIN, 5, SECTOR);
	memcpy(image + (size_t)12 * SECTOR, disk, (size_t)2 * GRAIN);
	memcpy(image + (size_t)16 * SECTOR, disk + (size_t)5 * GRAIN, SECTOR);
}

static void a_sparse_file_is_decoded(void **state)
{
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct mun_err e;
	struct vdisk v;
	char *text;

	(void)state;
	make(image, disk);
	v = vdisk_open(image, BYTES, NULL, NULL);
	assert_string_equal(v.img->format->name, "vmdk");
	assert_string_equal(v.img->variant,
			    "monolithicSparse, grains of 1 KiB");
	assert_string_equal(v.img->note, "");
	vdisk_is(v.img, disk, DISK);
	text = vdisk_extents(v.img);
	assert_string_equal(text, "data 0+2048 hole 2048+1024 zero 3072+1024 "
				  "hole 4096+1024 data 5120+512");
	free(text);
	assert_int_equal(mun_image_verify(v.img, &e), 0);
	assert_int_equal(vdisk_check(v.img, "second grain directory"),
			 MUN_FACT_GOOD);
	vdisk_close(&v);
}

static void the_descriptor_is_told(void **state)
{
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct vdisk v;

	(void)state;
	make(image, disk);
	v = vdisk_open(image, BYTES, NULL, NULL);
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "CID"),
			    "1234abcd");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "createType"),
			    "monolithicSparse");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "adapter type"),
			    "lsilogic");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "UUID"), "11-22");
	assert_string_equal(vdisk_fact(v.img, MUN_FACT_MADE, "ddb"),
			    "custom=a\\xe4");
	assert_int_equal(v.img->geometry.cylinders, 3);
	assert_int_equal(v.img->geometry.heads, 4);
	assert_int_equal(v.img->geometry.sectors, 5);
	vdisk_close(&v);
	image[72] = 1;
	v = vdisk_open(image, BYTES, NULL, NULL);
	assert_string_equal(v.img->note, "was not closed properly");
	vdisk_close(&v);
}

static void the_second_directory_helps_out(void **state)
{
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct mun_err e;
	struct vdisk v;

	(void)state;
	/* A directory that leads out of the file, or lies there itself. */
	for (int i = 0; i < 2; i++) {
		make(image, disk);
		if (i)
			mun_put_le32(image + 56, 1000000);
		else
			mun_put_le32(image + (size_t)FIRST * SECTOR + 4, 9999);
		v = vdisk_open(image, BYTES, NULL, NULL);
		assert_non_null(strstr(v.img->note, "this is the second"));
		vdisk_is(v.img, disk, DISK);
		vdisk_close(&v);
	}
	/* An entry of a table. */
	make(image, disk);
	mun_put_le32(image + (size_t)8 * SECTOR, 9999);
	v = vdisk_open(image, BYTES, NULL, NULL);
	vdisk_is(v.img, disk, DISK);
	assert_int_equal(mun_image_verify(v.img, &e), 0);
	assert_int_equal(vdisk_check(v.img, "second grain directory"),
			 MUN_FACT_BAD);
	vdisk_close(&v);
	/* Both: it is lost, and said to be. */
	mun_put_le32(image + (size_t)4 * SECTOR, 9999);
	v = vdisk_open(image, BYTES, NULL, NULL);
	memset(disk, 0, GRAIN);
	vdisk_is(v.img, disk, DISK);
	{
		char *text = vdisk_extents(v.img);

		assert_non_null(strstr(text, "unreadable 0+1024 data 1024"));
		free(text);
	}
	vdisk_close(&v);
	/* Both directories. */
	make(image, disk);
	mun_put_le32(image + (size_t)FIRST * SECTOR, 9999);
	mun_put_le32(image + (size_t)SECOND * SECTOR, 9999);
	v = vdisk_open(image, BYTES, NULL, NULL);
	assert_non_null(strstr(v.img->note, "directory is damaged"));
	beside_read_fails(v.img, 0, 1, MUN_ECORRUPT, "beyond the end");
	vdisk_close(&v);
}

static void a_part_without_a_descriptor_is_told(void **state)
{
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct vdisk v;

	(void)state;
	for (int i = 0; i < 2; i++) {
		make(image, disk);
		if (i)
			memset(image + TEXT, 0, (size_t)2 * SECTOR);
		else
			memset(image + 28, 0, 16);
		v = vdisk_open(image, BYTES, NULL, NULL);
		assert_non_null(strstr(v.img->note, "only one part"));
		assert_non_null(
			vdisk_fact(v.img, MUN_FACT_LIMIT, "part of a disk"));
		vdisk_is(v.img, disk, DISK);
		vdisk_close(&v);
	}
}

/* ---- compressed ---- */

#define STREAM_BYTES (20u * SECTOR)

static size_t put_grain(uint8_t *p, uint64_t sector, const uint8_t *data,
			size_t len)
{
	uLongf n = GRAIN;

	put_le64(p, sector);
	assert_int_equal(compress2(p + 12, &n, data, len, 9), Z_OK);
	mun_put_le32(p + 8, (uint32_t)n);
	return n;
}

/*
 * The same disk as a stream: 3 grain 0, 5 grain 1, 7 grain 5; 9 marker and 10
 * table, 11 and 12, 13 and 14 directory, 15 marker 16 footer 17 end.  With
 * @footer the tables are only named there.
 */
static size_t make_stream(uint8_t *image, uint8_t *disk, bool footer,
			  bool short_end)
{
	uint8_t last[GRAIN] = { 0 };
	uint8_t h[SECTOR];

	make(image, disk);
	memset(image + (size_t)3 * SECTOR, 0, STREAM_BYTES - 3 * SECTOR);
	memcpy(last, disk + (size_t)5 * GRAIN, SECTOR);
	(void)put_grain(image + (size_t)3 * SECTOR, 0, disk, GRAIN);
	(void)put_grain(image + (size_t)5 * SECTOR, 2, disk + GRAIN, GRAIN);
	(void)put_grain(image + (size_t)7 * SECTOR, 10, last,
			short_end ? SECTOR : GRAIN);
	mun_put_le32(image + (size_t)10 * SECTOR, 3);
	mun_put_le32(image + (size_t)10 * SECTOR + 4, 5);
	mun_put_le32(image + (size_t)12 * SECTOR + 4, 7);
	mun_put_le32(image + (size_t)14 * SECTOR, 10);
	mun_put_le32(image + (size_t)14 * SECTOR + 8, 12);
	header(h, 0x30001, 11);
	h[77] = 1;
	put_le64(h + 28, 1);
	put_le64(h + 36, 2);
	put_le64(h + 56, 14);
	memcpy(image, h, SECTOR);
	if (!footer)
		return (size_t)15 * SECTOR;
	put_le64(image + 56, UINT64_MAX);
	image[(size_t)15 * SECTOR] = 1;
	image[(size_t)15 * SECTOR + 12] = 3;
	memcpy(image + (size_t)16 * SECTOR, h, SECTOR);
	return (size_t)18 * SECTOR;
}

static void streams_with_and_without_a_footer_are_decoded(void **state)
{
	uint8_t image[STREAM_BYTES];
	uint8_t disk[DISK];

	(void)state;
	for (int i = 0; i < 4; i++) {
		size_t len = make_stream(image, disk, i & 1, i & 2);
		struct vdisk v = vdisk_open(image, len, NULL, NULL);
		char *text = vdisk_extents(v.img);

		vdisk_is(v.img, disk, DISK);
		assert_string_equal(text, "data 0+2048 hole 2048+3072 "
					  "data 5120+512");
		free(text);
		vdisk_close(&v);
	}
}

static void a_stream_that_is_damaged_is_refused(void **state)
{
	uint8_t image[STREAM_BYTES];
	uint8_t disk[DISK];
	struct vdisk v;
	size_t len = make_stream(image, disk, true, false);

	(void)state;
	beside_fails(image, len - SECTOR, NULL, NULL, MUN_ECORRUPT,
		     "cut short");
	/* A grain in another's place, and one that is broken. */
	image[(size_t)3 * SECTOR] = 4;
	image[(size_t)5 * SECTOR + 20] ^= 0x55;
	v = vdisk_open(image, len, NULL, NULL);
	beside_read_fails(v.img, 0, 1, MUN_ECORRUPT, "a grain for sector 4");
	beside_read_fails(v.img, GRAIN, GRAIN, MUN_ECORRUPT,
			  "cluster at byte 2560");
	vdisk_close(&v);
	mun_put_le32(image + (size_t)3 * SECTOR, 0);
	mun_put_le32(image + (size_t)3 * SECTOR + 8, 1 << 20);
	v = vdisk_open(image, len, NULL, NULL);
	beside_read_fails(v.img, 0, 1, MUN_ECORRUPT, "grain of 1048576");
	vdisk_close(&v);
}

/* ---- in several files ---- */

static void all_kinds_of_extents_make_one_disk(void **state)
{
	static const char text[] = "# Disk DescriptorFile\n"
				   "CID=00000001\n"
				   "createType=\"custom\"\n"
				   "RW 11 SPARSE \"a-s001.vmdk\"\n"
				   "RW 0 ZERO\n"
				   "RDONLY 3 FLAT \"a-flat.vmdk\" 1\n"
				   "NOACCESS 2 ZERO\n"
				   "rw 2 VMFS \"a-flat.vmdk\" 0\n";
	uint8_t image[BYTES];
	uint8_t disk[DISK + 7 * SECTOR] = { 0 };
	uint8_t flat[3 * SECTOR];
	struct beside b = { .files = {
				    { "a-s001.vmdk", image, BYTES },
				    { "a-flat.vmdk", flat, sizeof(flat) } } };
	struct opened o;
	char *extents;

	(void)state;
	make(image, disk);
	fill(flat, 9, sizeof(flat));
	memcpy(disk + DISK, flat + SECTOR, (size_t)2 * SECTOR);
	memcpy(disk + DISK + (size_t)5 * SECTOR, flat, (size_t)2 * SECTOR);
	o = beside_open((const uint8_t *)text, sizeof(text) - 1, NULL, &b,
			NULL);
	assert_int_equal(o.rc, 0);
	vdisk_is(o.img, disk, sizeof(disk));
	assert_string_equal(vdisk_fact(o.img, MUN_FACT_PART, "a-flat.vmdk"),
			    "extent 3, 3 sectors");
	/* The flat file has two of its three sectors. */
	assert_non_null(strstr(o.img->note, "512 bytes shorter"));
	extents = vdisk_extents(o.img);
	assert_non_null(strstr(extents, "data 5120+1536 unreadable 6656+512 "
					"zero 7168+1024 data 8192+1024"));
	free(extents);
	beside_close(&o);
}

static void descriptors_that_cannot_be_are_refused(void **state)
{
	static const struct {
		const char *lines;
		int code;
		const char *text;
	} wrong[] = {
		{ "CID=1\n", MUN_ECORRUPT, "no extents" },
		{ "CID=x\nRW 1 ZERO\n", MUN_ECORRUPT, "content id" },
		{ "RW x ZERO\n", MUN_ECORRUPT, "line 2" },
		{ "RW 1\n", MUN_ECORRUPT, "no size" },
		{ "RW 18446744073709551615 ZERO\n", MUN_ECORRUPT, "no size" },
		{ "RW 18014398509481983 ZERO\nRW 18014398509481983 ZERO\n",
		  MUN_ECORRUPT, "too long together" },
		{ "RW 1 FLAT\n", MUN_ECORRUPT, "no name" },
		{ "RW 1 FLAT \"gone.vmdk\" 0\n", MUN_ENOENT, "gone.vmdk" },
		{ "RW 1 FLAT \"x\" x\n", MUN_ECORRUPT, "no offset" },
		{ "RW 1 SESPARSE \"x\"\n", MUN_EUNSUPPORTED, "not decoded" },
		{ "RW 1 VMFSRDM \"x\"\n", MUN_EUNSUPPORTED, "not decoded" },
		{ "RW 12 SPARSE \"s.vmdk\"\n", MUN_ECORRUPT,
		  "it has 11 sectors" },
		{ "parentCID=1\nRW 1 ZERO\n", MUN_ECORRUPT, "not named" },
		{ "parentCID=1\nparentFileNameHint=\"p.vmdk\"\nRW 1 ZERO\n",
		  MUN_ENOENT, "p.vmdk" },
	};
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct beside b = { .files = { { "s.vmdk", image, BYTES } } };

	(void)state;
	make(image, disk);
	for (size_t i = 0; i < MUN_COUNT(wrong); i++) {
		char text[512];
		int len = snprintf(text, sizeof(text),
				   "# Disk DescriptorFile\n%s", wrong[i].lines);

		beside_fails((const uint8_t *)text, (size_t)len, NULL, &b,
			     wrong[i].code, wrong[i].text);
	}
}

/* ---- differences ---- */

static void a_difference_needs_its_parent_unchanged(void **state)
{
	static const char text[] = "# Disk DescriptorFile\n"
				   "CID=77777777\n"
				   "parentCID=1234ABCD\n"
				   "createType=\"monolithicSparse\"\n"
				   "parentFileNameHint=\"C:\\vm\\base.vmdk\"\n"
				   "RW 11 SPARSE \"diff.vmdk\"\n";
	uint8_t base[BYTES];
	uint8_t base_disk[DISK];
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct beside b = { .files = { { "C:\\vm\\base.vmdk", base, BYTES } } };
	struct opened o;
	struct vdisk p;

	(void)state;
	make(base, base_disk);
	memset(base + (size_t)12 * SECTOR, 0xbb, (size_t)5 * SECTOR);
	/* Here grains 0 and 3 are its own, 2 is nowhere. */
	make(image, disk);
	memset(image + TEXT, 0, (size_t)2 * SECTOR);
	memcpy(image + TEXT, text, sizeof(text) - 1);
	for (size_t at = 4; at <= 8; at += 4) {
		mun_put_le32(image + at * SECTOR + 4, 0);
		mun_put_le32(image + (at + 2) * SECTOR + 4, 0);
	}
	memset(disk, 0, sizeof(disk));
	fill(disk, 0, GRAIN);
	memset(disk + GRAIN, 0xbb, GRAIN);
	memset(disk + (size_t)5 * GRAIN, 0xbb, SECTOR);
	o = beside_open(image, BYTES, NULL, &b, NULL);
	assert_string_equal(o.text, "");
	vdisk_is(o.img, disk, DISK);
	assert_string_equal(vdisk_fact(o.img, MUN_FACT_PARENT, "name"),
			    "C:\\\\vm\\\\base.vmdk");
	beside_close(&o);
	/* Given by hand; a raw image has no content id to compare. */
	p = vdisk_open(base, BYTES, "vmdk", NULL);
	o = beside_open(image, BYTES, NULL, NULL, p.img);
	assert_int_equal(o.rc, 0);
	vdisk_is(o.img, disk, DISK);
	beside_close(&o);
	vdisk_close(&p);
	p = vdisk_open(base, BYTES, "raw", NULL);
	o = beside_open(image, BYTES, NULL, NULL, p.img);
	assert_int_equal(o.rc, 0);
	assert_non_null(strstr(o.img->note, "cannot be checked"));
	beside_close(&o);
	vdisk_close(&p);
	memcpy(strstr((char *)base + TEXT, "1234abcd"), "1234abce", 8);
	beside_fails(image, BYTES, NULL, &b, MUN_ECORRUPT,
		     "1234abce, not 1234abcd");
}

/* ---- COWD ---- */

#define COWD_BYTES (4u * SECTOR + 16384u + 1024u)

static void the_disk_of_an_esx_server_is_decoded(void **state)
{
	uint8_t *image = calloc(1, COWD_BYTES);
	uint8_t disk[5 * SECTOR] = { 0 };
	struct vdisk v;

	(void)state;
	assert_non_null(image);
	memcpy(image, "COWD", 4);
	mun_put_le32(image + 4, 1);
	mun_put_le32(image + 8, 3);
	mun_put_le32(image + 12, 5);
	mun_put_le32(image + 16, 1);
	mun_put_le32(image + 20, 2);
	mun_put_le32(image + 24, 1);
	mun_put_le32(image + 2 * SECTOR, 4);
	mun_put_le32(image + 4 * SECTOR + 4, 36);
	mun_put_le32(image + 4 * SECTOR + 16, 37);
	fill(image + 36 * SECTOR, 1, (size_t)2 * SECTOR);
	memcpy(disk + SECTOR, image + 36 * SECTOR, SECTOR);
	memcpy(disk + 4 * SECTOR, image + 37 * SECTOR, SECTOR);
	v = vdisk_open(image, COWD_BYTES, NULL, NULL);
	assert_string_equal(v.img->variant, "COWD, grains of 512 bytes");
	vdisk_is(v.img, disk, sizeof(disk));
	vdisk_close(&v);
	image[4] = 2;
	beside_fails(image, COWD_BYTES, NULL, NULL, MUN_EUNSUPPORTED,
		     "COWD of version 2");
	free(image);
}

/* ---- damage ---- */

static void wrong_fields_are_refused(void **state)
{
	static const struct {
		size_t off;
		uint32_t value;
		int code;
		const char *text;
	} wrong[] = {
		{ 4, 4, MUN_EUNSUPPORTED, "version 4" },
		{ 8, 0x10007, MUN_EUNSUPPORTED, "compression method 0" },
		{ 16, 0x7fffffff, MUN_ECORRUPT, "capacity of" },
		{ 16, 1, MUN_ECORRUPT, "no grain directory" },
		{ 20, 0, MUN_ECORRUPT, "grains of 0" },
		{ 20, 3, MUN_ECORRUPT, "grains of 3" },
		{ 24, 1, MUN_ECORRUPT, "grains of 4294967298" },
		{ 28, 99, MUN_ECORRUPT, "descriptor at sector 99" },
		{ 36, 99, MUN_ECORRUPT, "descriptor at sector 1" },
		{ 44, 0, MUN_ECORRUPT, "tables of 0" },
		{ 44, 4097, MUN_ECORRUPT, "tables of 4097" },
		{ 72, 0x0a0a0d00, MUN_ECORRUPT, "transfer as text" },
	};
	uint8_t image[BYTES];
	uint8_t disk[DISK];

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(wrong); i++) {
		make(image, disk);
		mun_put_le32(image + wrong[i].off, wrong[i].value);
		beside_fails(image, BYTES, "vmdk", NULL, wrong[i].code,
			     wrong[i].text);
	}
}

static const struct mutate_field fields[] = {
	{ "version", 4, 4, false },
	{ "flags", 8, 4, false },
	{ "capacity", 12, 8, false },
	{ "grain", 20, 8, false },
	{ "descriptor", 28, 8, false },
	{ "descriptor size", 36, 8, false },
	{ "table entries", 44, 4, false },
	{ "second directory", 48, 8, false },
	{ "directory", 56, 8, false },
	{ "compression", 77, 2, false },
	{ "second entry", SECOND *SECTOR, 4, false },
	{ "directory entry", FIRST *SECTOR, 4, false },
	{ "table entry", 8 * SECTOR, 4, false },
	{ "marker", 3 * SECTOR, 8, false },
	{ "marker size", 3 * SECTOR + 8, 4, false },
	{ "stream table entry", 10 * SECTOR, 4, false },
	{ "stream directory entry", 14 * SECTOR, 4, false },
};

static void nothing_that_is_wrong_does_harm(void **state)
{
	static const size_t bounds[] = { 0,    4,    77,   512,  1024,
					 1536, 2048, 3584, 4096, 6144,
					 7168, 7680, 8192 };
	static const char text[] = "# Disk DescriptorFile\n"
				   "CID=1\nparentCID=2\n"
				   "parentFileNameHint=\"p\"\n"
				   "RW 11 SPARSE \"s\"\n"
				   "RW 3 FLAT \"s\" 1\n"
				   "RW 2 ZERO\n";
	static uint8_t image[STREAM_BYTES];
	static uint8_t part[BYTES];
	uint8_t disk[DISK];
	struct beside b = { .files = { { "s", part, BYTES },
				       { "p", part, BYTES } } };
	struct mutate_set set = {
		.format = "vmdk",
		.image = image,
		.bytes = BYTES,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = TEXT + 300,
		.companions = beside_companions(&b),
	};

	(void)state;
	make(part, disk);
	memcpy(strstr((char *)part + TEXT, "1234abcd"), "00000002", 8);
	make(image, disk);
	mutate_all(&set);
	set.sweep = 100;
	for (int footer = 0; footer < 2; footer++) {
		set.bytes = make_stream(image, disk, footer, true);
		mutate_all(&set);
	}
	set.image = (const uint8_t *)text;
	set.bytes = sizeof(text) - 1;
	set.nfields = 0;
	set.nbounds = 1;
	set.sweep = set.bytes;
	mutate_all(&set);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sparse_file_is_decoded),
		cmocka_unit_test(the_descriptor_is_told),
		cmocka_unit_test(the_second_directory_helps_out),
		cmocka_unit_test(a_part_without_a_descriptor_is_told),
		cmocka_unit_test(streams_with_and_without_a_footer_are_decoded),
		cmocka_unit_test(a_stream_that_is_damaged_is_refused),
		cmocka_unit_test(all_kinds_of_extents_make_one_disk),
		cmocka_unit_test(descriptors_that_cannot_be_are_refused),
		cmocka_unit_test(a_difference_needs_its_parent_unchanged),
		cmocka_unit_test(the_disk_of_an_esx_server_is_decoded),
		cmocka_unit_test(wrong_fields_are_refused),
		cmocka_unit_test(nothing_that_is_wrong_does_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
