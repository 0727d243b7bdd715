/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_get.c - the whole record of one object, in one snapshot */
#include <string.h>

#include "catalog/catalog_reading.h"
#include "catalog/catalog_rights.h"
#include "catalog/query.h"

/* A column's text in the record's arena. */
static const char *text(struct mun_query *q, int column, struct mun_record *r)
{
	return mun_arena_strdup(r->arena, mun_column_text(q, column));
}

static uint64_t number(struct mun_query *q, int column)
{
	return (uint64_t)mun_column_int(q, column);
}

static int damaged(const struct mun_query *q, const char *what,
		   struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT, "catalog '%s': %s is damaged",
			q->c->path, what);
}

/* Rows of (algorithm, value) that belong to @owner; @f, of a file, also gets
 * the originators. */
static int get_digests(struct mun_catalog *c, enum mun_stmt id, int64_t owner,
		       struct mun_digests *out, struct mun_rec_file *f,
		       struct mun_record *r, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, id);
	int rc;

	mun_query_int(&q, owner);
	while ((rc = mun_query_row(&q, e)) > 0) {
		enum mun_digest_alg alg;
		size_t len;
		const void *value = mun_column_blob(&q, 1, &len);

		rc = mun_digest_from_name(mun_column_text(&q, 0), &alg, e);
		if (rc || len != mun_digest_bytes(alg))
			return damaged(&q, "a digest", e);
		memcpy(out->of[alg].bytes, value, len);
		out->of[alg].len = len;
		if (f && *mun_column_text(&q, 2))
			f->digest_originator[alg] = text(&q, 2, r);
	}
	return rc;
}

/* The layer of pieces; that of a single piece is the root itself. */
static int get_layer(struct mun_catalog *c, int64_t file, struct mun_tree *t,
		     struct mun_record *r, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_LAYER_GET);
	const void *layer;
	size_t len;
	int rc;

	mun_query_int(&q, file);
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	layer = mun_column_blob(&q, 0, &len);
	if (t->npieces == 1) {
		layer = t->root;
		len = MUN_TREE_HASH;
	}
	if (!rc || len / MUN_TREE_HASH != t->npieces || len % MUN_TREE_HASH)
		return damaged(&q, "a hash tree", e);
	t->pieces = mun_arena_alloc(r->arena, len ? len : 1);
	if (!t->pieces)
		return mun_fail_nomem(e, "hash tree");
	if (len)
		memcpy(t->pieces, layer, len);
	return 0;
}

static int get_tree(struct mun_query *q, struct mun_tree *t, struct mun_err *e)
{
	size_t len;
	const void *root = mun_column_blob(q, 11, &len);

	if (len != MUN_TREE_HASH)
		return damaged(q, "the root of a hash tree", e);
	t->bytes = number(q, 10);
	t->npieces = mun_tree_npieces(t->bytes);
	memcpy(t->root, root, len);
	return 0;
}

static int get_file(struct mun_catalog *c, struct mun_query *q, bool layers,
		    struct mun_record *r, struct mun_err *e)
{
	struct mun_rec_file *f = mun_record_add_file(r);
	int64_t no = mun_column_int(q, 0);
	int rc;

	if (!f)
		return mun_fail_nomem(e, "record");
	f->id = text(q, 1, r);
	f->path = text(q, 2, r);
	f->role = text(q, 3, r);
	f->bytes = number(q, 4);
	f->format = text(q, 5, r);
	f->puid = text(q, 6, r);
	f->mime = text(q, 7, r);
	f->format_note = text(q, 8, r);
	f->original_name = text(q, 9, r);
	rc = get_tree(q, &f->tree, e);
	if (!rc && layers)
		rc = get_layer(c, no, &f->tree, r, e);
	if (!rc)
		rc = get_digests(c, MUN_STMT_DIGESTS_GET, no, &f->digests, f, r,
				 e);
	return rc;
}

static int get_files(struct mun_catalog *c, int64_t object, bool layers,
		     struct mun_record *r, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_FILES_GET);
	int rc;

	mun_query_int(&q, object);
	while ((rc = mun_query_row(&q, e)) > 0) {
		rc = get_file(c, &q, layers, r, e);
		if (rc)
			return rc;
	}
	return rc;
}

