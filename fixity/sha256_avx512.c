/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/sha256_avx512.c - SHA-256 of sixteen messages, with AVX-512 F and BW */
#include "fixity/sha256_paths.h"

#include <immintrin.h>

#define LANES 16u
#define TARGET __attribute__((target("avx512f,avx512bw")))
#define INLINE TARGET __attribute__((always_inline)) static inline

typedef __m512i vec;

/* Macros, as the counts have to be constants even where nothing is inlined. */
#define v_rotr(x, n) _mm512_ror_epi32((x), (n))
#define v_shr(x, n) _mm512_srli_epi32((x), (n))
#define v_set1(x) _mm512_set1_epi32((int)(x))
#define v_add(x, y) _mm512_add_epi32((x), (y))
/* The last argument is the truth table. */
#define v_xor3(x, y, z) _mm512_ternarylogic_epi32((x), (y), (z), 0x96)
#define v_ch(x, y, z) _mm512_ternarylogic_epi32((x), (y), (z), 0xca)
#define v_maj(x, y, z) _mm512_ternarylogic_epi32((x), (y), (z), 0xe8)
#define v_store(p, x) _mm512_storeu_si512((p), (x))

/* Row @i, column @j becomes row @j, column @i: words within 128 bits first,
 * then the quarters. */
INLINE void transpose(vec r[16])
{
	vec t[16];

#pragma GCC unroll 8
	for (int i = 0; i < 16; i += 2) {
		t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
		t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
	}
#pragma GCC unroll 4
	for (int i = 0; i < 16; i += 4) {
		r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
		r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
		r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
		r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
	}
#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		t[0] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
		t[1] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
		t[2] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
		t[3] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
		r[i] = _mm512_shuffle_i32x4(t[0], t[2], 0x88);
		r[i + 4] = _mm512_shuffle_i32x4(t[1], t[3], 0x88);
		r[i + 8] = _mm512_shuffle_i32x4(t[0], t[2], 0xdd);
		r[i + 12] = _mm512_shuffle_i32x4(t[1], t[3], 0xdd);
	}
}

INLINE void load_block(const uint8_t *const at[LANES], size_t off, vec w[16])
{
	const vec swap = _mm512_broadcast_i32x4(
		_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));

#pragma GCC unroll 16
	for (unsigned int j = 0; j < LANES; j++)
		w[j] = _mm512_shuffle_epi8(_mm512_loadu_si512(at[j] + off),
					   swap);
	transpose(w);
}

#include "fixity/sha256_wide.h"

/* Asks the system too, whether it keeps these registers. */
static bool can(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("avx512bw");
}

const struct mun_sha256_path mun_sha256_avx512 = {
	.name = "avx512",
	.can = can,
	.hash = hash,
	.lanes = LANES,
	.worth_alone = 5,
	.worth_beside = 11,
};
