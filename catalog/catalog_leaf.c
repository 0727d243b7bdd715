/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_leaf.c - the number of a fact in the ledger */
#include "catalog/catalog_leaf.h"

#include "catalog/custody.h"
#include "core/clock.h"
#include "core/uuid.h"

int mun_catalog_next(struct mun_catalog *c, enum mun_stmt id, int64_t *out,
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, id);

	return mun_query_number(&q, out, e);
}

int mun_catalog_number_of(struct mun_catalog *c, enum mun_stmt id,
			  const char *text, int64_t *out, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, id);

	mun_query_text(&q, text);
	return mun_query_number(&q, out, e);
}

static int add(struct mun_catalog *c, const char *kind, int64_t ref, int64_t n,
	       struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_LEAF_ADD);
	int rc;

	mun_query_int(&q, c->next_leaf);
	mun_query_text(&q, kind);
	mun_query_int(&q, ref);
	mun_query_int(&q, n);
	rc = mun_query_run(&q, e);
	if (!rc)
		c->next_leaf++;
	return rc;
}

int mun_catalog_repository_put(struct mun_catalog *c, const char *id,
			       const char *created, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_REPOSITORY_ADD);
	int rc;

	mun_query_int(&q, 1);
	mun_query_text(&q, id);
	mun_query_text(&q, created);
	rc = mun_query_run(&q, e);
	return rc ? rc : mun_catalog_leaf_add(c, MUN_LEAF_REPOSITORY, 1, 0, e);
}

int mun_catalog_store_put(struct mun_catalog *c, const char *id,
			  const char *name, const char *url, const char *added,
			  int64_t agent, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_STORE_ADD);
	int64_t no;
	int rc = mun_catalog_next(c, MUN_STMT_STORE_NEXT, &no, e);

	if (rc)
		return rc;
	mun_query_int(&q, no);
	mun_query_text(&q, id);
	mun_query_text(&q, name);
	mun_query_text(&q, url);
	mun_query_text(&q, added);
	mun_query_ref(&q, agent);
	rc = mun_query_run(&q, e);
	return rc ? rc : mun_catalog_leaf_add(c, MUN_LEAF_STORE, no, 0, e);
}

/* The first two facts of every catalog. */
static int give_birth(struct mun_catalog *c, struct mun_err *e)
{
	char repository[MUN_UUID_LEN];
	char store[MUN_UUID_LEN];
	char now[MUN_TIME_LEN];
	int rc = mun_uuid_new(repository, e);

	if (!rc)
		rc = mun_uuid_new(store, e);
	if (rc)
		return rc;
	mun_time_text(mun_now_ms(), now);
	rc = mun_catalog_repository_put(c, repository, now, e);
	return rc ? rc
		  : mun_catalog_store_put(c, store, MUN_STORE_MAIN, "", now, 0,
					  e);
}

int mun_catalog_born(struct mun_catalog *c, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_REPOSITORY);
	int rc;

	/* What a ledger tells brings its own. */
	if (c->born || c->replaying)
		return 0;
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	c->born = true;
	return rc ? 0 : give_birth(c, e);
}

int mun_catalog_leaf_add(struct mun_catalog *c, const char *kind, int64_t ref,
			 int64_t n, struct mun_err *e)
{
	int rc = mun_catalog_born(c, e);

	if (!rc && c->next_leaf < 0)
		rc = mun_catalog_next(c, MUN_STMT_LEAF_NEXT, &c->next_leaf, e);
	return rc ? rc : add(c, kind, ref, n, e);
}
