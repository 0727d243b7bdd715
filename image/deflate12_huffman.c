/* SPDX-License-Identifier: Apache-2.0 */
/* image/deflate12_huffman.c - prefix codes of limited length for deflate */
#include "image/deflate12_huffman.h"

#include <string.h>

/* A used symbol while it is sorted: frequency above, number below. */
#define SYMBOL_BITS 9u
#define SYMBOL_MASK ((1u << SYMBOL_BITS) - 1)

#define DIGIT_BITS 8u
#define DIGITS (1u << DIGIT_BITS)

struct sorter {
	uint64_t a[MUN_HUFFMAN_SYMBOLS];
	uint64_t b[MUN_HUFFMAN_SYMBOLS];
};

/* One stable pass over the digit at @shift. */
static void sort_by_digit(const uint64_t *from, uint64_t *to, unsigned int n,
			  unsigned int shift)
{
	uint16_t at[DIGITS] = { 0 };
	uint16_t sum = 0;

	for (unsigned int i = 0; i < n; i++)
		at[from[i] >> shift & (DIGITS - 1)]++;
	for (unsigned int i = 0; i < DIGITS; i++) {
		uint16_t count = at[i];

		at[i] = sum;
		sum = (uint16_t)(sum + count);
	}
	for (unsigned int i = 0; i < n; i++)
		to[at[from[i] >> shift & (DIGITS - 1)]++] = from[i];
}

/* Used symbols by rising frequency, then number; how many there are. */
static unsigned int sort_symbols(struct sorter *s, const uint32_t *freq,
				 unsigned int n, const uint64_t **out)
{
	uint64_t *from = s->a;
	uint64_t *to = s->b;
	unsigned int used = 0;
	uint32_t most = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (!freq[i])
			continue;
		from[used++] = (uint64_t)freq[i] << SYMBOL_BITS | i;
		most |= freq[i];
	}
	for (unsigned int shift = SYMBOL_BITS; most; most >>= DIGIT_BITS) {
		uint64_t *old = from;

		sort_by_digit(from, to, used, shift);
		from = to;
		to = old;
		shift += DIGIT_BITS;
	}
	*out = from;
	return used;
}

/*
 * How deep each leaf of a Huffman tree lies, counted per depth.  Leaves come
 * sorted, and inner nodes come to be in rising order of weight, so the two
 * lightest nodes are always at the heads of these two queues.
 */
static void count_depths(const uint64_t *leaves, unsigned int n,
			 unsigned int *count, unsigned int limit)
{
	uint32_t weight[MUN_HUFFMAN_SYMBOLS];
	uint16_t leaf_parent[MUN_HUFFMAN_SYMBOLS];
	uint16_t parent[MUN_HUFFMAN_SYMBOLS];
	uint16_t depth[MUN_HUFFMAN_SYMBOLS];
	unsigned int leaf = 0;
	unsigned int node = 0;

	for (unsigned int made = 0; made < n - 1; made++) {
		uint32_t sum = 0;

		for (int child = 0; child < 2; child++) {
			uint32_t w = leaf < n ? (uint32_t)(leaves[leaf] >>
							   SYMBOL_BITS)
					      : UINT32_MAX;

			if (node < made && weight[node] < w) {
				sum += weight[node];
				parent[node++] = (uint16_t)made;
			} else {
				sum += w;
				leaf_parent[leaf++] = (uint16_t)made;
			}
		}
		weight[made] = sum;
	}
	depth[n - 2] = 0;
	for (unsigned int i = n - 2; i-- > 0;)
		depth[i] = (uint16_t)(depth[parent[i]] + 1);
	for (unsigned int i = 0; i < n; i++) {
		unsigned int at = depth[leaf_parent[i]] + 1u;

		count[at < limit ? at : limit]++;
	}
}

/*
 * Leaves that were too deep now lie at the limit, where there is not room for
 * all of them: make room by moving a higher leaf down one step, next to one of
 * those that had none.
 */
static void make_room(unsigned int *count, unsigned int limit)
{
	uint32_t room = UINT32_C(1) << limit;
	uint32_t taken = 0;

	for (unsigned int i = 1; i <= limit; i++)
		taken += count[i] << (limit - i);
	for (; taken > room; taken--) {
		unsigned int at = limit - 1;

		while (!count[at])
			at--;
		count[at]--;
		count[at + 1] += 2;
		count[limit]--;
	}
}

static uint16_t reversed(unsigned int code, unsigned int bits)
{
	code = (code & 0x5555) << 1 | (code >> 1 & 0x5555);
	code = (code & 0x3333) << 2 | (code >> 2 & 0x3333);
	code = (code & 0x0f0f) << 4 | (code >> 4 & 0x0f0f);
	code = (code & 0x00ff) << 8 | (code >> 8 & 0x00ff);
	return (uint16_t)(code >> (16 - bits));
}

void mun_huffman_assign(struct mun_huffman *h, unsigned int n)
{
	unsigned int next[MUN_HUFFMAN_BITS + 2] = { 0 };
	unsigned int count[MUN_HUFFMAN_BITS + 1] = { 0 };

	for (unsigned int i = 0; i < n; i++)
		count[h->bits[i]]++;
	count[0] = 0;
	for (unsigned int i = 1; i <= MUN_HUFFMAN_BITS; i++)
		next[i + 1] = (next[i] + count[i]) << 1;
	for (unsigned int i = 0; i < n; i++) {
		if (h->bits[i])
			h->code[i] = reversed(next[h->bits[i]]++, h->bits[i]);
	}
}

void mun_huffman_build(struct mun_huffman *h, const uint32_t *freq,
		       unsigned int n, unsigned int limit)
{
	unsigned int count[MUN_HUFFMAN_BITS + 1] = { 0 };
	struct sorter sorter = { .a = { 0 } };
	const uint64_t *leaves;
	unsigned int used = sort_symbols(&sorter, freq, n, &leaves);

	memset(h->bits, 0, n);
	if (used < 2) {
		unsigned int only = used ? leaves[0] & SYMBOL_MASK : 0;

		h->bits[only] = 1;
		h->bits[only ? 0 : 1] = 1;
	} else {
		count_depths(leaves, used, count, limit);
		make_room(count, limit);
		for (unsigned int bits = limit; bits > 0; bits--) {
			while (count[bits]-- > 0)
				h->bits[*leaves++ & SYMBOL_MASK] =
					(uint8_t)bits;
		}
	}
	mun_huffman_assign(h, n);
}
