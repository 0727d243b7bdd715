/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_revise.c - a further version of an object, one transaction */
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_events.h"
#include "catalog/catalog_leaf.h"
#include "catalog/catalog_object.h"
#include "catalog/catalog_rights.h"

static int put_row(struct mun_catalog *c, const struct mun_revision *v,
		   int64_t no, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_REVISION_ADD);
	const struct mun_record *r = v->r;
	uint64_t stored = 0;

	for (size_t i = 0; i < v->nfiles; i++)
		stored += v->files[i]->bytes;
	mun_query_int(&q, no);
	mun_query_int(&q, v->object);
	mun_query_u64(&q, v->version);
	mun_query_text(&q, v->at);
	mun_query_text(&q, r->format);
	mun_query_text(&q, r->variant);
	mun_query_text(&q, r->volume_label);
	mun_query_text(&q, r->outcome);
	mun_query_u64(&q, r->bytes);
	mun_query_u64(&q, r->sector_bytes);
	mun_query_u64(&q, r->unreadable_bytes);
	mun_query_u64(&q, stored);
	mun_query_u64(&q, v->nfiles);
	mun_query_u64(&q, v->nsuperseded);
	mun_query_u64(&q, mun_object_count_digests(&r->content));
	mun_query_u64(&q, r->nproperties);
	mun_query_u64(&q, r->nunreadable);
	return mun_query_run(&q, e);
}

static int put_properties(struct mun_catalog *c, const struct mun_record *r,
			  int64_t revision, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_REVISION_PROPERTY_ADD);
	int rc = 0;

	for (size_t i = 0; i < r->nproperties && !rc; i++) {
		mun_query_int(&q, revision);
		mun_query_u64(&q, i + 1);
		mun_query_text(&q, r->properties[i].name);
		mun_query_text(&q, r->properties[i].value);
		rc = mun_query_run(&q, e);
	}
	return rc;
}

static int put_superseded(struct mun_catalog *c, const struct mun_revision *v,
			  int64_t revision, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_SUPERSEDED_ADD);
	int rc = 0;

	for (size_t i = 0; i < v->nsuperseded && !rc; i++) {
		mun_query_int(&q, v->superseded[i]);
		mun_query_int(&q, revision);
		rc = mun_query_run(&q, e);
	}
	return rc;
}

static int put_files(struct mun_catalog *c, const struct mun_revision *v,
		     struct mun_err *e)
{
	int64_t no;
	int rc = mun_catalog_next(c, MUN_STMT_FILE_NEXT, &no, e);

	for (size_t i = 0; i < v->nfiles && !rc; i++)
		rc = mun_object_put_file(c, v->files[i], no++, v->object,
					 v->version, e);
	return rc;
}

static int put_facts(struct mun_catalog *c, const struct mun_revision *v,
		     struct mun_err *e)
{
	int64_t no;
	int rc = mun_catalog_next(c, MUN_STMT_REVISION_NEXT, &no, e);

	if (!rc)
		rc = put_row(c, v, no, e);
	if (!rc)
		rc = mun_object_put_digests(c, MUN_STMT_REVISION_DIGEST_ADD, no,
					    &v->r->content, NULL, e);
	if (!rc)
		rc = mun_object_put_unreadable(
			c, MUN_STMT_REVISION_UNREADABLE_ADD, v->r, no, e);
	if (!rc)
		rc = put_properties(c, v->r, no, e);
	if (!rc)
		rc = put_files(c, v, e);
	if (!rc)
		rc = put_superseded(c, v, no, e);
	return rc ? rc : mun_catalog_leaf_add(c, MUN_LEAF_REVISION, no, 0, e);
}

int mun_object_state_version(struct mun_catalog *c, int64_t object,
			     int64_t store, unsigned int version,
			     struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_STATE_VERSION);

	mun_query_int(&q, object);
	mun_query_int(&q, store);
	mun_query_u64(&q, version);
	return mun_query_run(&q, e);
}

int mun_object_revise(struct mun_catalog *c, const struct mun_revision *v,
		      struct mun_err *e)
{
	/* The index of words is told the old text while it can be had. */
	int rc = mun_object_derive(c, MUN_STMT_SEARCH_DROP, v->object, e);

	if (!rc)
		rc = put_facts(c, v, e);
	if (!rc)
		rc = mun_object_derive(c, MUN_STMT_SEARCH_ADD, v->object, e);
	if (!rc)
		rc = mun_object_put_known(c, v->object, &v->r->content, e);
	if (!rc)
		rc = mun_object_state_version(c, v->object, 1, v->version, e);
	if (!rc)
		rc = mun_object_derive(c, MUN_STMT_LISTING_UPDATE, v->object,
				       e);
	return rc;
}

