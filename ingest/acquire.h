/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/acquire.h - read a medium once: digests, hash tree, image, read map
 *
 * A file passes one pipeline: the reader, one stage per digest, the tree, the
 * writer.  So does a device while all goes well; from the first trouble on,
 * medium/rescue.h puts into the image what it gets, in its own order, and the
 * digests are completed from the image when it has ended.  What stays
 * unreadable is zeros in the image and not good in the map.
 */
#ifndef MUN_INGEST_ACQUIRE_H
#define MUN_INGEST_ACQUIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/log.h"
#include "fixity/digest.h"
#include "fixity/readback.h"
#include "fixity/tree.h"
#include "image/readmap.h"
#include "ingest/attempts.h"
#include "medium/device.h"
#include "medium/rescue.h"

struct mun_acquire {
	/* Given */
	struct mun_device *medium;
	const char *image_path; /* made, or gone on with */
	const char *session_dir; /* for the checkpoint and attempts.json */
	unsigned int algs;
	const struct mun_progress_to *progress;
	struct mun_rescue_policy policy; /* devices */
	/* Made: mun_acquire_clear() */
	struct mun_readmap map;
	struct mun_digests digests;
	struct mun_tree tree;
	bool cloned; /* the file system shares the bytes (FICLONE) */
	uint64_t resumed_bytes; /* taken from an interrupted run's image */
	struct mun_proof proof; /* valid: read back from the disk already */
	/* Devices: every run that read it, this one is the last. */
	struct mun_attempts attempts;
	enum mun_rescue_stop stop; /* of the last one */
};

/**
 * mun_acquire_run() - read all of the medium into the image
 *
 * Of a device an interrupted run leaves a checkpoint (ingest/checkpoint.h),
 * from which the next one goes on: bytes that it vouches for are taken from
 * the image, each megabyte proved by its hash, the rest is read from the
 * medium.  One is saved every five seconds, and when the run ends in any way.
 * When 0 is returned the image's bytes and size are durable; a large file has
 * then been read back from the disk behind the writer (proof).
 * Return: 0 (also with unreadable sectors: see map and stop); MUN_ECANCELLED;
 * MUN_EIO (the medium went away, or the spool cannot be written); MUN_EFIXITY
 * (the image has other bytes than were written to it); MUN_EINVAL (the source
 * changed while it was read); MUN_ECORRUPT (it became shorter).
 */
MUN_CHECK int mun_acquire_run(struct mun_acquire *a, struct mun_err *e);
void mun_acquire_clear(struct mun_acquire *a);

#endif
