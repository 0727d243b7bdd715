/* SPDX-License-Identifier: Apache-2.0 */
/* cli/ingest_loop.c - muniment ingest DEVICE --loop */
#include "cli/ingest_loop.h"

#include "cli/batch_files.h"
#include "cli/batch_print.h"
#include "cli/ingested.h"
#include "core/parse.h"
#include "core/str.h"
#include "ingest/loop.h"
#include "medium/flux.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define POLL_MS 1000
#define COMMAND_MS 600000u
#define READY_MS 120000u

struct run {
	struct mun_cli *c;
	struct mun_repo *r;
	struct mun_batch b;
	struct mun_loop l;
	char *batches;
	char *media_lock;
	struct mun_report_names report;
};

static const char *const only_loop[] = {
	"csv",          "barcode",        "label-pattern",   "count",
	"load-command", "unload-command", "command-timeout", "no-eject",
	"on-held",      "report",         "retry-failed",    "answer",
};

int mun_loop_usage(const struct mun_cli *c)
{
	const char *drive;

	if (!mun_cli_flag(c, "loop")) {
		for (size_t i = 0; i < sizeof(only_loop) / sizeof(*only_loop);
		     i++) {
			if (mun_cli_list(c, only_loop[i])->n)
				return mun_cli_usage(c, "--%s wants --loop",
						     only_loop[i]);
		}
		return 0;
	}
	if (c->nargs != 1)
		return mun_cli_usage(c, "--loop is of one drive: give one "
					"SOURCE");
	if (mun_flux_is_source(c->args[0], &drive))
		return mun_cli_usage(c,
				     "gw does not tell when another disk is "
				     "in: no --loop with '%s'",
				     c->args[0]);
	if (mun_cli_text(c, "label") || mun_cli_text(c, "expect") ||
	    mun_cli_text(c, "map") || mun_cli_text(c, "merge") ||
	    mun_cli_flag(c, "dry-run"))
		return mun_cli_usage(c, "--label, --map, --merge, --expect and "
					"--dry-run are of one medium, not of a "
					"--loop");
	if (mun_cli_text(c, "csv") && mun_cli_text(c, "label-pattern"))
		return mun_cli_usage(c, "labels come from --csv or from "
					"--label-pattern");
	if (!mun_cli_text(c, "csv") &&
	    (mun_cli_list(c, "answer")->n || mun_cli_flag(c, "retry-failed")))
		return mun_cli_usage(c, "--answer and --retry-failed are of "
					"rows: give --csv FILE");
	return 0;
}

static int number(const struct mun_cli *c, const char *name, uint64_t max,
		  uint64_t *out)
{
	const char *text = mun_cli_text(c, name);
	struct mun_err why;

	if (!text || !mun_parse_u64(text, 1, max, out, &why))
		return 0;
	return mun_cli_usage(c, "--%s is a number from 1 on, not '%s'", name,
			     text);
}

static int duration_ms(const struct mun_cli *c, const char *name,
		       unsigned int *out)
{
	const char *text = mun_cli_text(c, name);
	struct mun_err why;
	uint64_t sec = 0;

	if (!text)
		return 0;
	if (mun_parse_duration(text, &sec, &why) || !sec || sec > 86400)
		return mun_cli_usage(c,
				     "--%s is a duration up to a day, e.g. "
				     "90s or 5m, not '%s'",
				     name, text);
	*out = (unsigned int)sec * 1000;
	return 0;
}

static int options(struct run *run)
{
	const struct mun_cli *c = run->c;
	struct mun_loop *l = &run->l;
	uint64_t count = 0;
	struct mun_err e;
	int status = number(c, "count", SIZE_MAX, &count);

	l->count = (size_t)count;
	l->command_ms = COMMAND_MS;
	l->ready_ms = READY_MS;
	l->poll_ms = POLL_MS;
	if (!status)
		status = duration_ms(c, "command-timeout", &l->command_ms);
	if (!status)
		status = mun_batch_options(c, &run->b);
	if (!status && l->pattern && mun_loop_pattern_check(l->pattern, &e))
		status = mun_cli_usage(c, "--label-pattern: %s",
				       e.lines[0].text);
	return status;
}

static void tell(void *ctx, enum mun_loop_word word, size_t line,
		 const char *text)
{
	const struct run *run = ctx;
	const char *device = run->l.device;
	char row[48] = "";

	if (line)
		(void)snprintf(row, sizeof(row), " (line %zu)", line);
	switch (word) {
	case MUN_LOOP_INSERT:
		mun_log(MUN_LOG_INFO, "'%s' waits for a medium%s%s%s%s", device,
			*text ? ": '" : "", text, *text ? "'" : "", row);
		break;
	case MUN_LOOP_REMOVE:
		mun_log(MUN_LOG_INFO, "please take the medium out of '%s'",
			text);
		break;
	case MUN_LOOP_AGAIN:
		mun_log(MUN_LOG_WARN,
			"that is the medium of before: '%s'%s still waits",
			text, row);
		break;
	case MUN_LOOP_BARCODE:
		mun_log(MUN_LOG_WARN,
			line ? "barcode '%s'%s has nothing to do: it was done, "
			       "or another drive has it"
			     : "barcode '%s'%s is in no row",
			text, row);
		break;
	}
}

static int read_barcode(void *ctx, char **out, struct mun_err *e)
{
	struct run *run = ctx;

	for (;;) {
		int rc;

		mun_log(MUN_LOG_INFO,
			"barcode of the next medium in '%s':", run->l.device);
		rc = mun_read_line(out, e);
		if (rc <= 0)
			return rc;
		if (**out && mun_text_is_clean(*out, ""))
			return 1;
		/* An empty line, or what no scanner sends. */
		free(*out);
		*out = NULL;
	}
}

