/* SPDX-License-Identifier: Apache-2.0 */
/* image/clustered.c - disks kept in clusters: mapped, packed, one above another */
#include "image/clustered.h"

#include "core/check.h"
#include "core/str.h"
#include "image/driver.h"

#include <inttypes.h>
#include <string.h>

/* A block of a table, and how many are kept: 1 MiB an image, so that a chain
 * of 16 stays small. */
#define TABLE_BLOCK 16384u
#define TABLE_BLOCKS 64u

/* Which file, and which block of it: files stay below 2^54 bytes. */
#define KEY_FILE_SHIFT 40

/* Unpacked clusters that are kept: for reads of less than a cluster. */
#define UNPACKED_BYTES ((size_t)4 << 20)
#define UNPACKED_BLOCKS_MIN 2u
#define UNPACKED_BLOCKS_MAX 64u

/* Entries of tables that are looked at for one extent, so that no call takes
 * long. */
#define EXTENT_STEPS 16384u

static int fill_table(void *ctx, struct mun_cached *b, struct mun_err *e)
{
	const struct mun_clustered *c = ctx;
	struct mun_source *src = c->files[b->key >> KEY_FILE_SHIFT];
	uint64_t block = b->key & (((uint64_t)1 << KEY_FILE_SHIFT) - 1);
	uint64_t at = block * TABLE_BLOCK;

	b->len = (size_t)MUN_MIN((uint64_t)TABLE_BLOCK, src->size - at);
	return mun_source_pread(src, b->data, b->len, at, e);
}

void mun_table_cursor_drop(struct mun_table_cursor *cur)
{
	if (cur->pinned)
		mun_blockcache_put(cur->tables, cur->pinned);
	cur->pinned = NULL;
}

int mun_table_entry(struct mun_table_cursor *cur, unsigned int file,
		    uint64_t at, size_t len, const uint8_t **out,
		    struct mun_err *e)
{
	uint64_t block = at / TABLE_BLOCK;
	size_t in = (size_t)(at % TABLE_BLOCK);
	uint64_t key = (uint64_t)file << KEY_FILE_SHIFT | block;
	int rc;

	cur->steps++;
	if (at >> 54 || block * TABLE_BLOCK >= cur->files[file]->size)
		return mun_fail(e, MUN_ECORRUPT,
				"a table at byte %" PRIu64
				" lies beyond the end of the file",
				at);
	if (!cur->pinned || cur->pinned->key != key) {
		mun_table_cursor_drop(cur);
		rc = mun_blockcache_get(cur->tables, key, &cur->pinned, e);
		if (rc) {
			cur->pinned = NULL;
			return rc;
		}
	}
	if (in > cur->pinned->len || len > cur->pinned->len - in)
		return mun_fail(e, MUN_ECORRUPT,
				"the file ends in a table, at byte %" PRIu64,
				at);
	*out = cur->pinned->data + in;
	return 0;
}

/* The piece at @off, with no block pinned afterwards: who waits for a block of
 * another cache must not hold one here. */
static int map_alone(struct mun_clustered *c, uint64_t off,
		     struct mun_piece *out, struct mun_err *e)
{
	struct mun_table_cursor cur = { .tables = c->tables,
					.files = c->files };
	int rc = c->ops->map(c->ctx, &cur, off, out, e);

	mun_table_cursor_drop(&cur);
	return rc;
}

static int unpack_piece(struct mun_clustered *c, const struct mun_piece *p,
			uint8_t *out, struct mun_err *e)
{
	struct mun_unpacker *u;
	int rc = mun_unpackers_take(c->unpackers, &u, e);

	if (rc)
		return rc;
	rc = c->ops->unpack(c->ctx, u, p, out, e);
	mun_unpackers_put(c->unpackers, u);
	return rc ? mun_ctx(e, "compressed cluster at byte %" PRIu64, p->at)
		  : 0;
}

/* The key is the byte of the disk where the cluster begins. */
static int fill_unpacked(void *ctx, struct mun_cached *b, struct mun_err *e)
{
	struct mun_clustered *c = ctx;
	struct mun_piece p;
	int rc = map_alone(c, b->key, &p, e);

	if (rc)
		return rc;
	if (p.kind != MUN_PIECE_PACKED || p.start != b->key)
		return mun_fail(e, MUN_ECORRUPT,
				"the file changes while it is read");
	b->len = p.unpacked;
	return unpack_piece(c, &p, b->data, e);
}

