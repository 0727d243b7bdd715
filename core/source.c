/* SPDX-License-Identifier: Apache-2.0 */
/* core/source.c - the checks every source shares; memory and slices */
#include "core/source.h"

#include <inttypes.h>
#include <string.h>

#include "core/check.h"

int mun_source_pread(struct mun_source *s, void *buf, size_t len, uint64_t off,
		     struct mun_err *e)
{
	if (off > s->size || len > s->size - off)
		return mun_fail(e, MUN_EINVAL,
				"%zu bytes at byte %" PRIu64
				" lie outside of %" PRIu64 " bytes",
				len, off, s->size);
	if (len == 0)
		return 0;
	return s->ops->pread(s, buf, len, off, e);
}

size_t mun_source_pread_ready(struct mun_source *s, void *buf, size_t len,
			      uint64_t off)
{
	if (off > s->size || len > s->size - off || !s->ops->pread_ready)
		return 0;
	return s->ops->pread_ready(s, buf, len, off);
}

int mun_source_next_extent(struct mun_source *s, uint64_t off,
			   struct mun_extent *out, struct mun_err *e)
{
	int rc;

	if (off >= s->size)
		return mun_fail(e, MUN_EINVAL,
				"byte %" PRIu64 " lies outside of %" PRIu64
				" bytes",
				off, s->size);
	*out = (struct mun_extent){ off, s->size - off, MUN_EXTENT_DATA };
	if (!s->ops->next_extent)
		return 0;
	rc = s->ops->next_extent(s, off, out, e);
	if (rc)
		return rc;
	/* A wrapper that gave less than one byte would make callers loop. */
	if (out->off != off || out->bytes == 0)
		return mun_fail(e, MUN_EINVAL,
				"no extent was told for byte %" PRIu64, off);
	out->bytes = MUN_MIN(out->bytes, s->size - off);
	return 0;
}

void mun_source_close(struct mun_source *s)
{
	if (s)
		s->ops->close(s);
}

struct memory {
	struct mun_source base;
	const uint8_t *data;
};

static int memory_pread(struct mun_source *s, void *buf, size_t len,
			uint64_t off, struct mun_err *e)
{
	const struct memory *m = (struct memory *)s;

	(void)e;
	memcpy(buf, m->data + off, len);
	return 0;
}

static void memory_close(struct mun_source *s)
{
	free(s);
}

static const struct mun_source_ops memory_ops = {
	.pread = memory_pread,
	.close = memory_close,
};

int mun_source_from_memory(const void *data, size_t len,
			   struct mun_source **out, struct mun_err *e)
{
	struct memory *m = calloc(1, sizeof(*m));

	if (!m)
		return mun_fail_nomem(e, "source");
	m->base.ops = &memory_ops;
	m->base.size = len;
	m->data = data;
	*out = &m->base;
	return 0;
}

struct slice {
	struct mun_source base;
	struct mun_source *parent;
	uint64_t start; /* bytes into parent */
	bool owns;
};

static int slice_pread(struct mun_source *s, void *buf, size_t len,
		       uint64_t off, struct mun_err *e)
{
	struct slice *l = (struct slice *)s;

	return mun_source_pread(l->parent, buf, len, l->start + off, e);
}

static int slice_next_extent(struct mun_source *s, uint64_t off,
			     struct mun_extent *out, struct mun_err *e)
{
	struct slice *l = (struct slice *)s;
	int rc = mun_source_next_extent(l->parent, l->start + off, out, e);

	if (!rc)
		out->off -= l->start;
	return rc;
}

static void slice_close(struct mun_source *s)
{
	struct slice *l = (struct slice *)s;

	if (l->owns)
		mun_source_close(l->parent);
	free(l);
}

static const struct mun_source_ops slice_ops = {
	.pread = slice_pread,
	.next_extent = slice_next_extent,
	.close = slice_close,
};

int mun_source_slice(struct mun_source *parent, uint64_t off, uint64_t bytes,
		     bool owns, struct mun_source **out, struct mun_err *e)
{
	struct slice *l;

	if (off > parent->size || bytes > parent->size - off)
		return mun_fail(e, MUN_EINVAL,
				"%" PRIu64 " bytes from byte %" PRIu64
				" are not inside of %" PRIu64 " bytes",
				bytes, off, parent->size);
	l = calloc(1, sizeof(*l));
	if (!l)
		return mun_fail_nomem(e, "source");
	l->base.ops = &slice_ops;
	l->base.size = bytes;
	l->parent = parent;
	l->start = off;
	l->owns = owns;
	*out = &l->base;
	return 0;
}
