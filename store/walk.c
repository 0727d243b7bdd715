/* SPDX-License-Identifier: Apache-2.0 */
/* store/walk.c - all objects of a storage root (mun_store_list()) */
#include "store/store.h"

#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "store/dirlist.h"
#include "store/store_int.h"

/* Three folders of three digits, then that of the object. */
#define OBJECT_LEVEL 3

struct walk {
	const struct mun_store *s;
	mun_store_list_fn *fn;
	void *ctx;
};

/* The object's identifier as its inventory has it. */
static int read_id(const struct mun_store *s, const char *dir, char **id_out,
		   struct mun_err *e)
{
	mun_auto(inventory) *inv = NULL;
	mun_autofree char *home = NULL;
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	size_t len = 0;
	int rc;

	rc = mun_fmt(&path, e, "%s/%s/inventory.json", s->path, dir);
	if (!rc)
		rc = mun_file_read(path, MUN_INVENTORY_MAX, &text, &len, e);
	if (!rc)
		rc = mun_inventory_parse(text, len, &inv, e);
	if (!rc)
		rc = mun_store_object_path(inv->id, &home, e);
	if (rc)
		return rc;
	/* There it would never be found again. */
	if (strcmp(home, dir) != 0)
		return mun_fail(e, MUN_ECORRUPT,
				"object '%s' belongs into the folder '%s'",
				inv->id, home);
	return mun_strdup(inv->id, id_out, e);
}

static int tell_object(const struct walk *w, const char *dir, struct mun_err *e)
{
	mun_autofree char *id = NULL;
	struct mun_err why = { 0 };
	int rc;

	rc = mun_cancel_check(e);
	if (rc)
		return rc;
	rc = read_id(w->s, dir, &id, &why);
	if (rc == MUN_ENOMEM) {
		*e = why;
		return rc;
	}
	/* Also when it could not be read: is it that the disk went away? */
	if (rc) {
		rc = mun_store_available(w->s, e);
		if (rc)
			return rc;
	}
	return w->fn(w->ctx, dir, id, id ? NULL : &why, e);
}

static int walk_level(const struct walk *w, const char *dir, unsigned int level,
		      struct mun_err *e);

static int visit(const struct walk *w, const char *dir, unsigned int level,
		 const struct mun_dirent *ent, struct mun_err *e)
{
	mun_autofree char *sub = NULL;
	int rc;

	/* What does not belong there is for the validator to tell. */
	if (!S_ISDIR(ent->st.st_mode))
		return 0;
	if (level == 0 && !strcmp(ent->name, "extensions"))
		return 0;
	rc = *dir ? mun_path_join(dir, ent->name, &sub, e)
		  : mun_strdup(ent->name, &sub, e);
	if (rc)
		return rc;
	return level == OBJECT_LEVEL ? tell_object(w, sub, e)
				     : walk_level(w, sub, level + 1, e);
}

static int walk_level(const struct walk *w, const char *dir, unsigned int level,
		      struct mun_err *e)
{
	mun_auto(dirlist) *l = NULL;
	mun_autofree char *path = NULL;
	int rc;

	rc = mun_path_join(w->s->path, *dir ? dir : ".", &path, e);
	if (!rc)
		rc = mun_dirlist_read(path, &l, e);
	/* Empty folders come and go with objects that others commit. */
	if (rc == MUN_ENOENT && level)
		return mun_store_available(w->s, e);
	for (size_t i = 0; !rc && i < l->n; i++)
		rc = visit(w, dir, level, &l->of[i], e);
	return rc;
}

int mun_store_list(const struct mun_store *s, mun_store_list_fn *fn, void *ctx,
		   struct mun_err *e)
{
	const struct walk w = { s, fn, ctx };
	int rc;

	rc = mun_store_available(s, e);
	return rc ? rc : walk_level(&w, "", 0, e);
}
