/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_2mg.c - 2IMG, a header before an image of an Apple II disk
 *
 * Little endian:
 *	0 "2IMG"	4 creator	8 u16 bytes of the header (64; 52)
 *	10 u16 version	12 format: 0 DOS order, 1 ProDOS order, 2 nibbles
 *	16 flags: 31 locked, 8 and 0-7 volume of DOS
 *	20 blocks of ProDOS	24 data	32 comment	40 the creator's own
 * The last three are each u32 offset, u32 length.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "image/apple2.h"
#include "image/driver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD 64u
#define HEAD_OLD 52u
#define BLOCK 512u
#define COMMENT_MAX 65536u

enum { FORMAT_DOS, FORMAT_PRODOS, FORMAT_NIB };

struct two {
	uint8_t creator[4];
	uint32_t head_bytes;
	uint32_t version;
	uint32_t format;
	uint32_t flags;
	uint32_t blocks;
	uint64_t data_off;
	uint64_t data_bytes;
	uint64_t comment_off;
	uint64_t comment_bytes;
	uint64_t own_off;
	uint64_t own_bytes;
};

static bool inside(uint64_t off, uint64_t bytes, uint64_t size)
{
	return off <= size && bytes <= size - off;
}

static void parse(const uint8_t *p, struct two *t)
{
	memcpy(t->creator, p + 4, 4);
	t->head_bytes = mun_le16(p + 8);
	t->version = mun_le16(p + 10);
	t->format = mun_le32(p + 12);
	t->flags = mun_le32(p + 16);
	t->blocks = mun_le32(p + 20);
	t->data_off = mun_le32(p + 24);
	t->data_bytes = mun_le32(p + 28);
	t->comment_off = mun_le32(p + 32);
	t->comment_bytes = mun_le32(p + 36);
	t->own_off = mun_le32(p + 40);
	t->own_bytes = mun_le32(p + 44);
	/* Some writers tell only the number of blocks. */
	if (!t->data_bytes && t->format == FORMAT_PRODOS)
		t->data_bytes = (uint64_t)t->blocks * BLOCK;
}

/* 0, or what is wrong. */
static const char *what_is_wrong(const struct two *t, uint64_t size)
{
	if (t->head_bytes != HEAD && t->head_bytes != HEAD_OLD)
		return "its header has no known length";
	if (t->format > FORMAT_NIB)
		return "its data is in no known format";
	if (t->data_off < t->head_bytes)
		return "its data begins inside the header";
	if (!t->data_bytes)
		return "it has no data";
	if (!inside(t->data_off, t->data_bytes, size))
		return "its data is not inside the file";
	return NULL;
}

static int two_bid(struct mun_source *src, const char *file_name)
{
	uint8_t p[HEAD];
	struct two t;
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, p, sizeof(p), 0, &e) || memcmp(p, "2IMG", 4) != 0)
		return MUN_BID_NO;
	parse(p, &t);
	return what_is_wrong(&t, src->size) ? MUN_BID_MAGIC : MUN_BID_CHECKED;
}

static int tell_comment(struct mun_image *img, const struct two *t,
			struct mun_err *e)
{
	mun_autofree char *text = NULL;
	size_t len = (size_t)(t->comment_bytes < COMMENT_MAX ? t->comment_bytes
							     : COMMENT_MAX);
	int rc;

	if (!t->comment_off || !len)
		return 0;
	if (!inside(t->comment_off, t->comment_bytes, img->src->size)) {
		mun_image_note(img, "its comment is not inside the file");
		return 0;
	}
	text = malloc(len);
	if (!text)
		return mun_fail_nomem(e, "comment");
	rc = mun_source_pread(img->src, text, len, t->comment_off, e);
	return rc ? rc
		  : mun_image_fact_bytes(img, MUN_FACT_MADE, "comment", text,
					 len, e);
}

static int tell_making(struct mun_image *img, const struct two *t,
		       struct mun_err *e)
{
	int rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "creator", t->creator,
				      sizeof(t->creator), e);

	if (!rc)
		rc = tell_comment(img, t, e);
	if (!rc && t->flags >> 31)
		rc = mun_image_fact(img, MUN_FACT_MADE, "locked", e, "yes");
	if (!rc && t->flags >> 8 & 1)
		rc = mun_image_fact(img, MUN_FACT_MADE, "DOS volume", e, "%u",
				    t->flags & 0xff);
	if (!rc && t->own_off && t->own_bytes)
		rc = mun_image_fact(img, MUN_FACT_LIMIT, "creator's data", e,
				    "%" PRIu64 " bytes at %" PRIu64
				    " that only its creator understands",
				    t->own_bytes, t->own_off);
	return rc;
}

