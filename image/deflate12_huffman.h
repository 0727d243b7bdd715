/* SPDX-License-Identifier: Apache-2.0 */
/* image/deflate12_huffman.h - prefix codes of limited length for deflate */
#ifndef MUN_IMAGE_DEFLATE12_HUFFMAN_H
#define MUN_IMAGE_DEFLATE12_HUFFMAN_H

#include <stdint.h>

#define MUN_HUFFMAN_SYMBOLS 288u
#define MUN_HUFFMAN_BITS 15u

/* Codes stand as deflate writes them: first bit lowest. */
struct mun_huffman {
	uint16_t code[MUN_HUFFMAN_SYMBOLS];
	uint8_t bits[MUN_HUFFMAN_SYMBOLS]; /* 0: the symbol has no code */
};

/**
 * mun_huffman_build() - lengths that suit @freq, and their codes
 * @freq:  of @n symbols, at most MUN_HUFFMAN_SYMBOLS; their sum fits in 31 bits
 * @limit: no code is longer; @n <= 1 << @limit <= 1 << MUN_HUFFMAN_BITS
 *
 * A single used symbol gets one bit, and a neighbour another, so that the code
 * is complete: old inflaters refuse one that is not.
 */
void mun_huffman_build(struct mun_huffman *h, const uint32_t *freq,
		       unsigned int n, unsigned int limit);

/* Codes for the lengths that stand in @h->bits (RFC 1951, 3.2.2). */
void mun_huffman_assign(struct mun_huffman *h, unsigned int n);

#endif
