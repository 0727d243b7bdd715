/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_qcow2.c - QEMU's copy-on-write format, versions 2 and 3
 *
 * Header (big-endian), by offset:
 *	 0  4  magic "QFI\xfb"		 56  4  refcount table, clusters
 *	 4  4  version			 60  4  snapshots
 *	 8  8  backing file name, at	 64  8  snapshot table, at
 *	16  4  its length		of version 3 also:
 *	20  4  bits of a cluster's size	 72  8  incompatible features
 *	24  8  virtual size in bytes	 80  8  compatible features
 *	32  4  encryption		 88  8  autoclear features
 *	36  4  L1 table, entries	 96  4  refcount bits, as a power of 2
 *	40  8  L1 table, at		100  4  header length
 *	48  8  refcount table, at	104  1  compression: 0 deflate, 1 zstd
 */
#include "image/fmt_qcow2.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/companion.h"
#include "image/driver.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_V2 72u
#define HEADER_V3 104u
#define CLUSTER_BITS_MIN 9u
#define CLUSTER_BITS_MAX 21u
#define EXTENDED_BITS_MIN 14u
#define REFCOUNT_ORDER_MAX 6u
#define SNAPSHOTS_MAX 65536u
/* As QEMU has it: 32 MiB of L1 table. */
#define L1_ENTRIES_MAX (1u << 22)

#define FEATURES_KNOWN \
	((uint64_t)(MUN_QCOW2_DIRTY | MUN_QCOW2_CORRUPT | \
		    MUN_QCOW2_DATA_FILE | MUN_QCOW2_COMPRESSION | \
		    MUN_QCOW2_EXTENDED_L2))

static bool has_magic(const uint8_t *h)
{
	return memcmp(h, "QFI\xfb\0\0\0", 7) == 0 && (h[7] == 2 || h[7] == 3);
}

static int qcow2_bid(struct mun_source *src, const char *file_name)
{
	uint8_t h[HEADER_V2];
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, h, sizeof(h), 0, &e) || !has_magic(h))
		return MUN_BID_NO;
	if (mun_be32(h + 20) < CLUSTER_BITS_MIN ||
	    mun_be32(h + 20) > CLUSTER_BITS_MAX)
		return MUN_BID_MAGIC;
	return MUN_BID_CHECKED;
}

static int read_version_3(const uint8_t *h, struct mun_qcow2 *q,
			  struct mun_err *e)
{
	q->incompatible = mun_be64(h + 72);
	q->autoclear = mun_be64(h + 88);
	q->refcount_order = mun_be32(h + 96);
	q->header_bytes = mun_be32(h + 100);
	if (q->header_bytes < HEADER_V3 || q->header_bytes % 8 ||
	    q->header_bytes > UINT32_C(1) << q->cluster_bits)
		return mun_fail(e, MUN_ECORRUPT, "header of %u bytes",
				q->header_bytes);
	if (q->incompatible & ~FEATURES_KNOWN)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"features %#" PRIx64 " that nobody knew when "
				"this was written",
				q->incompatible & ~FEATURES_KNOWN);
	if (!(q->incompatible & MUN_QCOW2_COMPRESSION))
		return 0;
	if (q->header_bytes <= HEADER_V3 || h[104] > 1)
		return mun_fail(e, MUN_EUNSUPPORTED, "compression type %u",
				q->header_bytes > HEADER_V3 ? h[104] : 0u);
	if (h[104] == 1)
		q->packing = MUN_PACKED_ZSTD;
	return 0;
}

static int check_l1(struct mun_source *src, const struct mun_qcow2 *q,
		    struct mun_err *e)
{
	unsigned int entry_bits =
		q->incompatible & MUN_QCOW2_EXTENDED_L2 ? 4 : 3;
	unsigned int covers = 2 * q->cluster_bits - entry_bits;
	uint64_t needed = q->size >> covers;
	uint64_t end;

	if (q->size > INT64_MAX)
		return mun_fail(e, MUN_ECORRUPT, "size of %" PRIu64 " bytes",
				q->size);
	needed += q->size > needed << covers;
	if (q->l1_entries > L1_ENTRIES_MAX || q->l1_entries < needed)
		return mun_fail(e, MUN_ECORRUPT,
				"L1 table of %u entries, the disk needs "
				"%" PRIu64,
				q->l1_entries, needed);
	if (needed == 0)
		return 0;
	if (q->l1_at % (UINT64_C(1) << q->cluster_bits) ||
	    ckd_add(&end, q->l1_at, needed * 8) || end > src->size)
		return mun_fail(e, MUN_ECORRUPT,
				"L1 table at byte %" PRIu64
				" of a file of %" PRIu64,
				q->l1_at, src->size);
	return 0;
}

