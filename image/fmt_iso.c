/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_iso.c - ISO 9660 in sectors of 2048 bytes, and its extensions */
#include "image/image.h"

#include "image/driver.h"
#include "image/iso9660.h"
#include "image/label.h"
#include "image/partition.h"

#include <string.h>

/* The descriptors of a session begin in its sector 16. */
#define SESSION_START ((uint64_t)16 * MUN_ISO_SECTOR)

static int iso_bid(struct mun_source *src, const char *file_name)
{
	struct mun_iso iso;
	struct mun_err e;

	(void)file_name;
	if (!mun_iso_is(src) || mun_iso_read(src, &iso, &e) || !iso.primary)
		return MUN_BID_NO;
	return iso.agrees ? MUN_BID_CHECKED : MUN_BID_MAGIC;
}

/* "ISO 9660, Joliet, Rock Ridge, El Torito, UDF bridge" */
static void tell_extensions(struct mun_image *img, const struct mun_iso *iso)
{
	mun_image_variant(img, "%s",
			  iso->enhanced ? "ISO 9660:1999" : "ISO 9660");
	if (iso->joliet)
		mun_image_variant(img, "Joliet");
	if (iso->rock_ridge)
		mun_image_variant(img, "Rock Ridge");
	if (iso->el_torito)
		mun_image_variant(img, "El Torito");
	if (iso->udf)
		mun_image_variant(img, "UDF bridge");
}

/* Is @text at byte @off?  Adds to what *@any is. */
static int look_for(struct mun_image *img, uint64_t off, const char *text,
		    bool *any, struct mun_err *e)
{
	bool is;
	int rc = mun_peek_match(img->src, off, text, strlen(text), &is, e);

	if (!rc)
		*any |= is;
	return rc;
}

/*
 * PRONOM has an id for each pair: ISO alone, with UDF, with an Apple partition
 * map, and all three.
 */
static int tell_hybrids(struct mun_image *img, bool udf, struct mun_err *e)
{
	bool block0 = false;
	bool map = false;
	bool hfs = false;
	int rc;

	rc = look_for(img, 0, "ER", &block0, e);
	if (!rc && block0)
		rc = look_for(img, 512, "PM", &map, e);
	if (!rc && block0)
		rc = look_for(img, 2048, "PM", &map, e);
	if (!rc)
		rc = look_for(img, 1024, "BD", &hfs, e);
	if (!rc)
		rc = look_for(img, 1024, "H+", &hfs, e);
	if (rc)
		return rc;
	if (map || hfs)
		mun_image_variant(img, "Apple hybrid");
	if (map)
		mun_image_set_puid(img, udf ? "fmt/1757" : "fmt/1741");
	else
		mun_image_set_puid(img, udf ? "fmt/1739" : "fmt/468");
	return 0;
}

/* Debian's GRUB rescue floppy, for one, is a disc by its structure. */
#define FLOPPY_BYTES_MAX 2949120u

/* A disc that is also a disk: a partition table in its unused first sectors. */
static int tell_isohybrid(struct mun_image *img, struct mun_err *e)
{
	struct mun_table table;
	int rc = mun_table_read(img->src, &table, e);

	if (rc || table.kind == MUN_TABLE_NONE)
		return rc;
	mun_image_note(img, "isohybrid: also a disk, %s with %zu partition%s",
		       table.kind == MUN_TABLE_GPT ? "GPT" : "MBR", table.n,
		       table.n == 1 ? "" : "s");
	if (img->bytes <= FLOPPY_BYTES_MAX)
		mun_image_note(img, "small enough for a floppy");
	return 0;
}

/* A track that was written at once ends with two sectors of run-out; most
 * programs add two seconds. */
static const char *what_follows(uint64_t bytes)
{
	if (bytes == (uint64_t)2 * MUN_ISO_SECTOR)
		return ", as run-out";
	return bytes == (uint64_t)150 * MUN_ISO_SECTOR ? ", as padding" : "";
}

/*
 * Missing bytes are lost files.  Some bytes more are the writer's padding; but
 * a session that was added later has its descriptors there, and who reads only
 * the first does not see its files.
 */
static int tell_size(struct mun_image *img, uint64_t volume, struct mun_err *e)
{
	bool session = false;
	int rc = look_for(img, volume + SESSION_START, "\1CD001", &session, e);

	if (volume > img->bytes)
		mun_image_note(img,
			       "image is %llu bytes shorter than its volume",
			       (unsigned long long)(volume - img->bytes));
	else if (volume < img->bytes)
		mun_image_note(img, "%llu bytes follow the volume%s",
			       (unsigned long long)(img->bytes - volume),
			       what_follows(img->bytes - volume));
	if (session)
		mun_image_note(img, "a further session follows");
	return rc;
}

static void tell_label(struct mun_image *img, const struct mun_iso *iso)
{
	mun_label(iso->volume_id, sizeof(iso->volume_id), MUN_LABEL_UTF8,
		  img->volume_label, sizeof(img->volume_label));
	if (!img->volume_label[0] && iso->joliet)
		mun_label(iso->joliet_id, sizeof(iso->joliet_id),
			  MUN_LABEL_UCS2BE, img->volume_label,
			  sizeof(img->volume_label));
}

static int iso_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_iso iso;
	int rc;

	rc = mun_iso_read(img->src, &iso, e);
	if (rc)
		return rc;
	if (!iso.primary)
		return mun_fail(e, MUN_ECORRUPT,
				"no primary volume descriptor of ISO 9660");
	img->medium = MUN_MEDIUM_OPTICAL;
	img->sector_bytes = MUN_ISO_SECTOR;
	img->bytes = img->src->size;
	mun_image_set_mime(img, "application/x-iso9660-image");
	tell_label(img, &iso);
	tell_extensions(img, &iso);
	rc = tell_hybrids(img, iso.udf, e);
	if (!rc)
		rc = tell_size(img, iso.volume_bytes, e);
	if (rc)
		return rc;
	if (!iso.agrees)
		mun_image_note(img, "numbers of the volume descriptor "
				    "contradict each other");
	if (!iso.terminated)
		mun_image_note(img, "the volume descriptors do not end");
	rc = tell_isohybrid(img, e);
	return rc ? rc : mun_image_one_track(img, e);
}

const struct mun_image_driver mun_image_iso = {
	.name = "iso",
	.title = "ISO 9660",
	.suffixes = "iso cdr img toast",
	.bid = iso_bid,
	.open = iso_open,
};
