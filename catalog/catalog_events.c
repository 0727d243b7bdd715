/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_events.c - events, their agents and links */
#include "catalog/catalog_events.h"

#include <string.h>

#include "catalog/catalog_leaf.h"
#include "catalog/catalog_reading.h"
#include "core/uuid.h"

int mun_catalog_events_agent_no(struct mun_catalog *c, const char *id,
				int64_t *out, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_AGENT_NO);

	mun_query_text(&q, id);
	return mun_query_number(&q, out, e);
}

int mun_catalog_agent_put(struct mun_catalog *c, const struct mun_rec_agent *a,
			  struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_AGENT_ADD);
	int64_t no;
	int rc = mun_catalog_next(c, MUN_STMT_AGENT_NEXT, &no, e);

	if (rc)
		return rc;
	mun_query_int(&q, no);
	mun_query_text(&q, a->id);
	mun_query_text(&q, a->type);
	mun_query_text(&q, a->name);
	mun_query_text(&q, a->version);
	mun_query_text(&q, a->note);
	rc = mun_query_run(&q, e);
	return rc ? rc : mun_catalog_leaf_add(c, MUN_LEAF_AGENT, no, 0, e);
}

static int put_agents(struct mun_catalog *c, const struct mun_record *r,
		      struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < r->nagents && !rc; i++) {
		int64_t no;

		rc = mun_catalog_events_agent_no(c, r->agents[i].id, &no, e);
		if (!rc && !no)
			rc = mun_catalog_agent_put(c, &r->agents[i], e);
		if (rc)
			return mun_ctx(e, "agent '%s'", r->agents[i].name);
	}
	return rc;
}

static int link_agents(struct mun_catalog *c, const struct mun_rec_event *ev,
		       int64_t event, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_EVENT_AGENT_ADD);
	int rc = 0;

	for (size_t i = 0; i < ev->nagents && !rc; i++) {
		int64_t agent;

		rc = mun_catalog_events_agent_no(c, ev->agents[i].id, &agent,
						 e);
		if (rc)
			return rc;
		if (!agent)
			return mun_fail(e, MUN_EINVAL, "no agent has the id %s",
					ev->agents[i].id);
		mun_query_int(&q, event);
		mun_query_u64(&q, i + 1);
		mun_query_int(&q, agent);
		mun_query_text(&q, ev->agents[i].role);
		rc = mun_query_run(&q, e);
	}
	return rc;
}

/* 0 is the carrier, which is no file. */
int mun_catalog_events_file(struct mun_catalog *c, int64_t object,
			    const char *id, int64_t *out, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_FILE_BY_ID);
	int rc;

	*out = 0;
	if (!strcmp(id, MUN_LINK_CARRIER))
		return 0;
	mun_query_int(&q, object);
	mun_query_text(&q, id);
	rc = mun_query_number(&q, out, e);
	if (!rc && !*out)
		return mun_fail(e, MUN_EINVAL,
				"no file of the object has the id %s", id);
	return rc;
}

static int link_objects(struct mun_catalog *c, const struct mun_rec_event *ev,
			int64_t object, int64_t event, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_EVENT_OBJECT_ADD);
	int rc = 0;

	for (size_t i = 0; i < ev->nobjects && !rc; i++) {
		int64_t file;

		rc = mun_catalog_events_file(c, object, ev->objects[i].id,
					     &file, e);
		if (rc)
			return rc;
		mun_query_int(&q, event);
		mun_query_u64(&q, i + 1);
		mun_query_ref(&q, file);
		mun_query_text(&q, ev->objects[i].role);
		rc = mun_query_run(&q, e);
	}
	return rc;
}

/* The numbers that the next event of @object has: in the table, and among the
 * events of the object. */
static int next_event(struct mun_catalog *c, int64_t object, int64_t *no,
		      int64_t *n, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_EVENT_NEXT);
	mun_autoquery struct mun_query last =
		mun_query_begin(c, MUN_STMT_EVENT_N);
	int rc = mun_query_number(&q, no, e);

	if (rc)
		return rc;
	mun_query_int(&last, object);
	rc = mun_query_number(&last, n, e);
	++*n;
	return rc;
}

