/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/batch_csv.c - a CSV file as people export it, read with bounds */
#include "ingest/batch_csv.h"

#include "core/str.h"

#include <csv.h>
#include <ctype.h>
#include <string.h>

static const char delimiters[] = { ',', ';', '\t' };

/* One pass over the bytes.  libcsv gives fields and ends of rows; lines are
 * counted here, since it gets one line at a time. */
struct pass {
	struct csv_parser csv;
	struct mun_arena *arena;
	struct mun_err *e;
	int rc; /* of what went wrong in a callback */
	size_t line; /* that libcsv is being given */
	size_t row_line; /* where the row at hand began */
	bool open; /* that row goes on in the next line */
	bool header_only;
	bool have_header;
	size_t nfields; /* of the row at hand */
	const char *fields[MUN_CSV_COLUMNS_MAX];
	bool unclean; /* one of them is no text */
	bool more; /* fields than can be */
	size_t ncolumns;
	const char **columns;
	const char **titles;
	size_t nrows;
	struct mun_csv_row *rows;
};

/* libcsv grows the one field that it reads: that is where a line without an
 * end is stopped. */
static void *bounded_realloc(void *p, size_t size)
{
	/* It asks for whole blocks, so the last one may go beyond. */
	return size > MUN_CSV_FIELD_MAX + 4096 ? NULL : realloc(p, size);
}

/* CR LF inside a field becomes LF; the text is cut in place. */
static void plain_ends(char *s, size_t *len)
{
	size_t to = 0;

	for (size_t i = 0; i < *len; i++) {
		if (s[i] == '\r' && i + 1 < *len && s[i + 1] == '\n')
			continue;
		s[to++] = s[i] == '\r' ? '\n' : s[i];
	}
	s[to] = '\0';
	*len = to;
}

static void on_field(void *data, size_t len, void *ctx)
{
	struct pass *p = ctx;
	char *text;

	if (p->rc)
		return;
	if (p->nfields == MUN_CSV_COLUMNS_MAX) {
		p->more = true;
		return;
	}
	if (!len) {
		p->fields[p->nfields++] = "";
		return;
	}
	text = mun_arena_strndup(p->arena, data, len);
	if (!text) {
		p->rc = mun_fail_nomem(p->e, "row of a CSV file");
		return;
	}
	plain_ends(text, &len);
	p->unclean = p->unclean || !mun_text_is_clean(text, "\n\t");
	p->fields[p->nfields++] = text;
}

static char plain_letter(char c)
{
	return (char)(c == ' ' || c == '-' ? '_' : tolower((unsigned char)c));
}

/* "Write Blocker" is write_blocker; of "Identifier: Old No." the type stays. */
static const char *column_name(struct mun_arena *a, const char *text)
{
	char *name = mun_arena_strdup(a, text);
	char *colon;
	char *type;

	if (!name)
		return NULL;
	colon = strchr(name, ':');
	for (char *c = name; *c && c != colon; c++)
		*c = plain_letter(*c);
	if (!colon)
		return name;
	type = colon + 1;
	while (*type == ' ')
		type++;
	memmove(colon + 1, type, strlen(type) + 1);
	return name;
}

static int refuse_twins(const struct pass *p, struct mun_err *e)
{
	for (size_t i = 0; i < p->ncolumns; i++) {
		for (size_t k = 0; *p->columns[i] && k < i; k++) {
			if (!strcmp(p->columns[i], p->columns[k]))
				return mun_fail(e, MUN_EINVAL,
						"line %zu: columns %zu and "
						"%zu are both '%s'",
						p->row_line, k + 1, i + 1,
						p->columns[i]);
		}
	}
	return 0;
}

static int take_header(struct pass *p, struct mun_err *e)
{
	if (p->more)
		return mun_fail(e, MUN_EINVAL, "line %zu: more than %d columns",
				p->row_line, MUN_CSV_COLUMNS_MAX);
	if (p->unclean)
		return mun_fail(e, MUN_EINVAL,
				"line %zu: the names of the columns are not "
				"UTF-8 text; save the file as UTF-8",
				p->row_line);
	p->columns = mun_arena_array(p->arena, p->nfields, sizeof(*p->columns));
	p->titles = mun_arena_array(p->arena, p->nfields, sizeof(*p->titles));
	if (!p->columns || !p->titles)
		return mun_fail_nomem(e, "columns of a CSV file");
	for (size_t i = 0; i < p->nfields; i++) {
		p->titles[i] = p->fields[i];
		p->columns[i] = column_name(p->arena, p->fields[i]);
		if (!p->columns[i])
			return mun_fail_nomem(e, "columns of a CSV file");
	}
	p->ncolumns = p->nfields;
	p->have_header = true;
	return refuse_twins(p, e);
}

