/* SPDX-License-Identifier: Apache-2.0 */
/* core/file_tree.c - sync and remove whole folders (core/file.h) */
#include "core/file.h"

#include <errno.h>
#include <fts.h>
#include <string.h>

#include "core/sys.h"

typedef int visit_fn(const FTSENT *f, struct mun_err *e);

/* One order for all runs, so that a failing run can be repeated. */
static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* What fts(3) could not look at. */
static int check_entry(const FTSENT *f, struct mun_err *e)
{
	switch (f->fts_info) {
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return mun_fail_sys(e, f->fts_errno, "look at '%s'",
				    f->fts_path);
	case FTS_DC:
		return mun_fail(e, MUN_ECORRUPT, "'%s' holds itself",
				f->fts_path);
	default:
		return 0;
	}
}

/* Call @visit for all at and below @path, a folder after what is in it. */
static int walk(const char *path, visit_fn *visit, struct mun_err *e)
{
	mun_autofree char *root = strdup(path);
	char *roots[] = { root, NULL };
	FTSENT *f;
	FTS *fts;
	int rc = 0;

	if (!root)
		return mun_fail_nomem(e, "path");
	/* FTS_NOCHDIR: the current folder belongs to all threads. */
	fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, by_name);
	if (!fts)
		return mun_fail_sys(e, errno, "walk '%s'", path);
	errno = 0;
	while (!rc && (f = fts_read(fts))) {
		rc = check_entry(f, e);
		if (!rc && f->fts_info != FTS_D)
			rc = visit(f, e);
		errno = 0;
	}
	if (!rc && errno)
		rc = mun_fail_sys(e, errno, "walk '%s'", path);
	(void)fts_close(fts);
	return rc;
}

static int sync_entry(const FTSENT *f, struct mun_err *e)
{
	if (f->fts_info == FTS_DP)
		return mun_dir_sync(f->fts_path, e);
	if (f->fts_info == FTS_F)
		return mun_file_sync(f->fts_path, e);
	return mun_fail(e, MUN_ECORRUPT, "'%s' is neither a file nor a folder",
			f->fts_path);
}

int mun_tree_sync(const char *path, struct mun_err *e)
{
	int rc = walk(path, sync_entry, e);

	return rc ? mun_ctx(e, "sync all of '%s'", path) : 0;
}

static int remove_entry(const FTSENT *f, struct mun_err *e)
{
	int rc = f->fts_info == FTS_DP ? mun_sys.rmdir(f->fts_path)
				       : mun_sys.unlink(f->fts_path);

	if (rc && errno != ENOENT)
		return mun_fail_sys(e, errno, "remove '%s'", f->fts_path);
	return 0;
}

int mun_tree_remove(const char *path, struct mun_err *e)
{
	struct stat st;
	int rc;

	if (lstat(path, &st)) {
		if (errno == ENOENT)
			return 0;
		return mun_fail_sys(e, errno, "look at '%s'", path);
	}
	rc = walk(path, remove_entry, e);
	return rc ? mun_ctx(e, "remove all of '%s'", path) : 0;
}
