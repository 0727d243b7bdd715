/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/test_lzfse.c - LZFSE, LZVN and ADC, coded here as an encoder would
 *
 * The coder below knows the rules of the format and nothing of our decoder: it
 * searches, from the last symbol back, the states that lead where they should.
 */
#include "image/adc.h"
#include "image/lzfse.h"
#include "image/lzvn.h"
#include "tests/support/support.h"

#include "core/check.h"

#include <stdio.h>

#define ROOM 65536u

static uint8_t in[ROOM];
static uint8_t out[ROOM];
static uint8_t want[ROOM];
static char text[512];

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* Bits in the order in which they are read; turned round by put_bits(). */
struct piece {
	uint32_t value;
	unsigned int bits;
};

struct stream {
	struct piece pieces[60000];
	size_t n;
	size_t bits;
};

static void add_bits(struct stream *s, uint32_t value, unsigned int bits)
{
	s->pieces[s->n++] = (struct piece){ value, bits };
	s->bits += bits;
}

/* The first piece goes to the top. Bytes; @spare: bits not used at the top. */
static size_t put_bits(const struct stream *s, uint8_t *p, unsigned int *spare)
{
	size_t bytes = (s->bits + 7) / 8;
	size_t at = s->bits;

	memset(p, 0, bytes);
	for (size_t i = 0; i < s->n; i++) {
		at -= s->pieces[i].bits;
		for (unsigned int b = 0; b < s->pieces[i].bits; b++)
			if (s->pieces[i].value >> b & 1)
				p[(at + b) / 8] |= (uint8_t)(1 << (at + b) % 8);
	}
	*spare = (unsigned int)(bytes * 8 - s->bits);
	return bytes;
}

/* A table of states as the format has it: symbol, bits, where they lead. */
struct coder {
	unsigned int states;
	struct {
		unsigned int symbol;
		unsigned int bits;
		unsigned int next;
	} s[1024];
};

static unsigned int floor_log2(unsigned int v)
{
	unsigned int n = 0;

	while (v >>= 1)
		n++;
	return n;
}

static void make_coder(struct coder *c, unsigned int states,
		       const unsigned int *freq, unsigned int symbols)
{
	unsigned int t = 0;

	c->states = states;
	for (unsigned int i = 0; i < symbols; i++) {
		unsigned int f = freq[i];
		unsigned int k = f ? floor_log2(states) - floor_log2(f) : 0;
		unsigned int j0 = f ? (2 * states >> k) - f : 0;

		for (unsigned int j = 0; j < f; j++, t++) {
			c->s[t].symbol = i;
			c->s[t].bits = j < j0 ? k : k - 1;
			c->s[t].next = j < j0 ? ((f + j) << k) - states
					      : (j - j0) << (k - 1);
		}
	}
	assert_int_equal(t, states);
}

/* The state of @symbol that leads to @to, and by which bits. */
static unsigned int state_to(const struct coder *c, unsigned int symbol,
			     unsigned int to, struct piece *by)
{
	for (unsigned int i = 0; i < c->states; i++) {
		if (c->s[i].symbol != symbol || c->s[i].next > to ||
		    to - c->s[i].next >= 1u << c->s[i].bits)
			continue;
		*by = (struct piece){ to - c->s[i].next, c->s[i].bits };
		return i;
	}
	fail_msg("symbol %u does not lead to state %u", symbol, to);
	return 0;
}

/* One frequency as the header packs it. */
static struct piece pack_freq(unsigned int f)
{
	static const struct piece small[] = {
		{ 0, 2 }, { 2, 2 },  { 1, 3 },  { 5, 3 },
		{ 3, 5 }, { 11, 5 }, { 19, 5 }, { 27, 5 },
	};

	if (f < 8)
		return small[f];
	if (f < 24)
		return (struct piece){ 7 | (f - 8) << 4, 8 };
	return (struct piece){ 15 | (f - 24) << 4, 14 };
}

