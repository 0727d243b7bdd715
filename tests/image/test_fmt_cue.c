/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_cue.c - cue sheets, and discs as they are read */
#include "core/check.h"
#include "image/cdsector.h"
#include "image/cdtext.h"
#include "image/disc.h"
#include "tests/image/make_disc.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#define RAW MUN_CD_RAW

static const char one_track[] = "FILE \"a.bin\" BINARY\r\n"
				"  TRACK 01 MODE1/2352\r\n"
				"    INDEX 01 00:00:00\r\n";

/* @n sectors of Mode 1 from LBA 0. */
static uint8_t *mode1_sectors(size_t n)
{
	uint8_t *all = malloc(n * RAW);

	assert_non_null(all);
	for (size_t i = 0; i < n; i++)
		make_cd_mode1(all + i * RAW, i, i + 1);
	return all;
}

static void one_track_of_mode_1_is_its_user_data(void **state)
{
	uint8_t *bin = mode1_sectors(20);
	struct opened o;
	struct box b;
	uint8_t *view;

	(void)state;
	box_init(&b);
	box_add(&b, "A.BIN", bin, 20 * RAW);
	o = box_open_text(&b, NULL, "x.cue", one_track);
	assert_string_equal(o.img->format->name, "cue");
	assert_string_equal(o.img->variant, "1 track of data");
	assert_string_equal(o.img->puid, "fmt/1069");
	assert_string_equal(o.img->note, "");
	assert_int_equal(o.img->bytes, 20 * 2048);
	assert_int_equal(o.img->raw_bytes, 20 * RAW);
	assert_int_equal(o.img->sub_bytes, 0);
	assert_int_equal(o.img->sector_bytes, 2048);
	assert_string_equal(box_fact(&o, "a.bin"), "47040 bytes");
	view = box_view(&o, MUN_VIEW_CONTENT);
	for (size_t i = 0; i < 20; i++)
		assert_memory_equal(view + i * 2048, bin + i * RAW + 16, 2048);
	free(view);
	view = box_view(&o, MUN_VIEW_RAW);
	assert_memory_equal(view, bin, 20 * RAW);
	free(view);
	assert_int_equal(box_extent(&o, MUN_VIEW_RAW, 0).bytes, 20 * RAW);
	box_close(&o);
	free(bin);
}

static void any_request_gives_what_the_whole_gives(void **state)
{
	uint8_t *bin = mode1_sectors(5);
	struct opened o;
	struct box b;

	(void)state;
	box_init(&b);
	box_add(&b, "a.bin", bin, 5 * RAW);
	o = box_open_text(&b, NULL, "x.cue", one_track);
	for (int v = MUN_VIEW_CONTENT; v <= MUN_VIEW_RAW; v++) {
		uint8_t *whole = box_view(&o, (enum mun_view)v);
		size_t size = (size_t)mun_image_size(o.img, (enum mun_view)v);

		for (size_t off = 0; off < size; off += 333) {
			size_t len = MUN_MIN(size - off, off * 7 % 5001 + 1);
			uint8_t part[5001];
			struct mun_err e;

			assert_int_equal(mun_image_pread(o.img,
							 (enum mun_view)v, part,
							 len, off, &e),
					 0);
			assert_memory_equal(part, whole + off, len);
		}
		free(whole);
	}
	box_close(&o);
	free(bin);
}

/* Two sectors of twenty fail their EDC, the last one has been cut. */
static void states_follow_edc_and_the_end_of_the_file(void **state)
{
	static const struct {
		uint64_t first, n;
		enum mun_extent_kind kind;
	} want[] = {
		{ 0, 7, MUN_EXTENT_DATA },
		{ 7, 2, MUN_EXTENT_DOUBTFUL },
		{ 9, 9, MUN_EXTENT_DATA },
		{ 18, 1, MUN_EXTENT_DOUBTFUL },
	};
	uint8_t *bin = mode1_sectors(20);
	struct opened o;
	struct box b;
	uint8_t *view;

	(void)state;
	bin[7 * RAW + 500] ^= 1;
	bin[8 * RAW + 2064] ^= 1;
	box_init(&b);
	box_add(&b, "a.bin", bin, 18 * RAW + 1000);
	o = box_open_text(&b, NULL, "x.cue", one_track);
	assert_int_equal(o.img->tracks[0].sectors, 19);
	for (size_t i = 0; i < MUN_COUNT(want); i++) {
		struct mun_extent x =
			box_extent(&o, MUN_VIEW_RAW, want[i].first * RAW);

		assert_int_equal(x.kind, want[i].kind);
		assert_int_equal(x.bytes, want[i].n * RAW);
		x = box_extent(&o, MUN_VIEW_CONTENT, want[i].first * 2048 + 1);
		assert_int_equal(x.kind, want[i].kind);
		assert_int_equal(x.bytes, want[i].n * 2048 - 1);
	}
	/* What is there of it is given. */
	view = box_view(&o, MUN_VIEW_RAW);
	assert_memory_equal(view, bin, 18 * RAW + 1000);
	assert_int_equal(view[19 * RAW - 1], 0);
	free(view);
	box_close(&o);
	free(bin);
}

