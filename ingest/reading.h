/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/reading.h - the finished reading in a session: its image and its map
 *
 * When the source has been read to its end, and the image is durable, the
 * session's folder gets reading.json, which says so: from then on the source
 * is not needed any more.  Beside it lie reading.map (the final map) and, of
 * devices, attempts.json.
 */
#ifndef MUN_INGEST_READING_H
#define MUN_INGEST_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "fixity/digest.h"
#include "fixity/tree.h"
#include "image/readmap.h"
#include "ingest/range_list.h"

struct mun_reading {
	char *image; /* path on disk: spool/UUID/object/v1/content/image/NAME */
	char *name; /* in the object: "image/NAME" */
	bool is_device;
	uint64_t bytes;
	uint32_t sector_bytes;
	struct mun_digests digests; /* of the image */
	uint8_t root[MUN_TREE_HASH]; /* of its hash tree */
	struct mun_readmap map; /* what is in it; of files too */
	struct mun_range_list runout; /* of a disc: bad, and no loss */
};
void mun_reading_clear(struct mun_reading *r);

/**
 * mun_reading_save() - the reading is complete
 * @r: all but @image, which follows from @name
 *
 * The map is written first, then the marker; each whole or not at all.
 * Return: 0, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_reading_save(const char *session_dir,
			       const struct mun_reading *r, struct mun_err *e);

/**
 * mun_reading_load() - what was read in the session of folder @session_dir
 *
 * Return: 0; MUN_ENOENT (it is not complete); MUN_ECORRUPT; MUN_EIO.
 * @out: mun_reading_clear() in every case.
 */
MUN_CHECK int mun_reading_load(const char *session_dir, struct mun_reading *out,
			       struct mun_err *e);

/* It is to be read again: forget that it was complete. */
MUN_CHECK int mun_reading_forget(const char *session_dir, struct mun_err *e);

#endif
