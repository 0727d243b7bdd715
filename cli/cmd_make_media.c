/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_make_media.c - muniment make-media: an image of a folder of files */
#include "cli/made_media.h"

#include "core/file.h"
#include "core/str.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *kind_name(enum mun_make_kind k)
{
	return k == MUN_MAKE_ISO ? "iso" : "fat";
}

/* Named as the folder, in @where. */
static int default_path(const struct mun_make *m, const char *where, char **out,
			struct mun_err *e)
{
	mun_autofree char *full = realpath(m->dir, NULL);
	const char *name;

	if (!full)
		return mun_fail_sys(e, errno, "folder '%s'", m->dir);
	name = strrchr(full, '/');
	name = name ? name + 1 : full;
	if (!*name)
		return mun_fail(e, MUN_EINVAL,
				"give the image a name with --output");
	return mun_fmt(out, e, "%s%s%s.%s", where ? where : "",
		       where ? "/" : "", name,
		       m->kind == MUN_MAKE_ISO ? "iso" : "img");
}

static int take_options(struct mun_cli *c, struct mun_make *m,
			struct mun_err *e)
{
	const char *size = mun_cli_text(c, "size");
	int rc;

	m->dir = c->args[0];
	m->path = mun_cli_text(c, "output");
	m->label = mun_cli_text(c, "label");
	m->no_partition = mun_cli_flag(c, "no-partition");
	m->dos = mun_cli_flag(c, "dos");
	m->accept_loss = mun_cli_flag(c, "accept-loss");
	m->dry_run = mun_cli_flag(c, "dry-run");
	m->progress = &c->progress;
	rc = mun_make_kind_for(mun_cli_text(c, "to"), m->path, &m->kind, e);
	if (!rc && size)
		rc = mun_make_size(size, &m->size, e);
	if (!rc)
		rc = mun_made_date(mun_cli_text(c, "date"), m, e);
	return rc;
}

static void print_text(const struct mun_make *m)
{
	size_t aliases = 0;

	for (size_t i = 0; i < m->nchanged; i++)
		aliases += m->changed[i].view == MUN_MAKE_SHORT;
	if (!m->refused) {
		(void)printf("%s: %s\n", m->path, m->layout);
		(void)printf("%" PRIu64 " file%s, %" PRIu64 " folder%s, "
			     "%" PRIu64 " bytes in an image of %" PRIu64 "\n",
			     m->files, m->files == 1 ? "" : "s", m->folders,
			     m->folders == 1 ? "" : "s", m->bytes,
			     m->image_bytes);
	}
	if (m->written)
		(void)printf("sha256 %s\n", m->sha256);
	if (aliases && !m->refused)
		(void)printf("%zu name%s in 8.3 characters differ%s from the "
			     "long one: --json lists them\n",
			     aliases, aliases == 1 ? "" : "s",
			     aliases == 1 ? "s" : "");
	mun_made_lost_text(m);
}

static void print_json(struct mun_jsonw *w, const struct mun_make *m)
{
	mun_jsonw_text(w, "path", m->path);
	mun_jsonw_text(w, "to", kind_name(m->kind));
	mun_jsonw_text(w, "layout", m->layout);
	mun_jsonw_u64(w, "files", m->files);
	mun_jsonw_u64(w, "folders", m->folders);
	mun_jsonw_u64(w, "bytes", m->bytes);
	mun_jsonw_u64(w, "image_bytes", m->image_bytes);
	mun_jsonw_u64(w, "free_bytes", m->free_bytes);
	mun_jsonw_bool(w, "written", m->written);
	mun_jsonw_text(w, "sha256", m->sha256);
	mun_jsonw_array(w, "changed");
	for (size_t i = 0; i < m->nchanged; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "path", m->changed[i].path);
		mun_jsonw_text(w, "as", m->changed[i].as);
		mun_jsonw_text(w, "view",
			       mun_make_view_name(m->changed[i].view));
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
	mun_made_lost(w, m);
}

static int print(struct mun_cli *c, const struct mun_make *m)
{
	struct mun_jsonw w;

	if (!mun_cli_flag(c, "json")) {
		print_text(m);
		return mun_made_status(m);
	}
	mun_cli_json_begin(&w);
	print_json(&w, m);
	return mun_cli_json_end(c, &w, mun_made_status(m));
}

int mun_cmd_make_media(struct mun_cli *c)
{
	mun_autofree char *path = NULL;
	struct mun_make m = { 0 };
	struct mun_err e;
	int status;
	int rc;

	if (take_options(c, &m, &e)) {
		(void)mun_cli_error(c, &e);
		return MUN_EXIT_USAGE;
	}
	rc = m.path ? 0 : default_path(&m, NULL, &path, &e);
	if (!m.path)
		m.path = path;
	if (!rc)
		rc = mun_make_media(&m, &e);
	status = rc ? mun_cli_error(c, &e) : print(c, &m);
	mun_make_clear(&m);
	return status;
}

int mun_made_export(struct mun_cli *c)
{
	const char *where = mun_cli_text(c, "output");
	mun_autofree char *path = NULL;
	struct mun_make m = {
		.dir = c->args[0],
		.kind = MUN_MAKE_ISO,
		.accept_loss = mun_cli_flag(c, "accept-loss"),
		.dry_run = mun_cli_flag(c, "dry-run"),
		.progress = &c->progress,
	};
	struct mun_err e;
	int status;
	int rc = mun_made_date(NULL, &m, &e);

	if (!rc)
		rc = default_path(&m, where, &path, &e);
	m.path = path;
	if (!rc && where && !m.dry_run)
		rc = mun_mkdirs(where, &e);
	if (!rc)
		rc = mun_make_media(&m, &e);
	status = rc ? mun_cli_error(c, &e) : print(c, &m);
	mun_make_clear(&m);
	return status;
}
