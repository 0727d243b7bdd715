/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_atr.c - ATR and RS-IDE: sectors behind a header */
#include "core/check.h"
#include "tests/image/floppies.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

static void make_atr(struct bytes *b, unsigned int sector, size_t data)
{
	add_le16(b, 0x0296);
	add_le16(b, (unsigned int)(data / 16) & 0xffff);
	add_le16(b, sector);
	add_u8(b, (unsigned int)(data / 16) >> 16);
	add_fill(b, 0, 9);
	for (size_t i = 0; i < data; i++)
		add_u8(b, (unsigned int)(i / 128) & 0xff);
}

static void an_atr_is_what_follows_its_header(void **state)
{
	static const struct {
		unsigned int sector;
		size_t bytes;
		const char *variant;
		const char *note;
	} cases[] = {
		{ 128, 92160, "90K single density", "" },
		{ 128, 133120, "130K enhanced density", "" },
		{ 256, 184320, "180K double density", "" },
		{ 256, 183936, "180K double density",
		  "the first three sectors have 128 bytes" },
		{ 512, 1 << 20, "512 bytes a sector", "" },
		/* More than 65,535 paragraphs. */
		{ 256, 16776960, "256 bytes a sector", "" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct bytes b = { 0 };
		struct opened o;

		make_atr(&b, cases[i].sector, cases[i].bytes);
		assert_recognised(&b, "atr");
		o = open_image(&b, NULL);
		assert_string_equal(o.img->variant, cases[i].variant);
		assert_string_equal(o.img->note, cases[i].note);
		assert_int_equal(o.img->bytes, cases[i].bytes);
		assert_int_equal(o.img->sector_bytes, cases[i].sector);
		assert_view(o.img, MUN_VIEW_CONTENT, 0, b.p + 16,
			    cases[i].bytes);
		assert_view(o.img, MUN_VIEW_RAW, 1000, b.p + 1016, 1000);
		assert_extent(o.img, MUN_VIEW_CONTENT, 0, cases[i].bytes,
			      MUN_EXTENT_DATA);
		close_image(&o);
		free(b.p);
	}
}

static void a_wrong_size_is_told(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_atr(&b, 128, 92160);
	b.len -= 100;
	assert_recognised(&b, "atr");
	o = open_image(&b, NULL);
	assert_string_equal(o.img->note,
			    "100 bytes shorter than its header tells");
	close_image(&o);
	b.len += 100;
	add_fill(&b, 0, 7);
	o = open_image(&b, NULL);
	assert_string_equal(o.img->note,
			    "7 bytes longer than its header tells");
	close_image(&o);
	b.len = 16;
	assert_refused(&b, "atr", MUN_ECORRUPT, "no data after it");
	b.len = 92176;
	b.p[4] = 129;
	assert_recognised(&b, "raw");
	assert_refused(&b, "atr", MUN_ECORRUPT, "no ATR header");
	free(b.p);
}

static void no_field_of_an_atr_can_do_harm(void **state)
{
	static const struct mutate_field fields[] = {
		{ "magic", 0, 2, false },
		{ "low", 2, 2, false },
		{ "sector", 4, 2, false },
		{ "high", 6, 1, false },
	};
	static const size_t bounds[] = { 16, 144 };
	struct bytes b = { 0 };

	(void)state;
	make_atr(&b, 128, 4096);
	mutate_all(&(struct mutate_set){
		.format = "atr",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = 16,
	});
	free(b.p);
}

/* 2 cylinders of 2 heads and 4 sectors; the model is "AB". */
static void make_hdf(struct bytes *b, unsigned int version, bool halved)
{
	uint8_t *id;

	add(b, "RS-IDE\x1a", 7);
	add_u8(b, version);
	add_u8(b, halved);
	add_le16(b, version == 0x10 ? 128 : 534);
	add_fill(b, 0, (version == 0x10 ? 128u : 534u) - b->len);
	id = b->p + 22;
	id[2] = 2;
	id[6] = 2;
	id[12] = 4;
	memset(id + 54, ' ', 40);
	memcpy(id + 54, "BA", 2);
	for (unsigned int i = 0; i < 16; i++)
		add_fill(b, 0x40 + i, halved ? 256 : 512);
}

static void an_rs_ide_image_tells_its_disk(void **state)
{
	static const unsigned int versions[] = { 0x10, 0x11 };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(versions); i++) {
		struct bytes b = { 0 };
		size_t head = versions[i] == 0x10 ? 128 : 534;
		struct opened o;

		make_hdf(&b, versions[i], false);
		assert_recognised(&b, "hdf");
		o = open_image(&b, NULL);
		assert_string_equal(o.img->variant,
				    i ? "RS-IDE 1.1" : "RS-IDE 1.0");
		assert_string_equal(o.img->note, "");
		assert_int_equal(o.img->medium, MUN_MEDIUM_DISK);
		assert_int_equal(o.img->geometry.cylinders, 2);
		assert_int_equal(o.img->geometry.heads, 2);
		assert_int_equal(o.img->geometry.sectors, 4);
		assert_fact(o.img, "model", "AB");
		assert_int_equal(o.img->bytes, 16 * 512);
		assert_view(o.img, MUN_VIEW_CONTENT, 0, b.p + head, 16 * 512);
		assert_extent(o.img, MUN_VIEW_CONTENT, 512, 15 * 512,
			      MUN_EXTENT_DATA);
		close_image(&o);
		free(b.p);
	}
}

static void halves_of_words_are_told_as_such(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_hdf(&b, 0x11, true);
	o = open_image(&b, NULL);
	assert_string_equal(o.img->variant, "RS-IDE 1.1, halved sectors");
	assert_int_equal(o.img->sector_bytes, 256);
	assert_int_equal(o.img->bytes, 16 * 256);
	assert_non_null(fact_of(o.img, "sectors"));
	assert_string_equal(o.img->note, "");
	close_image(&o);
	b.len -= 256;
	o = open_image(&b, NULL);
	assert_string_equal(o.img->note,
			    "image is 256 bytes shorter than its disk");
	close_image(&o);
	free(b.p);
}

static void no_field_of_an_hdf_can_do_harm(void **state)
{
	static const struct mutate_field fields[] = {
		{ "version", 7, 1, false }, { "flags", 8, 1, false },
		{ "data", 9, 2, false },    { "cylinders", 24, 2, false },
		{ "heads", 28, 2, false },  { "sectors", 34, 2, false },
	};
	static const size_t bounds[] = { 11, 22, 128, 534 };
	struct bytes b = { 0 };

	(void)state;
	make_hdf(&b, 0x11, false);
	mutate_all(&(struct mutate_set){
		.format = "hdf",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = 128,
	});
	b.len = 534;
	assert_refused(&b, "hdf", MUN_ECORRUPT, "data at byte 534 of 534");
	free(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_atr_is_what_follows_its_header),
		cmocka_unit_test(a_wrong_size_is_told),
		cmocka_unit_test(no_field_of_an_atr_can_do_harm),
		cmocka_unit_test(an_rs_ide_image_tells_its_disk),
		cmocka_unit_test(halves_of_words_are_told_as_such),
		cmocka_unit_test(no_field_of_an_hdf_can_do_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
