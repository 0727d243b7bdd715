/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/test_fmt_flux.c - flux and bit-cell containers: every track is
 * found, what is told is told, and the file stays as it is
 */
#include "core/bytes.h"
#include "core/check.h"
#include "image/image.h"
#include "tests/image/floppies.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#include <zlib.h>

static void set_le16(struct bytes *b, size_t at, unsigned int v)
{
	assert_true(at + 2 <= b->len);
	b->p[at] = (uint8_t)v;
	b->p[at + 1] = (uint8_t)(v >> 8);
}

static void set_le32(struct bytes *b, size_t at, size_t v)
{
	assert_true(at + 4 <= b->len);
	mun_put_le32(b->p + at, (uint32_t)v);
}

static void pad_to(struct bytes *b, size_t len)
{
	assert_true(b->len <= len);
	add_fill(b, 0, len - b->len);
}

/* Kept: every view has the file's own bytes, and it is said why. */
static void assert_kept(const struct bytes *b, const char *format,
			const char *variant, uint32_t cylinders, uint32_t heads)
{
	struct opened o = open_image(b, format);

	assert_string_equal(o.img->variant, variant);
	assert_true(o.img->preserved_only[0]);
	assert_int_equal(o.img->medium, MUN_MEDIUM_FLOPPY);
	assert_int_equal(o.img->bytes, b->len);
	assert_int_equal(o.img->geometry.cylinders, cylinders);
	assert_int_equal(o.img->geometry.heads, heads);
	assert_view(o.img, MUN_VIEW_CONTENT, 0, b->p, b->len);
	close_image(&o);
}

static void assert_says(const struct bytes *b, const char *format,
			const char *fact, const char *value)
{
	struct opened o = open_image(b, format);

	assert_fact(o.img, fact, value);
	close_image(&o);
}

static void assert_checked(const struct bytes *b, const char *format,
			   const char *check, enum mun_fact_state state)
{
	struct opened o = open_image(b, format);

	assert_check(o.img, check, state);
	close_image(&o);
}

static void mutate(const struct bytes *b, const char *format,
		   const struct mutate_field *fields, size_t nfields,
		   const size_t *bounds, size_t nbounds)
{
	mutate_all(&(struct mutate_set){
		.format = format,
		.image = b->p,
		.bytes = b->len,
		.fields = fields,
		.nfields = nfields,
		.bounds = bounds,
		.nbounds = nbounds,
		.sweep = 64,
	});
}

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

static void fix_scp(uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 16; i < len; i++)
		sum += p[i];
	if (len >= 16)
		mun_put_le32(p + 12, sum);
}

/* Two tracks of one revolution, 10 times each; and a footer. */
static void make_scp(struct bytes *b)
{
	size_t name;

	add_text(b, "SCP");
	add_u8(b, 0x24);
	add_u8(b, 0x80);
	add_u8(b, 1); /* revolutions */
	add_u8(b, 0);
	add_u8(b, 1); /* last track */
	add_u8(b, 0x21); /* index, footer */
	add_fill(b, 0, 7);
	pad_to(b, 16 + 168 * 4);
	for (unsigned int t = 0; t < 2; t++) {
		set_le32(b, 16 + 4 * (size_t)t, b->len);
		add_text(b, "TRK");
		add_u8(b, t);
		add_le32(b, 8000000);
		add_le32(b, 10);
		add_le32(b, 16);
		for (int i = 0; i < 10; i++)
			add_be16(b, 80);
	}
	name = b->len;
	add_le16(b, 6);
	add(b, "a\\b\1cd", 7);
	for (int i = 0; i < 4; i++)
		add_le32(b, i == 3 ? (uint32_t)name : 0);
	add_fill(b, 0, 8);
	add_le32(b, 951782400);
	add_fill(b, 0, 4 + 8 + 4);
	add_text(b, "FPCS");
	fix_scp(b->p, b->len);
}

