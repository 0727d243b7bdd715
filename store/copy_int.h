/* SPDX-License-Identifier: Apache-2.0 */
/* store/copy_int.h - a copy from the inside: pieces, and who works on them */
#ifndef MUN_STORE_COPY_INT_H
#define MUN_STORE_COPY_INT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/source.h"
#include "store/copy.h"

enum mun_copy_state {
	MUN_PIECE_TODO,
	MUN_PIECE_WRITTEN,
	MUN_PIECE_PROVED, /* read back from the disk, and right */
};

/*
 * next, behind, err and the tally belong to the lock while the crew works;
 * the state of a piece to the thread that has taken it.
 */
struct mun_copy {
	char *from;
	char *to;
	const struct mun_tree *tree; /* NULL: one stream, sha512 */
	struct mun_digest sha512;
	bool proved; /* of a stream */
	uint8_t *state; /* enum mun_copy_state, one for each piece */
	uint8_t zero[MUN_TREE_HASH]; /* of a piece of zeros */

	struct mun_source *src;
	struct mun_source *back; /* @to, past the page cache */
	int fd; /* @to, to be written; -1: not open */
	int direct; /* the same with O_DIRECT, or -1 */
	int follow; /* to read with O_DIRECT right behind the writing, or -1 */
	bool fresh; /* @to was empty: what is not written is a hole */
	bool cloned; /* its blocks are those of @from, not yet read */

	struct mun_copy_tally *tally;
	pthread_mutex_t lock;
	uint64_t next;
	uint64_t behind;
	struct mun_err err; /* of the lowest piece that failed */
	uint64_t err_piece;
	bool err_source;
};

/* What a thread does: the lower pieces first, until nothing is left. */
typedef int mun_copy_work_fn(struct mun_copy *c, uint64_t piece, void *buf,
			     bool *source_fault, struct mun_err *e);

/**
 * mun_copy_crew() - let all processors work on the pieces in state @from
 * @trail: also prove each written piece some pieces later
 *
 * Return: 0, or the error of the lowest piece that failed.
 */
MUN_CHECK int mun_copy_crew(struct mun_copy *c, enum mun_copy_state from,
			    mun_copy_work_fn *work, bool trail,
			    struct mun_err *e);

/* Bytes of piece @i. */
size_t mun_copy_piece_bytes(const struct mun_tree *tree, uint64_t i);

/* What piece @i must hash to. */
const uint8_t *mun_copy_piece_hash(const struct mun_tree *tree, uint64_t i);

/* Is all of piece @i of @src a hole? */
MUN_CHECK int mun_copy_is_hole(const struct mun_copy *c, struct mun_source *src,
			       uint64_t i, bool *out, struct mun_err *e);

/* Hash of a piece that is read from @src through @buf; holes are not read. */
MUN_CHECK int mun_copy_hash(const struct mun_copy *c, struct mun_source *src,
			    uint64_t i, void *buf, bool *hole,
			    uint8_t out[static MUN_TREE_HASH],
			    struct mun_err *e);

/* The lock is held or no thread runs: @bytes more are in the target. */
void mun_copy_tell(struct mun_copy *c, uint64_t bytes, bool resumed);

/* A file that is only known by its SHA-512 (copy_stream.c). */
MUN_CHECK int mun_copy_stream(struct mun_copy *c, struct mun_err *e);
MUN_CHECK int mun_copy_stream_verify(struct mun_copy *c, struct mun_err *e);

#endif
