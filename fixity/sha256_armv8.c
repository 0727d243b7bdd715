/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/sha256_armv8.c - SHA-256 with the instructions of ARMv8, three abreast
 *
 * Arm Architecture Reference Manual, C7.2: SHA256H and SHA256H2 do four rounds
 * on a state held as {A,B,C,D} and {E,F,G,H}; SHA256SU0 and SHA256SU1 make the
 * next four words of the message schedule.  As each waits for the one before,
 * messages side by side fill the unit, as in sha256_ni.c.
 */
#include "fixity/sha256_paths.h"

#include <arm_neon.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>

/* clang 14 offers these instructions to whole files only: see CMakeLists.txt. */
#define SHA_INLINE __attribute__((always_inline)) static inline

#define LANES 3u

/* One message under way. */
struct lane {
	uint32x4_t abcd, efgh; /* the state */
	uint32x4_t w[4]; /* 16 words of the schedule */
};

SHA_INLINE uint32x4_t load_be(const uint8_t *p)
{
	return vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(p)));
}

/* Four rounds of @n lanes with the words in w[@i] and constants from @k on;
 * with @more to come the oldest words then become the next four. */
SHA_INLINE void rounds4(struct lane *l, unsigned int n, unsigned int i,
			const uint32_t *k, bool more)
{
	const uint32x4_t kk = vld1q_u32(k);

#pragma GCC unroll 3
	for (unsigned int j = 0; j < n; j++) {
		const uint32x4_t x = vaddq_u32(l[j].w[i], kk);
		const uint32x4_t abcd = l[j].abcd;

		l[j].abcd = vsha256hq_u32(abcd, l[j].efgh, x);
		l[j].efgh = vsha256h2q_u32(l[j].efgh, abcd, x);
	}
#pragma GCC unroll 3
	for (unsigned int j = 0; more && j < n; j++) {
		uint32x4_t *w = l[j].w;

		w[i] = vsha256su1q_u32(vsha256su0q_u32(w[i], w[(i + 1) % 4]),
				       w[(i + 2) % 4], w[(i + 3) % 4]);
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
		uint32x4_t abcd[LANES], efgh[LANES];

#pragma GCC unroll 3
		for (unsigned int j = 0; j < n; j++) {
			const uint8_t *p = msg + stride * j + at;

			abcd[j] = l[j].abcd;
			efgh[j] = l[j].efgh;
#pragma GCC unroll 4
			for (unsigned int i = 0; i < 4; i++)
				l[j].w[i] = load_be(p + (size_t)16 * i);
		}
#pragma GCC unroll 16
		for (unsigned int t = 0; t < 16; t++)
			rounds4(l, n, t % 4, mun_sha256_k + (size_t)4 * t,
				t < 12);
#pragma GCC unroll 3
		for (unsigned int j = 0; j < n; j++) {
			l[j].abcd = vaddq_u32(l[j].abcd, abcd[j]);
			l[j].efgh = vaddq_u32(l[j].efgh, efgh[j]);
		}
	}
#pragma GCC unroll 3
	for (unsigned int j = 0; j < n; j++)
		lanes[j] = l[j];
}

static void lane_end(const struct lane *l, uint8_t out[static MUN_SHA256_BYTES])
{
	vst1q_u8(out, vrev32q_u8(vreinterpretq_u8_u32(l->abcd)));
	vst1q_u8(out + 16, vrev32q_u8(vreinterpretq_u8_u32(l->efgh)));
}

/* @n messages: all are read before the first digest is written. */
SHA_INLINE void hash_n(const uint8_t *first, size_t stride, size_t len,
		       unsigned int n, uint8_t (*out)[MUN_SHA256_BYTES])
{
	uint8_t ends[LANES][2 * MUN_SHA256_BLOCK];
	struct lane l[LANES];
	size_t bytes = 0;

	for (unsigned int j = 0; j < n; j++) {
		l[j].abcd = vld1q_u32(mun_sha256_start);
		l[j].efgh = vld1q_u32(mun_sha256_start + 4);
		bytes = mun_sha256_pad(first + stride * j, len, ends[j]);
	}
	compress(l, n, first, stride, len - len % MUN_SHA256_BLOCK);
	compress(l, n, ends[0], sizeof(ends[0]), bytes);
	for (unsigned int j = 0; j < n; j++)
		lane_end(&l[j], out[j]);
}

static void hash(const uint8_t *first, size_t stride, size_t len, size_t n,
		 uint8_t (*out)[MUN_SHA256_BYTES])
{
	for (; n >= 3; n -= 3, first += stride * 3, out += 3)
		hash_n(first, stride, len, 3, out);
	if (n == 2)
		hash_n(first, stride, len, 2, out);
	else if (n)
		hash_n(first, stride, len, 1, out);
}

static bool can(void)
{
	return (getauxval(AT_HWCAP) & HWCAP_SHA2) != 0;
}

const struct mun_sha256_path mun_sha256_armv8 = {
	.name = "arm", .can = can, .hash = hash, .lanes = LANES
};
