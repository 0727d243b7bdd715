/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_rights.c - rights statements: recorded, ended, asked */
#include "catalog/rights.h"

#include <stdio.h>

#include "catalog/query.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"
#include "core/utf8.h"
#include "tests/catalog/evidence_sample.h"
#include "tests/catalog/rights_sample.h"
#include "tests/support/support.h"

/* Is it forbidden then?  How many statements say so. */
static size_t forbidden(unsigned int n, const char *act, const char *when)
{
	struct mun_rights_answer a;
	size_t count;

	ok(mun_rights_forbid(c, catalog_sample_id(n, 0), act, at(when), &a,
			     &e));
	assert_int_equal(a.forbidden, a.n > 0);
	assert_int_equal(!a.text, !a.n);
	assert_int_equal(!*a.id, !a.n);
	count = a.n;
	mun_rights_answer_clear(&a);
	return count;
}

#define NOW "2026-12-01T00:00:00Z"

static void what_was_said_comes_out_again(void **state)
{
	struct mun_rec_rights x = sample_closed;
	char id[2][MUN_UUID_LEN];
	struct mun_record *r;

	(void)state;
	x.from = "2026-XX";
	x.until = "204X";
	x.citation = "letter of \u00bb3 May\u00ab";
	x.note = "\ta note\nof two lines ";
	add(1, &x, id[0]);
	x = sample_closed;
	x.agent = "";
	x.restricted = false;
	x.act = MUN_ACT_REPLICATE;
	x.basis = MUN_BASIS_STATUTE;
	x.jurisdiction = "de";
	x.citation = "UrhG 60f";
	add(1, &x, id[1]);
	r = get(1);
	assert_int_equal(r->nrights, 2);
	assert_string_equal(r->rights[0].id, id[0]);
	assert_string_equal(r->rights[0].recorded, NOW);
	assert_string_equal(r->rights[0].agent, SAMPLE_OPERATOR);
	assert_string_equal(r->rights[0].from, "2026-XX");
	assert_string_equal(r->rights[0].until, "204X");
	assert_string_equal(r->rights[0].note, "\ta note\nof two lines ");
	assert_true(r->rights[0].restricted);
	assert_string_equal(r->rights[0].ended, "");
	assert_string_equal(r->rights[1].id, id[1]);
	assert_string_equal(r->rights[1].agent, "");
	assert_string_equal(r->rights[1].jurisdiction, "de");
	assert_false(r->rights[1].restricted);
	mun_record_free(r);
	r = get(2);
	assert_int_equal(r->nrights, 0);
	mun_record_free(r);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
}

static void what_a_record_holds_is_put_with_it(void **state)
{
	struct mun_record *want = catalog_sample(4);
	struct mun_record *got;

	(void)state;
	assert_true(want->nrights > 2);
	catalog_sample_put(c, 4);
	ok(mun_catalog_get(c, want->id, true, &got, &e));
	catalog_sample_assert_same(got, want);
	mun_record_free(got);
	/* A further version with the same statements brings none twice. */
	got = catalog_sample_revised(4);
	ok(mun_catalog_revise(c, got, "2026-12-01T12:00:00Z", &e));
	mun_record_free(got);
	got = get(4);
	assert_int_equal(got->nrights, want->nrights);
	mun_record_free(got);
	mun_record_free(want);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
}

static void what_cannot_be_recorded_is_refused(void **state)
{
	static char long_text[MUN_RIGHTS_TEXT_MAX + 2];
	const struct {
		size_t field; /* offset of a const char * */
		const char *value;
	} cases[] = {
#define F(field, value) { offsetof(struct mun_rec_rights, field), value }
		F(basis, "hearsay"),
		F(basis, ""),
		F(basis, MUN_BASIS_STATUTE), /* of which country? */
		F(act, "dissemination"),
		F(act, ""),
		F(text, ""),
		F(text, " \n\t"),
		F(text, "bell \a"),
		F(text, "old line end\r\n"),
		F(text, "caf\xe9"),
		F(text, "\xed\xa0\x80"),
		F(text, "\xc2\x85"),
		F(text, long_text),
		F(note, "\x7f"),
		F(citation, "two\nlines"),
		F(jurisdiction, "nl"), /* of a donor's letter? */
		F(from, "soon"),
		F(from, "2026-02-30"),
		F(from, "2026~"),
		F(from, "2026/2027"),
		F(from, "XXXX"),
		F(from, "2026-21"),
		F(until, ".."),
		F(until, "OPEN"),
		F(until, "2026-01-01T00:00:00"), /* where? */
		F(until, "Y20260"),
		F(agent, "nobody"),
		F(agent, "019a0000-0000-7000-8000-000000000000"),
#undef F
	};
	struct mun_record *r;

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_rec_rights x = sample_closed;
		char id[MUN_UUID_LEN];

		*(const char **)(void *)((char *)&x + cases[i].field) =
			cases[i].value;
		if (mun_rights_add(c, catalog_sample_id(1, 0), &x, NULL, NULL,
				   id, &e) != MUN_EINVAL)
			fail_msg("case %zu was recorded", i);
	}
	r = get(1);
	assert_int_equal(r->nrights, 0);
	mun_record_free(r);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
}

