/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_dmg_segments.c - a UDIF image in several files
 *
 * Each has a trailer: which segment it is, and how many bytes of data are in
 * those before it.  Offsets in the tables count through all of them.
 */
#include "image/fmt_dmg.h"

#include "core/check.h"
#include "core/str.h"
#include "image/driver.h"

#include <stdlib.h>
#include <string.h>

struct part {
	struct mun_source *src; /* the first one is borrowed */
	uint64_t off; /* of the data in it */
	uint64_t start; /* of the data in the whole */
	uint64_t bytes;
};

struct joined {
	struct mun_source source;
	struct part *parts;
	size_t n;
};

static int joined_pread(struct mun_source *s, void *buf, size_t len,
			uint64_t off, struct mun_err *e)
{
	struct joined *j = (struct joined *)s;
	uint8_t *p = buf;

	for (size_t i = 0; i < j->n && len; i++) {
		const struct part *part = &j->parts[i];
		uint64_t inside;
		size_t n;
		int rc;

		if (off >= part->start + part->bytes)
			continue;
		inside = off - part->start;
		n = (size_t)MUN_MIN((uint64_t)len, part->bytes - inside);
		rc = mun_source_pread(part->src, p, n, part->off + inside, e);
		if (rc)
			return mun_ctx(e, "segment %zu", i + 1);
		p += n;
		off += n;
		len -= n;
	}
	return 0;
}

static void joined_close(struct mun_source *s)
{
	struct joined *j = (struct joined *)s;

	for (size_t i = 1; j->parts && i < j->n; i++)
		mun_source_close(j->parts[i].src);
	free(j->parts);
	free(j);
}

static const struct mun_source_ops joined_ops = {
	.pread = joined_pread,
	.close = joined_close,
};

int mun_dmg_segment_name(const char *name, uint32_t segment, char **out,
			 struct mun_err *e)
{
	size_t stem = strlen(name);

	if (mun_has_suffix(name, "dmg"))
		stem -= 4;
	return mun_fmt(out, e, "%.*s.%03u.dmgpart", (int)stem, name, segment);
}

static int add_part(struct joined *j, struct mun_source *src,
		    const struct mun_koly *k, struct mun_err *e)
{
	struct part *part = &j->parts[j->n];

	part->src = src;
	part->off = k->data_off;
	part->bytes = k->data_bytes;
	part->start = j->source.size;
	j->n++;
	if (ckd_add(&j->source.size, j->source.size, k->data_bytes))
		return mun_fail(e, MUN_ECORRUPT, "segments without end");
	return 0;
}

/* It must say the same of the image as the first, and follow on. */
static int check_part(struct mun_source *src, const struct mun_koly *first,
		      const struct joined *j, const char *name,
		      struct mun_koly *k, struct mun_err *e)
{
	bool found;
	bool fits;
	int rc = mun_koly_read(src, k, &found, &fits, e);

	if (rc)
		return rc;
	if (!found || !fits)
		return mun_fail(e, MUN_ECORRUPT,
				"'%s' is no segment of a UDIF image", name);
	if (k->segment != j->n + 1 || k->segments != first->segments ||
	    memcmp(k->id, first->id, sizeof(k->id)) != 0)
		return mun_fail(e, MUN_ECORRUPT,
				"'%s' is not segment %zu of this image", name,
				j->n + 1);
	if (k->running != j->source.size)
		return mun_fail(e, MUN_ECORRUPT,
				"'%s' does not follow on the segment before",
				name);
	return 0;
}

static int open_part(struct joined *j, const struct mun_koly *first,
		     const char *name, struct mun_companions *beside,
		     struct mun_err *e)
{
	mun_autofree char *file = NULL;
	mun_auto(source) *src = NULL;
	struct mun_koly k;
	int rc;

	rc = mun_dmg_segment_name(name, (uint32_t)j->n + 1, &file, e);
	if (!rc)
		rc = mun_companion_open(beside, file, &src, e);
	if (rc)
		return mun_ctx(e, "segment %zu of %u", j->n + 1,
			       first->segments);
	rc = check_part(src, first, j, file, &k, e);
	return rc ? rc : add_part(j, mun_steal(&src), &k, e);
}

int mun_dmg_segments(struct mun_source *src, const struct mun_koly *first,
		     const char *name, struct mun_companions *beside,
		     struct mun_source **out, struct mun_err *e)
{
	mun_auto(source) *whole = NULL;
	struct joined *j;
	int rc;

	if (first->segments > MUN_COMPANIONS)
		return mun_fail(e, MUN_EUNSUPPORTED, "%u segments are too many",
				first->segments);
	j = calloc(1, sizeof(*j));
	if (!j)
		return mun_fail_nomem(e, "segments");
	j->source.ops = &joined_ops;
	whole = &j->source;
	j->parts = calloc(first->segments, sizeof(*j->parts));
	if (!j->parts)
		return mun_fail_nomem(e, "segments");
	rc = add_part(j, src, first, e);
	while (!rc && j->n < first->segments)
		rc = open_part(j, first, name, beside, e);
	if (rc)
		return rc;
	*out = mun_steal(&whole);
	return 0;
}
