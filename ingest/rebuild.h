/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/rebuild.h - a new catalog from the store alone */
#ifndef MUN_INGEST_REBUILD_H
#define MUN_INGEST_REBUILD_H

#include "catalog/catalog.h"
#include "core/log.h"
#include "store/store.h"

struct mun_rebuild_result {
	uint64_t objects; /* taken into the catalog */
	uint64_t failed; /* in the store, but not readable as ours: told */
};

typedef void mun_rebuild_problem_fn(void *ctx, const char *where,
				    const struct mun_err *why);

/**
 * mun_rebuild() - read every object's record and put it into @c, which is empty
 *
 * Digests of metadata are verified; image bytes are left to the audit.
 * Return: 0 (also when some objects failed), MUN_EUNAVAILABLE, MUN_EIO.
 */
MUN_CHECK int mun_rebuild(struct mun_store *s, struct mun_catalog *c,
			  mun_rebuild_problem_fn *fn, void *ctx,
			  const struct mun_progress_to *progress,
			  struct mun_rebuild_result *out, struct mun_err *e);

#endif
