/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_parallels.c - expanding disk of Parallels (.hdd, .hds)
 *
 * docs/interop/parallels of QEMU; little endian, sectors of 512 bytes
 *
 *	  0 magic, 16 bytes	16 u32 version, 2	20 u32 heads
 *	 24 u32 cylinders (sectors per track are not told)
 *	 28 u32 sectors of a cluster	32 u32 entries
 *	 36 u64 sectors (older magic: u32)	44 u32 in use
 *	 48 u32 first sector of the data	52 u32 flags
 *	 56 u64 sector of the extension	64 table
 * table: u32 place of a cluster, in sectors, or with the newer magic in
 * clusters; 0: none
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"
#include "image/pieces.h"
#include "image/slots.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 64u
#define IN_USE 0x746f6e59u
#define FLAG_EMPTY 1u
/* Clusters of 1 MiB are usual. */
#define CLUSTER_SECTORS_MAX ((uint32_t)1 << 21)

static const char magic_old[16] = "WithoutFreeSpace";
static const char magic_new[16] = "WithouFreSpacExt";

struct parallels {
	bool extended;
	uint32_t version;
	uint64_t cluster_bytes;
	uint64_t unit_bytes; /* in which the table tells places */
	uint32_t entries;
	uint64_t sectors;
	struct mun_slots *bat;
	struct mun_pieces pieces;
};

static bool parse(struct parallels *p, const uint8_t *h)
{
	uint32_t cluster = mun_le32(h + 28);

	p->extended = memcmp(h, magic_new, sizeof(magic_new)) == 0;
	p->version = mun_le32(h + 16);
	p->cluster_bytes = (uint64_t)cluster * 512;
	p->unit_bytes = p->extended ? p->cluster_bytes : 512;
	p->entries = mun_le32(h + 32);
	p->sectors = p->extended ? mun_le64(h + 36) : mun_le32(h + 36);
	return p->extended || memcmp(h, magic_old, sizeof(magic_old)) == 0;
}

static int check_header(const struct parallels *p, struct mun_err *e)
{
	uint64_t per_cluster = p->cluster_bytes / 512;
	uint64_t needed;

	if (p->version != 2)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"version %" PRIu32 " of a Parallels disk",
				p->version);
	if (per_cluster == 0 || per_cluster > CLUSTER_SECTORS_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"clusters of %" PRIu64 " sectors", per_cluster);
	needed = p->sectors / per_cluster + !!(p->sectors % per_cluster);
	if (p->entries < needed)
		return mun_fail(e, MUN_ECORRUPT,
				"a table of %" PRIu32 " clusters for a disk "
				"that has %" PRIu64,
				p->entries, needed);
	if (needed > MUN_SLOTS_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a disk of %" PRIu64 " clusters; %" PRIu64
				" are taken",
				needed, MUN_SLOTS_MAX);
	return 0;
}

static int parallels_bid(struct mun_source *src, const char *file_name)
{
	uint8_t h[HEADER];
	struct parallels p = { .entries = 0 };
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, h, sizeof(h), 0, &e) || !parse(&p, h))
		return MUN_BID_NO;
	return check_header(&p, &e) ? MUN_BID_MAGIC : MUN_BID_CHECKED;
}

static int find_cluster(void *ctx, uint64_t off, struct mun_piece *out,
			struct mun_err *e)
{
	const struct parallels *p = ctx;
	uint64_t i = off / p->cluster_bytes;
	uint64_t in = off % p->cluster_bytes;
	uint64_t place;
	uint64_t run = 1;
	int rc = mun_slots_get(p->bat, i, &place, e);

	if (!rc && place == 0)
		rc = mun_slots_run(p->bat, i, &run, e);
	if (rc)
		return rc;
	if (place == 0) {
		out->kind = MUN_PIECE_HOLE;
		out->bytes = run * p->cluster_bytes - in;
	} else {
		out->kind = MUN_PIECE_FILE;
		out->bytes = p->cluster_bytes - in;
		out->off = place * p->unit_bytes + in;
	}
	return 0;
}

static int tell(struct mun_image *img, const struct parallels *p,
		const uint8_t *h, struct mun_err *e)
{
	img->medium = MUN_MEDIUM_DISK;
	img->sector_bytes = 512;
	img->bytes = p->sectors * 512;
	mun_image_variant(img, "expanding, %.16s",
			  p->extended ? magic_new : magic_old);
	if (mun_le32(h + 44) == IN_USE)
		mun_image_note(img, "was in use when it was copied: it may not "
				    "be consistent");
	if (p->extended && mun_le64(h + 56))
		mun_image_note(img, "an extension (bitmaps of what changed) is "
				    "not read");
	if (mun_le32(h + 52) & FLAG_EMPTY)
		mun_image_note(img, "its flags call it empty");
	return mun_image_fact(img, MUN_FACT_LIMIT, "snapshots", e,
			      "whether this file is a difference to another "
			      "one stands in a DiskDescriptor.xml beside it, "
			      "which is not read");
}

static int parallels_open(struct mun_image *img, struct mun_err *e)
{
	struct parallels *p = calloc(1, sizeof(*p));
	uint8_t h[HEADER];
	int rc;

	if (!p)
		return mun_fail_nomem(e, "Parallels disk");
	img->priv = p;
	rc = mun_peek(img->src, h, sizeof(h), 0, e);
	if (!rc && !parse(p, h))
		rc = mun_fail(e, MUN_ECORRUPT, "no magic of a Parallels disk");
	if (!rc)
		rc = check_header(p, e);
	if (!rc && p->sectors > ((uint64_t)1 << 50))
		rc = mun_fail(e, MUN_ECORRUPT, "a disk of %" PRIu64 " sectors",
			      p->sectors);
	if (!rc)
		rc = mun_slots_new(img->src, HEADER, p->entries, MUN_SLOT_LE32,
				   &p->bat, e);
	if (!rc)
		rc = tell(img, p, h, e);
	p->pieces = (struct mun_pieces){ .src = img->src,
					 .find = find_cluster,
					 .ctx = p };
	return rc ? rc : mun_image_one_track(img, e);
}

static int parallels_pread(struct mun_image *img, enum mun_view view, void *buf,
			   size_t len, uint64_t off, struct mun_err *e)
{
	const struct parallels *p = img->priv;

	(void)view;
	return mun_pieces_pread(&p->pieces, buf, len, off, e);
}

static int parallels_next_extent(struct mun_image *img, enum mun_view view,
				 uint64_t off, struct mun_extent *out,
				 struct mun_err *e)
{
	const struct parallels *p = img->priv;

	(void)view;
	return mun_pieces_extent(&p->pieces, off, img->bytes, out, e);
}

static void parallels_close(struct mun_image *img)
{
	struct parallels *p = img->priv;

	if (p)
		mun_slots_free(p->bat);
	free(p);
}

const struct mun_image_driver mun_image_parallels = {
	.name = "parallels",
	.title = "Parallels expanding disk",
	.suffixes = "hdd hds",
	.bid = parallels_bid,
	.open = parallels_open,
	.pread = parallels_pread,
	.next_extent = parallels_next_extent,
	.close = parallels_close,
};
