/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_qed.c - QED, the enhanced disk of QEMU
 *
 * docs/interop/qed_spec of QEMU; little endian
 *
 *	  0 "QED\0"	4 u32 cluster size	8 u32 clusters of a table
 *	 12 u32 clusters of the header	16 u64 features
 *	 24 u64 compatible features	32 u64 features to be cleared
 *	 40 u64 first table	48 u64 disk size
 *	 56 u32 backing file's name	60 u32 ... its length
 * tables: u64 place of a table or a cluster; 0: not there; of a cluster 1:
 * zeros
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/driver.h"
#include "image/pieces.h"
#include "image/slots.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 64u
#define HAS_BACKING 1u
#define NEED_CHECK 2u
#define BACKING_IS_RAW 4u
#define FEATURES (HAS_BACKING | NEED_CHECK | BACKING_IS_RAW)
#define NAME_MAX_BYTES 1023u

struct qed {
	uint32_t cluster_bytes;
	uint32_t table_clusters;
	uint32_t header_clusters;
	uint64_t features;
	uint64_t l1; /* byte in the file */
	uint64_t bytes;
	uint64_t entries; /* of a table */
	struct mun_slots *words; /* the file as u64, for tables anywhere */
	struct mun_image *backing; /* owned; NULL: none, or the user's */
	struct mun_pieces pieces;
};

static bool is_power(uint32_t v, uint32_t min, uint32_t max)
{
	return v >= min && v <= max && (v & (v - 1)) == 0;
}

static void parse(struct qed *q, const uint8_t *h)
{
	q->cluster_bytes = mun_le32(h + 4);
	q->table_clusters = mun_le32(h + 8);
	q->header_clusters = mun_le32(h + 12);
	q->features = mun_le64(h + 16);
	q->l1 = mun_le64(h + 40);
	q->bytes = mun_le64(h + 48);
	q->entries = (uint64_t)q->cluster_bytes * q->table_clusters / 8;
}

static int check_header(const struct qed *q, struct mun_err *e)
{
	uint64_t per_table, reach;

	if (q->features & ~(uint64_t)FEATURES)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"features %#" PRIx64 ", of which some are not "
				"known",
				q->features);
	if (!is_power(q->cluster_bytes, 4096, 1u << 26) ||
	    !is_power(q->table_clusters, 1, 16))
		return mun_fail(e, MUN_ECORRUPT,
				"clusters of %" PRIu32 " bytes, tables of "
				"%" PRIu32 " clusters",
				q->cluster_bytes, q->table_clusters);
	if (q->l1 % q->cluster_bytes || q->l1 == 0)
		return mun_fail(e, MUN_ECORRUPT,
				"the first table at byte %" PRIu64, q->l1);
	/* What all tables reach is more than 64 bits tell: then it is enough. */
	if (ckd_mul(&per_table, q->entries, q->cluster_bytes) ||
	    ckd_mul(&reach, per_table, q->entries))
		reach = INT64_MAX;
	if (q->bytes > MUN_MIN(reach, (uint64_t)INT64_MAX))
		return mun_fail(e, MUN_ECORRUPT,
				"a disk of %" PRIu64 " bytes, of which the "
				"tables reach %" PRIu64,
				q->bytes, reach);
	return 0;
}

static int qed_bid(struct mun_source *src, const char *file_name)
{
	uint8_t h[HEADER];
	struct qed q = { .l1 = 0 };
	struct mun_err e;

	(void)file_name;
	if (mun_peek(src, h, sizeof(h), 0, &e) || memcmp(h, "QED", 4) != 0)
		return MUN_BID_NO;
	parse(&q, h);
	return check_header(&q, &e) ? MUN_BID_MAGIC : MUN_BID_CHECKED;
}

/* Entry @i of the table at byte @table, which must be a cluster's beginning. */
static int entry(const struct qed *q, uint64_t table, uint64_t i,
		 uint64_t *value, struct mun_err *e)
{
	int rc;

	if (table % q->cluster_bytes)
		return mun_fail(e, MUN_ECORRUPT, "a table at byte %" PRIu64,
				table);
	rc = mun_slots_get(q->words, table / 8 + i, value, e);
	return rc ? mun_ctx(e, "table at byte %" PRIu64, table) : 0;
}

static int find_cluster(void *ctx, uint64_t off, struct mun_piece *out,
			struct mun_err *e)
{
	const struct qed *q = ctx;
	uint64_t cluster = off / q->cluster_bytes;
	uint64_t in = off % q->cluster_bytes;
	uint64_t i = cluster % q->entries;
	uint64_t table, place;
	uint64_t run = 1;
	int rc;

