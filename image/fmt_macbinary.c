/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_macbinary.c - an image of any format in MacBinary or AppleSingle
 *
 * So do images of the Macintosh travel.  The data fork is opened by whoever
 * bids for it; of NDIF images, which need both forks, by fmt_ndif.c.
 */
#include "image/image.h"

#include "image/driver.h"
#include "image/macfork.h"
#include "image/wrap.h"

#include <string.h>

/* A file with data, and not one that only its resource fork explains. */
static bool has_image(struct mun_source *src, struct mun_mac_file *f)
{
	struct mun_rsrc bcem;
	struct mun_err e;

	if (mun_mac_read(src, f, &e) || !f->data.bytes)
		return false;
	return !f->rsrc.bytes ||
	       mun_rsrc_find(src, f->rsrc, "bcem", 128, &bcem, &e) != 0 ||
	       !bcem.data.bytes;
}

static int macbinary_bid(struct mun_source *src, const char *file_name)
{
	struct mun_mac_file f;

	(void)file_name;
	if (!has_image(src, &f) || f.kind >= MUN_APPLESINGLE)
		return MUN_BID_NO;
	return f.summed ? MUN_BID_CHECKED : MUN_BID_MAGIC;
}

static int applesingle_bid(struct mun_source *src, const char *file_name)
{
	struct mun_mac_file f;

	(void)file_name;
	return has_image(src, &f) && f.kind == MUN_APPLESINGLE ? MUN_BID_CHECKED
							       : MUN_BID_NO;
}

static int open_fork(struct mun_image *img, const struct mun_mac_file *f,
		     struct mun_err *e)
{
	char name[sizeof(f->name) + 1] = "";
	struct mun_wrap w = { .how = mun_mac_kind_name(f->kind), .name = name };
	int rc = mun_mac_facts(img, f, e);

	if (rc)
		return rc;
	if (f->rsrc.bytes)
		rc = mun_image_fact(img, MUN_FACT_LIMIT, "resource fork", e,
				    "%llu bytes, which are not decoded",
				    (unsigned long long)f->rsrc.bytes);
	if (!rc)
		rc = mun_source_slice(img->src, f->data.off, f->data.bytes,
				      false, &w.src, e);
	memcpy(name, f->name, f->name_len);
	return rc ? rc : mun_wrap_open(img, &w, e);
}

static int mac_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_mac_file f;
	int rc = mun_mac_read(img->src, &f, e);

	if (rc)
		return rc;
	if (f.kind == MUN_MAC_NONE)
		return mun_fail(e, MUN_ECORRUPT,
				"neither MacBinary nor AppleSingle");
	if (!f.data.bytes)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"there is no data fork in it");
	if (f.kind == MUN_MACBINARY_2)
		mun_image_set_puid(img, "fmt/1762");
	if (f.kind == MUN_MACBINARY_3)
		mun_image_set_puid(img, "fmt/1763");
	mun_image_set_mime(img, f.kind == MUN_APPLESINGLE
					? "application/applefile"
					: "application/x-macbinary");
	return open_fork(img, &f, e);
}

const struct mun_image_driver mun_image_macbinary = {
	.name = "macbinary",
	.title = "Image in MacBinary",
	.suffixes = "bin macbin",
	.bid = macbinary_bid,
	.open = mac_open,
	.pread = mun_wrap_pread,
	.next_extent = mun_wrap_next_extent,
	.verify = mun_wrap_verify,
	.close = mun_wrap_close,
};

const struct mun_image_driver mun_image_applesingle = {
	.name = "applesingle",
	.title = "Image in AppleSingle",
	.suffixes = "as",
	.bid = applesingle_bid,
	.open = mac_open,
	.pread = mun_wrap_pread,
	.next_extent = mun_wrap_next_extent,
	.verify = mun_wrap_verify,
	.close = mun_wrap_close,
};
