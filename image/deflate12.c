/* SPDX-License-Identifier: Apache-2.0 */
/* image/deflate12.c - raw deflate whose matches reach back 4096 bytes at most */
#include "image/deflate12.h"

#include "core/check.h"
#include "image/deflate12_block.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW 4096u

/*
 * How hard to look.  In so small a window the nearest few of the places that
 * begin with the same four bytes are nearly as good as all of them; what is
 * lost there is won back twice by blocks that end where the data changes.
 */
#define DEPTH 4 /* places looked at */
#define DEPTH_AHEAD 2 /* ... for a better match one byte later */
#define GOOD_ENOUGH 64u /* look no further */
#define LOOK_AHEAD_BELOW 24u /* a longer match is taken at once */

/* Positions are kept modulo 65536: see distance_to(). */
#define HASH4_BITS 14u
#define HASH3_BITS 11u

/* Bytes whose statistics are held against those of the block before. */
#define SEGMENT 8192u
/* A segment ends at the first match behind its bytes. */
#define SEGMENT_SEQUENCES ((SEGMENT + MUN_DEFLATE_LENGTH_MAX) / 3 + 8)
#define SEQUENCES 16384u

/* What a block costs before its first symbol, in bits: header, and what each
 * symbol that is used adds to it. */
#define HEADER_BITS 200u
#define HEADER_BITS_PER_SYMBOL 2u

#define LOG_BITS 8u /* of fractions, in costs */
#define LOGS 4096u

struct mun_deflate12 {
	uint16_t head4[1u << HASH4_BITS]; /* last place of four bytes */
	uint16_t head3[1u << HASH3_BITS];
	uint16_t chain[WINDOW]; /* the place before each place */
	const uint8_t *in;
	uint32_t len;
	uint32_t run_at; /* literals since the last match begin here */
	uint32_t block_at;
	uint32_t segment_at;
	size_t nsequences;
	size_t segment_sequence; /* the first of the segment */
	uint64_t block_cost; /* up to the segment */
	struct mun_frequencies block; /* up to the segment */
	struct mun_frequencies segment;
	struct mun_bits bits;
	struct mun_block_coder coder;
	struct mun_sequence sequence[SEQUENCES];
	uint16_t log[LOGS]; /* binary, LOG_BITS of fraction */
};

struct match {
	uint32_t length;
	uint32_t distance;
};

static inline uint32_t load32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* The first three of the four bytes of load32(). */
static inline uint32_t first_three(uint32_t four)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return four >> 8;
#else
	return four << 8;
#endif
}

#define KNUTH 0x9e3779b1u

static inline uint32_t hash4(uint32_t four)
{
	return four * KNUTH >> (32 - HASH4_BITS);
}

static inline uint32_t hash3(uint32_t four)
{
	return first_three(four) * KNUTH >> (32 - HASH3_BITS);
}

/* How many bytes are the same, given that @n are and at most @max count. */
static inline uint32_t same_bytes(const uint8_t *a, const uint8_t *b,
				  uint32_t n, uint32_t max)
{
	for (; n + 8 <= max; n += 8) {
		uint64_t x = load64(a + n) ^ load64(b + n);

		if (!x)
			continue;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		return n + ((uint32_t)__builtin_clzll(x) >> 3);
#else
		return n + ((uint32_t)__builtin_ctzll(x) >> 3);
#endif
	}
	while (n < max && a[n] == b[n])
		n++;
	return n;
}

/* --- matches ------------------------------------------------------------ */

/*
 * A place from 64 KiB ago, or one of an empty table, seems to be nearer than it
 * is.  That does no harm: what is there is compared, whatever led to it, and a
 * chain is followed only as long as it leads further back.
 */
static inline uint32_t distance_to(uint32_t at, uint16_t place)
{
	return (uint16_t)(at - place);
}

static inline uint16_t enter(struct mun_deflate12 *d, uint32_t at,
			     uint32_t four)
{
	uint16_t *head = &d->head4[hash4(four)];
	uint16_t before = *head;

	d->chain[at % WINDOW] = before;
	*head = (uint16_t)at;
	return before;
}

