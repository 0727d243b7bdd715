/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_vmdk_map.c - where the grains of a VMDK disk are
 *
 * Directory and tables have entries of u32, in sectors: 0 absent; in a table 1
 * zeros, where the header allows it.  A compressed grain: u64 its first sector
 * on the disk, u32 the length of the zlib stream that follows.
 */
#include "image/fmt_vmdk.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/driver.h"

#include <inttypes.h>
#include <string.h>

#define MARKER_BYTES 12u
/* Most grains are shorter: what the first read takes. */
#define FIRST_READ 32768u
/* Entries that are looked at to find out how far a piece goes. */
#define ALIKE_MAX 512u
/* Grains whose entries verify() compares: 1 TiB of them, of 64 KiB each. */
#define COMPARED_MAX (UINT64_C(1) << 24)

static const struct mun_vmdk_extent *find_extent(const struct mun_vmdk *v,
						 uint64_t sector)
{
	const struct mun_vmdk_extent *all = v->text.extents;
	size_t lo = 0;
	size_t hi = v->text.nextents;

	/* The last that begins at or before it; empty ones come before the one
	 * that holds it. */
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (all[mid].start <= sector)
			lo = mid;
		else
			hi = mid;
	}
	return &all[lo];
}

/* One entry of a directory or a table of the extent. */
static int read_entry(struct mun_table_cursor *cur,
		      const struct mun_vmdk_extent *x, uint64_t at,
		      uint32_t *out, struct mun_err *e)
{
	const uint8_t *p;
	int rc = mun_table_entry(cur, x->file, at, 4, &p, e);

	if (!rc)
		*out = mun_le32(p);
	return rc;
}

/* The entry of grain number @grain in the tables under @gd_at; 0 in *@table
 * where the whole table is absent. */
static int find_grain(struct mun_table_cursor *cur,
		      const struct mun_vmdk_extent *x, uint64_t gd_at,
		      uint64_t grain, uint32_t *table, uint32_t *out,
		      struct mun_err *e)
{
	uint64_t in = grain % x->gt_entries;
	int rc;

	*out = 0;
	rc = read_entry(cur, x, gd_at + grain / x->gt_entries * 4, table, e);
	if (rc || !*table)
		return rc;
	return read_entry(cur, x, (uint64_t)*table * MUN_VMDK_SECTOR + in * 4,
			  out, e);
}

/*
 * How many of @n entries from byte @at on are like the first, which is @entry,
 * each @step more than the one before: so that one look serves for many grains.
 */
static uint64_t count_alike(struct mun_table_cursor *cur,
			    const struct mun_vmdk_extent *x, uint64_t at,
			    uint64_t n, uint32_t entry, uint64_t step)
{
	uint64_t same = 1;
	struct mun_err e;
	uint32_t next;

	n = MUN_MIN(n, (uint64_t)ALIKE_MAX);
	while (same < n && !read_entry(cur, x, at + same * 4, &next, &e) &&
	       next == entry + same * step)
		same++;
	return same;
}

/* Of an entry that leads out of the file, or a table that does: what its copy
 * says, if that is better. */
static void ask_second(struct mun_table_cursor *cur,
		       const struct mun_vmdk_extent *x, uint64_t size,
		       uint64_t grain, uint32_t *entry, int *rc)
{
	uint32_t table;
	uint32_t other;
	struct mun_err e;

	if (!x->second_at || (*rc && *rc != MUN_ECORRUPT))
		return;
	if (!*rc && (uint64_t)*entry * MUN_VMDK_SECTOR < size)
		return;
	if (find_grain(cur, x, x->second_at, grain, &table, &other, &e) ||
	    (uint64_t)other * MUN_VMDK_SECTOR >= size)
		return;
	*entry = other;
	*rc = 0;
}

/* From byte @in of the extent to the end of @n units of @unit bytes. */
static uint64_t up_to(uint64_t in, uint64_t unit, uint64_t n)
{
	return unit * n - in % unit;
}

