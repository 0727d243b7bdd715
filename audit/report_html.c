/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/report_html.c - the report as one page that needs nothing else
 *
 * No scripts, nothing fetched, black on white, made to be printed on A4 or
 * Letter.  Every text from outside goes through mun_html_text().
 */
#include "audit/report_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/page.h"
#include "core/parse.h"

#define PIECE ((size_t)64 << 10)
#define DASH "\xe2\x80\x93" /* where there is nothing */

struct page {
	const struct mun_figures *f;
	struct mun_report_file *to;
	struct mun_str s;
	uint64_t rows; /* of the table at hand */
	uint64_t exceptions;
	bool has_findings;
};

static void human(struct mun_str *out, uint64_t n)
{
	char text[16];

	mun_human_bytes(n, text);
	mun_str_add(out, text);
}

static void cell(struct mun_str *out, const struct mun_cell *c)
{
	char text[32];

	switch (c->kind) {
	case MUN_CELL_NONE:
		mun_str_add(out, DASH);
		break;
	case MUN_CELL_TEXT:
	case MUN_CELL_TIME:
		mun_html_text(out, *c->text ? c->text : DASH);
		break;
	case MUN_CELL_COUNT:
		mun_page_count(out, c->n);
		break;
	case MUN_CELL_BYTES:
		human(out, c->n);
		break;
	case MUN_CELL_SECONDS:
		mun_duration_text(c->n, text);
		mun_str_add(out, text);
		break;
	case MUN_CELL_BOOL:
		mun_str_add(out, c->n ? "yes" : "no");
		break;
	}
}

static bool is_number(const struct mun_cell *c)
{
	return c->kind != MUN_CELL_TEXT && c->kind != MUN_CELL_TIME &&
	       c->kind != MUN_CELL_BOOL;
}

/* The headings wait for the first row, which says what is a number. */
static int begin_table(void *ctx, const struct mun_table *t, struct mun_err *e)
{
	struct page *p = ctx;

	(void)e;
	(void)t;
	p->rows = 0;
	return 0;
}

static void headings(struct page *p, const struct mun_table *t,
		     const struct mun_cell *cells)
{
	mun_str_add(&p->s, "<div class=\"wide\"><table>\n<thead><tr>");
	for (size_t i = 0; i < mun_table_columns(t); i++) {
		mun_str_add(&p->s, is_number(&cells[i])
					   ? "<th scope=\"col\" class=\"n\">"
					   : "<th scope=\"col\">");
		mun_html_text(&p->s, t->columns[i].title);
		mun_str_add(&p->s, "</th>");
	}
	mun_str_add(&p->s, "</tr></thead>\n<tbody>\n");
}

static int put_row(void *ctx, const struct mun_table *t,
		   const struct mun_cell *cells, struct mun_err *e)
{
	struct page *p = ctx;

	if (p->rows++ == 0 && !t->keyed)
		headings(p, t, cells);
	if (t->keyed) {
		mun_str_add(&p->s, p->rows == 1 ? "<dl>\n<dt>" : "<dt>");
		cell(&p->s, &cells[1]);
		mun_str_add(&p->s, "</dt><dd>");
		cell(&p->s, &cells[2]);
		mun_str_add(&p->s, "</dd>\n");
		return 0;
	}
	mun_str_add(&p->s, "<tr>");
	for (size_t i = 0; i < mun_table_columns(t); i++) {
		mun_str_add(&p->s, is_number(&cells[i]) ? "<td class=\"n\">"
							: "<td class=\"l\">");
		cell(&p->s, &cells[i]);
		mun_str_add(&p->s, "</td>");
	}
	mun_str_add(&p->s, "</tr>\n");
	return mun_report_file_drain(p->to, &p->s, PIECE, e);
}

static int end_table(void *ctx, const struct mun_table *t, struct mun_err *e)
{
	struct page *p = ctx;

	(void)e;
	if (!p->rows)
		mun_str_add(&p->s, "<p>None.</p>\n");
	else
		mun_str_add(&p->s,
			    t->keyed ? "</dl>\n" : "</tbody></table></div>\n");
	return 0;
}

static int table(struct page *p, const char *name, bool heading,
		 struct mun_err *e)
{
	const struct mun_sink to = { p, begin_table, put_row, end_table };
	const struct mun_table *t = mun_table_find(name);

	if (heading) {
		mun_str_add(&p->s, "<h3>");
		mun_html_text(&p->s, t->title);
		mun_str_add(&p->s, "</h3>\n");
	}
	return mun_table_put(p->f, t, &to, e);
}

