/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/gf16_x86.c - sums of products over GF(2^16) with x86 vectors
 *
 * Multiplying by a constant is linear over GF(2).  With words split into low
 * and high bytes it is four linear maps of bytes: low to low, high to low, low
 * to high, high to high.  GFNI applies one, given as a matrix of 8 x 8 bits, to
 * 64 bytes in one instruction; before it, PSHUFB looks up nibbles in tables of
 * 16 products (Plank, Greenan, Miller: "Screaming Fast Galois Field Arithmetic
 * Using Intel SIMD Instructions", FAST 2013).
 */
#include "fixity/gf16_int.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define GFNI __attribute__((target("avx512f,avx512bw,gfni")))
#define GFNI_INLINE GFNI __attribute__((always_inline)) static inline
#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE AVX2 __attribute__((always_inline)) static inline
#define SSSE3 __attribute__((target("ssse3")))
#define SSSE3_INLINE SSSE3 __attribute__((always_inline)) static inline

#define HALF MUN_GF16_HALF
#define UNIT MUN_GF16_UNIT

/* The four maps of one factor, as GF2P8AFFINEQB takes them. */
struct maps {
	uint64_t low_low; /* from low bytes to low bytes */
	uint64_t high_low; /* from high to low */
	uint64_t low_high;
	uint64_t high_high;
};

/*
 * From columns to rows: byte k of @x is the image of bit k, and bit i of byte
 * 7 - i of the result's rows is taken from it.  The swaps are those of Hacker's
 * Delight, 7-3; the instruction wants the row of bit 0 in the highest byte.
 */
static uint64_t rows_of(uint64_t x)
{
	uint64_t t;

	t = (x ^ x >> 7) & 0x00aa00aa00aa00aaull;
	x ^= t ^ t << 7;
	t = (x ^ x >> 14) & 0x0000cccc0000ccccull;
	x ^= t ^ t << 14;
	t = (x ^ x >> 28) & 0x00000000f0f0f0f0ull;
	x ^= t ^ t << 28;
	return __builtin_bswap64(x);
}

static void gfni_factor(uint16_t c, void *out)
{
	uint16_t p[16];
	struct maps m = { 0 };

	mun_gf16_powers(c, p);
	for (unsigned int k = 0; k < 8; k++) {
		m.low_low |= (uint64_t)(p[k] & 0xff) << 8 * k;
		m.high_low |= (uint64_t)(p[k + 8] & 0xff) << 8 * k;
		m.low_high |= (uint64_t)(p[k] >> 8) << 8 * k;
		m.high_high |= (uint64_t)(p[k + 8] >> 8) << 8 * k;
	}
	m.low_low = rows_of(m.low_low);
	m.high_low = rows_of(m.high_low);
	m.low_high = rows_of(m.low_high);
	m.high_high = rows_of(m.high_high);
	memcpy(out, &m, sizeof(m));
}

GFNI_INLINE __m512i load64(const uint8_t *p)
{
	return _mm512_loadu_si512(p);
}

/*
 * A matrix in all eight lanes.  The barrier keeps it in a register: given to
 * the instruction as a broadcast from memory, the assembler of clang 14 scales
 * the displacement wrongly, and the wrong matrix is read.
 */
GFNI_INLINE __m512i everywhere(uint64_t matrix)
{
	__m512i v = _mm512_set1_epi64((long long)matrix);

	__asm__("" : "+v"(v));
	return v;
}

/* @sum + @a times one matrix + @b times another. */
GFNI_INLINE __m512i affine2(__m512i sum, __m512i a, uint64_t ma, __m512i b,
			    uint64_t mb)
{
	const __m512i x = _mm512_gf2p8affine_epi64_epi8(a, everywhere(ma), 0);
	const __m512i y = _mm512_gf2p8affine_epi64_epi8(b, everywhere(mb), 0);

	return _mm512_ternarylogic_epi64(sum, x, y, 0x96);
}

/*
 * @n outputs at once over all inputs: the sums stay in registers, and what was
 * read of an input serves all of them.  @n is a constant of the caller, so the
 * loops over it vanish.
 */
/* NOLINTNEXTLINE(readability-function-size): so many arguments */
GFNI_INLINE void gfni_outputs(const size_t n, uint8_t *out, size_t out_stride,
			      const uint8_t *in, size_t nin, size_t in_stride,
			      const uint8_t *factors, size_t factor_stride,
			      size_t bytes)
{
	for (size_t pos = 0; pos < bytes; pos += UNIT) {
		__m512i low[4];
		__m512i high[4];

#pragma GCC unroll 4
		for (size_t o = 0; o < n; o++) {
			low[o] = load64(out + o * out_stride + pos);
			high[o] = load64(out + o * out_stride + pos + HALF);
		}
		for (size_t i = 0; i < nin; i++) {
			const __m512i a = load64(in + i * in_stride + pos);
			const __m512i b =
				load64(in + i * in_stride + pos + HALF);

#pragma GCC unroll 4
			for (size_t o = 0; o < n; o++) {
				struct maps m;

				memcpy(&m,
				       factors + o * factor_stride +
					       i * sizeof(m),
				       sizeof(m));
				low[o] = affine2(low[o], a, m.low_low, b,
						 m.high_low);
				high[o] = affine2(high[o], a, m.low_high, b,
						  m.high_high);
			}
		}
#pragma GCC unroll 4
		for (size_t o = 0; o < n; o++) {
			_mm512_storeu_si512(out + o * out_stride + pos, low[o]);
			_mm512_storeu_si512(out + o * out_stride + pos + HALF,
					    high[o]);
		}
	}
}

/* NOLINTNEXTLINE(readability-function-size): so many arguments */
GFNI static void gfni_muladd(uint8_t *out, size_t nout, size_t out_stride,
			     const uint8_t *in, size_t nin, size_t in_stride,
			     const uint8_t *factors, size_t factor_stride,
			     size_t bytes)
{
	size_t o = 0;

	for (; o + 4 <= nout; o += 4)
		gfni_outputs(4, out + o * out_stride, out_stride, in, nin,
			     in_stride, factors + o * factor_stride,
			     factor_stride, bytes);
	for (; o < nout; o++)
		gfni_outputs(1, out + o * out_stride, out_stride, in, nin,
			     in_stride, factors + o * factor_stride,
			     factor_stride, bytes);
}

const struct mun_gf16_kernel mun_gf16_gfni = {
	.name = "gfni",
	.factor_bytes = sizeof(struct maps),
	.tile = 2048,
	.factor = gfni_factor,
	.muladd = gfni_muladd,
};

/* Products of the nibbles of @x, summed: @t0 for the low ones, @t1 the high. */
AVX2_INLINE __m256i lookup32(__m256i t0, __m256i t1, __m256i low, __m256i high)
{
	return _mm256_xor_si256(_mm256_shuffle_epi8(t0, low),
				_mm256_shuffle_epi8(t1, high));
}

AVX2_INLINE void add32(uint8_t *p, __m256i a, __m256i b)
{
	__m256i *v = (__m256i *)(void *)p;

	_mm256_storeu_si256(v, _mm256_xor_si256(_mm256_loadu_si256(v),
						_mm256_xor_si256(a, b)));
}

AVX2 static void avx2_one(uint8_t *out, const uint8_t *in,
			  const uint8_t *factor, size_t bytes)
{
	const __m256i mask = _mm256_set1_epi8(15);
	__m256i t[8];

	for (size_t n = 0; n < 8; n++)
		t[n] = _mm256_broadcastsi128_si256(_mm_loadu_si128(
			(const __m128i *)(const void *)(factor + 16 * n)));
	for (size_t pos = 0; pos < bytes; pos += UNIT) {
		for (size_t j = pos; j < pos + HALF; j += 32) {
			const __m256i a = _mm256_loadu_si256(
				(const __m256i *)(const void *)(in + j));
			const __m256i b = _mm256_loadu_si256(
				(const __m256i *)(const void *)(in + j + HALF));
			const __m256i n0 = _mm256_and_si256(a, mask);
			const __m256i n1 =
				_mm256_and_si256(_mm256_srli_epi64(a, 4), mask);
			const __m256i n2 = _mm256_and_si256(b, mask);
			const __m256i n3 =
				_mm256_and_si256(_mm256_srli_epi64(b, 4), mask);

			add32(out + j, lookup32(t[0], t[2], n0, n1),
			      lookup32(t[4], t[6], n2, n3));
			add32(out + j + HALF, lookup32(t[1], t[3], n0, n1),
			      lookup32(t[5], t[7], n2, n3));
		}
	}
}

/* NOLINTNEXTLINE(readability-function-size): so many arguments */
AVX2 static void avx2_muladd(uint8_t *out, size_t nout, size_t out_stride,
			     const uint8_t *in, size_t nin, size_t in_stride,
			     const uint8_t *factors, size_t factor_stride,
			     size_t bytes)
{
	for (size_t o = 0; o < nout; o++) {
		for (size_t i = 0; i < nin; i++)
			avx2_one(out + o * out_stride, in + i * in_stride,
				 factors + o * factor_stride +
					 i * MUN_GF16_TABLES,
				 bytes);
	}
}

const struct mun_gf16_kernel mun_gf16_avx2 = {
	.name = "avx2",
	.factor_bytes = MUN_GF16_TABLES,
	.tile = 4096,
	.factor = mun_gf16_nibbles,
	.muladd = avx2_muladd,
};

SSSE3_INLINE __m128i lookup16(__m128i t0, __m128i t1, __m128i low, __m128i high)
{
	return _mm_xor_si128(_mm_shuffle_epi8(t0, low),
			     _mm_shuffle_epi8(t1, high));
}

SSSE3_INLINE void add16(uint8_t *p, __m128i a, __m128i b)
{
	__m128i *v = (__m128i *)(void *)p;

	_mm_storeu_si128(
		v, _mm_xor_si128(_mm_loadu_si128(v), _mm_xor_si128(a, b)));
}

SSSE3 static void ssse3_one(uint8_t *out, const uint8_t *in,
			    const uint8_t *factor, size_t bytes)
{
	const __m128i mask = _mm_set1_epi8(15);
	__m128i t[8];

	for (size_t n = 0; n < 8; n++)
		t[n] = _mm_loadu_si128(
			(const __m128i *)(const void *)(factor + 16 * n));
	for (size_t pos = 0; pos < bytes; pos += UNIT) {
		for (size_t j = pos; j < pos + HALF; j += 16) {
			const __m128i a = _mm_loadu_si128(
				(const __m128i *)(const void *)(in + j));
			const __m128i b = _mm_loadu_si128(
				(const __m128i *)(const void *)(in + j + HALF));
			const __m128i n0 = _mm_and_si128(a, mask);
			const __m128i n1 =
				_mm_and_si128(_mm_srli_epi64(a, 4), mask);
			const __m128i n2 = _mm_and_si128(b, mask);
			const __m128i n3 =
				_mm_and_si128(_mm_srli_epi64(b, 4), mask);

			add16(out + j, lookup16(t[0], t[2], n0, n1),
			      lookup16(t[4], t[6], n2, n3));
			add16(out + j + HALF, lookup16(t[1], t[3], n0, n1),
			      lookup16(t[5], t[7], n2, n3));
		}
	}
}

/* NOLINTNEXTLINE(readability-function-size): so many arguments */
SSSE3 static void ssse3_muladd(uint8_t *out, size_t nout, size_t out_stride,
			       const uint8_t *in, size_t nin, size_t in_stride,
			       const uint8_t *factors, size_t factor_stride,
			       size_t bytes)
{
	for (size_t o = 0; o < nout; o++) {
		for (size_t i = 0; i < nin; i++)
			ssse3_one(out + o * out_stride, in + i * in_stride,
				  factors + o * factor_stride +
					  i * MUN_GF16_TABLES,
				  bytes);
	}
}

const struct mun_gf16_kernel mun_gf16_ssse3 = {
	.name = "ssse3",
	.factor_bytes = MUN_GF16_TABLES,
	.tile = 4096,
	.factor = mun_gf16_nibbles,
	.muladd = ssse3_muladd,
};

#else

/* A file of C may not be empty. */
extern const struct mun_gf16_kernel mun_gf16_portable;

#endif
