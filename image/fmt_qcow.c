/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_qcow.c - QEMU's first copy-on-write format, version 1
 *
 * Header (big-endian), by offset:
 *	 0  4  magic "QFI\xfb"		24  8  virtual size in bytes
 *	 4  4  version 1		32  1  bits of a cluster's size
 *	 8  8  backing file name, at	33  1  bits of entries in an L2 table
 *	16  4  its length		36  4  encryption: 0 none, 1 AES
 *	20  4  its time (Unix)		40  8  L1 table, at
 *
 * Tables of u64.  An L2 entry: 0 absent; bit 63 clear: where the cluster is;
 * set: of the 63 bits below, the upper cluster_bits are the packed length, the
 * lower ones say where it is (any byte).  Packed: bare deflate.
 */
#include "image/clustered.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HEADER_BYTES 48u
#define CLUSTER_BITS_MIN 9u
#define CLUSTER_BITS_MAX 16u
/* An L2 table is between a sector and a cluster of 64 KiB. */
#define L2_BITS_MIN 6u
#define L2_BITS_MAX 13u
#define NAME_MAX_BYTES 1023u
/* Of the L1 table, as QEMU has it. */
#define L1_ENTRIES_MAX (UINT64_C(1) << 28)
#define PACKED_FLAG (UINT64_C(1) << 63)

struct qcow {
	struct mun_clustered disk;
	struct mun_source *file;
	uint64_t size;
	uint64_t l1_at;
	unsigned int cluster_bits;
	unsigned int l2_bits;
};

static bool is_version_1(struct mun_source *src, uint8_t h[HEADER_BYTES])
{
	struct mun_err e;

	return mun_peek(src, h, HEADER_BYTES, 0, &e) == 0 &&
	       memcmp(h, "QFI\xfb\0\0\0\1", 8) == 0;
}

static bool bits_fit(const uint8_t *h)
{
	return h[32] >= CLUSTER_BITS_MIN && h[32] <= CLUSTER_BITS_MAX &&
	       h[33] >= L2_BITS_MIN && h[33] <= L2_BITS_MAX;
}

static int qcow_bid(struct mun_source *src, const char *file_name)
{
	uint8_t h[HEADER_BYTES];

	(void)file_name;
	if (!is_version_1(src, h))
		return MUN_BID_NO;
	return bits_fit(h) ? MUN_BID_CHECKED : MUN_BID_MAGIC;
}

/* What the L2 entry says of the cluster that begins at @start. */
static int map_entry(const struct qcow *q, uint64_t entry, uint64_t start,
		     uint64_t in, struct mun_piece *out, struct mun_err *e)
{
	unsigned int shift = 63 - q->cluster_bits;
	uint64_t cluster = UINT64_C(1) << q->cluster_bits;

	if (entry & PACKED_FLAG) {
		out->kind = MUN_PIECE_PACKED;
		out->at = entry & ((UINT64_C(1) << shift) - 1);
		out->packed = (size_t)(entry >> shift & (cluster - 1));
		out->start = start;
		out->unpacked = (size_t)cluster;
		if (out->at >= q->file->size ||
		    out->packed > q->file->size - out->at)
			out->kind = MUN_PIECE_LOST;
		return 0;
	}
	if (!entry)
		return 0; /* absent, as it was set */
	if (entry % 512)
		return mun_fail(e, MUN_ECORRUPT,
				"cluster of byte %" PRIu64
				" at the odd place %" PRIu64,
				start, entry);
	out->kind = MUN_PIECE_DATA;
	out->at = entry + in;
	if (out->at >= q->file->size)
		out->kind = MUN_PIECE_LOST;
	else
		out->bytes = MUN_MIN(out->bytes, q->file->size - out->at);
	return 0;
}

static int qcow_map(void *ctx, struct mun_table_cursor *cur, uint64_t off,
		    struct mun_piece *out, struct mun_err *e)
{
	const struct qcow *q = ctx;
	uint64_t in = off & ((UINT64_C(1) << q->cluster_bits) - 1);
	uint64_t n = off >> q->cluster_bits;
	uint64_t covers = UINT64_C(1) << (q->cluster_bits + q->l2_bits);
	uint64_t l2 = n & ((UINT64_C(1) << q->l2_bits) - 1);
	const uint8_t *p;
	uint64_t at;
	int rc;

	*out = (struct mun_piece){ .kind = MUN_PIECE_ABSENT };
	rc = mun_table_entry(cur, 0, q->l1_at + (n >> q->l2_bits) * 8, 8, &p,
			     e);
	if (rc)
		return rc;
	at = mun_be64(p);
	out->bytes = covers - (off & (covers - 1));
	if (!at)
		return 0;
	if (at % 8 || at >> 54)
		return mun_fail(e, MUN_ECORRUPT,
				"L2 table of byte %" PRIu64
				" at the odd place %" PRIu64,
				off, at);
	rc = mun_table_entry(cur, 0, at + l2 * 8, 8, &p, e);
	if (rc)
		return rc;
	out->bytes = (UINT64_C(1) << q->cluster_bits) - in;
	return map_entry(q, mun_be64(p), off - in, in, out, e);
}

static int qcow_unpack(void *ctx, struct mun_unpacker *u,
		       const struct mun_piece *piece, uint8_t *out,
		       struct mun_err *e)
{
	const struct qcow *q = ctx;
	int rc = mun_source_pread(q->file, u->in, piece->packed, piece->at, e);

