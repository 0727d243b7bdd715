/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_put.c - an object and its rows, all in one transaction */
#include <string.h>

#include "catalog/catalog_events.h"
#include "catalog/catalog_leaf.h"
#include "catalog/catalog_object.h"
#include "catalog/catalog_rights.h"
#include "catalog/query.h"

/* The number of the collection, made where it is new; 0 for no collection. */
static int collection_no(struct mun_catalog *c, const char *name, int64_t *out,
			 struct mun_err *e)
{
	int rc;

	*out = 0;
	if (!*name)
		return 0;
	rc = mun_catalog_number_of(c, MUN_STMT_COLLECTION_NO, name, out, e);
	if (rc || *out)
		return rc;
	rc = mun_catalog_next(c, MUN_STMT_COLLECTION_NEXT, out, e);
	if (!rc) {
		mun_autoquery struct mun_query q =
			mun_query_begin(c, MUN_STMT_COLLECTION_ADD);

		mun_query_int(&q, *out);
		mun_query_text(&q, name);
		rc = mun_query_run(&q, e);
	}
	return rc;
}

uint64_t mun_object_count_digests(const struct mun_digests *d)
{
	uint64_t n = 0;

	for (int i = 0; i < MUN_DIGEST_N; i++)
		n += d->of[i].len > 0;
	return n;
}

static int put_object(struct mun_catalog *c, const struct mun_record *r,
		      int64_t no, int64_t collection, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_OBJECT_ADD);
	uint64_t stored = 0;

	for (size_t i = 0; i < r->nfiles; i++)
		stored += r->files[i].bytes;
	mun_query_int(&q, no);
	mun_query_text(&q, r->id);
	mun_query_text(&q, r->created);
	mun_query_text(&q, r->label);
	mun_query_ref(&q, collection);
	mun_query_text(&q, r->note);
	mun_query_text(&q, r->source);
	mun_query_text(&q, r->source_kind);
	mun_query_text(&q, r->media_type);
	mun_query_text(&q, r->write_blocker);
	mun_query_text(&q, r->format);
	mun_query_text(&q, r->variant);
	mun_query_text(&q, r->volume_label);
	mun_query_text(&q, r->outcome);
	mun_query_u64(&q, r->bytes);
	mun_query_u64(&q, r->sector_bytes);
	mun_query_u64(&q, r->unreadable_bytes);
	mun_query_u64(&q, stored);
	mun_query_u64(&q, r->nfiles);
	mun_query_u64(&q, mun_object_count_digests(&r->content));
	mun_query_u64(&q, r->nidentifiers);
	mun_query_u64(&q, r->nunreadable);
	return mun_query_run(&q, e);
}

static int put_identifiers(struct mun_catalog *c, const struct mun_record *r,
			   int64_t object, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_IDENTIFIER_ADD);
	int rc = 0;

	for (size_t i = 0; i < r->nidentifiers && !rc; i++) {
		mun_query_int(&q, object);
		mun_query_u64(&q, i + 1);
		mun_query_text(&q, r->identifiers[i].type);
		mun_query_text(&q, r->identifiers[i].value);
		rc = mun_query_run(&q, e);
	}
	return rc;
}

static int put_properties(struct mun_catalog *c, const struct mun_record *r,
			  int64_t object, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_PROPERTY_ADD);
	int rc = 0;

	for (size_t i = 0; i < r->nproperties && !rc; i++) {
		mun_query_int(&q, object);
		mun_query_u64(&q, i + 1);
		mun_query_u64(&q, r->nproperties);
		mun_query_text(&q, r->properties[i].name);
		mun_query_text(&q, r->properties[i].value);
		rc = mun_query_run(&q, e);
	}
	return rc;
}

