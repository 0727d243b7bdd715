/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/batch_row.c - one row of a CSV file as a request */
#include "ingest/batch_row.h"

#include "core/str.h"
#include "medium/flux.h"

#include <stdio.h>
#include <string.h>

#define IDENTIFIER "identifier:"

/* An error about one row is its problem, unless memory is out. */
static int row_problem(struct mun_row_maker *m, struct mun_batch_row *row,
		       int rc, struct mun_err *e)
{
	char text[1024];

	if (!rc || rc == MUN_ENOMEM || rc == MUN_ECANCELLED)
		return rc;
	(void)mun_err_text(e, text, sizeof(text), 0);
	mun_err_clear(e);
	return mun_batch_plan_problem(m->p, row, text, e);
}

/* Where a path of the row leads; drives have no folder. */
static const char *resolved(struct mun_row_maker *m, const char *path)
{
	const char *drive;

	if (path[0] == '/' || mun_flux_is_source(path, &drive))
		return path;
	return mun_arena_fmt(m->arena, "%s/%s", m->folder, path);
}

/* "a.jpg | b.pdf": several files. */
static void attachments(struct mun_row_maker *m, struct mun_batch_row *row,
			const char *text)
{
	char *rest = mun_arena_strdup(m->arena, text);
	const char **files = NULL;
	size_t n = 0;
	char *word;

	while (rest && (word = strsep(&rest, "|"))) {
		size_t len;

		word += strspn(word, " \t\n");
		len = strlen(word);
		while (len && strchr(" \t\n", word[len - 1]))
			word[--len] = '\0';
		if (!len)
			continue;
		files = mun_arena_grow(m->arena, files, n, sizeof(*files));
		if (!files)
			return; /* told by mun_arena_failed() */
		files[n++] = resolved(m, word);
	}
	row->req.attachments = files;
	row->req.nattachments = n;
}

static void identifier(struct mun_row_maker *m, struct mun_batch_row *row,
		       const char *type, const char *value)
{
	struct mun_ingest_identifier *more;

	more = mun_arena_grow(
		m->arena,
		(struct mun_ingest_identifier *)(uintptr_t)row->req.identifiers,
		row->req.nidentifiers, sizeof(*more));
	if (!more)
		return; /* told by mun_arena_failed() */
	/* The table with the names of the columns is gone after this. */
	more[row->req.nidentifiers++] = (struct mun_ingest_identifier){
		mun_arena_strdup(m->arena, type), value
	};
	row->req.identifiers = more;
}

static int merge_into(struct mun_row_maker *m, struct mun_batch_row *row,
		      const char *text, struct mun_err *e)
{
	char id[MUN_UUID_LEN];
	int rc;

	if (!m->catalog) {
		row->req.merge = text;
		return 0;
	}
	rc = mun_catalog_resolve(m->catalog, text, id, e);
	if (rc)
		return mun_ctx(e, "merge");
	row->req.merge = mun_arena_strdup(m->arena, id);
	return 0;
}

/* A column that promises a digest: md5, sha256, crc32, ... */
static bool is_digest(const char *column, enum mun_digest_alg *alg)
{
	struct mun_err ignored;

	return !mun_digest_from_name(column, alg, &ignored);
}

static int promise(struct mun_batch_row *row, enum mun_digest_alg alg,
		   const char *hex, struct mun_err *e)
{
	int rc = mun_digest_parse(alg, hex, &row->promise.of[alg], e);

	row->has_promise = row->has_promise || !rc;
	return rc ? mun_ctx(e, "%s", mun_digest_name(alg)) : 0;
}

/* Texts that go into the request as they are. */
static const char **text_of(struct mun_batch_row *row, const char *column)
{
	static const char *const names[] = {
		"label",         "collection", "media", "operator", "format",
		"write_blocker", "prefer",     "note",  "platform"
	};
	struct mun_ingest_request *q = &row->req;
	const char **const texts[] = { &q->label,      &q->collection,
				       &q->media_type, &q->operator_name,
				       &q->format,     &q->write_blocker,
				       &q->prefer,     &q->note,
				       &q->platform };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(column, names[i]))
			return texts[i];
	}
	return NULL;
}

