/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/sha256_ni.c - SHA-256 with the SHA instructions of x86, three abreast
 *
 * Intel's Software Developer's Manual, volume 2: SHA256RNDS2 does two rounds on
 * a state held as {A,B,E,F} and {C,D,G,H}; SHA256MSG1 and SHA256MSG2 add sigma0
 * and sigma1 of the message schedule.  One SHA256RNDS2 waits four cycles for
 * the one before it and a new one can begin every other cycle, so two messages
 * nearly fill the unit, and the third takes what the schedule leaves open.
 */
#include "fixity/sha256_paths.h"

#include <cpuid.h>
#include <immintrin.h>

#define SHA_TARGET __attribute__((target("sha,sse4.1,ssse3")))
#define SHA_INLINE SHA_TARGET __attribute__((always_inline)) static inline

#define LANES 3u

/* One message under way.  Words are written from the highest lane down. */
struct lane {
	__m128i abef, cdgh; /* the state */
	__m128i w[4]; /* 16 words of the schedule */
};

SHA_INLINE void lane_start(struct lane *l)
{
	const uint32_t *h = mun_sha256_start;

	l->abef = _mm_set_epi32((int)h[0], (int)h[1], (int)h[4], (int)h[5]);
	l->cdgh = _mm_set_epi32((int)h[2], (int)h[3], (int)h[6], (int)h[7]);
}

SHA_INLINE __m128i load_be(const uint8_t *p)
{
	const __m128i swap =
		_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

	return _mm_shuffle_epi8(
		_mm_loadu_si128((const __m128i *)(const void *)p), swap);
}

/* W(t) = sigma1(W(t-2)) + W(t-7) + sigma0(W(t-15)) + W(t-16), four at a time:
 * the oldest words, in w[@i], become the four that follow w[@i + 3]. */
SHA_INLINE void schedule(struct lane *l, unsigned int i)
{
	const __m128i w1 = l->w[(i + 1) % 4];
	const __m128i w2 = l->w[(i + 2) % 4];
	const __m128i w3 = l->w[(i + 3) % 4];
	__m128i w = _mm_sha256msg1_epu32(l->w[i], w1);

	w = _mm_add_epi32(w, _mm_alignr_epi8(w3, w2, 4));
	l->w[i] = _mm_sha256msg2_epu32(w, w3);
}

/* Four rounds of @n lanes with the words in w[@i] and constants from @k on.
 * The instruction gives the new {A,B,E,F}; the new {C,D,G,H} is the old one. */
SHA_INLINE void rounds4(struct lane *l, unsigned int n, unsigned int i,
			const uint32_t *k)
{
	const __m128i kk = _mm_loadu_si128((const __m128i *)(const void *)k);
	__m128i x[LANES];

#pragma GCC unroll 3
	for (unsigned int j = 0; j < n; j++) {
		x[j] = _mm_add_epi32(l[j].w[i], kk);
		l[j].cdgh = _mm_sha256rnds2_epu32(l[j].cdgh, l[j].abef, x[j]);
	}
#pragma GCC unroll 3
	for (unsigned int j = 0; j < n; j++)
		l[j].abef = _mm_sha256rnds2_epu32(
			l[j].abef, l[j].cdgh, _mm_shuffle_epi32(x[j], 0x0e));
}

/* 48 rounds with the schedule going on, then 16 with what it holds. */
SHA_INLINE void rounds64(struct lane *l, unsigned int n)
{
#pragma GCC unroll 16
	for (unsigned int t = 0; t < 16; t++) {
		rounds4(l, n, t % 4, mun_sha256_k + (size_t)4 * t);
#pragma GCC unroll 3
		for (unsigned int j = 0; t < 12 && j < n; j++)
			schedule(&l[j], t % 4);
	}
}

/* @bytes (whole blocks) of @n messages, of which one begins @stride after the
 * other. */
