/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_format.c - any bytes as an image of one format
 *
 * Which one says the environment, $MUN_FORMAT: one program for all of them.
 * Input as of fuzz_image.c: the image, or a sparse one.  Companions that the
 * image names are made of the same bytes, so that segments and tracks are
 * reached too.
 */
#include "image/companion.h"
#include "image/image.h"
#include "tests/fuzz/sparse_input.h"

#include "core/check.h"
#include "core/str.h"

#include <stdlib.h>
#include <string.h>

#define READ_MAX ((uint64_t)2 << 20)

struct same_bytes {
	struct mun_companions companions;
	struct mun_source *src;
};

static int open_same(struct mun_companions *c, const char *name,
		     struct mun_source **out, struct mun_err *e)
{
	struct same_bytes *same = (struct same_bytes *)c;

	if (strlen(name) > 100)
		return mun_fail(e, MUN_ENOENT, "no such file");
	return mun_source_slice(same->src, 0, same->src->size, false, out, e);
}

static const struct mun_companions_ops same_ops = { .open = open_same };

static void walk(struct mun_image *img, enum mun_view view, uint64_t size)
{
	struct mun_err e;
	uint64_t off = 0;

	for (unsigned int n = 0; off < size && n < 1000; n++) {
		struct mun_extent x = { 0 };

		if (mun_image_next_extent(img, view, off, &x, &e))
			return;
		sparse_check(x.off == off && x.bytes && x.bytes <= size - off);
		off += x.bytes;
	}
}

static void read_view(struct mun_image *img, enum mun_view view)
{
	static uint8_t buf[65533];
	uint64_t size = mun_image_size(img, view);
	struct mun_err e;

	walk(img, view, size);
	for (uint64_t off = 0; off < size && off < READ_MAX; off += sizeof(buf))
		(void)!mun_image_pread(
			img, view, buf,
			(size_t)MUN_MIN((uint64_t)sizeof(buf), size - off), off,
			&e);
	if (size)
		(void)!mun_image_pread(img, view, buf, 1, size - 1, &e);
}

static void check_texts(const struct mun_image *img)
{
	sparse_check(mun_text_is_clean(img->variant, ""));
	sparse_check(mun_text_is_clean(img->note, ""));
	sparse_check(mun_text_is_clean(img->volume_label, ""));
	sparse_check(mun_text_is_clean(img->preserved_only, ""));
	sparse_check(img->sector_bytes > 0 && img->sector_bytes <= 65536);
	sparse_check(img->ntracks > 0 && img->tracks);
	for (size_t i = 0; i < img->nfacts; i++) {
		sparse_check(mun_text_is_clean(img->facts[i].name, ""));
		sparse_check(mun_text_is_clean(img->facts[i].value, ""));
	}
}

static void one_image(struct mun_source *src)
{
	const char *format = getenv("MUN_FORMAT");
	struct same_bytes same = { .companions.ops = &same_ops, .src = src };
	mun_auto(image) *img = NULL;
	const struct mun_image_request q = {
		.src = src,
		.file_name = "x.001",
		.format = format,
		.companions = &same.companions,
	};
	struct mun_err e;

	/* Without it nothing would be tested, and all well. */
	sparse_check(format != NULL);
	for (size_t i = 0; mun_image_drivers[i]; i++)
		if (!strcmp(mun_image_drivers[i]->name, format))
			(void)mun_image_drivers[i]->bid(src, NULL);
	if (mun_image_open_with(&q, &img, &e)) {
		sparse_check(e.code < 0 && e.depth > 0 && !img);
		return;
	}
	check_texts(img);
	for (unsigned int v = 0; v < MUN_VIEWS; v++)
		read_view(img, (enum mun_view)v);
	if (img->bytes <= READ_MAX)
		(void)!mun_image_verify(img, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sparse_input sparse;
	struct mun_source *src = sparse_open(&sparse, data, size);

	one_image(src);
	mun_source_close(src);
	return 0;
}