static const char mixed[] = "REM ripped by hand\n"
			    "CATALOG 1234567890123\n"
			    "TITLE \"Test disc\"\n"
			    "FILE \"a.bin\" BINARY\n"
			    "  TRACK 01 MODE2/2336\n"
			    "    INDEX 01 00:00:00\n"
			    "  TRACK 02 AUDIO\n"
			    "    FLAGS DCP PRE\n"
			    "    ISRC USAB19800001\n"
			    "    TITLE Song\n"
			    "    INDEX 00 00:00:10\n"
			    "    INDEX 01 00:00:13\n"
			    "    INDEX 02 00:00:15\n"
			    "    POSTGAP 00:00:30\n"
			    "  TRACK 03 MODE1/2048\n"
			    "    PREGAP 00:02:00\n"
			    "    INDEX 01 00:00:20\n";

/* 10 x 2336, 10 x 2352, 4 x 2048: positions count in the sectors before. */
static uint8_t *mixed_bytes(size_t *len)
{
	uint8_t *all = malloc(10 * 2336 + 10 * RAW + 4 * 2048);

	assert_non_null(all);
	*len = 10 * 2336 + 10 * RAW + 4 * 2048;
	mun_test_pattern(all, *len, 9);
	for (uint64_t i = 0; i < 10; i++) {
		uint8_t sector[RAW];

		make_cd_form2(sector, i, i);
		memcpy(all + i * 2336, sector + 16, 2336);
	}
	return all;
}

static void sector_sizes_may_change_within_a_file(void **state)
{
	size_t len;
	uint8_t *bin = mixed_bytes(&len);
	const struct mun_track *t;
	struct opened o;
	struct box b;
	uint8_t *view;

	(void)state;
	box_init(&b);
	box_add(&b, "a.bin", bin, len);
	o = box_open_text(&b, NULL, "x.cue", mixed);
	t = o.img->tracks;
	assert_int_equal(o.img->ntracks, 3);
	assert_string_equal(o.img->variant, "3 tracks (2 of data, 1 of audio)");
	assert_string_equal(o.img->disc->mcn, "1234567890123");
	assert_string_equal(box_fact(&o, "title"), "Test disc");
	assert_string_equal(box_fact(&o, "title of track 2"), "Song");
	assert_string_equal(box_fact(&o, "remark"), "ripped by hand");
	assert_int_equal(t[0].mode, MUN_TRACK_MODE2);
	assert_int_equal(t[0].sectors, 10);
	assert_int_equal(t[1].start, 13);
	assert_int_equal(t[1].pregap, 3);
	assert_int_equal(t[1].pregap_stored, 3);
	assert_int_equal(t[1].sectors, 7);
	assert_int_equal(t[1].indexes[0], 2);
	assert_int_equal(t[1].indexes[1], 0);
	assert_int_equal(t[1].control, 3);
	assert_int_equal(t[1].postgap, 30);
	assert_string_equal(t[1].isrc, "USAB19800001");
	assert_int_equal(t[2].start, 20 + 30 + 150);
	assert_int_equal(t[2].pregap, 150);
	assert_int_equal(t[2].pregap_stored, 0);
	assert_int_equal(t[2].sectors, 4);
	assert_int_equal(o.img->bytes, len);
	view = box_view(&o, MUN_VIEW_CONTENT);
	assert_memory_equal(view, bin, len);
	free(view);
	/* Form 2 is checked without its header. */
	assert_int_equal(box_extent(&o, MUN_VIEW_RAW, 0).kind, MUN_EXTENT_DATA);
	bin[5 * 2336 + 99] ^= 1;
	assert_int_equal(box_extent(&o, MUN_VIEW_RAW, 5 * 2336).kind,
			 MUN_EXTENT_DOUBTFUL);
	box_close(&o);
	free(bin);
}

