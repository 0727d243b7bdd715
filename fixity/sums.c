/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/sums.c - the digests that bags of others may have */
#include "fixity/sums.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"

static const struct {
	const char *name; /* as manifests are named */
	const char *openssl;
	size_t bytes;
} table[MUN_SUMS] = {
	{ "md5", "MD5", 16 },
	{ "sha1", "SHA1", 20 },
	{ "sha224", "SHA2-224", 28 },
	{ "sha256", "SHA2-256", 32 },
	{ "sha384", "SHA2-384", 48 },
	{ "sha512", "SHA2-512", 64 },
	{ "sha512256", "SHA2-512/256", 32 },
	{ "sha3224", "SHA3-224", 28 },
	{ "sha3256", "SHA3-256", 32 },
	{ "sha3384", "SHA3-384", 48 },
	{ "sha3512", "SHA3-512", 64 },
	{ "blake2b512", "BLAKE2B-512", 64 },
	{ "blake2s256", "BLAKE2S-256", 32 },
};

/* As Python's hashlib names them. */
static const struct {
	const char *name;
	const char *is;
} others[] = { { "blake2b", "blake2b512" }, { "blake2s", "blake2s256" } };

struct mun_sums {
	EVP_MD_CTX *of[MUN_SUMS];
};

const char *mun_sum_name(unsigned int alg)
{
	return table[alg].name;
}

size_t mun_sum_bytes(unsigned int alg)
{
	return table[alg].bytes;
}

/* In lower case; NUL where it is neither letter nor digit. */
static char plain_char(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c | 0x20);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '\0';
}

/* Its letters and digits; false where those are too many. */
static bool plain_name(const char *name, char out[static 16])
{
	size_t n = 0;

	for (const char *p = name; *p; p++) {
		char c = plain_char(*p);

		if (c && n == 15)
			return false;
		if (c)
			out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

unsigned int mun_sum_find(const char *name)
{
	const char *wanted;
	char plain[16];

	if (!plain_name(name, plain))
		return MUN_SUMS;
	wanted = plain;
	for (size_t i = 0; i < MUN_COUNT(others); i++) {
		if (!strcmp(plain, others[i].name))
			wanted = others[i].is;
	}
	for (unsigned int i = 0; i < MUN_SUMS; i++) {
		if (!strcmp(wanted, table[i].name))
			return i;
	}
	return MUN_SUMS;
}

static int start(EVP_MD_CTX **out, unsigned int alg, struct mun_err *e)
{
	EVP_MD *md = EVP_MD_fetch(NULL, table[alg].openssl, NULL);
	int rc = 0;

	if (!md)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"OpenSSL does not allow %s here",
				table[alg].openssl);
	*out = EVP_MD_CTX_new();
	if (!*out || !EVP_DigestInit_ex2(*out, md, NULL))
		rc = mun_fail_nomem(e, "digest");
	EVP_MD_free(md);
	return rc;
}

int mun_sums_new(unsigned int set, struct mun_sums **out, struct mun_err *e)
{
	mun_auto(sums) *s = calloc(1, sizeof(*s));
	int rc = 0;

	if (!s)
		return mun_fail_nomem(e, "digests");
	for (unsigned int i = 0; !rc && i < MUN_SUMS; i++) {
		if (set & 1u << i)
			rc = start(&s->of[i], i, e);
	}
	if (rc)
		return rc;
	*out = mun_steal(&s);
	return 0;
}

int mun_sums_add(struct mun_sums *s, const void *data, size_t len,
		 struct mun_err *e)
{
	for (unsigned int i = 0; i < MUN_SUMS; i++) {
		if (s->of[i] && !EVP_DigestUpdate(s->of[i], data, len))
			return mun_fail(e, MUN_EUNSUPPORTED,
					"%s failed in OpenSSL", table[i].name);
	}
	return 0;
}

int mun_sums_final(struct mun_sums *s, struct mun_sum_values *out,
		   struct mun_err *e)
{
	for (unsigned int i = 0; i < MUN_SUMS; i++) {
		unsigned int n = 0;

		if (s->of[i] &&
		    (!EVP_DigestFinal_ex(s->of[i], out->of[i], &n) ||
		     n != table[i].bytes))
			return mun_fail(e, MUN_EUNSUPPORTED,
					"%s failed in OpenSSL", table[i].name);
	}
	return 0;
}

void mun_sums_free(struct mun_sums *s)
{
	if (!s)
		return;
	for (unsigned int i = 0; i < MUN_SUMS; i++)
		EVP_MD_CTX_free(s->of[i]);
	free(s);
}
