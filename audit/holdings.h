/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/holdings.h - all stores of a repository, opened, or said to be away
 *
 * A store that is away is not an error here: whoever works with it asks, and
 * says so once.
 */
#ifndef MUN_AUDIT_HOLDINGS_H
#define MUN_AUDIT_HOLDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "catalog/catalog.h"
#include "catalog/custody.h"
#include "store/place.h"

struct mun_holding {
	char *name; /* "main", ... */
	char *path; /* of the place */
	char id[MUN_UUID_LEN];
	bool paused;
	struct mun_place *place; /* NULL: away */
	struct mun_err away; /* why */
};

struct mun_holdings {
	size_t n;
	struct mun_holding *of; /* main first, then as they were added */
};

/**
 * mun_holdings_open() - open every store that is not removed
 * @path: the repository
 *
 * Return: 0 also where stores are away; MUN_ECORRUPT, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_holdings_open(struct mun_catalog *c, const char *path,
				struct mun_holdings **out, struct mun_err *e);
void mun_holdings_free(struct mun_holdings *h); /* NULL is fine */
MUN_DEFINE_FREEP(holdings, mun_holdings_free);

/* The store of that name, or NULL. */
struct mun_holding *mun_holdings_find(const struct mun_holdings *h,
				      const char *name);

/**
 * mun_holding_open_file() - the bytes of a stored file, guarded
 * @urn: "urn:uuid:..."
 *
 * A failure, here or of a later read, is looked at twice: where the store is
 * no longer there, or another device is in its place, it is MUN_EUNAVAILABLE
 * and never a missing file.
 */
MUN_CHECK int mun_holding_open_file(const struct mun_holding *h,
				    const char *urn, const char *path,
				    enum mun_read_mode mode,
				    struct mun_source **out, struct mun_err *e);

#endif
