/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/listing.h - what is stored, as the lines of a manifest */
#ifndef MUN_INGEST_LISTING_H
#define MUN_INGEST_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "catalog/catalog.h"
#include "core/err.h"
#include "fixity/manifest_verify.h"
#include "store/store.h"

/* One file of the newest version of an object; lent for the call. */
struct mun_listed {
	const char *logical; /* "UUID/image/disk.img" */
	const char *content; /* "ocfl/3c0/ff4/.../v1/content/image/disk.img",
			      * from the repository's folder; NULL without a
			      * store */
	const struct mun_rec_file *file;
};
typedef int mun_listing_fn(void *ctx, const struct mun_listed *l,
			   struct mun_err *e);

/**
 * mun_listing() - every file of some objects, or of all
 * @s:   for where they lie, read from the inventories; or NULL
 * @ids: UUIDs, listed in this order; NULL: all objects, oldest first
 *
 * No stored file is read.
 * Return: 0; MUN_ENOENT for an unknown object; MUN_ECORRUPT where catalog and
 * inventory differ; MUN_EUNAVAILABLE, MUN_EIO, MUN_ENOMEM, MUN_ECANCELLED; or
 * what @fn returned.
 */
MUN_CHECK int mun_listing(const struct mun_store *s, struct mun_catalog *c,
			  const char *const *ids, size_t n, mun_listing_fn *fn,
			  void *ctx, struct mun_err *e);

/**
 * mun_listing_compare() - a manifest against the digests in the catalog
 * @s: as for mun_listing(); used where entries have such paths
 *
 * An entry means the file with that path, as mun_listing() has it (after
 * "data/" too).  Any other is looked for by name among the names that files had
 * before they came here: one with the promised digest makes it intact.  Nothing
 * is read, so a path that leads elsewhere is only a name.
 * Findings and counts as of mun_manifest_verify(), @strict too.
 */
MUN_CHECK int mun_listing_compare(const struct mun_store *s,
				  struct mun_catalog *c,
				  const struct mun_manifest *m, bool strict,
				  mun_manifest_finding_fn *fn, void *ctx,
				  struct mun_manifest_tally *out,
				  struct mun_err *e);

#endif
