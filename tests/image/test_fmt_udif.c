/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_udif.c - UDIF: tables, codings, sums, segments */
#include "core/check.h"
#include "image/driver.h"
#include "tests/image/make_mac.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#include <pthread.h>
#include <stdio.h>

#define ADC 0x80000004u
#define ZLIB 0x80000005u
#define LZFSE 0x80000007u

#define ROOM 65536u

static uint8_t image[ROOM];
static uint8_t data[ROOM];
static uint8_t disk[64 * 512]; /* what must come of it */
static char text[512];

/* A zlib stream of one stored block: RFC 1950 and 1951 3.2.4. */
static size_t put_zlib(uint8_t *out, const uint8_t *p, size_t len)
{
	uint32_t a = 1;
	uint32_t b = 0;

	memcpy(out, "\x78\x01\x01", 3);
	out[3] = (uint8_t)len;
	out[4] = (uint8_t)(len >> 8);
	out[5] = (uint8_t)~out[3];
	out[6] = (uint8_t)~out[4];
	memcpy(out + 7, p, len);
	for (size_t i = 0; i < len; i++) {
		a = (a + p[i]) % 65521;
		b = (b + a) % 65521;
	}
	put_be32(out + 7 + len, b << 16 | a);
	return len + 11;
}

/* ADC of bytes as they are */
static size_t put_adc(uint8_t *out, const uint8_t *p, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i += 128) {
		out[n++] = 0xff;
		memcpy(out + n, p + i, 128);
		n += 128;
	}
	return n;
}

static size_t put_lzfse(uint8_t *out, const uint8_t *p, size_t len)
{
	memcpy(out, "bvx-", 4);
	for (int i = 0; i < 4; i++)
		out[4 + i] = (uint8_t)(len >> 8 * i);
	memcpy(out + 8, p, len);
	memcpy(out + 8 + len, "bvx$", 4);
	return len + 12;
}

/* Two tables, with a run of each coding and a gap before the last sector. */
static size_t make_all(void)
{
	static struct make_run first[] = {
		{ 1, 0, 2, 0, 1024 },
		{ ZLIB, 2, 4, 1024, 0 },
		{ 0x7ffffffe, 0, 0, 0, 0 },
		{ 0, 6, 2, 0, 0 },
	};
	static struct make_run second[] = {
		{ ADC, 0, 2, 0, 0 },
		{ 2, 2, 10, 0, 0 },
		{ LZFSE, 12, 2, 0, 0 },
		{ 1, 15, 1, 0, 512 },
	};
	struct make_table tables[] = {
		{ "disk image (Apple_HFS : 1)", 0, 8, 0, first, 4 },
		{ "A &amp; B &unknown;", 8, 16, 0, second, 4 },
	};
	size_t n = 1024;

	mun_test_pattern(disk, sizeof(disk), 1);
	memset(disk + 6 * 512, 0, 1024);
	memset(disk + 10 * 512, 0, 10 * 512);
	memset(disk + 22 * 512, 0, 512);
	memset(disk + 24 * 512, 0, sizeof(disk) - 24 * 512);
	memcpy(data, disk, 1024);
	first[1].bytes = put_zlib(data + n, disk + 1024, 2048);
	n += first[1].bytes;
	second[0].off = n;
	second[0].bytes = put_adc(data + n, disk + 8 * 512, 1024);
	n += second[0].bytes;
	second[2].off = n;
	second[2].bytes = put_lzfse(data + n, disk + 20 * 512, 1024);
	n += second[2].bytes;
	second[3].off = n;
	memcpy(data + n, disk + 23 * 512, 512);
	n += 512;
	tables[0].crc = make_crc32(0, disk, 8 * 512);
	tables[1].crc = make_crc32(0, disk + 8 * 512, 1024);
	tables[1].crc = make_crc32(tables[1].crc, disk + 20 * 512, 1024);
	tables[1].crc = make_crc32(tables[1].crc, disk + 23 * 512, 512);
	return make_udif(image, data, n, tables, 2, 30);
}

