/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vhd_footer.c - the footer of a VHD: which one, and what it tells */
#include "image/fmt_vhd.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/clock.h"
#include "image/driver.h"
#include "image/guid.h"

#include <inttypes.h>
#include <string.h>

static const char cookie[8] = "conectix";

/* The size is the specification's 2,040 GiB and some: a bound for what is
 * added to offsets. */
#define DISK_MAX ((uint64_t)1 << 50)

uint32_t mun_vhd_checksum(const uint8_t *data, size_t len, size_t at)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		if (i < at || i >= at + 4)
			sum += data[i];
	return ~sum;
}

struct mun_geometry mun_vhd_geometry(uint64_t bytes)
{
	uint64_t sectors = MUN_MIN(bytes / 512, (uint64_t)65535 * 16 * 255);
	uint64_t tracks, heads, per_track;

	if (sectors >= (uint64_t)65535 * 16 * 63) {
		per_track = 255;
		heads = 16;
	} else {
		per_track = 17;
		tracks = sectors / per_track;
		heads = MUN_MAX((tracks + 1023) / 1024, (uint64_t)4);
		if (tracks >= heads * 1024 || heads > 16) {
			per_track = 31;
			heads = 16;
		}
		if (sectors / per_track >= heads * 1024) {
			per_track = 63;
			heads = 16;
		}
	}
	tracks = sectors / per_track;
	return (struct mun_geometry){ (uint32_t)(tracks / heads),
				      (uint32_t)heads, (uint32_t)per_track };
}

static bool is_footer(const uint8_t *f)
{
	return memcmp(f, cookie, sizeof(cookie)) == 0;
}

static bool is_whole(const uint8_t *f)
{
	return is_footer(f) &&
	       mun_be32(f + 64) == mun_vhd_checksum(f, MUN_VHD_FOOTER, 64);
}

int mun_vhd_read_footers(struct mun_source *src, struct mun_vhd_footers *f,
			 struct mun_err *e)
{
	int rc;

	memset(f, 0, sizeof(*f));
	if (src->size < MUN_VHD_FOOTER - 1)
		return 0;
	rc = mun_peek(src, f->head, sizeof(f->head), 0, e);
	if (!rc && src->size >= MUN_VHD_FOOTER) {
		f->tail_off = src->size - MUN_VHD_FOOTER;
		rc = mun_peek(src, f->tail, sizeof(f->tail), f->tail_off, e);
	}
	if (!rc && !is_footer(f->tail)) {
		f->tail_off = src->size - (MUN_VHD_FOOTER - 1);
		rc = mun_peek(src, f->tail, sizeof(f->tail), f->tail_off, e);
	}
	f->tail_is = is_footer(f->tail);
	f->tail_whole = is_whole(f->tail);
	/* A file of one footer has one, not two. */
	f->head_is = f->tail_off > 0 && is_footer(f->head);
	f->head_whole = f->head_is && is_whole(f->head);
	return rc;
}

static enum mun_fact_state good(bool is)
{
	return is ? MUN_FACT_GOOD : MUN_FACT_BAD;
}

int mun_vhd_choose_footer(struct mun_image *img,
			  const struct mun_vhd_footers *f, const uint8_t **out,
			  struct mun_err *e)
{
	bool copied;
	int rc;

	if (f->tail_whole || (f->tail_is && !f->head_whole))
		*out = f->tail;
	else if (f->head_is)
		*out = f->head;
	else
		return mun_fail(e, MUN_ECORRUPT,
				"no footer of a VHD at the end of the file");
	rc = mun_image_check_fact(img, "footer", good(f->tail_whole), e,
				  "checksum of the last sector");
	copied = mun_be32(*out + 60) != MUN_VHD_FIXED;
	if (!rc && copied)
		rc = mun_image_check_fact(img, "footer copy",
					  good(f->head_whole), e,
					  "checksum of the first sector");
	if (*out == f->head)
		mun_image_note(img, "the footer is damaged: its copy at the "
				    "start was taken");
	else if (!f->tail_whole)
		mun_image_note(img, "the checksum of the footer is wrong");
	else if (copied && f->head_whole &&
		 memcmp(f->tail, f->head, MUN_VHD_FOOTER - 1) != 0)
		mun_image_note(img, "the footer and its copy differ");
	if (f->tail_is && img->src->size - f->tail_off < MUN_VHD_FOOTER)
		mun_image_note(img, "the footer has 511 bytes");
	return rc;
}

