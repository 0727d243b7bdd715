/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_check.c - find what is wrong in a catalog and name it */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "catalog/migrate.h"
#include "catalog/query.h"
#include "catalog/seal.h"
#include "core/check.h"
#include "core/log.h"
#include "core/str.h"
#include "fixity/tree.h"

/* A check under way: whom to tell. */
struct report {
	mun_catalog_problem_fn *fn;
	void *ctx;
	struct mun_catalog *fresh; /* what the schema must look like */
};

static void tell(const struct report *to, const char *code, const char *where,
		 const char *text)
{
	struct mun_catalog_problem p = {
		.error = true,
		.where = where,
		.text = text,
	};

	(void)snprintf(p.code, sizeof(p.code), "%s", code);
	to->fn(to->ctx, &p);
}

/*
 * Damage that stops a part of the check is a finding like any other, and the
 * other parts go on; what the system or a person stopped is an error.
 */
static int damage_is_told(const struct report *to, const char *where, int rc,
			  const struct mun_err *e)
{
	char text[1024];

	if (rc != MUN_ECORRUPT)
		return rc;
	tell(to, "sqlite", where, mun_err_text(e, text, sizeof(text), 0));
	return 0;
}

/* SQLite's own check of pages, indexes, NOT NULL, CHECK and UNIQUE. */
static int check_integrity(struct mun_catalog *c, const struct report *to,
			   struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_INTEGRITY_CHECK);
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		const char *text = mun_column_text(&q, 0);

		if (strcmp(text, "ok"))
			tell(to, "sqlite", "catalog.db", text);
	}
	return rc;
}

static int check_foreign_keys(struct mun_catalog *c, const struct report *to,
			      struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_FOREIGN_KEY_CHECK);
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		char where[128];
		char text[128];

		(void)snprintf(where, sizeof(where), "table %s row %lld",
			       mun_column_text(&q, 0),
			       (long long)mun_column_int(&q, 1));
		(void)snprintf(text, sizeof(text),
			       "points to a row of %s that is not there",
			       mun_column_text(&q, 2));
		tell(to, "foreign-key", where, text);
	}
	return rc;
}

/* What the migrations make of an empty database: the same in each check, and
 * longer in the making than a small catalog takes to check. */
static struct {
	pthread_mutex_t lock;
	unsigned char *bytes; /* of SQLite, for the life of the process */
	sqlite3_int64 len;
} made = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int put_made_in(struct mun_catalog *c, struct mun_err *e)
{
	size_t len = (size_t)made.len;
	unsigned char *copy = sqlite3_malloc64(len);
	int rc;

	if (!copy)
		return mun_fail_nomem(e, "schema");
	memcpy(copy, made.bytes, len);
	/* It frees the copy in any case. */
	rc = sqlite3_deserialize(c->db, "main", copy, made.len, made.len,
				 SQLITE_DESERIALIZE_FREEONCLOSE |
					 SQLITE_DESERIALIZE_READONLY);
	return rc ? mun_query_fail(c, rc, e) : 0;
}

/* Where there is no memory to keep it in, the next check makes it again. */
static int migrate_or_copy(struct mun_catalog *c, struct mun_err *e)
{
	int rc;

	(void)pthread_mutex_lock(&made.lock);
	if (made.bytes) {
		rc = put_made_in(c, e);
	} else {
		rc = mun_migrate_new(c, mun_sql_migrations, e);
		if (!rc)
			made.bytes =
				sqlite3_serialize(c->db, "main", &made.len, 0);
	}
	(void)pthread_mutex_unlock(&made.lock);
	return rc;
}