static void scp_tells_tracks_and_footer_and_is_summed(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	make_scp(&b);
	assert_recognised(&b, "scp");
	assert_kept(&b, "scp", "SCP, 1 revolution, 25 ns", 1, 2);
	assert_says(&b, "scp", "creator", "a\\\\b\\x01cd");
	assert_says(&b, "scp", "created", "2000-02-29T00:00:00Z");
	assert_says(&b, "scp", "capture",
		    "from index to index, 48 tpi, 300 rpm, as read");
	assert_checked(&b, "scp", "checksum", MUN_FACT_GOOD);
	assert_checked(&b, "scp", "structure", MUN_FACT_GOOD);
	b.p[b.len - 60] ^= 1;
	assert_checked(&b, "scp", "checksum", MUN_FACT_BAD);
	free(b.p);
}

static void an_scp_that_may_be_written_has_no_sum(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_scp(&b);
	b.p[8] |= 0x10;
	o = open_image(&b, "scp");
	assert_null(fact_of(o.img, "checksum"));
	close_image(&o);
	free(b.p);
}

static void a_track_of_an_scp_that_is_elsewhere_is_told(void **state)
{
	struct bytes b = { 0 };
	size_t at;

	(void)state;
	make_scp(&b);
	at = mun_le32(b.p + 16);
	/* A track with another number; times beyond the end. */
	b.p[at + 3] = 1;
	assert_checked(&b, "scp", "structure", MUN_FACT_BAD);
	b.p[at + 3] = 0;
	assert_checked(&b, "scp", "structure", MUN_FACT_GOOD);
	set_le32(&b, at + 8, 100000);
	assert_checked(&b, "scp", "structure", MUN_FACT_BAD);
	b.p[7] = 168;
	assert_refused(&b, "scp", MUN_ECORRUPT, "tracks 0 to 168");
	free(b.p);
}

static void no_field_of_an_scp_can_do_harm(void **state)
{
	static const struct mutate_field fields[] = {
		{ "revolutions", 5, 1, false }, { "first", 6, 1, false },
		{ "last", 7, 1, false },        { "flags", 8, 1, false },
		{ "heads", 10, 1, false },      { "resolution", 11, 1, false },
		{ "offset", 16, 4, false },     { "duration", 692, 4, false },
		{ "times", 696, 4, false },     { "data", 700, 4, false },
	};
	static const size_t bounds[] = { 16, 688, 704, 724, 760 };
	struct bytes b = { 0 };

	(void)state;
	make_scp(&b);
	mutate_all(&(struct mutate_set){
		.format = "scp",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.fix = fix_scp,
		.sweep = 32,
	});
	free(b.p);
}

static void fix_woz(uint8_t *p, size_t len)
{
	if (len > 12)
		mun_put_le32(p + 8, (uint32_t)crc32_z(0, p + 12, len - 12));
}

