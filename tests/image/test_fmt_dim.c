/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_dim.c - the two formats called DIM, and FDI */
#include "core/check.h"
#include "image/floppy.h"
#include "tests/image/floppies.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

/* 3 cylinders of 2 sides and 1 sector. */
static void make_atari(struct bytes *b, unsigned int partial,
		       unsigned int first)
{
	add_text(b, "BB");
	add_u8(b, 0);
	add_u8(b, partial);
	add_le16(b, 0);
	add_u8(b, 1);
	add_u8(b, 0);
	add_u8(b, 1);
	add_u8(b, 0);
	add_u8(b, first);
	add_u8(b, 0);
	add_u8(b, 2);
	add_u8(b, 0);
	add_fill(b, 0, 18);
	for (unsigned int i = 0; i < 6; i++)
		add_fill(b, 0x10 + i, 512);
}

static void fastcopy_is_read_whole_or_kept(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_atari(&b, 0, 0);
	assert_recognised(&b, "dim-atari");
	o = open_image(&b, "dim-atari");
	assert_int_equal(o.img->geometry.cylinders, 3);
	assert_int_equal(o.img->geometry.heads, 2);
	assert_int_equal(o.img->geometry.sectors, 1);
	assert_filled(o.img, MUN_VIEW_CONTENT, 0, 0x10, 512);
	assert_filled(o.img, MUN_VIEW_CONTENT, 5 * 512, 0x15, 512);
	close_image(&o);
	b.p[3] = 1;
	o = open_image(&b, "dim-atari");
	assert_non_null(strstr(o.img->preserved_only, "only sectors in use"));
	assert_view(o.img, MUN_VIEW_CONTENT, 0, b.p, b.len);
	close_image(&o);
	b.p[3] = 0;
	b.p[10] = 1;
	o = open_image(&b, "dim-atari");
	assert_non_null(strstr(o.img->preserved_only, "first cylinder"));
	close_image(&o);
	b.p[10] = 0;
	b.len--;
	assert_refused(&b, "dim-atari", MUN_ECORRUPT, "does not fit the size");
	b.len++;
	b.p[6] = 2;
	assert_refused(&b, "dim-atari", MUN_ECORRUPT, "not that of DIM");
	free(b.p);
}

/* Track 1 of 154 is missing; @packed: and has no room. */
static void make_x68k(struct bytes *b, bool packed)
{
	add_u8(b, 0);
	for (unsigned int i = 0; i < 170; i++)
		add_u8(b, i < 154 && i != 1);
	add_text(b, "DIFC HEADER  ");
	add_fill(b, 0, 0xc2 - b->len);
	add_text(b, "Human68k disk");
	add_fill(b, 0, 256 - b->len);
	for (unsigned int i = 0; i < 154; i++)
		if (i != 1 || !packed)
			add_fill(b, i, 8192);
}

static void difc_is_read_with_and_without_room(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		b.len = 0;
		make_x68k(&b, packed);
		assert_recognised(&b, "dim-x68k");
		o = open_image(&b, "dim-x68k");
		assert_int_equal(o.img->bytes, 1261568);
		assert_int_equal(o.img->geometry.cylinders, 77);
		assert_int_equal(o.img->sector_bytes, 1024);
		assert_filled(o.img, MUN_VIEW_CONTENT, 0, 0, 2 * 8192);
		assert_filled(o.img, MUN_VIEW_CONTENT, 2 * 8192, 2, 8192);
		assert_filled(o.img, MUN_VIEW_CONTENT, 153 * 8192, 153, 8192);
		assert_extent(o.img, MUN_VIEW_CONTENT, 0, 8192,
			      MUN_EXTENT_DATA);
		assert_extent(o.img, MUN_VIEW_CONTENT, 8192, 8192,
			      MUN_EXTENT_UNREADABLE);
		assert_fact(o.img, "comment", "Human68k disk");
		assert_non_null(fact_of(o.img, "not imaged"));
		close_image(&o);
	}
	b.len--;
	assert_refused(&b, "dim-x68k", MUN_ECORRUPT, "153 tracks of 8192");
	b.len = 255;
	assert_refused(&b, "dim-x68k", MUN_ECORRUPT, "no head of DIFC");
	b.len = 1000;
	b.p[0] = 5;
	assert_refused(&b, "dim-x68k", MUN_ECORRUPT, "unknown medium");
	free(b.p);
}

