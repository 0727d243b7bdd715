/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/rebuild.c - every object's record into an empty catalog */
#include "ingest/rebuild.h"

#include "ingest/stored.h"

struct rebuild {
	struct mun_store *store;
	struct mun_catalog *catalog;
	mun_rebuild_problem_fn *fn;
	void *ctx;
	const struct mun_progress_to *progress;
	struct mun_rebuild_result *out;
};

static int one(void *ctx, const char *dir, const char *id,
	       const struct mun_err *why, struct mun_err *e)
{
	struct rebuild *b = ctx;
	mun_auto(record) *r = NULL;
	struct mun_err failed;
	int rc = mun_cancel_check(e);

	if (rc)
		return rc;
	if (!id || mun_stored_load(b->store, id, &r, &failed)) {
		b->out->failed++;
		if (b->fn)
			b->fn(b->ctx, id ? id : dir, id ? &failed : why);
		return 0;
	}
	rc = mun_catalog_put(b->catalog, r, e);
	if (rc)
		return rc;
	b->out->objects++;
	mun_progress_tell(b->progress, "rebuilding", b->out->objects, 0, 0);
	return 0;
}

int mun_rebuild(struct mun_store *s, struct mun_catalog *c,
		mun_rebuild_problem_fn *fn, void *ctx,
		const struct mun_progress_to *progress,
		struct mun_rebuild_result *out, struct mun_err *e)
{
	struct rebuild b = { s, c, fn, ctx, progress, out };

	*out = (struct mun_rebuild_result){ 0 };
	return mun_store_list(s, one, &b, e);
}
