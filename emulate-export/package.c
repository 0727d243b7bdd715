/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/package.c - a package while it is built, whatever its kind */
#include "emulate-export/package.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/check.h"
#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "emulate-export/package_int.h"

static const struct mun_package_ops *const kinds[] = {
	[MUN_PACKAGE_DIR] = &mun_package_dir_ops,
	[MUN_PACKAGE_ZIP] = &mun_package_zip_ops,
	[MUN_PACKAGE_TAR] = &mun_package_tar_ops,
};

/* Each try that fails is another process that got further. */
#define PARTIAL_TRIES 100

int mun_package_place(const struct mun_package_opts *o, char **out,
		      struct mun_err *e)
{
	return mun_fmt(out, e, "%s/%s%s", o->output, o->folder,
		       kinds[o->kind]->suffix);
}

static int name_all(struct mun_package *p, const struct mun_package_opts *o,
		    struct mun_err *e)
{
	const char *suffix = p->ops->suffix;
	int rc;

	rc = mun_strdup(o->output, &p->output, e);
	if (!rc)
		rc = mun_strdup(o->folder, &p->folder, e);
	if (!rc)
		rc = mun_fmt(&p->partial, e, "%s/.%s%s.partial", o->output,
			     o->folder, suffix);
	if (!rc)
		rc = mun_fmt(&p->item, e, "%s/%s%s", p->partial, o->folder,
			     suffix);
	if (!rc)
		rc = mun_package_place(o, &p->place, e);
	return rc;
}

/* Open and lock the temporary folder; MUN_EBUSY where another has it. */
static int lock_partial(const char *partial, int *fd_out, struct mun_err *e)
{
	mun_autoclose int fd = -1;

	fd = mun_sys.open(partial,
			  O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd < 0)
		return mun_fail_sys(e, errno, "open '%s'", partial);
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK)
			return mun_fail(e, MUN_EBUSY,
					"another process is making '%s'",
					partial);
		return mun_fail_sys(e, errno, "lock '%s'", partial);
	}
	*fd_out = fd;
	fd = -1;
	return 0;
}

/* Does @partial still name the folder that @fd is locked on? */
static int same_folder(const char *partial, int fd, bool *out,
		       struct mun_err *e)
{
	struct stat mine;
	struct stat there;

	if (mun_sys.fstat(fd, &mine))
		return mun_fail_sys(e, errno, "look at '%s'", partial);
	*out = !lstat(partial, &there) && there.st_dev == mine.st_dev &&
	       there.st_ino == mine.st_ino;
	return 0;
}

/*
 * Only who has the lock of a folder removes it, and only who made a folder and
 * then got its lock, while it is still there, has it.  One that we did not make
 * was left by a killed process, or its maker was slower than we to lock it and
 * will see that it is gone: remove it, and both try again.
 *
 * Return: 0 with p->lock_fd set, or not set: try again; or a failure.
 */
static int try_partial(struct mun_package *p, struct mun_err *e)
{
	mun_autoclose int fd = -1;
	bool fresh = !mun_sys.mkdir(p->partial, 0777);
	bool same = false;
	int rc;

	if (!fresh && errno != EEXIST)
		return mun_fail_sys(e, errno, "make '%s'", p->partial);
	rc = lock_partial(p->partial, &fd, e);
	if (rc == MUN_ENOENT)
		return 0;
	if (!rc)
		rc = same_folder(p->partial, fd, &same, e);
	if (rc) {
		if (fresh && rc != MUN_EBUSY)
			(void)mun_sys.rmdir(p->partial);
		return rc;
	}
	if (same && !fresh) {
		rc = mun_tree_remove(p->partial, e);
		return rc ? mun_ctx(e, "remove what a killed export left") : 0;
	}
	if (same) {
		p->lock_fd = fd;
		fd = -1;
	}
	return 0;
}