static int map_sparse(const struct mun_vmdk *v, struct mun_table_cursor *cur,
		      const struct mun_vmdk_extent *x, uint64_t in,
		      struct mun_piece *out, struct mun_err *e)
{
	uint64_t size = v->files[x->file]->size;
	uint64_t grain = in / x->grain;
	uint64_t number = grain / x->gt_entries;
	uint64_t left = x->gt_entries - grain % x->gt_entries;
	uint64_t at = grain % x->gt_entries * 4;
	bool packed = x->flags & MUN_VMDK_COMPRESSED;
	uint32_t table = 1;
	uint32_t entry = 0;
	uint64_t step = 0;
	uint64_t n = 1;
	int rc = find_grain(cur, x, x->gd_at, grain, &table, &entry, e);

	at += (uint64_t)table * MUN_VMDK_SECTOR;
	/* Of a table that only its copy has, nothing more is known here. */
	if (rc)
		left = 1;
	ask_second(cur, x, size, grain, &entry, &rc);
	if (rc)
		return rc;
	if (!table) {
		n = count_alike(cur, x, x->gd_at + number * 4,
				x->gd_entries - number, 0, 0);
		n = up_to(in, x->grain * x->gt_entries, n);
		out->bytes = MUN_MIN(out->bytes, n);
		return 0;
	}
	if (entry == 1 && x->flags & MUN_VMDK_ZERO_GRAINS) {
		out->kind = MUN_PIECE_ZERO;
	} else if (entry) {
		out->kind = packed ? MUN_PIECE_PACKED : MUN_PIECE_DATA;
		out->file = x->file;
		out->at = (uint64_t)entry * MUN_VMDK_SECTOR;
		step = x->grain / MUN_VMDK_SECTOR;
	}
	if (out->kind == MUN_PIECE_PACKED) {
		out->start = x->start * MUN_VMDK_SECTOR + grain * x->grain;
		out->unpacked = (size_t)x->grain;
	} else {
		if (out->kind == MUN_PIECE_DATA)
			out->at += in % x->grain;
		n = count_alike(cur, x, at, left, entry, step);
	}
	n = up_to(in, x->grain, n);
	out->bytes = MUN_MIN(out->bytes, n);
	return 0;
}

/* The file may end before what it is said to hold. */
static void cut_at_end(const struct mun_vmdk *v, struct mun_piece *p)
{
	uint64_t size;

	if (p->kind != MUN_PIECE_DATA && p->kind != MUN_PIECE_PACKED)
		return;
	size = v->files[p->file]->size;
	if (p->at >= size)
		p->kind = MUN_PIECE_LOST;
	else if (p->kind == MUN_PIECE_DATA)
		p->bytes = MUN_MIN(p->bytes, size - p->at);
}

static int vmdk_map(void *ctx, struct mun_table_cursor *cur, uint64_t off,
		    struct mun_piece *out, struct mun_err *e)
{
	const struct mun_vmdk *v = ctx;
	const struct mun_vmdk_extent *x = find_extent(v, off / MUN_VMDK_SECTOR);
	uint64_t in = off - x->start * MUN_VMDK_SECTOR;
	int rc = 0;

	*out = (struct mun_piece){
		.kind = MUN_PIECE_ABSENT,
		.bytes = x->sectors * MUN_VMDK_SECTOR - in,
	};
	switch (x->kind) {
	case MUN_VMDK_FLAT:
		out->kind = MUN_PIECE_DATA;
		out->file = x->file;
		out->at = x->flat_at * MUN_VMDK_SECTOR + in;
		break;
	case MUN_VMDK_SPARSE:
		rc = map_sparse(v, cur, x, in, out, e);
		break;
	case MUN_VMDK_ZERO:
	default:
		out->kind = MUN_PIECE_ZERO;
		break;
	}
	cut_at_end(v, out);
	return rc;
}

/* The marker and the stream into @u; its length. */
static int read_grain(const struct mun_vmdk *v, struct mun_unpacker *u,
		      const struct mun_piece *piece, uint32_t *len_out,
		      struct mun_err *e)
{
	const struct mun_vmdk_extent *x =
		find_extent(v, piece->start / MUN_VMDK_SECTOR);
	struct mun_source *src = v->files[piece->file];
	uint64_t there = src->size - piece->at;
	uint64_t sector = piece->start / MUN_VMDK_SECTOR;
	size_t got = (size_t)MUN_MIN(there, (uint64_t)FIRST_READ);
	uint64_t lba;
	uint32_t len;
	int rc;

