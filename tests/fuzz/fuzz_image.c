/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_image.c - any bytes as an image, with every driver
 *
 * What tells a format lies far apart, so an input can be a sparse image:
 *	0 "SPARSE\0\0"	8 u64 LE size	then records:
 *	  u32 LE offset in units of 256 bytes, u16 LE length, the bytes
 * Zeros are between them, and a later record lies over an earlier.  Any other
 * input is the image itself.
 */
#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/image.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HEAD 16u
#define RECORD 6u
#define UNIT 256u

struct sparse {
	struct mun_source source;
	const uint8_t *records;
	size_t len;
};

static void check(int ok)
{
	if (!ok)
		abort();
}

static int sparse_pread(struct mun_source *s, void *buf, size_t len,
			uint64_t off, struct mun_err *e)
{
	const struct sparse *sparse = (const struct sparse *)s;
	const uint8_t *p = sparse->records;
	size_t left = sparse->len;

	(void)e;
	check(off <= s->size && len <= s->size - off);
	memset(buf, 0, len);
	while (left > RECORD) {
		uint64_t at = (uint64_t)mun_le32(p) * UNIT;
		size_t n = MUN_MIN((size_t)mun_le16(p + 4), left - RECORD);
		uint64_t from = MUN_MAX(at, off);
		uint64_t to = MUN_MIN(at + n, off + len);

		if (from < to)
			memcpy((uint8_t *)buf + (from - off),
			       p + RECORD + (from - at), (size_t)(to - from));
		p += RECORD + n;
		left -= RECORD + n;
	}
	return 0;
}

static void sparse_close(struct mun_source *s)
{
	(void)s;
}

static const struct mun_source_ops sparse_ops = {
	.pread = sparse_pread,
	.next_extent = NULL,
	.close = sparse_close,
};

static void check_text(const char *field, size_t size)
{
	check(strnlen(field, size) < size);
	check(mun_text_is_clean(field, ""));
}

static void check_facts(const struct mun_image *img)
{
	check_text(img->variant, sizeof(img->variant));
	check_text(img->volume_label, sizeof(img->volume_label));
	check_text(img->puid, sizeof(img->puid));
	check_text(img->mime, sizeof(img->mime));
	check_text(img->note, sizeof(img->note));
	check(img->sector_bytes > 0 && img->sector_bytes <= 65536);
	check(img->ntracks > 0 && img->tracks);
	check(img->medium <= MUN_MEDIUM_DISK);
}

/* The head and the tail; what a decoder finds broken is an error, no more. */
static void read_some(struct mun_image *img)
{
	mun_auto(source) *decoded = NULL;
	uint8_t buf[4096];
	struct mun_extent x;
	struct mun_err e;

	check(mun_image_source(img, &decoded, &e) == 0);
	check(decoded->size == img->bytes);
	for (uint64_t off = 0; off < img->bytes && off < 1 << 18;
	     off += sizeof(buf))
		(void)!mun_source_pread(
			decoded, buf,
			(size_t)MUN_MIN(sizeof(buf), img->bytes - off), off,
			&e);
	if (img->bytes == 0)
		return;
	(void)!mun_source_pread(decoded, buf, 1, img->bytes - 1, &e);
	check(mun_source_next_extent(decoded, img->bytes / 2, &x, &e) == 0);
	check(x.off == img->bytes / 2 && x.bytes > 0);
	check(x.bytes <= img->bytes - x.off);
}

static void open_as(struct mun_source *src, const char *format)
{
	mun_auto(image) *img = NULL;
	struct mun_err e;

	if (mun_image_open(src, "x.img", format, &img, &e)) {
		check(e.code < 0 && e.depth > 0 && !img);
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
	struct sparse sparse = { .source.ops = &sparse_ops };
	mun_auto(source) *plain = NULL;
	struct mun_err e;

	if (size >= HEAD && memcmp(data, "SPARSE\0\0", 8) == 0) {
		sparse.source.size = mun_le64(data + 8) & INT64_MAX;
		sparse.records = data + HEAD;
		sparse.len = size - HEAD;
		open_with_all(&sparse.source);
		return 0;
	}
	check(mun_source_from_memory(data, size, &plain, &e) == 0);
	open_with_all(plain);
	return 0;
}
