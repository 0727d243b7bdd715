/* SPDX-License-Identifier: Apache-2.0 */
/* cli/rebuild_stores.h - the stores of a repository whose catalog is lost */
#ifndef MUN_CLI_REBUILD_STORES_H
#define MUN_CLI_REBUILD_STORES_H

#include "core/uuid.h"
#include "store/place.h"

struct mun_rebuild_stores {
	char repository[MUN_UUID_LEN];
	size_t n;
	struct mun_place *
		*places; /* opened; those that are away are not here */
};

/**
 * mun_rebuild_stores_find() - what the ledger's entries say of stores
 * @ledger: its folder
 *
 * Stores that are away are said in the log.  No ledger is no store.
 * Return: 0, MUN_ECORRUPT, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_rebuild_stores_find(const char *ledger,
				      struct mun_rebuild_stores *out,
				      struct mun_err *e);
void mun_rebuild_stores_clear(struct mun_rebuild_stores *s);

#endif
