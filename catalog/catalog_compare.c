/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog/catalog_compare.c - every fact made into its entry again and compared
 *
 * The ledger is read first and the catalog after it: facts that are added
 * meanwhile are then at most not in the ledger yet, which is no problem.
 */
#include "catalog/evidence.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/catalog_compare.h"
#include "catalog/catalog_head.h"
#include "catalog/catalog_leaf.h"
#include "core/check.h"
#include "core/str.h"

#define CHUNK 4096
#define THREADS_MAX 64

/* From any of the ledger's threads. */
static int take_leaf(void *ctx, uint64_t seq,
		     const uint8_t hash[static MUN_MERKLE_HASH],
		     struct mun_err *e)
{
	struct mun_compare *x = ctx;
	struct mun_compare_leaf *l;
	int rc = 0;

	(void)pthread_mutex_lock(&x->lock);
	if (seq >= x->room) {
		uint64_t room = MUN_MAX(2 * x->room, seq + CHUNK);

		l = reallocarray(x->ledger, (size_t)room, sizeof(*l));
		if (l) {
			memset(l + x->room, 0,
			       (size_t)(room - x->room) * sizeof(*l));
			x->ledger = l;
			x->room = room;
		} else {
			rc = mun_fail_nomem(e, "entries");
		}
	}
	if (!rc) {
		x->ledger[seq].there = true;
		memcpy(x->ledger[seq].hash, hash, MUN_MERKLE_HASH);
		x->entries = MUN_MAX(x->entries, seq + 1);
	}
	(void)pthread_mutex_unlock(&x->lock);
	return rc;
}

/* The catalog has another entry of this number than the ledger, or only one of
 * them has one.  @hash: the catalog's, or NULL. */
static int differ(struct mun_compare *x, uint64_t seq, const uint8_t *hash,
		  struct mun_err *e)
{
	struct mun_compare_diff *d;
	int rc = 0;

	(void)pthread_mutex_lock(&x->lock);
	if (x->ndiffs == x->diffs_room) {
		size_t room = x->diffs_room ? 2 * x->diffs_room : 64;

		d = reallocarray(x->diffs, room, sizeof(*d));
		if (d) {
			x->diffs = d;
			x->diffs_room = room;
		} else {
			rc = mun_fail_nomem(e, "differences");
		}
	}
	if (!rc) {
		d = &x->diffs[x->ndiffs++];
		*d = (struct mun_compare_diff){ .seq = seq, .catalog = hash };
		if (hash)
			memcpy(d->hash, hash, sizeof(d->hash));
	}
	(void)pthread_mutex_unlock(&x->lock);
	return rc;
}

static int judge(struct mun_compare *x, uint64_t seq, const void *json,
		 size_t len, struct mun_err *e)
{
	uint8_t hash[MUN_MERKLE_HASH];
	int rc;

	if (!json)
		return differ(x, seq, NULL, e);
	rc = mun_merkle_leaf(json, len, hash, e);
	if (rc)
		return rc;
	if (seq < x->entries && x->ledger[seq].there &&
	    !memcmp(x->ledger[seq].hash, hash, sizeof(hash)))
		return 0;
	return differ(x, seq, hash, e);
}

/* Facts [from, to), each of which must be there. */
static int judge_range(struct mun_compare *x, struct mun_catalog *c,
		       uint64_t from, uint64_t to, struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_ENTRIES);
	int rc;

	mun_query_u64(&q, from);
	mun_query_u64(&q, to);
	while ((rc = mun_query_row(&q, e)) > 0) {
		uint64_t seq = (uint64_t)mun_column_int(&q, 0);
		size_t len;
		const void *json = mun_column_blob(&q, 1, &len);

		for (; from < seq; from++) {
			rc = differ(x, from, NULL, e);
			if (rc)
				return rc;
		}
		rc = judge(x, seq, json, len, e);
		if (rc)
			return rc;
		from = seq + 1;
	}
	for (; !rc && from < to; from++)
		rc = differ(x, from, NULL, e);
	return rc;
}

/* Some of them are in pages that cannot be read: one by one. */
static int judge_singly(struct mun_compare *x, struct mun_catalog *c,
			uint64_t from, uint64_t to, struct mun_err *e)
{
	int rc = 0;

	for (; from < to && !rc; from++) {
		rc = judge_range(x, c, from, from + 1, e);
		if (rc == MUN_ECORRUPT)
			rc = differ(x, from, NULL, e);
	}
	return rc;
}

/* Claims chunk after chunk, with a connection of its own. */
static int work_with(struct mun_compare *x, struct mun_catalog *c,
		     struct mun_err *e)
{
	for (;;) {
		uint64_t from;
		uint64_t to;
		int rc;

		(void)pthread_mutex_lock(&x->lock);
		from = x->next;
		to = MUN_MIN(from + CHUNK, x->facts);
		x->next = to;
		mun_progress_tell(x->progress, "comparing", from, x->facts, 0);
		(void)pthread_mutex_unlock(&x->lock);
		if (from == to)
			return 0;
		rc = mun_cancel_check(e);
		if (!rc)
			rc = judge_range(x, c, from, to, e);
		if (rc == MUN_ECORRUPT)
			rc = judge_singly(x, c, from, to, e);
		if (rc)
			return rc;
	}
}

static void *work(void *ctx)
{
	struct mun_compare *x = ctx;
	mun_auto(catalog) *c = NULL;
	struct mun_err e;
	int rc = mun_query_connect(x->path, SQLITE_OPEN_READONLY, &c, &e);

	if (!rc)
		rc = work_with(x, c, &e);
	if (rc) {
		(void)pthread_mutex_lock(&x->lock);
		if (!x->err.code)
			x->err = e;
		x->next = x->facts;
		(void)pthread_mutex_unlock(&x->lock);
	}
	return NULL;
}

