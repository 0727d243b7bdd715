/* SPDX-License-Identifier: Apache-2.0 */
/* store/seen.h - a set of 128-bit keys: was this one here before? */
#ifndef MUN_STORE_SEEN_H
#define MUN_STORE_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

struct mun_seen;

struct mun_seen_key {
	uint64_t of[2];
};

/* An empty set: mun_seen_free().  0 or MUN_ENOMEM. */
MUN_CHECK int mun_seen_new(struct mun_seen **out, struct mun_err *e);
void mun_seen_free(struct mun_seen *s); /* NULL is fine */
MUN_DEFINE_FREEP(seen, mun_seen_free);

/* Add @key; *@before: it was in already.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_seen_add(struct mun_seen *s, struct mun_seen_key key,
			   bool *before, struct mun_err *e);

#endif
