/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/acquire.h - read a medium once: digests, hash tree, image, read map
 *
 * Every byte passes one pipeline: the reader, one stage per digest, the tree,
 * the writer.  A block that cannot be read is read again sector by sector;
 * what stays unreadable is zeros in the image and '-' in the map.
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
#include "medium/device.h"

struct mun_acquire {
	/* Given */
	struct mun_device *medium;
	const char *image_path; /* made, or gone on with */
	const char *session_dir; /* for progress.map */
	unsigned int algs;
	const struct mun_progress_to *progress;
	/* Made: mun_acquire_clear() */
	struct mun_readmap map;
	struct mun_digests digests;
	struct mun_tree tree;
	bool cloned; /* the file system shares the bytes (FICLONE) */
	uint64_t resumed_bytes; /* taken from an interrupted run's image */
	struct mun_proof proof; /* valid: read back from the disk already */
};

/**
 * mun_acquire_run() - read all of the medium into the image
 *
 * An interrupted run leaves a checkpoint (progress.map: what is durable in the
 * image), from which the next one goes on; bytes that it vouches for are
 * hashed from the image, the rest is read from the medium.
 * When 0 is returned the image's bytes and size are durable; a large file has
 * then been read back from the disk behind the writer (proof).
 * Return: 0 (also with unreadable sectors: see map); MUN_ECANCELLED; MUN_EIO
 * (the medium went away, or the spool cannot be written); MUN_EFIXITY (the
 * read-back differs); MUN_EINVAL (the
 * source changed while it was read); MUN_ECORRUPT (it became shorter).
 */
MUN_CHECK int mun_acquire_run(struct mun_acquire *a, struct mun_err *e);
void mun_acquire_clear(struct mun_acquire *a);

#endif