static void every_coding_is_decoded(void **state)
{
	struct mun_image *img = make_open(image, make_all(), NULL, NULL, NULL);
	uint8_t *got = make_read(img, MUN_VIEW_CONTENT);

	(void)state;
	assert_string_equal(img->driver->name, "udif");
	assert_string_equal(img->variant,
			    "ADC (UDCO), zlib (UDZO), LZFSE (ULFO)");
	assert_string_equal(img->puid, "fmt/1071");
	assert_int_equal(img->bytes, 30 * 512);
	assert_int_equal(img->sector_bytes, 512);
	assert_memory_equal(got, disk, 30 * 512);
	assert_string_equal(make_fact(img, "table 1")->value,
			    "disk image (Apple_HFS : 1)");
	assert_string_equal(make_fact(img, "table 2")->value,
			    "A & B &unknown;");
	free(got);
	make_close(img);
}

/* At any offset, in any length: also inside a compressed run. */
static void any_range_reads_the_same(void **state)
{
	struct mun_image *img = make_open(image, make_all(), NULL, NULL, NULL);
	uint8_t buf[4096];
	struct mun_err e;

	(void)state;
	for (size_t off = 0; off < 30 * 512; off += 211) {
		size_t len = MUN_MIN(1 + off % 4096, 30 * 512 - off);

		assert_int_equal(mun_image_pread(img, MUN_VIEW_CONTENT, buf,
						 len, off, &e),
				 0);
		assert_memory_equal(buf, disk + off, len);
	}
	make_close(img);
}

#define READERS 4u

struct reader {
	pthread_t thread;
	struct mun_image *img;
	size_t step;
	bool same;
};

static void *read_all(void *arg)
{
	struct reader *r = arg;
	uint8_t buf[8192];
	struct mun_err e;

	r->same = true;
	for (size_t off = 0; off < 30 * 512; off += r->step) {
		size_t len = MUN_MIN(r->step, 30 * 512 - off);

		if (mun_image_pread(r->img, MUN_VIEW_CONTENT, buf, len, off,
				    &e) ||
		    memcmp(buf, disk + off, len) != 0)
			r->same = false;
	}
	return NULL;
}

static void many_threads_read_the_same(void **state)
{
	struct mun_image *img = make_open(image, make_all(), NULL, NULL, NULL);
	struct reader readers[READERS];

	(void)state;
	for (size_t i = 0; i < READERS; i++) {
		readers[i].img = img;
		readers[i].step = 100 + 1999 * i;
		assert_int_equal(pthread_create(&readers[i].thread, NULL,
						read_all, &readers[i]),
				 0);
	}
	for (size_t i = 0; i < READERS; i++) {
		assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
		assert_true(readers[i].same);
	}
	make_close(img);
}

/* Version 1 of LZFSE: neither right nor wrong. */
static void what_is_not_decoded_is_not_judged(void **state)
{
	const struct make_run run = { LZFSE, 0, 1, 0, 8 };
	const struct make_table t = { "-", 0, 1, 1, &run, 1 };
	struct mun_image *img;
	const struct mun_image_fact *f;
	uint8_t buf[512];
	struct mun_err e;

	(void)state;
	img = make_open(
		image,
		make_udif(image, (const uint8_t *)"bvx1....", 8, &t, 1, 1),
		NULL, NULL, NULL);
	assert_int_equal(
		mun_image_pread(img, MUN_VIEW_CONTENT, buf, 512, 0, &e),
		MUN_EUNSUPPORTED);
	assert_int_equal(mun_image_verify(img, &e), 0);
	f = make_fact(img, "CRC32 of table 1");
	assert_non_null(f);
	assert_int_equal(f->state, MUN_FACT_NONE);
	make_close(img);
}

