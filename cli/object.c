/* SPDX-License-Identifier: Apache-2.0 */
/* cli/object.c - OBJECT on the command line */
#include "cli/object.h"

int mun_object_open(const struct mun_cli *c, unsigned int parts, bool layers,
		    struct mun_repo **repo, struct mun_record **record,
		    struct mun_err *e)
{
	mun_auto(repo) *r = NULL;
	char id[MUN_UUID_LEN];
	int rc = mun_repo_open(c, parts | MUN_REPO_CATALOG, &r, e);

	if (!rc)
		rc = mun_catalog_resolve(r->catalog, c->args[0], id, e);
	if (!rc)
		rc = mun_catalog_get(r->catalog, id, layers, record, e);
	if (!rc)
		*repo = mun_steal(&r);
	return rc;
}