SHA_INLINE void compress(struct lane *lanes, unsigned int n, const uint8_t *msg,
			 size_t stride, size_t bytes)
{
	struct lane l[LANES]; /* which the compiler may keep in registers */

#pragma GCC unroll 3
	for (unsigned int j = 0; j < n; j++)
		l[j] = lanes[j];
	for (size_t at = 0; at < bytes; at += MUN_SHA256_BLOCK) {
		__m128i abef[LANES], cdgh[LANES];

#pragma GCC unroll 3
		for (unsigned int j = 0; j < n; j++) {
			const uint8_t *p = msg + stride * j + at;

			abef[j] = l[j].abef;
			cdgh[j] = l[j].cdgh;
			l[j].w[0] = load_be(p);
			l[j].w[1] = load_be(p + 16);
			l[j].w[2] = load_be(p + 32);
			l[j].w[3] = load_be(p + 48);
		}
		rounds64(l, n);
#pragma GCC unroll 3
		for (unsigned int j = 0; j < n; j++) {
			l[j].abef = _mm_add_epi32(l[j].abef, abef[j]);
			l[j].cdgh = _mm_add_epi32(l[j].cdgh, cdgh[j]);
		}
	}
#pragma GCC unroll 3
	for (unsigned int j = 0; j < n; j++)
		lanes[j] = l[j];
}

SHA_TARGET static void lane_end(const struct lane *l,
				uint8_t out[static MUN_SHA256_BYTES])
{
	uint32_t abef[4];
	uint32_t cdgh[4];

	_mm_storeu_si128((__m128i *)(void *)abef, l->abef);
	_mm_storeu_si128((__m128i *)(void *)cdgh, l->cdgh);
	mun_put_be32(out, abef[3]);
	mun_put_be32(out + 4, abef[2]);
	mun_put_be32(out + 8, cdgh[3]);
	mun_put_be32(out + 12, cdgh[2]);
	mun_put_be32(out + 16, abef[1]);
	mun_put_be32(out + 20, abef[0]);
	mun_put_be32(out + 24, cdgh[1]);
	mun_put_be32(out + 28, cdgh[0]);
}

/* @n messages: all are read before the first digest is written. */
SHA_INLINE void hash_n(const uint8_t *first, size_t stride, size_t len,
		       unsigned int n, uint8_t (*out)[MUN_SHA256_BYTES])
{
	uint8_t ends[LANES][2 * MUN_SHA256_BLOCK];
	struct lane l[LANES];
	size_t bytes = 0;

	for (unsigned int j = 0; j < n; j++) {
		lane_start(&l[j]);
		bytes = mun_sha256_pad(first + stride * j, len, ends[j]);
	}
	compress(l, n, first, stride, len - len % MUN_SHA256_BLOCK);
	compress(l, n, ends[0], sizeof(ends[0]), bytes);
	for (unsigned int j = 0; j < n; j++)
		lane_end(&l[j], out[j]);
}

SHA_TARGET static void hash3(const uint8_t *first, size_t stride, size_t len,
			     uint8_t (*out)[MUN_SHA256_BYTES])
{
	hash_n(first, stride, len, 3, out);
}

SHA_TARGET static void hash2(const uint8_t *first, size_t stride, size_t len,
			     uint8_t (*out)[MUN_SHA256_BYTES])
{
	hash_n(first, stride, len, 2, out);
}

SHA_TARGET static void hash1(const uint8_t *first, size_t stride, size_t len,
			     uint8_t (*out)[MUN_SHA256_BYTES])
{
	hash_n(first, stride, len, 1, out);
}

/* Four are two and two, which is sooner done than three and one. */
static void hash(const uint8_t *first, size_t stride, size_t len, size_t n,
		 uint8_t (*out)[MUN_SHA256_BYTES])
{
	while (n) {
		const size_t now = n == 4 ? 2 : n < LANES ? n : LANES;

		if (now == 3)
			hash3(first, stride, len, out);
		else if (now == 2)
			hash2(first, stride, len, out);
		else
			hash1(first, stride, len, out);
		first += stride * now;
		out += now;
		n -= now;
	}
}

static bool can(void)
{
	unsigned int a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) ||
	    !(c & bit_SSE4_1))
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_SHA;
}

const struct mun_sha256_path mun_sha256_ni = {
	.name = "ni", .can = can, .hash = hash, .lanes = LANES
};