/* A triplet by its symbols and what their extra bits say. */
struct triplet {
	unsigned int l, l_extra;
	unsigned int m, m_extra;
	unsigned int d, d_extra;
};

static unsigned int extra_of(unsigned int symbol, bool of_m)
{
	static const unsigned int l[] = { 2, 3, 5, 8 };
	static const unsigned int m[] = { 3, 5, 8, 11 };

	if (symbol < 16)
		return 0;
	return of_m ? m[symbol - 16] : l[symbol - 16];
}

struct block {
	unsigned int l_freq[20];
	unsigned int m_freq[20];
	unsigned int d_freq[64];
	unsigned int lit_freq[256];
	const uint8_t *literals;
	unsigned int nliterals; /* a multiple of 4 */
	const struct triplet *t;
	unsigned int nt;
	uint32_t raw;
};

static struct stream bits;
static struct coder coders[4]; /* L, M, D, literals */

/* Literals; the four first states go to @states. */
static void code_literals(const struct block *b, unsigned int states[4])
{
	static struct piece by[40000];

	memset(states, 0, 4 * sizeof(*states));
	for (unsigned int i = b->nliterals; i-- > 0;)
		states[i % 4] = state_to(&coders[3], b->literals[i],
					 states[i % 4], &by[i]);
	for (unsigned int i = 0; i < b->nliterals; i++)
		add_bits(&bits, by[i].value, by[i].bits);
}

static void code_triplets(const struct block *b, unsigned int states[3])
{
	static struct piece by[10000][3];

	memset(states, 0, 3 * sizeof(*states));
	for (unsigned int i = b->nt; i-- > 0;) {
		const struct triplet *t = &b->t[i];

		states[0] = state_to(&coders[0], t->l, states[0], &by[i][0]);
		states[1] = state_to(&coders[1], t->m, states[1], &by[i][1]);
		states[2] = state_to(&coders[2], t->d, states[2], &by[i][2]);
	}
	for (unsigned int i = 0; i < b->nt; i++) {
		const struct triplet *t = &b->t[i];
		const unsigned int extra[3] = { extra_of(t->l, false),
						extra_of(t->m, true),
						t->d / 4 };
		const unsigned int more[3] = { t->l_extra, t->m_extra,
					       t->d_extra };

		for (int k = 0; k < 3; k++)
			add_bits(&bits, by[i][k].value << extra[k] | more[k],
				 by[i][k].bits + extra[k]);
	}
}

static size_t put_frequencies(const struct block *b, uint8_t *p)
{
	const struct {
		const unsigned int *freq;
		unsigned int n;
	} all[] = { { b->l_freq, 20 },
		    { b->m_freq, 20 },
		    { b->d_freq, 64 },
		    { b->lit_freq, 256 } };
	size_t at = 0;

	memset(p, 0, 800);
	for (int k = 0; k < 4; k++) {
		for (unsigned int i = 0; i < all[k].n; i++) {
			struct piece f = pack_freq(all[k].freq[i]);

			for (unsigned int n = 0; n < f.bits; n++, at++)
				if (f.value >> n & 1)
					p[at / 8] |= (uint8_t)(1 << at % 8);
		}
	}
	return (at + 7) / 8;
}

static void put_field(uint8_t *p, unsigned int at, unsigned int n, uint64_t v)
{
	for (unsigned int i = 0; i < n; i++)
		if (v >> i & 1)
			p[(at + i) / 8] |= (uint8_t)(1 << (at + i) % 8);
}

