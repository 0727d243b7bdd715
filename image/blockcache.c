/* SPDX-License-Identifier: Apache-2.0 */
/* image/blockcache.c - decoded chunks and tables, kept while they are wanted */
#include "image/blockcache.h"

#include "core/check.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define NONE UINT32_MAX

enum slot_state {
	SLOT_EMPTY, /* has no key; in the list of those to be taken */
	SLOT_FILLING, /* one thread fills it, unlocked */
	SLOT_READY,
};

/* An unpinned slot is in the list, the one that was not wanted for longest
 * first; a pinned one is not. */
struct slot {
	struct mun_cached block;
	enum slot_state state;
	unsigned int pins;
	uint32_t next_hash;
	uint32_t before;
	uint32_t after;
};

struct mun_blockcache {
	pthread_mutex_t lock;
	pthread_cond_t moved; /* a block was filled, or is free */
	unsigned int waiting;
	mun_blockcache_fill_fn *fill;
	void *ctx;
	size_t block_bytes;
	uint32_t nslots;
	uint32_t oldest;
	uint32_t newest;
	uint32_t mask; /* of the hash table, whose size is a power of two */
	uint32_t *heads;
	struct slot *slots;
};

static uint32_t *head_of(struct mun_blockcache *c, uint64_t key)
{
	/* Keys count up, or go in steps: the product spreads both. */
	uint64_t mixed = key * UINT64_C(0x9e3779b97f4a7c15);

	return &c->heads[(uint32_t)(mixed >> 32) & c->mask];
}

static uint32_t find(struct mun_blockcache *c, uint64_t key)
{
	uint32_t i = *head_of(c, key);

	while (i != NONE && c->slots[i].block.key != key)
		i = c->slots[i].next_hash;
	return i;
}

static void enter_hash(struct mun_blockcache *c, uint32_t i)
{
	uint32_t *head = head_of(c, c->slots[i].block.key);

	c->slots[i].next_hash = *head;
	*head = i;
}

static void leave_hash(struct mun_blockcache *c, uint32_t i)
{
	uint32_t *p = head_of(c, c->slots[i].block.key);

	while (*p != i)
		p = &c->slots[*p].next_hash;
	*p = c->slots[i].next_hash;
}

static void enter_list(struct mun_blockcache *c, uint32_t i, bool as_newest)
{
	struct slot *s = &c->slots[i];

	s->before = as_newest ? c->newest : NONE;
	s->after = as_newest ? NONE : c->oldest;
	if (s->before == NONE)
		c->oldest = i;
	else
		c->slots[s->before].after = i;
	if (s->after == NONE)
		c->newest = i;
	else
		c->slots[s->after].before = i;
}

static void leave_list(struct mun_blockcache *c, uint32_t i)
{
	const struct slot *s = &c->slots[i];

	if (s->before == NONE)
		c->oldest = s->after;
	else
		c->slots[s->before].after = s->after;
	if (s->after == NONE)
		c->newest = s->before;
	else
		c->slots[s->after].before = s->before;
}

static void wake(struct mun_blockcache *c)
{
	if (c->waiting)
		(void)pthread_cond_broadcast(&c->moved);
}

int mun_blockcache_new(size_t block_bytes, size_t blocks,
		       mun_blockcache_fill_fn *fill, void *ctx,
		       struct mun_blockcache **out, struct mun_err *e)
{
	struct mun_blockcache *c;
	size_t buckets = 1;

