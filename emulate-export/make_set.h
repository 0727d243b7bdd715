/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_set.h - a set of names, each with a number */
#ifndef MUN_EMULATE_EXPORT_MAKE_SET_H
#define MUN_EMULATE_EXPORT_MAKE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"

/* Begin with { .arena = a }; the memory is the arena's. */
struct mun_make_set {
	struct mun_arena *arena;
	struct mun_make_slot *slots; /* open addressing */
	size_t room; /* a power of two */
	size_t used;
};

struct mun_make_slot {
	const void *key; /* NULL: free */
	size_t len;
	uint32_t number; /* the caller's; 0 at first */
};

/**
 * mun_make_set_at() - the place of @key, put in where it is missing
 * @key:   @len bytes, copied
 * @added: was it missing?
 *
 * Return: valid until the next call; NULL when memory is out.
 */
struct mun_make_slot *mun_make_set_at(struct mun_make_set *s, const void *key,
				      size_t len, bool *added);

#endif