/* A revision under way, out of a whole record. */
struct revising {
	const struct mun_record *r;
	const char *at;
	struct mun_revision v;
	const struct mun_rec_file **files; /* new ones */
	int64_t *superseded;
	size_t room; /* of the latter */
	bool *known; /* of each file of @r */
};

static size_t find_id(const struct mun_record *r, const char *id)
{
	size_t i = 0;

	while (i < r->nfiles && strcmp(r->files[i].id, id) != 0)
		i++;
	return i;
}

static int supersede(struct revising *x, int64_t no, struct mun_err *e)
{
	if (x->v.nsuperseded == x->room) {
		size_t room = x->room ? 2 * x->room : 16;
		void *grown =
			reallocarray(x->superseded, room, sizeof(int64_t));

		if (!grown)
			return mun_fail_nomem(e, "files");
		x->superseded = grown;
		x->room = room;
	}
	x->superseded[x->v.nsuperseded++] = no;
	return 0;
}

/* A file that the catalog has is in the record under the same path, or its
 * place was taken. */
static int take_known(struct mun_catalog *c, struct revising *x,
		      struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_FILES_KNOWN);
	int rc;

	mun_query_int(&q, x->v.object);
	while ((rc = mun_query_row(&q, e)) > 0) {
		const char *path = mun_column_text(&q, 2);
		size_t i = find_id(x->r, mun_column_text(&q, 1));

		if (i == x->r->nfiles)
			return mun_fail(e, MUN_EINVAL,
					"the new version lacks '%s'", path);
		x->known[i] = true;
		if (!strcmp(x->r->files[i].path, path))
			continue;
		rc = supersede(x, mun_column_int(&q, 0), e);
		if (rc)
			return rc;
	}
	return rc;
}

static int sort_files(struct mun_catalog *c, struct revising *x,
		      struct mun_err *e)
{
	int rc;

	x->known = calloc(x->r->nfiles + 1, sizeof(*x->known));
	x->files = calloc(x->r->nfiles + 1, sizeof(*x->files));
	if (!x->known || !x->files)
		return mun_fail_nomem(e, "files");
	rc = take_known(c, x, e);
	for (size_t i = 0; i < x->r->nfiles; i++)
		if (!x->known[i])
			x->files[x->v.nfiles++] = &x->r->files[i];
	x->v.files = x->files;
	x->v.superseded = x->superseded;
	return rc;
}

/* Those of the record that the catalog has not yet. */
static int put_events(struct mun_catalog *c, const struct revising *x,
		      struct mun_err *e)
{
	mun_autofree struct mun_rec_event *fresh =
		calloc(x->r->nevents + 1, sizeof(*fresh));
	struct mun_record lent = *x->r;
	int rc = 0;

	if (!fresh)
		return mun_fail_nomem(e, "events");
	lent.events = fresh;
	lent.nevents = 0;
	for (size_t i = 0; i < x->r->nevents && !rc; i++) {
		const struct mun_rec_event *ev = &x->r->events[i];
		int64_t no = 0;

		rc = mun_catalog_number_of(c, MUN_STMT_EVENT_NO, ev->id, &no,
					   e);
		if (!rc && !no)
			fresh[lent.nevents++] = *ev;
	}
	return rc ? rc : mun_catalog_events_put(c, &lent, x->v.object, e);
}

static int object_of(struct mun_catalog *c, struct revising *x,
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_OBJECT_VERSION);
	int rc;

	mun_query_text(&q, x->r->id);
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	if (!rc)
		return mun_fail(e, MUN_ENOENT, "it is not in the catalog");
	x->v.object = mun_column_int(&q, 0);
	if (mun_column_int(&q, 1) >= (int64_t)x->r->version)
		return mun_fail(e, MUN_EEXIST,
				"the catalog has version %lld of it already",
				(long long)mun_column_int(&q, 1));
	return 0;
}

static void forget(struct revising *x)
{
	free(x->known);
	free(x->files);
	free(x->superseded);
}

static int revise(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct revising *given = ctx;
	struct revising x = { .r = given->r, .at = given->at };
	int rc;

	x.v = (struct mun_revision){ .version = x.r->version,
				     .at = x.at,
				     .r = x.r };
	rc = object_of(c, &x, e);
	if (!rc)
		rc = sort_files(c, &x, e);
	if (!rc)
		rc = mun_object_revise(c, &x.v, e);
	if (!rc)
		rc = put_events(c, &x, e);
	if (!rc)
		rc = mun_catalog_rights_put_all(c, x.r, x.v.object, e);
	forget(&x);
	return rc;
}

int mun_catalog_revise(struct mun_catalog *c, const struct mun_record *r,
		       const char *at, struct mun_err *e)
{
	struct revising x = { .r = r, .at = at };
	int rc = mun_query_txn(c, true, revise, &x, e);

	return rc ? mun_ctx(e, "catalogue version %u of object %s", r->version,
			    r->id)
		  : 0;
}
