/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/vote.h - several readings of one medium: what each sector shall be
 *
 * No files and no records: sources and maps go in, blocks of the new image
 * come out, and callbacks tell where they are from.  The rules are those of
 * ingest/merge.h.  Memory is one block for each reading, whatever the size.
 */
#ifndef MUN_INGEST_VOTE_H
#define MUN_INGEST_VOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/readmap.h"

#define MUN_VOTE_READINGS 32u /* a bit each */
#define MUN_VOTE_BLOCK ((size_t)1 << 20) /* bytes; a multiple of any sector */

/* '+' of a map was read well, '!' with a failed check, the rest not at all;
 * what the source gives there is not looked at. */
struct mun_voice {
	struct mun_source *source;
	const struct mun_readmap *map;
};

/* Why a sector is as it is now. */
enum mun_vote_why {
	MUN_VOTE_UNREAD, /* nobody read it */
	MUN_VOTE_AGREED, /* all who read it well agree */
	MUN_VOTE_DOUBTFUL, /* nobody read it well */
	MUN_VOTE_MAJORITY, /* more than half of three or more */
	MUN_VOTE_PREFERRED, /* as it was asked for */
	MUN_VOTE_KEPT, /* no decision: as it was */
};

/* Neighbouring bytes of which the same is to be said. */
struct mun_vote_run {
	uint64_t off; /* bytes */
	uint64_t bytes;
	enum mun_read_state state; /* now: GOOD, DOUBTFUL or BAD */
	enum mun_read_state before; /* of the master: the same three */
	enum mun_vote_why why;
	bool changed; /* other bytes than the master had; never without @why */
	uint32_t taken; /* bit i: reading i has just these bytes */
	uint32_t others; /* it read something else, and well */
	uint32_t alone; /* of @others: one against two or more who agree */
};

struct mun_vote_config {
	struct mun_voice master; /* of today */
	size_t n; /* 1 to MUN_VOTE_READINGS */
	const struct mun_voice *of; /* the new one is the last */
	uint32_t sector_bytes; /* what is compared as a whole; a power of two,
				* at most MUN_VOTE_BLOCK */
	bool prefer_new; /* what the new one read well is taken */
	bool prefer_old; /* what the master has is kept */
	/* By offset, without gaps; an error ends it. */
	int (*run)(void *ctx, const struct mun_vote_run *r, struct mun_err *e);
	/* Reading @i (from 0) read something else there than what the master
	 * has from now on; by offset. */
	int (*differs)(void *ctx, size_t i, const void *data, size_t len,
		       uint64_t off, struct mun_err *e);
	void *ctx;
};

struct mun_vote;

/* All sources and maps must be of one size.  They are borrowed, as @c's arrays
 * are.  0; MUN_EINVAL; MUN_ENOMEM. */
MUN_CHECK int mun_vote_new(const struct mun_vote_config *c,
			   struct mun_vote **out, struct mun_err *e);
void mun_vote_free(struct mun_vote *v); /* NULL is fine */
MUN_DEFINE_FREEP(vote, mun_vote_free);

/**
 * mun_vote_next() - the next block of the new image
 * @out: room for MUN_VOTE_BLOCK bytes
 * @len: 0 at the end, when the last run has been told
 *
 * Return: 0; what a source or a callback says; MUN_ECORRUPT where the master
 * has, as read well, what no reading has: then a reading was not made again
 * as it was.
 */
MUN_CHECK int mun_vote_next(struct mun_vote *v, void *out, size_t *len,
			    struct mun_err *e);

#endif
