/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vhdx.c - VHDX of Hyper-V: fixed, dynamic, difference */
#include "image/fmt_vhdx.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/crc32c.h"
#include "image/driver.h"
#include "image/guid.h"
#include "image/label.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define REGIONS_COUNT_MAX 2047u

const uint8_t mun_vhdx_bat_region[16] = { 0x66, 0x77, 0xc2, 0x2d, 0x23, 0xf6,
					  0x00, 0x42, 0x9d, 0x64, 0x11, 0x5e,
					  0x9b, 0xfd, 0x4a, 0x08 };
const uint8_t mun_vhdx_metadata_region[16] = { 0x06, 0xa2, 0x7c, 0x8b,
					       0x90, 0x47, 0x9a, 0x4b,
					       0xb8, 0xfe, 0x57, 0x5f,
					       0x05, 0x0f, 0x88, 0x6e };

uint32_t mun_vhdx_checksum(const uint8_t *data, size_t len, size_t at)
{
	static const uint8_t zeros[4];
	uint32_t crc = mun_crc32c(0, data, at);

	crc = mun_crc32c(crc, zeros, 4);
	return mun_crc32c(crc, data + at + 4, len - at - 4);
}

static bool header_is_whole(const uint8_t *h)
{
	return memcmp(h, "head", 4) == 0 && mun_le16(h + 66) == 1 &&
	       mun_le32(h + 4) == mun_vhdx_checksum(h, MUN_VHDX_HEADER, 4);
}

static int vhdx_bid(struct mun_source *src, const char *file_name)
{
	uint8_t h[MUN_VHDX_HEADER];
	struct mun_err e;

	(void)file_name;
	if (!mun_peek_is(src, 0, "vhdxfile", 8))
		return MUN_BID_NO;
	if (mun_peek(src, h, sizeof(h), MUN_VHDX_HEADER_1, &e) == 0 &&
	    header_is_whole(h))
		return MUN_BID_CHECKED;
	if (mun_peek(src, h, sizeof(h), MUN_VHDX_HEADER_2, &e) == 0 &&
	    header_is_whole(h))
		return MUN_BID_CHECKED;
	return MUN_BID_MAGIC;
}

static enum mun_fact_state good(bool is)
{
	return is ? MUN_FACT_GOOD : MUN_FACT_BAD;
}

static void take_header(struct mun_vhdx *v, const uint8_t *h)
{
	memcpy(v->data_write_guid, h + 32, 16);
	memcpy(v->log_guid, h + 48, 16);
	v->log_version = mun_le16(h + 64);
	v->log_bytes = mun_le32(h + 68);
	v->log_off = mun_le64(h + 72);
}

/* The whole one with the higher number is the current one. */
static int read_headers(struct mun_image *img, struct mun_vhdx *v,
			struct mun_err *e)
{
	uint8_t h[2][MUN_VHDX_HEADER];
	bool whole[2];
	int rc;

	rc = mun_peek(img->src, h[0], sizeof(h[0]), MUN_VHDX_HEADER_1, e);
	if (!rc)
		rc = mun_peek(img->src, h[1], sizeof(h[1]), MUN_VHDX_HEADER_2,
			      e);
	if (rc)
		return rc;
	for (int i = 0; !rc && i < 2; i++) {
		whole[i] = header_is_whole(h[i]);
		rc = mun_image_check_fact(img, i ? "header 2" : "header 1",
					  good(whole[i]), e, "CRC-32C");
	}
	if (rc)
		return rc;
	if (!whole[0] && !whole[1])
		return mun_fail(e, MUN_ECORRUPT,
				"neither of the two headers is whole");
	if (!whole[0] || !whole[1])
		mun_image_note(img, "one of the two headers is damaged");
	take_header(v, !whole[1] || (whole[0] &&
				     mun_le64(h[0] + 8) >= mun_le64(h[1] + 8))
			       ? h[0]
			       : h[1]);
	return 0;
}

static int tell_creator(struct mun_image *img, struct mun_err *e)
{
	uint8_t raw[512];
	char text[256];
	int rc = mun_peek(img->src, raw, sizeof(raw), 8, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < sizeof(raw); i += 2) {
		uint8_t x = raw[i];

		raw[i] = raw[i + 1];
		raw[i + 1] = x;
	}
	mun_label(raw, sizeof(raw), MUN_LABEL_UCS2BE, text, sizeof(text));
	return text[0] ? mun_image_fact(img, MUN_FACT_MADE, "creator", e, "%s",
					text)
		       : 0;
}

static bool table_is_whole(const uint8_t *t)
{
	return memcmp(t, "regi", 4) == 0 &&
	       mun_le32(t + 4) == mun_vhdx_checksum(t, MUN_VHDX_REGIONS, 4);
}

