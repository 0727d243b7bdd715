/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_rside.c - RS-IDE, hard disks of 8-bit computers: .hdf
 *
 * Little endian, from Ramsoft's "HDF IDE hard disk image":
 *	0 "RS-IDE"	6 1a	7 version 10 or 11	8 flags (0: halved)
 *	9 u16 offset of the data	22 what IDENTIFY DEVICE answers (words)
 * A halved image keeps of each 16-bit word only the lower byte, as 8-bit hosts
 * see it: 256 bytes a sector.  The other half was never recorded.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"

#include <string.h>

#define HEAD 11u
#define IDENTITY 22u
#define IDENTITY_BYTES 106u
#define FLAG_HALVED 1u
#define SECTOR 512u

static bool magic(const uint8_t *head)
{
	return memcmp(head, "RS-IDE\x1a", 7) == 0;
}

static bool plausible(const uint8_t *head, uint64_t size)
{
	return (head[7] == 0x10 || head[7] == 0x11) &&
	       mun_le16(head + 9) >= IDENTITY + IDENTITY_BYTES &&
	       mun_le16(head + 9) < size;
}

static int rside_bid(struct mun_source *src, const char *file_name)
{
	uint8_t head[HEAD];
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, head, sizeof(head), 0, &e) || !magic(head))
		return MUN_BID_NO;
	return plausible(head, src->size) ? MUN_BID_CHECKED : MUN_BID_MAGIC;
}

/* Characters of IDENTIFY stand in words, the first in the upper byte. */
static int tell_text(struct mun_image *img, const char *name,
		     const uint8_t *words, size_t len, struct mun_err *e)
{
	uint8_t text[40];

	for (size_t i = 0; i < len; i++)
		text[i] = words[i ^ 1];
	return mun_image_fact_bytes(img, MUN_FACT_MADE, name, text, len, e);
}

static int tell_identity(struct mun_image *img, const uint8_t *id,
			 struct mun_err *e)
{
	int rc;

	img->geometry = (struct mun_geometry){
		.cylinders = mun_le16(id + 2),
		.heads = mun_le16(id + 6),
		.sectors = mun_le16(id + 12),
	};
	rc = tell_text(img, "serial", id + 20, 20, e);
	if (!rc)
		rc = tell_text(img, "firmware", id + 46, 8, e);
	return rc ? rc : tell_text(img, "model", id + 54, 40, e);
}

/* The data that the geometry asks for; sparse images end early. */
static void compare_size(struct mun_image *img)
{
	const struct mun_geometry *g = &img->geometry;
	uint64_t want = (uint64_t)g->cylinders * g->heads * g->sectors;

	want *= img->sector_bytes;
	if (want > img->bytes)
		mun_image_note(img, "image is %llu bytes shorter than its disk",
			       (unsigned long long)(want - img->bytes));
	else if (want && want < img->bytes)
		mun_image_note(img, "%llu bytes follow the disk",
			       (unsigned long long)(img->bytes - want));
}

static int rside_open(struct mun_image *img, struct mun_err *e)
{
	uint8_t head[IDENTITY + IDENTITY_BYTES];
	int rc;

	rc = mun_peek(img->src, head, sizeof(head), 0, e);
	if (rc)
		return rc;
	if (!magic(head) || !plausible(head, img->src->size))
		return mun_fail(e, MUN_ECORRUPT,
				"header: version %02x, data at byte %u of "
				"%llu",
				head[7], mun_le16(head + 9),
				(unsigned long long)img->src->size);
	img->medium = MUN_MEDIUM_DISK;
	img->sector_bytes = head[8] & FLAG_HALVED ? SECTOR / 2 : SECTOR;
	img->bytes = img->src->size - mun_le16(head + 9);
	mun_image_variant(img, "RS-IDE %u.%u", head[7] >> 4, head[7] & 15u);
	if (head[8] & FLAG_HALVED) {
		mun_image_variant(img, "halved sectors");
		rc = mun_image_fact(img, MUN_FACT_LIMIT, "sectors", e,
				    "only the lower byte of each word of the "
				    "disk is in the image");
	}
	if (!rc)
		rc = tell_identity(img, head + IDENTITY, e);
	compare_size(img);
	return rc ? rc : mun_image_one_track(img, e);
}

/* Bytes of the header that stand before the data. */
static uint64_t data_at(const struct mun_image *img)
{
	return img->src->size - img->bytes;
}

static int rside_pread(struct mun_image *img, enum mun_view view, void *buf,
		       size_t len, uint64_t off, struct mun_err *e)
{
	(void)view;
	return mun_source_pread(img->src, buf, len, data_at(img) + off, e);
}

static int rside_next_extent(struct mun_image *img, enum mun_view view,
			     uint64_t off, struct mun_extent *out,
			     struct mun_err *e)
{
	uint64_t at = data_at(img);
	int rc;

	(void)view;
	rc = mun_source_next_extent(img->src, at + off, out, e);
	if (!rc)
		out->off -= at;
	return rc;
}

const struct mun_image_driver mun_image_rside = {
	.name = "hdf",
	.title = "RS-IDE hard disk image",
	.suffixes = "hdf",
	.bid = rside_bid,
	.open = rside_open,
	.pread = rside_pread,
	.next_extent = rside_next_extent,
};
