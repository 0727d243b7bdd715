/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/volume.h - file systems and tables that a few fixed bytes give away
 *
 * Enough to tell a person what an image holds; the contents are inspected
 * elsewhere, with the libraries that know each file system.
 */
#ifndef MUN_IMAGE_VOLUME_H
#define MUN_IMAGE_VOLUME_H

#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/image.h"

struct mun_volume {
	const char *name; /* "HFS volume" */
	const char *puid; /* "" if none */
	enum mun_medium medium; /* that this is found on, UNKNOWN for any */
	uint32_t sector_bytes; /* 0: nothing follows from it */
};

/* What lies at the start of @src, or NULL in @out.  Static data.
 * Return: 0, MUN_EIO, MUN_ECORRUPT. */
MUN_CHECK int mun_volume_probe(struct mun_source *src,
			       const struct mun_volume **out,
			       struct mun_err *e);

#endif
