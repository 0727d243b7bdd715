/* SPDX-License-Identifier: Apache-2.0 */
/* image/deflate12.c - raw deflate whose matches reach back 4096 bytes at most */
#include "image/deflate12.h"

#include "core/check.h"
#include "image/deflate12_split.h"

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

struct mun_deflate12 {
	uint16_t head4[1u << HASH4_BITS]; /* last place of four bytes */
	uint16_t head3[1u << HASH3_BITS];
	uint16_t chain[WINDOW]; /* the place before each place */
	const uint8_t *in;
	uint32_t len;
	struct mun_split split;
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

/* --- the whole ---------------------------------------------------------- */

/* From @at to the next literal that cannot be part of the match there; @end is
 * where fewer than four bytes are left. */
static inline uint32_t step(struct mun_deflate12 *d, uint32_t at, uint32_t end)
{
	struct match m = find(d, at);
	uint32_t to;

	if (!m.distance) {
		mun_split_literal(&d->split, at);
		return at + 1;
	}
	while (m.length < LOOK_AHEAD_BELOW && at + 1 < end) {
		if (!find_better(d, at + 1, &m)) {
			to = at + m.length;
			mun_split_match(&d->split, at, m.length, m.distance);
			enter_all(d, at + 2, MUN_MIN(to, end));
			return to;
		}
		mun_split_literal(&d->split, at);
		at++;
	}
	to = at + m.length;
	mun_split_match(&d->split, at, m.length, m.distance);
	enter_all(d, at + 1, MUN_MIN(to, end));
	return to;
}

static bool compress(struct mun_deflate12 *d)
{
	uint32_t end = d->len < 4 ? 0 : d->len - 3;
	uint32_t at = 0;

	while (at < end) {
		uint32_t stop = MUN_MIN(at + MUN_SPLIT_SEGMENT, end);

		while (at < stop)
			at = step(d, at, end);
		if (at < end && !mun_split_segment(&d->split, at))
			return false;
	}
	while (at < d->len)
		mun_split_literal(&d->split, at++);
	return mun_split_segment(&d->split, at) &&
	       mun_bits_finish(&d->split.bits);
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
		bits += freq[i] ? mun_split_nlog(&d->split, freq[i]) : 0;
	return mun_split_nlog(&d->split, n) - bits > (uint64_t)n * FLAT;
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
	mun_split_begin(&d->split, in, d->len, out, room);
	if (room < len && is_hopeless(d))
		return 0;
	memset(d->head4, 0, sizeof(d->head4));
	memset(d->head3, 0, sizeof(d->head3));
	memset(d->chain, 0, sizeof(d->chain));
	return compress(d) ? (size_t)(d->split.bits.next - (uint8_t *)out) : 0;
}

int mun_deflate12_new(struct mun_deflate12 **out, struct mun_err *e)
{
	struct mun_deflate12 *d = calloc(1, sizeof(*d));

	if (!d)
		return mun_fail_nomem(e, "deflate");
	mun_split_init(&d->split);
	*out = d;
	return 0;
}

void mun_deflate12_free(struct mun_deflate12 *d)
{
	free(d);
}
