/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_print.c - what a batch says while it runs, and at its end */
#include "cli/batch_print.h"

#include "core/parse.h"
#include "core/str.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOOK_MS 200 /* how often we look whether we are to stop */
#define LINE_MAX_BYTES 4096

/* "same=store", or "store" for every kind. */
static int policy(const struct mun_cli *c, struct mun_batch *b,
		  const char *text)
{
	const char *eq = strchr(text, '=');
	enum mun_hold_kind only = MUN_HOLD_KINDS;
	enum mun_answer answer = mun_answer_of_name(eq ? eq + 1 : text);
	char kind[16];

	if (eq) {
		(void)snprintf(kind, sizeof(kind), "%.*s",
			       (int)(eq - text < 15 ? eq - text : 15), text);
		only = mun_hold_of_name(kind);
	}
	if ((eq && only == MUN_HOLD_KINDS) || answer == MUN_ANSWERS ||
	    answer == MUN_ANSWER_MERGE)
		return mun_cli_usage(
			c,
			"--on-held is hold, ask, store or skip, or KIND=one of "
			"them with KIND same, again, volume, unidentified, "
			"promise or changed; not '%s'",
			text);
	for (unsigned int k = 0; k < MUN_HOLD_KINDS; k++) {
		if (!eq || k == only)
			b->on_held[k] = answer;
	}
	return 0;
}

static int answer(const struct mun_cli *c, struct mun_batch_answer *to,
		  const char *text)
{
	const char *eq = strchr(text, '=');
	struct mun_err why;
	char number[24] = "";
	uint64_t line = 0;

	if (eq)
		(void)snprintf(number, sizeof(number), "%.*s",
			       (int)(eq - text < 23 ? eq - text : 23), text);
	to->answer = eq ? mun_answer_of_name(eq + 1) : MUN_ANSWERS;
	if (mun_parse_u64(number, 1, SIZE_MAX, &line, &why) ||
	    (to->answer != MUN_ANSWER_STORE && to->answer != MUN_ANSWER_SKIP &&
	     to->answer != MUN_ANSWER_MERGE))
		return mun_cli_usage(c,
				     "--answer is LINE=store, LINE=merge or "
				     "LINE=skip, not '%s'",
				     text);
	to->line = line;
	return 0;
}

int mun_batch_options(const struct mun_cli *c, struct mun_batch *b)
{
	const struct mun_cli_value *held = mun_cli_list(c, "on-held");
	const struct mun_cli_value *given = mun_cli_list(c, "answer");
	bool person = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
	int status = 0;

	for (unsigned int k = 0; k < MUN_HOLD_KINDS; k++)
		b->on_held[k] = person ? MUN_ANSWER_ASK : MUN_ANSWER_HOLD;
	for (size_t i = 0; !status && i < held->n; i++)
		status = policy(c, b, held->texts[i]);
	if (status || !given->n)
		return status;
	b->answers = calloc(given->n, sizeof(*b->answers));
	if (!b->answers) {
		struct mun_err e;

		(void)mun_fail_nomem(&e, "answers");
		return mun_cli_error(c, &e);
	}
	for (; !status && b->nanswers < given->n; b->nanswers++)
		status = answer(c, &b->answers[b->nanswers],
				given->texts[b->nanswers]);
	return status;
}

/* One byte at a time: what follows the line is the next reader's. */
static int read_byte(char *out, struct mun_err *e)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	ssize_t n;

	for (;;) {
		int rc = mun_cancel_check(e);

		if (rc)
			return rc;
		rc = poll(&p, 1, LOOK_MS);
		if (rc < 0 && errno != EINTR)
			return mun_fail_sys(e, errno, "wait for the input");
		if (rc <= 0)
			continue;
		n = read(STDIN_FILENO, out, 1);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		return n < 0 ? mun_fail_sys(e, errno, "read the input")
			     : (int)n;
	}
}

int mun_read_line(char **out, struct mun_err *e)
{
	struct mun_str s = { 0 };
	char c = '\0';
	int rc;

	while ((rc = read_byte(&c, e)) > 0 && c != '\n') {
		if (s.len < LINE_MAX_BYTES && c != '\r')
			mun_str_add_char(&s, c);
	}
	if (rc < 0 || (rc == 0 && !s.len)) {
		mun_str_free(&s);
		return rc;
	}
	mun_str_add(&s, "");
	rc = mun_str_take(&s, out, e);
	return rc ? rc : 1;
}

static int ask(void *ctx, const struct mun_batch_row *row,
	       const struct mun_hold *hold, enum mun_answer *out,
	       struct mun_err *e)
{
	bool merge = hold->kind == MUN_HOLD_SAME;
	int rc;

	(void)ctx;
	mun_log(MUN_LOG_WARN, "line %zu: %s", row->line, hold->reason);
	for (;;) {
		mun_autofree char *line = NULL;

		mun_log(MUN_LOG_INFO,
			"store it all the same, %sskip it for good, or hold it "
			"for later? [s%s/k/H]",
			merge ? "merge it into that one, " : "",
			merge ? "/m" : "");
		rc = mun_read_line(&line, e);
		if (rc < 0)
			return rc;
		*out = MUN_ANSWER_HOLD;
		if (!rc || !*line || !strcmp(line, "h") || !strcmp(line, "H"))
			return 0;
		if (!strcmp(line, "s"))
			*out = MUN_ANSWER_STORE;
		else if (merge && !strcmp(line, "m"))
			*out = MUN_ANSWER_MERGE;
		else if (!strcmp(line, "k"))
			*out = MUN_ANSWER_SKIP;
		else
			continue;
		return 0;
	}
}