/* Remember the places from @at on, without looking for anything. */
static inline void enter_all(struct mun_deflate12 *d, uint32_t at, uint32_t end)
{
	for (; at < end; at++) {
		uint32_t four = load32(d->in + at);

		(void)enter(d, at, four);
		d->head3[hash3(four)] = (uint16_t)at;
	}
}

/* Follow the chain for a match that is longer than @m->length, at least 3. */
static inline void search(const struct mun_deflate12 *d, uint32_t at,
			  uint16_t place, int depth, struct match *m)
{
	const uint8_t *p = d->in + at;
	uint32_t reach = MUN_MIN(at, WINDOW);
	uint32_t max = MUN_MIN(d->len - at, MUN_DEFLATE_LENGTH_MAX);
	uint32_t enough = MUN_MIN(max, GOOD_ENOUGH);
	uint32_t best = m->length;
	uint32_t before = 0;
	uint32_t four = load32(p);
	uint32_t tail;

	if (best >= max)
		return;
	/* What is longer agrees in the byte behind the best, too. */
	tail = load32(p + best - 3);
	for (; depth > 0; depth--) {
		uint32_t distance = distance_to(at, place);
		const uint8_t *q = p - distance;

		if (distance <= before || distance > reach)
			break;
		if (!((load32(q + best - 3) ^ tail) | (load32(q) ^ four))) {
			uint32_t n = same_bytes(p, q, 4, max);

			if (n > best) {
				*m = (struct match){ n, distance };
				if (n >= enough)
					break;
				best = n;
				tail = load32(p + best - 3);
			}
		}
		before = distance;
		place = d->chain[(at - distance) % WINDOW];
	}
}

/* The best match at byte @at, where at least four bytes are left; its distance
 * is 0 if there is none. */
static inline struct match find(struct mun_deflate12 *d, uint32_t at)
{
	const uint8_t *p = d->in + at;
	uint32_t four = load32(p);
	uint16_t *head = &d->head3[hash3(four)];
	uint32_t distance = distance_to(at, *head);
	struct match m = { 3, 0 };

	*head = (uint16_t)at;
	if (distance && distance <= MUN_MIN(at, WINDOW) &&
	    !first_three(load32(p - distance) ^ four))
		m.distance = distance;
	search(d, at, enter(d, at, four), DEPTH, &m);
	return m;
}

static inline int32_t gain(struct match m)
{
	return (int32_t)(4 * m.length + (uint32_t)__builtin_clz(m.distance));
}

/* Is there a match at @at that is worth a literal more than @m? */
static inline bool find_better(struct mun_deflate12 *d, uint32_t at,
			       struct match *m)
{
	uint32_t four = load32(d->in + at);
	struct match next = { MUN_MAX(m->length - 1, 3u), 0 };

	d->head3[hash3(four)] = (uint16_t)at;
	search(d, at, enter(d, at, four), DEPTH_AHEAD, &next);
	if (!next.distance || gain(next) <= gain(*m) + 2)
		return false;
	*m = next;
	return true;
}

/* --- blocks ------------------------------------------------------------- */

/* n * log2(n) */
static inline uint64_t nlog(const struct mun_deflate12 *d, uint32_t n)
{
	unsigned int shift = 0;

	while (n >> shift >= LOGS)
		shift++;
	return (uint64_t)n * (d->log[n >> shift] + (shift << LOG_BITS));
}

/* Bits that the symbols take at best, with those of @more where it is given. */
static uint64_t entropy(const struct mun_deflate12 *d, const uint32_t *freq,
			const uint32_t *more, unsigned int n)
{
	uint64_t bits = 0;
	uint32_t sum = 0;

	for (unsigned int i = 0; i < n; i++) {
		uint32_t f = freq[i] + (more ? more[i] : 0);

		if (!f)
			continue;
		sum += f;
		bits += (uint64_t)HEADER_BITS_PER_SYMBOL << LOG_BITS;
		bits -= nlog(d, f);
	}
	return bits + nlog(d, sum);
}

/* But for the extra bits, which do not depend on where blocks end. */
static uint64_t block_cost(const struct mun_deflate12 *d,
			   const struct mun_frequencies *f,
			   const struct mun_frequencies *more)
{
	return ((uint64_t)HEADER_BITS << LOG_BITS) +
	       entropy(d, f->literal, more ? more->literal : NULL,
		       MUN_DEFLATE_LITERALS) +
	       entropy(d, f->distance, more ? more->distance : NULL,
		       MUN_DEFLATE_DISTANCES);
}

