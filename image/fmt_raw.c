/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_raw.c - sectors one after the other, and nothing else
 *
 * Takes what nobody else wants, as everything is at least a run of bytes.
 * What the sectors hold is told in the variant.
 */
#include "image/image.h"

#include "core/check.h"
#include "image/driver.h"
#include "image/fat.h"
#include "image/partition.h"
#include "image/volume.h"

#include <string.h>

static int raw_bid(struct mun_source *src, const char *file_name)
{
	(void)file_name;
	return src->size ? MUN_BID_ANY : MUN_BID_NO;
}

/* "MBR, 2 partitions" */
static void tell_table(struct mun_image *img, const struct mun_table *t)
{
	img->medium = MUN_MEDIUM_DISK;
	mun_image_variant(img, "%s", t->kind == MUN_TABLE_GPT ? "GPT" : "MBR");
	mun_image_variant(img, "%zu partition%s", t->n, t->n == 1 ? "" : "s");
	/* A table that counts in other units was written on such a disk. */
	if (t->sector_bytes != img->sector_bytes) {
		img->sector_bytes = t->sector_bytes;
		mun_image_note(img, "the table counts in sectors of %u bytes",
			       t->sector_bytes);
	}
	if (t->backup)
		mun_image_note(img, "the first GPT is damaged, this is the "
				    "backup");
	if (t->more)
		mun_image_note(img, "the table is too long, or its chain is "
				    "broken");
	if (t->outside)
		mun_image_note(img, "a partition ends beyond the image");
}

static int tell_fat(struct mun_image *img, const struct mun_fat *fat,
		    struct mun_err *e)
{
	uint64_t bytes = fat->sectors * fat->sector_bytes;

	mun_image_variant(img, "FAT%d volume", (int)fat->type);
	mun_image_set_puid(img, "fmt/1087");
	if (fat->media == 0xf8)
		img->medium = MUN_MEDIUM_DISK;
	if (bytes > img->bytes)
		mun_image_note(img,
			       "image is %llu bytes shorter than its volume",
			       (unsigned long long)(bytes - img->bytes));
	else if (bytes < img->bytes)
		mun_image_note(img, "%llu bytes follow the volume",
			       (unsigned long long)(img->bytes - bytes));
	return mun_fat_label(img->src, fat, img->volume_label,
			     sizeof(img->volume_label), e);
}

/* What a few magic bytes say; nothing is as good an answer as any. */
static int tell_volume(struct mun_image *img, struct mun_err *e)
{
	const struct mun_volume *v = NULL;
	uint8_t sign[2];
	int rc;

	rc = mun_volume_probe(img->src, &v, e);
	if (rc)
		return rc;
	if (v) {
		mun_image_variant(img, "%s", v->name);
		mun_image_set_puid(img, v->puid);
		img->medium = v->medium;
		if (v->sector_bytes)
			img->sector_bytes = v->sector_bytes;
		return 0;
	}
	rc = mun_peek(img->src, sign, sizeof(sign), 510, e);
	if (rc)
		return rc;
	mun_image_variant(img, MUN_VARIANT_UNKNOWN);
	if (sign[0] == 0x55 && sign[1] == 0xaa)
		mun_image_note(img, "the first sector is signed as a boot "
				    "sector");
	return 0;
}

/*
 * A FAT that begins as it should outweighs an MBR, as the code of some boot
 * sectors happens to look like a table; but an MBR outweighs a boot sector
 * whose FAT is not there.
 */
static int tell_contents(struct mun_image *img, struct mun_err *e)
{
	struct mun_table table;
	struct mun_fat fat;
	int rc;

	rc = mun_fat_probe(img->src, &fat, e);
	if (!rc)
		rc = mun_table_read(img->src, &table, e);
	if (rc)
		return rc;
	if (table.kind == MUN_TABLE_GPT ||
	    (table.kind == MUN_TABLE_MBR && !fat.fat_follows)) {
		tell_table(img, &table);
		return 0;
	}
	if (fat.type != MUN_FAT_NONE && fat.fat_follows)
		return tell_fat(img, &fat, e);
	return tell_volume(img, e);
}

static int raw_open(struct mun_image *img, struct mun_err *e)
{
	int rc;

	img->sector_bytes = 512;
	img->bytes = img->src->size;
	mun_image_set_mime(img, "application/octet-stream");
	rc = tell_contents(img, e);
	if (rc)
		return rc;
	if (img->bytes % img->sector_bytes)
		mun_image_note(
			img, "the last sector has %llu bytes",
			(unsigned long long)(img->bytes % img->sector_bytes));
	return mun_image_one_track(img, e);
}

const struct mun_image_driver mun_image_raw = {
	.name = "raw",
	.title = "Raw sectors",
	.suffixes = "img dd raw bin hdd ima",
	.bid = raw_bid,
	.open = raw_open,
};
