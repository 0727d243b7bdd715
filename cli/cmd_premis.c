/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_premis.c - muniment premis */
#include "catalog/premis.h"
#include "cli/object.h"

#include <stdio.h>

int mun_cmd_premis(struct mun_cli *c)
{
	mun_auto(repo) *repo = NULL;
	mun_auto(record) *r = NULL;
	struct mun_str xml = { 0 };
	struct mun_err e;
	int status = MUN_EXIT_DONE;

	if (mun_object_open(c, 0, false, &repo, &r, &e) ||
	    mun_premis_write(r, &xml, &e))
		status = mun_cli_error(c, &e);
	else
		(void)fwrite(xml.text, 1, xml.len, stdout);
	mun_str_free(&xml);
	return status;
}
