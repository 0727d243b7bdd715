/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vhd.c - VHD of Virtual PC and Hyper-V: fixed, dynamic, difference */
#include "image/fmt_vhd.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/str.h"
#include "image/driver.h"
#include "image/guid.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char cookie[8] = "conectix";

/* The size is the specification's 2,040 GiB and some: a bound for what is
 * added to offsets. */
#define DISK_MAX ((uint64_t)1 << 50)
#define BLOCK_MAX ((uint32_t)1 << 30)

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

/* The footers that there may be: at the end, where old programs of Virtual PC
 * wrote 511 bytes of it; and the copy at the start. */
struct footers {
	uint8_t tail[MUN_VHD_FOOTER];
	uint8_t head[MUN_VHD_FOOTER];
	uint64_t tail_off;
	bool tail_is, tail_whole;
	bool head_is, head_whole;
};

static int read_footers(struct mun_source *src, struct footers *f,
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

static int vhd_bid(struct mun_source *src, const char *file_name)
{
	struct footers f;
	struct mun_err e;

	(void)file_name;
	if (read_footers(src, &f, &e))
		return MUN_BID_NO;
	if (f.tail_whole || f.head_whole)
		return MUN_BID_CHECKED;
	return f.tail_is || f.head_is ? MUN_BID_MAGIC : MUN_BID_NO;
}

static enum mun_fact_state good(bool is)
{
	return is ? MUN_FACT_GOOD : MUN_FACT_BAD;
}

/* The footer to go by: whole before broken, the one at the end before its
 * copy. */
static int choose_footer(struct mun_image *img, const struct footers *f,
			 const uint8_t **out, struct mun_err *e)
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

static int take_footer(struct mun_image *img, struct mun_vhd *v,
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

static int find_fixed(void *ctx, uint64_t off, struct mun_piece *out,
		      struct mun_err *e)
{
	const struct mun_vhd *v = ctx;

	(void)e;
	*out = (struct mun_piece){ .kind = MUN_PIECE_FILE,
				   .off = off,
				   .bytes = v->bytes - off };
	return 0;
}

static int open_fixed(struct mun_image *img, struct mun_vhd *v,
		      uint64_t footer_off, struct mun_err *e)
{
	if (v->bytes > footer_off)
		return mun_fail(e, MUN_ECORRUPT,
				"a disk of %" PRIu64 " bytes, of which the "
				"file has %" PRIu64,
				v->bytes, footer_off);
	if (v->bytes < footer_off)
		mun_image_note(img,
			       "%" PRIu64 " bytes between the disk and its "
			       "footer",
			       footer_off - v->bytes);
	v->pieces.find = find_fixed;
	return 0;
}

static int find_block(void *ctx, uint64_t off, struct mun_piece *out,
		      struct mun_err *e)
{
	const struct mun_vhd *v = ctx;
	uint64_t i = off / v->block_bytes;
	uint64_t in = off % v->block_bytes;
	uint64_t sector, run;
	bool set;
	int rc;

	rc = mun_slots_get(v->bat, i, &sector, e);
	if (rc)
		return rc;
	out->kind =
		v->type == MUN_VHD_DYNAMIC ? MUN_PIECE_HOLE : MUN_PIECE_PARENT;
	if (sector == MUN_VHD_NONE) {
		rc = mun_slots_run(v->bat, i, &run, e);
		out->bytes = rc ? 0 : run * v->block_bytes - in;
		return rc;
	}
	rc = mun_bitmaps_get(
		v->bits, sector * MUN_VHD_SECTOR, in / MUN_VHD_SECTOR,
		(v->block_bytes - in + MUN_VHD_SECTOR - 1) / MUN_VHD_SECTOR,
		&set, &run, e);
	if (rc)
		return mun_ctx(e, "block %" PRIu64, i);
	out->bytes = run * MUN_VHD_SECTOR - in % MUN_VHD_SECTOR;
	if (set) {
		out->kind = MUN_PIECE_FILE;
		out->off = sector * MUN_VHD_SECTOR + v->bitmap_bytes + in;
	}
	return 0;
}

static int take_header(struct mun_vhd *v, const uint8_t *h, struct mun_err *e)
{
	uint32_t bitmap;
	uint64_t needed;

	if (mun_be16(h + 24) != 1)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"version %u.%u of the dynamic header",
				mun_be16(h + 24), mun_be16(h + 26));
	v->block_bytes = mun_be32(h + 32);
	v->entries = mun_be32(h + 28);
	if (v->block_bytes < MUN_VHD_SECTOR || v->block_bytes > BLOCK_MAX ||
	    v->block_bytes & (v->block_bytes - 1))
		return mun_fail(e, MUN_ECORRUPT,
				"blocks of %" PRIu32 " bytes in the dynamic "
				"header",
				v->block_bytes);
	needed = v->bytes / v->block_bytes + !!(v->bytes % v->block_bytes);
	if (v->entries < needed)
		return mun_fail(e, MUN_ECORRUPT,
				"a table of %" PRIu64 " blocks for a disk that "
				"has %" PRIu64,
				v->entries, needed);
	if (needed > MUN_SLOTS_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a disk of %" PRIu64 " blocks; %" PRIu64
				" are taken",
				needed, MUN_SLOTS_MAX);
	bitmap = (v->block_bytes / MUN_VHD_SECTOR + 7) / 8;
	v->bitmap_bytes =
		(bitmap + MUN_VHD_SECTOR - 1) / MUN_VHD_SECTOR * MUN_VHD_SECTOR;
	v->pieces.find = find_block;
	return 0;
}

static int open_dynamic(struct mun_image *img, struct mun_vhd *v,
			const uint8_t *f, struct mun_err *e)
{
	uint8_t h[MUN_VHD_HEADER];
	uint64_t at = mun_be64(f + 16);
	bool is;
	int rc;

	if (at > img->src->size || sizeof(h) > img->src->size - at)
		return mun_fail(e, MUN_ECORRUPT,
				"the dynamic header at byte %" PRIu64
				" goes beyond the end of the file",
				at);
	rc = mun_source_pread(img->src, h, sizeof(h), at, e);
	if (rc)
		return rc;
	if (memcmp(h, "cxsparse", 8) != 0)
		return mun_fail(e, MUN_ECORRUPT,
				"no dynamic header at byte %" PRIu64, at);
	is = mun_be32(h + 36) == mun_vhd_checksum(h, sizeof(h), 36);
	rc = mun_image_check_fact(img, "dynamic header", good(is), e,
				  "checksum");
	if (!is)
		mun_image_note(img, "the checksum of the dynamic header is "
				    "wrong");
	if (!rc)
		rc = take_header(v, h, e);
	if (!rc)
		rc = mun_slots_new(img->src, mun_be64(h + 16), v->entries,
				   MUN_SLOT_BE32, &v->bat, e);
	if (!rc)
		rc = mun_bitmaps_new(img->src, true, &v->bits, e);
	if (!rc && v->type == MUN_VHD_DYNAMIC)
		rc = mun_image_check_fact(img, "sector bitmaps", MUN_FACT_NONE,
					  e, "no data where none was written");
	if (!rc && v->type == MUN_VHD_DIFFERENCING)
		rc = mun_vhd_parent(img, h, e);
	return rc;
}

static int vhd_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_vhd *v = calloc(1, sizeof(*v));
	const uint8_t *footer = NULL;
	struct footers f;
	int rc;

	if (!v)
		return mun_fail_nomem(e, "VHD");
	img->priv = v;
	v->pieces.src = img->src;
	v->pieces.ctx = v;
	rc = read_footers(img->src, &f, e);
	if (!rc)
		rc = choose_footer(img, &f, &footer, e);
	if (!rc)
		rc = take_footer(img, v, footer, e);
	if (!rc && v->type == MUN_VHD_FIXED)
		rc = open_fixed(img, v,
				footer == f.tail ? f.tail_off : img->src->size,
				e);
	else if (!rc)
		rc = open_dynamic(img, v, footer, e);
	return rc ? rc : mun_image_one_track(img, e);
}

