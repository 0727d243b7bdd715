/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_qcow2.c - QCOW2: read, layered, damaged */
#include "core/bytes.h"
#include "core/check.h"
#include "tests/image/beside.h"
#include "tests/image/mutate.h"
#include "tests/image/vdisk.h"
#include "tests/support/support.h"

#include <zlib.h>
#include <zstd.h>

/*
 * A disk of nine clusters of 512 bytes; the file in clusters:
 *	0 header  1 L1  2 L2  3 data  4, 5 packed  6, 7 data
 * and what its clusters are, by number:
 *	0 data  1 zeros  2 absent  3 packed  4, 5 data side by side  6 absent
 *	7 packed, after the first and torn by the end of a cluster  8 half lost
 */
#define CLUSTER 512u
#define CLUSTERS 9u
#define DISK (CLUSTERS * CLUSTER)
#define L1 (1u * CLUSTER)
#define L2 (2u * CLUSTER)
#define PACKED_AT (4u * CLUSTER)
#define BYTES (8u * CLUSTER + 256u)
#define ONCE (UINT64_C(1) << 63)
#define PACKED (UINT64_C(1) << 62)

static void put_text(uint8_t *p, const char *text)
{
	memcpy(p, text, strlen(text));
}

static void entry(uint8_t *image, unsigned int n, uint64_t word)
{
	mun_put_be64(image + L2 + (size_t)n * 8, word);
}

static void header(uint8_t *h, unsigned int version, unsigned int bits,
		   uint64_t size, uint32_t l1_entries, uint64_t l1)
{
	put_text(h, "QFI\xfb");
	mun_put_be32(h + 4, version);
	mun_put_be32(h + 20, bits);
	mun_put_be64(h + 24, size);
	mun_put_be32(h + 36, l1_entries);
	mun_put_be64(h + 40, l1);
	if (version < 3)
		return;
	mun_put_be32(h + 96, 4);
	mun_put_be32(h + 100, 112);
}

/* Of cluster @n of the disk: bytes that no other cluster has. */
static void fill(uint8_t *p, unsigned int n, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(i * (n + 3) / 7 + n);
}

static size_t pack(const uint8_t *in, uint8_t *out, size_t room, bool zstd)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in,
		       .avail_in = CLUSTER,
		       .next_out = out,
		       .avail_out = (uInt)room };
	size_t n;

	if (zstd) {
		n = ZSTD_compress(out, room, in, CLUSTER, 3);
		assert_false(ZSTD_isError(n));
		return n;
	}
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -12, 9, 0), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	n = room - z.avail_out;
	deflateEnd(&z);
	return n;
}

static uint64_t packed_entry(uint64_t at, size_t len)
{
	uint64_t sectors = (at + len - 1) / 512 - at / 512;

	return PACKED | sectors << (62 - (9 - 8)) | at;
}

/* The image, and the disk that it is. */
static void make(uint8_t *image, uint8_t *disk, bool zstd)
{
	size_t first;
	size_t second;

	memset(image, 0, BYTES);
	memset(disk, 0, DISK);
	header(image, 3, 9, DISK, 1, L1);
	if (zstd) {
		mun_put_be64(image + 72, 8);
		image[104] = 1;
	}
	mun_put_be64(image + L1, L2 | ONCE);
	for (unsigned int n = 0; n < CLUSTERS; n++)
		if (n != 1 && n != 2 && n != 6)
			fill(disk + (size_t)n * CLUSTER, n,
			     n == 8 ? CLUSTER / 2 : CLUSTER);
	memcpy(image + (size_t)3 * CLUSTER, disk, CLUSTER);
	memcpy(image + (size_t)6 * CLUSTER, disk + (size_t)4 * CLUSTER,
	       (size_t)2 * CLUSTER);
	memcpy(image + (size_t)8 * CLUSTER, disk + (size_t)8 * CLUSTER,
	       CLUSTER / 2);
	/* Behind each stream there is junk: the next, or this. */
	memset(image + PACKED_AT, 0xee, (size_t)2 * CLUSTER);
	first = pack(disk + (size_t)3 * CLUSTER, image + PACKED_AT, CLUSTER,
		     zstd);
	second = pack(disk + (size_t)7 * CLUSTER, image + PACKED_AT + 500,
		      CLUSTER, zstd);
	assert_true(first < 500);
	entry(image, 0, 3 * CLUSTER | ONCE);
	entry(image, 1, 1);
	entry(image, 3, packed_entry(PACKED_AT, first));
	entry(image, 4, 6 * CLUSTER | ONCE);
	entry(image, 5, 7 * CLUSTER | ONCE);
	entry(image, 7, packed_entry(PACKED_AT + 500, second));
	entry(image, 8, 8 * CLUSTER | ONCE);
}