static int get_identifiers(struct mun_catalog *c, int64_t object,
			   struct mun_record *r, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_IDENTIFIERS_GET);
	int rc;

	mun_query_int(&q, object);
	while ((rc = mun_query_row(&q, e)) > 0) {
		struct mun_rec_identifier *i = mun_record_add_identifier(r);

		if (!i)
			return mun_fail_nomem(e, "record");
		i->type = text(&q, 0, r);
		i->value = text(&q, 1, r);
	}
	return rc;
}

static int get_properties(struct mun_catalog *c, enum mun_stmt id,
			  int64_t owner, struct mun_record *r,
			  struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, id);
	int rc;

	mun_query_int(&q, owner);
	while ((rc = mun_query_row(&q, e)) > 0) {
		struct mun_rec_property *p = mun_record_add_property(r);

		if (!p)
			return mun_fail_nomem(e, "record");
		p->name = text(&q, 0, r);
		p->value = text(&q, 1, r);
	}
	return rc;
}

static int get_unreadable(struct mun_catalog *c, enum mun_stmt id,
			  int64_t owner, struct mun_record *r,
			  struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, id);
	int rc;

	mun_query_int(&q, owner);
	while ((rc = mun_query_row(&q, e)) > 0) {
		struct mun_rec_range *list = mun_arena_grow(
			r->arena, r->unreadable, r->nunreadable, sizeof(*list));

		if (!list)
			return mun_fail_nomem(e, "record");
		r->unreadable = list;
		list[r->nunreadable].off = number(&q, 0);
		list[r->nunreadable++].bytes = number(&q, 1);
	}
	return rc;
}

static int get_agents(struct mun_catalog *c, int64_t object,
		      struct mun_record *r, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_AGENTS_GET);
	int rc;

	mun_query_int(&q, object);
	while ((rc = mun_query_row(&q, e)) > 0) {
		struct mun_rec_agent *a = mun_record_add_agent(r);

		if (!a)
			return mun_fail_nomem(e, "record");
		a->id = text(&q, 0, r);
		a->type = text(&q, 1, r);
		a->name = text(&q, 2, r);
		a->version = text(&q, 3, r);
		a->note = text(&q, 4, r);
	}
	return rc;
}

static int get_agents_of(struct mun_catalog *c, enum mun_stmt id, int64_t event,
			 struct mun_record *r, struct mun_rec_event *ev,
			 struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, id);
	int rc;

	mun_query_int(&q, event);
	while ((rc = mun_query_row(&q, e)) > 0)
		mun_event_link_agent(r, ev, mun_column_text(&q, 0),
				     mun_column_text(&q, 1));
	return rc;
}

/* A verdict's event leaves it to its run to say who did it. */
static int get_event_agents(struct mun_catalog *c, int64_t event,
			    struct mun_record *r, struct mun_rec_event *ev,
			    struct mun_err *e)
{
	int rc = get_agents_of(c, MUN_STMT_EVENT_AGENTS_GET, event, r, ev, e);

	if (rc || ev->nagents)
		return rc;
	return get_agents_of(c, MUN_STMT_RUN_AGENTS_GET, event, r, ev, e);
}

static int get_event_objects(struct mun_catalog *c, int64_t event,
			     struct mun_record *r, struct mun_rec_event *ev,
			     struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_EVENT_OBJECTS_GET);
	int rc;

	mun_query_int(&q, event);
	while ((rc = mun_query_row(&q, e)) > 0) {
		const char *file = mun_column_text(&q, 0);

		/* Only a row without a file (NULL) gives no id. */
		mun_event_link_object(r, ev, *file ? file : MUN_LINK_CARRIER,
				      mun_column_text(&q, 1));
	}
	return rc;
}

static int get_event(struct mun_catalog *c, struct mun_query *q,
		     struct mun_record *r, struct mun_err *e)
{
	struct mun_rec_event *ev = mun_record_add_event(r);
	int64_t no = mun_column_int(q, 0);
	int rc;

