/* SPDX-License-Identifier: Apache-2.0 */
/* store/validate_decl.c - declarations, extensions, inventories in a folder */
#include "store/validate_int.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/str.h"
#include "store/layout.h"
#include "store/store_int.h"

#define MAX_DECLARATION ((size_t)4096)

/* The codes of one sort of declaration. */
struct decl_codes {
	const char *prefix;
	const char *format; /* not NAMASTE: no file */
	const char *none; /* none at all */
	const char *many; /* more than one */
	const char *pattern; /* T= with nothing behind it */
	const char *t; /* T is not 0 */
	const char *dvalue; /* no version that there is */
	const char *text; /* the content of the file */
};

static const struct decl_codes object_codes = {
	"ocfl_object_", "E002", "E003", "E003", "E004", "E005", "E006", "E007",
};

static const struct decl_codes root_codes = {
	"ocfl_", "E075", "E069", "E076", "E077", "E078", "E079", "E080",
};

bool mun_val_is_declaration(const char *name, bool root)
{
	bool object;

	if (!name[0] || name[1] != '=')
		return false;
	/* "0=" alone is one that was spoilt; of which sort, nobody knows. */
	if (!name[2])
		return name[0] == '0';
	object = !strncmp(name + 2, "ocfl_object_", 12);
	return root ? !object && !strncmp(name + 2, "ocfl_", 5) : object;
}

/* 10, 11, or 0. */
static unsigned int version_of(const char *dvalue, const char *prefix)
{
	const char *number;

	if (strncmp(dvalue, prefix, strlen(prefix)) != 0)
		return 0;
	number = dvalue + strlen(prefix);
	return !strcmp(number, "1.0") ? 10 : !strcmp(number, "1.1") ? 11 : 0;
}

/* The name is right: so must the text be. */
static int check_text(struct mun_val *v, const char *path, const char *name,
		      const struct decl_codes *c, struct mun_err *e)
{
	mun_autofree char *file = NULL;
	mun_autofree char *text = NULL;
	size_t len = 0;
	int rc;

	rc = mun_path_join(path, name, &file, e);
	if (!rc)
		rc = mun_val_read(file, MAX_DECLARATION, &text, &len, e);
	if (mun_val_is_fatal(rc))
		return rc;
	if (rc && rc != MUN_ECORRUPT) {
		mun_val_unreadable(v, name, e);
		mun_err_clear(e);
		return 0;
	}
	if (rc || len != strlen(name + 2) + 1 || text[len - 1] != '\n' ||
	    memcmp(text, name + 2, len - 1) != 0)
		mun_val_report(v, c->text, name,
			       "does not hold '%s' and an end of line",
			       name + 2);
	return 0;
}

static int check_one(struct mun_val *v, const char *path,
		     const struct mun_dirent *ent, const struct decl_codes *c,
		     unsigned int *version, struct mun_err *e)
{
	const char *name = ent->name;

	*version = 0;
	if (!S_ISREG(ent->st.st_mode)) {
		mun_val_report(v, c->format, name, "is not a file");
	} else if (!name[2]) {
		mun_val_report(v, c->pattern, name,
			       "is not of the form "
			       "T=dvalue");
	} else if (name[0] != '0') {
		mun_val_report(v, c->t, name, "does not begin with '0='");
	} else {
		*version = version_of(name + 2, c->prefix);
		if (*version)
			return check_text(v, path, name, c, e);
		mun_val_report(v, c->dvalue, name, "is not '%s' and 1.0 or 1.1",
			       c->prefix);
	}
	return 0;
}

int mun_val_declaration(struct mun_val *v, const char *path,
			const struct mun_dirlist *l, bool root,
			unsigned int *version_out, struct mun_err *e)
{
	const struct decl_codes *c = root ? &root_codes : &object_codes;
	unsigned int good = 0;

	*version_out = 0;
	for (size_t i = 0; i < l->n; i++) {
		unsigned int version;
		int rc;

		if (!mun_val_is_declaration(l->of[i].name, root))
			continue;
		rc = check_one(v, path, &l->of[i], c, &version, e);
		if (rc)
			return rc;
		if (version)
			good++;
		if (version > *version_out)
			*version_out = version;
	}
	if (!good)
		mun_val_report(v, c->none, "", "there is no declaration '0=%s'",
			       root ? "ocfl_1.1" : "ocfl_object_1.1");
	else if (good > 1)
		mun_val_report(v, c->many, "",
			       "there is more than one declaration");
	return 0;
}

static int extension_entry(struct mun_val *v, const char *path,
			   const struct mun_dirent *ent, bool root,
			   struct mun_err *e)
{
	const struct mun_val_visitor look = { NULL, NULL, NULL };
	mun_autofree char *where = NULL;
	int rc;

	rc = mun_path_join("extensions", ent->name, &where, e);
	if (rc)
		return rc;
	if (!S_ISDIR(ent->st.st_mode)) {
		if (mun_val_entry(v, where, &ent->st))
			mun_val_report(v, root ? "E112" : "E067", where,
				       "is not the folder of an extension");
		return 0;
	}
	if (!mun_val_is_registered(ent->name))
		mun_val_report(v, root ? "W016" : "W013", where,
			       "is not the name of a registered extension");
	return mun_val_walk(v, path, where, &look, e);
}

