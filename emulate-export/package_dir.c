/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/package_dir.c - a package that is a folder */
#include "emulate-export/package.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/check.h"
#include "core/file.h"
#include "core/imgwrite.h"
#include "core/str.h"
#include "core/sys.h"
#include "emulate-export/package_int.h"
#include "fixity/audit.h"
#include "fixity/hashpass.h"

struct dir {
	struct mun_imgwriter *w; /* of the file at hand */
	char *path; /* its name on disk */
};

static int dir_open(struct mun_package *p, struct mun_err *e)
{
	p->priv = calloc(1, sizeof(struct dir));
	if (!p->priv)
		return mun_fail_nomem(e, "package");
	return mun_mkdirs(p->item, e);
}

/* Name the file at hand, and make its folder. */
static int name_file(struct mun_package *p, const struct mun_package_file *f,
		     struct mun_err *e)
{
	struct dir *d = p->priv;
	char *slash;
	int rc;

	free(d->path);
	d->path = NULL;
	rc = mun_path_join(p->item, f->path, &d->path, e);
	if (rc)
		return rc;
	slash = strrchr(d->path, '/');
	*slash = '\0';
	rc = mun_mkdirs(d->path, e);
	*slash = '/';
	return rc;
}

static int dir_begin(struct mun_package *p, const struct mun_package_file *f,
		     struct mun_err *e)
{
	struct dir *d = p->priv;
	int rc = name_file(p, f, e);

	return rc ? rc : mun_imgwriter_open(d->path, false, &d->w, e);
}

static bool is_zero(const uint8_t *p, size_t len)
{
	return len && !p[0] && !memcmp(p, p + 1, len - 1);
}

/* Runs of zeros are left out, so that they become holes. */
#define SPARSE_UNIT ((size_t)64 << 10)

static int dir_write(struct mun_package *p, const struct mun_block *b,
		     struct mun_err *e)
{
	struct dir *d = p->priv;
	size_t from = 0; /* of the run that is not yet written */
	int rc = 0;

	for (size_t at = 0; at < b->len && !rc && !b->hole; at += SPARSE_UNIT) {
		size_t len = MUN_MIN(b->len - at, SPARSE_UNIT);

		if (!is_zero(b->data + at, len))
			continue;
		if (at > from)
			rc = mun_imgwriter_write(d->w, b->data + from,
						 at - from, b->off + from, e);
		from = at + len;
	}
	if (!rc && !b->hole && from < b->len)
		rc = mun_imgwriter_write(d->w, b->data + from, b->len - from,
					 b->off + from, e);
	return rc;
}

static int set_mode(const char *path, mode_t mode, struct mun_err *e)
{
	if (chmod(path, mode))
		return mun_fail_sys(e, errno, "mode of '%s'", path);
	return 0;
}

static int dir_end(struct mun_package *p, const struct mun_package_file *f,
		   struct mun_err *e)
{
	struct dir *d = p->priv;
	int rc = mun_imgwriter_finish(d->w, f->bytes, e);

	mun_imgwriter_free(d->w);
	d->w = NULL;
	return rc ? rc : set_mode(d->path, f->mode, e);
}

/* Share the blocks, or say that it cannot be done here; only what else can go
 * wrong is an error. */
static int clone_into(int dst, const char *path, bool *done, struct mun_err *e)
{
	mun_autoclose int src = -1;

	src = mun_sys.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
	if (src < 0)
		return mun_fail_sys(e, errno, "open '%s'", path);
	*done = mun_sys.ficlone(dst, src) == 0;
	return 0;
}

static int dir_clone(struct mun_package *p, const struct mun_package_file *f,
		     const char *path, bool *done, struct mun_err *e)
{
	struct dir *d = p->priv;
	int rc = name_file(p, f, e);
	int dst;

	if (rc)
		return rc;
	dst = mun_sys.open(d->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			   0666);
	if (dst < 0)
		return mun_fail_sys(e, errno, "create '%s'", d->path);
	rc = clone_into(dst, path, done, e);
	if (!rc && *done && mun_sys.fsync(dst))
		rc = mun_fail_sys(e, errno, "sync '%s'", d->path);
	if (mun_sys.close(dst) && !rc)
		rc = mun_fail_sys(e, errno, "close '%s'", d->path);
	return rc || !*done ? rc : set_mode(d->path, f->mode, e);
}

static int dir_seal(struct mun_package *p, struct mun_err *e)
{
	return mun_tree_sync(p->item, e);
}

/* By its tree: in parallel. */
static int check_known(struct mun_package *p, const struct mun_package_file *f,
		       struct mun_source *src, mode_t mode, struct mun_err *e)
{
	struct mun_package_file *found = NULL;
	int rc = mun_package_found(p, f->path, mode, src->size, &found, e);

	if (!rc)
		rc = mun_verify_tree(src, f->tree, 0, "reading back",
				     p->progress, e);
	return rc ? mun_ctx(e, "'%s' read back", f->path) : 0;
}

static int check_file(struct mun_package *p, struct mun_package_file *f,
		      unsigned int algs, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	mun_autofree char *path = NULL;
	struct mun_digests d = { 0 };
	struct stat st;
	int rc;

	rc = mun_path_join(p->item, f->path, &path, e);
	if (!rc && lstat(path, &st))
		rc = mun_fail_sys(e, errno, "look at '%s'", path);
	if (!rc)
		rc = mun_source_open_direct(path, &src, e);
	if (!rc && f->tree)
		return check_known(p, f, src, st.st_mode & 07777, e);
	if (!rc)
		rc = mun_hash_source(src, algs, &d, NULL, "reading back",
				     p->progress, e);
	if (rc)
		return rc;
	return mun_package_compare(p, f->path, st.st_mode & 07777, src->size,
				   &d, e);
}

static int dir_check(struct mun_package *p, unsigned int algs,
		     struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < p->nfiles && !rc; i++)
		rc = check_file(p, &p->files[i], algs, e);
	return rc;
}

static void dir_close(struct mun_package *p)
{
	struct dir *d = p->priv;

	mun_imgwriter_free(d->w);
	free(d->path);
	free(d);
}

const struct mun_package_ops mun_package_dir_ops = {
	.suffix = "",
	.open = dir_open,
	.begin = dir_begin,
	.write = dir_write,
	.end = dir_end,
	.clone = dir_clone,
	.seal = dir_seal,
	.check = dir_check,
	.close = dir_close,
};
