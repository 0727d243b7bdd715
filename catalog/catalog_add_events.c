/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_add_events.c - what happened to several objects at once */
#include "catalog/catalog.h"

#include "catalog/catalog_events.h"
#include "catalog/catalog_leaf.h"
#include "catalog/query.h"

struct several {
	const struct mun_record *const *records;
	size_t n;
};

static int add_events(struct mun_catalog *c, const struct mun_record *r,
		      struct mun_err *e)
{
	int64_t no;
	int rc = mun_catalog_number_of(c, MUN_STMT_OBJECT_NO, r->id, &no, e);

	if (!rc && !no)
		rc = mun_fail(e, MUN_ENOENT, "it is not in the catalog");
	if (!rc)
		rc = mun_catalog_events_put(c, r, no, e);
	return rc ? mun_ctx(e, "add events to object %s", r->id) : 0;
}

static int add_all(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct several *s = ctx;
	int rc = 0;

	for (size_t i = 0; i < s->n && !rc; i++)
		rc = add_events(c, s->records[i], e);
	return rc;
}

int mun_catalog_add_events_all(struct mun_catalog *c,
			       const struct mun_record *const *records,
			       size_t n, struct mun_err *e)
{
	struct several s = { records, n };

	return mun_query_txn(c, true, add_all, &s, e);
}