static bool is_empty(const struct pass *p)
{
	for (size_t i = 0; i < p->nfields; i++) {
		if (*p->fields[i])
			return false;
	}
	return !p->more;
}

static const char *problem_of(struct pass *p)
{
	if (p->unclean)
		return "not UTF-8 text, or control characters in it; save the "
		       "file as UTF-8";
	if (p->more)
		return "more fields than there are columns";
	for (size_t i = 0; i < p->nfields; i++) {
		if (!*p->fields[i] || (i < p->ncolumns && *p->columns[i]))
			continue;
		return mun_arena_fmt(p->arena,
				     i < p->ncolumns
					     ? "column %zu has no name"
					     : "field %zu is in no column",
				     i + 1);
	}
	return NULL;
}

static int take_row(struct pass *p, struct mun_err *e)
{
	struct mun_csv_row *more;
	const char **fields;

	if (is_empty(p))
		return 0;
	if (p->nrows == MUN_CSV_ROWS_MAX)
		return mun_fail(e, MUN_EINVAL,
				"line %zu: more than %d rows; make several "
				"files of it",
				p->row_line, MUN_CSV_ROWS_MAX);
	more = mun_arena_grow(p->arena, p->rows, p->nrows, sizeof(*more));
	fields = mun_arena_array(p->arena, p->ncolumns, sizeof(*fields));
	if (!more || !fields)
		return mun_fail_nomem(e, "row of a CSV file");
	for (size_t i = 0; i < p->ncolumns; i++)
		fields[i] = i < p->nfields ? p->fields[i] : "";
	p->rows = more;
	p->rows[p->nrows++] = (struct mun_csv_row){
		.line = p->row_line,
		.problem = problem_of(p),
		.fields = fields,
	};
	return mun_arena_failed(p->arena, e);
}

static void on_row(int end, void *ctx)
{
	struct pass *p = ctx;

	(void)end;
	p->open = false;
	if (!p->rc && !p->have_header)
		p->rc = take_header(p, p->e);
	else if (!p->rc && !p->header_only)
		p->rc = take_row(p, p->e);
	p->nfields = 0;
	p->unclean = false;
	p->more = false;
}

static int csv_refuses(struct pass *p, struct mun_err *e)
{
	if (p->rc)
		return p->rc;
	if (csv_error(&p->csv) == CSV_ENOMEM)
		return mun_fail(e, MUN_EINVAL,
				"line %zu: a field is longer than %zu bytes",
				p->row_line, MUN_CSV_FIELD_MAX);
	if (p->open)
		return mun_fail(e, MUN_EINVAL,
				"line %zu: a field begins with a quote whose "
				"end is not there, or has a single quote in it "
				"(line %zu)",
				p->row_line, p->line);
	return mun_fail(e, MUN_EINVAL,
			"line %zu: a quote stands alone; a field with quotes "
			"is written \"like \"\"this\"\"\"",
			p->line);
}

/* Bytes of the line at @s with its end: LF, CR LF or CR. */
static size_t line_bytes(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] != '\n' && s[n] != '\r')
		n++;
	if (n + 1 < len && s[n] == '\r' && s[n + 1] == '\n')
		return n + 2;
	return n < len ? n + 1 : n;
}

static bool is_blank(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!strchr(" \t\r\n", s[i]))
			return false;
	}
	return true;
}

static int feed(struct pass *p, const char *data, size_t len, struct mun_err *e)
{
	for (size_t at = 0; at < len;) {
		size_t n = line_bytes(data + at, len - at);
		bool was_open = p->open;

		p->line++;
		if (!p->open)
			p->row_line = p->line;
		/* on_row() says that it is not, where its end comes. */
		p->open = p->open || !is_blank(data + at, n);
		if (csv_parse(&p->csv, data + at, n, on_field, on_row, p) !=
			    n ||
		    p->rc) {
			p->open = was_open;
			return csv_refuses(p, e);
		}
		if (p->header_only && p->have_header)
			return 0;
		at += n;
	}
	if (csv_fini(&p->csv, on_field, on_row, p) || p->rc)
		return csv_refuses(p, e);
	return 0;
}

static int run(struct pass *p, char delimiter, const char *data, size_t len,
	       struct mun_err *e)
{
	int rc;

	p->e = e;
	if (csv_init(&p->csv, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL))
		return mun_fail_nomem(e, "CSV parser");
	csv_set_delim(&p->csv, (unsigned char)delimiter);
	csv_set_realloc_func(&p->csv, bounded_realloc);
	csv_set_blk_size(&p->csv, 4096);
	rc = feed(p, data, len, e);
	csv_free(&p->csv);
	if (!rc && !p->have_header)
		rc = mun_fail(e, MUN_EINVAL,
			      "there is no line that names the columns");
	return rc;
}

