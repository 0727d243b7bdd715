/* SPDX-License-Identifier: Apache-2.0 */
/* image/decoded.c - the decoded bytes of an image as a source */
#include "image/image.h"

#include "core/check.h"

#include <stdlib.h>

struct decoded {
	struct mun_source source;
	struct mun_image *img; /* borrowed */
};

static int decoded_pread(struct mun_source *s, void *buf, size_t len,
			 uint64_t off, struct mun_err *e)
{
	struct mun_image *img = ((struct decoded *)s)->img;

	if (img->driver->pread)
		return img->driver->pread(img, buf, len, off, e);
	return mun_source_pread(img->src, buf, len, off, e);
}

/* A hole or a lost sector of the file is one of the image only where the bytes
 * are the file's own. */
static int decoded_next_extent(struct mun_source *s, uint64_t off,
			       struct mun_extent *out, struct mun_err *e)
{
	struct mun_image *img = ((struct decoded *)s)->img;
	int rc;

	if (img->driver->pread) {
		out->off = off;
		out->bytes = s->size - off;
		out->kind = MUN_EXTENT_DATA;
		return 0;
	}
	rc = mun_source_next_extent(img->src, off, out, e);
	if (!rc)
		out->bytes = MUN_MIN(out->bytes, s->size - off);
	return rc;
}

static void decoded_close(struct mun_source *s)
{
	free(s);
}

static const struct mun_source_ops decoded_ops = {
	.pread = decoded_pread,
	.next_extent = decoded_next_extent,
	.close = decoded_close,
};

int mun_image_source(struct mun_image *img, struct mun_source **out,
		     struct mun_err *e)
{
	struct decoded *d = calloc(1, sizeof(*d));

	if (!d)
		return mun_fail_nomem(e, "decoded image");
	d->source.ops = &decoded_ops;
	d->source.size = img->bytes;
	d->img = img;
	*out = &d->source;
	return 0;
}