struct regions {
	uint64_t bat_off, bat_bytes;
	uint64_t metadata_off, metadata_bytes;
};

static int take_regions(const uint8_t *t, struct regions *out,
			struct mun_err *e)
{
	uint32_t n = mun_le32(t + 8);

	*out = (struct regions){ .bat_off = 0 };
	if (n > REGIONS_COUNT_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"%" PRIu32 " regions in the table", n);
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *row = t + 16 + (size_t)32 * i;
		uint64_t off = mun_le64(row + 16);
		uint64_t bytes = mun_le32(row + 24);
		char text[MUN_GUID_LEN];

		mun_guid_text(row, MUN_GUID_MIXED, text);
		if (memcmp(row, mun_vhdx_bat_region, 16) == 0) {
			out->bat_off = off;
			out->bat_bytes = bytes;
		} else if (memcmp(row, mun_vhdx_metadata_region, 16) == 0) {
			out->metadata_off = off;
			out->metadata_bytes = bytes;
		} else if (mun_le32(row + 28) & 1) {
			return mun_fail(e, MUN_EUNSUPPORTED,
					"region %s is required and not known",
					text);
		}
	}
	if (out->bat_off < MUN_VHDX_ALIGN || out->metadata_off < MUN_VHDX_ALIGN)
		return mun_fail(e, MUN_ECORRUPT,
				"no region for the table of blocks or the "
				"metadata");
	return 0;
}

static int read_regions(struct mun_image *img, struct mun_vhdx *v,
			struct regions *out, struct mun_err *e)
{
	uint8_t *t = malloc(MUN_VHDX_REGIONS);
	bool whole = false;
	int rc = 0;

	if (!t)
		return mun_fail_nomem(e, "region table");
	for (int i = 0; !rc && !whole && i < 2; i++) {
		rc = mun_peek(v->src, t, MUN_VHDX_REGIONS,
			      i ? MUN_VHDX_REGIONS_2 : MUN_VHDX_REGIONS_1, e);
		if (rc)
			break;
		whole = table_is_whole(t);
		rc = mun_image_check_fact(
			img, i ? "region table, copy" : "region table",
			good(whole), e, "CRC-32C");
	}
	if (!rc && !whole)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "neither the region table nor its copy is whole");
	if (!rc)
		rc = take_regions(t, out, e);
	free(t);
	return rc;
}

/* Bits of a bitmap entry and how far it goes: @at is the block's, @in the byte
 * in the block. */
static int find_partial(const struct mun_vhdx *v, uint64_t block, uint64_t in,
			uint64_t at, struct mun_piece *out, struct mun_err *e)
{
	uint64_t chunk = block / v->ratio;
	uint64_t per_block = v->block_bytes / v->sector_bytes;
	uint64_t sector = in / v->sector_bytes;
	uint64_t entry, run;
	bool set;
	int rc;

	rc = mun_slots_get(v->bat, chunk * (v->ratio + 1) + v->ratio, &entry,
			   e);
	if (rc)
		return rc;
	if ((entry & 7) != MUN_VHDX_PRESENT)
		return mun_fail(e, MUN_ECORRUPT,
				"block %" PRIu64 " is partly here, and the "
				"bitmap that tells which parts is missing",
				block);
	rc = mun_bitmaps_get(v->bits, entry >> 20 << 20,
			     block % v->ratio * per_block + sector,
			     per_block - sector, &set, &run, e);
	if (rc)
		return mun_ctx(e, "block %" PRIu64, block);
	out->kind = set ? MUN_PIECE_FILE : MUN_PIECE_PARENT;
	out->off = at + in;
	out->bytes = run * v->sector_bytes - in % v->sector_bytes;
	return 0;
}

static int find_block(void *ctx, uint64_t off, struct mun_piece *out,
		      struct mun_err *e)
{
	const struct mun_vhdx *v = ctx;
	uint64_t block = off / v->block_bytes;
	uint64_t in = off % v->block_bytes;
	uint64_t i = block + block / v->ratio;
	uint64_t entry, at;
	uint64_t run = 1;
	int rc;

