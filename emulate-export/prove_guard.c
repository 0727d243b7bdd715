/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/prove_guard.c - was anything written where nothing may be? */
#include "emulate-export/prove_int.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"

#define DEEP 16u /* folders of a package are not */

static int add(const char *path, unsigned int depth, struct mun_str *o,
	       struct mun_err *e);

static int add_folder(const char *path, unsigned int depth, struct mun_str *o,
		      struct mun_err *e)
{
	struct dirent **names = NULL;
	int n;
	int rc = 0;

	if (depth > DEEP)
		return mun_fail(e, MUN_EIO, "'%s' is too deep", path);
	n = scandir(path, &names, NULL, alphasort);
	if (n < 0)
		return mun_fail_sys(e, errno, "read folder '%s'", path);
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		char *sub = NULL;

		if (!rc && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
			rc = mun_path_join(path, name, &sub, e);
			if (!rc)
				rc = add(sub, depth + 1, o, e);
			free(sub);
		}
		free(names[i]);
	}
	free(names);
	return rc;
}

/* The time of the last change of any kind cannot be set by anybody. */
static int add(const char *path, unsigned int depth, struct mun_str *o,
	       struct mun_err *e)
{
	struct stat st;

	if (lstat(path, &st))
		return mun_fail_sys(e, errno, "look at '%s'", path);
	mun_str_addf(o, "%s %o %ju %jd %jd.%09ld %jd.%09ld\n", path, st.st_mode,
		     (uintmax_t)st.st_ino, (intmax_t)st.st_size,
		     (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
		     (intmax_t)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
	return S_ISDIR(st.st_mode) ? add_folder(path, depth, o, e) : 0;
}

int mun_guard_list(const char *path, char **out, struct mun_err *e)
{
	struct mun_str o = { 0 };
	int rc = add(path, 0, &o, e);

	if (!rc)
		rc = mun_str_take(&o, out, e);
	mun_str_free(&o);
	return rc;
}