static void summary_damage(struct page *p)
{
	const struct mun_figures *f = p->f;
	uint64_t bad = f->all.last[MUN_V_MISMATCH] +
		       f->all.last[MUN_V_MISSING] +
		       f->all.last[MUN_V_UNREADABLE];

	mun_str_add(&p->s, "<li>Copies whose last verification found damage: ");
	mun_page_share(&p->s, bad, f->all.objects);
	mun_str_add(&p->s, ". Incidents not closed: ");
	mun_page_count(&p->s, f->incidents.open);
	mun_str_add(&p->s, ", of them acknowledged by nobody: ");
	mun_page_count(&p->s, f->incidents.unacknowledged);
	mun_str_add(&p->s, ".</li>\n<li>Objects with fewer copies than the "
			   "policy asks: ");
	mun_page_share(&p->s, f->lacking, f->counts.objects);
	mun_str_add(&p->s, ".</li>\n<li>The record itself: ");
	if (!f->q->ledger)
		mun_str_add(&p->s, "the ledger was not compared with the "
				   "catalog for this report");
	else if (f->q->nproblems)
		mun_str_addf(&p->s,
			     "the ledger and the catalog do not agree: "
			     "%zu problems",
			     f->q->nproblems);
	else
		mun_str_add(&p->s,
			    "ledger and catalog agree, nothing was changed");
	mun_str_add(&p->s, ".</li>\n");
}

static void summary(struct page *p)
{
	const struct mun_figures *f = p->f;
	size_t stores = 0;

	for (size_t i = 0; i < f->nstores; i++)
		stores += strcmp(f->stores[i].state, "removed") != 0;

	mun_str_add(&p->s, "<div class=\"sum\"><b>In short</b><ul>\n<li>");
	mun_page_count(&p->s, f->counts.objects);
	mun_str_add(&p->s, f->counts.objects == 1 ? " object, " : " objects, ");
	human(&p->s, f->counts.bytes);
	mun_str_add(&p->s, "; ");
	mun_page_count(&p->s, f->all.objects);
	mun_str_addf(&p->s,
		     f->all.objects == 1 ? " copy in %zu store%s."
					 : " copies in %zu store%s.",
		     stores, stores == 1 ? "" : "s");
	if (f->partial) {
		mun_str_add(&p->s, " Not all of the medium could be read: ");
		mun_page_count(&p->s, f->partial);
		mun_str_add(&p->s, f->partial == 1 ? " object." : " objects.");
	}
	mun_str_add(&p->s, "</li>\n<li>Copies verified in the period: ");
	mun_page_share(&p->s, f->all.checked, f->all.objects);
	mun_str_add(&p->s, ".</li>\n<li>Never verified: ");
	mun_page_share(&p->s, f->all.never, f->all.objects);
	mun_str_add(&p->s, ". Overdue: ");
	mun_page_share(&p->s, f->all.overdue, f->in_policy);
	mun_str_add(&p->s, " in policy.</li>\n");
	summary_damage(p);
	mun_str_add(&p->s, "</ul></div>\n");
}

static void head(struct page *p)
{
	const struct mun_report_request *q = p->f->q;
	const char *name = mun_conf_get(q->conf, "name");
	struct mun_str title = { 0 };
	char as_of[MUN_TIME_LEN];

	mun_time_text(p->f->as_of, as_of);
	mun_str_addf(&title, "Audit report %s \xe2\x80\x93 %s", q->period.name,
		     name);
	mun_page_begin(&p->s, title.text ? title.text : "");
	p->s.failed = p->s.failed || title.failed;
	mun_str_free(&title);
	mun_str_add(&p->s, "<h1>Audit report ");
	mun_html_text(&p->s, q->period.name);
	mun_str_add(&p->s, "</h1>\n<p class=\"sub\">");
	mun_html_text(&p->s, name);
	mun_str_addf(&p->s, ", as of %s</p>\n", as_of);
}

static void section(struct page *p, unsigned int no, const char *title)
{
	mun_str_addf(&p->s, "<h2 id=\"part%u\">%u. %s</h2>\n", no, no, title);
}

