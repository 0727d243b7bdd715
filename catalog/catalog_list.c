/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/catalog_list.c - listings, and search: rows of the table "listing" */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/query.h"
#include "core/check.h"
#include "core/str.h"

/* Whom a listing is for. */
struct listing {
	const char *collection; /* NULL: all */
	const char *status;
	mun_catalog_row_fn *fn;
	void *ctx;
	char *buf; /* one row, taken apart */
	size_t room;
};

/* Between the fields of a line; the last field, a label, may hold it too. */
#define SEPARATOR '\x1f'

static char *next_field(char **rest)
{
	char *field = *rest;
	char *end = strchr(field, SEPARATOR);

	if (!end)
		return NULL;
	*end = '\0';
	*rest = end + 1;
	return field;
}

static int damaged(const struct mun_query *q, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT, "catalog '%s': a listing is damaged",
			q->c->path);
}

/* Cut a line at its separators, into the fields of @row. */
static bool take_apart(char *line, struct mun_catalog_row *row)
{
	const char *bytes;

	row->status = next_field(&line);
	row->last_audit = row->status ? next_field(&line) : NULL;
	row->format = row->last_audit ? next_field(&line) : NULL;
	bytes = row->format ? next_field(&line) : NULL;
	row->collection = bytes ? next_field(&line) : NULL;
	row->label = line;
	if (!row->collection)
		return false;
	row->bytes = strtoull(bytes, NULL, 10);
	return true;
}

/* Columns 0 and 1, (id, line), as texts in the buffer, one behind the other:
 * SQLite lends the bytes, which spares a copy of each column. */
static int copy_row(struct mun_query *q, struct listing *l, char **line,
		    struct mun_err *e)
{
	size_t id_len;
	size_t len;
	const void *id = mun_column_blob(q, 0, &id_len);
	const void *text = mun_column_blob(q, 1, &len);

	if (!id || !text)
		return damaged(q, e);
	if (!l->buf || l->room < id_len + len + 2) {
		size_t room = 2 * (id_len + len + 2);
		char *grown = realloc(l->buf, room);

		if (!grown)
			return mun_fail_nomem(e, "listing");
		l->buf = grown;
		l->room = room;
	}
	memcpy(l->buf, id, id_len);
	l->buf[id_len] = '\0';
	*line = l->buf + id_len + 1;
	memcpy(*line, text, len);
	(*line)[len] = '\0';
	return 0;
}

static int give_row(struct mun_query *q, struct listing *l, struct mun_err *e)
{
	struct mun_catalog_row row;
	char *line = NULL;
	int rc = copy_row(q, l, &line, e);

	if (rc)
		return rc;
	if (!take_apart(line, &row))
		return damaged(q, e);
	if (l->collection && strcmp(l->collection, row.collection))
		return 0;
	if (l->status && strcmp(l->status, row.status))
		return 0;
	row.id = l->buf;
	return l->fn(l->ctx, &row, e);
}

static int give_rows(struct mun_query *q, struct listing *l, struct mun_err *e)
{
	int rc;

	while ((rc = mun_query_row(q, e)) > 0) {
		rc = give_row(q, l, e);
		if (rc)
			return rc;
	}
	return rc;
}

int mun_catalog_list(struct mun_catalog *c, const char *collection,
		     const char *status, mun_catalog_row_fn *fn, void *ctx,
		     struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_LIST);
	struct listing l = { collection, status, fn, ctx, NULL, 0 };
	int rc = give_rows(&q, &l, e);

	free(l.buf);
	return rc;
}

static const char blanks[] = " \t\n\r\f\v";

/* Does this word have anything that the index knows? */
static bool has_letters(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (isalnum((unsigned char)word[i]) || word[i] & 0x80)
			return true;
	return false;
}

/*
 * A query for FTS5: each word a quoted string, in which nothing but the quote
 * is special.  The index splits a word as it split the texts, so "2026-014/3"
 * means these three numbers in a row.
 */
