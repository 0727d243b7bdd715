/* SPDX-License-Identifier: Apache-2.0 */
/* store/inventory_json.h - inventory.json as JSON, its size bounded */
#ifndef MUN_STORE_INVENTORY_JSON_H
#define MUN_STORE_INVENTORY_JSON_H

#include <stddef.h>

#include "core/err.h"
#include "core/json.h"
#include "store/inventory.h"

/**
 * mun_inventory_json() - parse what may be hostile
 *
 * Refused before anything is allocated: more than MUN_INVENTORY_MAX bytes, and
 * more values than an inventory of that size can have, each of which would cost
 * fifty times its bytes.
 * Return: 0; MUN_ECORRUPT (not JSON, not an object, a key twice); MUN_ENOMEM.
 */
MUN_CHECK int mun_inventory_json(const char *text, size_t len, json_t **out,
				 struct mun_err *e);

/* "v12" is 12, "v0012" too; 0 for what is no version name. */
unsigned long mun_inventory_version(const char *name);

/* Give the files of @inv the digests of @fixity (may be NULL) that we know.
 * 0, MUN_ECORRUPT for a value that is no such digest, MUN_ENOMEM. */
MUN_CHECK int mun_inventory_fixity(struct mun_inventory *inv, json_t *fixity,
				   struct mun_err *e);

#endif
