/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_incidents.c - what audits find and find no more */
#include "catalog/catalog_incidents.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_leaf.h"
#include "core/check.h"
#include "core/str.h"
#include "core/uuid.h"

int mun_incident_put(struct mun_catalog *c, const struct mun_incident_row *i,
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_INCIDENT_ADD);
	int64_t no;
	int rc = mun_catalog_next(c, MUN_STMT_INCIDENT_NEXT, &no, e);

	if (rc)
		return rc;
	mun_query_int(&q, no);
	mun_query_text(&q, i->id);
	mun_query_ref(&q, i->object);
	mun_query_int(&q, i->store);
	mun_query_text(&q, i->path);
	mun_query_text(&q, i->kind);
	mun_query_text(&q, i->opened);
	mun_query_ref(&q, i->audit);
	mun_query_u64(&q, i->off);
	mun_query_u64(&q, i->bytes);
	mun_query_int(&q, i->sys);
	mun_query_text(&q, i->text);
	rc = mun_query_run(&q, e);
	return rc ? rc : mun_catalog_leaf_add(c, MUN_LEAF_INCIDENT, no, 0, e);
}

static int step_n(struct mun_catalog *c, int64_t incident, int64_t *out,
		  struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_STEP_N);

	mun_query_int(&q, incident);
	return mun_query_number(&q, out, e);
}

int mun_incident_step_put(struct mun_catalog *c, const struct mun_step_row *s,
			  struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_STEP_ADD);
	int64_t no;
	int64_t n = 0;
	int rc = mun_catalog_next(c, MUN_STMT_STEP_NEXT, &no, e);

	if (!rc)
		rc = step_n(c, s->incident, &n, e);
	if (rc)
		return rc;
	mun_query_int(&q, no);
	mun_query_int(&q, s->incident);
	mun_query_int(&q, s->n ? s->n : n);
	mun_query_text(&q, s->at);
	mun_query_text(&q, s->state);
	mun_query_ref(&q, s->agent);
	mun_query_ref(&q, s->event);
	mun_query_ref(&q, s->audit);
	mun_query_u64(&q, s->off);
	mun_query_u64(&q, s->bytes);
	mun_query_text(&q, s->text);
	rc = mun_query_run(&q, e);
	return rc ? rc : mun_catalog_leaf_add(c, MUN_LEAF_STEP, no, 0, e);
}

/* An incident that is not closed. */
struct known {
	int64_t no;
	char id[MUN_UUID_LEN];
	char *path;
	char kind[16];
	char state[16];
};

struct known_list {
	struct known *list;
	size_t n;
};

static void forget(struct known_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->list[i].path);
	free(l->list);
}

static int note(struct mun_query *q, struct known_list *l, struct mun_err *e)
{
	struct known *k = reallocarray(l->list, l->n + 1, sizeof(*k));
	int rc;

	if (!k)
		return mun_fail_nomem(e, "incidents");
	l->list = k;
	k += l->n;
	*k = (struct known){ .no = mun_column_int(q, 0) };
	rc = mun_column_uuid(q, 1, k->id, e);
	if (!rc)
		rc = mun_strdup(mun_column_text(q, 2), &k->path, e);
	if (rc)
		return rc;
	(void)snprintf(k->kind, sizeof(k->kind), "%s", mun_column_text(q, 3));
	(void)snprintf(k->state, sizeof(k->state), "%s", mun_column_text(q, 4));
	l->n++;
	return 0;
}

/* All of a place, so that steps can be added to them. */
static int open_at(struct mun_catalog *c, int64_t object, int64_t store,
		   struct known_list *l, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_INCIDENT_OPEN_AT);
	int rc;

	mun_query_int(&q, store);
	mun_query_ref(&q, object);
	while ((rc = mun_query_row(&q, e)) > 0) {
		rc = note(&q, l, e);
		if (rc)
			return rc;
	}
	return rc;
}

static int join(struct mun_catalog *c, const struct known *k,
		const struct mun_incident_row *i, struct mun_err *e)
{
	const struct mun_step_row s = {
		.incident = k->no,
		.at = i->opened,
		.state = "joined",
		.audit = i->audit,
		.off = i->off,
		.bytes = i->bytes,
		.text = i->text,
	};

	return mun_incident_step_put(c, &s, e);
}