static void audio_of_motorola_files_is_swapped(void **state)
{
	uint8_t bin[2 * RAW];
	struct opened o;
	struct box b;
	uint8_t *view;

	(void)state;
	mun_test_pattern(bin, sizeof(bin), 3);
	box_init(&b);
	box_add(&b, "a.bin", bin, sizeof(bin));
	o = box_open_text(&b, NULL, "x.cue",
			  "FILE a.bin MOTOROLA\nTRACK 1 AUDIO\n"
			  "INDEX 1 0:0:0");
	view = box_view(&o, MUN_VIEW_RAW);
	for (size_t i = 0; i < sizeof(bin); i++)
		assert_int_equal(view[i], bin[i ^ 1]);
	free(view);
	box_close(&o);
}

static void put_wave(uint8_t *w, uint32_t bytes, uint16_t channels)
{
	memcpy(w, "RIFF\0\0\0\0WAVEfmt \20\0\0\0\1\0\2\0\x44\xac\0\0", 28);
	memcpy(w + 32, "\4\0\20\0LIST\3\0\0\0abc\0data", 20);
	w[22] = (uint8_t)channels;
	memset(w + 28, 0, 4);
	for (int i = 0; i < 4; i++)
		w[52 + i] = (uint8_t)(bytes >> 8 * i);
}

static void wave_files_give_their_samples(void **state)
{
	static const char sheet[] = "FILE \"a.wav\" WAVE\n  TRACK 01 AUDIO\n"
				    "    INDEX 01 00:00:00\n";
	uint8_t wave[56 + 3 * RAW];
	struct opened o;
	struct box b;
	uint8_t *view;

	(void)state;
	mun_test_pattern(wave, sizeof(wave), 5);
	/* The last sector is half full, and what follows are no samples. */
	put_wave(wave, 2 * RAW + 1000, 2);
	box_init(&b);
	box_add(&b, "a.wav", wave, sizeof(wave));
	o = box_open_text(&b, NULL, "x.cue", sheet);
	assert_int_equal(o.img->bytes, 3 * RAW);
	view = box_view(&o, MUN_VIEW_CONTENT);
	assert_memory_equal(view, wave + 56, 2 * RAW + 1000);
	for (size_t i = 2 * RAW + 1000; i < 3 * RAW; i++)
		assert_int_equal(view[i], 0);
	free(view);
	box_close(&o);
	/* What is no audio of a disc is kept, and said. */
	put_wave(wave, 2 * RAW, 1);
	o = box_open_text(&b, NULL, "x.cue", sheet);
	assert_non_null(strstr(o.img->preserved_only, "a.wav"));
	view = box_view(&o, MUN_VIEW_CONTENT);
	assert_memory_equal(view, sheet, sizeof(sheet) - 1);
	free(view);
	box_close(&o);
}

static void sub_channel_of_karaoke_is_put_in_order(void **state)
{
	uint8_t bin[2 * 2448];
	struct opened o;
	struct box b;
	uint8_t *view;

	(void)state;
	memset(bin, 0, sizeof(bin));
	/* P set throughout; of the second sector Q bit 9 and W bit 95. */
	for (size_t s = 0; s < 2; s++)
		memset(bin + s * 2448 + RAW, 0x80, 96);
	bin[2448 + RAW + 9] |= 0x40;
	bin[2448 + RAW + 95] |= 0x01;
	box_init(&b);
	box_add(&b, "a.bin", bin, sizeof(bin));
	o = box_open_text(&b, NULL, "x.cue",
			  "FILE a.bin BINARY\nTRACK 1 CDG\nINDEX 1 0:0:0\n");
	assert_int_equal(o.img->bytes, 2 * RAW);
	assert_int_equal(o.img->sub_bytes, 2 * 96);
	view = box_view(&o, MUN_VIEW_SUB);
	for (size_t i = 0; i < 192; i++) {
		uint8_t want = i % 96 < 12 ? 0xff : 0;

		if (i == 96 + 12 + 1)
			want = 0x40;
		if (i == 96 + 95)
			want = 0x01;
		assert_int_equal(view[i], want);
	}
	free(view);
	box_close(&o);
}

static void sessions_lie_apart(void **state)
{
	uint8_t *bin = mode1_sectors(8);
	struct opened o;
	struct box b;

	(void)state;
	box_init(&b);
	box_add(&b, "a.bin", bin, 4 * RAW);
	box_add(&b, "b.bin", bin + 4 * RAW, 4 * RAW);
	o = box_open_text(&b, NULL, "x.cue",
			  "REM SESSION 01\nFILE a.bin BINARY\n"
			  "TRACK 01 AUDIO\nINDEX 01 00:00:00\n"
			  "REM SESSION 02\nFILE b.bin BINARY\n"
			  "TRACK 02 MODE1/2352\nINDEX 01 00:00:00\n");
	assert_string_equal(o.img->variant,
			    "2 sessions, 2 tracks (1 of data, 1 of audio)");
	assert_int_equal(o.img->tracks[1].session, 2);
	assert_int_equal(o.img->tracks[1].start, 4 + 11400);
	assert_int_equal(o.img->tracks[1].pregap, 150);
	assert_false(o.img->disc->cooked);
	box_close(&o);
	free(bin);
}