int mun_object_put_unreadable(struct mun_catalog *c, enum mun_stmt id,
			      const struct mun_record *r, int64_t owner,
			      struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, id);
	int rc = 0;

	for (size_t i = 0; i < r->nunreadable && !rc; i++) {
		mun_query_int(&q, owner);
		mun_query_u64(&q, i + 1);
		mun_query_u64(&q, r->unreadable[i].off);
		mun_query_u64(&q, r->unreadable[i].bytes);
		rc = mun_query_run(&q, e);
	}
	return rc;
}

int mun_object_put_digests(struct mun_catalog *c, enum mun_stmt id,
			   int64_t owner, const struct mun_digests *d,
			   const char *const *originators, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, id);
	int rc = 0;

	for (int i = 0; i < MUN_DIGEST_N && !rc; i++) {
		if (!d->of[i].len)
			continue;
		mun_query_int(&q, owner);
		mun_query_text(&q, mun_digest_name((enum mun_digest_alg)i));
		mun_query_blob(&q, d->of[i].bytes, d->of[i].len);
		if (originators && originators[i])
			mun_query_text(&q, originators[i]);
		else if (originators)
			mun_query_null(&q);
		rc = mun_query_run(&q, e);
	}
	return rc;
}

int mun_object_put_known(struct mun_catalog *c, int64_t object,
			 const struct mun_digests *d, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_KNOWN_ADD);
	int rc = 0;

	for (int i = 0; i < MUN_DIGEST_N && !rc; i++) {
		if (!d->of[i].len)
			continue;
		mun_query_text(&q, mun_digest_name((enum mun_digest_alg)i));
		mun_query_blob(&q, d->of[i].bytes, d->of[i].len);
		mun_query_int(&q, object);
		rc = mun_query_run(&q, e);
	}
	return rc;
}

static int put_tree(struct mun_catalog *c, int64_t file,
		    const struct mun_rec_file *f, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_TREE_ADD);
	const struct mun_tree *t = &f->tree;
	bool many = t->npieces > 1;

	/* The layer may be unknown only where the ledger tells of a file that
	 * no store has any more. */
	if (t->bytes != f->bytes || t->npieces != mun_tree_npieces(t->bytes) ||
	    (many && !t->pieces && !c->replaying))
		return mun_fail(e, MUN_EINVAL,
				"the hash tree of '%s' is not whole", f->path);
	mun_query_int(&q, file);
	mun_query_u64(&q, t->bytes);
	mun_query_blob(&q, t->root, sizeof(t->root));
	many = many && t->pieces;
	mun_query_blob(&q, many ? t->pieces : NULL,
		       many ? t->npieces * MUN_TREE_HASH : 0);
	return mun_query_run(&q, e);
}

static int put_file_row(struct mun_catalog *c, const struct mun_rec_file *f,
			int64_t no, int64_t object, unsigned int version,
			struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_FILE_ADD);

	mun_query_int(&q, no);
	mun_query_int(&q, object);
	mun_query_text(&q, f->id);
	mun_query_text(&q, f->path);
	mun_query_text(&q, f->role);
	mun_query_u64(&q, f->bytes);
	mun_query_text(&q, f->format);
	mun_query_text(&q, f->puid);
	mun_query_text(&q, f->mime);
	mun_query_text(&q, f->format_note);
	mun_query_text(&q, f->original_name);
	mun_query_u64(&q, mun_object_count_digests(&f->digests));
	if (version > 1)
		mun_query_u64(&q, version);
	else
		mun_query_null(&q);
	return mun_query_run(&q, e);
}

int mun_object_put_file(struct mun_catalog *c, const struct mun_rec_file *f,
			int64_t no, int64_t object, unsigned int version,
			struct mun_err *e)
{
	int rc = put_file_row(c, f, no, object, version, e);

	if (!rc)
		rc = mun_object_put_digests(c, MUN_STMT_DIGEST_ADD, no,
					    &f->digests, f->digest_originator,
					    e);
	if (!rc)
		rc = put_tree(c, no, f, e);
	if (!rc && !strcmp(f->role, MUN_ROLE_MASTER))
		rc = mun_object_put_known(c, object, &f->digests, e);
	return rc ? mun_ctx(e, "file '%s'", f->path) : 0;
}

