/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_export.c - muniment export */
#include "cli/cli.h"
#include "core/parse.h"
#include "emulate-export/export.h"

#include <stdio.h>
#include <string.h>

static int kind_of(const char *text, enum mun_package_kind *out)
{
	static const char *const names[] = { "dir", "zip", "tar" };

	for (unsigned int i = 0; i < 3; i++) {
		if (!strcmp(text, names[i])) {
			*out = (enum mun_package_kind)i;
			return 0;
		}
	}
	return -1;
}

static void print_json(struct mun_jsonw *w, const struct mun_export_result *r)
{
	char hex[MUN_DIGEST_HEX];

	mun_jsonw_text(w, "object", r->object);
	mun_jsonw_text(w, "target", r->target);
	mun_jsonw_text(w, "path", r->path);
	mun_jsonw_array(w, "images");
	for (size_t i = 0; i < r->nimages; i++) {
		mun_digest_hex(&r->images[i].content_sha256, hex);
		mun_jsonw_object(w, NULL);
		mun_jsonw_text(w, "path", r->images[i].path);
		mun_jsonw_text(w, "format", r->images[i].format);
		mun_jsonw_u64(w, "bytes", r->images[i].bytes);
		mun_jsonw_text(w, "content_sha256", hex);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
	mun_jsonw_bool(w, "verified", r->verified);
	mun_jsonw_text(w, "event", r->event);
}

static void print_text(const struct mun_export_result *r)
{
	(void)printf("package %s\n", r->path);
	for (size_t i = 0; i < r->nimages; i++)
		(void)printf("  %s (%s)\n", r->images[i].path,
			     r->images[i].format);
	(void)printf("  %s\n",
		     r->verified ? "read back and compared" : "not verified");
}

static int export(struct mun_cli *c, struct mun_export_request *q)
{
	mun_auto(repo) *repo = NULL;
	struct mun_export_result r = { 0 };
	struct mun_export_env env = { 0 };
	char id[MUN_UUID_LEN];
	struct mun_jsonw w;
	struct mun_err e;
	int rc;

	rc = mun_repo_open(c, MUN_REPO_STORE | MUN_REPO_EVIDENCE, &repo, &e);
	if (!rc)
		rc = mun_catalog_resolve(repo->catalog, c->args[0], id, &e);
	if (!rc)
		rc = mun_digest_set_parse(mun_conf_get(repo->conf, "digests"),
					  &env.algs, &e);
	if (rc)
		return mun_cli_error(c, &e);
	env.store = repo->store;
	env.catalog = repo->catalog;
	env.operator_name = mun_repo_operator(c, repo);
	env.program_version = mun_version;
	env.repository_name = mun_conf_get(repo->conf, "name");
	env.progress = &c->progress;
	q->object = id;
	if (mun_export(&env, q, &r, &e))
		return mun_cli_error(c, &e);
	if (!mun_cli_flag(c, "json")) {
		print_text(&r);
		return MUN_EXIT_DONE;
	}
	mun_cli_json_begin(&w);
	print_json(&w, &r);
	return mun_cli_json_end(c, &w, MUN_EXIT_DONE);
}

int mun_cmd_export(struct mun_cli *c)
{
	const char *kind = mun_cli_text(c, "package");
	struct mun_export_request q = {
		.target = mun_cli_text(c, "for"),
		.output = mun_cli_text(c, "output"),
		.dry_run = mun_cli_flag(c, "dry-run"),
	};

	if (!q.target)
		return mun_cli_usage(c, "export needs --for TARGET");
	if (!mun_target_find(q.target))
		return mun_cli_usage(c, "unknown target '%s'", q.target);
	if (kind && kind_of(kind, &q.kind))
		return mun_cli_usage(
			c, "--package is dir, zip or tar, not '%s'", kind);
	return export(c, &q);
}