/* One cell that is not empty; *@known false: a column that is not ours. */
static int take_cell(struct mun_row_maker *m, struct mun_batch_row *row,
		     const char *column, const char *value, bool *known,
		     struct mun_err *e)
{
	const char **text = text_of(row, column);
	enum mun_digest_alg alg;

	*known = true;
	if (text) {
		*text = value;
	} else if (!strcmp(column, "source")) {
		row->source = value;
		row->req.source = resolved(m, value);
	} else if (!strcmp(column, "map")) {
		row->req.map = resolved(m, value);
	} else if (!strcmp(column, "attach")) {
		attachments(m, row, value);
	} else if (!strcmp(column, "volume")) {
		row->volume = value;
	} else if (!strcmp(column, "barcode")) {
		row->barcode = value;
		identifier(m, row, "barcode", value);
	} else if (!strncmp(column, IDENTIFIER, strlen(IDENTIFIER)) &&
		   column[strlen(IDENTIFIER)]) {
		identifier(m, row, column + strlen(IDENTIFIER), value);
	} else if (!strcmp(column, "merge")) {
		return merge_into(m, row, value, e);
	} else if (is_digest(column, &alg)) {
		return promise(row, alg, value, e);
	} else {
		*known = false;
	}
	return 0;
}

bool mun_row_is_known(const char *column)
{
	struct mun_batch_row row = { 0 };
	enum mun_digest_alg alg;
	static const char *const others[] = { "source", "map",   "attach",
					      "volume", "merge", "barcode" };

	if (text_of(&row, column) || is_digest(column, &alg) ||
	    (!strncmp(column, IDENTIFIER, strlen(IDENTIFIER)) &&
	     column[strlen(IDENTIFIER)]))
		return true;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!strcmp(column, others[i]))
			return true;
	}
	return false;
}

/* The note, and below it what stands in columns that we do not know. */
static int notes(struct mun_row_maker *m, struct mun_batch_row *row,
		 const struct mun_csv_row *from, struct mun_err *e)
{
	struct mun_str s = { 0 };

	if (row->req.note)
		mun_str_add(&s, row->req.note);
	for (size_t i = 0; i < m->t->ncolumns; i++) {
		if (!*from->fields[i] || mun_row_is_known(m->t->columns[i]))
			continue;
		mun_str_addf(&s, "%s%s: %s", s.len ? "\n" : "", m->t->titles[i],
			     from->fields[i]);
	}
	if (s.len)
		row->req.note = mun_arena_strdup(m->arena, s.text);
	if (s.failed || (s.len && !row->req.note)) {
		mun_str_free(&s);
		return mun_fail_nomem(e, "notes of a batch");
	}
	mun_str_free(&s);
	return 0;
}

struct cell {
	const char *column;
	const char *value;
};

static int by_column(const void *a, const void *b)
{
	return strcmp(((const struct cell *)a)->column,
		      ((const struct cell *)b)->column);
}

/* What is in the row, whichever order the columns have. */
static int key_of(struct mun_row_maker *m, const struct mun_csv_row *from,
		  char out[static MUN_BATCH_KEY], struct mun_err *e)
{
	struct cell *cells =
		mun_arena_array(m->arena, m->t->ncolumns, sizeof(*cells));
	struct mun_digests d = { 0 };
	struct mun_str s = { 0 };
	size_t n = 0;
	int rc;

	if (!cells)
		return mun_fail_nomem(e, "row of a batch");
	for (size_t i = 0; i < m->t->ncolumns; i++) {
		if (*from->fields[i])
			cells[n++] = (struct cell){ m->t->columns[i],
						    from->fields[i] };
	}
	qsort(cells, n, sizeof(*cells), by_column);
	for (size_t i = 0; i < n; i++) {
		mun_str_add_bytes(&s, cells[i].column,
				  strlen(cells[i].column) + 1);
		mun_str_add_bytes(&s, cells[i].value,
				  strlen(cells[i].value) + 1);
	}
	if (s.failed)
		rc = mun_fail_nomem(e, "row of a batch");
	else
		rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), s.text,
				       s.len, &d, e);
	mun_str_free(&s);
	if (!rc)
		mun_hex(d.of[MUN_SHA256].bytes, 32, out);
	return rc;
}