static int judge_all(struct mun_compare *x, struct mun_err *e)
{
	pthread_t threads[THREADS_MAX];
	unsigned int n = 0;

	while (n < x->threads && !pthread_create(&threads[n], NULL, work, x))
		n++;
	/* Without any, this one does it. */
	if (!n)
		(void)work(x);
	for (unsigned int i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
	if (x->err.code) {
		*e = x->err;
		return mun_ctx(e, "compare the catalog with its ledger");
	}
	/* What only the ledger has. */
	for (uint64_t seq = x->facts; seq < x->entries; seq++) {
		int rc = differ(x, seq, NULL, e);

		if (rc)
			return rc;
	}
	return 0;
}

void mun_compare_tell(struct mun_compare *x, const char *code,
		      const char *where, const char *text)
{
	struct mun_ledger_problem p = { .where = where, .text = text };

	(void)snprintf(p.code, sizeof(p.code), "%s", code);
	x->out->problems++;
	if (x->fn)
		x->fn(x->ctx, &p);
}

/* The keys that heads may be signed with, as the catalog vouches for them. */
static int find_keys(struct mun_catalog *c, struct mun_ledger_key **keys,
		     size_t *n, bool *bad, char *text, size_t size,
		     struct mun_err *e)
{
	int rc = mun_catalog_keys(c, keys, n, e);

	*bad = rc == MUN_EFIXITY || rc == MUN_ECORRUPT;
	if (!*bad)
		return rc;
	*keys = NULL;
	*n = 0;
	(void)mun_err_text(e, text, size, 0);
	return 0;
}

static int tell_unnumbered(struct mun_catalog *c, struct mun_compare *x,
			   struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_COUNT_FACTS);
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0)
		mun_compare_tell(x, "row-inserted", mun_column_text(&q, 0),
				 "is a fact that has no entry");
	if (rc != MUN_ECORRUPT)
		return rc;
	mun_compare_tell(x, "row-changed", x->path,
			 "it is damaged: muniment check says how");
	return 0;
}

static int compare(struct mun_catalog *c, const char *dir,
		   struct mun_compare *x, struct mun_err *e)
{
	mun_auto(ledger) *l = NULL;
	struct mun_err ignored;
	int64_t facts = 0;
	int rc = mun_catalog_next(c, MUN_STMT_LEAF_NEXT, &facts, e);

	if (rc)
		return rc;
	x->facts = (uint64_t)facts;
	rc = judge_all(x, e);
	/* For names of what is not there any more; it may be damaged. */
	if (!rc && mun_ledger_open(dir, false, &l, &ignored))
		l = NULL;
	if (!rc)
		rc = mun_compare_classify(x, c, l, e);
	return rc ? rc : tell_unnumbered(c, x, e);
}

static unsigned int threads_for(unsigned int wanted)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (!wanted)
		wanted = n > 0 ? (unsigned int)n : 1;
	return MUN_MIN(wanted, THREADS_MAX);
}

/* The catalog remembers the newest head that was signed: is it there? */
static int judge_head(struct mun_compare *x, struct mun_catalog *c,
		      struct mun_err *e)
{
	const struct mun_ledger_head *newest = &x->out->newest;
	struct mun_ledger_head h;
	char text[160];
	int rc = mun_catalog_head_get(c, &h, e);

	if (rc == MUN_ECORRUPT) {
		mun_compare_tell(x, "head", c->path,
				 "the head that it remembers is none");
		return 0;
	}
	if (rc || newest->size > h.size)
		return rc;
	if (newest->size == h.size &&
	    !memcmp(newest->digest, h.digest, sizeof(h.digest)))
		return 0;
	(void)snprintf(text, sizeof(text),
		       "the head of %" PRIu64 " entries, signed at %s, is not "
		       "the newest there: the ledger was cut or put back",
		       h.size, h.time);
	mun_compare_tell(x, "truncated", "heads.jsonl", text);
	return 0;
}

int mun_catalog_compare(struct mun_catalog *c, const char *dir,
			const struct mun_ledger_check *how,
			mun_ledger_problem_fn *fn, void *ctx,
			struct mun_ledger_verdict *out, struct mun_err *e)
{
	mun_autofree struct mun_ledger_key *keys = NULL;
	struct mun_ledger_check all = *how;
	struct mun_compare x = {
		.path = c->path,
		.threads = threads_for(how->threads),
		.progress = how->progress,
		.fn = fn,
		.ctx = ctx,
		.out = out,
	};
	char text[1024];
	bool bad_key;
	int rc;

	*out = (struct mun_ledger_verdict){ 0 };
	(void)pthread_mutex_init(&x.lock, NULL);
	rc = find_keys(c, &keys, &all.nkeys, &bad_key, text, sizeof(text), e);
	all.keys = keys;
	all.leaf = take_leaf;
	all.leaf_ctx = &x;
	if (!rc)
		rc = mun_ledger_verify(dir, &all, fn, ctx, out, e);
	if (!rc && bad_key)
		mun_compare_tell(&x, "key", c->path, text);
	if (!rc)
		rc = judge_head(&x, c, e);
	if (!rc)
		rc = compare(c, dir, &x, e);
	(void)pthread_mutex_destroy(&x.lock);
	free(x.ledger);
	free(x.diffs);
	return rc;
}
