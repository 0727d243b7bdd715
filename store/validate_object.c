/* SPDX-License-Identifier: Apache-2.0 */
/* store/validate_object.c - an object root and its version folders */
#include "store/validate_int.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "store/inventory_json.h"

/* An object while it is judged. */
struct object {
	struct mun_val *v;
	const char *path;
	const struct mun_dirlist *l;
	unsigned int spec; /* as declared */
	struct mun_val_loaded loaded; /* its inventory */
	struct mun_val_inv inv;
	struct mun_val_files files;
	unsigned int prior_spec; /* of the version before */
	unsigned long newest; /* highest version folder */
};

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* A folder that is not one of the specification's. */
static void unknown_folder(struct mun_val *v, const char *name)
{
	if (name[0] == 'v' && name[1] >= '0' && name[1] <= '9') {
		bool number = !name[1 + strspn(name + 1, "0123456789")];

		mun_val_report(v, number ? "E105" : "E104", name,
			       "is not 'v' and a positive number");
	}
	mun_val_report(v, "E001", name, "does not belong into an object");
}

static int root_entry(struct object *o, const struct mun_dirent *ent,
		      struct mun_err *e)
{
	const struct mun_val_visitor look = { NULL, NULL, NULL };
	const char *name = ent->name;
	unsigned long n;

	if (!mun_val_entry(o->v, name, &ent->st))
		return 0;
	if (mun_val_is_declaration(name, false))
		return 0;
	if (S_ISREG(ent->st.st_mode)) {
		/* Sidecars are judged with their inventory. */
		if (strcmp(name, "inventory.json") != 0 &&
		    !starts_with(name, "inventory.json."))
			mun_val_report(o->v, "E001", name,
				       "does not belong into an object");
		return 0;
	}
	if (!strcmp(name, "logs"))
		return mun_val_walk(o->v, o->path, name, &look, e);
	if (!strcmp(name, "extensions"))
		return mun_val_extensions(o->v, o->path, false, e);
	n = mun_inventory_version(name);
	if (!n)
		unknown_folder(o->v, name);
	else if (n > o->newest)
		o->newest = n;
	return 0;
}

static int read_inventory(struct object *o, struct mun_err *e)
{
	int rc;

	rc = mun_val_load(o->v, o->path, "", o->l, &o->loaded, e);
	if (rc)
		return rc;
	if (!o->loaded.there)
		mun_val_report(o->v, "E063", "", "there is no inventory.json");
	if (o->loaded.text)
		rc = mun_val_inventory(o->v, "inventory.json", o->loaded.text,
				       o->loaded.len, &o->inv, e);
	if (rc)
		return rc;
	if (o->spec && o->inv.spec && o->spec != o->inv.spec)
		mun_val_report(o->v, "E038", "inventory.json",
			       "'type' is not that of the declaration");
	return mun_val_sidecars(o->v, o->path, "", o->l, &o->inv, &o->loaded,
				e);
}

static bool is_version_folder(const struct mun_dirent *ent)
{
	return S_ISDIR(ent->st.st_mode) && mun_inventory_version(ent->name);
}

/* Folders and the inventory's versions must be the same. */
static void compare_folders(const struct object *o)
{
	const char *name;
	json_t *version;

	if (!o->inv.versions) {
		if (!o->newest && o->loaded.there)
			mun_val_report(o->v, "E008", "", "there is no version");
		return;
	}
	for (size_t i = 0; i < o->l->n; i++) {
		if (is_version_folder(&o->l->of[i]) &&
		    !json_object_get(o->inv.versions, o->l->of[i].name))
			mun_val_report(o->v, "E046", o->l->of[i].name,
				       "is not a version of the inventory");
	}
	json_object_foreach(o->inv.versions, name, version)
	{
		const struct mun_dirent *ent = mun_dirlist_find(o->l, name);

		if (mun_inventory_version(name) &&
		    (!ent || !S_ISDIR(ent->st.st_mode)))
			mun_val_report(o->v, "E010", name,
				       "there is no folder of this version");
	}
}