/* A "bvx2" block. */
static size_t put_block(const struct block *b, uint8_t *p)
{
	unsigned int lit_states[4];
	unsigned int states[3];
	unsigned int lit_spare;
	unsigned int spare;
	size_t head;
	size_t lit_bytes;
	size_t bytes;

	make_coder(&coders[0], 64, b->l_freq, 20);
	make_coder(&coders[1], 64, b->m_freq, 20);
	make_coder(&coders[2], 256, b->d_freq, 64);
	make_coder(&coders[3], 1024, b->lit_freq, 256);
	memset(p, 0, 32);
	memcpy(p, "bvx2", 4);
	put32(p + 4, b->raw);
	head = 32 + put_frequencies(b, p + 32);
	bits.n = bits.bits = 0;
	code_literals(b, lit_states);
	lit_bytes = put_bits(&bits, p + head, &lit_spare);
	bits.n = bits.bits = 0;
	code_triplets(b, states);
	bytes = put_bits(&bits, p + head + lit_bytes, &spare);
	put_field(p + 8, 0, 20, b->nliterals);
	put_field(p + 8, 20, 20, lit_bytes);
	put_field(p + 8, 40, 20, b->nt);
	put_field(p + 8, 60, 3, 7 - lit_spare);
	for (unsigned int i = 0; i < 4; i++)
		put_field(p + 16, 10 * i, 10, lit_states[i]);
	put_field(p + 16, 40, 20, bytes);
	put_field(p + 16, 60, 3, 7 - spare);
	put32(p + 24, (uint32_t)head);
	put_field(p + 24, 32, 10, states[0]);
	put_field(p + 24, 42, 10, states[1]);
	put_field(p + 24, 52, 10, states[2]);
	return head + lit_bytes + bytes;
}

/* 3 literals, 9 of them again; 17 = 16 + 1 literals, 26 = 24 + 2 from 17 back;
 * none, 1 from as far back as before; 4 literals and nothing else. */
static const struct triplet some[] = {
	{ 3, 0, 9, 0, 3, 0 },
	{ 16, 1, 17, 2, 9, 1 },
	{ 0, 0, 1, 0, 0, 0 },
	{ 4, 0, 0, 0, 1, 0 },
};
static const uint8_t letters[] = "abcdefghijklmnopabracada";

static void fill_some(struct block *b)
{
	memset(b, 0, sizeof(*b));
	b->l_freq[0] = 5;
	b->l_freq[3] = 20;
	b->l_freq[4] = 1;
	b->l_freq[16] = 38;
	b->m_freq[0] = 16;
	b->m_freq[1] = 7;
	b->m_freq[9] = 9;
	b->m_freq[17] = 32;
	b->d_freq[0] = 3;
	b->d_freq[1] = 1;
	b->d_freq[3] = 100;
	b->d_freq[9] = 152;
	for (unsigned int c = 'a'; c <= 'p'; c++)
		b->lit_freq[c] = c == 'a' ? 400 : 23;
	b->lit_freq['q'] = 1024 - 400 - 15 * 23 - 200;
	b->lit_freq['r'] = 200;
	b->literals = letters;
	b->nliterals = 24;
	b->t = some;
	b->nt = 4;
}

/* What the triplets above say, done by hand. */
static size_t expand_some(uint8_t *p)
{
	size_t n = 0;

	memcpy(p, "abc", 3);
	n = 3;
	for (int i = 0; i < 9; i++, n++)
		p[n] = p[n - 3];
	memcpy(p + n, letters + 3, 17);
	n += 17;
	/* symbol 9 of a distance: 16 and 2 bits, here 1 */
	for (int i = 0; i < 26; i++, n++)
		p[n] = p[n - 17];
	p[n] = p[n - 17];
	n++;
	memcpy(p + n, letters + 20, 4);
	return n + 4;
}

static int decode(size_t len, size_t raw)
{
	struct mun_err e = { .code = 0 };
	int rc;

	memset(out, 0xee, sizeof(out));
	rc = mun_lzfse_decode(in, len, out, raw, &e);
	if (rc)
		(void)mun_err_text(&e, text, sizeof(text), 0);
	/* Never a byte beyond. */
	for (size_t i = raw; i < raw + 64; i++)
		assert_int_equal(out[i], 0xee);
	return rc;
}

