/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_small_disks.c - Parallels, Bochs, QED and cloop */
#include "core/bytes.h"
#include "core/check.h"
#include "tests/image/mutate.h"
#include "tests/image/vdisk.h"
#include "tests/support/support.h"

#include <zlib.h>

/* One image of each format, and the disk that it holds. */
#define IMAGE_MAX ((size_t)64 << 10)
#define DISK_MAX ((size_t)64 << 10)

struct made {
	uint8_t image[IMAGE_MAX];
	size_t bytes;
	uint8_t disk[DISK_MAX];
	size_t disk_bytes;
};

static struct made *new_made(size_t bytes, size_t disk_bytes)
{
	struct made *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->bytes = bytes;
	m->disk_bytes = disk_bytes;
	return m;
}

/* Clusters of 4 sectors; five, of which 0 and 3 are there; the last is half a
 * cluster long. */
static struct made *make_parallels(bool extended)
{
	struct made *m = new_made(3 * (size_t)2048, 4 * 2048 + 1024);
	uint8_t *p = m->image;
	uint32_t unit = extended ? 1 : 4;

	memcpy(p, extended ? "WithouFreSpacExt" : "WithoutFreeSpace", 16);
	mun_put_le32(p + 16, 2);
	mun_put_le32(p + 28, 4);
	mun_put_le32(p + 32, 5);
	mun_put_le32(p + 36, 18);
	/* The older form has 32 bits of size, and anything behind them. */
	mun_put_le32(p + 40, extended ? 0 : 0xdeadbeef);
	mun_put_le32(p + 48, 4);
	mun_put_le32(p + 64, 2 * unit);
	mun_put_le32(p + 64 + 12, unit);
	mun_test_pattern(p + 2048, 4096, 1);
	memcpy(m->disk, p + 4096, 2048);
	memcpy(m->disk + (size_t)3 * 2048, p + 2048, 2048);
	return m;
}

/* Extents of 8 sectors, in the file a sector of bitmap and the data: extent 0
 * is not there, extent 1 in part, extent 2 whole and first in the file. */
static struct made *make_bochs(const char *subtype, uint32_t version)
{
	struct made *m = new_made(1024 + 2 * 4608, 2 * 4096 + 512);
	uint8_t *p = m->image;

	memcpy(p, "Bochs Virtual HD Image", 22);
	memcpy(p + 32, "Redolog", 7);
	memcpy(p + 48, subtype, strlen(subtype));
	mun_put_le32(p + 64, version << 16);
	mun_put_le32(p + 68, 512);
	mun_put_le32(p + 72, 128);
	mun_put_le32(p + 76, 1);
	mun_put_le32(p + 80, 4096);
	mun_put_le64(p + (version == 1 ? 84 : 88), m->disk_bytes);
	memset(p + 512, 0xff, 512);
	mun_put_le32(p + 512 + 4, 1);
	mun_put_le32(p + 512 + 8, 0);
	p[1024] = 0xff;
	mun_test_pattern(p + 1024 + 512, 4096, 1);
	p[1024 + 4608] = 0x82; /* lowest bit first: sectors 1 and 7 */
	mun_test_pattern(p + 1024 + 4608 + 512 + 512, 512, 2);
	mun_test_pattern(p + 1024 + 4608 + 512 + 7 * 512, 512, 3);
	memcpy(m->disk + 4096, p + 1024 + 4608 + 512, 4096);
	memcpy(m->disk + 8192, p + 1024 + 512, 512);
	return m;
}

/* Clusters of 4 KiB: header, first table, second table, two clusters.  Of the
 * disk 0 is there, 1 zeros, 2 missing, 3 there. */
static struct made *make_qed(void)
{
	struct made *m = new_made(5 * (size_t)4096, 4 * 4096);
	uint8_t *p = m->image;

	memcpy(p, "QED", 4);
	mun_put_le32(p + 4, 4096);
	mun_put_le32(p + 8, 1);
	mun_put_le32(p + 12, 1);
	mun_put_le64(p + 40, 4096);
	mun_put_le64(p + 48, m->disk_bytes);
	mun_put_le64(p + 4096, 8192);
	mun_put_le64(p + 8192, 4 * 4096);
	mun_put_le64(p + 8192 + 8, 1);
	mun_put_le64(p + 8192 + 24, 3 * 4096);
	mun_test_pattern(p + (size_t)3 * 4096, 8192, 1);
	memcpy(m->disk, p + (size_t)4 * 4096, 4096);
	memcpy(m->disk + (size_t)3 * 4096, p + (size_t)3 * 4096, 4096);
	return m;
}