int mun_clustered_ready(struct mun_clustered *c, struct mun_err *e)
{
	size_t blocks;
	int rc;

	rc = mun_blockcache_new(TABLE_BLOCK, TABLE_BLOCKS, fill_table, c,
				&c->tables, e);
	if (rc || !c->unpacked_max)
		return rc;
	blocks = UNPACKED_BYTES / c->unpacked_max;
	blocks = MUN_MAX(blocks, (size_t)UNPACKED_BLOCKS_MIN);
	blocks = MUN_MIN(blocks, (size_t)UNPACKED_BLOCKS_MAX);
	rc = mun_blockcache_new(c->unpacked_max, blocks, fill_unpacked, c,
				&c->unpacked, e);
	return rc ? rc : mun_unpackers_new(c->packed_max, &c->unpackers, e);
}

void mun_clustered_close(struct mun_clustered *c)
{
	mun_blockcache_free(c->tables);
	mun_blockcache_free(c->unpacked);
	mun_unpackers_free(c->unpackers);
	if (c->owns_below)
		mun_image_free(c->below);
}

int mun_clustered_below(struct mun_clustered *c, struct mun_image *img,
			const char *name, const char *format, struct mun_err *e)
{
	int rc;

	rc = mun_image_fact_bytes(img, MUN_FACT_PARENT, "name", name,
				  strlen(name), e);
	if (rc)
		return rc;
	if (img->parent) {
		c->below = img->parent;
		return 0;
	}
	rc = mun_image_open_named(img, name, format, &c->below, e);
	c->owns_below = rc == 0;
	return rc;
}

/* What the image below has at @off, which may be past its end. */
static int read_below(const struct mun_clustered *c, uint8_t *buf, size_t len,
		      uint64_t off, struct mun_err *e)
{
	uint64_t size = c->below ? c->below->bytes : 0;
	size_t there = 0;
	int rc;

	if (off < size)
		there = (size_t)MUN_MIN((uint64_t)len, size - off);
	memset(buf + there, 0, len - there);
	if (!there)
		return 0;
	rc = mun_image_pread(c->below, MUN_VIEW_CONTENT, buf, there, off, e);
	return rc ? mun_ctx(e, "the image below") : 0;
}

static int read_packed(struct mun_clustered *c, const struct mun_piece *p,
		       uint8_t *buf, size_t len, uint64_t off,
		       struct mun_err *e)
{
	const struct mun_cached *b;
	int rc;

	if (off == p->start && len == p->unpacked)
		return unpack_piece(c, p, buf, e);
	rc = mun_blockcache_get(c->unpacked, p->start, &b, e);
	if (rc)
		return rc;
	if (off - p->start > b->len || len > b->len - (size_t)(off - p->start))
		rc = mun_fail(e, MUN_ECORRUPT,
			      "the file changes while it is read");
	else
		memcpy(buf, b->data + (off - p->start), len);
	mun_blockcache_put(c->unpacked, b);
	return rc;
}

static int read_piece(struct mun_clustered *c, const struct mun_piece *p,
		      uint8_t *buf, size_t len, uint64_t off, struct mun_err *e)
{
	switch (p->kind) {
	case MUN_PIECE_DATA:
		return mun_source_pread(c->files[p->file], buf, len, p->at, e);
	case MUN_PIECE_PACKED:
		return read_packed(c, p, buf, len, off, e);
	case MUN_PIECE_ABSENT:
		return read_below(c, buf, len, off, e);
	case MUN_PIECE_ZERO:
	case MUN_PIECE_LOST:
	default:
		memset(buf, 0, len);
		return 0;
	}
}

/* Does @next go on where @p, of @bytes bytes, ends? */
static bool goes_on(const struct mun_piece *p, uint64_t bytes,
		    const struct mun_piece *next)
{
	if (p->kind != next->kind || p->kind == MUN_PIECE_PACKED)
		return false;
	return p->kind != MUN_PIECE_DATA ||
	       (p->file == next->file && next->at == p->at + bytes);
}