static void a_block_of_entropy_codes_is_decoded(void **state)
{
	struct block b;
	size_t n;

	(void)state;
	fill_some(&b);
	b.raw = (uint32_t)expand_some(want);
	n = put_block(&b, in);
	memcpy(in + n, "bvx$", 4);
	assert_int_equal(decode(n + 4, b.raw), 0);
	assert_memory_equal(out, want, b.raw);
}

/* Copies reach back over the border of a block. */
static void blocks_of_all_kinds_follow_each_other(void **state)
{
	static const uint8_t lzvn[] = { 0xe2, 'x',  'y', /* two literals */
					0x38, 0x07, /* 10 from 7 back */
					0x06, 0,    0,   0, 0, 0, 0, 0 };
	struct block b;
	size_t raw;
	size_t n;

	(void)state;
	fill_some(&b);
	raw = expand_some(want);
	b.raw = (uint32_t)raw;
	n = put_block(&b, in);
	memcpy(in + n, "bvx-\5\0\0\0plain", 13);
	memcpy(want + raw, "plain", 5);
	n += 13;
	raw += 5;
	memcpy(in + n, "bvxn\14\0\0\0\15\0\0\0", 12);
	memcpy(in + n + 12, lzvn, sizeof(lzvn));
	n += 12 + sizeof(lzvn);
	memcpy(want + raw, "xy", 2);
	raw += 2;
	for (int i = 0; i < 10; i++, raw++)
		want[raw] = want[raw - 7];
	memcpy(in + n, "bvx$", 4);
	assert_int_equal(decode(n + 4, raw), 0);
	assert_memory_equal(out, want, raw);
	/* Neither less nor more may come of it. */
	assert_int_equal(decode(n + 4, raw - 1), MUN_ECORRUPT);
	assert_int_equal(decode(n + 4, raw + 1), MUN_ECORRUPT);
}

/* A symbol that has all states takes no bits at all. */
static void a_symbol_alone_takes_no_bits(void **state)
{
	static const struct triplet t = { 4, 0, 19, 2047, 2, 0 };
	struct block b;
	size_t n;

	(void)state;
	memset(&b, 0, sizeof(b));
	b.l_freq[4] = 64;
	b.m_freq[19] = 64;
	b.d_freq[2] = 256;
	b.lit_freq['z'] = 1024;
	b.literals = (const uint8_t *)"zzzz";
	b.nliterals = 4;
	b.t = &t;
	b.nt = 1;
	b.raw = 4 + 312 + 2047;
	n = put_block(&b, in);
	memcpy(in + n, "bvx$", 4);
	memset(want, 'z', b.raw);
	assert_int_equal(decode(n + 4, b.raw), 0);
	assert_memory_equal(out, want, b.raw);
}

static void every_cut_is_an_error(void **state)
{
	struct block b;
	size_t n;

	(void)state;
	fill_some(&b);
	b.raw = (uint32_t)expand_some(want);
	n = put_block(&b, in);
	memcpy(in + n, "bvx$", 4);
	for (size_t len = 0; len < n + 4; len++)
		assert_int_equal(decode(len, b.raw), MUN_ECORRUPT);
}

/* Any byte changed: an error, or other bytes; never more, never a crash. */
static void every_change_ends_well(void **state)
{
	static const uint8_t flips[] = { 0x01, 0x80, 0xff };
	struct block b;
	size_t n;

	(void)state;
	fill_some(&b);
	b.raw = (uint32_t)expand_some(want);
	n = put_block(&b, in);
	memcpy(in + n, "bvx$", 4);
	for (size_t i = 0; i < n + 4; i++) {
		for (size_t k = 0; k < sizeof(flips); k++) {
			int rc;

			in[i] ^= flips[k];
			rc = decode(n + 4, b.raw);
			assert_true(rc == 0 || rc == MUN_ECORRUPT ||
				    rc == MUN_EUNSUPPORTED);
			in[i] ^= flips[k];
		}
	}
}

