/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_toc.c - toc files of cdrdao */
#include "core/check.h"
#include "image/disc.h"
#include "tests/image/make_disc.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#define RAW MUN_CD_RAW

static const char sheet[] =
	"CD_ROM\n"
	"CATALOG \"1234567890123\"\n"
	"CD_TEXT { LANGUAGE_MAP { 0: EN }\n"
	"  LANGUAGE 0 { TITLE \"A \\\"disc\\\" \\351\" GENRE { 1, 2 } } }\n"
	"// the first\n"
	"TRACK MODE1_RAW\n"
	"DATAFILE \"a.bin\" #100 00:00:04\n"
	"TRACK AUDIO\n"
	"NO COPY PRE_EMPHASIS\n"
	"ISRC \"USAB19800001\"\n"
	"SILENCE 00:00:02\n"
	"START\n"
	"AUDIOFILE \"b.raw\" 0\n"
	"INDEX 00:00:01\n";

static void fill(uint8_t a[100 + 4 * RAW], uint8_t b[3 * RAW])
{
	memset(a, 0xee, 100);
	for (uint64_t i = 0; i < 4; i++)
		make_cd_mode1(a + 100 + i * RAW, i, i);
	mun_test_pattern(b, 3 * RAW, 8);
}

static void tracks_are_put_together(void **state)
{
	uint8_t a[100 + 4 * RAW];
	uint8_t b[3 * RAW];
	const struct mun_track *t;
	struct opened o;
	struct box box;
	uint8_t *view;

	(void)state;
	fill(a, b);
	box_init(&box);
	box_add(&box, "a.bin", a, sizeof(a));
	box_add(&box, "b.raw", b, sizeof(b));
	o = box_open_text(&box, NULL, "x.toc", sheet);
	t = o.img->tracks;
	assert_string_equal(o.img->format->name, "toc");
	assert_int_equal(o.img->ntracks, 2);
	assert_string_equal(o.img->disc->mcn, "1234567890123");
	assert_string_equal(box_fact(&o, "title"), "A \"disc\" \\xe9");
	assert_string_equal(box_fact(&o, "type of disc"), "CD_ROM");
	assert_int_equal(t[0].sectors, 4);
	assert_int_equal(t[1].start, 6);
	assert_int_equal(t[1].pregap_stored, 2);
	assert_int_equal(t[1].sectors, 3);
	assert_int_equal(t[1].control, 1);
	assert_int_equal(t[1].indexes[0], 1);
	assert_string_equal(t[1].isrc, "USAB19800001");
	view = box_view(&o, MUN_VIEW_RAW);
	assert_memory_equal(view, a + 100, 4 * RAW);
	for (size_t i = 0; i < 2 * RAW; i++)
		assert_int_equal(view[4 * RAW + i], 0);
	for (size_t i = 0; i < sizeof(b); i++)
		assert_int_equal(view[6 * RAW + i], b[i ^ 1]);
	free(view);
	assert_int_equal(box_extent(&o, MUN_VIEW_RAW, 4 * RAW).kind,
			 MUN_EXTENT_ZERO);
	box_close(&o);
}

/* Pieces of 100 samples and more: sectors begin in one and end in another, and
 * the last one is filled up. */
