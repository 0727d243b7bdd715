/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/media_choose.c - the format that an image has in a package */
#include "emulate-export/media.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/file.h"
#include "core/str.h"
#include "emulate-export/media_options.h"
#include "image/writer.h"

/* What the metadata of the package say as well or better: the read map, and
 * what the container said of itself, which is in the PREMIS record. */
static bool is_carried(const struct mun_loss_row *row)
{
	static const char *const whats[] = { "unreadable sectors",
					     "sectors whose check failed",
					     "what it says about its making",
					     "comment" };

	for (size_t i = 0; i < MUN_COUNT(whats); i++)
		if (!strcmp(row->what, whats[i]))
			return true;
	return false;
}

/* Those that are carried come first; how many. */
static size_t sort_losses(struct mun_loss *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->nrows; i++) {
		struct mun_loss_row row = l->rows[i];

		if (!is_carried(&row))
			continue;
		memmove(&l->rows[n + 1], &l->rows[n], (i - n) * sizeof(row));
		l->rows[n++] = row;
	}
	return n;
}

/* ---- names ---- */

static bool has_parts(const struct mun_record *r)
{
	for (size_t i = 0; i < r->nfiles; i++)
		if (!strcmp(r->files[i].role, MUN_ROLE_PART))
			return true;
	return false;
}

/* Files that name each other keep their names: all have to be plain. */
static bool parts_are_plain(const struct mun_record *r)
{
	for (size_t i = 0; i < r->nfiles; i++) {
		const struct mun_rec_file *f = &r->files[i];

		if ((!strcmp(f->role, MUN_ROLE_PART) ||
		     !strcmp(f->role, MUN_ROLE_MASTER)) &&
		    !mun_path_is_plain(mun_path_last(f->path)))
			return false;
	}
	return true;
}

static void first_word(const char *list, char *out, size_t size)
{
	size_t len = strcspn(list ? list : "", " ");

	(void)snprintf(out, size, "%.*s", (int)len, list ? list : "");
}

static void name_it(struct mun_plan_medium *m, const char *format,
		    const char *suffixes)
{
	char suffix[sizeof(m->suffix)];

	first_word(suffixes, suffix, sizeof(suffix));
	(void)snprintf(m->format, sizeof(m->format), "%s", format);
	(void)snprintf(m->name, sizeof(m->name), "%s.%s", m->stem,
		       *m->suffix ? m->suffix : suffix);
	if (m->overlay)
		(void)snprintf(m->overlay_name, sizeof(m->overlay_name),
			       "%s.qcow2", m->stem);
}

/* ---- formats ---- */

bool mun_media_refuses(int rc)
{
	return rc == MUN_EUNSUPPORTED || rc == MUN_ECORRUPT;
}

/* Of the list of a target, one that is tried. */
struct candidate {
	const char *format;
	bool verbatim;
	const struct mun_writer *writer;
	struct mun_loss losses;
	size_t carried;
};

static bool resizes(const struct mun_set_object *o,
		    const struct mun_plan_medium *m)
{
	return m->pad && m->guest_bytes && m->guest_bytes != o->facts.bytes;
}

/* Is the file that is kept of that format, and can it go as it is? */
static bool goes_as_it_is(const struct mun_media_job *j,
			  const struct mun_set_object *o,
			  const struct mun_plan_medium *m, const char *format)
{
	if (strcmp(o->facts.format, format) != 0 || resizes(o, m))
		return false;
	/* With options another form of it is wanted. */
	if (*m->options)
		return false;
	return !has_parts(o->record) ||
	       (j->alone && parts_are_plain(o->record));
}

static int plan_writer(const struct mun_set_object *o,
		       const struct mun_plan_medium *m, struct candidate *c,
		       struct mun_err *e)
{
	struct mun_media_options opts;
	int rc = mun_media_options_parse(m->options, &opts, e);

	if (rc)
		return rc;
	if (!o->image.img || o->facts.preserved_only[0])
		return mun_fail(e, MUN_EUNSUPPORTED, "%s",
				o->facts.preserved_only);
	rc = mun_write_known(c->writer, &opts.options, e);
	if (!rc)
		rc = c->writer->plan(o->image.img, &opts.options, &c->losses,
				     e);
	c->carried = sort_losses(&c->losses);
	return rc;
}

