/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_tree.c - walk a folder without leaving it */
#include "emulate-export/make_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"
#include "core/regular.h"
#include "core/sys.h"
#include "emulate-export/make_walk.h"

#define EPOCH_1980 INT64_C(315532800)

struct walk {
	struct mun_make_tree *t;
	struct mun_loss *loss;
	size_t entries;
};

static struct mun_make_stamp stamp_of(const struct stat *st)
{
	return (struct mun_make_stamp){
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0,
		.modified = st->st_mtim,
		.changed = st->st_ctim,
	};
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool mun_make_is_as_it_was(const struct mun_make_node *n, const struct stat *st)
{
	struct mun_make_stamp now = stamp_of(st);
	const struct mun_make_stamp *was = &n->stamp;

	if (now.dev != was->dev || now.ino != was->ino ||
	    now.size != was->size || !same_time(&now.modified, &was->modified))
		return false;
	/* Of a folder only the names count, which its mtime tells. */
	return n->is_dir ? S_ISDIR(st->st_mode)
			 : S_ISREG(st->st_mode) &&
				   same_time(&now.changed, &was->changed);
}

int mun_make_open_at(int dir, const char *name, int flags)
{
	int fd = mun_sys.open_beneath(dir, name, flags);

	if (fd >= 0 || errno != ENOSYS)
		return fd;
	/* One part alone: O_NOFOLLOW says all that is needed. */
	return openat(dir, name, flags | O_NOFOLLOW);
}

static void add_path(const struct mun_make_node *n, struct mun_str *out)
{
	if (!n->parent)
		return;
	if (n->parent->parent) {
		add_path(n->parent, out);
		mun_str_add_char(out, '/');
	}
	mun_escape(out, n->name, strlen(n->name));
}

void mun_make_node_path(const struct mun_make_node *n, struct mun_str *out)
{
	add_path(n, out);
	if (!n->parent)
		mun_str_add(out, ".");
}

int mun_make_lost(struct mun_loss *l, const struct mun_make_node *n,
		  const char *what, const char *why, struct mun_err *e)
{
	const size_t room = sizeof(l->rows->where) - 1;
	struct mun_str path = { 0 };
	struct mun_str where = { 0 };
	mun_autofree char *text = NULL;
	size_t from = 0;
	int rc;

	mun_make_node_path(n, &path);
	if (path.text && path.len > room) {
		/* What tells files apart is the end of their paths. */
		mun_str_add(&where, "...");
		from = path.len - room + 3;
		while (from < path.len && (path.text[from] & 0xC0) == 0x80)
			from++;
	}
	if (path.text)
		mun_str_add(&where, path.text + from);
	where.failed |= path.failed;
	mun_str_free(&path);
	rc = mun_str_take(&where, &text, e);
	return rc ? rc : mun_loss_add(l, e, what, text, "%s", why);
}

static int names_cmp(const void *a, const void *b)
{
	const struct mun_make_node *const *x = a;
	const struct mun_make_node *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int add_node(struct walk *w, struct mun_make_node *dir, const char *name,
		    const struct stat *st, struct mun_err *e)
{
	struct mun_arena *a = w->t->arena;
	struct mun_make_node *n = mun_arena_alloc(a, sizeof(*n));

	if (!n)
		return mun_fail_nomem(e, "list of files");
	n->parent = dir;
	n->name = mun_arena_strdup(a, name);
	if (!n->name)
		return mun_fail_nomem(e, "name of a file");
	n->is_dir = S_ISDIR(st->st_mode);
	n->level = dir->level + 1;
	n->read_only = !(st->st_mode & S_IWUSR);
	n->executable = (st->st_mode & S_IXUSR) != 0;
	n->stamp = stamp_of(st);
	n->size = n->stamp.size;
	n->mtime = st->st_mtim.tv_sec;
	if (!n->is_dir && !S_ISREG(st->st_mode))
		n->left_out = mun_regular_kind(st->st_mode);
	dir->kids = mun_arena_grow(a, dir->kids, dir->nkids, sizeof(n));
	if (!dir->kids)
		return mun_fail_nomem(e, "list of files");
	dir->kids[dir->nkids++] = n;
	return 0;
}

static int look_at(struct walk *w, struct mun_make_node *dir, int fd,
		   const char *name, struct mun_err *e)
{
	struct stat st;
	int rc;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	rc = mun_cancel_check(e);
	if (rc)
		return rc;
	if (++w->entries > MUN_MAKE_MOST_ENTRIES)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"more than %u files and folders",
				MUN_MAKE_MOST_ENTRIES);
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return mun_fail_sys(e, errno, "look at '%s'", name);
	return add_node(w, dir, name, &st, e);
}

/* Told by the order of names, not by that of the folder. */
static int leave_out(struct walk *w, struct mun_make_node *dir,
		     struct mun_err *e)
{
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; !rc && i < dir->nkids; i++) {
		struct mun_make_node *kid = dir->kids[i];

		if (!kid->left_out)
			dir->kids[n++] = kid;
		else
			rc = mun_make_lost(w->loss, kid, kid->left_out,
					   "left out: only files and folders "
					   "are taken",
					   e);
	}
	dir->nkids = n;
	return rc;
}

