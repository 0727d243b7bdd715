/* SPDX-License-Identifier: Apache-2.0 */
/* store/validate_root.c - a storage root and the folders above its objects */
#include "store/validate_int.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "store/layout.h"

#define MAX_ROOT_JSON ((size_t)1 << 20)

struct root {
	struct mun_val *v;
	const char *path;
	unsigned int spec;
	bool has_layout; /* one whose paths we can compute */
	bool layout_named; /* ocfl_layout.json names some layout */
	struct mun_layout layout;
	struct mun_seen *ids;
	bool top_object; /* objects directly in the root */
	bool deep_object; /* objects in folders of it */
	size_t depth; /* of the first object below folders */
	bool mixed_depth;
	struct mun_val_stack todo;
};

static int read_json(struct root *r, const char *rel, const char *code,
		     json_t **out, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	size_t len = 0;
	int rc;

	*out = NULL;
	rc = mun_path_join(r->path, rel, &path, e);
	if (!rc)
		rc = mun_val_read(path, MAX_ROOT_JSON, &text, &len, e);
	if (!rc)
		rc = mun_json_parse(text, len, out, e);
	if (!rc || mun_val_is_fatal(rc))
		return rc;
	if (rc == MUN_ECORRUPT)
		mun_val_report(r->v, code, rel, "is not JSON");
	else
		mun_val_unreadable(r->v, rel, e);
	mun_err_clear(e);
	return 0;
}

/* The extension's parameters: needed to tell where an object must lie. */
static int read_config(struct root *r, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	char buf[MUN_ERR_TEXT];
	size_t len = 0;
	int rc;

	rc = mun_path_join(r->path, MUN_ROOT_CONFIG, &path, e);
	if (!rc)
		rc = mun_val_read(path, MAX_ROOT_JSON, &text, &len, e);
	if (rc == MUN_ENOENT) {
		r->layout = mun_layout_default;
		r->has_layout = true;
		mun_err_clear(e);
		return 0;
	}
	if (!rc)
		rc = mun_layout_parse(text, len, &r->layout, e);
	if (mun_val_is_fatal(rc))
		return rc;
	r->has_layout = !rc;
	if (rc == MUN_ECORRUPT)
		mun_val_report(r->v, "E071", MUN_ROOT_CONFIG, "%s",
			       mun_err_text(e, buf, sizeof(buf), 0));
	else if (rc)
		mun_val_unreadable(r->v, MUN_ROOT_CONFIG, e);
	mun_err_clear(e);
	return 0;
}

/* Four digits and a hyphen: may be registered since this was written. */
static bool may_be_registered(const char *name)
{
	return mun_val_is_registered(name) ||
	       (strspn(name, "0123456789") == 4 && name[4] == '-' && name[5]);
}

static int check_layout(struct root *r, struct mun_err *e)
{
	mun_autojson json_t *j = NULL;
	const char *name;
	int rc;

	rc = read_json(r, MUN_ROOT_LAYOUT, "E070", &j, e);
	if (rc || !j)
		return rc;
	if (!json_is_object(j) || !json_object_get(j, "extension") ||
	    !json_object_get(j, "description")) {
		mun_val_report(r->v, "E070", MUN_ROOT_LAYOUT,
			       "lacks 'extension' or 'description'");
		return 0;
	}
	name = json_string_value(json_object_get(j, "extension"));
	if (!name || !may_be_registered(name)) {
		mun_val_report(r->v, "E071", MUN_ROOT_LAYOUT,
			       "'extension' is not the name of a registered "
			       "extension");
		return 0;
	}
	r->layout_named = true;
	return strcmp(name, MUN_LAYOUT_NAME) ? 0 : read_config(r, e);
}

/* Does the object lie where its identifier says? */
static int check_place(struct root *r, const char *rel, const char *id,
		       struct mun_err *e)
{
	mun_autofree char *home = NULL;
	int rc;

	if (!r->has_layout)
		return 0;
	rc = mun_layout_path(&r->layout, id, &home, e);
	if (!rc && strcmp(home, rel) != 0)
		mun_val_report(r->v, "E083", "",
			       "'%s' belongs into the folder '%s'", id, home);
	return rc;
}

static int check_unique(struct root *r, const char *id, struct mun_err *e)
{
	struct mun_digests digests = { 0 };
	struct mun_seen_key key;
	bool before;
	int rc;

	rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), id, strlen(id),
			       &digests, e);
	if (rc)
		return rc;
	memcpy(&key, digests.of[MUN_SHA256].bytes, sizeof(key));
	rc = mun_seen_add(r->ids, key, &before, e);
	if (!rc && before)
		mun_val_report(r->v, "E037", "inventory.json",
			       "another object has the 'id' '%s' too", id);
	return rc;
}

static void note_depth(struct root *r, const char *rel)
{
	size_t depth = 0;

	for (const char *p = rel; *p; p++)
		depth += *p == '/';
	if (!depth) {
		r->top_object = true;
		return;
	}
	if (r->deep_object && depth != r->depth)
		r->mixed_depth = true;
	r->deep_object = true;
	r->depth = depth;
}