static void begins(void *ctx, const struct mun_batch_row *row)
{
	struct mun_str s = { 0 };
	const char *source = row->req.source ? row->req.source : "";

	(void)ctx;
	mun_escape(&s, source, strlen(source));
	mun_log(MUN_LOG_INFO, "line %zu: %s%s%s", row->line,
		row->req.label ? row->req.label : "",
		row->req.label ? ", " : "", s.text ? s.text : "");
	mun_str_free(&s);
}

static void say_busy(const struct mun_batch_row *row)
{
	mun_log(MUN_LOG_INFO, "line %zu is at work in another process",
		row->line);
}

static void ends(void *ctx, const struct mun_batch_row *row,
		 const struct mun_row_record *r, enum mun_turn turn)
{
	const struct mun_cli *c = ctx;
	char bytes[16];

	if (turn == MUN_TURN_BUSY)
		say_busy(row);
	if (turn != MUN_TURN_DID || mun_cli_flag(c, "json"))
		return;
	mun_human_bytes(r->bytes, bytes);
	if (r->state == MUN_ROW_DONE)
		(void)printf("line %zu  %s  %s  %s, %s, %s\n", row->line,
			     r->object, r->label, r->format, bytes,
			     mun_batch_word(r));
	else
		(void)printf("line %zu  %s  %s\n", row->line, mun_batch_word(r),
			     r->label);
	if (r->reason[0])
		(void)printf("  %s\n", r->reason);
	(void)fflush(stdout);
}

void mun_batch_talk(const struct mun_cli *c, struct mun_batch *b)
{
	b->ctx = (void *)(uintptr_t)c;
	b->begins = begins;
	b->ends = ends;
	for (unsigned int k = 0; k < MUN_HOLD_KINDS; k++) {
		if (b->on_held[k] == MUN_ANSWER_ASK)
			b->ask = ask;
	}
}

void mun_batch_problems(const struct mun_batch_plan *p)
{
	for (size_t i = 0; i < p->nproblems; i++)
		mun_log(MUN_LOG_ERROR, "line %zu: %s", p->problems[i].line,
			p->problems[i].text);
}

void mun_batch_summary(const struct mun_batch_counts *n)
{
	const struct {
		const char *word;
		size_t n;
	} parts[] = {
		{ "complete", n->complete }, { "partial", n->partial },
		{ "held", n->held },         { "left out", n->skipped },
		{ "failed", n->failed },     { "begun", n->begun },
		{ "not begun", n->none },
	};

	(void)printf("of %zu rows:", n->rows);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].n || i == 0)
			(void)printf("%s %zu %s", i ? "," : "", parts[i].n,
				     parts[i].word);
	}
	(void)printf("\n");
	if (n->damaged)
		(void)printf("%zu of %zu that were taken in are damaged: see "
			     "the report\n",
			     n->damaged, n->complete + n->partial);
}

static void json_optional(struct mun_jsonw *w, const char *key,
			  const char *text)
{
	if (*text)
		mun_jsonw_text(w, key, text);
}

static int json_row(void *ctx, const struct mun_batch_row *row,
		    const struct mun_row_record *r, struct mun_err *e)
{
	struct mun_jsonw *w = ctx;

	(void)e;
	mun_jsonw_object(w, NULL);
	mun_jsonw_u64(w, "line", row->line);
	mun_jsonw_text(w, "state", mun_batch_word(r));
	mun_jsonw_text(w, "label", r->label);
	mun_jsonw_text(w, "source", r->source);
	if (r->state == MUN_ROW_DONE) {
		mun_jsonw_text(w, "object", r->object);
		mun_jsonw_u64(w, "bytes", r->bytes);
		mun_jsonw_u64(w, "unreadable_bytes", r->unreadable_bytes);
		mun_jsonw_u64(w, "doubtful_bytes", r->doubtful_bytes);
		mun_jsonw_bool(w, "damaged", r->damaged);
		mun_jsonw_text(w, "format", r->format);
	}
	json_optional(w, "drive", r->drive);
	json_optional(w, "started", r->started);
	json_optional(w, "ended", r->ended);
	if (r->ended[0])
		mun_jsonw_u64(w, "elapsed_ms", r->elapsed_ms);
	if (r->state == MUN_ROW_HELD)
		json_optional(w, "held", r->kind);
	json_optional(w, "other", r->other);
	json_optional(w, "reason", r->reason);
	mun_jsonw_end_object(w);
	return 0;
}

int mun_batch_json(struct mun_jsonw *w, const char *key,
		   const struct mun_batch *b, struct mun_err *e)
{
	struct mun_batch_counts n;
	int rc = mun_batch_count(b, &n, e);

	if (rc)
		return rc;
	mun_jsonw_object(w, "counts");
	mun_jsonw_u64(w, "rows", n.rows);
	mun_jsonw_u64(w, "complete", n.complete);
	mun_jsonw_u64(w, "partial", n.partial);
	mun_jsonw_u64(w, "held", n.held);
	mun_jsonw_u64(w, "skipped", n.skipped);
	mun_jsonw_u64(w, "failed", n.failed);
	mun_jsonw_u64(w, "begun", n.begun);
	mun_jsonw_u64(w, "not_begun", n.none);
	mun_jsonw_u64(w, "damaged", n.damaged);
	mun_jsonw_end_object(w);
	mun_jsonw_array(w, key);
	rc = mun_batch_each(b, json_row, w, e);
	mun_jsonw_end_array(w);
	return rc;
}

int mun_batch_status(const struct mun_batch_counts *n)
{
	if (n->failed || n->none)
		return MUN_EXIT_FAILED;
	return n->partial || n->held || n->damaged ? MUN_EXIT_DAMAGE
						   : MUN_EXIT_DONE;
}
