/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_mds.c - media descriptors of Alcohol 120% */
#include "core/bytes.h"
#include "core/check.h"
#include "image/disc.h"
#include "tests/image/make.h"
#include "tests/image/make_disc.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#define RAW MUN_CD_RAW
#define SUBBED 2448u

enum {
	SESSION = 88,
	BLOCKS = 112,
	EXTRA = BLOCKS + 3 * 80,
	FOOTER = EXTRA + 16,
	NAME = FOOTER + 16,
	BYTES = NAME + 12
};

static void make_block(uint8_t *p, unsigned int mode, unsigned int point)
{
	p[0] = (uint8_t)(0xa8 | mode);
	p[2] = mode == 1 ? 0x10 : 0x14;
	p[4] = (uint8_t)point;
}

/* Mode 1 with sub-channel, then audio after a gap that is not stored; the name
 * of the file is "*.mdf" in UTF-16. */
static void make_mds(uint8_t d[BYTES])
{
	static const char name[] = "*.mdf";

	memset(d, 0, BYTES);
	memcpy(d, "MEDIA DESCRIPTOR\1\3", 18);
	put_le16(d + 20, 1);
	put_le32(d + 80, SESSION);
	put_le16(d + SESSION + 8, 1);
	d[SESSION + 10] = 3;
	put_le32(d + SESSION + 20, BLOCKS);
	make_block(d + BLOCKS, 2, 0xa0);
	for (uint32_t i = 0; i < 2; i++) {
		uint8_t *p = d + BLOCKS + (i + 1) * 80;

		make_block(p, i ? 1 : 2, i + 1);
		p[1] = i ? 0 : 8;
		put_le32(p + 12, EXTRA + 8 * i);
		put_le16(p + 16, i ? RAW : SUBBED);
		put_le32(p + 36, i ? 3 + 150 : 0);
		put_le32(p + 40, i ? 3 * SUBBED : 0);
		put_le32(p + 48, 1);
		put_le32(p + 52, FOOTER);
		put_le32(d + EXTRA + 8 * i, 150);
		put_le32(d + EXTRA + 8 * i + 4, 3 - i);
	}
	put_le32(d + FOOTER, NAME);
	d[FOOTER + 4] = 1;
	for (size_t i = 0; i < sizeof(name); i++)
		d[NAME + 2 * i] = (uint8_t)name[i];
}

static void make_mdf(uint8_t m[3 * SUBBED + 2 * RAW])
{
	mun_test_pattern(m, 3 * SUBBED + 2 * RAW, 4);
	for (uint64_t i = 0; i < 3; i++)
		make_cd_mode1(m + i * SUBBED, i, i);
}

static void tracks_and_sub_channel_are_read(void **state)
{
	uint8_t mds[BYTES];
	uint8_t mdf[3 * SUBBED + 2 * RAW];
	const struct mun_track *t;
	struct opened o;
	struct box b;
	uint8_t *view;

	(void)state;
	make_mds(mds);
	make_mdf(mdf);
	box_init(&b);
	box_add(&b, "disc.mdf", mdf, sizeof(mdf));
	o = box_open(&b, NULL, "disc.mds", mds, BYTES);
	t = o.img->tracks;
	assert_string_equal(o.img->format->name, "mds");
	assert_string_equal(o.img->puid, "fmt/1759");
	assert_string_equal(o.img->variant,
			    "CD, 2 tracks (1 of data, 1 of audio)");
	assert_int_equal(t[0].mode, MUN_TRACK_DATA);
	assert_int_equal(t[0].sectors, 3);
	assert_int_equal(t[0].pregap, 0);
	assert_int_equal(t[0].sub_bytes, 96);
	assert_int_equal(t[1].start, 153);
	assert_int_equal(t[1].pregap, 150);
	assert_int_equal(t[1].pregap_stored, 0);
	assert_int_equal(t[1].sectors, 2);
	assert_int_equal(o.img->raw_bytes, 5 * RAW);
	view = box_view(&o, MUN_VIEW_RAW);
	for (size_t i = 0; i < 3; i++)
		assert_memory_equal(view + i * RAW, mdf + i * SUBBED, RAW);
	assert_memory_equal(view + 3 * RAW, mdf + 3 * SUBBED, 2 * RAW);
	free(view);
	assert_int_equal(o.img->sub_bytes, 5 * 96);
	box_close(&o);
}

