/* SPDX-License-Identifier: Apache-2.0 */
/* core/file.c - files that come into being whole or not at all */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/regular.h"
#include "core/str.h"
#include "core/sys.h"

int mun_write_all(int fd, const void *data, size_t len, struct mun_err *e)
{
	const uint8_t *p = data;

	while (len) {
		ssize_t n = mun_sys.write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		/* 0 is not allowed for a file; taken as progress it would
		 * loop for ever. */
		if (n <= 0)
			return mun_fail_sys(e, n ? errno : EIO, "write");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int mun_pwrite_all(int fd, const void *data, size_t len, uint64_t off,
		   struct mun_err *e)
{
	const uint8_t *p = data;

	while (len) {
		ssize_t n = mun_sys.pwrite(fd, p, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return mun_fail_sys(e, n ? errno : EIO,
					    "write at byte %ju",
					    (uintmax_t)off);
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

int mun_pread_full(int fd, void *buf, size_t len, uint64_t off,
		   struct mun_err *e)
{
	uint8_t *p = buf;

	while (len) {
		ssize_t n = mun_sys.pread(fd, p, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return mun_fail_sys(e, errno, "read at byte %ju",
					    (uintmax_t)off);
		if (n == 0)
			return mun_fail(e, MUN_ECORRUPT,
					"ends at byte %ju, %zu bytes early",
					(uintmax_t)off, len);
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/* Give the new file the rights of the one that it takes the place of. */
static int copy_rights(int fd, const char *old, struct mun_err *e)
{
	struct stat was;
	struct stat is;

	if (lstat(old, &was)) {
		if (errno == ENOENT)
			return 0;
		return mun_fail_sys(e, errno, "look at '%s'", old);
	}
	if (!S_ISREG(was.st_mode))
		return 0;
	if (mun_sys.fstat(fd, &is))
		return mun_fail_sys(e, errno, "look at the new '%s'", old);
	/* Only root may give files away; for anyone else it is no loss. */
	if ((was.st_uid != is.st_uid || was.st_gid != is.st_gid) &&
	    fchown(fd, was.st_uid, was.st_gid) && errno != EPERM)
		return mun_fail_sys(e, errno, "keep the owner of '%s'", old);
	if (fchmod(fd, was.st_mode & 07777))
		return mun_fail_sys(e, errno, "keep the mode of '%s'", old);
	return 0;
}

/* Open a temporary file in @dir; *@path_out is its name. */
static int open_temp(const char *dir, char **path_out, int *fd_out,
		     struct mun_err *e)
{
	static atomic_uint counter;

	for (;;) {
		mun_autofree char *path = NULL;
		int fd;
		int rc;

		/* The name itself may have 255 bytes: it is not part of it. */
		rc = mun_fmt(&path, e, "%s/.muniment-%jd-%u.tmp", dir,
			     (intmax_t)getpid(), atomic_fetch_add(&counter, 1));
		if (rc)
			return rc;
		fd = mun_sys.open(path,
				  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
					  O_NOFOLLOW,
				  0666);
		if (fd >= 0) {
			*path_out = mun_steal(&path);
			*fd_out = fd;
			return 0;
		}
		/* Left by a killed process that had our number: try on. */
		if (errno != EEXIST)
			return mun_fail_sys(e, errno, "create '%s'", path);
	}
}

/* Fill, sync and close: a close error on a written file is a lost write. */
static int fill(int fd, const char *rights_of, const void *data, size_t len,
		struct mun_err *e)
{
	int rc = mun_write_all(fd, data, len, e);

	if (!rc && rights_of)
		rc = copy_rights(fd, rights_of, e);
	if (!rc && mun_sys.fsync(fd))
		rc = mun_fail_sys(e, errno, "sync");
	/* Not again after EINTR: on Linux the descriptor is gone already. */
	if (mun_sys.close(fd) && !rc)
		rc = mun_fail_sys(e, errno, "close");
	return rc;
}

/* The name is there: make it durable, or take a new one away again. */
static int settle(const char *dir, const char *path, bool fresh,
		  struct mun_err *e)
{
	int rc = mun_dir_sync(dir, e);

	if (rc && fresh) {
		struct mun_err ignored;

		(void)mun_sys.unlink(path);
		(void)!mun_dir_sync(dir, &ignored);
	}
	return rc;
}

static int put(const char *dir, const char *path, bool fresh, const void *data,
	       size_t len, struct mun_err *e)
{
	mun_autofree char *temp = NULL;
	int fd;
	int rc;

	rc = open_temp(dir, &temp, &fd, e);
	if (rc)
		return rc;
	rc = fill(fd, fresh ? NULL : path, data, len, e);
	if (!rc && (fresh ? mun_sys.rename_new(temp, path)
			  : mun_sys.rename(temp, path)))
		rc = mun_fail_sys(e, errno, "give it its name");
	if (rc) {
		(void)mun_sys.unlink(temp);
		return rc;
	}
	return settle(dir, path, fresh, e);
}

static int put_named(const char *dir, const char *name, bool fresh,
		     const void *data, size_t len, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc;

	rc = mun_path_join(dir, name, &path, e);
	if (!rc)
		rc = put(dir, path, fresh, data, len, e);
	return rc ? mun_ctx(e, "write '%s/%s'", dir, name) : 0;
}

int mun_file_write_new(const char *dir, const char *name, const void *data,
		       size_t len, struct mun_err *e)
{
	return put_named(dir, name, true, data, len, e);
}

int mun_file_replace(const char *dir, const char *name, const void *data,
		     size_t len, struct mun_err *e)
{
	return put_named(dir, name, false, data, len, e);
}

/* Read to the end, or until more than @max bytes have come. */
static int read_to_end(int fd, size_t max, size_t room, char **out,
		       size_t *len_out, struct mun_err *e)
{
	mun_autofree char *buf = malloc(room + 1);
	size_t len = 0;

	if (!buf)
		return mun_fail_nomem(e, "file contents");
	for (;;) {
		ssize_t n = mun_sys.read(fd, buf + len, room - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return mun_fail_sys(e, errno, "read at byte %zu", len);
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > max)
			return mun_fail(e, MUN_ECORRUPT,
					"larger than %zu bytes", max);
		if (len == room) {
			char *more;

			/* It grew, or is one of /proc that tells no size. */
			room = room > max / 2 ? max + 1 : room * 2;
			more = realloc(buf, room + 1);
			if (!more)
				return mun_fail_nomem(e, "file contents");
			buf = more;
		}
	}
	buf[len] = '\0';
	*len_out = len;
	*out = mun_steal(&buf);
	return 0;
}

int mun_file_read(const char *path, size_t max, char **out, size_t *len_out,
		  struct mun_err *e)
{
	mun_autoclose int fd = -1;
	struct stat st;
	int rc;

	if (max > SIZE_MAX / 4)
		max = SIZE_MAX / 4;
	rc = mun_regular_open(path, 0, &fd, &st, e);
	if (rc)
		return rc;
	if ((uint64_t)st.st_size > max)
		return mun_fail(e, MUN_ECORRUPT,
				"'%s' has %jd bytes, more than %zu", path,
				(intmax_t)st.st_size, max);
	/* One byte more than it has, so that the end is seen at once. */
	rc = read_to_end(fd, max, (size_t)st.st_size + 1, out, len_out, e);
	return rc ? mun_ctx(e, "read '%s'", path) : 0;
}

/* fsync(2) by name; @flags tell what may be there. */
static int sync_path(const char *path, int flags, struct mun_err *e)
{
	mun_autoclose int fd = -1;

	fd = mun_sys.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags, 0);
	if (fd < 0)
		return mun_fail_sys(e, errno, "open '%s' to sync it", path);
	if (mun_sys.fsync(fd))
		return mun_fail_sys(e, errno, "sync '%s'", path);
	return 0;
}

int mun_dir_sync(const char *path, struct mun_err *e)
{
	return sync_path(path, O_DIRECTORY, e);
}

int mun_file_sync(const char *path, struct mun_err *e)
{
	return sync_path(path, 0, e);
}
