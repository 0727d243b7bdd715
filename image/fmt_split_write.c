/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_split_write.c - all bytes one after the other, in several files */
#include "core/check.h"
#include "image/plain_write.h"
#include "image/split.h"

#include <inttypes.h>

#define USUAL_PART ((uint64_t)2 << 30)

static int part_bytes(const struct mun_image *img,
		      const struct mun_write_options *o, uint64_t *out,
		      struct mun_err *e)
{
	uint64_t size = MUN_MAX(img->bytes, img->raw_bytes);
	int rc =
		mun_write_number(o, "size", USUAL_PART, 512, INT64_MAX, out, e);

	if (!rc && *out % 512)
		rc = mun_fail(e, MUN_EINVAL,
			      "option 'size': %" PRIu64
			      " is not a multiple of 512",
			      *out);
	if (!rc && size / *out >= MUN_SPLIT_PARTS)
		rc = mun_fail(e, MUN_EINVAL,
			      "option 'size': parts of %" PRIu64
			      " bytes are more than %u",
			      *out, MUN_SPLIT_PARTS);
	return rc;
}

static int split_plan(struct mun_image *img, const struct mun_write_options *o,
		      struct mun_loss *loss, struct mun_err *e)
{
	uint64_t bytes;
	int rc = part_bytes(img, o, &bytes, e);

	return rc ? rc : mun_plain_plan(img, o, loss, e);
}

static int part_name(const struct mun_output *o, uint64_t n, char out[256],
		     struct mun_err *e)
{
	if (mun_split_name(mun_output_name(o), n, out))
		return 0;
	return mun_fail(e, MUN_EINVAL,
			"'%s' is not the name of a first part, such as "
			"'disk.001' or 'disk.aa', or there are too many parts",
			mun_output_name(o));
}

static int split_write(const struct mun_write *w, struct mun_err *e)
{
	struct mun_plain plain = { .name = part_name };
	char first[256];
	int rc;

	rc = mun_plain_view(w->options, &plain.view, e);
	if (!rc)
		rc = part_bytes(w->img, w->options, &plain.part_bytes, e);
	/* Also where one part is enough. */
	if (!rc)
		rc = part_name(w->out, 0, first, e);
	return rc ? rc : mun_plain_write(w, &plain, e);
}

const struct mun_writer mun_write_split = {
	.name = "split",
	.title = "Raw sectors in several files",
	.suffixes = "001 000 aa",
	.keys = "size view",
	.help = "size=2G, view=content|raw",
	.plan = split_plan,
	.write = split_write,
};
