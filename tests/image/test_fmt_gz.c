/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_gz.c - images in gzip and in the ZIP of WinImage */
#include "core/bytes.h"
#include "core/check.h"
#include "image/wrap.h"
#include "tests/image/floppies.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

/* Its input is const then. */
#define ZLIB_CONST
#include <zlib.h>

#define DISK 368640u

/* @len bytes as a deflate stream without a header. */
static void add_deflate(struct bytes *b, const void *data, size_t len)
{
	uint8_t *room = malloc(len + 1024);
	z_stream z = { 0 };

	assert_non_null(room);
	assert_int_equal(
		deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY),
		Z_OK);
	z.next_in = data;
	z.avail_in = (uInt)len;
	z.next_out = room;
	z.avail_out = (uInt)(len + 1024);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	add(b, room, (size_t)z.total_out);
	assert_int_equal(deflateEnd(&z), Z_OK);
	free(room);
}

static void add_member(struct bytes *b, const void *data, size_t len,
		       unsigned int flags, const char *texts)
{
	add(b, "\x1f\x8b\x08", 3);
	add_u8(b, flags);
	add_le32(b, 951782400);
	add_u8(b, 0);
	add_u8(b, 3);
	add(b, texts, strlen(texts));
	if (flags & 8)
		add_u8(b, 0);
	add_deflate(b, data, len);
	add_le32(b, (uint32_t)crc32_z(0, data, len));
	add_le32(b, (uint32_t)len);
}

/* A disk of 360K that "floppy" takes by its size. */
static uint8_t *make_disk(void)
{
	uint8_t *disk = calloc(1, DISK);

	assert_non_null(disk);
	for (size_t i = 0; i < DISK; i += 512)
		disk[i] = (uint8_t)(i / 512);
	return disk;
}

static void the_image_in_gzip_shows_through(void **state)
{
	uint8_t *disk = make_disk();
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_member(&b, disk, DISK, 8, "dir/a\x02.img");
	assert_recognised(&b, "gzip");
	o = open_image(&b, NULL);
	assert_string_equal(o.img->variant,
			    "gzip of floppy, 360K 5.25-inch DD, no file system "
			    "recognised");
	assert_string_equal(o.img->puid, "x-fmt/266");
	assert_int_equal(o.img->medium, MUN_MEDIUM_FLOPPY);
	assert_int_equal(o.img->bytes, DISK);
	assert_int_equal(o.img->geometry.sectors, 9);
	assert_int_equal(o.img->tracks[0].sectors, 720);
	assert_fact(o.img, "name inside", "dir/a\\x02.img");
	assert_check(o.img, "gzip CRC-32", MUN_FACT_GOOD);
	assert_view(o.img, MUN_VIEW_CONTENT, 0, disk, DISK);
	assert_extent(o.img, MUN_VIEW_CONTENT, 0, DISK, MUN_EXTENT_DATA);
	close_image(&o);
	free(b.p);
	free(disk);
}

static void what_several_formats_fit_is_taken_as_it_is(void **state)
{
	/* As large as a disk of an Apple II, in whichever order. */
	const size_t bytes = 143360;
	uint8_t *disk = make_disk();
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_member(&b, disk, bytes, 0, "");
	o = open_image(&b, NULL);
	assert_non_null(strstr(o.img->variant, "gzip of raw"));
	assert_non_null(strstr(o.img->note, "several formats"));
	assert_view(o.img, MUN_VIEW_CONTENT, 0, disk, bytes);
	close_image(&o);
	free(b.p);
	free(disk);
}

static void members_follow_each_other_and_may_be_followed(void **state)
{
	uint8_t *disk = make_disk();
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_member(&b, disk, 1000, 0, "");
	add_member(&b, disk + 1000, DISK - 1000, 0, "");
	add_fill(&b, 0, 100);
	o = open_image(&b, NULL);
	assert_view(o.img, MUN_VIEW_CONTENT, 0, disk, DISK);
	assert_non_null(strstr(o.img->note, "2 gzip members"));
	assert_non_null(strstr(o.img->note, "100 bytes follow"));
	close_image(&o);
	free(b.p);
	free(disk);
}

