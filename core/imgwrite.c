/* SPDX-License-Identifier: Apache-2.0 */
/* core/imgwrite.c - a large, sparse file written past the page cache */
#include "core/imgwrite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>

#include "core/check.h"
#include "core/file.h"
#include "core/regular.h"
#include "core/source.h"
#include "core/str.h"
#include "core/sys.h"

/*
 * One descriptor, on which O_DIRECT is switched on and off: a second one would
 * need a second open(2) of a name that may mean another file by then.
 */
struct mun_imgwriter {
	char *path; /* for errors */
	int fd; /* -1 once closed */
	bool may_direct; /* not refused yet */
	bool is_direct; /* O_DIRECT is set now */
	uint64_t end; /* behind the last byte written by us */
};

static int set_direct(struct mun_imgwriter *w, bool on, struct mun_err *e)
{
	int flags;

	if (w->is_direct == on)
		return 0;
	flags = fcntl(w->fd, F_GETFL);
	if (flags < 0)
		return mun_fail_sys(e, errno, "flags of '%s'", w->path);
	flags = on ? flags | O_DIRECT : flags & ~O_DIRECT;
	if (fcntl(w->fd, F_SETFL, flags))
		return mun_fail_sys(e, errno, "O_DIRECT for '%s'", w->path);
	w->is_direct = on;
	return 0;
}

static int open_regular(struct mun_imgwriter *w, bool resume, struct mun_err *e)
{
	/* O_NONBLOCK: a FIFO in its place shall not make us wait. */
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	struct stat st;

	w->fd = mun_sys.open(w->path, flags, 0666);
	if (w->fd < 0)
		return mun_fail_sys(e, errno, "open '%s'", w->path);
	if (mun_sys.fstat(w->fd, &st))
		return mun_fail_sys(e, errno, "look at '%s'", w->path);
	if (!S_ISREG(st.st_mode))
		return mun_fail(e, MUN_EINVAL, "'%s' is %s", w->path,
				mun_regular_kind(st.st_mode));
	/* Not O_TRUNC, which would come before that look. */
	if (!resume && st.st_size && mun_sys.ftruncate(w->fd, 0))
		return mun_fail_sys(e, errno, "empty '%s'", w->path);
	return 0;
}

int mun_imgwriter_open(const char *path, bool resume,
		       struct mun_imgwriter **out, struct mun_err *e)
{
	mun_auto(imgwriter) *w = calloc(1, sizeof(*w));
	int rc;

	if (!w)
		return mun_fail_nomem(e, "image writer");
	w->fd = -1;
	w->may_direct = true;
	rc = mun_strdup(path, &w->path, e);
	if (!rc)
		rc = open_regular(w, resume, e);
	if (rc)
		return rc;
	*out = mun_steal(&w);
	return 0;
}

static int write_cached(struct mun_imgwriter *w, const void *data, size_t len,
			uint64_t off, struct mun_err *e)
{
	int rc = set_direct(w, false, e);

	return rc ? rc : mun_pwrite_all(w->fd, data, len, off, e);
}

/*
 * EINVAL means that the file system, or what lies below it, does not do this;
 * it may say so only at the write.  The same bytes then go the ordinary way.
 */
static int write_direct(struct mun_imgwriter *w, const void *data, size_t len,
			uint64_t off, struct mun_err *e)
{
	int rc = set_direct(w, true, e);

	if (!rc)
		rc = mun_pwrite_all(w->fd, data, len, off, e);
	if (!rc || e->sys != EINVAL)
		return rc;
	w->may_direct = false;
	mun_err_clear(e);
	return write_cached(w, data, len, off, e);
}

int mun_imgwriter_write(struct mun_imgwriter *w, const void *data, size_t len,
			uint64_t off, struct mun_err *e)
{
	const uint8_t *p = data;
	size_t direct = 0;
	uint64_t end;
	int rc = 0;

	if (ckd_add(&end, off, len) || end > INT64_MAX)
		return mun_fail(e, MUN_EINVAL, "%zu bytes at byte %ju of '%s'",
				len, (uintmax_t)off, w->path);
	if (w->may_direct && (uintptr_t)p % MUN_IO_ALIGN == 0 &&
	    off % MUN_IO_ALIGN == 0)
		direct = len - len % MUN_IO_ALIGN;
	w->end = MUN_MAX(w->end, end);
	if (direct)
		rc = write_direct(w, p, direct, off, e);
	if (!rc && len > direct)
		rc = write_cached(w, p + direct, len - direct, off + direct, e);
	return rc ? mun_ctx(e, "write '%s'", w->path) : 0;
}

int mun_imgwriter_sync(struct mun_imgwriter *w, struct mun_err *e)
{
	if (mun_sys.fdatasync(w->fd))
		return mun_fail_sys(e, errno, "sync '%s'", w->path);
	return 0;
}

int mun_imgwriter_finish(struct mun_imgwriter *w, uint64_t size,
			 struct mun_err *e)
{
	int fd = w->fd;
	int rc = 0;

	if (w->end > size || size > INT64_MAX)
		return mun_fail(e, MUN_EINVAL,
				"'%s' has bytes up to %ju, not %ju", w->path,
				(uintmax_t)w->end, (uintmax_t)size);
	if (mun_sys.ftruncate(fd, (off_t)size))
		rc = mun_fail_sys(e, errno, "size of '%s'", w->path);
	if (!rc)
		rc = mun_imgwriter_sync(w, e);
	w->fd = -1;
	/* A close error on a written file is a lost write. */
	if (mun_sys.close(fd) && !rc)
		rc = mun_fail_sys(e, errno, "close '%s'", w->path);
	return rc;
}

void mun_imgwriter_free(struct mun_imgwriter *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		(void)mun_sys.close(w->fd);
	free(w->path);
	free(w);
}
