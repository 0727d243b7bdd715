/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_split.c - an image cut into files of one size, the last may be less
 *
 * x.001, x.002 ... (or from .000, or .aa, .ab ... as split(1) calls them).  Only
 * the names say that they belong together.  What the joined bytes are is found
 * out as if they were one file.
 */
#include "image/image.h"

#include "core/check.h"
#include "image/companion.h"
#include "image/driver.h"
#include "image/split.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So many names behind a missing part are tried, to tell a gap from the end. */
#define GAP 8u
/* Disks of floppies are numbered like parts; each is an image by itself. */
#define SMALL_PART ((uint64_t)4 << 20)

/* The parts one after the other. */
struct joined {
	struct mun_source base;
	struct mun_source *parts[MUN_SPLIT_PARTS]; /* [0] is borrowed */
	size_t n;
	uint64_t part_bytes;
};

struct split {
	struct joined *joined;
	struct mun_image *inner; /* what the joined bytes are */
};

static int joined_pread(struct mun_source *s, void *buf, size_t len,
			uint64_t off, struct mun_err *e)
{
	const struct joined *j = (struct joined *)s;
	uint8_t *p = buf;
	int rc = 0;

	while (!rc && len) {
		uint64_t at = off % j->part_bytes;
		size_t n = (size_t)MUN_MIN((uint64_t)len, j->part_bytes - at);

		rc = mun_source_pread(j->parts[off / j->part_bytes], p, n, at,
				      e);
		p += n;
		off += n;
		len -= n;
	}
	return rc;
}

static int joined_next_extent(struct mun_source *s, uint64_t off,
			      struct mun_extent *out, struct mun_err *e)
{
	const struct joined *j = (struct joined *)s;
	int rc = mun_source_next_extent(j->parts[off / j->part_bytes],
					off % j->part_bytes, out, e);

	out->off = off;
	return rc;
}

static void joined_close(struct mun_source *s)
{
	struct joined *j = (struct joined *)s;

	for (size_t i = 1; i < j->n; i++)
		mun_source_close(j->parts[i]);
	free(j);
}

static const struct mun_source_ops joined_ops = {
	.pread = joined_pread,
	.next_extent = joined_next_extent,
	.close = joined_close,
};

/* Is there a part @n, or one soon behind it?  Its number, or 0. */
static uint64_t next_part(struct mun_companions *beside, const char *first,
			  uint64_t n, struct mun_source **out,
			  struct mun_err *e)
{
	char name[256];

	for (uint64_t i = n; i < n + GAP; i++) {
		if (!mun_split_name(first, i, name))
			break;
		if (!mun_companion_open(beside, name, out, e))
			return i;
	}
	return 0;
}

static int split_bid(struct mun_source *src, const char *file_name)
{
	(void)src;
	(void)file_name;
	return MUN_BID_NO;
}

static int split_bid_beside(struct mun_source *src, const char *file_name,
			    struct mun_companions *beside)
{
	struct mun_source *next = NULL;
	struct mun_err e;

	if (!beside || !file_name || !src->size ||
	    !next_part(beside, file_name, 1, &next, &e))
		return MUN_BID_NO;
	mun_source_close(next);
	return src->size < SMALL_PART ? MUN_BID_ANY + 1 : (int)MUN_BID_SET;
}

/* All but the last are as long as the first. */
static int check_size(const struct joined *j, uint64_t bytes, const char *name,
		      struct mun_err *e)
{
	const struct mun_source *last = j->parts[j->n - 1];

	if (last->size != j->part_bytes)
		return mun_fail(e, MUN_ECORRUPT,
				"the part before '%s' has %" PRIu64
				" bytes, the first %" PRIu64,
				name, last->size, j->part_bytes);
	if (!bytes || bytes > j->part_bytes)
		return mun_fail(e, MUN_ECORRUPT,
				"part '%s' has %" PRIu64
				" bytes, the first %" PRIu64,
				name, bytes, j->part_bytes);
	return 0;
}

static int add_part(struct mun_image *img, struct joined *j, const char *name,
		    struct mun_source *src, struct mun_err *e)
{
	char what[24];
	int rc = check_size(j, src->size, name, e);

	if (!rc && j->n >= MUN_SPLIT_PARTS)
		rc = mun_fail(e, MUN_EUNSUPPORTED, "more than %u parts",
			      MUN_SPLIT_PARTS);
	if (rc) {
		mun_source_close(src);
		return rc;
	}
	j->parts[j->n++] = src;
	j->base.size += src->size;
	(void)snprintf(what, sizeof(what), "part %zu", j->n);
	return mun_image_part(img, name, what, e);
}