	got = MUN_MIN(got, u->room);
	if (got < MARKER_BYTES)
		return mun_fail(e, MUN_ECORRUPT, "the file ends in a marker");
	rc = mun_source_pread(src, u->in, got, piece->at, e);
	if (rc)
		return rc;
	lba = mun_le64(u->in);
	len = mun_le32(u->in + 8);
	/* Counted from where the disk begins, or the extent. */
	if (lba != sector && lba != sector - x->start)
		return mun_fail(e, MUN_ECORRUPT,
				"a grain for sector %" PRIu64
				" where that for %" PRIu64 " should be",
				lba, sector);
	if (len == 0 || len > u->room - MARKER_BYTES ||
	    len > there - MARKER_BYTES)
		return mun_fail(e, MUN_ECORRUPT,
				"a compressed grain of %u bytes", len);
	if (len > got - MARKER_BYTES)
		rc = mun_source_pread(src, u->in + got,
				      len - (got - MARKER_BYTES),
				      piece->at + got, e);
	*len_out = len;
	return rc;
}

/* The last grain of an extent may hold only as much as the extent needs. */
static size_t needed(const struct mun_vmdk *v, const struct mun_piece *piece)
{
	const struct mun_vmdk_extent *x =
		find_extent(v, piece->start / MUN_VMDK_SECTOR);
	uint64_t end = (x->start + x->capacity) * MUN_VMDK_SECTOR;

	return (size_t)MUN_MIN((uint64_t)piece->unpacked, end - piece->start);
}

static int vmdk_unpack(void *ctx, struct mun_unpacker *u,
		       const struct mun_piece *piece, uint8_t *out,
		       struct mun_err *e)
{
	const struct mun_vmdk *v = ctx;
	size_t whole = piece->unpacked;
	size_t least = needed(v, piece);
	uint32_t len = 0;
	int rc = read_grain(v, u, piece, &len, e);

	if (rc)
		return rc;
	rc = mun_unpack(u, MUN_PACKED_ZLIB, u->in + MARKER_BYTES, len, out,
			whole, e);
	if (rc != MUN_ECORRUPT || least == whole)
		return rc;
	memset(out + least, 0, whole - least);
	return mun_unpack(u, MUN_PACKED_ZLIB, u->in + MARKER_BYTES, len, out,
			  least, e);
}

const struct mun_clustered_ops mun_vmdk_ops = {
	.map = vmdk_map,
	.unpack = vmdk_unpack,
};

/* Do both tables say the same of every grain? */
static int compare_tables(struct mun_vmdk *v, const struct mun_vmdk_extent *x,
			  bool *same, struct mun_err *e)
{
	struct mun_table_cursor one = { .tables = v->disk.tables,
					.files = v->files };
	uint64_t grains = MUN_MIN(x->gd_entries * x->gt_entries, COMPARED_MAX);
	int rc = 0;

	for (uint64_t i = 0; !rc && *same && i < grains; i++) {
		uint32_t t1 = 0;
		uint32_t t2 = 0;
		uint32_t g1 = 0;
		uint32_t g2 = 0;

		rc = find_grain(&one, x, x->gd_at, i, &t1, &g1, e);
		if (!rc)
			rc = find_grain(&one, x, x->second_at, i, &t2, &g2, e);
		*same = !rc && g1 == g2 && !t1 == !t2;
		if (!t1 && !t2)
			i += x->gt_entries - 1;
	}
	mun_table_cursor_drop(&one);
	if (rc == MUN_ECORRUPT) {
		*same = false;
		rc = 0;
	}
	return rc;
}

int mun_vmdk_verify(struct mun_image *img, struct mun_err *e)
{
	struct mun_vmdk *v = img->priv;
	bool same = true;
	int rc = 0;

	for (size_t i = 0; !rc && i < v->text.nextents; i++) {
		const struct mun_vmdk_extent *x = &v->text.extents[i];

		if (x->kind == MUN_VMDK_SPARSE && x->second_at && x->gd_at)
			rc = compare_tables(v, x, &same, e);
	}
	if (!rc)
		mun_image_settle(img, "second grain directory",
				 same ? MUN_FACT_GOOD : MUN_FACT_BAD);
	return rc;
}
