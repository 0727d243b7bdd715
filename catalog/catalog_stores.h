/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_stores.h - rows of stores and copies; inside transactions */
#ifndef MUN_CATALOG_CATALOG_STORES_H
#define MUN_CATALOG_CATALOG_STORES_H

#include "catalog/query.h"

/* The number of an agent's id; 0 for NULL or "".  MUN_EINVAL. */
MUN_CHECK int mun_catalog_agent_of(struct mun_catalog *c, const char *id,
				   int64_t *out, struct mun_err *e);

/* The number of the store, and its state ("active", ...).  MUN_ENOENT. */
MUN_CHECK int mun_catalog_store_of(struct mun_catalog *c, const char *name,
				   int64_t *out, char state[static 16],
				   struct mun_err *e);

/* The facts with their leaves and what is derived of them. */
MUN_CHECK int mun_catalog_store_change_put(struct mun_catalog *c, int64_t store,
					   const char *at, const char *what,
					   int64_t agent, const char *why,
					   struct mun_err *e);
MUN_CHECK int mun_catalog_copy_put(struct mun_catalog *c, int64_t object,
				   int64_t store, const char *made,
				   int64_t event, struct mun_err *e);

/* The copy of the object in the store has that version from now on: with its
 * leaf, and what is derived. */
MUN_CHECK int mun_catalog_copy_version_put(struct mun_catalog *c,
					   int64_t object, int64_t store,
					   unsigned int version,
					   const char *made, int64_t event,
					   struct mun_err *e);

#endif
