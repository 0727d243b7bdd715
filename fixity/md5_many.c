/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/md5_many.c - MD5 of many messages of one length at a time */
#include "fixity/md5_many.h"

#include <pthread.h>
#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "fixity/digest_evp.h"

#define BLOCK 64u

/* Blocks of up to MUN_MD5_LANES messages: see md5_rounds.h. */
typedef void blocks_fn(uint32_t (*state)[MUN_MD5_LANES], const uint8_t **p,
		       size_t nblocks);

struct lanes {
	const char *name;
	size_t n;
	blocks_fn *blocks; /* NULL: OpenSSL, one by one */
};

struct mun_md5_many {
	size_t n;
	const struct lanes *lanes;
	struct stream {
		uint32_t state[4];
		uint64_t bytes; /* so far */
		EVP_MD_CTX *openssl;
	} * streams;
	const EVP_MD *md;
};

#if defined(__x86_64__)

#include <immintrin.h>

/* Four messages' next 16 words, as the same word of each side by side: word k
 * at @out + k * @stride. */
static inline void transpose4(uint32_t *out, size_t stride,
			      const uint8_t *const *p, size_t off)
{
	for (size_t k = 0; k < 16; k += 4) {
		__m128i r[4];
		__m128i t[4];

		for (size_t i = 0; i < 4; i++)
			r[i] = _mm_loadu_si128(
				(const __m128i *)(const void *)(p[i] + off +
								4 * k));
		t[0] = _mm_unpacklo_epi32(r[0], r[1]);
		t[1] = _mm_unpacklo_epi32(r[2], r[3]);
		t[2] = _mm_unpackhi_epi32(r[0], r[1]);
		t[3] = _mm_unpackhi_epi32(r[2], r[3]);
		r[0] = _mm_unpacklo_epi64(t[0], t[1]);
		r[1] = _mm_unpackhi_epi64(t[0], t[1]);
		r[2] = _mm_unpacklo_epi64(t[2], t[3]);
		r[3] = _mm_unpackhi_epi64(t[2], t[3]);
		for (size_t i = 0; i < 4; i++)
			_mm_storeu_si128(
				(__m128i *)(void *)(out + (k + i) * stride),
				r[i]);
	}
}

/* The truth tables of RFC 1321's F, G, H and I, for VPTERNLOG. */
#define MD5_NAME blocks_avx512
#define MD5_LANES 16u
#define MD5_TARGET __attribute__((target("avx512f")))
#define MD5_VEC __m512i
#define MD5_ADD(x, y) _mm512_add_epi32(x, y)
#define MD5_ROL(x, s) _mm512_rol_epi32(x, s)
#define MD5_F(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0xca)
#define MD5_G(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0xe4)
#define MD5_H(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0x96)
#define MD5_I(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0x39)
#define MD5_SET1(x) _mm512_set1_epi32(x)
#define MD5_LOAD(p) _mm512_loadu_si512(p)
#define MD5_STORE(p, x) _mm512_storeu_si512(p, x)
#include "fixity/md5_rounds.h"

#define MD5_NAME blocks_avx2
#define MD5_LANES 8u
#define MD5_TARGET __attribute__((target("avx2")))
#define MD5_VEC __m256i
#define MD5_ADD(x, y) _mm256_add_epi32(x, y)
#define MD5_ROL(x, s) \
	_mm256_or_si256(_mm256_slli_epi32(x, s), _mm256_srli_epi32(x, 32 - (s)))
#define MD5_F(x, y, z) \
	_mm256_xor_si256(z, _mm256_and_si256(x, _mm256_xor_si256(y, z)))
#define MD5_G(x, y, z) \
	_mm256_xor_si256(y, _mm256_and_si256(z, _mm256_xor_si256(x, y)))
#define MD5_H(x, y, z) _mm256_xor_si256(_mm256_xor_si256(x, y), z)
#define MD5_I(x, y, z) \
	_mm256_xor_si256( \
		y, _mm256_or_si256( \
			   x, _mm256_xor_si256(z, _mm256_set1_epi32(-1))))
#define MD5_SET1(x) _mm256_set1_epi32(x)
#define MD5_LOAD(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define MD5_STORE(p, x) _mm256_storeu_si256((__m256i *)(void *)(p), x)
#include "fixity/md5_rounds.h"

static bool can_avx512(void)
{
	return __builtin_cpu_supports("avx512f");
}

static bool can_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}

#endif

static bool can_always(void)
{
	return true;
}

