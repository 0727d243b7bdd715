/* SPDX-License-Identifier: Apache-2.0 */
/* cli/image_open.c - an image file or device that a command looks into */
#include "cli/image_open.h"

#include "core/file.h"
#include "image/remote.h"
#include "medium/view.h"

#include <string.h>

/* Only a command that has the option has a value of it. */
static const char *option(const struct mun_cli *c, const char *name)
{
	for (size_t i = 0; c->command->opts && c->command->opts[i].name; i++)
		if (!strcmp(c->command->opts[i].name, name))
			return mun_cli_text(c, name);
	return NULL;
}

/* A device with a bad sector still has a format; what lies beside its node is
 * nothing of its own. */
static int open_medium(const char *path, struct mun_opened *out,
		       struct mun_err *e)
{
	int rc = mun_device_open(path, &out->medium, e);

	if (rc)
		return rc;
	if (out->medium.facts.is_device)
		return mun_device_view(&out->medium, &out->view, e);
	return mun_companions_folder(path, &out->companions, e);
}

static int open_parent(const char *path, struct mun_opened *out,
		       struct mun_err *e)
{
	int rc = mun_source_open_file(path, &out->parent, e);

	if (!rc)
		rc = mun_companions_folder(path, &out->parent_companions, e);
	return rc ? mun_ctx(e, "parent '%s'", path) : 0;
}

int mun_opened_open(const struct mun_cli *c, const char *path,
		    struct mun_opened *out, struct mun_err *e)
{
	const char *parent = option(c, "parent");
	struct mun_remote_request q = {
		.file_name = mun_path_last(path),
		.format = option(c, "format"),
	};
	int rc;

	*out = (struct mun_opened){ .medium.fd = -1 };
	rc = open_medium(path, out, e);
	if (!rc && parent)
		rc = open_parent(parent, out, e);
	if (rc)
		return rc;
	q.src = out->view ? out->view : out->medium.source;
	q.served = mun_device_is_served(&out->medium);
	q.companions = out->companions;
	q.parent = out->parent;
	q.parent_name = parent ? mun_path_last(parent) : NULL;
	q.parent_companions = out->parent_companions;
	rc = mun_remote_open(&q, &out->img, e);
	return rc ? mun_ctx(e, "'%s'", path) : 0;
}

int mun_opened_file(const struct mun_cli *c, const char *path,
		    struct mun_opened *out, struct mun_err *e)
{
	int rc = mun_opened_open(c, path, out, e);

	if (!rc && out->medium.facts.is_device)
		rc = mun_fail(e, MUN_EINVAL,
			      "'%s' is a device: muniment ingest reads it",
			      path);
	return rc;
}

void mun_opened_close(struct mun_opened *o)
{
	mun_image_free(o->img);
	mun_source_close(o->parent);
	mun_companions_close(o->parent_companions);
	mun_companions_close(o->companions);
	mun_source_close(o->view);
	mun_device_close(&o->medium);
}
