/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/cells.h - a chunk as the clusters of a disk image that is written
 *
 * For writers of formats in clusters (QCOW2, VMDK): a chunk is several of them,
 * so that a thread has enough to do.  encode() fills mun_chunk.enc with a table
 * of cells and their packed forms, place() says where each goes, put() writes
 * what lies side by side in one go.
 */
#ifndef MUN_IMAGE_CELLS_H
#define MUN_IMAGE_CELLS_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/chunks.h"
#include "image/output.h"

#define MUN_CELL_NOWHERE UINT64_MAX

struct mun_cell {
	uint64_t host; /* byte of the file; NOWHERE: only zeros, not written */
	uint32_t packed; /* bytes of its packed form; 0: as it is */
	uint32_t zero;
};

/* Pack @len bytes; how many there are at @out, 0: they do not fit in @room. */
typedef size_t mun_cell_pack_fn(void *scratch, const struct mun_chunk *c,
				size_t in, const uint8_t *data, size_t len,
				uint8_t *out, size_t room);

struct mun_cells {
	size_t cell_bytes;
	size_t per_chunk; /* cells */
	size_t packed_max; /* room for one packed cell; 0: none is packed */
	mun_cell_pack_fn *pack; /* NULL: none is packed */
};

/* Room that mun_chunks.enc_room has to have. */
size_t mun_cells_room(const struct mun_cells *c);

/* The cells of @k (which may be fewer than per_chunk): their table. */
struct mun_cell *mun_cells_of(const struct mun_chunk *k);
size_t mun_cells_in(const struct mun_cells *c, const struct mun_chunk *k);

/* Look for cells of zeros, pack the others.  The last cell of a disk is packed
 * as if zeros followed it.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_cells_encode(const struct mun_cells *c, struct mun_chunk *k,
			       void *scratch, struct mun_err *e);

/* Write all that have a place. */
MUN_CHECK int mun_cells_put(const struct mun_cells *c,
			    const struct mun_chunk *k, struct mun_outfile *file,
			    struct mun_err *e);

#endif
