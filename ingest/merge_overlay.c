/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/merge_overlay.c - a reading made again out of the master */
#include "ingest/merge_old.h"

#include "core/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that are another's. */
struct patch {
	uint64_t off;
	uint64_t bytes;
	uint64_t at; /* in the file of differences */
};

struct overlay {
	struct mun_source source;
	struct mun_source *base;
	struct mun_source *bin;
	size_t n;
	struct patch *of; /* ascending */
};

/* The first patch that ends behind @off. */
static size_t find(const struct overlay *o, uint64_t off)
{
	size_t low = 0;
	size_t high = o->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (o->of[mid].off + o->of[mid].bytes <= off)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int pread_overlay(struct mun_source *s, void *buf, size_t len,
			 uint64_t off, struct mun_err *e)
{
	struct overlay *o = (struct overlay *)s;
	int rc = mun_source_pread(o->base, buf, len, off, e);

	for (size_t i = find(o, off);
	     !rc && i < o->n && o->of[i].off < off + len; i++) {
		const struct patch *p = &o->of[i];
		uint64_t from = MUN_MAX(p->off, off);
		uint64_t to = MUN_MIN(p->off + p->bytes, off + len);

		rc = mun_source_pread(o->bin, (uint8_t *)buf + (from - off),
				      (size_t)(to - from),
				      p->at + (from - p->off), e);
	}
	return rc;
}

static void close_overlay(struct mun_source *s)
{
	struct overlay *o = (struct overlay *)s;

	free(o->of);
	free(o);
}

static const struct mun_source_ops overlay_ops = {
	.pread = pread_overlay,
	.close = close_overlay,
};

int mun_overlay_new(struct mun_source *base, struct mun_source *bin,
		    const struct mun_readmap *differs, struct mun_source **out,
		    struct mun_err *e)
{
	uint64_t total = mun_readmap_bytes(differs, MUN_READ_BAD);
	struct overlay *o;

	if (differs->size != base->size || total != bin->size ||
	    total + mun_readmap_bytes(differs, MUN_READ_GOOD) != differs->size)
		return mun_fail(e, MUN_ECORRUPT,
				"%" PRIu64 " bytes of differences for a map "
				"of %" PRIu64 " in %" PRIu64,
				bin->size, total, differs->size);
	o = calloc(1, sizeof(*o));
	if (o)
		o->of = calloc(differs->nruns + 1, sizeof(*o->of));
	if (!o || !o->of) {
		free(o);
		return mun_fail_nomem(e, "differences");
	}
	o->source.ops = &overlay_ops;
	o->source.size = base->size;
	o->base = base;
	o->bin = bin;
	total = 0;
	MUN_READMAP_EACH(run, differs)
	{
		if (run->state != MUN_READ_BAD)
			continue;
		o->of[o->n++] = (struct patch){ run->off, run->bytes, total };
		total += run->bytes;
	}
	*out = &o->source;
	return 0;
}
