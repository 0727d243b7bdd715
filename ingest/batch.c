/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/batch.c - the rows of a CSV file, taken in one after the other */
#include "ingest/batch.h"

#include "core/log.h"
#include "core/str.h"
#include "ingest/batch_turn.h"

#include <stdio.h>
#include <string.h>

static const char *const answers[MUN_ANSWERS] = {
	[MUN_ANSWER_HOLD] = "hold",   [MUN_ANSWER_STORE] = "store",
	[MUN_ANSWER_MERGE] = "merge", [MUN_ANSWER_SKIP] = "skip",
	[MUN_ANSWER_ASK] = "ask",
};

const char *mun_answer_name(enum mun_answer a)
{
	return answers[a];
}

enum mun_answer mun_answer_of_name(const char *name)
{
	unsigned int i = 0;

	while (i < MUN_ANSWERS && strcmp(answers[i], name) != 0)
		i++;
	return (enum mun_answer)i;
}

const char *mun_batch_word(const struct mun_row_record *r)
{
	if (r->state == MUN_ROW_DONE)
		return strcmp(r->outcome, "complete") != 0 ? "partial"
							   : "complete";
	return r->state == MUN_ROW_NONE ? "not begun"
					: mun_row_state_name(r->state);
}

static int compare_keys(const void *a, const void *b)
{
	const char *const *x = a;
	const char *const *y = b;

	return strcmp(*x, *y);
}

/* What the journal knows and the file does not. */
struct gone {
	struct mun_batch *b;
	const char **keys; /* of the file, sorted */
};

static int note_gone(void *ctx, const char *key, const struct mun_row_record *r,
		     struct mun_err *e)
{
	struct gone *g = ctx;
	struct mun_batch *b = g->b;
	struct mun_batch_gone *more;

	if (b->plan->nrows && bsearch(&key, g->keys, b->plan->nrows,
				      sizeof(*g->keys), compare_keys))
		return 0;
	more = realloc(b->gone, (b->ngone + 1) * sizeof(*more));
	if (!more)
		return mun_fail_nomem(e, "rows that are gone");
	b->gone = more;
	b->gone[b->ngone++].record = *r;
	return 0;
}

int mun_batch_begin(struct mun_batch *b, struct mun_err *e)
{
	struct mun_batch_plan *p = b->plan;
	struct gone g = { .b = b };
	int rc;

	if (!b->journal) {
		b->kept = calloc(p->nrows + 1, sizeof(*b->kept));
		return b->kept ? 0 : mun_fail_nomem(e, "rows of a batch");
	}
	g.keys = calloc(p->nrows + 1, sizeof(*g.keys));
	if (!g.keys)
		return mun_fail_nomem(e, "rows of a batch");
	for (size_t i = 0; i < p->nrows; i++)
		g.keys[i] = p->rows[i].key;
	qsort(g.keys, p->nrows, sizeof(*g.keys), compare_keys);
	rc = mun_batch_journal_each(b->journal, note_gone, &g, e);
	free(g.keys);
	return rc;
}

void mun_batch_clear(struct mun_batch *b)
{
	free(b->gone);
	free(b->kept);
	b->gone = NULL;
	b->kept = NULL;
	b->ngone = 0;
}

static int check_row(struct mun_batch *b, struct mun_batch_row *row,
		     struct mun_err *e)
{
	struct mun_row_record r = { 0 };
	char text[1024];
	int rc = 0;

	if (b->journal)
		rc = mun_batch_row_load(b->journal, row->key, &r, e);
	if (rc || !mun_turn_is_wanted(b, row, &r))
		return rc;
	/* What has a session or an object needs its source perhaps no more. */
	if (r.object[0] && r.state != MUN_ROW_HELD)
		return 0;
	rc = mun_ingest_check(b->env, &row->req, e);
	if (!rc || rc == MUN_ENOMEM || rc == MUN_ECANCELLED ||
	    rc == MUN_EUNAVAILABLE)
		return rc;
	(void)mun_err_text(e, text, sizeof(text), 0);
	mun_err_clear(e);
	return mun_batch_plan_problem(b->plan, row, text, e);
}

int mun_batch_check(struct mun_batch *b, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < b->plan->nrows; i++) {
		rc = mun_cancel_check(e);
		if (!rc && !b->plan->rows[i].bad)
			rc = check_row(b, &b->plan->rows[i], e);
	}
	return rc;
}

int mun_batch_run(struct mun_batch *b, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < b->plan->nrows; i++) {
		struct mun_row_record r;
		enum mun_turn turn;

		rc = mun_cancel_check(e);
		if (!rc && !b->plan->rows[i].bad)
			rc = mun_batch_do(b, &b->plan->rows[i], &r, &turn, e);
	}
	b->cancelled = b->cancelled || rc == MUN_ECANCELLED;
	return rc;
}

static void problem_of(const struct mun_batch *b,
		       const struct mun_batch_row *row,
		       struct mun_row_record *r)
{
	struct mun_str s = { 0 };

	for (size_t i = 0; i < b->plan->nproblems; i++) {
		if (b->plan->problems[i].line == row->line)
			mun_str_addf(&s, "%s%s", s.len ? "; " : "",
				     b->plan->problems[i].text);
	}
	mun_turn_reason(r, "%s", s.text ? s.text : "");
	mun_str_free(&s);
	mun_turn_describe(row, r);
	r->state = MUN_ROW_FAILED;
}

int mun_batch_each(const struct mun_batch *b, mun_batch_row_fn *fn, void *ctx,
		   struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < b->plan->nrows; i++) {
		const struct mun_batch_row *row = &b->plan->rows[i];
		struct mun_row_record r = { 0 };

		if (row->bad)
			problem_of(b, row, &r);
		else if (b->journal)
			rc = mun_batch_row_load(b->journal, row->key, &r, e);
		else if (b->kept)
			r = b->kept[i];
		if (r.state == MUN_ROW_NONE)
			mun_turn_describe(row, &r);
		if (!rc)
			rc = fn(ctx, row, &r, e);
	}
	return rc;
}

static int count_row(void *ctx, const struct mun_batch_row *row,
		     const struct mun_row_record *r, struct mun_err *e)
{
	struct mun_batch_counts *n = ctx;

	(void)row;
	(void)e;
	n->rows++;
	switch (r->state) {
	case MUN_ROW_NONE:
		n->none++;
		break;
	case MUN_ROW_BEGUN:
		n->begun++;
		break;
	case MUN_ROW_HELD:
		n->held++;
		break;
	case MUN_ROW_SKIPPED:
		n->skipped++;
		break;
	case MUN_ROW_DONE:
		n->complete += !strcmp(r->outcome, "complete");
		n->partial += strcmp(r->outcome, "complete") != 0;
		n->damaged += r->damaged;
		n->bytes += r->bytes;
		n->unreadable_bytes += r->unreadable_bytes;
		break;
	case MUN_ROW_FAILED:
	case MUN_ROW_STATES:
		n->failed++;
		break;
	}
	return 0;
}

int mun_batch_count(const struct mun_batch *b, struct mun_batch_counts *out,
		    struct mun_err *e)
{
	memset(out, 0, sizeof(*out));
	return mun_batch_each(b, count_row, out, e);
}
