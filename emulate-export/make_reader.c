/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_reader.c - files that must be what they were */
#include "emulate-export/make_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"
#include "core/sys.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK)
/* What was a file may be a device by now: hence the flags and the fstat. */
#define FILE_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static int fail_node(const struct mun_make_node *n, int code, int err,
		     const char *what, struct mun_err *e)
{
	struct mun_str path = { 0 };
	const char *text;
	int rc;

	mun_make_node_path(n, &path);
	text = path.text ? path.text : "";
	rc = err ? mun_fail_sys(e, err, "%s '%s'", what, text)
		 : mun_fail(e, code, "'%s' %s", text, what);
	mun_str_free(&path);
	return rc;
}

/* A descriptor of the folder @n, from the top down by single names. */
static int open_folder(const struct mun_make_tree *t,
		       const struct mun_make_node *n)
{
	const struct mun_make_node *way[MUN_MAKE_MOST_LEVELS + 2];
	size_t depth = 0;
	int fd;

	for (; n->parent; n = n->parent)
		way[depth++] = n;
	fd = mun_make_open_at(t->fd, ".", DIR_FLAGS);
	while (fd >= 0 && depth) {
		int next = mun_make_open_at(fd, way[--depth]->name, DIR_FLAGS);
		int err = errno;

		(void)close(fd);
		errno = err;
		fd = next;
	}
	return fd;
}

void mun_make_reader_init(struct mun_make_reader *r,
			  const struct mun_make_tree *t)
{
	*r = (struct mun_make_reader){ .t = t, .dir = -1, .fd = -1 };
}

void mun_make_reader_close(struct mun_make_reader *r)
{
	mun_closep(&r->fd);
	mun_closep(&r->dir);
	r->fd = r->dir = -1;
	r->n = r->parent = NULL;
}

static int go_to_folder(struct mun_make_reader *r,
			const struct mun_make_node *dir, struct mun_err *e)
{
	if (r->parent == dir)
		return 0;
	mun_closep(&r->dir);
	r->parent = NULL;
	r->dir = open_folder(r->t, dir);
	if (r->dir < 0)
		return fail_node(dir, MUN_EIO, errno, "open the folder", e);
	r->parent = dir;
	return 0;
}

static int must_be_same(struct mun_make_reader *r, struct mun_err *e)
{
	struct stat st;

	if (mun_sys.fstat(r->fd, &st))
		return fail_node(r->n, MUN_EIO, errno, "look at", e);
	if (!mun_make_is_as_it_was(r->n, &st))
		return fail_node(r->n, MUN_EBUSY, 0,
				 "was changed while the image was made", e);
	return 0;
}

int mun_make_reader_open(struct mun_make_reader *r,
			 const struct mun_make_node *n, struct mun_err *e)
{
	int rc = go_to_folder(r, n->parent, e);

	if (rc)
		return rc;
	r->fd = mun_make_open_at(r->dir, n->name, FILE_FLAGS);
	if (r->fd < 0)
		return fail_node(n, MUN_EIO, errno, "open", e);
	r->n = n;
	r->off = 0;
	return must_be_same(r, e);
}

int mun_make_reader_read(struct mun_make_reader *r, void *buf, size_t len,
			 struct mun_err *e)
{
	int rc = mun_cancel_check(e);

	if (rc)
		return rc;
	rc = mun_pread_full(r->fd, buf, len, r->off, e);
	r->off += len;
	if (rc == MUN_ECORRUPT)
		return fail_node(r->n, MUN_EBUSY, 0,
				 "became shorter while the image was made", e);
	if (rc)
		return fail_node(r->n, rc, e->sys ? e->sys : EIO, "read", e);
	return 0;
}

int mun_make_reader_end(struct mun_make_reader *r, struct mun_err *e)
{
	int rc = must_be_same(r, e);

	mun_closep(&r->fd);
	r->fd = -1;
	r->n = NULL;
	return rc;
}

int mun_make_tree_unchanged(const struct mun_make_tree *t, struct mun_err *e)
{
	for (size_t i = 0; i < t->ndirs; i++) {
		const struct mun_make_node *n = t->dirs[i];
		mun_autoclose int fd = open_folder(t, n);
		struct stat st;

		if (fd < 0)
			return fail_node(n, MUN_EIO, errno, "open the folder",
					 e);
		if (mun_sys.fstat(fd, &st))
			return fail_node(n, MUN_EIO, errno, "look at", e);
		if (!mun_make_is_as_it_was(n, &st))
			return fail_node(n, MUN_EBUSY, 0,
					 "got or lost files while the image "
					 "was made",
					 e);
	}
	return 0;
}
