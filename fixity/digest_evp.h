/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/digest_evp.h - OpenSSL's implementations, for this folder only */
#ifndef MUN_FIXITY_DIGEST_EVP_H
#define MUN_FIXITY_DIGEST_EVP_H

#include <openssl/evp.h>

#include "fixity/digest.h"

/**
 * mun_digest_evp() - what OpenSSL has for @alg
 *
 * Fetched once per process, as a fetch walks all providers; any thread.  The
 * value lives as long as the process.
 * Return: 0; MUN_EUNSUPPORTED where OpenSSL's policy forbids @alg (MD5 under
 * FIPS), or for MUN_CRC32, which OpenSSL does not know.
 */
MUN_CHECK int mun_digest_evp(enum mun_digest_alg alg, const EVP_MD **out,
			     struct mun_err *e);

#endif
