/* SPDX-License-Identifier: Apache-2.0 */
/* store/dirlist.c - what is in a folder, in order, no link followed */
#include "store/dirlist.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/sys.h"

static int add(struct mun_dirlist *l, int fd, const char *name,
	       struct mun_err *e)
{
	struct mun_dirent *ent;

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return 0;
	l->of = mun_arena_grow(l->arena, l->of, l->n, sizeof(*l->of));
	if (!l->of)
		return mun_fail_nomem(e, "folder entries");
	ent = &l->of[l->n];
	if (fstatat(fd, name, &ent->st, AT_SYMLINK_NOFOLLOW)) {
		/* Gone since the folder was read: it is not there, then. */
		if (errno == ENOENT)
			return 0;
		return mun_fail_sys(e, errno, "look at '%s'", name);
	}
	ent->name = mun_arena_strdup(l->arena, name);
	if (!ent->name)
		return mun_fail_nomem(e, "folder entries");
	l->n++;
	return 0;
}

static int add_all(struct mun_dirlist *l, DIR *dir, struct mun_err *e)
{
	for (;;) {
		const struct dirent *d;
		int rc;

		errno = 0;
		d = readdir(dir);
		if (!d && errno)
			return mun_fail_sys(e, errno, "list");
		if (!d)
			return 0;
		rc = add(l, dirfd(dir), d->d_name, e);
		if (rc)
			return rc;
	}
}

static int by_name(const void *a, const void *b)
{
	const struct mun_dirent *x = a;
	const struct mun_dirent *y = b;

	return strcmp(x->name, y->name);
}

static int fill(struct mun_dirlist *l, const char *path, struct mun_err *e)
{
	DIR *dir;
	int fd;
	int rc;

	fd = mun_sys.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
			  0);
	if (fd < 0)
		return mun_fail_sys(e, errno, "open");
	dir = fdopendir(fd);
	if (!dir) {
		rc = mun_fail_sys(e, errno, "open");
		(void)close(fd);
		return rc;
	}
	rc = add_all(l, dir, e);
	(void)closedir(dir);
	if (!rc && l->n)
		qsort(l->of, l->n, sizeof(*l->of), by_name);
	return rc;
}

int mun_dirlist_read(const char *path, struct mun_dirlist **out,
		     struct mun_err *e)
{
	mun_auto(dirlist) *l = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return mun_fail_nomem(e, "folder entries");
	rc = mun_arena_new(&l->arena, e);
	if (!rc)
		rc = fill(l, path, e);
	if (rc)
		return mun_ctx(e, "list the folder '%s'", path);
	*out = mun_steal(&l);
	return 0;
}

void mun_dirlist_free(struct mun_dirlist *l)
{
	if (!l)
		return;
	mun_arena_free(l->arena);
	free(l);
}

const struct mun_dirent *mun_dirlist_find(const struct mun_dirlist *l,
					  const char *name)
{
	struct mun_dirent key = { .name = name };

	if (!l->n)
		return NULL;
	return bsearch(&key, l->of, l->n, sizeof(*l->of), by_name);
}