static void a_term_does_not_end_before_it_begins(void **state)
{
	struct mun_rec_rights x = sample_closed;
	char id[MUN_UUID_LEN];

	(void)state;
	x.from = "2040-02";
	x.until = "2040-01-31";
	assert_int_equal(mun_rights_add(c, catalog_sample_id(1, 0), &x, NULL,
					NULL, id, &e),
			 MUN_EINVAL);
	x.until = "2040"; /* may well be after it */
	add(1, &x, id);
}

static void a_statement_ends_once_and_stays(void **state)
{
	const char *object = catalog_sample_id(1, 0);
	struct mun_record *r;
	char id[3][MUN_UUID_LEN];

	(void)state;
	add(1, &sample_closed, id[0]);
	add(2, &sample_closed, id[1]);
	sample_clock += 1000;
	assert_int_equal(mun_rights_end(c, object, id[1], NULL, NULL, &e),
			 MUN_ENOENT);
	assert_int_equal(mun_rights_end(c, object, catalog_sample_id(9, 9),
					NULL, NULL, &e),
			 MUN_ENOENT);
	assert_int_equal(mun_rights_end(c, catalog_sample_id(9, 0), id[0], NULL,
					NULL, &e),
			 MUN_ENOENT);
	assert_int_equal(mun_rights_end(c, object, id[0], NULL, "\a", &e),
			 MUN_EINVAL);
	ok(mun_rights_end(c, object, id[0], SAMPLE_OPERATOR, "a\nletter", &e));
	assert_int_equal(mun_rights_end(c, object, id[0], NULL, NULL, &e),
			 MUN_EEXIST);
	/* And nothing may take the place of what has ended: no half of it. */
	assert_int_equal(mun_rights_add(c, object, &sample_closed, id[0], NULL,
					id[2], &e),
			 MUN_EEXIST);
	r = get(1);
	assert_int_equal(r->nrights, 1);
	assert_string_equal(r->rights[0].text, "closed");
	assert_string_equal(r->rights[0].ended, "2026-12-01T00:00:01Z");
	assert_string_equal(r->rights[0].ended_by, SAMPLE_OPERATOR);
	assert_string_equal(r->rights[0].why, "a\nletter");
	assert_string_equal(r->rights[0].later, "");
	mun_record_free(r);
	assert_int_equal(forbidden(1, MUN_ACT_DISSEMINATE, NOW), 0);
	assert_int_equal(forbidden(2, MUN_ACT_DISSEMINATE, NOW), 1);
}

static void a_later_statement_takes_the_place_of_one(void **state)
{
	const char *object = catalog_sample_id(1, 0);
	struct mun_rec_rights x = sample_closed;
	struct mun_record *r;
	char id[2][MUN_UUID_LEN];

	(void)state;
	add(1, &sample_closed, id[0]);
	x.until = "2030";
	ok(mun_rights_add(c, object, &x, id[0], "agreed", id[1], &e));
	r = get(1);
	assert_int_equal(r->nrights, 2);
	assert_string_equal(r->rights[0].later, id[1]);
	assert_string_equal(r->rights[0].why, "agreed");
	assert_string_equal(r->rights[1].ended, "");
	mun_record_free(r);
	assert_int_equal(forbidden(1, MUN_ACT_DISSEMINATE, NOW), 1);
	assert_int_equal(
		forbidden(1, MUN_ACT_DISSEMINATE, "2031-01-01T00:00:00Z"), 0);
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
}

