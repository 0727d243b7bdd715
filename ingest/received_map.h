/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/received_map.h - the read map that came with an image file
 *
 * GNU ddrescue, or a program that writes its mapfile, read the medium; the
 * image that it made is taken in with what the map says is missing in it.
 */
#ifndef MUN_INGEST_RECEIVED_MAP_H
#define MUN_INGEST_RECEIVED_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/readmap.h"

struct mun_received_map {
	char *text; /* as it came; NULL: none did */
	size_t len;
	char *comments; /* its head, one line, escaped: "Mapfile. Created by
			 * GNU ddrescue version 1.27; Command line: ..." */
	struct mun_readmap map; /* of all of the image */
	uint64_t told; /* bytes that it speaks of */
};

/**
 * mun_received_map_load() - read it, and see that it can be of the image
 * @image_bytes: of the image file
 *
 * A map of fewer bytes than the image (which was padded) says nothing of what
 * lies behind: that was not tried.  One of more is refused: the image ends
 * before the medium does.
 * Return: 0; MUN_ENOENT; MUN_ECORRUPT (not a mapfile); MUN_EINVAL (sizes, and
 * what to do); MUN_EIO; MUN_ENOMEM.  @out: mun_received_map_clear() either way.
 */
MUN_CHECK int mun_received_map_load(const char *path, uint64_t image_bytes,
				    struct mun_received_map *out,
				    struct mun_err *e);
void mun_received_map_clear(struct mun_received_map *m);

/* What @m has not as good is not good in @map either. */
MUN_CHECK int mun_received_map_apply(const struct mun_received_map *m,
				     struct mun_readmap *map,
				     struct mun_err *e);

#endif