#define CLOOP_BLOCKS 5u
#define CLOOP_TABLE 136u

static struct made *make_cloop(void)
{
	static const char head[] =
		"#!/bin/sh\n#V2.0 Format\nmodprobe cloop file=$0 && mount -r "
		"-t iso9660 /dev/cloop $1\n";
	struct made *m = new_made(0, (size_t)CLOOP_BLOCKS * 1024);
	uint8_t *p = m->image;
	size_t at = CLOOP_TABLE + 8 * (CLOOP_BLOCKS + 1);

	memcpy(p, head, sizeof(head));
	mun_put_be32(p + 128, 1024);
	mun_put_be32(p + 132, CLOOP_BLOCKS);
	/* Blocks of zeros, of what does not get smaller, and of text. */
	mun_test_pattern(m->disk + 1024, 1024, 1);
	memset(m->disk + (size_t)4 * 1024, 'x', 1000);
	for (size_t i = 0; i < CLOOP_BLOCKS; i++) {
		uLongf room = IMAGE_MAX - at;

		mun_put_be64(p + CLOOP_TABLE + 8 * i, at);
		assert_int_equal(
			compress2(p + at, &room, m->disk + 1024 * i, 1024, 9),
			Z_OK);
		at += room;
	}
	mun_put_be64(p + CLOOP_TABLE + 8 * (size_t)CLOOP_BLOCKS, at);
	m->bytes = at;
	return m;
}

static void check(struct made *m, const char *format, const char *variant,
		  const char *extents)
{
	struct vdisk v = vdisk_open(m->image, m->bytes, NULL, NULL);
	char *x = vdisk_extents(v.img);

	assert_string_equal(v.img->format->name, format);
	assert_string_equal(v.img->variant, variant);
	assert_string_equal(v.img->note, "");
	assert_int_equal(v.img->medium, MUN_MEDIUM_DISK);
	vdisk_is(v.img, m->disk, m->disk_bytes);
	assert_string_equal(x, extents);
	vdisk_close(&v);
	free(x);
	free(m);
}

static void each_format_is_decoded(void **state)
{
	(void)state;
	check(make_parallels(false), "parallels", "expanding, WithoutFreeSpace",
	      "data 0+2048 hole 2048+4096 data 6144+2048 hole 8192+1024");
	check(make_parallels(true), "parallels", "expanding, WithouFreSpacExt",
	      "data 0+2048 hole 2048+4096 data 6144+2048 hole 8192+1024");
	check(make_bochs("Growing", 2), "bochs", "growing, version 2",
	      "hole 0+4608 data 4608+512 hole 5120+2560 data 7680+1024");
	check(make_bochs("Growing", 1), "bochs", "growing, version 1",
	      "hole 0+4608 data 4608+512 hole 5120+2560 data 7680+1024");
	check(make_qed(), "qed", "",
	      "data 0+4096 zero 4096+4096 hole 8192+4096 data 12288+4096");
	check(make_cloop(), "cloop", "version 2, zlib, blocks of 1024 bytes",
	      "data 0+5120");
}

static void what_was_in_use_is_noted(void **state)
{
	struct made *m = make_parallels(true);
	struct vdisk v;

	(void)state;
	mun_put_le32(m->image + 44, 0x746f6e59);
	mun_put_le32(m->image + 56, 1);
	v = vdisk_open(m->image, m->bytes, NULL, NULL);
	assert_string_equal(v.img->note,
			    "was in use when it was copied: it may not be "
			    "consistent; an extension (bitmaps of what "
			    "changed) is not read");
	vdisk_close(&v);
	free(m);
	m = make_qed();
	m->image[16] = 2;
	v = vdisk_open(m->image, m->bytes, NULL, NULL);
	assert_string_equal(v.img->note, "was in use when it was copied: it "
					 "may not be consistent");
	vdisk_close(&v);
	free(m);
}

static void a_redo_log_is_read_with_its_base(void **state)
{
	static const char *const subtypes[] = { "Undoable", "Volatile" };
	uint8_t base[5000];

	(void)state;
	mun_test_pattern(base, sizeof(base), 9);
	for (size_t i = 0; i < MUN_COUNT(subtypes); i++) {
		struct made *m = make_bochs(subtypes[i], 2);
		struct vdisk b = vdisk_open(base, sizeof(base), "raw", NULL);
		struct vdisk v;
		char text[1024];

		assert_int_equal(
			vdisk_open_fails(m->image, m->bytes, NULL, NULL, text),
			MUN_ENOENT);
		assert_non_null(strstr(text, "--parent"));
		memcpy(m->disk, base, 4096 + 512);
		v = vdisk_open(m->image, m->bytes, NULL, b.img);
		assert_non_null(strstr(v.img->note, "cannot be checked"));
		vdisk_is(v.img, m->disk, m->disk_bytes);
		vdisk_close(&v);
		vdisk_close(&b);
		free(m);
	}
}