/*
 * As many pieces from @off on as can be read in one go: @run, of *@bytes bytes,
 * at most @len.  What comes after them is in @next if *@bytes is less.
 */
static int map_run(struct mun_clustered *c, uint64_t off, size_t len,
		   struct mun_piece *run, struct mun_piece *next, size_t *bytes,
		   struct mun_err *e)
{
	struct mun_table_cursor cur = { .tables = c->tables,
					.files = c->files };
	int rc = 0;

	*run = *next;
	*bytes = (size_t)MUN_MIN((uint64_t)len, run->bytes);
	while (!rc && *bytes < len) {
		rc = c->ops->map(c->ctx, &cur, off + *bytes, next, e);
		if (rc || !goes_on(run, *bytes, next))
			break;
		*bytes +=
			(size_t)MUN_MIN((uint64_t)(len - *bytes), next->bytes);
	}
	mun_table_cursor_drop(&cur);
	return rc;
}

int mun_clustered_pread(struct mun_clustered *c, void *buf, size_t len,
			uint64_t off, struct mun_err *e)
{
	struct mun_piece next;
	struct mun_piece run;
	uint8_t *to = buf;
	size_t n;
	int rc = map_alone(c, off, &next, e);

	while (!rc && len) {
		rc = map_run(c, off, len, &run, &next, &n, e);
		if (!rc)
			rc = read_piece(c, &run, to, n, off, e);
		to += n;
		off += n;
		len -= n;
	}
	return rc;
}

static enum mun_extent_kind extent_kind(enum mun_piece_kind kind)
{
	switch (kind) {
	case MUN_PIECE_ABSENT:
		return MUN_EXTENT_HOLE;
	case MUN_PIECE_ZERO:
		return MUN_EXTENT_ZERO;
	case MUN_PIECE_LOST:
		return MUN_EXTENT_UNREADABLE;
	case MUN_PIECE_DATA:
	case MUN_PIECE_PACKED:
	default:
		return MUN_EXTENT_DATA;
	}
}

/* Of @bytes that are absent at @off: what the image below says of them. */
static int extent_below(struct mun_clustered *c, uint64_t off, uint64_t bytes,
			struct mun_extent *out, struct mun_err *e)
{
	int rc;

	*out = (struct mun_extent){ off, bytes, MUN_EXTENT_HOLE };
	if (!c->below || off >= c->below->bytes)
		return 0;
	rc = mun_image_next_extent(c->below, MUN_VIEW_CONTENT, off, out, e);
	if (rc)
		return mun_ctx(e, "the image below");
	out->bytes = MUN_MIN(out->bytes, bytes);
	return 0;
}

int mun_clustered_extent(struct mun_clustered *c, uint64_t size, uint64_t off,
			 struct mun_extent *out, struct mun_err *e)
{
	struct mun_table_cursor cur = { .tables = c->tables,
					.files = c->files };
	enum mun_piece_kind first = MUN_PIECE_ABSENT;
	enum mun_extent_kind kind = MUN_EXTENT_HOLE;
	struct mun_piece p;
	uint64_t at = off;
	int rc = 0;

	while (at < size && cur.steps < EXTENT_STEPS) {
		rc = c->ops->map(c->ctx, &cur, at, &p, e);
		if (rc)
			break;
		if (at == off) {
			first = p.kind;
			kind = extent_kind(first);
		}
		if (extent_kind(p.kind) != kind)
			break;
		at += MUN_MIN(p.bytes, size - at);
	}
	mun_table_cursor_drop(&cur);
	/*
	 * Tables that are broken further on are told of when it is their turn.
	 * And then the rest is called data: who reads it hears what is wrong,
	 * and who only walks comes to an end.
	 */
	if (rc && rc != MUN_ECORRUPT)
		return rc;
	if (rc && at == off) {
		*out = (struct mun_extent){ off, size - off, MUN_EXTENT_DATA };
		return 0;
	}
	if (first == MUN_PIECE_ABSENT)
		return extent_below(c, off, at - off, out, e);
	*out = (struct mun_extent){ off, at - off, kind };
	return 0;
}
