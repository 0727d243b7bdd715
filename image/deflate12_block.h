/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/deflate12_block.h - one block of deflate from literals and matches
 *
 * For image/deflate12.c only.
 */
#ifndef MUN_IMAGE_DEFLATE12_BLOCK_H
#define MUN_IMAGE_DEFLATE12_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/deflate12_huffman.h"

#define MUN_DEFLATE_LENGTH_MIN 3u
#define MUN_DEFLATE_LENGTH_MAX 258u

#define MUN_DEFLATE_LITERALS 286u /* with the end of block and lengths */
#define MUN_DEFLATE_DISTANCES 30u
#define MUN_DEFLATE_END 256u

/* Literals as they stand in the input, then a match. */
struct mun_sequence {
	uint16_t literals;
	uint16_t distance; /* 0: no match follows */
	uint8_t length; /* less MUN_DEFLATE_LENGTH_MIN */
	uint8_t slot; /* of the distance */
};

struct mun_frequencies {
	uint32_t literal[MUN_DEFLATE_LITERALS];
	uint32_t distance[MUN_DEFLATE_DISTANCES];
};

/* Bits that have no byte of their own yet, and where bytes go. */
struct mun_bits {
	uint64_t held;
	unsigned int n; /* in @held; below 8 between blocks */
	uint8_t *next;
	uint8_t *end;
};

struct mun_block {
	const uint8_t *in;
	size_t bytes;
	const struct mun_sequence *sequences;
	size_t nsequences;
	struct mun_frequencies *freq; /* without the end of block */
	bool last;
};

/* Tables that are made anew for each block. */
struct mun_block_coder {
	struct mun_huffman literal;
	struct mun_huffman distance;
	struct mun_huffman fixed_literal;
	struct mun_huffman fixed_distance;
	uint32_t literal_entry[MUN_DEFLATE_END + 1];
	uint32_t length_entry[256];
	uint32_t distance_entry[MUN_DEFLATE_DISTANCES];
};

/* The codes that are the same for every block. */
void mun_block_coder_init(struct mun_block_coder *c);

/* Lengths are given less MUN_DEFLATE_LENGTH_MIN: four symbols for each number
 * of extra bits, but the first eight have none, and 258 has a symbol of its
 * own. */
static inline unsigned int mun_deflate_length_extra(unsigned int length)
{
	if (length < 8 || length == 255)
		return 0;
	return 29u - (unsigned int)__builtin_clz(length);
}

/* The symbol of a length, given likewise. */
static inline unsigned int mun_deflate_length_symbol(unsigned int length)
{
	unsigned int extra = mun_deflate_length_extra(length);

	if (length == 255)
		return 285;
	return 257 + 4 * extra + (length >> extra);
}

/* The symbol of a distance, from 1. */
static inline unsigned int mun_deflate_slot(unsigned int distance)
{
	unsigned int d = distance - 1;
	unsigned int top;

	if (d < 2)
		return d;
	top = 31u - (unsigned int)__builtin_clz(d);
	return 2 * top + (d >> (top - 1) & 1);
}

/**
 * mun_block_write() - in the shortest of the three forms there are
 *
 * Return: false where it does not fit in what @bits has room for.
 */
bool mun_block_write(struct mun_block_coder *c, const struct mun_block *b,
		     struct mun_bits *bits);

/* Give the last bits a byte; false where there is no room for it. */
bool mun_bits_finish(struct mun_bits *bits);

#endif
