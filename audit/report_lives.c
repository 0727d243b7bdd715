/* SPDX-License-Identifier: Apache-2.0 */
/* audit/report_lives.c - incidents with their whole lives, and runs, as rows */
#include "audit/report_int.h"

#include <stdio.h>
#include <string.h>

struct rows {
	const struct mun_figures *f;
	const struct mun_table *t;
	const struct mun_sink *to;
	const struct mun_rep_incident *of; /* of steps and findings */
};

static struct mun_cell text(const char *t)
{
	return (struct mun_cell){ .kind = MUN_CELL_TEXT, .text = t };
}

static struct mun_cell time_of(const char *t)
{
	return (struct mun_cell){ .kind = *t ? MUN_CELL_TIME : MUN_CELL_NONE,
				  .text = t };
}

static struct mun_cell number(enum mun_cell_kind kind, uint64_t n)
{
	return (struct mun_cell){ .kind = kind, .n = n };
}

static struct mun_cell recorded(const struct mun_rep_incident *i)
{
	return i->has_size ? number(MUN_CELL_BYTES, i->recorded_bytes)
			   : number(MUN_CELL_NONE, 0);
}

static int add_exception(void *ctx, const struct mun_rep_incident *i,
			 struct mun_err *e)
{
	const struct rows *r = ctx;
	const struct mun_cell cells[] = {
		text(i->id),
		text(i->state),
		number(MUN_CELL_BOOL, i->acknowledged),
		number(MUN_CELL_BOOL, i->closed),
		text(i->kind),
		text(i->object),
		text(i->label),
		text(i->store),
		text(i->path),
		time_of(i->opened),
		time_of(i->changed),
		time_of(i->last_good),
		recorded(i),
		number(MUN_CELL_COUNT, i->findings),
		text(i->text),
	};

	return r->to->row(r->to->ctx, r->t, cells, e);
}

int mun_exception_rows(const struct mun_figures *f, const struct mun_table *t,
		       const struct mun_sink *to, struct mun_err *e)
{
	struct rows r = { f, t, to, NULL };

	return mun_rep_incidents(f->c, &f->span, add_exception, &r, e);
}

static int add_step(void *ctx, const struct mun_rep_step *s, struct mun_err *e)
{
	const struct rows *r = ctx;
	const bool told = strcmp(s->what, "told") == 0;
	const bool place = s->bytes > 0;
	const struct mun_cell cells[] = {
		text(r->of->id),
		time_of(s->at),
		text(s->what),
		text(s->who),
		number(told ? MUN_CELL_BOOL : MUN_CELL_NONE, s->delivered),
		text(s->event),
		number(place ? MUN_CELL_COUNT : MUN_CELL_NONE, s->off),
		number(place ? MUN_CELL_BYTES : MUN_CELL_NONE, s->bytes),
		text(s->text),
	};

	return r->to->row(r->to->ctx, r->t, cells, e);
}

static int steps_of(void *ctx, const struct mun_rep_incident *i,
		    struct mun_err *e)
{
	struct rows *r = ctx;

	r->of = i;
	return mun_rep_steps(r->f->c, &r->f->span, i->no, add_step, r, e);
}

int mun_life_rows(const struct mun_figures *f, const struct mun_table *t,
		  const struct mun_sink *to, struct mun_err *e)
{
	struct rows r = { f, t, to, NULL };

	return mun_rep_incidents(f->c, &f->span, steps_of, &r, e);
}

/* A finding about a whole-file digest names it in its text; all others are
 * about the hash tree. */
const char *mun_finding_algorithm(const struct mun_rep_finding *x)
{
	if (!*x->expected && !*x->actual)
		return "";
	for (int a = 0; a < MUN_DIGEST_N; a++) {
		const char *title = mun_digest_title((enum mun_digest_alg)a);
		const char *at = strstr(x->text, title);

		/* "SHA-512" is not "SHA-512/256". */
		if (at && at[strlen(title)] != '/')
			return title;
	}
	return "SHA-256 (hash tree)";
}

/*
 * The size as it was found, which findings keep in words (fixity/audit_check.c,
 * store/sweep.c).  No words about it: that run said nothing of the size.
 */
static struct mun_cell found_size(const struct mun_rep_incident *i,
				  const struct mun_rep_finding *x)
{
	unsigned long long n;
	char word[8] = "";

	/* Our own words; a number that is too large is one all the same. */
	/* NOLINTNEXTLINE(cert-err34-c) */
	if (sscanf(x->text, "it has %llu bytes, %7s", &n, word) == 2)
		return number(MUN_CELL_BYTES, n);
	if (!i->has_size ||
	    /* NOLINTNEXTLINE(cert-err34-c) */
	    sscanf(x->text, "file is %llu bytes %7s", &n, word) != 2)
		return number(MUN_CELL_NONE, 0);
	if (strcmp(word, "longer") == 0)
		return number(MUN_CELL_BYTES, i->recorded_bytes + n);
	if (strcmp(word, "shorter") == 0 && n <= i->recorded_bytes)
		return number(MUN_CELL_BYTES, i->recorded_bytes - n);
	return number(MUN_CELL_NONE, 0);
}

static int add_finding(void *ctx, const struct mun_rep_finding *x,
		       struct mun_err *e)
{
	const struct rows *r = ctx;
	const struct mun_cell cells[] = {
		text(r->of->id),
		time_of(x->at),
		number(MUN_CELL_COUNT, x->off),
		number(MUN_CELL_BYTES, x->bytes),
		text(mun_finding_algorithm(x)),
		text(x->expected),
		text(x->actual),
		recorded(r->of),
		found_size(r->of, x),
		text(x->text),
	};

	return r->to->row(r->to->ctx, r->t, cells, e);
}

static int findings_of(void *ctx, const struct mun_rep_incident *i,
		       struct mun_err *e)
{
	struct rows *r = ctx;

	r->of = i;
	return mun_rep_findings(r->f->c, &r->f->span, i, add_finding, r, e);
}

int mun_finding_rows(const struct mun_figures *f, const struct mun_table *t,
		     const struct mun_sink *to, struct mun_err *e)
{
	struct rows r = { f, t, to, NULL };

	return mun_rep_incidents(f->c, &f->span, findings_of, &r, e);
}

static int add_run(void *ctx, const struct mun_rep_run *x, struct mun_err *e)
{
	const struct rows *r = ctx;
	const bool ended = *x->ended != '\0';
	const enum mun_cell_kind count = ended ? MUN_CELL_COUNT : MUN_CELL_NONE;
	const struct mun_cell cells[] = {
		number(MUN_CELL_COUNT, (uint64_t)x->no),
		text(x->kind),
		text(x->store),
		time_of(x->started),
		time_of(x->ended),
		text(x->agent),
		number(ended ? MUN_CELL_BOOL : MUN_CELL_NONE, x->interrupted),
		number(count, x->objects),
		number(count, x->files),
		number(ended ? MUN_CELL_BYTES : MUN_CELL_NONE, x->bytes),
		number(count, x->intact),
		number(count, x->mismatch),
		number(count, x->missing),
		number(count, x->unreadable),
		number(count, x->store_unavailable),
		number(count, x->not_run),
		number(MUN_CELL_COUNT, x->findings),
	};

	return r->to->row(r->to->ctx, r->t, cells, e);
}

int mun_run_rows(const struct mun_figures *f, const struct mun_table *t,
		 const struct mun_sink *to, struct mun_err *e)
{
	struct rows r = { f, t, to, NULL };

	return mun_rep_runs(f->c, &f->span, add_run, &r, e);
}