static void a_track_beyond_its_file_is_unreadable(void **state)
{
	uint8_t *bin = mode1_sectors(3);
	struct mun_extent x;
	struct opened o;
	struct box b;

	(void)state;
	box_init(&b);
	box_add(&b, "a.bin", bin, 3 * RAW);
	o = box_open_text(&b, NULL, "x.cue",
			  "FILE a.bin BINARY\nTRACK 01 MODE1/2352\n"
			  "INDEX 01 00:00:00\nTRACK 02 AUDIO\n"
			  "INDEX 01 00:00:10\n");
	assert_int_equal(o.img->tracks[0].sectors, 10);
	assert_int_equal(o.img->tracks[1].sectors, 0);
	assert_string_equal(o.img->note,
			    "7 sectors are missing at the end of a file");
	x = box_extent(&o, MUN_VIEW_RAW, 3 * RAW);
	assert_int_equal(x.kind, MUN_EXTENT_UNREADABLE);
	assert_int_equal(x.bytes, 7 * RAW);
	box_close(&o);
	free(bin);
}

static void names_in_latin_1_find_their_files(void **state)
{
	static const char text[] = "FILE \"Caf\xe9.bin\" BINARY\n"
				   "TRACK 01 MODE1/2352\nINDEX 01 0:0:0\n";
	uint8_t *bin = mode1_sectors(2);
	char message[1024];
	struct opened o;
	struct box b;

	(void)state;
	box_init(&b);
	box_add(&b, "Caf\xc3\xa9.bin", bin, 2 * RAW);
	o = box_open_text(&b, NULL, "x.cue", text);
	assert_int_equal(o.img->bytes, 2 * 2048);
	assert_string_equal(box_fact(&o, "Caf\\xe9.bin"), "4704 bytes");
	box_close(&o);
	b.n = 0;
	assert_int_equal(
		box_fails(&b, "cue", "x.cue", text, sizeof(text) - 1, message),
		MUN_ENOENT);
	free(bin);
}

static void packs_of_cd_text_are_told(void **state)
{
	uint8_t *bin = mode1_sectors(2);
	uint8_t packs[4 + 2 * 18] = { 0 };
	struct opened o;
	struct box b;

	(void)state;
	memcpy(packs + 4, "\x80\0\0\0Caf\xe9\0First\0S", 16);
	memcpy(packs + 4 + 18, "\x80\2\1\1econd", 9);
	mun_cdtext_seal(packs + 4);
	mun_cdtext_seal(packs + 4 + 18);
	box_init(&b);
	box_add(&b, "a.bin", bin, 2 * RAW);
	box_add(&b, "a.cdt", packs, sizeof(packs));
	o = box_open_text(&b, NULL, "x.cue",
			  "CDTEXTFILE \"a.cdt\"\nFILE a.bin BINARY\n"
			  "TRACK 01 AUDIO\nINDEX 01 00:00:00\n");
	assert_int_equal(o.img->disc->cdtext_bytes, 36);
	assert_string_equal(box_fact(&o, "CD-TEXT title"), "Caf\xc3\xa9");
	assert_string_equal(box_fact(&o, "CD-TEXT title of track 1"), "First");
	assert_string_equal(box_fact(&o, "CD-TEXT title of track 2"), "Second");
	assert_string_equal(box_fact(&o, "CRC of CD-TEXT"), "2 packs, 0 wrong");
	box_close(&o);
	packs[10] ^= 1;
	o = box_open_text(&b, NULL, "x.cue",
			  "CDTEXTFILE \"a.cdt\"\nFILE a.bin BINARY\n"
			  "TRACK 01 AUDIO\nINDEX 01 00:00:00\n");
	assert_string_equal(box_fact(&o, "CRC of CD-TEXT"), "2 packs, 1 wrong");
	box_close(&o);
	free(bin);
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "CATALOG\nFILE a.bin BINARY\nTRACK 01 AUDIO\n",
		  "line 1: CATALOG is not 13 digits" },
		{ "FILE a.bin BINARY\nTRACK 01 MODE3\nINDEX 01 0:0:0",
		  "line 2: unknown type of track 'MODE3'" },
		{ "FILE a.bin BINARY\nTRACK 01 AUDIO\nINDEX 01 00:90:00",
		  "line 3: INDEX 01 without a time" },
		{ "FILE a.bin BINARY\nTRACK 00 AUDIO\nINDEX 01 0:0:0",
		  "line 2: TRACK without a number" },
		{ "FILE a.bin BINARY\nTRACK 01 AUDIO\nINDEX 01 0:0:0\n"
		  "TRACK 03 AUDIO\nINDEX 01 0:0:1",
		  "line 4: track 3 follows track 1" },
		{ "FILE a.bin BINARY\nTRACK 01 AUDIO\nINDEX 01 0:0:5\n"
		  "INDEX 02 0:0:4",
		  "line 4: INDEX 02 is before the one above" },
		{ "FILE a.bin BINARY\nTRACK 01 AUDIO\nINDEX 01 0:0:0\n"
		  "INDEX 01 0:0:4",
		  "line 4: INDEX 01 after INDEX 01" },
		{ "FILE a.bin BINARY\nTRACK 01 AUDIO\nINDEX 00 0:0:0",
		  "track 1 has no INDEX 01" },
		{ "FILE a.bin BINARY\nTRACK 01 AUDIO\nFROBNICATE",
		  "line 3: unknown command 'FROBNICATE'" },
		{ "FILE a.bin BINARY\nTRACK 01 AUDIO\nINDEX 01 0:0:0\n"
		  "REM SESSION 03",
		  "line 4: session 3 follows session 1" },
		{ "FILE other.bin BINARY\nTRACK 01 AUDIO\nINDEX 01 0:0:0",
		  "other.bin" },
	};
	uint8_t *bin = mode1_sectors(2);
	char text[1024];
	struct box b;

	(void)state;
	box_init(&b);
	box_add(&b, "a.bin", bin, 2 * RAW);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		box_fails(&b, "cue", "x.cue", cases[i].text,
			  strlen(cases[i].text), text);
		if (!strstr(text, cases[i].says))
			fail_msg("'%s' does not say '%s'", text, cases[i].says);
	}
	assert_int_equal(box_fails(NULL, NULL, "x.cue", one_track,
				   sizeof(one_track) - 1, text),
			 MUN_ENOENT);
	assert_non_null(strstr(text, "a.bin"));
	free(bin);
}

