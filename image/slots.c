/* SPDX-License-Identifier: Apache-2.0 */
/* image/slots.c - tables of numbers and of bits in a file */
#include "image/slots.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/blockcache.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* 4 MiB hold the whole table of most disks; of a huge one, what is in use. */
#define SLOT_BLOCK ((size_t)64 * 1024)
#define SLOT_BLOCKS 64u

/* A bitmap of a VHD is one sector: small blocks, so that few are read in vain. */
#define BIT_BLOCK ((size_t)4096)
#define BIT_BLOCKS 256u

struct mun_slots {
	struct mun_source *src; /* borrowed */
	uint64_t off;
	uint64_t n;
	enum mun_slot_kind kind;
	size_t width; /* bytes of one number */
	struct mun_blockcache *cache;
};

struct mun_bitmaps {
	struct mun_source *src; /* borrowed */
	bool msb_first;
	struct mun_blockcache *cache;
};

static int fill_slots(void *ctx, struct mun_cached *b, struct mun_err *e)
{
	const struct mun_slots *s = ctx;
	uint64_t at = b->key * SLOT_BLOCK;

	b->len = (size_t)MUN_MIN((uint64_t)SLOT_BLOCK, s->n * s->width - at);
	return mun_source_pread(s->src, b->data, b->len, s->off + at, e);
}

int mun_slots_new(struct mun_source *src, uint64_t off, uint64_t n,
		  enum mun_slot_kind kind, struct mun_slots **out,
		  struct mun_err *e)
{
	size_t width = kind == MUN_SLOT_LE32 || kind == MUN_SLOT_BE32 ? 4 : 8;
	struct mun_slots *s;
	uint64_t bytes;
	int rc;

	if (ckd_mul(&bytes, n, width) || off > src->size ||
	    bytes > src->size - off)
		return mun_fail(e, MUN_ECORRUPT,
				"a table of %" PRIu64 " entries at byte "
				"%" PRIu64 " goes beyond the end of the file "
				"at %" PRIu64,
				n, off, src->size);
	s = calloc(1, sizeof(*s));
	if (!s)
		return mun_fail_nomem(e, "table of an image");
	*s = (struct mun_slots){
		.src = src, .off = off, .n = n, .kind = kind, .width = width
	};
	rc = mun_blockcache_new(SLOT_BLOCK, SLOT_BLOCKS, fill_slots, s,
				&s->cache, e);
	if (rc)
		free(s);
	else
		*out = s;
	return rc;
}

static uint64_t number(const struct mun_slots *s, const uint8_t *p)
{
	switch (s->kind) {
	case MUN_SLOT_LE32:
		return mun_le32(p);
	case MUN_SLOT_BE32:
		return mun_be32(p);
	case MUN_SLOT_LE64:
		return mun_le64(p);
	case MUN_SLOT_BE64:
	default:
		return mun_be64(p);
	}
}

/* The block with number @i in it, pinned, and where that is. */
static int pin(struct mun_slots *s, uint64_t i, const struct mun_cached **b,
	       const uint8_t **p, struct mun_err *e)
{
	int rc;

	if (i >= s->n)
		return mun_fail(e, MUN_ECORRUPT,
				"entry %" PRIu64 " of a table of %" PRIu64, i,
				s->n);
	rc = mun_blockcache_get(s->cache, i * s->width / SLOT_BLOCK, b, e);
	if (rc)
		return mun_ctx(e, "read a table at byte %" PRIu64, s->off);
	*p = (*b)->data + i * s->width % SLOT_BLOCK;
	return 0;
}

int mun_slots_get(struct mun_slots *s, uint64_t i, uint64_t *value,
		  struct mun_err *e)
{
	const struct mun_cached *b = NULL;
	const uint8_t *p = NULL;
	int rc = pin(s, i, &b, &p, e);

	if (rc)
		return rc;
	*value = number(s, p);
	mun_blockcache_put(s->cache, b);
	return 0;
}

int mun_slots_run(struct mun_slots *s, uint64_t i, uint64_t *run,
		  struct mun_err *e)
{
	const struct mun_cached *b = NULL;
	const uint8_t *p = NULL;
	size_t left, same;
	int rc = pin(s, i, &b, &p, e);

