/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/device_run.h - one run of reading a device, as its parts share it
 *
 * Two threads: one reads the medium (ingest/acquire_device.c), one keeps what
 * it gives (ingest/device_keep.c); ingest/intake.h lies between them.
 */
#ifndef MUN_INGEST_DEVICE_RUN_H
#define MUN_INGEST_DEVICE_RUN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "fixity/hashpass.h"
#include "fixity/readback.h"
#include "ingest/acquire.h"
#include "ingest/checkpoint.h"
#include "ingest/intake.h"
#include "ingest/spool.h"
#include "medium/reader.h"
#include "medium/rescue.h"

#define MUN_TELL_CELLS 60u

struct mun_device_run {
	struct mun_acquire *a; /* its map is the reading thread's */
	uint64_t size; /* of the medium, in bytes */
	struct mun_checkpoint ckpt;
	struct mun_spool *spool;
	struct mun_intake *in;
	struct mun_rescue rescue;
	/* The medium's reader, with the intake's lock open while it works. */
	struct mun_reader reader;
	struct mun_reader_ops reader_ops;
	struct mun_attempt *attempt; /* this one, the last of a->attempts */
	/* Digests go from the first byte on; the tree's pieces are where they
	 * are made. */
	struct mun_hash_stages *hashes;
	struct mun_stage stages[MUN_HASH_STAGES_MAX + 2];
	size_t nhashes; /* of stages */
	uint64_t hashed; /* bytes that the digests have */
	/* The stream: from where, and how far each of its stages is. */
	bool stream;
	uint64_t base;
	uint64_t written;
	atomic_uint_fast64_t treed;
	uint64_t noted; /* megabytes whose hash the checkpoint has */
	struct mun_readback *follower; /* of the stream; or NULL */
	bool saved_at_cancel;
	struct mun_err kept; /* of the keeping thread; code 0: all well */
	int64_t told_ms;
	char strip[MUN_TELL_CELLS + 1];
	/* Where the drive was slow; and how often and where it was so far. */
	bool slow[MUN_TELL_CELLS];
	uint64_t slow_reads, last_pos;
};

/* ---- device_image.c ---- */

/* Take what an interrupted run left, as far as its hashes prove it; the digests
 * go along as long as all of it is good. */
MUN_CHECK int mun_device_prove(struct mun_device_run *r, struct mun_err *e);

/* All is read: the digests of what did not come in order, from the image, each
 * megabyte of which has to be what was written; then size, bytes, read-back. */
MUN_CHECK int mun_device_complete(struct mun_device_run *r, struct mun_err *e);

/* ---- device_keep.c ---- */

/* The keeping thread: @arg is the run. */
void *mun_device_keep(void *arg);

/* What is durable, and how it stands: the image synced, then the checkpoint,
 * then attempts.json.  While no other thread of the run is at work. */
MUN_CHECK int mun_device_save(struct mun_device_run *r,
			      const struct mun_readmap *map,
			      const struct mun_rescue_stats *stats,
			      struct mun_err *e);

/* ---- device_tell.c ---- */

/* Tell whoever watches, not more often than one can see. */
void mun_device_tell(struct mun_device_run *r,
		     const struct mun_rescue_stats *s);

/* @map as @cells characters and a NUL (core/log.h, strip). */
void mun_device_strip(const struct mun_readmap *map, char *out, size_t cells);

#endif
