/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_cloop.c - compressed loop of Knoppix, version 2
 *
 * block/cloop.c of QEMU; big endian
 *
 *	  0 "#!/bin/sh\n#V2.0 Format\n" and a command	128 u32 block size
 *	132 u32 blocks	136 u64 offset of each block and of the end
 * Each block is a zlib stream.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/blockcache.h"
#include "image/driver.h"
#include "image/slots.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#define TABLE 136u
#define BLOCK_MAX ((uint32_t)16 << 20)
#define CACHE_BYTES ((size_t)64 << 20)
#define CACHE_BLOCKS 64u

static const char magic[] = "#!/bin/sh\n#V2.0 Format\n";

struct cloop {
	uint32_t block_bytes;
	uint32_t blocks;
	struct mun_source *src; /* borrowed */
	struct mun_slots *offsets;
	struct mun_blockcache *cache;
};

static bool parse(struct cloop *c, const uint8_t *h)
{
	c->block_bytes = mun_be32(h + 128);
	c->blocks = mun_be32(h + 132);
	return memcmp(h, magic, sizeof(magic) - 1) == 0;
}

static int check_header(const struct cloop *c, struct mun_err *e)
{
	if (c->block_bytes == 0 || c->block_bytes % 512)
		return mun_fail(e, MUN_ECORRUPT, "blocks of %" PRIu32 " bytes",
				c->block_bytes);
	if (c->block_bytes > BLOCK_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"blocks of %" PRIu32 " bytes; %" PRIu32
				" are taken",
				c->block_bytes, BLOCK_MAX);
	return 0;
}

static int cloop_bid(struct mun_source *src, const char *file_name)
{
	uint8_t h[TABLE];
	struct cloop c = { .blocks = 0 };
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, h, sizeof(h), 0, &e) || !parse(&c, h))
		return MUN_BID_NO;
	return check_header(&c, &e) ? MUN_BID_MAGIC : MUN_BID_CHECKED;
}

static int inflate_block(const struct cloop *c, struct mun_cached *b,
			 const uint8_t *packed, size_t len, struct mun_err *e)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	enum libdeflate_result r;

	if (!d)
		return mun_fail_nomem(e, "decompressor");
	r = libdeflate_zlib_decompress(d, packed, len, b->data, c->block_bytes,
				       NULL);
	libdeflate_free_decompressor(d);
	b->len = c->block_bytes;
	return r == LIBDEFLATE_SUCCESS
		       ? 0
		       : mun_fail(e, MUN_ECORRUPT,
				  "block %" PRIu64 " does not decompress to "
				  "%" PRIu32 " bytes",
				  b->key, c->block_bytes);
}

/* What does not get smaller grows by 5 bytes per 16 KiB and the stream's own;
 * more than that no block has. */
static int fill(void *ctx, struct mun_cached *b, struct mun_err *e)
{
	const struct cloop *c = ctx;
	size_t max = c->block_bytes + c->block_bytes / 1024 + 64;
	uint64_t from = 0, to = 0;
	uint8_t *packed;
	int rc;

	rc = mun_slots_get(c->offsets, b->key, &from, e);
	if (!rc)
		rc = mun_slots_get(c->offsets, b->key + 1, &to, e);
	if (rc)
		return rc;
	if (from > to || to > c->src->size || to - from > max)
		return mun_fail(e, MUN_ECORRUPT,
				"block %" PRIu64 " goes from byte %" PRIu64
				" to %" PRIu64 " of a file of %" PRIu64,
				b->key, from, to, c->src->size);
	packed = malloc(max);
	if (!packed)
		return mun_fail_nomem(e, "compressed block");
	rc = mun_source_pread(c->src, packed, (size_t)(to - from), from, e);
	if (!rc)
		rc = inflate_block(c, b, packed, (size_t)(to - from), e);
	free(packed);
	return rc;
}

static int tell(struct mun_image *img, const struct cloop *c, struct mun_err *e)
{
	uint64_t end = 0;
	int rc = mun_slots_get(c->offsets, c->blocks, &end, e);

	if (rc)
		return rc;
	if (end > c->src->size)
		mun_image_note(img, "the file is %" PRIu64 " bytes too short",
			       end - c->src->size);
	img->medium = MUN_MEDIUM_DISK;
	img->sector_bytes = 512;
	img->bytes = (uint64_t)c->blocks * c->block_bytes;
	mun_image_variant(img, "version 2, zlib, blocks of %" PRIu32 " bytes",
			  c->block_bytes);
	return mun_image_one_track(img, e);
}

static int cloop_open(struct mun_image *img, struct mun_err *e)
{
	struct cloop *c = calloc(1, sizeof(*c));
	uint8_t h[TABLE];
	size_t keep;
	int rc;

	if (!c)
		return mun_fail_nomem(e, "cloop");
	img->priv = c;
	c->src = img->src;
	rc = mun_peek(img->src, h, sizeof(h), 0, e);
	if (!rc && !parse(c, h))
		rc = mun_fail(e, MUN_ECORRUPT, "no magic of cloop version 2");
	if (!rc)
		rc = check_header(c, e);
	if (!rc)
		rc = mun_slots_new(img->src, TABLE, (uint64_t)c->blocks + 1,
				   MUN_SLOT_BE64, &c->offsets, e);
	if (rc)
		return rc;
	keep = MUN_MIN(CACHE_BYTES / c->block_bytes, (size_t)CACHE_BLOCKS);
	rc = mun_blockcache_new(c->block_bytes, keep, fill, c, &c->cache, e);
	return rc ? rc : tell(img, c, e);
}

static int cloop_pread(struct mun_image *img, enum mun_view view, void *buf,
		       size_t len, uint64_t off, struct mun_err *e)
{
	const struct cloop *c = img->priv;
	uint8_t *to = buf;

	(void)view;
	while (len) {
		const struct mun_cached *b = NULL;
		size_t in = (size_t)(off % c->block_bytes);
		size_t n = MUN_MIN(len, c->block_bytes - in);
		int rc = mun_blockcache_get(c->cache, off / c->block_bytes, &b,
					    e);

		if (rc)
			return rc;
		memcpy(to, b->data + in, n);
		mun_blockcache_put(c->cache, b);
		to += n;
		off += n;
		len -= n;
	}
	return 0;
}

/* Every byte is compressed data, whatever holes the file itself has. */
static int cloop_next_extent(struct mun_image *img, enum mun_view view,
			     uint64_t off, struct mun_extent *out,
			     struct mun_err *e)
{
	(void)view;
	(void)e;
	*out = (struct mun_extent){ off, img->bytes - off, MUN_EXTENT_DATA };
	return 0;
}

static void cloop_close(struct mun_image *img)
{
	struct cloop *c = img->priv;

	if (!c)
		return;
	mun_blockcache_free(c->cache);
	mun_slots_free(c->offsets);
	free(c);
}

const struct mun_image_driver mun_image_cloop = {
	.name = "cloop",
	.title = "Compressed loop (cloop)",
	.suffixes = "cloop",
	.bid = cloop_bid,
	.open = cloop_open,
	.pread = cloop_pread,
	.next_extent = cloop_next_extent,
	.close = cloop_close,
};
