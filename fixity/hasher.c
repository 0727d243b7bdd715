/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/hasher.c - several digests over one pass of the bytes */
#include "fixity/digest.h"

#include <zlib.h>

#include "core/bytes.h"
#include "fixity/digest_evp.h"

struct mun_hasher {
	EVP_MD_CTX *ctx[MUN_DIGEST_N]; /* NULL: not asked for, or CRC-32 */
	bool crc_wanted;
	unsigned long crc; /* zlib's type; 32 bits of it */
};

static int start(EVP_MD_CTX **out, enum mun_digest_alg alg, struct mun_err *e)
{
	const EVP_MD *md;
	int rc;

	rc = mun_digest_evp(alg, &md, e);
	if (rc)
		return rc;
	*out = EVP_MD_CTX_new();
	if (!*out)
		return mun_fail_nomem(e, "digest context");
	if (EVP_DigestInit_ex2(*out, md, NULL) != 1)
		return mun_fail(e, MUN_EUNSUPPORTED, "OpenSSL refuses %s",
				mun_digest_title(alg));
	return 0;
}

int mun_hasher_new(unsigned int algs, struct mun_hasher **out,
		   struct mun_err *e)
{
	mun_auto(hasher) *h = NULL;
	int rc;

	if (!algs || algs & ~MUN_DIGEST_ALL)
		return mun_fail(e, MUN_EINVAL, "digest set %#x", algs);
	h = calloc(1, sizeof(*h));
	if (!h)
		return mun_fail_nomem(e, "hasher");
	h->crc_wanted = algs & MUN_DIGEST_BIT(MUN_CRC32);
	h->crc = crc32_z(0, NULL, 0);
	for (int i = 0; i < MUN_CRC32; i++) {
		if (!(algs & MUN_DIGEST_BIT(i)))
			continue;
		rc = start(&h->ctx[i], (enum mun_digest_alg)i, e);
		if (rc)
			return rc;
	}
	*out = mun_steal(&h);
	return 0;
}

int mun_hasher_update(struct mun_hasher *h, const void *data, size_t len,
		      struct mun_err *e)
{
	if (!len)
		return 0;
	for (int i = 0; i < MUN_DIGEST_N; i++) {
		if (h->ctx[i] && EVP_DigestUpdate(h->ctx[i], data, len) != 1)
			return mun_fail(
				e, MUN_EUNSUPPORTED, "OpenSSL failed in %s",
				mun_digest_title((enum mun_digest_alg)i));
	}
	if (h->crc_wanted)
		h->crc = crc32_z(h->crc, data, len);
	return 0;
}

int mun_hasher_final(struct mun_hasher *h, struct mun_digests *out,
		     struct mun_err *e)
{
	for (int i = 0; i < MUN_DIGEST_N; i++) {
		struct mun_digest *d = &out->of[i];
		unsigned int len = 0;

		if (!h->ctx[i])
			continue;
		if (EVP_DigestFinal_ex(h->ctx[i], d->bytes, &len) != 1 ||
		    len != mun_digest_bytes((enum mun_digest_alg)i))
			return mun_fail(
				e, MUN_EUNSUPPORTED, "OpenSSL failed in %s",
				mun_digest_title((enum mun_digest_alg)i));
		d->len = len;
	}
	if (h->crc_wanted) {
		mun_put_be32(out->of[MUN_CRC32].bytes, (uint32_t)h->crc);
		out->of[MUN_CRC32].len = 4;
	}
	return 0;
}

void mun_hasher_free(struct mun_hasher *h)
{
	if (!h)
		return;
	for (int i = 0; i < MUN_DIGEST_N; i++)
		EVP_MD_CTX_free(h->ctx[i]);
	free(h);
}
