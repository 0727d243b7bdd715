/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_dsk.c - CPCEMU's DSK and its extended form */
#include "core/check.h"
#include "image/fmt_dsk.h"
#include "image/floppy.h"
#include "tests/image/floppies.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

/* The head of a file; @sizes: of each track in units of 256, or NULL. */
static void add_head(struct bytes *b, bool extended, unsigned int cylinders,
		     unsigned int heads, const uint8_t *sizes)
{
	add_text(b, extended ? MUN_EDSK_MAGIC
			     : "MV - CPCEMU Disk-File\r\nDisk-Info\r\n");
	add_text(b, "maker of tests");
	add_u8(b, cylinders);
	add_u8(b, heads);
	add_le16(b, extended ? 0 : sizes[0] * 256u);
	for (unsigned int i = 0; extended && i < cylinders * heads; i++)
		add_u8(b, sizes[i]);
	add_fill(b, 0, 256 - b->len);
}

static void add_track(struct bytes *b, unsigned int cylinder, unsigned int head,
		      unsigned int n, unsigned int sectors)
{
	add_text(b, MUN_DSK_TRACK);
	add_le32(b, 0);
	add_u8(b, cylinder);
	add_u8(b, head);
	add_u8(b, 1); /* 250 kbit/s */
	add_u8(b, 2); /* MFM */
	add_u8(b, n);
	add_u8(b, sectors);
	add_u8(b, 0x4e);
	add_u8(b, 0xe5);
}

static void add_id(struct bytes *b, unsigned int c, unsigned int r,
		   unsigned int n, unsigned int st1, unsigned int st2,
		   unsigned int bytes)
{
	add_u8(b, c);
	add_u8(b, 0);
	add_u8(b, r);
	add_u8(b, n);
	add_u8(b, st1);
	add_u8(b, st2);
	add_le16(b, bytes);
}

static void round_up(struct bytes *b)
{
	add_fill(b, 0, (256 - b->len % 256) % 256);
}

static void a_standard_file_is_read(void **state)
{
	const uint8_t size = 2;
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_head(&b, false, 2, 1, &size);
	for (unsigned int c = 0; c < 2; c++) {
		add_track(&b, c, 0, 0, 2);
		add_id(&b, c, 0xc2, 0, 0, 0, 0);
		add_id(&b, c, 0xc1, 0, 0, 0, 0);
		round_up(&b);
		add_fill(&b, 0x20 + c, 128);
		add_fill(&b, 0x10 + c, 128);
	}
	assert_recognised(&b, "dsk");
	o = open_image(&b, "dsk");
	assert_fact(o.img, "creator", "maker of tests");
	assert_int_equal(o.img->geometry.cylinders, 2);
	assert_int_equal(o.img->geometry.heads, 1);
	assert_int_equal(o.img->geometry.sectors, 2);
	assert_int_equal(o.img->floppy->tracks[0].kbps, 250);
	assert_int_equal(o.img->floppy->tracks[0].gap3, 0x4e);
	assert_int_equal(o.img->floppy->tracks[0].encoding, MUN_ENCODING_MFM);
	assert_filled(o.img, MUN_VIEW_CONTENT, 0, 0x10, 128);
	assert_filled(o.img, MUN_VIEW_CONTENT, 128, 0x20, 128);
	assert_filled(o.img, MUN_VIEW_CONTENT, 256, 0x11, 128);
	close_image(&o);
	free(b.p);
}

