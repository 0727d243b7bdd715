/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_vocab.c - the LoC vocabularies, against LoC's own list */
#include "catalog/vocab.h"

#include "core/check.h"
#include "tests/support/support.h"

#include <stdio.h>

static void the_table_is_sorted_and_has_no_term_twice(void **state)
{
	(void)state;
	for (size_t i = 1; i < mun_vocab_nterms; i++) {
		const struct mun_vocab_term *a = &mun_vocab_terms[i - 1];
		const struct mun_vocab_term *b = &mun_vocab_terms[i];
		int order = strcmp(a->vocabulary, b->vocabulary);

		assert_true(order < 0 ||
			    (order == 0 && strcmp(a->code, b->code) < 0));
	}
}

static void every_term_is_found_by_label_and_uri(void **state)
{
	(void)state;
	for (size_t i = 0; i < mun_vocab_nterms; i++) {
		const struct mun_vocab_term *t = &mun_vocab_terms[i];
		char uri[256];

		(void)snprintf(uri, sizeof(uri), MUN_VOCAB_BASE "%s/%s",
			       t->vocabulary, t->code);
		assert_ptr_equal(mun_vocab_by_uri(uri), t);
		assert_ptr_equal(mun_vocab_by_label(t->vocabulary, t->label),
				 t);
		assert_true(mun_vocab_is(t->vocabulary));
	}
}

/* id.loc.gov, read from its RDF: systems in use spell them in these ways. */
static void labels_are_compared_as_people_write_them(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		bool same;
	} cases[] = {
		{ "is Source Of", "is source of", true },
		{ "is Source Of", "isSourceOf", true },
		{ " is\n   Source Of\t", "is Source Of", true },
		{ "SHA-256", "sha256", true },
		{ "SHA-256", "SHA-512", false },
		{ "imaging", "imagin", false },
		{ "imagin", "imaging", false },
		{ "", "", true },
		{ "", " - ", true },
		{ "", "x", false },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++)
		assert_int_equal(mun_vocab_same(cases[i].a, cases[i].b),
				 cases[i].same);
}

static void what_is_no_uri_of_a_term_is_not_found(void **state)
{
	static const char *const bad[] = {
		"",
		"http://id.loc.gov/",
		MUN_VOCAB_BASE,
		MUN_VOCAB_BASE "eventType",
		MUN_VOCAB_BASE "eventType/",
		MUN_VOCAB_BASE "eventType/im",
		MUN_VOCAB_BASE "eventType/imag",
		MUN_VOCAB_BASE "eventType/ima/",
		MUN_VOCAB_BASE "ima",
		MUN_VOCAB_BASE "eventType/ima ima",
		"http://id.loc.gov/vocabulary/languages/eng",
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(bad); i++)
		assert_null(mun_vocab_by_uri(bad[i]));
	assert_non_null(mun_vocab_by_uri(" " MUN_VOCAB_BASE "eventType/ima\n"));
	assert_null(mun_vocab_by_label("eventType", "person"));
	assert_null(mun_vocab_by_label("noSuchList", "imaging"));
	assert_false(mun_vocab_is("event"));
	assert_string_equal(
		mun_vocab_uri_tail("http://id.loc.gov/vocabulary/preservation"),
		"");
	assert_null(mun_vocab_uri_tail(
		"http://id.loc.gov/vocabulary/preservationX"));
}

/* Each line of LoC's list: vocabulary,code,label,uri,... */
static void the_table_is_that_of_loc(void **state)
{
	const char *standards = mun_test_standards();
	char *path;
	char *csv;
	size_t n = 0;

	(void)state;
	if (!standards) {
		print_message("SKIPPED: no $MUNIMENT_STANDARDS\n");
		skip();
	}
	path = mun_test_path(standards,
			     "vocab/loc/loc-preservation-vocabularies.csv");
	csv = mun_test_read(path, NULL);
	assert_non_null(csv);
	for (char *line = strchr(csv, '\n'); line && line[1];
	     line = strchr(line + 1, '\n')) {
		const struct mun_vocab_term *t = &mun_vocab_terms[n];
		char start[256];

		assert_true(n < mun_vocab_nterms);
		(void)snprintf(start, sizeof(start),
			       "%s,%s,%s," MUN_VOCAB_BASE "%s/%s,",
			       t->vocabulary, t->code, t->label, t->vocabulary,
			       t->code);
		if (strncmp(line + 1, start, strlen(start)) != 0)
			fail_msg("not '%s' but '%.80s'", start, line + 1);
		n++;
	}
	assert_int_equal(n, mun_vocab_nterms);
	free(csv);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_sorted_and_has_no_term_twice),
		cmocka_unit_test(every_term_is_found_by_label_and_uri),
		cmocka_unit_test(labels_are_compared_as_people_write_them),
		cmocka_unit_test(what_is_no_uri_of_a_term_is_not_found),
		cmocka_unit_test(the_table_is_that_of_loc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
