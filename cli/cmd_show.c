/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_show.c - muniment show */
#include "catalog/custody.h"
#include "cli/object.h"
#include "cli/picture_files.h"
#include "cli/show.h"
#include "cli/show_map.h"

#include <stdio.h>

/* Where the object is kept, and how it was there when it was last verified. */
static int copy(void *ctx, const char *store, const char *outcome,
		const char *checked, struct mun_err *e)
{
	struct mun_jsonw *w = ctx;

	(void)e;
	if (!w) {
		(void)printf("  %-16s %s%s%s\n", store,
			     outcome[0] ? outcome : "unchecked",
			     checked[0] ? "  " : "", checked);
		return 0;
	}
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "store", store);
	mun_jsonw_text(w, "outcome", outcome[0] ? outcome : "unchecked");
	mun_jsonw_text(w, "checked", checked);
	mun_jsonw_end_object(w);
	return 0;
}

static int show_text(struct mun_repo *repo, const struct mun_record *r,
		     struct mun_err *e)
{
	mun_show_text(r);
	(void)printf("\ncopies\n");
	return mun_catalog_copies(repo->catalog, r->id, copy, NULL, e);
}

int mun_cmd_show(struct mun_cli *c)
{
	mun_auto(repo) *repo = NULL;
	mun_auto(record) *r = NULL;
	struct mun_jsonw w;
	struct mun_err e;
	int rc;

	if (mun_cli_flag(c, "map"))
		return mun_show_map(c);
	if (mun_picture_wanted(c))
		return mun_cli_usage(c, "--svg and --png want --map");
	if (mun_object_open(c, 0, false, &repo, &r, &e))
		return mun_cli_error(c, &e);
	if (!mun_cli_flag(c, "json"))
		return show_text(repo, r, &e) ? mun_cli_error(c, &e)
					      : MUN_EXIT_DONE;
	mun_cli_json_begin(&w);
	mun_show_json(&w, r);
	mun_jsonw_array(&w, "copies");
	rc = mun_catalog_copies(repo->catalog, r->id, copy, &w, &e);
	mun_jsonw_end_array(&w);
	return mun_cli_json_end(c, &w,
				rc ? mun_cli_error(c, &e) : MUN_EXIT_DONE);
}
