/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_adf_write.c - ADF: 80 cylinders of an Amiga's drive, plain sectors */
#include "image/plain_write.h"

#define DD_BYTES 901120u
#define HD_BYTES 1802240u
#define SECTOR 512u

static int adf_plan(struct mun_image *img, const struct mun_write_options *o,
		    struct mun_loss *loss, struct mun_err *e)
{
	if (img->bytes != DD_BYTES && img->bytes != HD_BYTES)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"an ADF has %u or %u bytes, this image %llu",
				DD_BYTES, HD_BYTES,
				(unsigned long long)img->bytes);
	if (img->sector_bytes != SECTOR)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"an ADF has sectors of %u bytes, this image "
				"of %u",
				SECTOR, img->sector_bytes);
	return mun_plain_plan(img, o, loss, e);
}

static int adf_write(const struct mun_write *w, struct mun_err *e)
{
	static const struct mun_plain plain = { .view = MUN_VIEW_CONTENT };

	return mun_plain_write(w, &plain, e);
}

const struct mun_writer mun_write_adf = {
	.name = "adf",
	.title = "ADF, plain sectors of an Amiga floppy",
	.suffixes = "adf",
	.keys = "",
	.help = "",
	.plan = adf_plan,
	.write = adf_write,
};
