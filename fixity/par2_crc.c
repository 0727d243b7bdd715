/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/par2_crc.c - the CRC-32 of slices, faster than zlib has it
 *
 * After Gopal and others, "Fast CRC Computation for Generic Polynomials Using
 * PCLMULQDQ Instruction" (Intel, 2009): four registers of 16 bytes are folded
 * over the message; what is left is congruent to it and goes through zlib.
 */
#include "fixity/par2_crc.h"

#include <zlib.h>

static uint32_t by_zlib(uint32_t crc, const void *data, size_t len)
{
	return (uint32_t)crc32_z(crc, data, len);
}

#if defined(__x86_64__)

#include <immintrin.h>
#include <pthread.h>
#include <stdbool.h>

#define CLMUL __attribute__((target("pclmul,sse4.1")))
#define CLMUL_INLINE CLMUL __attribute__((always_inline)) static inline

#define STEP 64u

/* x^(512+32), x^(512-32) and x^(128+32), x^(128-32) modulo the polynomial,
 * bit-reflected. */
#define FOLD_512 _mm_set_epi64x(0x1c6e41596, 0x154442bd4)
#define FOLD_128 _mm_set_epi64x(0x0ccaa009e, 0x1751997d0)

CLMUL_INLINE __m128i load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* @x moved on by the distance that @k is made for, and the bytes there. */
CLMUL_INLINE __m128i fold(__m128i x, __m128i k, __m128i next)
{
	const __m128i low = _mm_clmulepi64_si128(x, k, 0x00);
	const __m128i high = _mm_clmulepi64_si128(x, k, 0x11);

	return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/* @len is at least STEP and a multiple of 16. */
CLMUL static uint32_t by_folding(uint32_t crc, const uint8_t *p, size_t len)
{
	__m128i x[4];
	uint8_t rest[16];

	for (size_t i = 0; i < 4; i++)
		x[i] = load(p + 16 * i);
	x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128((int)~crc));
	for (p += STEP, len -= STEP; len >= STEP; p += STEP, len -= STEP) {
		for (size_t i = 0; i < 4; i++)
			x[i] = fold(x[i], FOLD_512, load(p + 16 * i));
	}
	for (size_t i = 1; i < 4; i++)
		x[0] = fold(x[0], FOLD_128, x[i]);
	for (; len; p += 16, len -= 16)
		x[0] = fold(x[0], FOLD_128, load(p));
	_mm_storeu_si128((__m128i *)(void *)rest, x[0]);
	/* All ones: so that zlib, which inverts it, starts from nothing. */
	return by_zlib(UINT32_MAX, rest, sizeof(rest));
}

static uint32_t folded(uint32_t crc, const uint8_t *p, size_t len)
{
	const size_t most = len & ~(size_t)15;

	if (len < STEP)
		return by_zlib(crc, p, len);
	crc = by_folding(crc, p, most);
	return by_zlib(crc, p + most, len - most);
}

static bool usable;
static pthread_once_t usable_once = PTHREAD_ONCE_INIT;

static void find_usable(void)
{
	uint8_t data[301];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * i + (i >> 3));
	usable = __builtin_cpu_supports("pclmul") &&
		 __builtin_cpu_supports("sse4.1");
	for (size_t n = 0; usable && n <= sizeof(data); n++)
		usable = folded((uint32_t)n, data, n) ==
			 by_zlib((uint32_t)n, data, n);
}

uint32_t mun_par2_crc(uint32_t crc, const void *data, size_t len)
{
	(void)pthread_once(&usable_once, find_usable);
	return usable ? folded(crc, data, len) : by_zlib(crc, data, len);
}

#else

uint32_t mun_par2_crc(uint32_t crc, const void *data, size_t len)
{
	return by_zlib(crc, data, len);
}

#endif
