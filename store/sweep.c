/* SPDX-License-Identifier: Apache-2.0 */
/* store/sweep.c - presence and size of an object's files (store/sweep.h) */
#include "store/sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/str.h"
#include "store/beneath.h"
#include "store/dirlist.h"
#include "store/layout.h"
#include "store/objdir.h"
#include "store/sweep_int.h"

/* A file that there may be. */
struct expected {
	const char *path;
	bool asked; /* of the newest version, or the caller asks for it */
};

struct sweep {
	const struct mun_place *p;
	const char *id;
	const struct mun_sweep_file *files;
	size_t nfiles;
	mun_sweep_fn *fn;
	void *ctx;

	char *dir; /* of the object */
	struct mun_object o;
	struct mun_inventory *inv; /* NULL: none that holds */
	bool single; /* there is no v2: all files are in v1 */
	struct mun_arena *arena;
	size_t nexpected;
	struct expected *expected; /* by path */
};

int mun_sweep_tell(const struct mun_place *p, mun_sweep_fn *fn, void *ctx,
		   const struct mun_sweep_found *f, struct mun_err *e)
{
	/* Nothing is said of a store that has gone meanwhile. */
	int rc = mun_place_available(p, e);

	return rc ? rc : fn(ctx, f, e);
}

static int tell(const struct sweep *s, enum mun_sweep_kind kind,
		const char *path, uint64_t bytes, const struct mun_err *why,
		struct mun_err *e)
{
	struct mun_sweep_found f = {
		.kind = kind, .path = path, .bytes = bytes, .sys = why->sys
	};

	(void)mun_err_text(why, f.text, sizeof(f.text), 0);
	return mun_sweep_tell(s->p, s->fn, s->ctx, &f, e);
}

/* What mun_beneath_file() said of a file that is not as it should be. */
static int tell_failed(const struct sweep *s, const char *path,
		       const struct mun_err *why, struct mun_err *e)
{
	if (why->code == MUN_ENOMEM) {
		*e = *why;
		return e->code;
	}
	return tell(s,
		    why->code == MUN_EIO ? MUN_SWEEP_UNREADABLE
					 : MUN_SWEEP_MISSING,
		    path, 0, why, e);
}

/* An object that is there, whatever can be read of it. */
static int load(struct sweep *s, bool *gone, struct mun_err *e)
{
	struct mun_err why = { 0 };
	struct stat st;
	unsigned long newest = 0;
	int rc;

	rc = mun_object_load(s->p->store, s->id, &s->o, &why);
	if (!rc)
		rc = mun_inventory_parse(s->o.pair.text, s->o.pair.len, &s->inv,
					 &why);
	if (!rc && strcmp(s->inv->id, s->id) != 0) {
		rc = mun_fail(&why, MUN_ECORRUPT,
			      "inventory.json is that of '%s'", s->inv->id);
		mun_inventory_free(s->inv);
		s->inv = NULL;
	}
	if (!rc)
		return 0;
	if (rc == MUN_ENOMEM || rc == MUN_EUNAVAILABLE) {
		*e = why;
		return rc;
	}
	*gone = lstat(s->dir, &st) && errno == ENOENT;
	if (*gone) {
		(void)mun_fail(&why, MUN_ENOENT, "the whole object is missing");
		return tell(s, MUN_SWEEP_MISSING, "", 0, &why, e);
	}
	s->single = !mun_object_newest(s->dir, &newest, e) && newest < 2;
	return tell(s,
		    rc == MUN_ENOENT ? MUN_SWEEP_MISSING : MUN_SWEEP_UNREADABLE,
		    "inventory.json", 0, &why, e);
}

/* Where @path lies below the object's folder; NULL where nobody knows. */
static const char *content_of(const struct sweep *s, const char *path)
{
	if (!s->inv)
		return s->single && mun_path_is_safe(path)
			       ? mun_arena_fmt(s->arena, "v1/content/%s", path)
			       : NULL;
	return mun_inventory_content(s->inv, path);
}

static int sweep_file(const struct sweep *s, const struct mun_sweep_file *f,
		      struct mun_err *e)
{
	const char *content = content_of(s, f->path);
	struct mun_err why = { 0 };
	struct stat st;

	if (!content && !s->inv)
		return 0;
	if (!content) {
		(void)mun_fail(&why, MUN_ENOENT,
			       "the inventory does not name it");
		return tell_failed(s, f->path, &why, e);
	}
	if (mun_beneath_file(s->dir, content, &st, &why))
		return tell_failed(s, f->path, &why, e);
	if ((uint64_t)st.st_size == f->bytes)
		return 0;
	(void)mun_fail(&why, MUN_EFIXITY,
		       "it has %jd bytes, %" PRIu64 " were recorded",
		       (intmax_t)st.st_size, f->bytes);
	return tell(s, MUN_SWEEP_SIZE, f->path, (uint64_t)st.st_size, &why, e);
}

static int by_path(const void *a, const void *b)
{
	const struct expected *x = a;
	const struct expected *y = b;

	return strcmp(x->path, y->path);
}

static void expect(struct sweep *s, const char *path)
{
	s->expected[s->nexpected++].path = path;
}

static void mark(struct sweep *s, const char *content)
{
	struct expected key = { .path = content };
	struct expected *found;

	found = bsearch(&key, s->expected, s->nexpected, sizeof(key), by_path);
	if (found)
		found->asked = true;
}

static void mark_asked(struct sweep *s)
{
	for (size_t i = 0; i < s->inv->nfiles; i++)
		mark(s, s->inv->files[i].content);
	for (size_t i = 0; i < s->nfiles; i++)
		mark(s, s->files[i].path);
}