static int vhd_pread(struct mun_image *img, enum mun_view view, void *buf,
		     size_t len, uint64_t off, struct mun_err *e)
{
	const struct mun_vhd *v = img->priv;

	(void)view;
	return mun_pieces_pread(&v->pieces, buf, len, off, e);
}

static int vhd_next_extent(struct mun_image *img, enum mun_view view,
			   uint64_t off, struct mun_extent *out,
			   struct mun_err *e)
{
	const struct mun_vhd *v = img->priv;

	(void)view;
	return mun_pieces_extent(&v->pieces, off, v->bytes, out, e);
}

/* Is anything but zeros at these bytes of the file? */
static int look_for_data(struct mun_source *src, uint64_t off, uint64_t bytes,
			 bool *found, struct mun_err *e)
{
	uint8_t buf[16384];

	while (bytes && !*found) {
		size_t n = (size_t)MUN_MIN(bytes, (uint64_t)sizeof(buf));
		int rc = mun_peek(src, buf, n, off, e);

		if (rc)
			return rc;
		*found = buf[0] || memcmp(buf, buf + 1, n - 1) != 0;
		off += n;
		bytes -= n;
	}
	return 0;
}

/*
 * Sectors of a dynamic disk that its bitmap calls never written read as zeros.
 * Programs that do not heed the bitmap would read what lies there, so it must
 * be zeros: else this is not what everybody sees.
 */
static int vhd_verify(struct mun_image *img, struct mun_err *e)
{
	const struct mun_vhd *v = img->priv;
	bool found = false;

	if (v->type != MUN_VHD_DYNAMIC)
		return 0;
	for (uint64_t off = 0; off < v->bytes && !found;) {
		uint64_t in = off % v->block_bytes;
		struct mun_piece x = { .kind = MUN_PIECE_HOLE };
		uint64_t sector;
		int rc =
			mun_slots_get(v->bat, off / v->block_bytes, &sector, e);

		if (!rc)
			rc = find_block(img->priv, off, &x, e);
		if (!rc && sector != MUN_VHD_NONE && x.kind == MUN_PIECE_HOLE)
			rc = look_for_data(img->src,
					   sector * MUN_VHD_SECTOR +
						   v->bitmap_bytes + in,
					   x.bytes, &found, e);
		if (!rc)
			rc = mun_cancel_check(e);
		if (rc)
			return rc;
		off += x.bytes;
	}
	mun_image_settle(img, "sector bitmaps", good(!found));
	return 0;
}

static void vhd_close(struct mun_image *img)
{
	struct mun_vhd *v = img->priv;

	if (!v)
		return;
	mun_slots_free(v->bat);
	mun_bitmaps_free(v->bits);
	free(v);
}

const struct mun_image_driver mun_image_vhd = {
	.name = "vhd",
	.title = "VHD, virtual hard disk of Virtual PC and Hyper-V",
	.suffixes = "vhd vpc avhd",
	.bid = vhd_bid,
	.open = vhd_open,
	.pread = vhd_pread,
	.next_extent = vhd_next_extent,
	.verify = vhd_verify,
	.close = vhd_close,
};
