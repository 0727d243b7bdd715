/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/stored.c - record of an object in the store, proved by its inventory */
#include "ingest/stored.h"

#include "core/str.h"
#include "ingest/describe.h"

#include <string.h>

#define URN_PREFIX "urn:uuid:"

/* The inventory has proved itself; now the record against the inventory.  What
 * newer versions took the place of, audits look after. */
static int same_files(const struct mun_record *r,
		      const struct mun_inventory *inv, struct mun_err *e)
{
	size_t current = 0;

	for (size_t i = 0; i < r->nfiles; i++)
		current += mun_rec_file_is_current(&r->files[i]);
	if (inv->nfiles != current)
		return mun_fail(e, MUN_ECORRUPT,
				"%zu files in the inventory, %zu in the record",
				inv->nfiles, current);
	for (size_t i = 0; i < inv->nfiles; i++) {
		const struct mun_rec_file *f =
			mun_record_file(r, inv->files[i].path);

		if (!f ||
		    !mun_digest_equal(&f->digests.of[MUN_SHA512],
				      &inv->files[i].digests.of[MUN_SHA512]))
			return mun_fail(e, MUN_ECORRUPT,
					"'%s' is not what the record says",
					inv->files[i].path);
	}
	return 0;
}

/* That of version @n of the object in folder @dir. */
static int load(const char *dir, const char *urn, size_t n,
		struct mun_record **out, struct mun_err *e)
{
	mun_autofree char *content = NULL;
	int rc = mun_fmt(&content, e, "%s/v%zu/content", dir, n);

	return rc ? rc
		  : mun_described_load(content, urn + strlen(URN_PREFIX), out,
				       e);
}

static int look_up(const struct mun_store *s, const char *urn,
		   struct mun_inventory **inv, char **dir, struct mun_err *e)
{
	int rc;

	if (strncmp(urn, URN_PREFIX, strlen(URN_PREFIX)) != 0)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"not an object of muniment's making");
	rc = mun_store_inventory(s, urn, inv, e);
	return rc ? rc : mun_store_object_dir(s, urn, dir, e);
}

int mun_stored_load(const struct mun_store *s, const char *urn,
		    struct mun_record **out, struct mun_err *e)
{
	mun_auto(inventory) *inv = NULL;
	mun_auto(record) *r = NULL;
	mun_autofree char *dir = NULL;
	int rc = look_up(s, urn, &inv, &dir, e);

	if (!rc)
		rc = load(dir, urn, inv->nversions, &r, e);
	if (!rc)
		rc = same_files(r, inv, e);
	if (!rc)
		*out = mun_steal(&r);
	return rc;
}

int mun_stored_versions(const struct mun_store *s, const char *urn,
			mun_stored_fn *fn, void *ctx, struct mun_err *e)
{
	mun_auto(inventory) *inv = NULL;
	mun_autofree char *dir = NULL;
	int rc = look_up(s, urn, &inv, &dir, e);

	for (size_t i = 0; !rc && i < inv->nversions; i++) {
		mun_auto(record) *r = NULL;

		rc = load(dir, urn, i + 1, &r, e);
		if (!rc && i + 1 == inv->nversions)
			rc = same_files(r, inv, e);
		if (!rc)
			rc = fn(ctx, r, inv->versions[i].created, e);
	}
	return rc;
}
