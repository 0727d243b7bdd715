/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/mortal.c - a process that dies at a system call */
#include "tests/support/mortal.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "core/sys.h"

static atomic_int calls_to_live;

static void live_or_die(void)
{
	if (atomic_fetch_sub(&calls_to_live, 1) == 0)
		(void)kill(getpid(), SIGKILL);
}

static int mortal_open(const char *path, int flags, mode_t mode)
{
	if (flags & O_CREAT)
		live_or_die();
	return mun_sys_real.open(path, flags, mode);
}

static ssize_t mortal_write(int fd, const void *data, size_t len)
{
	live_or_die();
	return mun_sys_real.write(fd, data, len);
}

/* Also in the midst of it: half of the bytes are there. */
static ssize_t mortal_pwrite(int fd, const void *data, size_t len, off_t off)
{
	if (atomic_load(&calls_to_live) == 0)
		(void)!mun_sys_real.pwrite(fd, data, len / 8192 * 4096, off);
	live_or_die();
	return mun_sys_real.pwrite(fd, data, len, off);
}

static int mortal_ftruncate(int fd, off_t len)
{
	live_or_die();
	return mun_sys_real.ftruncate(fd, len);
}

static int mortal_fsync(int fd)
{
	live_or_die();
	return mun_sys_real.fsync(fd);
}

static int mortal_fdatasync(int fd)
{
	live_or_die();
	return mun_sys_real.fdatasync(fd);
}

static int mortal_rename(const char *from, const char *to)
{
	live_or_die();
	return mun_sys_real.rename(from, to);
}

static int mortal_rename_new(const char *from, const char *to)
{
	live_or_die();
	return mun_sys_real.rename_new(from, to);
}

static int mortal_unlink(const char *path)
{
	live_or_die();
	return mun_sys_real.unlink(path);
}

static int mortal_rmdir(const char *path)
{
	live_or_die();
	return mun_sys_real.rmdir(path);
}

static int mortal_mkdir(const char *path, mode_t mode)
{
	live_or_die();
	return mun_sys_real.mkdir(path, mode);
}

void mun_test_mortal(int calls)
{
	atomic_store(&calls_to_live, calls);
	mun_sys.open = mortal_open;
	mun_sys.write = mortal_write;
	mun_sys.pwrite = mortal_pwrite;
	mun_sys.ftruncate = mortal_ftruncate;
	mun_sys.fsync = mortal_fsync;
	mun_sys.fdatasync = mortal_fdatasync;
	mun_sys.rename = mortal_rename;
	mun_sys.rename_new = mortal_rename_new;
	mun_sys.unlink = mortal_unlink;
	mun_sys.rmdir = mortal_rmdir;
	mun_sys.mkdir = mortal_mkdir;
}
