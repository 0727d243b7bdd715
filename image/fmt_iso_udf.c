/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_iso_udf.c - a volume of UDF without ISO 9660
 *
 * ECMA-167 and OSTA UDF 2.60.  In the recognition area (sectors of 2048 bytes
 * from 16 on) a descriptor "NSR02" or "NSR03".  In block 256, or the last, or
 * 256 before it, an anchor: a tag, 16 u32 bytes and 20 u32 block of the volume
 * descriptors.  A tag: 0 u16 kind, 4 u8 sum of the other 15 bytes, 12 u32 its
 * block.  The kinds here:
 *	1 primary	24 name of the volume, dstring[32]
 *	5 partition	188 u32 first block, 192 u32 blocks
 *	6 logical	84 name, dstring[128], 212 u32 bytes a block,
 *			217 "*OSTA UDF Compliant", 240 u16 revision (BCD)
 *	8 the end
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/iso9660.h"
#include "image/label.h"

#include <string.h>

#define ANCHOR 256u
#define VRS_FIRST 16u
#define VRS_MAX 16u
/* 16 are usual; a hostile volume must not keep us. */
#define DESCRIPTORS_MAX 64u

struct udf {
	uint32_t block; /* bytes */
	uint32_t from; /* block of the descriptors */
	uint32_t blocks;
	uint8_t name[128]; /* of the logical volume, a dstring */
	uint16_t revision;
	uint64_t end; /* byte behind the last partition */
	bool logical;
};

static bool tag_is(const uint8_t *tag, unsigned int kind, uint32_t block)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < 16; i++)
		if (i != 4)
			sum = (uint8_t)(sum + tag[i]);
	return mun_le16(tag) == kind && sum == tag[4] &&
	       mun_le32(tag + 12) == block;
}

static int has_nsr(struct mun_source *src, bool *out, struct mun_err *e)
{
	int rc = 0;

	*out = false;
	for (uint64_t i = VRS_FIRST; i < VRS_FIRST + VRS_MAX && !rc && !*out;
	     i++) {
		uint8_t d[6];

		rc = mun_peek(src, d, sizeof(d), i * MUN_ISO_SECTOR, e);
		*out = !rc && (memcmp(d + 1, "NSR02", 5) == 0 ||
			       memcmp(d + 1, "NSR03", 5) == 0);
	}
	return rc;
}

static int try_anchor(struct mun_source *src, uint32_t block, uint64_t at,
		      struct udf *out, struct mun_err *e)
{
	uint8_t d[32];
	int rc;

	if (at > UINT32_MAX)
		return 0;
	rc = mun_peek(src, d, sizeof(d), at * block, e);
	if (rc || !tag_is(d, 2, (uint32_t)at))
		return rc;
	out->block = block;
	out->from = mun_le32(d + 20);
	out->blocks = mun_le32(d + 16) / block;
	return 0;
}

/* @out->block stays 0 where there is none. */
static int find_anchor(struct mun_source *src, struct udf *out,
		       struct mun_err *e)
{
	static const uint32_t sizes[] = { 2048, 512, 4096, 1024 };
	int rc = 0;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < MUN_COUNT(sizes) && !rc && !out->block; i++) {
		uint64_t n = src->size / sizes[i];

		rc = try_anchor(src, sizes[i], ANCHOR, out, e);
		if (!rc && !out->block && n > ANCHOR)
			rc = try_anchor(src, sizes[i], n - 1, out, e);
		if (!rc && !out->block && n > (uint64_t)2 * ANCHOR)
			rc = try_anchor(src, sizes[i], n - 1 - ANCHOR, out, e);
	}
	return rc;
}

static int udf_bid(struct mun_source *src, const char *file_name)
{
	struct udf udf;
	struct mun_err e;
	bool nsr;

	(void)file_name;
	if (mun_iso_is(src) || has_nsr(src, &nsr, &e) || !nsr ||
	    find_anchor(src, &udf, &e))
		return MUN_BID_NO;
	return udf.block ? MUN_BID_CHECKED : MUN_BID_MAGIC;
}

