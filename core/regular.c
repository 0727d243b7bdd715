/* SPDX-License-Identifier: Apache-2.0 */
/* core/regular.c - open a regular file and nothing else */
#include "core/regular.h"

#include <errno.h>

#include "core/sys.h"

const char *mun_regular_kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "a regular file";
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFCHR:
		return "a character device";
	case S_IFBLK:
		return "a block device";
	case S_IFSOCK:
		return "a socket";
	case S_IFLNK:
		return "a symbolic link";
	default:
		return "of an unknown kind";
	}
}

static int must_be_regular(const char *path, const struct stat *st,
			   struct mun_err *e)
{
	if (S_ISREG(st->st_mode))
		return 0;
	return mun_fail(e, MUN_EINVAL, "'%s' is %s, not a regular file", path,
			mun_regular_kind(st->st_mode));
}

int mun_regular_open(const char *path, int flags, int *fd_out, struct stat *st,
		     struct mun_err *e)
{
	mun_autoclose int fd = -1;
	int rc;

	*fd_out = -1;
	if (stat(path, st))
		return mun_fail_sys(e, errno, "open '%s'", path);
	rc = must_be_regular(path, st, e);
	if (rc)
		return rc;
	/* It may be another thing by now: hence the flags and the fstat. */
	fd = mun_sys.open(
		path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags, 0);
	if (fd < 0)
		return mun_fail_sys(e, errno, "open '%s'", path);
	if (mun_sys.fstat(fd, st))
		return mun_fail_sys(e, errno, "look at '%s'", path);
	rc = must_be_regular(path, st, e);
	if (rc)
		return rc;
	*fd_out = fd;
	fd = -1;
	return 0;
}
