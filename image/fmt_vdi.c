/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_vdi.c - VDI of VirtualBox: dynamic, fixed, difference */
#include "image/fmt_vdi.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/guid.h"
#include "image/image.h"
#include "image/pieces.h"
#include "image/slots.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* VirtualBox never made larger ones; bounds for what is added to offsets. */
#define DISK_MAX ((uint64_t)1 << 56)
#define BLOCK_MAX ((uint32_t)1 << 30)

struct vdi {
	unsigned int major, minor;
	uint32_t type;
	uint64_t table, data; /* bytes into the file */
	uint64_t bytes;
	uint32_t block_bytes;
	uint32_t extra_bytes;
	uint32_t blocks;
	uint32_t allocated;
	uint8_t uuid[16];
	uint8_t modified[16];
	uint8_t parent_uuid[16];
	uint8_t parent_modified[16];
	struct mun_slots *bat;
	struct mun_pieces pieces;
};

extern const struct mun_image_driver mun_image_vdi;

static void parse_v0(struct vdi *v, const uint8_t *h)
{
	v->type = mun_le32(h + 0x48);
	v->bytes = mun_le64(h + 0x160);
	v->block_bytes = mun_le32(h + 0x168);
	v->blocks = mun_le32(h + 0x16c);
	v->allocated = mun_le32(h + 0x170);
	memcpy(v->uuid, h + 0x174, 16);
	memcpy(v->modified, h + 0x184, 16);
	memcpy(v->parent_uuid, h + 0x194, 16);
	v->table = 0x1a4;
	v->data = v->table + (uint64_t)4 * v->blocks;
}

static void parse_v1(struct vdi *v, const uint8_t *h)
{
	v->type = mun_le32(h + 0x4c);
	v->table = mun_le32(h + 0x154);
	v->data = mun_le32(h + 0x158);
	v->bytes = mun_le64(h + 0x170);
	v->block_bytes = mun_le32(h + 0x178);
	v->extra_bytes = mun_le32(h + 0x17c);
	v->blocks = mun_le32(h + 0x180);
	v->allocated = mun_le32(h + 0x184);
	memcpy(v->uuid, h + 0x188, 16);
	memcpy(v->modified, h + 0x198, 16);
	memcpy(v->parent_uuid, h + 0x1a8, 16);
	memcpy(v->parent_modified, h + 0x1b8, 16);
}

static void parse(struct vdi *v, const uint8_t *h)
{
	v->minor = mun_le16(h + 0x44);
	v->major = mun_le16(h + 0x46);
	if (v->major == 0)
		parse_v0(v, h);
	else
		parse_v1(v, h);
}

static int check_header(const struct vdi *v, struct mun_err *e)
{
	uint64_t needed;

	if (v->major > 1)
		return mun_fail(e, MUN_EUNSUPPORTED, "version %u.%u of VDI",
				v->major, v->minor);
	if (v->type == MUN_VDI_UNDO)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"an undo image, which no program writes");
	if (v->type < MUN_VDI_DYNAMIC || v->type > MUN_VDI_DIFFERENCE)
		return mun_fail(e, MUN_EUNSUPPORTED, "disk type %" PRIu32,
				v->type);
	if (v->bytes > DISK_MAX)
		return mun_fail(e, MUN_ECORRUPT, "a disk of %" PRIu64 " bytes",
				v->bytes);
	if (v->block_bytes < 512 || v->block_bytes > BLOCK_MAX ||
	    v->extra_bytes > BLOCK_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"blocks of %" PRIu32 " bytes and %" PRIu32
				" extra",
				v->block_bytes, v->extra_bytes);
	needed = v->bytes / v->block_bytes + !!(v->bytes % v->block_bytes);
	if (v->blocks < needed)
		return mun_fail(e, MUN_ECORRUPT,
				"a table of %" PRIu32 " blocks for a disk that "
				"has %" PRIu64,
				v->blocks, needed);
	if (needed > MUN_SLOTS_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a disk of %" PRIu64 " blocks; %" PRIu64
				" are taken",
				needed, MUN_SLOTS_MAX);
	return 0;
}

