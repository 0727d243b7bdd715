/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/sha256_avx2.c - SHA-256 of eight messages, with AVX2 */
#include "fixity/sha256_paths.h"

#include <immintrin.h>

#define LANES 8u
#define TARGET __attribute__((target("avx2")))
#define INLINE TARGET __attribute__((always_inline)) static inline

typedef __m256i vec;

/* Macros, as the counts have to be constants even where nothing is inlined. */
#define v_shr(x, n) _mm256_srli_epi32((x), (n))
#define v_rotr(x, n) \
	_mm256_or_si256(_mm256_srli_epi32((x), (n)), \
			_mm256_slli_epi32((x), 32 - (n)))
#define v_set1(x) _mm256_set1_epi32((int)(x))
#define v_add(x, y) _mm256_add_epi32((x), (y))
#define v_xor(x, y) _mm256_xor_si256((x), (y))
#define v_xor3(x, y, z) v_xor((x), v_xor((y), (z)))
#define v_ch(x, y, z) v_xor((z), _mm256_and_si256((x), v_xor((y), (z))))
#define v_maj(x, y, z) \
	_mm256_or_si256(_mm256_and_si256((x), (y)), \
			_mm256_and_si256((z), _mm256_or_si256((x), (y))))
#define v_store(p, x) _mm256_storeu_si256((__m256i *)(void *)(p), (x))

/* Row @i, column @j becomes row @j, column @i: words within 128 bits first,
 * then the halves. */
INLINE void transpose(vec r[8])
{
	vec t[8];

#pragma GCC unroll 4
	for (int i = 0; i < 8; i += 2) {
		t[i] = _mm256_unpacklo_epi32(r[i], r[i + 1]);
		t[i + 1] = _mm256_unpackhi_epi32(r[i], r[i + 1]);
	}
#pragma GCC unroll 2
	for (int i = 0; i < 8; i += 4) {
		r[i] = _mm256_unpacklo_epi64(t[i], t[i + 2]);
		r[i + 1] = _mm256_unpackhi_epi64(t[i], t[i + 2]);
		r[i + 2] = _mm256_unpacklo_epi64(t[i + 1], t[i + 3]);
		r[i + 3] = _mm256_unpackhi_epi64(t[i + 1], t[i + 3]);
	}
#pragma GCC unroll 4
	for (int i = 0; i < 4; i++) {
		t[0] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x20);
		r[i + 4] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x31);
		r[i] = t[0];
	}
}

INLINE void load_block(const uint8_t *const at[LANES], size_t off, vec w[16])
{
	const vec swap = _mm256_broadcastsi128_si256(
		_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));

#pragma GCC unroll 2
	for (unsigned int half = 0; half < 16; half += 8) {
#pragma GCC unroll 8
		for (unsigned int j = 0; j < LANES; j++) {
			const uint8_t *p = at[j] + off + (size_t)4 * half;

			w[half + j] = _mm256_shuffle_epi8(
				_mm256_loadu_si256(
					(const __m256i *)(const void *)p),
				swap);
		}
		transpose(w + half);
	}
}

#include "fixity/sha256_wide.h"

/* Asks the system too, whether it keeps these registers. */
static bool can(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2");
}

const struct mun_sha256_path mun_sha256_avx2 = {
	.name = "avx2",
	.can = can,
	.hash = hash,
	.lanes = LANES,
	.worth_alone = 3,
	.worth_beside = 8,
};