/* The fastest first. */
static const struct choice {
	struct lanes lanes;
	bool (*can)(void);
} choices[] = {
#if defined(__x86_64__)
	{ { "avx512", 16, blocks_avx512 }, can_avx512 },
	{ { "avx2", 8, blocks_avx2 }, can_avx2 },
#endif
	{ { "openssl", 1, NULL }, can_always },
};

static void start(struct stream *s)
{
	/* RFC 1321, 3.3 */
	static const uint32_t initial[4] = { 0x67452301, 0xefcdab89, 0x98badcfe,
					     0x10325476 };

	memcpy(s->state, initial, sizeof(initial));
	s->bytes = 0;
}

/* @count <= lanes streams at once; lanes that are left over repeat the first
 * one's bytes, for nothing. */
static void run(const struct lanes *l, struct stream *s, size_t count,
		const uint8_t **p, size_t nblocks)
{
	_Alignas(64) uint32_t state[4][MUN_MD5_LANES] = { 0 };

	for (size_t i = count; i < l->n; i++)
		p[i] = p[0];
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < 4; k++)
			state[k][i] = s[i].state[k];
	}
	l->blocks(state, p, nblocks);
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < 4; k++)
			s[i].state[k] = state[k][i];
		s[i].bytes += nblocks * BLOCK;
	}
}

/* What is left of a message, a one bit, zeros, and the length in bits (RFC
 * 1321, 3.1 and 3.2), as @nblocks blocks. */
static void pad(const struct stream *s, const uint8_t *data, size_t bytes,
		uint8_t out[static 2 * BLOCK], size_t nblocks)
{
	const uint64_t bits = (s->bytes + bytes) * 8;
	uint8_t *end = out + nblocks * BLOCK - 8;

	memset(out, 0, (size_t)2 * BLOCK);
	if (bytes)
		memcpy(out, data, bytes);
	out[bytes] = 0x80;
	mun_put_le32(end, (uint32_t)bits);
	mun_put_le32(end + 4, (uint32_t)(bits >> 32));
}

static void finish(const struct lanes *l, struct stream *s, size_t count,
		   const uint8_t **p, size_t bytes,
		   uint8_t (*out)[MUN_MD5_BYTES])
{
	uint8_t ends[MUN_MD5_LANES][2 * BLOCK];
	const size_t nblocks = bytes % BLOCK < BLOCK - 8 ? 1 : 2;

	if (bytes / BLOCK)
		run(l, s, count, p, bytes / BLOCK);
	for (size_t i = 0; i < count; i++) {
		pad(&s[i], p[i], bytes % BLOCK, ends[i], nblocks);
		p[i] = ends[i];
	}
	run(l, s, count, p, nblocks);
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < 4; k++)
			mun_put_le32(out[i] + 4 * k, s[i].state[k]);
		start(&s[i]);
	}
}

/* RFC 1321, A.5, in every lane, and one of two blocks in the others: code that
 * was miscompiled, or a unit that errs, must never vouch for bytes. */
static bool gives_the_standards_answer(const struct lanes *l)
{
	static const char text[] = "1234567890123456789012345678901234567890"
				   "1234567890123456789012345678901234567890";
	static const uint8_t want[MUN_MD5_BYTES] = { 0x57, 0xed, 0xf4, 0xa2,
						     0x2b, 0xe3, 0xc9, 0x55,
						     0xac, 0x49, 0xda, 0x2e,
						     0x21, 0x07, 0xb6, 0x7a };
	struct stream s[MUN_MD5_LANES] = { 0 };
	uint8_t got[MUN_MD5_LANES][MUN_MD5_BYTES];
	uint8_t other[sizeof(text)];

	memset(other, 'z', sizeof(other));
	for (size_t lane = 0; lane < l->n; lane++) {
		const uint8_t *p[MUN_MD5_LANES];

		for (size_t i = 0; i < l->n; i++) {
			start(&s[i]);
			p[i] = i == lane ? (const uint8_t *)text : other;
		}
		finish(l, s, l->n, p, sizeof(text) - 1, got);
		for (size_t i = 0; i < l->n; i++) {
			if (!memcmp(got[i], want, sizeof(want)) != (i == lane))
				return false;
		}
	}
	return true;
}

static bool usable[MUN_COUNT(choices)];
static const struct lanes *in_use;
static pthread_once_t usable_once = PTHREAD_ONCE_INIT;