	return rc ? rc
		  : mun_unpack(u, MUN_PACKED_DEFLATE, u->in, piece->packed, out,
			       piece->unpacked, e);
}

static const struct mun_clustered_ops qcow_ops = {
	.map = qcow_map,
	.unpack = qcow_unpack,
};

static int check_header(const struct qcow *q, const uint8_t *h,
			struct mun_err *e)
{
	uint64_t covers = UINT64_C(1) << (q->cluster_bits + q->l2_bits);
	uint64_t entries;
	uint64_t end;

	if (q->size > INT64_MAX)
		return mun_fail(e, MUN_ECORRUPT, "size of %" PRIu64 " bytes",
				q->size);
	entries = q->size / covers + (q->size % covers != 0);
	if (entries > L1_ENTRIES_MAX || q->l1_at % 8 ||
	    ckd_add(&end, q->l1_at, entries * 8) || end > q->file->size)
		return mun_fail(e, MUN_ECORRUPT,
				"L1 table of %" PRIu64 " entries at byte "
				"%" PRIu64 " of a file of %" PRIu64,
				entries, q->l1_at, q->file->size);
	if (mun_be32(h + 36) > 1)
		return mun_fail(e, MUN_EUNSUPPORTED, "encryption method %u",
				mun_be32(h + 36));
	return 0;
}

/* When the backing file had last been changed. */
static int tell_time(struct mun_image *img, uint32_t seconds, struct mun_err *e)
{
	time_t t = (time_t)seconds;
	struct tm tm;
	char text[32];

	if (!seconds || !gmtime_r(&t, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return 0;
	return mun_image_fact(img, MUN_FACT_MADE, "backing file changed", e,
			      "%s", text);
}

static int open_backing(struct mun_image *img, struct qcow *q, const uint8_t *h,
			struct mun_err *e)
{
	char name[NAME_MAX_BYTES + 1] = { 0 };
	uint64_t at = mun_be64(h + 8);
	uint32_t len = mun_be32(h + 16);
	int rc;

	if (!at)
		return 0;
	if (len == 0 || len > NAME_MAX_BYTES || at > img->src->size ||
	    len > img->src->size - at)
		return mun_fail(e, MUN_ECORRUPT,
				"name of the backing file: %u bytes at "
				"%" PRIu64,
				len, at);
	rc = mun_source_pread(img->src, name, len, at, e);
	if (!rc)
		rc = tell_time(img, mun_be32(h + 20), e);
	return rc ? rc : mun_clustered_below(&q->disk, img, name, NULL, e);
}

static int qcow_open(struct mun_image *img, struct mun_err *e)
{
	uint8_t h[HEADER_BYTES];
	struct qcow *q;
	int rc;

	if (!is_version_1(img->src, h) || !bits_fit(h))
		return mun_fail(e, MUN_ECORRUPT, "no header of QCOW version 1");
	q = calloc(1, sizeof(*q));
	if (!q)
		return mun_fail_nomem(e, "QCOW image");
	img->priv = q;
	q->file = img->src;
	q->size = mun_be64(h + 24);
	q->cluster_bits = h[32];
	q->l2_bits = h[33];
	q->l1_at = mun_be64(h + 40);
	img->medium = MUN_MEDIUM_DISK;
	img->sector_bytes = 512;
	mun_image_set_mime(img, "application/x-qemu-disk");
	mun_image_variant(img, "version 1, clusters of %u bytes",
			  1u << q->cluster_bits);
	rc = check_header(q, h, e);
	if (rc)
		return rc;
	if (mun_be32(h + 36)) {
		img->bytes = img->src->size;
		mun_image_preserve_only(img, "encrypted with AES");
		return mun_image_one_track(img, e);
	}
	img->bytes = q->size;
	rc = open_backing(img, q, h, e);
	if (rc)
		return rc;
	q->disk.ops = &qcow_ops;
	q->disk.ctx = q;
	q->disk.files = &q->file;
	q->disk.nfiles = 1;
	q->disk.packed_max = (size_t)1 << q->cluster_bits;
	q->disk.unpacked_max = (size_t)1 << q->cluster_bits;
	rc = mun_clustered_ready(&q->disk, e);
	return rc ? rc : mun_image_one_track(img, e);
}

static int qcow_pread(struct mun_image *img, enum mun_view view, void *buf,
		      size_t len, uint64_t off, struct mun_err *e)
{
	struct qcow *q = img->priv;

	(void)view;
	if (img->preserved_only[0])
		return mun_source_pread(img->src, buf, len, off, e);
	return mun_clustered_pread(&q->disk, buf, len, off, e);
}

static int qcow_next_extent(struct mun_image *img, enum mun_view view,
			    uint64_t off, struct mun_extent *out,
			    struct mun_err *e)
{
	struct qcow *q = img->priv;

	(void)view;
	if (img->preserved_only[0])
		return mun_source_next_extent(img->src, off, out, e);
	return mun_clustered_extent(&q->disk, img->bytes, off, out, e);
}

static void qcow_close(struct mun_image *img)
{
	struct qcow *q = img->priv;

	if (q)
		mun_clustered_close(&q->disk);
	free(q);
}

const struct mun_image_driver mun_image_qcow = {
	.name = "qcow",
	.title = "QEMU copy-on-write disk, version 1",
	.suffixes = "qcow",
	.bid = qcow_bid,
	.open = qcow_open,
	.pread = qcow_pread,
	.next_extent = qcow_next_extent,
	.close = qcow_close,
};