static void a_wrong_checksum_makes_all_of_it_doubtful(void **state)
{
	uint8_t *disk = make_disk();
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_member(&b, disk, DISK, 0, "");
	for (size_t at = 8; at >= 4; at -= 4) {
		b.p[b.len - at] ^= 1;
		o = open_image(&b, NULL);
		assert_check(o.img, "gzip CRC-32", MUN_FACT_BAD);
		assert_extent(o.img, MUN_VIEW_CONTENT, 0, DISK,
			      MUN_EXTENT_DOUBTFUL);
		assert_view(o.img, MUN_VIEW_CONTENT, 0, disk, DISK);
		close_image(&o);
		b.p[b.len - at] ^= 1;
	}
	free(b.p);
	free(disk);
}

static void a_cut_stream_is_refused(void **state)
{
	static const struct {
		size_t left_out;
		const char *says;
	} cases[] = {
		{ 1, "within the checksum" },
		{ 9, "the compressed data end" },
	};
	uint8_t *disk = make_disk();
	struct bytes b = { 0 };

	(void)state;
	add_member(&b, disk, DISK, 8, "name");
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		b.len -= cases[i].left_out;
		assert_refused(&b, "gzip", MUN_ECORRUPT, cases[i].says);
		b.len += cases[i].left_out;
	}
	b.len = 18;
	assert_refused(&b, "gzip", MUN_ECORRUPT, "gzip header");
	b.len = 17;
	assert_refused(&b, "gzip", MUN_ECORRUPT, "no gzip file");
	b.len = 100;
	b.p[3] |= 0x80;
	assert_recognised(&b, "raw");
	assert_refused(&b, "gzip", MUN_ECORRUPT, "no gzip member");
	free(b.p);
	free(disk);
}

/* A table of sectors is lent by the image inside. */
static void states_of_the_image_inside_show_through(void **state)
{
	uint8_t *d64 = calloc(1, 683 * 257);
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	assert_non_null(d64);
	memset(d64 + 683 * 256, 1, 683);
	d64[683 * 256 + 3] = 2;
	d64[683 * 256 + 4] = 5;
	add_member(&b, d64, 683 * 257, 0, "");
	o = open_image(&b, NULL);
	assert_memory_equal(o.img->variant, "gzip of d64", 11);
	assert_non_null(o.img->floppy);
	assert_int_equal(o.img->bytes, 683 * 256);
	assert_extent(o.img, MUN_VIEW_CONTENT, 768, 256, MUN_EXTENT_UNREADABLE);
	assert_extent(o.img, MUN_VIEW_CONTENT, 1024, 256, MUN_EXTENT_DOUBTFUL);
	close_image(&o);
	free(b.p);
	free(d64);
}

static void what_is_kept_inside_is_kept_outside(void **state)
{
	static const uint8_t hfe[1024] = "HXCPICFE\0\0\2\0\372\0\0\0\7\1\1";
	uint8_t tar[1024] = { 0 };
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_member(&b, hfe, sizeof(hfe), 0, "");
	o = open_image(&b, NULL);
	assert_string_equal(o.img->format->name, "gzip");
	assert_memory_equal(o.img->variant, "gzip of hfe", 11);
	assert_true(o.img->preserved_only[0]);
	assert_int_equal(o.img->bytes, b.len);
	assert_view(o.img, MUN_VIEW_CONTENT, 0, b.p, b.len);
	close_image(&o);
	b.len = 0;
	memcpy(tar + 257, "ustar", 5);
	add_member(&b, tar, sizeof(tar), 0, "");
	o = open_image(&b, NULL);
	assert_non_null(strstr(o.img->preserved_only, "a tar archive"));
	assert_view(o.img, MUN_VIEW_CONTENT, 0, b.p, b.len);
	close_image(&o);
	free(b.p);
}

