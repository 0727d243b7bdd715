/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/test_fmt_cells.c - bit-cell containers of floppies: every track is
 * found, what is told is told, and the file stays as it is
 */
#include "core/bytes.h"
#include "core/check.h"
#include "image/image.h"
#include "tests/image/floppies.h"
#include "tests/image/kept.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#include <zlib.h>

/* Two tracks of two sides, 512 bytes each. */
static void make_hfe(struct bytes *b, const char *magic)
{
	add_text(b, magic);
	add_u8(b, 0);
	add_u8(b, 2); /* tracks */
	add_u8(b, 2); /* sides */
	add_u8(b, 0); /* encoding */
	add_le16(b, 250);
	add_le16(b, 300);
	add_u8(b, 7); /* interface */
	add_u8(b, 1);
	add_le16(b, 1); /* track list */
	add_u8(b, 0xff);
	add_u8(b, 0xff);
	pad_to(b, 512);
	add_le16(b, 2);
	add_le16(b, 512);
	add_le16(b, 3);
	add_le16(b, 512);
	pad_to(b, 1024);
	add_fill(b, 0xaa, 1024);
}

static void hfe_tells_its_tracks_and_how_it_was_made(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	make_hfe(&b, "HXCPICFE");
	assert_recognised(&b, "hfe");
	assert_kept(&b, "hfe", "HFE v1, 250 kbit/s", 2, 2);
	assert_says(&b, "hfe", "tracks", "2");
	assert_says(&b, "hfe", "encoding", "IBM MFM");
	assert_says(&b, "hfe", "rpm", "300");
	assert_says(&b, "hfe", "interface", "generic Shugart DD");
	assert_says(&b, "hfe", "write protected", "no");
	assert_checked(&b, "hfe", "structure", MUN_FACT_GOOD);
	b.p[8] = 1;
	assert_kept(&b, "hfe", "HFE v2, 250 kbit/s", 2, 2);
	memcpy(b.p, "HXCHFEV3", 8);
	b.p[8] = 0;
	assert_kept(&b, "hfe", "HFE v3, 250 kbit/s", 2, 2);
	free(b.p);
}

static void a_cut_hfe_is_kept_and_says_so(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_hfe(&b, "HXCPICFE");
	b.len--;
	assert_checked(&b, "hfe", "structure", MUN_FACT_BAD);
	o = open_image(&b, "hfe");
	assert_non_null(strstr(o.img->note, "1 of 2 tracks"));
	close_image(&o);
	assert_says(&b, "hfe", "structure",
		    "1 of 2 tracks do not lie inside the file, the first is "
		    "cylinder 1, head 1");
	b.len = 519;
	assert_refused(&b, "hfe", MUN_ECORRUPT, "track list");
	b.len = 20;
	assert_refused(&b, "hfe", MUN_ECORRUPT, "header");
	b.len = 26;
	b.p[10] = 3;
	assert_refused(&b, "hfe", MUN_ECORRUPT, "3 sides");
	b.p[0] = 'h';
	assert_refused(&b, "hfe", MUN_ECORRUPT, "no HFE signature");
	free(b.p);
}

static void no_field_of_an_hfe_can_do_harm(void **state)
{
	static const struct mutate_field fields[] = {
		{ "revision", 8, 1, false },   { "tracks", 9, 1, false },
		{ "sides", 10, 1, false },     { "encoding", 11, 1, false },
		{ "interface", 16, 1, false }, { "list", 18, 2, false },
		{ "block", 512, 2, false },    { "bytes", 514, 2, false },
	};
	static const size_t bounds[] = { 26, 512, 520, 1024, 1536 };
	struct bytes b = { 0 };

	(void)state;
	make_hfe(&b, "HXCHFEV3");
	mutate(&b, "hfe", fields, MUN_COUNT(fields), bounds, MUN_COUNT(bounds));
	free(b.p);
}

static void make_mfm(struct bytes *b)
{
	add(b, "HXCMFM", 7);
	add_le16(b, 1);
	add_u8(b, 2);
	add_le16(b, 300);
	add_le16(b, 250);
	add_u8(b, 7);
	add_le32(b, 19);
	for (unsigned int side = 0; side < 2; side++) {
		add_le16(b, 0);
		add_u8(b, side);
		add_le32(b, 100);
		add_le32(b, 64 + 100 * side);
	}
	pad_to(b, 64);
	add_fill(b, 0x44, 200);
}