static void what_cannot_be_is_named(void **state)
{
	static const struct {
		const char *stream;
		size_t len;
		int code;
		const char *why;
	} cases[] = {
		{ "bvx1", 4, MUN_EUNSUPPORTED, "version 1 is not decoded" },
		{ "bvx?", 4, MUN_ECORRUPT, "of no known kind" },
		{ "bvx$", 4, MUN_ECORRUPT, "has 0 bytes, not 16" },
		{ "", 0, MUN_ECORRUPT, "the stream has no end" },
		{ "bvx-\4\0\0\0abc", 11, MUN_ECORRUPT, "longer than" },
		{ "bvx-\377\377\377\377abc", 11, MUN_ECORRUPT, "longer than" },
		{ "bvx-\4\0\0", 7, MUN_ECORRUPT, "ends in its header" },
		{ "bvx-\21\0\0\0aaaaaaaaaaaaaaaaa", 25, MUN_ECORRUPT, "room" },
		{ "bvxn\4\0\0\0\1\0\0", 11, MUN_ECORRUPT, "its header" },
		{ "bvxn\4\0\0\0\1\0\0\0", 12, MUN_ECORRUPT, "longer than" },
		{ "bvxn\377\0\0\0\0\0\0\0", 12, MUN_ECORRUPT, "room" },
		{ "bvx2", 4, MUN_ECORRUPT, "ends in its header" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		memcpy(in, cases[i].stream, cases[i].len);
		assert_int_equal(decode(cases[i].len, 16), cases[i].code);
		if (!strstr(text, cases[i].why))
			fail_msg("case %zu: %s", i, text);
	}
}

/* Each form of an opcode, with what comes of it after "0123456789". */
static void every_opcode_of_lzvn_is_decoded(void **state)
{
	static const struct {
		const char *name;
		uint8_t code[40];
		size_t len;
		const char *gives;
	} cases[] = {
		{ "small distance", { 0x48, 0x05, 'a' }, 3, "a6789" },
		{ "small distance, far", { 0x01, 0x00 }, 2, NULL },
		{ "medium", { 0xa8, 0x0d, 0x00, 'b' }, 4, "b89b8" },
		{ "large", { 0x87, 0x04, 0x00, 'c', 'd' }, 5, "cd89c" },
		{ "again", { 0x40, 0x02, 'e', 0x46, 'f' }, 5, "e9e9f9f9" },
		{ "short copy", { 0x40, 0x02, 'e', 0xf4 }, 4, "e9e9e9e9" },
		{ "long copy",
		  { 0x00, 0x01, 0xf0, 0x01 },
		  4,
		  "99999999999999999999" },
		{ "short literals", { 0xe3, 'x', 'y', 'z' }, 4, "xyz" },
		{ "long literals",
		  { 0xe0, 0x00, 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I',
		    'J', 'K', 'L', 'M', 'N', 'O', 'P' },
		  18,
		  "ABCDEFGHIJKLMNOP" },
		{ "nothing", { 0x0e, 0x16, 0xe1, '!' }, 4, "!" },
		{ "copy from nowhere", { 0xf1 }, 1, NULL },
		{ "distance 0", { 0x00, 0x00 }, 2, NULL },
		{ "distance of 11", { 0x00, 0x0b }, 2, NULL },
		{ "undefined 1e", { 0x1e }, 1, NULL },
		{ "undefined 3e", { 0x3e }, 1, NULL },
		{ "undefined 70", { 0x70, 0 }, 2, NULL },
		{ "undefined d5", { 0xd5, 0 }, 2, NULL },
		{ "literals that are not there", { 0xef, 'x' }, 2, NULL },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		size_t raw = cases[i].gives ? strlen(cases[i].gives) : 3;
		struct mun_err e;
		int rc;

		memcpy(in, cases[i].code, cases[i].len);
		memcpy(in + cases[i].len, "\6\0\0\0\0\0\0\0", 8);
		memcpy(out, "0123456789", 10);
		rc = mun_lzvn_decode(in, cases[i].len + 8, out, 10, raw, &e);
		if (!cases[i].gives)
			assert_int_equal(rc, MUN_ECORRUPT);
		else if (rc || memcmp(out + 10, cases[i].gives, raw) != 0)
			fail_msg("%s: %d %.*s", cases[i].name, rc, (int)raw,
				 (const char *)out + 10);
	}
}

static void lzvn_ends_where_it_should(void **state)
{
	struct mun_err e;

	(void)state;
	memcpy(in, "\343xyz\6\0\0\0\0\0\0\0", 12);
	assert_int_equal(mun_lzvn_decode(in, 12, out, 0, 3, &e), 0);
	assert_int_equal(mun_lzvn_decode(in, 12, out, 0, 2, &e), MUN_ECORRUPT);
	assert_int_equal(mun_lzvn_decode(in, 12, out, 0, 4, &e), MUN_ECORRUPT);
	for (size_t len = 0; len < 12; len++)
		assert_int_equal(mun_lzvn_decode(in, len, out, 0, 3, &e),
				 MUN_ECORRUPT);
}

static void every_code_of_adc_is_decoded(void **state)
{
	/* 4 literals; 3 + 1 from 2 back; 4 + 6 from 5 back */
	static const uint8_t code[] = { 0x83, 'w',  'x',  'y',  'z', 0x04,
					0x01, 0x46, 0x00, 0x04, 0xff };
	static const char result[] = "wxyzyzyzzyzyzzyzyz";
	struct mun_err e;

	(void)state;
	memset(out, 0, 64);
	assert_int_equal(mun_adc_decode(code, sizeof(code), out, 18, &e), 0);
	assert_memory_equal(out, result, 18);
	/* The long form reaches further, the short one to 1,024. */
	memset(in, 0xff, 129 * 9);
	memcpy(in + 129 * 9, "\x03\xff\x40\x04\x80", 5);
	assert_int_equal(mun_adc_decode(in, 129 * 9 + 5, out, 1152 + 7, &e), 0);
}

static void adc_that_does_not_fit_is_refused(void **state)
{
	static const struct {
		uint8_t code[8];
		size_t len;
	} cases[] = {
		{ { 0x83, 'a', 'b' }, 3 }, /* literals are cut */
		{ { 0x83, 'a', 'b', 'c', 'd' }, 5 }, /* too few */
		{ { 0x89, 1, 2, 3, 4, 5, 6 }, 7 },
		{ { 0x00, 0x00 }, 2 }, /* nothing to copy */
		{ { 0x80, 'a', 0x00, 0x01 }, 4 }, /* from before it */
		{ { 0x80, 'a', 0x40, 0x00, 0x00, 0x80, 'b' }, 7 }, /* 6 */
		{ { 0x80, 'a', 0x00 }, 3 }, /* cut in a code */
		{ { 0x80, 'a', 0x40, 0x00 }, 4 },
		{ { 0x84, 'a', 'b', 'c', 'd', 'e', 0x00, 0x00 }, 8 }, /* 8 */
	};
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		int rc = mun_adc_decode(cases[i].code, cases[i].len, out,
					i == 5 ? 7 : 6, &e);

		if (rc != MUN_ECORRUPT)
			fail_msg("case %zu gives %d", i, rc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_of_entropy_codes_is_decoded),
		cmocka_unit_test(blocks_of_all_kinds_follow_each_other),
		cmocka_unit_test(a_symbol_alone_takes_no_bits),
		cmocka_unit_test(every_cut_is_an_error),
		cmocka_unit_test(every_change_ends_well),
		cmocka_unit_test(what_cannot_be_is_named),
		cmocka_unit_test(every_opcode_of_lzvn_is_decoded),
		cmocka_unit_test(lzvn_ends_where_it_should),
		cmocka_unit_test(every_code_of_adc_is_decoded),
		cmocka_unit_test(adc_that_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
