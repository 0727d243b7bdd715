/* SPDX-License-Identifier: Apache-2.0 */
/* store/check_root.c - a store of ours, byte for byte (store/validate.h) */
#include "store/validate.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "store/layout.h"
#include "store/store_int.h"
#include "store/validate_int.h"

#define LOWER_HEX "0123456789abcdef"
#define SHA512_DIGITS 128
#define OBJECT_LEVEL 3 /* below three folders of three digits */

struct check {
	struct mun_val *v;
	const char *path; /* of the root */
};

/* Report @code where the file @rel is not exactly @text. */
static int same_text(const struct check *c, const char *rel, const char *text,
		     const char *code, const char *missing, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *is = NULL;
	size_t len = 0;
	int rc;

	rc = mun_path_join(c->path, rel, &path, e);
	if (!rc)
		rc = mun_val_read(path, MUN_SIDECAR_MAX, &is, &len, e);
	if (mun_val_is_fatal(rc))
		return rc;
	if (rc == MUN_ENOENT)
		mun_val_report(c->v, missing, rel, "is missing");
	else if (rc && rc != MUN_ECORRUPT && rc != MUN_EINVAL)
		mun_val_unreadable(c->v, rel, e);
	else if (rc || len != strlen(text) || memcmp(is, text, len) != 0)
		mun_val_report(c->v, code, rel,
			       "is not as it was written when the store was "
			       "made");
	mun_err_clear(e);
	return 0;
}

static int check_files(const struct check *c, struct mun_err *e)
{
	for (const struct mun_root_file *f = mun_root_files; f->name; f++) {
		mun_autofree char *rel = NULL;
		bool decl = !strcmp(f->name, MUN_ROOT_DECLARATION);
		int rc;

		rc = *f->dir ? mun_path_join(f->dir, f->name, &rel, e)
			     : mun_strdup(f->name, &rel, e);
		if (!rc)
			rc = same_text(c, rel, f->text, f->code,
				       decl ? "E069" : f->code, e);
		if (rc)
			return rc;
	}
	return 0;
}

/* Lower-case hex and exactly what commit writes behind it: OCFL also allows
 * capitals, and other blanks, so the validator does not see such a change. */
static int check_sidecar(const struct check *c, const char *rel,
			 struct mun_err *e)
{
	static const char tail[] = " inventory.json\n";
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	size_t len = 0;
	int rc;

	rc = mun_path_join(c->path, rel, &path, e);
	if (!rc)
		rc = mun_val_read(path, MUN_SIDECAR_MAX, &text, &len, e);
	if (mun_val_is_fatal(rc))
		return rc;
	if (rc == MUN_EIO)
		mun_val_unreadable(c->v, rel, e);
	/* Of what is not there the validator tells (E058). */
	else if (!rc && (strspn(text, LOWER_HEX) != SHA512_DIGITS ||
			 len != SHA512_DIGITS + sizeof(tail) - 1 ||
			 memcmp(text + SHA512_DIGITS, tail, sizeof(tail)) != 0))
		mun_val_report(c->v, "E061", rel,
			       "is not in the form that this program writes");
	mun_err_clear(e);
	return 0;
}

/* The small files of an object whose form is ours alone. */
static int check_object(const struct check *c, const char *rel,
			const struct mun_dirlist *l, struct mun_err *e)
{
	mun_autofree char *decl = NULL;
	mun_autofree char *sidecar = NULL;
	int rc;

	rc = mun_path_join(rel, MUN_OBJECT_DECLARATION, &decl, e);
	if (!rc)
		rc = same_text(c, decl, MUN_OBJECT_DECLARATION_TEXT, "E007",
			       "E003", e);
	if (!rc)
		rc = mun_path_join(rel, MUN_OBJECT_SIDECAR, &sidecar, e);
	if (!rc)
		rc = check_sidecar(c, sidecar, e);
	for (size_t i = 0; !rc && i < l->n; i++) {
		mun_autofree char *in_version = NULL;

		if (!S_ISDIR(l->of[i].st.st_mode) || l->of[i].name[0] != 'v')
			continue;
		rc = mun_fmt(&in_version, e, "%s/%s/" MUN_OBJECT_SIDECAR, rel,
			     l->of[i].name);
		if (!rc)
			rc = check_sidecar(c, in_version, e);
	}
	return rc;
}

/* Is @name a folder of the layout at @level below @rel? */
static bool name_fits(const char *rel, const char *name, unsigned int level)
{
	size_t digits = strspn(name, LOWER_HEX);

	if (name[digits])
		return false;
	if (level < OBJECT_LEVEL)
		return digits == 3;
	/* rel is "3c0/ff4/240": its digits begin the name. */
	return digits == 64 && !strncmp(name, rel, 3) &&
	       !strncmp(name + 3, rel + 4, 3) && !strncmp(name + 6, rel + 8, 3);
}

static int check_level(const struct check *c, const char *rel,
		       unsigned int level, struct mun_err *e);

static int check_entry(const struct check *c, const char *rel,
		       unsigned int level, const struct mun_dirent *ent,
		       struct mun_err *e)
{
	mun_autofree char *where = NULL;
	int rc;

	rc = *rel ? mun_path_join(rel, ent->name, &where, e)
		  : mun_strdup(ent->name, &where, e);
	if (rc)
		return rc;
	if (!mun_val_entry(c->v, where, &ent->st))
		return 0;
	if (!S_ISDIR(ent->st.st_mode)) {
		/* The root itself may hold what its owner likes (E087). */
		if (level)
			mun_val_report(c->v, "E072", where,
				       "is a file that belongs to no object");
		return 0;
	}
	if (level == 0 && !strcmp(ent->name, "extensions"))
		return 0;
	if (!name_fits(rel, ent->name, level)) {
		mun_val_report(c->v, "E083", where,
			       "is not a folder of this layout");
		return 0;
	}
	return check_level(c, where, level + 1, e);
}

static int check_level(const struct check *c, const char *rel,
		       unsigned int level, struct mun_err *e)
{
	mun_auto(dirlist) *l = NULL;
	mun_autofree char *path = NULL;
	int rc;

	rc = mun_cancel_check(e);
	if (!rc)
		rc = mun_path_join(c->path, *rel ? rel : ".", &path, e);
	if (!rc)
		rc = mun_dirlist_read(path, &l, e);
	if (rc && level && !mun_val_is_fatal(rc)) {
		mun_val_unreadable(c->v, rel, e);
		mun_err_clear(e);
		return 0;
	}
	if (rc)
		return rc;
	if (level && !l->n)
		mun_val_report(c->v, "E073", rel, "is an empty folder");
	if (level > OBJECT_LEVEL)
		return check_object(c, rel, l, e);
	for (size_t i = 0; !rc && i < l->n; i++)
		rc = check_entry(c, rel, level, &l->of[i], e);
	return rc;
}

int mun_store_check_root(const struct mun_store *s, mun_ocfl_report_fn *fn,
			 void *ctx, struct mun_err *e)
{
	struct mun_ocfl_verdict verdict = { 0 };
	struct mun_val v = {
		.fn = fn,
		.ctx = ctx,
		.out = &verdict,
		.base = "",
	};
	const struct check c = { &v, s->path };
	int rc;

	rc = mun_seen_new(&v.inodes, e);
	if (!rc)
		rc = check_files(&c, e);
	if (!rc)
		rc = check_level(&c, "", 0, e);
	if (!rc && v.nomem)
		rc = mun_fail_nomem(e, "report");
	mun_seen_free(v.inodes);
	return rc ? mun_ctx(e, "check the store '%s'", s->path) : 0;
}
