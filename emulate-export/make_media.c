/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_media.c - an image made from a folder of files */
#include "emulate-export/make_media.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/check.h"
#include "core/parse.h"
#include "emulate-export/make_kinds.h"

const char *mun_make_view_name(enum mun_make_view v)
{
	static const char *const names[] = {
		[MUN_MAKE_SHORT] = "short",
		[MUN_MAKE_JOLIET] = "joliet",
		[MUN_MAKE_NAME] = "name",
	};

	return names[v];
}

int mun_make_kind_for(const char *name, const char *path,
		      enum mun_make_kind *out, struct mun_err *e)
{
	static const struct {
		const char *name;
		enum mun_make_kind kind;
	} suffixes[] = {
		{ "iso", MUN_MAKE_ISO }, { "img", MUN_MAKE_FAT },
		{ "ima", MUN_MAKE_FAT }, { "flp", MUN_MAKE_FAT },
		{ "vfd", MUN_MAKE_FAT }, { "dsk", MUN_MAKE_FAT },
	};
	const char *dot = path ? strrchr(path, '.') : NULL;

	if (name && strcmp(name, "iso") != 0 && strcmp(name, "fat") != 0)
		return mun_fail(e, MUN_EINVAL,
				"of a folder 'iso' or 'fat' is made, not '%s'",
				name);
	if (name) {
		*out = name[0] == 'i' ? MUN_MAKE_ISO : MUN_MAKE_FAT;
		return 0;
	}
	for (size_t i = 0; dot && i < MUN_COUNT(suffixes); i++) {
		if (strcasecmp(dot + 1, suffixes[i].name) == 0) {
			*out = suffixes[i].kind;
			return 0;
		}
	}
	return mun_fail(e, MUN_EINVAL,
			"the name of the image tells no kind (.iso, .img): "
			"give --to iso or --to fat");
}

int mun_make_size(const char *text, uint64_t *out, struct mun_err *e)
{
	/* These names count a thousand KiB. */
	static const struct {
		const char *name;
		uint64_t bytes;
	} names[] = {
		{ "1.2M", 1228800 },
		{ "1.44M", 1474560 },
		{ "2.88M", 2949120 },
	};

	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		if (strcasecmp(text, names[i].name) == 0) {
			*out = names[i].bytes;
			return 0;
		}
	}
	if (mun_parse_size(text, out, e))
		return e->code;
	return *out ? 0 : mun_fail(e, MUN_EINVAL, "a size of 0");
}

int mun_make_note(struct mun_make_plan *p, const struct mun_make_node *n,
		  enum mun_make_view view, struct mun_str *as,
		  struct mun_err *e)
{
	struct mun_make *m = p->m;
	struct mun_make_changed *rows;
	struct mun_str path = { 0 };
	mun_autofree char *why = NULL;
	int rc = 0;

	rows = mun_arena_grow(m->arena, m->changed, m->nchanged, sizeof(*rows));
	mun_make_node_path(n, &path);
	if (rows) {
		m->changed = rows;
		rows += m->nchanged;
		rows->view = view;
		rows->path = mun_arena_strdup(m->arena, path.text);
		rows->as = mun_arena_strdup(m->arena, as->text);
	}
	if (!rows || as->failed || path.failed || !rows->path || !rows->as)
		rc = mun_fail_nomem(e, "list of changed names");
	else
		m->nchanged++;
	mun_str_free(&path);
	mun_str_free(as);
	if (rc || view == MUN_MAKE_SHORT)
		return rc;
	rc = mun_fmt(&why, e, "%s it is '%s'",
		     view == MUN_MAKE_JOLIET ? "for Windows" : "there",
		     rows->as);
	return rc ? rc : mun_make_lost(&m->loss, n, "name", why, e);
}

static int write_it(struct mun_make_plan *p, const struct mun_make_maker *k,
		    struct mun_err *e)
{
	struct mun_make_out o = { .progress = p->m->progress };
	int rc;

	rc = mun_make_tree_apart(p->t, p->m->path, e);
	if (!rc)
		rc = mun_make_out_open(&o, p->m->path, p->t, p->m->image_bytes,
				       e);
	else
		mun_make_reader_init(&o.reader, p->t);
	if (!rc)
		rc = k->write(p, &o, e);
	if (!rc && mun_make_out_pos(&o) != p->m->image_bytes)
		rc = mun_fail(e, MUN_EFIXITY, "it became another size");
	if (!rc)
		rc = mun_make_tree_unchanged(p->t, e);
	if (!rc)
		rc = mun_make_out_finish(&o, p->m->sha256, e);
	mun_make_out_free(&o);
	if (rc)
		p->m->sha256[0] = '\0';
	p->m->written = !rc;
	return rc ? mun_ctx(e, "make '%s'", p->m->path) : 0;
}

int mun_make_media(struct mun_make *m, struct mun_err *e)
{
	const struct mun_make_maker *k =
		m->kind == MUN_MAKE_ISO ? &mun_make_iso : &mun_make_fat;
	mun_auto(make_tree) *t = NULL;
	struct mun_make_plan p = { .m = m };
	int rc;

	rc = mun_arena_new(&m->arena, e);
	if (!rc)
		rc = mun_make_tree_read(m->dir, &t, &m->loss, e);
	if (rc)
		return rc;
	p.t = t;
	p.date = m->has_date ? m->date : t->newest;
	m->files = t->nfiles;
	m->folders = t->ndirs - 1;
	m->bytes = t->bytes;
	rc = k->plan(&p, e);
	if (rc)
		return mun_ctx(e, "folder '%s'", m->dir);
	m->refused = m->loss.nrows && !m->accept_loss;
	if (m->refused || m->dry_run)
		return 0;
	return write_it(&p, k, e);
}

void mun_make_clear(struct mun_make *m)
{
	mun_loss_clear(&m->loss);
	mun_arena_free(m->arena);
	m->arena = NULL;
	m->changed = NULL;
	m->nchanged = 0;
}
