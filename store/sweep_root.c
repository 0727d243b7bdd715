/* SPDX-License-Identifier: Apache-2.0 */
/* store/sweep_root.c - what belongs to no known object (store/sweep.h) */
#include <errno.h>
#include <string.h>

#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "store/dirlist.h"
#include "store/layout.h"
#include "store/store_int.h"
#include "store/sweep_int.h"
#include "store/validate_int.h"

/* Three folders of three digits, then that of the object. */
#define OBJECT_LEVEL 3u

struct strays {
	const struct mun_place *p;
	int (*known)(void *ctx, const char *id, struct mun_err *e);
	mun_sweep_fn *fn;
	void *ctx;
};

static int tell(const struct strays *s, enum mun_sweep_kind kind,
		const char *path, uint64_t bytes, const struct mun_err *why,
		struct mun_err *e)
{
	struct mun_sweep_found f = {
		.kind = kind, .path = path, .bytes = bytes, .sys = why->sys
	};

	(void)mun_err_text(why, f.text, sizeof(f.text), 0);
	return mun_sweep_tell(s->p, s->fn, s->ctx, &f, e);
}

/* The identifier of the object in folder @rel, which is where it belongs. */
static int read_id(const struct strays *s, const char *rel,
		   struct mun_inventory **out, struct mun_err *e)
{
	mun_auto(inventory) *inv = NULL;
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	mun_autofree char *home = NULL;
	size_t len = 0;
	int rc;

	rc = mun_fmt(&path, e, "%s/%s/inventory.json",
		     mun_store_path(s->p->store), rel);
	if (!rc)
		rc = mun_val_read(path, MUN_INVENTORY_MAX, &text, &len, e);
	if (!rc)
		rc = mun_inventory_parse(text, len, &inv, e);
	if (!rc)
		rc = mun_store_object_path(inv->id, &home, e);
	if (rc)
		return rc;
	if (strcmp(home, rel) != 0)
		return mun_fail(e, MUN_ECORRUPT,
				"object '%s' belongs into the folder '%s'",
				inv->id, home);
	*out = mun_steal(&inv);
	return 0;
}

static int sweep_object(const struct strays *s, const char *rel,
			struct mun_err *e)
{
	mun_auto(inventory) *inv = NULL;
	struct mun_err why = { 0 };
	int rc;

	rc = read_id(s, rel, &inv, &why);
	if (rc == MUN_ENOMEM) {
		*e = why;
		return rc;
	}
	if (rc)
		return tell(s, MUN_SWEEP_UNREADABLE, rel, 0, &why, e);
	rc = s->known(s->ctx, inv->id, e);
	if (rc)
		return rc < 0 ? rc : 0;
	(void)mun_fail(&why, MUN_EEXIST, "object '%s' is not in the catalog",
		       inv->id);
	return tell(s, MUN_SWEEP_EXTRA, rel, 0, &why, e);
}

/* May this stand at @level, by its name and kind? */
static bool is_layout(const struct mun_dirent *ent, unsigned int level)
{
	size_t digits = level == OBJECT_LEVEL ? 64 : 3;

	return S_ISDIR(ent->st.st_mode) &&
	       strspn(ent->name, "0123456789abcdef") == digits &&
	       !ent->name[digits];
}

static bool is_of_root(const struct mun_dirent *ent)
{
	if (S_ISDIR(ent->st.st_mode))
		return !strcmp(ent->name, "extensions");
	return S_ISREG(ent->st.st_mode) &&
	       (!strcmp(ent->name, MUN_ROOT_DECLARATION) ||
		!strcmp(ent->name, MUN_ROOT_LAYOUT));
}

static int sweep_level(const struct strays *s, const char *rel,
		       unsigned int level, struct mun_err *e);

static int visit(const struct strays *s, const char *rel, unsigned int level,
		 const struct mun_dirent *ent, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	struct mun_err why = { 0 };
	int rc;

	if (!level && is_of_root(ent))
		return 0;
	rc = mun_cancel_check(e);
	if (!rc)
		rc = *rel ? mun_path_join(rel, ent->name, &path, e)
			  : mun_strdup(ent->name, &path, e);
	if (rc)
		return rc;
	if (is_layout(ent, level))
		return level == OBJECT_LEVEL
			       ? sweep_object(s, path, e)
			       : sweep_level(s, path, level + 1, e);
	(void)mun_fail(&why, MUN_EEXIST, "it belongs to no object");
	return tell(s, MUN_SWEEP_EXTRA, path,
		    S_ISREG(ent->st.st_mode) ? (uint64_t)ent->st.st_size : 0,
		    &why, e);
}

static int sweep_level(const struct strays *s, const char *rel,
		       unsigned int level, struct mun_err *e)
{
	mun_auto(dirlist) *l = NULL;
	mun_autofree char *path = NULL;
	struct mun_err why = { 0 };
	int rc;

	rc = mun_path_join(mun_store_path(s->p->store), *rel ? rel : ".", &path,
			   e);
	if (rc)
		return rc;
	rc = mun_dirlist_read(path, &l, &why);
	/* Empty folders come and go with objects that others commit. */
	if (rc == MUN_ENOENT)
		return mun_place_available(s->p, e);
	if (rc == MUN_ENOMEM) {
		*e = why;
		return rc;
	}
	if (rc)
		return tell(s, MUN_SWEEP_UNREADABLE, rel, 0, &why, e);
	for (size_t i = 0; !rc && i < l->n; i++)
		rc = visit(s, rel, level, &l->of[i], e);
	return rc;
}

int mun_sweep_strays(const struct mun_place *p,
		     int (*known)(void *ctx, const char *id, struct mun_err *e),
		     mun_sweep_fn *fn, void *ctx, struct mun_err *e)
{
	const struct strays s = { p, known, fn, ctx };
	int rc = mun_place_available(p, e);

	return rc ? rc : sweep_level(&s, "", 0, e);
}
