/* SPDX-License-Identifier: Apache-2.0 */
/* cli/export_request.c - the objects, platform and environment of an export */
#include "cli/export_request.h"

#include <stdio.h>
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

static int add_object(struct mun_export_asked *a, const char *id,
		      struct mun_err *e)
{
	size_t n = a->req.nobjects;

	if (n == a->room) {
		size_t room = n ? 2 * n : 16;
		char(*ids)[MUN_UUID_LEN] = realloc(a->ids, room * sizeof(*ids));

		if (!ids)
			return mun_fail_nomem(e, "objects");
		a->ids = ids;
		a->room = room;
	}
	(void)snprintf(a->ids[n], sizeof(a->ids[n]), "%s", id);
	a->req.nobjects++;
	return 0;
}

static int add_row(void *ctx, const struct mun_catalog_row *row,
		   struct mun_err *e)
{
	return add_object(ctx, row->id, e);
}

static int find_objects(struct mun_cli *c, struct mun_export_asked *a,
			const char *collection, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < c->nargs && !rc; i++) {
		char id[MUN_UUID_LEN];

		rc = mun_catalog_resolve(a->repo->catalog, c->args[i], id, e);
		if (!rc)
			rc = add_object(a, id, e);
	}
	if (!rc && collection)
		rc = mun_catalog_list(a->repo->catalog, collection, NULL,
				      add_row, a, e);
	if (rc || !a->req.nobjects)
		return rc;
	a->objects = calloc(a->req.nobjects, sizeof(*a->objects));
	if (!a->objects)
		return mun_fail_nomem(e, "objects");
	for (size_t i = 0; i < a->req.nobjects; i++)
		a->objects[i] = a->ids[i];
	a->req.objects = a->objects;
	return 0;
}

int mun_export_ask(struct mun_cli *c, unsigned int parts,
		   const char *collection, struct mun_export_asked *a,
		   struct mun_err *e)
{
	int rc;

	*a = (struct mun_export_asked){ 0 };
	rc = find_platform(mun_cli_text(c, "platform"), &a->req.platform, e);
	if (!rc)
		rc = mun_repo_open(c, parts, &a->repo, e);
	if (!rc)
		rc = find_objects(c, a, collection, e);
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