static void every_kind_of_cluster_is_decoded(void **state)
{
	uint8_t image[BYTES];
	uint8_t disk[DISK];

	(void)state;
	for (int zstd = 0; zstd < 2; zstd++) {
		struct opened o;

		make(image, disk, zstd != 0);
		o = beside_open(image, sizeof(image), NULL, NULL, NULL);
		assert_int_equal(o.rc, 0);
		assert_string_equal(o.img->format->name, "qcow2");
		vdisk_is(o.img, disk, sizeof(disk));
		assert_string_equal(
			o.img->variant,
			zstd ? "version 3, clusters of 512 bytes, zstd"
			     : "version 3, clusters of 512 bytes");
		beside_close(&o);
	}
}

static void extents_tell_holes_zeros_and_what_is_lost(void **state)
{
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct vdisk v;
	char *text;

	(void)state;
	make(image, disk, false);
	v = vdisk_open(image, sizeof(image), "qcow2", NULL);
	text = vdisk_extents(v.img);
	assert_string_equal(text, "data 0+512 zero 512+512 hole 1024+512 "
				  "data 1536+1536 hole 3072+512 data 3584+768 "
				  "unreadable 4352+256");
	free(text);
	vdisk_close(&v);
}

/* A stored block that is not the last. */
static size_t put_stored(uint8_t *p, const uint8_t *data, uint16_t len)
{
	p[0] = 0;
	p[1] = (uint8_t)len;
	p[2] = (uint8_t)(len >> 8);
	p[3] = (uint8_t)~p[1];
	p[4] = (uint8_t)~p[2];
	memcpy(p + 5, data, len);
	return 5 + (size_t)len;
}

/* QEMU takes a stream that goes on when the cluster is full. */
static void a_stream_may_go_on_behind_its_cluster(void **state)
{
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct vdisk v;
	size_t len;

	(void)state;
	make(image, disk, false);
	len = put_stored(image + PACKED_AT, disk + (size_t)3 * CLUSTER,
			 CLUSTER);
	len += put_stored(image + PACKED_AT + len, disk, 100);
	entry(image, 3, packed_entry(PACKED_AT, len));
	entry(image, 7, 0);
	memset(disk + (size_t)7 * CLUSTER, 0, CLUSTER);
	v = vdisk_open(image, sizeof(image), "qcow2", NULL);
	vdisk_is(v.img, disk, sizeof(disk));
	vdisk_close(&v);
	/* But it must fill it. */
	(void)put_stored(image + PACKED_AT, disk, CLUSTER - 1);
	image[PACKED_AT] = 1;
	v = vdisk_open(image, sizeof(image), "qcow2", NULL);
	beside_read_fails(v.img, (uint64_t)3 * CLUSTER, CLUSTER, MUN_ECORRUPT,
			  "ends too soon");
	vdisk_close(&v);
}

/* ---- subclusters: 32 of 512 bytes in each cluster of 16 KiB ---- */

#define BIG 16384u
#define SUB_BYTES (4u * BIG)
#define SUB_DISK (2u * BIG)

static void make_subclusters(uint8_t *image, uint8_t *disk)
{
	memset(image, 0, SUB_BYTES);
	memset(disk, 0, SUB_DISK);
	header(image, 3, 14, SUB_DISK, 1, BIG);
	mun_put_be64(image + 72, 16);
	mun_put_be64(image + BIG, 2 * BIG | ONCE);
	/* Of the first cluster 0 and 1 are there, 2 reads as zeros, 31 is
	 * there; the second is nowhere, but its last one reads as zeros. */
	mun_put_be64(image + 2 * BIG, 3 * BIG | ONCE);
	mun_put_be64(image + 2 * BIG + 8,
		     UINT64_C(1) << 34 | UINT64_C(0x80000003));
	mun_put_be64(image + 2 * BIG + 24, UINT64_C(1) << 63);
	memset(image + 3 * BIG, 0x55, BIG);
	memset(disk, 0x55, (size_t)2 * 512);
	memset(disk + (size_t)31 * 512, 0x55, 512);
}

