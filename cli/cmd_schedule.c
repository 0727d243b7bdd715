/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cmd_schedule.c - muniment schedule forecast, install, status, remove */
#include "audit/forecast.h"
#include "audit/timer.h"
#include "cli/cli.h"
#include "cli/custodian.h"
#include "core/clock.h"
#include "core/parse.h"
#include "core/str.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A forecast beyond this is "never": years after which nobody plans. */
#define NEVER_TEXT "never at this rate"

static void when(int64_t ms, char out[static MUN_TIME_LEN], const char *never)
{
	(void)snprintf(out, MUN_TIME_LEN, "%s", never);
	if (ms != INT64_MAX)
		mun_time_text(ms, out);
}

static void forecast_json(struct mun_jsonw *w,
			  const struct mun_store_forecast *s)
{
	char done[MUN_TIME_LEN];
	char next[MUN_TIME_LEN];

	when(s->f.done, done, "");
	when(s->next_due, next, "");
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "store", s->store);
	mun_jsonw_bool(w, "unavailable", s->away);
	mun_jsonw_bool(w, "paused", s->paused);
	mun_jsonw_u64(w, "objects", s->f.items);
	mun_jsonw_u64(w, "bytes", s->f.bytes);
	mun_jsonw_u64(w, "overdue_objects", s->f.overdue_items);
	mun_jsonw_u64(w, "overdue_bytes", s->f.overdue_bytes);
	mun_jsonw_text(w, "next_due", next);
	mun_jsonw_bool(w, "rate_measured", s->measured);
	mun_jsonw_u64(w, "rate", (uint64_t)s->rate);
	mun_jsonw_text(w, "done", done);
	mun_jsonw_u64(w, "late_objects", s->f.late_items);
	mun_jsonw_i64(w, "worst_late_seconds", s->f.worst_late / 1000);
	if (s->f.rate_needed <= 1e15)
		mun_jsonw_u64(w, "rate_needed", (uint64_t)s->f.rate_needed);
	else
		mun_jsonw_null(w, "rate_needed");
	mun_jsonw_u64(w, "load_percent",
		      s->f.load < 1e6 ? (uint64_t)(s->f.load * 100.0 + 0.5)
				      : 100000000);
	mun_jsonw_end_object(w);
}

static void forecast_text(const struct mun_store_forecast *s)
{
	char bytes[16];
	char rate[16];
	char needed[16];
	char done[MUN_TIME_LEN];
	char next[MUN_TIME_LEN];

	mun_human_bytes(s->f.bytes, bytes);
	mun_human_bytes((uint64_t)s->rate, rate);
	when(s->f.done, done, "never");
	when(s->next_due, next, "never");
	(void)printf("store %s%s: %" PRIu64 " objects, %s, each every %" PRIu64
		     " days\n",
		     s->store,
		     s->away     ? " (away)"
		     : s->paused ? " (paused)"
				 : "",
		     s->f.items, bytes, s->policy.every / 86400);
	(void)printf("  next due %s; overdue now: %" PRIu64 " objects\n", next,
		     s->f.overdue_items);
	(void)printf("  at %s/s (%s) everything is verified by %s\n", rate,
		     s->measured ? "measured" : "assumed: nothing measured yet",
		     s->f.done == INT64_MAX ? NEVER_TEXT : done);
	if (s->f.late_items)
		(void)printf("  %" PRIu64 " objects will be late, the worst by "
			     "%" PRId64 " hours\n",
			     s->f.late_items, s->f.worst_late / 3600000);
	if (s->f.rate_needed > 1e15) {
		(void)printf("  no rate would do: the window is too short\n");
		return;
	}
	mun_human_bytes((uint64_t)s->f.rate_needed, needed);
	(void)printf("  needed: %s/s; the window is used to %.0f %%\n", needed,
		     s->f.load * 100.0);
}

static void print_forecast(void *ctx, const struct mun_store_forecast *s)
{
	if (ctx)
		forecast_json(ctx, s);
	else
		forecast_text(s);
}