static void add_segment(struct mun_deflate12 *d)
{
	for (unsigned int i = 0; i < MUN_DEFLATE_LITERALS; i++)
		d->block.literal[i] += d->segment.literal[i];
	for (unsigned int i = 0; i < MUN_DEFLATE_DISTANCES; i++)
		d->block.distance[i] += d->segment.distance[i];
}

/* Write the block that ends at byte @to, behind its first @n sequences. */
static bool end_block(struct mun_deflate12 *d, uint32_t to, size_t n, bool last)
{
	const struct mun_block b = {
		.in = d->in + d->block_at,
		.bytes = to - d->block_at,
		.sequences = d->sequence,
		.nsequences = n,
		.freq = &d->block,
		.last = last,
	};

	if (!mun_block_write(&d->coder, &b, &d->bits))
		return false;
	d->nsequences -= n;
	memmove(d->sequence, d->sequence + n,
		d->nsequences * sizeof(d->sequence[0]));
	d->block_at = to;
	return true;
}

/* Into the block with the segment; or if they have too little in common, begin
 * a new block with it. */
static bool join_segment(struct mun_deflate12 *d)
{
	uint64_t alone = block_cost(d, &d->segment, NULL);
	uint64_t together;

	if (d->segment_at > d->block_at) {
		together = block_cost(d, &d->block, &d->segment);
		if (together <= d->block_cost + alone) {
			d->block_cost = together;
			add_segment(d);
			return true;
		}
		if (!end_block(d, d->segment_at, d->segment_sequence, false))
			return false;
	}
	d->block_cost = alone;
	d->block = d->segment;
	return true;
}

static inline void add_sequence(struct mun_deflate12 *d, uint32_t at,
				struct match m)
{
	struct mun_sequence *s = &d->sequence[d->nsequences++];
	unsigned int slot = mun_deflate_slot(m.distance);

	*s = (struct mun_sequence){
		.literals = (uint16_t)(at - d->run_at),
		.distance = (uint16_t)m.distance,
		.length = (uint8_t)(m.length - MUN_DEFLATE_LENGTH_MIN),
		.slot = (uint8_t)slot,
	};
	d->segment.literal[mun_deflate_length_symbol(s->length)]++;
	d->segment.distance[slot]++;
	d->run_at = at + m.length;
}

/* The segment ends at byte @at; false where the output has no more room. */
static bool end_segment(struct mun_deflate12 *d, uint32_t at)
{
	bool last = at == d->len;

	d->sequence[d->nsequences++] = (struct mun_sequence){
		.literals = (uint16_t)(at - d->run_at),
	};
	d->run_at = at;
	if (!join_segment(d))
		return false;
	memset(&d->segment, 0, sizeof(d->segment));
	if ((last || d->nsequences > SEQUENCES - SEGMENT_SEQUENCES) &&
	    !end_block(d, at, d->nsequences, last))
		return false;
	d->segment_at = at;
	d->segment_sequence = d->nsequences;
	return true;
}

/* --- the whole ---------------------------------------------------------- */

/* From @at to the next literal that cannot be part of the match there; @end is
 * where fewer than four bytes are left. */
static inline uint32_t step(struct mun_deflate12 *d, uint32_t at, uint32_t end)
{
	struct match m = find(d, at);
	uint32_t to;

	if (!m.distance) {
		d->segment.literal[d->in[at]]++;
		return at + 1;
	}
	while (m.length < LOOK_AHEAD_BELOW && at + 1 < end) {
		if (!find_better(d, at + 1, &m)) {
			to = at + m.length;
			add_sequence(d, at, m);
			enter_all(d, at + 2, MUN_MIN(to, end));
			return to;
		}
		d->segment.literal[d->in[at]]++;
		at++;
	}
	to = at + m.length;
	add_sequence(d, at, m);
	enter_all(d, at + 1, MUN_MIN(to, end));
	return to;
}

