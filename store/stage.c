/* SPDX-License-Identifier: Apache-2.0 */
/* store/stage.c - the folder in which an object is built (store/stage.h) */
#include "store/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/str.h"
#include "core/sys.h"
#include "core/utf8.h"
#include "store/stage_int.h"

/* An inventory is JSON, which holds only UTF-8; and a name with control
 * characters is one that nobody can type. */
static int check_text(const char *what, const char *text, struct mun_err *e)
{
	if (*text && mun_text_is_clean(text, ""))
		return 0;
	return mun_fail(e, MUN_EINVAL, "%s '%s' is empty or not clean UTF-8",
			what, text);
}

static int check_path(const char *path, struct mun_err *e)
{
	if (!mun_path_is_safe(path))
		return mun_fail(e, MUN_EINVAL, "unsafe path '%s'", path);
	return check_text("the path", path, e);
}

int mun_stage_open(const char *dir, const char *id, struct mun_stage **out,
		   struct mun_err *e)
{
	mun_auto(stage) *st = NULL;
	int rc;

	rc = check_text("the identifier", id, e);
	if (rc)
		return rc;
	st = calloc(1, sizeof(*st));
	if (!st)
		return mun_fail_nomem(e, "stage");
	(void)snprintf(st->content, sizeof(st->content), "v1/content");
	rc = mun_arena_new(&st->arena, e);
	if (!rc)
		rc = mun_strdup(dir, &st->dir, e);
	if (!rc)
		rc = mun_strdup(id, &st->id, e);
	if (!rc)
		rc = mun_mkdirs(dir, e);
	if (rc)
		return mun_ctx(e, "stage '%s'", dir);
	*out = mun_steal(&st);
	return 0;
}

void mun_stage_free(struct mun_stage *st)
{
	if (!st)
		return;
	mun_stage_base_free(st->base);
	mun_arena_free(st->arena);
	free(st->id);
	free(st->dir);
	free(st);
}

/* The folder @path[0..len) in the stage; the commit makes it durable. */
static int make_folder(const struct mun_stage *st, const char *path, size_t len,
		       struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	struct stat was;
	int rc;

	rc = mun_fmt(&dir, e, "%s/%.*s", st->dir, (int)len, path);
	if (rc)
		return rc;
	if (!mun_sys.mkdir(dir, 0777))
		return 0;
	if (errno != EEXIST)
		return mun_fail_sys(e, errno, "make the folder '%s'", dir);
	/* A link would lead the content out of the stage. */
	if (lstat(dir, &was))
		return mun_fail_sys(e, errno, "look at '%s'", dir);
	if (!S_ISDIR(was.st_mode))
		return mun_fail(e, MUN_EINVAL, "'%s' is not a folder", dir);
	return 0;
}

int mun_stage_path(struct mun_stage *st, const char *path, char **out,
		   struct mun_err *e)
{
	mun_autofree char *inside = NULL;
	int rc;

	rc = check_path(path, e);
	if (!rc)
		rc = mun_fmt(&inside, e, "%s/%s", st->content, path);
	for (size_t i = 0; !rc && inside[i]; i++) {
		if (inside[i] == '/')
			rc = make_folder(st, inside, i, e);
	}
	return rc ? rc : mun_path_join(st->dir, inside, out, e);
}

/* Where @path is, or would be, in st->files. */
static size_t place_of(const struct mun_stage *st, const char *path)
{
	size_t low = 0;
	size_t high = st->nfiles;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(st->files[mid]->path, path) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct mun_stage_file *mun_stage_find(const struct mun_stage *st,
				      const char *path)
{
	size_t at = place_of(st, path);

	if (at == st->nfiles || strcmp(st->files[at]->path, path) != 0)
		return NULL;
	return st->files[at];
}

static int insert(struct mun_stage *st, const char *path,
		  const struct mun_digests *digests, struct mun_err *e)
{
	struct mun_stage_file *f = mun_arena_alloc(st->arena, sizeof(*f));
	struct mun_stage_file **files;
	size_t at;

	files = mun_arena_grow(st->arena, st->files, st->nfiles,
			       sizeof(struct mun_stage_file *));
	if (files)
		st->files = files;
	if (f)
		f->path = mun_arena_strdup(st->arena, path);
	if (!f || !files || !f->path)
		return mun_fail_nomem(e, "stage");
	f->digests = *digests;
	at = place_of(st, path);
	memmove(files + at + 1, files + at,
		(st->nfiles - at) * sizeof(struct mun_stage_file *));
	files[at] = f;
	st->nfiles++;
	return 0;
}

static int check_there(const struct mun_stage *st, const char *path,
		       struct mun_err *e)
{
	mun_autofree char *where = NULL;
	struct stat s;
	int rc;

	rc = mun_fmt(&where, e, "%s/%s/%s", st->dir, st->content, path);
	if (rc)
		return rc;
	if (lstat(where, &s) || !S_ISREG(s.st_mode))
		return mun_fail(e, MUN_EINVAL, "there is no regular file '%s'",
				where);
	return 0;
}

int mun_stage_add(struct mun_stage *st, const char *path,
		  const struct mun_digests *digests, struct mun_err *e)
{
	int rc;

	rc = check_path(path, e);
	if (rc)
		return rc;
	if (!digests->of[MUN_SHA512].len)
		return mun_fail(e, MUN_EINVAL, "'%s' has no SHA-512 digest",
				path);
	if (mun_stage_find(st, path))
		return mun_fail(e, MUN_EINVAL, "'%s' was added before", path);
	rc = check_there(st, path, e);
	return rc ? rc : insert(st, path, digests, e);
}

int mun_stage_write(const char *dir, const char *name, const void *data,
		    size_t len, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int fd;
	int rc;

	rc = mun_path_join(dir, name, &path, e);
	if (rc)
		return rc;
	if (mun_sys.unlink(path) && errno != ENOENT)
		return mun_fail_sys(e, errno, "remove the old '%s'", path);
	fd = mun_sys.open(path,
			  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
			  0666);
	if (fd < 0)
		return mun_fail_sys(e, errno, "create '%s'", path);
	rc = mun_write_all(fd, data, len, e);
	/* A hint: the fsync at the commit tells whether it worked. */
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	if (mun_sys.close(fd) && !rc)
		rc = mun_fail_sys(e, errno, "close");
	if (rc) {
		(void)mun_sys.unlink(path);
		return mun_ctx(e, "write '%s'", path);
	}
	return 0;
}

int mun_stage_put(struct mun_stage *st, const char *path, const void *data,
		  size_t len, unsigned int algs,
		  struct mun_digests *digests_out, struct mun_err *e)
{
	struct mun_digests digests = { 0 };
	mun_autofree char *where = NULL;
	struct mun_stage_file *old;
	int rc;

	rc = mun_stage_path(st, path, &where, e);
	if (!rc)
		rc = mun_digest_memory(algs | MUN_DIGEST_BIT(MUN_SHA512), data,
				       len, &digests, e);
	if (rc)
		return rc;
	*strrchr(where, '/') = '\0';
	rc = mun_stage_write(where,
			     strrchr(path, '/') ? strrchr(path, '/') + 1 : path,
			     data, len, e);
	if (rc)
		return rc;
	old = mun_stage_find(st, path);
	if (old)
		old->digests = digests;
	else
		rc = insert(st, path, &digests, e);
	if (!rc && digests_out)
		*digests_out = digests;
	return rc;
}
