/* SPDX-License-Identifier: Apache-2.0 */
/* store/place.c - places for copies, made, opened, watched (store/place.h) */
#include "store/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/str.h"
#include "store/dirlist.h"
#include "store/marker.h"

#define ROOT "ocfl"
#define MAIN_MARKER "muniment.conf"

/* An empty marker is what main has; else id and repository must be these. */
static int check_marker(const char *path, const char *id,
			const char *repository, struct mun_err *e)
{
	struct mun_marker m;
	int rc;

	rc = mun_marker_read(path, &m, e);
	if (rc)
		return rc;
	if (strcmp(m.repository, repository) != 0)
		return mun_fail(e, MUN_EUNAVAILABLE,
				"'%s' is the store '%s' of another repository "
				"(%s)",
				path, m.name, m.repository);
	if (strcmp(m.id, id) != 0)
		return mun_fail(e, MUN_EUNAVAILABLE,
				"'%s' is another store of the repository: '%s' "
				"(%s)",
				path, m.name, m.id);
	return 0;
}

/* Only what belongs to nobody may be in a folder that becomes a place. */
static int check_empty(const char *path, struct mun_err *e)
{
	mun_auto(dirlist) *l = NULL;
	mun_autofree char *inside = NULL;
	int rc;

	rc = mun_path_join(path, ".", &inside, e);
	if (!rc)
		rc = mun_dirlist_read(inside, &l, e);
	for (size_t i = 0; !rc && i < l->n; i++) {
		const char *name = l->of[i].name;

		/* A fresh disk; a killed try to write the marker. */
		if (strcmp(name, "lost+found") != 0 &&
		    strncmp(name, ".muniment-", 10) != 0)
			rc = mun_fail(e, MUN_EEXIST,
				      "'%s' is not empty: it holds '%s'", path,
				      name);
	}
	return rc;
}

int mun_place_is_free(const char *path, struct mun_err *e)
{
	int rc = check_empty(path, e);

	if (rc == MUN_ENOENT) {
		mun_err_clear(e);
		return 0;
	}
	return rc ? mun_ctx(e, "make '%s' a place for copies", path) : 0;
}

static int write_marker(const char *path, const struct mun_marker *m,
			struct mun_err *e)
{
	struct mun_str text = { 0 };
	int rc;

	rc = mun_marker_write(m, &text, e);
	if (!rc)
		rc = mun_file_write_new(path, MUN_PLACE_MARKER, text.text,
					text.len, e);
	mun_str_free(&text);
	return rc;
}

static int make_folder(const char *path, const char *name, struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	int rc = mun_path_join(path, name, &dir, e);

	return rc ? rc : mun_mkdirs(dir, e);
}

static int make_root(const char *path, struct mun_err *e)
{
	mun_autofree char *root = NULL;
	int rc = mun_path_join(path, ROOT, &root, e);

	return rc ? rc : mun_store_init(root, e);
}

static int fill_marker(struct mun_marker *m, const char *id,
		       const char *repository, const char *name,
		       struct mun_err *e)
{
	if (!mun_uuid_is(id) || !mun_uuid_is(repository))
		return mun_fail(e, MUN_EINVAL, "a place needs two UUIDs");
	if (!*name || strlen(name) >= sizeof(m->name) ||
	    !mun_text_is_clean(name, ""))
		return mun_fail(e, MUN_EINVAL, "'%s' is no name of a store",
				name);
	*m = (struct mun_marker){ .id = "" };
	(void)snprintf(m->id, sizeof(m->id), "%s", id);
	(void)snprintf(m->repository, sizeof(m->repository), "%s", repository);
	(void)snprintf(m->name, sizeof(m->name), "%s", name);
	return 0;
}

static int init(const char *path, const struct mun_marker *m, struct mun_err *e)
{
	int rc;

	rc = mun_mkdirs(path, e);
	if (!rc)
		rc = check_marker(path, m->id, m->repository, e);
	if (rc == MUN_EUNAVAILABLE)
		rc = e->code = MUN_EEXIST;
	if (rc == MUN_ENOENT) {
		mun_err_clear(e);
		rc = check_empty(path, e);
		if (!rc)
			rc = write_marker(path, m, e);
	}
	if (!rc)
		rc = make_folder(path, "spool", e);
	if (!rc)
		rc = make_folder(path, "quarantine", e);
	return rc ? rc : make_root(path, e);
}

int mun_place_init(const char *path, const char *id, const char *repository,
		   const char *name, struct mun_err *e)
{
	struct mun_marker m;
	int rc;

	rc = fill_marker(&m, id, repository, name, e);
	if (!rc)
		rc = init(path, &m, e);
	return rc ? mun_ctx(e, "make '%s' a place for copies", path) : 0;
}