static int part_header(struct page *p, struct mun_err *e)
{
	int rc;

	section(p, 1, "Header");
	rc = table(p, "header", false, e);
	if (!rc)
		rc = table(p, "policy", true, e);
	if (!rc && p->f->npolicies)
		rc = table(p, "policy_changes", true, e);
	if (!rc && p->f->npolicies &&
	    strcmp(p->f->policies[p->f->npolicies - 1].text,
		   p->f->policy_text) != 0)
		mun_str_add(&p->s,
			    "<p>The policy at the end of the period was not "
			    "today&#39;s. What is overdue below is judged by "
			    "today&#39;s.</p>\n");
	return rc;
}

static int part_population(struct page *p, struct mun_err *e)
{
	int rc;

	section(p, 2, "Population");
	rc = table(p, "stores", true, e);
	if (!rc)
		rc = table(p, "population", true, e);
	return rc ? rc : table(p, "copies", true, e);
}

static void ages_chart(struct page *p)
{
	const struct mun_figures *f = p->f;
	struct mun_bar bars[MUN_AGES];

	for (size_t i = 0; i < MUN_AGES; i++) {
		bars[i] = (struct mun_bar){ .label = mun_age_titles[i],
					    .n = f->all.ages[i],
					    .bad = i == MUN_AGE_NEVER };
		(void)snprintf(bars[i].value, sizeof(bars[i].value), "%" PRIu64,
			       f->all.ages[i]);
	}
	mun_str_add(&p->s, "<figure>\n");
	mun_svg_bars(&p->s, "ages", "Age of the last verification", bars,
		     MUN_AGES);
	mun_str_add(&p->s, "<figcaption>Copies by the age of their last "
			   "verification; all stores, ");
	mun_page_count(&p->s, f->all.objects);
	mun_str_add(&p->s, " copies.</figcaption></figure>\n");
}

static int part_coverage(struct page *p, struct mun_err *e)
{
	const struct mun_figures *f = p->f;
	char worst[32];

	section(p, 3, "Coverage");
	mun_str_add(&p->s, "<p>Verified in the period: ");
	mun_page_share(&p->s, f->all.checked, f->all.objects);
	mun_str_add(&p->s, " copies. Never verified: ");
	mun_page_share(&p->s, f->all.never, f->all.objects);
	mun_str_add(&p->s, ". Overdue: ");
	mun_page_share(&p->s, f->all.overdue, f->in_policy);
	mun_str_add(&p->s, " that are in policy");
	if (f->all.overdue) {
		mun_duration_text((uint64_t)f->all.worst_overdue / 1000, worst);
		mun_str_addf(&p->s, ", the worst by %s", worst);
	}
	mun_str_add(&p->s, ".</p>\n");
	ages_chart(p);
	return table(p, "coverage", true, e);
}

static void outcomes_chart(struct page *p)
{
	const struct mun_figures *f = p->f;
	uint64_t n[6] = { 0 };
	static const char *const labels[6] = {
		"verified intact", "mismatch",          "missing",
		"unreadable",      "store unavailable", "not run"
	};
	struct mun_bar bars[6];

	for (size_t i = 0; i < f->nstores; i++) {
		for (size_t k = 0; k < MUN_VERDICTS; k++)
			n[k] += f->stores[i].verdicts[k];
		n[4] += f->stores[i].unavailable;
		n[5] += f->stores[i].not_run;
	}
	for (size_t i = 0; i < 6; i++) {
		bars[i] = (struct mun_bar){ .label = labels[i],
					    .n = n[i],
					    .bad = i > 0 };
		(void)snprintf(bars[i].value, sizeof(bars[i].value),
			       "%" PRIu64 " %s%s", n[i],
			       i < MUN_VERDICTS ? "object" : "file",
			       n[i] == 1 ? "" : "s");
	}
	mun_str_add(&p->s, "<figure>\n");
	mun_svg_bars(&p->s, "outcomes", "Outcomes in the period", bars, 6);
	mun_str_add(&p->s,
		    "<figcaption>Verifications of the period by outcome; an "
		    "object that was verified twice counts twice. Hatched: "
		    "not intact.</figcaption></figure>\n");
}

static int part_outcomes(struct page *p, struct mun_err *e)
{
	int rc;

	section(p, 4, "Outcomes");
	outcomes_chart(p);
	rc = table(p, "outcomes", true, e);
	return rc ? rc : table(p, "activity", true, e);
}

static int add_finding(void *ctx, const struct mun_rep_finding *x,
		       struct mun_err *e)
{
	struct page *p = ctx;

