/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/sys.h - the system calls that matter, replaceable by a test
 *
 * Everything that creates, fills, syncs, names or removes a file, and
 * everything that reads a medium or a stored file, goes through mun_sys, so a
 * test can make each call fail once.  Set only before threads start.
 */
#ifndef MUN_CORE_SYS_H
#define MUN_CORE_SYS_H

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct mun_sys {
	int (*open)(const char *path, int flags, mode_t mode);
	/* openat2(2) below the folder @dir, no link followed and no way out of
	 * it: ENOSYS where the system has no such call */
	int (*open_beneath)(int dir, const char *rel, int flags);
	ssize_t (*read)(int fd, void *buf, size_t len);
	ssize_t (*pread)(int fd, void *buf, size_t len, off_t off);
	/* preadv2(RWF_NOWAIT): what the page cache holds, else EAGAIN */
	ssize_t (*pread_cached)(int fd, void *buf, size_t len, off_t off);
	ssize_t (*write)(int fd, const void *buf, size_t len);
	ssize_t (*pwrite)(int fd, const void *buf, size_t len, off_t off);
	int (*ftruncate)(int fd, off_t len);
	int (*fsync)(int fd);
	int (*fdatasync)(int fd);
	int (*close)(int fd);
	int (*rename)(const char *from, const char *to);
	/* renameat2(RENAME_NOREPLACE): EEXIST where @to is there already */
	int (*rename_new)(const char *from, const char *to);
	int (*link)(const char *from, const char *to);
	int (*unlink)(const char *path);
	int (*rmdir)(const char *path);
	int (*mkdir)(const char *path, mode_t mode);
	int (*fstat)(int fd, struct stat *st);
	int (*ficlone)(int dst_fd, int src_fd); /* ioctl(FICLONE) */
};

extern struct mun_sys mun_sys;

/* The real ones, for a test to put back or to call through. */
extern const struct mun_sys mun_sys_real;

#endif
