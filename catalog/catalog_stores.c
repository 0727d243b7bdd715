/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_stores.c - stores and the copies that they have */
#include "catalog/catalog_events.h"
#include "catalog/catalog_leaf.h"
#include "catalog/catalog_object.h"
#include "catalog/catalog_stores.h"
#include "catalog/custody.h"
#include "core/check.h"
#include "core/clock.h"

#include <stdio.h>
#include <string.h>

int mun_catalog_stores(struct mun_catalog *c, bool removed,
		       mun_cat_store_fn *fn, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_STORES);
	int rc;

	mun_query_int(&q, removed);
	while ((rc = mun_query_row(&q, e)) > 0) {
		const struct mun_cat_store s = {
			.id = mun_column_text(&q, 0),
			.name = mun_column_text(&q, 1),
			.url = mun_column_text(&q, 2),
			.state = mun_column_text(&q, 3),
			.added = mun_column_text(&q, 4),
			.why = mun_column_text(&q, 5),
			.objects = (uint64_t)mun_column_int(&q, 6),
			.bytes = (uint64_t)mun_column_int(&q, 7),
		};

		rc = fn(ctx, &s, e);
		if (rc)
			return rc;
	}
	return rc;
}

int mun_catalog_agent_of(struct mun_catalog *c, const char *id, int64_t *out,
			 struct mun_err *e)
{
	int rc;

	*out = 0;
	if (!id || !*id)
		return 0;
	rc = mun_catalog_events_agent_no(c, id, out, e);
	if (!rc && !*out)
		return mun_fail(e, MUN_EINVAL, "no agent has the id %s", id);
	return rc;
}

static bool is_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len && len <= 32 && !name[len] && *name != '-';
}

/* A store to be added. */
struct addition {
	const char *id;
	const char *name;
	const char *url;
	const char *agent; /* id or NULL */
};

static int add_store(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct addition *a = ctx;
	char now[MUN_TIME_LEN];
	int64_t agent = 0;
	int64_t no = 0;
	int rc = mun_catalog_born(c, e);

	if (!rc)
		rc = mun_catalog_number_of(c, MUN_STMT_STORE_NO, a->name, &no,
					   e);
	if (!rc && no)
		return mun_fail(e, MUN_EEXIST,
				"there is, or was, a store of that name");
	if (!rc)
		rc = mun_catalog_number_of(c, MUN_STMT_STORE_BY_ID, a->id, &no,
					   e);
	if (!rc && no)
		return mun_fail(e, MUN_EEXIST,
				"there is, or was, a store with the id %s",
				a->id);
	if (!rc)
		rc = mun_catalog_agent_of(c, a->agent, &agent, e);
	if (rc)
		return rc;
	mun_time_text(mun_now_ms(), now);
	return mun_catalog_store_put(c, a->id, a->name, a->url, now, agent, e);
}

int mun_catalog_store_add(struct mun_catalog *c, const char *id,
			  const char *name, const char *url, const char *agent,
			  struct mun_err *e)
{
	struct addition a = { id, name, url, agent };
	int rc;

	if (!is_name(name))
		return mun_fail(e, MUN_EINVAL,
				"'%s' cannot be the name of a store: 1 to 32 "
				"of a-z, 0-9, '-'",
				name);
	if (!mun_uuid_is(id))
		return mun_fail(e, MUN_EINVAL, "'%s' is not a UUID", id);
	rc = mun_query_txn(c, true, add_store, &a, e);
	return rc ? mun_ctx(e, "add the store '%s'", name) : 0;
}

/* A store's new state. */
struct change {
	const char *name;
	const char *what;
	const char *agent; /* id or NULL */
	const char *why;
};

int mun_catalog_store_of(struct mun_catalog *c, const char *name, int64_t *out,
			 char state[static 16], struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_STORE_STATE);
	int rc;

	mun_query_text(&q, name);
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	if (!rc)
		return mun_fail(e, MUN_ENOENT, "there is no store '%s'", name);
	*out = mun_column_int(&q, 0);
	(void)snprintf(state, 16, "%s", mun_column_text(&q, 1));
	return 0;
}

int mun_catalog_store_change_put(struct mun_catalog *c, int64_t store,
				 const char *at, const char *what,
				 int64_t agent, const char *why,
				 struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_STORE_CHANGE_ADD);
	mun_autoquery struct mun_query listing =
		mun_query_begin(c, MUN_STMT_STORE_LISTING);
	int64_t no;
	int rc = mun_catalog_next(c, MUN_STMT_STORE_CHANGE_NEXT, &no, e);

	if (rc)
		return rc;
	mun_query_int(&q, no);
	mun_query_int(&q, store);
	mun_query_text(&q, at);
	mun_query_text(&q, what);
	mun_query_ref(&q, agent);
	mun_query_text(&q, why);
	rc = mun_query_run(&q, e);
	if (!rc)
		rc = mun_catalog_leaf_add(c, MUN_LEAF_STORE_CHANGE, no, 0, e);
	if (rc || strcmp(what, "removed") != 0)
		return rc;
	/* Its copies count no more for how their objects are listed. */
	mun_query_int(&listing, store);
	return mun_query_run(&listing, e);
}

