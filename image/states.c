/* SPDX-License-Identifier: Apache-2.0 */
/* image/states.c - how well the sectors of an image were read */
#include "image/states.h"

const char *mun_extent_word(enum mun_extent_kind kind)
{
	switch (kind) {
	case MUN_EXTENT_HOLE:
		return "hole";
	case MUN_EXTENT_UNREADABLE:
		return "unreadable";
	case MUN_EXTENT_ZERO:
		return "zero";
	case MUN_EXTENT_DOUBTFUL:
		return "doubtful";
	case MUN_EXTENT_DATA:
		break;
	}
	return "data";
}

int mun_image_walk(struct mun_image *img, enum mun_view view,
		   const struct mun_progress_to *progress, mun_state_fn *fn,
		   void *ctx, struct mun_err *e)
{
	uint64_t size = mun_image_size(img, view);
	struct mun_extent run = { 0 };
	uint64_t bad = 0;
	int rc = 0;

	for (uint64_t off = 0; !rc && off < size;) {
		struct mun_extent x = { 0 };

		rc = mun_cancel_check(e);
		if (!rc)
			rc = mun_image_next_extent(img, view, off, &x, e);
		if (rc)
			break;
		if (run.bytes && run.kind != x.kind) {
			rc = fn(ctx, &run, e);
			run.bytes = 0;
		}
		if (!run.bytes)
			run = (struct mun_extent){ off, 0, x.kind };
		run.bytes += x.bytes;
		off += x.bytes;
		if (x.kind == MUN_EXTENT_UNREADABLE ||
		    x.kind == MUN_EXTENT_DOUBTFUL)
			bad += x.bytes;
		mun_progress_tell(progress, "mapping", off, size, bad);
	}
	if (!rc && run.bytes)
		rc = fn(ctx, &run, e);
	return rc;
}

static int count(void *ctx, const struct mun_extent *x, struct mun_err *e)
{
	struct mun_states *s = ctx;

	(void)e;
	switch (x->kind) {
	case MUN_EXTENT_DATA:
		s->data_bytes += x->bytes;
		break;
	case MUN_EXTENT_ZERO:
		s->zero_bytes += x->bytes;
		break;
	case MUN_EXTENT_HOLE:
		s->hole_bytes += x->bytes;
		break;
	case MUN_EXTENT_UNREADABLE:
		s->unreadable_bytes += x->bytes;
		break;
	case MUN_EXTENT_DOUBTFUL:
		s->doubtful_bytes += x->bytes;
		break;
	}
	return 0;
}

int mun_image_count_states(struct mun_image *img,
			   const struct mun_progress_to *progress,
			   struct mun_states *out, struct mun_err *e)
{
	*out = (struct mun_states){ 0 };
	return mun_image_walk(img, MUN_VIEW_CONTENT, progress, count, out, e);
}
