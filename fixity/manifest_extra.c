/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/manifest_extra.c - a folder walked for what a manifest does not name */
#include "fixity/manifest_extra.h"

#include "core/log.h"
#include "core/str.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 256 /* folders in folders */

struct walk {
	const struct mun_manifest *m;
	const char *base;
	const char **literals; /* of bags before the RFC; by strcmp() */
	size_t nliterals;
	dev_t self_dev;
	ino_t self_ino;
	bool has_self;
	mun_manifest_extra_fn *fn;
	void *ctx;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_named(const struct walk *w, const char *path)
{
	if (mun_manifest_find(w->m, path))
		return true;
	return w->nliterals && bsearch(&path, w->literals, w->nliterals,
				       sizeof(*w->literals), by_text);
}

static int literals(struct walk *w, struct mun_err *e)
{
	const struct mun_manifest *m = w->m;

	w->literals = calloc(m->nentries + 1, sizeof(*w->literals));
	if (!w->literals)
		return mun_fail_nomem(e, "names");
	for (size_t i = 0; i < m->nentries; i++) {
		if (m->entries[i].literal)
			w->literals[w->nliterals++] = m->entries[i].literal;
	}
	if (w->nliterals)
		qsort(w->literals, w->nliterals, sizeof(*w->literals), by_text);
	return 0;
}

static int is_name(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

static int walk_folder(struct walk *w, const char *path, unsigned int depth,
		       struct mun_err *e);

static int look_at(struct walk *w, const char *path, unsigned int depth,
		   struct mun_err *e)
{
	mun_autofree char *full = NULL;
	struct stat st;
	int rc = mun_fmt(&full, e, "%s%s", w->base, path);

	if (rc)
		return rc;
	if (lstat(full, &st)) {
		if (errno == ENOENT)
			return 0; /* gone meanwhile */
		return mun_fail_sys(e, errno, "look at '%s'", full);
	}
	if (S_ISDIR(st.st_mode))
		return walk_folder(w, path, depth + 1, e);
	if (is_named(w, path) || (w->has_self && st.st_dev == w->self_dev &&
				  st.st_ino == w->self_ino))
		return 0;
	return w->fn(w->ctx, path, e);
}

/* @path is "" for the base itself.
 * NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX bounds it. */
static int walk_folder(struct walk *w, const char *path, unsigned int depth,
		       struct mun_err *e)
{
	mun_autofree char *full = NULL;
	struct dirent **names = NULL;
	int rc = mun_fmt(&full, e, "%s%s", w->base, path);
	int n;

	if (rc)
		return rc;
	if (depth > DEPTH_MAX)
		return mun_fail(e, MUN_EIO, "folders too deep at '%s'", full);
	n = scandir(full, &names, is_name, alphasort);
	if (n < 0)
		return mun_fail_sys(e, errno, "list '%s'", full);
	for (int i = 0; i < n; i++) {
		mun_autofree char *inner = NULL;

		if (!rc)
			rc = mun_cancel_check(e);
		if (!rc)
			rc = mun_fmt(&inner, e, "%s%s%s", path,
				     *path ? "/" : "", names[i]->d_name);
		if (!rc)
			rc = look_at(w, inner, depth, e);
		free(names[i]);
	}
	free(names);
	return rc;
}

/* A payload manifest speaks of data/ and of nothing else. */
static const char *top(const struct mun_manifest *m)
{
	if (m->form != MUN_MANIFEST_BAGIT)
		return "";
	for (size_t i = 0; i < m->nentries; i++) {
		if (strncmp(m->entries[i].path, "data/", 5) != 0)
			return "";
	}
	return "data";
}

int mun_manifest_extras(const struct mun_manifest *m, const char *base,
			const char *self, mun_manifest_extra_fn *fn, void *ctx,
			struct mun_err *e)
{
	struct walk w = { .m = m, .base = base, .fn = fn, .ctx = ctx };
	struct stat st;
	int rc = literals(&w, e);

	if (self && !stat(self, &st)) {
		w.has_self = true;
		w.self_dev = st.st_dev;
		w.self_ino = st.st_ino;
	}
	if (!rc)
		rc = walk_folder(&w, top(m), 0, e);
	free(w.literals);
	return rc;
}
