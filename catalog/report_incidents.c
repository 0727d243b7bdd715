/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/report_incidents.c - incidents, what was found, and their lives */
#include "catalog/report_facts.h"

#include "catalog/query.h"

static void take(struct mun_query *q, struct mun_rep_incident *x)
{
	*x = (struct mun_rep_incident){
		.no = mun_column_int(q, 0),
		.id = mun_column_text(q, 1),
		.object = mun_column_text(q, 2),
		.label = mun_column_text(q, 3),
		.store = mun_column_text(q, 4),
		.path = mun_column_text(q, 5),
		.kind = mun_column_text(q, 6),
		.state = mun_column_text(q, 7),
		.acknowledged = mun_column_int(q, 8) != 0,
		.closed = mun_column_int(q, 9) != 0,
		.opened = mun_column_text(q, 10),
		.changed = mun_column_text(q, 11),
		.last_good = mun_column_text(q, 12),
		.has_size = mun_column_int(q, 13) >= 0,
		.text = mun_column_text(q, 14),
		.findings = (uint64_t)mun_column_int(q, 15),
	};
	if (x->has_size)
		x->recorded_bytes = (uint64_t)mun_column_int(q, 13);
}

static int each(struct mun_query *q, mun_rep_incident_fn *fn, void *ctx,
		struct mun_err *e)
{
	struct mun_rep_incident x;
	int rc;

	while ((rc = mun_query_row(q, e)) > 0) {
		take(q, &x);
		rc = fn(ctx, &x, e);
		if (rc)
			return rc;
	}
	return rc;
}

int mun_rep_incidents(struct mun_catalog *c, const struct mun_rep_span *s,
		      mun_rep_incident_fn *fn, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_REP_INCIDENTS);

	mun_query_text(&q, s->to);
	mun_query_text(&q, s->from);
	return each(&q, fn, ctx, e);
}

int mun_rep_open_incidents(struct mun_catalog *c, mun_rep_incident_fn *fn,
			   void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_REP_OPEN);

	return each(&q, fn, ctx, e);
}

int mun_rep_untold(struct mun_catalog *c, mun_rep_incident_fn *fn, void *ctx,
		   struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_REP_UNTOLD);

	return each(&q, fn, ctx, e);
}

int mun_rep_steps(struct mun_catalog *c, const struct mun_rep_span *s,
		  int64_t incident, mun_rep_step_fn *fn, void *ctx,
		  struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_REP_STEPS);
	int rc;

	mun_query_text(&q, s->to);
	mun_query_text(&q, s->from);
	mun_query_int(&q, incident);
	while ((rc = mun_query_row(&q, e)) > 0) {
		const struct mun_rep_step x = {
			.at = mun_column_text(&q, 0),
			.what = mun_column_text(&q, 1),
			.who = mun_column_text(&q, 2),
			.text = mun_column_text(&q, 3),
			.event = mun_column_text(&q, 4),
			.off = (uint64_t)mun_column_int(&q, 5),
			.bytes = (uint64_t)mun_column_int(&q, 6),
			.delivered = mun_column_int(&q, 7) != 0,
		};

		rc = fn(ctx, &x, e);
		if (rc)
			return rc;
	}
	return rc;
}

int mun_rep_findings(struct mun_catalog *c, const struct mun_rep_span *s,
		     const struct mun_rep_incident *i, mun_rep_finding_fn *fn,
		     void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_REP_FINDINGS);
	int rc;

	mun_query_text(&q, s->to);
	mun_query_text(&q, s->from);
	mun_query_int(&q, i->no);
	mun_query_text(&q, i->store);
	mun_query_text(&q, i->kind);
	mun_query_text(&q, i->path);
	while ((rc = mun_query_row(&q, e)) > 0) {
		const struct mun_rep_finding x = {
			.at = mun_column_text(&q, 0),
			.off = (uint64_t)mun_column_int(&q, 1),
			.bytes = (uint64_t)mun_column_int(&q, 2),
			.expected = mun_column_text(&q, 3),
			.actual = mun_column_text(&q, 4),
			.text = mun_column_text(&q, 5),
		};

		rc = fn(ctx, &x, e);
		if (rc)
			return rc;
	}
	return rc;
}
