/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/spool.h - an image that is filled in any order and can be gone on with
 *
 * What comes is gathered a megabyte at a time, so that the hash which proves it
 * later (ingest/checkpoint.h) costs no more than one look at each megabyte, and
 * sectors that come one by one are not written one by one.
 * One thread at a time.
 */
#ifndef MUN_INGEST_SPOOL_H
#define MUN_INGEST_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/readmap.h"
#include "ingest/checkpoint.h"

struct mun_spool;

/**
 * mun_spool_open() - begin the image @path, or go on with it
 * @ckpt: of its session, loaded; borrowed
 * @size: bytes that it will have
 *
 * Without a checkpoint an old image is emptied; with one it gets its full size.
 * Return: 0, MUN_EIO, MUN_EINVAL (not a regular file), MUN_ENOMEM.
 */
MUN_CHECK int mun_spool_open(const char *path, struct mun_checkpoint *ckpt,
			     uint64_t size, struct mun_spool **out,
			     struct mun_err *e);
void mun_spool_free(struct mun_spool *s); /* NULL is fine */
MUN_DEFINE_FREEP(spool, mun_spool_free);

/**
 * mun_spool_prove() - read megabyte @piece of an interrupted run's image
 * @buf:   MUN_TREE_PIECE bytes, aligned to MUN_IO_ALIGN: what is vouched for,
 *         and zeros elsewhere
 * @whole: out: all of it was read well
 *
 * What passes its hash is marked in @map as the interrupted run had it, and
 * counts as written; else all of it is not tried there: it has to be read from
 * the medium again, and the log says so.
 * Return: 0, MUN_EIO where the system failed us, MUN_ENOMEM.
 */
MUN_CHECK int mun_spool_prove(struct mun_spool *s, uint64_t piece, uint8_t *buf,
			      struct mun_readmap *map, bool *whole,
			      struct mun_err *e);

/* A whole megabyte (or the last one) that comes in order and whose hash the
 * caller notes; @data as of mun_imgwriter_write(). */
MUN_CHECK int mun_spool_append(struct mun_spool *s, const void *data,
			       size_t len, uint64_t off, struct mun_err *e);

/**
 * mun_spool_put() - any range; later bytes replace earlier ones
 *
 * Return: 0, MUN_EIO, MUN_ENOMEM; MUN_EFIXITY where the image no longer holds
 * what was put there before.
 */
MUN_CHECK int mun_spool_put(struct mun_spool *s, const void *data, size_t len,
			    uint64_t off, struct mun_err *e);

/* All that was put is durable, and then the checkpoint says so: @map has
 * nothing that was not put.  0, MUN_EIO, MUN_ENOMEM. */
MUN_CHECK int mun_spool_save(struct mun_spool *s, const struct mun_readmap *map,
			     struct mun_err *e);

/* The image gets its full size, so that all of it can be read. */
MUN_CHECK int mun_spool_extend(struct mun_spool *s, struct mun_err *e);

/**
 * mun_spool_finish() - megabyte @piece as it is to stay
 * @buf: as it was read from the image; out: zeros where @map has no data
 *
 * A run that was killed may have left bytes that nothing vouches for: zeros
 * take their place in the image too.  What is left has the hash that was noted,
 * which is for the caller to see.
 * Return: 0 or MUN_EIO.
 */
MUN_CHECK int mun_spool_finish(struct mun_spool *s, uint64_t piece,
			       uint8_t *buf, const struct mun_readmap *map,
			       struct mun_err *e);

/* Size and bytes are durable, and nothing more will come. */
MUN_CHECK int mun_spool_close(struct mun_spool *s, struct mun_err *e);

/* Zeros in @buf, @len bytes from byte @start on, wherever @map has no data.
 * @any: it has some there; @whole: all is good. */
void mun_spool_mask(uint8_t *buf, uint64_t start, size_t len,
		    const struct mun_readmap *map, bool *any, bool *whole);

/* Is it in a state in which there is data in the image? */
static inline bool mun_read_has_data(enum mun_read_state state)
{
	return state == MUN_READ_GOOD || state == MUN_READ_DOUBTFUL;
}

#endif
