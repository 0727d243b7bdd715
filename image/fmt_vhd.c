/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vhd.c - VHD of Virtual PC and Hyper-V: fixed, dynamic, difference */
#include "image/fmt_vhd.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/log.h"
#include "image/driver.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MAX ((uint32_t)1 << 30)

static int vhd_bid(struct mun_source *src, const char *file_name)
{
	struct mun_vhd_footers f;
	struct mun_err e;

	(void)file_name;
	if (mun_vhd_read_footers(src, &f, &e))
		return MUN_BID_NO;
	if (f.tail_whole || f.head_whole)
		return MUN_BID_CHECKED;
	return f.tail_is || f.head_is ? MUN_BID_MAGIC : MUN_BID_NO;
}

static enum mun_fact_state good(bool is)
{
	return is ? MUN_FACT_GOOD : MUN_FACT_BAD;
}

static int find_fixed(void *ctx, uint64_t off, struct mun_piece *out,
		      struct mun_err *e)
{
	const struct mun_vhd *v = ctx;

	(void)e;
	*out = (struct mun_piece){ .kind = MUN_PIECE_FILE,
				   .off = off,
				   .bytes = v->bytes - off };
	return 0;
}

static int open_fixed(struct mun_image *img, struct mun_vhd *v,
		      uint64_t footer_off, struct mun_err *e)
{
	if (v->bytes > footer_off)
		return mun_fail(e, MUN_ECORRUPT,
				"a disk of %" PRIu64 " bytes, of which the "
				"file has %" PRIu64,
				v->bytes, footer_off);
	if (v->bytes < footer_off)
		mun_image_note(img,
			       "%" PRIu64 " bytes between the disk and its "
			       "footer",
			       footer_off - v->bytes);
	v->pieces.find = find_fixed;
	return 0;
}

static int find_block(void *ctx, uint64_t off, struct mun_piece *out,
		      struct mun_err *e)
{
	const struct mun_vhd *v = ctx;
	uint64_t i = off / v->block_bytes;
	uint64_t in = off % v->block_bytes;
	uint64_t sector, run;
	bool set;
	int rc;

	rc = mun_slots_get(v->bat, i, &sector, e);
	if (rc)
		return rc;
	out->kind =
		v->type == MUN_VHD_DYNAMIC ? MUN_PIECE_HOLE : MUN_PIECE_PARENT;
	if (sector == MUN_VHD_NONE) {
		rc = mun_slots_run(v->bat, i, &run, e);
		out->bytes = rc ? 0 : run * v->block_bytes - in;
		return rc;
	}
	rc = mun_bitmaps_get(
		v->bits, sector * MUN_VHD_SECTOR, in / MUN_VHD_SECTOR,
		(v->block_bytes - in + MUN_VHD_SECTOR - 1) / MUN_VHD_SECTOR,
		&set, &run, e);
	if (rc)
		return mun_ctx(e, "block %" PRIu64, i);
	out->bytes = run * MUN_VHD_SECTOR - in % MUN_VHD_SECTOR;
	if (set) {
		out->kind = MUN_PIECE_FILE;
		out->off = sector * MUN_VHD_SECTOR + v->bitmap_bytes + in;
	}
	return 0;
}

static int take_header(struct mun_vhd *v, const uint8_t *h, struct mun_err *e)
{
	uint32_t bitmap;
	uint64_t needed;

	if (mun_be16(h + 24) != 1)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"version %u.%u of the dynamic header",
				mun_be16(h + 24), mun_be16(h + 26));
	v->block_bytes = mun_be32(h + 32);
	v->entries = mun_be32(h + 28);
	if (v->block_bytes < MUN_VHD_SECTOR || v->block_bytes > BLOCK_MAX ||
	    v->block_bytes & (v->block_bytes - 1))
		return mun_fail(e, MUN_ECORRUPT,
				"blocks of %" PRIu32 " bytes in the dynamic "
				"header",
				v->block_bytes);
	needed = v->bytes / v->block_bytes + !!(v->bytes % v->block_bytes);
	if (v->entries < needed)
		return mun_fail(e, MUN_ECORRUPT,
				"a table of %" PRIu64 " blocks for a disk that "
				"has %" PRIu64,
				v->entries, needed);
	if (needed > MUN_SLOTS_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a disk of %" PRIu64 " blocks; %" PRIu64
				" are taken",
				needed, MUN_SLOTS_MAX);
	bitmap = (v->block_bytes / MUN_VHD_SECTOR + 7) / 8;
	v->bitmap_bytes =
		(bitmap + MUN_VHD_SECTOR - 1) / MUN_VHD_SECTOR * MUN_VHD_SECTOR;
	v->pieces.find = find_block;
	return 0;
}