static void find_usable(void)
{
	for (size_t n = MUN_COUNT(choices); n--;) {
		const struct lanes *l = &choices[n].lanes;

		usable[n] = choices[n].can() &&
			    (!l->blocks || gives_the_standards_answer(l));
		if (usable[n])
			in_use = l;
	}
}

bool mun_md5_many_use(const char *name)
{
	(void)pthread_once(&usable_once, find_usable);
	for (size_t n = 0; n < MUN_COUNT(choices); n++) {
		const struct lanes *l = &choices[n].lanes;

		if (usable[n] && (!name || !strcmp(l->name, name))) {
			in_use = l;
			return true;
		}
	}
	return false;
}

static int openssl_error(struct mun_err *e)
{
	return mun_fail(e, MUN_EUNSUPPORTED, "OpenSSL failed to compute MD5");
}

static int start_openssl(struct mun_md5_many *m, struct mun_err *e)
{
	int rc = mun_digest_evp(MUN_MD5, &m->md, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < m->n; i++) {
		m->streams[i].openssl = EVP_MD_CTX_new();
		if (!m->streams[i].openssl)
			return mun_fail_nomem(e, "MD5");
		if (!EVP_DigestInit_ex(m->streams[i].openssl, m->md, NULL))
			return openssl_error(e);
	}
	return 0;
}

int mun_md5_many_new(size_t n, struct mun_md5_many **out, struct mun_err *e)
{
	mun_auto(md5_many) *m = NULL;
	int rc;

	(void)pthread_once(&usable_once, find_usable);
	m = calloc(1, sizeof(*m));
	if (!m)
		return mun_fail_nomem(e, "MD5");
	m->lanes = in_use;
	m->streams = calloc(n ? n : 1, sizeof(*m->streams));
	if (!m->streams)
		return mun_fail_nomem(e, "MD5");
	m->n = n;
	for (size_t i = 0; i < n; i++)
		start(&m->streams[i]);
	if (!m->lanes->blocks) {
		rc = start_openssl(m, e);
		if (rc)
			return rc;
	}
	*out = mun_steal(&m);
	return 0;
}

static int openssl_final(const struct mun_md5_many *m, struct stream *s,
			 uint8_t out[static MUN_MD5_BYTES], struct mun_err *e)
{
	if (!EVP_DigestFinal_ex(s->openssl, out, NULL) ||
	    !EVP_DigestInit_ex(s->openssl, m->md, NULL))
		return openssl_error(e);
	return 0;
}

/* @out is NULL but for the end of the messages. */
static int work(struct mun_md5_many *m, size_t first, size_t count,
		const uint8_t *data, size_t stride, size_t bytes,
		uint8_t (*out)[MUN_MD5_BYTES], struct mun_err *e)
{
	const size_t most = m->lanes->n;

	for (size_t i = 0; i < count; i += most) {
		const size_t n = MUN_MIN(count - i, most);
		struct stream *s = &m->streams[first + i];
		const uint8_t *p[MUN_MD5_LANES] = { NULL };
		int rc = 0;

		for (size_t k = 0; k < n; k++)
			p[k] = data + (i + k) * stride;
		if (m->lanes->blocks && out)
			finish(m->lanes, s, n, p, bytes, out + i);
		else if (m->lanes->blocks)
			run(m->lanes, s, n, p, bytes / BLOCK);
		else if (!EVP_DigestUpdate(s->openssl, p[0], bytes))
			rc = openssl_error(e);
		else if (out)
			rc = openssl_final(m, s, out[i], e);
		if (rc)
			return rc;
	}
	return 0;
}

int mun_md5_many_update(struct mun_md5_many *m, size_t first, size_t count,
			const uint8_t *data, size_t stride, size_t bytes,
			struct mun_err *e)
{
	if (bytes % BLOCK)
		return mun_fail(e, MUN_EINVAL, "%zu bytes are no MD5 blocks",
				bytes);
	return bytes ? work(m, first, count, data, stride, bytes, NULL, e) : 0;
}

int mun_md5_many_final(struct mun_md5_many *m, size_t first, size_t count,
		       const uint8_t *data, size_t stride, size_t bytes,
		       uint8_t (*out)[MUN_MD5_BYTES], struct mun_err *e)
{
	return work(m, first, count, data, stride, bytes, out, e);
}

void mun_md5_many_free(struct mun_md5_many *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++)
		EVP_MD_CTX_free(m->streams[i].openssl);
	free(m->streams);
	free(m);
}