static void make_fdi(struct bytes *b)
{
	static const uint32_t words[] = { 0,   0x90, 4096, 2 * 2 * 3 * 256,
					  256, 3,    2,    2 };

	for (size_t i = 0; i < MUN_COUNT(words); i++)
		add_le32(b, words[i]);
	add_fill(b, 0, 4096 - b->len);
	for (unsigned int i = 0; i < 12; i++)
		add_fill(b, i, 256);
}

static void anex86_is_read_and_other_fdis_are_kept(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_fdi(&b);
	assert_recognised(&b, "fdi");
	o = open_image(&b, "fdi");
	assert_non_null(strstr(o.img->variant, "Anex86"));
	assert_int_equal(o.img->geometry.sectors, 3);
	assert_int_equal(o.img->bytes, 12 * 256);
	assert_filled(o.img, MUN_VIEW_CONTENT, 11 * 256, 11, 256);
	close_image(&o);
	b.len--;
	assert_refused(&b, "fdi", MUN_ECORRUPT, "none of those called FDI");
	b.len = 0;
	add_text(&b, "FDI");
	add_u8(&b, 0);
	add_le16(&b, 80);
	add_le16(&b, 2);
	add_fill(&b, 0, 100);
	assert_recognised(&b, "fdi");
	o = open_image(&b, "fdi");
	assert_non_null(strstr(o.img->variant, "Spectrum"));
	assert_string_not_equal(o.img->preserved_only, "");
	assert_view(o.img, MUN_VIEW_RAW, 0, b.p, b.len);
	assert_extent(o.img, MUN_VIEW_CONTENT, 0, b.len, MUN_EXTENT_DATA);
	close_image(&o);
	b.len = 0;
	add_text(&b, "Formatted Disk Image file\r\n");
	add_fill(&b, 0, 600);
	assert_recognised(&b, "fdi");
	free(b.p);
}

static void nothing_wrong_breaks_the_readers(void **state)
{
	static const struct mutate_field atari[] = {
		{ "partial", 3, 1, false }, { "sides", 6, 1, false },
		{ "sectors", 8, 1, false }, { "first", 10, 1, false },
		{ "last", 12, 1, false },
	};
	static const struct mutate_field x68k[] = {
		{ "medium", 0, 1, false },
		{ "track 0", 1, 1, false },
		{ "track 169", 170, 1, false },
	};
	static const struct mutate_field fdi[] = {
		{ "zero", 0, 4, false },       { "head", 8, 4, false },
		{ "data", 12, 4, false },      { "bytes", 16, 4, false },
		{ "sectors", 20, 4, false },   { "sides", 24, 4, false },
		{ "cylinders", 28, 4, false },
	};
	static const size_t bounds[] = { 2, 32, 171, 256, 544 };
	static const size_t fdi_bounds[] = { 32, 4096, 4352 };
	struct bytes b = { 0 };

	(void)state;
	make_atari(&b, 0, 0);
	mutate_all(&(struct mutate_set){ .format = "dim-atari",
					 .image = b.p,
					 .bytes = b.len,
					 .fields = atari,
					 .nfields = MUN_COUNT(atari),
					 .bounds = bounds,
					 .nbounds = 2,
					 .sweep = 32 });
	b.len = 0;
	make_x68k(&b, true);
	mutate_all(&(struct mutate_set){ .format = "dim-x68k",
					 .image = b.p,
					 .bytes = b.len,
					 .fields = x68k,
					 .nfields = MUN_COUNT(x68k),
					 .bounds = bounds,
					 .nbounds = MUN_COUNT(bounds) });
	b.len = 0;
	make_fdi(&b);
	mutate_all(&(struct mutate_set){ .format = "fdi",
					 .image = b.p,
					 .bytes = b.len,
					 .fields = fdi,
					 .nfields = MUN_COUNT(fdi),
					 .bounds = fdi_bounds,
					 .nbounds = MUN_COUNT(fdi_bounds),
					 .sweep = 32 });
	free(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fastcopy_is_read_whole_or_kept),
		cmocka_unit_test(difc_is_read_with_and_without_room),
		cmocka_unit_test(anex86_is_read_and_other_fdis_are_kept),
		cmocka_unit_test(nothing_wrong_breaks_the_readers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
