/* SPDX-License-Identifier: Apache-2.0 */
/* audit/report_tables.c - the figures as tables, which every form is made of */
#include "audit/report_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/parse.h"

static struct mun_cell text(const char *t)
{
	return (struct mun_cell){ .kind = MUN_CELL_TEXT, .text = t };
}

static struct mun_cell time_of(const char *t)
{
	return (struct mun_cell){ .kind = *t ? MUN_CELL_TIME : MUN_CELL_NONE,
				  .text = t };
}

/* The time as text in @buf, which lives as long as the cell; none for 0 and for
 * "never". */
static struct mun_cell time_ms(int64_t ms, char buf[static MUN_TIME_LEN])
{
	if (!ms || ms == INT64_MAX)
		return (struct mun_cell){ .kind = MUN_CELL_NONE };
	mun_time_text(ms, buf);
	return (struct mun_cell){ .kind = MUN_CELL_TIME, .text = buf };
}

static struct mun_cell count(uint64_t n)
{
	return (struct mun_cell){ .kind = MUN_CELL_COUNT, .n = n };
}

static struct mun_cell bytes(uint64_t n)
{
	return (struct mun_cell){ .kind = MUN_CELL_BYTES, .n = n };
}

static struct mun_cell seconds(uint64_t n)
{
	return (struct mun_cell){ .kind = MUN_CELL_SECONDS, .n = n };
}

static struct mun_cell truth(bool is)
{
	return (struct mun_cell){ .kind = MUN_CELL_BOOL, .n = is };
}

static const struct mun_cell none = { .kind = MUN_CELL_NONE };

/* Seconds, or nothing for "never". */
static struct mun_cell interval(uint64_t every)
{
	return every ? seconds(every) : none;
}

static uint64_t positive_seconds(int64_t ms)
{
	return ms > 0 ? (uint64_t)ms / 1000 : 0;
}

static int fact(const struct mun_table *t, const struct mun_sink *to,
		const char *key, const char *title, struct mun_cell value,
		struct mun_err *e)
{
	const struct mun_cell cells[] = { text(key), text(title), value };

	return to->row(to->ctx, t, cells, e);
}

struct keyed_fact {
	const char *key;
	const char *title;
	struct mun_cell value;
};

static int put_facts(const struct mun_table *t, const struct mun_sink *to,
		     const struct keyed_fact *all, size_t n, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i++)
		rc = fact(t, to, all[i].key, all[i].title, all[i].value, e);
	return rc;
}

static int header_rows(const struct mun_figures *f, const struct mun_table *t,
		       const struct mun_sink *to, struct mun_err *e)
{
	const struct mun_report_request *q = f->q;
	char from[MUN_TIME_LEN];
	char until[MUN_TIME_LEN];
	char as_of[MUN_TIME_LEN];
	char made[MUN_TIME_LEN];
	const struct keyed_fact all[] = {
		{ "repository", "Repository",
		  text(mun_conf_get(q->conf, "name")) },
		{ "repository_id", "Identifier", text(f->repository) },
		{ "period", "Period", text(q->period.name) },
		{ "from", "From", time_ms(q->period.from, from) },
		{ "until", "Until (exclusive)", time_ms(q->period.to, until) },
		{ "as_of", "State as of", time_ms(f->as_of, as_of) },
		{ "complete", "The period is over",
		  truth(q->period.to <= f->made) },
		{ "made", "Made", time_ms(f->made, made) },
		{ "made_by", "Made by", text(q->operator_name) },
		{ "program", "Program", text("muniment") },
		{ "program_version", "Version", text(q->program_version) },
		{ "for", "Arranged for",
		  text(mun_report_for_name(q->for_whom)) },
		{ "digests", "Digests taken of what comes in",
		  text(mun_conf_get(q->conf, "digests")) },
		{ "tree", "Verified by",
		  text("SHA-256 hash tree (BEP 52), 1 MiB pieces") },
		{ "stores", "Stores", count(f->nstores) },
		{ "policy", "Policy in force today", text(f->policy_text) },
		{ "policy_changes", "Changes of it recorded in the period",
		  count(f->counts.policies) },
	};

	return put_facts(t, to, all, MUN_COUNT(all), e);
}

