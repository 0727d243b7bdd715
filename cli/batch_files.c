/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_files.c - where the journals and reports of batches lie */
#include "cli/batch_files.h"

#include "core/file.h"
#include "core/str.h"
#include "ingest/batch_report.h"

#include <stdio.h>
#include <string.h>

int mun_repo_batches(const struct mun_repo *r, char **out, struct mun_err *e)
{
	return mun_path_join(r->path, "batches", out, e);
}

int mun_repo_media_lock(const struct mun_repo *r, char **out, struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	int rc = mun_repo_batches(r, &dir, e);

	if (!rc)
		rc = mun_mkdirs(dir, e);
	return rc ? rc : mun_path_join(dir, "media.lock", out, e);
}

static int folder_of(const char *path, char **out, struct mun_err *e)
{
	const char *slash = strrchr(path, '/');

	return mun_fmt(out, e, "%.*s", slash == path ? 1 : (int)(slash - path),
		       path);
}

static int write_into(const struct mun_batch *b, struct mun_batch_report *q,
		      const char *dir, struct mun_report_names *out,
		      struct mun_err *e)
{
	int rc;

	q->dir = dir;
	rc = mun_batch_report_write(b, q, e);
	if (rc)
		return rc;
	(void)snprintf(out->csv, sizeof(out->csv), "%s/%s.report.csv", dir,
		       q->name);
	(void)snprintf(out->html, sizeof(out->html), "%s/%s.report.html", dir,
		       q->name);
	return 0;
}

/* Beside the file; else where its journal is. */
static int write_somewhere(const struct mun_batch *b,
			   struct mun_batch_report *q,
			   struct mun_report_names *out, struct mun_err *e)
{
	const char *journal = mun_batch_journal_dir(b->journal);
	mun_autofree char *dir = NULL;
	char text[1024];
	int rc = folder_of(b->plan->path, &dir, e);

	if (!rc)
		rc = write_into(b, q, dir, out, e);
	if (!rc || rc == MUN_ENOMEM || rc == MUN_ECORRUPT)
		return rc;
	mun_log(MUN_LOG_WARN, "%s; it goes to '%s' instead",
		mun_err_text(e, text, sizeof(text), 0), journal);
	mun_err_clear(e);
	return write_into(b, q, journal, out, e);
}

/* A file's name is bytes, a title is text. */
static int title_of(const struct mun_batch *b, char **out, struct mun_err *e)
{
	struct mun_str s = { 0 };

	mun_str_add(&s, "Batch ");
	mun_escape(&s, b->plan->name, strlen(b->plan->name));
	return mun_str_take(&s, out, e);
}

int mun_report_batch(const struct mun_cli *c, const struct mun_batch *b,
		     const struct mun_repo *r, bool interrupted,
		     struct mun_report_names *out, struct mun_err *e)
{
	const char *dir = mun_cli_text(c, "report");
	mun_autofree char *title = NULL;
	struct mun_batch_report q = {
		.name = b->plan->name,
		.operator_name = mun_repo_operator(c, r),
		.program_version = mun_version,
		.interrupted = interrupted,
	};
	int rc = title_of(b, &title, e);

	*out = (struct mun_report_names){ .csv = "" };
	if (rc || (!dir && !b->journal))
		return rc;
	q.title = title;
	if (!dir)
		return write_somewhere(b, &q, out, e);
	rc = mun_mkdirs(dir, e);
	return rc ? rc : write_into(b, &q, dir, out, e);
}