static int make_partial(struct mun_package *p, struct mun_err *e)
{
	int rc = mun_mkdirs(p->output, e);

	for (int i = 0; !rc && p->lock_fd < 0 && i < PARTIAL_TRIES; i++)
		rc = try_partial(p, e);
	if (!rc && p->lock_fd < 0)
		return mun_fail(e, MUN_EBUSY,
				"others are making and removing '%s'",
				p->partial);
	return rc;
}

int mun_package_open(const struct mun_package_opts *o, struct mun_package **out,
		     struct mun_err *e)
{
	mun_auto(package) *p = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return mun_fail_nomem(e, "package");
	p->lock_fd = -1;
	p->ops = kinds[o->kind];
	p->algs = o->algs;
	p->when_ms = o->when_ms;
	p->progress = o->progress;
	rc = name_all(p, o, e);
	if (!rc)
		rc = make_partial(p, e);
	if (!rc)
		rc = p->ops->open(p, e);
	if (rc)
		return mun_ctx(e, "begin the package '%s'", o->folder);
	*out = mun_steal(&p);
	return 0;
}

void mun_package_free(struct mun_package *p)
{
	struct mun_err ignored;

	if (!p)
		return;
	if (p->priv)
		p->ops->close(p);
	/* Without the lock it is not ours to remove. */
	if (p->lock_fd >= 0) {
		if (mun_tree_remove(p->partial, &ignored))
			mun_log(MUN_LOG_WARN, "cannot remove '%s'", p->partial);
		(void)close(p->lock_fd);
	}
	free(p->files);
	free(p->output);
	free(p->folder);
	free(p->partial);
	free(p->item);
	free(p->place);
	free(p);
}

const struct mun_package_file *mun_package_file(const struct mun_package *p,
						const char *path)
{
	for (size_t i = 0; i < p->nfiles; i++) {
		if (!strcmp(p->files[i].path, path))
			return &p->files[i];
	}
	return NULL;
}

static int make_room(struct mun_package *p, struct mun_err *e)
{
	size_t room = p->room ? 2 * p->room : 32;
	struct mun_package_file *files;

	if (p->nfiles < p->room)
		return 0;
	files = realloc(p->files, room * sizeof(*files));
	if (!files)
		return mun_fail_nomem(e, "files of a package");
	p->files = files;
	p->room = room;
	return 0;
}

int mun_package_add(struct mun_package *p, const char *path, mode_t mode,
		    uint64_t bytes, struct mun_package_file **out,
		    struct mun_err *e)
{
	struct mun_package_file *f;
	int rc = make_room(p, e);

	if (rc)
		return rc;
	f = &p->files[p->nfiles];
	if (p->nfiles == MUN_PACKAGE_FILES || strlen(path) >= sizeof(f->path) ||
	    !mun_path_is_safe(path) || mun_package_file(p, path))
		return mun_fail(e, MUN_EINVAL, "'%s' in a package", path);
	memset(f, 0, sizeof(*f));
	(void)snprintf(f->path, sizeof(f->path), "%s", path);
	f->mode = mode;
	f->bytes = bytes;
	p->nfiles++;
	*out = f;
	return 0;
}

int mun_package_put(struct mun_package *p, const char *path, mode_t mode,
		    const void *data, size_t len, struct mun_err *e)
{
	struct mun_package_file *f;
	struct mun_block b = { .len = len };
	mun_autofree uint8_t *copy = NULL;
	int rc;

	rc = mun_package_add(p, path, mode, len, &f, e);
	if (!rc)
		rc = mun_digest_memory(p->algs, data, len, &f->digests, e);
	if (rc)
		return rc;
	/* A block's bytes are not const, and who takes one may rely on an
	 * end that is readable. */
	copy = malloc(len + 1);
	if (!copy)
		return mun_fail_nomem(e, path);
	memcpy(copy, data, len);
	b.data = copy;
	rc = p->ops->begin(p, f, e);
	if (!rc && len)
		rc = p->ops->write(p, &b, e);
	if (!rc)
		rc = p->ops->end(p, f, e);
	return rc ? mun_ctx(e, "write '%s'", path) : 0;
}

