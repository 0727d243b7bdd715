/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/sha256_x2.c - SHA-256 (FIPS 180-4) of two messages, interleaved
 *
 * With Intel's SHA extensions (Software Developer's Manual, volume 2):
 * SHA256RNDS2 does two rounds on a state held as {A,B,E,F} and {C,D,G,H};
 * SHA256MSG1 and SHA256MSG2 add sigma0 and sigma1 of the message schedule.
 */
#include "fixity/sha256_x2.h"

#include <stdatomic.h>

static atomic_bool switched_off;

void mun_sha256_x2_allow(bool on)
{
	atomic_store(&switched_off, !on);
}

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <pthread.h>

#include "core/bytes.h"

#define SHA_TARGET __attribute__((target("sha,sse4.1,ssse3")))
#define SHA_INLINE SHA_TARGET __attribute__((always_inline)) static inline

#define BLOCK 64u

/* FIPS 180-4, 4.2.2 */
static const uint32_t round_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

/* One message under way.  Words are written from the highest lane down. */
struct lane {
	__m128i abef, cdgh; /* the state */
	__m128i w0, w1, w2, w3; /* 16 words of the schedule, w0 the next used */
};

/* FIPS 180-4, 5.3.3 */
SHA_INLINE void lane_start(struct lane *l)
{
	l->abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f,
				(int)0x9b05688c);
	l->cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab,
				0x5be0cd19);
}

SHA_INLINE __m128i load_be(const uint8_t *p)
{
	const __m128i swap =
		_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

	return _mm_shuffle_epi8(
		_mm_loadu_si128((const __m128i *)(const void *)p), swap);
}

SHA_INLINE void lane_load(struct lane *l, const uint8_t *block)
{
	l->w0 = load_be(block);
	l->w1 = load_be(block + 16);
	l->w2 = load_be(block + 32);
	l->w3 = load_be(block + 48);
}

/* W(t) = sigma1(W(t-2)) + W(t-7) + sigma0(W(t-15)) + W(t-16), four at a time:
 * w0 leaves, the four that follow w3 come in. */
SHA_INLINE void lane_schedule(struct lane *l)
{
	__m128i w = _mm_sha256msg1_epu32(l->w0, l->w1);

	w = _mm_add_epi32(w, _mm_alignr_epi8(l->w3, l->w2, 4));
	w = _mm_sha256msg2_epu32(w, l->w3);
	l->w0 = l->w1;
	l->w1 = l->w2;
	l->w2 = l->w3;
	l->w3 = w;
}

/* Four rounds of both lanes with the words @wa, @wb and constants from @k on.
 * The instruction gives the new {A,B,E,F}; the new {C,D,G,H} is the old one. */
SHA_INLINE void rounds4(struct lane *a, struct lane *b, __m128i wa, __m128i wb,
			const uint32_t *k)
{
	const __m128i kk = _mm_loadu_si128((const __m128i *)(const void *)k);
	const __m128i xa = _mm_add_epi32(wa, kk);
	const __m128i xb = _mm_add_epi32(wb, kk);

	a->cdgh = _mm_sha256rnds2_epu32(a->cdgh, a->abef, xa);
	b->cdgh = _mm_sha256rnds2_epu32(b->cdgh, b->abef, xb);
	a->abef = _mm_sha256rnds2_epu32(a->abef, a->cdgh,
					_mm_shuffle_epi32(xa, 0x0e));
	b->abef = _mm_sha256rnds2_epu32(b->abef, b->cdgh,
					_mm_shuffle_epi32(xb, 0x0e));
}

SHA_INLINE void rounds4_schedule(struct lane *a, struct lane *b,
				 const uint32_t *k)
{
	rounds4(a, b, a->w0, b->w0, k);
	lane_schedule(a);
	lane_schedule(b);
}

/* 48 rounds with the schedule going on, then 16 with what it holds: the word
 * registers are where they were after each four, so nothing is moved. */
SHA_INLINE void rounds64(struct lane *a, struct lane *b)
{
	const uint32_t *k = round_constants;

#pragma GCC unroll 3
	for (int i = 0; i < 48; i += 16) {
		rounds4_schedule(a, b, k + i);
		rounds4_schedule(a, b, k + i + 4);
		rounds4_schedule(a, b, k + i + 8);
		rounds4_schedule(a, b, k + i + 12);
	}
	rounds4(a, b, a->w0, b->w0, k + 48);
	rounds4(a, b, a->w1, b->w1, k + 52);
	rounds4(a, b, a->w2, b->w2, k + 56);
	rounds4(a, b, a->w3, b->w3, k + 60);
}

