/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_floppy.c - plain sectors of a floppy disk
 *
 * There is no header.  What tells a floppy is a boot sector whose numbers
 * agree with each other and with the size, or a size that only floppies have.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/fat.h"
#include "image/partition.h"
#include "image/volume.h"

#include <string.h>

struct kind {
	uint32_t sector_bytes;
	struct mun_geometry geometry;
	uint8_t media; /* in the FAT of DOS 1, which had no BPB; 0: none */
	bool zoned; /* sectors per track differ: no geometry to be told */
	const char *name;
};

/* Of one size, the first is meant unless a boot sector says which. */
static const struct kind kinds[] = {
	{ 512, { 40, 1, 8 }, 0xfe, false, "160K 5.25-inch SS DD" },
	{ 512, { 40, 1, 9 }, 0xfc, false, "180K 5.25-inch SS DD" },
	{ 128, { 77, 1, 26 }, 0, false, "250K 8-inch SS SD" },
	{ 512, { 40, 2, 8 }, 0xff, false, "320K 5.25-inch DD" },
	{ 512, { 40, 2, 9 }, 0xfd, false, "360K 5.25-inch DD" },
	{ 512, { 80, 1, 9 }, 0, false, "360K 3.5-inch SS DD" },
	{ 512, { 80, 1, 10 }, 0, true, "400K 3.5-inch SS DD" },
	{ 512, { 80, 2, 8 }, 0, false, "640K 3.5-inch DD" },
	{ 512, { 80, 2, 9 }, 0, false, "720K 3.5-inch DD" },
	{ 512, { 80, 2, 10 }, 0, true, "800K 3.5-inch DD" },
	{ 512, { 80, 2, 11 }, 0, false, "880K Amiga DD" },
	{ 512, { 80, 2, 15 }, 0, false, "1200K 5.25-inch HD" },
	{ 1024, { 77, 2, 8 }, 0, false, "1232K 2HD (PC-98)" },
	{ 512, { 80, 2, 18 }, 0, false, "1440K 3.5-inch HD" },
	{ 512, { 80, 2, 21 }, 0, false, "1680K 3.5-inch HD (DMF)" },
	{ 512, { 82, 2, 21 }, 0, false, "1722K 3.5-inch HD" },
	{ 512, { 80, 2, 22 }, 0, false, "1760K Amiga HD" },
	{ 512, { 80, 2, 23 }, 0, true, "1840K 3.5-inch HD (XDF)" },
	{ 512, { 80, 2, 36 }, 0, false, "2880K 3.5-inch ED" },
};

/* What else has the same size; @fat: and may have a FAT just as well. */
static const struct {
	uint64_t bytes;
	bool fat;
	const char *text;
} notes[] = {
	{ 368640, false, "a single-sided 3.5-inch disk has the same size" },
	{ 409600, false,
	  "Macintosh GCR, or 10 sectors of MFM: of the same size" },
	{ 737280, true, "DOS, MSX and Atari ST disks have the same size" },
	{ 819200, true,
	  "GCR of Macintosh or Apple II, or 10 sectors of MFM (Atari "
	  "ST, CP/M, Commodore): of the same size" },
	{ 1261568, false, "an 8-inch DS DD disk has the same size" },
	{ 1884160, false,
	  "the medium has sectors of several sizes on each track" },
};

/* Drives step to 86 at the very most; no format has more sectors than ED. */
#define CYLINDERS_MAX 86u
#define SECTORS_MAX 48u

static uint64_t bytes_of(const struct kind *k)
{
	return (uint64_t)k->sector_bytes * k->geometry.cylinders *
	       k->geometry.heads * k->geometry.sectors;
}

static const struct kind *kind_of_size(uint64_t bytes)
{
	for (size_t i = 0; i < MUN_COUNT(kinds); i++)
		if (bytes_of(&kinds[i]) == bytes)
			return &kinds[i];
	return NULL;
}

static const struct kind *kind_of_geometry(const struct mun_geometry *g,
					   uint32_t sector_bytes)
{
	for (size_t i = 0; i < MUN_COUNT(kinds); i++) {
		const struct kind *k = &kinds[i];

		if (k->sector_bytes == sector_bytes &&
		    k->geometry.cylinders == g->cylinders &&
		    k->geometry.heads == g->heads &&
		    k->geometry.sectors == g->sectors)
			return k;
	}
	return NULL;
}