int mun_package_scratch(struct mun_package *p, char **out, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc = mun_path_join(p->partial, ".scratch", &path, e);

	if (!rc)
		rc = mun_tree_remove(path, e);
	if (!rc)
		rc = mun_mkdirs(path, e);
	if (!rc)
		*out = mun_steal(&path);
	return rc;
}

int mun_package_seal(struct mun_package *p, struct mun_err *e)
{
	int rc = p->ops->seal(p, e);

	return rc ? mun_ctx(e, "finish '%s'", p->item) : 0;
}

int mun_package_found(struct mun_package *p, const char *path, mode_t mode,
		      uint64_t bytes, struct mun_package_file **out,
		      struct mun_err *e)
{
	struct mun_package_file *f = NULL;

	for (size_t i = 0; i < p->nfiles && !f; i++) {
		if (!strcmp(p->files[i].path, path) && !p->files[i].seen)
			f = &p->files[i];
	}
	if (!f)
		return mun_fail(e, MUN_ECORRUPT, "'%s' is not of the package",
				path);
	f->seen = true;
	if (mode != f->mode)
		return mun_fail(e, MUN_ECORRUPT, "'%s' has mode %o, not %o",
				path, mode, f->mode);
	if (bytes != f->bytes)
		return mun_fail(e, MUN_EFIXITY,
				"'%s' has %" PRIu64 " bytes, not %" PRIu64,
				path, bytes, f->bytes);
	*out = f;
	return 0;
}

int mun_package_compare(struct mun_package *p, const char *path, mode_t mode,
			uint64_t bytes, const struct mun_digests *d,
			struct mun_err *e)
{
	struct mun_package_file *f = NULL;
	unsigned int equal = 0;
	int rc = mun_package_found(p, path, mode, bytes, &f, e);

	if (rc)
		return rc;
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (!d->of[i].len)
			continue;
		if (!mun_digest_equal(&d->of[i], &f->digests.of[i]))
			return mun_fail(
				e, MUN_EFIXITY, "'%s' read back has another %s",
				path, mun_digest_title((enum mun_digest_alg)i));
		equal++;
	}
	return equal ? 0 : mun_fail(e, MUN_EINVAL, "no digest to compare");
}

int mun_package_check(struct mun_package *p, unsigned int algs,
		      struct mun_err *e)
{
	int rc;

	for (size_t i = 0; i < p->nfiles; i++)
		p->files[i].seen = false;
	rc = p->ops->check(p, algs, e);
	for (size_t i = 0; i < p->nfiles && !rc; i++) {
		if (!p->files[i].seen)
			rc = mun_fail(e, MUN_ECORRUPT, "'%s' is not there",
				      p->files[i].path);
	}
	return rc ? mun_ctx(e, "read back '%s'", p->item) : 0;
}

void mun_package_withdraw(struct mun_package *p)
{
	struct mun_err ignored;

	if (!p->in_place)
		return;
	if (mun_sys.rename_new(p->place, p->item))
		mun_log(MUN_LOG_ERROR, "cannot take '%s' back: remove it",
			p->place);
	else if (mun_dir_sync(p->output, &ignored))
		mun_log(MUN_LOG_WARN, "cannot sync '%s'", p->output);
	p->in_place = false;
}

int mun_package_publish(struct mun_package *p, struct mun_err *e)
{
	int rc;

	if (mun_sys.rename_new(p->item, p->place))
		return mun_fail_sys(e, errno, "give '%s' its name", p->place);
	p->in_place = true;
	rc = mun_dir_sync(p->output, e);
	if (!rc)
		return 0;
	mun_package_withdraw(p);
	return mun_ctx(e, "put '%s' in place", p->place);
}
