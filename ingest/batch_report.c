/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/batch_report.c - what became of a batch, for people: CSV and a page */
#include "ingest/batch_report.h"

#include "core/file.h"
#include "core/page.h"
#include "core/parse.h"
#include "core/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DASH "\xe2\x80\x93" /* where there is nothing */

static void comma_text(struct mun_str *s, const char *text)
{
	mun_str_add_char(s, ',');
	if (*text)
		mun_csv_text(s, text);
}

static int csv_row(void *ctx, const struct mun_batch_row *row,
		   const struct mun_row_record *r, struct mun_err *e)
{
	struct mun_str *s = ctx;
	bool done = r->state == MUN_ROW_DONE;

	(void)e;
	mun_str_addf(s, "%zu", row->line);
	comma_text(s, mun_batch_word(r));
	comma_text(s, r->label);
	comma_text(s, r->source);
	comma_text(s, done ? r->object : "");
	if (done)
		mun_str_addf(s, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%s",
			     r->bytes, r->unreadable_bytes, r->doubtful_bytes,
			     r->damaged ? "true" : "false");
	else
		mun_str_add(s, ",,,,");
	comma_text(s, r->format);
	comma_text(s, r->drive);
	mun_str_addf(s, ",%s,%s,", r->started, r->ended);
	if (r->ended[0])
		mun_str_addf(s, "%.1f", (double)r->elapsed_ms / 1000);
	comma_text(s, r->state == MUN_ROW_HELD ? r->kind : "");
	comma_text(s, r->other);
	comma_text(s, r->reason);
	mun_str_add(s, "\r\n");
	return 0;
}

static int csv_text(const struct mun_batch *b, struct mun_str *s,
		    struct mun_err *e)
{
	mun_str_add(s, "line,state,label,source,object,bytes,unreadable_bytes,"
		       "doubtful_bytes,damaged,format,drive,started,ended,"
		       "seconds,held,other,reason\r\n");
	return mun_batch_each(b, csv_row, s, e);
}

struct page {
	struct mun_str *s;
	bool attention; /* only rows that a person has to look at */
	size_t rows;
};

static void cell(struct mun_str *s, const char *text)
{
	mun_str_add(s, "<td class=\"l\">");
	mun_html_text(s, *text ? text : DASH);
	mun_str_add(s, "</td>");
}

static void number_cell(struct mun_str *s, bool known, uint64_t n)
{
	mun_str_add(s, "<td class=\"n\">");
	if (known)
		mun_page_count(s, n);
	else
		mun_str_add(s, DASH);
	mun_str_add(s, "</td>");
}

static void headings(struct mun_str *s)
{
	static const char *const titles[] = { "Line",   "State", "Label",
					      "Source", "Bytes", "Unreadable",
					      "Drive",  "Time",  "Object",
					      "Reason" };

	mun_str_add(s, "<div class=\"wide\"><table>\n<thead><tr>");
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		bool n = i == 0 || i == 4 || i == 5 || i == 7;

		mun_str_addf(s, "<th scope=\"col\"%s>%s</th>",
			     n ? " class=\"n\"" : "", titles[i]);
	}
	mun_str_add(s, "</tr></thead>\n<tbody>\n");
}

static void time_cell(struct mun_str *s, const struct mun_row_record *r)
{
	uint64_t sec = r->elapsed_ms / 1000;

	mun_str_add(s, "<td class=\"n\">");
	if (!r->ended[0])
		mun_str_add(s, DASH);
	else
		mun_str_addf(s, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64,
			     sec / 3600, sec / 60 % 60, sec % 60);
	mun_str_add(s, "</td>");
}

static bool needs_attention(const struct mun_row_record *r)
{
	return r->state == MUN_ROW_HELD || r->state == MUN_ROW_FAILED ||
	       (r->state == MUN_ROW_DONE &&
		(r->damaged || strcmp(r->outcome, "complete") != 0));
}

static int html_row(void *ctx, const struct mun_batch_row *row,
		    const struct mun_row_record *r, struct mun_err *e)
{
	struct page *p = ctx;
	struct mun_str *s = p->s;
	bool done = r->state == MUN_ROW_DONE;

	(void)e;
	if (p->attention && !needs_attention(r))
		return 0;
	if (p->rows++ == 0)
		headings(s);
	mun_str_add(s, "<tr>");
	number_cell(s, true, row->line);
	cell(s, mun_batch_word(r));
	cell(s, r->label);
	cell(s, r->source);
	number_cell(s, done, r->bytes);
	number_cell(s, done, r->unreadable_bytes);
	cell(s, r->drive);
	time_cell(s, r);
	mun_str_add(s, "<td><code>");
	mun_html_text(s, done ? r->object : DASH);
	mun_str_add(s, "</code></td>");
	cell(s, r->reason);
	mun_str_add(s, "</tr>\n");
	return 0;
}

