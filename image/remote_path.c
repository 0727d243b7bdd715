/* SPDX-License-Identifier: Apache-2.0 */
/* image/remote_path.c - an image by its path, with what lies beside it */
#include "image/remote_int.h"

#include "core/file.h"
#include "image/companion.h"

#include <string.h>

static int open_both(const char *path, struct mun_source **src,
		     struct mun_companions **folder, struct mun_err *e)
{
	int rc = mun_source_open_file(path, src, e);

	return rc ? rc : mun_companions_folder(path, folder, e);
}

int mun_remote_open_path(const char *path, const char *format,
			 const char *parent, struct mun_image **out,
			 struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	mun_auto(companions) *folder = NULL;
	mun_auto(source) *parent_src = NULL;
	mun_auto(companions) *parent_folder = NULL;
	struct mun_remote_request q = {
		.file_name = mun_path_last(path),
		.format = format,
		.parent_name = parent ? mun_path_last(parent) : NULL,
	};
	struct mun_remote *r;
	int rc;

	rc = open_both(path, &src, &folder, e);
	if (!rc && parent)
		rc = open_both(parent, &parent_src, &parent_folder, e);
	if (rc)
		return rc;
	q.src = src;
	q.companions = folder;
	q.parent = parent_src;
	q.parent_companions = parent_folder;
	rc = mun_remote_open(&q, out, e);
	if (rc)
		return mun_ctx(e, "'%s'", path);
	(*out)->own_src = mun_steal(&src);
	(*out)->own_companions = mun_steal(&folder);
	r = (*out)->priv;
	r->own_parent = mun_steal(&parent_src);
	r->own_parent_folder = mun_steal(&parent_folder);
	return 0;
}
