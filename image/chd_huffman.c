/* SPDX-License-Identifier: Apache-2.0 */
/* image/chd_huffman.c - prefix codes of CHD maps and of its codec huff */
#include "image/fmt_chd.h"

#include "core/bytes.h"
#include "core/check.h"

#include <stdlib.h>
#include <string.h>

/* Near the end bit by bit: zeros follow it. */
static uint32_t take_slowly(struct mun_chd_bits *b, unsigned int n)
{
	uint32_t v = 0;

	for (; n; n--, b->at++) {
		uint64_t byte = b->at / 8;
		uint32_t bit = 0;

		if (byte < b->len)
			bit = (uint32_t)b->data[byte] >> (7 - b->at % 8) & 1u;
		v = v << 1 | bit;
	}
	return v;
}

uint32_t mun_chd_bits_take(struct mun_chd_bits *b, unsigned int n)
{
	uint64_t byte = b->at / 8;
	uint64_t v;

	if (!n || byte >= b->len || b->len - byte < 8)
		return take_slowly(b, n);
	v = mun_be64(b->data + byte) << b->at % 8;
	b->at += n;
	return (uint32_t)(v >> (64 - n));
}

/* Codes of one length follow each other, the longest ones from zero on. */
static int first_codes(const struct mun_chd_huffman *h, uint32_t first[33],
		       struct mun_err *e)
{
	uint32_t start = 0;

	memset(first, 0, 33 * sizeof(*first));
	for (unsigned int i = 0; i < h->symbols; i++)
		first[h->lengths[i]]++;
	for (unsigned int len = 32; len > 0; len--) {
		uint32_t next = (start + first[len]) >> 1;

		if (len != 1 && next * 2 != start + first[len])
			return mun_fail(e, MUN_ECORRUPT,
					"a prefix code that is not whole");
		first[len] = start;
		start = next;
	}
	return 0;
}

static int make_table(struct mun_chd_huffman *h, struct mun_err *e)
{
	size_t size = (size_t)1 << h->bits;
	uint32_t first[33];
	int rc = first_codes(h, first, e);

	if (rc)
		return rc;
	h->table = calloc(size, sizeof(*h->table));
	if (!h->table)
		return mun_fail_nomem(e, "prefix code");
	for (unsigned int i = 0; i < h->symbols; i++) {
		unsigned int len = h->lengths[i];
		size_t from;
		size_t n;

		if (!len)
			continue;
		n = (size_t)1 << (h->bits - len);
		from = (size_t)first[len]++ * n;
		if (from > size || n > size - from)
			return mun_fail(e, MUN_ECORRUPT,
					"a prefix code with too many words");
		for (size_t k = 0; k < n; k++)
			h->table[from + k] = (uint16_t)(i << 5 | len);
	}
	return 0;
}

/* @times the length @len from symbol *@at on. */
static int put_lengths(struct mun_chd_huffman *h, unsigned int *at,
		       uint32_t len, uint32_t times, struct mun_err *e)
{
	if (len > h->bits || times > h->symbols - *at)
		return mun_fail(e, MUN_ECORRUPT,
				"a prefix code with wrong lengths");
	memset(h->lengths + *at, (int)len, times);
	*at += times;
	return 0;
}

int mun_chd_huffman_rle(struct mun_chd_huffman *h, struct mun_chd_bits *b,
			struct mun_err *e)
{
	unsigned int n = h->bits >= 16 ? 5 : h->bits >= 8 ? 4 : 3;
	unsigned int at = 0;
	int rc = 0;

	while (!rc && at < h->symbols) {
		uint32_t len = mun_chd_bits_take(b, n);
		uint32_t times = 1;

		/* A 1 is the mark of a run; twice, it is a 1. */
		if (len == 1) {
			len = mun_chd_bits_take(b, n);
			if (len != 1)
				times = mun_chd_bits_take(b, n) + 3;
		}
		rc = put_lengths(h, &at, len, times, e);
		if (!rc && mun_chd_bits_past(b))
			rc = mun_fail(e, MUN_ECORRUPT,
				      "a prefix code that is cut off");
	}
	return rc ? rc : make_table(h, e);
}

/* The lengths of the code that codes the lengths. */
static int small_lengths(struct mun_chd_huffman *small, struct mun_chd_bits *b,
			 struct mun_err *e)
{
	unsigned int start;

	small->lengths[0] = (uint8_t)mun_chd_bits_take(b, 3);
	start = mun_chd_bits_take(b, 3) + 1;
	for (unsigned int i = 1; i < 24; i++) {
		uint32_t len = 0;

		if (i >= start) {
			len = mun_chd_bits_take(b, 3);
			if (len == 7) {
				/* The rest has no code. */
				break;
			}
		}
		small->lengths[i] = (uint8_t)len;
	}
	return make_table(small, e);
}

static unsigned int bits_for(unsigned int n)
{
	unsigned int bits = 0;

	while (n > 1u << bits)
		bits++;
	return bits;
}

int mun_chd_huffman_tree(struct mun_chd_huffman *h, struct mun_chd_bits *b,
			 struct mun_err *e)
{
	struct mun_chd_huffman small = { .bits = 6, .symbols = 24 };
	unsigned int long_bits = bits_for(h->symbols - 9);
	unsigned int at = 0;
	uint32_t last = 0;
	int rc = small_lengths(&small, b, e);

	while (!rc && at < h->symbols) {
		uint32_t v = mun_chd_huffman_next(&small, b);
		uint32_t times = 1;

		if (v) {
			last = v - 1;
		} else {
			times = mun_chd_bits_take(b, 3) + 2;
			if (times == 9)
				times += mun_chd_bits_take(b, long_bits);
		}
		/* A run beyond the end is the end. */
		rc = put_lengths(h, &at, last, MUN_MIN(times, h->symbols - at),
				 e);
		if (!rc && mun_chd_bits_past(b))
			rc = mun_fail(e, MUN_ECORRUPT,
				      "a prefix code that is cut off");
	}
	mun_chd_huffman_clear(&small);
	return rc ? rc : make_table(h, e);
}

uint32_t mun_chd_huffman_next(const struct mun_chd_huffman *h,
			      struct mun_chd_bits *b)
{
	uint64_t at = b->at;
	uint16_t word = h->table[mun_chd_bits_take(b, h->bits)];

	/* No code begins like this: what is read is seen to be wrong by its
	 * checksum, and the bits do run out. */
	b->at = at + (word & 31u ? word & 31u : h->bits);
	return word >> 5;
}

void mun_chd_huffman_clear(struct mun_chd_huffman *h)
{
	free(h->table);
	h->table = NULL;
}