	if (!block_bytes || !blocks || blocks > UINT32_MAX / 4)
		return mun_fail(e, MUN_EINVAL,
				"a cache of %zu blocks of %zu bytes", blocks,
				block_bytes);
	while (buckets < blocks)
		buckets *= 2;
	c = calloc(1, sizeof(*c));
	if (!c)
		return mun_fail_nomem(e, "cache");
	c->slots = calloc(blocks, sizeof(*c->slots));
	c->heads = calloc(buckets, sizeof(*c->heads));
	if (!c->slots || !c->heads) {
		free(c->slots);
		free(c->heads);
		free(c);
		return mun_fail_nomem(e, "cache");
	}
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->moved, NULL);
	c->fill = fill;
	c->ctx = ctx;
	c->block_bytes = block_bytes;
	c->nslots = (uint32_t)blocks;
	c->mask = (uint32_t)buckets - 1;
	c->oldest = c->newest = NONE;
	for (size_t i = 0; i < buckets; i++)
		c->heads[i] = NONE;
	for (uint32_t i = 0; i < c->nslots; i++)
		enter_list(c, i, true);
	*out = c;
	return 0;
}

/* Take the oldest slot for @key; it is this thread's to fill. */
static struct slot *claim(struct mun_blockcache *c, uint64_t key)
{
	uint32_t i = c->oldest;
	struct slot *s = &c->slots[i];

	leave_list(c, i);
	if (s->state == SLOT_READY)
		leave_hash(c, i);
	s->block.key = key;
	s->state = SLOT_FILLING;
	s->pins = 1;
	enter_hash(c, i);
	return s;
}

static int fill_unlocked(struct mun_blockcache *c, struct slot *s,
			 struct mun_err *e)
{
	int rc;

	s->block.len = 0;
	if (!s->block.data)
		s->block.data = malloc(c->block_bytes);
	if (!s->block.data)
		return mun_fail_nomem(e, "cached block");
	rc = c->fill(c->ctx, &s->block, e);
	assert(rc || s->block.len <= c->block_bytes);
	return rc;
}

/* Those who wait for a block that could not be filled try it themselves. */
static void drop(struct mun_blockcache *c, struct slot *s)
{
	uint32_t i = (uint32_t)(s - c->slots);

	leave_hash(c, i);
	s->state = SLOT_EMPTY;
	s->pins = 0;
	enter_list(c, i, false);
}

/* The block of @key where it is ready, or a slot to fill; else wait. */
static struct slot *pin(struct mun_blockcache *c, uint64_t key)
{
	for (;;) {
		uint32_t i = find(c, key);

		if (i == NONE && c->oldest != NONE)
			return claim(c, key);
		if (i != NONE && c->slots[i].state == SLOT_READY) {
			if (c->slots[i].pins++ == 0)
				leave_list(c, i);
			return &c->slots[i];
		}
		c->waiting++;
		(void)pthread_cond_wait(&c->moved, &c->lock);
		c->waiting--;
	}
}

int mun_blockcache_get(struct mun_blockcache *c, uint64_t key,
		       const struct mun_cached **out, struct mun_err *e)
{
	struct slot *s;
	int rc = 0;

	(void)pthread_mutex_lock(&c->lock);
	s = pin(c, key);
	if (s->state == SLOT_FILLING) {
		(void)pthread_mutex_unlock(&c->lock);
		rc = fill_unlocked(c, s, e);
		(void)pthread_mutex_lock(&c->lock);
		if (rc)
			drop(c, s);
		else
			s->state = SLOT_READY;
		wake(c);
	}
	(void)pthread_mutex_unlock(&c->lock);
	if (!rc)
		*out = &s->block;
	return rc;
}

void mun_blockcache_put(struct mun_blockcache *c, const struct mun_cached *b)
{
	uint32_t i;

	(void)pthread_mutex_lock(&c->lock);
	i = find(c, b->key);
	assert(i != NONE && c->slots[i].pins > 0);
	if (--c->slots[i].pins == 0) {
		enter_list(c, i, true);
		wake(c);
	}
	(void)pthread_mutex_unlock(&c->lock);
}

void mun_blockcache_free(struct mun_blockcache *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->nslots; i++)
		free(c->slots[i].block.data);
	(void)pthread_mutex_destroy(&c->lock);
	(void)pthread_cond_destroy(&c->moved);
	free(c->slots);
	free(c->heads);
	free(c);
}
