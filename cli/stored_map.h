/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/stored_map.h - how well each sector of a stored object was read
 *
 * Of a medium that was imaged the read map knows (image/disk.map), of a
 * container that was received the container itself.  Where the object was
 * merged of several readings, each range says which of them have what the
 * master has there (ingest/merge.h).
 */
#ifndef MUN_CLI_STORED_MAP_H
#define MUN_CLI_STORED_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/record.h"
#include "core/err.h"
#include "core/log.h"
#include "image/image.h"
#include "image/picture.h"
#include "store/store.h"

enum mun_range_state {
	MUN_RANGE_EMPTY, /* a hole, or zeros by the format's word */
	MUN_RANGE_DATA,
	MUN_RANGE_RUNOUT, /* unreadable on every such disc, no loss */
	MUN_RANGE_DOUBTFUL,
	MUN_RANGE_UNREADABLE,
	MUN_RANGE_STATES
};

/* "empty", "data", "run-out", "doubtful", "unreadable": stable words. */
const char *mun_range_word(enum mun_range_state state);

struct mun_stored_range {
	uint64_t off; /* bytes */
	uint64_t bytes;
	enum mun_range_state state;
	uint64_t readings; /* bit N - 1: reading N has the master's bytes */
};

#define MUN_READINGS_MAX 64u

struct mun_stored_map {
	uint64_t bytes;
	uint32_t sector_bytes;
	struct mun_geometry geometry; /* of a floppy; zeros: not one */
	unsigned int readings; /* 0: not merged */
	size_t n;
	struct mun_stored_range *of; /* without gaps; owned */
	size_t room;
	uint64_t sums[MUN_RANGE_STATES]; /* bytes */
	bool has_picture; /* of the image's own table of sectors: */
	struct mun_picture picture;
};

/**
 * mun_stored_map_load() - the map of the object @r
 * @r: with piece layers
 *
 * In the sandbox: call while no other thread of ours runs.
 * Return: 0; MUN_EFIXITY, MUN_ENOENT (a stored map is damaged or gone);
 * MUN_ECORRUPT; MUN_EUNSUPPORTED (a format that is kept and not decoded);
 * MUN_EIO; MUN_ENOMEM.  @out: mun_stored_map_clear() either way.
 */
MUN_CHECK int mun_stored_map_load(const struct mun_store *s,
				  const struct mun_record *r,
				  const struct mun_progress_to *progress,
				  struct mun_stored_map *out,
				  struct mun_err *e);
void mun_stored_map_clear(struct mun_stored_map *m);

/* Its picture; mun_picture_clear(). 0 or MUN_ENOMEM. */
MUN_CHECK int mun_stored_map_picture(struct mun_stored_map *m,
				     struct mun_picture *out,
				     struct mun_err *e);

#endif