	rc = mun_slots_get(v->bat, i, &entry, e);
	if (!rc && (entry & 7) <= MUN_VHDX_UNMAPPED)
		rc = mun_slots_run(v->bat, i, &run, e);
	if (rc)
		return rc;
	/* The next entry of a bitmap may look like those of blocks. */
	run = MUN_MIN(run, v->ratio - block % v->ratio);
	at = entry >> 20 << 20;
	out->bytes = run * v->block_bytes - in;
	switch (entry & 7) {
	case MUN_VHDX_NOT_PRESENT:
		out->kind = v->has_parent ? MUN_PIECE_PARENT : MUN_PIECE_HOLE;
		return 0;
	case MUN_VHDX_UNDEFINED:
	case MUN_VHDX_UNMAPPED:
		out->kind = MUN_PIECE_HOLE;
		return 0;
	case MUN_VHDX_ZERO:
		out->kind = MUN_PIECE_ZERO;
		return 0;
	case MUN_VHDX_PRESENT:
		out->kind = MUN_PIECE_FILE;
		out->off = at + in;
		return at ? 0
			  : mun_fail(e, MUN_ECORRUPT,
				     "block %" PRIu64 " lies nowhere", block);
	case MUN_VHDX_PARTIAL:
		if (v->has_parent && at)
			return find_partial(v, block, in, at, out, e);
		break;
	default:
		break;
	}
	return mun_fail(e, MUN_ECORRUPT, "block %" PRIu64 " is of state %u",
			block, (unsigned int)(entry & 7));
}

static int open_bat(struct mun_vhdx *v, const struct regions *r,
		    struct mun_err *e)
{
	uint64_t blocks =
		v->bytes / v->block_bytes + !!(v->bytes % v->block_bytes);
	uint64_t needed;
	int rc;

	if (blocks > MUN_SLOTS_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a disk of %" PRIu64 " blocks; %" PRIu64
				" are taken",
				blocks, MUN_SLOTS_MAX);
	v->ratio = MUN_VHDX_BITMAP_SECTORS * v->sector_bytes / v->block_bytes;
	if (v->has_parent)
		needed = (blocks + v->ratio - 1) / v->ratio * (v->ratio + 1);
	else
		needed = blocks ? blocks + (blocks - 1) / v->ratio : 0;
	if (needed > r->bat_bytes / 8)
		return mun_fail(e, MUN_ECORRUPT,
				"a table of %" PRIu64 " blocks for a disk that "
				"needs %" PRIu64,
				r->bat_bytes / 8, needed);
	rc = mun_slots_new(v->src, r->bat_off, needed, MUN_SLOT_LE64, &v->bat,
			   e);
	if (!rc)
		rc = mun_bitmaps_new(v->src, false, &v->bits, e);
	v->pieces.src = v->src;
	v->pieces.find = find_block;
	v->pieces.ctx = v;
	return rc;
}

static int vhdx_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_vhdx *v = calloc(1, sizeof(*v));
	struct regions r;
	int rc;

	if (!v)
		return mun_fail_nomem(e, "VHDX");
	img->priv = v;
	v->src = img->src;
	rc = mun_peek_is(img->src, 0, "vhdxfile", 8)
		     ? read_headers(img, v, e)
		     : mun_fail(e, MUN_ECORRUPT, "no magic of a VHDX");
	if (!rc && !mun_guid_is_null(v->log_guid))
		rc = mun_vhdx_replay(img, v, e);
	if (!rc)
		rc = read_regions(img, v, &r, e);
	if (!rc)
		rc = tell_creator(img, e);
	if (!rc)
		rc = mun_vhdx_metadata(img, v, r.metadata_off, r.metadata_bytes,
				       e);
	if (!rc)
		rc = open_bat(v, &r, e);
	if (rc)
		return rc;
	img->medium = MUN_MEDIUM_DISK;
	img->sector_bytes = v->sector_bytes;
	img->bytes = v->bytes;
	mun_image_set_mime(img, "application/x-vhdx-disk");
	return mun_image_one_track(img, e);
}

static int vhdx_pread(struct mun_image *img, enum mun_view view, void *buf,
		      size_t len, uint64_t off, struct mun_err *e)
{
	const struct mun_vhdx *v = img->priv;

	(void)view;
	return mun_pieces_pread(&v->pieces, buf, len, off, e);
}

static int vhdx_next_extent(struct mun_image *img, enum mun_view view,
			    uint64_t off, struct mun_extent *out,
			    struct mun_err *e)
{
	const struct mun_vhdx *v = img->priv;

	(void)view;
	return mun_pieces_extent(&v->pieces, off, v->bytes, out, e);
}

static void vhdx_close(struct mun_image *img)
{
	struct mun_vhdx *v = img->priv;

	if (!v)
		return;
	mun_slots_free(v->bat);
	mun_bitmaps_free(v->bits);
	mun_source_close(v->replayed);
	free(v);
}

const struct mun_image_driver mun_image_vhdx = {
	.name = "vhdx",
	.title = "VHDX, virtual hard disk of Hyper-V",
	.suffixes = "vhdx avhdx",
	.bid = vhdx_bid,
	.open = vhdx_open,
	.pread = vhdx_pread,
	.next_extent = vhdx_next_extent,
	.close = vhdx_close,
};
