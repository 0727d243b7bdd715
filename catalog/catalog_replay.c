/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_replay.c - all facts of a ledger into an empty catalog */
#include "catalog/catalog_replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "catalog/catalog_leaf.h"
#include "core/check.h"
#include "core/json.h"

#define BATCH 1024u /* entries of one transaction */

int mun_replay_text(const json_t *j, const char *key, bool or_null,
		    const char **out, struct mun_err *e)
{
	const json_t *v = json_object_get(j, key);

	*out = "";
	if (or_null && json_is_null(v))
		return 0;
	if (!json_is_string(v))
		return mun_fail(e, MUN_ECORRUPT, "'%s' is no text", key);
	*out = json_string_value(v);
	return 0;
}

int mun_replay_number(const json_t *j, const char *key, bool or_null,
		      int64_t *out, struct mun_err *e)
{
	const json_t *v = json_object_get(j, key);

	*out = 0;
	if (or_null && json_is_null(v))
		return 0;
	if (!json_is_integer(v))
		return mun_fail(e, MUN_ECORRUPT, "'%s' is no number", key);
	*out = json_integer_value(v);
	return 0;
}

int mun_replay_ref(struct mun_catalog *c, const json_t *j, const char *key,
		   enum mun_stmt id, bool or_null, int64_t *out,
		   struct mun_err *e)
{
	const char *text;
	int rc = mun_replay_text(j, key, or_null, &text, e);

	*out = 0;
	if (rc || !*text)
		return rc;
	rc = mun_catalog_number_of(c, id, text, out, e);
	if (!rc && !*out)
		return mun_fail(e, MUN_ECORRUPT,
				"'%s' is %s, which no entry before it tells of",
				key, text);
	return rc;
}

static int simple(struct mun_catalog *c, enum mun_stmt id, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, id);

	return mun_query_run(&q, e);
}

/* Is the entry that the rows now make the one that they were made from? */
static int same_again(struct mun_catalog *c, uint64_t seq, const char *entry,
		      size_t len, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_ENTRIES);
	const void *json;
	size_t n = 0;
	int rc;

	mun_query_u64(&q, seq);
	mun_query_u64(&q, seq + 1);
	rc = mun_query_row(&q, e);
	if (rc < 0)
		return rc;
	json = rc ? mun_column_blob(&q, 1, &n) : NULL;
	if (!json || n != len || memcmp(json, entry, len) != 0)
		return mun_fail(e, MUN_ECORRUPT,
				"this version cannot hold all that it says");
	return 0;
}

static int apply(struct mun_replay *r, uint64_t seq, const char *entry,
		 size_t len, struct mun_err *e)
{
	mun_autojson json_t *j = NULL;
	const char *kind = "";
	int rc = mun_json_parse(entry, len, &j, e);

	if (!rc)
		rc = mun_replay_text(j, "kind", false, &kind, e);
	if (rc)
		return rc;
	if (!strcmp(kind, MUN_LEAF_EVENT))
		rc = mun_replay_event(r, j, e);
	else if (!strcmp(kind, MUN_LEAF_OBJECT))
		rc = mun_replay_object(r, j, e);
	else if (!strcmp(kind, MUN_LEAF_REVISION))
		rc = mun_replay_revision(r, j, e);
	else if (!strcmp(kind, MUN_LEAF_FINDING))
		rc = mun_replay_finding(r, j, e);
	else
		rc = mun_replay_fact(r, kind, j, e);
	if (!rc)
		rc = same_again(r->c, seq, entry, len, e);
	return rc;
}

/* What an entry's own content can be the reason of. */
static bool is_its_own(int rc)
{
	return rc == MUN_ECORRUPT || rc == MUN_EINVAL || rc == MUN_ENOENT ||
	       rc == MUN_EEXIST;
}

/* All of an entry or nothing: what cannot be taken in is told, and leaves its
 * number free. */
static int take(void *ctx, uint64_t seq, const char *entry, size_t len,
		struct mun_err *e)
{
	struct mun_replay *r = ctx;
	struct mun_err why;
	char where[64];
	int failed;
	int rc = simple(r->c, MUN_STMT_SAVEPOINT, e);

	if (rc)
		return rc;
	r->c->next_leaf = (int64_t)seq;
	failed = apply(r, seq, entry, len, &why);
	if (failed && !is_its_own(failed)) {
		*e = why;
		return failed;
	}
	if (failed)
		rc = simple(r->c, MUN_STMT_SAVEPOINT_UNDO, e);
	if (!rc)
		rc = simple(r->c, MUN_STMT_SAVEPOINT_END, e);
	if (rc)
		return rc;
	if (!failed) {
		r->out->entries++;
		return 0;
	}
	r->out->failed++;
	(void)snprintf(where, sizeof(where), "ledger entry %" PRIu64, seq);
	if (r->problem)
		r->problem(r->ctx, where, &why);
	return 0;
}

/* Some entries, in one transaction. */
struct batch {
	struct mun_replay *r;
	const struct mun_ledger *l;
	uint64_t from;
	uint64_t to;
};

static int take_batch(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct batch *b = ctx;
	struct mun_replay_result before = *b->r->out;
	int rc;

	c->replaying = true;
	rc = mun_ledger_read(b->l, b->from, b->to, take, b->r, e);
	c->replaying = false;
	/* Nothing of it counts, whether it is tried again or not. */
	if (rc)
		*b->r->out = before;
	return rc;
}

static int refuse_full(struct mun_catalog *c, struct mun_err *e)
{
	int64_t next;
	int rc = mun_catalog_next(c, MUN_STMT_LEAF_NEXT, &next, e);

	if (!rc && next)
		return mun_fail(e, MUN_EINVAL,
				"a ledger can only be taken into an empty "
				"catalog");
	return rc;
}

/* NOLINTNEXTLINE(readability-function-size): so many arguments */
int mun_catalog_replay(struct mun_catalog *c, const char *dir,
		       mun_replay_load_fn *load, void *load_ctx,
		       mun_replay_problem_fn *problem, void *ctx,
		       const struct mun_progress_to *progress,
		       struct mun_replay_result *out, struct mun_err *e)
{
	mun_auto(ledger) *l = NULL;
	struct mun_replay r = { c, load, load_ctx, problem, ctx, out };
	struct batch b = { .r = &r };
	uint64_t size;
	int rc = refuse_full(c, e);

	*out = (struct mun_replay_result){ 0 };
	if (!rc)
		rc = mun_ledger_open(dir, false, &l, e);
	if (rc)
		return rc;
	b.l = l;
	size = mun_ledger_size(l);
	while (!rc && b.from < size) {
		b.to = MUN_MIN(b.from + BATCH, size);
		rc = mun_cancel_check(e);
		if (!rc)
			rc = mun_query_txn(c, true, take_batch, &b, e);
		b.from = b.to;
		mun_progress_tell(progress, "replaying the ledger", b.to, size,
				  0);
	}
	return rc ? mun_ctx(e, "replay the ledger '%s'", dir) : 0;
}
