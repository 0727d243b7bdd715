/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/md5_rounds.h - the rounds of MD5 for one kind of vector
 *
 * Included once for each kind, with these defined: MD5_NAME (of the function),
 * MD5_LANES, MD5_TARGET (attribute), MD5_VEC (type), and MD5_ADD, MD5_ROL, MD5_F,
 * MD5_G, MD5_H, MD5_I, MD5_SET1, MD5_LOAD, MD5_STORE.  They are undefined here.
 */

#define MD5_STEP(fn, a, b, c, d, k, s, t) \
	do { \
		(a) = MD5_ADD((a), MD5_ADD(w[k], MD5_SET1((int)(t)))); \
		(a) = MD5_ADD((a), fn((b), (c), (d))); \
		(a) = MD5_ADD(MD5_ROL((a), s), (b)); \
	} while (0)

/* Four steps, after which a, b, c and d are in their places again; the words
 * are @k, and on by @by each. */
#define MD5_FOUR(fn, k, by, s0, s1, s2, s3, t0, t1, t2, t3) \
	do { \
		MD5_STEP(fn, a, b, c, d, (k), s0, t0); \
		MD5_STEP(fn, d, a, b, c, ((k) + (by)) % 16, s1, t1); \
		MD5_STEP(fn, c, d, a, b, ((k) + 2 * (by)) % 16, s2, t2); \
		MD5_STEP(fn, b, c, d, a, ((k) + 3 * (by)) % 16, s3, t3); \
	} while (0)

/* @nblocks blocks of 64 bytes of each message at @p, which moves on.  The words
 * of one lane are @state[0..3][lane]. */
MD5_TARGET static void MD5_NAME(uint32_t (*state)[MUN_MD5_LANES],
				const uint8_t **p, size_t nblocks)
{
	_Alignas(64) uint32_t words[16][MD5_LANES];
	MD5_VEC a = MD5_LOAD(state[0]);
	MD5_VEC b = MD5_LOAD(state[1]);
	MD5_VEC c = MD5_LOAD(state[2]);
	MD5_VEC d = MD5_LOAD(state[3]);

	for (size_t n = 0; n < nblocks; n++) {
		const MD5_VEC a0 = a;
		const MD5_VEC b0 = b;
		const MD5_VEC c0 = c;
		const MD5_VEC d0 = d;
		MD5_VEC w[16];

		for (size_t lane = 0; lane < MD5_LANES; lane += 4)
			transpose4(&words[0][lane], MD5_LANES, p + lane,
				   n * BLOCK);
		for (size_t k = 0; k < 16; k++)
			w[k] = MD5_LOAD(words[k]);

		MD5_FOUR(MD5_F, 0, 1, 7, 12, 17, 22, 0xd76aa478, 0xe8c7b756,
			 0x242070db, 0xc1bdceee);
		MD5_FOUR(MD5_F, 4, 1, 7, 12, 17, 22, 0xf57c0faf, 0x4787c62a,
			 0xa8304613, 0xfd469501);
		MD5_FOUR(MD5_F, 8, 1, 7, 12, 17, 22, 0x698098d8, 0x8b44f7af,
			 0xffff5bb1, 0x895cd7be);
		MD5_FOUR(MD5_F, 12, 1, 7, 12, 17, 22, 0x6b901122, 0xfd987193,
			 0xa679438e, 0x49b40821);
		MD5_FOUR(MD5_G, 1, 5, 5, 9, 14, 20, 0xf61e2562, 0xc040b340,
			 0x265e5a51, 0xe9b6c7aa);
		MD5_FOUR(MD5_G, 5, 5, 5, 9, 14, 20, 0xd62f105d, 0x02441453,
			 0xd8a1e681, 0xe7d3fbc8);
		MD5_FOUR(MD5_G, 9, 5, 5, 9, 14, 20, 0x21e1cde6, 0xc33707d6,
			 0xf4d50d87, 0x455a14ed);
		MD5_FOUR(MD5_G, 13, 5, 5, 9, 14, 20, 0xa9e3e905, 0xfcefa3f8,
			 0x676f02d9, 0x8d2a4c8a);
		MD5_FOUR(MD5_H, 5, 3, 4, 11, 16, 23, 0xfffa3942, 0x8771f681,
			 0x6d9d6122, 0xfde5380c);
		MD5_FOUR(MD5_H, 1, 3, 4, 11, 16, 23, 0xa4beea44, 0x4bdecfa9,
			 0xf6bb4b60, 0xbebfbc70);
		MD5_FOUR(MD5_H, 13, 3, 4, 11, 16, 23, 0x289b7ec6, 0xeaa127fa,
			 0xd4ef3085, 0x04881d05);
		MD5_FOUR(MD5_H, 9, 3, 4, 11, 16, 23, 0xd9d4d039, 0xe6db99e5,
			 0x1fa27cf8, 0xc4ac5665);
		MD5_FOUR(MD5_I, 0, 7, 6, 10, 15, 21, 0xf4292244, 0x432aff97,
			 0xab9423a7, 0xfc93a039);
		MD5_FOUR(MD5_I, 12, 7, 6, 10, 15, 21, 0x655b59c3, 0x8f0ccc92,
			 0xffeff47d, 0x85845dd1);
		MD5_FOUR(MD5_I, 8, 7, 6, 10, 15, 21, 0x6fa87e4f, 0xfe2ce6e0,
			 0xa3014314, 0x4e0811a1);
		MD5_FOUR(MD5_I, 4, 7, 6, 10, 15, 21, 0xf7537e82, 0xbd3af235,
			 0x2ad7d2bb, 0xeb86d391);

		a = MD5_ADD(a, a0);
		b = MD5_ADD(b, b0);
		c = MD5_ADD(c, c0);
		d = MD5_ADD(d, d0);
	}
	MD5_STORE(state[0], a);
	MD5_STORE(state[1], b);
	MD5_STORE(state[2], c);
	MD5_STORE(state[3], d);
	for (size_t lane = 0; lane < MD5_LANES; lane++)
		p[lane] += nblocks * BLOCK;
}

#undef MD5_STEP
#undef MD5_FOUR
#undef MD5_NAME
#undef MD5_LANES
#undef MD5_TARGET
#undef MD5_VEC
#undef MD5_ADD
#undef MD5_ROL
#undef MD5_F
#undef MD5_G
#undef MD5_H
#undef MD5_I
#undef MD5_SET1
#undef MD5_LOAD
#undef MD5_STORE
