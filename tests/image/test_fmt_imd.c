/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_imd.c - ImageDisk: maps, sizes, types of sectors */
#include "core/check.h"
#include "image/floppy.h"
#include "tests/image/floppies.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#define HEADER "IMD 1.18: 23/10/2007 12:34:56\r\n"

static void add_head(struct bytes *b)
{
	add_text(b, HEADER "A comment\r\nof two lines\r\n\x1a");
}

/* A track's head and its sector numbers, one after the other from 1. */
static void add_track(struct bytes *b, unsigned int mode, unsigned int cylinder,
		      unsigned int head, unsigned int sectors,
		      unsigned int size)
{
	add_u8(b, mode);
	add_u8(b, cylinder);
	add_u8(b, head);
	add_u8(b, sectors);
	add_u8(b, size);
	for (unsigned int i = 1; i <= sectors; i++)
		add_u8(b, i);
}

static void add_sector(struct bytes *b, unsigned int fill)
{
	add_u8(b, 1);
	add_u8(b, ~fill & 0xff);
	add_fill(b, fill, 127);
}

/* One track of 128-byte sectors with each type there is, numbers 1 to 9. */
static void add_all_types(struct bytes *b)
{
	add_track(b, 5, 0, 0, 9, 0);
	for (unsigned int type = 0; type <= 8; type++) {
		add_u8(b, type);
		if (type)
			add_fill(b, 0x10 + type, type & 1 ? 128 : 1);
	}
}

static void every_type_of_sector_keeps_its_state(void **state)
{
	static const unsigned int flags[] = {
		MUN_SECTOR_NO_DATA,
		0,
		0,
		MUN_SECTOR_DELETED,
		MUN_SECTOR_DELETED,
		MUN_SECTOR_BAD_DATA,
		MUN_SECTOR_BAD_DATA,
		MUN_SECTOR_DELETED | MUN_SECTOR_BAD_DATA,
		MUN_SECTOR_DELETED | MUN_SECTOR_BAD_DATA,
	};
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_head(&b);
	add_all_types(&b);
	assert_recognised(&b, "imd");
	o = open_image(&b, "imd");
	assert_int_equal(o.img->bytes, 9 * 128);
	for (unsigned int i = 0; i < 9; i++) {
		assert_int_equal(sector_of(o.img, 0, i)->flags, flags[i]);
		assert_filled(o.img, MUN_VIEW_CONTENT, i * 128u,
			      i ? 0x10 + i : 0, 128);
	}
	assert_extent(o.img, MUN_VIEW_CONTENT, 0, 128, MUN_EXTENT_UNREADABLE);
	assert_extent(o.img, MUN_VIEW_CONTENT, 128, 4 * 128, MUN_EXTENT_DATA);
	assert_extent(o.img, MUN_VIEW_CONTENT, 5 * 128, 4 * 128,
		      MUN_EXTENT_DOUBTFUL);
	close_image(&o);
	free(b.p);
}

static void who_made_it_and_when_is_told(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_head(&b);
	add_all_types(&b);
	o = open_image(&b, NULL);
	assert_fact(o.img, "creator", "IMD 1.18");
	assert_fact(o.img, "created", "2007-10-23T12:34:56");
	assert_fact(o.img, "comment", "A comment  of two lines");
	/* As it stands there, for those who write it again. */
	assert_int_equal(o.img->floppy->comment_bytes, 25);
	assert_memory_equal(o.img->floppy->comment,
			    "A comment\r\nof two lines\r\n", 25);
	close_image(&o);
	/* Converters write what they like; a date that is none is text. */
	b.len = 0;
	add_text(&b, "IMD TD 1.5 8\" 17:03:03\x1a");
	add_all_types(&b);
	o = open_image(&b, NULL);
	assert_fact(o.img, "creator", "IMD TD 1.5 8\" 17:03:03");
	assert_null(fact_of(o.img, "created"));
	assert_null(fact_of(o.img, "comment"));
	close_image(&o);
	free(b.p);
}