/* Each pair of status bytes that programs write, with the bytes stored. */
static void the_status_of_a_sector_is_kept(void **state)
{
	static const struct {
		unsigned int st1, st2, bytes;
		unsigned int flags;
	} cases[] = {
		{ 0, 0, 128, 0 },
		{ 0x80, 0, 128, 0 },
		{ 0, 0x40, 128, MUN_SECTOR_DELETED },
		{ 0x20, 0x20, 128, MUN_SECTOR_BAD_DATA },
		{ 0x20, 0x60, 128, MUN_SECTOR_BAD_DATA | MUN_SECTOR_DELETED },
		{ 0x20, 0, 128, MUN_SECTOR_BAD_ID },
		{ 0x04, 0, 128, MUN_SECTOR_BAD_ID },
		{ 0x01, 0x01, 128, MUN_SECTOR_BAD_DATA },
		{ 0x00, 0x01, 0, MUN_SECTOR_NO_DATA },
		{ 0x20, 0x20, 0, MUN_SECTOR_NO_DATA },
	};
	const uint8_t size = 5;
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_head(&b, true, 1, 1, &size);
	add_track(&b, 0, 0, 0, MUN_COUNT(cases));
	for (unsigned int i = 0; i < MUN_COUNT(cases); i++)
		add_id(&b, 0, i + 1, 0, cases[i].st1, cases[i].st2,
		       cases[i].bytes);
	round_up(&b);
	for (unsigned int i = 0; i < 8; i++)
		add_fill(&b, i + 1, 128);
	assert_recognised(&b, "edsk");
	o = open_image(&b, "edsk");
	for (unsigned int i = 0; i < MUN_COUNT(cases); i++) {
		const struct mun_sector *s = sector_of(o.img, 0, i);

		assert_int_equal(s->flags, cases[i].flags);
		assert_int_equal(s->st1, cases[i].st1);
		assert_int_equal(s->st2, cases[i].st2);
		assert_int_equal(s->bytes, 128);
		assert_filled(o.img, MUN_VIEW_CONTENT, i * 128u,
			      cases[i].bytes ? i + 1 : 0, 128);
	}
	assert_int_equal(o.img->bytes, 128 * MUN_COUNT(cases));
	close_image(&o);
	free(b.p);
}

static void a_weak_sector_has_all_its_copies(void **state)
{
	const uint8_t size = 4;
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_head(&b, true, 1, 1, &size);
	add_track(&b, 0, 0, 0, 2);
	add_id(&b, 0, 1, 0, 0x20, 0x20, 3 * 128);
	add_id(&b, 0, 2, 0, 0, 0, 200); /* 72 bytes of the gap */
	round_up(&b);
	for (unsigned int i = 0; i < 3; i++)
		add_fill(&b, 0x30 + i, 128);
	add_fill(&b, 0x40, 200);
	round_up(&b);
	o = open_image(&b, NULL);
	assert_int_equal(o.img->bytes, 2 * 128);
	assert_int_equal(o.img->raw_bytes, 4 * 128);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(sector_of(o.img, 0, i)->flags,
				 MUN_SECTOR_WEAK | MUN_SECTOR_BAD_DATA);
		assert_filled(o.img, MUN_VIEW_RAW, i * 128u, 0x30 + i, 128);
	}
	assert_filled(o.img, MUN_VIEW_CONTENT, 0, 0x30, 128);
	assert_filled(o.img, MUN_VIEW_CONTENT, 128, 0x40, 128);
	assert_extent(o.img, MUN_VIEW_CONTENT, 0, 128, MUN_EXTENT_DOUBTFUL);
	assert_int_equal(fact_of(o.img, "gaps")->kind, MUN_FACT_LIMIT);
	close_image(&o);
	free(b.p);
}

static void a_cut_sector_of_8_kib_is_as_long_as_it_is(void **state)
{
	const uint8_t size = 25;
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	for (int extended = 0; extended < 2; extended++) {
		b.len = 0;
		add_head(&b, extended, 1, 1, &size);
		add_track(&b, 0, 0, 6, 1);
		add_id(&b, 0, 1, 6, 0x20, 0x20, 6144);
		round_up(&b);
		add_fill(&b, 0x55, 6144);
		o = open_image(&b, NULL);
		assert_int_equal(o.img->bytes, 6144);
		assert_filled(o.img, MUN_VIEW_CONTENT, 0, 0x55, 6144);
		assert_non_null(fact_of(o.img, "cut sectors"));
		close_image(&o);
	}
	free(b.p);
}

/* More than 29 sectors make the head of a track longer. */
static void many_sectors_have_room(void **state)
{
	const uint8_t size = 2 + 16;
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_head(&b, true, 1, 1, &size);
	add_track(&b, 0, 0, 0, 32);
	for (unsigned int i = 0; i < 32; i++)
		add_id(&b, 0, 32 - i, 0, 0, 0, 128);
	round_up(&b);
	assert_int_equal(b.len, 256 + 512);
	for (unsigned int i = 0; i < 32; i++)
		add_fill(&b, 32 - i, 128);
	o = open_image(&b, NULL);
	assert_int_equal(o.img->geometry.sectors, 32);
	for (unsigned int i = 0; i < 32; i++)
		assert_filled(o.img, MUN_VIEW_CONTENT, i * 128u, i + 1, 128);
	close_image(&o);
	free(b.p);
}

