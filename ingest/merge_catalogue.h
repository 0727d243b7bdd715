/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/merge_catalogue.h - versions that the store has, and the catalog not */
#ifndef MUN_INGEST_MERGE_CATALOGUE_H
#define MUN_INGEST_MERGE_CATALOGUE_H

#include "catalog/record.h"
#include "ingest/ingest.h"
#include "store/place.h"

/**
 * mun_merge_catalogue() - read the store's newest version back, and catalogue it
 * @known: as the catalog has the object; or NULL: every file is read back
 * @r:     as the store has it; gets the event of the reading-back
 *
 * Return: 0, also where another process has done it; MUN_EFIXITY; MUN_EIO;
 * MUN_ENOMEM; MUN_ECANCELLED.
 */
MUN_CHECK int mun_merge_catalogue(const struct mun_ingest_env *env,
				  const struct mun_record *known,
				  struct mun_record *r, struct mun_err *e);

/**
 * mun_merge_catch_up() - the same where the store is ahead; else nothing
 * @id:   UUID of the object
 * @done: it was; may be NULL
 *
 * Return: as above; MUN_ENOENT where catalog or store has no such object.
 */
MUN_CHECK int mun_merge_catch_up(const struct mun_ingest_env *env,
				 const char *id, bool *done, struct mun_err *e);

/**
 * mun_merge_recover() - end all commits of versions that were killed
 * @main_store: that of @env
 * @n:          objects for which there was something to do
 *
 * With or without their sessions; what a live process is at is left to it.
 * What is in no catalog goes there before the stage that tells of it is
 * removed.  Cheap where there is none.
 * Return: 0, or the first error; the others were ended.
 */
MUN_CHECK int mun_merge_recover(const struct mun_ingest_env *env,
				const struct mun_place *main_store, uint64_t *n,
				struct mun_err *e);

#endif
