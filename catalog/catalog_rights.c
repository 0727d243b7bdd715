/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_rights.c - rows of rights: put with their leaves, and got */
#include "catalog/catalog_rights.h"

#include <string.h>

#include "catalog/catalog_leaf.h"
#include "catalog/catalog_stores.h"

#define GRANTED "granted"
#define RESTRICTED "restricted"

static int next_n(struct mun_catalog *c, int64_t object, int64_t *n,
		  struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_RIGHTS_N);

	if (*n)
		return 0;
	mun_query_int(&q, object);
	return mun_query_number(&q, n, e);
}

static int put_row(struct mun_catalog *c, int64_t no, int64_t object,
		   const struct mun_rec_rights *x, int64_t n, int64_t agent,
		   struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_RIGHTS_ADD);

	mun_query_int(&q, no);
	mun_query_text(&q, x->id);
	mun_query_int(&q, object);
	mun_query_int(&q, n);
	mun_query_text(&q, x->recorded);
	mun_query_ref(&q, agent);
	mun_query_text(&q, x->basis);
	mun_query_text(&q, x->act);
	mun_query_text(&q, x->restricted ? RESTRICTED : GRANTED);
	mun_query_text(&q, x->text);
	mun_query_text(&q, x->from);
	mun_query_text(&q, x->until);
	mun_query_text(&q, x->jurisdiction);
	mun_query_text(&q, x->citation);
	mun_query_text(&q, x->note);
	return mun_query_run(&q, e);
}

int mun_catalog_rights_put(struct mun_catalog *c, int64_t object,
			   const struct mun_rec_rights *x, int64_t n,
			   struct mun_err *e)
{
	int64_t agent = 0;
	int64_t no = 0;
	int rc = mun_rec_rights_check(x, e);

	if (!rc)
		rc = mun_catalog_agent_of(c, x->agent, &agent, e);
	if (!rc)
		rc = mun_catalog_next(c, MUN_STMT_RIGHTS_NEXT, &no, e);
	if (!rc)
		rc = next_n(c, object, &n, e);
	if (!rc)
		rc = put_row(c, no, object, x, n, agent, e);
	return rc ? rc : mun_catalog_leaf_add(c, MUN_LEAF_RIGHTS, no, 0, e);
}

int mun_catalog_rights_end_put(struct mun_catalog *c,
			       const struct mun_rights_end_row *row,
			       struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_RIGHTS_END_ADD);
	int64_t no;
	int rc = mun_catalog_next(c, MUN_STMT_RIGHTS_END_NEXT, &no, e);

	if (rc)
		return rc;
	mun_query_int(&q, no);
	mun_query_int(&q, row->rights);
	mun_query_text(&q, row->at);
	mun_query_ref(&q, row->agent);
	mun_query_text(&q, row->why);
	mun_query_ref(&q, row->later);
	rc = mun_query_run(&q, e);
	return rc ? rc : mun_catalog_leaf_add(c, MUN_LEAF_RIGHTS_END, no, 0, e);
}

/* A statement of @id that must be there, or "" for none. */
static int number_of(struct mun_catalog *c, const char *id, int64_t *out,
		     struct mun_err *e)
{
	int rc;

	*out = 0;
	if (!*id)
		return 0;
	rc = mun_catalog_number_of(c, MUN_STMT_RIGHTS_NO, id, out, e);
	if (!rc && !*out)
		return mun_fail(e, MUN_EINVAL,
				"no rights statement has the id %s", id);
	return rc;
}

static int put_end(struct mun_catalog *c, const struct mun_rec_rights *x,
		   struct mun_err *e)
{
	struct mun_rights_end_row row = { .at = x->ended, .why = x->why };
	int rc = number_of(c, x->id, &row.rights, e);

	if (!rc)
		rc = number_of(c, x->later, &row.later, e);
	if (!rc)
		rc = mun_catalog_agent_of(c, x->ended_by, &row.agent, e);
	return rc ? rc : mun_catalog_rights_end_put(c, &row, e);
}

/* The statement's number, whether it is known, and whether it has ended. */
static int standing(struct mun_catalog *c, const char *id, bool *known,
		    bool *ended, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_RIGHTS_STANDING);
	int rc;

	mun_query_text(&q, id);
	rc = mun_query_row(&q, e);
	*known = rc > 0;
	*ended = rc > 0 && mun_column_int(&q, 2);
	return rc < 0 ? rc : 0;
}

int mun_catalog_rights_put_all(struct mun_catalog *c,
			       const struct mun_record *r, int64_t object,
			       struct mun_err *e)
{
	bool known = false;
	bool ended = false;
	int rc = 0;

	for (size_t i = 0; i < r->nrights && !rc; i++) {
		rc = standing(c, r->rights[i].id, &known, &ended, e);
		if (!rc && !known)
			rc = mun_catalog_rights_put(c, object, &r->rights[i], 0,
						    e);
	}
	/* Now that all are there which may have taken the place of others. */
	for (size_t i = 0; i < r->nrights && !rc; i++) {
		rc = standing(c, r->rights[i].id, &known, &ended, e);
		if (!rc && !ended && *r->rights[i].ended)
			rc = put_end(c, &r->rights[i], e);
	}
	return rc ? mun_ctx(e, "rights of object %s", r->id) : 0;
}

static const char *text(struct mun_query *q, int column, struct mun_record *r)
{
	return mun_arena_strdup(r->arena, mun_column_text(q, column));
}

int mun_catalog_rights_get(struct mun_catalog *c, int64_t object,
			   struct mun_record *r, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_RIGHTS_GET);
	int rc;

	mun_query_int(&q, object);
	while ((rc = mun_query_row(&q, e)) > 0) {
		struct mun_rec_rights *x = mun_record_add_rights(r);

		if (!x)
			return mun_fail_nomem(e, "record");
		x->id = text(&q, 0, r);
		x->recorded = text(&q, 1, r);
		x->agent = text(&q, 2, r);
		x->basis = text(&q, 3, r);
		x->act = text(&q, 4, r);
		x->restricted = !strcmp(mun_column_text(&q, 5), RESTRICTED);
		x->text = text(&q, 6, r);
		x->from = text(&q, 7, r);
		x->until = text(&q, 8, r);
		x->jurisdiction = text(&q, 9, r);
		x->citation = text(&q, 10, r);
		x->note = text(&q, 11, r);
		x->ended = text(&q, 12, r);
		x->ended_by = text(&q, 13, r);
		x->why = text(&q, 14, r);
		x->later = text(&q, 15, r);
	}
	return rc;
}
