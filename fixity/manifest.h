/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/manifest.h - "digest  path" lists as BagIt (RFC 8493, 2.1.3) has them
 *
 * CR, LF and % in a path are written %0D, %0A and %25 (RFC 8493).
 */
#ifndef MUN_FIXITY_MANIFEST_H
#define MUN_FIXITY_MANIFEST_H

#include "core/err.h"
#include "core/str.h"
#include "fixity/digest.h"

/* Append one line. */
void mun_manifest_add(struct mun_str *out, const struct mun_digest *d,
		      const char *path);

/* Called for each line; @path is only lent, and safe (mun_path_is_safe). */
typedef int mun_manifest_fn(void *ctx, const struct mun_digest *d,
			    const char *path, struct mun_err *e);

/**
 * mun_manifest_parse() - each line of @text (@len bytes)
 *
 * Accepts LF, CR LF; blanks or tabs between; an asterisk before the path.
 * Return: 0, MUN_ECORRUPT with the line's number (not hex, wrong length, no
 * path, an unsafe path), or what @fn returned.
 */
MUN_CHECK int mun_manifest_parse(enum mun_digest_alg alg, const char *text,
				 size_t len, mun_manifest_fn *fn, void *ctx,
				 struct mun_err *e);

#endif