/* ---- descriptors ---- */

static void take_descriptor(const uint8_t *d, struct udf *out)
{
	if (mun_le16(d) == 5) {
		uint64_t end = (uint64_t)mun_le32(d + 188) + mun_le32(d + 192);

		out->end = MUN_MAX(out->end, end * out->block);
	} else if (mun_le16(d) == 6) {
		out->logical = true;
		memcpy(out->name, d + 84, sizeof(out->name));
		if (memcmp(d + 217, "*OSTA UDF Compliant", 19) == 0)
			out->revision = mun_le16(d + 240);
	}
}

static int read_descriptors(struct mun_source *src, struct udf *udf,
			    struct mun_err *e)
{
	uint32_t n = MUN_MIN(udf->blocks, DESCRIPTORS_MAX);

	for (uint32_t i = 0; i < n; i++) {
		uint64_t block = (uint64_t)udf->from + i;
		uint8_t d[512];
		int rc = mun_peek(src, d, sizeof(d), block * udf->block, e);

		if (rc)
			return mun_ctx(e, "volume descriptor in block %llu",
				       (unsigned long long)block);
		if (!tag_is(d, mun_le16(d), (uint32_t)block) ||
		    mun_le16(d) == 8)
			break;
		take_descriptor(d, udf);
	}
	return 0;
}

/*
 * A dstring: its last byte is its length, its first the width of a character, 8
 * or 16 bits.
 */
static void tell_label(struct mun_image *img, const struct udf *udf)
{
	size_t len = MUN_MIN(udf->name[127], 127u);
	uint8_t wide[2 * 128];

	if (len < 2)
		return;
	if (udf->name[0] == 16) {
		mun_label(udf->name + 1, len - 1, MUN_LABEL_UCS2BE,
			  img->volume_label, sizeof(img->volume_label));
		return;
	}
	for (size_t i = 1; i < len; i++) {
		wide[2 * (i - 1)] = 0;
		wide[2 * (i - 1) + 1] = udf->name[i];
	}
	mun_label(wide, 2 * (len - 1), MUN_LABEL_UCS2BE, img->volume_label,
		  sizeof(img->volume_label));
}

static void tell_udf(struct mun_image *img, const struct udf *udf)
{
	if (udf->revision)
		mun_image_variant(img, "UDF %x.%02x", udf->revision >> 8u,
				  udf->revision & 0xffu);
	else
		mun_image_variant(img, "UDF");
	if (!udf->block)
		mun_image_note(img, "no anchor of its descriptors was found");
	else if (!udf->logical)
		mun_image_note(img, "it has no logical volume descriptor");
	if (udf->end > img->bytes)
		mun_image_note(img,
			       "image is %llu bytes shorter than its volume",
			       (unsigned long long)(udf->end - img->bytes));
}

static int udf_open(struct mun_image *img, struct mun_err *e)
{
	struct udf udf;
	bool nsr;
	int rc = has_nsr(img->src, &nsr, e);

	if (!rc && !nsr)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "no descriptor of UDF in the "
			      "recognition area");
	if (!rc)
		rc = find_anchor(img->src, &udf, e);
	if (!rc && udf.block)
		rc = read_descriptors(img->src, &udf, e);
	if (rc)
		return rc;
	img->sector_bytes = udf.block ? udf.block : MUN_ISO_SECTOR;
	img->medium = img->sector_bytes == MUN_ISO_SECTOR ? MUN_MEDIUM_OPTICAL
							  : MUN_MEDIUM_DISK;
	img->bytes = img->src->size;
	mun_image_set_puid(img, "fmt/1738");
	mun_image_set_mime(img, "application/x-iso9660-image");
	tell_label(img, &udf);
	tell_udf(img, &udf);
	return mun_image_one_track(img, e);
}

const struct mun_image_driver mun_image_udf = {
	.name = "udf",
	.title = "UDF volume",
	.suffixes = "udf iso img",
	.bid = udf_bid,
	.open = udf_open,
};