static void hxc_mfm_tells_its_tracks(void **state)
{
	static const struct mutate_field fields[] = {
		{ "tracks", 7, 2, false },     { "sides", 9, 1, false },
		{ "interface", 14, 1, false }, { "list", 15, 4, false },
		{ "number", 19, 2, false },    { "side", 21, 1, false },
		{ "bytes", 22, 4, false },     { "offset", 26, 4, false },
	};
	static const size_t bounds[] = { 19, 30, 41, 64, 164 };
	struct bytes b = { 0 };

	(void)state;
	make_mfm(&b);
	assert_recognised(&b, "mfm");
	assert_kept(&b, "mfm", "250 kbit/s", 1, 2);
	assert_says(&b, "mfm", "rpm", "300");
	assert_checked(&b, "mfm", "structure", MUN_FACT_GOOD);
	mutate(&b, "mfm", fields, MUN_COUNT(fields), bounds, MUN_COUNT(bounds));
	b.p[21] = 2;
	assert_refused(&b, "mfm", MUN_ECORRUPT, "side 2");
	b.p[21] = 0;
	b.len--;
	assert_checked(&b, "mfm", "structure", MUN_FACT_BAD);
	b.len = 40;
	assert_refused(&b, "mfm", MUN_ECORRUPT, "track list");
	free(b.p);
}

static void make_86f(struct bytes *b)
{
	add_text(b, "86BF");
	add_u8(b, 12);
	add_u8(b, 2);
	add_le16(b, 0x1088);
	add_le32(b, 2056);
	add_le32(b, 2056 + 110);
	pad_to(b, 2056);
	for (unsigned int t = 0; t < 2; t++) {
		add_le16(b, 0x0a);
		add_le32(b, 800);
		add_le32(b, 0);
		add_fill(b, 0x92, 100);
	}
}

static void tracks_of_an_86f_have_the_cells_they_tell(void **state)
{
	static const struct mutate_field fields[] = {
		{ "minor", 4, 1, false },     { "major", 5, 1, false },
		{ "flags", 6, 2, false },     { "offset", 8, 4, false },
		{ "offset 2", 12, 4, false }, { "track", 2056, 2, false },
		{ "cells", 2058, 4, false },
	};
	static const size_t bounds[] = { 8, 12, 2056, 2066, 2166, 2276 };
	struct bytes b = { 0 };

	(void)state;
	make_86f(&b);
	assert_recognised(&b, "86f");
	assert_kept(&b, "86f", "86F 2.12, DD, MFM", 1, 2);
	assert_says(&b, "86f", "bit rate", "250 kbit/s, 300 rpm");
	assert_says(&b, "86f", "tracks", "2");
	assert_checked(&b, "86f", "structure", MUN_FACT_GOOD);
	mutate(&b, "86f", fields, MUN_COUNT(fields), bounds, MUN_COUNT(bounds));
	b.len--;
	assert_checked(&b, "86f", "structure", MUN_FACT_BAD);
	b.p[5] = 1;
	assert_refused(&b, "86f", MUN_EUNSUPPORTED, "version 1.12");
	free(b.p);
}

static void fix_woz(uint8_t *p, size_t len)
{
	if (len > 12)
		mun_put_le32(p + 8, (uint32_t)crc32_z(0, p + 12, len - 12));
}

/* One track, of quarter tracks 0 and 1; cells in block 3. */
static void make_woz(struct bytes *b, const char *magic)
{
	static const char meta[] = "title\tA \x01 disk\nno tab\nside\t1\n";
	size_t info;

	add_text(b, magic);
	add(b, "\xff\n\r\n\0\0\0\0", 8);
	add_chunk(b, "INFO", 60);
	info = b->len;
	add_u8(b, 2);
	add_u8(b, 1);
	add_fill(b, 1, 3);
	add_text(b, "The maker");
	add_fill(b, ' ', 23);
	add_u8(b, 1);
	add_u8(b, 1);
	add_u8(b, 32);
	add_le16(b, 0);
	add_le16(b, 64);
	pad_to(b, info + 60);
	add_chunk(b, "TMAP", 160);
	add_fill(b, 0, 2);
	add_fill(b, 0xff, 158);
	add_chunk(b, "TRKS", 1280 + 512);
	add_le16(b, 3);
	add_le16(b, 1);
	add_le32(b, 4000);
	pad_to(b, 1536);
	add_fill(b, 0xd5, 512);
	add_chunk(b, "META", sizeof(meta) - 1);
	add(b, meta, sizeof(meta) - 1);
	fix_woz(b->p, b->len);
}