static size_t fts_words(const char *text, struct mun_str *out)
{
	size_t n = 0;

	for (text += strspn(text, blanks); *text;
	     text += strspn(text, blanks)) {
		size_t len = strcspn(text, blanks);

		if (has_letters(text, len)) {
			mun_str_add(out, n++ ? " \"" : "\"");
			for (size_t i = 0; i < len; i++) {
				mun_str_add_char(out, text[i]);
				if (text[i] == '"')
					mun_str_add_char(out, '"');
			}
			mun_str_add_char(out, '"');
		}
		text += len;
	}
	return n;
}

/* Which objects match: a bit each, by their numbers. */
struct matches {
	size_t n;
	size_t last; /* greatest number that an object has */
	uint8_t *bits;
};

static int find_matches(struct mun_catalog *c, const char *words,
			struct matches *m, struct mun_err *e)
{
	mun_autoquery struct mun_query last =
		mun_query_begin(c, MUN_STMT_OBJECT_LAST);
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_SEARCH_NUMBERS);
	int64_t greatest;
	int rc = mun_query_number(&last, &greatest, e);

	if (rc)
		return rc;
	m->last = (size_t)greatest;
	m->bits = calloc(m->last / 8 + 1, 1);
	if (!m->bits)
		return mun_fail_nomem(e, "search");
	mun_query_text(&q, words);
	while ((rc = mun_query_row(&q, e)) > 0) {
		int64_t no = mun_column_int(&q, 0);

		/* Put since we looked: the next search finds it. */
		if (no < 0 || (size_t)no > m->last)
			continue;
		m->bits[no / 8] |= (uint8_t)(1u << no % 8);
		m->n++;
	}
	return rc;
}

static int give_few(struct mun_catalog *c, const char *words, struct listing *l,
		    struct mun_err *e)
{
	mun_autoquery struct mun_query q = mun_query_begin(c, MUN_STMT_SEARCH);

	mun_query_text(&q, words);
	return give_rows(&q, l, e);
}

static int give_many(struct mun_catalog *c, const struct matches *m,
		     struct listing *l, struct mun_err *e)
{
	mun_autoquery struct mun_query q =
		mun_query_begin(c, MUN_STMT_LIST_BACKWARDS);
	int rc;

	while ((rc = mun_query_row(&q, e)) > 0) {
		int64_t no = mun_column_int(&q, 2);

		if (no < 0 || (size_t)no > m->last ||
		    !(m->bits[no / 8] & 1u << no % 8))
			continue;
		rc = give_row(&q, l, e);
		if (rc)
			return rc;
	}
	return rc;
}

/* Few rows are looked up and sorted; for many, all are walked in their order,
 * which is a third of the work. */
static int search(struct mun_catalog *c, const char *words, struct listing *l,
		  struct mun_err *e)
{
	struct matches m = { 0 };
	int rc = find_matches(c, words, &m, e);

	if (!rc && m.n > m.last / 16)
		rc = give_many(c, &m, l, e);
	else if (!rc && m.n)
		rc = give_few(c, words, l, e);
	free(m.bits);
	return rc;
}

#define WORDS_MAX 64 /* FTS5 has a limit of its own, and a worse message */

int mun_catalog_search(struct mun_catalog *c, const char *text,
		       mun_catalog_row_fn *fn, void *ctx, struct mun_err *e)
{
	mun_autofree char *words = NULL;
	struct listing l = { .fn = fn, .ctx = ctx };
	struct mun_str quoted = { 0 };
	size_t n = fts_words(text, &quoted);
	int rc;

	/* The last word may be the beginning of one. */
	mun_str_add(&quoted, " *");
	rc = mun_str_take(&quoted, &words, e);
	if (rc || !n)
		return rc;
	if (n > WORDS_MAX)
		return mun_fail(e, MUN_EINVAL,
				"%zu words are too many to search for: at most "
				"%d",
				n, WORDS_MAX);
	rc = search(c, words, &l, e);
	free(l.buf);
	return rc;
}