int mun_qcow2_header(struct mun_source *src, struct mun_qcow2 *q,
		     struct mun_err *e)
{
	uint8_t h[MUN_QCOW2_HEADER_MAX];
	int rc = mun_peek(src, h, sizeof(h), 0, e);

	if (rc)
		return rc;
	if (!has_magic(h) || src->size < HEADER_V2)
		return mun_fail(e, MUN_ECORRUPT, "no header of QCOW2");
	q->version = mun_be32(h + 4);
	q->backing_at = mun_be64(h + 8);
	q->backing_len = mun_be32(h + 16);
	q->cluster_bits = mun_be32(h + 20);
	q->size = mun_be64(h + 24);
	q->crypt = mun_be32(h + 32);
	q->l1_entries = mun_be32(h + 36);
	q->l1_at = mun_be64(h + 40);
	q->snapshots = mun_be32(h + 60);
	q->snapshots_at = mun_be64(h + 64);
	q->refcount_order = 4;
	q->header_bytes = HEADER_V2;
	q->packing = MUN_PACKED_DEFLATE;
	if (q->cluster_bits < CLUSTER_BITS_MIN ||
	    q->cluster_bits > CLUSTER_BITS_MAX)
		return mun_fail(e, MUN_ECORRUPT, "clusters of 2^%u bytes",
				q->cluster_bits);
	if (q->version == 3)
		rc = read_version_3(h, q, e);
	if (rc)
		return rc;
	if (q->refcount_order > REFCOUNT_ORDER_MAX)
		return mun_fail(e, MUN_ECORRUPT, "refcounts of 2^%u bits",
				q->refcount_order);
	if (q->incompatible & MUN_QCOW2_EXTENDED_L2 &&
	    q->cluster_bits < EXTENDED_BITS_MIN)
		return mun_fail(e, MUN_ECORRUPT,
				"subclusters in clusters of 2^%u bytes",
				q->cluster_bits);
	if (q->snapshots > SNAPSHOTS_MAX)
		return mun_fail(e, MUN_ECORRUPT, "%u snapshots", q->snapshots);
	return check_l1(src, q, e);
}

static void tell_variant(struct mun_image *img, const struct mun_qcow2 *q)
{
	uint32_t cluster = UINT32_C(1) << q->cluster_bits;

	img->medium = MUN_MEDIUM_DISK;
	img->sector_bytes = 512;
	mun_image_set_mime(img, "application/x-qemu-disk");
	mun_image_variant(img, "version %u", q->version);
	if (cluster >= 1024)
		mun_image_variant(img, "clusters of %u KiB", cluster / 1024);
	else
		mun_image_variant(img, "clusters of %u bytes", cluster);
	if (q->packing == MUN_PACKED_ZSTD)
		mun_image_variant(img, "zstd");
	if (q->incompatible & MUN_QCOW2_EXTENDED_L2)
		mun_image_variant(img, "subclusters");
	if (q->incompatible & MUN_QCOW2_DATA_FILE)
		mun_image_variant(img, "data in another file");
	if (q->incompatible & MUN_QCOW2_CORRUPT)
		mun_image_note(img, "marked corrupt by the program that had it "
				    "last");
	if (q->incompatible & MUN_QCOW2_DIRTY)
		mun_image_note(img, "was not closed properly: its reference "
				    "counts may be wrong");
}

/* Names that QEMU gives to formats, and ours. */
static const char *format_of(const char *name)
{
	static const char *const names[][2] = {
		{ "raw", "raw" },   { "qcow", "qcow" }, { "qcow2", "qcow2" },
		{ "vmdk", "vmdk" }, { "vdi", "vdi" },   { "vpc", "vhd" },
		{ "vhdx", "vhdx" },
	};

	for (size_t i = 0; i < MUN_COUNT(names); i++)
		if (strcmp(names[i][0], name) == 0)
			return names[i][1];
	return NULL;
}

static int open_backing(struct mun_image *img, struct mun_qcow2 *q,
			struct mun_err *e)
{
	char name[MUN_QCOW2_NAME_MAX + 1] = { 0 };
	int rc;

