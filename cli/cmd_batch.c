/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_batch.c - muniment batch */
#include "cli/batch_files.h"
#include "cli/batch_print.h"
#include "cli/capture_opts.h"
#include "cli/ingested.h"

#include <stdio.h>
#include <string.h>

struct run {
	struct mun_cli *c;
	struct mun_repo *r;
	struct mun_ingest_env env;
	struct mun_batch b;
	char *media_lock;
	bool dry_run;
	bool report_failed;
	struct mun_report_names report;
};

static int problems(const struct run *run)
{
	const struct mun_batch_plan *p = run->b.plan;
	size_t bad = 0;

	for (size_t i = 0; i < p->nrows; i++)
		bad += p->rows[i].bad;
	if (!bad)
		return MUN_EXIT_DONE;
	mun_batch_problems(p);
	if (mun_cli_flag(run->c, "skip-bad-rows"))
		return MUN_EXIT_DONE;
	mun_log(MUN_LOG_ERROR,
		"%zu of %zu rows cannot be done; %s: put them right, or do the "
		"others with --skip-bad-rows",
		bad, p->nrows,
		run->dry_run ? "nothing would be begun" : "nothing was begun");
	return MUN_EXIT_FAILED;
}

/* What is taken for what: told before an hour of reading. */
static void columns(const struct run *run)
{
	const struct mun_batch_plan *p = run->b.plan;

	if (p->delimiter != ',')
		mun_log(MUN_LOG_INFO, "columns are separated by %s",
			p->delimiter == ';' ? "semicolons" : "tabs");
	for (size_t i = 0; i < p->nnotes; i++)
		mun_log(MUN_LOG_INFO, "column '%s' is kept as notes",
			p->notes[i]);
	if (run->b.ngone)
		mun_log(MUN_LOG_INFO,
			"%zu rows that were begun or done are not in the file "
			"any more: they were changed or removed",
			run->b.ngone);
}

static int answers_fit(const struct run *run)
{
	const struct mun_batch *b = &run->b;

	for (size_t i = 0; i < b->nanswers; i++) {
		size_t k = 0;

		while (k < b->plan->nrows &&
		       b->plan->rows[k].line != b->answers[i].line)
			k++;
		if (k == b->plan->nrows)
			return mun_cli_usage(run->c,
					     "--answer: no row begins at line "
					     "%zu",
					     b->answers[i].line);
	}
	return 0;
}

static int open_plan(struct run *run, struct mun_err *e)
{
	struct mun_cli *c = run->c;
	mun_autofree char *dir = NULL;
	struct mun_batch_defaults d = {
		.collection = mun_cli_text(c, "collection"),
		.media_type = mun_cli_text(c, "media"),
		.platform = mun_cli_text(c, "platform"),
		.operator_name = mun_repo_operator(c, run->r),
		.write_blocker = mun_cli_text(c, "write-blocker"),
		.need_source = true,
	};
	int rc;

	if (mun_capture_policy(c, &d.rescue))
		return MUN_EINVAL; /* looked at before */
	rc = mun_batch_plan_load(c->args[0], &d, run->r->catalog, &run->b.plan,
				 e);
	if (!rc)
		rc = mun_repo_batches(run->r, &dir, e);
	if (!rc)
		rc = mun_batch_journal_open(dir, mun_cli_text(c, "name"),
					    run->b.plan, !run->dry_run,
					    &run->b.journal, e);
	if (!rc && !run->dry_run)
		rc = mun_repo_media_lock(run->r, &run->media_lock, e);
	run->b.media_lock = run->media_lock;
	if (!rc)
		rc = mun_batch_begin(&run->b, e);
	return rc ? rc : mun_batch_check(&run->b, e);
}

/* Also where it was interrupted: what was done is told. */
static int finish(struct run *run, int rc, struct mun_err *e)
{
	struct mun_batch_counts n;
	struct mun_err why;
	int status = rc ? mun_cli_error(run->c, e) : MUN_EXIT_DONE;

	if (mun_report_batch(run->c, &run->b, run->r, rc != 0, &run->report,
			     &why)) {
		status = mun_cli_error(run->c, &why);
		run->report_failed = true;
	}
	if (mun_batch_count(&run->b, &n, &why))
		return mun_cli_error(run->c, &why);
	if (rc)
		mun_log(MUN_LOG_INFO,
			"interrupted: %zu of %zu rows not begun; the same "
			"command goes on",
			n.none, n.rows);
	if (!mun_cli_flag(run->c, "json")) {
		mun_batch_summary(&n);
		if (!run->report_failed)
			(void)printf("report: %s\n", run->report.html);
	}
	return mun_exit_worse(status, mun_batch_status(&n));
}

