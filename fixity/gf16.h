/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/gf16.h - the field GF(2^16) of PAR2, and sums of products over regions
 *
 * Polynomials over GF(2) modulo x^16 + x^12 + x^3 + x + 1 (0x1100B); bit k of a
 * word is the coefficient of x^k, words are little-endian on disk.  All of it
 * may be called by any number of threads.
 *
 * Regions are worked on in planes: of each 64 words (MUN_GF16_UNIT bytes) first
 * the 64 low bytes, then the 64 high ones.  So every kernel deals with whole
 * registers of one kind of byte.
 */
#ifndef MUN_FIXITY_GF16_H
#define MUN_FIXITY_GF16_H

#include <stddef.h>
#include <stdint.h>

#define MUN_GF16_UNIT 128u /* bytes; regions are multiples of it */

/* The product. */
uint16_t mun_gf16_mul(uint16_t a, uint16_t b);

/* @base to the power of @exponent; 1 for exponent 0. */
uint16_t mun_gf16_pow(uint16_t base, uint32_t exponent);

/* The inverse of @a, which is not 0. */
uint16_t mun_gf16_inverse(uint16_t a);

/**
 * mun_gf16_bases() - the constants that PAR2 gives to input slices
 * @out: @n of them
 *
 * Slice i has 2 to the i-th exponent that 3, 5, 17 and 257 do not divide: so
 * each is of order 65535 (specification, "Reed-Solomon").  @n is 32768 at most.
 */
void mun_gf16_bases(uint16_t *out, uint32_t n);

/* Into planes: @bytes of @in, then zeros up to @room, a multiple of
 * MUN_GF16_UNIT. */
void mun_gf16_split(uint8_t *out, size_t room, const uint8_t *in, size_t bytes);

/* Out of planes, in place; @bytes is a multiple of MUN_GF16_UNIT. */
void mun_gf16_join(uint8_t *data, size_t bytes);

/* Word @i of a region in planes. */
uint16_t mun_gf16_word(const uint8_t *planes, size_t i);
void mun_gf16_set_word(uint8_t *planes, size_t i, uint16_t v);

struct mun_gf16_kernel {
	const char *name; /* "gfni", "avx2", "ssse3", "portable" */
	size_t factor_bytes; /* of one factor as the kernel wants it */
	size_t tile; /* bytes of a region that are best worked on at once */
	void (*factor)(uint16_t c, void *out);
	/**
	 * muladd() - out[o] += sum over i of factor[o][i] * in[i]
	 * @out, @nout, @out_stride: regions in planes, this many bytes apart
	 * @in, @nin, @in_stride:    likewise; none may overlap an output
	 * @factors: of factor(), row by row; rows @factor_stride bytes apart
	 * @bytes:   of each region, a multiple of MUN_GF16_UNIT
	 */
	void (*muladd)(uint8_t *out, size_t nout, size_t out_stride,
		       const uint8_t *in, size_t nin, size_t in_stride,
		       const uint8_t *factors, size_t factor_stride,
		       size_t bytes);
};

/* The kernel of that name; NULL where this processor cannot run it. */
const struct mun_gf16_kernel *mun_gf16_find(const char *name);

/**
 * mun_gf16_kernel() - the fastest that this processor has
 *
 * $MUNIMENT_GF16 names another, if the processor can run it.  A kernel whose
 * answers to a small known problem are wrong is never taken.
 */
const struct mun_gf16_kernel *mun_gf16_kernel(void);

#endif
