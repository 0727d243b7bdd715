/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/blockcache.h - decoded chunks and tables, kept while they are wanted
 *
 * A bounded cache for drivers whose pread() is called by several threads.  One
 * thread fills a block, the others wait for it; who has a block pinned may read
 * it without a lock.
 */
#ifndef MUN_IMAGE_BLOCKCACHE_H
#define MUN_IMAGE_BLOCKCACHE_H

#include <stddef.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"

struct mun_blockcache;

struct mun_cached {
	uint64_t key;
	uint8_t *data; /* block_bytes of room */
	size_t len; /* as fill() set it */
};

/* Fill @b (data, len) for @b->key.  Called without a lock held. */
typedef int mun_blockcache_fill_fn(void *ctx, struct mun_cached *b,
				   struct mun_err *e);

/**
 * mun_blockcache_new() - a cache of @blocks blocks of @block_bytes each
 *
 * Memory is taken as blocks are first filled.  More threads than @blocks may
 * use it: a thread that finds all pinned waits.
 * Return: 0, MUN_ENOMEM, MUN_EINVAL for a cache without room.
 */
MUN_CHECK int mun_blockcache_new(size_t block_bytes, size_t blocks,
				 mun_blockcache_fill_fn *fill, void *ctx,
				 struct mun_blockcache **out,
				 struct mun_err *e);

/**
 * mun_blockcache_get() - the block of @key, pinned
 * @out: read-only; mun_blockcache_put() it soon. A thread pins one at a time.
 *
 * Return: 0 or what fill() returned (the block is not kept then).
 */
MUN_CHECK int mun_blockcache_get(struct mun_blockcache *c, uint64_t key,
				 const struct mun_cached **out,
				 struct mun_err *e);
void mun_blockcache_put(struct mun_blockcache *c, const struct mun_cached *b);

/* Nothing may be pinned.  NULL is fine. */
void mun_blockcache_free(struct mun_blockcache *c);
MUN_DEFINE_FREEP(blockcache, mun_blockcache_free);

#endif