/* spool and quarantine take part in renames, so they are folders beside the
 * root and not links that lead elsewhere. */
static int check_folder(const char *dir, struct mun_err *e)
{
	struct stat st;

	if (!lstat(dir, &st) && !S_ISDIR(st.st_mode))
		return mun_fail(e, MUN_ECORRUPT, "'%s' is not a folder", dir);
	return 0;
}

static int fill(struct mun_place *p, const char *path, const char *name,
		struct mun_err *e)
{
	int rc;

	rc = mun_strdup(name, &p->name, e);
	if (!rc)
		rc = mun_strdup(path, &p->path, e);
	if (!rc)
		rc = mun_path_join(path, "spool", &p->spool, e);
	if (!rc)
		rc = mun_path_join(path, "quarantine", &p->quarantine, e);
	return rc;
}

static int open_root(struct mun_place *p, struct mun_err *e)
{
	mun_autofree char *root = NULL;
	struct stat st;
	int rc;

	rc = mun_path_join(p->path, ROOT, &root, e);
	if (!rc && *p->id)
		rc = check_folder(root, e);
	if (!rc)
		rc = check_folder(p->spool, e);
	if (!rc)
		rc = check_folder(p->quarantine, e);
	if (!rc)
		rc = mun_store_open(root, &p->store, e);
	if (rc)
		return rc;
	if (stat(root, &st))
		return mun_fail(e, MUN_EUNAVAILABLE, "'%s': %s", root,
				strerror(errno));
	p->device = st.st_dev;
	return 0;
}

/* Is the file that says whose place it is still there, and still says so? */
static int check_identity(const struct mun_place *p, struct mun_err *e)
{
	mun_autofree char *conf = NULL;
	struct stat st;
	int rc;

	if (*p->id) {
		rc = check_marker(p->path, p->id, p->repository, e);
		if (rc == MUN_ENOENT || rc == MUN_EIO)
			rc = e->code = MUN_EUNAVAILABLE;
		if (rc == MUN_EINVAL)
			rc = e->code = MUN_ECORRUPT;
		return rc;
	}
	rc = mun_path_join(p->path, MAIN_MARKER, &conf, e);
	if (rc)
		return rc;
	if (stat(conf, &st) || !S_ISREG(st.st_mode))
		return mun_fail(e, MUN_EUNAVAILABLE,
				"there is no " MAIN_MARKER " in '%s'", p->path);
	return 0;
}

static int open_place(struct mun_place *p, const char *path, const char *name,
		      struct mun_err *e)
{
	int rc;

	rc = fill(p, path, name, e);
	if (!rc)
		rc = check_identity(p, e);
	if (!rc)
		rc = open_root(p, e);
	return rc ? mun_ctx(e, "store '%s'", name) : 0;
}

int mun_place_open(const char *path, const char *id, const char *repository,
		   const char *name, struct mun_place **out, struct mun_err *e)
{
	mun_auto(place) *p = NULL;
	int rc;

	if (!mun_uuid_is(id) || !mun_uuid_is(repository))
		return mun_fail(e, MUN_EINVAL, "a place needs two UUIDs");
	p = calloc(1, sizeof(*p));
	if (!p)
		return mun_fail_nomem(e, "place");
	(void)snprintf(p->id, sizeof(p->id), "%s", id);
	(void)snprintf(p->repository, sizeof(p->repository), "%s", repository);
	rc = open_place(p, path, name, e);
	if (!rc)
		*out = mun_steal(&p);
	return rc;
}

int mun_place_open_main(const char *path, struct mun_place **out,
			struct mun_err *e)
{
	mun_auto(place) *p = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return mun_fail_nomem(e, "place");
	rc = open_place(p, path, "main", e);
	if (!rc)
		*out = mun_steal(&p);
	return rc;
}

void mun_place_close(struct mun_place *p)
{
	if (!p)
		return;
	mun_store_close(p->store);
	free(p->quarantine);
	free(p->spool);
	free(p->path);
	free(p->name);
	free(p);
}

int mun_place_available(const struct mun_place *p, struct mun_err *e)
{
	int rc;

	rc = mun_store_available(p->store, e);
	if (!rc)
		rc = check_identity(p, e);
	/* What cannot be read as a marker any more is no proof of identity. */
	if (rc == MUN_ECORRUPT || rc == MUN_EUNSUPPORTED)
		rc = e->code = MUN_EUNAVAILABLE;
	return rc ? mun_ctx(e, "store '%s'", p->name) : 0;
}
