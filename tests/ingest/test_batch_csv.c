/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_batch_csv.c - CSV files as people export them, and worse */
#include "ingest/batch_csv.h"

#include "core/str.h"
#include "tests/support/support.h"

#include <stdio.h>

#define BOM "\xef\xbb\xbf"

/* The table as text: columns, then "LINE:a|b|c" or "LINE!problem". */
static char *shown(const void *data, size_t len)
{
	struct mun_str s = { 0 };
	mun_auto(csv) *t = NULL;
	struct mun_err e;
	char text[1024];

	if (mun_csv_parse(data, len, &t, &e)) {
		mun_str_addf(&s, "refused: %s",
			     mun_err_text(&e, text, sizeof(text), 0));
		return s.text;
	}
	for (size_t i = 0; i < t->ncolumns; i++)
		mun_str_addf(&s, "%s%s", i ? "," : "", t->columns[i]);
	for (size_t r = 0; r < t->nrows; r++) {
		const struct mun_csv_row *row = &t->rows[r];

		mun_str_addf(&s, " %zu", row->line);
		if (row->problem) {
			mun_str_addf(&s, "!%s", row->problem);
			continue;
		}
		for (size_t i = 0; i < t->ncolumns; i++)
			mun_str_addf(&s, "%c%s", i ? '|' : ':', row->fields[i]);
	}
	return s.text;
}

struct sample {
	const char *name;
	const char *text;
	const char *want; /* a beginning, where it ends with '*' */
};

static const struct sample samples[] = {
	{ "plain", "source,label\na.img,One\nb.img,Two\n",
	  "source,label 2:a.img|One 3:b.img|Two" },
	{ "CR LF, a byte order mark, no end of the last line",
	  BOM "source,label\r\na,One\r\nb,Two",
	  "source,label 2:a|One 3:b|Two" },
	{ "only CR", "source,label\ra,One\rb,Two\r",
	  "source,label 2:a|One 3:b|Two" },
	{ "semicolons", "source;label\na;\"One; two\"\n",
	  "source,label 2:a|One; two" },
	{ "tabs", "source\tlabel\na\tOne, two\n", "source,label 2:a|One, two" },
	{ "a tab in a file with commas", "source,label\na,One\ttwo\n",
	  "source,label 2:a|One\ttwo" },
	{ "one column", "source\na\nb\n", "source 2:a 3:b" },
	{ "the first line fits two of them", "source,x;label\n1,2\n",
	  "refused: line 1: the columns could be separated*" },
	{ "names of columns are tidied",
	  "Source, Write-Blocker ,Identifier: Old No.\na,b,c\n",
	  "source,write_blocker,identifier:Old No. 2:a|b|c" },
	{ "quotes, commas and doubled quotes",
	  "source,label\na,\"5.25\"\" disk, \"\"boot\"\"\"\n",
	  "source,label 2:a|5.25\" disk, \"boot\"" },
	{ "lines inside a field, and the lines after it count on",
	  "source,note\r\na,\"one\r\ntwo\rthree\"\r\nb,x\r\n",
	  "source,note 2:a|one\ntwo\nthree 5:b|x" },
	{ "an empty line inside a field",
	  "source,note\na,\"one\n\ntwo\"\nb,x\n",
	  "source,note 2:a|one\n\ntwo 5:b|x" },
	{ "blank lines and empty rows are none",
	  "\n\nsource,label\n\na,One\n,\n  \n\nb,Two\n\n",
	  "source,label 5:a|One 9:b|Two" },
	{ "blanks around fields go, in quotes they stay",
	  "source,label\n  a  ,\"  One  \"\n", "source,label 2:a|  One  " },
	{ "a short row", "source,label,note\na,One\n",
	  "source,label,note 2:a|One|" },
	{ "a long row, where the rest is empty", "source,label\na,One,,\n",
	  "source,label 2:a|One" },
	{ "a long row", "source,label\na,One,,x\nb,Two\n",
	  "source,label 2!field 4 is in no column 3:b|Two" },
	{ "a column without a name", "source,,label\na,x,One\nb,,Two\n",
	  "source,,label 2!column 2 has no name 3:b||Two" },
	{ "Latin-1 in one row", "source,label\na,caf\xe9\nb,Two\n",
	  "source,label 2!not UTF-8 text* " },
	{ "Latin-1 in the names", "source,caf\xe9\na,b\n",
	  "refused: line 1: the names of the columns are not UTF-8*" },
	{ "UTF-8", "source,label\na,caf\xc3\xa9 \xe2\x82\xac\n",
	  "source,label 2:a|caf\xc3\xa9 \xe2\x82\xac" },
	{ "a control character", "source,label\na,x\x1b[2Jy\n",
	  "source,label 2!not UTF-8 text*" },
	{ "twins", "source,Label,label\na,b,c\n",
	  "refused: line 1: columns 2 and 3 are both 'label'" },
	{ "nothing", "", "refused: there is no line that names the columns" },
	{ "blank", " \n\n\t\n",
	  "refused: there is no line that names the columns" },
	{ "a mark and nothing", BOM,
	  "refused: there is no line that names the columns" },
	{ "columns of something else", "name,date\na,b\n",
	  "refused: line 1: no column is called source, label or barcode, "
	  "but: name, date" },
	{ "no rows", "source,label\n", "source,label" },
	{ "a quote without an end", "source,label\na,One\nb,\"Two\nc,Three\n",
	  "refused: line 3: a field begins with a quote whose end is not "
	  "there*" },
	{ "a quote in the middle", "source,label\na,5.25\" disk\n",
	  "refused: line 2: a quote stands alone*" },
	{ "text after a quote", "source,label\na,\"x\"y\n",
	  "refused: line 2: a quote stands alone*" },
	{ "UTF-16", "\xff\xfes,", "refused: line 1: this is UTF-16*" },
};

