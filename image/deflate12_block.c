/* SPDX-License-Identifier: Apache-2.0 */
/* image/deflate12_block.c - one block of deflate from literals and matches */
#include "image/deflate12_block.h"

#include "core/check.h"

#include <string.h>

/* 4 literals and 7 bits that are held fit in 64 bits. */
#define LITERAL_BITS 14u
#define DISTANCE_BITS 15u
#define CODE_LENGTHS 19u
#define CODE_LENGTH_BITS 7u

/* An entry of a table: what to write, and of how many bits. */
#define ENTRY_BITS_AT 24u
#define ENTRY_MASK ((1u << ENTRY_BITS_AT) - 1)

enum form { STORED, FIXED, DYNAMIC };

/* The lengths of both codes as they are written (RFC 1951, 3.2.7). */
struct header {
	unsigned int literals;
	unsigned int distances;
	unsigned int ncodes; /* that are written in code_length's order */
	struct mun_huffman code_length;
	unsigned int nsymbols;
	uint8_t symbol[MUN_DEFLATE_LITERALS + MUN_DEFLATE_DISTANCES];
	uint8_t extra[MUN_DEFLATE_LITERALS + MUN_DEFLATE_DISTANCES];
	uint64_t bits; /* of all this */
};

static const uint8_t header_order[CODE_LENGTHS] = { 16, 17, 18, 0,  8, 7,  9,
						    6,  10, 5,  11, 4, 12, 3,
						    13, 2,  14, 1,  15 };

static inline unsigned int slot_extra(unsigned int slot)
{
	return slot < 4 ? 0 : (slot >> 1) - 1;
}

static void store64(uint8_t *p, uint64_t v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	memcpy(p, &v, sizeof(v));
}

static inline void put(struct mun_bits *b, uint64_t value, unsigned int n)
{
	b->held |= value << b->n;
	b->n += n;
}

/* That there is room for whole blocks has been seen to: here only that eight
 * bytes at once may be too many. */
static inline void flush(struct mun_bits *b)
{
	if (b->end - b->next >= 8) {
		store64(b->next, b->held);
		b->next += b->n >> 3;
		b->held >>= b->n & ~7u;
		b->n &= 7;
		return;
	}
	for (; b->n >= 8; b->n -= 8) {
		*b->next++ = (uint8_t)b->held;
		b->held >>= 8;
	}
}

bool mun_bits_finish(struct mun_bits *b)
{
	flush(b);
	if (!b->n)
		return true;
	if (b->next == b->end)
		return false;
	*b->next++ = (uint8_t)b->held;
	b->n = 0;
	b->held = 0;
	return true;
}

void mun_block_coder_init(struct mun_block_coder *c)
{
	for (unsigned int i = 0; i < MUN_HUFFMAN_SYMBOLS; i++)
		c->fixed_literal.bits[i] = i < 144   ? 8
					   : i < 256 ? 9
					   : i < 280 ? 7
						     : 8;
	mun_huffman_assign(&c->fixed_literal, MUN_HUFFMAN_SYMBOLS);
	for (unsigned int i = 0; i < 32; i++)
		c->fixed_distance.bits[i] = 5;
	mun_huffman_assign(&c->fixed_distance, 32);
}

/* --- the lengths of the codes ------------------------------------------- */

static void add_symbol(struct header *h, uint32_t *freq, unsigned int symbol,
		       unsigned int extra)
{
	h->symbol[h->nsymbols] = (uint8_t)symbol;
	h->extra[h->nsymbols++] = (uint8_t)extra;
	freq[symbol]++;
}

/* @n times the length @bits: 17 and 18 are runs of zeros, 16 repeats. */
static void add_run(struct header *h, uint32_t *freq, unsigned int bits,
		    unsigned int n)
{
	if (bits) {
		add_symbol(h, freq, bits, 0);
		n--;
	}
	while (n >= 3) {
		unsigned int most = bits ? 6 : n < 11 ? 10 : 138;
		unsigned int now = MUN_MIN(n, most);

		if (bits)
			add_symbol(h, freq, 16, now - 3);
		else if (now < 11)
			add_symbol(h, freq, 17, now - 3);
		else
			add_symbol(h, freq, 18, now - 11);
		n -= now;
	}
	while (n-- > 0)
		add_symbol(h, freq, bits, 0);
}