static void maps_name_other_cylinders_heads_and_sizes(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_head(&b);
	add_track(&b, 0, 2, 0x80 | 0x40 | 1, 2, 0xff);
	add_u8(&b, 7); /* cylinders */
	add_u8(&b, 8);
	add_u8(&b, 3); /* heads */
	add_u8(&b, 4);
	add_le16(&b, 256); /* sizes */
	add_le16(&b, 128);
	add_u8(&b, 1);
	add_fill(&b, 0xaa, 256);
	add_u8(&b, 2);
	add_u8(&b, 0xbb);
	o = open_image(&b, NULL);
	assert_int_equal(o.img->floppy->tracks[0].cylinder, 2);
	assert_int_equal(o.img->floppy->tracks[0].head, 1);
	assert_int_equal(o.img->floppy->tracks[0].encoding, MUN_ENCODING_FM);
	assert_int_equal(o.img->floppy->tracks[0].kbps, 500);
	assert_int_equal(sector_of(o.img, 0, 0)->c, 7);
	assert_int_equal(sector_of(o.img, 0, 1)->c, 8);
	assert_int_equal(sector_of(o.img, 0, 0)->h, 3);
	assert_int_equal(sector_of(o.img, 0, 1)->h, 4);
	assert_int_equal(sector_of(o.img, 0, 0)->n, 1);
	assert_int_equal(o.img->bytes, 384);
	assert_filled(o.img, MUN_VIEW_CONTENT, 0, 0xaa, 256);
	assert_filled(o.img, MUN_VIEW_CONTENT, 256, 0xbb, 128);
	close_image(&o);
	free(b.p);
}

static void what_breaks_the_format_is_refused(void **state)
{
	static const struct {
		size_t at; /* behind the text */
		unsigned int value;
		const char *says;
	} cases[] = {
		{ 0, 6, "no head of a track" },
		{ 2, 2, "no head of a track" },
		{ 4, 7, "no head of a track" },
		{ 4, 6, "ends within the data of a sector" },
		{ 3, 200, "ends within a sector" },
		{ 7, 9, "unknown type 9" },
	};
	struct bytes b = { 0 };
	size_t text;

	(void)state;
	add_head(&b);
	text = b.len;
	add_track(&b, 5, 0, 0, 2, 0);
	add_sector(&b, 1);
	add_sector(&b, 2);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t old = b.p[text + cases[i].at];

		b.p[text + cases[i].at] = (uint8_t)cases[i].value;
		assert_refused(&b, "imd", MUN_ECORRUPT, cases[i].says);
		b.p[text + cases[i].at] = old;
	}
	b.len--;
	assert_refused(&b, "imd", MUN_ECORRUPT, "ends within the data");
	b.len = text;
	assert_refused(&b, "imd", MUN_ECORRUPT, "nothing to read");
	b.len = text - 1;
	assert_refused(&b, "imd", MUN_ECORRUPT, "no end of the comment");
	b.p[0] = 'X';
	assert_refused(&b, "imd", MUN_ECORRUPT, "does not begin with IMD");
	free(b.p);
}

static void a_track_may_not_be_there_twice(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	add_head(&b);
	for (int i = 0; i < 2; i++) {
		add_track(&b, 5, 3, 1, 1, 0);
		add_sector(&b, 1);
	}
	assert_refused(&b, "imd", MUN_ECORRUPT, "cylinder 3, head 1");
	free(b.p);
}

static void nothing_wrong_breaks_the_reader(void **state)
{
	struct bytes b = { 0 };
	size_t bounds[16];
	struct mutate_field fields[8];
	size_t n = 0;
	size_t text;

	(void)state;
	add_head(&b);
	text = b.len;
	add_track(&b, 3, 0, 0x80, 2, 0xff);
	fields[n++] = (struct mutate_field){ "mode", text, 1, false };
	fields[n++] = (struct mutate_field){ "cylinder", text + 1, 1, false };
	fields[n++] = (struct mutate_field){ "head", text + 2, 1, false };
	fields[n++] = (struct mutate_field){ "sectors", text + 3, 1, false };
	fields[n++] = (struct mutate_field){ "size", text + 4, 1, false };
	bounds[0] = text;
	bounds[1] = b.len;
	add_le16(&b, 0); /* cylinder map */
	fields[n++] = (struct mutate_field){ "bytes", b.len, 2, false };
	add_le16(&b, 128);
	add_le16(&b, 256);
	bounds[2] = b.len;
	fields[n++] = (struct mutate_field){ "type", b.len, 1, false };
	add_sector(&b, 4);
	bounds[3] = b.len;
	add_u8(&b, 2);
	add_u8(&b, 3);
	bounds[4] = b.len;
	add_track(&b, 3, 1, 0, 1, 0);
	bounds[5] = b.len;
	add_sector(&b, 5);
	mutate_all(&(struct mutate_set){
		.format = "imd",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = n,
		.bounds = bounds,
		.nbounds = 6,
		.sweep = b.len,
	});
	free(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_of_sector_keeps_its_state),
		cmocka_unit_test(who_made_it_and_when_is_told),
		cmocka_unit_test(maps_name_other_cylinders_heads_and_sizes),
		cmocka_unit_test(what_breaks_the_format_is_refused),
		cmocka_unit_test(a_track_may_not_be_there_twice),
		cmocka_unit_test(nothing_wrong_breaks_the_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