static void subclusters_are_told_apart(void **state)
{
	uint8_t *image = malloc(SUB_BYTES);
	uint8_t *disk = malloc(SUB_DISK);
	struct vdisk v;
	char *text;

	(void)state;
	assert_true(image && disk);
	make_subclusters(image, disk);
	v = vdisk_open(image, SUB_BYTES, NULL, NULL);
	vdisk_is(v.img, disk, SUB_DISK);
	text = vdisk_extents(v.img);
	assert_string_equal(text, "data 0+1024 zero 1024+512 hole 1536+14336 "
				  "data 15872+512 hole 16384+15872 "
				  "zero 32256+512");
	free(text);
	vdisk_close(&v);
	/* There and zero at once; there, but the cluster is not. */
	mun_put_be64(image + 2 * BIG + 8, UINT64_C(0x0000000100000001));
	v = vdisk_open(image, SUB_BYTES, NULL, NULL);
	beside_read_fails(v.img, 0, 512, MUN_ECORRUPT, "of byte 0");
	vdisk_close(&v);
	mun_put_be64(image + 2 * BIG + 24, 1);
	v = vdisk_open(image, SUB_BYTES, NULL, NULL);
	beside_read_fails(v.img, BIG, 512, MUN_ECORRUPT, "of byte 16384");
	vdisk_close(&v);
	free(image);
	free(disk);
}

/* ---- one above another ---- */

#define NAME_AT 200u

static void name_backing(uint8_t *image, const char *name, const char *format)
{
	size_t len = strlen(format);

	mun_put_be32(image + 112, 0xe2792acau);
	mun_put_be32(image + 116, (uint32_t)len);
	put_text(image + 120, format);
	mun_put_be64(image + 8, NAME_AT);
	mun_put_be32(image + 16, (uint32_t)strlen(name));
	put_text(image + NAME_AT, name);
}

/* What is absent shows the base, which ends in the middle of cluster 6. */
static void lay_above(uint8_t *disk, const uint8_t *base)
{
	memcpy(disk + (size_t)2 * CLUSTER, base + (size_t)2 * CLUSTER, CLUSTER);
	memcpy(disk + (size_t)6 * CLUSTER, base + (size_t)6 * CLUSTER, 256);
}

static void the_backing_file_shows_through(void **state)
{
	static const char *const formats[] = { "raw", "", "unknown" };
	uint8_t base[6 * CLUSTER + 256];
	struct beside b = { .files = { { "base.img", base, sizeof(base) } } };
	uint8_t image[BYTES];
	uint8_t disk[DISK];

	(void)state;
	memset(base, 0xb5, sizeof(base));
	for (size_t i = 0; i < MUN_COUNT(formats); i++) {
		struct opened o;
		char *text;

		make(image, disk, false);
		name_backing(image, "base.img", formats[i]);
		lay_above(disk, base);
		o = beside_open(image, sizeof(image), NULL, &b, NULL);
		assert_int_equal(o.rc, 0);
		vdisk_is(o.img, disk, sizeof(disk));
		assert_string_equal(vdisk_fact(o.img, MUN_FACT_PARENT, "name"),
				    "base.img");
		assert_int_equal(strstr(o.img->note, "found out") != NULL,
				 i > 0);
		text = vdisk_extents(o.img);
		assert_string_equal(text,
				    "data 0+512 zero 512+512 data 1024+512 "
				    "data 1536+1536 data 3072+256 "
				    "hole 3328+256 data 3584+768 "
				    "unreadable 4352+256");
		free(text);
		beside_close(&o);
	}
}

static void a_parent_that_is_given_goes_first(void **state)
{
	uint8_t base[DISK];
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct opened o;
	struct vdisk p;

	(void)state;
	memset(base, 0xb5, sizeof(base));
	make(image, disk, false);
	name_backing(image, "/elsewhere/base.img", "raw");
	memset(disk + (size_t)2 * CLUSTER, 0xb5, CLUSTER);
	memset(disk + (size_t)6 * CLUSTER, 0xb5, CLUSTER);
	p = vdisk_open(base, sizeof(base), "raw", NULL);
	o = beside_open(image, sizeof(image), NULL, NULL, p.img);
	assert_int_equal(o.rc, 0);
	vdisk_is(o.img, disk, sizeof(disk));
	beside_close(&o);
	vdisk_close(&p);
}

