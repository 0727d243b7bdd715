/* SPDX-License-Identifier: Apache-2.0 */
/* cli/made_media.c - an image of a folder, by make-media and by convert */
#include "cli/made_media.h"

#include "core/check.h"
#include "core/clock.h"
#include "core/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The end of the year 9999. */
#define LAST_SECOND UINT64_C(253402300799)

static int of_environment(struct mun_make *m, struct mun_err *e)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t s;
	int rc;

	if (!epoch || !epoch[0])
		return 0;
	rc = mun_parse_u64(epoch, 0, LAST_SECOND, &s, e);
	if (rc)
		return mun_ctx(e, "SOURCE_DATE_EPOCH");
	m->has_date = true;
	m->date = (int64_t)s;
	return 0;
}

int mun_made_date(const char *text, struct mun_make *m, struct mun_err *e)
{
	mun_autofree char *full = NULL;
	int64_t ms = 0;
	int rc;

	if (!text)
		return of_environment(m, e);
	rc = mun_fmt(&full, e, "%s%s", text,
		     strlen(text) == strlen("2026-11-23") ? "T00:00:00Z" : "");
	if (!rc)
		rc = mun_time_parse(full, &ms, e);
	if (rc)
		return mun_ctx(e, "date");
	m->has_date = true;
	/* Before 1970, too, the whole second that has begun. */
	m->date = ms / 1000 - (ms % 1000 < 0);
	return 0;
}

void mun_made_lost(struct mun_jsonw *w, const struct mun_make *m)
{
	mun_jsonw_array(w, "lost");
	for (size_t i = 0; i < m->loss.nrows; i++) {
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "what", m->loss.rows[i].what);
		mun_jsonw_text(w, "where", m->loss.rows[i].where);
		mun_jsonw_text(w, "why", m->loss.rows[i].why);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

void mun_made_lost_text(const struct mun_make *m)
{
	for (size_t i = 0; i < m->loss.nrows; i++)
		(void)printf("%s: %s (%s): %s\n",
			     m->accept_loss ? "lost" : "would be lost",
			     m->loss.rows[i].what, m->loss.rows[i].where,
			     m->loss.rows[i].why);
	if (m->refused)
		(void)printf("not written: --accept-loss writes it all the "
			     "same\n");
}

int mun_made_status(const struct mun_make *m)
{
	return m->refused ? MUN_EXIT_DAMAGE : MUN_EXIT_DONE;
}

bool mun_made_is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static int take_flag(const char *value, bool *out, struct mun_err *e)
{
	return mun_parse_bool(value, out, e);
}

/* One -o KEY=VALUE: the options of make-media by their names. */
static int take_option(const char *text, struct mun_make *m, struct mun_err *e)
{
	const char *eq = strchr(text, '=');
	size_t len = eq ? (size_t)(eq - text) : 0;
	bool partition = true;
	int rc;

	if (len == 5 && !strncmp(text, "label", len)) {
		m->label = eq + 1;
		return 0;
	}
	if (len == 4 && !strncmp(text, "size", len))
		return mun_make_size(eq + 1, &m->size, e);
	if (len == 4 && !strncmp(text, "date", len))
		return mun_made_date(eq + 1, m, e);
	if (len == 3 && !strncmp(text, "dos", len))
		return take_flag(eq + 1, &m->dos, e);
	if (len == 9 && !strncmp(text, "partition", len)) {
		rc = take_flag(eq + 1, &partition, e);
		m->no_partition = !partition;
		return rc;
	}
	return mun_fail(e, MUN_EINVAL,
			"-o '%s': of a folder there are label=TEXT, date=TIME, "
			"and of FAT size=SIZE, dos=yes, partition=no",
			text);
}

static int take_all(struct mun_cli *c, struct mun_make *m, struct mun_err *e)
{
	const struct mun_cli_value *v = mun_cli_list(c, "option");
	int rc;

	rc = mun_make_kind_for(mun_cli_text(c, "to"), m->path, &m->kind, e);
	if (!rc)
		rc = mun_made_date(NULL, m, e);
	for (size_t i = 0; !rc && i < v->n; i++)
		rc = take_option(v->texts[i], m, e);
	if (!rc && (mun_cli_text(c, "format") || mun_cli_text(c, "parent")))
		rc = mun_fail(e, MUN_EINVAL,
			      "--format and --parent are of image files, not "
			      "of a folder");
	return rc;
}

static int print(struct mun_cli *c, const struct mun_make *m)
{
	struct mun_jsonw w;

	if (!mun_cli_flag(c, "json")) {
		if (m->written)
			(void)printf("%s (%s)\n", m->path, m->layout);
		mun_made_lost_text(m);
		return mun_made_status(m);
	}
	mun_cli_json_begin(&w);
	mun_jsonw_text(&w, "format", "folder");
	mun_jsonw_text(&w, "to", m->kind == MUN_MAKE_ISO ? "iso" : "fat");
	mun_jsonw_text(&w, "path", m->path);
	mun_jsonw_u64(&w, "bytes", m->image_bytes);
	mun_jsonw_bool(&w, "written", m->written);
	mun_made_lost(&w, m);
	return mun_cli_json_end(c, &w, mun_made_status(m));
}

int mun_made_convert(struct mun_cli *c)
{
	struct mun_make m = {
		.dir = c->args[0],
		.path = c->args[1],
		.accept_loss = mun_cli_flag(c, "accept-loss"),
		.dry_run = mun_cli_flag(c, "dry-run"),
		.progress = &c->progress,
	};
	struct mun_err e;
	int status;

	if (take_all(c, &m, &e)) {
		(void)mun_cli_error(c, &e);
		return MUN_EXIT_USAGE;
	}
	status = mun_make_media(&m, &e) ? mun_cli_error(c, &e) : print(c, &m);
	mun_make_clear(&m);
	return status;
}