static int list_names(struct walk *w, struct mun_make_node *dir, DIR *d,
		      struct mun_err *e)
{
	struct dirent *x;
	int rc = 0;

	errno = 0;
	while (!rc && (x = readdir(d))) {
		rc = look_at(w, dir, dirfd(d), x->d_name, e);
		errno = 0;
	}
	if (!rc && errno)
		rc = mun_fail_sys(e, errno, "list the names");
	if (!rc && dir->nkids)
		qsort(dir->kids, dir->nkids, sizeof(dir->kids[0]), names_cmp);
	return rc ? rc : leave_out(w, dir, e);
}

static int add_to_lists(struct mun_make_tree *t, struct mun_make_node *n,
			struct mun_err *e)
{
	struct mun_arena *a = t->arena;

	if (n->is_dir) {
		t->dirs = mun_arena_grow(a, t->dirs, t->ndirs, sizeof(n));
		if (!t->dirs)
			return mun_fail_nomem(e, "list of folders");
		t->dirs[t->ndirs++] = n;
		return 0;
	}
	t->files = mun_arena_grow(a, t->files, t->nfiles, sizeof(n));
	if (!t->files)
		return mun_fail_nomem(e, "list of files");
	if (!t->nfiles || n->mtime > t->newest)
		t->newest = n->mtime;
	t->files[t->nfiles++] = n;
	/* Files of 2^63 bytes are no more than a sparse one or two. */
	if (n->size > UINT64_MAX / 4 - t->bytes)
		return mun_fail(e, MUN_EUNSUPPORTED, "more than 2^62 bytes");
	t->bytes += n->size;
	return 0;
}

static int walk_dir(struct walk *w, struct mun_make_node *dir, int fd,
		    struct mun_err *e);

/* By a mount a folder may hold itself. */
static int must_be_new(const struct mun_make_node *n, struct mun_err *e)
{
	for (const struct mun_make_node *p = n->parent; p; p = p->parent)
		if (p->stamp.dev == n->stamp.dev &&
		    p->stamp.ino == n->stamp.ino)
			return mun_fail(e, MUN_EINVAL, "it holds itself");
	return 0;
}

static int enter(struct walk *w, struct mun_make_node *n, int parent,
		 struct mun_err *e)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK;
	struct stat st;
	int fd;
	int rc;

	rc = must_be_new(n, e);
	if (rc)
		return rc;
	if (n->level > MUN_MAKE_MOST_LEVELS)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"more than %u folders in each other",
				MUN_MAKE_MOST_LEVELS);
	fd = mun_make_open_at(parent, n->name, flags);
	if (fd < 0)
		return mun_fail_sys(e, errno, "open it");
	if (mun_sys.fstat(fd, &st))
		rc = mun_fail_sys(e, errno, "look at it");
	else if (!mun_make_is_as_it_was(n, &st))
		rc = mun_fail(e, MUN_EBUSY, "it changed meanwhile");
	if (rc) {
		(void)close(fd);
		return rc;
	}
	return walk_dir(w, n, fd, e);
}