	if (!p->has_findings)
		mun_str_add(&p->s,
			    "<div class=\"wide\"><table><thead><tr><th "
			    "scope=\"col\">Run</th><th scope=\"col\" "
			    "class=\"n\">Offset</th><th scope=\"col\" "
			    "class=\"n\">Length</th><th scope=\"col\">"
			    "Algorithm</th><th scope=\"col\">Expected, then "
			    "actual</th><th scope=\"col\">Text</th></tr>"
			    "</thead><tbody>\n");
	p->has_findings = true;
	mun_str_add(&p->s, "<tr><td>");
	mun_html_text(&p->s, x->at);
	mun_str_add(&p->s, "</td><td class=\"n\">");
	mun_page_count(&p->s, x->off);
	mun_str_add(&p->s, "</td><td class=\"n\">");
	mun_page_count(&p->s, x->bytes);
	mun_str_add(&p->s, "</td><td>");
	mun_html_text(&p->s, mun_finding_algorithm(x));
	mun_str_add(&p->s, "</td><td><code>");
	mun_html_text(&p->s, *x->expected ? x->expected : DASH);
	mun_str_add(&p->s, "<br>");
	mun_html_text(&p->s, *x->actual ? x->actual : DASH);
	mun_str_add(&p->s, "</code></td><td>");
	mun_html_text(&p->s, x->text);
	mun_str_add(&p->s, "</td></tr>\n");
	return mun_report_file_drain(p->to, &p->s, PIECE, e);
}

static int add_step(void *ctx, const struct mun_rep_step *s, struct mun_err *e)
{
	struct page *p = ctx;

	mun_str_add(&p->s, "<tr><td>");
	mun_html_text(&p->s, s->at);
	mun_str_add(&p->s, "</td><td>");
	mun_html_text(&p->s, s->what);
	if (strcmp(s->what, "told") == 0 && !s->delivered)
		mun_str_add(&p->s, " (not delivered)");
	mun_str_add(&p->s, "</td><td>");
	mun_html_text(&p->s, s->who);
	mun_str_add(&p->s, "</td><td class=\"l\">");
	mun_html_text(&p->s, s->text);
	if (*s->event) {
		mun_str_add(&p->s, "\nevent <code>");
		mun_html_text(&p->s, s->event);
		mun_str_add(&p->s, "</code>");
	}
	mun_str_add(&p->s, "</td></tr>\n");
	return mun_report_file_drain(p->to, &p->s, PIECE, e);
}

static void pair(struct page *p, const char *title, const char *value)
{
	mun_str_addf(&p->s, "<dt>%s</dt><dd>", title);
	mun_html_text(&p->s, *value ? value : DASH);
	mun_str_add(&p->s, "</dd>\n");
}

static void incident_facts(struct page *p, const struct mun_rep_incident *i)
{
	mun_str_addf(&p->s, "<div class=\"ex%s\"><h3>", i->closed ? " ok" : "");
	mun_html_text(&p->s, i->kind);
	mun_str_add(&p->s, ": ");
	mun_html_text(&p->s, *i->label    ? i->label
			     : *i->object ? i->object
					  : i->store);
	if (*i->path) {
		mun_str_add(&p->s, ", ");
		mun_html_text(&p->s, i->path);
	}
	mun_str_add(&p->s, "</h3>\n<dl>\n");
	pair(p, "State", i->closed ? "closed" : i->state);
	pair(p, "Incident", i->id);
	if (*i->object)
		pair(p, "Object", i->object);
	pair(p, "Store", i->store);
	pair(p, "Opened", i->opened);
	pair(p, "Last found intact",
	     *i->last_good ? i->last_good : "never before");
	if (i->has_size) {
		mun_str_add(&p->s, "<dt>Size as recorded</dt><dd>");
		mun_page_count(&p->s, i->recorded_bytes);
		mun_str_add(&p->s, " bytes</dd>\n");
	}
	pair(p, "What was found", i->text);
	mun_str_addf(&p->s, "<dt>Times found</dt><dd>%" PRIu64 "</dd>\n</dl>\n",
		     i->findings);
}

static int add_incident(void *ctx, const struct mun_rep_incident *i,
			struct mun_err *e)
{
	struct page *p = ctx;
	int rc;

