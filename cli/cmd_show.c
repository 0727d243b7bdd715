/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_show.c - muniment show */
#include "cli/object.h"
#include "cli/show.h"

int mun_cmd_show(struct mun_cli *c)
{
	mun_auto(repo) *repo = NULL;
	mun_auto(record) *r = NULL;
	struct mun_jsonw w;
	struct mun_err e;

	if (mun_object_open(c, 0, false, &repo, &r, &e))
		return mun_cli_error(c, &e);
	if (!mun_cli_flag(c, "json")) {
		mun_show_text(r);
		return MUN_EXIT_DONE;
	}
	mun_cli_json_begin(&w);
	mun_show_json(&w, r);
	return mun_cli_json_end(c, &w, MUN_EXIT_DONE);
}
