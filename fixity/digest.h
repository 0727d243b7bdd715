/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/digest.h - message digests: names, values, several over one pass */
#ifndef MUN_FIXITY_DIGEST_H
#define MUN_FIXITY_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"

/* The numbers are for memory only; what is stored is the name. */
enum mun_digest_alg {
	MUN_MD5,
	MUN_SHA1,
	MUN_SHA256,
	MUN_SHA512,
	MUN_SHA512_256,
	MUN_BLAKE2B_512,
	MUN_CRC32, /* IEEE 802.3, as zip and zlib write it, big-endian */
	MUN_DIGEST_N
};

#define MUN_DIGEST_MAX 64 /* bytes */
#define MUN_DIGEST_HEX (2 * MUN_DIGEST_MAX + 1)

/* A finished value. @len is in bytes, 0 if that algorithm was not asked for. */
struct mun_digest {
	uint8_t bytes[MUN_DIGEST_MAX];
	size_t len;
};

/* One value per algorithm. */
struct mun_digests {
	struct mun_digest of[MUN_DIGEST_N];
};

/* A set is bits 1u << enum mun_digest_alg. */
#define MUN_DIGEST_BIT(alg) (1u << (alg))
#define MUN_DIGEST_ALL ((1u << MUN_DIGEST_N) - 1u)

/* "sha256", "sha512-256": in the catalog, the configuration and JSON. */
const char *mun_digest_name(enum mun_digest_alg alg);

/* "SHA-256": for people and PREMIS. */
const char *mun_digest_title(enum mun_digest_alg alg);

/* The key in an OCFL fixity block (OCFL 1.1, 3.2 and extension 0009), or NULL
 * for what OCFL does not know (CRC-32). */
const char *mun_digest_ocfl_name(enum mun_digest_alg alg);

/* Length of a value in bytes. */
size_t mun_digest_bytes(enum mun_digest_alg alg);

/* By any of the three names, case ignored.  0 or MUN_EINVAL. */
MUN_CHECK int mun_digest_from_name(const char *name, enum mun_digest_alg *out,
				   struct mun_err *e);

/* "md5,sha256": a set of at least one; MUN_EINVAL names what is unknown. */
MUN_CHECK int mun_digest_set_parse(const char *text, unsigned int *set_out,
				   struct mun_err *e);

/* Lower-case hex, "" for an absent value. */
void mun_digest_hex(const struct mun_digest *d,
		    char out[static MUN_DIGEST_HEX]);

/* 0, or MUN_EINVAL for what is not exactly the algorithm's number of hex
 * digits. */
MUN_CHECK int mun_digest_parse(enum mun_digest_alg alg, const char *hex,
			       struct mun_digest *out, struct mun_err *e);

/* False where either is absent. */
bool mun_digest_equal(const struct mun_digest *a, const struct mun_digest *b);

struct mun_hasher;

/**
 * mun_hasher_new() - start hashing with every algorithm in @algs
 * @algs: bit set, 1u << enum mun_digest_alg; at least one
 * @out:  the hasher, owned by the caller: free with mun_hasher_free()
 *
 * Return: 0, MUN_EINVAL for an empty or unknown set, MUN_ENOMEM, or
 * MUN_EUNSUPPORTED if OpenSSL's policy forbids one.  @out is set on success
 * only.
 */
MUN_CHECK int mun_hasher_new(unsigned int algs, struct mun_hasher **out,
			     struct mun_err *e);
MUN_CHECK int mun_hasher_update(struct mun_hasher *h, const void *data,
				size_t len, struct mun_err *e);

/* The values; the hasher can then only be freed.  Absent algorithms have len
 * 0 in @out; others' entries are left as they are if @out was zeroed. */
MUN_CHECK int mun_hasher_final(struct mun_hasher *h, struct mun_digests *out,
			       struct mun_err *e);
void mun_hasher_free(struct mun_hasher *h); /* NULL is fine */
MUN_DEFINE_FREEP(hasher, mun_hasher_free);

/* Digests of @len bytes in memory. */
MUN_CHECK int mun_digest_memory(unsigned int algs, const void *data, size_t len,
				struct mun_digests *out, struct mun_err *e);

#endif