int mun_val_extensions(struct mun_val *v, const char *path, bool root,
		       struct mun_err *e)
{
	mun_auto(dirlist) *l = NULL;
	mun_autofree char *dir = NULL;
	int rc;

	rc = mun_path_join(path, "extensions", &dir, e);
	if (!rc)
		rc = mun_dirlist_read(dir, &l, e);
	if (rc && !mun_val_is_fatal(rc)) {
		mun_val_unreadable(v, "extensions", e);
		mun_err_clear(e);
		return 0;
	}
	for (size_t i = 0; !rc && i < l->n; i++)
		rc = extension_entry(v, path, &l->of[i], root, e);
	return rc;
}

int mun_val_load(struct mun_val *v, const char *path, const char *prefix,
		 const struct mun_dirlist *l, struct mun_val_loaded *out,
		 struct mun_err *e)
{
	const struct mun_dirent *ent = mun_dirlist_find(l, "inventory.json");
	mun_autofree char *where = NULL;
	mun_autofree char *file = NULL;
	char buf[MUN_ERR_TEXT];
	int rc;

	*out = (struct mun_val_loaded){ 0 };
	if (!ent || !S_ISREG(ent->st.st_mode))
		return 0;
	out->there = true;
	rc = mun_fmt(&where, e, "%sinventory.json", prefix);
	if (!rc)
		rc = mun_path_join(path, where, &file, e);
	if (!rc)
		rc = mun_val_read(file, MUN_INVENTORY_MAX, &out->text,
				  &out->len, e);
	if (!rc || mun_val_is_fatal(rc))
		return rc;
	if (rc == MUN_ECORRUPT)
		mun_val_report(v, "E033", where, "%s",
			       mun_err_text(e, buf, sizeof(buf), 0));
	else
		mun_val_unreadable(v, where, e);
	mun_err_clear(e);
	return 0;
}

static int check_sidecar(struct mun_val *v, const char *path, const char *where,
			 enum mun_digest_alg alg,
			 const struct mun_val_loaded *loaded, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	mun_autofree char *file = NULL;
	size_t len = 0;
	int rc;

	rc = mun_path_join(path, where, &file, e);
	if (!rc)
		rc = mun_val_read(file, MUN_SIDECAR_MAX, &text, &len, e);
	if (mun_val_is_fatal(rc))
		return rc;
	if (rc == MUN_ECORRUPT)
		mun_val_report(v, "E061", where, "is far too long");
	else if (rc)
		mun_val_unreadable(v, where, e);
	if (rc) {
		mun_err_clear(e);
		return 0;
	}
	return mun_val_sidecar(v, where, text, len, alg, loaded->text,
			       loaded->len, e);
}

/* No sidecar for the inventory's algorithm: @others are of another name. */
static void tell_missing(struct mun_val *v, const struct mun_val_inv *inv,
			 const char *where, unsigned int others)
{
	const char *alg = inv->has_alg ? mun_digest_ocfl_name(inv->alg) : "*";

	if (others && inv->has_alg)
		mun_val_report(v, "E059", where,
			       "its sidecar is not 'inventory.json.%s'", alg);
	else if (!others)
		mun_val_report(v, "E058", where,
			       "there is no sidecar 'inventory.json.%s'", alg);
}

/* Of an inventory that cannot be understood, the sidecar's name tells how its
 * digest was made. */
static bool is_its_sidecar(const struct mun_val_inv *inv, const char *name,
			   enum mun_digest_alg *alg)
{
	if (!mun_layout_alg(name, alg))
		return false;
	if (inv->has_alg)
		return *alg == inv->alg;
	return *alg == MUN_SHA512 || *alg == MUN_SHA256;
}

int mun_val_sidecars(struct mun_val *v, const char *path, const char *prefix,
		     const struct mun_dirlist *l, const struct mun_val_inv *inv,
		     const struct mun_val_loaded *loaded, struct mun_err *e)
{
	static const char start[] = "inventory.json.";
	mun_autofree char *inventory = NULL;
	enum mun_digest_alg alg;
	unsigned int others = 0;
	bool found = false;
	int rc;

	rc = mun_fmt(&inventory, e, "%sinventory.json", prefix);
	for (size_t i = 0; !rc && i < l->n; i++) {
		const char *name = l->of[i].name;
		mun_autofree char *where = NULL;

		if (!S_ISREG(l->of[i].st.st_mode) ||
		    strncmp(name, start, sizeof(start) - 1) != 0)
			continue;
		rc = mun_fmt(&where, e, "%s%s", prefix, name);
		if (rc)
			return rc;
		if (loaded->text &&
		    is_its_sidecar(inv, name + sizeof(start) - 1, &alg)) {
			found = true;
			rc = check_sidecar(v, path, where, alg, loaded, e);
			continue;
		}
		others++;
		/* Where the algorithm is not known, one may be right. */
		if (inv->has_alg || !loaded->there || found || others > 1)
			mun_val_report(v, *prefix ? "E015" : "E001", where,
				       "belongs to no inventory here");
	}
	if (!rc && loaded->there && !found)
		tell_missing(v, inv, inventory, others);
	return rc;
}