static int open_new(struct mun_catalog *c, const struct mun_incident_row *i,
		    char id_out[static MUN_UUID_LEN], struct mun_err *e)
{
	struct mun_incident_row row = *i;
	int rc = mun_uuid_new(id_out, e);

	row.id = id_out;
	return rc ? rc : mun_incident_put(c, &row, e);
}

int mun_incident_found(struct mun_catalog *c, const struct mun_incident_row *i,
		       char id_out[static MUN_UUID_LEN], bool *joined,
		       struct mun_err *e)
{
	struct known_list l = { 0 };
	const struct known *same = NULL;
	int rc = open_at(c, i->object, i->store, &l, e);

	for (size_t k = 0; k < l.n && !same; k++)
		if (!strcmp(l.list[k].path, i->path) &&
		    !strcmp(l.list[k].kind, i->kind))
			same = &l.list[k];
	*joined = same;
	if (!rc && same) {
		memcpy(id_out, same->id, sizeof(same->id));
		rc = join(c, same, i, e);
	} else if (!rc) {
		rc = open_new(c, i, id_out, e);
	}
	forget(&l);
	return rc ? mun_ctx(e, "incident of '%s'", i->path) : 0;
}

static int last_step(struct mun_catalog *c, int64_t incident,
		     char state[static 16], char at[static 32],
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_STEP_LAST);
	int rc;

	mun_query_int(&q, incident);
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	(void)snprintf(state, 16, "%s", rc ? mun_column_text(&q, 0) : "");
	(void)snprintf(at, 32, "%s", rc ? mun_column_text(&q, 1) : "");
	return 0;
}

/* Its file was read and is intact. */
static int intact_again(struct mun_catalog *c, const struct known *k,
			struct mun_step_row *s, struct mun_err *e)
{
	char state[16];
	char at[32];
	int rc;

	s->incident = k->no;
	s->state = "verified";
	s->text = "an audit found it intact";
	if (!strcmp(k->state, "repaired"))
		return mun_incident_step_put(c, s, e);
	if (!strcmp(k->state, "verified"))
		return 0;
	/* Nobody says that it was repaired: told once, and left open. */
	rc = last_step(c, k->no, state, at, e);
	if (rc || !strcmp(state, "intact-again"))
		return rc;
	s->state = "intact-again";
	s->text = "an audit found it intact, and no repair is known";
	return mun_incident_step_put(c, s, e);
}

int mun_incidents_intact(struct mun_catalog *c, int64_t object, int64_t store,
			 int64_t audit, const char *at,
			 mun_incident_intact_fn *intact, void *ctx,
			 struct mun_err *e)
{
	struct mun_step_row s = { .at = at, .audit = audit };
	struct known_list l = { 0 };
	int rc = open_at(c, object, store, &l, e);

	for (size_t i = 0; i < l.n && !rc; i++)
		if (strcmp(l.list[i].kind, "extra") != 0 &&
		    intact(ctx, l.list[i].path))
			rc = intact_again(c, &l.list[i], &s, e);
	forget(&l);
	return rc;
}

/* What a sweep can verify: that something is not there. */
static int repaired_of(struct mun_catalog *c, int64_t store,
		       struct known_list *l, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_INCIDENTS_SWEPT);
	int rc;

	mun_query_int(&q, store);
	while ((rc = mun_query_row(&q, e)) > 0) {
		rc = note(&q, l, e);
		if (rc)
			return rc;
	}
	return rc;
}

int mun_incidents_swept(struct mun_catalog *c, int64_t store, int64_t audit,
			const char *since, const char *at, struct mun_err *e)
{
	struct mun_step_row s = {
		.at = at,
		.state = "verified",
		.audit = audit,
		.text = "a sweep of the store did not find it again",
	};
	struct known_list l = { 0 };
	int rc = repaired_of(c, store, &l, e);

	for (size_t i = 0; i < l.n && !rc; i++) {
		char state[16];
		char when[32];

		rc = last_step(c, l.list[i].no, state, when, e);
		/* Repaired while the sweep was under way: the next one. */
		if (rc || strcmp(when, since) > 0)
			continue;
		s.incident = l.list[i].no;
		rc = mun_incident_step_put(c, &s, e);
	}
	forget(&l);
	return rc;
}