static void window_text(const struct mun_window *w, char *out, size_t size)
{
	if (w->from == w->to)
		(void)snprintf(out, size, "always");
	else
		(void)snprintf(out, size, "%02u:%02u-%02u:%02u", w->from / 60u,
			       w->from % 60u, w->to / 60u, w->to % 60u);
}

static int policy_rows(const struct mun_figures *f, const struct mun_table *t,
		       const struct mun_sink *to, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < f->ngroups && !rc; i++) {
		const struct mun_figures_group *g = &f->groups[i];
		const struct mun_policy *p = &g->policy;
		char window[24];
		char parity[16];
		const struct mun_cell cells[] = {
			text(f->stores[g->store].name),
			text(g->collection),
			interval(p->every),
			interval(p->presence_every),
			text(window),
			p->rate ? bytes(p->rate) : none,
			text(p->full ? "full" : "tree"),
			count(p->copies),
			text(parity),
		};

		window_text(&p->window, window, sizeof(window));
		(void)snprintf(parity, sizeof(parity), "%g", p->parity);
		rc = to->row(to->ctx, t, cells, e);
	}
	return rc;
}

static int policy_change_rows(const struct mun_figures *f,
			      const struct mun_table *t,
			      const struct mun_sink *to, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < f->npolicies && !rc; i++) {
		const struct mun_figures_policy *p = &f->policies[i];
		const struct mun_cell cells[] = {
			time_of(p->at),
			truth(strcmp(p->at, f->span.from) >= 0),
			text(p->text),
		};

		rc = to->row(to->ctx, t, cells, e);
	}
	return rc;
}

static int store_rows(const struct mun_figures *f, const struct mun_table *t,
		      const struct mun_sink *to, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < f->nstores && !rc; i++) {
		const struct mun_figures_store *s = &f->stores[i];
		const bool gone = strcmp(s->state, "removed") == 0;
		const struct mun_cell cells[] = {
			text(s->name),
			text(s->state),
			text(*s->url ? s->url : "the repository itself"),
			time_of(s->added),
			count(s->objects),
			bytes(s->bytes),
			gone ? none : count(f->counts.objects - s->objects),
		};

		rc = to->row(to->ctx, t, cells, e);
	}
	return rc;
}

static int population_rows(const struct mun_figures *f,
			   const struct mun_table *t, const struct mun_sink *to,
			   struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < f->ngroups && !rc; i++) {
		const struct mun_figures_group *g = &f->groups[i];
		const struct mun_cell cells[] = {
			text(f->stores[g->store].name),
			text(g->collection),
			count(g->objects),
			bytes(g->bytes),
			count(*g->exempt ? 0 : g->objects),
			count(*g->exempt ? g->objects : 0),
			text(g->exempt),
		};

		rc = to->row(to->ctx, t, cells, e);
	}
	return rc;
}

static int copy_rows(const struct mun_figures *f, const struct mun_table *t,
		     const struct mun_sink *to, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < f->ncollections && !rc; i++) {
		const struct mun_figures_collection *x = &f->collections[i];
		const struct mun_cell cells[] = {
			text(x->name),     count(x->wanted),  count(x->objects),
			count(x->with[1]), count(x->with[2]), count(x->with[3]),
			count(x->lacking),
		};

		rc = to->row(to->ctx, t, cells, e);
	}
	return rc;
}

/* What is exempt is in the denominator of copies, not in that of the
 * policy. */
