/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_ccd.c - control files of CloneCD */
#include "core/check.h"
#include "image/disc.h"
#include "tests/image/make_disc.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#define RAW MUN_CD_RAW
#define SECTORS 9u

#define ENTRY(n, session, point, control, lba) \
	"[Entry " n "]\r\nSession=" session "\r\nPoint=" point "\r\n" \
	"ADR=0x01\r\nControl=" control "\r\nTrackNo=0\r\nPLBA=" lba "\r\n"

/* Mode 1 (the text says Mode 2), then audio with a gap of 2 and an index. */
static const char sheet[] =
	"[CloneCD]\r\nVersion=3\r\n\r\n"
	"[Disc]\r\nTocEntries=4\r\nSessions=1\r\nDataTracksScrambled=0\r\n"
	"CATALOG=1234567890123\r\n"
	"[Session 1]\r\nPreGapMode=1\r\n" ENTRY(
		"0", "1", "0xa0", "0x04",
		"4350") ENTRY("1", "1", "0xa2", "0x04",
			      "9") ENTRY("2", "1", "0x01", "0x04", "0")
		ENTRY("3", "1", "0x02", "0x02",
		      "6") "[TRACK 1]\r\nMODE=2\r\nINDEX 1=0\r\n"
			   "[TRACK 2]\r\nMODE=0\r\nISRC=USAB19800001\r\nINDEX 0=4\r\n"
			   "INDEX 1=6\r\nINDEX 2=7\r\n"
			   "[CDText]\r\nEntries=1\r\n"
			   "Entry 0=80 00 00 00 44 69 73 63 00 54 00 00 00 00 00 00\r\n";

struct disc {
	uint8_t img[SECTORS * RAW];
	uint8_t sub[SECTORS * 96];
	struct box box;
};

static void make_files(struct disc *d)
{
	mun_test_pattern(d->img, sizeof(d->img), 1);
	mun_test_pattern(d->sub, sizeof(d->sub), 2);
	for (uint64_t i = 0; i < 4; i++)
		make_cd_mode1(d->img + i * RAW, i, i);
	box_init(&d->box);
	box_add(&d->box, "disc.img", d->img, sizeof(d->img));
	box_add(&d->box, "disc.sub", d->sub, sizeof(d->sub));
}

static void tracks_and_sub_channel_are_read(void **state)
{
	static struct disc d;
	const struct mun_track *t;
	struct opened o;
	uint8_t *view;

	(void)state;
	make_files(&d);
	o = box_open_text(&d.box, NULL, "disc.ccd", sheet);
	t = o.img->tracks;
	assert_string_equal(o.img->format->name, "ccd");
	assert_string_equal(o.img->puid, "fmt/1760");
	assert_string_equal(o.img->note, "track 1 is of mode 1, not 2");
	assert_string_equal(o.img->disc->mcn, "1234567890123");
	assert_string_equal(box_fact(&o, "Version"), "3");
	assert_string_equal(box_fact(&o, "CD-TEXT title"), "Disc");
	assert_int_equal(o.img->ntracks, 2);
	assert_int_equal(t[0].mode, MUN_TRACK_DATA);
	assert_int_equal(t[0].sectors, 4);
	assert_int_equal(t[1].mode, MUN_TRACK_AUDIO);
	assert_int_equal(t[1].start, 6);
	assert_int_equal(t[1].pregap_stored, 2);
	assert_int_equal(t[1].sectors, 3);
	assert_int_equal(t[1].indexes[0], 1);
	assert_int_equal(t[1].control, 2);
	assert_string_equal(t[1].isrc, "USAB19800001");
	view = box_view(&o, MUN_VIEW_RAW);
	assert_memory_equal(view, d.img, sizeof(d.img));
	free(view);
	view = box_view(&o, MUN_VIEW_SUB);
	assert_memory_equal(view, d.sub, sizeof(d.sub));
	free(view);
	assert_int_equal(box_extent(&o, MUN_VIEW_RAW, 0).kind, MUN_EXTENT_DATA);
	box_close(&o);
}

