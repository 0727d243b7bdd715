/* SPDX-License-Identifier: Apache-2.0 */
/* image/output_file.c - files of an image that is made: whole or absent */
#include "image/output.h"

#include "core/check.h"
#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/*
 * Long, aligned pieces go past the page cache: that costs no copy and leaves
 * other programs' pages alone.  All else is cached, and the system is told to
 * begin with it early, so that the sync at the end has little left to do.
 */
#define DIRECT_MIN ((size_t)64 << 10)
#define WRITE_EARLY ((uint64_t)16 << 20)
/* A file grows in steps: a direct write inside it locks out no other thread,
 * one that makes it longer does. */
#define GROW ((uint64_t)64 << 20)

enum file_state {
	FILE_OPEN, /* being written */
	FILE_SYNCED, /* of its own size, durable under its other name */
	FILE_NAMED,
	FILE_GONE, /* removed */
};

struct mun_outfile {
	struct mun_outfile *next;
	char *path; /* its own, and ... */
	char *temp; /* ... the one until then */
	enum file_state state;
	int fd; /* -1 once it is closed */
	int direct_fd; /* -1: none */
	atomic_bool no_direct; /* the file system refused it after all */
	atomic_uint_fast64_t cached; /* bytes written through the cache */
	pthread_mutex_t lock; /* of these: */
	uint64_t end; /* behind the last byte that was written */
	uint64_t size; /* as the system has it; at least @end */
	bool has_size; /* ... as the caller wants it */
};

struct mun_output {
	char *dir; /* as given: "." where @path has none */
	char *name;
	char *stem;
	struct mun_outfile *files; /* the newest first */
};

static int split_path(struct mun_output *o, const char *path, struct mun_err *e)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');
	size_t len = slash ? (size_t)(slash - path) : 0;
	int rc;

	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return mun_fail(e, MUN_EINVAL, "'%s' is not the name of a file",
				path);
	rc = slash ? mun_fmt(&o->dir, e, "%.*s", len ? (int)len : 1, path)
		   : mun_strdup(".", &o->dir, e);
	if (!rc)
		rc = mun_strdup(name, &o->name, e);
	len = dot && dot > name ? (size_t)(dot - name) : strlen(name);
	if (!rc)
		rc = mun_fmt(&o->stem, e, "%.*s", (int)len, name);
	return rc;
}

/* A link that leads nowhere has the name all the same. */
static int must_be_free(const char *path, struct mun_err *e)
{
	struct stat st;

	if (!lstat(path, &st))
		return mun_fail(e, MUN_EEXIST, "'%s' is there already", path);
	if (errno != ENOENT)
		return mun_fail_sys(e, errno, "look for '%s'", path);
	return 0;
}

int mun_output_new(const char *path, struct mun_output **out, struct mun_err *e)
{
	mun_auto(output) *o = calloc(1, sizeof(*o));
	int rc;

	if (!o)
		return mun_fail_nomem(e, "output");
	rc = split_path(o, path, e);
	if (!rc)
		rc = must_be_free(path, e);
	if (rc)
		return rc;
	*out = mun_steal(&o);
	return 0;
}

const char *mun_output_name(const struct mun_output *o)
{
	return o->name;
}

const char *mun_output_stem(const struct mun_output *o)
{
	return o->stem;
}

static void free_file(struct mun_outfile *f)
{
	(void)pthread_mutex_destroy(&f->lock);
	free(f->path);
	free(f->temp);
	free(f);
}

/* A set of many files may be more than a process has to begin with. */
static bool more_descriptors(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) || l.rlim_cur >= l.rlim_max)
		return false;
	l.rlim_cur = l.rlim_max;
	return !setrlimit(RLIMIT_NOFILE, &l);
}

/* The other name is made of no part of the own one, which may be as long as
 * the system allows. */
static int open_temp(const struct mun_output *o, struct mun_outfile *f,
		     struct mun_err *e)
{
	static atomic_uint counter;
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;

	for (;;) {
		int rc = mun_fmt(&f->temp, e, "%s/.muniment-%jd-%u.part",
				 o->dir, (intmax_t)getpid(),
				 atomic_fetch_add(&counter, 1));

		if (rc)
			return rc;
		f->fd = mun_sys.open(f->temp, flags, 0666);
		if (f->fd >= 0)
			return 0;
		/* Left by a killed process that had our number: try on. */
		if (errno != EEXIST && (errno != EMFILE || !more_descriptors()))
			return mun_fail_sys(e, errno, "create a file in '%s'",
					    o->dir);
		free(f->temp);
		f->temp = NULL;
	}
}