/* Who is known to sign as what. */
static const char *creator_name(const uint8_t *code)
{
	static const struct {
		char code[4];
		const char *name;
	} names[] = {
		{ "vpc ", "Virtual PC" }, { "vs  ", "Virtual Server" },
		{ "win ", "Windows" },    { "d2v ", "Disk2vhd" },
		{ "qemu", "QEMU" },       { "qem2", "QEMU" },
		{ "vbox", "VirtualBox" }, { "tap", "XenServer" },
		{ "bxic", "Bochs" },
	};

	for (size_t i = 0; i < MUN_COUNT(names); i++)
		if (memcmp(names[i].code, code, 4) == 0)
			return names[i].name;
	return NULL;
}

static int tell_creator(struct mun_image *img, const uint8_t *f,
			struct mun_err *e)
{
	const char *name = creator_name(f + 28);
	int rc;

	if (name)
		rc = mun_image_fact(img, MUN_FACT_MADE, "creator", e,
				    "%s (%.4s)", name, (const char *)(f + 28));
	else
		rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "creator", f + 28,
					  4, e);
	if (!rc)
		rc = mun_image_fact(img, MUN_FACT_MADE, "creator version", e,
				    "%u.%u", mun_be16(f + 32),
				    mun_be16(f + 34));
	if (!rc && memcmp(f + 36, "Wi2k", 4) == 0)
		return mun_image_fact(img, MUN_FACT_MADE, "creator system", e,
				      "Windows (Wi2k)");
	if (!rc && memcmp(f + 36, "Mac ", 4) == 0)
		return mun_image_fact(img, MUN_FACT_MADE, "creator system", e,
				      "Macintosh (Mac )");
	return rc ? rc
		  : mun_image_fact_bytes(img, MUN_FACT_MADE, "creator system",
					 f + 36, 4, e);
}

static int tell_made(struct mun_image *img, const uint8_t *f, struct mun_err *e)
{
	char text[MUN_GUID_LEN];
	int rc = tell_creator(img, f, e);

	mun_time_text(((int64_t)mun_be32(f + 24) + MUN_VHD_EPOCH) * 1000, text);
	if (!rc && mun_be32(f + 24))
		rc = mun_image_fact(img, MUN_FACT_MADE, "created", e, "%s",
				    text);
	mun_guid_text(f + 68, MUN_GUID_BE, text);
	if (!rc && !mun_guid_is_null(f + 68))
		rc = mun_image_fact(img, MUN_FACT_MADE, "UUID", e, "%s", text);
	if (!rc && mun_be64(f + 40) != mun_be64(f + 48))
		rc = mun_image_fact(img, MUN_FACT_MADE, "original size", e,
				    "%" PRIu64, mun_be64(f + 40));
	return rc;
}

/*
 * The geometry is what old systems address, and mostly less than the disk has:
 * the size that is told is the size.  65535 x 16 x 255 is as far as it goes.
 */
static void tell_geometry(struct mun_image *img, const uint8_t *f)
{
	uint64_t reach;

	img->geometry.cylinders = mun_be16(f + 56);
	img->geometry.heads = f[58];
	img->geometry.sectors = f[59];
	reach = (uint64_t)img->geometry.cylinders * f[58] * f[59] * 512;
	if (img->geometry.cylinders == 65535)
		return;
	if (reach < img->bytes)
		mun_image_note(img,
			       "its CHS geometry reaches %" PRIu64
			       " bytes less than its size",
			       img->bytes - reach);
	else if (reach > img->bytes)
		mun_image_note(img,
			       "its CHS geometry reaches %" PRIu64
			       " bytes beyond its size",
			       reach - img->bytes);
}

int mun_vhd_take_footer(struct mun_image *img, struct mun_vhd *v,
			const uint8_t *f, struct mun_err *e)
{
	uint32_t type = mun_be32(f + 60);

	if (mun_be16(f + 12) != 1)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"version %u.%u of the footer", mun_be16(f + 12),
				mun_be16(f + 14));
	if (type < MUN_VHD_FIXED || type > MUN_VHD_DIFFERENCING)
		return mun_fail(e, MUN_EUNSUPPORTED, "disk type %" PRIu32,
				type);
	v->type = (enum mun_vhd_type)type;
	v->bytes = mun_be64(f + 48);
	if (v->bytes > DISK_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"a size of %" PRIu64 " bytes in the footer",
				v->bytes);
	memcpy(v->uuid, f + 68, sizeof(v->uuid));
	img->medium = MUN_MEDIUM_DISK;
	img->sector_bytes = MUN_VHD_SECTOR;
	img->bytes = v->bytes;
	mun_image_set_mime(img, "application/x-vhd-disk");
	mun_image_variant(img, "%s",
			  type == MUN_VHD_FIXED     ? "fixed"
			  : type == MUN_VHD_DYNAMIC ? "dynamic"
						    : "differencing");
	tell_geometry(img, f);
	if (f[84])
		mun_image_note(img, "a machine was saved in the midst of work "
				    "on it");
	return tell_made(img, f, e);
}