/* The schema of a catalog that is made anew, in a database in memory. */
static int make_fresh(struct mun_catalog **out, struct mun_err *e)
{
	mun_auto(catalog) *c = NULL;
	int rc = mun_query_connect(
		":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &c, e);

	if (!rc)
		rc = migrate_or_copy(c, e);
	if (!rc)
		*out = mun_steal(&c);
	return rc;
}

/* -1, 0 or 1: does the item of @a come before that of @b? */
static int compare_items(struct mun_query *a, struct mun_query *b)
{
	int rc = strcmp(mun_column_text(a, 0), mun_column_text(b, 0));

	return rc ? rc : strcmp(mun_column_text(a, 1), mun_column_text(b, 1));
}

static bool same_item(struct mun_query *a, struct mun_query *b)
{
	return !strcmp(mun_column_text(a, 2), mun_column_text(b, 2)) &&
	       !strcmp(mun_column_text(a, 3), mun_column_text(b, 3));
}

static void tell_item(const struct report *to, struct mun_query *q,
		      const char *text)
{
	char where[128];

	(void)snprintf(where, sizeof(where), "%s %s", mun_column_text(q, 0),
		       mun_column_text(q, 1));
	tell(to, "schema", where, text);
}

/* Tables, indexes, triggers and views: all that must be there, unaltered. */
static int check_schema(struct mun_catalog *c, const struct report *to,
			struct mun_err *e)
{
	mun_autoquery struct mun_query have =
		mun_query_begin(c, MUN_STMT_SCHEMA);
	mun_autoquery struct mun_query want =
		mun_query_begin(to->fresh, MUN_STMT_SCHEMA);
	int h = mun_query_row(&have, e);
	int w = h < 0 ? h : mun_query_row(&want, e);

	/* Both are sorted: walk them side by side. */
	while (h >= 0 && w >= 0 && (h || w)) {
		int order = !h ? 1 : !w ? -1 : compare_items(&have, &want);

		if (order < 0)
			tell_item(to, &have, "does not belong there");
		else if (order > 0)
			tell_item(to, &want, "is not there");
		else if (!same_item(&have, &want))
			tell_item(to, &have, "was altered");
		if (order <= 0)
			h = mun_query_row(&have, e);
		if (order >= 0 && h >= 0)
			w = mun_query_row(&want, e);
	}
	return MUN_MIN(h, w);
}

/* "SELECT * FROM " is followed by the name of the table. */
static const char *table_of(enum mun_stmt id)
{
	return strrchr(mun_stmt_sql(id), ' ') + 1;
}

static int check_seals(struct mun_catalog *c, enum mun_stmt id,
		       const struct report *to, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, id);
	const char *table = table_of(id);
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		char where[128];
		bool holds;

		rc = mun_seal_holds(q.st, table, &holds, e);
		if (!rc)
			rc = mun_cancel_check(e);
		if (rc)
			return rc;
		if (holds)
			continue;
		(void)snprintf(where, sizeof(where), "table %s, %s %lld", table,
			       sqlite3_column_name(q.st, 0),
			       (long long)mun_column_int(&q, 0));
		tell(to, "seal", where, "a column was changed");
	}
	return rc;
}

/* A rebuild found no store that had the file any more. */
static void tell_unknown(const struct report *to, const char *where)
{
	struct mun_catalog_problem p = {
		.code = "tree",
		.where = where,
		.text = "its pieces are not known: damage can be found, but "
			"not where",
	};

	to->fn(to->ctx, &p);
}

/* A layer that does not lead to its root would make an audit see damage where
 * there is none, or none where there is. */
static int check_trees(struct mun_catalog *c, const struct report *to,
		       struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_TREES);
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		char where[64];
		struct mun_tree t = {
			.bytes = (uint64_t)mun_column_int(&q, 1),
		};
		uint8_t root[MUN_TREE_HASH];
		size_t len;
		size_t root_len;
		const void *layer = mun_column_blob(&q, 3, &len);
		const void *kept = mun_column_blob(&q, 2, &root_len);

		t.npieces = mun_tree_npieces(t.bytes);
		(void)snprintf(where, sizeof(where), "table tree, file %lld",
			       (long long)mun_column_int(&q, 0));
		if (root_len == MUN_TREE_HASH && !len && t.npieces > 1) {
			tell_unknown(to, where);
			continue;
		}
		if (root_len != MUN_TREE_HASH ||
		    (t.npieces > 1 && len != t.npieces * MUN_TREE_HASH)) {
			tell(to, "tree", where, "has not the length it must");
			continue;
		}
		if (t.npieces < 2)
			continue;
		/* Only read from, but the type is one that owns. */
		t.pieces = malloc(len);
		if (!t.pieces)
			return mun_fail_nomem(e, "hash tree");
		memcpy(t.pieces, layer, len);
		rc = mun_tree_root(&t, root, e);
		free(t.pieces);
		if (rc)
			return rc;
		if (memcmp(root, kept, sizeof(root)))
			tell(to, "tree", where,
			     "the pieces do not lead to the root");
	}
	return rc;
}

