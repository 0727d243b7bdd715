/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_check.c - muniment check */
#include "catalog/premis.h"
#include "cli/cli.h"
#include "core/file.h"
#include "core/str.h"
#include "ingest/crosscheck.h"
#include "store/validate.h"

#include <stdio.h>
#include <string.h>

struct check {
	struct mun_cli *c;
	struct mun_jsonw *w; /* or NULL: text */
	const char *premis; /* the document's name */
	uint64_t errors;
	uint64_t warnings;
};

static void tell(struct check *k, bool error, const char *code,
		 const char *where, const char *text)
{
	const char *severity = error ? "error" : "warning";

	if (error)
		k->errors++;
	else
		k->warnings++;
	if (!k->w) {
		(void)printf("%s: %s: %s: %s\n", severity, code, where, text);
		return;
	}
	mun_jsonw_object(k->w, NULL);
	mun_jsonw_text(k->w, "severity", severity);
	mun_jsonw_text(k->w, "code", code);
	mun_jsonw_text(k->w, "where", where);
	mun_jsonw_text(k->w, "text", text);
	mun_jsonw_end_object(k->w);
}

static void ocfl_problem(void *ctx, const struct mun_ocfl_problem *p)
{
	tell(ctx, p->code[0] == 'E', p->code, p->where, p->text);
}

static void premis_problem(void *ctx, const struct mun_premis_problem *p)
{
	struct check *k = ctx;
	mun_autofree char *where = NULL;
	struct mun_str name = { 0 };
	struct mun_err e;

	mun_escape(&name, k->premis, strlen(k->premis));
	if (!mun_fmt(&where, &e, "%s:%lu", name.text ? name.text : "", p->line))
		tell(k, p->error, p->code, where, p->text);
	mun_str_free(&name);
}

static void repo_problem(void *ctx, const struct mun_check_problem *p)
{
	tell(ctx, p->error, p->code, p->where, p->text);
}

static int check_ocfl(struct check *k, const char *path, struct mun_err *e)
{
	struct mun_ocfl_opts opts = { true, &k->c->progress };
	struct mun_ocfl_verdict v;

	return mun_ocfl_validate(path, &opts, ocfl_problem, k, &v, e);
}

static int check_premis(struct check *k, const char *path, struct mun_err *e)
{
	struct mun_premis_verdict v;
	mun_autofree char *xml = NULL;
	size_t len;
	int rc;

	k->premis = path;
	rc = mun_file_read(path, MUN_PREMIS_MAX, &xml, &len, e);
	return rc ? rc
		  : mun_premis_lint_sandboxed(xml, len, premis_problem, k, &v,
					      e);
}

static int check_all(struct check *k, struct mun_err *e)
{
	mun_auto(repo) *repo = NULL;
	struct mun_ingest_env env;
	int rc;

	rc = mun_repo_open(k->c, MUN_REPO_STORE | MUN_REPO_CATALOG, &repo, e);
	if (!rc)
		rc = mun_repo_ingest_env(k->c, repo, &env, e);
	if (!rc)
		rc = mun_check_repository(&env, mun_cli_flag(k->c, "content"),
					  repo_problem, k, e);
	return rc;
}

static int run(struct check *k, struct mun_err *e)
{
	const char *ocfl = mun_cli_text(k->c, "ocfl");
	const char *premis = mun_cli_text(k->c, "premis");

	if (ocfl)
		return check_ocfl(k, ocfl, e);
	return premis ? check_premis(k, premis, e) : check_all(k, e);
}

int mun_cmd_check(struct mun_cli *c)
{
	struct check k = { .c = c };
	struct mun_jsonw w;
	struct mun_err e;
	int status = MUN_EXIT_DONE;

	if (mun_cli_text(c, "ocfl") && mun_cli_text(c, "premis"))
		return mun_cli_usage(c, "give either --ocfl or --premis");
	if (mun_cli_flag(c, "json")) {
		k.w = &w;
		mun_cli_json_begin(&w);
		mun_jsonw_array(&w, "problems");
	}
	if (run(&k, &e))
		status = mun_cli_error(c, &e);
	else if (k.errors)
		status = MUN_EXIT_DAMAGE;
	if (k.w) {
		mun_jsonw_end_array(&w);
		return mun_cli_json_end(c, &w, status);
	}
	if (status == MUN_EXIT_DONE)
		(void)printf("no errors, %ju warnings\n",
			     (uintmax_t)k.warnings);
	else if (status == MUN_EXIT_DAMAGE)
		(void)printf("%ju errors, %ju warnings\n", (uintmax_t)k.errors,
			     (uintmax_t)k.warnings);
	return status;
}
