/* SPDX-License-Identifier: Apache-2.0 */
/* image/readmap_source.c - a source that tells what of it was never read */
#include "image/readmap.h"

#include "core/check.h"

#include <stdlib.h>

struct mapped {
	struct mun_source source;
	struct mun_source *parent; /* owned */
	const struct mun_readmap *map; /* borrowed */
};

static struct mapped *mapped_of(struct mun_source *s)
{
	return (struct mapped *)s;
}

static int mapped_pread(struct mun_source *s, void *buf, size_t len,
			uint64_t off, struct mun_err *e)
{
	return mun_source_pread(mapped_of(s)->parent, buf, len, off, e);
}

static enum mun_extent_kind kind_of(enum mun_read_state state)
{
	if (state == MUN_READ_GOOD)
		return MUN_EXTENT_DATA;
	return state == MUN_READ_DOUBTFUL ? MUN_EXTENT_DOUBTFUL
					  : MUN_EXTENT_UNREADABLE;
}

/*
 * What was not read at all is filled up with zeros: whether it was tried, and
 * by which pass, makes no difference to who uses the bytes.
 */
static int mapped_next_extent(struct mun_source *s, uint64_t off,
			      struct mun_extent *out, struct mun_err *e)
{
	struct mapped *mapped = mapped_of(s);
	const struct mun_read_run *run = mun_readmap_run(mapped->map, off);
	enum mun_extent_kind kind;
	uint64_t end = off;
	int rc;

	/* A parent that is longer than its map: nothing is known against it. */
	if (!run)
		return mun_source_next_extent(mapped->parent, off, out, e);
	kind = kind_of(run->state);
	for (; run && kind_of(run->state) == kind;
	     run = mun_readmap_run(mapped->map, end))
		end = run->off + run->bytes;
	end = MUN_MIN(end, s->size);
	if (kind != MUN_EXTENT_DATA) {
		out->off = off;
		out->bytes = end - off;
		out->kind = kind;
		return 0;
	}
	rc = mun_source_next_extent(mapped->parent, off, out, e);
	if (!rc && end < s->size)
		out->bytes = MUN_MIN(out->bytes, end - off);
	return rc;
}

static void mapped_close(struct mun_source *s)
{
	mun_source_close(mapped_of(s)->parent);
	free(s);
}

static const struct mun_source_ops mapped_ops = {
	.pread = mapped_pread,
	.next_extent = mapped_next_extent,
	.close = mapped_close,
};

int mun_readmap_source(struct mun_source *parent, const struct mun_readmap *m,
		       struct mun_source **out, struct mun_err *e)
{
	struct mapped *mapped = calloc(1, sizeof(*mapped));

	if (!mapped)
		return mun_fail_nomem(e, "read map source");
	mapped->source.ops = &mapped_ops;
	mapped->source.size = parent->size;
	mapped->parent = parent;
	mapped->map = m;
	*out = &mapped->source;
	return 0;
}