static int change_store(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct change *x = ctx;
	char now[MUN_TIME_LEN];
	char state[16];
	int64_t store = 0;
	int64_t agent = 0;
	int rc = mun_catalog_born(c, e);

	if (!rc)
		rc = mun_catalog_store_of(c, x->name, &store, state, e);
	if (!rc)
		rc = mun_catalog_agent_of(c, x->agent, &agent, e);
	if (rc)
		return rc;
	if (!strcmp(state, "removed"))
		return mun_fail(e, MUN_ENOENT, "it was removed");
	if (!strcmp(state, x->what))
		return 0;
	mun_time_text(mun_now_ms(), now);
	return mun_catalog_store_change_put(c, store, now, x->what, agent,
					    x->why ? x->why : "", e);
}

int mun_catalog_store_change(struct mun_catalog *c, const char *name,
			     const char *what, const char *agent,
			     const char *why, struct mun_err *e)
{
	struct change x = { name, what, agent, why };
	int rc;

	if (strcmp(what, "paused") != 0 && strcmp(what, "active") != 0 &&
	    strcmp(what, "removed") != 0)
		return mun_fail(e, MUN_EINVAL, "a store cannot be '%s'", what);
	if (!strcmp(name, MUN_STORE_MAIN) && !strcmp(what, "removed"))
		return mun_fail(e, MUN_EINVAL,
				"the store '%s' cannot be removed", name);
	rc = mun_query_txn(c, true, change_store, &x, e);
	return rc ? mun_ctx(e, "store '%s'", name) : 0;
}

int mun_catalog_copy_put(struct mun_catalog *c, int64_t object, int64_t store,
			 const char *made, int64_t event, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_COPY_ADD);
	mun_autoquery struct mun_query listing =
		mun_query_begin(c, MUN_STMT_LISTING_UPDATE);
	int64_t no;
	int rc = mun_catalog_next(c, MUN_STMT_COPY_NEXT, &no, e);

	if (rc)
		return rc;
	mun_query_int(&q, no);
	mun_query_int(&q, object);
	mun_query_int(&q, store);
	mun_query_text(&q, made);
	mun_query_int(&q, event);
	rc = mun_query_run(&q, e);
	if (!rc)
		rc = mun_catalog_leaf_add(c, MUN_LEAF_COPY, no, 0, e);
	if (!rc)
		rc = mun_catalog_state_add(c, object, store, e);
	if (rc)
		return rc;
	mun_query_int(&listing, object);
	return mun_query_run(&listing, e);
}

int mun_catalog_copy_version_put(struct mun_catalog *c, int64_t object,
				 int64_t store, unsigned int version,
				 const char *made, int64_t event,
				 struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_COPY_VERSION_ADD);
	int64_t no;
	int rc = mun_catalog_next(c, MUN_STMT_COPY_VERSION_NEXT, &no, e);

	if (rc)
		return rc;
	mun_query_int(&q, no);
	mun_query_int(&q, object);
	mun_query_int(&q, store);
	mun_query_u64(&q, version);
	mun_query_text(&q, made);
	mun_query_int(&q, event);
	rc = mun_query_run(&q, e);
	if (!rc)
		rc = mun_catalog_leaf_add(c, MUN_LEAF_COPY_VERSION, no, 0, e);
	return rc ? rc : mun_object_state_version(c, object, store, version, e);
}

/* A copy that was made, with the event that tells of it. */
struct copying {
	const char *store;
	const struct mun_record *r;
};

/* Which version of the object the store has; 0: none. */
static int version_there(struct mun_catalog *c, int64_t object, int64_t store,
			 int64_t *out, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_COPY_VERSION_OF);

	mun_query_int(&q, object);
	mun_query_int(&q, store);
	return mun_query_number(&q, out, e);
}

int mun_catalog_copy_version(struct mun_catalog *c, const char *object,
			     const char *store, unsigned int *out,
			     struct mun_err *e)
{
	char state[16];
	int64_t object_no;
	int64_t store_no = 0;
	int64_t version = 0;
	int rc = mun_catalog_number_of(c, MUN_STMT_OBJECT_NO, object,
				       &object_no, e);

	if (!rc && !object_no)
		return mun_fail(e, MUN_ENOENT, "no object has the id %s",
				object);
	if (!rc)
		rc = mun_catalog_store_of(c, store, &store_no, state, e);
	if (!rc)
		rc = version_there(c, object_no, store_no, &version, e);
	*out = (unsigned int)version;
	return rc;
}

/* The version that the object has now, and the one that the store has: that
 * must be older. */
