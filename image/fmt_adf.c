/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_adf.c - ADF, plain sectors of an Amiga floppy
 *
 * No header: cylinder by cylinder both sides, 11 sectors of 512 a track, 22 of
 * a HD disk.  What tells one beside its size, from the "Amiga ROM Kernel
 * Reference Manual: Devices" (big endian):
 *	boot block: 0 "DOS", type 0 to 7; 4 u32 sum over 1024 bytes with carry,
 *		all bits set in total
 *	root block, in the middle of the disk: 0 u32 2, 12 u32 72, 20 u32 sum
 *		over 512 bytes, 0 in total; 432 length and text of the name;
 *		508 u32 1
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/driver.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#define SECTOR 512u
#define HEADS 2u
#define CYLINDERS 80u
#define CYLINDERS_MAX 84u
#define BOOT_BYTES 1024u
#define NAME_MAX_BYTES 30u

struct amiga {
	uint32_t cylinders; /* 0: no size of such a disk */
	uint32_t sectors; /* per track */
	uint8_t boot[BOOT_BYTES];
	bool dos; /* the boot block says so */
	bool bootable; /* and its sum is right */
	uint8_t root[SECTOR];
	bool rooted; /* the root block is one */
	bool signed55; /* as a PC's boot sector is */
};

static void size_it(struct amiga *a, uint64_t bytes)
{
	for (uint32_t sectors = 11; sectors <= 22; sectors += 11) {
		uint64_t cylinder = (uint64_t)HEADS * sectors * SECTOR;

		if (bytes % cylinder || bytes / cylinder < CYLINDERS ||
		    bytes / cylinder > CYLINDERS_MAX)
			continue;
		a->cylinders = (uint32_t)(bytes / cylinder);
		a->sectors = sectors;
		return;
	}
}

static bool boot_sum_is_right(const uint8_t *boot)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < BOOT_BYTES; i += 4) {
		uint32_t before = sum;

		sum += mun_be32(boot + i);
		sum += sum < before;
	}
	return sum == UINT32_MAX;
}

static bool is_root(const uint8_t *root)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < SECTOR; i += 4)
		sum += mun_be32(root + i);
	return sum == 0 && mun_be32(root) == 2 && mun_be32(root + 12) == 72 &&
	       mun_be32(root + 508) == 1;
}

static int look(struct mun_source *src, struct amiga *a, struct mun_err *e)
{
	int rc;

	memset(a, 0, sizeof(*a));
	size_it(a, src->size);
	if (!a->cylinders)
		return 0;
	rc = mun_peek(src, a->boot, sizeof(a->boot), 0, e);
	if (!rc)
		rc = mun_peek(src, a->root, sizeof(a->root),
			      src->size / 2 / SECTOR * SECTOR, e);
	if (rc)
		return rc;
	a->dos = memcmp(a->boot, "DOS", 3) == 0 && a->boot[3] < 8;
	a->bootable = a->dos && boot_sum_is_right(a->boot);
	a->rooted = is_root(a->root);
	a->signed55 = a->boot[510] == 0x55 && a->boot[511] == 0xaa;
	return 0;
}

static int adf_bid(struct mun_source *src, const char *file_name)
{
	struct amiga a;
	struct mun_err e;

	(void)file_name;
	if (look(src, &a, &e) || !a.cylinders)
		return MUN_BID_NO;
	if (a.rooted)
		return MUN_BID_CHECKED;
	if (a.dos)
		return MUN_BID_MAGIC;
	/* Above "floppy", which knows the size too; a signed sector is a PC's. */
	return a.cylinders == CYLINDERS && !a.signed55 ? MUN_BID_SIZE + 2
						       : MUN_BID_NO;
}

/* ISO 8859-1, as the Amiga has it. */
static int tell_name(struct mun_image *img, const uint8_t *name, size_t len,
		     struct mun_err *e)
{
	struct mun_str text = { 0 };
	struct mun_str clean = { 0 };
	mun_autofree char *out = NULL;
	int rc;

	for (size_t i = 0; i < len; i++) {
		uint8_t c = name[i];

		if (c >= 0xa0)
			mun_str_addf(&text, "%c%c", 0xc0 | c >> 6,
				     0x80 | (c & 0x3f));
		else
			mun_str_add_char(&text, (char)c);
	}
	mun_escape(&clean, text.text ? text.text : "", text.len);
	clean.failed |= text.failed;
	mun_str_free(&text);
	rc = mun_str_take(&clean, &out, e);
	if (!rc && strlen(out) < sizeof(img->volume_label))
		(void)snprintf(img->volume_label, sizeof(img->volume_label),
			       "%s", out);
	return rc;
}

static int tell(struct mun_image *img, const struct amiga *a, struct mun_err *e)
{
	size_t len = MUN_MIN((size_t)a->root[432], (size_t)NAME_MAX_BYTES);

	mun_image_variant(img, "%uK Amiga %s",
			  (unsigned int)(img->bytes / 1024),
			  a->sectors == 22 ? "HD" : "DD");
	if (a->dos) {
		mun_image_variant(img, "AmigaDOS %s, type %u",
				  a->boot[3] & 1 ? "FFS" : "OFS", a->boot[3]);
		mun_image_set_puid(img, "fmt/1361");
	} else if (memcmp(a->boot, "KICK", 4) == 0) {
		mun_image_variant(img, "Kickstart");
	} else {
		mun_image_variant(img, "no file system recognised");
	}
	if (a->bootable)
		mun_image_variant(img, "bootable");
	if (a->dos && !a->rooted)
		mun_image_note(img, "the boot block is of AmigaDOS, but in the "
				    "middle of the disk is no root block");
	if (!a->dos && a->rooted)
		mun_image_note(img, "there is a root block of AmigaDOS, but "
				    "the boot block is another's");
	return a->rooted ? tell_name(img, a->root + 433, len, e) : 0;
}

static int adf_open(struct mun_image *img, struct mun_err *e)
{
	struct amiga a;
	int rc;

	rc = look(img->src, &a, e);
	if (rc)
		return rc;
	if (!a.cylinders)
		return mun_fail(e, MUN_ECORRUPT,
				"%llu bytes is no size of an Amiga floppy",
				(unsigned long long)img->src->size);
	img->medium = MUN_MEDIUM_FLOPPY;
	img->bytes = img->src->size;
	img->sector_bytes = SECTOR;
	img->geometry = (struct mun_geometry){
		.cylinders = a.cylinders,
		.heads = HEADS,
		.sectors = a.sectors,
	};
	mun_image_set_mime(img, "application/octet-stream");
	rc = tell(img, &a, e);
	return rc ? rc : mun_image_one_track(img, e);
}

const struct mun_image_driver mun_image_adf = {
	.name = "adf",
	.title = "ADF, plain sectors of an Amiga floppy",
	.suffixes = "adf",
	.bid = adf_bid,
	.open = adf_open,
};
