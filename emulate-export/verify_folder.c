/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/verify_folder.c - a folder walked without following a link */
#include "emulate-export/verify_box.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/check.h"
#include "core/log.h"
#include "core/str.h"
#include "core/sys.h"

#define DEPTH_MAX 256 /* folders in folders */
#define CHUNK ((size_t)1 << 20)

struct folder {
	struct mun_box box;
	char *path;
	int fd;
	uint8_t *buf; /* CHUNK bytes */
};

/* One walk. */
struct walk {
	struct folder *f;
	const struct mun_box_fn *fn;
};

/* openat2(2) where there is one; a name without "/" cannot lead out. */
static int open_in(int dir, const char *name, int flags)
{
	int fd = mun_sys.open_beneath(dir, name, flags);

	if (fd < 0 && errno == ENOSYS)
		fd = openat(dir, name, flags | O_NOFOLLOW);
	return fd;
}

static int read_all(const struct walk *w, int fd, uint64_t *done,
		    const char **why, struct mun_err *e)
{
	int rc = 0;

	while (!rc) {
		ssize_t n = mun_sys.pread(fd, w->f->buf, CHUNK, (off_t)*done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ENOMEM)
			return mun_fail_sys(e, errno, "read a file");
		if (n < 0)
			*why = strerror(errno);
		if (n <= 0)
			break;
		*done += (uint64_t)n;
		rc = mun_cancel_check(e);
		if (!rc)
			rc = w->fn->data(w->fn->ctx, w->f->buf, (size_t)n, e);
	}
	return rc;
}

static int give_bytes(const struct walk *w, int dir, const char *name,
		      uint64_t bytes, struct mun_err *e)
{
	mun_autoclose int fd = -1;
	const char *why = NULL;
	uint64_t done = 0;
	int rc = 0;

	fd = open_in(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && (errno == ENOMEM || errno == EMFILE || errno == ENFILE))
		return mun_fail_sys(e, errno, "open '%s'", name);
	if (fd < 0)
		why = strerror(errno);
	else
		rc = read_all(w, fd, &done, &why, e);
	if (!rc && !why && done != bytes)
		why = "it changed while it was read";
	return rc ? rc : w->fn->end(w->fn->ctx, why, e);
}

static enum mun_box_kind kind_of(mode_t mode)
{
	if (S_ISREG(mode))
		return MUN_BOX_FILE;
	if (S_ISDIR(mode))
		return MUN_BOX_FOLDER;
	return S_ISLNK(mode) ? MUN_BOX_LINK : MUN_BOX_SPECIAL;
}

static int walk_folder(const struct walk *w, int dir, const char *path,
		       unsigned int depth, struct mun_err *e);

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX bounds it. */
static int look_at(const struct walk *w, int dir, const char *name,
		   const char *path, unsigned int depth, struct mun_err *e)
{
	struct mun_box_entry x = { .path = path };
	mun_autoclose int inner = -1;
	struct stat st;
	bool want = false;
	int rc;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return mun_fail_sys(e, errno, "look at '%s'", path);
	x.kind = kind_of(st.st_mode);
	x.has_bytes = x.kind == MUN_BOX_FILE;
	x.bytes = x.has_bytes ? (uint64_t)st.st_size : 0;
	rc = w->fn->begin(w->fn->ctx, &x, &want, e);
	if (rc)
		return rc;
	if (x.kind == MUN_BOX_FILE)
		return want ? give_bytes(w, dir, name, x.bytes, e) : 0;
	if (x.kind != MUN_BOX_FOLDER)
		return 0;
	inner = open_in(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (inner < 0)
		return mun_fail_sys(e, errno, "open '%s'", path);
	return walk_folder(w, inner, path, depth + 1, e);
}

/* @path is "" for the folder itself.
 * NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX bounds it. */
static int walk_folder(const struct walk *w, int dir, const char *path,
		       unsigned int depth, struct mun_err *e)
{
	struct dirent **names = NULL;
	int rc = 0;
	int n;

	if (depth > DEPTH_MAX)
		return mun_fail(e, MUN_EINVAL, "folders too deep at '%s'",
				path);
	/* By name, so that two runs say the same. */
	n = scandirat(dir, ".", &names, NULL, alphasort);
	if (n < 0)
		return mun_fail_sys(e, errno, "list '%s'", path);
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		mun_autofree char *inner = NULL;

		if (!rc)
			rc = mun_cancel_check(e);
		if (!rc && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
			rc = mun_fmt(&inner, e, "%s%s%s", path,
				     *path ? "/" : "", name);
			if (!rc)
				rc = look_at(w, dir, name, inner, depth, e);
		}
		free(names[i]);
	}
	free(names);
	return rc;
}

static int folder_walk(struct mun_box *b, const struct mun_box_fn *fn,
		       struct mun_err *e)
{
	struct folder *f = (struct folder *)b;
	const struct walk w = { f, fn };

	return walk_folder(&w, f->fd, "", 0, e);
}

static int folder_open(struct mun_box *b, const char *path, int *fd_out,
		       uint64_t *bytes_out, struct mun_err *e)
{
	const struct folder *f = (const struct folder *)b;
	mun_autofree char *full = NULL;
	mun_autoclose int fd = -1;
	struct stat st;
	int rc;

	fd = mun_sys.open_beneath(f->fd, path,
				  O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOSYS) {
		/* The walk has seen that no part of it is a link. */
		rc = mun_fmt(&full, e, "%s/%s", f->path, path);
		if (rc)
			return rc;
		fd = mun_sys.open(full, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
	}
	if (fd < 0 || mun_sys.fstat(fd, &st))
		return mun_fail_sys(e, errno, "open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return mun_fail(e, MUN_EINVAL, "'%s' is no file", path);
	*bytes_out = (uint64_t)st.st_size;
	*fd_out = fd;
	fd = -1;
	return 0;
}

static void folder_close(struct mun_box *b)
{
	struct folder *f = (struct folder *)b;

	if (f->fd >= 0)
		(void)close(f->fd);
	free(f->path);
	free(f->buf);
	free(f);
}

static const struct mun_box_ops folder_ops = {
	.walk = folder_walk,
	.open = folder_open,
	.close = folder_close,
};

int mun_box_open_folder(const char *path, struct mun_box **out,
			struct mun_err *e)
{
	struct folder *f = calloc(1, sizeof(*f));
	mun_auto(box) *b = NULL;
	int rc;

	if (!f)
		return mun_fail_nomem(e, "folder");
	b = &f->box;
	b->ops = &folder_ops;
	b->form = "folder";
	f->fd = -1;
	rc = mun_strdup(path, &f->path, e);
	if (rc)
		return rc;
	f->buf = malloc(CHUNK);
	if (!f->buf)
		return mun_fail_nomem(e, "folder");
	f->fd = mun_sys.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (f->fd < 0)
		return mun_fail_sys(e, errno, "open '%s'", path);
	*out = mun_steal(&b);
	return 0;
}

void mun_box_close(struct mun_box *b)
{
	if (b)
		b->ops->close(b);
}