/* All files that an object with this inventory has. */
static int expect_all(struct sweep *s, const struct mun_object_contents *c,
		      struct mun_err *e)
{
	s->expected =
		mun_arena_array(s->arena, c->n + 2 * s->inv->nversions + 3,
				sizeof(*s->expected));
	if (!s->expected)
		return mun_fail_nomem(e, "paths");
	expect(s, MUN_OBJECT_DECLARATION);
	expect(s, "inventory.json");
	expect(s, MUN_OBJECT_SIDECAR);
	for (size_t i = 0; i < s->inv->nversions; i++) {
		const char *v = s->inv->versions[i].name;

		expect(s, mun_arena_fmt(s->arena, "%s/inventory.json", v));
		expect(s, mun_arena_fmt(s->arena, "%s/" MUN_OBJECT_SIDECAR, v));
	}
	for (size_t i = 0; i < c->n; i++)
		expect(s, mun_arena_strdup(s->arena, c->of[i].path));
	if (mun_arena_failed(s->arena, e))
		return e->code;
	qsort(s->expected, s->nexpected, sizeof(*s->expected), by_path);
	mark_asked(s);
	return 0;
}

/* Is a file of that name expected, or (@folder) any below it? */
static bool is_expected(const struct sweep *s, const char *path, bool folder)
{
	size_t len = strlen(path);
	size_t low = 0;
	size_t high = s->nexpected;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *at = s->expected[mid].path;
		int order = strncmp(at, path, len);

		if (!order)
			order = (unsigned char)at[len] - (folder ? '/' : '\0');
		if (!order)
			return true;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

static int sweep_entry(struct sweep *s, const char *rel,
		       const struct mun_dirent *ent, struct mun_err *e);

static int sweep_folder(struct sweep *s, const char *rel, struct mun_err *e)
{
	mun_auto(dirlist) *l = NULL;
	mun_autofree char *path = NULL;
	struct mun_err why = { 0 };
	int rc;

	rc = mun_path_join(s->dir, *rel ? rel : ".", &path, e);
	if (rc)
		return rc;
	rc = mun_dirlist_read(path, &l, &why);
	/* What is missing in it was told already. */
	if (rc == MUN_ENOENT)
		return 0;
	if (rc)
		return tell_failed(s, rel, &why, e);
	for (size_t i = 0; !rc && i < l->n; i++)
		rc = sweep_entry(s, rel, &l->of[i], e);
	return rc;
}

/* Only folders that lead to expected files are entered, so their depth is that
 * of a path of the inventory. */
static int sweep_entry(struct sweep *s, const char *rel,
		       const struct mun_dirent *ent, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	struct mun_err why = { 0 };
	bool folder = S_ISDIR(ent->st.st_mode);
	int rc;

	rc = *rel ? mun_path_join(rel, ent->name, &path, e)
		  : mun_strdup(ent->name, &path, e);
	if (rc)
		return rc;
	if (is_expected(s, path, folder))
		return folder ? sweep_folder(s, path, e) : 0;
	(void)mun_fail(&why, MUN_EEXIST, "nothing names this %s",
		       folder ? "folder" : "file");
	return tell(s, MUN_SWEEP_EXTRA, path,
		    folder ? 0 : (uint64_t)ent->st.st_size, &why, e);
}

/* Files that the catalog does not have: OCFL's own, and older versions'. */
static int sweep_rest(const struct sweep *s, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < s->nexpected; i++) {
		const struct expected *x = &s->expected[i];
		struct mun_err why = { 0 };
		struct stat st;

		if (!x->asked && mun_beneath_file(s->dir, x->path, &st, &why))
			rc = tell_failed(s, x->path, &why, e);
	}
	return rc;
}

static int sweep_inventory(struct sweep *s, struct mun_err *e)
{
	struct mun_object_contents c;
	struct mun_err why = { 0 };
	int rc;

	rc = mun_object_contents(s->o.pair.text, s->o.pair.len, &c, &why);
	if (rc == MUN_ENOMEM)
		*e = why;
	else if (rc)
		rc = tell(s, MUN_SWEEP_UNREADABLE, "inventory.json", 0, &why,
			  e);
	else
		rc = expect_all(s, &c, e);
	if (!rc && s->nexpected)
		rc = sweep_rest(s, e);
	if (!rc && s->nexpected)
		rc = sweep_folder(s, "", e);
	mun_object_contents_clear(&c);
	return rc;
}

static int sweep(struct sweep *s, struct mun_err *e)
{
	bool gone = false;
	int rc;

	rc = mun_place_available(s->p, e);
	if (!rc)
		rc = mun_arena_new(&s->arena, e);
	if (!rc)
		rc = mun_store_object_dir(s->p->store, s->id, &s->dir, e);
	if (!rc)
		rc = load(s, &gone, e);
	for (size_t i = 0; !rc && !gone && i < s->nfiles; i++)
		rc = sweep_file(s, &s->files[i], e);
	return rc || !s->inv ? rc : sweep_inventory(s, e);
}

int mun_sweep_object(const struct mun_place *p, const char *id,
		     const struct mun_sweep_file *files, size_t nfiles,
		     mun_sweep_fn *fn, void *ctx, struct mun_err *e)
{
	struct sweep s = { .p = p,
			   .id = id,
			   .files = files,
			   .nfiles = nfiles,
			   .fn = fn,
			   .ctx = ctx };
	int rc = sweep(&s, e);

	mun_inventory_free(s.inv);
	mun_object_clear(&s.o);
	mun_arena_free(s.arena);
	free(s.dir);
	return rc;
}
