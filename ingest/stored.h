/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/stored.h - what the store itself says of an object */
#ifndef MUN_INGEST_STORED_H
#define MUN_INGEST_STORED_H

#include "catalog/record.h"
#include "core/err.h"
#include "store/store.h"

/**
 * mun_stored_load() - the record that lies in the object @urn
 *
 * PREMIS and hash trees are read; the record's list of files and their SHA-512
 * is compared with the inventory, and the record file with its digest there.
 * Images and attachments are not read.
 * Return: 0, MUN_ENOENT, MUN_ECORRUPT, MUN_EUNSUPPORTED for an object that is
 * not of our making, MUN_EUNAVAILABLE, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_stored_load(const struct mun_store *s, const char *urn,
			      struct mun_record **out, struct mun_err *e);

/* The record of one of its versions; @created is the version's, RFC 3339. */
typedef int mun_stored_fn(void *ctx, const struct mun_record *r,
			  const char *created, struct mun_err *e);

/**
 * mun_stored_versions() - the records of all versions of @urn, oldest first
 *
 * Return: as mun_stored_load(), and what @fn says, which ends it.
 */
MUN_CHECK int mun_stored_versions(const struct mun_store *s, const char *urn,
				  mun_stored_fn *fn, void *ctx,
				  struct mun_err *e);

#endif