static void blank_tracks_and_what_follows_are_told(void **state)
{
	const uint8_t sizes[] = { 2, 0, 2 };
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_head(&b, true, 3, 1, sizes);
	for (unsigned int c = 0; c < 3; c += 2) {
		add_track(&b, c, 0, 0, 1);
		add_id(&b, c, 1, 0, 0, 0, 128);
		round_up(&b);
		add_fill(&b, c + 1, 128);
		round_up(&b);
	}
	add_track(&b, 7, 0, 0, 0); /* nobody's */
	o = open_image(&b, NULL);
	assert_int_equal(o.img->bytes, 256);
	assert_filled(o.img, MUN_VIEW_CONTENT, 128, 3, 128);
	assert_non_null(strstr(o.img->note, "24 bytes follow"));
	close_image(&o);
	b.len -= 24;
	add_text(&b, "Offset-Info\r\n");
	o = open_image(&b, NULL);
	assert_non_null(fact_of(o.img, "positions"));
	close_image(&o);
	free(b.p);
}

static void what_breaks_the_format_is_refused(void **state)
{
	static const struct {
		size_t at;
		unsigned int value;
		const char *says;
	} cases[] = {
		{ 0, 'X', "does not begin with EXTENDED" },
		{ 48, 0, "no tracks" },
		{ 49, 0, "no tracks" },
		{ 49, 3, "3 heads" },
		{ 48, 255, "255 cylinders" },
		{ 52, 0, "no track has a sector" },
		{ 52, 1, "its sectors take 512 bytes and the track 256" },
		{ 256, 'X', "no head of a track at byte 256" },
		{ 256 + 21, 255, "ends within" },
		{ 256 + 24 + 7, 1, "ends within the data" },
	};
	const uint8_t size = 2;
	struct bytes b = { 0 };

	(void)state;
	add_head(&b, true, 1, 1, &size);
	add_track(&b, 0, 0, 0, 1);
	add_id(&b, 0, 1, 0, 0, 0, 128);
	round_up(&b);
	add_fill(&b, 1, 128);
	round_up(&b);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t old = b.p[cases[i].at];

		b.p[cases[i].at] = (uint8_t)cases[i].value;
		assert_refused(&b, "edsk", MUN_ECORRUPT, cases[i].says);
		b.p[cases[i].at] = old;
	}
	assert_refused(&b, "dsk", MUN_ECORRUPT, "does not begin with MV - CPC");
	b.len = 256;
	assert_refused(&b, "edsk", MUN_ECORRUPT, "ends within");
	free(b.p);
}

static void mutate(bool extended)
{
	static const uint8_t sizes[] = { 4, 4 };
	static const size_t bounds[] = { 0,   34,  48,  52,   256,  280,
					 288, 512, 640, 1280, 1304, 1536 };
	static const struct mutate_field fields[] = {
		{ "cylinders", 48, 1, false },
		{ "heads", 49, 1, false },
		{ "track size", 50, 2, false },
		{ "size 0", 52, 1, false },
		{ "size 1", 53, 1, false },
		{ "cylinder", 256 + 16, 1, false },
		{ "rate", 256 + 18, 1, false },
		{ "recording", 256 + 19, 1, false },
		{ "size code", 256 + 20, 1, false },
		{ "sectors", 256 + 21, 1, false },
		{ "n", 256 + 24 + 3, 1, false },
		{ "st1", 256 + 24 + 4, 1, false },
		{ "st2", 256 + 24 + 5, 1, false },
		{ "bytes", 256 + 24 + 6, 2, false },
		{ "second's bytes", 256 + 32 + 6, 2, false },
	};
	struct bytes b = { 0 };

	add_head(&b, extended, 2, 1, sizes);
	for (unsigned int c = 0; c < 2; c++) {
		add_track(&b, c, 0, 1, 3);
		for (unsigned int i = 1; i < 4; i++)
			add_id(&b, c, i, 1, 0x20, 0x20, 256);
		round_up(&b);
		add_fill(&b, c, 3 * 256);
	}
	mutate_all(&(struct mutate_set){
		.format = extended ? "edsk" : "dsk",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = 320,
	});
	free(b.p);
}

static void nothing_wrong_breaks_the_reader(void **state)
{
	(void)state;
	mutate(true);
	mutate(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_standard_file_is_read),
		cmocka_unit_test(the_status_of_a_sector_is_kept),
		cmocka_unit_test(a_weak_sector_has_all_its_copies),
		cmocka_unit_test(a_cut_sector_of_8_kib_is_as_long_as_it_is),
		cmocka_unit_test(many_sectors_have_room),
		cmocka_unit_test(blank_tracks_and_what_follows_are_told),
		cmocka_unit_test(what_breaks_the_format_is_refused),
		cmocka_unit_test(nothing_wrong_breaks_the_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
