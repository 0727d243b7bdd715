/* SPDX-License-Identifier: Apache-2.0 */
/* core/path.c - joining, judging and making paths (core/file.h) */
#include "core/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/str.h"
#include "core/sys.h"

int mun_path_join(const char *dir, const char *name, char **out,
		  struct mun_err *e)
{
	size_t len = strlen(dir);

	return mun_fmt(out, e, "%s%s%s", dir,
		       len && dir[len - 1] == '/' ? "" : "/", name);
}

bool mun_path_is_safe(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (!path[len])
			return true;
		path += len + 1;
	}
}

/* The folder that holds the last component of @path, by value. */
static int parent_of(const char *path, size_t len, char **out,
		     struct mun_err *e)
{
	while (len && path[len - 1] != '/')
		len--;
	if (len == 0)
		return mun_strdup(".", out, e);
	return mun_fmt(out, e, "%.*s", (int)len, path);
}

/* Make the folder @path[0..len), whose parent is there. */
static int make_one(const char *path, size_t len, struct mun_err *e)
{
	mun_autofree char *parent = NULL;
	mun_autofree char *dir = NULL;
	struct stat st;
	int rc;

	rc = mun_fmt(&dir, e, "%.*s", (int)len, path);
	if (rc)
		return rc;
	if (!mun_sys.mkdir(dir, 0777)) {
		rc = parent_of(path, len, &parent, e);
		if (!rc)
			rc = mun_dir_sync(parent, e);
		/* Or the next call would take it for durable. */
		if (rc)
			(void)mun_sys.rmdir(dir);
		return rc;
	}
	if (errno != EEXIST)
		return mun_fail_sys(e, errno, "make the folder '%s'", dir);
	if (stat(dir, &st))
		return mun_fail_sys(e, errno, "look at '%s'", dir);
	if (!S_ISDIR(st.st_mode))
		return mun_fail_sys(e, EEXIST, "'%s' is not a folder", dir);
	return 0;
}

int mun_mkdirs(const char *path, struct mun_err *e)
{
	size_t len = 0;

	if (!*path)
		return mun_fail(e, MUN_EINVAL, "a folder needs a name");
	if (strlen(path) > INT32_MAX)
		return mun_fail_sys(e, ENAMETOOLONG, "make a folder");
	while (path[len]) {
		int rc;

		len += strspn(path + len, "/");
		if (!path[len])
			break;
		len += strcspn(path + len, "/");
		rc = make_one(path, len, e);
		if (rc)
			return mun_ctx(e, "make the folder '%s'", path);
	}
	return 0;
}

const char *mun_path_last(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool mun_path_is_plain(const char *name)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789._-";
	size_t len = strlen(name);

	return len && len <= 64 && strspn(name, alphabet) == len &&
	       !strchr("._-", name[0]);
}
