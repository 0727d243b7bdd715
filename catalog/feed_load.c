/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/feed_load.c - an object as an audit takes it, in one query */
#include "catalog/feed_load.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/feed_report.h"
#include "core/check.h"
#include "core/str.h"

void mun_feed_item_free(struct mun_audit_item *item)
{
	if (!item)
		return;
	for (size_t i = 0; i < item->nfiles; i++) {
		free(item->files[i].path);
		mun_tree_clear(&item->files[i].tree);
	}
	free(item->files);
	free(item->feed_data);
	free(item);
}

/* Columns 4 to 6 are size, root and layer: into @t, which owns.  A layer that
 * nobody knows any more (docs/catalog.md) is left out. */
static int read_tree(struct mun_query *q, struct mun_tree *t, struct mun_err *e)
{
	size_t root_len;
	size_t len;
	const void *root = mun_column_blob(q, 5, &root_len);
	const void *layer = mun_column_blob(q, 6, &len);

	t->bytes = (uint64_t)mun_column_int(q, 4);
	t->npieces = mun_tree_npieces(t->bytes);
	if (root_len != MUN_TREE_HASH ||
	    (t->npieces > 1 && len &&
	     (len / MUN_TREE_HASH != t->npieces || len % MUN_TREE_HASH)))
		return mun_fail(e, MUN_ECORRUPT,
				"the hash tree of '%s' is damaged",
				mun_column_text(q, 3));
	memcpy(t->root, root, root_len);
	if (t->npieces < 2 || !len)
		return 0;
	t->pieces = malloc(len);
	if (!t->pieces)
		return mun_fail_nomem(e, "hash tree");
	memcpy(t->pieces, layer, len);
	return 0;
}

static int read_file(struct mun_query *q, struct mun_audit_item *item,
		     struct mun_err *e)
{
	struct mun_feed_item *own = item->feed_data;
	struct mun_audit_file *file = &item->files[item->nfiles];
	int rc;

	own->files[item->nfiles++] = mun_column_int(q, 2);
	rc = mun_strdup(mun_column_text(q, 3), &file->path, e);
	return rc ? rc : read_tree(q, &file->tree, e);
}

/* The first row tells of the object. */
static int begin(struct mun_query *q, int64_t object,
		 struct mun_audit_item *item, size_t *room, struct mun_err *e)
{
	int64_t files = mun_column_int(q, 1);
	struct mun_feed_item *own;
	size_t size;

	if (files < 0 || ckd_mul(&size, (size_t)files, sizeof(own->files[0])) ||
	    ckd_add(&size, size, sizeof(*own)))
		return mun_fail(e, MUN_ECORRUPT, "%lld files",
				(long long)files);
	*room = (size_t)files;
	own = calloc(1, size);
	item->feed_data = own;
	item->files = calloc(*room + 1, sizeof(*item->files));
	if (!own || !item->files)
		return mun_fail_nomem(e, "audit item");
	own->object = object;
	return mun_column_uuid(q, 0, item->object, e);
}

/* A file that the catalog lost would go unaudited for ever. */
static int not_all(const struct mun_audit_item *item, size_t room,
		   struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT,
			"object %s has not its %zu files in the catalog",
			item->object, room);
}

static int read_rows(struct mun_query *q, int64_t object,
		     struct mun_audit_item *item, struct mun_err *e)
{
	size_t room = 0;
	int rc;

	while ((rc = mun_query_row(q, e)) > 0) {
		if (!item->feed_data) {
			rc = begin(q, object, item, &room, e);
			if (rc)
				return rc;
			/* Joined from the left: without a file there is a row
			 * all the same. */
			if (!mun_column_int(q, 2))
				continue;
		}
		if (item->nfiles == room)
			return not_all(item, room, e);
		rc = read_file(q, item, e);
		if (rc)
			return rc;
	}
	if (rc < 0)
		return rc;
	if (!item->feed_data)
		return mun_fail(e, MUN_ECORRUPT, "object number %lld is gone",
				(long long)object);
	return item->nfiles == room ? 0 : not_all(item, room, e);
}

/* Digests that the audit is to verify beside the tree. */
static int load_digests(struct mun_catalog *c, int64_t file,
			struct mun_audit_file *out, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_DIGESTS_GET);
	int rc;

	out->full = true;
	mun_query_int(&q, file);
	while ((rc = mun_query_row(&q, e)) > 0) {
		enum mun_digest_alg alg;
		size_t len;
		const void *value = mun_column_blob(&q, 1, &len);

		if (mun_digest_from_name(mun_column_text(&q, 0), &alg, e) ||
		    len != mun_digest_bytes(alg))
			return mun_fail(e, MUN_ECORRUPT,
					"a digest of '%s' is damaged",
					out->path);
		memcpy(out->digests.of[alg].bytes, value, len);
		out->digests.of[alg].len = len;
	}
	return rc;
}

int mun_feed_load(struct mun_catalog *c, int64_t object, int64_t store,
		  bool full, struct mun_audit_item *item, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_FEED_ITEM);
	const struct mun_feed_item *own;
	int rc;

	mun_query_int(&q, object);
	mun_query_int(&q, store);
	rc = read_rows(&q, object, item, e);
	own = item->feed_data;
	for (size_t i = 0; full && i < item->nfiles && !rc; i++)
		rc = load_digests(c, own->files[i], &item->files[i], e);
	return rc;
}
