/* SPDX-License-Identifier: Apache-2.0 */
/* image/decoded.c - the decoded bytes of an image, by view, and as a source */
#include "image/image.h"

#include "core/check.h"

#include <inttypes.h>
#include <stdlib.h>

struct decoded {
	struct mun_source source;
	struct mun_image *img; /* borrowed */
	enum mun_view view;
};

uint64_t mun_image_size(const struct mun_image *img, enum mun_view view)
{
	if (view == MUN_VIEW_SUB)
		return img->sub_bytes;
	if (view == MUN_VIEW_RAW && img->raw_bytes)
		return img->raw_bytes;
	return img->bytes;
}

int mun_image_pread(struct mun_image *img, enum mun_view view, void *buf,
		    size_t len, uint64_t off, struct mun_err *e)
{
	uint64_t size = mun_image_size(img, view);

	if (off > size || len > size - off)
		return mun_fail(e, MUN_EINVAL,
				"%zu bytes at %" PRIu64 " of an image of "
				"%" PRIu64,
				len, off, size);
	if (!len)
		return 0;
	if (img->driver->pread)
		return img->driver->pread(img, view, buf, len, off, e);
	return mun_source_pread(img->src, buf, len, off, e);
}

/* A hole or a lost sector of the file is one of the image only where the bytes
 * are the file's own. */
static int own_extent(struct mun_image *img, uint64_t off, uint64_t size,
		      struct mun_extent *out, struct mun_err *e)
{
	*out = (struct mun_extent){ off, size - off, MUN_EXTENT_DATA };
	return img->driver->pread
		       ? 0
		       : mun_source_next_extent(img->src, off, out, e);
}

int mun_image_next_extent(struct mun_image *img, enum mun_view view,
			  uint64_t off, struct mun_extent *out,
			  struct mun_err *e)
{
	uint64_t size = mun_image_size(img, view);
	int rc;

	if (off >= size)
		return mun_fail(e, MUN_EINVAL,
				"extent at %" PRIu64 " of an image of "
				"%" PRIu64,
				off, size);
	if (img->driver->next_extent)
		rc = img->driver->next_extent(img, view, off, out, e);
	else
		rc = own_extent(img, off, size, out, e);
	if (!rc)
		out->bytes = MUN_MIN(out->bytes, size - off);
	return rc;
}

int mun_image_verify(struct mun_image *img, struct mun_err *e)
{
	return img->driver->verify ? img->driver->verify(img, e) : 0;
}

static int decoded_pread(struct mun_source *s, void *buf, size_t len,
			 uint64_t off, struct mun_err *e)
{
	struct decoded *d = (struct decoded *)s;

	return mun_image_pread(d->img, d->view, buf, len, off, e);
}

static int decoded_next_extent(struct mun_source *s, uint64_t off,
			       struct mun_extent *out, struct mun_err *e)
{
	struct decoded *d = (struct decoded *)s;

	return mun_image_next_extent(d->img, d->view, off, out, e);
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

int mun_image_view_source(struct mun_image *img, enum mun_view view,
			  struct mun_source **out, struct mun_err *e)
{
	struct decoded *d = calloc(1, sizeof(*d));

	if (!d)
		return mun_fail_nomem(e, "decoded image");
	d->source.ops = &decoded_ops;
	d->source.size = mun_image_size(img, view);
	d->img = img;
	d->view = view;
	*out = &d->source;
	return 0;
}

int mun_image_source(struct mun_image *img, struct mun_source **out,
		     struct mun_err *e)
{
	return mun_image_view_source(img, MUN_VIEW_CONTENT, out, e);
}