static void holes_and_zeros_are_told_apart(void **state)
{
	static const struct mun_extent want[] = {
		{ 0, 6 * 512, MUN_EXTENT_DATA },
		{ 6 * 512, 2 * 512, MUN_EXTENT_ZERO },
		{ 8 * 512, 2 * 512, MUN_EXTENT_DATA },
		{ 10 * 512, 10 * 512, MUN_EXTENT_HOLE },
		{ 20 * 512, 2 * 512, MUN_EXTENT_DATA },
		{ 22 * 512, 512, MUN_EXTENT_HOLE },
		{ 23 * 512, 512, MUN_EXTENT_DATA },
		{ 24 * 512, 6 * 512, MUN_EXTENT_HOLE },
	};
	struct mun_image *img = make_open(image, make_all(), NULL, NULL, NULL);
	struct mun_extent x;
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(want); i++) {
		assert_int_equal(mun_image_next_extent(img, MUN_VIEW_CONTENT,
						       want[i].off, &x, &e),
				 0);
		assert_int_equal(x.off, want[i].off);
		assert_int_equal(x.bytes, want[i].bytes);
		assert_int_equal(x.kind, want[i].kind);
	}
	make_close(img);
}

static enum mun_fact_state state_of(const struct mun_image *img,
				    const char *name)
{
	const struct mun_image_fact *f = make_fact(img, name);

	assert_non_null(f);
	assert_int_equal(f->kind, MUN_FACT_CHECK);
	return f->state;
}

static void checksums_that_fit_are_good(void **state)
{
	struct mun_image *img = make_open(image, make_all(), NULL, NULL, NULL);
	struct mun_err e;

	(void)state;
	assert_int_equal(state_of(img, "master CRC32"), MUN_FACT_GOOD);
	assert_int_equal(state_of(img, "data fork CRC32"), MUN_FACT_NONE);
	assert_int_equal(state_of(img, "CRC32 of table 2"), MUN_FACT_NONE);
	assert_int_equal(mun_image_verify(img, &e), 0);
	assert_int_equal(state_of(img, "data fork CRC32"), MUN_FACT_GOOD);
	assert_int_equal(state_of(img, "CRC32 of table 1"), MUN_FACT_GOOD);
	assert_int_equal(state_of(img, "CRC32 of table 2"), MUN_FACT_GOOD);
	make_close(img);
}

static void a_changed_byte_is_found(void **state)
{
	size_t len = make_all();
	struct mun_image *img;
	struct mun_err e;

	(void)state;
	image[0] ^= 1; /* in the plain run of table 1 */
	image[len - 512 + 352 + 8] ^= 1;
	img = make_open(image, len, NULL, NULL, NULL);
	assert_int_equal(state_of(img, "master CRC32"), MUN_FACT_BAD);
	assert_int_equal(mun_image_verify(img, &e), 0);
	assert_int_equal(state_of(img, "data fork CRC32"), MUN_FACT_BAD);
	assert_int_equal(state_of(img, "CRC32 of table 1"), MUN_FACT_BAD);
	assert_int_equal(state_of(img, "CRC32 of table 2"), MUN_FACT_GOOD);
	make_close(img);
}

static void a_broken_run_is_an_error_where_it_lies(void **state)
{
	size_t len = make_all();
	struct mun_image *img;
	uint8_t buf[512];
	struct mun_err e;

	(void)state;
	image[1024 + 20] ^= 1; /* inside the zlib run: its Adler-32 is off */
	img = make_open(image, len, NULL, NULL, NULL);
	assert_int_equal(
		mun_image_pread(img, MUN_VIEW_CONTENT, buf, 512, 0, &e), 0);
	assert_int_equal(
		mun_image_pread(img, MUN_VIEW_CONTENT, buf, 512, 1024, &e),
		MUN_ECORRUPT);
	assert_string_equal(mun_err_text(&e, text, sizeof(text), 0),
			    "run of sector 2, at 1024: zlib data does not give "
			    "the bytes that it should");
	assert_int_equal(mun_image_verify(img, &e), 0);
	assert_int_equal(state_of(img, "CRC32 of table 1"), MUN_FACT_BAD);
	make_close(img);
}