static void a_backing_file_that_cannot_be_is_refused(void **state)
{
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct beside b = { .files = { { "self.img", image, BYTES } } };

	(void)state;
	make(image, disk, false);
	name_backing(image, "missing.img", "raw");
	beside_fails(image, BYTES, NULL, &b, MUN_ENOENT, "missing.img");
	beside_fails(image, BYTES, NULL, NULL, MUN_ENOENT, "missing.img");
	name_backing(image, "self.img", "qcow2");
	mun_put_be32(image + 16, 8);
	beside_fails(image, BYTES, NULL, &b, MUN_ECORRUPT, "16 parents");
	name_backing(image, "json:{\"driver\":\"nbd\"}", "raw");
	beside_fails(image, BYTES, NULL, &b, MUN_EUNSUPPORTED, "JSON");
}

static void the_data_may_be_in_another_file(void **state)
{
	uint8_t data[2 * CLUSTER];
	struct beside b = { .files = { { "d.raw", data, sizeof(data) } } };
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct opened o;

	(void)state;
	make(image, disk, false);
	memset(disk, 0, sizeof(disk));
	fill(data, 20, sizeof(data));
	memset(image + L2, 0, CLUSTER);
	mun_put_be64(image + 72, 4);
	beside_fails(image, BYTES, NULL, &b, MUN_ECORRUPT, "not named");
	mun_put_be32(image + 112, 0x44415441u);
	mun_put_be32(image + 116, 5);
	put_text(image + 120, "d.raw");
	beside_fails(image, BYTES, NULL, NULL, MUN_ENOENT, "d.raw");
	/* Its first cluster is at byte 0, which elsewhere means absent. */
	entry(image, 1, ONCE);
	entry(image, 0, CLUSTER | ONCE);
	memcpy(disk, data + CLUSTER, CLUSTER);
	memcpy(disk + CLUSTER, data, CLUSTER);
	o = beside_open(image, BYTES, NULL, &b, NULL);
	assert_int_equal(o.rc, 0);
	vdisk_is(o.img, disk, sizeof(disk));
	assert_string_equal(vdisk_fact(o.img, MUN_FACT_PART, "d.raw"),
			    "data file");
	beside_close(&o);
	entry(image, 2, packed_entry(PACKED_AT, 10));
	o = beside_open(image, BYTES, NULL, &b, NULL);
	beside_read_fails(o.img, 1024, 1, MUN_ECORRUPT, "of byte 1024");
	beside_close(&o);
}

/* ---- what it says of itself ---- */

#define SNAPSHOTS_AT (8u * CLUSTER)

static size_t put_snapshot(uint8_t *p, const char *id, const char *name,
			   uint32_t extra)
{
	size_t len = 40 + extra + strlen(id) + strlen(name);

	p[13] = (uint8_t)strlen(id);
	p[15] = (uint8_t)strlen(name);
	mun_put_be32(p + 16, 86400);
	mun_put_be32(p + 32, 77);
	mun_put_be32(p + 36, extra);
	if (extra) {
		mun_put_be64(p + 40, UINT64_C(5) << 32);
		mun_put_be64(p + 48, 1536);
	}
	put_text(p + 40 + extra, id);
	put_text(p + 40 + extra + strlen(id), name);
	return (len + 7) / 8 * 8;
}

static void snapshots_are_listed(void **state)
{
	uint8_t image[SNAPSHOTS_AT + CLUSTER] = { 0 };
	uint8_t disk[DISK];
	struct vdisk v;
	size_t at;

	(void)state;
	make(image, disk, false);
	memset(image + SNAPSHOTS_AT, 0, CLUSTER);
	mun_put_be32(image + 60, 2);
	mun_put_be64(image + 64, SNAPSHOTS_AT);
	at = put_snapshot(image + SNAPSHOTS_AT, "1", "be\x1b\xc3\xa4", 0);
	(void)put_snapshot(image + SNAPSHOTS_AT + at, "2", "", 16);
	v = vdisk_open(image, sizeof(image), NULL, NULL);
	assert_string_equal(
		vdisk_fact(v.img, MUN_FACT_SNAPSHOT, "be\\x1b\xc3\xa4"),
		"1970-01-02T00:00:00Z, disk of 4608 bytes, machine state of "
		"77, id 1");
	assert_string_equal(
		vdisk_fact(v.img, MUN_FACT_SNAPSHOT, "unnamed"),
		"1970-01-02T00:00:00Z, disk of 1536 bytes, machine state of "
		"21474836480, id 2");
	assert_non_null(vdisk_fact(v.img, MUN_FACT_LIMIT, "snapshots"));
	vdisk_close(&v);
	mun_put_be64(image + 64, sizeof(image) - 8);
	beside_fails(image, sizeof(image), NULL, NULL, MUN_ECORRUPT,
		     "snapshot table");
}

