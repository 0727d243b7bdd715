/* SPDX-License-Identifier: Apache-2.0 */
/* image/deflate12_split.c - blocks that end where the data changes */
#include "image/deflate12_split.h"

#include <string.h>

/* Sequences of a segment, of which the last match may begin at its end. */
#define SEGMENT_SEQUENCES ((MUN_SPLIT_SEGMENT + MUN_DEFLATE_LENGTH_MAX) / 3 + 8)

/* What a block costs before its first symbol, in bits: header, and what each
 * symbol that is used adds to it. */
#define HEADER_BITS 200u
#define HEADER_BITS_PER_SYMBOL 2u

/* --- blocks ------------------------------------------------------------- */

uint64_t mun_split_nlog(const struct mun_split *s, uint32_t n)
{
	unsigned int shift = 0;

	while (n >> shift >= MUN_SPLIT_LOGS)
		shift++;
	return (uint64_t)n *
	       (s->log[n >> shift] + (shift << MUN_SPLIT_LOG_BITS));
}

/* Bits that the symbols take at best, with those of @more where it is given. */
static uint64_t entropy(const struct mun_split *s, const uint32_t *freq,
			const uint32_t *more, unsigned int n)
{
	uint64_t bits = 0;
	uint32_t sum = 0;

	for (unsigned int i = 0; i < n; i++) {
		uint32_t f = freq[i] + (more ? more[i] : 0);

		if (!f)
			continue;
		sum += f;
		bits += (uint64_t)HEADER_BITS_PER_SYMBOL << MUN_SPLIT_LOG_BITS;
		bits -= mun_split_nlog(s, f);
	}
	return bits + mun_split_nlog(s, sum);
}

/* But for the extra bits, which do not depend on where blocks end. */
static uint64_t block_cost(const struct mun_split *s,
			   const struct mun_frequencies *f,
			   const struct mun_frequencies *more)
{
	return ((uint64_t)HEADER_BITS << MUN_SPLIT_LOG_BITS) +
	       entropy(s, f->literal, more ? more->literal : NULL,
		       MUN_DEFLATE_LITERALS) +
	       entropy(s, f->distance, more ? more->distance : NULL,
		       MUN_DEFLATE_DISTANCES);
}

static void add_segment(struct mun_split *s)
{
	for (unsigned int i = 0; i < MUN_DEFLATE_LITERALS; i++)
		s->block.literal[i] += s->segment.literal[i];
	for (unsigned int i = 0; i < MUN_DEFLATE_DISTANCES; i++)
		s->block.distance[i] += s->segment.distance[i];
}

/* Write the block that ends at byte @to, behind its first @n sequences. */
static bool end_block(struct mun_split *s, uint32_t to, size_t n, bool last)
{
	const struct mun_block b = {
		.in = s->in + s->block_at,
		.bytes = to - s->block_at,
		.sequences = s->sequence,
		.nsequences = n,
		.freq = &s->block,
		.last = last,
	};

	if (!mun_block_write(&s->coder, &b, &s->bits))
		return false;
	s->nsequences -= n;
	memmove(s->sequence, s->sequence + n,
		s->nsequences * sizeof(s->sequence[0]));
	s->block_at = to;
	return true;
}

/* Into the block with the segment; or if they have too little in common, begin
 * a new block with it. */
static bool join_segment(struct mun_split *s)
{
	uint64_t alone = block_cost(s, &s->segment, NULL);
	uint64_t together;

	if (s->segment_at > s->block_at) {
		together = block_cost(s, &s->block, &s->segment);
		if (together <= s->block_cost + alone) {
			s->block_cost = together;
			add_segment(s);
			return true;
		}
		if (!end_block(s, s->segment_at, s->segment_sequence, false))
			return false;
	}
	s->block_cost = alone;
	s->block = s->segment;
	return true;
}

bool mun_split_segment(struct mun_split *s, uint32_t at)
{
	bool last = at == s->len;

	s->sequence[s->nsequences++] = (struct mun_sequence){
		.literals = (uint16_t)(at - s->run_at),
	};
	s->run_at = at;
	if (!join_segment(s))
		return false;
	memset(&s->segment, 0, sizeof(s->segment));
	if ((last || s->nsequences > MUN_SPLIT_SEQUENCES - SEGMENT_SEQUENCES) &&
	    !end_block(s, at, s->nsequences, last))
		return false;
	s->segment_at = at;
	s->segment_sequence = s->nsequences;
	return true;
}

/* log2(@n) in whole numbers, so that every machine splits blocks alike: each
 * squaring of what is left of it, in [1, 2), shows one more bit. */
static uint16_t log_of(uint32_t n)
{
	unsigned int whole = 31u - (unsigned int)__builtin_clz(n);
	uint64_t rest = (uint64_t)n << (31 - whole);
	unsigned int log = whole;

	for (unsigned int i = 0; i < MUN_SPLIT_LOG_BITS; i++) {
		rest = rest * rest >> 31;
		log = log << 1 | (unsigned int)(rest >> 32);
		rest >>= rest >> 32;
	}
	return (uint16_t)log;
}

void mun_split_init(struct mun_split *s)
{
	mun_block_coder_init(&s->coder);
	for (uint32_t i = 1; i < MUN_SPLIT_LOGS; i++)
		s->log[i] = log_of(i);
}

void mun_split_begin(struct mun_split *s, const uint8_t *in, uint32_t len,
		     uint8_t *out, size_t room)
{
	s->in = in;
	s->len = len;
	s->bits = (struct mun_bits){ .next = out, .end = out + room };
	s->run_at = s->block_at = s->segment_at = 0;
	s->nsequences = s->segment_sequence = 0;
	memset(&s->segment, 0, sizeof(s->segment));
}