static bool compress(struct mun_deflate12 *d)
{
	uint32_t end = d->len < 4 ? 0 : d->len - 3;
	uint32_t at = 0;

	while (at < end) {
		uint32_t stop = MUN_MIN(at + SEGMENT, end);

		while (at < stop)
			at = step(d, at, end);
		if (at < end && !end_segment(d, at))
			return false;
	}
	while (at < d->len)
		d->segment.literal[d->in[at++]]++;
	return end_segment(d, at) && mun_bits_finish(&d->bits);
}

#define SAMPLED_FROM 16384u /* bytes; of shorter ones all are looked at */
#define SAMPLE_EVERY 4096u
#define SAMPLE 512u

/* Less than this many 256ths of a bit a byte is worth the trouble. */
#define FLAT 2028u /* 7.92 bits */

/* Are the bytes as frequent as those of compressed data are? */
static bool is_flat(const struct mun_deflate12 *d)
{
	uint32_t freq[256] = { 0 };
	uint32_t every = d->len < SAMPLED_FROM ? SAMPLE : SAMPLE_EVERY;
	uint64_t bits = 0;
	uint32_t n = 0;

	for (uint32_t at = 0; at + SAMPLE <= d->len; at += every) {
		for (uint32_t i = 0; i < SAMPLE; i++)
			freq[d->in[at + i]]++;
		n += SAMPLE;
	}
	for (unsigned int i = 0; i < 256; i++)
		bits += freq[i] ? nlog(d, freq[i]) : 0;
	return nlog(d, n) - bits > (uint64_t)n * FLAT;
}

/* ... and do hardly any four of them return? */
static bool is_new(struct mun_deflate12 *d)
{
	uint32_t most = d->len / 512;
	uint32_t seen = 0;

	for (uint32_t at = 0; at + 4 <= d->len && seen <= most; at += 2) {
		uint32_t four = load32(d->in + at);
		uint16_t *head = &d->head4[hash4(four)];
		uint32_t distance = distance_to(at, *head);

		if (distance && distance <= MUN_MIN(at, WINDOW) &&
		    load32(d->in + at - distance) == four)
			seen++;
		*head = (uint16_t)at;
	}
	return seen <= most;
}

#define HOPELESS_FROM 4096u

static bool is_hopeless(struct mun_deflate12 *d)
{
	memset(d->head4, 0, sizeof(d->head4));
	return d->len >= HOPELESS_FROM && is_flat(d) && is_new(d);
}

size_t mun_deflate12(struct mun_deflate12 *d, const void *in, size_t len,
		     void *out, size_t room)
{
	if (len > MUN_DEFLATE12_MAX)
		return 0;
	d->in = in;
	d->len = (uint32_t)len;
	d->bits = (struct mun_bits){
		.next = out,
		.end = (uint8_t *)out + room,
	};
	if (room < len && is_hopeless(d))
		return 0;
	d->run_at = d->block_at = d->segment_at = 0;
	d->nsequences = d->segment_sequence = 0;
	memset(d->head4, 0, sizeof(d->head4));
	memset(d->head3, 0, sizeof(d->head3));
	memset(d->chain, 0, sizeof(d->chain));
	memset(&d->segment, 0, sizeof(d->segment));
	return compress(d) ? (size_t)(d->bits.next - (uint8_t *)out) : 0;
}

/* log2(@n) in whole numbers, so that every machine splits blocks alike: each
 * squaring of what is left of it, in [1, 2), shows one more bit. */
static uint16_t log_of(uint32_t n)
{
	unsigned int whole = 31u - (unsigned int)__builtin_clz(n);
	uint64_t rest = (uint64_t)n << (31 - whole);
	unsigned int log = whole;

	for (unsigned int i = 0; i < LOG_BITS; i++) {
		rest = rest * rest >> 31;
		log = log << 1 | (unsigned int)(rest >> 32);
		rest >>= rest >> 32;
	}
	return (uint16_t)log;
}

int mun_deflate12_new(struct mun_deflate12 **out, struct mun_err *e)
{
	struct mun_deflate12 *d = calloc(1, sizeof(*d));

	if (!d)
		return mun_fail_nomem(e, "deflate");
	mun_block_coder_init(&d->coder);
	for (uint32_t i = 1; i < LOGS; i++)
		d->log[i] = log_of(i);
	*out = d;
	return 0;
}

void mun_deflate12_free(struct mun_deflate12 *d)
{
	free(d);
}
