/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/checkpoint.h - how far the image of a device is durable
 *
 * progress.map, a ddrescue mapfile, vouches only for bytes that were synced
 * before it was written; progress.pieces has the BEP 52 hash of each megabyte
 * of them, so that nothing is taken from an interrupted image unproved.  Files
 * are simply read again: that is cheaper than keeping this.
 */
#ifndef MUN_INGEST_CHECKPOINT_H
#define MUN_INGEST_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "fixity/tree.h"
#include "image/readmap.h"

struct mun_checkpoint {
	const char *dir; /* the session's folder; borrowed */
	struct mun_readmap had; /* of the interrupted run */
	uint64_t size; /* of the medium, in bytes */
	uint64_t end; /* bytes of its image that may be used; 0: none */
	uint8_t (*pieces)[MUN_TREE_HASH]; /* of each block, as it goes */
	bool *reused; /* blocks that were taken from the image */
	uint64_t saved; /* end of the last one saved in this run */
	int64_t saved_ms; /* monotonic */
};

/**
 * mun_checkpoint_load() - what an interrupted run left, and make it so
 *
 * Cuts the image to the checkpoint's end.  A checkpoint that does not fit
 * (unreadable, another size, image too short) is worth nothing: end is 0.
 * @map gets the good runs before end.
 */
MUN_CHECK int mun_checkpoint_load(struct mun_checkpoint *c, const char *dir,
				  const char *image_path,
				  struct mun_readmap *map, struct mun_err *e);
void mun_checkpoint_clear(struct mun_checkpoint *c);

/* May the block at @off be had from the interrupted run's image?  What is read
 * there still has to pass mun_checkpoint_prove(). */
bool mun_checkpoint_has(const struct mun_checkpoint *c, uint64_t off,
			size_t len);

/* Are these the bytes that were written?  Then the block counts as reused. */
bool mun_checkpoint_prove(struct mun_checkpoint *c, const void *data,
			  size_t len, uint64_t off);
bool mun_checkpoint_reused(const struct mun_checkpoint *c, uint64_t off);

/* Remember the hash of a block that is now written. */
MUN_CHECK int mun_checkpoint_note(struct mun_checkpoint *c, const void *data,
				  size_t len, uint64_t off, struct mun_err *e);

/* Is it time to save (256 MiB or 30 s since the last)? */
bool mun_checkpoint_due(const struct mun_checkpoint *c, uint64_t end);

/* Vouch for the bytes before @end, which the caller has synced. */
MUN_CHECK int mun_checkpoint_save(struct mun_checkpoint *c,
				  const struct mun_readmap *map, uint64_t end,
				  struct mun_err *e);

#endif
