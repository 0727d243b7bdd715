/* SPDX-License-Identifier: Apache-2.0 */
/* core/source_file.c - sources that are files, read with or without the cache */
#include "core/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include "core/check.h"
#include "core/file.h"
#include "core/regular.h"
#include "core/str.h"
#include "core/sys.h"

#define ONCE_MIN ((size_t)64 << 10) /* of a read */
#define DIRECT_MIN ((uint64_t)1 << 20) /* of a file */
#define COLD_CALLS 4 /* for the first no; four times as many for each next */
#define COLD_CALLS_MAX 64

/*
 * All fields but the atomic ones are set before the source is handed out, and
 * pread(2) and lseek(2) for SEEK_DATA share no position: any number of threads
 * may read.
 */
struct file {
	struct mun_source base;
	char *name;
	int fd;
	int direct_fd; /* -1: none */
	bool regular;
	atomic_bool no_direct; /* the file system refused it after all */
	atomic_bool no_cached; /* it cannot tell what is cached */
	atomic_int cold; /* calls that need not look into the cache, */
	atomic_int noes; /* ... and what that was after the last no */
};

static int file_pread(struct mun_source *s, void *buf, size_t len, uint64_t off,
		      struct mun_err *e)
{
	const struct file *f = (struct file *)s;
	int rc = mun_pread_full(f->fd, buf, len, off, e);

	return rc ? mun_ctx(e, "read '%s'", f->name) : 0;
}

/*
 * Where a file was cut short since it was opened, lseek(2) calls the missing
 * rest "no data", which must not be taken for a hole: those bytes are lost.
 */
static int check_not_shorter(const struct file *f, struct mun_err *e)
{
	struct stat st;

	if (mun_sys.fstat(f->fd, &st))
		return mun_fail_sys(e, errno, "look at '%s'", f->name);
	if ((uint64_t)st.st_size < f->base.size)
		return mun_fail(e, MUN_ECORRUPT,
				"'%s' ends at byte %jd, %" PRIu64
				" bytes early",
				f->name, (intmax_t)st.st_size,
				f->base.size - (uint64_t)st.st_size);
	return 0;
}

static int file_next_extent(struct mun_source *s, uint64_t off,
			    struct mun_extent *out, struct mun_err *e)
{
	const struct file *f = (struct file *)s;
	off_t at;
	int rc;

	if (!f->regular)
		return 0;
	at = lseek(f->fd, (off_t)off, SEEK_DATA);
	if (at < 0 && errno == ENXIO) {
		rc = check_not_shorter(f, e);
		if (rc)
			return rc;
		out->kind = MUN_EXTENT_HOLE;
		return 0;
	}
	if (at > (off_t)off) {
		out->kind = MUN_EXTENT_HOLE;
		out->bytes = (uint64_t)at - off;
		return 0;
	}
	if (at == (off_t)off)
		at = lseek(f->fd, (off_t)off, SEEK_HOLE);
	/* No such call here: all is data, which is always true. */
	if (at < 0 && (errno == EINVAL || errno == EOPNOTSUPP))
		return 0;
	if (at < 0)
		return mun_fail_sys(e, errno,
				    "find the holes of '%s' at byte %" PRIu64,
				    f->name, off);
	if (at > (off_t)off)
		out->bytes = (uint64_t)at - off;
	return 0;
}