static int forecast(struct mun_cli *c, struct mun_err *e)
{
	struct mun_jsonw *w = NULL;
	struct mun_jsonw json;
	struct mun_cli_custody y;
	int rc = mun_cli_custody_open(c, SIZE_MAX, false, &y, e);

	if (rc)
		return rc;
	if (mun_cli_flag(c, "json")) {
		w = &json;
		mun_cli_json_begin(w);
		mun_jsonw_array(w, "stores");
	}
	rc = mun_forecast_stores(&y.k, print_forecast, w, e);
	mun_cli_custody_close(&y);
	if (w) {
		mun_jsonw_end_array(w);
		if (mun_cli_json_end(c, w, 0) && !rc)
			rc = mun_fail(e, MUN_EIO, "output");
	}
	return rc;
}

/* All that a timer is made of; the texts belong to it. */
struct timer {
	struct mun_timer t;
	struct mun_cli_custody y;
	char program[PATH_MAX];
	char repository[PATH_MAX];
	struct mun_window *windows;
	const char **stores;
	char *metrics_dir;
	const char *writable[1];
};

static int facts(struct timer *m, struct mun_err *e)
{
	const struct mun_holdings *h = m->y.holdings;
	int rc = 0;

	m->windows = calloc(h->n + 1, sizeof(*m->windows));
	m->stores = calloc(h->n + 1, sizeof(*m->stores));
	if (!m->windows || !m->stores)
		return mun_fail_nomem(e, "schedule");
	for (size_t i = 0; i < h->n && !rc; i++) {
		struct mun_policy p;

		rc = mun_policy_get(m->y.repo->conf, h->of[i].name, "", &p, e);
		m->windows[m->t.nwindows++] = p.window;
		m->t.repair |= p.repair;
		if (i)
			m->stores[m->t.nstores++] = h->of[i].path;
	}
	m->t.windows = m->windows;
	m->t.stores = m->stores;
	return rc;
}

static bool is_set(const struct mun_conf *c, const char *key)
{
	const char *value = mun_conf_get(c, key);

	return value && *value;
}

static int metrics_dir(struct timer *m, struct mun_err *e)
{
	const char *file = mun_conf_get(m->y.repo->conf, "metrics-file");
	const char *slash = file ? strrchr(file, '/') : NULL;
	int rc;

	if (!slash || slash == file)
		return 0;
	rc = mun_fmt(&m->metrics_dir, e, "%.*s", (int)(slash - file), file);
	m->writable[0] = m->metrics_dir;
	m->t.writable = m->writable;
	m->t.nwritable = !rc;
	return rc;
}

static int gather(struct mun_cli *c, struct timer *m, struct mun_err *e)
{
	const struct mun_conf *conf;
	struct stat st;
	ssize_t n;
	int rc = mun_cli_custody_open(c, SIZE_MAX, false, &m->y, e);

	if (rc)
		return rc;
	conf = m->y.repo->conf;
	n = readlink("/proc/self/exe", m->program, sizeof(m->program) - 1);
	if (n < 0 || !realpath(m->y.repo->path, m->repository) ||
	    stat(m->repository, &st))
		return mun_fail_sys(e, errno, "repository '%s'",
				    m->y.repo->path);
	m->program[n] = '\0';
	m->t.program = m->program;
	m->t.repository = m->repository;
	m->t.network = is_set(conf, "tsa") || is_set(conf, "webhook");
	m->t.user = mun_cli_flag(c, "user");
	m->t.uid = st.st_uid;
	m->t.gid = st.st_gid;
	rc = facts(m, e);
	return rc ? rc : metrics_dir(m, e);
}

static void forget(struct timer *m)
{
	mun_cli_custody_close(&m->y);
	free(m->windows);
	free(m->stores);
	free(m->metrics_dir);
}

static const char *const kinds[] = {
	[MUN_TIMER_NONE] = "none",
	[MUN_TIMER_SYSTEMD] = "systemd",
	[MUN_TIMER_CRON] = "cron",
};

