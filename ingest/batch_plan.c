/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/batch_plan.c - what a CSV file asks for: one row, one medium */
#include "ingest/batch_plan.h"

#include "core/file.h"
#include "core/str.h"
#include "ingest/batch_row.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

int mun_batch_plan_problem(struct mun_batch_plan *p, struct mun_batch_row *row,
			   const char *text, struct mun_err *e)
{
	struct mun_batch_problem *more;

	row->bad = true;
	more = mun_arena_grow(p->arena, p->problems, p->nproblems,
			      sizeof(*more));
	if (!more)
		return mun_fail_nomem(e, "problems of a batch");
	p->problems = more;
	p->problems[p->nproblems++] = (struct mun_batch_problem){
		.line = row->line,
		.text = mun_arena_strdup(p->arena, text),
	};
	return mun_arena_failed(p->arena, e);
}

static int compare_keys(const void *a, const void *b)
{
	const struct mun_batch_row *const *x = a;
	const struct mun_batch_row *const *y = b;
	int d = strcmp((*x)->key, (*y)->key);

	return d ? d : (*x)->line < (*y)->line ? -1 : 1;
}

static int compare_sources(const void *a, const void *b)
{
	const struct mun_batch_row *const *x = a;
	const struct mun_batch_row *const *y = b;
	int d = strcmp((*x)->req.source ? (*x)->req.source : "",
		       (*y)->req.source ? (*y)->req.source : "");

	return d ? d : (*x)->line < (*y)->line ? -1 : 1;
}

static int twin(struct mun_row_maker *m, struct mun_batch_row *row,
		const struct mun_batch_row *of, bool all, struct mun_err *e)
{
	char text[160];

	(void)snprintf(text, sizeof(text), "the same%s as line %zu%s",
		       all ? "" : " source", of->line,
		       all ? ""
			   : "; several media in one drive are for muniment "
			     "ingest --loop");
	return mun_batch_plan_problem(m->p, row, text, e);
}

/* Rows that are the same, or read the same source: which is meant? */
static int refuse_twins(struct mun_row_maker *m, struct mun_err *e)
{
	struct mun_batch_plan *p = m->p;
	struct mun_batch_row **by =
		mun_arena_array(m->arena, p->nrows, sizeof(*by));
	int rc = 0;

	if (!by)
		return mun_fail_nomem(e, "rows of a batch");
	for (size_t i = 0; i < p->nrows; i++)
		by[i] = &p->rows[i];
	qsort(by, p->nrows, sizeof(*by), compare_keys);
	for (size_t i = 1; !rc && i < p->nrows; i++) {
		if (!strcmp(by[i]->key, by[i - 1]->key))
			rc = twin(m, by[i], by[i - 1], true, e);
	}
	if (rc || !m->defaults->need_source)
		return rc;
	qsort(by, p->nrows, sizeof(*by), compare_sources);
	for (size_t i = 1; !rc && i < p->nrows; i++) {
		if (!by[i]->bad && by[i]->req.source && by[i - 1]->req.source &&
		    !strcmp(by[i]->req.source, by[i - 1]->req.source))
			rc = twin(m, by[i], by[i - 1], false, e);
	}
	return rc;
}

static int by_line(const void *a, const void *b)
{
	const struct mun_batch_problem *x = a;
	const struct mun_batch_problem *y = b;

	return x->line < y->line ? -1 : x->line > y->line;
}

static int unknown_columns(struct mun_row_maker *m, struct mun_err *e)
{
	struct mun_batch_plan *p = m->p;

	p->notes = mun_arena_array(m->arena, m->t->ncolumns, sizeof(*p->notes));
	if (!p->notes)
		return mun_fail_nomem(e, "columns of a batch");
	for (size_t i = 0; i < m->t->ncolumns; i++) {
		if (*m->t->columns[i] && !mun_row_is_known(m->t->columns[i]))
			p->notes[p->nnotes++] =
				mun_arena_strdup(m->arena, m->t->titles[i]);
	}
	return mun_arena_failed(m->arena, e);
}

