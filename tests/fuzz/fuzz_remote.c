/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_remote.c - the tables of a decoder that was taken over
 *
 * Whatever they hold: an error, or an image whose views can be read.
 */
#include <stdint.h>
#include <stdlib.h>

#include "image/floppy.h"
#include "image/remote_wire.h"

#define MOST_SECTORS ((size_t)1 << 20) /* more is only slower */

static void read_views(struct mun_image *img)
{
	static uint8_t buf[1 << 16];
	struct mun_err e;

	for (enum mun_view v = MUN_VIEW_CONTENT; v < MUN_VIEWS; v++) {
		uint64_t size = mun_image_size(img, v);
		size_t len = size < sizeof(buf) ? (size_t)size : sizeof(buf);
		struct mun_extent x;

		if (!len)
			continue;
		if (mun_floppy_pread(img, v, buf, len, 0, &e) ||
		    mun_floppy_pread(img, v, buf, len, size - len, &e) ||
		    mun_floppy_next_extent(img, v, 0, &x, &e) || !x.bytes)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mun_image_driver none = { .name = "" };
	mun_auto(image) *img = calloc(1, sizeof(*img));
	mun_autofree uint8_t *sectors = NULL;
	struct mun_remote_tables t;
	struct mun_err e;

	if (!img)
		return 0;
	img->driver = img->format = &none;
	(void)!mun_remote_unpack_facts(img, data, size, &e);
	if (mun_remote_head(data, size, &t, &e) ||
	    t.floppy_bytes > MOST_SECTORS)
		return 0;
	sectors = calloc(1, (size_t)t.floppy_bytes + 1);
	if (!sectors || mun_remote_unpack(img, NULL, data, size, sectors, &e))
		return 0;
	if (img->floppy && t.floppy_views)
		read_views(img);
	return 0;
}
