/* SPDX-License-Identifier: Apache-2.0 */
/* core/arena.h - memory that is freed together; nothing in it is freed alone */
#ifndef MUN_CORE_ARENA_H
#define MUN_CORE_ARENA_H

#include <stddef.h>

#include "core/err.h"

struct mun_arena;

/* An empty arena, the caller's: mun_arena_free().  0 or MUN_ENOMEM. */
MUN_CHECK int mun_arena_new(struct mun_arena **out, struct mun_err *e);
void mun_arena_free(struct mun_arena *a); /* NULL is fine */
MUN_DEFINE_FREEP(arena, mun_arena_free);

/* @bytes zeroed bytes, aligned for any type; NULL when memory is out. */
void *mun_arena_alloc(struct mun_arena *a, size_t bytes);

/* @count * @size zeroed bytes; NULL also on overflow. */
void *mun_arena_array(struct mun_arena *a, size_t count, size_t size);

/* A copy of @s (NULL gives NULL with no failure recorded). */
char *mun_arena_strdup(struct mun_arena *a, const char *s);
char *mun_arena_strndup(struct mun_arena *a, const char *s, size_t len);
char *mun_arena_fmt(struct mun_arena *a, const char *fmt, ...) MUN_PRINTF(2, 3);

/**
 * mun_arena_grow() - room for one more in an array that doubles
 * @items: the array so far (in the arena), or NULL
 * @count: entries in use; the array has room for the next power of two
 *
 * Return: the array, moved perhaps, with entry [count] zeroed; NULL when
 * memory is out.
 */
void *mun_arena_grow(struct mun_arena *a, void *items, size_t count,
		     size_t size);

/**
 * mun_arena_failed() - did any allocation since mun_arena_new() fail?
 *
 * So a builder may allocate many times and check once.
 * Return: 0 or MUN_ENOMEM.
 */
MUN_CHECK int mun_arena_failed(const struct mun_arena *a, struct mun_err *e);

#endif