static unsigned int extra_bits(unsigned int symbol)
{
	return symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
}

static void plan_header(const struct mun_block_coder *c, struct header *h)
{
	uint8_t lengths[MUN_DEFLATE_LITERALS + MUN_DEFLATE_DISTANCES];
	uint32_t freq[CODE_LENGTHS] = { 0 };
	unsigned int n;

	h->literals = MUN_DEFLATE_LITERALS;
	while (h->literals > 257 && !c->literal.bits[h->literals - 1])
		h->literals--;
	h->distances = MUN_DEFLATE_DISTANCES;
	while (h->distances > 1 && !c->distance.bits[h->distances - 1])
		h->distances--;
	memcpy(lengths, c->literal.bits, h->literals);
	memcpy(lengths + h->literals, c->distance.bits, h->distances);
	n = h->literals + h->distances;
	h->nsymbols = 0;
	for (unsigned int i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && lengths[end] == lengths[i];)
			end++;
		add_run(h, freq, lengths[i], end - i);
	}
	mun_huffman_build(&h->code_length, freq, CODE_LENGTHS,
			  CODE_LENGTH_BITS);
	h->ncodes = CODE_LENGTHS;
	while (h->ncodes > 4 &&
	       !h->code_length.bits[header_order[h->ncodes - 1]])
		h->ncodes--;
	h->bits = 5 + 5 + 4 + 3 * (uint64_t)h->ncodes;
	for (unsigned int i = 0; i < CODE_LENGTHS; i++)
		h->bits += (uint64_t)freq[i] *
			   (h->code_length.bits[i] + extra_bits(i));
}

static void write_header(const struct header *h, struct mun_bits *b)
{
	put(b, h->literals - 257, 5);
	put(b, h->distances - 1, 5);
	put(b, h->ncodes - 4, 4);
	flush(b);
	for (unsigned int i = 0; i < h->ncodes; i++) {
		put(b, h->code_length.bits[header_order[i]], 3);
		flush(b);
	}
	for (unsigned int i = 0; i < h->nsymbols; i++) {
		unsigned int symbol = h->symbol[i];

		put(b, h->code_length.code[symbol],
		    h->code_length.bits[symbol]);
		put(b, h->extra[i], extra_bits(symbol));
		flush(b);
	}
}

/* --- sizes -------------------------------------------------------------- */

static uint64_t coded_bits(const struct mun_huffman *literal,
			   const struct mun_huffman *distance,
			   const struct mun_frequencies *f)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < MUN_DEFLATE_LITERALS; i++)
		sum += (uint64_t)f->literal[i] * literal->bits[i];
	/* From 265 on, four symbols for each number of extra bits. */
	for (unsigned int i = 265; i < 285; i++)
		sum += (uint64_t)f->literal[i] * ((i - 261) / 4);
	for (unsigned int i = 0; i < MUN_DEFLATE_DISTANCES; i++)
		sum += (uint64_t)f->distance[i] *
		       (distance->bits[i] + slot_extra(i));
	return sum;
}

#define STORED_MAX 65535u

static size_t stored_pieces(size_t bytes)
{
	return bytes ? (bytes + STORED_MAX - 1) / STORED_MAX : 1;
}

/* At most: how many bits are left over before each piece does not matter. */
static uint64_t stored_bits(size_t bytes)
{
	return 8 * (uint64_t)bytes + stored_pieces(bytes) * (3 + 7 + 32);
}

static bool fits(const struct mun_bits *b, uint64_t bits)
{
	return (b->n + bits + 7) / 8 <= (uint64_t)(b->end - b->next);
}

/* --- bodies ------------------------------------------------------------- */

static void write_stored(const struct mun_block *b, struct mun_bits *bits)
{
	const uint8_t *in = b->in;
	size_t left = b->bytes;

	for (size_t i = stored_pieces(left); i > 0; i--) {
		size_t now = MUN_MIN(left, STORED_MAX);

		put(bits, b->last && i == 1, 3);
		bits->n = (bits->n + 7) & ~7u;
		put(bits, now, 16);
		put(bits, now ^ 0xffff, 16);
		flush(bits);
		if (now)
			memcpy(bits->next, in, now);
		bits->next += now;
		in += now;
		left -= now;
	}
}