static int check_object(struct root *r, const char *rel, const char *path,
			const struct mun_dirlist *l, struct mun_err *e)
{
	mun_autofree char *id = NULL;
	int rc;

	note_depth(r, rel);
	r->v->base = rel;
	rc = mun_val_object(r->v, path, l, r->spec, &id, e);
	if (!rc && id)
		rc = check_place(r, rel, id, e);
	if (!rc && id)
		rc = check_unique(r, id, e);
	r->v->base = "";
	return rc;
}

static bool is_object(const struct mun_dirlist *l)
{
	const struct mun_dirent *inv = mun_dirlist_find(l, "inventory.json");

	for (size_t i = 0; i < l->n; i++) {
		/* "0=" alone says nothing. */
		if (strlen(l->of[i].name) > 2 &&
		    mun_val_is_declaration(l->of[i].name, false))
			return true;
	}
	/* Its declaration is lost, but that is what it was. */
	return inv && S_ISREG(inv->st.st_mode);
}

/* A folder on the way to objects: nothing but folders. */
static int check_intermediate(struct root *r, const char *rel,
			      const struct mun_dirlist *l, struct mun_err *e)
{
	bool folders = false;

	if (!l->n)
		mun_val_report(r->v, "E073", rel, "is an empty folder");
	for (size_t i = l->n; i-- > 0;) {
		const struct mun_dirent *ent = &l->of[i];
		mun_autofree char *where = NULL;
		int rc;

		rc = mun_path_join(rel, ent->name, &where, e);
		if (rc)
			return rc;
		if (!mun_val_entry(r->v, where, &ent->st))
			continue;
		if (S_ISDIR(ent->st.st_mode)) {
			folders = true;
			rc = mun_val_push(&r->todo, rel, ent->name, e);
			if (rc)
				return rc;
		} else if (mun_val_is_declaration(ent->name, true)) {
			mun_val_report(r->v, "E074", where,
				       "is a storage root inside another");
		} else {
			mun_val_report(r->v, "E072", where,
				       "is a file that belongs to no object");
		}
	}
	if (l->n && !folders)
		mun_val_report(r->v, "E085", rel, "ends without an object");
	return 0;
}

static int check_folder(struct root *r, const char *rel, struct mun_err *e)
{
	mun_auto(dirlist) *l = NULL;
	mun_autofree char *path = NULL;
	int rc;

	rc = mun_cancel_check(e);
	if (!rc)
		rc = mun_path_join(r->path, rel, &path, e);
	if (!rc)
		rc = mun_dirlist_read(path, &l, e);
	if (rc && !mun_val_is_fatal(rc)) {
		mun_val_unreadable(r->v, rel, e);
		mun_err_clear(e);
		return 0;
	}
	if (rc)
		return rc;
	return is_object(l) ? check_object(r, rel, path, l, e)
			    : check_intermediate(r, rel, l, e);
}

/* What is directly in the root; files there are ignored (E087). */
static int top_entry(struct root *r, const struct mun_dirent *ent,
		     struct mun_err *e)
{
	if (!mun_val_entry(r->v, ent->name, &ent->st))
		return 0;
	if (!S_ISDIR(ent->st.st_mode))
		return strcmp(ent->name, MUN_ROOT_LAYOUT) ? 0
							  : check_layout(r, e);
	if (!strcmp(ent->name, "extensions"))
		return mun_val_extensions(r->v, r->path, true, e);
	return mun_val_push(&r->todo, "", ent->name, e);
}

static void check_shape(const struct root *r)
{
	if (r->top_object && r->deep_object)
		mun_val_report(r->v, "W015", "",
			       "some objects lie in the root, some in folders "
			       "of it");
	/* Some layouts have paths of many lengths. */
	if (r->mixed_depth && !r->layout_named)
		mun_val_report(r->v, "W014", "",
			       "objects lie at different depths");
}

static int check_root(struct root *r, const struct mun_dirlist *l,
		      struct mun_err *e)
{
	int rc;

	rc = mun_seen_new(&r->ids, e);
	if (!rc)
		rc = mun_val_declaration(r->v, r->path, l, true, &r->spec, e);
	/* Last first: the stack turns them round. */
	for (size_t i = l->n; !rc && i-- > 0;)
		rc = top_entry(r, &l->of[i], e);
	while (!rc && r->todo.n) {
		mun_autofree char *rel = r->todo.of[--r->todo.n];

		rc = check_folder(r, rel, e);
	}
	if (!rc)
		check_shape(r);
	return rc;
}

int mun_val_root(struct mun_val *v, const char *path,
		 const struct mun_dirlist *l, struct mun_err *e)
{
	struct root r = { .v = v, .path = path };
	int rc = check_root(&r, l, e);

	mun_val_stack_clear(&r.todo);
	mun_seen_free(r.ids);
	return rc;
}