static int vdi_bid(struct mun_source *src, const char *file_name)
{
	uint8_t h[MUN_VDI_HEADER];
	struct vdi v = { .major = 0 };
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, h, sizeof(h), 0, &e) ||
	    mun_le32(h + 0x40) != MUN_VDI_SIGNATURE)
		return MUN_BID_NO;
	parse(&v, h);
	return check_header(&v, &e) ? MUN_BID_MAGIC : MUN_BID_CHECKED;
}

static int find_block(void *ctx, uint64_t off, struct mun_piece *out,
		      struct mun_err *e)
{
	const struct vdi *v = ctx;
	uint64_t i = off / v->block_bytes;
	uint64_t in = off % v->block_bytes;
	uint64_t n;
	uint64_t run = 1;
	int rc = mun_slots_get(v->bat, i, &n, e);

	if (!rc && n >= MUN_VDI_ZERO)
		rc = mun_slots_run(v->bat, i, &run, e);
	if (rc)
		return rc;
	out->bytes = run * v->block_bytes - in;
	if (n == MUN_VDI_ZERO) {
		out->kind = MUN_PIECE_ZERO;
	} else if (n == MUN_VDI_NONE) {
		out->kind = v->type == MUN_VDI_DIFFERENCE ? MUN_PIECE_PARENT
							  : MUN_PIECE_HOLE;
	} else {
		out->kind = MUN_PIECE_FILE;
		out->off = v->data +
			   n * ((uint64_t)v->block_bytes + v->extra_bytes) +
			   v->extra_bytes + in;
	}
	return 0;
}

static int uuid_fact(struct mun_image *img, enum mun_fact_kind kind,
		     const char *name, const uint8_t *uuid, struct mun_err *e)
{
	char text[MUN_GUID_LEN];

	if (mun_guid_is_null(uuid))
		return 0;
	mun_guid_text(uuid, MUN_GUID_MIXED, text);
	return mun_image_fact(img, kind, name, e, "%s", text);
}

/* Of two that are set; VirtualBox left some out. */
static bool differ(const uint8_t *a, const uint8_t *b)
{
	return !mun_guid_is_null(a) && !mun_guid_is_null(b) &&
	       memcmp(a, b, 16) != 0;
}

static int check_parent(struct mun_image *img, const struct vdi *v,
			struct mun_err *e)
{
	char want[MUN_GUID_LEN];
	char has[MUN_GUID_LEN];
	const struct vdi *p;

	if (img->parent->driver != &mun_image_vdi) {
		mun_image_note(img, "the parent given is not a VDI: whether it "
				    "is the right one cannot be checked");
		return 0;
	}
	p = img->parent->priv;
	mun_guid_text(v->parent_uuid, MUN_GUID_MIXED, want);
	mun_guid_text(p->uuid, MUN_GUID_MIXED, has);
	if (differ(p->uuid, v->parent_uuid))
		return mun_fail(e, MUN_EINVAL,
				"it is a difference to the image %s, and the "
				"parent given is %s",
				want, has);
	if (differ(p->modified, v->parent_modified))
		return mun_fail(e, MUN_EINVAL,
				"the parent given, %s, was changed after this "
				"difference to it was made",
				has);
	return 0;
}

static int open_difference(struct mun_image *img, struct vdi *v,
			   struct mun_err *e)
{
	char want[MUN_GUID_LEN];
	int rc;

	mun_guid_text(v->parent_uuid, MUN_GUID_MIXED, want);
	if (!img->parent)
		return mun_fail(e, MUN_ENOENT,
				"it is a difference to the image with the "
				"UUID %s: give that image with --parent",
				want);
	rc = uuid_fact(img, MUN_FACT_PARENT, "UUID", v->parent_uuid, e);
	if (!rc)
		rc = uuid_fact(img, MUN_FACT_PARENT, "UUID of its last change",
			       v->parent_modified, e);
	if (!rc)
		rc = check_parent(img, v, e);
	v->pieces.parent = img->parent;
	return rc;
}

/* What the first 64 bytes say, which only people read; without the brackets:
 * "<<< Oracle VM VirtualBox Disk Image >>>\n". */
