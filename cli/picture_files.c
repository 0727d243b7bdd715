/* SPDX-License-Identifier: Apache-2.0 */
/* cli/picture_files.c - --svg FILE and --png FILE */
#include "cli/picture_files.h"

#include "core/file.h"
#include "core/str.h"

#include <string.h>

static int write_picture(const char *path, const struct mun_str *s,
			 struct mun_err *e)
{
	const char *slash = strrchr(path, '/');
	mun_autofree char *dir = NULL;
	int rc = slash ? mun_fmt(&dir, e, "%.*s", (int)(slash - path + 1), path)
		       : mun_strdup(".", &dir, e);

	if (!rc && s->failed)
		rc = mun_fail_nomem(e, "picture");
	if (!rc)
		rc = mun_file_write_new(dir, slash ? slash + 1 : path, s->text,
					s->len, e);
	return rc;
}

bool mun_picture_wanted(const struct mun_cli *c)
{
	return mun_cli_text(c, "svg") || mun_cli_text(c, "png");
}

int mun_picture_files(const struct mun_cli *c, const struct mun_picture *p,
		      struct mun_err *e)
{
	const char *svg = mun_cli_text(c, "svg");
	const char *png = mun_cli_text(c, "png");
	struct mun_str out = { 0 };
	int rc = 0;

	if (svg) {
		mun_picture_svg(p, &out);
		rc = write_picture(svg, &out, e);
		mun_str_free(&out);
		out = (struct mun_str){ 0 };
	}
	if (!rc && png)
		rc = mun_picture_png(p, &out, e);
	if (!rc && png)
		rc = write_picture(png, &out, e);
	mun_str_free(&out);
	return rc;
}
