/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_iso_write.c - the user data of a disc with one data track */
#include "image/disc.h"
#include "image/plain_write.h"

static int iso_plan(struct mun_image *img, const struct mun_write_options *o,
		    struct mun_loss *loss, struct mun_err *e)
{
	if (img->preserved_only[0] || img->medium != MUN_MEDIUM_OPTICAL ||
	    img->sector_bytes != 2048 || img->ntracks != 1 ||
	    (img->disc && !img->disc->cooked))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"an ISO image holds one data track of 2048 "
				"bytes a sector, and this is none");
	return mun_plain_plan(img, o, loss, e);
}

static int iso_write(const struct mun_write *w, struct mun_err *e)
{
	struct mun_plain plain = { .view = MUN_VIEW_CONTENT };

	return mun_plain_write(w, &plain, e);
}

const struct mun_writer mun_write_iso = {
	.name = "iso",
	.title = "ISO 9660 or UDF, user data of one track",
	.suffixes = "iso",
	.keys = "",
	.help = "",
	.unmarked = true,
	.plan = iso_plan,
	.write = iso_write,
};
