/* SPDX-License-Identifier: Apache-2.0 */
/* core/sys.c - the real system calls behind mun_sys */
#include "core/sys.h"

#include <errno.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int real_open(const char *path, int flags, mode_t mode)
{
	return openat(AT_FDCWD, path, flags, mode);
}

/* glibc has no name for it; an older kernel, or a filter, no such call. */
static int real_open_beneath(int dir, const char *rel, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	return (int)syscall(SYS_openat2, dir, rel, &how, sizeof(how));
}

/*
 * Some file systems (older NFS, some FUSE) know no RENAME_NOREPLACE.  For a
 * file link(2) refuses an existing name just as firmly; a folder is left with
 * a check before, which only a second writer in the same instant could defeat.
 */
static int rename_new_without_flag(const char *from, const char *to)
{
	struct stat st;

	if (lstat(from, &st))
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		if (link(from, to))
			return -1;
		return unlink(from);
	}
	if (!lstat(to, &st)) {
		errno = EEXIST;
		return -1;
	}
	if (errno != ENOENT)
		return -1;
	return rename(from, to);
}

static int real_rename_new(const char *from, const char *to)
{
	if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	return rename_new_without_flag(from, to);
}

static ssize_t real_pread_cached(int fd, void *buf, size_t len, off_t off)
{
	struct iovec to = { buf, len };

	return preadv2(fd, &to, 1, off, RWF_NOWAIT);
}

static int real_fstat(int fd, struct stat *st)
{
	return fstat(fd, st);
}

static int real_ficlone(int dst_fd, int src_fd)
{
	return ioctl(dst_fd, FICLONE, src_fd);
}

#define MUN_SYS_REAL \
	{ \
		.open = real_open, .open_beneath = real_open_beneath, \
		.read = read, .pread = pread, \
		.pread_cached = real_pread_cached, .write = write, \
		.pwrite = pwrite, .ftruncate = ftruncate, .fsync = fsync, \
		.fdatasync = fdatasync, .close = close, .rename = rename, \
		.rename_new = real_rename_new, .link = link, .unlink = unlink, \
		.rmdir = rmdir, .mkdir = mkdir, .fstat = real_fstat, \
		.ficlone = real_ficlone, \
	}

const struct mun_sys mun_sys_real = MUN_SYS_REAL;
struct mun_sys mun_sys = MUN_SYS_REAL;