/* Of the page cache only: how much there is of [@off, @off + @len). */
static size_t read_cached(struct file *f, uint8_t *buf, size_t len,
			  uint64_t off)
{
	size_t done = 0;

	while (done < len && !atomic_load(&f->no_cached)) {
		ssize_t n = mun_sys.pread_cached(f->fd, buf + done, len - done,
						 (off_t)(off + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			atomic_store(&f->no_cached, true);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

/*
 * One page that is not cached says little of the others; the more noes in a row
 * the longer nothing is asked for.
 */
static void note_cold(struct file *f, bool cold)
{
	int n = atomic_load_explicit(&f->noes, memory_order_relaxed);

	if (!cold && !n)
		return;
	n = cold ? MUN_MIN(MUN_MAX(4 * n, COLD_CALLS), COLD_CALLS_MAX) : 0;
	atomic_store_explicit(&f->cold, n, memory_order_relaxed);
	atomic_store_explicit(&f->noes, n, memory_order_relaxed);
}

/*
 * To ask for what is not cached makes the system begin to read it ahead, which
 * is a second reading of what then comes past the cache.  So a little is asked
 * for first, and after some noes nothing for a while.
 */
static size_t file_pread_ready(struct mun_source *s, void *buf, size_t len,
			       uint64_t off)
{
	struct file *f = (struct file *)s;
	const size_t first = MUN_MIN(len, (size_t)MUN_IO_ALIGN);
	size_t done;

	if (atomic_load_explicit(&f->cold, memory_order_relaxed) > 0) {
		atomic_fetch_sub_explicit(&f->cold, 1, memory_order_relaxed);
		return 0;
	}
	done = read_cached(f, buf, first, off);
	if (done == first)
		done += read_cached(f, (uint8_t *)buf + done, len - done,
				    off + done);
	note_cold(f, done < len);
	return done;
}

static void file_close(struct mun_source *s)
{
	struct file *f = (struct file *)s;

	mun_closep(&f->fd);
	mun_closep(&f->direct_fd);
	free(f->name);
	free(f);
}

static const struct mun_source_ops file_ops = {
	.pread = file_pread,
	.next_extent = file_next_extent,
	.close = file_close,
	.pread_ready = file_pread_ready,
};

/* Take @fd (not on failure) and make a source of it. */
static int wrap(int fd, uint64_t size, bool regular, const char *name,
		struct file **out, struct mun_err *e)
{
	struct file *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return mun_fail_nomem(e, "source");
	rc = mun_strdup(name, &f->name, e);
	if (rc) {
		free(f);
		return rc;
	}
	f->base.ops = &file_ops;
	f->base.size = size;
	f->fd = fd;
	f->direct_fd = -1;
	f->regular = regular;
	*out = f;
	return 0;
}

int mun_source_from_fd(int fd, uint64_t size, const char *name,
		       struct mun_source **out, struct mun_err *e)
{
	mun_autoclose int owned = fd;
	struct file *f;
	struct stat st;
	int rc;

	if (size > INT64_MAX)
		return mun_fail(e, MUN_EINVAL, "'%s' has %" PRIu64 " bytes",
				name, size);
	if (mun_sys.fstat(fd, &st))
		return mun_fail_sys(e, errno, "look at '%s'", name);
	rc = wrap(fd, size, S_ISREG(st.st_mode), name, &f, e);
	if (rc)
		return rc;
	owned = -1;
	*out = &f->base;
	return 0;
}

static int open_plain(const char *path, struct file **out, struct mun_err *e)
{
	mun_autoclose int fd = -1;
	struct stat st;
	int rc;

	rc = mun_regular_open(path, 0, &fd, &st, e);
	if (rc)
		return rc;
	rc = wrap(fd, (uint64_t)st.st_size, true, path, out, e);
	if (!rc)
		fd = -1;
	return rc;
}

/*
 * The same file once more, past the cache; without it all goes through.  It is
 * opened with the source, not when it is first needed: a parser that is given
 * the source may not open anything by then.
 */
static void open_direct_fd(struct file *f)
{
	char self[32];

	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", f->fd);
	f->direct_fd = mun_sys.open(
		self, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_DIRECT,
		0);
	f->no_direct = f->direct_fd < 0;
}

/* Read past the cache as far as it goes; *@done tells how far that was. */
static int read_direct(struct file *f, uint8_t *buf, size_t len, uint64_t off,
		       size_t *done, struct mun_err *e)
{
	const size_t mask = MUN_IO_ALIGN - 1;

	*done = 0;
	while (*done < len && !((off + *done) & mask)) {
		_Alignas(MUN_IO_ALIGN) uint8_t bounce[MUN_IO_ALIGN];
		size_t want = (len - *done) & ~mask;
		ssize_t n;

		/* The tail of a file: the whole block is asked for, less
		 * comes. */
		n = mun_sys.pread(f->direct_fd, want ? buf + *done : bounce,
				  want ? want : sizeof(bounce),
				  (off_t)(off + *done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EINVAL) {
			atomic_store(&f->no_direct, true);
			return 0;
		}
		if (n < 0)
			return mun_fail_sys(e, errno, "read at byte %" PRIu64,
					    off + *done);
		if (n == 0)
			return 0;
		if (!want) {
			n = (ssize_t)MUN_MIN((size_t)n, len - *done);
			memcpy(buf + *done, bounce, (size_t)n);
		}
		*done += (size_t)n;
	}
	return 0;
}

static int direct_pread(struct mun_source *s, void *buf, size_t len,
			uint64_t off, struct mun_err *e)
{
	struct file *f = (struct file *)s;
	size_t done = 0;
	int rc;

	if (!((uintptr_t)buf & (MUN_IO_ALIGN - 1)) &&
	    !atomic_load(&f->no_direct)) {
		rc = read_direct(f, buf, len, off, &done, e);
		if (rc)
			return mun_ctx(e, "read '%s'", f->name);
		if (done == len)
			return 0;
	}
	/* Drop what is cached, so that even this comes from the disk. */
	(void)posix_fadvise(f->fd, (off_t)(off + done), (off_t)(len - done),
			    POSIX_FADV_DONTNEED);
	return file_pread(s, (uint8_t *)buf + done, len - done, off + done, e);
}

static const struct mun_source_ops direct_ops = {
	.pread = direct_pread,
	.next_extent = file_next_extent,
	.close = file_close,
};

static int once_pread(struct mun_source *s, void *buf, size_t len, uint64_t off,
		      struct mun_err *e)
{
	struct file *f = (struct file *)s;
	uint8_t *to = buf;
	size_t done = 0;
	size_t more = 0;
	int rc = 0;

	/* Small reads gain nothing by going round the cache. */
	if (len >= ONCE_MIN && !((uintptr_t)buf & (MUN_IO_ALIGN - 1)) &&
	    !(off & (MUN_IO_ALIGN - 1)) && !atomic_load(&f->no_direct)) {
		done = file_pread_ready(s, to, len, off);
		if (done < len) /* go on at a whole block */
			done &= ~(size_t)(MUN_IO_ALIGN - 1);
		if (done < len)
			rc = read_direct(f, to + done, len - done, off + done,
					 &more, e);
	}
	if (rc)
		return mun_ctx(e, "read '%s'", f->name);
	done += more;
	if (done == len)
		return 0;
	return file_pread(s, to + done, len - done, off + done, e);
}

static const struct mun_source_ops once_ops = {
	.pread = once_pread,
	.next_extent = file_next_extent,
	.close = file_close,
	.pread_ready = file_pread_ready,
};

int mun_source_once_from_fd(int fd, uint64_t size, const char *name,
			    struct mun_source **out, struct mun_err *e)
{
	int rc = mun_source_from_fd(fd, size, name, out, e);

	if (rc)
		return rc;
	open_direct_fd((struct file *)*out);
	(*out)->ops = &once_ops;
	return 0;
}

static void read_once(struct file *f)
{
	/* Small ones are not worth a second descriptor. */
	if (f->base.size >= DIRECT_MIN)
		open_direct_fd(f);
	else
		f->no_direct = true;
	f->base.ops = &once_ops;
}

static void read_direct_only(struct file *f)
{
	open_direct_fd(f);
	(void)posix_fadvise(f->fd, 0, 0, POSIX_FADV_DONTNEED);
	f->base.ops = &direct_ops;
}

static struct mun_source *as(struct file *f, enum mun_read_mode mode)
{
	switch (mode) {
	case MUN_READ_DISK:
		read_direct_only(f);
		break;
	case MUN_READ_ONCE:
		read_once(f);
		break;
	case MUN_READ_CACHED:
		break;
	}
	return &f->base;
}

int mun_source_open_as(const char *path, enum mun_read_mode mode,
		       struct mun_source **out, struct mun_err *e)
{
	struct file *f = NULL;
	int rc = open_plain(path, &f, e);

	if (!rc)
		*out = as(f, mode);
	return rc;
}

int mun_source_open_file(const char *path, struct mun_source **out,
			 struct mun_err *e)
{
	return mun_source_open_as(path, MUN_READ_CACHED, out, e);
}

int mun_source_open_once(const char *path, struct mun_source **out,
			 struct mun_err *e)
{
	return mun_source_open_as(path, MUN_READ_ONCE, out, e);
}

int mun_source_open_direct(const char *path, struct mun_source **out,
			   struct mun_err *e)
{
	return mun_source_open_as(path, MUN_READ_DISK, out, e);
}

int mun_source_as_from_fd(int fd, uint64_t size, const char *name,
			  enum mun_read_mode mode, struct mun_source **out,
			  struct mun_err *e)
{
	mun_autoclose int owned = fd;
	struct file *f = NULL;
	int rc;

	if (size > INT64_MAX)
		return mun_fail(e, MUN_EINVAL, "'%s' has %" PRIu64 " bytes",
				name, size);
	rc = wrap(fd, size, true, name, &f, e);
	if (rc)
		return rc;
	owned = -1;
	*out = as(f, mode);
	return 0;
}
