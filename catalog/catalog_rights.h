/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_rights.h - rows of rights; inside transactions */
#ifndef MUN_CATALOG_CATALOG_RIGHTS_H
#define MUN_CATALOG_CATALOG_RIGHTS_H

#include "catalog/query.h"
#include "catalog/record.h"

/* A row of rights_end, as it is. */
struct mun_rights_end_row {
	int64_t rights;
	const char *at;
	int64_t agent; /* 0: none */
	const char *why;
	int64_t later; /* 0: none */
};

/**
 * mun_catalog_rights_put() - a statement, with its leaf, without its end
 * @object: number
 * @n:      its number among those of the object; 0: the next
 *
 * Return: 0; MUN_EINVAL (mun_rec_rights_check(), an agent that nobody knows, an
 * id that is there); MUN_EIO, MUN_ECORRUPT.
 */
MUN_CHECK int mun_catalog_rights_put(struct mun_catalog *c, int64_t object,
				     const struct mun_rec_rights *x, int64_t n,
				     struct mun_err *e);

/* Its end, with its leaf.  MUN_EINVAL where it has one already. */
MUN_CHECK int mun_catalog_rights_end_put(struct mun_catalog *c,
					 const struct mun_rights_end_row *row,
					 struct mun_err *e);

/* All statements of @r that the catalog does not know yet, with their ends. */
MUN_CHECK int mun_catalog_rights_put_all(struct mun_catalog *c,
					 const struct mun_record *r,
					 int64_t object, struct mun_err *e);

/* All of an object, in the order recorded, into @r. */
MUN_CHECK int mun_catalog_rights_get(struct mun_catalog *c, int64_t object,
				     struct mun_record *r, struct mun_err *e);

#endif