/* Up to the end of the set; a gap in it is not its end. */
static int add_parts(struct mun_image *img, struct joined *j, struct mun_err *e)
{
	int rc = 0;

	while (!rc) {
		struct mun_source *src = NULL;
		char missing[256];
		char name[256];
		struct mun_err ignored;
		uint64_t found;

		if (!mun_split_name(img->file_name, j->n, missing))
			return 0;
		found = next_part(img->companions, img->file_name, j->n, &src,
				  &ignored);
		if (!found)
			return 0;
		(void)mun_split_name(img->file_name, found, name);
		if (found != j->n) {
			mun_source_close(src);
			return mun_fail(e, MUN_ENOENT,
					"part '%s' is missing, while '%s' is "
					"there",
					missing, name);
		}
		rc = add_part(img, j, name, src, e);
	}
	return rc;
}

static int join(struct mun_image *img, struct split *s, struct mun_err *e)
{
	struct joined *j = calloc(1, sizeof(*j));

	if (!j)
		return mun_fail_nomem(e, "parts of an image");
	s->joined = j;
	j->base.ops = &joined_ops;
	j->base.size = img->src->size;
	j->parts[0] = img->src;
	j->part_bytes = img->src->size;
	j->n = 1;
	return add_parts(img, j, e);
}

/* What the image inside says is said of the set. */
static int adopt(struct mun_image *img, struct mun_image *inner,
		 struct mun_err *e)
{
	int rc = 0;

	mun_image_variant(img, "%s", inner->variant);
	mun_image_note(img, "%s", inner->note);
	memcpy(img->volume_label, inner->volume_label,
	       sizeof(img->volume_label));
	memcpy(img->preserved_only, inner->preserved_only,
	       sizeof(img->preserved_only));
	img->medium = inner->medium;
	img->sector_bytes = inner->sector_bytes;
	img->bytes = inner->bytes;
	img->raw_bytes = inner->raw_bytes;
	img->sub_bytes = inner->sub_bytes;
	img->geometry = inner->geometry;
	img->tracks = mun_steal(&inner->tracks);
	img->ntracks = inner->ntracks;
	for (size_t i = 0; !rc && i < inner->nfacts; i++) {
		const struct mun_image_fact *f = &inner->facts[i];

		rc = f->kind == MUN_FACT_CHECK
			     ? mun_image_check_fact(img, f->name, f->state, e,
						    "%s", f->value)
			     : mun_image_fact(img, f->kind, f->name, e, "%s",
					      f->value);
	}
	if (!rc && (inner->floppy || inner->disc))
		rc = mun_image_fact(img, MUN_FACT_LIMIT, "tables", e,
				    "the table of tracks or sectors is not "
				    "told of an image in parts: join it first");
	return rc;
}

static int split_open(struct mun_image *img, struct mun_err *e)
{
	struct split *s = calloc(1, sizeof(*s));
	struct mun_image_request q = { .depth = img->depth + 1 };
	int rc;

	if (!s)
		return mun_fail_nomem(e, "parts of an image");
	img->priv = s;
	mun_image_set_mime(img, "application/octet-stream");
	rc = join(img, s, e);
	if (rc)
		return rc;
	q.src = &s->joined->base;
	rc = mun_image_open_inside(img, &q, &s->inner, e);
	if (rc)
		return mun_ctx(e, "the %zu parts joined", s->joined->n);
	mun_image_variant(img, "%zu parts, %s", s->joined->n,
			  s->inner->format->name);
	return adopt(img, s->inner, e);
}

static int split_pread(struct mun_image *img, enum mun_view view, void *buf,
		       size_t len, uint64_t off, struct mun_err *e)
{
	const struct split *s = img->priv;

	return mun_image_pread(s->inner, view, buf, len, off, e);
}

static int split_next_extent(struct mun_image *img, enum mun_view view,
			     uint64_t off, struct mun_extent *out,
			     struct mun_err *e)
{
	const struct split *s = img->priv;

	return mun_image_next_extent(s->inner, view, off, out, e);
}

static int split_verify(struct mun_image *img, struct mun_err *e)
{
	const struct split *s = img->priv;
	int rc = mun_image_verify(s->inner, e);

	for (size_t i = 0; !rc && i < s->inner->nfacts; i++) {
		const struct mun_image_fact *f = &s->inner->facts[i];

		if (f->kind == MUN_FACT_CHECK)
			mun_image_settle(img, f->name, f->state);
	}
	return rc;
}

static void split_close(struct mun_image *img)
{
	struct split *s = img->priv;

	if (!s)
		return;
	mun_image_free(s->inner);
	if (s->joined)
		mun_source_close(&s->joined->base);
	free(s);
}

const struct mun_image_driver mun_image_split = {
	.name = "split",
	.title = "Image in several files",
	.suffixes = "001 000 aa",
	.bid = split_bid,
	.bid_beside = split_bid_beside,
	.open = split_open,
	.pread = split_pread,
	.next_extent = split_next_extent,
	.verify = split_verify,
	.close = split_close,
};
