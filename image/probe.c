/* SPDX-License-Identifier: Apache-2.0 */
/* image/probe.c - let every driver bid, and open with the highest */
#include "image/image.h"

#include "core/check.h"
#include "image/companion.h"
#include "image/disc.h"
#include "image/driver.h"
#include "image/floppy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What the drivers bid on.  A bid cannot fail, so a read error would only make
 * a driver step back and the image be taken for something else: the witness
 * keeps the first error, and then nothing is opened at all.  It also keeps the
 * head, which every driver asks for.
 */
struct witness {
	struct mun_source source;
	struct mun_source *src; /* borrowed */
	struct mun_err first; /* code 0: none */
	size_t head_len; /* 0: not read yet */
	uint8_t head[64 * 1024];
};

static int witness_read(struct witness *w, void *buf, size_t len, uint64_t off,
			struct mun_err *e)
{
	size_t whole = (size_t)MUN_MIN(w->src->size, sizeof(w->head));
	int rc;

	/* A head with a bad sector in it may still be read in parts. */
	if (w->head_len == 0 && whole &&
	    mun_source_pread(w->src, w->head, whole, 0, e) == 0)
		w->head_len = whole;
	if (off <= w->head_len && len <= w->head_len - off) {
		memcpy(buf, w->head + off, len);
		return 0;
	}
	rc = mun_source_pread(w->src, buf, len, off, e);
	if (rc && !w->first.code)
		w->first = *e;
	return rc;
}

static int witness_pread(struct mun_source *s, void *buf, size_t len,
			 uint64_t off, struct mun_err *e)
{
	return witness_read((struct witness *)s, buf, len, off, e);
}

static int witness_next_extent(struct mun_source *s, uint64_t off,
			       struct mun_extent *out, struct mun_err *e)
{
	return mun_source_next_extent(((struct witness *)s)->src, off, out, e);
}

static void witness_close(struct mun_source *s)
{
	free(s);
}

static const struct mun_source_ops witness_ops = {
	.pread = witness_pread,
	.next_extent = witness_next_extent,
	.close = witness_close,
};

/* The highest bidder; a draw is nobody's to decide but the user's. */
static int hold_auction(struct mun_source *src,
			const struct mun_image_request *q,
			const struct mun_image_driver **out, struct mun_err *e)
{
	const struct mun_image_driver *best = NULL;
	const struct mun_image_driver *rival = NULL;
	int high = MUN_BID_NO;

	for (size_t i = 0; mun_image_drivers[i]; i++) {
		const struct mun_image_driver *d = mun_image_drivers[i];
		int bid = d->bid_beside ? d->bid_beside(src, q->file_name,
							q->companions)
					: d->bid(src, q->file_name);

		if (bid > high) {
			best = d;
			rival = NULL;
			high = bid;
		} else if (bid == high && bid > MUN_BID_NO && !rival) {
			rival = d;
		}
	}
	if (!best)
		return mun_fail(e, MUN_EUNSUPPORTED, "no format fits");
	if (rival)
		return mun_fail(e, MUN_EINVAL,
				"it may be '%s' or '%s': choose with --format",
				best->name, rival->name);
	*out = best;
	return 0;
}

static int choose(const struct mun_image_request *q,
		  const struct mun_image_driver **out, struct mun_err *e)
{
	struct witness *w = calloc(1, sizeof(*w));
	int rc;

	if (!w)
		return mun_fail_nomem(e, "format detection");
	w->source.ops = &witness_ops;
	w->source.size = q->src->size;
	w->src = q->src;
	rc = hold_auction(&w->source, q, out, e);
	if (w->first.code) {
		*e = w->first;
		rc = mun_ctx(e, "recognise the format");
	}
	free(w);
	return rc;
}

static int by_name(const char *name, const struct mun_image_driver **out,
		   struct mun_err *e)
{
	for (size_t i = 0; mun_image_drivers[i]; i++) {
		if (strcmp(mun_image_drivers[i]->name, name) == 0) {
			*out = mun_image_drivers[i];
			return 0;
		}
	}
	return mun_fail(e, MUN_EUNSUPPORTED, "unknown format '%s'", name);
}

static int begin(const struct mun_image_request *q,
		 const struct mun_image_driver *driver, struct mun_image **out,
		 struct mun_err *e)
{
	struct mun_image *img = calloc(1, sizeof(*img));

	if (!img)
		return mun_fail_nomem(e, "image");
	img->driver = driver;
	img->format = driver;
	img->src = q->src;
	img->companions = q->companions;
	img->parent = q->parent;
	img->depth = q->depth;
	if (q->file_name)
		(void)snprintf(img->file_name, sizeof(img->file_name), "%s",
			       q->file_name);
	*out = img;
	return 0;
}

int mun_image_open_with(const struct mun_image_request *q,
			struct mun_image **out, struct mun_err *e)
{
	mun_auto(image) *img = NULL;
	const struct mun_image_driver *driver;
	int rc;

	if (q->format)
		rc = by_name(q->format, &driver, e);
	else
		rc = choose(q, &driver, e);
	if (!rc && q->src->size == 0)
		rc = mun_fail(e, MUN_EUNSUPPORTED, "no format fits");
	if (!rc)
		rc = begin(q, driver, &img, e);
	if (rc)
		return rc;
	rc = driver->open(img, e);
	if (rc)
		return mun_ctx(e, "open as '%s'", driver->name);
	*out = mun_steal(&img);
	return 0;
}

int mun_image_open_inside(struct mun_image *img, struct mun_image_request *q,
			  struct mun_image **out, struct mun_err *e)
{
	int rc = mun_image_open_with(q, out, e);

	if (rc != MUN_EINVAL || q->format)
		return rc;
	mun_image_note(img, "several formats fit what is inside: taken as it "
			    "is");
	q->format = "raw";
	return mun_image_open_with(q, out, e);
}

int mun_image_open(struct mun_source *src, const char *file_name,
		   const char *format, struct mun_image **out,
		   struct mun_err *e)
{
	const struct mun_image_request q = {
		.src = src,
		.file_name = file_name,
		.format = format,
	};

	return mun_image_open_with(&q, out, e);
}

void mun_image_free(struct mun_image *img)
{
	if (!img)
		return;
	/* Also after an open() that failed half way. */
	if (img->driver->close)
		img->driver->close(img);
	mun_floppy_free(img->floppy);
	mun_disc_free(img->disc);
	mun_image_free(img->own_parent);
	mun_companions_close(img->own_companions);
	mun_source_close(img->own_src);
	free(img->tracks);
	free(img->facts);
	free(img);
}