static int open_dynamic(struct mun_image *img, struct mun_vhd *v,
			const uint8_t *f, struct mun_err *e)
{
	uint8_t h[MUN_VHD_HEADER];
	uint64_t at = mun_be64(f + 16);
	bool is;
	int rc;

	if (at > img->src->size || sizeof(h) > img->src->size - at)
		return mun_fail(e, MUN_ECORRUPT,
				"the dynamic header at byte %" PRIu64
				" goes beyond the end of the file",
				at);
	rc = mun_source_pread(img->src, h, sizeof(h), at, e);
	if (rc)
		return rc;
	if (memcmp(h, "cxsparse", 8) != 0)
		return mun_fail(e, MUN_ECORRUPT,
				"no dynamic header at byte %" PRIu64, at);
	is = mun_be32(h + 36) == mun_vhd_checksum(h, sizeof(h), 36);
	rc = mun_image_check_fact(img, "dynamic header", good(is), e,
				  "checksum");
	if (!is)
		mun_image_note(img, "the checksum of the dynamic header is "
				    "wrong");
	if (!rc)
		rc = take_header(v, h, e);
	if (!rc)
		rc = mun_slots_new(img->src, mun_be64(h + 16), v->entries,
				   MUN_SLOT_BE32, &v->bat, e);
	if (!rc)
		rc = mun_bitmaps_new(img->src, true, &v->bits, e);
	if (!rc && v->type == MUN_VHD_DYNAMIC)
		rc = mun_image_check_fact(img, "sector bitmaps", MUN_FACT_NONE,
					  e, "no data where none was written");
	if (!rc && v->type == MUN_VHD_DIFFERENCING)
		rc = mun_vhd_parent(img, h, e);
	return rc;
}

static int vhd_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_vhd *v = calloc(1, sizeof(*v));
	const uint8_t *footer = NULL;
	struct mun_vhd_footers f;
	int rc;

	if (!v)
		return mun_fail_nomem(e, "VHD");
	img->priv = v;
	v->pieces.src = img->src;
	v->pieces.ctx = v;
	rc = mun_vhd_read_footers(img->src, &f, e);
	if (!rc)
		rc = mun_vhd_choose_footer(img, &f, &footer, e);
	if (!rc)
		rc = mun_vhd_take_footer(img, v, footer, e);
	if (!rc && v->type == MUN_VHD_FIXED)
		rc = open_fixed(img, v,
				footer == f.tail ? f.tail_off : img->src->size,
				e);
	else if (!rc)
		rc = open_dynamic(img, v, footer, e);
	return rc ? rc : mun_image_one_track(img, e);
}

static int vhd_pread(struct mun_image *img, enum mun_view view, void *buf,
		     size_t len, uint64_t off, struct mun_err *e)
{
	const struct mun_vhd *v = img->priv;

	(void)view;
	return mun_pieces_pread(&v->pieces, buf, len, off, e);
}

static int vhd_next_extent(struct mun_image *img, enum mun_view view,
			   uint64_t off, struct mun_extent *out,
			   struct mun_err *e)
{
	const struct mun_vhd *v = img->priv;

	(void)view;
	return mun_pieces_extent(&v->pieces, off, v->bytes, out, e);
}

/* Is anything but zeros at these bytes of the file? */
static int look_for_data(struct mun_source *src, uint64_t off, uint64_t bytes,
			 bool *found, struct mun_err *e)
{
	uint8_t buf[16384];

	while (bytes && !*found) {
		size_t n = (size_t)MUN_MIN(bytes, (uint64_t)sizeof(buf));
		int rc = mun_peek(src, buf, n, off, e);

		if (rc)
			return rc;
		*found = buf[0] || memcmp(buf, buf + 1, n - 1) != 0;
		off += n;
		bytes -= n;
	}
	return 0;
}

/*
 * Sectors of a dynamic disk that its bitmap calls never written read as zeros.
 * Programs that do not heed the bitmap would read what lies there, so it must
 * be zeros: else this is not what everybody sees.
 */
static int vhd_verify(struct mun_image *img, struct mun_err *e)
{
	const struct mun_vhd *v = img->priv;
	bool found = false;

	if (v->type != MUN_VHD_DYNAMIC)
		return 0;
	for (uint64_t off = 0; off < v->bytes && !found;) {
		uint64_t in = off % v->block_bytes;
		struct mun_piece x = { .kind = MUN_PIECE_HOLE };
		uint64_t sector;
		int rc =
			mun_slots_get(v->bat, off / v->block_bytes, &sector, e);

		if (!rc)
			rc = find_block(img->priv, off, &x, e);
		if (!rc && sector != MUN_VHD_NONE && x.kind == MUN_PIECE_HOLE)
			rc = look_for_data(img->src,
					   sector * MUN_VHD_SECTOR +
						   v->bitmap_bytes + in,
					   x.bytes, &found, e);
		if (!rc)
			rc = mun_cancel_check(e);
		if (rc)
			return rc;
		off += x.bytes;
	}
	mun_image_settle(img, "sector bitmaps", good(!found));
	return 0;
}

static void vhd_close(struct mun_image *img)
{
	struct mun_vhd *v = img->priv;

	if (!v)
		return;
	mun_slots_free(v->bat);
	mun_bitmaps_free(v->bits);
	free(v);
}

const struct mun_image_driver mun_image_vhd = {
	.name = "vhd",
	.title = "VHD, virtual hard disk of Virtual PC and Hyper-V",
	.suffixes = "vhd vpc avhd",
	.bid = vhd_bid,
	.open = vhd_open,
	.pread = vhd_pread,
	.next_extent = vhd_next_extent,
	.verify = vhd_verify,
	.close = vhd_close,
};
