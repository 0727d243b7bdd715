/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/fuzz_image.c - any bytes as an image (sparse_input.h), every driver */
#include "core/check.h"
#include "core/str.h"
#include "image/image.h"
#include "tests/fuzz/sparse_input.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check_text(const char *field, size_t size)
{
	sparse_check(strnlen(field, size) < size);
	sparse_check(mun_text_is_clean(field, ""));
}

static void check_facts(const struct mun_image *img)
{
	check_text(img->variant, sizeof(img->variant));
	check_text(img->volume_label, sizeof(img->volume_label));
	check_text(img->puid, sizeof(img->puid));
	check_text(img->mime, sizeof(img->mime));
	check_text(img->note, sizeof(img->note));
	sparse_check(img->sector_bytes > 0 && img->sector_bytes <= 65536);
	sparse_check(img->ntracks > 0 && img->tracks);
	sparse_check(img->medium <= MUN_MEDIUM_DISK);
}

/* The head and the tail; what a decoder finds broken is an error, no more. */
static void read_some(struct mun_image *img)
{
	mun_auto(source) *decoded = NULL;
	uint8_t buf[4096];
	struct mun_extent x;
	struct mun_err e;

	sparse_check(mun_image_source(img, &decoded, &e) == 0);
	sparse_check(decoded->size == img->bytes);
	for (uint64_t off = 0; off < img->bytes && off < 1 << 18;
	     off += sizeof(buf))
		(void)!mun_source_pread(
			decoded, buf,
			(size_t)MUN_MIN(sizeof(buf), img->bytes - off), off,
			&e);
	if (img->bytes == 0)
		return;
	(void)!mun_source_pread(decoded, buf, 1, img->bytes - 1, &e);
	if (mun_source_next_extent(decoded, img->bytes / 2, &x, &e))
		return;
	sparse_check(x.off == img->bytes / 2 && x.bytes > 0);
	sparse_check(x.bytes <= img->bytes - x.off);
}

static void open_as(struct mun_source *src, const char *format)
{
	mun_auto(image) *img = NULL;
	struct mun_err e;

	if (mun_image_open(src, "x.img", format, &img, &e)) {
		sparse_check(e.code < 0 && e.depth > 0 && !img);
		return;
	}
	check_facts(img);
	read_some(img);
}

static void open_with_all(struct mun_source *src)
{
	open_as(src, NULL);
	for (size_t i = 0; mun_image_drivers[i]; i++)
		open_as(src, mun_image_drivers[i]->name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sparse_input sparse;
	struct mun_source *src = sparse_open(&sparse, data, size);

	open_with_all(src);
	mun_source_close(src);
	return 0;
}