static int table(const struct mun_batch *b, struct mun_str *s, bool attention,
		 struct mun_err *e)
{
	struct page p = { .s = s, .attention = attention };
	int rc = mun_batch_each(b, html_row, &p, e);

	mun_str_add(s, p.rows ? "</tbody></table></div>\n" : "<p>None.</p>\n");
	return rc;
}

static void share(struct mun_str *s, const char *what, size_t n, size_t of)
{
	mun_str_addf(s, "<li>%s: ", what);
	mun_page_share(s, n, of);
	mun_str_add(s, ".</li>\n");
}

static void summary(const struct mun_batch *b, const struct mun_batch_counts *n,
		    bool interrupted, struct mun_str *s)
{
	char bytes[16];

	mun_str_add(s, "<div class=\"sum\"><b>In short</b><ul>\n");
	if (interrupted) {
		mun_str_add(s, "<li><b>Interrupted:</b> ");
		mun_page_share(s, n->none, n->rows);
		mun_str_add(s, " not begun. Run the same command again: it "
			       "goes on.</li>\n");
	}
	share(s, "Complete", n->complete, n->rows);
	share(s, "Partial (bytes could not be read)", n->partial, n->rows);
	share(s, "Held (a question is open)", n->held, n->rows);
	share(s, "Left out, as a person said", n->skipped, n->rows);
	share(s, "Failed", n->failed, n->rows);
	share(s, "At work, or interrupted", n->begun, n->rows);
	share(s, "Not begun", n->none, n->rows);
	share(s, "Of what was taken in, images that are damaged", n->damaged,
	      n->complete + n->partial);
	mun_human_bytes(n->bytes, bytes);
	mun_str_addf(s, "<li>%s taken in", bytes);
	if (n->unreadable_bytes) {
		mun_str_add(s, "; bytes that could not be read: ");
		mun_page_share(s, n->unreadable_bytes, n->bytes);
	}
	mun_str_add(s, ".</li>\n");
	if (b->ngone) {
		mun_str_add(s, "<li>Rows that were begun or done and are not "
			       "in the file any more: ");
		mun_page_count(s, b->ngone);
		mun_str_add(s, ".</li>\n");
	}
	mun_str_add(s, "</ul></div>\n");
}

static void head(const struct mun_batch *b, const struct mun_batch_report *q,
		 struct mun_str *s)
{
	char now[MUN_TIME_LEN];
	struct mun_str path = { 0 };

	mun_time_text(mun_now_ms(), now);
	mun_escape(&path, b->plan->path, strlen(b->plan->path));
	mun_page_begin(s, q->title);
	mun_str_add(s, "<h1>");
	mun_html_text(s, q->title);
	mun_str_add(s, "</h1>\n<p class=\"sub\">");
	mun_html_text(s, path.text ? path.text : "");
	mun_str_addf(s, "%sas of %s", path.len ? ", " : "", now);
	if (q->operator_name[0]) {
		mun_str_add(s, ", operator ");
		mun_html_text(s, q->operator_name);
	}
	mun_str_add(s, "</p>\n");
	s->failed = s->failed || path.failed;
	mun_str_free(&path);
}

static int html_text(const struct mun_batch *b,
		     const struct mun_batch_report *q, struct mun_str *s,
		     struct mun_err *e)
{
	struct mun_batch_counts n;
	int rc = mun_batch_count(b, &n, e);

	if (rc)
		return rc;
	head(b, q, s);
	summary(b, &n, q->interrupted, s);
	mun_str_add(s, "<h2>To look at</h2>\n");
	rc = table(b, s, true, e);
	if (rc)
		return rc;
	mun_str_add(s, "<h2>All rows</h2>\n");
	rc = table(b, s, false, e);
	mun_str_add(s, "<footer>Written by muniment ");
	mun_html_text(s, q->program_version);
	mun_str_add(s, ". The same rows are in the CSV file beside this page."
		       "</footer>\n</body>\n</html>\n");
	return rc;
}

static int put(const struct mun_batch_report *q, const char *suffix,
	       struct mun_str *s, int rc, struct mun_err *e)
{
	mun_autofree char *name = NULL;
	mun_autofree char *text = NULL;
	size_t len = s->len;

	if (rc) {
		mun_str_free(s);
		return rc;
	}
	rc = mun_str_take(s, &text, e);
	if (!rc)
		rc = mun_fmt(&name, e, "%s.report.%s", q->name, suffix);
	if (!rc)
		rc = mun_file_replace(q->dir, name, text, len, e);
	return rc;
}

int mun_batch_report_write(const struct mun_batch *b,
			   const struct mun_batch_report *q, struct mun_err *e)
{
	struct mun_str csv = { 0 };
	struct mun_str html = { 0 };
	int rc = put(q, "csv", &csv, csv_text(b, &csv, e), e);

	if (!rc)
		rc = put(q, "html", &html, html_text(b, q, &html, e), e);
	return rc ? mun_ctx(e, "write the report of the batch") : 0;
}