/* A statement whose rows (where, text) are problems. */
static int check_rows(struct mun_catalog *c, enum mun_stmt id, const char *code,
		      const struct report *to, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, id);
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0)
		tell(to, code, mun_column_text(&q, 0), mun_column_text(&q, 1));
	return rc;
}

/* Statements @first to @last, in the order of statements.def. */
static int check_all_rows(struct mun_catalog *c, enum mun_stmt first,
			  enum mun_stmt last, const char *code,
			  const struct report *to, struct mun_err *e)
{
	for (unsigned int i = first; i <= (unsigned int)last; i++) {
		int rc = check_rows(c, (enum mun_stmt)i, code, to, e);

		rc = damage_is_told(to, code, rc, e);
		if (!rc)
			rc = mun_cancel_check(e);
		if (rc)
			return rc;
	}
	return 0;
}

static int check_all_seals(struct mun_catalog *c, const struct report *to,
			   struct mun_err *e)
{
	for (unsigned int i = MUN_STMT_ALL_MIGRATION; i <= MUN_STMT_ALL_LEAF;
	     i++) {
		int rc = check_seals(c, (enum mun_stmt)i, to, e);

		rc = damage_is_told(to, table_of((enum mun_stmt)i), rc, e);
		if (rc)
			return rc;
	}
	return 0;
}

/* All that only reads, in one snapshot. */
static int check_facts(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	static int (*const parts[])(struct mun_catalog * c,
				    const struct report *to,
				    struct mun_err *e) = {
		check_integrity, check_foreign_keys, check_schema,
		check_all_seals, check_trees,
	};
	const struct report *to = ctx;
	int rc;

	for (size_t i = 0; i < MUN_COUNT(parts); i++) {
		rc = damage_is_told(to, "catalog.db", parts[i](c, to, e), e);
		if (rc)
			return rc;
	}
	rc = check_all_rows(c, MUN_STMT_COUNT_FILES, MUN_STMT_COUNT_LEAF_FACTS,
			    "count", to, e);
	if (rc)
		return rc;
	return check_all_rows(c, MUN_STMT_DERIVED_STATE, MUN_STMT_DERIVED_KNOWN,
			      "derived", to, e);
}

/* FTS5 compares its index with the texts by way of an INSERT that writes
 * nothing, so it wants the writer's lock. */
static int check_search(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_SEARCH_CHECK);
	const struct report *to = ctx;

	return damage_is_told(to, "table search", mun_query_run(&q, e), e);
}

int mun_catalog_check(struct mun_catalog *c, mun_catalog_problem_fn *fn,
		      void *ctx, struct mun_err *e)
{
	mun_auto(catalog) *fresh = NULL;
	struct report to = { .fn = fn, .ctx = ctx };
	int rc = make_fresh(&fresh, e);

	if (rc)
		return mun_ctx(e, "schema to compare with");
	to.fresh = fresh;
	rc = mun_query_txn(c, false, check_facts, &to, e);
	rc = damage_is_told(&to, "catalog.db", rc, e);
	if (!rc)
		rc = mun_query_txn(c, true, check_search, &to, e);
	rc = damage_is_told(&to, "catalog.db", rc, e);
	return rc ? mun_ctx(e, "check the catalog '%s'", c->path) : 0;
}
