/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/sha256_wide.h - SHA-256 with one message in each word of a vector
 *
 * The body of sha256_avx2.c and sha256_avx512.c, which define before including
 * it:
 *	LANES, TARGET, vec	messages, __attribute__((target)), vector type
 *	v_set1 v_add v_xor3 v_ch v_maj v_rotr v_shr	words
 *	v_store			into uint32_t[LANES]
 *	load_block		the 16 words of a block of every message
 */
#ifndef LANES
#error "for sha256_avx2.c and sha256_avx512.c"
#endif

#define WIDE_INLINE TARGET __attribute__((always_inline)) static inline

/* Where the messages are, and what of them is hashed. */
struct wide {
	const uint8_t *at[LANES];
	vec s[8];
};

/* W(t) = sigma1(W(t-2)) + W(t-7) + sigma0(W(t-15)) + W(t-16) */
WIDE_INLINE void wide_schedule(vec w[16], unsigned int t)
{
	const vec w15 = w[(t + 1) % 16];
	const vec w2 = w[(t + 14) % 16];
	const vec s0 = v_xor3(v_rotr(w15, 7), v_rotr(w15, 18), v_shr(w15, 3));
	const vec s1 = v_xor3(v_rotr(w2, 17), v_rotr(w2, 19), v_shr(w2, 10));

	w[t % 16] = v_add(v_add(w[t % 16], s0), v_add(w[(t + 9) % 16], s1));
}

/* FIPS 180-4, 6.2.2, step 3.  Instead of moving a to b, b to c and so on, each
 * round finds them one place further down in @s. */
WIDE_INLINE void wide_round(vec s[8], vec w, uint32_t k, unsigned int t)
{
	const vec a = s[(8 - t % 8) % 8];
	const vec b = s[(9 - t % 8) % 8];
	const vec c = s[(10 - t % 8) % 8];
	vec *const d = &s[(11 - t % 8) % 8];
	const vec e = s[(12 - t % 8) % 8];
	const vec f = s[(13 - t % 8) % 8];
	const vec g = s[(14 - t % 8) % 8];
	vec *const h = &s[(15 - t % 8) % 8];
	const vec s1 = v_xor3(v_rotr(e, 6), v_rotr(e, 11), v_rotr(e, 25));
	const vec s0 = v_xor3(v_rotr(a, 2), v_rotr(a, 13), v_rotr(a, 22));
	const vec t1 =
		v_add(v_add(v_add(*h, w), v_set1(k)), v_add(s1, v_ch(e, f, g)));

	*d = v_add(*d, t1);
	*h = v_add(t1, v_add(s0, v_maj(a, b, c)));
}

TARGET static void wide_compress(struct wide *x, size_t bytes)
{
	vec s[8], w[16];

	for (size_t off = 0; off < bytes; off += MUN_SHA256_BLOCK) {
		load_block(x->at, off, w);
		memcpy(s, x->s, sizeof(s));
#pragma GCC unroll 16
		for (unsigned int t = 0; t < 16; t++)
			wide_round(s, w[t], mun_sha256_k[t], t);
		for (unsigned int i = 16; i < 64; i += 16) {
#pragma GCC unroll 16
			for (unsigned int t = 0; t < 16; t++) {
				wide_schedule(w, t);
				wide_round(s, w[t], mun_sha256_k[i + t], t);
			}
		}
#pragma GCC unroll 8
		for (unsigned int i = 0; i < 8; i++)
			x->s[i] = v_add(x->s[i], s[i]);
	}
}

TARGET static void wide_end(const struct wide *x, size_t n,
			    uint8_t (*out)[MUN_SHA256_BYTES])
{
	uint32_t words[8][LANES];

	for (unsigned int i = 0; i < 8; i++)
		v_store(words[i], x->s[i]);
	for (size_t j = 0; j < n; j++) {
		for (unsigned int i = 0; i < 8; i++)
			mun_put_be32(out[j] + (size_t)4 * i, words[i][j]);
	}
}

/* @n messages; where there are fewer than lanes the last is hashed in all that
 * are left.  All are read before the first digest is written. */
TARGET static void wide_hash(const uint8_t *first, size_t stride, size_t len,
			     size_t n, uint8_t (*out)[MUN_SHA256_BYTES])
{
	uint8_t ends[LANES][2 * MUN_SHA256_BLOCK];
	struct wide x;
	size_t bytes = 0;

	for (unsigned int i = 0; i < 8; i++)
		x.s[i] = v_set1(mun_sha256_start[i]);
	for (size_t j = 0; j < LANES; j++) {
		x.at[j] = first + stride * (j < n ? j : n - 1);
		bytes = mun_sha256_pad(x.at[j], len, ends[j]);
	}
	wide_compress(&x, len - len % MUN_SHA256_BLOCK);
	for (size_t j = 0; j < LANES; j++)
		x.at[j] = ends[j];
	wide_compress(&x, bytes);
	wide_end(&x, n, out);
}

static void hash(const uint8_t *first, size_t stride, size_t len, size_t n,
		 uint8_t (*out)[MUN_SHA256_BYTES])
{
	while (n) {
		const size_t now = n < LANES ? n : LANES;

		wide_hash(first, stride, len, now, out);
		first += stride * now;
		out += now;
		n -= now;
	}
}
