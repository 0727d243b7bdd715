/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/stored.c - record of an object in the store, proved by its inventory */
#include "ingest/stored.h"

#include "core/str.h"
#include "ingest/describe.h"

#include <string.h>

#define URN_PREFIX "urn:uuid:"

/* The inventory has proved itself; now the record against the inventory. */
static int same_files(const struct mun_record *r,
		      const struct mun_inventory *inv, struct mun_err *e)
{
	if (inv->nfiles != r->nfiles)
		return mun_fail(e, MUN_ECORRUPT,
				"%zu files in the inventory, %zu in the record",
				inv->nfiles, r->nfiles);
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

int mun_stored_load(const struct mun_store *s, const char *urn,
		    struct mun_record **out, struct mun_err *e)
{
	mun_auto(inventory) *inv = NULL;
	mun_auto(record) *r = NULL;
	mun_autofree char *dir = NULL;
	mun_autofree char *content = NULL;
	int rc;

	if (strncmp(urn, URN_PREFIX, strlen(URN_PREFIX)) != 0)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"not an object of muniment's making");
	rc = mun_store_inventory(s, urn, &inv, e);
	if (!rc)
		rc = mun_store_object_dir(s, urn, &dir, e);
	if (!rc)
		rc = mun_fmt(&content, e, "%s/v1/content", dir);
	if (!rc)
		rc = mun_described_load(content, urn + strlen(URN_PREFIX), &r,
					e);
	if (!rc)
		rc = same_files(r, inv, e);
	if (!rc)
		*out = mun_steal(&r);
	return rc;
}
