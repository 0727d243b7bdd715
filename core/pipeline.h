/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/pipeline.h - one reader, any number of stages, each in its own thread
 *
 * The reader fills blocks of a ring; every stage sees every block, in order.
 * Memory is nblocks * block_bytes whatever the size of the medium.  The first
 * error stops all and is returned with the stage's name and the offset.
 * mun_cancelled() stops it with MUN_ECANCELLED.
 */
#ifndef MUN_CORE_PIPELINE_H
#define MUN_CORE_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct mun_block {
	uint8_t *data; /* aligned to MUN_IO_ALIGN */
	uint64_t off; /* bytes from the start of the medium */
	size_t len; /* bytes; block_bytes but for the last block */
	bool hole; /* all zeros, and not allocated in the source */
};

/* Fill @b (data, and set len and hole; off is set). len 0 ends the stream. */
typedef int mun_pipe_fill_fn(void *ctx, struct mun_block *b, struct mun_err *e);

struct mun_stage {
	const char *name; /* for errors: "sha256", "write" */
	/* Blocks arrive in order, without gaps; @b is only lent. */
	int (*take)(void *ctx, const struct mun_block *b, struct mun_err *e);
	void *ctx;
};

#define MUN_PIPE_BLOCK ((size_t)1 << 20)

/**
 * mun_pipe_run() - run the stream to its end
 * @block_bytes: a multiple of MUN_IO_ALIGN
 * @nblocks:     at least 2
 *
 * A medium that fits in one block is handed to the stages in turn, with no
 * thread started.
 * Return: 0; the first error of the reader or a stage; MUN_ECANCELLED;
 * MUN_ENOMEM; MUN_EIO if a thread cannot be started.  In every case all
 * threads have ended.
 */
MUN_CHECK int mun_pipe_run(mun_pipe_fill_fn *fill, void *fill_ctx,
			   const struct mun_stage *stages, size_t nstages,
			   size_t block_bytes, size_t nblocks,
			   struct mun_err *e);

#endif
