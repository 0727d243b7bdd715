/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/gf16_int.h - what gf16.c and its kernels share */
#ifndef MUN_FIXITY_GF16_INT_H
#define MUN_FIXITY_GF16_INT_H

#include "fixity/gf16.h"

#define MUN_GF16_HALF (MUN_GF16_UNIT / 2) /* bytes of one plane of a unit */
#define MUN_GF16_TABLES 128u /* bytes of mun_gf16_nibbles() */

/* c times x^k for k = 0..15. */
void mun_gf16_powers(uint16_t c, uint16_t out[static 16]);

/**
 * mun_gf16_nibbles() - products of @c with each value of each nibble
 * @out: MUN_GF16_TABLES bytes: for each of the four nibbles of a word, lowest
 *       first, 16 low bytes of products, then 16 high ones
 */
void mun_gf16_nibbles(uint16_t c, void *out);

extern const struct mun_gf16_kernel mun_gf16_portable;

#if defined(__x86_64__)
extern const struct mun_gf16_kernel mun_gf16_gfni;
extern const struct mun_gf16_kernel mun_gf16_avx2;
extern const struct mun_gf16_kernel mun_gf16_ssse3;
#endif

#endif
