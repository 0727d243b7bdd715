/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_report.c - muniment report */
#include "audit/report.h"
#include "catalog/evidence.h"
#include "cli/cli.h"
#include "core/arena.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct report {
	struct mun_cli *c;
	struct mun_repo *repo;
	struct mun_report_request q;
	struct mun_ledger_verdict verdict;
	struct mun_arena *arena; /* of the problems */
	struct mun_report_problem *problems;
};

/* The options, and the words that they may hold: 0 or an exit status. */
static int options(struct report *r)
{
	const char *period = mun_cli_text(r->c, "period");
	const char *for_whom = mun_cli_text(r->c, "for");
	const char *format = mun_cli_text(r->c, "format");
	const char *dir = mun_cli_text(r->c, "output");
	struct mun_err e;
	int rc = 0;

	if (!period)
		return mun_cli_usage(r->c, "report needs --period: 2026, "
					   "2026-Q3, 2026-07 or FROM..TO");
	rc = mun_period_parse(period, &r->q.period, &e);
	if (!rc && for_whom)
		rc = mun_report_for_parse(for_whom, &r->q.for_whom, &e);
	if (!rc)
		rc = mun_report_formats_parse(format ? format : "html",
					      &r->q.formats, &e);
	if (rc)
		return mun_cli_usage(r->c, "%s", e.lines[0].text);
	r->q.dir = dir ? dir : ".";
	r->q.previous = mun_cli_text(r->c, "previous");
	r->q.program_version = mun_version;
	return 0;
}

/* With the ledger, so that it covers the fact that this report was made; a
 * repository that cannot be written, or whose ledger does not fit, is reported
 * on all the same. */
static int open_repo(struct report *r, struct mun_err *e)
{
	char text[1024];
	int rc;

	if (mun_cli_flag(r->c, "dry-run"))
		return mun_repo_open(r->c, MUN_REPO_CATALOG, &r->repo, e);
	rc = mun_repo_open(r->c, MUN_REPO_EVIDENCE, &r->repo, e);
	if (!rc || rc == MUN_ENOENT)
		return rc;
	mun_log(MUN_LOG_WARN, "the ledger will not know of this report: %s",
		mun_err_text(e, text, sizeof(text), r->c->verbose));
	return mun_repo_open(r->c, MUN_REPO_CATALOG, &r->repo, e);
}

static void problem(void *ctx, const struct mun_ledger_problem *p)
{
	struct report *r = ctx;
	struct mun_report_problem *x;

	/* Not a disagreement: what is not written yet is written next. */
	if (strcmp(p->code, "ledger-behind") == 0)
		return;
	x = mun_arena_grow(r->arena, r->problems, r->q.nproblems, sizeof(*x));
	/* Told when the comparison has ended. */
	if (!x)
		return;
	r->problems = x;
	x += r->q.nproblems++;
	x->code = mun_arena_strdup(r->arena, p->code);
	x->where = mun_arena_strdup(r->arena, p->where);
	x->text = mun_arena_strdup(r->arena, p->text);
}

static int compare(struct report *r, struct mun_err *e)
{
	const char *ca = mun_conf_get(r->repo->conf, "tsa-ca");
	const struct mun_ledger_check how = {
		.tsa_ca = ca && *ca ? ca : NULL,
		.progress = &r->c->progress,
	};
	int rc = mun_arena_new(&r->arena, e);

	if (rc)
		return rc;
	rc = mun_catalog_compare(r->repo->catalog, r->repo->ledger_path, &how,
				 problem, r, &r->verdict, e);
	if (!rc)
		rc = mun_arena_failed(r->arena, e);
	if (rc == MUN_ENOENT) {
		mun_log(MUN_LOG_WARN, "there is no ledger to compare with");
		r->q.nproblems = 0;
		return 0;
	}
	r->q.ledger = &r->verdict;
	r->q.problems = r->problems;
	return rc;
}

static int print(const struct report *r, const struct mun_report_made *made)
{
	struct mun_jsonw w;

	if (!mun_cli_flag(r->c, "json")) {
		(void)printf("%s\nsha256 %s\n", made->folder, made->digest);
		return MUN_EXIT_DONE;
	}
	mun_cli_json_begin(&w);
	mun_jsonw_text(&w, "folder", made->folder);
	mun_jsonw_text(&w, "digest", made->digest);
	mun_jsonw_bool(&w, "damage", made->damage);
	return mun_cli_json_end(r->c, &w, MUN_EXIT_DONE);
}

static int make(struct report *r)
{
	struct mun_report_made made = { 0 };
	struct mun_err e;
	int status;
	int rc = 0;

	r->q.conf = r->repo->conf;
	r->q.operator_name = mun_repo_operator(r->c, r->repo);
	if (mun_cli_flag(r->c, "dry-run")) {
		(void)printf("a report of %s would be made in '%s'\n",
			     r->q.period.name, r->q.dir);
		return MUN_EXIT_DONE;
	}
	if (!mun_cli_flag(r->c, "no-ledger"))
		rc = compare(r, &e);
	if (!rc)
		rc = mun_report_make(r->repo->catalog, &r->q, &made, &e);
	if (rc)
		return mun_cli_error(r->c, &e);
	status = print(r, &made);
	free(made.folder);
	return !status && made.damage ? MUN_EXIT_DAMAGE : status;
}

int mun_cmd_report(struct mun_cli *c)
{
	struct report r = { .c = c };
	struct mun_err e;
	int status = options(&r);

	if (status)
		return status;
	status = open_repo(&r, &e) ? mun_cli_error(c, &e) : make(&r);
	mun_repo_free(r.repo);
	mun_arena_free(r.arena);
	return status;
}