/* One version folder while it is judged. */
struct version {
	struct object *o;
	const char *name;
	unsigned long number;
	char *prefix; /* "v1/" */
	char *dir; /* its path */
	struct mun_dirlist *l;
	struct mun_val_loaded loaded;
};

static int version_entry(const struct version *ver,
			 const struct mun_dirent *ent, struct mun_err *e)
{
	struct mun_val *v = ver->o->v;
	mun_autofree char *where = NULL;
	int rc;

	rc = mun_fmt(&where, e, "%s%s", ver->prefix, ent->name);
	if (rc)
		return rc;
	if (!mun_val_entry(v, where, &ent->st))
		return 0;
	if (S_ISDIR(ent->st.st_mode)) {
		if (strcmp(ent->name, ver->o->inv.content_dir) != 0)
			mun_val_report(v, "W002", where,
				       "is a folder beside the content");
		return 0;
	}
	if (strcmp(ent->name, "inventory.json") != 0 &&
	    !starts_with(ent->name, "inventory.json."))
		mun_val_report(v, "E015", where,
			       "is a file beside the inventory");
	return 0;
}

/* Does the object's manifest have content in this version? */
static bool has_content(const struct version *ver)
{
	for (size_t i = 0; i < ver->o->files.n; i++) {
		if (ver->o->files.of[i].version == ver->number)
			return true;
	}
	return false;
}

static int version_content(const struct version *ver, struct mun_err *e)
{
	const char *content = ver->o->inv.content_dir;
	const struct mun_dirent *ent = mun_dirlist_find(ver->l, content);
	mun_autofree char *rel = NULL;
	bool any = false;
	int rc;

	if (!ent || !S_ISDIR(ent->st.st_mode)) {
		if (has_content(ver))
			mun_val_report(ver->o->v, "E016", ver->name,
				       "has no content folder '%s'", content);
		return 0;
	}
	rc = mun_fmt(&rel, e, "%s%s", ver->prefix, content);
	if (!rc)
		rc = mun_val_files_walk(ver->o->v, ver->o->path, rel,
					&ver->o->files, &any, e);
	if (!rc && !any)
		mun_val_report(ver->o->v, "W003", rel,
			       "is a content folder without content");
	return rc;
}

/* A version never conforms to an older specification than the one before. */
static void check_spec(const struct version *ver, const struct mun_val_inv *inv)
{
	if (inv->spec && inv->spec < ver->o->prior_spec)
		mun_val_report(ver->o->v, "E103", inv->where,
			       "conforms to an older OCFL version than the "
			       "version before");
	if (inv->spec > ver->o->prior_spec)
		ver->o->prior_spec = inv->spec;
}

/* An inventory of its own: judged by itself, then against the object's. */
static int other_inventory(const struct version *ver, const char *where,
			   struct mun_err *e)
{
	struct object *o = ver->o;
	struct mun_val_inv inv;
	int rc;

	rc = mun_val_inventory(o->v, where, ver->loaded.text, ver->loaded.len,
			       &inv, e);
	if (!rc)
		rc = mun_val_sidecars(o->v, o->path, ver->prefix, ver->l, &inv,
				      &ver->loaded, e);
	if (!rc) {
		check_spec(ver, &inv);
		rc = mun_val_prior(o->v, ver->name, &o->inv, &inv, &o->files,
				   e);
	}
	mun_val_inv_clear(&inv);
	return rc;
}

static bool same_bytes(const struct mun_val_loaded *a,
		       const struct mun_val_loaded *b)
{
	return a->text && b->text && a->len == b->len &&
	       !memcmp(a->text, b->text, a->len);
}

static int version_inventory(struct version *ver, struct mun_err *e)
{
	const struct mun_val_inv none = { .content_dir = "content" };
	struct object *o = ver->o;
	mun_autofree char *where = NULL;
	int rc;

	rc = mun_val_load(o->v, o->path, ver->prefix, ver->l, &ver->loaded, e);
	if (!rc)
		rc = mun_fmt(&where, e, "%sinventory.json", ver->prefix);
	if (rc)
		return rc;
	if (!ver->loaded.there)
		mun_val_report(o->v, "W010", ver->name,
			       "has no inventory of its own");
	if (!ver->loaded.text)
		return mun_val_sidecars(o->v, o->path, ver->prefix, ver->l,
					&none, &ver->loaded, e);
	if (ver->number == o->newest) {
		if (same_bytes(&ver->loaded, &o->loaded)) {
			check_spec(ver, &o->inv);
			return mun_val_sidecars(o->v, o->path, ver->prefix,
						ver->l, &o->inv, &ver->loaded,
						e);
		}
		if (o->loaded.text)
			mun_val_report(o->v, "E064", where,
				       "is not the same as the object's "
				       "inventory.json");
	}
	return other_inventory(ver, where, e);
}

