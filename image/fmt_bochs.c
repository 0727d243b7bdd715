/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_bochs.c - redo log of Bochs: a growing disk, or changes to one
 *
 * iodev/hdimage/hdimage.h of Bochs; little endian
 *
 *	  0 "Bochs Virtual HD Image"	32 "Redolog"
 *	 48 "Growing", "Undoable", "Volatile"	64 u32 version
 *	 68 u32 header's bytes	72 u32 entries of the catalogue
 *	 76 u32 bytes of a bitmap	80 u32 bytes of an extent
 *	 version 2:	84 u32 time of the base	88 u64 disk size
 *	 version 1:	84 u64 disk size
 * catalogue: u32 number of an extent in the file, -1 for none; an extent is its
 * bitmap (lowest bit first) and its data, both in whole sectors
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/pieces.h"
#include "image/slots.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 512u
#define SECTOR 512u
#define NONE UINT32_MAX
#define V1 0x00010000u
#define V2 0x00020000u
#define EXTENT_MAX ((uint32_t)1 << 30)

struct bochs {
	uint32_t version;
	uint32_t header_bytes;
	uint32_t entries;
	uint32_t bitmap; /* bytes, as the header tells */
	uint32_t extent;
	uint64_t bytes;
	bool growing; /* else what is not here is in the base image */
	uint64_t data; /* byte of extent 0 */
	uint64_t bitmap_bytes; /* in the file, whole sectors */
	uint64_t extent_bytes;
	struct mun_slots *catalog;
	struct mun_bitmaps *bits;
	struct mun_pieces pieces;
};

static bool is_text(const uint8_t *field, const char *text)
{
	return memcmp(field, text, strlen(text) + 1) == 0;
}

static bool is_bochs(const uint8_t *h)
{
	return is_text(h, "Bochs Virtual HD Image") &&
	       is_text(h + 32, "Redolog");
}

static uint64_t whole_sectors(uint32_t bytes)
{
	return ((uint64_t)bytes + SECTOR - 1) / SECTOR * SECTOR;
}

static void parse(struct bochs *b, const uint8_t *h)
{
	b->version = mun_le32(h + 64);
	b->header_bytes = mun_le32(h + 68);
	b->entries = mun_le32(h + 72);
	b->bitmap = mun_le32(h + 76);
	b->extent = mun_le32(h + 80);
	b->bytes = mun_le64(h + (b->version == V1 ? 84 : 88));
	b->growing = is_text(h + 48, "Growing");
	b->data = b->header_bytes + (uint64_t)4 * b->entries;
	b->bitmap_bytes = whole_sectors(b->bitmap);
	b->extent_bytes = whole_sectors(b->extent);
}

static int check_header(const struct bochs *b, const uint8_t *h,
			struct mun_err *e)
{
	if (b->version != V1 && b->version != V2)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"version %" PRIu32 ".%" PRIu32
				" of a Bochs image",
				b->version >> 16, b->version & 0xffff);
	if (!b->growing && !is_text(h + 48, "Undoable") &&
	    !is_text(h + 48, "Volatile"))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a redo log of a kind that is not known");
	if (b->extent < SECTOR || b->extent > EXTENT_MAX || b->extent % SECTOR)
		return mun_fail(e, MUN_ECORRUPT, "extents of %" PRIu32 " bytes",
				b->extent);
	if ((uint64_t)b->bitmap * 8 < b->extent / SECTOR ||
	    b->bitmap > EXTENT_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"a bitmap of %" PRIu32 " bytes for extents of "
				"%" PRIu32,
				b->bitmap, b->extent);
	if (b->header_bytes < HEADER ||
	    b->bytes / b->extent + !!(b->bytes % b->extent) > b->entries)
		return mun_fail(e, MUN_ECORRUPT,
				"a header of %" PRIu32 " bytes, a catalogue of "
				"%" PRIu32 ", a disk of %" PRIu64,
				b->header_bytes, b->entries, b->bytes);
	if (b->bytes / b->extent > MUN_SLOTS_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a disk of %" PRIu64 " extents; %" PRIu64
				" are taken",
				b->bytes / b->extent, MUN_SLOTS_MAX);
	return 0;
}

