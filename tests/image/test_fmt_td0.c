/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_td0.c - TeleDisk, plain and compressed */
#include "core/check.h"
#include "image/floppy.h"
#include "image/lzhuf.h"
#include "tests/image/floppies.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#define HEAD 12u

/* Bit by bit as the polynomial is written, unlike the reader's. */
static unsigned int crc(const uint8_t *p, size_t len)
{
	unsigned int reg = 0;

	for (size_t bit = 0; bit < 8 * len + 16; bit++) {
		unsigned int byte = bit < 8 * len ? p[bit / 8] : 0;
		unsigned int in = byte >> (7 - bit % 8) & 1;

		reg = reg << 1 | in;
		if (reg & 0x10000)
			reg ^= 0x1a097;
	}
	return reg;
}

static void add_head(struct bytes *b, const char *magic, unsigned int volume,
		     unsigned int stepping)
{
	size_t at = b->len;

	add_text(b, magic);
	add_u8(b, volume);
	add_u8(b, 0x77);
	add_u8(b, 21); /* version 2.1 */
	add_u8(b, 0x02); /* 500 kbit/s */
	add_u8(b, 4);
	add_u8(b, stepping);
	add_u8(b, 0);
	add_u8(b, 2);
	add_le16(b, crc(b->p + at, 10));
}

static void add_comment(struct bytes *b, const char *text, size_t len)
{
	static const uint8_t when[] = { 91, 3, 26, 23, 5, 59 };
	size_t at = b->len;
	unsigned int sum;

	add_le16(b, 0);
	add_le16(b, (unsigned int)len);
	add(b, when, sizeof(when));
	add(b, text, len);
	sum = crc(b->p + at + 2, b->len - at - 2);
	b->p[at] = sum & 0xff;
	b->p[at + 1] = (uint8_t)(sum >> 8);
}

static void add_track(struct bytes *b, unsigned int sectors,
		      unsigned int cylinder, unsigned int head)
{
	const uint8_t p[] = { (uint8_t)sectors, (uint8_t)cylinder,
			      (uint8_t)head };

	add(b, p, sizeof(p));
	add_u8(b, crc(p, sizeof(p)) & 0xff);
}

/* The head of a sector of 128 bytes; @data: what is on the disk, or NULL. */
static void add_sector(struct bytes *b, unsigned int r, unsigned int flags,
		       const uint8_t *data)
{
	add_u8(b, 0);
	add_u8(b, 0);
	add_u8(b, r);
	add_u8(b, 0);
	add_u8(b, flags);
	add_u8(b, data ? crc(data, 128) & 0xff : 0);
}

static void add_raw(struct bytes *b, unsigned int r, unsigned int flags,
		    unsigned int fill)
{
	uint8_t data[128];

	memset(data, (int)fill, sizeof(data));
	add_sector(b, r, flags, data);
	add_le16(b, 129);
	add_u8(b, 0);
	add(b, data, sizeof(data));
}

/* What follows the head: a comment, each encoding, each flag. */
static void add_body(struct bytes *b)
{
	uint8_t data[128];

	add_comment(b, "Line 1\0Line 2\0", 14);
	add_track(b, 8, 0, 0x80);
	add_raw(b, 1, 0, 0xaa);
	for (size_t i = 0; i < 128; i++)
		data[i] = i & 1 ? 0x5a : 0xa5;
	add_sector(b, 2, 0, data); /* 64 times A5 5A, in two parts */
	add_le16(b, 9);
	add_u8(b, 1);
	add_le16(b, 60);
	add_le16(b, 0x5aa5);
	add_le16(b, 4);
	add_le16(b, 0x5aa5);
	memset(data, 9, sizeof(data));
	memcpy(data, "\1\2\3", 3);
	for (size_t i = 3; i < 123; i++)
		data[i] = (uint8_t) "abcd"[(i - 3) % 4];
	add_sector(b, 3, 4, data); /* 3 literals, 30 times 4, 5 literals */
	add_le16(b, 1 + 2 + 3 + 2 + 4 + 2 + 5);
	add_u8(b, 2);
	add_u8(b, 0);
	add_u8(b, 3);
	add_text(b, "\1\2\3");
	add_u8(b, 2);
	add_u8(b, 30);
	add_text(b, "abcd");
	add_u8(b, 0);
	add_u8(b, 5);
	add_fill(b, 9, 5);
	add_raw(b, 4, 2, 0x44);
	add_sector(b, 5, 0x10, NULL);
	add_sector(b, 6, 0x20, NULL);
	add_raw(b, 100, 0x40, 0x64);
	add_raw(b, 7, 1, 0x77);
	add_track(b, 1, 1, 1);
	add_raw(b, 1, 0, 0x11);
	add_u8(b, 0xff);
}