SHA_TARGET static void compress(struct lane *la, struct lane *lb,
				const uint8_t *a, const uint8_t *b, size_t len)
{
	/* Copies, which the compiler may keep in registers. */
	struct lane x = *la;
	struct lane y = *lb;

	for (size_t i = 0; i + BLOCK <= len; i += BLOCK) {
		const struct lane x0 = x;
		const struct lane y0 = y;

		lane_load(&x, a + i);
		lane_load(&y, b + i);
		rounds64(&x, &y);
		x.abef = _mm_add_epi32(x.abef, x0.abef);
		x.cdgh = _mm_add_epi32(x.cdgh, x0.cdgh);
		y.abef = _mm_add_epi32(y.abef, y0.abef);
		y.cdgh = _mm_add_epi32(y.cdgh, y0.cdgh);
	}
	*la = x;
	*lb = y;
}

/* The last bytes, a one bit, zeros, the length in bits (FIPS 180-4, 5.1.1). */
static size_t pad(const uint8_t *msg, size_t len, uint8_t out[2 * BLOCK])
{
	const size_t rest = len % BLOCK;
	const size_t bytes = rest + 9 <= BLOCK ? BLOCK : 2 * BLOCK;

	memset(out, 0, (size_t)2 * BLOCK);
	if (rest)
		memcpy(out, msg + (len - rest), rest);
	out[rest] = 0x80;
	mun_put_be64(out + bytes - 8, (uint64_t)len * 8);
	return bytes;
}

SHA_TARGET static void lane_end(const struct lane *l, uint8_t out[static 32])
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

SHA_TARGET static void both(const uint8_t *a, const uint8_t *b, size_t len,
			    uint8_t out_a[static 32], uint8_t out_b[static 32])
{
	uint8_t end_a[2 * BLOCK];
	uint8_t end_b[2 * BLOCK];
	struct lane la = { 0 };
	struct lane lb = { 0 };
	size_t bytes;

	lane_start(&la);
	lane_start(&lb);
	(void)pad(a, len, end_a);
	bytes = pad(b, len, end_b);
	compress(&la, &lb, a, b, len - len % BLOCK);
	compress(&la, &lb, end_a, end_b, bytes);
	lane_end(&la, out_a);
	lane_end(&lb, out_b);
}

static bool processor_can(void)
{
	unsigned int a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) ||
	    !(c & bit_SSE4_1))
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_SHA;
}

/* The example of two blocks that NIST gives for FIPS 180-4, in either lane:
 * code that was miscompiled, or a unit that errs, must never vouch for bytes. */
static bool gives_the_standards_answer(void)
{
	static const uint8_t msg[] =
		"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	static const uint8_t want[32] = { 0x24, 0x8d, 0x6a, 0x61, 0xd2, 0x06,
					  0x38, 0xb8, 0xe5, 0xc0, 0x26, 0x93,
					  0x0c, 0x3e, 0x60, 0x39, 0xa3, 0x3c,
					  0xe4, 0x59, 0x64, 0xff, 0x21, 0x67,
					  0xf6, 0xec, 0xed, 0xd4, 0x19, 0xdb,
					  0x06, 0xc1 };
	uint8_t other[sizeof(msg)];
	uint8_t x[32], y[32], x2[32], y2[32];

	memset(other, 'z', sizeof(other));
	both(msg, other, sizeof(msg) - 1, x, y);
	both(other, msg, sizeof(msg) - 1, y2, x2);
	return !memcmp(x, want, 32) && !memcmp(x2, want, 32) &&
	       !memcmp(y, y2, 32) && memcmp(y, want, 32) != 0;
}

static bool usable;
static pthread_once_t usable_once = PTHREAD_ONCE_INIT;

static void find_usable(void)
{
	usable = processor_can() && gives_the_standards_answer();
}

bool mun_sha256_x2(const void *a, const void *b, size_t len,
		   uint8_t out_a[static 32], uint8_t out_b[static 32])
{
	(void)pthread_once(&usable_once, find_usable);
	if (!usable || atomic_load(&switched_off))
		return false;
	both(a, b, len, out_a, out_b);
	return true;
}

#else

bool mun_sha256_x2(const void *a, const void *b, size_t len,
		   uint8_t out_a[static 32], uint8_t out_b[static 32])
{
	(void)a;
	(void)b;
	(void)len;
	(void)out_a;
	(void)out_b;
	return false;
}

#endif