static void other_texts_are_no_cue_sheets(void **state)
{
	static const char *const texts[] = {
		"FILE this away\nand TRACK it\n",
		"Dear reader,\nFILE a.bin BINARY\nTRACK 01 AUDIO\n",
		"CD_DA\nTRACK AUDIO\nFILE \"a.bin\" 0\n",
		"REM only a remark\n",
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(texts); i++) {
		mun_auto(source) *src = NULL;
		struct mun_err e;

		assert_int_equal(mun_source_from_memory(
					 texts[i], strlen(texts[i]), &src, &e),
				 0);
		for (size_t k = 0; mun_image_drivers[k]; k++)
			if (strcmp(mun_image_drivers[k]->name, "cue") == 0)
				assert_int_equal(
					mun_image_drivers[k]->bid(src, "x.cue"),
					MUN_BID_NO);
	}
}

static void one_thing_wrong_at_a_time(void **state)
{
	size_t len;
	uint8_t *bin = mixed_bytes(&len);
	struct box b;
	struct mutate_set s = {
		.format = "cue",
		.file_name = "x.cue",
		.image = (const uint8_t *)mixed,
		.bytes = sizeof(mixed) - 1,
		.sweep = sizeof(mixed) - 1,
		.companions = &b.companions,
	};

	(void)state;
	box_init(&b);
	box_add(&b, "a.bin", bin, len);
	mutate_all(&s);
	free(bin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_track_of_mode_1_is_its_user_data),
		cmocka_unit_test(any_request_gives_what_the_whole_gives),
		cmocka_unit_test(states_follow_edc_and_the_end_of_the_file),
		cmocka_unit_test(sector_sizes_may_change_within_a_file),
		cmocka_unit_test(audio_of_motorola_files_is_swapped),
		cmocka_unit_test(wave_files_give_their_samples),
		cmocka_unit_test(sub_channel_of_karaoke_is_put_in_order),
		cmocka_unit_test(sessions_lie_apart),
		cmocka_unit_test(a_track_beyond_its_file_is_unreadable),
		cmocka_unit_test(names_in_latin_1_find_their_files),
		cmocka_unit_test(packs_of_cd_text_are_told),
		cmocka_unit_test(what_is_wrong_is_said_with_its_line),
		cmocka_unit_test(other_texts_are_no_cue_sheets),
		cmocka_unit_test(one_thing_wrong_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