/* @fd is closed. */
static int walk_dir(struct walk *w, struct mun_make_node *dir, int fd,
		    struct mun_err *e)
{
	DIR *d = fdopendir(fd);
	int rc;

	if (!d) {
		rc = mun_fail_sys(e, errno, "list the names");
		(void)close(fd);
		return rc;
	}
	rc = list_names(w, dir, d, e);
	for (size_t i = 0; !rc && i < dir->nkids; i++) {
		struct mun_make_node *n = dir->kids[i];

		rc = add_to_lists(w->t, n, e);
		if (!rc && n->is_dir)
			rc = enter(w, n, fd, e);
		/* The innermost says which; the rest would be its path. */
		if (rc && e->depth < 2)
			rc = mun_ctx(e, "'%s'", n->name);
	}
	(void)closedir(d);
	return rc;
}

static int open_top(struct mun_make_tree *t, struct mun_err *e)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK;
	struct stat st;

	t->fd = mun_sys.open(t->dir, flags, 0);
	if (t->fd < 0 && errno == ENOTDIR && !stat(t->dir, &st))
		return mun_fail(e, MUN_EINVAL, "it is %s, not a folder",
				mun_regular_kind(st.st_mode));
	if (t->fd < 0)
		return mun_fail_sys(e, errno, "open it");
	if (mun_sys.fstat(t->fd, &st))
		return mun_fail_sys(e, errno, "look at it");
	t->top = mun_arena_alloc(t->arena, sizeof(*t->top));
	if (!t->top)
		return mun_fail_nomem(e, "list of files");
	t->top->name = "";
	t->top->is_dir = true;
	t->top->stamp = stamp_of(&st);
	return add_to_lists(t, t->top, e);
}

static int read_all(struct mun_make_tree *t, struct mun_loss *loss,
		    struct mun_err *e)
{
	struct walk w = { .t = t, .loss = loss };
	int fd;
	int rc;

	rc = mun_arena_new(&t->arena, e);
	if (!rc)
		rc = open_top(t, e);
	if (rc)
		return rc;
	/* Its own position in the folder: fd is used again later. */
	fd = mun_make_open_at(t->fd, ".",
			      O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return mun_fail_sys(e, errno, "open it");
	return walk_dir(&w, t->top, fd, e);
}

int mun_make_tree_read(const char *dir, struct mun_make_tree **out,
		       struct mun_loss *loss, struct mun_err *e)
{
	mun_auto(make_tree) *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return mun_fail_nomem(e, "list of files");
	t->fd = -1;
	t->dir = dir;
	t->newest = EPOCH_1980;
	rc = read_all(t, loss, e);
	if (rc)
		return mun_ctx(e, "folder '%s'", dir);
	*out = mun_steal(&t);
	return 0;
}

void mun_make_tree_free(struct mun_make_tree *t)
{
	if (!t)
		return;
	mun_closep(&t->fd);
	mun_arena_free(t->arena);
	free(t);
}

int mun_make_tree_apart(const struct mun_make_tree *t, const char *path,
			struct mun_err *e)
{
	const char *slash = strrchr(path, '/');
	mun_autofree char *folder = NULL;
	struct stat st;
	int rc;

	rc = mun_fmt(&folder, e, "%.*s/", slash ? (int)(slash - path) : 1,
		     slash ? path : ".");
	if (rc)
		return rc;
	if (stat(folder, &st))
		return mun_fail_sys(e, errno, "look at '%s'", folder);
	for (size_t i = 0; i < t->ndirs; i++) {
		const struct mun_make_stamp *s = &t->dirs[i]->stamp;

		if (s->dev == st.st_dev && s->ino == st.st_ino)
			return mun_fail(e, MUN_EINVAL,
					"'%s' would be in the folder that it "
					"is made of",
					path);
	}
	return 0;
}
