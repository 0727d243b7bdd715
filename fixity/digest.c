/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/digest.c - names and values of digests; OpenSSL's implementations */
#include "fixity/digest.h"

#include <pthread.h>
#include <strings.h>

#include <openssl/err.h>

#include "core/check.h"
#include "core/str.h"
#include "fixity/digest_evp.h"

struct alg {
	const char *name; /* written in the catalog: never rename */
	const char *title;
	const char *ocfl;
	const char *openssl;
	size_t bytes;
};

static const struct alg algs[MUN_DIGEST_N] = {
	[MUN_MD5] = { "md5", "MD5", "md5", "MD5", 16 },
	[MUN_SHA1] = { "sha1", "SHA-1", "sha1", "SHA1", 20 },
	[MUN_SHA256] = { "sha256", "SHA-256", "sha256", "SHA256", 32 },
	[MUN_SHA512] = { "sha512", "SHA-512", "sha512", "SHA512", 64 },
	[MUN_SHA512_256] = { "sha512-256", "SHA-512/256", "sha512/256",
			     "SHA512-256", 32 },
	[MUN_BLAKE2B_512] = { "blake2b-512", "BLAKE2b-512", "blake2b-512",
			      "BLAKE2B-512", 64 },
	[MUN_CRC32] = { "crc32", "CRC-32", NULL, NULL, 4 },
};

static EVP_MD *fetched[MUN_DIGEST_N];
static pthread_once_t fetched_once = PTHREAD_ONCE_INIT;

static void fetch_all(void)
{
	for (int i = 0; i < MUN_DIGEST_N; i++) {
		if (algs[i].openssl)
			fetched[i] = EVP_MD_fetch(NULL, algs[i].openssl, NULL);
	}
	/* A refusal is told by NULL, not by OpenSSL's per-thread queue. */
	ERR_clear_error();
}

int mun_digest_evp(enum mun_digest_alg alg, const EVP_MD **out,
		   struct mun_err *e)
{
	(void)pthread_once(&fetched_once, fetch_all);
	if (!fetched[alg])
		return mun_fail(e, MUN_EUNSUPPORTED,
				"OpenSSL does not provide %s here",
				algs[alg].title);
	*out = fetched[alg];
	return 0;
}

const char *mun_digest_name(enum mun_digest_alg alg)
{
	return algs[alg].name;
}

const char *mun_digest_title(enum mun_digest_alg alg)
{
	return algs[alg].title;
}

const char *mun_digest_ocfl_name(enum mun_digest_alg alg)
{
	return algs[alg].ocfl;
}

size_t mun_digest_bytes(enum mun_digest_alg alg)
{
	return algs[alg].bytes;
}

static bool is_called(const struct alg *a, const char *name, size_t len)
{
	const char *const names[] = { a->name, a->title, a->ocfl };

	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		if (names[i] && strlen(names[i]) == len &&
		    !strncasecmp(names[i], name, len))
			return true;
	}
	return false;
}

static int from_name(const char *name, size_t len, enum mun_digest_alg *out,
		     struct mun_err *e)
{
	for (int i = 0; i < MUN_DIGEST_N; i++) {
		if (is_called(&algs[i], name, len)) {
			*out = (enum mun_digest_alg)i;
			return 0;
		}
	}
	return mun_fail(e, MUN_EINVAL, "no digest algorithm '%.*s'",
			(int)MUN_MIN(len, (size_t)64), name);
}

int mun_digest_from_name(const char *name, enum mun_digest_alg *out,
			 struct mun_err *e)
{
	return from_name(name, strlen(name), out, e);
}

int mun_digest_set_parse(const char *text, unsigned int *set_out,
			 struct mun_err *e)
{
	unsigned int set = 0;
	const char *p = text;

	for (;;) {
		enum mun_digest_alg alg;
		size_t len;
		const char *end;
		int rc;

		p += strspn(p, " \t");
		len = strcspn(p, ",");
		end = p + len;
		while (len && (p[len - 1] == ' ' || p[len - 1] == '\t'))
			len--;
		rc = from_name(p, len, &alg, e);
		if (rc)
			return mun_ctx(e, "digests '%s'", text);
		set |= MUN_DIGEST_BIT(alg);
		if (!*end)
			break;
		p = end + 1;
	}
	*set_out = set;
	return 0;
}

void mun_digest_hex(const struct mun_digest *d, char out[static MUN_DIGEST_HEX])
{
	mun_hex(d->bytes, MUN_MIN(d->len, (size_t)MUN_DIGEST_MAX), out);
}

int mun_digest_parse(enum mun_digest_alg alg, const char *hex,
		     struct mun_digest *out, struct mun_err *e)
{
	struct mun_digest d = { .len = algs[alg].bytes };

	if (!mun_unhex(hex, d.bytes, d.len))
		return mun_fail(e, MUN_EINVAL,
				"'%.140s' is not the %zu hex digits of a %s",
				hex, 2 * d.len, algs[alg].title);
	*out = d;
	return 0;
}

bool mun_digest_equal(const struct mun_digest *a, const struct mun_digest *b)
{
	return a->len && a->len == b->len &&
	       !memcmp(a->bytes, b->bytes, a->len);
}

int mun_digest_memory(unsigned int set, const void *data, size_t len,
		      struct mun_digests *out, struct mun_err *e)
{
	mun_auto(hasher) *h = NULL;
	int rc;

	rc = mun_hasher_new(set, &h, e);
	if (!rc)
		rc = mun_hasher_update(h, data, len, e);
	if (!rc) {
		*out = (struct mun_digests){ 0 };
		rc = mun_hasher_final(h, out, e);
	}
	return rc;
}