static void add_chunk(struct bytes *b, const char *id, size_t len)
{
	add_text(b, id);
	add_le32(b, (uint32_t)len);
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

static void add_oob(struct bytes *b, unsigned int type, size_t len)
{
	add_u8(b, 0x0d);
	add_u8(b, type);
	add_le16(b, (unsigned int)len);
}

/* Every code there is, and the positions that belong to it. */
static void make_kryoflux(struct bytes *b)
{
	static const char text[] =
		"name=KryoFlux DiskSystem, version=3.00s, sck=24";
	static const uint8_t codes[] = { 0x08, 0x09, 0,    0x0a, 0,
					 0,    0x0b, 0x0c, 0x12, 0x34,
					 0x07, 0x80, 0x0e, 0xff };

	add_oob(b, 4, sizeof(text));
	add(b, text, sizeof(text));
	add(b, codes, sizeof(codes));
	add_oob(b, 2, 12);
	add_le32(b, 3);
	add_fill(b, 0, 8);
	add_oob(b, 1, 8);
	add_le32(b, sizeof(codes));
	add_le32(b, 5);
	add_u8(b, 0x40);
	add_oob(b, 3, 8);
	add_le32(b, sizeof(codes) + 1);
	add_le32(b, 0);
	add_oob(b, 0x0d, 0x0d0d);
}

static void a_kryoflux_stream_is_walked(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	make_kryoflux(&b);
	assert_recognised(&b, "kryoflux");
	o = open_image(&b, "kryoflux");
	assert_string_equal(o.img->variant,
			    "KryoFlux 3.00s, one track, 1 index pulses");
	assert_string_equal(o.img->puid, "fmt/2015");
	assert_fact(o.img, "name", "KryoFlux DiskSystem");
	assert_fact(o.img, "sck", "24");
	assert_fact(o.img, "flux transitions", "5");
	assert_check(o.img, "structure", MUN_FACT_GOOD);
	assert_view(o.img, MUN_VIEW_RAW, 0, b.p, b.len);
	close_image(&o);
	free(b.p);
}

static void what_breaks_a_stream_is_told(void **state)
{
	static const struct {
		size_t from_end; /* this byte, changed by */
		unsigned int by; /* or cut there */
		const char *says;
	} cases[] = {
		{ 4 + 8, 1, "a block that does not fit" },
		{ 4 + 4, 1, "the device told of a failure" },
		{ 4 + 12 + 1 + 8, 1, "a block that does not fit" },
		{ 4, 0, "the file ends within" },
		{ 5, 0, "the file ends within" },
		{ 16, 0, "the file ends within" },
	};
	struct bytes b = { 0 };

	(void)state;
	make_kryoflux(&b);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		size_t len = b.len;
		size_t at = len - cases[i].from_end;
		struct opened o;

		b.p[at] = (uint8_t)(b.p[at] ^ cases[i].by);
		if (!cases[i].by)
			b.len = at;
		o = open_image(&b, "kryoflux");
		assert_check(o.img, "structure", MUN_FACT_BAD);
		assert_non_null(strstr(fact_of(o.img, "structure")->value,
				       cases[i].says));
		close_image(&o);
		b.p[at] = (uint8_t)(b.p[at] ^ cases[i].by);
		b.len = len;
	}
	b.p[0] = 0x0e;
	assert_refused(&b, "kryoflux", MUN_ECORRUPT, "no block out of band");
	free(b.p);
}

static void no_byte_of_a_stream_can_do_harm(void **state)
{
	static const struct mutate_field fields[] = {
		{ "type", 1, 1, false },
		{ "length", 2, 2, false },
	};
	static const size_t bounds[] = { 1, 4, 52, 66, 70, 82, 94 };
	struct bytes b = { 0 };

	(void)state;
	make_kryoflux(&b);
	mutate_all(&(struct mutate_set){
		.format = "kryoflux",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = b.len,
	});
	free(b.p);
}

static void make_a2r_head(struct bytes *b, const char *magic, unsigned int type)
{
	add_text(b, magic);
	add(b, "\xff\n\r\n", 4);
	add_chunk(b, "INFO", 37);
	add_u8(b, 1);
	add_text(b, "Applesauce");
	add_fill(b, ' ', 22);
	add_u8(b, type);
	add_u8(b, 1);
	add_u8(b, 0);
	add_u8(b, 0);
}

static void make_a2r2(struct bytes *b)
{
	make_a2r_head(b, "A2R2", 1);
	add_chunk(b, "STRM", 2 * 20 + 1);
	for (unsigned int i = 0; i < 2; i++) {
		add_u8(b, 4 * i);
		add_u8(b, 1);
		add_le32(b, 10);
		add_le32(b, 5);
		add_fill(b, 0x20, 10);
	}
	add_u8(b, 0xff);
}

static void make_a2r3(struct bytes *b)
{
	make_a2r_head(b, "A2R3", 2);
	add_chunk(b, "RWCP", 16 + 5 + 8 + 4 + 10 + 1);
	add_u8(b, 1);
	add_fill(b, 0, 15);
	add_text(b, "C");
	add_u8(b, 1);
	add_le16(b, 3);
	add_u8(b, 2);
	add_fill(b, 0, 8);
	add_le32(b, 10);
	add_fill(b, 0x20, 10);
	add_text(b, "X");
	add_chunk(b, "SLVD", 16 + 12 + 4 + 4 + 6 + 1);
	add_u8(b, 1);
	add_fill(b, 0, 15);
	add_text(b, "T");
	add_le16(b, 3);
	add_fill(b, 0, 8);
	add_u8(b, 1);
	add_fill(b, 0, 4);
	add_le32(b, 6);
	add_fill(b, 0x21, 6);
	add_text(b, "X");
}