/* Do these names make sense to us?  2 for more than one column. */
static int fits(const struct pass *p)
{
	for (size_t i = 0; i < p->ncolumns; i++) {
		if (!strcmp(p->columns[i], "source") ||
		    !strcmp(p->columns[i], "label") ||
		    !strcmp(p->columns[i], "barcode"))
			return p->ncolumns > 1 ? 2 : 1;
	}
	return 0;
}

/* How far the header is understood when read with this one: -1 not at all. */
static int try_delimiter(char delimiter, const char *data, size_t len)
{
	struct pass *p = calloc(1, sizeof(*p));
	struct mun_err why;
	int result = -1;

	if (p && !mun_arena_new(&p->arena, &why)) {
		p->header_only = true;
		/* Columns that are twins are refused later, by name. */
		if (!run(p, delimiter, data, len, &why) || p->have_header)
			result = fits(p);
		mun_arena_free(p->arena);
	}
	free(p);
	return result;
}

static int find_delimiter(const char *data, size_t len, char *out,
			  struct mun_err *e)
{
	int best = 0;
	bool tie = false;

	*out = ',';
	for (size_t i = 0; i < sizeof(delimiters); i++) {
		int fit = try_delimiter(delimiters[i], data, len);

		if (fit > best) {
			best = fit;
			tie = false;
			*out = delimiters[i];
		} else if (fit == 2 && best == 2) {
			tie = true;
		}
	}
	if (tie)
		return mun_fail(e, MUN_EINVAL,
				"line 1: the columns could be separated by "
				"more than one of comma, semicolon and tab");
	return 0;
}

static int look_for_nul(const char *data, size_t len, struct mun_err *e)
{
	const char *nul = memchr(data, '\0', len);
	size_t line = 0;

	if (!nul)
		return 0;
	for (const char *s = data; s <= nul; line++)
		s += line_bytes(s, len - (size_t)(s - data));
	return mun_fail(e, MUN_EINVAL,
			"line %zu: a NUL byte: this is no text file", line);
}

static int look_at_bytes(const char **data, size_t *len, struct mun_err *e)
{
	if (*len > MUN_CSV_FILE_MAX)
		return mun_fail(e, MUN_EINVAL, "larger than %zu bytes",
				MUN_CSV_FILE_MAX);
	if (*len >= 2 &&
	    (!memcmp(*data, "\xff\xfe", 2) || !memcmp(*data, "\xfe\xff", 2)))
		return mun_fail(e, MUN_EINVAL,
				"line 1: this is UTF-16; save it as UTF-8");
	if (*len >= 3 && !memcmp(*data, "\xef\xbb\xbf", 3)) {
		*data += 3;
		*len -= 3;
	}
	return look_for_nul(*data, *len, e);
}

static int refuse_strangers(const struct pass *p, struct mun_err *e)
{
	struct mun_str names = { 0 };
	int rc;

	if (fits(p))
		return 0;
	for (size_t i = 0; i < p->ncolumns && names.len < 160; i++)
		mun_str_addf(&names, "%s%.60s", i ? ", " : "", p->columns[i]);
	rc = mun_fail(e, MUN_EINVAL,
		      "line 1: no column is called source, label or barcode, "
		      "but: %s",
		      names.text ? names.text : "");
	mun_str_free(&names);
	return rc;
}

static int parse(struct pass *p, const char *data, size_t len,
		 struct mun_csv **out, struct mun_err *e)
{
	struct mun_csv *t;
	char delimiter = ',';
	int rc = look_at_bytes(&data, &len, e);

	if (!rc)
		rc = find_delimiter(data, len, &delimiter, e);
	if (!rc)
		rc = run(p, delimiter, data, len, e);
	if (!rc)
		rc = refuse_strangers(p, e);
	if (rc)
		return rc;
	t = mun_arena_alloc(p->arena, sizeof(*t));
	if (!t)
		return mun_fail_nomem(e, "CSV file");
	*t = (struct mun_csv){
		.arena = p->arena,
		.delimiter = delimiter,
		.ncolumns = p->ncolumns,
		.columns = p->columns,
		.titles = p->titles,
		.nrows = p->nrows,
		.rows = p->rows,
	};
	*out = t;
	return 0;
}

int mun_csv_parse(const void *data, size_t len, struct mun_csv **out,
		  struct mun_err *e)
{
	struct pass *p = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return mun_fail_nomem(e, "CSV file");
	rc = mun_arena_new(&p->arena, e);
	if (!rc)
		rc = parse(p, data, len, out, e);
	if (rc)
		mun_arena_free(p->arena);
	free(p);
	return rc;
}

void mun_csv_free(struct mun_csv *t)
{
	/* The arena holds @t too. */
	if (t)
		mun_arena_free(t->arena);
}

size_t mun_csv_column(const struct mun_csv *t, const char *name)
{
	size_t i = 0;

	while (i < t->ncolumns && strcmp(t->columns[i], name) != 0)
		i++;
	return i;
}
