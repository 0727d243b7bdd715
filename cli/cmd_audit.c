/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_audit.c - muniment audit */
#include "audit/metrics.h"
#include "audit/notify.h"
#include "cli/audit_print.h"
#include "cli/cli.h"
#include "cli/custodian.h"
#include "core/clock.h"
#include "core/conf_value.h"
#include "core/parse.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define MAX_THREADS 64 /* as the key audit-threads */

/* A daemon looks again at least so often: stores come back, settings change. */
#define LOOK_AGAIN_MS ((int64_t)5 * 60 * 1000)

struct audit {
	struct mun_cli *c;
	struct mun_run_request q;
	struct mun_jsonw *w; /* or NULL: text */
	bool repair;
	int status;
};

/* What was found damaged is repaired, and what was repaired is verified. */
static int repair(struct audit *a, struct mun_cli_custody *y,
		  struct mun_audit_print *p, struct mun_err *e)
{
	const struct mun_repair_request q = {
		.store = a->q.store,
		.objects = a->q.objects,
		.nobjects = a->q.nobjects,
		.by_policy = !a->repair,
	};

	return mun_print_repairs(p, &y->k, &q, e);
}

/* Signals: who must know, and the machines' view of it. */
static int signals(struct mun_cli_custody *y, const struct mun_audit_print *p,
		   struct mun_err *e)
{
	const char *metrics = mun_conf_get(y->repo->conf, "metrics-file");
	mun_auto(status) *s = NULL;
	int rc = mun_notify_runs(&y->k, p->runs, p->n, e);

	if (rc || !metrics || !*metrics)
		return rc;
	rc = mun_status_gather(y->repo->catalog, y->repo->conf, y->repo->path,
			       y->holdings, &s, e);
	return rc ? rc : mun_metrics_write(s, metrics, e);
}

static int policy_now(struct mun_cli_custody *y, struct mun_err *e)
{
	struct mun_str text = { 0 };
	int rc = mun_policy_text(y->repo->conf, &text, e);

	if (!rc)
		rc = mun_catalog_policy(y->repo->catalog,
					text.text ? text.text : "", e);
	mun_str_free(&text);
	return rc;
}

static int run(struct audit *a, struct mun_cli_custody *y,
	       struct mun_audit_print *p, struct mun_err *e)
{
	int rc = policy_now(y, e);

	if (!rc)
		rc = mun_run_audit(&y->k, &a->q, mun_print_finding,
				   mun_print_keep_run, p, e);
	if (a->w || !rc)
		mun_print_runs(p);
	/* Also what earlier runs found: a repair may have been cut short. */
	if (!rc && (a->repair || a->q.due))
		rc = repair(a, y, p, e);
	if (!rc)
		rc = signals(y, p, e);
	return rc;
}

static void say_interrupted(const struct mun_audit_print *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->runs[i].state == MUN_RUN_INTERRUPTED ||
		    p->runs[i].state == MUN_RUN_STOPPED) {
			mun_log(MUN_LOG_WARN, "interrupted; the next audit "
					      "goes on from here");
			return;
		}
}

static int audit_once(struct audit *a)
{
	struct mun_audit_print p = { .w = a->w };
	struct mun_cli_custody y;
	struct mun_err e;
	int rc = mun_cli_custody_open(a->c, 0, true, &y, &e);

	if (rc) {
		/* Still a whole document. */
		if (a->w)
			mun_print_runs(&p);
		return mun_cli_error(a->c, &e);
	}
	y.repo->stamp = true;
	a->q.objects = y.nobjects ? y.objects : NULL;
	a->q.nobjects = y.nobjects;
	rc = run(a, &y, &p, &e);
	a->status = rc ? mun_cli_error(a->c, &e) : mun_print_exit(&p);
	if (!rc)
		say_interrupted(&p);
	mun_print_clear(&p);
	mun_cli_custody_close(&y);
	return a->status;
}

static void wait_ms(int64_t ms)
{
	int64_t end = mun_clock_monotonic_ms() + ms;

	while (!mun_cancelled() && mun_clock_monotonic_ms() < end) {
		const struct timespec nap = { .tv_sec = 1 };

		(void)nanosleep(&nap, NULL);
	}
}

/* For machines without systemd or cron: what is due, for ever. */
static int daemon_loop(struct audit *a)
{
	mun_log(MUN_LOG_INFO, "auditing what is due until stopped");
	while (!mun_cancelled()) {
		(void)audit_once(a);
		(void)fflush(stdout);
		wait_ms(LOOK_AGAIN_MS);
	}
	return MUN_EXIT_DONE;
}

static int numbers(struct audit *a)
{
	const struct mun_cli *c = a->c;
	const char *threads = mun_cli_text(c, "threads");
	const char *rate = mun_cli_text(c, "rate");
	const char *limit = mun_cli_text(c, "time-limit");
	struct mun_err e;
	uint64_t n = 0;

	a->q.threads = -1;
	if (threads && mun_parse_u64(threads, 0, MAX_THREADS, &n, &e))
		return mun_cli_usage(c,
				     "--threads is a number from 0 to %d, "
				     "not '%s'",
				     MAX_THREADS, threads);
	if (threads)
		a->q.threads = (int)n;
	a->q.has_rate = rate != NULL;
	if (rate && mun_conf_parse_rate(rate, &a->q.rate, &e))
		return mun_cli_usage(c,
				     "--rate is bytes a second, like 80MiB/s, "
				     "not '%s'",
				     rate);
	if (limit && mun_parse_duration(limit, &a->q.time_limit, &e))
		return mun_cli_usage(c,
				     "--time-limit is a duration, like 2h, "
				     "not '%s'",
				     limit);
	return 0;
}

static int which(struct audit *a)
{
	const struct mun_cli *c = a->c;
	bool all = mun_cli_flag(c, "all");
	bool daemon = mun_cli_flag(c, "daemon");
	bool due = mun_cli_flag(c, "due") || daemon;

	if (!c->nargs && !all && !due)
		return mun_cli_usage(c, "audit needs OBJECT, --all or --due");
	if ((c->nargs != 0) + all + due > 1)
		return mun_cli_usage(c, "give either OBJECT, --all or --due");
	if (daemon && mun_cli_flag(c, "json"))
		return mun_cli_usage(c, "--daemon has no --json");
	a->q.due = due;
	a->q.store = mun_cli_text(c, "store");
	a->q.presence = mun_cli_flag(c, "presence");
	a->q.full = mun_cli_flag(c, "full");
	a->q.mode = mun_cli_flag(c, "direct") ? MUN_READ_DISK : MUN_READ_ONCE;
	a->repair = mun_cli_flag(c, "repair");
	return numbers(a);
}

int mun_cmd_audit(struct mun_cli *c)
{
	struct audit a = { .c = c };
	struct mun_jsonw w;
	int status = which(&a);

	if (status)
		return status;
	if (mun_cli_flag(c, "daemon"))
		return daemon_loop(&a);
	if (mun_cli_flag(c, "json")) {
		a.w = &w;
		mun_cli_json_begin(&w);
		mun_jsonw_array(&w, "findings");
	}
	status = audit_once(&a);
	return a.w ? mun_cli_json_end(c, &w, status) : status;
}