static void a2r_of_both_versions_tells_its_captures(void **state)
{
	struct bytes b2 = { 0 };
	struct bytes b3 = { 0 };
	struct opened o;

	(void)state;
	make_a2r2(&b2);
	make_a2r3(&b3);
	assert_recognised(&b2, "a2r");
	assert_recognised(&b3, "a2r");
	assert_kept(&b2, "a2r", "A2R 2, 5.25-inch, quarter tracks", 2, 1);
	assert_kept(&b3, "a2r", "A2R 3, 3.5-inch, both sides", 2, 2);
	assert_says(&b2, "a2r", "creator", "Applesauce");
	assert_says(&b2, "a2r", "captures", "2");
	assert_says(&b3, "a2r", "captures", "1");
	assert_says(&b3, "a2r", "solved tracks", "1");
	assert_checked(&b2, "a2r", "structure", MUN_FACT_GOOD);
	assert_checked(&b3, "a2r", "structure", MUN_FACT_GOOD);
	b2.len -= 2;
	assert_checked(&b2, "a2r", "structure", MUN_FACT_BAD);
	b3.p[8 + 45 + 8 + 16] = 'D';
	o = open_image(&b3, "a2r");
	assert_non_null(strstr(o.img->note, "byte 77 is no capture"));
	close_image(&o);
	free(b2.p);
	free(b3.p);
}

static void no_field_of_an_a2r_can_do_harm(void **state)
{
	static const struct mutate_field fields2[] = {
		{ "info", 12, 4, false },  { "type", 49, 1, false },
		{ "strm", 57, 4, false },  { "place", 61, 1, false },
		{ "bytes", 63, 4, false },
	};
	static const struct mutate_field fields3[] = {
		{ "rwcp", 57, 4, false },    { "place", 79, 2, false },
		{ "indexes", 81, 1, false }, { "bytes", 90, 4, false },
		{ "slvd", 109, 4, false },
	};
	static const size_t bounds[] = { 8, 16, 53, 61, 77, 81, 94, 105 };
	struct bytes b2 = { 0 };
	struct bytes b3 = { 0 };

	(void)state;
	make_a2r2(&b2);
	make_a2r3(&b3);
	mutate(&b2, "a2r", fields2, MUN_COUNT(fields2), bounds,
	       MUN_COUNT(bounds));
	mutate(&b3, "a2r", fields3, MUN_COUNT(fields3), bounds,
	       MUN_COUNT(bounds));
	free(b2.p);
	free(b3.p);
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
		cmocka_unit_test(scp_tells_tracks_and_footer_and_is_summed),
		cmocka_unit_test(an_scp_that_may_be_written_has_no_sum),
		cmocka_unit_test(a_track_of_an_scp_that_is_elsewhere_is_told),
		cmocka_unit_test(no_field_of_an_scp_can_do_harm),
		cmocka_unit_test(woz_tells_info_and_meta_and_is_summed),
		cmocka_unit_test(moof_is_a_woz_of_another_machine),
		cmocka_unit_test(a_woz_1_has_tracks_of_one_length),
		cmocka_unit_test(no_field_of_a_woz_can_do_harm),
		cmocka_unit_test(a_kryoflux_stream_is_walked),
		cmocka_unit_test(what_breaks_a_stream_is_told),
		cmocka_unit_test(no_byte_of_a_stream_can_do_harm),
		cmocka_unit_test(a2r_of_both_versions_tells_its_captures),
		cmocka_unit_test(no_field_of_an_a2r_can_do_harm),
		cmocka_unit_test(g64_tells_its_tracks_and_speed_maps),
		cmocka_unit_test(a_nib_is_known_by_its_address_fields),
		cmocka_unit_test(a_nib_of_nibtools_tells_its_tracks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
