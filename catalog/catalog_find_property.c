/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_find_property.c - objects that a medium may be known from */
#include "catalog/query.h"

int mun_catalog_find_property(struct mun_catalog *c, const char *name,
			      const char *value, mun_catalog_found_fn *fn,
			      void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_OBJECT_BY_PROPERTY);
	int rc;

	mun_query_text(&q, name);
	mun_query_text(&q, value);
	while ((rc = mun_query_row(&q, e)) > 0) {
		char id[MUN_UUID_LEN];

		rc = mun_column_uuid(&q, 0, id, e);
		if (!rc)
			rc = fn(ctx, id, mun_column_text(&q, 1), e);
		if (rc)
			return rc;
	}
	return rc;
}

int mun_catalog_has_size(struct mun_catalog *c, uint64_t bytes, bool *found,
			 struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_MASTER_OF_SIZE);
	int rc;

	mun_query_u64(&q, bytes);
	rc = mun_query_row(&q, e);
	*found = rc > 0;
	return rc < 0 ? rc : 0;
}
