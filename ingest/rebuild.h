/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/rebuild.h - a new catalog from the ledger and the stores */
#ifndef MUN_INGEST_REBUILD_H
#define MUN_INGEST_REBUILD_H

#include "catalog/catalog.h"
#include "core/log.h"
#include "store/store.h"

struct mun_rebuild_result {
	uint64_t objects; /* taken into the catalog */
	uint64_t failed; /* in the store, but not readable as ours; entries
			  * that could not be taken in: told */
	uint64_t entries; /* of the ledger, taken in */
	uint64_t events; /* of them */
	uint64_t unrecorded; /* of objects: in the store, not in the ledger */
};

typedef void mun_rebuild_problem_fn(void *ctx, const char *where,
				    const struct mun_err *why);

/* What there is to rebuild from. */
struct mun_rebuild_from {
	const char *ledger; /* its folder; NULL: there is none */
	struct mun_store *const *stores; /* main first; others that are there */
	size_t nstores;
};

/**
 * mun_rebuild_all() - all facts of the ledger, then what only the store has
 * @c: empty, and no ledger is attached to it
 *
 * Objects, events, incidents, runs and schedules are what they were.  The
 * stores give what no ledger holds, the piece layers.  An object of the main
 * store that the ledger does not tell of is taken from there, and told.
 * Return: 0 (also when something failed: told), MUN_EINVAL (@c is not empty),
 * MUN_EUNAVAILABLE, MUN_ECORRUPT (the ledger cannot be opened), MUN_EIO.
 */
MUN_CHECK int mun_rebuild_all(const struct mun_rebuild_from *from,
			      struct mun_catalog *c, mun_rebuild_problem_fn *fn,
			      void *ctx, const struct mun_progress_to *progress,
			      struct mun_rebuild_result *out,
			      struct mun_err *e);

/**
 * mun_rebuild() - from one store alone: every object's record, into @c
 *
 * Digests of metadata are verified; image bytes are left to the audit.
 * Return: 0 (also when some objects failed), MUN_EUNAVAILABLE, MUN_EIO.
 */
MUN_CHECK int mun_rebuild(struct mun_store *s, struct mun_catalog *c,
			  mun_rebuild_problem_fn *fn, void *ctx,
			  const struct mun_progress_to *progress,
			  struct mun_rebuild_result *out, struct mun_err *e);

#endif