static int bochs_bid(struct mun_source *src, const char *file_name)
{
	uint8_t h[HEADER];
	struct bochs b = { .version = 0 };
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, h, sizeof(h), 0, &e) || !is_bochs(h))
		return MUN_BID_NO;
	parse(&b, h);
	return check_header(&b, h, &e) ? MUN_BID_MAGIC : MUN_BID_CHECKED;
}

static int find_extent(void *ctx, uint64_t off, struct mun_piece *out,
		       struct mun_err *e)
{
	const struct bochs *b = ctx;
	uint64_t in = off % b->extent;
	uint64_t n, run, at;
	bool set;
	int rc = mun_slots_get(b->catalog, off / b->extent, &n, e);

	if (rc)
		return rc;
	out->kind = b->growing ? MUN_PIECE_HOLE : MUN_PIECE_PARENT;
	if (n == NONE) {
		rc = mun_slots_run(b->catalog, off / b->extent, &run, e);
		out->bytes = rc ? 0 : run * b->extent - in;
		return rc;
	}
	at = b->data + n * (b->bitmap_bytes + b->extent_bytes);
	rc = mun_bitmaps_get(b->bits, at, in / SECTOR,
			     (b->extent - in + SECTOR - 1) / SECTOR, &set, &run,
			     e);
	if (rc)
		return rc;
	out->bytes = run * SECTOR - in % SECTOR;
	if (set) {
		out->kind = MUN_PIECE_FILE;
		out->off = at + b->bitmap_bytes + in;
	}
	return 0;
}

static int open_base(struct mun_image *img, struct bochs *b, struct mun_err *e)
{
	if (b->growing)
		return 0;
	if (!img->parent)
		return mun_fail(e, MUN_ENOENT,
				"it holds changes to another image, which it "
				"does not name: give that with --parent");
	mun_image_note(img, "the base image is not named in it: whether it is "
			    "the right one cannot be checked");
	b->pieces.parent = img->parent;
	return 0;
}

static int bochs_open(struct mun_image *img, struct mun_err *e)
{
	struct bochs *b = calloc(1, sizeof(*b));
	uint8_t h[HEADER];
	int rc;

	if (!b)
		return mun_fail_nomem(e, "Bochs image");
	img->priv = b;
	rc = mun_peek(img->src, h, sizeof(h), 0, e);
	if (!rc && !is_bochs(h))
		rc = mun_fail(e, MUN_ECORRUPT, "no magic of a Bochs image");
	if (rc)
		return rc;
	parse(b, h);
	b->pieces = (struct mun_pieces){ .src = img->src,
					 .find = find_extent,
					 .ctx = b };
	rc = check_header(b, h, e);
	if (!rc)
		rc = mun_slots_new(img->src, b->header_bytes, b->entries,
				   MUN_SLOT_LE32, &b->catalog, e);
	if (!rc)
		rc = mun_bitmaps_new(img->src, false, &b->bits, e);
	if (!rc)
		rc = open_base(img, b, e);
	if (rc)
		return rc;
	img->medium = MUN_MEDIUM_DISK;
	img->sector_bytes = SECTOR;
	img->bytes = b->bytes;
	mun_image_variant(img, "%s, version %u",
			  b->growing                    ? "growing"
			  : is_text(h + 48, "Undoable") ? "undoable"
							: "volatile",
			  b->version >> 16);
	return mun_image_one_track(img, e);
}

static int bochs_pread(struct mun_image *img, enum mun_view view, void *buf,
		       size_t len, uint64_t off, struct mun_err *e)
{
	const struct bochs *b = img->priv;

	(void)view;
	return mun_pieces_pread(&b->pieces, buf, len, off, e);
}

static int bochs_next_extent(struct mun_image *img, enum mun_view view,
			     uint64_t off, struct mun_extent *out,
			     struct mun_err *e)
{
	const struct bochs *b = img->priv;

	(void)view;
	return mun_pieces_extent(&b->pieces, off, b->bytes, out, e);
}

static void bochs_close(struct mun_image *img)
{
	struct bochs *b = img->priv;

	if (!b)
		return;
	mun_slots_free(b->catalog);
	mun_bitmaps_free(b->bits);
	free(b);
}

const struct mun_image_driver mun_image_bochs = {
	.name = "bochs",
	.title = "Bochs redo log (growing disk)",
	.suffixes = "bochs redolog img",
	.bid = bochs_bid,
	.open = bochs_open,
	.pread = bochs_pread,
	.next_extent = bochs_next_extent,
	.close = bochs_close,
};