/* The same file once more, past the cache; without it all is cached. */
static void open_direct(struct mun_outfile *f)
{
	char self[32];

	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", f->fd);
	f->direct_fd = mun_sys.open(self, O_WRONLY | O_CLOEXEC | O_DIRECT, 0);
	f->no_direct = f->direct_fd < 0;
}

static int name_file(const struct mun_output *o, const char *name,
		     struct mun_outfile *f, struct mun_err *e)
{
	int rc;

	if (!name)
		name = o->name;
	if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0 || strlen(name) > NAME_MAX)
		return mun_fail(e, MUN_EINVAL, "'%s' is not the name of a file",
				name);
	rc = mun_path_join(o->dir, name, &f->path, e);
	if (!rc)
		rc = must_be_free(f->path, e);
	for (const struct mun_outfile *g = o->files; !rc && g; g = g->next)
		if (strcmp(g->path, f->path) == 0)
			rc = mun_fail(e, MUN_EEXIST, "'%s' is made twice",
				      f->path);
	return rc;
}

int mun_output_file(struct mun_output *o, const char *name,
		    struct mun_outfile **file, struct mun_err *e)
{
	struct mun_outfile *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return mun_fail_nomem(e, "file of an output");
	(void)pthread_mutex_init(&f->lock, NULL);
	f->fd = f->direct_fd = -1;
	rc = name_file(o, name, f, e);
	if (!rc)
		rc = open_temp(o, f, e);
	if (rc) {
		free_file(f);
		return rc;
	}
	open_direct(f);
	f->next = o->files;
	o->files = f;
	*file = f;
	return 0;
}

/* Room for bytes up to @end before they are written. */
static int make_room(struct mun_outfile *f, uint64_t end, struct mun_err *e)
{
	uint64_t size;
	int rc = 0;

	(void)pthread_mutex_lock(&f->lock);
	if (f->has_size && end > f->size)
		f->has_size = false;
	if (end > f->size) {
		size = end > INT64_MAX - GROW ? end : end + GROW;
		if (mun_sys.ftruncate(f->fd, (off_t)size))
			rc = mun_fail_sys(e, errno, "make '%s' longer",
					  f->path);
		else
			f->size = size;
	}
	if (!rc)
		f->end = MUN_MAX(f->end, end);
	(void)pthread_mutex_unlock(&f->lock);
	return rc;
}

