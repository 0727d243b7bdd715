/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_custody.c - incidents for people; policy and notices */
#include "catalog/custody.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_events.h"
#include "catalog/catalog_incidents.h"
#include "catalog/catalog_leaf.h"
#include "catalog/catalog_stores.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"
#include "core/uuid.h"

/* Runs of bytes in ascending order: their union as it grows. */
struct runs {
	bool any;
	uint64_t first;
	uint64_t bytes; /* of the union */
	uint64_t end;
};

static void add_run(struct runs *r, uint64_t off, uint64_t bytes)
{
	uint64_t end;

	if (ckd_add(&end, off, bytes))
		end = UINT64_MAX;
	if (!r->any)
		r->first = off;
	if (!r->any || off > r->end)
		r->bytes += end - off;
	else if (end > r->end)
		r->bytes += end - r->end;
	r->end = r->any ? MUN_MAX(r->end, end) : end;
	r->any = true;
}

static int extent_of(struct mun_catalog *c, int64_t incident, struct runs *out,
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_INCIDENT_RANGES);
	int rc;

	*out = (struct runs){ 0 };
	mun_query_int(&q, incident);
	while ((rc = mun_query_row(&q, e)) > 0)
		add_run(out, (uint64_t)mun_column_int(&q, 0),
			(uint64_t)mun_column_int(&q, 1));
	return rc;
}

static void bind_or_null(struct mun_query *q, const char *text)
{
	if (text)
		mun_query_text(q, text);
	else
		mun_query_null(q);
}

int mun_catalog_incidents(struct mun_catalog *c,
			  const struct mun_cat_incident_query *query,
			  mun_cat_incident_fn *fn, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_INCIDENTS);
	int rc;

	mun_query_int(&q, query->closed);
	bind_or_null(&q, query->object);
	bind_or_null(&q, query->store);
	bind_or_null(&q, query->id);
	while ((rc = mun_query_row(&q, e)) > 0) {
		struct mun_cat_incident i = {
			.id = mun_column_text(&q, 1),
			.object = mun_column_text(&q, 2),
			.store = mun_column_text(&q, 3),
			.path = mun_column_text(&q, 4),
			.kind = mun_column_text(&q, 5),
			.state = mun_column_text(&q, 6),
			.acknowledged = mun_column_int(&q, 7),
			.closed = mun_column_int(&q, 8),
			.opened = mun_column_text(&q, 9),
			.changed = mun_column_text(&q, 10),
			.sys = (int)mun_column_int(&q, 11),
			.text = mun_column_text(&q, 12),
			.findings = (uint64_t)mun_column_int(&q, 13),
		};
		struct runs r;

		rc = extent_of(c, mun_column_int(&q, 0), &r, e);
		i.off = r.first;
		i.bytes = r.bytes;
		if (!rc)
			rc = fn(ctx, &i, e);
		if (rc)
			return rc;
	}
	return rc;
}

int mun_catalog_incident_steps(struct mun_catalog *c, const char *id,
			       mun_cat_step_fn *fn, void *ctx,
			       struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_STEPS);
	bool any = false;
	int rc;

	mun_query_text(&q, id);
	while ((rc = mun_query_row(&q, e)) > 0) {
		const struct mun_cat_step s = {
			.at = mun_column_text(&q, 0),
			.state = mun_column_text(&q, 1),
			.agent = mun_column_text(&q, 2),
			.text = mun_column_text(&q, 3),
			.off = (uint64_t)mun_column_int(&q, 4),
			.bytes = (uint64_t)mun_column_int(&q, 5),
		};

		any = true;
		rc = fn(ctx, &s, e);
		if (rc)
			return rc;
	}
	if (!rc && !any)
		return mun_fail(e, MUN_ENOENT, "no incident has the id %s", id);
	return rc;
}

/* A run of damage that may grow by its neighbours. */
struct damage {
	char incident[MUN_UUID_LEN];
	char *path; /* NULL: none yet */
	char kind[16];
	uint64_t off;
	uint64_t bytes;
};

static int give_damage(const struct damage *d, mun_cat_damage_fn *fn, void *ctx,
		       struct mun_err *e)
{
	const struct mun_cat_damage out = {
		d->incident, d->path, d->kind, d->off, d->bytes,
	};

	return d->path ? fn(ctx, &out, e) : 0;
}

static bool grow(struct damage *d, const char *incident, uint64_t off,
		 uint64_t bytes)
{
	if (!d->path || strcmp(d->incident, incident) != 0 ||
	    off > d->off + d->bytes)
		return false;
	d->bytes = MUN_MAX(d->off + d->bytes, off + bytes) - d->off;
	return true;
}

int mun_catalog_damage(struct mun_catalog *c, const char *object,
		       const char *store, mun_cat_damage_fn *fn, void *ctx,
		       struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_INCIDENT_DAMAGE);
	struct damage d = { .path = NULL };
	int rc;

	mun_query_text(&q, object);
	mun_query_text(&q, store);
	while ((rc = mun_query_row(&q, e)) > 0) {
		uint64_t off = (uint64_t)mun_column_int(&q, 3);
		uint64_t bytes = (uint64_t)mun_column_int(&q, 4);

		if (grow(&d, mun_column_text(&q, 0), off, bytes))
			continue;
		rc = give_damage(&d, fn, ctx, e);
		free(d.path);
		d.path = NULL;
		if (!rc)
			rc = mun_strdup(mun_column_text(&q, 1), &d.path, e);
		if (!rc)
			rc = mun_column_uuid(&q, 0, d.incident, e);
		if (rc)
			break;
		(void)snprintf(d.kind, sizeof(d.kind), "%s",
			       mun_column_text(&q, 2));
		d.off = off;
		d.bytes = bytes;
	}
	if (!rc)
		rc = give_damage(&d, fn, ctx, e);
	free(d.path);
	return rc;
}

