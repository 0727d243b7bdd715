/* SPDX-License-Identifier: Apache-2.0 */
/* image/cells.c - a chunk as the clusters of a disk image that is written */
#include "image/cells.h"

#include "core/check.h"
#include "image/chunk_read.h"

#include <stdlib.h>
#include <string.h>

/*
 * mun_chunk.enc: the table, then the packed forms one behind the other.  It is
 * aligned for any type (chunks.c), and nothing else is ever stored there.
 */
static size_t table_bytes(const struct mun_cells *c)
{
	return c->per_chunk * sizeof(struct mun_cell);
}

size_t mun_cells_room(const struct mun_cells *c)
{
	return table_bytes(c) + c->per_chunk * c->packed_max;
}

struct mun_cell *mun_cells_of(const struct mun_chunk *k)
{
	return (struct mun_cell *)(void *)k->enc;
}

size_t mun_cells_in(const struct mun_cells *c, const struct mun_chunk *k)
{
	return k->len / c->cell_bytes + (k->len % c->cell_bytes != 0);
}

/* The last cell of a disk, with zeros behind it. */
static int pack_padded(const struct mun_cells *c, const struct mun_chunk *k,
		       size_t at, void *scratch, uint8_t *out, size_t *len_out,
		       struct mun_err *e)
{
	mun_autofree uint8_t *whole = calloc(1, c->cell_bytes);

	if (!whole)
		return mun_fail_nomem(e, "last cluster");
	memcpy(whole, k->data + at, k->len - at);
	*len_out = c->pack(scratch, k, at, whole, c->cell_bytes, out,
			   c->packed_max);
	return 0;
}

int mun_cells_encode(const struct mun_cells *c, struct mun_chunk *k,
		     void *scratch, struct mun_err *e)
{
	struct mun_cell *cells = mun_cells_of(k);
	size_t n = mun_cells_in(c, k);
	uint8_t *to = k->enc + table_bytes(c);

	for (size_t i = 0; i < n; i++) {
		size_t at = i * c->cell_bytes;
		size_t len = MUN_MIN(c->cell_bytes, k->len - at);
		size_t packed = 0;
		int rc = 0;

		cells[i] = (struct mun_cell){ .host = MUN_CELL_NOWHERE };
		cells[i].zero = k->zero || mun_all_zeros(k->data + at, len);
		if (cells[i].zero || !c->pack)
			continue;
		if (len == c->cell_bytes)
			packed = c->pack(scratch, k, at, k->data + at, len, to,
					 c->packed_max);
		else
			rc = pack_padded(c, k, at, scratch, to, &packed, e);
		if (rc)
			return rc;
		cells[i].packed = (uint32_t)packed;
		to += packed;
	}
	k->enc_len = (size_t)(to - k->enc);
	return 0;
}

struct run {
	const uint8_t *data;
	size_t len;
	uint64_t at;
};

/* One piece more: it lengthens the run, or the run is written first. */
static int add_piece(struct mun_outfile *file, struct run *r,
		     const uint8_t *data, size_t len, uint64_t at,
		     struct mun_err *e)
{
	int rc = 0;

	if (r->len && r->data + r->len == data && r->at + r->len == at) {
		r->len += len;
		return 0;
	}
	if (r->len)
		rc = mun_outfile_write(file, r->data, r->len, r->at, e);
	*r = (struct run){ data, len, at };
	return rc;
}

int mun_cells_put(const struct mun_cells *c, const struct mun_chunk *k,
		  struct mun_outfile *file, struct mun_err *e)
{
	const struct mun_cell *cells = mun_cells_of(k);
	const uint8_t *from = k->enc + table_bytes(c);
	size_t n = mun_cells_in(c, k);
	struct run packed = { 0 };
	struct run plain = { 0 };
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++) {
		size_t at = i * c->cell_bytes;

		if (cells[i].host == MUN_CELL_NOWHERE)
			continue;
		if (cells[i].packed) {
			rc = add_piece(file, &packed, from, cells[i].packed,
				       cells[i].host, e);
			from += cells[i].packed;
		} else {
			rc = add_piece(file, &plain, k->data + at,
				       MUN_MIN(c->cell_bytes, k->len - at),
				       cells[i].host, e);
		}
	}
	if (!rc && packed.len)
		rc = mun_outfile_write(file, packed.data, packed.len, packed.at,
				       e);
	if (!rc && plain.len)
		rc = mun_outfile_write(file, plain.data, plain.len, plain.at,
				       e);
	return rc;
}