static void make_entries(struct mun_block_coder *c,
			 const struct mun_huffman *literal,
			 const struct mun_huffman *distance)
{
	for (unsigned int i = 0; i <= MUN_DEFLATE_END; i++)
		c->literal_entry[i] =
			literal->code[i] | (uint32_t)literal->bits[i]
						   << ENTRY_BITS_AT;
	for (unsigned int i = 0; i < 256; i++) {
		unsigned int symbol = mun_deflate_length_symbol(i);
		unsigned int extra = mun_deflate_length_extra(i);
		unsigned int bits = literal->bits[symbol];

		c->length_entry[i] = literal->code[symbol] |
				     (i & ((1u << extra) - 1)) << bits |
				     (bits + extra) << ENTRY_BITS_AT;
	}
	for (unsigned int i = 0; i < MUN_DEFLATE_DISTANCES; i++)
		c->distance_entry[i] =
			distance->code[i] | (uint32_t)distance->bits[i]
						    << ENTRY_BITS_AT;
}

static inline void put_entry(struct mun_bits *b, uint32_t entry)
{
	put(b, entry & ENTRY_MASK, entry >> ENTRY_BITS_AT);
}

static inline void put_literals(const uint32_t *entry, const uint8_t *p,
				unsigned int n, struct mun_bits *b)
{
	for (; n >= 4; n -= 4, p += 4) {
		put_entry(b, entry[p[0]]);
		put_entry(b, entry[p[1]]);
		put_entry(b, entry[p[2]]);
		put_entry(b, entry[p[3]]);
		flush(b);
	}
	for (; n > 0; n--)
		put_entry(b, entry[*p++]);
	flush(b);
}

static void write_coded(const struct mun_block_coder *c,
			const struct mun_block *block, struct mun_bits *bits)
{
	const uint8_t *p = block->in;
	struct mun_bits b = *bits;

	for (size_t i = 0; i < block->nsequences; i++) {
		const struct mun_sequence *s = &block->sequences[i];
		unsigned int extra = slot_extra(s->slot);

		put_literals(c->literal_entry, p, s->literals, &b);
		p += s->literals;
		if (!s->distance)
			continue;
		/* 14 + 5, 15 + 13 and 7 that are held: 54 */
		put_entry(&b, c->length_entry[s->length]);
		put_entry(&b, c->distance_entry[s->slot]);
		put(&b, (s->distance - 1u) & ((1u << extra) - 1), extra);
		flush(&b);
		p += s->length + MUN_DEFLATE_LENGTH_MIN;
	}
	put_entry(&b, c->literal_entry[MUN_DEFLATE_END]);
	flush(&b);
	*bits = b;
}

bool mun_block_write(struct mun_block_coder *c, const struct mun_block *b,
		     struct mun_bits *bits)
{
	enum form form = FIXED;
	uint64_t least, dynamic;
	struct header h;

	b->freq->literal[MUN_DEFLATE_END] = 1;
	least = coded_bits(&c->fixed_literal, &c->fixed_distance, b->freq) + 3;
	mun_huffman_build(&c->literal, b->freq->literal, MUN_DEFLATE_LITERALS,
			  LITERAL_BITS);
	mun_huffman_build(&c->distance, b->freq->distance,
			  MUN_DEFLATE_DISTANCES, DISTANCE_BITS);
	plan_header(c, &h);
	dynamic = coded_bits(&c->literal, &c->distance, b->freq) + h.bits + 3;
	if (dynamic < least) {
		form = DYNAMIC;
		least = dynamic;
	}
	if (stored_bits(b->bytes) <= least) {
		form = STORED;
		least = stored_bits(b->bytes);
	}
	if (!fits(bits, least))
		return false;
	if (form == STORED) {
		write_stored(b, bits);
		return true;
	}
	put(bits, (unsigned int)form << 1 | b->last, 3);
	if (form == DYNAMIC) {
		write_header(&h, bits);
		make_entries(c, &c->literal, &c->distance);
	} else {
		make_entries(c, &c->fixed_literal, &c->fixed_distance);
	}
	write_coded(c, b, bits);
	return true;
}