static void what_is_kept_and_not_decoded_is_said(void **state)
{
	uint8_t mds[BYTES];
	uint8_t mdf[3 * SUBBED + 2 * RAW];
	struct opened o;
	struct box b;

	(void)state;
	make_mds(mds);
	make_mdf(mdf);
	mds[84] = 1;
	mds[64] = 1;
	mds[26] = 8;
	box_init(&b);
	box_add(&b, "disc.mdf", mdf, sizeof(mdf));
	o = box_open(&b, NULL, "disc.mds", mds, BYTES);
	assert_string_not_equal(box_fact(&o, "DPM"), "");
	assert_string_not_equal(box_fact(&o, "BCA"), "");
	assert_string_not_equal(box_fact(&o, "disc structures"), "");
	box_close(&o);
	mds[16] = 2;
	o = box_open(NULL, NULL, "disc.mds", mds, BYTES);
	assert_non_null(strstr(o.img->preserved_only, "encrypted"));
	assert_int_equal(o.img->bytes, BYTES);
	box_close(&o);
}

static void what_is_wrong_is_refused(void **state)
{
	static const struct {
		size_t off;
		uint8_t value;
		const char *says;
	} cases[] = {
		{ 16, 3, "version 3" },
		{ 20, 0, "0 sessions" },
		{ 81, 0xff, "the table of sessions" },
		{ SESSION + 21, 0xff, "a table of tracks" },
		{ BLOCKS + 80, 6, "unknown mode 0x06" },
		{ BLOCKS + 81, 4, "sub-channel of unknown kind 4" },
		{ BLOCKS + 80 + 16, 1, "sectors of" },
		{ BLOCKS + 80 + 13, 0xff, "the length of a track" },
		{ BLOCKS + 80 + 48, 0, "lies in 0 files" },
		{ BLOCKS + 80 + 53, 0xff, "a footer" },
		{ FOOTER + 1, 0xff, "the name of a file" },
		{ NAME, 0, "a file without a name" },
		{ NAME, 'x', "x.mdf" },
	};
	uint8_t mds[BYTES];
	char text[1024];
	struct box b;

	(void)state;
	box_init(&b);
	box_add(&b, "disc.mdf", "", 0);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		make_mds(mds);
		mds[cases[i].off] = cases[i].value;
		box_fails(&b, "mds", "disc.mds", mds, BYTES, text);
		if (!strstr(text, cases[i].says))
			fail_msg("'%s' does not say '%s'", text, cases[i].says);
	}
}

static void one_thing_wrong_at_a_time(void **state)
{
	static const struct mutate_field fields[] = {
		{ "sessions", 20, 2, false },
		{ "offset of the sessions", 80, 4, false },
		{ "offset of the blocks", SESSION + 20, 4, false },
		{ "offset of the extra block", BLOCKS + 92, 4, false },
		{ "bytes a sector", BLOCKS + 96, 2, false },
		{ "LBA", BLOCKS + 116, 4, false },
		{ "offset in the file", BLOCKS + 120, 8, false },
		{ "files", BLOCKS + 128, 4, false },
		{ "offset of the footer", BLOCKS + 132, 4, false },
		{ "gap", EXTRA, 4, false },
		{ "sectors", EXTRA + 4, 4, false },
		{ "offset of the name", FOOTER, 4, false },
	};
	static const size_t bounds[] = { 88,    BLOCKS, BLOCKS + 80,
					 EXTRA, FOOTER, NAME };
	uint8_t mds[BYTES];
	uint8_t mdf[3 * SUBBED + 2 * RAW];
	struct box b;
	struct mutate_set s = {
		.format = "mds",
		.file_name = "disc.mds",
		.image = mds,
		.bytes = BYTES,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = BYTES,
		.companions = &b.companions,
	};

	(void)state;
	make_mds(mds);
	make_mdf(mdf);
	box_init(&b);
	box_add(&b, "disc.mdf", mdf, sizeof(mdf));
	mutate_all(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tracks_and_sub_channel_are_read),
		cmocka_unit_test(what_is_kept_and_not_decoded_is_said),
		cmocka_unit_test(what_is_wrong_is_refused),
		cmocka_unit_test(one_thing_wrong_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
