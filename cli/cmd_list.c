/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_list.c - muniment list and muniment search */
#include "catalog/rights.h"
#include "cli/cli.h"

#include "core/clock.h"
#include "core/parse.h"
#include "core/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct out {
	struct mun_jsonw *w; /* or NULL: text */
	uint64_t rows;
	bool restricted; /* only these: */
	size_t nids;
	char (*ids)[MUN_UUID_LEN]; /* sorted */
};

static int by_id(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int json_row(struct mun_jsonw *w, const struct mun_catalog_row *r)
{
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "id", r->id);
	mun_jsonw_text(w, "label", r->label);
	mun_jsonw_text(w, "collection", r->collection);
	mun_jsonw_text(w, "format", r->format);
	mun_jsonw_u64(w, "bytes", r->bytes);
	mun_jsonw_text(w, "status", r->status);
	mun_jsonw_text(w, "last_audit", r->last_audit);
	mun_jsonw_end_object(w);
	return 0;
}

static int row(void *ctx, const struct mun_catalog_row *r, struct mun_err *e)
{
	struct out *o = ctx;
	char bytes[16];

	(void)e;
	if (o->restricted && !(o->nids && bsearch(r->id, o->ids, o->nids,
						  sizeof(*o->ids), by_id)))
		return 0;
	o->rows++;
	if (o->w)
		return json_row(o->w, r);
	mun_human_bytes(r->bytes, bytes);
	(void)fputs(r->id, stdout);
	(void)fputs("  ", stdout);
	(void)fputs(r->status, stdout);
	(void)fputs("  ", stdout);
	(void)fputs(r->format, stdout);
	(void)fputs("  ", stdout);
	(void)fputs(bytes, stdout);
	(void)fputs("  ", stdout);
	(void)fputs(r->label, stdout);
	(void)putc('\n', stdout);
	return 0;
}

static int words(const struct mun_cli *c, char **out, struct mun_err *e)
{
	struct mun_str s = { 0 };

	for (size_t i = 0; i < c->nargs; i++) {
		if (i)
			mun_str_add_char(&s, ' ');
		mun_str_add(&s, c->args[i]);
	}
	return mun_str_take(&s, out, e);
}

static int rows(const struct mun_cli *c, struct mun_catalog *cat, struct out *o,
		struct mun_err *e)
{
	mun_autofree char *text = NULL;
	int rc;

	if (o->restricted) {
		rc = mun_rights_restricted(cat, MUN_ACT_DISSEMINATE,
					   mun_now_ms(), &o->ids, &o->nids, e);
		if (rc)
			return rc;
	}
	if (!c->nargs)
		return mun_catalog_list(cat, mun_cli_text(c, "collection"),
					mun_cli_text(c, "status"), row, o, e);
	rc = words(c, &text, e);
	return rc ? rc : mun_catalog_search(cat, text, row, o, e);
}

int mun_cmd_list(struct mun_cli *c)
{
	mun_auto(repo) *r = NULL;
	struct out o = { 0 };
	struct mun_jsonw w;
	struct mun_err e;
	int status;
	int rc;

	rc = mun_repo_open(c, MUN_REPO_CATALOG, &r, &e);
	if (rc)
		return mun_cli_error(c, &e);
	o.restricted = !c->nargs && mun_cli_flag(c, "restricted");
	if (mun_cli_flag(c, "json")) {
		o.w = &w;
		mun_jsonw_init(&w, stdout, false);
		mun_jsonw_object(&w, NULL);
		mun_jsonw_array(&w, "objects");
	}
	rc = rows(c, r->catalog, &o, &e);
	if (o.w)
		mun_jsonw_end_array(&w);
	free(o.ids);
	status = rc ? mun_cli_error(c, &e) : MUN_EXIT_DONE;
	return o.w ? mun_cli_json_end(c, &w, status) : status;
}

int mun_cmd_search(struct mun_cli *c)
{
	return mun_cmd_list(c);
}
