/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/signkey.h - the repository's Ed25519 key (RFC 8032), through OpenSSL */
#ifndef MUN_FIXITY_SIGNKEY_H
#define MUN_FIXITY_SIGNKEY_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define MUN_SIGNKEY_PUBLIC 32
#define MUN_SIGNKEY_SIGNATURE 64
#define MUN_SIGNKEY_ID 17 /* 16 hex digits of SHA-256(public key), NUL */

struct mun_signkey;

/* Make a key and write it to @path (PKCS #8 PEM, mode 0600), durably.
 * MUN_EEXIST where the file is there. */
MUN_CHECK int mun_signkey_create(const char *path, struct mun_signkey **out,
				 struct mun_err *e);

/* MUN_ENOENT; MUN_ECORRUPT; MUN_EINVAL for a file that others may read. */
MUN_CHECK int mun_signkey_load(const char *path, struct mun_signkey **out,
			       struct mun_err *e);
void mun_signkey_free(struct mun_signkey *k); /* NULL is fine */
MUN_DEFINE_FREEP(signkey, mun_signkey_free);

/* Its id and its public half, lent until it is freed. */
const char *mun_signkey_id(const struct mun_signkey *k);
const uint8_t *mun_signkey_public(const struct mun_signkey *k);

/* The id of any public key. */
void mun_signkey_id_of(const uint8_t public_key[static MUN_SIGNKEY_PUBLIC],
		       char out[static MUN_SIGNKEY_ID]);

/* The signature over @len bytes; Ed25519 gives the same each time.  0,
 * MUN_ENOMEM, MUN_EUNSUPPORTED. */
MUN_CHECK int mun_signkey_sign(const struct mun_signkey *k, const void *data,
			       size_t len,
			       uint8_t out[static MUN_SIGNKEY_SIGNATURE],
			       struct mun_err *e);

/* 0, or MUN_EFIXITY where the signature is not that key's over these bytes. */
MUN_CHECK int
mun_signkey_verify(const uint8_t public_key[static MUN_SIGNKEY_PUBLIC],
		   const void *data, size_t len,
		   const uint8_t signature[static MUN_SIGNKEY_SIGNATURE],
		   struct mun_err *e);

/* The public key as PEM (SubjectPublicKeyInfo), the caller's; and back
 * (MUN_ECORRUPT for what is no Ed25519 public key). */
MUN_CHECK int
mun_signkey_pem(const uint8_t public_key[static MUN_SIGNKEY_PUBLIC], char **out,
		struct mun_err *e);
MUN_CHECK int mun_signkey_public_of_pem(const char *pem, size_t len,
					uint8_t out[static MUN_SIGNKEY_PUBLIC],
					struct mun_err *e);

#endif
