/* SPDX-License-Identifier: Apache-2.0 */
/* cli/export_request.c - the objects, platform and environment of an export */
#include "cli/export_request.h"

#include <stdlib.h>

static int find_platform(const char *name, enum mun_platform *out,
			 struct mun_err *e)
{
	*out = MUN_PLATFORM_UNKNOWN;
	if (!name)
		return 0;
	*out = mun_platform_find(name);
	if (*out == MUN_PLATFORM_UNKNOWN)
		return mun_fail(e, MUN_EINVAL,
				"no platform '%s'; docs/platforms.md lists "
				"them",
				name);
	return 0;
}

static int find_objects(struct mun_cli *c, struct mun_export_asked *a,
			struct mun_err *e)
{
	int rc = 0;

	if (!c->nargs)
		return 0;
	a->ids = calloc(c->nargs, sizeof(*a->ids));
	a->objects = calloc(c->nargs, sizeof(*a->objects));
	if (!a->ids || !a->objects)
		return mun_fail_nomem(e, "objects");
	for (size_t i = 0; i < c->nargs && !rc; i++) {
		rc = mun_catalog_resolve(a->repo->catalog, c->args[i],
					 a->ids[i], e);
		a->objects[i] = a->ids[i];
	}
	a->req.objects = a->objects;
	a->req.nobjects = c->nargs;
	return rc;
}

int mun_export_ask(struct mun_cli *c, unsigned int parts,
		   struct mun_export_asked *a, struct mun_err *e)
{
	int rc;

	*a = (struct mun_export_asked){ 0 };
	rc = find_platform(mun_cli_text(c, "platform"), &a->req.platform, e);
	if (!rc)
		rc = mun_repo_open(c, parts, &a->repo, e);
	if (!rc)
		rc = find_objects(c, a, e);
	if (!rc)
		rc = mun_digest_set_parse(
			mun_conf_get(a->repo->conf, "digests"), &a->env.algs,
			e);
	if (rc)
		return rc;
	a->req.accept_loss = mun_cli_flag(c, "accept-loss");
	a->env.store = a->repo->store;
	a->env.catalog = a->repo->catalog;
	a->env.operator_name = mun_repo_operator(c, a->repo);
	a->env.program_version = mun_version;
	a->env.repository_name = mun_conf_get(a->repo->conf, "name");
	a->env.progress = &c->progress;
	return 0;
}

void mun_export_asked_clear(struct mun_export_asked *a)
{
	mun_repo_free(a->repo);
	free(a->ids);
	free(a->objects);
}