/* The geometry that a boot sector tells, if it can be a floppy's. */
static bool geometry_of_fat(const struct mun_fat *fat, struct mun_geometry *out)
{
	uint32_t per_cylinder = fat->heads * fat->sectors_per_track;

	if (fat->type != MUN_FAT12 || fat->heads < 1 || fat->heads > 2 ||
	    fat->sectors_per_track < 1 || fat->sectors_per_track > SECTORS_MAX)
		return false;
	if (fat->sectors % per_cylinder ||
	    fat->sectors / per_cylinder > CYLINDERS_MAX)
		return false;
	out->cylinders = (uint32_t)(fat->sectors / per_cylinder);
	out->heads = fat->heads;
	out->sectors = fat->sectors_per_track;
	return true;
}

static uint64_t bytes_of_fat(const struct mun_fat *fat)
{
	return fat->sectors * fat->sector_bytes;
}

/* What is known of a source before it is called a floppy. */
struct evidence {
	const struct kind *kind; /* by size, or NULL */
	struct mun_fat fat;
	struct mun_geometry geometry; /* by the boot sector */
	bool told; /* the boot sector tells a floppy's geometry */
	bool agrees; /* ... and the size of the source */
	bool partitioned; /* a small disk that has a floppy's size */
};

static int gather(struct mun_source *src, struct evidence *ev,
		  struct mun_err *e)
{
	struct mun_table table;
	int rc;

	memset(ev, 0, sizeof(*ev));
	ev->kind = kind_of_size(src->size);
	rc = mun_fat_probe(src, &ev->fat, e);
	if (rc)
		return rc;
	ev->told = geometry_of_fat(&ev->fat, &ev->geometry);
	ev->agrees = ev->told && bytes_of_fat(&ev->fat) == src->size;
	/* Hard disks of a few sectors per track exist, with media byte F8. */
	if (ev->told && !ev->kind && ev->fat.media == 0xf8)
		ev->told = ev->agrees = false;
	if (ev->told || !ev->kind)
		return 0;
	rc = mun_table_read(src, &table, e);
	ev->partitioned = table.kind != MUN_TABLE_NONE;
	return rc;
}

static int floppy_bid(struct mun_source *src, const char *file_name)
{
	struct evidence ev;
	struct mun_err e;

	(void)file_name;
	if (gather(src, &ev, &e) || ev.partitioned)
		return MUN_BID_NO;
	if (ev.agrees)
		return ev.fat.fat_follows ? MUN_BID_CHECKED : MUN_BID_MAGIC;
	/* Cut short, or longer than the disk was: still that disk. */
	if (ev.told && ev.fat.fat_follows)
		return MUN_BID_MAGIC;
	return ev.kind ? MUN_BID_SIZE : MUN_BID_NO;
}

/* "1440K 3.5-inch HD", or "1600K floppy, 80 x 2 x 20" for an odd one. */
static void tell_kind(struct mun_image *img, const struct evidence *ev)
{
	const struct kind *k = ev->kind;

	if (ev->told) {
		k = kind_of_geometry(&ev->geometry, ev->fat.sector_bytes);
		img->geometry = ev->geometry;
		img->sector_bytes = ev->fat.sector_bytes;
	} else {
		img->sector_bytes = k->sector_bytes;
		if (!k->zoned)
			img->geometry = k->geometry;
	}
	for (size_t i = 0; i < MUN_COUNT(notes); i++)
		if (notes[i].bytes == img->bytes && (notes[i].fat || !ev->told))
			mun_image_note(img, "%s", notes[i].text);
	if (k)
		mun_image_variant(img, "%s", k->name);
	else
		mun_image_variant(
			img, "%lluK floppy, %u x %u x %u",
			(unsigned long long)(bytes_of_fat(&ev->fat) / 1024),
			img->geometry.cylinders, img->geometry.heads,
			img->geometry.sectors);
}

/*
 * Is it the boot sector of an Atari ST?  One that is run makes 1234 as the sum
 * of its words.  Others that TOS wrote begin with no jump of a PC and six times
 * 4E, what lay in the gap when the disk was formatted.
 */
static int look_for_atari(struct mun_image *img, bool *runs, bool *tos,
			  struct mun_err *e)
{
	uint8_t boot[512];
	uint16_t sum = 0;
	int rc = mun_peek(img->src, boot, sizeof(boot), 0, e);