/* Beside the image there is one file, which has this name. */
struct beside {
	struct mun_companions companions;
	const char *name;
	const uint8_t *bytes;
	size_t len;
};

static int open_beside(struct mun_companions *c, const char *name,
		       struct mun_source **out, struct mun_err *e)
{
	const struct beside *b = (const struct beside *)c;

	if (strcmp(name, b->name) != 0)
		return mun_fail(e, MUN_ENOENT, "no '%s' here", name);
	return mun_source_from_memory(b->bytes, b->len, out, e);
}

static const struct mun_companions_ops beside_ops = { .open = open_beside };

static void a_backing_file_of_qed_lies_beside_it(void **state)
{
	uint8_t base[10000];
	struct beside beside = { .companions.ops = &beside_ops,
				 .name = "base.img",
				 .bytes = base,
				 .len = sizeof(base) };
	struct made *m = make_qed();
	struct mun_image_request q = { .file_name = "x.qed",
				       .companions = &beside.companions };
	mun_auto(source) *src = NULL;
	mun_auto(image) *img = NULL;
	struct mun_err e;
	char text[1024];

	(void)state;
	mun_test_pattern(base, sizeof(base), 9);
	m->image[16] = 1 | 4;
	mun_put_le32(m->image + 56, 100);
	mun_put_le32(m->image + 60, 8);
	memcpy(m->image + 100, "base.img", 8);
	memcpy(m->disk + 8192, base + 8192, sizeof(base) - 8192);
	assert_int_equal(vdisk_open_fails(m->image, m->bytes, NULL, NULL, text),
			 MUN_ENOENT);
	assert_int_equal(mun_source_from_memory(m->image, m->bytes, &src, &e),
			 0);
	q.src = src;
	assert_int_equal(mun_image_open_with(&q, &img, &e), 0);
	assert_string_equal(img->variant, "with a backing file");
	assert_string_equal(vdisk_fact(img, MUN_FACT_PARENT, "name"),
			    "base.img");
	vdisk_is(img, m->disk, m->disk_bytes);
	/* A name that lies outside the file, or has no end. */
	mun_put_le32(m->image + 60, 1024);
	assert_int_equal(vdisk_open_fails(m->image, m->bytes, NULL, NULL, text),
			 MUN_ECORRUPT);
	assert_non_null(strstr(text, "the backing file's name"));
	free(m);
}

struct wrong {
	size_t off;
	uint32_t value;
	bool big;
	int code;
	const char *text;
};

static void refuse(struct made *(*make)(void), const struct wrong *w, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct made *m = make();
		char text[1024];

		if (w[i].big)
			mun_put_be32(m->image + w[i].off, w[i].value);
		else
			mun_put_le32(m->image + w[i].off, w[i].value);
		if (vdisk_open_fails(m->image, m->bytes, NULL, NULL, text) !=
			    w[i].code ||
		    !strstr(text, w[i].text))
			fail_msg("case %zu: '%s', not '%s'", i, text,
				 w[i].text);
		free(m);
	}
}

static struct made *make_extended(void)
{
	return make_parallels(true);
}

static struct made *make_growing(void)
{
	return make_bochs("Growing", 2);
}