/* 65 MiB and a byte of zeros are 64 KiB: told by the size, or without it. */
static void a_bomb_is_kept_as_it_is(void **state)
{
	size_t len = MUN_WRAP_BYTES + 1;
	uint8_t *zeros = calloc(1, len);
	struct bytes b = { 0 };

	(void)state;
	assert_non_null(zeros);
	add_member(&b, zeros, len, 0, "");
	for (int i = 0; i < 2; i++) {
		struct opened o = open_image(&b, NULL);

		assert_non_null(strstr(o.img->preserved_only, "64 MiB"));
		assert_int_equal(o.img->bytes, b.len);
		assert_view(o.img, MUN_VIEW_CONTENT, 0, b.p, b.len);
		close_image(&o);
		mun_put_le32(b.p + b.len - 4, 512);
	}
	b.len = 0;
	add_member(&b, zeros, len - 1, 0, "");
	{
		struct opened o = open_image(&b, NULL);

		assert_string_equal(o.img->preserved_only, "");
		assert_int_equal(o.img->bytes, MUN_WRAP_BYTES);
		close_image(&o);
	}
	free(b.p);
	free(zeros);
}

static void wrappers_in_wrappers_end(void **state)
{
	uint8_t *disk = make_disk();
	struct bytes b[4] = { { 0 } };
	struct opened o;

	(void)state;
	add_member(&b[0], disk, DISK, 0, "");
	for (int i = 1; i < 4; i++)
		add_member(&b[i], b[i - 1].p, b[i - 1].len, 0, "");
	o = open_image(&b[1], NULL);
	assert_memory_equal(o.img->variant, "gzip of gzip, gzip of floppy", 28);
	assert_view(o.img, MUN_VIEW_CONTENT, 0, disk, DISK);
	close_image(&o);
	assert_refused(&b[2], NULL, MUN_EUNSUPPORTED, "a compressed image in");
	for (int i = 0; i < 4; i++)
		free(b[i].p);
	free(disk);
}

static void no_byte_of_a_gzip_can_do_harm(void **state)
{
	static const uint8_t disk[4096];
	static const struct mutate_field fields[] = {
		{ "method", 2, 1, false },
		{ "flags", 3, 1, false },
		{ "extra", 10, 2, false },
	};
	static const size_t bounds[] = { 10, 15, 20 };
	struct bytes b = { 0 };

	(void)state;
	add_member(&b, disk, sizeof(disk), 8, "name");
	mutate_all(&(struct mutate_set){
		.format = "gzip",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = b.len,
	});
	free(b.p);
}

/* One file in a ZIP; its name is "a.img". */
static void make_zip(struct bytes *b, const void *data, size_t len,
		     unsigned int method, unsigned int flags)
{
	uint32_t crc = (uint32_t)crc32_z(0, data, len);
	size_t packed;
	size_t at;

	add(b, "PK\3\4\x14\0", 6);
	add_le16(b, flags);
	add_le16(b, method);
	add_fill(b, 0, 16);
	add_le16(b, 5);
	add_le16(b, 0);
	add_text(b, "a.img");
	packed = b->len;
	if (method == 8)
		add_deflate(b, data, len);
	else
		add(b, data, len);
	packed = b->len - packed;
	at = b->len;
	add(b, "PK\1\2\x14\0\x14\0", 8);
	add_le16(b, flags);
	add_le16(b, method);
	add_fill(b, 0, 4);
	add_le32(b, crc);
	add_le32(b, (uint32_t)packed);
	add_le32(b, (uint32_t)len);
	add_le16(b, 5);
	add_fill(b, 0, 16);
	add_text(b, "a.img");
	add(b, "PK\5\6\0\0\0\0\1\0\1\0", 12);
	add_le32(b, 51);
	add_le32(b, (uint32_t)at);
	add_le16(b, 7);
	add_text(b, "a\tnote!");
}

static void the_image_in_a_zip_shows_through(void **state)
{
	uint8_t *disk = make_disk();

	(void)state;
	for (unsigned int method = 0; method <= 8; method += 8) {
		struct bytes b = { 0 };
		struct opened o;

		make_zip(&b, disk, DISK, method, 0);
		assert_recognised(&b, "imz");
		o = open_image(&b, NULL);
		assert_memory_equal(o.img->variant, "ZIP of floppy, 360K", 19);
		assert_fact(o.img, "name inside", "a.img");
		assert_fact(o.img, "comment", "a\\x09note!");
		assert_check(o.img, "ZIP CRC-32", MUN_FACT_GOOD);
		assert_view(o.img, MUN_VIEW_CONTENT, 0, disk, DISK);
		close_image(&o);
		b.p[b.len - 22 - 7 - 51 + 16] ^= 1; /* CRC */
		o = open_image(&b, NULL);
		assert_check(o.img, "ZIP CRC-32", MUN_FACT_BAD);
		assert_extent(o.img, MUN_VIEW_CONTENT, 0, DISK,
			      MUN_EXTENT_DOUBTFUL);
		close_image(&o);
		free(b.p);
	}
	free(disk);
}