static void an_embargo_runs_out_by_itself(void **state)
{
	static const struct {
		const char *from;
		const char *until;
		const char *when;
		bool forbidden;
	} cases[] = {
		{ "", "", "0001-01-01T00:00:00Z", true },
		{ "", "", "9999-12-31T23:59:59Z", true },
		{ "", "2040", "2040-12-31T23:59:59Z", true },
		{ "", "2040", "2041-01-01T00:00:00Z", false },
		{ "", "204X", "2049-12-31T23:59:59Z", true },
		{ "", "204X", "2050-01-01T00:00:00Z", false },
		{ "", "2040-02", "2040-02-29T23:59:59Z", true },
		{ "", "2040-02", "2040-03-01T00:00:00Z", false },
		{ "", "2040-06-30", "2040-06-30T23:59:59Z", true },
		{ "", "2040-06-30", "2040-07-01T00:00:00Z", false },
		{ "", "2040-06-30T12:00:00+02:00", "2040-06-30T10:00:00Z",
		  true },
		{ "", "2040-06-30T12:00:00+02:00", "2040-06-30T10:00:01Z",
		  false },
		{ "2030", "", "2029-12-31T23:59:59Z", false },
		{ "2030", "", "2030-01-01T00:00:00Z", true },
		{ "2030-XX-31", "2030-XX-31", "2030-01-30T23:59:59Z", false },
		{ "2030-XX-31", "2030-XX-31", "2030-01-31T00:00:00Z", true },
		{ "2030-XX-31", "2030-XX-31", "2030-12-31T23:59:59Z", true },
		{ "2030-XX-31", "2030-XX-31", "2031-01-01T00:00:00Z", false },
		{ "XXX0-02-29", "", "0000-02-28T23:59:59Z", false },
		{ "XXX0-02-29", "", "0000-02-29T00:00:00Z", true },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_rec_rights x = sample_closed;
		char id[MUN_UUID_LEN];

		x.from = cases[i].from;
		x.until = cases[i].until;
		add(1, &x, id);
		if (forbidden(1, MUN_ACT_DISSEMINATE, cases[i].when) !=
		    cases[i].forbidden)
			fail_msg("from '%s' until '%s' at %s", x.from, x.until,
				 cases[i].when);
		ok(mun_rights_end(c, catalog_sample_id(1, 0), id, NULL, NULL,
				  &e));
	}
}

static void each_act_stands_for_itself_but_use(void **state)
{
	struct mun_rec_rights x = sample_closed;
	char id[MUN_UUID_LEN];

	(void)state;
	x.act = MUN_ACT_REPLICATE;
	add(1, &x, id);
	assert_int_equal(forbidden(1, MUN_ACT_REPLICATE, NOW), 1);
	assert_int_equal(forbidden(1, MUN_ACT_DISSEMINATE, NOW), 0);
	assert_int_equal(forbidden(1, MUN_ACT_USE, NOW), 0);
	x.act = MUN_ACT_USE;
	add(1, &x, id);
	assert_int_equal(forbidden(1, MUN_ACT_USE, NOW), 1);
	assert_int_equal(forbidden(1, MUN_ACT_DISSEMINATE, NOW), 1);
	/* What may not leave may still be used in the house. */
	add(2, &sample_closed, id);
	assert_int_equal(forbidden(2, MUN_ACT_USE, NOW), 0);
}

static void a_grant_lifts_no_restriction(void **state)
{
	struct mun_rec_rights x = sample_closed;
	char id[MUN_UUID_LEN];

	(void)state;
	x.restricted = false;
	x.text = "everybody may";
	add(1, &x, id);
	assert_int_equal(forbidden(1, MUN_ACT_DISSEMINATE, NOW), 0);
	add(1, &sample_closed, id);
	add(1, &x, id);
	assert_int_equal(forbidden(1, MUN_ACT_DISSEMINATE, NOW), 1);
}