static void check_disk(struct mun_image *img)
{
	assert_int_equal(img->bytes, 8 * 128);
	assert_int_equal(img->raw_bytes, 9 * 128);
	assert_filled(img, MUN_VIEW_CONTENT, 0, 0xaa, 128);
	assert_view(img, MUN_VIEW_CONTENT, 128 + 118, "\xa5\x5a\xa5\x5a", 4);
	assert_view(img, MUN_VIEW_CONTENT, 256, "\1\2\3abcdabcd", 11);
	assert_view(img, MUN_VIEW_CONTENT, 256 + 119, "abcd\x09\x09", 6);
	assert_filled(img, MUN_VIEW_CONTENT, 3 * 128, 0x44, 128);
	assert_filled(img, MUN_VIEW_CONTENT, 6 * 128, 0x77, 128);
	assert_filled(img, MUN_VIEW_CONTENT, 7 * 128, 0x11, 128);
	assert_int_equal(sector_of(img, 0, 2)->flags, MUN_SECTOR_DELETED);
	assert_int_equal(sector_of(img, 0, 3)->flags, MUN_SECTOR_BAD_DATA);
	assert_int_equal(sector_of(img, 0, 6)->flags, MUN_SECTOR_NO_ID);
	assert_extent(img, MUN_VIEW_CONTENT, 0, 384, MUN_EXTENT_DATA);
	assert_extent(img, MUN_VIEW_CONTENT, 384, 128, MUN_EXTENT_DOUBTFUL);
	assert_extent(img, MUN_VIEW_CONTENT, 512, 256, MUN_EXTENT_UNREADABLE);
	assert_fact(img, "creator version", "TeleDisk 2.1");
	assert_fact(img, "created", "1991-04-26T23:05:59");
	assert_fact(img, "comment", "Line 1 Line 2");
	assert_fact(img, "skipped",
		    "1 sectors were not imaged, as DOS had not allocated "
		    "them");
	assert_check(img, "head CRC-16", MUN_FACT_GOOD);
	assert_check(img, "comment CRC-16", MUN_FACT_GOOD);
	assert_check(img, "track CRCs", MUN_FACT_GOOD);
	assert_check(img, "sector CRCs", MUN_FACT_GOOD);
	assert_int_equal(img->floppy->tracks[0].encoding, MUN_ENCODING_FM);
	assert_int_equal(img->floppy->tracks[1].encoding, MUN_ENCODING_MFM);
	assert_int_equal(img->floppy->tracks[1].head, 1);
	assert_int_equal(img->floppy->tracks[1].kbps, 500);
}

static void every_encoding_and_flag_is_read(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_head(&b, "TD", 0, 0x80);
	add_body(&b);
	assert_recognised(&b, "td0");
	o = open_image(&b, "td0");
	check_disk(o.img);
	close_image(&o);
	free(b.p);
}

struct packer {
	struct bytes *out;
	struct mun_lzhuf_tree tree;
	unsigned int bits;
	unsigned int n;
};

static void put_bits(struct packer *p, unsigned int v, unsigned int n)
{
	while (n--) {
		p->bits = p->bits << 1 | (v >> n & 1);
		if (++p->n == 8) {
			add_u8(p->out, p->bits & 0xff);
			p->n = 0;
		}
	}
}

/* From the leaf up to the root: an odd place is a one. */
static void put_symbol(struct packer *p, unsigned int symbol)
{
	unsigned int code[MUN_LZHUF_NODES];
	unsigned int n = 0;
	unsigned int i = p->tree.above[MUN_LZHUF_NODES + symbol];

	for (; i != MUN_LZHUF_ROOT; i = p->tree.above[i])
		code[n++] = i & 1;
	while (n--)
		put_bits(p, code[n], 1);
	mun_lzhuf_tree_count(&p->tree, symbol);
}

