/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_set.c - a set of names, each with a number */
#include "emulate-export/make_set.h"

#include <string.h>

#define FIRST_ROOM 64u

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const void *key, size_t len)
{
	const uint8_t *p = key;
	uint64_t h = UINT64_C(0xCBF29CE484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001B3);
	return h ^ h >> 32;
}

static struct mun_make_slot *find(const struct mun_make_set *s, const void *key,
				  size_t len)
{
	size_t i = (size_t)hash_of(key, len) & (s->room - 1);

	while (s->slots[i].key && (s->slots[i].len != len ||
				   memcmp(s->slots[i].key, key, len) != 0))
		i = (i + 1) & (s->room - 1);
	return &s->slots[i];
}

/* Never more than half full. */
static bool grow(struct mun_make_set *s)
{
	struct mun_make_set more = *s;

	if (s->used < s->room / 2)
		return true;
	more.room = s->room ? 2 * s->room : FIRST_ROOM;
	more.slots = mun_arena_array(s->arena, more.room, sizeof(*more.slots));
	if (!more.slots)
		return false;
	for (size_t i = 0; i < s->room; i++)
		if (s->slots[i].key)
			*find(&more, s->slots[i].key, s->slots[i].len) =
				s->slots[i];
	*s = more;
	return true;
}

struct mun_make_slot *mun_make_set_at(struct mun_make_set *s, const void *key,
				      size_t len, bool *added)
{
	struct mun_make_slot *slot;

	if (!grow(s))
		return NULL;
	slot = find(s, key, len);
	*added = !slot->key;
	if (slot->key)
		return slot;
	/* A byte more, so that an empty key has an address. */
	slot->key = mun_arena_alloc(s->arena, len + 1);
	if (!slot->key)
		return NULL;
	memcpy((void *)(uintptr_t)slot->key, key, len);
	slot->len = len;
	s->used++;
	return slot;
}