	out->kind = MUN_PIECE_PARENT;
	rc = entry(q, q->l1, cluster / q->entries, &table, e);
	if (rc)
		return rc;
	if (table == 0) {
		/* A whole table missing: up to the end of what it would tell. */
		out->bytes = (q->entries - i) * q->cluster_bytes - in;
		return 0;
	}
	rc = entry(q, table, i, &place, e);
	if (!rc && place <= 1)
		rc = mun_slots_run(q->words, table / 8 + i, &run, e);
	if (rc)
		return rc;
	/* What follows the table may look like it. */
	out->bytes = MUN_MIN(run, q->entries - i) * q->cluster_bytes - in;
	if (place == 1) {
		out->kind = MUN_PIECE_ZERO;
	} else if (place) {
		if (place % q->cluster_bytes)
			return mun_fail(e, MUN_ECORRUPT,
					"cluster %" PRIu64 " at byte %" PRIu64,
					cluster, place);
		out->kind = MUN_PIECE_FILE;
		out->off = place + in;
	}
	return 0;
}

static int open_backing(struct mun_image *img, struct qed *q, const uint8_t *h,
			struct mun_err *e)
{
	uint32_t at = mun_le32(h + 56);
	uint32_t len = mun_le32(h + 60);
	bool raw = q->features & BACKING_IS_RAW;
	char name[NAME_MAX_BYTES + 1];
	int rc;

	if (len == 0 || len > NAME_MAX_BYTES || at > img->src->size ||
	    len > img->src->size - at)
		return mun_fail(e, MUN_ECORRUPT,
				"the backing file's name: %" PRIu32
				" bytes at byte %" PRIu32,
				len, at);
	rc = mun_source_pread(img->src, name, len, at, e);
	if (rc)
		return rc;
	name[len] = '\0';
	rc = mun_image_fact_bytes(img, MUN_FACT_PARENT, "name", name, len, e);
	if (rc)
		return rc;
	q->pieces.parent = img->parent;
	if (img->parent)
		return 0;
	rc = mun_image_open_named(img, name, raw ? "raw" : NULL, &q->backing,
				  e);
	if (rc)
		return mun_ctx(e, "the backing file");
	q->pieces.parent = q->backing;
	return 0;
}

static void tell(struct mun_image *img, const struct qed *q)
{
	img->medium = MUN_MEDIUM_DISK;
	img->sector_bytes = 512;
	img->bytes = q->bytes;
	mun_image_set_mime(img, "application/x-qed-disk");
	if (q->features & HAS_BACKING)
		mun_image_variant(img, "with a backing file");
	if (q->features & NEED_CHECK)
		mun_image_note(img, "was in use when it was copied: it may not "
				    "be consistent");
}

static int qed_open(struct mun_image *img, struct mun_err *e)
{
	struct qed *q = calloc(1, sizeof(*q));
	uint8_t h[HEADER];
	int rc;

	if (!q)
		return mun_fail_nomem(e, "QED");
	img->priv = q;
	rc = mun_peek(img->src, h, sizeof(h), 0, e);
	if (!rc && memcmp(h, "QED", 4) != 0)
		rc = mun_fail(e, MUN_ECORRUPT, "no magic of QED");
	if (rc)
		return rc;
	parse(q, h);
	q->pieces = (struct mun_pieces){ .src = img->src,
					 .find = find_cluster,
					 .ctx = q };
	rc = check_header(q, e);
	if (rc)
		return rc;
	tell(img, q);
	rc = mun_slots_new(img->src, 0, img->src->size / 8, MUN_SLOT_LE64,
			   &q->words, e);
	if (!rc && q->features & HAS_BACKING)
		rc = open_backing(img, q, h, e);
	return rc ? rc : mun_image_one_track(img, e);
}

static int qed_pread(struct mun_image *img, enum mun_view view, void *buf,
		     size_t len, uint64_t off, struct mun_err *e)
{
	const struct qed *q = img->priv;

	(void)view;
	return mun_pieces_pread(&q->pieces, buf, len, off, e);
}

static int qed_next_extent(struct mun_image *img, enum mun_view view,
			   uint64_t off, struct mun_extent *out,
			   struct mun_err *e)
{
	const struct qed *q = img->priv;

	(void)view;
	return mun_pieces_extent(&q->pieces, off, q->bytes, out, e);
}

static void qed_close(struct mun_image *img)
{
	struct qed *q = img->priv;

	if (!q)
		return;
	mun_image_free(q->backing);
	mun_slots_free(q->words);
	free(q);
}

const struct mun_image_driver mun_image_qed = {
	.name = "qed",
	.title = "QED, QEMU enhanced disk",
	.suffixes = "qed",
	.bid = qed_bid,
	.open = qed_open,
	.pread = qed_pread,
	.next_extent = qed_next_extent,
	.close = qed_close,
};