	if (!q->backing_at)
		return 0;
	if (q->backing_len == 0 || q->backing_len > MUN_QCOW2_NAME_MAX ||
	    q->backing_at > img->src->size ||
	    q->backing_len > img->src->size - q->backing_at)
		return mun_fail(e, MUN_ECORRUPT,
				"name of the backing file: %u bytes at "
				"%" PRIu64,
				q->backing_len, q->backing_at);
	rc = mun_source_pread(img->src, name, q->backing_len, q->backing_at, e);
	if (rc)
		return rc;
	if (strncmp(name, "json:", 5) == 0 && !img->parent)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the backing file is described in JSON: give "
				"it as the parent");
	if (!img->parent && !format_of(q->backing_format))
		mun_image_note(img, "the backing file's format was found out "
				    "from its content");
	return mun_clustered_below(&q->disk, img, name,
				   format_of(q->backing_format), e);
}

/* The clusters may be in another file; the tables are always in this one. */
static int open_data_file(struct mun_image *img, struct mun_qcow2 *q,
			  struct mun_err *e)
{
	int rc;

	q->files[0] = img->src;
	q->files[1] = img->src;
	if (!(q->incompatible & MUN_QCOW2_DATA_FILE))
		return 0;
	if (!q->data_file[0])
		return mun_fail(e, MUN_ECORRUPT,
				"the data is in another file, which is not "
				"named");
	rc = mun_image_part(img, q->data_file, "data file", e);
	if (rc)
		return rc;
	rc = mun_companion_open(img->companions, q->data_file, &q->files[1], e);
	q->owns_data_file = rc == 0;
	return rc ? mun_ctx(e, "data file") : 0;
}

static int make_ready(struct mun_image *img, struct mun_qcow2 *q,
		      struct mun_err *e)
{
	size_t cluster = (size_t)1 << q->cluster_bits;
	int rc;

	img->bytes = q->size;
	rc = open_data_file(img, q, e);
	if (!rc)
		rc = open_backing(img, q, e);
	if (rc)
		return rc;
	q->disk.ops = &mun_qcow2_ops;
	q->disk.ctx = q;
	q->disk.files = q->files;
	q->disk.nfiles = 2;
	/* An entry can say one cluster more than a cluster holds. */
	q->disk.packed_max = 2 * cluster;
	q->disk.unpacked_max = cluster;
	rc = mun_clustered_ready(&q->disk, e);
	return rc ? rc : mun_image_one_track(img, e);
}

static int qcow2_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_qcow2 *q = calloc(1, sizeof(*q));
	int rc;

	if (!q)
		return mun_fail_nomem(e, "QCOW2 image");
	img->priv = q;
	rc = mun_qcow2_header(img->src, q, e);
	if (rc)
		return rc;
	tell_variant(img, q);
	rc = mun_qcow2_extensions(img, q, e);
	if (!rc)
		rc = mun_qcow2_snapshots(img, q, e);
	if (rc)
		return rc;
	if (q->crypt > 2)
		return mun_fail(e, MUN_EUNSUPPORTED, "encryption method %u",
				q->crypt);
	if (!q->crypt)
		return make_ready(img, q, e);
	img->bytes = img->src->size;
	mun_image_preserve_only(img, "encrypted with %s",
				q->crypt == 1 ? "AES" : "LUKS");
	return mun_image_one_track(img, e);
}

static int qcow2_pread(struct mun_image *img, enum mun_view view, void *buf,
		       size_t len, uint64_t off, struct mun_err *e)
{
	struct mun_qcow2 *q = img->priv;

	(void)view;
	if (img->preserved_only[0])
		return mun_source_pread(img->src, buf, len, off, e);
	return mun_clustered_pread(&q->disk, buf, len, off, e);
}

static int qcow2_next_extent(struct mun_image *img, enum mun_view view,
			     uint64_t off, struct mun_extent *out,
			     struct mun_err *e)
{
	struct mun_qcow2 *q = img->priv;

	(void)view;
	if (img->preserved_only[0])
		return mun_source_next_extent(img->src, off, out, e);
	return mun_clustered_extent(&q->disk, img->bytes, off, out, e);
}

static void qcow2_close(struct mun_image *img)
{
	struct mun_qcow2 *q = img->priv;

	if (!q)
		return;
	mun_clustered_close(&q->disk);
	if (q->owns_data_file)
		mun_source_close(q->files[1]);
	free(q);
}

const struct mun_image_driver mun_image_qcow2 = {
	.name = "qcow2",
	.title = "QEMU copy-on-write disk, version 2 and 3",
	.suffixes = "qcow2 qcow",
	.bid = qcow2_bid,
	.open = qcow2_open,
	.pread = qcow2_pread,
	.next_extent = qcow2_next_extent,
	.close = qcow2_close,
};