static void wrong_fields_are_refused(void **state)
{
	static const struct wrong parallels[] = {
		{ 16, 1, false, MUN_EUNSUPPORTED, "version 1" },
		{ 28, 0, false, MUN_ECORRUPT, "clusters of 0" },
		{ 28, UINT32_MAX, false, MUN_ECORRUPT, "clusters of 42949672" },
		{ 32, 4, false, MUN_ECORRUPT, "4 clusters for a disk" },
		{ 32, UINT32_MAX, false, MUN_ECORRUPT, "table of 4294967295" },
		{ 40, 1, false, MUN_ECORRUPT, "for a disk that has" },
	};
	static const struct wrong bochs[] = {
		{ 64, 0x30000, false, MUN_EUNSUPPORTED, "version 3.0" },
		{ 48, 0x41414141, false, MUN_EUNSUPPORTED,
		  "redo log of a kin" },
		{ 68, 0, false, MUN_ECORRUPT, "header of 0" },
		{ 72, 2, false, MUN_ECORRUPT, "a catalogue of 2" },
		{ 72, UINT32_MAX, false, MUN_ECORRUPT, "table of 4294967295" },
		{ 76, 0, false, MUN_ECORRUPT, "bitmap of 0" },
		{ 80, 0, false, MUN_ECORRUPT, "extents of 0" },
		{ 80, 1000, false, MUN_ECORRUPT, "extents of 1000" },
		{ 92, 1, false, MUN_ECORRUPT, "a disk of" },
	};
	static const struct wrong qed[] = {
		{ 4, 2048, false, MUN_ECORRUPT, "clusters of 2048" },
		{ 4, 5000, false, MUN_ECORRUPT, "clusters of 5000" },
		{ 4, 1u << 27, false, MUN_ECORRUPT, "clusters of 134217728" },
		{ 8, 0, false, MUN_ECORRUPT, "tables of 0" },
		{ 8, 3, false, MUN_ECORRUPT, "tables of 3" },
		{ 8, 32, false, MUN_ECORRUPT, "tables of 32" },
		{ 16, 8, false, MUN_EUNSUPPORTED, "features 0x8" },
		{ 40, 0, false, MUN_ECORRUPT, "first table at byte 0" },
		{ 40, 512, false, MUN_ECORRUPT, "first table at byte 512" },
		{ 52, 1, false, MUN_ECORRUPT, "of which the tables reach" },
		{ 16, 1, false, MUN_ECORRUPT, "the backing file's name" },
	};
	static const struct wrong cloop[] = {
		{ 128, 0, true, MUN_ECORRUPT, "blocks of 0" },
		{ 128, 1000, true, MUN_ECORRUPT, "blocks of 1000" },
		{ 128, 1u << 30, true, MUN_EUNSUPPORTED, "16777216 are taken" },
		{ 132, UINT32_MAX, true, MUN_ECORRUPT, "table of 4294967296" },
	};

	(void)state;
	refuse(make_extended, parallels, MUN_COUNT(parallels));
	refuse(make_growing, bochs, MUN_COUNT(bochs));
	refuse(make_qed, qed, MUN_COUNT(qed));
	refuse(make_cloop, cloop, MUN_COUNT(cloop));
}

/* Open, and read byte @off, which must fail for this reason. */
static void read_fails(struct made *m, uint64_t off, const char *want)
{
	struct vdisk v = vdisk_open(m->image, m->bytes, NULL, NULL);
	char text[1024];
	uint8_t byte;
	struct mun_err e;

	assert_int_equal(
		mun_image_pread(v.img, MUN_VIEW_CONTENT, &byte, 1, off, &e),
		MUN_ECORRUPT);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	if (!strstr(text, want))
		fail_msg("'%s', not '%s'", text, want);
	vdisk_close(&v);
	free(m);
}

static void what_points_nowhere_is_an_error(void **state)
{
	struct made *m;

	(void)state;
	m = make_parallels(false);
	mun_put_le32(m->image + 64, 12);
	read_fails(m, 0, "the file ends at 6144");
	m = make_bochs("Growing", 2);
	mun_put_le32(m->image + 512 + 4, 2);
	read_fails(m, 4096, "goes beyond the end");
	m = make_qed();
	mun_put_le64(m->image + 8192, 5 * 4096);
	read_fails(m, 0, "the file ends at 20480");
	m = make_qed();
	mun_put_le64(m->image + 8192, 512);
	read_fails(m, 0, "cluster 0 at byte 512");
	m = make_qed();
	mun_put_le64(m->image + 4096, 8193);
	read_fails(m, 0, "a table at byte 8193");
	m = make_qed();
	mun_put_le64(m->image + 4096, 5 * 4096);
	read_fails(m, 0, "entry 2560 of a table of 2560");
}

static void a_broken_block_of_cloop_is_an_error(void **state)
{
	struct made *m;
	uint64_t at;

	(void)state;
	m = make_cloop();
	mun_put_be64(m->image + CLOOP_TABLE + 8, UINT64_MAX);
	read_fails(m, 1024, "block 1 goes from byte");
	m = make_cloop();
	/* It ends before it begins. */
	mun_put_be64(m->image + CLOOP_TABLE + 16, 0);
	read_fails(m, 1024, "to 0 of a file of");
	m = make_cloop();
	at = mun_be64(m->image + CLOOP_TABLE + 8);
	m->image[at + 500] ^= 1;
	read_fails(m, 1024, "block 1 does not decompress");
	/* Fewer bytes than a block has. */
	m = make_cloop();
	mun_put_be32(m->image + 128, 2048);
	read_fails(m, 0, "block 0 does not decompress to 2048");
	m = make_cloop();
	m->bytes -= 3;
	read_fails(m, 4 * 1024, "block 4 goes from byte");
}