/* The table is freed after this: what rows keep of it is copied. */
static int own_fields(struct mun_row_maker *m, struct mun_csv_row *row,
		      struct mun_err *e)
{
	const char **mine =
		mun_arena_array(m->arena, m->t->ncolumns, sizeof(*mine));

	for (size_t i = 0; mine && i < m->t->ncolumns; i++)
		mine[i] = *row->fields[i]
				  ? mun_arena_strdup(m->arena, row->fields[i])
				  : "";
	row->fields = mine;
	return mun_arena_failed(m->arena, e);
}

static int make_rows(struct mun_row_maker *m, struct mun_err *e)
{
	struct mun_batch_plan *p = m->p;
	int rc = unknown_columns(m, e);

	p->rows = mun_arena_array(m->arena, m->t->nrows, sizeof(*p->rows));
	if (!rc && !p->rows)
		rc = mun_fail_nomem(e, "rows of a batch");
	for (size_t i = 0; !rc && i < m->t->nrows; i++) {
		struct mun_csv_row row = m->t->rows[i];

		rc = own_fields(m, &row, e);
		if (!rc)
			rc = mun_row_make(m, &row, &p->rows[p->nrows++], e);
	}
	if (!rc)
		rc = refuse_twins(m, e);
	if (!rc && p->nproblems)
		qsort(p->problems, p->nproblems, sizeof(*p->problems), by_line);
	return rc;
}

static int find_file(struct mun_row_maker *m, const char *path,
		     struct mun_err *e)
{
	struct mun_batch_plan *p = m->p;
	mun_autofree char *real = realpath(path, NULL);
	char *slash;
	char *name;
	size_t len;

	if (!real)
		return mun_fail_sys(e, errno, "find '%s'", path);
	p->path = mun_arena_strdup(m->arena, real);
	slash = strrchr(real, '/');
	name = mun_arena_strdup(m->arena, slash + 1);
	*slash = '\0';
	m->folder = mun_arena_strdup(m->arena, real);
	if (!name)
		return mun_fail_nomem(e, "name of a batch");
	len = strlen(name);
	if (len > 4 && !strcasecmp(name + len - 4, ".csv"))
		name[len - 4] = '\0';
	p->name = name;
	return mun_arena_failed(m->arena, e);
}

static int load(struct mun_row_maker *m, const char *path, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	mun_auto(csv) *t = NULL;
	size_t len = 0;
	int rc = find_file(m, path, e);

	if (!rc)
		rc = mun_file_read(m->p->path, MUN_CSV_FILE_MAX, &text, &len,
				   e);
	if (rc)
		return rc;
	rc = mun_csv_parse(text, len, &t, e);
	if (rc)
		return mun_ctx(e, "'%s'", path);
	m->t = t;
	m->p->delimiter = t->delimiter;
	return make_rows(m, e);
}

int mun_batch_plan_load(const char *path,
			const struct mun_batch_defaults *defaults,
			struct mun_catalog *catalog,
			struct mun_batch_plan **out, struct mun_err *e)
{
	struct mun_row_maker m = { .defaults = defaults, .catalog = catalog };
	int rc = mun_arena_new(&m.arena, e);

	if (rc)
		return rc;
	m.p = mun_arena_alloc(m.arena, sizeof(*m.p));
	if (!m.p) {
		rc = mun_fail_nomem(e, "batch");
	} else {
		m.p->arena = m.arena;
		rc = load(&m, path, e);
	}
	if (rc) {
		mun_arena_free(m.arena);
		return rc;
	}
	*out = m.p;
	return 0;
}

void mun_batch_plan_free(struct mun_batch_plan *p)
{
	/* The arena holds @p too. */
	if (p)
		mun_arena_free(p->arena);
}
