/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/manifest_extra.h - files of a folder that a manifest does not name */
#ifndef MUN_FIXITY_MANIFEST_EXTRA_H
#define MUN_FIXITY_MANIFEST_EXTRA_H

#include "core/err.h"
#include "fixity/manifest_read.h"

/* @path: relative to the base; a result other than 0 ends it. */
typedef int mun_manifest_extra_fn(void *ctx, const char *path,
				  struct mun_err *e);

/**
 * mun_manifest_extras() - what lies below @base and in no line of @m
 * @base: with '/' at its end
 * @self: path of the manifest, which is none; or NULL
 *
 * All that is not a folder counts, links too, which are not followed.
 * Return: 0, MUN_EIO, MUN_ENOMEM, MUN_ECANCELLED, or what @fn returned.
 */
MUN_CHECK int mun_manifest_extras(const struct mun_manifest *m,
				  const char *base, const char *self,
				  mun_manifest_extra_fn *fn, void *ctx,
				  struct mun_err *e);

#endif
