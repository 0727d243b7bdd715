/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_notices.c - the policy in force, and who was told of what */
#include "catalog/catalog_notices.h"

#include <string.h>

#include "catalog/catalog_leaf.h"
#include "catalog/custody.h"
#include "core/clock.h"

int mun_catalog_policy_put(struct mun_catalog *c, const char *at,
			   const char *text, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_POLICY_ADD);
	int64_t no;
	int rc = mun_catalog_next(c, MUN_STMT_POLICY_NEXT, &no, e);

	if (rc)
		return rc;
	mun_query_int(&q, no);
	mun_query_text(&q, at);
	mun_query_text(&q, text);
	rc = mun_query_run(&q, e);
	return rc ? rc : mun_catalog_leaf_add(c, MUN_LEAF_POLICY, no, 0, e);
}

/* Is @text what is in force already? */
static int in_force(struct mun_catalog *c, const char *text, bool *out,
		    struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_POLICY_LAST);
	int rc = mun_query_row(&q, e);

	*out = rc > 0 && !strcmp(mun_column_text(&q, 0), text);
	return rc < 0 ? rc : 0;
}

struct policy {
	const char *text;
};

static int change(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct policy *p = ctx;
	char now[MUN_TIME_LEN];
	bool same;
	int rc = in_force(c, p->text, &same, e);

	if (rc || same)
		return rc;
	mun_time_text(mun_now_ms(), now);
	return mun_catalog_policy_put(c, now, p->text, e);
}

int mun_catalog_policy(struct mun_catalog *c, const char *text,
		       struct mun_err *e)
{
	struct policy p = { text };
	bool same;
	int rc = in_force(c, text, &same, e);

	if (!rc && !same)
		rc = mun_query_txn(c, true, change, &p, e);
	return rc ? mun_ctx(e, "write down the policy") : 0;
}

int mun_catalog_notice_put(struct mun_catalog *c,
			   const struct mun_notice_row *n, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_NOTICE_ADD);
	int64_t no;
	int rc = mun_catalog_next(c, MUN_STMT_NOTICE_NEXT, &no, e);

	if (rc)
		return rc;
	mun_query_int(&q, no);
	mun_query_text(&q, n->at);
	mun_query_ref(&q, n->incident);
	mun_query_text(&q, n->what);
	mun_query_text(&q, n->channel);
	mun_query_text(&q, n->target);
	mun_query_int(&q, n->delivered);
	mun_query_text(&q, n->text);
	rc = mun_query_run(&q, e);
	return rc ? rc : mun_catalog_leaf_add(c, MUN_LEAF_NOTICE, no, 0, e);
}

struct notice {
	const char *incident; /* id or NULL */
	struct mun_notice_row row;
};

static int add_notice(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	struct notice *n = ctx;
	int rc = 0;

	n->row.incident = 0;
	if (n->incident && *n->incident)
		rc = mun_catalog_number_of(c, MUN_STMT_INCIDENT_BY_ID,
					   n->incident, &n->row.incident, e);
	if (!rc && n->incident && *n->incident && !n->row.incident)
		return mun_fail(e, MUN_ENOENT, "no incident has the id %s",
				n->incident);
	return rc ? rc : mun_catalog_notice_put(c, &n->row, e);
}

int mun_catalog_notice(struct mun_catalog *c, const char *incident,
		       const char *what, const char *channel,
		       const char *target, bool delivered, const char *text,
		       struct mun_err *e)
{
	char now[MUN_TIME_LEN];
	struct notice n = {
		incident, { now, 0, what, channel, target, delivered, text }
	};
	int rc;

	mun_time_text(mun_now_ms(), now);
	rc = mun_query_txn(c, true, add_notice, &n, e);
	return rc ? mun_ctx(e, "write down that '%s' was told", target) : 0;
}