static void what_is_not_decoded_is_told(void **state)
{
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct vdisk v;

	(void)state;
	make(image, disk, false);
	mun_put_be64(image + 72, 3);
	mun_put_be32(image + 112, 0x23852875u);
	mun_put_be32(image + 116, 24);
	mun_put_be32(image + 120, 9);
	mun_put_be32(image + 144, 0x12345678u);
	mun_put_be32(image + 148, 3);
	v = vdisk_open(image, sizeof(image), NULL, NULL);
	assert_non_null(strstr(v.img->note, "marked corrupt"));
	assert_non_null(strstr(v.img->note, "not closed properly"));
	assert_non_null(strstr(
		vdisk_fact(v.img, MUN_FACT_LIMIT, "dirty bitmaps"), "9,"));
	assert_string_equal(
		vdisk_fact(v.img, MUN_FACT_LIMIT, "header extension"),
		"3 bytes of unknown type 0x12345678");
	vdisk_close(&v);
}

static void an_encrypted_disk_is_kept_as_it_is(void **state)
{
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	struct vdisk v;

	(void)state;
	make(image, disk, false);
	for (uint8_t method = 1; method < 3; method++) {
		image[35] = method;
		v = vdisk_open(image, sizeof(image), NULL, NULL);
		assert_string_equal(v.img->preserved_only,
				    method == 1 ? "encrypted with AES"
						: "encrypted with LUKS");
		vdisk_is(v.img, image, sizeof(image));
		vdisk_close(&v);
	}
	image[35] = 3;
	beside_fails(image, BYTES, NULL, NULL, MUN_EUNSUPPORTED,
		     "encryption method 3");
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
		{ 20, 8, MUN_ECORRUPT, "clusters of 2^8" },
		{ 20, 22, MUN_ECORRUPT, "clusters of 2^22" },
		{ 24, 0x80000000u, MUN_ECORRUPT, "size of" },
		{ 28, 0x7fffffff, MUN_ECORRUPT, "the disk needs" },
		{ 36, 0, MUN_ECORRUPT, "L1 table of 0 entries" },
		{ 36, 0x7fffffff, MUN_ECORRUPT, "L1 table of 2147483647" },
		{ 44, 520, MUN_ECORRUPT, "L1 table at byte 520" },
		{ 44, 1 << 20, MUN_ECORRUPT, "L1 table at byte 1048576" },
		{ 60, 65537, MUN_ECORRUPT, "65537 snapshots" },
		{ 76, 32, MUN_EUNSUPPORTED, "features 0x20" },
		{ 72, 1, MUN_EUNSUPPORTED, "features 0x100000000" },
		{ 76, 16, MUN_ECORRUPT, "subclusters in clusters" },
		{ 96, 7, MUN_ECORRUPT, "refcounts of 2^7" },
		{ 100, 96, MUN_ECORRUPT, "header of 96" },
		{ 100, 1024, MUN_ECORRUPT, "header of 1024" },
	};
	uint8_t image[BYTES];
	uint8_t disk[DISK];

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(wrong); i++) {
		make(image, disk, false);
		mun_put_be32(image + wrong[i].off, wrong[i].value);
		beside_fails(image, BYTES, "qcow2", NULL, wrong[i].code,
			     wrong[i].text);
	}
	make(image, disk, true);
	image[104] = 2;
	beside_fails(image, BYTES, NULL, NULL, MUN_EUNSUPPORTED,
		     "compression type 2");
}

