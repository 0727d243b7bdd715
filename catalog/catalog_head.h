/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/catalog_head.h - the newest signed head, remembered beside the facts
 *
 * A ledger whose end was cut off at a head is whole in itself; the catalog
 * knows that there was more.
 */
#ifndef MUN_CATALOG_CATALOG_HEAD_H
#define MUN_CATALOG_CATALOG_HEAD_H

#include "catalog/query.h"
#include "fixity/ledger.h"

/* Remember @h, which was just signed; one that is remembered is no write. */
MUN_CHECK int mun_catalog_head_set(struct mun_catalog *c,
				   const struct mun_ledger_head *h,
				   struct mun_err *e);

/* The one that is remembered; its size is 0 where there is none.
 * MUN_ECORRUPT where the row holds anything else. */
MUN_CHECK int mun_catalog_head_get(struct mun_catalog *c,
				   struct mun_ledger_head *out,
				   struct mun_err *e);

#endif