static int coverage_row(const struct mun_table *t, const struct mun_sink *to,
			const char *store, const char *collection,
			const struct mun_figures_group *g, uint64_t in_policy,
			struct mun_err *e)
{
	const struct mun_cell cells[] = {
		text(store),
		text(collection),
		count(g->objects),
		count(in_policy),
		count(g->checked),
		bytes(g->checked_bytes),
		count(g->never),
		count(g->overdue),
		g->overdue ? seconds(positive_seconds(g->worst_overdue)) : none,
		g->oldest ? seconds(positive_seconds(g->oldest)) : none,
	};

	return to->row(to->ctx, t, cells, e);
}

static int coverage_rows(const struct mun_figures *f, const struct mun_table *t,
			 const struct mun_sink *to, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < f->ngroups && !rc; i++) {
		const struct mun_figures_group *g = &f->groups[i];

		rc = coverage_row(t, to, f->stores[g->store].name,
				  g->collection, g, *g->exempt ? 0 : g->objects,
				  e);
	}
	return rc;
}

static int age_rows(const struct mun_figures *f, const struct mun_table *t,
		    const struct mun_sink *to, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < f->nstores; i++) {
		for (size_t k = 0; k < MUN_AGES && !rc; k++) {
			const struct mun_cell cells[] = {
				text(f->stores[i].name),
				text(mun_age_titles[k]),
				count(f->stores[i].sum.ages[k]),
				count(f->stores[i].objects),
			};

			rc = to->row(to->ctx, t, cells, e);
		}
	}
	return rc;
}

static int outcome_rows(const struct mun_figures *f, const struct mun_table *t,
			const struct mun_sink *to, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < f->nstores && !rc; i++) {
		const struct mun_figures_store *s = &f->stores[i];
		const struct mun_cell cells[] = {
			text(s->name),
			count(s->verdicts[MUN_V_INTACT]),
			count(s->verdicts[MUN_V_MISMATCH]),
			count(s->verdicts[MUN_V_MISSING]),
			count(s->verdicts[MUN_V_UNREADABLE]),
			bytes(s->verified_bytes),
			count(s->unavailable),
			count(s->not_run),
		};

		rc = to->row(to->ctx, t, cells, e);
	}
	return rc;
}

static int activity_rows(const struct mun_figures *f, const struct mun_table *t,
			 const struct mun_sink *to, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < f->nstores && !rc; i++) {
		const struct mun_figures_store *s = &f->stores[i];
		const struct mun_cell cells[] = {
			text(s->name),         count(s->runs),
			count(s->interrupted), count(s->unended),
			count(s->sweeps),      count(s->sweeps_done),
			count(s->sweep_found),
		};

		rc = to->row(to->ctx, t, cells, e);
	}
	return rc;
}

static int event_rows(const struct mun_figures *f, const struct mun_table *t,
		      const struct mun_sink *to, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < f->nevents && !rc; i++) {
		const struct mun_cell cells[] = {
			text(f->events[i].type),
			count(f->events[i].events),
			count(f->events[i].fail),
		};

		rc = to->row(to->ctx, t, cells, e);
	}
	return rc;
}

/* What the ledger is, by its own head and by the comparison. */
static int ledger_rows(const struct mun_figures *f, const struct mun_table *t,
		       const struct mun_sink *to, struct mun_err *e)
{
	const struct mun_ledger_verdict *v = f->q->ledger;
	char root[2 * MUN_MERKLE_HASH + 1] = "";
	char stamp[MUN_TIME_LEN];
	const bool head = v && v->newest.size;
	const struct keyed_fact all[] = {
		{ "entries", "Entries", v ? count(v->entries) : none },
		{ "unsigned_entries", "Entries after the newest signed head",
		  v ? count(v->unsigned_entries) : none },
		{ "heads", "Signed heads", v ? count(v->heads) : none },
		{ "tokens", "Time stamps", v ? count(v->tokens) : none },
		{ "head_size", "Newest head covers entries",
		  head ? count(v->newest.size) : none },
		{ "head_root", "Newest head, root hash", text(root) },
		{ "head_time", "Newest head, signed",
		  time_of(head ? v->newest.time : "") },
		{ "head_key", "Newest head, key",
		  text(head ? v->newest.key : "") },
		{ "time_stamp", "Newest time stamp",
		  time_ms(v ? v->newest_token_ms : 0, stamp) },
		{ "problems", "Problems found by the comparison",
		  v ? count(f->q->nproblems) : none },
	};

	if (head)
		mun_hex(v->newest.root, sizeof(v->newest.root), root);
	return put_facts(t, to, all, MUN_COUNT(all), e);
}

