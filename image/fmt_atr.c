/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_atr.c - ATR, sectors of an Atari 8-bit disk
 *
 * Little endian, from the header of SIO2PC:
 *	0 u16 0296	2 u16 paragraphs (16 bytes) of data, low
 *	4 u16 bytes per sector	6 u8 paragraphs, high	7 u8 flags ...
 *	16 sectors; of a disk with 256 bytes a sector the first three have 128,
 *	but some writers gave these 256 too
 */
#include "image/image.h"

#include "core/bytes.h"
#include "image/driver.h"

#include <string.h>

#define HEAD 16u
#define MAGIC 0x0296u
#define BOOT_SECTORS 3u

struct atr {
	uint32_t sector;
	uint64_t told; /* bytes of data by the header */
	uint64_t there;
};

static bool parse(const uint8_t *head, uint64_t size, struct atr *a)
{
	a->sector = mun_le16(head + 4);
	a->told = ((uint64_t)head[6] << 16 | mun_le16(head + 2)) * 16;
	a->there = size - HEAD;
	return mun_le16(head) == MAGIC &&
	       (a->sector == 128 || a->sector == 256 || a->sector == 512);
}

static int atr_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[HEAD];
	struct atr a;
	struct mun_err e;

	(void)file_name;
	if (src->size <= HEAD || mun_peek(src, head, sizeof(head), 0, &e) ||
	    !parse(head, src->size, &a))
		return MUN_BID_NO;
	return a.told == a.there ? MUN_BID_CHECKED : MUN_BID_MAGIC;
}

/* What the drives of Atari made, by the size of the data. */
static void tell_kind(struct mun_image *img, const struct atr *a)
{
	const uint64_t short_boot = (uint64_t)BOOT_SECTORS * 128;

	if (a->sector == 128 && a->there == 92160) {
		mun_image_variant(img, "90K single density");
		img->geometry = (struct mun_geometry){ 40, 1, 18 };
	} else if (a->sector == 128 && a->there == 133120) {
		mun_image_variant(img, "130K enhanced density");
		img->geometry = (struct mun_geometry){ 40, 1, 26 };
	} else if (a->sector == 256 &&
		   (a->there == 184320 || a->there == 184320 - short_boot)) {
		mun_image_variant(img, "180K double density");
	} else {
		mun_image_variant(img, "%u bytes a sector", a->sector);
	}
	if (a->sector == 256 && a->there % 256)
		mun_image_note(img, "the first three sectors have 128 bytes");
}

static int atr_open(struct mun_image *img, struct mun_err *e)
{
	uint8_t head[HEAD];
	struct atr a;
	int rc;

	rc = mun_peek(img->src, head, sizeof(head), 0, e);
	if (rc)
		return rc;
	if (img->src->size <= HEAD || !parse(head, img->src->size, &a))
		return mun_fail(e, MUN_ECORRUPT,
				"no ATR header at byte 0, or no data after it");
	img->medium = MUN_MEDIUM_FLOPPY;
	img->sector_bytes = a.sector;
	img->bytes = a.there;
	tell_kind(img, &a);
	if (a.told > a.there)
		mun_image_note(img, "%llu bytes shorter than its header tells",
			       (unsigned long long)(a.told - a.there));
	else if (a.told < a.there)
		mun_image_note(img, "%llu bytes longer than its header tells",
			       (unsigned long long)(a.there - a.told));
	return mun_image_one_track(img, e);
}

static int atr_pread(struct mun_image *img, enum mun_view view, void *buf,
		     size_t len, uint64_t off, struct mun_err *e)
{
	(void)view;
	return mun_source_pread(img->src, buf, len, HEAD + off, e);
}

static int atr_next_extent(struct mun_image *img, enum mun_view view,
			   uint64_t off, struct mun_extent *out,
			   struct mun_err *e)
{
	int rc;

	(void)view;
	rc = mun_source_next_extent(img->src, HEAD + off, out, e);
	if (!rc)
		out->off -= HEAD;
	return rc;
}

const struct mun_image_driver mun_image_atr = {
	.name = "atr",
	.title = "ATR, sectors of an Atari 8-bit disk",
	.suffixes = "atr",
	.bid = atr_bid,
	.open = atr_open,
	.pread = atr_pread,
	.next_extent = atr_next_extent,
};