static int check_version(struct version *ver, struct mun_err *e)
{
	int rc;

	rc = mun_fmt(&ver->prefix, e, "%s/", ver->name);
	if (!rc)
		rc = mun_path_join(ver->o->path, ver->name, &ver->dir, e);
	if (!rc)
		rc = mun_cancel_check(e);
	if (!rc)
		rc = mun_dirlist_read(ver->dir, &ver->l, e);
	if (rc && !mun_val_is_fatal(rc)) {
		mun_val_unreadable(ver->o->v, ver->name, e);
		mun_err_clear(e);
		return 0;
	}
	for (size_t i = 0; !rc && i < ver->l->n; i++)
		rc = version_entry(ver, &ver->l->of[i], e);
	if (!rc)
		rc = version_content(ver, e);
	return rc ? rc : version_inventory(ver, e);
}

static int by_number(const void *a, const void *b)
{
	const struct version *x = a;
	const struct version *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* In the order of their numbers, as later ones build upon earlier ones. */
static int check_versions(struct object *o, struct mun_err *e)
{
	mun_autofree struct version *of = NULL;
	size_t n = 0;
	int rc = 0;

	of = calloc(o->l->n + 1, sizeof(*of));
	if (!of)
		return mun_fail_nomem(e, "versions");
	for (size_t i = 0; i < o->l->n; i++) {
		if (is_version_folder(&o->l->of[i]))
			of[n++] = (struct version){
				.o = o,
				.name = o->l->of[i].name,
				.number =
					mun_inventory_version(o->l->of[i].name),
			};
	}
	if (n)
		qsort(of, n, sizeof(*of), by_number);
	for (size_t i = 0; !rc && i < n; i++) {
		rc = check_version(&of[i], e);
		free(of[i].prefix);
		free(of[i].dir);
		free(of[i].loaded.text);
		mun_dirlist_free(of[i].l);
	}
	return rc;
}

static int check_object(struct object *o, unsigned int max_spec,
			struct mun_err *e)
{
	int rc;

	rc = mun_val_declaration(o->v, o->path, o->l, false, &o->spec, e);
	if (!rc && max_spec && o->spec > max_spec)
		mun_val_report(o->v, "E081", "",
			       "conforms to a later OCFL version than the "
			       "storage root");
	for (size_t i = 0; !rc && i < o->l->n; i++)
		rc = root_entry(o, &o->l->of[i], e);
	if (!rc)
		rc = read_inventory(o, e);
	if (rc)
		return rc;
	compare_folders(o);
	rc = mun_val_files_new(&o->inv, &o->files, e);
	if (!rc)
		rc = mun_val_files_expect(o->v, &o->files, &o->inv, e);
	if (!rc)
		rc = check_versions(o, e);
	if (rc)
		return rc;
	if (!*o->v->base)
		o->v->bytes_total = o->files.bytes;
	return mun_val_files_verify(o->v, o->path, &o->files, e);
}

int mun_val_object(struct mun_val *v, const char *path,
		   const struct mun_dirlist *l, unsigned int max_spec,
		   char **id_out, struct mun_err *e)
{
	struct object o = {
		.v = v,
		.path = path,
		.l = l,
		.inv = { .where = "inventory.json", .content_dir = "content" },
	};
	int rc;

	v->out->objects++;
	rc = check_object(&o, max_spec, e);
	if (!rc && id_out && o.inv.id)
		rc = mun_strdup(o.inv.id, id_out, e);
	mun_val_files_clear(&o.files);
	mun_val_inv_clear(&o.inv);
	free(o.loaded.text);
	return rc;
}