	if (rc)
		return rc;
	left = (size_t)(b->data + b->len - p);
	same = s->width;
	/* Mostly all that is left is the same. */
	if (memcmp(p, p + s->width, left - s->width) == 0)
		same = left;
	while (same < left && memcmp(p, p + same, s->width) == 0)
		same += s->width;
	*run = same / s->width;
	mun_blockcache_put(s->cache, b);
	return 0;
}

void mun_slots_free(struct mun_slots *s)
{
	if (!s)
		return;
	mun_blockcache_free(s->cache);
	free(s);
}

static int fill_bits(void *ctx, struct mun_cached *b, struct mun_err *e)
{
	const struct mun_bitmaps *bits = ctx;
	uint64_t at = b->key * BIT_BLOCK;

	b->len = (size_t)MUN_MIN((uint64_t)BIT_BLOCK, bits->src->size - at);
	return mun_source_pread(bits->src, b->data, b->len, at, e);
}

int mun_bitmaps_new(struct mun_source *src, bool msb_first,
		    struct mun_bitmaps **out, struct mun_err *e)
{
	struct mun_bitmaps *b = calloc(1, sizeof(*b));
	int rc;

	if (!b)
		return mun_fail_nomem(e, "bitmaps of an image");
	b->src = src;
	b->msb_first = msb_first;
	rc = mun_blockcache_new(BIT_BLOCK, BIT_BLOCKS, fill_bits, b, &b->cache,
				e);
	if (rc)
		free(b);
	else
		*out = b;
	return rc;
}

static bool bit(const struct mun_bitmaps *b, const uint8_t *bytes, uint64_t i)
{
	unsigned int at = (unsigned int)(i % 8);

	return bytes[i / 8] >> (b->msb_first ? 7 - at : at) & 1;
}

/* How many bytes from @bytes on are @value, of @n. */
static uint64_t run_of(const uint8_t *bytes, uint64_t n, uint8_t value)
{
	uint64_t full = value ? UINT64_MAX : 0;
	uint64_t at = 0;
	uint64_t word;

	for (; n - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, bytes + at, sizeof(word));
		if (word != full)
			break;
	}
	while (at < n && bytes[at] == value)
		at++;
	return at;
}

/* How many of the bits @i to @end are as the first, eight bytes at a time:
 * a bitmap of nothing but holes is gone through whole. */
static uint64_t same(const struct mun_bitmaps *b, const uint8_t *bytes,
		     uint64_t i, uint64_t end)
{
	bool set = bit(b, bytes, i);
	uint8_t full = set ? 0xff : 0;
	uint64_t at = i + 1;

	while (at < end && (at % 8 || end - at < 8 || bytes[at / 8] != full)) {
		if (bit(b, bytes, at) != set)
			return at - i;
		at++;
	}
	if (at < end)
		at += 8 * run_of(bytes + at / 8, (end - at) / 8, full);
	while (at < end && bit(b, bytes, at) == set)
		at++;
	return at - i;
}

int mun_bitmaps_get(struct mun_bitmaps *b, uint64_t off, uint64_t i, uint64_t n,
		    bool *set, uint64_t *run, struct mun_err *e)
{
	const struct mun_cached *c = NULL;
	uint64_t at, first, left;
	int rc;

	if (ckd_add(&at, off, i / 8) || at >= b->src->size)
		return mun_fail(e, MUN_ECORRUPT,
				"a bitmap at byte %" PRIu64 " goes beyond the "
				"end of the file at %" PRIu64,
				off, b->src->size);
	rc = mun_blockcache_get(b->cache, at / BIT_BLOCK, &c, e);
	if (rc)
		return mun_ctx(e, "read a bitmap at byte %" PRIu64, off);
	first = at % BIT_BLOCK * 8 + i % 8;
	left = MUN_MIN(n, (uint64_t)c->len * 8 - first);
	*set = bit(b, c->data, first);
	*run = same(b, c->data, first, first + left);
	mun_blockcache_put(b->cache, c);
	return 0;
}

void mun_bitmaps_free(struct mun_bitmaps *b)
{
	if (!b)
		return;
	mun_blockcache_free(b->cache);
	free(b);
}