static int evidence_rows(const struct mun_figures *f, const struct mun_table *t,
			 const struct mun_sink *to, struct mun_err *e)
{
	const struct keyed_fact all[] = {
		{ "ledger_compared", "Ledger and catalog were compared",
		  truth(f->q->ledger != NULL) },
		{ "catalog_entries", "Facts in the catalog",
		  count(f->counts.entries) },
		{ "signing_key", "Signing key in use", text(f->key) },
		{ "previous_report", "Report before this one",
		  text(f->previous) },
		{ "previous_digest", "Its digest (SHA-256)",
		  text(f->previous_digest) },
		{ "previous_verdict", "What the catalog knows of it",
		  text(f->previous_known) },
		{ "reports_before", "Reports made before",
		  count(f->counts.reports) },
	};
	int rc = put_facts(t, to, all, MUN_COUNT(all), e);

	return rc ? rc : ledger_rows(f, t, to, e);
}

static int problem_rows(const struct mun_figures *f, const struct mun_table *t,
			const struct mun_sink *to, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < f->q->nproblems && !rc; i++) {
		const struct mun_report_problem *p = &f->q->problems[i];
		const struct mun_cell cells[] = {
			text(p->code),
			text(p->where),
			text(p->text),
		};

		rc = to->row(to->ctx, t, cells, e);
	}
	return rc;
}

static int day_rows(const struct mun_figures *f, const struct mun_table *t,
		    const struct mun_sink *to, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < f->ndays && !rc; i++) {
		const struct mun_figures_day *d = &f->days[i];
		const struct mun_cell cells[] = {
			text(d->day),      text(f->stores[d->store].name),
			count(d->objects), bytes(d->bytes),
			count(d->bad),
		};

		rc = to->row(to->ctx, t, cells, e);
	}
	return rc;
}

static struct mun_cell rate_cell(double rate)
{
	return rate >= 1 && rate < 1e18 ? bytes((uint64_t)rate) : none;
}

static int forecast_rows(const struct mun_figures *f, const struct mun_table *t,
			 const struct mun_sink *to, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < f->nstores && !rc; i++) {
		const struct mun_figures_store *s = &f->stores[i];
		const struct mun_forecast *x = &s->forecast;
		char done[MUN_TIME_LEN];
		const struct mun_cell cells[] = {
			text(s->name),
			rate_cell(s->rate),
			count(x->overdue_items),
			bytes(x->overdue_bytes),
			time_ms(s->has_forecast ? x->done : 0, done),
			count(x->late_items),
			s->has_forecast
				? seconds(positive_seconds(x->worst_late))
				: none,
			rate_cell(s->has_forecast ? x->rate_needed : 0),
		};

		if (strcmp(s->state, "active") != 0)
			continue;
		rc = to->row(to->ctx, t, cells, e);
	}
	return rc;
}