static int put_files(struct mun_catalog *c, const struct mun_record *r,
		     int64_t object, struct mun_err *e)
{
	int64_t no;
	int rc = mun_catalog_next(c, MUN_STMT_FILE_NEXT, &no, e);

	for (size_t i = 0; i < r->nfiles && !rc; i++)
		rc = mun_object_put_file(c, &r->files[i], no++, object, 1, e);
	return rc;
}

int mun_object_derive(struct mun_catalog *c, enum mun_stmt id, int64_t object,
		      struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, id);

	mun_query_int(&q, object);
	return mun_query_run(&q, e);
}

int mun_catalog_state_add(struct mun_catalog *c, int64_t object, int64_t store,
			  struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_STATE_ADD);

	mun_query_int(&q, object);
	mun_query_int(&q, store);
	return mun_query_run(&q, e);
}

static int put_facts(struct mun_catalog *c, const struct mun_record *r,
		     int64_t no, struct mun_err *e)
{
	int64_t collection;
	int rc = collection_no(c, r->collection, &collection, e);

	if (!rc)
		rc = put_object(c, r, no, collection, e);
	if (!rc)
		rc = put_identifiers(c, r, no, e);
	if (!rc)
		rc = put_properties(c, r, no, e);
	if (!rc)
		rc = mun_object_put_unreadable(c, MUN_STMT_UNREADABLE_ADD, r,
					       no, e);
	if (!rc)
		rc = mun_object_put_digests(c, MUN_STMT_CONTENT_DIGEST_ADD, no,
					    &r->content, NULL, e);
	if (!rc)
		rc = put_files(c, r, no, e);
	if (!rc)
		rc = mun_catalog_leaf_add(c, MUN_LEAF_OBJECT, no, 0, e);
	if (!rc)
		rc = mun_catalog_events_put(c, r, no, e);
	return rc ? rc : mun_catalog_rights_put_all(c, r, no, e);
}

static int put(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct mun_record *r = ctx;
	int64_t no;
	int rc = mun_catalog_number_of(c, MUN_STMT_OBJECT_NO, r->id, &no, e);

	if (!rc && no)
		return mun_fail(e, MUN_EEXIST, "it is in the catalog already");
	if (!rc)
		rc = mun_catalog_next(c, MUN_STMT_OBJECT_NEXT, &no, e);
	if (!rc)
		rc = put_facts(c, r, no, e);
	if (!rc)
		rc = mun_object_put_known(c, no, &r->content, e);
	if (!rc)
		rc = mun_catalog_state_add(c, no, 1, e);
	if (!rc)
		rc = mun_object_derive(c, MUN_STMT_LISTING_ADD, no, e);
	if (!rc)
		rc = mun_object_derive(c, MUN_STMT_SEARCH_ADD, no, e);
	return rc;
}

int mun_catalog_put(struct mun_catalog *c, const struct mun_record *r,
		    struct mun_err *e)
{
	struct mun_record lent = *r;
	int rc = mun_query_txn(c, true, put, &lent, e);

	return rc ? mun_ctx(e, "catalogue object %s", r->id) : 0;
}

static int add_events(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct mun_record *r = ctx;
	int64_t no;
	int rc = mun_catalog_number_of(c, MUN_STMT_OBJECT_NO, r->id, &no, e);

	if (!rc && !no)
		return mun_fail(e, MUN_ENOENT, "it is not in the catalog");
	return rc ? rc : mun_catalog_events_put(c, r, no, e);
}

int mun_catalog_add_events(struct mun_catalog *c, const struct mun_record *r,
			   struct mun_err *e)
{
	struct mun_record lent = *r;
	int rc = mun_query_txn(c, true, add_events, &lent, e);

	return rc ? mun_ctx(e, "add events to object %s", r->id) : 0;
}
