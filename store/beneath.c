/* SPDX-License-Identifier: Apache-2.0 */
/* store/beneath.c - paths below a folder, no link followed (store/beneath.h) */
#include "store/beneath.h"

#include <errno.h>
#include <string.h>

#include "core/file.h"
#include "core/regular.h"
#include "core/str.h"
#include "core/sys.h"

/* lstat(2) of @path; a component on the way (@inner) must be a folder. */
static int look(const char *path, bool inner, struct stat *st,
		struct mun_err *e)
{
	if (lstat(path, st))
		return mun_fail_sys(e, errno, "look at '%s'", path);
	if (S_ISLNK(st->st_mode) || (inner && !S_ISDIR(st->st_mode)))
		return mun_fail(e, MUN_ECORRUPT, "'%s' is %s%s", path,
				mun_regular_kind(st->st_mode),
				inner ? ", not a folder" : "");
	return 0;
}

int mun_beneath(const char *root, const char *rel, struct stat *st,
		struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc;

	rc = mun_path_join(root, rel, &path, e);
	if (rc)
		return rc;
	for (char *at = path + strlen(path) - strlen(rel);
	     (at = strchr(at, '/')); at++) {
		*at = '\0';
		rc = look(path, true, st, e);
		*at = '/';
		if (rc)
			return rc;
	}
	return look(path, false, st, e);
}

int mun_beneath_file(const char *root, const char *rel, struct stat *st,
		     struct mun_err *e)
{
	int rc = mun_beneath(root, rel, st, e);

	if (!rc && !S_ISREG(st->st_mode))
		rc = mun_fail(e, MUN_ECORRUPT,
			      "'%s/%s' is %s, not a regular file", root, rel,
			      mun_regular_kind(st->st_mode));
	return rc;
}

bool mun_beneath_open(int dir, const char *rel, int *fd_out, struct stat *st)
{
	mun_autoclose int fd = -1;

	/* To open a device or a FIFO can do something already. */
	if (fstatat(dir, rel, st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st->st_mode))
		return false;
	/* It may be another thing by now: hence the flags and the fstat. */
	fd = mun_sys.open_beneath(dir, rel,
				  O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || mun_sys.fstat(fd, st) || !S_ISREG(st->st_mode))
		return false;
	*fd_out = fd;
	fd = -1;
	return true;
}

/* The folder @path, whose parent @path[0..parent) is there. */
static int make_one(char *path, size_t parent, struct mun_err *e)
{
	struct stat st;
	int rc;

	if (mun_sys.mkdir(path, 0777)) {
		if (errno != EEXIST)
			return mun_fail_sys(e, errno, "make the folder '%s'",
					    path);
		return look(path, true, &st, e);
	}
	path[parent] = '\0';
	rc = mun_dir_sync(path, e);
	path[parent] = '/';
	/* Or the next who comes would take it for durable. */
	if (rc)
		(void)mun_sys.rmdir(path);
	return rc;
}

int mun_beneath_mkdirs(const char *root, const char *rel, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	size_t parent;
	char *at;
	int rc;

	rc = mun_path_join(root, rel, &path, e);
	if (rc)
		return rc;
	at = path + strlen(path) - strlen(rel);
	parent = (size_t)(at - path) - 1;
	while (!rc && at) {
		at = strchr(at, '/');
		if (at)
			*at = '\0';
		rc = make_one(path, parent, e);
		if (at) {
			parent = (size_t)(at - path);
			*at++ = '/';
		}
	}
	return rc;
}
