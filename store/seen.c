/* SPDX-License-Identifier: Apache-2.0 */
/* store/seen.c - a set of 128-bit keys by open addressing, half full at most */
#include "store/seen.h"

#include <stdlib.h>

#define FIRST_ROOM ((size_t)64)

struct slot {
	struct mun_seen_key key;
	bool used;
};

struct mun_seen {
	struct slot *slots;
	size_t room; /* a power of two */
	size_t n;
};

int mun_seen_new(struct mun_seen **out, struct mun_err *e)
{
	struct mun_seen *s = calloc(1, sizeof(*s));

	if (s)
		s->slots = calloc(FIRST_ROOM, sizeof(*s->slots));
	if (!s || !s->slots) {
		free(s);
		return mun_fail_nomem(e, "set");
	}
	s->room = FIRST_ROOM;
	*out = s;
	return 0;
}

void mun_seen_free(struct mun_seen *s)
{
	if (!s)
		return;
	free(s->slots);
	free(s);
}

/* Spread the bits: inode numbers follow each other. */
static uint64_t mix(struct mun_seen_key key)
{
	uint64_t h = key.of[0] * 0x9e3779b97f4a7c15u ^ key.of[1];

	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}

/* The slot that has @key, or the free one where it belongs. */
static struct slot *slot_of(struct slot *slots, size_t room,
			    struct mun_seen_key key)
{
	for (size_t i = (size_t)mix(key);; i++) {
		struct slot *s = &slots[i & (room - 1)];

		if (!s->used ||
		    (s->key.of[0] == key.of[0] && s->key.of[1] == key.of[1]))
			return s;
	}
}

static int grow(struct mun_seen *s, struct mun_err *e)
{
	size_t room = s->room * 2;
	struct slot *slots = calloc(room, sizeof(*slots));

	if (!slots)
		return mun_fail_nomem(e, "set");
	for (size_t i = 0; i < s->room; i++) {
		if (s->slots[i].used)
			*slot_of(slots, room, s->slots[i].key) = s->slots[i];
	}
	free(s->slots);
	s->slots = slots;
	s->room = room;
	return 0;
}

int mun_seen_add(struct mun_seen *s, struct mun_seen_key key, bool *before,
		 struct mun_err *e)
{
	struct slot *slot = slot_of(s->slots, s->room, key);

	*before = slot->used;
	if (slot->used)
		return 0;
	if (s->n + 1 > s->room / 2) {
		int rc = grow(s, e);

		if (rc)
			return rc;
		slot = slot_of(s->slots, s->room, key);
	}
	*slot = (struct slot){ .key = key, .used = true };
	s->n++;
	return 0;
}
