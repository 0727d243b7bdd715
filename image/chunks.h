/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/chunks.h - an image chunk by chunk: decoded, encoded and written by
 * several threads, placed in order
 *
 *   read, look for zeros, encode    each thread by itself, on its own chunk
 *   place                           one thread at a time, in order of offset
 *   put                             each thread by itself again
 *
 * so the output does not depend on the number of threads.  Memory is that of a
 * chunk and its encoded form, up to three times for each thread; for many
 * threads 128 MiB in all, or once for each.
 */
#ifndef MUN_IMAGE_CHUNKS_H
#define MUN_IMAGE_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/log.h"
#include "image/image.h"

struct mun_chunk {
	uint64_t number; /* from 0 */
	uint64_t off; /* bytes into the view */
	size_t len; /* chunk_bytes, but for the last */
	bool zero; /* nothing but zeros; @data holds them all the same */
	bool unreadable; /* some of it is */
	const uint8_t *data;
	/* For encode(): room of @room bytes, and what it made of it. */
	uint8_t *enc;
	size_t room;
	size_t enc_len; /* 0: not encoded */
	void *scratch; /* of this thread, from scratch_new() */
	/* For place(): where and what put() is to write; UINT64_MAX: nothing.
	 * place() may also point @out elsewhere (to @enc). */
	uint64_t out_off;
	const uint8_t *out;
	size_t out_len;
	uint64_t tag; /* the caller's */
};

struct mun_chunks_ops {
	/* Per thread; NULL: none. */
	int (*scratch_new)(void *ctx, void **out, struct mun_err *e);
	void (*scratch_free)(void *ctx, void *scratch);
	/* NULL: nothing to encode.  Not called for a chunk of zeros unless
	 * encode_zeros. */
	int (*encode)(void *ctx, struct mun_chunk *c, struct mun_err *e);
	/* In order; NULL: out = data at the same offset, zeros left out. */
	int (*place)(void *ctx, struct mun_chunk *c, struct mun_err *e);
	/* NULL: mun_outfile_write(file, out, out_len, out_off). */
	int (*put)(void *ctx, const struct mun_chunk *c, struct mun_err *e);
};

struct mun_outfile;

struct mun_chunks {
	struct mun_image *img;
	enum mun_view view;
	uint64_t off; /* where to begin and how far, in bytes; */
	uint64_t bytes; /* 0: to the end */
	size_t chunk_bytes;
	size_t enc_room; /* bytes for encode() */
	bool encode_zeros;
	unsigned int threads; /* 0: as keep all processors busy */
	const struct mun_chunks_ops *ops;
	void *ctx;
	struct mun_outfile *file;
	const struct mun_progress_to *progress;
	const char *phase; /* for progress */
	/* out: of all bytes, in order; the same for the same content and
	 * chunk_bytes.  For UUIDs that are derived. */
	uint8_t identity[32];
	uint64_t unreadable_bytes;
};

/**
 * mun_chunks_run() - all chunks of the view
 *
 * Return: 0; the first error in order of offset; MUN_ECANCELLED.  All threads
 * have ended in every case.
 */
MUN_CHECK int mun_chunks_run(struct mun_chunks *c, struct mun_err *e);

#endif
