/* SPDX-License-Identifier: Apache-2.0 */
/* store/store.c - objects of a storage root, found and read (store/store.h) */
#include "store/store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/str.h"
#include "store/inventory.h"
#include "store/layout.h"
#include "store/store_int.h"

int mun_store_object_path(const char *id, char **out, struct mun_err *e)
{
	return mun_layout_path(&mun_layout_default, id, out, e);
}

int mun_store_object_dir(const struct mun_store *s, const char *id, char **out,
			 struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc;

	rc = mun_store_object_path(id, &path, e);
	return rc ? rc : mun_path_join(s->path, path, out, e);
}

int mun_store_has(const struct mun_store *s, const char *id, bool *yes,
		  struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	struct stat st;
	int rc;

	rc = mun_store_object_dir(s, id, &dir, e);
	if (rc)
		return rc;
	if (!lstat(dir, &st)) {
		*yes = true;
		return 0;
	}
	if (errno != ENOENT)
		return mun_fail_sys(e, errno, "look at '%s'", dir);
	/* Only of a store that is there can it be said what it lacks. */
	rc = mun_store_available(s, e);
	if (!rc)
		*yes = false;
	return rc;
}

/* "Not there" means something else while the whole store is away. */
static int explain_missing(const struct mun_store *s, int rc, struct mun_err *e)
{
	struct mun_err away;

	if (rc != MUN_ENOENT || !mun_store_available(s, &away))
		return rc;
	*e = away;
	return e->code;
}

/* Does the sidecar beside inventory.json hold the digest of @text? */
static int check_sidecar(const char *dir, const char *text, size_t len,
			 struct mun_err *e)
{
	struct mun_digests digests = { 0 };
	mun_autofree char *sidecar = NULL;
	mun_autofree char *path = NULL;
	struct mun_digest said;
	size_t said_len = 0;
	size_t digits;
	int rc;

	rc = mun_path_join(dir, MUN_OBJECT_SIDECAR, &path, e);
	if (!rc)
		rc = mun_file_read(path, MUN_SIDECAR_MAX, &sidecar, &said_len,
				   e);
	if (rc == MUN_ENOENT)
		return mun_fail(e, MUN_ECORRUPT,
				"inventory.json has no sidecar '%s'", path);
	if (!rc)
		rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA512), text, len,
				       &digests, e);
	if (rc)
		return rc;
	digits = strcspn(sidecar, " \t\n");
	sidecar[digits] = '\0';
	if (mun_digest_parse(MUN_SHA512, sidecar, &said, e))
		return mun_fail(e, MUN_ECORRUPT,
				"'%s' does not begin with a SHA-512 digest",
				path);
	if (!mun_digest_equal(&said, &digests.of[MUN_SHA512]))
		return mun_fail(e, MUN_ECORRUPT,
				"inventory.json is not what its sidecar says");
	return 0;
}

static int parse_for(const char *id, const char *text, size_t len,
		     struct mun_inventory **out, struct mun_err *e)
{
	mun_auto(inventory) *inv = NULL;
	int rc;

	rc = mun_inventory_parse(text, len, &inv, e);
	if (rc)
		return mun_ctx(e, "inventory.json");
	if (strcmp(inv->id, id) != 0)
		return mun_fail(e, MUN_ECORRUPT,
				"inventory.json is that of '%s'", inv->id);
	*out = mun_steal(&inv);
	return 0;
}

int mun_store_inventory(const struct mun_store *s, const char *id,
			struct mun_inventory **out, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	mun_autofree char *dir = NULL;
	size_t len = 0;
	int rc;

	rc = mun_store_object_dir(s, id, &dir, e);
	if (!rc)
		rc = mun_path_join(dir, "inventory.json", &path, e);
	if (rc)
		return rc;
	rc = mun_file_read(path, MUN_INVENTORY_MAX, &text, &len, e);
	if (!rc)
		rc = check_sidecar(dir, text, len, e);
	if (!rc)
		rc = parse_for(id, text, len, out, e);
	if (!rc)
		return 0;
	(void)explain_missing(s, rc, e);
	return mun_ctx(e, "object '%s'", id);
}

static int by_path(const void *key, const void *item)
{
	const struct mun_inv_file *f = item;

	return strcmp(key, f->path);
}

int mun_store_file_path(const struct mun_store *s, const char *id,
			const char *path, char **out, struct mun_err *e)
{
	mun_auto(inventory) *inv = NULL;
	const struct mun_inv_file *f = NULL;
	mun_autofree char *dir = NULL;
	int rc;

	rc = mun_store_inventory(s, id, &inv, e);
	if (rc)
		return rc;
	if (inv->nfiles)
		f = bsearch(path, inv->files, inv->nfiles, sizeof(*f), by_path);
	if (!f)
		return mun_fail(e, MUN_ENOENT, "object '%s' has no file '%s'",
				id, path);
	rc = mun_store_object_dir(s, id, &dir, e);
	return rc ? rc : mun_path_join(dir, f->content, out, e);
}

int mun_store_open_file(const struct mun_store *s, const char *id,
			const char *path, enum mun_read_mode mode,
			struct mun_source **out, struct mun_err *e)
{
	mun_autofree char *where = NULL;
	int rc;

	rc = mun_store_file_path(s, id, path, &where, e);
	if (rc)
		return rc;
	rc = mun_source_open_as(where, mode, out, e);
	rc = explain_missing(s, rc, e);
	return rc ? mun_ctx(e, "object '%s', file '%s'", id, path) : 0;
}