/* Without a file of rows: an empty plan, to which the loop adds. */
static int empty_plan(struct run *run, struct mun_err *e)
{
	struct mun_arena *a = NULL;
	int rc = mun_arena_new(&a, e);

	if (rc)
		return rc;
	run->b.plan = mun_arena_alloc(a, sizeof(*run->b.plan));
	if (!run->b.plan) {
		mun_arena_free(a);
		return mun_fail_nomem(e, "plan of a loop");
	}
	run->b.plan->arena = a;
	run->b.plan->path = "";
	run->b.plan->name = "loop";
	return 0;
}

static int plan_of_file(struct run *run, const char *csv,
			const struct mun_ingest_request *base,
			struct mun_err *e)
{
	const struct mun_batch_defaults d = {
		.collection = base->collection,
		.media_type = base->media_type,
		.operator_name = base->operator_name,
		.write_blocker = base->write_blocker,
		.platform = base->platform,
		.rescue = base->rescue,
	};
	int rc = mun_batch_plan_load(csv, &d, run->r->catalog, &run->b.plan, e);

	if (!rc)
		rc = mun_batch_journal_open(run->batches, NULL, run->b.plan,
					    true, &run->b.journal, e);
	return rc;
}

static int open_plan(struct run *run, const struct mun_ingest_request *base,
		     struct mun_err *e)
{
	const char *csv = mun_cli_text(run->c, "csv");
	int rc = mun_repo_batches(run->r, &run->batches, e);

	run->l.numbers = run->batches;
	if (!rc)
		rc = mun_repo_media_lock(run->r, &run->media_lock, e);
	run->b.media_lock = run->media_lock;
	if (!rc)
		rc = csv ? plan_of_file(run, csv, base, e) : empty_plan(run, e);
	return rc ? rc : mun_batch_begin(&run->b, e);
}

static int print_json(struct run *run, int status)
{
	struct mun_jsonw w;
	struct mun_err e;

	mun_cli_json_begin(&w);
	mun_jsonw_array(&w, "objects");
	mun_jsonw_end_array(&w);
	mun_jsonw_text(&w, "ended", run->l.ended ? run->l.ended : "error");
	if (mun_batch_json(&w, "media", &run->b, &e))
		status = mun_cli_error(run->c, &e);
	if (run->report.html[0]) {
		mun_jsonw_array(&w, "report");
		mun_jsonw_text(&w, NULL, run->report.csv);
		mun_jsonw_text(&w, NULL, run->report.html);
		mun_jsonw_end_array(&w);
	}
	return mun_cli_json_end(run->c, &w, status);
}

/* Rows that wait for another day are no failure of a loop. */
static int status_of(const struct mun_batch_counts *n)
{
	struct mun_batch_counts media = *n;

	media.none = 0;
	return mun_batch_status(&media);
}

static int finish(struct run *run, int rc, struct mun_err *e)
{
	struct mun_batch_counts n;
	struct mun_err why;
	int status = rc ? mun_cli_error(run->c, e) : MUN_EXIT_DONE;

	if (mun_report_batch(run->c, &run->b, run->r, rc != 0, &run->report,
			     &why))
		status = mun_cli_error(run->c, &why);
	if (mun_batch_count(&run->b, &n, &why))
		return mun_cli_error(run->c, &why);
	status = mun_exit_worse(status, status_of(&n));
	if (mun_cli_flag(run->c, "json"))
		return print_json(run, status);
	mun_batch_summary(&n);
	if (run->report.html[0])
		(void)printf("report: %s\n", run->report.html);
	return status;
}

static int loop(struct run *run, const struct mun_ingest_request *base)
{
	bool skip = run->l.rows;
	struct mun_err e;

	if (open_plan(run, base, &e))
		return mun_cli_error(run->c, &e);
	if (skip && run->b.plan->nproblems) {
		mun_batch_problems(run->b.plan);
		mun_log(MUN_LOG_ERROR, "nothing was begun");
		return MUN_EXIT_FAILED;
	}
	return finish(run, mun_loop_run(&run->l, &e), &e);
}

int mun_cli_loop(struct mun_cli *c, struct mun_repo *r,
		 const struct mun_ingest_env *env,
		 const struct mun_ingest_request *base)
{
	struct run run = { .c = c, .r = r };
	int status;

	run.b.env = env;
	run.b.retry_failed = mun_cli_flag(c, "retry-failed");
	run.l = (struct mun_loop){
		.batch = &run.b,
		.device = c->args[0],
		.base = base,
		.rows = mun_cli_text(c, "csv") != NULL,
		.barcode = mun_cli_flag(c, "barcode"),
		.pattern = mun_cli_text(c, "label-pattern"),
		.keep_in = mun_cli_flag(c, "no-eject"),
		.load_command = mun_cli_text(c, "load-command"),
		.unload_command = mun_cli_text(c, "unload-command"),
		.read_barcode = read_barcode,
		.tell = tell,
		.ctx = &run,
	};
	status = options(&run);
	if (!status) {
		mun_batch_talk(c, &run.b);
		status = loop(&run, base);
	}
	mun_batch_clear(&run.b);
	mun_batch_journal_close(run.b.journal);
	mun_batch_plan_free(run.b.plan);
	free(run.batches);
	free(run.media_lock);
	free(run.b.answers);
	return status;
}
