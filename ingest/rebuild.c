/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/rebuild.c - the ledger's facts and the stores' records, into a catalog */
#include "ingest/rebuild.h"

#include "catalog/evidence.h"
#include "core/uuid.h"
#include "ingest/stored.h"

#include <stdio.h>
#include <string.h>

struct rebuild {
	const struct mun_rebuild_from *from;
	struct mun_catalog *catalog;
	mun_rebuild_problem_fn *fn;
	void *ctx;
	const struct mun_progress_to *progress;
	struct mun_rebuild_result *out;
};

/* @urn's object is in the catalog already, by the ledger. */
static int is_known(struct rebuild *b, const char *urn, bool *out,
		    struct mun_err *e)
{
	static const char prefix[] = "urn:uuid:";
	struct mun_err why;
	uint64_t seq;
	int rc;

	*out = false;
	if (!b->from->ledger || strncmp(urn, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	rc = mun_catalog_leaf(b->catalog, urn + sizeof(prefix) - 1, &seq, &why);
	*out = !rc;
	if (!rc || rc == MUN_ENOENT)
		return 0;
	*e = why;
	return rc;
}

static void tell(const struct rebuild *b, const char *where,
		 const struct mun_err *why)
{
	b->out->failed++;
	if (b->fn)
		b->fn(b->ctx, where, why);
}

static void tell_unrecorded(const struct rebuild *b, const char *where)
{
	struct mun_err why;

	b->out->unrecorded++;
	if (mun_fail(&why, MUN_ENOENT,
		     "not in the ledger: taken from the store, without the "
		     "audits, incidents and restrictions of rights that it "
		     "may have had") &&
	    b->fn)
		b->fn(b->ctx, where, &why);
}

/* What the first version and each further one said. */
static int put_version(void *ctx, const struct mun_record *r,
		       const char *created, struct mun_err *e)
{
	const struct rebuild *b = ctx;

	return r->version == 1 ? mun_catalog_put(b->catalog, r, e)
			       : mun_catalog_revise(b->catalog, r, created, e);
}

/* Can all of them be read?  Nothing is put before that is known. */
static int only_read(void *ctx, const struct mun_record *r, const char *created,
		     struct mun_err *e)
{
	(void)r;
	(void)created;
	(void)e;
	++*(size_t *)ctx;
	return 0;
}

/* Where an older version's record cannot be read any more, the newest tells
 * all that is there, as if it had always been so. */
static int put_stored(struct rebuild *b, const char *urn,
		      const struct mun_record *newest, struct mun_err *e)
{
	struct mun_err why;
	size_t n = 0;

	if (newest->version == 1)
		return mun_catalog_put(b->catalog, newest, e);
	if (!mun_stored_versions(b->from->stores[0], urn, only_read, &n, &why))
		return mun_stored_versions(b->from->stores[0], urn, put_version,
					   b, e);
	tell(b, urn, &why);
	return mun_catalog_put(b->catalog, newest, e);
}

static int one(void *ctx, const char *dir, const char *id,
	       const struct mun_err *why, struct mun_err *e)
{
	struct rebuild *b = ctx;
	mun_auto(record) *r = NULL;
	struct mun_err failed;
	bool known = false;
	int rc = mun_cancel_check(e);

	if (!rc && id)
		rc = is_known(b, id, &known, e);
	if (rc || known)
		return rc;
	if (!id || mun_stored_load(b->from->stores[0], id, &r, &failed)) {
		tell(b, id ? id : dir, id ? &failed : why);
		return 0;
	}
	rc = put_stored(b, id, r, e);
	if (rc)
		return rc;
	if (b->from->ledger)
		tell_unrecorded(b, id);
	b->out->objects++;
	mun_progress_tell(b->progress, "rebuilding", b->out->objects, 0, 0);
	return 0;
}

/* From the first store that has it whole. */
static int load(void *ctx, const char *id, struct mun_record **out,
		struct mun_err *e)
{
	const struct rebuild *b = ctx;
	char urn[sizeof("urn:uuid:") + MUN_UUID_LEN];
	struct mun_err worst = { 0 };

	(void)snprintf(urn, sizeof(urn), "urn:uuid:%s", id);
	for (size_t i = 0; i < b->from->nstores; i++) {
		struct mun_err why;
		int rc = mun_stored_load(b->from->stores[i], urn, out, &why);

		if (!rc)
			return 0;
		/* Damaged says more than not there. */
		if (!worst.code || worst.code == MUN_ENOENT)
			worst = why;
	}
	if (!worst.code)
		return mun_fail(e, MUN_ENOENT, "no store has it");
	*e = worst;
	return mun_ctx(e, "no store has it whole");
}

static void told(void *ctx, const char *where, const struct mun_err *why)
{
	tell(ctx, where, why);
}

static int replay(struct rebuild *b, struct mun_err *e)
{
	struct mun_replay_result r;
	int rc;

	if (!b->from->ledger)
		return 0;
	rc = mun_catalog_replay(b->catalog, b->from->ledger, load, b, told, b,
				b->progress, &r, e);
	b->out->entries = r.entries;
	b->out->events = r.events;
	b->out->objects = r.objects;
	return rc;
}

int mun_rebuild_all(const struct mun_rebuild_from *from, struct mun_catalog *c,
		    mun_rebuild_problem_fn *fn, void *ctx,
		    const struct mun_progress_to *progress,
		    struct mun_rebuild_result *out, struct mun_err *e)
{
	struct rebuild b = { from, c, fn, ctx, progress, out };
	int rc;

	*out = (struct mun_rebuild_result){ 0 };
	if (!from->nstores)
		return mun_fail(e, MUN_EINVAL, "no store to rebuild from");
	rc = replay(&b, e);
	return rc ? rc : mun_store_list(from->stores[0], one, &b, e);
}

int mun_rebuild(struct mun_store *s, struct mun_catalog *c,
		mun_rebuild_problem_fn *fn, void *ctx,
		const struct mun_progress_to *progress,
		struct mun_rebuild_result *out, struct mun_err *e)
{
	struct mun_store *const stores[] = { s };
	const struct mun_rebuild_from from = { NULL, stores, 1 };

	return mun_rebuild_all(&from, c, fn, ctx, progress, out, e);
}
