/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_head.c - the newest signed head, remembered beside the facts */
#include "catalog/catalog_head.h"

#include <string.h>

static int set(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_SIGNED_HEAD_SET);

	mun_query_text(&q, ctx);
	return mun_query_run(&q, e);
}

int mun_catalog_head_set(struct mun_catalog *c, const struct mun_ledger_head *h,
			 struct mun_err *e)
{
	mun_autofree char *line = NULL;
	struct mun_ledger_head was;
	struct mun_err why;
	int rc;

	if (!mun_catalog_head_get(c, &was, &why) && was.size == h->size &&
	    !memcmp(was.digest, h->digest, sizeof(was.digest)))
		return 0;
	rc = mun_ledger_head_text(h, &line, e);
	return rc ? rc : mun_query_txn(c, true, set, line, e);
}

int mun_catalog_head_get(struct mun_catalog *c, struct mun_ledger_head *out,
			 struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_SIGNED_HEAD);
	const char *line;
	int rc = mun_query_row(&q, e);

	*out = (struct mun_ledger_head){ 0 };
	if (rc <= 0)
		return rc;
	line = mun_column_text(&q, 0);
	return mun_ledger_head_parse(line, strlen(line), out, e);
}