static int tell_made(struct mun_image *img, const struct vdi *v,
		     const uint8_t *h, struct mun_err *e)
{
	const uint8_t *comment = h + (v->major ? 0x54 : 0x50);
	size_t from = 0;
	size_t to = strnlen((const char *)h, 64);
	int rc;

	while (from < to && (h[from] == '<' || h[from] == ' '))
		from++;
	while (to > from &&
	       (h[to - 1] == '>' || h[to - 1] == ' ' || h[to - 1] == '\n'))
		to--;
	rc = mun_image_fact_bytes(img, MUN_FACT_MADE, "creator", h + from,
				  to - from, e);
	if (!rc)
		rc = mun_image_fact(img, MUN_FACT_MADE, "format version", e,
				    "%u.%u", v->major, v->minor);
	if (!rc)
		rc = mun_image_fact_bytes(
			img, MUN_FACT_MADE, "comment", comment,
			strnlen((const char *)comment, 256), e);
	if (!rc)
		rc = uuid_fact(img, MUN_FACT_MADE, "UUID", v->uuid, e);
	return rc ? rc
		  : uuid_fact(img, MUN_FACT_MADE, "UUID of the last change",
			      v->modified, e);
}

static void tell(struct mun_image *img, const struct vdi *v, const uint8_t *h)
{
	static const char *const variants[] = {
		[MUN_VDI_DYNAMIC] = "dynamic",
		[MUN_VDI_FIXED] = "fixed",
		[MUN_VDI_DIFFERENCE] = "difference",
	};
	const uint8_t *g = h + (v->major ? 0x15c : 0x150);
	uint64_t block = (uint64_t)v->block_bytes + v->extra_bytes;

	img->medium = MUN_MEDIUM_DISK;
	img->sector_bytes = 512;
	img->bytes = v->bytes;
	img->geometry.cylinders = mun_le32(g);
	img->geometry.heads = mun_le32(g + 4);
	img->geometry.sectors = mun_le32(g + 8);
	mun_image_set_puid(img, "fmt/726");
	mun_image_variant(img, "%s", variants[v->type]);
	if (v->data > img->src->size ||
	    v->allocated > (img->src->size - v->data + block - 1) / block)
		mun_image_note(img,
			       "the file ends before the last of its %" PRIu32
			       " blocks",
			       v->allocated);
}

static int vdi_open(struct mun_image *img, struct mun_err *e)
{
	struct vdi *v = calloc(1, sizeof(*v));
	uint8_t h[MUN_VDI_HEADER];
	int rc;

	if (!v)
		return mun_fail_nomem(e, "VDI");
	img->priv = v;
	rc = mun_peek(img->src, h, sizeof(h), 0, e);
	if (!rc && mun_le32(h + 0x40) != MUN_VDI_SIGNATURE)
		rc = mun_fail(e, MUN_ECORRUPT, "no signature of a VDI");
	if (rc)
		return rc;
	parse(v, h);
	v->pieces = (struct mun_pieces){ .src = img->src,
					 .find = find_block,
					 .ctx = v };
	rc = check_header(v, e);
	if (!rc)
		rc = mun_slots_new(img->src, v->table, v->blocks, MUN_SLOT_LE32,
				   &v->bat, e);
	if (!rc)
		rc = tell_made(img, v, h, e);
	if (rc)
		return rc;
	tell(img, v, h);
	if (v->type == MUN_VDI_DIFFERENCE)
		rc = open_difference(img, v, e);
	return rc ? rc : mun_image_one_track(img, e);
}

static int vdi_pread(struct mun_image *img, enum mun_view view, void *buf,
		     size_t len, uint64_t off, struct mun_err *e)
{
	const struct vdi *v = img->priv;

	(void)view;
	return mun_pieces_pread(&v->pieces, buf, len, off, e);
}

static int vdi_next_extent(struct mun_image *img, enum mun_view view,
			   uint64_t off, struct mun_extent *out,
			   struct mun_err *e)
{
	const struct vdi *v = img->priv;

	(void)view;
	return mun_pieces_extent(&v->pieces, off, v->bytes, out, e);
}

static void vdi_close(struct mun_image *img)
{
	struct vdi *v = img->priv;

	if (v)
		mun_slots_free(v->bat);
	free(v);
}

const struct mun_image_driver mun_image_vdi = {
	.name = "vdi",
	.title = "VDI, virtual disk image of VirtualBox",
	.suffixes = "vdi",
	.bid = vdi_bid,
	.open = vdi_open,
	.pread = vdi_pread,
	.next_extent = vdi_next_extent,
	.close = vdi_close,
};