static void woz_tells_info_and_meta_and_is_summed(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	make_woz(&b, "WOZ2");
	assert_recognised(&b, "woz");
	assert_kept(&b, "woz", "WOZ 2, 5.25-inch, 16 sectors", 1, 1);
	assert_says(&b, "woz", "creator", "The maker");
	assert_says(&b, "woz", "bit cell", "4000 ns");
	assert_says(&b, "woz", "RAM needed", "64K");
	assert_says(&b, "woz", "title", "A \\x01 disk");
	assert_says(&b, "woz", "side", "1");
	assert_checked(&b, "woz", "CRC-32", MUN_FACT_GOOD);
	assert_checked(&b, "woz", "structure", MUN_FACT_GOOD);
	b.p[1600] ^= 1;
	assert_checked(&b, "woz", "CRC-32", MUN_FACT_BAD);
	b.p[20] = 3;
	assert_kept(&b, "woz", "WOZ 2.1, 5.25-inch, 16 sectors", 1, 1);
	free(b.p);
}

static void moof_is_a_woz_of_another_machine(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	make_woz(&b, "MOOF");
	assert_recognised(&b, "moof");
	b.p[20] = 1;
	b.p[21] = 2;
	b.p[24] = 16;
	assert_kept(&b, "moof", "MOOF 1, 800K GCR", 1, 1);
	assert_says(&b, "moof", "bit cell", "2000 ns");
	free(b.p);
}

static void a_woz_1_has_tracks_of_one_length(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	make_woz(&b, "WOZ1");
	b.p[20] = 1;
	/* One track is 6656 bytes: this is too short for it. */
	assert_checked(&b, "woz", "structure", MUN_FACT_BAD);
	pad_to(&b, 256 + 6656);
	fix_woz(b.p, b.len);
	assert_checked(&b, "woz", "structure", MUN_FACT_GOOD);
	free(b.p);
}

static void no_field_of_a_woz_can_do_harm(void **state)
{
	static const struct mutate_field fields[] = {
		{ "info", 16, 4, false },    { "version", 20, 1, false },
		{ "type", 21, 1, false },    { "boot", 58, 1, false },
		{ "tmap", 84, 4, false },    { "map", 88, 1, false },
		{ "trks", 252, 4, false },   { "block", 256, 2, false },
		{ "blocks", 258, 2, false }, { "bits", 260, 4, false },
		{ "meta", 2052, 4, false },
	};
	static const size_t bounds[] = { 12,  20,   80,   88,  248,
					 256, 1536, 2048, 2056 };
	struct bytes b = { 0 };

	(void)state;
	make_woz(&b, "WOZ2");
	mutate_all(&(struct mutate_set){
		.format = "woz",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.fix = fix_woz,
		.sweep = 96,
	});
	b.len = 80;
	assert_refused(&b, "woz", MUN_ECORRUPT, "TMAP is missing");
	free(b.p);
}

static void make_g64(struct bytes *b, const char *magic)
{
	add_text(b, magic);
	add_u8(b, 0);
	add_u8(b, 4); /* half tracks */
	add_le16(b, 100);
	add_le32(b, 44);
	add_le32(b, 0);
	add_le32(b, 44 + 102);
	add_le32(b, 0);
	add_le32(b, 3);
	add_le32(b, 0);
	add_le32(b, 2);
	add_le32(b, 0);
	for (int i = 0; i < 2; i++) {
		add_le16(b, 100);
		add_fill(b, 0x55, 100);
	}
}

static void g64_tells_its_tracks_and_speed_maps(void **state)
{
	static const struct mutate_field fields[] = {
		{ "version", 8, 1, false },  { "tracks", 9, 1, false },
		{ "longest", 10, 2, false }, { "offset", 12, 4, false },
		{ "speed", 28, 4, false },   { "bytes", 44, 2, false },
	};
	static const size_t bounds[] = { 12, 28, 44, 46, 146 };
	struct bytes b = { 0 };

	(void)state;
	make_g64(&b, "GCR-1541");
	assert_recognised(&b, "g64");
	assert_kept(&b, "g64", "1541, 4 half tracks", 2, 1);
	assert_checked(&b, "g64", "structure", MUN_FACT_GOOD);
	mutate(&b, "g64", fields, MUN_COUNT(fields), bounds, MUN_COUNT(bounds));
	/* A speed map inside the file; outside; a track that is too long. */
	set_le32(&b, 28, 46);
	assert_says(&b, "g64", "speed maps", "1");
	assert_checked(&b, "g64", "structure", MUN_FACT_GOOD);
	set_le32(&b, 28, 1000);
	assert_checked(&b, "g64", "structure", MUN_FACT_BAD);
	set_le32(&b, 28, 3);
	set_le16(&b, 44, 101);
	assert_checked(&b, "g64", "structure", MUN_FACT_BAD);
	b.p[8] = 1;
	assert_refused(&b, "g64", MUN_EUNSUPPORTED, "version 1");
	free(b.p);
}