static int write_cached(struct mun_outfile *f, const uint8_t *p, size_t len,
			uint64_t off, struct mun_err *e)
{
	uint64_t before;
	int rc;

	rc = mun_pwrite_all(f->fd, p, len, off, e);
	if (rc)
		return rc;
	before = atomic_fetch_add(&f->cached, len);
	if (before / WRITE_EARLY != (before + len) / WRITE_EARLY)
		(void)sync_file_range(f->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return 0;
}

/*
 * EINVAL means that the file system, or what lies below it, does not do this;
 * it may say so only at the write.  The same bytes then go the ordinary way.
 */
static int write_direct(struct mun_outfile *f, const uint8_t *p, size_t len,
			uint64_t off, struct mun_err *e)
{
	int rc = mun_pwrite_all(f->direct_fd, p, len, off, e);

	if (!rc || e->sys != EINVAL)
		return rc;
	atomic_store(&f->no_direct, true);
	mun_err_clear(e);
	return write_cached(f, p, len, off, e);
}

int mun_outfile_write(struct mun_outfile *f, const void *data, size_t len,
		      uint64_t off, struct mun_err *e)
{
	const uint8_t *p = data;
	size_t direct = 0;
	uint64_t end;
	int rc;

	if (ckd_add(&end, off, len) || end > INT64_MAX)
		return mun_fail(e, MUN_EINVAL, "%zu bytes at byte %ju of '%s'",
				len, (uintmax_t)off, f->path);
	if (!len)
		return 0;
	if ((uintptr_t)p % MUN_IO_ALIGN == 0 && off % MUN_IO_ALIGN == 0 &&
	    len >= DIRECT_MIN && !atomic_load(&f->no_direct))
		direct = len - len % MUN_IO_ALIGN;
	rc = make_room(f, end, e);
	if (!rc && direct)
		rc = write_direct(f, p, direct, off, e);
	if (!rc && len > direct)
		rc = write_cached(f, p + direct, len - direct, off + direct, e);
	return rc ? mun_ctx(e, "write '%s'", f->path) : 0;
}

int mun_outfile_set_size(struct mun_outfile *f, uint64_t size,
			 struct mun_err *e)
{
	int rc = 0;

	if (size > INT64_MAX)
		return mun_fail(e, MUN_EINVAL, "'%s' of %ju bytes", f->path,
				(uintmax_t)size);
	(void)pthread_mutex_lock(&f->lock);
	if (mun_sys.ftruncate(f->fd, (off_t)size))
		rc = mun_fail_sys(e, errno, "make '%s' %ju bytes long", f->path,
				  (uintmax_t)size);
	else
		f->end = f->size = size;
	f->has_size = true;
	(void)pthread_mutex_unlock(&f->lock);
	return rc;
}

/* Its own size, durable, closed: a close error on a written file is a lost
 * write. */
static int settle(struct mun_outfile *f, struct mun_err *e)
{
	int rc = 0;

	if (f->state != FILE_OPEN)
		return 0;
	mun_closep(&f->direct_fd);
	f->direct_fd = -1;
	if (!f->has_size && f->size != f->end)
		rc = mun_outfile_set_size(f, f->end, e);
	if (!rc && mun_sys.fsync(f->fd))
		rc = mun_fail_sys(e, errno, "sync '%s'", f->path);
	/* Not again after EINTR: on Linux the descriptor is gone already. */
	if (mun_sys.close(f->fd) && !rc)
		rc = mun_fail_sys(e, errno, "close '%s'", f->path);
	f->fd = -1;
	if (!rc)
		f->state = FILE_SYNCED;
	return rc;
}

int mun_output_settle(struct mun_output *o, struct mun_err *e)
{
	int rc = 0;

	for (struct mun_outfile *f = o->files; !rc && f; f = f->next)
		rc = settle(f, e);
	return rc;
}

int mun_output_source(struct mun_output *o, const char *name,
		      struct mun_source **out, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc = mun_path_join(o->dir, name, &path, e);

	if (rc)
		return rc;
	for (const struct mun_outfile *f = o->files; f; f = f->next)
		if (f->state == FILE_SYNCED && strcmp(f->path, path) == 0)
			return mun_source_open_file(f->temp, out, e);
	return mun_fail(e, MUN_ENOENT, "no file '%s' was made", name);
}

static int give_name(struct mun_outfile *f, struct mun_err *e)
{
	if (mun_sys.rename_new(f->temp, f->path))
		return mun_fail_sys(e, errno, "give '%s' its name", f->path);
	f->state = FILE_NAMED;
	return 0;
}

/* Names of one set appear together or not at all, as far as that goes. */
static int give_names(struct mun_output *o, struct mun_err *e)
{
	struct mun_outfile *main_file = NULL;
	int rc = 0;

	for (struct mun_outfile *f = o->files; !rc && f; f = f->next) {
		const char *slash = strrchr(f->path, '/');

		if (strcmp(slash ? slash + 1 : f->path, o->name) == 0)
			main_file = f;
		else
			rc = give_name(f, e);
	}
	if (!rc && main_file)
		rc = give_name(main_file, e);
	return rc;
}

/* What is named already is taken away again; where not even that goes, it is
 * said which. */
static void take_back(struct mun_output *o, struct mun_err *e)
{
	bool any = false;

	for (struct mun_outfile *f = o->files; f; f = f->next) {
		if (f->state == FILE_GONE)
			continue;
		any |= f->state == FILE_NAMED;
		mun_closep(&f->direct_fd);
		if (f->fd >= 0)
			(void)mun_sys.close(f->fd);
		f->direct_fd = f->fd = -1;
		if (mun_sys.unlink(f->state == FILE_NAMED ? f->path : f->temp))
			(void)!mun_ctx(e, "what was made is left in '%s'",
				       f->state == FILE_NAMED ? f->path
							      : f->temp);
		f->state = FILE_GONE;
	}
	if (any) {
		struct mun_err ignored;

		(void)!mun_dir_sync(o->dir, &ignored);
	}
}

int mun_output_finish(struct mun_output *o, struct mun_err *e)
{
	int rc = mun_output_settle(o, e);

	if (!rc)
		rc = give_names(o, e);
	if (!rc)
		rc = mun_dir_sync(o->dir, e);
	if (rc)
		take_back(o, e);
	return rc;
}

void mun_output_free(struct mun_output *o)
{
	struct mun_outfile *f;
	struct mun_err ignored;
	bool finished = true;

	if (!o)
		return;
	for (f = o->files; f; f = f->next)
		finished &= f->state == FILE_NAMED;
	mun_err_clear(&ignored);
	if (!finished)
		take_back(o, &ignored);
	while ((f = o->files)) {
		o->files = f->next;
		free_file(f);
	}
	free(o->dir);
	free(o->name);
	free(o->stem);
	free(o);
}
