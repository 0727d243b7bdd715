/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_raw_write.c - all bytes one after the other, in one file */
#include "image/plain_write.h"

static int raw_write(const struct mun_write *w, struct mun_err *e)
{
	struct mun_plain plain = { .part_bytes = 0 };
	int rc = mun_plain_view(w->options, &plain.view, e);

	return rc ? rc : mun_plain_write(w, &plain, e);
}

const struct mun_writer mun_write_raw = {
	.name = "raw",
	.title = "Raw sectors",
	.suffixes = "img raw dd hdd ima vfd flp",
	.keys = "view",
	.help = "view=content|raw",
	.plan = mun_plain_plan,
	.write = raw_write,
};
