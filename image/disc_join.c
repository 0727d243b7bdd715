/* SPDX-License-Identifier: Apache-2.0 */
/* image/disc_join.c - parts of several sources, one after the other */
#include "image/disc_join.h"

#include "core/check.h"

#include <stdlib.h>
#include <string.h>

struct joined {
	struct mun_join_part part;
	uint64_t first; /* byte of the whole where it begins */
};

struct join {
	struct mun_source source;
	size_t n;
	struct joined parts[];
};

/* The part that holds byte @off, which is inside the whole. */
static const struct joined *find(const struct join *j, uint64_t off)
{
	size_t low = 0;
	size_t high = j->n;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (j->parts[mid].first <= off)
			low = mid;
		else
			high = mid;
	}
	return &j->parts[low];
}

/* Samples are swapped in pairs, wherever a request begins. */
static int read_swapped(const struct mun_join_part *p, uint8_t *out, size_t len,
			uint64_t in, struct mun_err *e)
{
	while (len) {
		uint8_t pairs[4096];
		uint64_t from = in & ~(uint64_t)1;
		size_t skip = (size_t)(in - from);
		size_t whole = (size_t)MUN_MIN((uint64_t)sizeof(pairs),
					       p->bytes - from);
		size_t n = MUN_MIN(len, whole - skip);
		int rc = mun_source_pread(p->src, pairs, whole, p->off + from,
					  e);

		if (rc)
			return rc;
		for (size_t i = 0; i < n; i++)
			out[i] = pairs[(skip + i) ^ 1];
		out += n;
		in += n;
		len -= n;
	}
	return 0;
}

static int join_pread(struct mun_source *s, void *buf, size_t len, uint64_t off,
		      struct mun_err *e)
{
	const struct join *j = (const struct join *)s;
	uint8_t *out = buf;

	while (len) {
		const struct joined *p = find(j, off);
		uint64_t in = off - p->first;
		size_t n = (size_t)MUN_MIN((uint64_t)len, p->part.bytes - in);
		int rc = 0;

		if (!p->part.src)
			memset(out, 0, n);
		else if (p->part.swap)
			rc = read_swapped(&p->part, out, n, in, e);
		else
			rc = mun_source_pread(p->part.src, out, n,
					      p->part.off + in, e);
		if (rc)
			return rc;
		out += n;
		off += n;
		len -= n;
	}
	return 0;
}

static int join_next_extent(struct mun_source *s, uint64_t off,
			    struct mun_extent *out, struct mun_err *e)
{
	const struct join *j = (const struct join *)s;
	const struct joined *p = find(j, off);
	uint64_t in = off - p->first;
	int rc = 0;

	if (p->part.src)
		rc = mun_source_next_extent(p->part.src, p->part.off + in, out,
					    e);
	else
		*out = (struct mun_extent){ .bytes = UINT64_MAX,
					    .kind = MUN_EXTENT_ZERO };
	out->off = off;
	out->bytes = MUN_MIN(out->bytes, p->part.bytes - in);
	return rc;
}

static void join_close(struct mun_source *s)
{
	free(s);
}

static const struct mun_source_ops join_ops = {
	.pread = join_pread,
	.next_extent = join_next_extent,
	.close = join_close,
};

int mun_join_new(const struct mun_join_part *parts, size_t n,
		 struct mun_source **out, struct mun_err *e)
{
	struct join *j = calloc(1, sizeof(*j) + n * sizeof(j->parts[0]));

	if (!j)
		return mun_fail_nomem(e, "parts of a track");
	j->source.ops = &join_ops;
	for (size_t i = 0; i < n; i++) {
		const struct mun_join_part *p = &parts[i];

		if (p->bytes == 0)
			continue;
		if ((p->src && (p->off > p->src->size ||
				p->bytes > p->src->size - p->off)) ||
		    p->bytes > INT64_MAX - j->source.size) {
			free(j);
			return mun_fail(e, MUN_ECORRUPT,
					"a part of a track lies beyond the end "
					"of its file");
		}
		j->parts[j->n].part = *p;
		j->parts[j->n++].first = j->source.size;
		j->source.size += p->bytes;
	}
	*out = &j->source;
	return 0;
}