static void other_zips_are_not_taken_for_images(void **state)
{
	uint8_t *disk = make_disk();
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_zip(&b, disk, 5000, 8, 0);
	assert_recognised(&b, "raw");
	b.len = 0;
	make_zip(&b, disk, DISK, 8, 0);
	b.p[b.len - 7 - 12] = 2; /* entries */
	assert_recognised(&b, "raw");
	/* Asked for by name, the first is taken, and the others are told. */
	o = open_image(&b, "imz");
	assert_non_null(fact_of(o.img, "further files"));
	close_image(&o);
	b.len -= 8;
	assert_refused(&b, "imz", MUN_ECORRUPT, "no directory of a ZIP");
	free(b.p);
	free(disk);
}

static void an_encrypted_zip_is_kept(void **state)
{
	uint8_t *disk = make_disk();
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_zip(&b, disk, DISK, 8, 1);
	o = open_image(&b, NULL);
	assert_string_equal(o.img->preserved_only, "encrypted with a password");
	assert_view(o.img, MUN_VIEW_CONTENT, 0, b.p, b.len);
	close_image(&o);
	b.len = 0;
	make_zip(&b, disk, DISK, 9, 0);
	o = open_image(&b, NULL);
	assert_non_null(strstr(o.img->preserved_only, "another method"));
	close_image(&o);
	free(b.p);
	free(disk);
}

static void no_field_of_a_zip_can_do_harm(void **state)
{
	static const uint8_t disk[4096];
	struct bytes b = { 0 };
	size_t dir;

	(void)state;
	make_zip(&b, disk, sizeof(disk), 8, 0);
	dir = b.len - 7 - 22 - 51;
	{
		const struct mutate_field fields[] = {
			{ "local name", 26, 2, false },
			{ "local extra", 28, 2, false },
			{ "flags", dir + 8, 2, false },
			{ "method", dir + 10, 2, false },
			{ "packed", dir + 20, 4, false },
			{ "unpacked", dir + 24, 4, false },
			{ "name", dir + 28, 2, false },
			{ "local", dir + 42, 4, false },
			{ "disk", dir + 51 + 4, 2, false },
			{ "entries", dir + 51 + 10, 2, false },
			{ "directory", dir + 51 + 16, 4, false },
			{ "comment", dir + 51 + 20, 2, false },
		};
		const size_t bounds[] = { 30, 35, dir, dir + 51, dir + 73 };

		mutate_all(&(struct mutate_set){
			.format = "imz",
			.image = b.p,
			.bytes = b.len,
			.fields = fields,
			.nfields = MUN_COUNT(fields),
			.bounds = bounds,
			.nbounds = MUN_COUNT(bounds),
			.sweep = b.len,
		});
	}
	free(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_image_in_gzip_shows_through),
		cmocka_unit_test(what_several_formats_fit_is_taken_as_it_is),
		cmocka_unit_test(members_follow_each_other_and_may_be_followed),
		cmocka_unit_test(a_wrong_checksum_makes_all_of_it_doubtful),
		cmocka_unit_test(a_cut_stream_is_refused),
		cmocka_unit_test(states_of_the_image_inside_show_through),
		cmocka_unit_test(what_is_kept_inside_is_kept_outside),
		cmocka_unit_test(a_bomb_is_kept_as_it_is),
		cmocka_unit_test(wrappers_in_wrappers_end),
		cmocka_unit_test(no_byte_of_a_gzip_can_do_harm),
		cmocka_unit_test(the_image_in_a_zip_shows_through),
		cmocka_unit_test(other_zips_are_not_taken_for_images),
		cmocka_unit_test(an_encrypted_zip_is_kept),
		cmocka_unit_test(no_field_of_a_zip_can_do_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
