/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_find_property.c - objects that a medium may be known from */
#include "catalog/query.h"

/* Rows of id and label. */
static int tell_each(struct mun_query *q, mun_catalog_found_fn *fn, void *ctx,
		     struct mun_err *e)
{
	int rc;

	while ((rc = mun_query_row(q, e)) > 0) {
		char id[MUN_UUID_LEN];

		rc = mun_column_uuid(q, 0, id, e);
		if (!rc)
			rc = fn(ctx, id, mun_column_text(q, 1), e);
		if (rc)
			return rc;
	}
	return rc;
}

int mun_catalog_find_property(struct mun_catalog *c, const char *name,
			      const char *value, mun_catalog_found_fn *fn,
			      void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_OBJECT_BY_PROPERTY);

	mun_query_text(&q, name);
	mun_query_text(&q, value);
	return tell_each(&q, fn, ctx, e);
}

int mun_catalog_each_digest(struct mun_catalog *c, enum mun_digest_alg alg,
			    const struct mun_digest *d,
			    mun_catalog_found_fn *fn, void *ctx,
			    struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_OBJECTS_BY_DIGEST);

	mun_query_text(&q, mun_digest_name(alg));
	mun_query_blob(&q, d->bytes, d->len);
	return tell_each(&q, fn, ctx, e);
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