static int compare_copy(struct mun_catalog *c, int64_t object, int64_t store,
			int64_t *now, int64_t *there, struct mun_err *e)
{
	int rc = version_there(c, object, 1, now, e);

	if (!rc)
		rc = version_there(c, object, store, there, e);
	if (!rc && *there >= *now)
		return mun_fail(e, MUN_EEXIST, "it has that copy already");
	return rc;
}

static int add_copy(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct copying *x = ctx;
	const struct mun_rec_event *ev = &x->r->events[0];
	char state[16];
	int64_t object;
	const char *made = *ev->ended ? ev->ended : ev->started;
	int64_t store = 0;
	int64_t event = 0;
	int64_t now = 0;
	int64_t there = 0;
	int rc = mun_catalog_number_of(c, MUN_STMT_OBJECT_NO, x->r->id, &object,
				       e);

	if (!rc && !object)
		return mun_fail(e, MUN_ENOENT, "it is not in the catalog");
	if (!rc)
		rc = mun_catalog_store_of(c, x->store, &store, state, e);
	if (!rc && !strcmp(state, "removed"))
		return mun_fail(e, MUN_ENOENT, "the store was removed");
	if (!rc)
		rc = compare_copy(c, object, store, &now, &there, e);
	if (!rc)
		rc = mun_catalog_events_put(c, x->r, object, e);
	if (!rc)
		rc = mun_catalog_number_of(c, MUN_STMT_EVENT_NO, ev->id, &event,
					   e);
	/* Its age counts from when it was read back. */
	if (!rc && !there)
		rc = mun_catalog_copy_put(c, object, store, made, event, e);
	if (!rc && now > 1)
		rc = mun_catalog_copy_version_put(
			c, object, store, (unsigned int)now, made, event, e);
	return rc;
}

int mun_catalog_copy_add(struct mun_catalog *c, const char *store,
			 const struct mun_record *event, struct mun_err *e)
{
	struct copying x = { store, event };
	int rc;

	if (event->nevents != 1)
		return mun_fail(e, MUN_EINVAL, "a copy has one event, not %zu",
				event->nevents);
	rc = mun_query_txn(c, true, add_copy, &x, e);
	return rc ? mun_ctx(e, "copy of object %s in the store '%s'", event->id,
			    store)
		  : 0;
}

/* Some of the objects that lack a copy. */
struct lacking {
	int64_t store;
	const char *collection; /* or NULL */
	int64_t after; /* number of the last object that was given */
	size_t n;
	char ids[64][MUN_UUID_LEN];
};

static int lack(struct mun_catalog *c, struct lacking *l, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_LACKING);
	int rc;

	l->n = 0;
	mun_query_int(&q, l->store);
	if (l->collection)
		mun_query_text(&q, l->collection);
	else
		mun_query_null(&q);
	mun_query_int(&q, l->after);
	mun_query_u64(&q, MUN_COUNT(l->ids));
	while ((rc = mun_query_row(&q, e)) > 0) {
		rc = mun_column_uuid(&q, 0, l->ids[l->n++], e);
		if (rc)
			return rc;
		l->after = mun_column_int(&q, 1);
	}
	return rc;
}

/* The caller may well add the copy before it asks on: so no query is open
 * while it does. */
int mun_catalog_lacking(struct mun_catalog *c, const char *store,
			const char *collection, mun_cat_id_fn *fn, void *ctx,
			struct mun_err *e)
{
	struct lacking l = { .collection = collection };
	char state[16];
	int rc = mun_catalog_store_of(c, store, &l.store, state, e);

	do {
		if (!rc)
			rc = lack(c, &l, e);
		for (size_t i = 0; i < l.n && !rc; i++)
			rc = fn(ctx, l.ids[i], e);
	} while (!rc && l.n == MUN_COUNT(l.ids));
	return rc;
}

int mun_catalog_copies(struct mun_catalog *c, const char *object,
		       mun_cat_copy_fn *fn, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_COPIES);
	int64_t no;
	int rc = mun_catalog_number_of(c, MUN_STMT_OBJECT_NO, object, &no, e);

	if (!rc && !no)
		return mun_fail(e, MUN_ENOENT, "no object has the id %s",
				object);
	if (rc)
		return rc;
	mun_query_int(&q, no);
	while ((rc = mun_query_row(&q, e)) > 0) {
		rc = fn(ctx, mun_column_text(&q, 0), mun_column_text(&q, 1),
			mun_column_text(&q, 2), e);
		if (rc)
			return rc;
	}
	return rc;
}

int mun_catalog_short_of_copies(struct mun_catalog *c, const char *collection,
				uint64_t min, uint64_t *out, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_SHORT_OF_COPIES);
	int64_t n;
	int rc;

	if (collection)
		mun_query_text(&q, collection);
	else
		mun_query_null(&q);
	mun_query_u64(&q, min);
	rc = mun_query_number(&q, &n, e);
	*out = rc ? 0 : (uint64_t)n;
	return rc;
}