static void a_question_that_means_nothing_is_refused(void **state)
{
	struct mun_rights_answer a;

	(void)state;
	assert_int_equal(mun_rights_forbid(c, catalog_sample_id(1, 0), "give",
					   0, &a, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_rights_forbid(c, catalog_sample_id(9, 0),
					   MUN_ACT_USE, 0, &a, &e),
			 MUN_ENOENT);
}

/* Nobody can write such a date with us; who did, opens nothing by it. */
static void a_date_that_cannot_be_read_binds(void **state)
{
	char id[MUN_UUID_LEN];

	(void)state;
	add(1, &sample_closed, id);
	catalog_sample_sql(path, "DROP TRIGGER rights_update;"
				 "UPDATE rights SET begins = 'soon', "
				 "ends = 'once'");
	assert_int_equal(
		forbidden(1, MUN_ACT_DISSEMINATE, "1980-01-01T00:00:00Z"), 1);
	assert_int_equal(catalog_sample_problems(c, "seal"), 1);
}

static void an_answer_is_one_clean_line(void **state)
{
	static char big[MUN_RIGHTS_TEXT_MAX + 1];
	struct mun_rights_answer a;
	struct mun_rec_rights x = sample_closed;
	char id[MUN_UUID_LEN];
	char line[8192];

	(void)state;
	x.text = "closed \"now\"\n\tby \xe2\x80\xaeorder\xe2\x80\xac $(rm)";
	x.until = "2040";
	add(1, &x, id);
	ok(mun_rights_forbid(c, catalog_sample_id(1, 0), MUN_ACT_DISSEMINATE,
			     sample_clock, &a, &e));
	(void)snprintf(line, sizeof(line),
		       "rights statement %s restricts disseminate until 2040 "
		       "(donor): \"closed \"now\"  by \\xe2\\x80\\xaeorder"
		       "\\xe2\\x80\\xac $(rm)\"",
		       id);
	assert_string_equal(a.text, line);
	assert_string_equal(a.id, id);
	mun_rights_answer_clear(&a);
	/* However much there is to say. */
	for (size_t i = 0; i + 3 < sizeof(big); i += 3)
		memcpy(big + i, "\xe2\x82\xac", 3);
	x.text = big;
	for (int i = 0; i < 30; i++)
		add(1, &x, id);
	ok(mun_rights_forbid(c, catalog_sample_id(1, 0), MUN_ACT_DISSEMINATE,
			     sample_clock, &a, &e));
	assert_int_equal(a.n, 31);
	assert_true(strlen(a.text) <= 3000);
	assert_true(mun_text_is_clean(a.text, ""));
	assert_non_null(strstr(a.text, "\xe2\x82\xac...\""));
	assert_non_null(strstr(a.text, "; and more"));
	mun_rights_answer_clear(&a);
}

static void restricted_objects_are_listed_in_order(void **state)
{
	struct mun_rec_rights x = sample_closed;
	char(*ids)[MUN_UUID_LEN];
	char id[MUN_UUID_LEN];
	size_t n;

	(void)state;
	ok(mun_rights_restricted(c, MUN_ACT_DISSEMINATE, sample_clock, &ids, &n,
				 &e));
	assert_int_equal(n, 0);
	free(ids);
	add(3, &sample_closed, id);
	add(1, &sample_closed, id);
	add(1, &sample_closed, id);
	x.until = "2000";
	add(2, &x, id);
	ok(mun_rights_restricted(c, MUN_ACT_DISSEMINATE, sample_clock, &ids, &n,
				 &e));
	assert_int_equal(n, 2);
	assert_string_equal(ids[0], catalog_sample_id(1, 0));
	assert_string_equal(ids[1], catalog_sample_id(3, 0));
	free(ids);
	ok(mun_rights_restricted(c, MUN_ACT_MODIFY, sample_clock, &ids, &n,
				 &e));
	assert_int_equal(n, 0);
	free(ids);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(what_was_said_comes_out_again),
		T(what_a_record_holds_is_put_with_it),
		T(what_cannot_be_recorded_is_refused),
		T(a_term_does_not_end_before_it_begins),
		T(a_statement_ends_once_and_stays),
		T(a_later_statement_takes_the_place_of_one),
		T(an_embargo_runs_out_by_itself),
		T(each_act_stands_for_itself_but_use),
		T(a_grant_lifts_no_restriction),
		T(a_question_that_means_nothing_is_refused),
		T(a_date_that_cannot_be_read_binds),
		T(an_answer_is_one_clean_line),
		T(restricted_objects_are_listed_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