	p->exceptions++;
	p->has_findings = false;
	incident_facts(p, i);
	rc = mun_rep_findings(p->f->c, &p->f->span, i, add_finding, p, e);
	if (rc)
		return rc;
	if (p->has_findings)
		mun_str_add(&p->s, "</tbody></table></div>\n");
	mun_str_add(&p->s, "<div class=\"wide\"><table><thead><tr><th "
			   "scope=\"col\">When</th><th scope=\"col\">What"
			   "</th><th scope=\"col\">Who</th><th scope=\"col\">"
			   "Text</th></tr></thead><tbody>\n");
	rc = mun_rep_steps(p->f->c, &p->f->span, i->no, add_step, p, e);
	mun_str_add(&p->s, "</tbody></table></div></div>\n");
	return rc ? rc : mun_report_file_drain(p->to, &p->s, PIECE, e);
}

static int part_exceptions(struct page *p, struct mun_err *e)
{
	int rc;

	section(p, 5, "Exceptions");
	mun_str_add(&p->s,
		    "<p>Every incident that was open in the period, with its "
		    "whole life until its end. Nothing closes itself.</p>\n");
	rc = mun_rep_incidents(p->f->c, &p->f->span, add_incident, p, e);
	if (!rc && !p->exceptions)
		mun_str_add(&p->s, "<p>None.</p>\n");
	return rc;
}

static int part_evidence(struct page *p, struct mun_err *e)
{
	int rc;

	section(p, 6, "Integrity of the evidence");
	rc = table(p, "evidence", false, e);
	if (!rc && p->f->q->nproblems)
		rc = table(p, "evidence_problems", true, e);
	return rc ? rc : table(p, "events", true, e);
}

static int part_trend(struct page *p, struct mun_err *e)
{
	section(p, 7, "Trend and forecast");
	mun_str_add(&p->s, "<figure>\n");
	mun_svg_days(&p->s, p->f);
	mun_str_add(&p->s, "<figcaption>Bytes verified, all stores. A triangle "
			   "below a column: damage was found then."
			   "</figcaption></figure>\n");
	return table(p, "forecast", true, e);
}

static void list_forms(struct page *p)
{
	unsigned int have = p->f->q->formats;

	section(p, 8, "Machine form");
	mun_str_add(&p->s, "<p>Beside this page:");
	if (have & MUN_REPORT_JSON)
		mun_str_add(&p->s, " <code>report.json</code>");
	if (have & MUN_REPORT_CSV)
		mun_str_add(&p->s, " one <code>.csv</code> for each table");
	if (have & MUN_REPORT_PREMIS && p->f->counts.events)
		mun_str_add(&p->s,
			    " <code>premis.xml</code> (the events of the "
			    "period)");
	mun_str_add(&p->s,
		    " <code>about.txt</code> and <code>SHA256SUMS</code>. "
		    "<code>sha256sum -c SHA256SUMS</code> checks that no file "
		    "was changed; the SHA-256 of <code>SHA256SUMS</code> is "
		    "the digest of this report, and is recorded in the "
		    "catalog and the ledger.</p>\n");
}

static int assessment(struct page *p, struct mun_err *e)
{
	if (!p->f->q->for_whom)
		return 0;
	mun_str_add(&p->s, "<h2 id=\"assessment\">");
	mun_html_text(&p->s, mun_assessment_title(p->f->q->for_whom));
	mun_str_add(&p->s, "</h2>\n");
	return table(p, "assessment", false, e);
}

static void foot(struct page *p)
{
	char made[MUN_TIME_LEN];

	mun_time_text(p->f->made, made);
	mun_str_add(&p->s, "<footer>Made by muniment ");
	mun_html_text(&p->s, p->f->q->program_version);
	mun_str_addf(&p->s, " at %s for ", made);
	mun_html_text(&p->s, *p->f->q->operator_name ? p->f->q->operator_name
						     : "an unnamed operator");
	mun_str_add(&p->s, ".</footer>\n</body>\n</html>\n");
}

int mun_report_html(const struct mun_figures *f, struct mun_report_file *to,
		    struct mun_err *e)
{
	static int (*const parts[])(struct page *, struct mun_err *) = {
		part_header,     part_population, part_coverage, part_outcomes,
		part_exceptions, part_evidence,   part_trend,
	};
	struct page p = { .f = f, .to = to };
	int rc = 0;

	head(&p);
	summary(&p);
	for (size_t i = 0; i < MUN_COUNT(parts) && !rc; i++)
		rc = parts[i](&p, e);
	list_forms(&p);
	if (!rc)
		rc = assessment(&p, e);
	foot(&p);
	if (!rc)
		rc = mun_report_file_drain(to, &p.s, 0, e);
	mun_str_free(&p.s);
	return rc;
}
