/* SPDX-License-Identifier: Apache-2.0 */
/* core/arena.c - memory that is freed together; nothing in it is freed alone */
#include "core/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"

/* Small things share a chunk; larger ones get a chunk to themselves. */
#define CHUNK_BYTES ((size_t)16 << 10)

struct chunk {
	struct chunk *next;
	size_t used;
	size_t room;
	alignas(max_align_t) uint8_t bytes[];
};

struct mun_arena {
	struct chunk *chunks; /* the first is the one being filled */
	bool failed;
};

int mun_arena_new(struct mun_arena **out, struct mun_err *e)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : mun_fail_nomem(e, "arena");
}

void mun_arena_free(struct mun_arena *a)
{
	if (!a)
		return;
	while (a->chunks) {
		struct chunk *c = a->chunks;

		a->chunks = c->next;
		free(c);
	}
	free(a);
}

/* A chunk with room for @bytes: the open one, or a new one. */
static struct chunk *chunk_for(struct mun_arena *a, size_t bytes)
{
	struct chunk *c = a->chunks;
	size_t total;

	if (c && bytes <= c->room - c->used)
		return c;
	if (ckd_add(&total, sizeof(*c), MUN_MAX(bytes, CHUNK_BYTES)))
		return NULL;
	c = calloc(1, total);
	if (!c)
		return NULL;
	c->room = total - sizeof(*c);
	if (a->chunks && bytes > CHUNK_BYTES / 4) {
		/* Keep filling the open chunk after this large one. */
		c->next = a->chunks->next;
		a->chunks->next = c;
	} else {
		c->next = a->chunks;
		a->chunks = c;
	}
	return c;
}

void *mun_arena_alloc(struct mun_arena *a, size_t bytes)
{
	const size_t align = alignof(max_align_t);
	struct chunk *c = NULL;
	size_t rounded;
	void *p;

	if (!ckd_add(&rounded, MUN_MAX(bytes, (size_t)1), align - 1)) {
		rounded &= ~(align - 1);
		c = chunk_for(a, rounded);
	}
	if (!c) {
		a->failed = true;
		return NULL;
	}
	p = c->bytes + c->used;
	c->used += rounded;
	return p;
}

void *mun_arena_array(struct mun_arena *a, size_t count, size_t size)
{
	size_t bytes;

	if (ckd_mul(&bytes, count, size)) {
		a->failed = true;
		return NULL;
	}
	return mun_arena_alloc(a, bytes);
}

char *mun_arena_strndup(struct mun_arena *a, const char *s, size_t len)
{
	char *copy;

	if (!s)
		return NULL;
	len = strnlen(s, len);
	copy = mun_arena_alloc(a, len + 1);
	if (copy)
		memcpy(copy, s, len);
	return copy;
}

char *mun_arena_strdup(struct mun_arena *a, const char *s)
{
	return s ? mun_arena_strndup(a, s, strlen(s)) : NULL;
}

char *mun_arena_fmt(struct mun_arena *a, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		a->failed = true;
	else
		text = mun_arena_alloc(a, (size_t)n + 1);
	if (!text)
		return NULL;
	va_start(ap, fmt);
	(void)vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}

void *mun_arena_grow(struct mun_arena *a, void *items, size_t count,
		     size_t size)
{
	void *more;

	/* Full only where the count is 0 or a power of two. */
	if (items && count & (count - 1))
		return items;
	if (count > SIZE_MAX / 2) {
		a->failed = true;
		return NULL;
	}
	more = mun_arena_array(a, count ? count * 2 : 1, size);
	if (more && items)
		memcpy(more, items, count * size);
	return more;
}

int mun_arena_failed(const struct mun_arena *a, struct mun_err *e)
{
	return a->failed ? mun_fail_nomem(e, "memory for a record") : 0;
}
