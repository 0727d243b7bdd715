/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/describe_own.c - hash trees and PREMIS (ingest/describe_own.h) */
#include "ingest/describe_own.h"

#include "catalog/premis.h"
#include "core/log.h"
#include "fixity/torrent.h"
#include "ingest/attach.h"
#include "ingest/describe.h"

#include <stdlib.h>
#include <string.h>

static int by_path(const void *a, const void *b)
{
	const struct mun_rec_file *x = a;
	const struct mun_rec_file *y = b;

	return strcmp(x->path, y->path);
}

void mun_own_sort(struct mun_record *r)
{
	if (r->nfiles)
		qsort(r->files, r->nfiles, sizeof(*r->files), by_path);
}

int mun_own_trees(struct mun_stage *st, struct mun_record *r, unsigned int algs,
		  struct mun_err *e)
{
	struct mun_torrent_file *files;
	struct mun_str text = { 0 };
	struct mun_rec_file *f = NULL;
	int rc;

	files = mun_arena_array(r->arena, r->nfiles, sizeof(*files));
	if (!files)
		return mun_fail_nomem(e, "hash trees");
	for (size_t i = 0; i < r->nfiles; i++) {
		files[i].path = mun_arena_strdup(r->arena, r->files[i].path);
		files[i].tree = r->files[i].tree;
	}
	rc = mun_torrent_write(r->id, files, r->nfiles, &text, e);
	if (!rc)
		rc = mun_attach_bytes(st, r, MUN_PATH_TORRENT,
				      MUN_ROLE_HASHTREE, text.text, text.len,
				      algs, &f, e);
	if (!rc) {
		f->format = "BitTorrent v2 metainfo (BEP 52)";
		f->mime = "application/x-bittorrent";
	}
	mun_str_free(&text);
	return rc;
}

static void lint_problem(void *ctx, const struct mun_premis_problem *p)
{
	(void)ctx;
	if (p->error)
		mun_log(MUN_LOG_WARN, "PREMIS record, line %lu: %s: %s",
			p->line, p->code, p->text);
}

/* What we write must be what we would accept. */
static int lint(const struct mun_str *xml, struct mun_err *e)
{
	struct mun_premis_verdict v;
	int rc =
		mun_premis_lint(xml->text, xml->len, lint_problem, NULL, &v, e);

	if (!rc && v.errors)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "the PREMIS record does not lint (%zu errors)",
			      v.errors);
	return rc;
}

int mun_own_premis(struct mun_stage *st, struct mun_record *r,
		   unsigned int algs, struct mun_err *e)
{
	struct mun_str xml = { 0 };
	struct mun_rec_file *f = NULL;
	int rc = mun_premis_write(r, &xml, e);

	if (!rc)
		rc = lint(&xml, e);
	if (!rc)
		rc = mun_attach_bytes(st, r, MUN_PATH_PREMIS, MUN_ROLE_RECORD,
				      xml.text, xml.len, algs, &f, e);
	if (!rc)
		mun_describe_record_file(f);
	mun_str_free(&xml);
	return rc;
}
