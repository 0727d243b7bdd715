/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/sha256_paths.h - the ways to hash several messages side by side
 *
 * A path is one file, sha256_NAME.c, and a row in sha256_lanes.c.  For this
 * folder and its tests only.
 */
#ifndef MUN_FIXITY_SHA256_PATHS_H
#define MUN_FIXITY_SHA256_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/bytes.h"
#include "fixity/sha256_lanes.h"

#define MUN_SHA256_BLOCK 64u /* bytes */

struct mun_sha256_path {
	const char *name; /* in MUNIMENT_SHA256 */
	bool (*can)(void); /* the processor, and the system with it */
	/* As mun_sha256_lanes(), of any number of messages. */
	void (*hash)(const uint8_t *first, size_t stride, size_t len, size_t n,
		     uint8_t (*out)[MUN_SHA256_BYTES]);
	size_t lanes; /* messages side by side */
	/* Of fewer messages than so many OpenSSL is done sooner, or a path that
	 * has instructions for SHA-256. */
	size_t worth_alone, worth_beside;
};

extern const struct mun_sha256_path mun_sha256_ni;
extern const struct mun_sha256_path mun_sha256_avx512;
extern const struct mun_sha256_path mun_sha256_avx2;
extern const struct mun_sha256_path mun_sha256_armv8;

/* FIPS 180-4, 4.2.2 and 5.3.3 */
extern const uint32_t mun_sha256_k[64];
extern const uint32_t mun_sha256_start[8];

/* The last bytes of a message, a one bit, zeros, the length in bits (FIPS
 * 180-4, 5.1.1): one block or two, how many bytes is returned. */
static inline size_t mun_sha256_pad(const uint8_t *msg, size_t len,
				    uint8_t out[static 2 * MUN_SHA256_BLOCK])
{
	const size_t rest = len % MUN_SHA256_BLOCK;
	const size_t bytes = rest + 9 <= MUN_SHA256_BLOCK
				     ? MUN_SHA256_BLOCK
				     : 2 * MUN_SHA256_BLOCK;

	memset(out, 0, 2 * (size_t)MUN_SHA256_BLOCK);
	if (rest)
		memcpy(out, msg + (len - rest), rest);
	out[rest] = 0x80;
	mun_put_be64(out + bytes - 8, (uint64_t)len * 8);
	return bytes;
}

/* Does it give the answers of the standard's examples, in every lane, and with
 * every number of messages? */
bool mun_sha256_path_works(const struct mun_sha256_path *path);

/* Which paths to use; NULL is OpenSSL. */
struct mun_sha256_plan {
	const struct mun_sha256_path *path;
	const struct mun_sha256_path *few; /* for too few messages for it */
};

/**
 * mun_sha256_choose() - which paths to use
 * @paths:  ended by NULL; the first is the one for few messages
 * @wanted: a name, or "openssl", or NULL: the fastest that there is, which is
 *          found by letting them run (a third of a millisecond)
 *
 * Says in the log what could not be had, and of a path that errs that it does;
 * that one is replaced by OpenSSL.
 */
struct mun_sha256_plan
mun_sha256_choose(const struct mun_sha256_path *const *paths,
		  const char *wanted);

/* All that were built, ended by NULL; the one with instructions for it first.
 */
extern const struct mun_sha256_path *const mun_sha256_paths[];

#endif