/* An incident that is told from outside an audit. */
struct telling {
	const struct mun_cat_incident *what;
	char *id;
	bool *joined;
};

static int tell(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct telling *t = ctx;
	const struct mun_cat_incident *w = t->what;
	char now[MUN_TIME_LEN];
	char state[16];
	struct mun_incident_row row = {
		.path = w->path,
		.kind = w->kind,
		.opened = now,
		.off = w->off,
		.bytes = w->bytes,
		.sys = w->sys,
		.text = w->text,
	};
	int rc = mun_catalog_born(c, e);

	mun_time_text(mun_now_ms(), now);
	if (!rc)
		rc = mun_catalog_store_of(c, w->store, &row.store, state, e);
	if (!rc && w->object && *w->object) {
		rc = mun_catalog_number_of(c, MUN_STMT_OBJECT_NO, w->object,
					   &row.object, e);
		if (!rc && !row.object)
			return mun_fail(e, MUN_ENOENT,
					"no object has the id %s", w->object);
	}
	return rc ? rc : mun_incident_found(c, &row, t->id, t->joined, e);
}

int mun_catalog_incident_open(struct mun_catalog *c,
			      const struct mun_cat_incident *what,
			      char id_out[static MUN_UUID_LEN], bool *joined,
			      struct mun_err *e)
{
	struct telling t = { what, id_out, joined };

	return mun_query_txn(c, true, tell, &t, e);
}

/* A step of an incident's life. */
struct stepping {
	const char *id;
	const char *state;
	const char *agent;
	const char *text;
	const struct mun_record *event;
};

/* The incident as it stands. */
struct standing {
	int64_t no;
	int64_t object;
	char state[16];
	bool closed;
};

static int stand(struct mun_catalog *c, const char *id, struct standing *out,
		 struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_INCIDENT_BY_ID);
	int rc;

	mun_query_text(&q, id);
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	if (!rc)
		return mun_fail(e, MUN_ENOENT, "no incident has the id %s", id);
	out->no = mun_column_int(&q, 0);
	out->object = mun_column_int(&q, 1);
	out->closed = mun_column_int(&q, 5);
	(void)snprintf(out->state, sizeof(out->state), "%s",
		       mun_column_text(&q, 3));
	return 0;
}

static int may_follow(const struct stepping *x, const struct standing *at,
		      struct mun_err *e)
{
	bool has_agent = x->agent && *x->agent;
	bool has_text = x->text && *x->text;

	if (at->closed)
		return mun_fail(e, MUN_EINVAL, "it is closed");
	if (!strcmp(x->state, "acknowledged") && !(has_agent && has_text))
		return mun_fail(e, MUN_EINVAL,
				"who acknowledges it, and why, must be said");
	if (!strcmp(x->state, "repaired")) {
		if (!x->event && !(has_agent && has_text))
			return mun_fail(e, MUN_EINVAL,
					"who repaired it, and how, must be "
					"said");
		if (!strcmp(at->state, "repaired") ||
		    !strcmp(at->state, "verified"))
			return mun_fail(e, MUN_EINVAL, "it is %s already",
					at->state);
	}
	if (!strcmp(x->state, "verified") && strcmp(at->state, "repaired") != 0)
		return mun_fail(e, MUN_EINVAL,
				"it is %s: only what was repaired can be "
				"verified",
				at->state);
	return 0;
}

static int add_event(struct mun_catalog *c, const struct mun_record *r,
		     int64_t object, int64_t *out, struct mun_err *e)
{
	int rc;

	*out = 0;
	if (!r)
		return 0;
	if (r->nevents != 1 || !object)
		return mun_fail(e, MUN_EINVAL,
				"the event of a repair is one, of an object");
	rc = mun_catalog_events_put(c, r, object, e);
	return rc ? rc
		  : mun_catalog_number_of(c, MUN_STMT_EVENT_NO, r->events[0].id,
					  out, e);
}

static int step(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct stepping *x = ctx;
	struct standing at;
	char now[MUN_TIME_LEN];
	struct mun_step_row row = {
		.at = now,
		.state = x->state,
		.text = x->text ? x->text : "",
	};
	int rc = stand(c, x->id, &at, e);

	if (!rc)
		rc = may_follow(x, &at, e);
	if (!rc)
		rc = mun_catalog_agent_of(c, x->agent, &row.agent, e);
	if (!rc)
		rc = add_event(c, x->event, at.object, &row.event, e);
	if (rc)
		return rc;
	mun_time_text(mun_now_ms(), now);
	row.incident = at.no;
	return mun_incident_step_put(c, &row, e);
}

int mun_catalog_incident_step(struct mun_catalog *c, const char *id,
			      const char *state, const char *agent,
			      const char *text, const struct mun_record *event,
			      struct mun_err *e)
{
	static const char *const states[] = { "acknowledged", "repaired",
					      "repair-failed", "verified" };
	struct stepping x = { id, state, agent, text, event };
	bool known = false;
	int rc;

	for (size_t i = 0; i < MUN_COUNT(states); i++)
		known |= !strcmp(states[i], state);
	if (!known)
		return mun_fail(e, MUN_EINVAL, "an incident cannot be '%s'",
				state);
	rc = mun_query_txn(c, true, step, &x, e);
	return rc ? mun_ctx(e, "incident %s", id) : 0;
}
