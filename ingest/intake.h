/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/intake.h - between the thread that reads a medium and the one that
 * keeps what it gave
 *
 * While the bytes come in order they go straight into the blocks of a pipeline
 * (a stream); from the first that does not follow, and for good, they are
 * queued as chunks, each with its place.
 *
 * One mutex.  The reading thread holds it all the time but while the drive
 * works and while it waits for room; so whoever else holds it sees the map, the
 * figures and what was given so far as one.
 */
#ifndef MUN_INGEST_INTAKE_H
#define MUN_INGEST_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/pipeline.h"

/* A chunk of fewer bytes waits for more beside it: what is read sector by sector
 * is not worth waking a thread for each.  64 KiB; tests take every sector. */
extern size_t mun_intake_small;

struct mun_intake;

/* A part of what was read, at its place; lent. */
struct mun_chunk {
	const uint8_t *data;
	size_t len; /* bytes */
	uint64_t off;
};

/**
 * mun_intake_new() - nothing given so far
 * @stream: the first bytes are to be streamed ...
 * @from:   ... from this one on
 * @size:   of the medium
 */
MUN_CHECK int mun_intake_new(bool stream, uint64_t from, uint64_t size,
			     struct mun_intake **out, struct mun_err *e);
void mun_intake_free(struct mun_intake *in); /* NULL is fine */
MUN_DEFINE_FREEP(intake, mun_intake_free);

/* To see what the reading thread has, as it is now; never for long. */
void mun_intake_lock(struct mun_intake *in);
/* The reading thread may go on. */
void mun_intake_unlock(struct mun_intake *in);

/* ---- the reading thread, which has the lock ---- */

/* Give @len good bytes; waits for room.  0, or what mun_intake_fail() said. */
MUN_CHECK int mun_intake_give(struct mun_intake *in, const void *data,
			      size_t len, uint64_t off, struct mun_err *e);

/* What comes from now on does not follow: end the stream, if there is one. */
void mun_intake_disorder(struct mun_intake *in);

/* No more will come (also without the lock held before). */
void mun_intake_end(struct mun_intake *in);

/* ---- the keeping thread, which has not ---- */

/**
 * mun_intake_fill() - as a mun_pipe_fill_fn, of the stream
 * @until_ms: monotonic: a block that is not full by then is not waited for,
 *            and the stream ends
 *
 * What remains of the stream behind its last whole block is the first chunk.
 * Return: 0, MUN_ECANCELLED.
 */
MUN_CHECK int mun_intake_fill(struct mun_intake *in, struct mun_block *b,
			      int64_t until_ms, struct mun_err *e);

enum mun_intake_next {
	MUN_INTAKE_CHUNK, /* give it back when it is kept */
	MUN_INTAKE_LATE, /* @until_ms has come, or the program is to end */
	MUN_INTAKE_END, /* all is kept */
};
enum mun_intake_next mun_intake_take(struct mun_intake *in, int64_t until_ms,
				     struct mun_chunk *out);
void mun_intake_give_back(struct mun_intake *in);

/* Chunks that were given and not given back; call with the lock held.  So many
 * mun_intake_take() has at once. */
size_t mun_intake_waiting(struct mun_intake *in);

/* What was given can no longer be kept: the reading thread is to end. */
void mun_intake_fail(struct mun_intake *in, const struct mun_err *why);

#endif
