/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/feed_load.h - an object as an audit takes it */
#ifndef MUN_CATALOG_FEED_LOAD_H
#define MUN_CATALOG_FEED_LOAD_H

#include "catalog/query.h"
#include "fixity/audit.h"

/**
 * mun_feed_load() - fill @item from the rows of object number @object
 * @store: number of the store: what its copy's version has
 * @full:  whole-file digests too
 *
 * On failure the caller frees what is there.  Return: 0; MUN_ECORRUPT for rows
 * that are damaged or not there; MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_feed_load(struct mun_catalog *c, int64_t object,
			    int64_t store, bool full,
			    struct mun_audit_item *item, struct mun_err *e);

#endif
