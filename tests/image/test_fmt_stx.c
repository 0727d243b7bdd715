/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_stx.c - Pasti: sectors, their status, what is left out */
#include "core/bytes.h"
#include "core/check.h"
#include "image/floppy.h"
#include "tests/image/floppies.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

static void add_head(struct bytes *b, unsigned int tracks)
{
	add_text(b, "RSY");
	add_u8(b, 0);
	add_le16(b, 3);
	add_le16(b, 1);
	add_le16(b, 0);
	add_u8(b, tracks);
	add_u8(b, 2);
	add_le32(b, 0);
}

static size_t begin_track(struct bytes *b, unsigned int sectors,
			  unsigned int flags, uint32_t fuzzy,
			  unsigned int place)
{
	size_t at = b->len;

	add_le32(b, 0);
	add_le32(b, fuzzy);
	add_le16(b, sectors);
	add_le16(b, flags);
	add_le16(b, 6250);
	add_u8(b, place);
	add_u8(b, 0);
	return at;
}

static void end_track(struct bytes *b, size_t at)
{
	mun_put_le32(b->p + at, (uint32_t)(b->len - at));
}

static void add_sector(struct bytes *b, uint32_t data, unsigned int r,
		       unsigned int status)
{
	add_le32(b, data);
	add_le16(b, 0);
	add_le16(b, 0);
	add_u8(b, 1);
	add_u8(b, 0);
	add_u8(b, r);
	add_u8(b, 0);
	add_le16(b, 0);
	add_u8(b, status);
	add_u8(b, 0);
}

static const struct {
	unsigned int status, flags;
} statuses[] = {
	{ 0, 0 },
	{ 0x08, MUN_SECTOR_BAD_DATA },
	{ 0x10, MUN_SECTOR_NO_DATA },
	{ 0x18, MUN_SECTOR_NO_DATA | MUN_SECTOR_BAD_ID },
	{ 0x20, MUN_SECTOR_DELETED },
	{ 0x88, MUN_SECTOR_WEAK | MUN_SECTOR_BAD_DATA },
	{ 0x01, 0 },
};

/* A plain track, and one with each status, a mask and an image. */
static void make_disk(struct bytes *b)
{
	size_t at;

	add_head(b, 2);
	at = begin_track(b, 2, 0, 0, 0);
	add_fill(b, 0x11, 512);
	add_fill(b, 0x12, 512);
	end_track(b, at);
	at = begin_track(b, MUN_COUNT(statuses), 0x41, 128, 0x81);
	for (unsigned int i = 0; i < MUN_COUNT(statuses); i++)
		add_sector(b, 16 + i * 128, 9 - i, statuses[i].status);
	add_fill(b, 0xff, 128);
	add_le16(b, 14); /* an image of the track */
	add_fill(b, 0x4e, 14);
	for (unsigned int i = 0; i < MUN_COUNT(statuses); i++)
		add_fill(b, 0x20 + i, 128);
	end_track(b, at);
}

static void plain_and_described_tracks_are_read(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_disk(&b);
	assert_recognised(&b, "stx");
	o = open_image(&b, "stx");
	assert_string_equal(o.img->puid, "fmt/1904");
	assert_int_equal(o.img->bytes, 1024 + 7 * 128);
	assert_filled(o.img, MUN_VIEW_CONTENT, 0, 0x11, 512);
	assert_filled(o.img, MUN_VIEW_CONTENT, 512, 0x12, 512);
	assert_int_equal(o.img->floppy->tracks[1].cylinder, 1);
	assert_int_equal(o.img->floppy->tracks[1].head, 1);
	for (unsigned int i = 0; i < MUN_COUNT(statuses); i++) {
		bool lost = statuses[i].flags & MUN_SECTOR_NO_DATA;

		assert_int_equal(sector_of(o.img, 1, i)->flags,
				 statuses[i].flags);
		assert_filled(o.img, MUN_VIEW_CONTENT, 1024 + (6 - i) * 128u,
			      lost ? 0 : 0x20 + i, 128);
	}
	assert_fact(o.img, "creator version", "tool 1, revision 2");
	assert_int_equal(fact_of(o.img, "fuzzy bits")->kind, MUN_FACT_LIMIT);
	assert_int_equal(fact_of(o.img, "timing")->kind, MUN_FACT_LIMIT);
	assert_int_equal(fact_of(o.img, "track images")->kind, MUN_FACT_LIMIT);
	close_image(&o);
	free(b.p);
}

static void what_breaks_the_format_is_refused(void **state)
{
	struct bytes b = { 0 };
	const size_t second = 16 + 16 + 1024;

	(void)state;
	make_disk(&b);
	b.p[second + 16 + 1] = 0xff;
	assert_refused(&b, "stx", MUN_ECORRUPT, "sector 9 lies at byte");
	b.p[second + 16 + 1] = 0;
	b.p[second + 6] = 0xff;
	assert_refused(&b, "stx", MUN_ECORRUPT, "ends within the fuzzy mask");
	b.p[second + 6] = 0;
	b.p[16] = 15;
	b.p[17] = 0;
	assert_refused(&b, "stx", MUN_ECORRUPT, "a track of 15 bytes");
	b.p[10] = 1;
	b.p[16] = 16;
	assert_refused(&b, "stx", MUN_ECORRUPT, "ends within the sectors");
	b.p[4] = 4;
	assert_refused(&b, "stx", MUN_ECORRUPT, "not that of STX");
	free(b.p);
}

static void nothing_wrong_breaks_the_reader(void **state)
{
	static const struct mutate_field fields[] = {
		{ "version", 4, 2, false },
		{ "tracks", 10, 1, false },
		{ "track bytes", 16, 4, false },
		{ "fuzzy bytes", 20, 4, false },
		{ "sectors", 24, 2, false },
		{ "flags", 26, 2, false },
		{ "place", 30, 1, false },
		{ "second's bytes", 1056, 4, false },
		{ "second's fuzzy bytes", 1060, 4, false },
		{ "second's sectors", 1064, 2, false },
		{ "second's flags", 1066, 2, false },
		{ "data", 1072, 4, false },
		{ "n", 1072 + 11, 1, false },
		{ "status", 1072 + 14, 1, false },
	};
	static const size_t bounds[] = { 16,   32,   544,  1056,
					 1072, 1088, 1184, 1312 };
	struct bytes b = { 0 };

	(void)state;
	make_disk(&b);
	mutate_all(&(struct mutate_set){
		.format = "stx",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = 32,
	});
	free(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_and_described_tracks_are_read),
		cmocka_unit_test(what_breaks_the_format_is_refused),
		cmocka_unit_test(nothing_wrong_breaks_the_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
