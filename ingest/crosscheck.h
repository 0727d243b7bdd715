/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/crosscheck.h - catalog against store, both ways, and the records */
#ifndef MUN_INGEST_CROSSCHECK_H
#define MUN_INGEST_CROSSCHECK_H

#include <stdbool.h>

#include "catalog/catalog.h"
#include "ingest/ingest.h"
#include "store/store.h"

struct mun_check_problem {
	bool error; /* else a warning */
	char code[24]; /* "E092", "catalog-missing", "premis-digest", ... */
	const char *where; /* object, path */
	const char *text;
};
typedef void mun_check_fn(void *ctx, const struct mun_check_problem *p);

/**
 * mun_check_repository() - everything that can be judged without reading images
 * @content: read every stored byte too
 *
 * Storage root and OCFL structure; the catalog's own integrity; every object
 * in the store is in the catalog and the other way round, with the same files,
 * sizes, digests and hash trees; each PREMIS record lints; sessions left over
 * in the spool (a warning).
 * Return: 0 when judged; MUN_EUNAVAILABLE; MUN_EIO; MUN_ECANCELLED.
 */
MUN_CHECK int mun_check_repository(const struct mun_ingest_env *env,
				   bool content, mun_check_fn *fn, void *ctx,
				   struct mun_err *e);

#endif