static void put_match(struct packer *p, size_t back, size_t len)
{
	uint8_t code;
	unsigned int position = (unsigned int)back - 1;
	unsigned int n = mun_lzhuf_position_code(position >> 6, &code);

	put_symbol(p, (unsigned int)(256 + len - MUN_LZHUF_MATCH_MIN));
	put_bits(p, (unsigned int)code >> (8 - n), n);
	put_bits(p, position & 63, 6);
}

/* The longest match that begins near, by looking at each. */
static size_t find(const uint8_t *data, size_t at, size_t len, size_t *back)
{
	size_t best = 0;

	for (size_t b = 1; b <= 4000; b++) {
		size_t n = 0;

		while (n < MUN_LZHUF_MATCH_MAX && at + n < len &&
		       (b > at + n ? ' ' : data[at + n - b]) == data[at + n])
			n++;
		if (n > best) {
			best = n;
			*back = b;
		}
	}
	return best;
}

static void pack(struct bytes *out, const uint8_t *data, size_t len)
{
	struct packer p = { .out = out };
	size_t back = 0;

	mun_lzhuf_tree_init(&p.tree);
	for (size_t at = 0; at < len;) {
		size_t n = find(data, at, len, &back);

		if (n < MUN_LZHUF_MATCH_MIN) {
			put_symbol(&p, data[at++]);
		} else {
			put_match(&p, back, n);
			at += n;
		}
	}
	put_bits(&p, 0, (8 - p.n) % 8);
}

static void advanced_compression_gives_the_same(void **state)
{
	struct bytes plain = { 0 };
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_body(&plain);
	add_head(&b, "td", 0, 0x80);
	pack(&b, plain.p, plain.len);
	assert_true(b.len < plain.len);
	assert_recognised(&b, "td0");
	o = open_image(&b, "td0");
	assert_non_null(strstr(o.img->variant, "compressed"));
	check_disk(o.img);
	close_image(&o);
	free(plain.p);
	free(b.p);
}

/* So long that the weights are halved several times. */
static void the_code_adapts_for_ever(void **state)
{
	const size_t len = 120000;
	uint8_t *data = malloc(len);
	struct bytes b = { 0 };
	uint8_t *got = NULL;
	size_t n = 0;
	struct mun_err e;

	(void)state;
	assert_non_null(data);
	mun_test_pattern(data, len, 1);
	for (size_t i = 0; i < len; i++)
		data[i] = i % 3 ? data[i] & 0x3f : data[i];
	memset(data, ' ', 100); /* what the window begins with */
	pack(&b, data, len);
	assert_int_equal(mun_lzhuf_decode(b.p, b.len, len + 8, &got, &n, &e),
			 0);
	assert_true(n >= len && n < len + 8);
	assert_memory_equal(got, data, len);
	free(got);
	assert_int_equal(mun_lzhuf_decode(b.p, b.len, len - 1, &got, &n, &e),
			 MUN_ECORRUPT);
	free(b.p);
	free(data);
}