static bool as_wanted(const char *got, const char *want)
{
	const char *star = strchr(want, '*');

	return star ? !strncmp(got, want, (size_t)(star - want))
		    : !strcmp(got, want);
}

static void every_file_is_read_or_refused_as_it_should_be(void **state)
{
	size_t failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *x = &samples[i];
		char *got = shown(x->text, strlen(x->text));

		if (!as_wanted(got, x->want)) {
			print_error("%s:\n  %s\n  not %s\n", x->name, got,
				    x->want);
			failures++;
		}
		free(got);
	}
	assert_int_equal(failures, 0);
}

static void assert_refused(const char *text, size_t len, const char *want)
{
	char *got = shown(text, len);

	if (!as_wanted(got, want))
		fail_msg("%.300s", got);
	free(got);
}

static void a_nul_byte_is_told_with_its_line(void **state)
{
	static const char text[] = "source,label\r\na,One\r\nb,T\0wo\r\n";

	(void)state;
	assert_refused(text, sizeof(text) - 1, "refused: line 3: a NUL byte*");
}

/* @n copies of @unit between two texts. */
static char *long_text(const char *head, const char *unit, size_t n,
		       const char *tail, size_t *len)
{
	struct mun_str s = { 0 };

	mun_str_add(&s, head);
	for (size_t i = 0; i < n; i++)
		mun_str_add(&s, unit);
	mun_str_add(&s, tail);
	assert_false(s.failed);
	*len = s.len;
	return s.text;
}

static void what_is_too_large_is_refused_with_its_line(void **state)
{
	size_t len;
	char *text;

	(void)state;
	text = long_text("source,label\na,", "x", MUN_CSV_FIELD_MAX + 8192,
			 "\n", &len);
	assert_refused(text, len, "refused: line 2: a field is longer*");
	free(text);
	text = long_text("source,label\na,\"", "x\n", MUN_CSV_FIELD_MAX, "",
			 &len);
	assert_refused(text, len, "refused: line 2: a field is longer*");
	free(text);
	text = long_text("source", ",", MUN_CSV_COLUMNS_MAX, "\n", &len);
	assert_refused(text, len, "refused: line 1: more than 256 columns*");
	free(text);
	text = long_text("source\n", "a\n", MUN_CSV_ROWS_MAX + 1, "", &len);
	assert_refused(text, len, "refused: line 100002: more than 100000*");
	free(text);
	text = long_text("source\n", "aaaaaaa\n", MUN_CSV_FILE_MAX / 8, "",
			 &len);
	assert_refused(text, len, "refused: larger than*");
	free(text);
}

static void a_field_of_the_largest_size_is_whole(void **state)
{
	mun_auto(csv) *t = NULL;
	struct mun_err e;
	size_t len;
	char *text;

	(void)state;
	text = long_text("source,label\na,", "x", MUN_CSV_FIELD_MAX, "\n",
			 &len);
	assert_int_equal(mun_csv_parse(text, len, &t, &e), 0);
	assert_int_equal(strlen(t->rows[0].fields[1]), MUN_CSV_FIELD_MAX);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_file_is_read_or_refused_as_it_should_be),
		cmocka_unit_test(a_nul_byte_is_told_with_its_line),
		cmocka_unit_test(what_is_too_large_is_refused_with_its_line),
		cmocka_unit_test(a_field_of_the_largest_size_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
