/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/listing.c - files of objects, one after the other */
#include "ingest/listing.h"

#include "core/log.h"
#include "core/str.h"
#include "ingest/session.h"

#include <string.h>

struct ids {
	size_t n;
	char (*of)[MUN_UUID_LEN];
};

static int note_id(void *ctx, const struct mun_catalog_row *row,
		   struct mun_err *e)
{
	struct ids *all = ctx;
	void *more;

	/* Room for the next power of two. */
	if (!(all->n & (all->n - 1))) {
		more = reallocarray(all->of, all->n ? 2 * all->n : 1,
				    sizeof(*all->of));
		if (!more)
			return mun_fail_nomem(e, "objects");
		all->of = more;
	}
	memcpy(all->of[all->n++], row->id, MUN_UUID_LEN);
	return 0;
}

static int give(const struct mun_record *r, const struct mun_rec_file *f,
		const struct mun_inventory *inv, const char *folder,
		mun_listing_fn *fn, void *ctx, struct mun_err *e)
{
	mun_autofree char *logical = NULL;
	mun_autofree char *content = NULL;
	const char *at;
	struct mun_listed l = { .file = f };
	int rc = mun_fmt(&logical, e, "%s/%s", r->id, f->path);

	if (!rc && inv) {
		at = mun_inventory_content(inv, f->path);
		rc = at ? mun_fmt(&content, e, "ocfl/%s/%s", folder, at)
			: mun_fail(e, MUN_ECORRUPT,
				   "the inventory of object '%s' has no '%s'; "
				   "run muniment check",
				   r->id, f->path);
	}
	if (rc)
		return rc;
	l.logical = logical;
	l.content = content;
	return fn(ctx, &l, e);
}

static int list_object(const struct mun_store *s, struct mun_catalog *c,
		       const char *id, mun_listing_fn *fn, void *ctx,
		       struct mun_err *e)
{
	mun_auto(inventory) *inv = NULL;
	mun_autofree char *folder = NULL;
	mun_auto(record) *r = NULL;
	char urn[MUN_URN_LEN];
	int rc = mun_catalog_get(c, id, false, &r, e);

	mun_object_urn(id, urn);
	if (!rc && s)
		rc = mun_store_object_path(urn, &folder, e);
	if (!rc && s)
		rc = mun_store_inventory(s, urn, &inv, e);
	for (size_t i = 0; !rc && i < r->nfiles; i++)
		rc = give(r, &r->files[i], inv, folder, fn, ctx, e);
	return rc;
}

int mun_listing(const struct mun_store *s, struct mun_catalog *c,
		const char *const *ids, size_t n, mun_listing_fn *fn, void *ctx,
		struct mun_err *e)
{
	struct ids all = { 0 };
	int rc = 0;

	/* Not while they are listed: what is done with each takes its time,
	 * and a catalog is not to be held for so long. */
	if (!ids)
		rc = mun_catalog_list(c, NULL, NULL, note_id, &all, e);
	if (!ids)
		n = all.n;
	for (size_t i = 0; !rc && i < n; i++) {
		rc = mun_cancel_check(e);
		if (!rc)
			rc = list_object(s, c, ids ? ids[i] : all.of[i], fn,
					 ctx, e);
	}
	free(all.of);
	return rc;
}
