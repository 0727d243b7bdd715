/* SPDX-License-Identifier: Apache-2.0 */
/* store/stage_tidy.c - only the added files in a stage, on their way to disk */
#include "store/stage_int.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <string.h>

#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/*
 * Ask the kernel to begin writing.  ext4 and its like then have the blocks of
 * all files in one transaction when the first fsync comes, which makes the
 * others nearly free.  Only a hint, so nothing here can fail.
 */
static void start_write_back(const char *path)
{
	mun_autoclose int fd = -1;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0)
		(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

/* The added file that lies at @path, or NULL. */
static struct mun_stage_file *added(const struct mun_stage *st,
				    const char *path)
{
	const char *inside = path + strlen(st->dir);
	size_t len = strlen(st->content);

	if (inside[0] != '/' || strncmp(inside + 1, st->content, len) != 0 ||
	    inside[1 + len] != '/')
		return NULL;
	return mun_stage_find(st, inside + len + 2);
}

static int keep(struct mun_stage_file *f, const FTSENT *ent, struct mun_err *e)
{
	if (ent->fts_info != FTS_F)
		return mun_fail(e, MUN_EINVAL,
				"'%s' is no regular file any more",
				ent->fts_path);
	/* A second name is a way to change an object that is stored. */
	if (ent->fts_statp->st_nlink != 1)
		return mun_fail(e, MUN_EINVAL,
				"'%s' has another name (a hard link)",
				ent->fts_path);
	f->seen = true;
	start_write_back(ent->fts_path);
	return 0;
}

static int drop_folder(const FTSENT *ent, struct mun_err *e)
{
	if (ent->fts_level == FTS_ROOTLEVEL)
		return 0;
	if (mun_sys.rmdir(ent->fts_path) && errno != ENOTEMPTY &&
	    errno != EEXIST && errno != ENOENT)
		return mun_fail_sys(e, errno, "remove '%s'", ent->fts_path);
	return 0;
}

static int visit(struct mun_stage *st, const FTSENT *ent, struct mun_err *e)
{
	struct mun_stage_file *f;

	switch (ent->fts_info) {
	case FTS_D:
		return 0;
	case FTS_DP:
		return drop_folder(ent, e);
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return mun_fail_sys(e, ent->fts_errno, "look at '%s'",
				    ent->fts_path);
	default:
		break;
	}
	f = added(st, ent->fts_path);
	if (f)
		return keep(f, ent, e);
	if (mun_sys.unlink(ent->fts_path) && errno != ENOENT)
		return mun_fail_sys(e, errno, "remove '%s'", ent->fts_path);
	return 0;
}

static int walk(struct mun_stage *st, struct mun_err *e)
{
	char *roots[] = { st->dir, NULL };
	FTSENT *ent;
	FTS *fts;
	int rc = 0;

	fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, by_name);
	if (!fts)
		return mun_fail_sys(e, errno, "walk '%s'", st->dir);
	errno = 0;
	while (!rc && (ent = fts_read(fts))) {
		rc = visit(st, ent, e);
		errno = 0;
	}
	if (!rc && errno)
		rc = mun_fail_sys(e, errno, "walk '%s'", st->dir);
	(void)fts_close(fts);
	return rc;
}

int mun_stage_tidy(struct mun_stage *st, struct mun_err *e)
{
	int rc;

	for (size_t i = 0; i < st->nfiles; i++)
		st->files[i]->seen = false;
	rc = walk(st, e);
	for (size_t i = 0; !rc && i < st->nfiles; i++) {
		if (!st->files[i]->seen)
			rc = mun_fail(e, MUN_EINVAL,
				      "'%s' was added but is gone",
				      st->files[i]->path);
	}
	return rc;
}