/* The error names the place; what is around it can still be read. */
static void broken_entries_are_told_when_they_are_read(void **state)
{
	static const struct {
		uint64_t word;
		const char *text;
	} wrong[] = {
		{ 3 * CLUSTER | 2, "entry 0x602" },
		{ 3 * CLUSTER | UINT64_C(1) << 57, "entry 0x200000000000600" },
		{ PACKED | PACKED_AT | 1, "the compressed data" },
	};
	uint8_t image[BYTES];
	uint8_t disk[DISK];
	uint8_t got[CLUSTER];
	struct mun_extent x;
	struct mun_err e;
	struct vdisk v;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(wrong); i++) {
		make(image, disk, false);
		entry(image, 1, wrong[i].word);
		v = vdisk_open(image, BYTES, NULL, NULL);
		beside_read_fails(v.img, 600, 2, MUN_ECORRUPT, wrong[i].text);
		beside_read_fails(v.img, 0, DISK, MUN_ECORRUPT, wrong[i].text);
		assert_int_equal(mun_image_pread(v.img, MUN_VIEW_CONTENT, got,
						 CLUSTER, 0, &e),
				 0);
		assert_memory_equal(got, disk, CLUSTER);
		/* Who only walks comes to an end. */
		assert_int_equal(mun_image_next_extent(v.img, MUN_VIEW_CONTENT,
						       512, &x, &e),
				 0);
		assert_int_equal(x.kind, MUN_EXTENT_DATA);
		vdisk_close(&v);
	}
	/* Zero clusters came with version 3. */
	make(image, disk, false);
	image[7] = 2;
	v = vdisk_open(image, BYTES, NULL, NULL);
	beside_read_fails(v.img, 600, 2, MUN_ECORRUPT, "entry 0x1");
	vdisk_close(&v);
	make(image, disk, false);
	mun_put_be64(image + L1, UINT64_C(1) << 40);
	v = vdisk_open(image, BYTES, NULL, NULL);
	beside_read_fails(v.img, 0, 2, MUN_ECORRUPT, "beyond the end");
	vdisk_close(&v);
	mun_put_be64(image + L1, L2 | 4);
	v = vdisk_open(image, BYTES, NULL, NULL);
	beside_read_fails(v.img, 0, 2, MUN_ECORRUPT, "L1 entry");
	vdisk_close(&v);
}

static const struct mutate_field fields[] = {
	{ "version", 4, 4, true },
	{ "backing offset", 8, 8, true },
	{ "backing length", 16, 4, true },
	{ "cluster bits", 20, 4, true },
	{ "size", 24, 8, true },
	{ "encryption", 32, 4, true },
	{ "L1 entries", 36, 4, true },
	{ "L1 offset", 40, 8, true },
	{ "refcount offset", 48, 8, true },
	{ "snapshots", 60, 4, true },
	{ "snapshot offset", 64, 8, true },
	{ "features", 72, 8, true },
	{ "refcount order", 96, 4, true },
	{ "header length", 100, 4, true },
	{ "extension type", 112, 4, true },
	{ "extension length", 116, 4, true },
	{ "L1 entry", L1, 8, true },
	{ "L2 data", L2, 8, true },
	{ "L2 zero", L2 + 8, 8, true },
	{ "L2 packed", L2 + 24, 8, true },
	{ "L2 packed, torn", L2 + 56, 8, true },
};

static void nothing_that_is_wrong_does_harm(void **state)
{
	static const size_t bounds[] = { 0,         4,       72,          104,
					 112,       NAME_AT, L1,          L2,
					 PACKED_AT, 2560,    6 * CLUSTER, 4096,
					 BYTES };
	static uint8_t base[DISK];
	static uint8_t image[BYTES];
	static uint8_t big[SUB_BYTES];
	static uint8_t big_disk[SUB_DISK];
	struct beside b = { .files = { { "base.img", base, sizeof(base) },
				       { "self.img", image, BYTES } } };
	struct mutate_set set = {
		.format = "qcow2",
		.image = image,
		.bytes = BYTES,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = 160,
		.companions = beside_companions(&b),
	};
	uint8_t disk[DISK];

	(void)state;
	for (int zstd = 0; zstd < 2; zstd++) {
		make(image, disk, zstd != 0);
		name_backing(image, "base.img", "raw");
		mutate_all(&set);
	}
	set.bytes = SUB_BYTES;
	set.sweep = 120;
	set.nbounds = 5;
	set.image = big;
	make_subclusters(big, big_disk);
	mutate_all(&set);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_cluster_is_decoded),
		cmocka_unit_test(extents_tell_holes_zeros_and_what_is_lost),
		cmocka_unit_test(a_stream_may_go_on_behind_its_cluster),
		cmocka_unit_test(subclusters_are_told_apart),
		cmocka_unit_test(the_backing_file_shows_through),
		cmocka_unit_test(a_parent_that_is_given_goes_first),
		cmocka_unit_test(a_backing_file_that_cannot_be_is_refused),
		cmocka_unit_test(the_data_may_be_in_another_file),
		cmocka_unit_test(snapshots_are_listed),
		cmocka_unit_test(what_is_not_decoded_is_told),
		cmocka_unit_test(an_encrypted_disk_is_kept_as_it_is),
		cmocka_unit_test(wrong_fields_are_refused),
		cmocka_unit_test(broken_entries_are_told_when_they_are_read),
		cmocka_unit_test(nothing_that_is_wrong_does_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