static void mutate(struct made *m, const char *format,
		   const struct mutate_field *fields, size_t n,
		   const size_t *bounds, size_t nbounds, size_t sweep,
		   struct mun_image *parent)
{
	struct mutate_set s = {
		.format = format,
		.image = m->image,
		.bytes = m->bytes,
		.fields = fields,
		.nfields = n,
		.bounds = bounds,
		.nbounds = nbounds,
		.sweep = sweep,
		.parent = parent,
	};

	mutate_all(&s);
	free(m);
}

static void nothing_wrong_with_them_does_harm(void **state)
{
	static const struct mutate_field parallels[] = {
		{ "version", 16, 4, false }, { "cluster", 28, 4, false },
		{ "entries", 32, 4, false }, { "sectors", 36, 8, false },
		{ "in use", 44, 4, false },  { "data", 48, 4, false },
		{ "flags", 52, 4, false },   { "extension", 56, 8, false },
		{ "entry 0", 64, 4, false }, { "entry 1", 68, 4, false },
		{ "entry 4", 80, 4, false },
	};
	static const struct mutate_field bochs[] = {
		{ "version", 64, 4, false },   { "header", 68, 4, false },
		{ "catalogue", 72, 4, false }, { "bitmap", 76, 4, false },
		{ "extent", 80, 4, false },    { "size", 88, 8, false },
		{ "entry 0", 512, 4, false },  { "entry 1", 516, 4, false },
		{ "entry 2", 520, 4, false },
	};
	static const struct mutate_field qed[] = {
		{ "cluster", 4, 4, false },
		{ "table", 8, 4, false },
		{ "header", 12, 4, false },
		{ "features", 16, 8, false },
		{ "first table", 40, 8, false },
		{ "size", 48, 8, false },
		{ "name", 56, 4, false },
		{ "its length", 60, 4, false },
		{ "second table", 4096, 8, false },
		{ "cluster 0", 8192, 8, false },
		{ "cluster 1", 8200, 8, false },
		{ "cluster 3", 8216, 8, false },
	};
	static const struct mutate_field cloop[] = {
		{ "block", 128, 4, true },    { "blocks", 132, 4, true },
		{ "offset 0", 136, 8, true }, { "offset 1", 144, 8, true },
		{ "offset 5", 176, 8, true },
	};
	static const size_t parallels_bounds[] = { 0, 64, 84, 2048, 4096 };
	static const size_t bochs_bounds[] = { 0, 512, 1024, 1536, 5632, 6144 };
	static const size_t qed_bounds[] = { 0, 64, 4096, 8192, 12288, 16384 };
	static const size_t cloop_bounds[] = { 0, 128, 136, 184, 200 };
	uint8_t base[9000];
	struct vdisk b;

	(void)state;
	mun_test_pattern(base, sizeof(base), 9);
	b = vdisk_open(base, sizeof(base), "raw", NULL);
	mutate(make_parallels(false), "parallels", parallels,
	       MUN_COUNT(parallels), parallels_bounds,
	       MUN_COUNT(parallels_bounds), 84, NULL);
	mutate(make_parallels(true), "parallels", parallels,
	       MUN_COUNT(parallels), parallels_bounds,
	       MUN_COUNT(parallels_bounds), 84, NULL);
	mutate(make_bochs("Growing", 2), "bochs", bochs, MUN_COUNT(bochs),
	       bochs_bounds, MUN_COUNT(bochs_bounds), 530, NULL);
	mutate(make_bochs("Undoable", 2), "bochs", bochs, MUN_COUNT(bochs),
	       bochs_bounds, MUN_COUNT(bochs_bounds), 530, b.img);
	mutate(make_qed(), "qed", qed, MUN_COUNT(qed), qed_bounds,
	       MUN_COUNT(qed_bounds), 64, NULL);
	mutate(make_cloop(), "cloop", cloop, MUN_COUNT(cloop), cloop_bounds,
	       MUN_COUNT(cloop_bounds), 1400, NULL);
	vdisk_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_format_is_decoded),
		cmocka_unit_test(what_was_in_use_is_noted),
		cmocka_unit_test(a_redo_log_is_read_with_its_base),
		cmocka_unit_test(a_backing_file_of_qed_lies_beside_it),
		cmocka_unit_test(wrong_fields_are_refused),
		cmocka_unit_test(what_points_nowhere_is_an_error),
		cmocka_unit_test(a_broken_block_of_cloop_is_an_error),
		cmocka_unit_test(nothing_wrong_with_them_does_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