static int try_format(const struct mun_media_job *j,
		      const struct mun_set_object *o,
		      const struct mun_plan_medium *m, const char *format,
		      struct candidate *c, struct mun_err *e)
{
	*c = (struct candidate){ .format = format };
	c->verbatim = goes_as_it_is(j, o, m, format);
	if (c->verbatim)
		return 0;
	if (mun_writer_for(format, NULL, &c->writer, e))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"it is %s, and %s is not written by us",
				o->facts.format, format);
	if (resizes(o, m) && strcmp(format, "raw") != 0)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"only raw sectors can be made longer");
	return plan_writer(o, m, c, e);
}

/* Of what nobody decodes: that of its name, where it is one. */
static const char *suffix_of_name(const struct mun_set_object *o)
{
	const char *dot = strrchr(mun_path_last(o->master->path), '.');

	return dot && strlen(dot) < 8 && mun_path_is_plain(dot + 1) ? dot + 1
								    : "bin";
}

static const char *suffixes_of(const struct mun_set_object *o,
			       const struct candidate *c)
{
	if (c->writer)
		return c->writer->suffixes;
	return o->image.img ? o->image.img->format->suffixes
			    : suffix_of_name(o);
}

static int take(struct mun_set_object *o, struct mun_plan_medium *m,
		struct candidate *c, struct mun_err *e)
{
	struct mun_packaged *p = &o->packaged;

	name_it(m, c->format, suffixes_of(o, c));
	if (c->verbatim && has_parts(o->record))
		(void)snprintf(m->name, sizeof(m->name), "%s",
			       mun_path_last(o->master->path));
	p->verbatim = c->verbatim;
	p->losses = c->losses;
	p->carried = c->carried;
	c->losses = (struct mun_loss){ 0 };
	(void)snprintf(p->format, sizeof(p->format), "%s", c->format);
	(void)snprintf(p->path, sizeof(p->path), "data/media/%s", m->name);
	m->bytes = o->facts.bytes;
	if (!mun_path_is_safe(p->path))
		return mun_fail(e, MUN_EINVAL, "'%s' in a package", p->path);
	return 0;
}

/* One line of what would be lost, and how it is had all the same. */
static int refuse_loss(const struct candidate *c, struct mun_err *e)
{
	const struct mun_loss_row *row = &c->losses.rows[c->carried];
	size_t n = c->losses.nrows - c->carried;

	return mun_fail(e, MUN_EUNSUPPORTED,
			"as %s it would lose: %s (%s): %s%s; --accept-loss "
			"makes it all the same and says so in the package",
			c->format, row->what, row->where, row->why,
			n > 1 ? "; and more" : "");
}

struct choice {
	struct candidate best; /* the first that loses something */
	struct mun_err why; /* that the first was not possible */
	bool any, refused;
};

static int choose(const struct mun_media_job *j, struct mun_set_object *o,
		  struct mun_plan_medium *m, struct choice *k,
		  struct mun_err *e)
{
	if (k->any && j->accept_loss)
		return take(o, m, &k->best, e);
	if (k->any)
		return refuse_loss(&k->best, e);
	if (k->refused) {
		*e = k->why;
		return k->why.code;
	}
	return mun_fail(e, MUN_EINVAL, "no format is named");
}

int mun_media_choose(const struct mun_media_job *j, struct mun_set_object *o,
		     struct mun_plan_medium *m, struct mun_err *e)
{
	char formats[sizeof(m->formats)];
	struct choice k = { 0 };
	char *rest = formats;
	char *word;
	int rc = 0;

	(void)snprintf(formats, sizeof(formats), "%s", m->formats);
	while (!rc && (word = strsep(&rest, " "))) {
		struct candidate c;

		rc = try_format(j, o, m, word, &c, e);
		if (mun_media_refuses(rc)) {
			if (!k.refused)
				k.why = *e;
			k.refused = true;
			rc = 0;
		} else if (!rc && c.losses.nrows == c.carried) {
			mun_loss_clear(&k.best.losses);
			return take(o, m, &c, e);
		} else if (!rc && !k.any) {
			k.any = true;
			k.best = c;
			continue;
		}
		mun_loss_clear(&c.losses);
	}
	if (!rc)
		rc = choose(j, o, m, &k, e);
	mun_loss_clear(&k.best.losses);
	return rc;
}
