/* SPDX-License-Identifier: Apache-2.0 */
/* core/file_lock.c - an exclusive lock that dies with the process */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "core/parse.h"
#include "core/sys.h"

/* Who holds it, as far as the file tells. */
static int say_busy(int fd, const char *path, struct mun_err *e)
{
	struct mun_err ignored;
	char text[24];
	uint64_t pid;
	ssize_t n;

	n = mun_sys.pread(fd, text, sizeof(text) - 1, 0);
	if (n > 0) {
		text[n] = '\0';
		text[strcspn(text, "\n")] = '\0';
		if (!mun_parse_u64(text, 1, INT32_MAX, &pid, &ignored))
			return mun_fail(e, MUN_EBUSY,
					"'%s' is held by process %" PRIu64,
					path, pid);
	}
	return mun_fail(e, MUN_EBUSY, "'%s' is held by another process", path);
}

/* Our number in the lock file, for the message that another will show. */
static int sign(int fd, struct mun_err *e)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%jd\n", (intmax_t)getpid());

	if (mun_sys.ftruncate(fd, 0))
		return mun_fail_sys(e, errno, "empty");
	return mun_pwrite_all(fd, text, (size_t)len, 0, e);
}

int mun_lock_try(const char *path, int *fd_out, bool *ours, struct mun_err *e)
{
	mun_autoclose int fd = -1;
	int rc;

	*fd_out = -1;
	fd = mun_sys.open(
		path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		0666);
	if (fd < 0)
		return mun_fail_sys(e, errno, "open the lock '%s'", path);
	do
		rc = flock(fd, LOCK_EX | LOCK_NB);
	while (rc && errno == EINTR);
	if (rc && errno != EWOULDBLOCK)
		return mun_fail_sys(e, errno, "lock '%s'", path);
	*ours = rc == 0;
	*fd_out = fd;
	fd = -1;
	return 0;
}

int mun_lock_take(const char *path, int *fd_out, struct mun_err *e)
{
	mun_autoclose int fd = -1;
	bool ours;
	int rc;

	rc = mun_lock_try(path, &fd, &ours, e);
	if (rc)
		return rc;
	if (!ours)
		return say_busy(fd, path, e);
	rc = sign(fd, e);
	if (rc)
		return mun_ctx(e, "write the lock '%s'", path);
	*fd_out = fd;
	fd = -1;
	return 0;
}
