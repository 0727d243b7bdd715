/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/kit.c - the files that start a package, while they are written */
#include "emulate-export/kit.h"

#include "core/file.h"
#include "core/str.h"

#include <stdio.h>
#include <string.h>

static const struct mun_kit_file *find(const struct mun_kit *k,
				       const char *path)
{
	for (size_t i = 0; i < k->n; i++)
		if (!strcmp(k->files[i].path, path))
			return &k->files[i];
	return NULL;
}

int mun_kit_file(struct mun_kit *k, const char *path, mode_t mode,
		 struct mun_str **out, struct mun_err *e)
{
	struct mun_kit_file *f = &k->files[k->n];

	if (k->n == MUN_KIT_FILES || strlen(path) >= sizeof(f->path) ||
	    !mun_path_is_safe(path) || find(k, path))
		return mun_fail(e, MUN_EINVAL, "'%s' in a kit", path);
	memset(f, 0, sizeof(*f));
	(void)snprintf(f->path, sizeof(f->path), "%s", path);
	f->mode = mode;
	k->n++;
	*out = &f->text;
	return 0;
}

int mun_kit_done(const struct mun_kit *k, struct mun_err *e)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->files[i].text.failed)
			return mun_fail_nomem(e, k->files[i].path);
	return 0;
}

void mun_kit_clear(struct mun_kit *k)
{
	for (size_t i = 0; i < k->n; i++)
		mun_str_free(&k->files[i].text);
	k->n = 0;
}
