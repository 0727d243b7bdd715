/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/verify.h - what audit.c and verify.c share; for this folder only */
#ifndef MUN_FIXITY_VERIFY_H
#define MUN_FIXITY_VERIFY_H

#include "core/err.h"
#include "core/source.h"
#include "fixity/tree.h"

/* Bytes of piece @piece < npieces of a file of @file_bytes bytes. */
size_t mun_verify_piece_bytes(uint64_t file_bytes, uint64_t piece);

/**
 * mun_verify_piece() - read one piece and hash it
 * @buf: MUN_TREE_PIECE bytes, aligned to MUN_IO_ALIGN
 *
 * Return: 0; the source's error; what mun_tree_piece() returns.
 */
MUN_CHECK int mun_verify_piece(struct mun_source *src,
			       const struct mun_tree *tree, uint64_t piece,
			       void *buf, uint8_t actual[static MUN_TREE_HASH],
			       struct mun_err *e);

/* A buffer for it: free(); NULL when memory is out. */
void *mun_verify_buffer(void);

#define MUN_VERIFY_THREADS_MAX 256u

/* @wanted, or as many as this process may use processors, or 8 if these are
 * fewer; MUN_VERIFY_THREADS_MAX at most. */
unsigned int mun_verify_threads(unsigned int wanted);

/**
 * mun_verify_crew() - run @work(@ctx) in @threads threads and wait for all
 *
 * The caller is one of them, so where the system gives fewer threads the work
 * is still done, more slowly.
 */
void mun_verify_crew(unsigned int threads, void (*work)(void *ctx), void *ctx);

#endif
