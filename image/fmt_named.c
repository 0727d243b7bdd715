/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_named.c - formats that are named and kept, not decoded */
#include "image/fmt_named.h"

#include "image/driver.h"

#include <string.h>

#define LONG_MAGIC 8u

static int read_head(struct mun_source *src, uint8_t *head, struct mun_err *e)
{
	return mun_peek(src, head, MUN_NAMED_HEAD, 0, e);
}

static bool has_magic(const struct mun_named *n, const uint8_t *head)
{
	return !n->magic || memcmp(head, n->magic, n->magic_bytes) == 0;
}

int mun_named_bid(const struct mun_named *n, struct mun_source *src)
{
	uint8_t head[MUN_NAMED_HEAD];
	struct mun_err e;

	if (read_head(src, head, &e) || !has_magic(n, head))
		return MUN_BID_NO;
	if (n->check)
		return n->check(src, head) ? MUN_BID_CHECKED : MUN_BID_NO;
	return n->magic_bytes >= LONG_MAGIC ? MUN_BID_CHECKED : MUN_BID_MAGIC;
}

int mun_named_open(const struct mun_named *n, struct mun_image *img,
		   struct mun_err *e)
{
	uint8_t head[MUN_NAMED_HEAD];
	int rc;

	rc = read_head(img->src, head, e);
	if (rc)
		return rc;
	if (!has_magic(n, head) || (n->check && !n->check(img->src, head)))
		return mun_fail(e, MUN_ECORRUPT,
				"the head is not that of the format");
	img->medium = n->medium;
	img->bytes = img->src->size;
	img->sector_bytes = n->medium == MUN_MEDIUM_OPTICAL ? 2048 : 512;
	if (n->variant)
		mun_image_variant(img, "%s", n->variant);
	mun_image_preserve_only(img, "%s", n->reason);
	return mun_image_one_track(img, e);
}