static void a_short_or_missing_sub_is_said(void **state)
{
	static struct disc d;
	struct opened o;

	(void)state;
	make_files(&d);
	d.box.files[1].len = 4 * 96;
	o = box_open_text(&d.box, NULL, "disc.ccd", sheet);
	assert_non_null(strstr(o.img->note, "the .sub has 4 sectors, not 9"));
	assert_int_equal(box_extent(&o, MUN_VIEW_SUB, 0).bytes, 4 * 96);
	assert_int_equal(box_extent(&o, MUN_VIEW_SUB, 4 * 96).kind,
			 MUN_EXTENT_UNREADABLE);
	box_close(&o);
	d.box.n = 1;
	o = box_open_text(&d.box, NULL, "disc.ccd", sheet);
	assert_non_null(strstr(o.img->note, "no .sub"));
	assert_int_equal(o.img->sub_bytes, 0);
	box_close(&o);
}

static void scrambled_tracks_are_kept_as_they_are(void **state)
{
	static const char text[] = "[CloneCD]\nVersion=2\n[Disc]\n"
				   "DataTracksScrambled=1\n";
	struct opened o = box_open_text(NULL, NULL, "disc.ccd", text);

	(void)state;
	assert_non_null(strstr(o.img->preserved_only, "scrambled"));
	assert_int_equal(o.img->bytes, sizeof(text) - 1);
	box_close(&o);
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "[CloneCD]\nVersion=3\n[Entry 0]\nSession=0\n",
		  "an entry of no session" },
		{ "[CloneCD]\nVersion=3\n[Entry 0]\nSession=x\n",
		  "line 4: a number is expected" },
		{ "[CloneCD]\nVersion=3\n[TRACK 100]\n", "not 1 to 99" },
		{ "[CloneCD]\nVersion=3\n[TRACK 1]\nINDEX 100=1\n",
		  "not 0 to 99" },
		{ "[CloneCD]\nVersion=3\nhello\n", "neither a section nor" },
		{ "[CloneCD\n", "a section without ']'" },
		{ "[CloneCD]\nVersion=3\n[CDText]\nEntry 0=80 00\n",
		  "16 bytes in hex" },
		{ "[CloneCD]\nVersion=3\n" ENTRY("0", "1", "0x01", "0x04", "0"),
		  "session 1 has no lead-out" },
		{ "[CloneCD]\nVersion=3\n" ENTRY("0", "1", "0x01", "0x04", "9")
			  ENTRY("1", "1", "0xa2", "0x04", "9"),
		  "begins at sector 9 and ends at 9" },
	};
	static struct disc d;
	char text[1024];

	(void)state;
	make_files(&d);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		box_fails(&d.box, "ccd", "disc.ccd", cases[i].text,
			  strlen(cases[i].text), text);
		if (!strstr(text, cases[i].says))
			fail_msg("'%s' does not say '%s'", text, cases[i].says);
	}
	assert_int_equal(box_fails(NULL, NULL, "disc.ccd", sheet,
				   sizeof(sheet) - 1, text),
			 MUN_ENOENT);
}

static void one_thing_wrong_at_a_time(void **state)
{
	static struct disc d;
	struct mutate_set s = {
		.format = "ccd",
		.file_name = "disc.ccd",
		.image = (const uint8_t *)sheet,
		.bytes = sizeof(sheet) - 1,
		.sweep = sizeof(sheet) - 1,
		.companions = &d.box.companions,
	};

	(void)state;
	make_files(&d);
	mutate_all(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tracks_and_sub_channel_are_read),
		cmocka_unit_test(a_short_or_missing_sub_is_said),
		cmocka_unit_test(scrambled_tracks_are_kept_as_they_are),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(one_thing_wrong_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
