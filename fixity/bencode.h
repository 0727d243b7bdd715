/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/bencode.h - reading bencode (BEP 3), for this folder only
 *
 * A cursor over foreign bytes.  Nothing is copied: strings point into the
 * input.  Every length is checked against what is left before it is used, and
 * nesting is bounded.  Errors are MUN_ECORRUPT with the offset.
 */
#ifndef MUN_FIXITY_BENCODE_H
#define MUN_FIXITY_BENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define MUN_BENCODE_DEPTH 32u /* lists and dictionaries within each other */

struct mun_bencode {
	const uint8_t *data;
	size_t len;
	size_t at; /* of the next unread byte */
	unsigned int depth;
};

struct mun_bytes {
	const uint8_t *p;
	size_t len;
};

/* Is it exactly @text? */
bool mun_bytes_are(struct mun_bytes b, const char *text);

/* "3:abc" */
MUN_CHECK int mun_bencode_string(struct mun_bencode *b, struct mun_bytes *out,
				 struct mun_err *e);

/* "i42e"; one that is negative or above INT64_MAX is an error. */
MUN_CHECK int mun_bencode_uint(struct mun_bencode *b, uint64_t *out,
			       struct mun_err *e);

/* The 'd' of a dictionary, then its keys with mun_bencode_key(). */
MUN_CHECK int mun_bencode_dict(struct mun_bencode *b, struct mun_err *e);

/**
 * mun_bencode_key() - the next key of a dictionary, whose value then follows
 * @key: holds the key before ({NULL, 0} at the start), for BEP 3 wants keys
 *       sorted by raw bytes, which also says that none comes twice
 * @end: set when the dictionary has ended instead
 */
MUN_CHECK int mun_bencode_key(struct mun_bencode *b, struct mun_bytes *key,
			      bool *end, struct mun_err *e);

/* Any value, unread. */
MUN_CHECK int mun_bencode_skip(struct mun_bencode *b, struct mun_err *e);

#endif
