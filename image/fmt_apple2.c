/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_apple2.c - disks of the Apple II as plain sectors
 *
 * No header: the file system says in which order the sectors of a track are.
 * The decoded bytes are those of the file, in its own order.
 */
#include "image/image.h"

#include "image/apple2.h"
#include "image/driver.h"

#include <stdio.h>

static bool looks_like(struct mun_source *src, enum mun_apple2_order order)
{
	struct mun_apple2 a;
	struct mun_err e;

	return mun_apple2_look(src, &a, &e) == 0 && a.order == order;
}

static bool is_unknown(struct mun_source *src)
{
	return looks_like(src, MUN_APPLE2_UNKNOWN);
}

static int do_bid(struct mun_source *src, const char *file_name)
{
	if (src->size != MUN_APPLE2_140K)
		return MUN_BID_NO;
	if (looks_like(src, MUN_APPLE2_DOS))
		return MUN_BID_MAGIC;
	if (!is_unknown(src))
		return MUN_BID_NO;
	return mun_has_suffix(file_name, "do") ? MUN_BID_SUFFIX : MUN_BID_SIZE;
}

static int po_bid(struct mun_source *src, const char *file_name)
{
	if (src->size != MUN_APPLE2_140K && src->size != MUN_APPLE2_800K)
		return MUN_BID_NO;
	if (looks_like(src, MUN_APPLE2_PRODOS))
		return MUN_BID_MAGIC;
	/* 800K disks of many systems have this size. */
	if (src->size != MUN_APPLE2_140K)
		return mun_has_suffix(file_name, "po") ? MUN_BID_SUFFIX
						       : MUN_BID_NO;
	if (!is_unknown(src))
		return MUN_BID_NO;
	return mun_has_suffix(file_name, "po") ? MUN_BID_SUFFIX : MUN_BID_SIZE;
}

static int d13_bid(struct mun_source *src, const char *file_name)
{
	unsigned int volume;
	struct mun_err e;
	bool is;

	if (src->size != MUN_APPLE2_D13)
		return MUN_BID_NO;
	if (mun_apple2_vtoc(src, 13, &is, &volume, &e) == 0 && is)
		return MUN_BID_MAGIC;
	return mun_has_suffix(file_name, "d13") ? MUN_BID_SUFFIX : MUN_BID_SIZE;
}

static int begin(struct mun_image *img, uint32_t sector_bytes, uint32_t sectors,
		 struct mun_err *e)
{
	img->medium = MUN_MEDIUM_FLOPPY;
	img->bytes = img->src->size;
	img->sector_bytes = sector_bytes;
	if (sectors)
		img->geometry = (struct mun_geometry){ 35, 1, sectors };
	mun_image_set_mime(img, "application/octet-stream");
	return mun_image_one_track(img, e);
}

/* What the disk itself says is no more than its bytes: no fact beside them. */
static void tell_os(struct mun_image *img, const char *os, unsigned int volume)
{
	mun_image_variant(img, "%s", os ? os : "no file system recognised");
	if (volume)
		mun_image_variant(img, "volume %u", volume);
}

/* @is: the order that the driver is for */
static int tell_system(struct mun_image *img, enum mun_apple2_order is,
		       struct mun_err *e)
{
	struct mun_apple2 a;
	int rc = mun_apple2_look(img->src, &a, e);

	if (rc)
		return rc;
	mun_image_variant(img, "%s order",
			  is == MUN_APPLE2_DOS ? "DOS" : "ProDOS");
	tell_os(img, a.os, a.volume);
	if (a.order == MUN_APPLE2_UNKNOWN)
		mun_image_note(img, "nothing in it tells the order of its "
				    "sectors");
	else if (a.order != is)
		mun_image_note(img, "its file system tells the other order");
	(void)snprintf(img->volume_label, sizeof(img->volume_label), "%s",
		       a.label);
	return 0;
}

static int check_size(const struct mun_image *img, uint64_t a, uint64_t b,
		      struct mun_err *e)
{
	if (img->src->size == a || img->src->size == b)
		return 0;
	return mun_fail(e, MUN_ECORRUPT, "%llu bytes is no size of such a disk",
			(unsigned long long)img->src->size);
}

static int do_open(struct mun_image *img, struct mun_err *e)
{
	int rc = check_size(img, MUN_APPLE2_140K, MUN_APPLE2_140K, e);

	if (!rc)
		rc = begin(img, 256, 16, e);
	return rc ? rc : tell_system(img, MUN_APPLE2_DOS, e);
}

static int po_open(struct mun_image *img, struct mun_err *e)
{
	bool small = img->src->size == MUN_APPLE2_140K;
	int rc = check_size(img, MUN_APPLE2_140K, MUN_APPLE2_800K, e);

	if (!rc)
		rc = begin(img, 512, small ? 8 : 0, e);
	return rc ? rc : tell_system(img, MUN_APPLE2_PRODOS, e);
}

static int d13_open(struct mun_image *img, struct mun_err *e)
{
	unsigned int volume = 0;
	bool is = false;
	int rc = check_size(img, MUN_APPLE2_D13, MUN_APPLE2_D13, e);

	if (!rc)
		rc = begin(img, 256, 13, e);
	if (!rc)
		rc = mun_apple2_vtoc(img->src, 13, &is, &volume, e);
	if (rc)
		return rc;
	mun_image_variant(img, "13 sectors");
	tell_os(img, is ? "DOS 3.2" : NULL, is ? volume : 0);
	return 0;
}

const struct mun_image_driver mun_image_apple2_do = {
	.name = "apple2-do",
	.title = "Apple II disk, sectors in DOS order",
	.suffixes = "do dsk",
	.bid = do_bid,
	.open = do_open,
};

const struct mun_image_driver mun_image_apple2_po = {
	.name = "apple2-po",
	.title = "Apple II disk, blocks in ProDOS order",
	.suffixes = "po dsk hdv",
	.bid = po_bid,
	.open = po_open,
};

const struct mun_image_driver mun_image_apple2_d13 = {
	.name = "apple2-d13",
	.title = "Apple II disk, 13 sectors a track",
	.suffixes = "d13 dsk",
	.bid = d13_bid,
	.open = d13_open,
};