	for (size_t i = 0; !rc && i < sizeof(boot); i += 2)
		sum = (uint16_t)(sum + mun_be16(boot + i));
	*runs = !rc && sum == 0x1234;
	*tos = !rc && (boot[0] == 0 || boot[0] == 0xe9) && boot[1] == 0 &&
	       memcmp(boot + 2, "NNNNNN", 6) == 0;
	return rc;
}

static int tell_atari(struct mun_image *img, struct mun_err *e)
{
	bool runs;
	bool tos;
	int rc = look_for_atari(img, &runs, &tos, e);

	if (runs || tos)
		mun_image_variant(img, "Atari ST");
	if (runs)
		mun_image_note(img, "an Atari ST runs its boot sector");
	return rc;
}

static int tell_fat(struct mun_image *img, const struct evidence *ev,
		    struct mun_err *e)
{
	uint64_t bytes = bytes_of_fat(&ev->fat);
	int rc;

	mun_image_variant(img, "FAT12");
	rc = tell_atari(img, e);
	if (rc)
		return rc;
	mun_image_set_puid(img, "fmt/1087");
	if (bytes > img->bytes)
		mun_image_note(img,
			       "image is %llu bytes shorter than its volume",
			       (unsigned long long)(bytes - img->bytes));
	else if (bytes < img->bytes)
		mun_image_note(img, "%llu bytes follow the volume",
			       (unsigned long long)(img->bytes - bytes));
	return mun_fat_label(img->src, &ev->fat, img->volume_label,
			     sizeof(img->volume_label), e);
}

/* DOS 1 wrote no BPB: the media byte that begins the FAT told it. */
static int look_for_dos1(struct mun_image *img, const struct kind *k, bool *out,
			 struct mun_err *e)
{
	uint8_t fat[3] = { 0, 0xff, 0xff };

	*out = false;
	if (!k || !k->media)
		return 0;
	fat[0] = k->media;
	return mun_peek_match(img->src, k->sector_bytes, fat, sizeof(fat), out,
			      e);
}

static int tell_others(struct mun_image *img, const struct evidence *ev,
		       struct mun_err *e)
{
	const struct mun_volume *v = NULL;
	uint8_t boot[4];
	bool dos1 = false;
	int rc;

	rc = mun_peek(img->src, boot, sizeof(boot), 0, e);
	if (!rc)
		rc = look_for_dos1(img, ev->kind, &dos1, e);
	if (!rc)
		rc = mun_volume_probe(img->src, &v, e);
	if (rc)
		return rc;
	if (dos1) {
		mun_image_variant(img, "FAT12");
		mun_image_note(img, "no BPB: a disk of DOS 1, by the media "
				    "byte of its FAT");
	} else if (memcmp(boot, "DOS", 3) == 0 && boot[3] < 8) {
		/* Amiga ROM Kernel Manual: Devices; odd types are FFS. */
		mun_image_variant(img, "AmigaDOS %s, type %u",
				  boot[3] & 1 ? "FFS" : "OFS", boot[3]);
		mun_image_set_puid(img, "fmt/1361");
	} else if (v) {
		mun_image_variant(img, "%s", v->name);
		mun_image_set_puid(img, v->puid);
	} else {
		mun_image_variant(img, "no file system recognised");
		rc = tell_atari(img, e);
	}
	if (ev->fat.type != MUN_FAT_NONE && !ev->fat.fat_follows)
		mun_image_note(img, "the boot sector describes a FAT that is "
				    "not there");
	return rc;
}

static int floppy_open(struct mun_image *img, struct mun_err *e)
{
	struct evidence ev;
	int rc;

	rc = gather(img->src, &ev, e);
	if (rc)
		return rc;
	if (!ev.kind && !ev.told)
		return mun_fail(e, MUN_ECORRUPT,
				"%llu bytes is no floppy's size, and no boot "
				"sector says what it is",
				(unsigned long long)img->src->size);
	img->medium = MUN_MEDIUM_FLOPPY;
	img->bytes = img->src->size;
	mun_image_set_mime(img, "application/octet-stream");
	tell_kind(img, &ev);
	if (ev.told && ev.fat.fat_follows)
		rc = tell_fat(img, &ev, e);
	else
		rc = tell_others(img, &ev, e);
	return rc ? rc : mun_image_one_track(img, e);
}

const struct mun_image_driver mun_image_floppy = {
	.name = "floppy",
	.title = "Floppy disk, plain sectors",
	.suffixes = "img ima flp vfd dsk st xdf hdm 360 720 144",
	.bid = floppy_bid,
	.open = floppy_open,
};