static int print_status(struct mun_cli *c, const struct timer *m,
			struct mun_err *e)
{
	struct mun_timer_status s;
	char last[MUN_TIME_LEN];
	char next[MUN_TIME_LEN];
	struct mun_jsonw w;
	int rc = mun_timer_look(&m->t, &s, e);

	if (rc)
		return rc;
	when(s.last ? s.last : INT64_MAX, last, "");
	when(s.next ? s.next : INT64_MAX, next, "");
	if (mun_cli_flag(c, "json")) {
		mun_cli_json_begin(&w);
		mun_jsonw_text(&w, "kind", kinds[s.kind]);
		mun_jsonw_text(&w, "where", s.where ? s.where : "");
		mun_jsonw_bool(&w, "enabled", s.enabled);
		mun_jsonw_bool(&w, "differs", s.differs);
		mun_jsonw_text(&w, "last", last);
		mun_jsonw_text(&w, "next", next);
		mun_jsonw_text(&w, "result", s.result ? s.result : "");
		if (mun_cli_json_end(c, &w, 0))
			rc = mun_fail(e, MUN_EIO, "output");
	} else if (s.kind == MUN_TIMER_NONE) {
		(void)printf("nothing is installed\n");
	} else {
		(void)printf("%s: %s%s%s\n", kinds[s.kind],
			     s.where ? s.where : "",
			     s.enabled ? "" : " (not enabled)",
			     s.differs ? "; it is not what would be installed "
					 "now: install it again"
				       : "");
		if (last[0] || next[0])
			(void)printf("last run %s%s%s, next %s\n",
				     last[0] ? last : "never",
				     s.result ? ": " : "",
				     s.result ? s.result : "",
				     next[0] ? next : "unknown");
	}
	mun_timer_status_clear(&s);
	return rc;
}

static int dry_run(const struct timer *m, struct mun_err *e)
{
	mun_autofree char *service = NULL;
	mun_autofree char *timer = NULL;
	int rc;

	if (access("/run/systemd/system", F_OK)) {
		rc = mun_timer_cron(&m->t, &service, e);
		if (!rc)
			(void)printf("%s", service);
		return rc;
	}
	rc = mun_timer_service(&m->t, &service, e);
	if (!rc)
		rc = mun_timer_timer(&m->t, &timer, e);
	if (!rc)
		(void)printf("%s\n%s", service, timer);
	return rc;
}

static int change(struct mun_cli *c, const struct timer *m, bool install,
		  struct mun_err *e)
{
	enum mun_timer_kind kind;
	int rc;

	if (mun_cli_flag(c, "dry-run"))
		return install ? dry_run(m, e) : 0;
	rc = install ? mun_timer_install(&m->t, &kind, e)
		     : mun_timer_remove(&m->t, &kind, e);
	if (!rc && kind == MUN_TIMER_NONE)
		(void)printf("nothing was installed\n");
	else if (!rc)
		(void)printf("%s: %s\n", kinds[kind],
			     install ? "installed" : "removed");
	return rc;
}

int mun_cmd_schedule(struct mun_cli *c)
{
	const char *verb = c->args[0];
	struct timer m = { 0 };
	struct mun_err e;
	int rc;

	if (!strcmp(verb, "forecast")) {
		rc = forecast(c, &e);
		return rc ? mun_cli_error(c, &e) : MUN_EXIT_DONE;
	}
	if (strcmp(verb, "install") != 0 && strcmp(verb, "remove") != 0 &&
	    strcmp(verb, "status") != 0)
		return mun_cli_usage(c, "schedule forecast, install, status or "
					"remove");
	rc = gather(c, &m, &e);
	if (!rc)
		rc = !strcmp(verb, "status")
			     ? print_status(c, &m, &e)
			     : change(c, &m, !strcmp(verb, "install"), &e);
	forget(&m);
	return rc ? mun_cli_error(c, &e) : MUN_EXIT_DONE;
}