	if (!ev)
		return mun_fail_nomem(e, "record");
	ev->id = text(q, 1, r);
	ev->type = text(q, 2, r);
	ev->started = text(q, 3, r);
	ev->ended = text(q, 4, r);
	ev->detail = text(q, 5, r);
	ev->outcome = text(q, 6, r);
	ev->note = text(q, 7, r);
	rc = get_event_agents(c, no, r, ev, e);
	if (!rc)
		rc = get_event_objects(c, no, r, ev, e);
	return rc ? rc : mun_catalog_reading_get(c, no, r, ev, e);
}

static int get_events(struct mun_catalog *c, int64_t object,
		      struct mun_record *r, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_EVENTS_GET);
	int rc;

	mun_query_int(&q, object);
	while ((rc = mun_query_row(&q, e)) > 0) {
		rc = get_event(c, &q, r, e);
		if (rc)
			return rc;
	}
	return rc;
}

static int get_object(struct mun_catalog *c, const char *id, int64_t *no,
		      int64_t *revision, struct mun_record *r,
		      struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_OBJECT_GET);
	int rc;

	mun_query_text(&q, id);
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	if (!rc)
		return mun_fail(e, MUN_ENOENT, "no object has the id %s", id);
	*no = mun_column_int(&q, 0);
	r->id = mun_arena_strdup(r->arena, id);
	r->created = text(&q, 1, r);
	r->label = text(&q, 2, r);
	r->collection = text(&q, 3, r);
	r->note = text(&q, 4, r);
	r->source = text(&q, 5, r);
	r->source_kind = text(&q, 6, r);
	r->media_type = text(&q, 7, r);
	r->write_blocker = text(&q, 8, r);
	r->format = text(&q, 9, r);
	r->variant = text(&q, 10, r);
	r->volume_label = text(&q, 11, r);
	r->outcome = text(&q, 12, r);
	r->bytes = number(&q, 13);
	r->sector_bytes = (uint32_t)number(&q, 14);
	r->unreadable_bytes = number(&q, 15);
	r->version = (unsigned int)number(&q, 16);
	*revision = mun_column_int(&q, 17);
	return 0;
}

/* What may be another in each version: of the object, or of its newest
 * revision. */
static int get_state(struct mun_catalog *c, int64_t object, int64_t revision,
		     struct mun_record *r, struct mun_err *e)
{
	int64_t owner = revision ? revision : object;
	int rc;

	rc = get_properties(c,
			    revision ? MUN_STMT_REVISION_PROPERTIES_GET
				     : MUN_STMT_PROPERTIES_GET,
			    owner, r, e);
	if (!rc)
		rc = get_unreadable(c,
				    revision ? MUN_STMT_REVISION_UNREADABLE_GET
					     : MUN_STMT_UNREADABLE_GET,
				    owner, r, e);
	if (rc)
		return rc;
	return get_digests(c,
			   revision ? MUN_STMT_REVISION_DIGESTS_GET
				    : MUN_STMT_CONTENT_DIGESTS_GET,
			   owner, &r->content, NULL, NULL, e);
}

/* What is got, and where to. */
struct wanted {
	const char *id;
	bool layers;
	struct mun_record *r; /* of the last try */
};

static int get(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	struct wanted *w = ctx;
	int64_t no = 0;
	int64_t revision = 0;
	int rc;

	/* A second try begins with an empty record. */
	mun_record_free(mun_steal(&w->r));
	rc = mun_record_new(&w->r, e);
	if (!rc)
		rc = get_object(c, w->id, &no, &revision, w->r, e);
	if (!rc)
		rc = get_identifiers(c, no, w->r, e);
	if (!rc)
		rc = get_state(c, no, revision, w->r, e);
	if (!rc)
		rc = get_files(c, no, w->layers, w->r, e);
	if (!rc)
		rc = get_agents(c, no, w->r, e);
	if (!rc)
		rc = get_events(c, no, w->r, e);
	if (!rc)
		rc = mun_catalog_rights_get(c, no, w->r, e);
	return rc ? rc : mun_arena_failed(w->r->arena, e);
}

int mun_catalog_get(struct mun_catalog *c, const char *id, bool layers,
		    struct mun_record **out, struct mun_err *e)
{
	struct wanted w = { .id = id, .layers = layers };
	int rc = mun_query_txn(c, false, get, &w, e);

	if (rc) {
		mun_record_free(w.r);
		return mun_ctx(e, "object %s", id);
	}
	*out = w.r;
	return 0;
}