static int refuse(const struct make_table *t, size_t n)
{
	memset(data, 7, 4096);
	return make_open_fails(image, make_udif(image, data, 4096, t, n, 100),
			       NULL, "udif", NULL, text, sizeof(text));
}

static void impossible_runs_are_refused(void **state)
{
	static const struct {
		struct make_run runs[2];
		int code;
		const char *why;
	} cases[] = {
		{ { { 1, 0, 4, 0, 2048 }, { 1, 3, 2, 2048, 1024 } },
		  MUN_ECORRUPT,
		  "runs of sectors 0 and 3 overlap" },
		{ { { 1, 0, 2, 1024 * 1024, 1024 }, { 0, 4, 1, 0, 0 } },
		  MUN_ECORRUPT,
		  "outside the data" },
		{ { { 1, 0, 2, 0, 1023 }, { 0, 4, 1, 0, 0 } },
		  MUN_ECORRUPT,
		  "has 1023 bytes for 2 sectors" },
		{ { { 1, 99, 2, 0, 1024 }, { 0, 4, 1, 0, 0 } },
		  MUN_ECORRUPT,
		  "not inside their table" },
		{ { { ZLIB, 0, 1, 0, 9000 }, { 0, 4, 1, 0, 0 } },
		  MUN_ECORRUPT,
		  "outside the data" },
		{ { { ZLIB, 0, 1, 0, 4900 }, { 0, 4, 1, 0, 0 } },
		  MUN_ECORRUPT,
		  "larger than what comes of it" },
		{ { { 0x80000009, 0, 1, 0, 512 }, { 0, 4, 1, 0, 0 } },
		  MUN_EUNSUPPORTED,
		  "unknown type 0x80000009" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		const struct make_table t = {
			"t", 0, 100, 0, cases[i].runs, 2
		};

		assert_int_equal(refuse(&t, 1), cases[i].code);
		if (!strstr(text, cases[i].why))
			fail_msg("case %zu: %s", i, text);
	}
}

/* A bomb: little data that claims to be a lot. */
static void a_run_without_measure_is_refused(void **state)
{
	const struct make_run run = { ZLIB, 0, 1 << 24, 0, 100 };
	const struct make_table t = { "t", 0, 1 << 24, 0, &run, 1 };

	(void)state;
	assert_int_equal(refuse(&t, 1), MUN_EUNSUPPORTED);
	assert_non_null(strstr(text, "is too large"));
}

static void tables_that_overlap_are_refused(void **state)
{
	const struct make_run run = { 1, 0, 4, 0, 2048 };
	const struct make_table t[] = { { "a", 0, 4, 0, &run, 1 },
					{ "b", 3, 4, 0, &run, 1 } };

	(void)state;
	assert_int_equal(refuse(t, 2), MUN_ECORRUPT);
	assert_non_null(strstr(text, "runs of sectors 0 and 3 overlap"));
}

static void tables_beyond_the_size_are_noted_and_read(void **state)
{
	const struct make_run run = { 1, 0, 4, 0, 2048 };
	const struct make_table t = { "a", 0, 4, 0, &run, 1 };
	struct mun_image *img;
	size_t len;

	(void)state;
	memset(data, 7, 2048);
	len = make_udif(image, data, 2048, &t, 1, 3);
	img = make_open(image, len, NULL, NULL, NULL);
	assert_int_equal(img->bytes, 2048);
	assert_string_equal(img->note, "its tables reach 1 sectors beyond the "
				       "size in the trailer");
	make_close(img);
}

/* Of the years before the property list. */
static void a_resource_fork_serves_as_well(void **state)
{
	static uint8_t mish[1024];
	const struct make_run run = { 1, 0, 4, 0, 2048 };
	const struct make_table t = { "-", 0, 4, 0, &run, 1 };
	struct mun_image *img;
	uint8_t *got;
	size_t n;

	(void)state;
	mun_test_pattern(image, 2048, 3);
	memcpy(disk, image, 2048);
	n = make_rsrc(image + 2048, "blkx", -1, mish, make_mish(mish, &t));
	make_koly(image + 2048 + n, 0, 2048, 0, 0, 4);
	put_be64(image + 2048 + n + 40, 2048);
	put_be64(image + 2048 + n + 48, n);
	img = make_open(image, 2048 + n + 512, NULL, NULL, NULL);
	got = make_read(img, MUN_VIEW_CONTENT);
	assert_memory_equal(got, disk, 2048);
	assert_string_equal(make_fact(img, "table 1")->value, "name");
	free(got);
	make_close(img);
}

static void a_header_at_the_start_serves_as_well(void **state)
{
	const struct make_run run = { 1, 0, 4, 0, 2048 };
	const struct make_table t = { "-", 0, 4, 0, &run, 1 };
	struct mun_image *img;
	uint8_t *got;
	size_t n;

	(void)state;
	mun_test_pattern(image + 512, 2048, 3);
	memcpy(disk, image + 512, 2048);
	n = make_plist(image + 512 + 2048, &t, 1);
	make_koly(image, 512, 2048, 512 + 2048, n, 4);
	img = make_open(image, 512 + 2048 + n, NULL, NULL, NULL);
	assert_string_equal(img->variant, "uncompressed, header at the start");
	got = make_read(img, MUN_VIEW_CONTENT);
	assert_memory_equal(got, disk, 2048);
	free(got);
	make_close(img);
}

static void encrypted_images_are_kept_as_they_are(void **state)
{
	struct mun_image *img;
	uint8_t *got;

	(void)state;
	mun_test_pattern(image, 4096, 4);
	memcpy(image, "encrcdsa\0\0\0\2", 12);
	img = make_open(image, 4096, NULL, NULL, NULL);
	assert_string_equal(img->driver->name, "udif");
	assert_string_equal(img->variant, "encrypted, version 2");
	assert_non_null(strstr(img->preserved_only, "encrypted"));
	got = make_read(img, MUN_VIEW_CONTENT);
	assert_memory_equal(got, image, 4096);
	free(got);
	make_close(img);
	mun_test_pattern(image, 4096, 4);
	memcpy(image + 4096 - 8, "cdsaencr", 8);
	img = make_open(image, 4096, NULL, NULL, NULL);
	assert_string_equal(img->variant, "encrypted, version 1");
	make_close(img);
}

#define FIRST 1536u /* bytes of the data that are in the first segment */

/* One image in two files; returns how long the first is. */
static size_t make_segments(uint8_t *second, size_t *second_len)
{
	const struct make_run runs[] = { { 1, 0, 4, 0, 2048 },
					 { 1, 4, 4, 2048, 2048 } };
	const struct make_table t = { "-", 0, 8, 0, runs, 2 };
	size_t n;

	mun_test_pattern(disk, 4096, 5);
	memcpy(image, disk, FIRST);
	n = make_plist(image + FIRST, &t, 1);
	make_koly(image + FIRST + n, 0, FIRST, FIRST, n, 8);
	put_be32(image + FIRST + n + 60, 2);
	memset(image + FIRST + n + 64, 0xab, 16);
	memcpy(second, disk + FIRST, 4096 - FIRST);
	make_koly(second + 4096 - FIRST, 0, 4096 - FIRST, 0, 0, 8);
	put_be64(second + 4096 - FIRST + 16, FIRST);
	put_be32(second + 4096 - FIRST + 56, 2);
	put_be32(second + 4096 - FIRST + 60, 2);
	memset(second + 4096 - FIRST + 64, 0xab, 16);
	*second_len = 4096 - FIRST + 512;
	return FIRST + n + 512;
}

static void segments_are_read_as_one(void **state)
{
	static uint8_t second[8192];
	struct make_beside beside = {
		{ &make_beside_ops },
		{ { "Big.002.dmgpart", second, 0 } },
	};
	size_t len = make_segments(second, &beside.files[0].len);
	struct mun_image *img =
		make_open(image, len, "Big.dmg", NULL, &beside.companions);
	uint8_t *got = make_read(img, MUN_VIEW_CONTENT);

	(void)state;
	assert_memory_equal(got, disk, 4096);
	assert_string_equal(img->variant, "uncompressed, 2 segments");
	assert_string_equal(make_fact(img, "Big.002.dmgpart")->value,
			    "segment");
	assert_int_equal(make_fact(img, "Big.002.dmgpart")->kind,
			 MUN_FACT_PART);
	free(got);
	make_close(img);
}

static void a_segment_that_is_not_there_is_named(void **state)
{
	static uint8_t second[8192];
	size_t second_len;
	size_t len = make_segments(second, &second_len);

	(void)state;
	assert_int_equal(make_open_fails(image, len, "Big.dmg", NULL, NULL,
					 text, sizeof(text)),
			 MUN_ENOENT);
	assert_non_null(strstr(text, "segment 2 of 2"));
	assert_non_null(strstr(text, "Big.002.dmgpart"));
	/* A later one alone says which it is. */
	assert_int_equal(make_open_fails(second, second_len, "Big.002.dmgpart",
					 NULL, NULL, text, sizeof(text)),
			 MUN_EUNSUPPORTED);
	assert_non_null(strstr(text, "segment 2 of 2"));
}

static void a_segment_of_another_image_is_refused(void **state)
{
	static uint8_t second[8192];
	struct make_beside beside = {
		{ &make_beside_ops },
		{ { "Big.002.dmgpart", second, 0 } },
	};
	size_t len = make_segments(second, &beside.files[0].len);
	uint8_t *koly = second + 4096 - FIRST;

	(void)state;
	koly[64] ^= 1;
	assert_int_equal(make_open_fails(image, len, "Big.dmg", NULL,
					 &beside.companions, text,
					 sizeof(text)),
			 MUN_ECORRUPT);
	assert_non_null(strstr(text, "is not segment 2 of this image"));
	koly[64] ^= 1;
	put_be64(koly + 16, FIRST + 1);
	assert_int_equal(make_open_fails(image, len, "Big.dmg", NULL,
					 &beside.companions, text,
					 sizeof(text)),
			 MUN_ECORRUPT);
	assert_non_null(strstr(text, "does not follow on"));
	beside.files[0].len -= 1;
	assert_int_equal(make_open_fails(image, len, "Big.dmg", NULL,
					 &beside.companions, text,
					 sizeof(text)),
			 MUN_ECORRUPT);
	assert_non_null(strstr(text, "is no segment of a UDIF image"));
}

/* Property lists that no Apple tool writes. */
static void broken_lists_are_refused(void **state)
{
	static const struct {
		const char *xml;
		const char *why;
	} cases[] = {
		{ "", "says what is where" },
		{ "<plist>", "has no 'blkx'" },
		{ "<key>blkx</key>", "'blkx' is no array" },
		{ "<key>blkx</key><array/>", "'blkx' is no array" },
		{ "<key>blkx</key><array>", "'blkx' does not end" },
		{ "<key>blkx</key><array></array>", "it has no tables" },
		{ "<key>blkx</key><array><dict></dict>", "has no data" },
		{ "<key>blkx</key><array><dict><key>Data</key></dict>",
		  "a key has no value" },
		{ "<key>blkx</key><array><dict><data>", "is broken" },
		{ "<key>blkx</key><array><dict><key>Data</key><data>b!",
		  "data is not Base64" },
		{ "<key>blkx</key><array><dict><key>Data</key><data>bWlz"
		  "aA==</data></dict></array>",
		  "it is no 'mish'" },
		{ "<!-- <key>blkx</key><array> ", "has no 'blkx'" },
		{ "<", "has no 'blkx'" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		size_t n = strlen(cases[i].xml);

		memcpy(image, cases[i].xml, n);
		make_koly(image + n, 0, 0, 0, n, 4);
		assert_true(make_open_fails(image, n + 512, NULL, NULL, NULL,
					    text, sizeof(text)) < 0);
		if (!strstr(text, cases[i].why))
			fail_msg("'%s': %s", cases[i].xml, text);
	}
}

static void a_trailer_that_points_outside_is_refused(void **state)
{
	static const size_t fields[] = { 24, 32, 40, 48, 216, 224 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(fields); i++) {
		size_t len = make_all();

		put_be64(image + len - 512 + fields[i], len + 1);
		assert_int_equal(make_open_fails(image, len, NULL, "udif", NULL,
						 text, sizeof(text)),
				 MUN_ECORRUPT);
		assert_non_null(strstr(text, "points outside the file"));
	}
}

/* 64 KiB of noise with the suffix is no UDIF image. */
static void noise_is_not_udif(void **state)
{
	struct mun_image *img;

	(void)state;
	mun_test_pattern(image, ROOM, 9);
	img = make_open(image, ROOM, "invalid.dmg", NULL, NULL);
	assert_string_equal(img->driver->name, "raw");
	make_close(img);
}

/* Uncompressed, it begins like what it holds; the trailer says more. */
static void the_trailer_wins_over_the_disk_in_it(void **state)
{
	static const struct make_run run = { 1, 0, 40, 0, 40 * 512 };
	const struct make_table t = { "-", 0, 40, 0, &run, 1 };
	struct mun_image *img;
	size_t len;

	(void)state;
	memset(data, 0, 40 * 512);
	memcpy(data, "encrcdsa", 8); /* but no version */
	memcpy(data,
	       "2IMGxxxx\x40\0\1\0\1\0\0\0\0\0\0\0\1\0\0\0\x40\0\0\0\0\2"
	       "\0\0",
	       32);
	len = make_udif(image, data, 40 * 512, &t, 1, 40);
	img = make_open(image, len, NULL, NULL, NULL);
	assert_string_equal(img->driver->name, "udif");
	make_close(img);
}

static void whatever_is_wrong_it_ends_well(void **state)
{
	size_t len = make_all();
	size_t koly = len - 512;
	const struct mutate_field fields[] = {
		{ "version", koly + 4, 4, true },
		{ "header size", koly + 8, 4, true },
		{ "running", koly + 16, 8, true },
		{ "data offset", koly + 24, 8, true },
		{ "data length", koly + 32, 8, true },
		{ "resource offset", koly + 40, 8, true },
		{ "resource length", koly + 48, 8, true },
		{ "segment", koly + 56, 4, true },
		{ "segments", koly + 60, 4, true },
		{ "checksum type", koly + 80, 4, true },
		{ "checksum bits", koly + 84, 4, true },
		{ "list offset", koly + 216, 8, true },
		{ "list length", koly + 224, 8, true },
		{ "master type", koly + 352, 4, true },
		{ "sectors", koly + 492, 8, true },
	};
	const size_t bounds[] = { 512, 1024, 2048, koly, koly + 256, len };
	const struct mutate_set set = {
		.format = "udif",
		.image = image,
		.bytes = len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = len - 512,
	};

	(void)state;
	mutate_all(&set);
}

/* The same for a table, as bytes of a resource fork. */
static void whatever_is_wrong_in_a_table_it_ends_well(void **state)
{
	static uint8_t mish[1024];
	const struct make_run runs[] = { { ADC, 0, 4, 0, 2048 },
					 { 1, 4, 1, 0, 512 } };
	const struct make_table t = { "-", 0, 8, 0, runs, 2 };
	size_t n;

	(void)state;
	memset(image, 0xff, 2048);
	n = make_rsrc(image + 2048, "blkx", 0, mish, make_mish(mish, &t));
	make_koly(image + 2048 + n, 0, 2048, 0, 0, 8);
	put_be64(image + 2048 + n + 40, 2048);
	put_be64(image + 2048 + n + 48, n);
	{
		const size_t r = 2048;
		const size_t m = r + 260;
		const size_t map = r + n - 55;
		const struct mutate_field fields[] = {
			{ "data of the fork", r, 4, true },
			{ "map of the fork", r + 4, 4, true },
			{ "length of the data", r + 8, 4, true },
			{ "length of the map", r + 12, 4, true },
			{ "length of the resource", r + 256, 4, true },
			{ "types", map + 24, 2, true },
			{ "names", map + 26, 2, true },
			{ "number of types", map + 28, 2, true },
			{ "number of references", map + 34, 2, true },
			{ "references", map + 36, 2, true },
			{ "name", map + 40, 2, true },
			{ "data of the resource", map + 42, 4, true },
			{ "length of the name", map + 50, 1, true },
			{ "first", m + 8, 8, true },
			{ "sectors", m + 16, 8, true },
			{ "offset", m + 24, 8, true },
			{ "checksum", m + 64, 4, true },
			{ "runs", m + 200, 4, true },
			{ "type", m + 204, 4, true },
			{ "run sector", m + 212, 8, true },
			{ "run sectors", m + 220, 8, true },
			{ "run offset", m + 228, 8, true },
			{ "run length", m + 236, 8, true },
			{ "second type", m + 244, 4, true },
			{ "second sector", m + 252, 8, true },
			{ "second sectors", m + 260, 8, true },
		};
		const size_t bounds[] = { r,       r + 16, r + 256, m,
					  m + 204, map,    map + 28 };
		const struct mutate_set set = {
			.format = "udif",
			.image = image,
			.bytes = 2048 + n + 512,
			.fields = fields,
			.nfields = MUN_COUNT(fields),
			.bounds = bounds,
			.nbounds = MUN_COUNT(bounds),
			.sweep = 64,
		};

		mutate_all(&set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_coding_is_decoded),
		cmocka_unit_test(any_range_reads_the_same),
		cmocka_unit_test(many_threads_read_the_same),
		cmocka_unit_test(what_is_not_decoded_is_not_judged),
		cmocka_unit_test(holes_and_zeros_are_told_apart),
		cmocka_unit_test(checksums_that_fit_are_good),
		cmocka_unit_test(a_changed_byte_is_found),
		cmocka_unit_test(a_broken_run_is_an_error_where_it_lies),
		cmocka_unit_test(impossible_runs_are_refused),
		cmocka_unit_test(a_run_without_measure_is_refused),
		cmocka_unit_test(tables_that_overlap_are_refused),
		cmocka_unit_test(tables_beyond_the_size_are_noted_and_read),
		cmocka_unit_test(a_resource_fork_serves_as_well),
		cmocka_unit_test(a_header_at_the_start_serves_as_well),
		cmocka_unit_test(encrypted_images_are_kept_as_they_are),
		cmocka_unit_test(segments_are_read_as_one),
		cmocka_unit_test(a_segment_that_is_not_there_is_named),
		cmocka_unit_test(a_segment_of_another_image_is_refused),
		cmocka_unit_test(broken_lists_are_refused),
		cmocka_unit_test(a_trailer_that_points_outside_is_refused),
		cmocka_unit_test(noise_is_not_udif),
		cmocka_unit_test(the_trailer_wins_over_the_disk_in_it),
		cmocka_unit_test(whatever_is_wrong_it_ends_well),
		cmocka_unit_test(whatever_is_wrong_in_a_table_it_ends_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
