/* SPDX-License-Identifier: Apache-2.0 */
/* cli/custodian.c - the repository, with its stores and who works on them */
#include "cli/custodian.h"

#include "core/str.h"

#include <stdio.h>
#include <string.h>

static int agents(const struct mun_cli *c, struct mun_cli_custody *y,
		  struct mun_err *e)
{
	const char *person = mun_repo_operator(c, y->repo);
	int rc = mun_catalog_agent_id(y->repo->catalog, "software", "muniment",
				      mun_version, "", y->program_id, e);

	if (!rc && person[0])
		rc = mun_catalog_agent_id(y->repo->catalog, "person", person,
					  "", "", y->operator_id, e);
	return rc;
}

static int objects(const struct mun_cli *c, size_t first,
		   struct mun_cli_custody *y, struct mun_err *e)
{
	size_t n = c->nargs > first ? c->nargs - first : 0;
	int rc = 0;

	y->ids = calloc(n + 1, sizeof(*y->ids));
	y->objects = calloc(n + 1, sizeof(*y->objects));
	if (!y->ids || !y->objects)
		return mun_fail_nomem(e, "objects");
	for (; y->nobjects < n && !rc; y->nobjects++) {
		rc = mun_catalog_resolve(y->repo->catalog,
					 c->args[first + y->nobjects],
					 y->ids[y->nobjects], e);
		y->objects[y->nobjects] = y->ids[y->nobjects];
	}
	return rc;
}

int mun_cli_custody_open(struct mun_cli *c, size_t first, bool write,
			 struct mun_cli_custody *out, struct mun_err *e)
{
	int rc;

	*out = (struct mun_cli_custody){ 0 };
	rc = mun_repo_open(c, write ? MUN_REPO_EVIDENCE : MUN_REPO_CATALOG,
			   &out->repo, e);
	if (!rc)
		rc = mun_holdings_open(out->repo->catalog, out->repo->path,
				       &out->holdings, e);
	if (!rc && write)
		rc = agents(c, out, e);
	if (!rc)
		rc = objects(c, first, out, e);
	if (rc) {
		mun_cli_custody_close(out);
		return rc;
	}
	out->k = (struct mun_custodian){
		.spool = out->repo->spool_path,
		.conf = out->repo->conf,
		.catalog = out->repo->catalog,
		.holdings = out->holdings,
		.operator_id = out->operator_id[0] ? out->operator_id : NULL,
		.program_id = out->program_id[0] ? out->program_id : NULL,
		.program_version = mun_version,
		.progress = &c->progress,
	};
	return 0;
}

void mun_cli_custody_close(struct mun_cli_custody *y)
{
	mun_holdings_free(y->holdings);
	mun_repo_free(y->repo);
	free(y->ids);
	free(y->objects);
	*y = (struct mun_cli_custody){ 0 };
}

void mun_cli_store_error(const char *store, const char *why)
{
	char name[64];
	int n = snprintf(name, sizeof(name), "store '%s'", store);

	/* What the error itself begins with is not said twice. */
	if (n > 0 && !strncmp(why, name, (size_t)n))
		mun_log(MUN_LOG_ERROR, "%s", why);
	else
		mun_log(MUN_LOG_ERROR, "%s: %s", name,
			why[0] ? why : "it is away");
}
