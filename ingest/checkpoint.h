/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/checkpoint.h - how far the image of a device is durable
 *
 * progress.map, a ddrescue mapfile, vouches only for bytes that were synced
 * before it was written.  progress.pieces has, for each megabyte of the image
 * that has any of them, the BEP 52 hash of that megabyte with zeros for all
 * that the map does not vouch for; so nothing is taken from an interrupted
 * image unproved.  It only grows: records of 40 bytes (the megabyte's number,
 * little-endian, and the hash), of which later ones replace earlier ones, and
 * the map says in a comment how many belong to it.  So one rename makes both
 * valid, and a cut anywhere leaves the checkpoint before.
 * Files are simply read again: that is cheaper than keeping this.
 */
#ifndef MUN_INGEST_CHECKPOINT_H
#define MUN_INGEST_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "fixity/tree.h"
#include "image/readmap.h"

/* How long what was read may be unsaved: 5000; tests are less patient. */
extern int64_t mun_checkpoint_ms;

struct mun_checkpoint_record;

struct mun_checkpoint {
	const char *dir; /* the session's folder; borrowed */
	uint64_t size; /* of the image, in bytes */
	bool any; /* an interrupted run left one that fits ... */
	struct mun_readmap had; /* ... and this is its map */
	/* For each megabyte, and whether there is one. */
	uint8_t (*hash)[MUN_TREE_HASH];
	bool *known;
	int fd; /* progress.pieces */
	uint64_t records; /* in it, vouched for by the last map */
	size_t nfresh, room; /* not in it so far */
	struct mun_checkpoint_record *fresh;
	int64_t saved_ms; /* monotonic */
};

/**
 * mun_checkpoint_load() - what an interrupted run left
 * @size: of the image
 *
 * A checkpoint that does not fit (unreadable, another size) is worth nothing,
 * which is said in the log: then any is false.
 * Return: 0, MUN_EIO, MUN_ENOMEM.  @c: mun_checkpoint_clear() either way.
 */
MUN_CHECK int mun_checkpoint_load(struct mun_checkpoint *c, const char *dir,
				  uint64_t size, struct mun_err *e);
void mun_checkpoint_clear(struct mun_checkpoint *c);

/* Remember the hash of megabyte @piece, for the next save. */
MUN_CHECK int mun_checkpoint_note(struct mun_checkpoint *c, uint64_t piece,
				  const uint8_t hash[static MUN_TREE_HASH],
				  struct mun_err *e);

/* When is it time for the next save? Monotonic milliseconds.  The first bytes are
 * saved ten times as early: by them the medium is known again. */
int64_t mun_checkpoint_due_ms(const struct mun_checkpoint *c);
bool mun_checkpoint_due(const struct mun_checkpoint *c);

/**
 * mun_checkpoint_save() - vouch for what @map has
 *
 * The caller has synced all that is good or doubtful in @map, and noted the
 * hash of each megabyte in which that has changed.
 * Return: 0, MUN_EIO, MUN_ENOMEM; then the one before still holds.
 */
MUN_CHECK int mun_checkpoint_save(struct mun_checkpoint *c,
				  const struct mun_readmap *map,
				  struct mun_err *e);

#endif
