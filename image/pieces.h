/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/pieces.h - a disk that lies in pieces: in the file, in its parent, or
 * nowhere
 *
 * A driver of a sparse format says where one byte lies and how far that goes;
 * reading and the extents follow from it.
 */
#ifndef MUN_IMAGE_PIECES_H
#define MUN_IMAGE_PIECES_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/image.h"

enum mun_piece_kind {
	MUN_PIECE_FILE,
	MUN_PIECE_PARENT,
	MUN_PIECE_HOLE, /* not allocated */
	MUN_PIECE_ZERO, /* zeros, and the format says so */
};

struct mun_piece {
	enum mun_piece_kind kind;
	uint64_t off; /* bytes into the file, of MUN_PIECE_FILE */
	uint64_t bytes; /* from the byte that was asked for; never 0 */
};

struct mun_pieces {
	struct mun_source *src; /* borrowed */
	struct mun_image *parent; /* borrowed; NULL: a hole */
	/* Where byte @off of the disk lies.  Called by several threads. */
	int (*find)(void *ctx, uint64_t off, struct mun_piece *out,
		    struct mun_err *e);
	void *ctx;
};

/* As mun_image_driver.pread(); MUN_ECORRUPT for a piece outside the file. */
MUN_CHECK int mun_pieces_pread(const struct mun_pieces *p, void *buf,
			       size_t len, uint64_t off, struct mun_err *e);

/* As mun_image_driver.next_extent(), of a disk of @size bytes.  A bounded number
 * of lookups: of a long extent it tells a part. */
MUN_CHECK int mun_pieces_extent(const struct mun_pieces *p, uint64_t off,
				uint64_t size, struct mun_extent *out,
				struct mun_err *e);

#endif