static int print_json(struct run *run, int status)
{
	const struct mun_batch *b = &run->b;
	const struct mun_batch_plan *p = b->plan;
	struct mun_jsonw w;
	struct mun_err e;

	mun_cli_json_begin(&w);
	mun_jsonw_text(&w, "batch", mun_batch_journal_name(b->journal));
	mun_jsonw_text(&w, "csv", p->path);
	mun_jsonw_bool(&w, "dry_run", run->dry_run);
	mun_jsonw_bool(&w, "interrupted", mun_cancelled());
	if (mun_batch_json(&w, "rows", b, &e))
		status = mun_cli_error(run->c, &e);
	mun_jsonw_array(&w, "problems");
	for (size_t i = 0; i < p->nproblems; i++) {
		mun_jsonw_object(&w, NULL);
		mun_jsonw_u64(&w, "line", p->problems[i].line);
		mun_jsonw_text(&w, "text", p->problems[i].text);
		mun_jsonw_end_object(&w);
	}
	mun_jsonw_end_array(&w);
	mun_jsonw_array(&w, "notes");
	for (size_t i = 0; i < p->nnotes; i++)
		mun_jsonw_text(&w, NULL, p->notes[i]);
	mun_jsonw_end_array(&w);
	mun_jsonw_u64(&w, "gone", b->ngone);
	if (run->report.html[0]) {
		mun_jsonw_array(&w, "report");
		mun_jsonw_text(&w, NULL, run->report.csv);
		mun_jsonw_text(&w, NULL, run->report.html);
		mun_jsonw_end_array(&w);
	}
	return mun_cli_json_end(run->c, &w, status);
}

static int dry_run(const struct run *run, int status)
{
	struct mun_batch_counts n;
	struct mun_err e;

	if (mun_batch_count(&run->b, &n, &e))
		return mun_cli_error(run->c, &e);
	if (!mun_cli_flag(run->c, "json"))
		mun_batch_summary(&n);
	return status;
}

static int with_plan(struct run *run)
{
	struct mun_err e;
	int status;

	columns(run);
	status = answers_fit(run);
	if (status)
		return status;
	status = problems(run);
	if (run->dry_run)
		status = dry_run(run, status);
	else if (status == MUN_EXIT_DONE)
		status = finish(run, mun_batch_run(&run->b, &e), &e);
	return mun_cli_flag(run->c, "json") ? print_json(run, status) : status;
}

static int with_repo(struct run *run)
{
	struct mun_err e;
	int status;

	if (mun_repo_ingest_env(run->c, run->r, &run->env, &e))
		return mun_cli_error(run->c, &e);
	run->env.conf = run->r->conf;
	run->b.env = &run->env;
	run->b.retry_failed = mun_cli_flag(run->c, "retry-failed");
	mun_batch_talk(run->c, &run->b);
	status =
		open_plan(run, &e) ? mun_cli_error(run->c, &e) : with_plan(run);
	mun_batch_clear(&run->b);
	mun_batch_journal_close(run->b.journal);
	mun_batch_plan_free(run->b.plan);
	free(run->media_lock);
	return status;
}

int mun_cmd_batch(struct mun_cli *c)
{
	struct run run = { .c = c, .dry_run = mun_cli_flag(c, "dry-run") };
	struct mun_rescue_policy policy;
	struct mun_err e;
	int status = mun_capture_policy(c, &policy);

	if (!status)
		status = mun_batch_options(c, &run.b);
	if (!status &&
	    mun_repo_open(c, MUN_REPO_STORE | MUN_REPO_EVIDENCE, &run.r, &e))
		status = mun_cli_error(c, &e);
	else if (!status)
		status = with_repo(&run);
	mun_repo_free(run.r);
	free(run.b.answers);
	return status;
}