/* What is on the disk, where the order lets it be found. */
static int tell_system(struct mun_image *img, const struct two *t,
		       struct mun_err *e)
{
	enum mun_apple2_order order =
		t->format == FORMAT_DOS ? MUN_APPLE2_DOS : MUN_APPLE2_PRODOS;
	mun_auto(source) *data = NULL;
	struct mun_apple2 a;
	int rc = mun_source_slice(img->src, t->data_off, t->data_bytes, false,
				  &data, e);

	if (!rc)
		rc = mun_apple2_look(data, &a, e);
	if (rc)
		return rc;
	if (a.os)
		mun_image_variant(img, "%s", a.os);
	/* Without sectors of 16 a track there is only one order. */
	if (a.order != MUN_APPLE2_UNKNOWN && a.order != order &&
	    t->data_bytes == MUN_APPLE2_140K)
		mun_image_note(img, "its file system tells the other order");
	(void)snprintf(img->volume_label, sizeof(img->volume_label), "%s",
		       a.label);
	return 0;
}

static int tell_nibbles(struct mun_image *img, struct mun_err *e)
{
	return mun_image_fact(img, MUN_FACT_LIMIT, "nibbles", e,
			      "the bytes are those of the recording, %u a "
			      "track; they are not decoded to sectors",
			      6656u);
}

static int tell(struct mun_image *img, const struct two *t, struct mun_err *e)
{
	static const char *const formats[] = { "DOS order", "ProDOS order",
					       "nibbles" };
	bool small = t->data_bytes <= MUN_APPLE2_800K;

	mun_image_variant(img, "%s", formats[t->format]);
	img->medium = small ? MUN_MEDIUM_FLOPPY : MUN_MEDIUM_DISK;
	img->sector_bytes = t->format == FORMAT_PRODOS ? BLOCK : 256;
	img->bytes = t->data_bytes;
	if (t->data_bytes == MUN_APPLE2_140K && t->format != FORMAT_NIB)
		img->geometry = (struct mun_geometry){
			35, 1, t->format == FORMAT_DOS ? 16 : 8
		};
	if (t->version != 1)
		mun_image_note(img, "version %u", t->version);
	if (t->format == FORMAT_PRODOS &&
	    (uint64_t)t->blocks * BLOCK != t->data_bytes)
		mun_image_note(img, "%u blocks, but %" PRIu64 " bytes of data",
			       t->blocks, t->data_bytes);
	return t->format == FORMAT_NIB ? tell_nibbles(img, e)
				       : tell_system(img, t, e);
}

static int two_open(struct mun_image *img, struct mun_err *e)
{
	struct two *t = calloc(1, sizeof(*t));
	const char *wrong;
	uint8_t p[HEAD];
	int rc;

	if (!t)
		return mun_fail_nomem(e, "2IMG image");
	img->priv = t;
	rc = mun_peek(img->src, p, sizeof(p), 0, e);
	if (rc)
		return rc;
	if (memcmp(p, "2IMG", 4) != 0)
		return mun_fail(e, MUN_ECORRUPT, "no header '2IMG'");
	parse(p, t);
	wrong = what_is_wrong(t, img->src->size);
	if (wrong)
		return mun_fail(e, MUN_ECORRUPT, "%s", wrong);
	rc = tell(img, t, e);
	if (!rc)
		rc = tell_making(img, t, e);
	return rc ? rc : mun_image_one_track(img, e);
}

static int two_pread(struct mun_image *img, enum mun_view view, void *buf,
		     size_t len, uint64_t off, struct mun_err *e)
{
	const struct two *t = img->priv;

	(void)view;
	return mun_source_pread(img->src, buf, len, t->data_off + off, e);
}

static void two_close(struct mun_image *img)
{
	free(img->priv);
}

const struct mun_image_driver mun_image_2mg = {
	.name = "2mg",
	.title = "Apple II disk with a header (2IMG)",
	.suffixes = "2mg 2img",
	.bid = two_bid,
	.open = two_open,
	.pread = two_pread,
	.close = two_close,
};
