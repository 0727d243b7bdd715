/* SPDX-License-Identifier: Apache-2.0 */
/* image/companion.c - the files that an image names beside itself */
#include "image/companion.h"

#include "core/regular.h"
#include "core/str.h"
#include "core/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct folder {
	struct mun_companions base;
	char *path; /* for messages, and for systems without openat2(2) */
	int fd;
	atomic_uint opened;
};

int mun_companion_open(struct mun_companions *c, const char *name,
		       struct mun_source **out, struct mun_err *e)
{
	if (c)
		return c->ops->open(c, name, out, e);
	return mun_fail(e, MUN_ENOENT,
			"it needs '%s', and was given without its folder",
			name);
}

void mun_companions_close(struct mun_companions *c)
{
	if (c)
		c->ops->close(c);
}

const char *mun_companion_last(const char *name)
{
	const char *last = name;

	for (const char *p = name; *p; p++)
		if (*p == '/' || *p == '\\' || *p == ':')
			last = p + 1;
	return last;
}

/* One component, and not a way up. */
static bool is_name(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0 && strlen(name) <= NAME_MAX;
}

/* A single component that is no link cannot lead anywhere else. */
static int open_in(const struct folder *f, const char *name)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd = mun_sys.open_beneath(f->fd, name, flags);
	struct mun_err e;
	char *path;

	if (fd >= 0 || errno != ENOSYS)
		return fd;
	if (mun_fmt(&path, &e, "%s/%s", f->path, name)) {
		errno = ENOMEM;
		return -1;
	}
	fd = mun_sys.open(path, flags | O_NOFOLLOW, 0);
	free(path);
	return fd;
}

static int must_be_regular(const struct folder *f, const char *name,
			   const struct stat *st, struct mun_err *e)
{
	if (S_ISREG(st->st_mode))
		return 0;
	return mun_fail(e, MUN_EINVAL, "'%s' in '%s' is %s, not a regular file",
			name, f->path, mun_regular_kind(st->st_mode));
}

/* Opening alone can rewind a tape: hence a look before, and one after, as it
 * may be another thing by then. */
static int open_regular(const struct folder *f, const char *name,
			struct mun_source **out, struct mun_err *e)
{
	mun_autoclose int fd = -1;
	struct stat st;
	int given;
	int rc;

	if (fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return mun_fail_sys(e, errno, "find '%s' in '%s'", name,
				    f->path);
	rc = must_be_regular(f, name, &st, e);
	if (rc)
		return rc;
	fd = open_in(f, name);
	if (fd < 0)
		return mun_fail_sys(e, errno, "open '%s' in '%s'", name,
				    f->path);
	if (mun_sys.fstat(fd, &st))
		return mun_fail_sys(e, errno, "look at '%s' in '%s'", name,
				    f->path);
	rc = must_be_regular(f, name, &st, e);
	if (rc)
		return rc;
	given = fd;
	fd = -1;
	return mun_source_from_fd(given, (uint64_t)st.st_size, name, out, e);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Only ASCII letters have one other case in every system and language. */
static bool same_but_case(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}

static int tell_names(DIR *dir, const char *name, char found[NAME_MAX + 1],
		      unsigned int *n, struct mun_err *e)
{
	const struct dirent *entry;

	*n = 0;
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if (!same_but_case(entry->d_name, name))
			continue;
		(*n)++;
		memcpy(found, entry->d_name, strlen(entry->d_name) + 1);
	}
	return errno ? mun_fail_sys(e, errno, "list a folder") : 0;
}

/* The one name of the folder that differs in the case of letters only. */
static int find_other_case(const struct folder *f, const char *name,
			   char found[NAME_MAX + 1], struct mun_err *e)
{
	int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned int n = 0;
	DIR *dir;
	int rc;

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		rc = mun_fail_sys(e, errno, "list '%s'", f->path);
		mun_closep(&fd);
		return rc;
	}
	rc = tell_names(dir, name, found, &n, e);
	(void)closedir(dir);
	if (rc)
		return mun_ctx(e, "'%s'", f->path);
	if (n == 0)
		return mun_fail(e, MUN_ENOENT, "there is no '%s' in '%s'", name,
				f->path);
	if (n > 1)
		return mun_fail(e, MUN_ENOENT,
				"there is no '%s' in '%s', but %u names that "
				"differ from it in upper and lower case only",
				name, f->path, n);
	return 0;
}

/* Under its own name, or else under the one that differs in case. */
static int open_any_case(const struct folder *f, const char *name,
			 struct mun_source **out, struct mun_err *e)
{
	char other[NAME_MAX + 1];
	int rc;

	if (!is_name(name))
		return mun_fail(e, MUN_EINVAL, "'%s' is not the name of a file",
				name);
	rc = open_regular(f, name, out, e);
	if (rc != MUN_ENOENT)
		return rc;
	rc = find_other_case(f, name, other, e);
	return rc ? rc : open_regular(f, other, out, e);
}

/*
 * A colon or a backslash may be part of a name here and may part names where
 * the image was made: as it stands it is tried first, as long as it is a name.
 */
static int folder_open(struct mun_companions *c, const char *name,
		       struct mun_source **out, struct mun_err *e)
{
	struct folder *f = (struct folder *)c;
	const char *last = mun_companion_last(name);
	int rc = MUN_ENOENT;

	if (atomic_fetch_add(&f->opened, 1) >= MUN_COMPANIONS)
		return mun_fail(e, MUN_ECORRUPT,
				"it names more than %u files beside itself",
				MUN_COMPANIONS);
	if (last != name && is_name(name))
		rc = open_regular(f, name, out, e);
	if (rc == MUN_ENOENT)
		rc = open_any_case(f, last, out, e);
	return rc;
}

static void folder_close(struct mun_companions *c)
{
	struct folder *f = (struct folder *)c;

	mun_closep(&f->fd);
	free(f->path);
	free(f);
}

static const struct mun_companions_ops folder_ops = {
	.open = folder_open,
	.close = folder_close,
};

/* The folder of "a/b" is "a", that of "/b" is "/", that of "b" is ".". */
static int folder_of(const char *path, char **out, struct mun_err *e)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (!slash)
		return mun_strdup(".", out, e);
	return mun_fmt(out, e, "%.*s", len ? (int)len : 1, path);
}

int mun_companions_folder(const char *path, struct mun_companions **out,
			  struct mun_err *e)
{
	struct folder *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return mun_fail_nomem(e, "companions of an image");
	f->base.ops = &folder_ops;
	f->fd = -1;
	rc = folder_of(path, &f->path, e);
	if (!rc) {
		f->fd = mun_sys.open(f->path,
				     O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
		if (f->fd < 0)
			rc = mun_fail_sys(e, errno, "open '%s'", f->path);
	}
	if (rc) {
		folder_close(&f->base);
		return rc;
	}
	*out = &f->base;
	return 0;
}
