/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/tree.h - the hash tree of BitTorrent v2 (BEP 52)
 *
 * SHA-256 over leaves of 16 KiB; the layer that is kept is that of 1 MiB
 * pieces, so damage is located to a megabyte, and pieces can be verified in
 * any order, in parallel, and later.  The root is the "pieces root" that any
 * BitTorrent v2 client computes for the same bytes.
 */
#ifndef MUN_FIXITY_TREE_H
#define MUN_FIXITY_TREE_H

#include <stdint.h>

#include "core/err.h"

#define MUN_TREE_LEAF ((size_t)16384)
#define MUN_TREE_PIECE ((size_t)1 << 20)
#define MUN_TREE_HASH 32

/* Hashes of a file of @bytes bytes.  npieces = ceil(bytes / 1 MiB); with one
 * piece, pieces[0] is the root; with none (an empty file) the root is zeros,
 * as BEP 52 gives empty files no root. */
struct mun_tree {
	uint64_t bytes;
	uint64_t npieces;
	uint8_t root[MUN_TREE_HASH];
	uint8_t (*pieces)[MUN_TREE_HASH]; /* malloc'd; NULL: only the root */
};

void mun_tree_clear(struct mun_tree *t); /* frees pieces, zeroes @t */

/* How many pieces a file of @bytes bytes has. */
uint64_t mun_tree_npieces(uint64_t bytes);

struct mun_tree_builder;

/* Build from a stream. 0, MUN_ENOMEM, MUN_EUNSUPPORTED. */
MUN_CHECK int mun_tree_builder_new(struct mun_tree_builder **out,
				   struct mun_err *e);
MUN_CHECK int mun_tree_builder_update(struct mun_tree_builder *b,
				      const void *data, size_t len,
				      struct mun_err *e);
/* @out is the caller's: mun_tree_clear(). */
MUN_CHECK int mun_tree_builder_final(struct mun_tree_builder *b,
				     struct mun_tree *out, struct mun_err *e);
void mun_tree_builder_free(struct mun_tree_builder *b); /* NULL is fine */
MUN_DEFINE_FREEP(tree_builder, mun_tree_builder_free);

/**
 * mun_tree_piece() - the hash of one piece
 * @data, @len: its bytes: MUN_TREE_PIECE, fewer only for the last
 * @file_bytes: size of the whole file: one of at most a piece is padded to the
 *              next power of two of its own leaves, others to a whole piece
 *
 * Any number of threads at once.
 * Return: 0, MUN_EINVAL for a @len that cannot be, MUN_EUNSUPPORTED.
 */
MUN_CHECK int mun_tree_piece(const void *data, size_t len, uint64_t file_bytes,
			     uint8_t out[static MUN_TREE_HASH],
			     struct mun_err *e);

/* Leaves of a whole piece. */
#define MUN_TREE_LEAVES (MUN_TREE_PIECE / MUN_TREE_LEAF)

/**
 * mun_tree_leaves() - hashes of a part of a piece, for mun_tree_fold()
 * @data, @len: a whole number of leaves, but for the last part of a file
 * @nodes:      one for each leaf, the cut one too
 *
 * Return: 0, MUN_ENOMEM, MUN_EUNSUPPORTED.
 */
MUN_CHECK int mun_tree_leaves(const void *data, size_t len,
			      uint8_t (*nodes)[MUN_TREE_HASH],
			      struct mun_err *e);

/* As mun_tree_piece(), from the hashes of all its leaves, which are used up.
 * @nodes has MUN_TREE_LEAVES entries. */
MUN_CHECK int mun_tree_fold(uint8_t (*nodes)[MUN_TREE_HASH], size_t len,
			    uint64_t file_bytes,
			    uint8_t out[static MUN_TREE_HASH],
			    struct mun_err *e);

/* The root above @t's pieces, into @out. */
MUN_CHECK int mun_tree_root(const struct mun_tree *t,
			    uint8_t out[static MUN_TREE_HASH],
			    struct mun_err *e);

#endif