static int refuse_known(struct mun_catalog *c, const char *id,
			struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_EVENT_NO);
	int64_t no;
	int rc;

	mun_query_text(&q, id);
	rc = mun_query_number(&q, &no, e);
	if (!rc && no)
		return mun_fail(e, MUN_EEXIST, "it is in the catalog already");
	return rc;
}

static int put_event_row(struct mun_catalog *c, const struct mun_rec_event *ev,
			 int64_t object, int64_t given, int64_t *no,
			 struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_EVENT_ADD);
	int64_t n;
	int rc = next_event(c, object, no, &n, e);

	if (rc)
		return rc;
	mun_query_int(&q, *no);
	mun_query_int(&q, object);
	mun_query_int(&q, given ? given : n);
	mun_query_text(&q, ev->id);
	mun_query_text(&q, ev->type);
	mun_query_text(&q, ev->started);
	mun_query_text(&q, ev->ended);
	mun_query_text(&q, ev->detail);
	mun_query_text(&q, ev->outcome);
	mun_query_text(&q, ev->note);
	mun_query_u64(&q, ev->nagents + ev->nobjects + (ev->reading ? 1 : 0));
	return mun_query_run(&q, e);
}

int mun_catalog_events_put_one(struct mun_catalog *c,
			       const struct mun_rec_event *ev, int64_t object,
			       int64_t n, int64_t *no_out, struct mun_err *e)
{
	int rc = refuse_known(c, ev->id, e);

	if (!rc)
		rc = put_event_row(c, ev, object, n, no_out, e);
	if (!rc)
		rc = link_agents(c, ev, *no_out, e);
	if (!rc)
		rc = link_objects(c, ev, object, *no_out, e);
	if (!rc)
		rc = mun_catalog_reading_put(c, ev, *no_out, e);
	if (!rc)
		rc = mun_catalog_leaf_add(c, MUN_LEAF_EVENT, *no_out, 0, e);
	return rc ? mun_ctx(e, "event '%s' %s", ev->type, ev->id) : 0;
}

int mun_catalog_events_put(struct mun_catalog *c, const struct mun_record *r,
			   int64_t object, struct mun_err *e)
{
	int rc = put_agents(c, r, e);

	for (size_t i = 0; i < r->nevents && !rc; i++) {
		int64_t no;

		rc = mun_catalog_events_put_one(c, &r->events[i], object, 0,
						&no, e);
	}
	return rc;
}

/* What mun_catalog_agent_id() looks for or makes. */
struct wanted {
	struct mun_rec_agent agent;
	char *id; /* MUN_UUID_LEN bytes */
};

static int find_agent(struct mun_catalog *c, const struct wanted *w,
		      bool *found, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_AGENT_BY_FACTS);
	int rc;

	mun_query_text(&q, w->agent.type);
	mun_query_text(&q, w->agent.name);
	mun_query_text(&q, w->agent.version);
	mun_query_text(&q, w->agent.note);
	rc = mun_query_row(&q, e);
	*found = rc > 0;
	return rc > 0 ? mun_column_uuid(&q, 0, w->id, e) : rc;
}

/* Another process may have been faster: looked up once more under the lock. */
static int make_agent(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	struct wanted *w = ctx;
	bool found;
	int rc = find_agent(c, w, &found, e);

	if (rc || found)
		return rc;
	rc = mun_uuid_new(w->id, e);
	if (rc)
		return rc;
	w->agent.id = w->id;
	return mun_catalog_agent_put(c, &w->agent, e);
}

int mun_catalog_agent_id(struct mun_catalog *c, const char *type,
			 const char *name, const char *version,
			 const char *note, char out[static MUN_UUID_LEN],
			 struct mun_err *e)
{
	struct wanted w = {
		.agent = { "", type, name, version, note },
		.id = out,
	};
	bool found;
	int rc = find_agent(c, &w, &found, e);

	if (!rc && !found)
		rc = mun_query_txn(c, true, make_agent, &w, e);
	return rc ? mun_ctx(e, "agent '%s'", name) : 0;
}