/* Yoshizaki's tables, at their ends and steps. */
static void positions_have_the_static_code(void **state)
{
	static const struct {
		unsigned int upper, code, bits;
	} cases[] = {
		{ 0, 0x00, 3 },  { 1, 0x20, 4 },  { 3, 0x40, 4 },
		{ 4, 0x50, 5 },  { 11, 0x88, 5 }, { 12, 0x90, 6 },
		{ 23, 0xbc, 6 }, { 24, 0xc0, 7 }, { 47, 0xee, 7 },
		{ 48, 0xf0, 8 }, { 63, 0xff, 8 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		uint8_t code;

		assert_int_equal(mun_lzhuf_position_code(cases[i].upper, &code),
				 cases[i].bits);
		assert_int_equal(code, cases[i].code);
	}
}

static void wrong_sums_are_told_and_doubted(void **state)
{
	struct bytes b = { 0 };
	struct opened o;
	size_t track;

	(void)state;
	add_head(&b, "TD", 0, 0x80);
	add_comment(&b, "x", 1);
	track = b.len;
	add_track(&b, 1, 0, 0);
	add_raw(&b, 1, 0, 0x33);
	add_u8(&b, 0xff);
	b.p[10] ^= 1;
	b.p[HEAD] ^= 1;
	b.p[track + 3] ^= 1;
	b.p[track + 4 + 5] ^= 1;
	o = open_image(&b, "td0");
	assert_check(o.img, "head CRC-16", MUN_FACT_BAD);
	assert_check(o.img, "comment CRC-16", MUN_FACT_BAD);
	assert_check(o.img, "track CRCs", MUN_FACT_BAD);
	assert_check(o.img, "sector CRCs", MUN_FACT_BAD);
	assert_extent(o.img, MUN_VIEW_CONTENT, 0, 128, MUN_EXTENT_DOUBTFUL);
	assert_filled(o.img, MUN_VIEW_CONTENT, 0, 0x33, 128);
	close_image(&o);
	free(b.p);
}

static void a_further_volume_is_kept_as_it_is(void **state)
{
	struct bytes b = { 0 };
	struct opened o;

	(void)state;
	add_head(&b, "TD", 1, 0);
	add_text(&b, "the rest of something");
	o = open_image(&b, "td0");
	assert_non_null(strstr(o.img->preserved_only, "further volume"));
	assert_int_equal(o.img->bytes, b.len);
	assert_view(o.img, MUN_VIEW_CONTENT, 0, b.p, b.len);
	close_image(&o);
	free(b.p);
}

static void what_breaks_the_format_is_refused(void **state)
{
	struct bytes b = { 0 };
	size_t track;

	(void)state;
	add_head(&b, "TD", 0, 0);
	track = b.len;
	add_track(&b, 1, 0, 0);
	add_raw(&b, 1, 0, 0x33);
	assert_refused(&b, "td0", MUN_ECORRUPT, "goes on in another volume");
	add_u8(&b, 0xff);
	b.p[track + 4 + 8] = 3;
	assert_refused(&b, "td0", MUN_ECORRUPT, "encoding 3");
	b.p[track + 4 + 8] = 2;
	assert_refused(&b, "td0", MUN_ECORRUPT, "do not make a sector of 128");
	b.p[track + 4 + 8] = 0;
	b.p[track + 4 + 6] = 0;
	assert_refused(&b, "td0", MUN_ECORRUPT, "no length");
	b.p[track + 4 + 6] = 200;
	assert_refused(&b, "td0", MUN_ECORRUPT, "ends within");
	b.p[0] = 'X';
	assert_refused(&b, "td0", MUN_ECORRUPT, "not TeleDisk's");
	free(b.p);
}

static void fix_head(uint8_t *image, size_t bytes)
{
	unsigned int sum;

	if (bytes < HEAD)
		return;
	sum = crc(image, 10);
	image[10] = sum & 0xff;
	image[11] = (uint8_t)(sum >> 8);
}

static void nothing_wrong_breaks_the_reader(void **state)
{
	static const struct mutate_field fields[] = {
		{ "volume", 2, 1, false },    { "version", 4, 1, false },
		{ "rate", 5, 1, false },      { "stepping", 7, 1, false },
		{ "comment", 14, 2, false },  { "sectors", 36, 1, false },
		{ "cylinder", 37, 1, false }, { "n", 43, 1, false },
		{ "flags", 44, 1, false },    { "length", 46, 2, false },
		{ "encoding", 48, 1, false },
	};
	static const size_t bounds[] = { 2, 12, 22, 36, 40, 46, 49, 177 };
	struct bytes b = { 0 };
	struct bytes plain = { 0 };

	(void)state;
	add_head(&b, "TD", 0, 0x80);
	add_body(&b);
	mutate_all(&(struct mutate_set){
		.format = "td0",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = MUN_COUNT(fields),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.fix = fix_head,
		.sweep = b.len,
	});
	b.len = 0;
	add_body(&plain);
	add_head(&b, "td", 0, 0x80);
	pack(&b, plain.p, plain.len);
	mutate_all(&(struct mutate_set){
		.format = "td0",
		.image = b.p,
		.bytes = b.len,
		.fields = fields,
		.nfields = 4,
		.bounds = bounds,
		.nbounds = 3,
		.fix = fix_head,
		.sweep = b.len,
	});
	free(plain.p);
	free(b.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_encoding_and_flag_is_read),
		cmocka_unit_test(advanced_compression_gives_the_same),
		cmocka_unit_test(the_code_adapts_for_ever),
		cmocka_unit_test(positions_have_the_static_code),
		cmocka_unit_test(wrong_sums_are_told_and_doubted),
		cmocka_unit_test(a_further_volume_is_kept_as_it_is),
		cmocka_unit_test(what_breaks_the_format_is_refused),
		cmocka_unit_test(nothing_wrong_breaks_the_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
