/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_qcow2_map.c - where the clusters of a QCOW2 image are
 *
 * L1 entry: bits 9-55 where its L2 table is, bit 63 used once.
 * L2 entry: bit 62 clear: bits 9-55 where the cluster is, bit 0 reads as zeros
 * (version 3), bit 63 used once.  Bit 62 set: with x = 62 - (cluster_bits - 8),
 * bits 0 to x-1 the byte where the packed form begins, the others the number
 * of sectors of 512 that it touches, less one.  Subclusters: a second u64; of
 * each of the 32, bit i: it is there, bit 32+i: it reads as zeros.
 */
#include "image/fmt_qcow2.h"

#include "core/bytes.h"
#include "core/check.h"

#include <inttypes.h>

#define OFFSET_MASK UINT64_C(0x00fffffffffffe00)
#define L1_RESERVED UINT64_C(0x7f000000000001ff)
#define L2_RESERVED UINT64_C(0x3f000000000001fe)
#define ONCE (UINT64_C(1) << 63)
#define PACKED (UINT64_C(1) << 62)
#define ZERO UINT64_C(1)
#define SUBCLUSTERS 32u

struct entry {
	uint64_t start; /* byte of the disk where the cluster begins */
	uint64_t in; /* byte of the cluster that is asked for */
	uint64_t word;
	uint64_t bitmap;
};

static int bad_entry(const struct entry *n, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT,
			"entry %#" PRIx64 " for the cluster of byte %" PRIu64,
			n->word, n->start);
}

static int map_packed(const struct mun_qcow2 *q, const struct entry *n,
		      struct mun_piece *out, struct mun_err *e)
{
	unsigned int x = 62 - (q->cluster_bits - 8);
	uint64_t size = q->files[0]->size;
	uint64_t sectors;

	if (q->incompatible & MUN_QCOW2_DATA_FILE || n->bitmap)
		return bad_entry(n, e);
	sectors = (n->word & (PACKED - 1)) >> x;
	out->kind = MUN_PIECE_PACKED;
	out->file = 0;
	out->at = n->word & ((UINT64_C(1) << x) - 1);
	out->start = n->start;
	out->unpacked = (size_t)1 << q->cluster_bits;
	out->packed = (size_t)((sectors + 1) * 512 - out->at % 512);
	if (out->at >= size)
		out->kind = MUN_PIECE_LOST;
	else
		out->packed =
			(size_t)MUN_MIN((uint64_t)out->packed, size - out->at);
	return 0;
}

/* Of the subcluster asked for and those after it that are alike. */
static int pick_subclusters(const struct mun_qcow2 *q, const struct entry *n,
			    bool there, struct mun_piece *out,
			    struct mun_err *e)
{
	unsigned int bits = q->cluster_bits - 5;
	unsigned int i = (unsigned int)(n->in >> bits);
	uint64_t both = UINT64_C(1) << (SUBCLUSTERS + i) | UINT64_C(1) << i;
	uint64_t like = n->bitmap >> i & UINT64_C(0x100000001);

	if ((n->bitmap & both) == both || (like & 1 && !there))
		return bad_entry(n, e);
	out->kind = like & 1 ? MUN_PIECE_DATA
		    : like   ? MUN_PIECE_ZERO
			     : MUN_PIECE_ABSENT;
	do
		i++;
	while (i < SUBCLUSTERS &&
	       (n->bitmap >> i & UINT64_C(0x100000001)) == like);
	out->bytes = ((uint64_t)i << bits) - n->in;
	return 0;
}

static int map_plain(const struct mun_qcow2 *q, const struct entry *n,
		     struct mun_piece *out, struct mun_err *e)
{
	bool extended = q->incompatible & MUN_QCOW2_EXTENDED_L2;
	uint64_t host = n->word & OFFSET_MASK;
	uint64_t size = q->files[1]->size;
	/* Only a file of nothing but data can have some at its first byte. */
	bool there = host ||
		     (q->incompatible & MUN_QCOW2_DATA_FILE && n->word & ONCE);
	int rc;

	if (n->word & L2_RESERVED ||
	    host & ((UINT64_C(1) << q->cluster_bits) - 1) ||
	    (n->word & ZERO && (extended || q->version < 3)))
		return bad_entry(n, e);
	out->kind = n->word & ZERO ? MUN_PIECE_ZERO
		    : there        ? MUN_PIECE_DATA
				   : MUN_PIECE_ABSENT;
	if (extended) {
		rc = pick_subclusters(q, n, there, out, e);
		if (rc)
			return rc;
	}
	if (out->kind != MUN_PIECE_DATA)
		return 0;
	out->file = 1;
	out->at = host + n->in;
	if (out->at >= size)
		out->kind = MUN_PIECE_LOST;
	else
		out->bytes = MUN_MIN(out->bytes, size - out->at);
	return 0;
}

static int qcow2_map(void *ctx, struct mun_table_cursor *cur, uint64_t off,
		     struct mun_piece *out, struct mun_err *e)
{
	const struct mun_qcow2 *q = ctx;
	unsigned int entry_bits =
		q->incompatible & MUN_QCOW2_EXTENDED_L2 ? 4 : 3;
	unsigned int l2_bits = q->cluster_bits - entry_bits;
	uint64_t cluster = UINT64_C(1) << q->cluster_bits;
	uint64_t number = off >> q->cluster_bits;
	struct entry n = { .in = off & (cluster - 1) };
	uint64_t covers = cluster << l2_bits;
	const uint8_t *p;
	uint64_t l2;
	int rc;

	n.start = off - n.in;
	*out = (struct mun_piece){ .kind = MUN_PIECE_ABSENT };
	rc = mun_table_entry(cur, 0, q->l1_at + (number >> l2_bits) * 8, 8, &p,
			     e);
	if (rc)
		return rc;
	l2 = mun_be64(p);
	if (l2 & L1_RESERVED || (l2 & OFFSET_MASK) % cluster)
		return mun_fail(e, MUN_ECORRUPT,
				"L1 entry %#" PRIx64 " for byte %" PRIu64, l2,
				off);
	l2 &= OFFSET_MASK;
	out->bytes = covers - (off & (covers - 1));
	if (!l2)
		return 0;
	l2 += (number & ((UINT64_C(1) << l2_bits) - 1)) << entry_bits;
	rc = mun_table_entry(cur, 0, l2, (size_t)1 << entry_bits, &p, e);
	if (rc)
		return rc;
	n.word = mun_be64(p);
	n.bitmap = entry_bits == 4 ? mun_be64(p + 8) : 0;
	out->bytes = cluster - n.in;
	return n.word & PACKED ? map_packed(q, &n, out, e)
			       : map_plain(q, &n, out, e);
}

static int qcow2_unpack(void *ctx, struct mun_unpacker *u,
			const struct mun_piece *piece, uint8_t *out,
			struct mun_err *e)
{
	const struct mun_qcow2 *q = ctx;
	int rc;

	rc = mun_source_pread(q->files[0], u->in, piece->packed, piece->at, e);
	return rc ? rc
		  : mun_unpack(u, q->packing, u->in, piece->packed, out,
			       piece->unpacked, e);
}

const struct mun_clustered_ops mun_qcow2_ops = {
	.map = qcow2_map,
	.unpack = qcow2_unpack,
};