static void four_and_four(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 1 | 0xaa);
	p[1] = (uint8_t)(v | 0xaa);
}

/* One address field on each track. */
static void make_nib(struct bytes *b, unsigned int mark)
{
	add_fill(b, 0xff, (size_t)35 * 6656);
	for (unsigned int t = 0; t < 35; t++) {
		uint8_t *p = b->p + t * (size_t)6656 + 100;

		p[0] = 0xd5;
		p[1] = 0xaa;
		p[2] = (uint8_t)mark;
		four_and_four(p + 3, 254);
		four_and_four(p + 5, t);
		four_and_four(p + 7, 5);
		four_and_four(p + 9, 254 ^ t ^ 5);
	}
}

static void a_nib_is_known_by_its_address_fields(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	make_nib(&b, 0x96);
	assert_recognised(&b, "nib");
	assert_kept(&b, "nib", "Apple II, 6656 bytes a track, 16 sectors", 35,
		    1);
	b.p[6656 + 105] ^= 0x04;
	b.p[6656 + 109] ^= 0x04;
	assert_says(&b, "nib", "address fields",
		    "0 of 13-sector, 34 of 16-sector tracks, 1 that tell "
		    "another track");
	/* Without the one of track 0, or with a wrong sum, it may be anything */
	b.p[109] ^= 0x04;
	assert_recognised(&b, "raw");
	b.len--;
	assert_refused(&b, "nib", MUN_ECORRUPT, "not 35 tracks");
	free(b.p);
	memset(&b, 0, sizeof(b));
	make_nib(&b, 0xb5);
	assert_kept(&b, "nib", "Apple II, 6656 bytes a track, 13 sectors", 35,
		    1);
	free(b.p);
}

static void a_nib_of_nibtools_tells_its_tracks(void **state)
{
	static const struct mutate_field fields[] = {
		{ "version", 13, 1, false },
		{ "half", 15, 1, false },
		{ "track", 16, 1, false },
		{ "track 2", 18, 1, false },
	};
	static const size_t bounds[] = { 13, 256, 256 + 8192 };
	struct bytes b = { 0 };

	(void)state;
	add_text(&b, "MNIB-1541-RAW");
	add(&b, "\3\0\0\2\3\4\3", 7);
	pad_to(&b, 256 + 2 * 8192);
	assert_recognised(&b, "mnib");
	assert_kept(&b, "mnib", "1541, version 3", 3, 1);
	assert_checked(&b, "mnib", "structure", MUN_FACT_GOOD);
	mutate(&b, "mnib", fields, MUN_COUNT(fields), bounds,
	       MUN_COUNT(bounds));
	b.len--;
	assert_checked(&b, "mnib", "structure", MUN_FACT_BAD);
	free(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hfe_tells_its_tracks_and_how_it_was_made),
		cmocka_unit_test(a_cut_hfe_is_kept_and_says_so),
		cmocka_unit_test(no_field_of_an_hfe_can_do_harm),
		cmocka_unit_test(hxc_mfm_tells_its_tracks),
		cmocka_unit_test(tracks_of_an_86f_have_the_cells_they_tell),
		cmocka_unit_test(woz_tells_info_and_meta_and_is_summed),
		cmocka_unit_test(moof_is_a_woz_of_another_machine),
		cmocka_unit_test(a_woz_1_has_tracks_of_one_length),
		cmocka_unit_test(no_field_of_a_woz_can_do_harm),
		cmocka_unit_test(g64_tells_its_tracks_and_speed_maps),
		cmocka_unit_test(a_nib_is_known_by_its_address_fields),
		cmocka_unit_test(a_nib_of_nibtools_tells_its_tracks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