const struct mun_table mun_tables[] = {
	{ .name = "header",
	  .title = "Header",
	  .keyed = true,
	  .columns = { { "key", "Key" },
		       { "title", "What" },
		       { "value", "Value" } },
	  .rows = header_rows },
	{ .name = "policy",
	  .title = "Policy in force",
	  .columns = { { "store", "Store" },
		       { "collection", "Collection" },
		       { "every_seconds", "Verified every" },
		       { "presence_every_seconds", "Swept every" },
		       { "window", "Window" },
		       { "rate_bytes", "Rate a second" },
		       { "digest", "Digest" },
		       { "copies", "Copies wanted" },
		       { "parity_percent", "Parity %" } },
	  .rows = policy_rows },
	{ .name = "policy_changes",
	  .title = "The policy at the beginning, and its changes",
	  .columns = { { "at", "Since" },
		       { "in_period", "In the period" },
		       { "text", "Policy" } },
	  .rows = policy_change_rows },
	{ .name = "stores",
	  .title = "Stores",
	  .columns = { { "store", "Store" },
		       { "state", "State" },
		       { "url", "Where" },
		       { "added", "Added" },
		       { "objects", "Objects" },
		       { "bytes", "Size" },
		       { "without_copy", "Objects without a copy there" } },
	  .rows = store_rows },
	{ .name = "population",
	  .title = "Copies by store and collection",
	  .columns = { { "store", "Store" },
		       { "collection", "Collection" },
		       { "objects", "Copies" },
		       { "bytes", "Size" },
		       { "in_policy", "In policy" },
		       { "exempt", "Exempt" },
		       { "exempt_reason", "Reason" } },
	  .rows = population_rows },
	{ .name = "copies",
	  .title = "How many copies objects have",
	  .columns = { { "collection", "Collection" },
		       { "wanted", "Copies wanted" },
		       { "objects", "Objects" },
		       { "one", "With one" },
		       { "two", "With two" },
		       { "three_or_more", "With three or more" },
		       { "lacking", "With fewer than wanted" } },
	  .rows = copy_rows },
	{ .name = "coverage",
	  .title = "Coverage by store and collection",
	  .columns = { { "store", "Store" },
		       { "collection", "Collection" },
		       { "copies", "Copies" },
		       { "in_policy", "In policy" },
		       { "checked", "Verified in the period" },
		       { "checked_bytes", "Bytes of them" },
		       { "never", "Never verified" },
		       { "overdue", "Overdue" },
		       { "worst_overdue_seconds", "Worst overdue by" },
		       { "oldest_seconds", "Oldest verification" } },
	  .rows = coverage_rows },
	{ .name = "ages",
	  .title = "Age of the last verification",
	  .columns = { { "store", "Store" },
		       { "age", "Age" },
		       { "copies", "Copies" },
		       { "of", "Of" } },
	  .rows = age_rows },
	{ .name = "outcomes",
	  .title = "Outcomes in the period",
	  .columns = { { "store", "Store" },
		       { "verified", "Verified intact" },
		       { "mismatch", "Mismatch" },
		       { "missing", "Missing" },
		       { "unreadable", "Unreadable" },
		       { "verified_bytes", "Bytes judged" },
		       { "store_unavailable", "Files: store unavailable" },
		       { "not_run", "Files: not run" } },
	  .rows = outcome_rows },
	{ .name = "activity",
	  .title = "Runs and sweeps in the period",
	  .columns = { { "store", "Store" },
		       { "runs", "Verifying runs" },
		       { "interrupted", "Interrupted" },
		       { "without_end", "Without an end" },
		       { "sweeps", "Presence sweeps" },
		       { "sweeps_complete", "Complete" },
		       { "sweep_findings", "Their findings" } },
	  .rows = activity_rows },
	{ .name = "runs",
	  .title = "Runs of the period",
	  .columns = { { "run", "Run" },
		       { "kind", "Kind" },
		       { "store", "Store" },
		       { "started", "Started" },
		       { "ended", "Ended" },
		       { "operator", "Operator" },
		       { "interrupted", "Interrupted" },
		       { "objects", "Objects" },
		       { "files", "Files" },
		       { "bytes", "Bytes" },
		       { "intact", "Intact" },
		       { "mismatch", "Mismatch" },
		       { "missing", "Missing" },
		       { "unreadable", "Unreadable" },
		       { "store_unavailable", "Store unavailable" },
		       { "not_run", "Not run" },
		       { "findings", "Findings" } },
	  .rows = mun_run_rows },
	{ .name = "exceptions",
	  .title = "Exceptions",
	  .columns = { { "incident", "Incident" },
		       { "state", "State" },
		       { "acknowledged", "Acknowledged" },
		       { "closed", "Closed" },
		       { "kind", "Kind" },
		       { "object", "Object" },
		       { "label", "Label" },
		       { "store", "Store" },
		       { "path", "File" },
		       { "opened", "Opened" },
		       { "changed", "Last change" },
		       { "last_good", "Last found intact" },
		       { "recorded_bytes", "Size as recorded" },
		       { "findings", "Times found" },
		       { "text", "What was found" } },
	  .rows = mun_exception_rows },
	{ .name = "exception_findings",
	  .title = "What was expected, what was found",
	  .columns = { { "incident", "Incident" },
		       { "run_started", "Run" },
		       { "offset", "Offset" },
		       { "length", "Length" },
		       { "algorithm", "Algorithm" },
		       { "expected", "Expected" },
		       { "actual", "Actual" },
		       { "recorded_bytes", "Size as recorded" },
		       { "found_bytes", "Size as found" },
		       { "text", "Text" } },
	  .rows = mun_finding_rows },
	{ .name = "exception_life",
	  .title = "What became of them",
	  .columns = { { "incident", "Incident" },
		       { "at", "When" },
		       { "what", "What" },
		       { "who", "Who" },
		       { "delivered", "Delivered" },
		       { "event", "PREMIS event" },
		       { "offset", "Offset" },
		       { "length", "Length" },
		       { "text", "Text" } },
	  .rows = mun_life_rows },
	{ .name = "evidence",
	  .title = "Integrity of the evidence",
	  .keyed = true,
	  .columns = { { "key", "Key" },
		       { "title", "What" },
		       { "value", "Value" } },
	  .rows = evidence_rows },
	{ .name = "evidence_problems",
	  .title = "Problems of the evidence",
	  .columns = { { "code", "Code" },
		       { "where", "Where" },
		       { "text", "Text" } },
	  .rows = problem_rows },
	{ .name = "events",
	  .title = "PREMIS events of the period",
	  .columns = { { "type", "Type" },
		       { "events", "Events" },
		       { "fail", "With outcome fail" } },
	  .rows = event_rows },
	{ .name = "days",
	  .title = "Verified by day",
	  .columns = { { "day", "Day" },
		       { "store", "Store" },
		       { "objects", "Objects" },
		       { "bytes", "Bytes" },
		       { "bad", "Not intact" } },
	  .rows = day_rows },
	{ .name = "forecast",
	  .title = "Forecast",
	  .columns = { { "store", "Store" },
		       { "rate_bytes", "Measured rate a second" },
		       { "overdue", "Overdue" },
		       { "overdue_bytes", "Their size" },
		       { "done", "All verified by" },
		       { "late", "Will be late" },
		       { "worst_late_seconds", "At most by" },
		       { "rate_needed_bytes", "Rate needed" } },
	  .rows = forecast_rows },
	{ .name = "assessment",
	  .title = "Assessment",
	  .columns = { { "area", "Area" },
		       { "level", "Level" },
		       { "requirement", "Requirement" },
		       { "verdict", "Verdict" },
		       { "evidence", "Evidence" } },
	  .rows = mun_assessment_rows },
	{ .name = NULL },
};

const struct mun_table *mun_table_find(const char *name)
{
	for (const struct mun_table *t = mun_tables; t->name; t++)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

size_t mun_table_columns(const struct mun_table *t)
{
	size_t n = 0;

	while (n < MUN_COLUMNS_MAX && t->columns[n].key)
		n++;
	return n;
}

int mun_table_put(const struct mun_figures *f, const struct mun_table *t,
		  const struct mun_sink *to, struct mun_err *e)
{
	int rc = to->begin(to->ctx, t, e);

	if (!rc)
		rc = t->rows(f, t, to, e);
	if (!rc)
		rc = to->end(to->ctx, t, e);
	return rc;
}