static void pieces_need_not_be_sectors(void **state)
{
	uint8_t a[1000];
	uint8_t b[2000];
	struct opened o;
	struct box box;
	uint8_t *view;

	(void)state;
	mun_test_pattern(a, sizeof(a), 1);
	mun_test_pattern(b, sizeof(b), 2);
	box_init(&box);
	box_add(&box, "a.raw", a, sizeof(a));
	box_add(&box, "b.raw", b, sizeof(b));
	o = box_open_text(&box, NULL, "x.toc",
			  "TRACK AUDIO\nFILE \"a.raw\" 50 100\nSILENCE 7\n"
			  "FILE \"b.raw\" SWAP 0\nFILE \"a.raw\" 0 200\n");
	assert_int_equal(o.img->tracks[0].sectors, 2);
	assert_non_null(strstr(o.img->note, "filled up"));
	view = box_view(&o, MUN_VIEW_RAW);
	for (size_t i = 0; i < 400; i++)
		assert_int_equal(view[i], a[(200 + i) ^ 1]);
	for (size_t i = 400; i < 428; i++)
		assert_int_equal(view[i], 0);
	assert_memory_equal(view + 428, b, sizeof(b));
	for (size_t i = 0; i < 800; i++)
		assert_int_equal(view[2428 + i], a[i ^ 1]);
	for (size_t i = 3228; i < 2 * RAW; i++)
		assert_int_equal(view[i], 0);
	/* Any part of it gives the same. */
	for (size_t off = 0; off < 2 * RAW; off += 97) {
		size_t len = MUN_MIN((size_t)301, 2 * RAW - off);
		uint8_t part[301];
		struct mun_err e;

		assert_int_equal(mun_image_pread(o.img, MUN_VIEW_RAW, part, len,
						 off, &e),
				 0);
		assert_memory_equal(part, view + off, len);
	}
	free(view);
	box_close(&o);
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "CATALOG\nTRACK AUDIO\nFILE \"a\" 0", "CATALOG without" },
		{ "CATALOG \"123456789A123\"\nTRACK AUDIO\nFILE \"a\" 0",
		  "CATALOG is not 13 digits" },
		{ "TRACK AUDIO\nFILE \"a\" 0:0:75", "75 frames" },
		{ "TRACK AUDIO\nFILE \"a\" 0:60:0", "60 seconds" },
		{ "TRACK AUDIO\nFILE \"a", "line 2: a string does not end" },
		{ "TRACK AUDIO\nFILE \"gone\" 0", "gone" },
		{ "TRACK AUDIO\nSILENCE 0", "a silence of no length" },
		{ "TRACK AUDIO\nNO COPY\n", "track 1 holds nothing" },
		{ "TRACK AUDIO\nFILE \"a\" 0\nSTART 0:0:9", "starts at 9" },
		{ "TRACK AUDIO\nFILE \"a\" 0\nINDEX 0:0:9", "beyond its end" },
		{ "TRACK AUDIO\nFILE \"a\" 9:0:0", "beyond the end of 'a'" },
		{ "TRACK AUDIO\nWHAT", "unknown statement 'WHAT'" },
		{ "TRACK AUDIO\nFIFO \"a\" 100", "a FIFO is not read" },
		{ "TRACK AUDIO\nISRC \"x\"\nFILE \"a\" 0", "is no ISRC" },
		{ "TRACK AUDIO\nFILE \"a\" 99999999999999999999", "too large" },
		{ "CD_DA TRACK AUDIO CD_TEXT { LANGUAGE 9 {", "7 is the last" },
	};
	uint8_t a[RAW] = { 0 };
	char text[1024];
	struct box box;

	(void)state;
	box_init(&box);
	box_add(&box, "a", a, sizeof(a));
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		box_fails(&box, "toc", "x.toc", cases[i].text,
			  strlen(cases[i].text), text);
		if (!strstr(text, cases[i].says))
			fail_msg("'%s' does not say '%s'", text, cases[i].says);
	}
}

static void one_thing_wrong_at_a_time(void **state)
{
	uint8_t a[100 + 4 * RAW];
	uint8_t b[3 * RAW];
	struct box box;
	struct mutate_set s = {
		.format = "toc",
		.file_name = "x.toc",
		.image = (const uint8_t *)sheet,
		.bytes = sizeof(sheet) - 1,
		.sweep = sizeof(sheet) - 1,
		.companions = &box.companions,
	};

	(void)state;
	fill(a, b);
	box_init(&box);
	box_add(&box, "a.bin", a, sizeof(a));
	box_add(&box, "b.raw", b, sizeof(b));
	mutate_all(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tracks_are_put_together),
		cmocka_unit_test(pieces_need_not_be_sectors),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(one_thing_wrong_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