/* A field as it was, for another program that reads CSV. */
static void put_field(struct mun_str *s, const char *text, bool first)
{
	if (!first)
		mun_str_add_char(s, ',');
	mun_str_add_char(s, '"');
	for (; *text; text++) {
		if (*text == '"')
			mun_str_add_char(s, '"');
		mun_str_add_char(s, *text);
	}
	mun_str_add_char(s, '"');
}

static int text_alone(struct mun_row_maker *m, struct mun_batch_row *row,
		      const struct mun_csv_row *from, struct mun_err *e)
{
	struct mun_str s = { 0 };

	for (size_t i = 0; i < m->t->ncolumns; i++)
		put_field(&s, m->t->titles[i], i == 0);
	mun_str_add(&s, "\r\n");
	for (size_t i = 0; i < m->t->ncolumns; i++)
		put_field(&s, from->fields[i], i == 0);
	mun_str_add(&s, "\r\n");
	if (!s.failed)
		row->text = mun_arena_strdup(m->arena, s.text);
	mun_str_free(&s);
	return row->text ? 0 : mun_fail_nomem(e, "row of a batch");
}

static int judge(struct mun_row_maker *m, struct mun_batch_row *row,
		 struct mun_err *e)
{
	const struct mun_batch_defaults *d = m->defaults;
	struct mun_ingest_request *q = &row->req;

	if (d->need_source && !q->source)
		return mun_fail(e, MUN_EINVAL, "no source");
	if (q->prefer && strcmp(q->prefer, "new") && strcmp(q->prefer, "old"))
		return mun_fail(e, MUN_EINVAL,
				"prefer is 'new' or 'old', not '%s'",
				q->prefer);
	if (q->prefer && !q->merge)
		return mun_fail(e, MUN_EINVAL, "prefer is of a merge only");
	return 0;
}

int mun_row_make(struct mun_row_maker *m, const struct mun_csv_row *from,
		 struct mun_batch_row *row, struct mun_err *e)
{
	const struct mun_batch_defaults *d = m->defaults;
	int rc = key_of(m, from, row->key, e);

	row->line = from->line;
	row->source = row->barcode = row->volume = "";
	if (rc)
		return rc;
	if (from->problem)
		return mun_batch_plan_problem(m->p, row, from->problem, e);
	for (size_t i = 0; !rc && i < m->t->ncolumns; i++) {
		bool known;

		if (*from->fields[i])
			rc = row_problem(m, row,
					 take_cell(m, row, m->t->columns[i],
						   from->fields[i], &known, e),
					 e);
	}
	if (!rc)
		rc = notes(m, row, from, e);
	if (!rc)
		rc = text_alone(m, row, from, e);
	if (!rc)
		rc = row_problem(m, row, judge(m, row, e), e);
	row->req.rescue = d->rescue;
	if (!row->req.collection)
		row->req.collection = d->collection;
	if (!row->req.media_type)
		row->req.media_type = d->media_type;
	if (!row->req.operator_name)
		row->req.operator_name = d->operator_name;
	if (!row->req.write_blocker)
		row->req.write_blocker = d->write_blocker;
	if (!row->req.platform)
		row->req.platform = d->platform;
	return rc ? rc : mun_arena_failed(m->arena, e);
}
