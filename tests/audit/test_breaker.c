/* SPDX-License-Identifier: Apache-2.0 */
/* tests/audit/test_breaker.c - a faulty store is told from lost files */
#include "audit/breaker.h"

#include <string.h>

#include "tests/support/support.h"

#define ITEMS 100u

/* A feed that only counts what it is told. */
struct told {
	unsigned int given;
	unsigned int reported;
	unsigned int findings;
	unsigned int outcomes[MUN_OUTCOME_N];
};

static int give(void *ctx, struct mun_audit_item **out, struct mun_err *e)
{
	struct told *t = ctx;

	(void)e;
	*out = NULL;
	if (t->given == ITEMS)
		return 0;
	*out = calloc(1, sizeof(**out));
	assert_non_null(*out);
	(*out)->nfiles = 1;
	(*out)->files = calloc(1, sizeof(*(*out)->files));
	assert_non_null((*out)->files);
	t->given++;
	return 0;
}

static int take(void *ctx, struct mun_audit_item *item, struct mun_err *e)
{
	struct told *t = ctx;

	(void)e;
	t->reported++;
	t->findings += (unsigned int)item->nfindings;
	t->outcomes[item->outcome]++;
	assert_int_equal(item->files[0].outcome, item->outcome);
	free(item->files);
	free(item);
	return 0;
}

/* As the audit does: an outcome, a finding for a bad one, report. */
static void end_one(const struct mun_audit_feed *f, enum mun_outcome outcome)
{
	struct mun_finding finding = { .outcome = outcome };
	struct mun_audit_item *item;
	struct mun_err e;

	assert_int_equal(f->next(f->ctx, &item, &e), 0);
	assert_non_null(item);
	item->outcome = outcome;
	item->files[0].outcome = outcome;
	if (outcome != MUN_OUTCOME_INTACT) {
		item->findings = &finding;
		item->nfindings = 1;
	}
	assert_int_equal(f->report(f->ctx, item, &e), 0);
	/* What the audit frees after report() may be gone now. */
	memset(&finding, 0xa5, sizeof(finding));
}

struct lab {
	struct told told;
	struct mun_audit_feed feed;
	struct mun_breaker *b;
	const struct mun_audit_feed *table;
};

static void begin(struct lab *l, unsigned int percent, unsigned int items)
{
	const struct mun_policy p = { .breaker_percent = percent,
				      .breaker_items = items };
	struct mun_err e;

	memset(l, 0, sizeof(*l));
	l->feed = (struct mun_audit_feed){ &l->told, give, NULL, take };
	assert_int_equal(mun_breaker_new(&l->feed, &p, &l->b, &e), 0);
	l->table = mun_breaker_feed(l->b);
}

static void finish(struct lab *l, struct mun_audit_summary *sum)
{
	struct mun_err e;

	*sum = (struct mun_audit_summary){ 0 };
	assert_int_equal(mun_breaker_finish(l->b, sum, &e), 0);
	mun_breaker_free(l->b);
}

static void a_few_lost_files_are_lost_files(void **state)
{
	struct mun_audit_summary sum;
	struct lab l;

	(void)state;
	begin(&l, 20, 50);
	for (unsigned int i = 0; i < 60; i++)
		end_one(l.table,
			i % 6 ? MUN_OUTCOME_INTACT : MUN_OUTCOME_MISSING);
	assert_false(mun_breaker_tripped(l.b));
	finish(&l, &sum);
	assert_int_equal(l.told.outcomes[MUN_OUTCOME_MISSING], 10);
	assert_int_equal(l.told.outcomes[MUN_OUTCOME_INTACT], 50);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_MISSING], 10);
	assert_int_equal(l.told.findings, 10);
}

static void too_many_of_the_first_are_the_stores_fault(void **state)
{
	static const enum mun_outcome bad[] = { MUN_OUTCOME_MISSING,
						MUN_OUTCOME_UNREADABLE };
	struct mun_audit_summary sum;
	struct mun_audit_item *item;
	struct mun_err e;
	struct lab l;
	char text[128];

	(void)state;
	begin(&l, 20, 50);
	for (unsigned int i = 0; !mun_breaker_tripped(l.b); i++)
		end_one(l.table, i % 2 ? MUN_OUTCOME_INTACT : bad[i / 2 % 2]);
	assert_int_equal(l.table->next(l.table->ctx, &item, &e), 0);
	assert_null(item);
	mun_breaker_text(l.b, text, sizeof(text));
	assert_string_equal(text, "11 of the first 21 objects are missing or "
				  "unreadable");
	finish(&l, &sum);
	assert_int_equal(l.told.reported, 21);
	assert_int_equal(l.told.findings, 0);
	assert_int_equal(l.told.outcomes[MUN_OUTCOME_NOT_RUN], 11);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_MISSING], 0);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], 10);
}

static void what_was_begun_and_not_ended_says_nothing(void **state)
{
	struct mun_audit_summary sum;
	struct lab l;

	(void)state;
	begin(&l, 20, 50);
	for (unsigned int i = 0; i < 11; i++)
		end_one(l.table, MUN_OUTCOME_MISSING);
	assert_true(mun_breaker_tripped(l.b));
	finish(&l, &sum);
	assert_int_equal(l.told.findings, 0);

	begin(&l, 20, 50);
	end_one(l.table, MUN_OUTCOME_NOT_RUN);
	finish(&l, &sum);
	assert_int_equal(l.told.findings, 0);
	assert_int_equal(l.told.outcomes[MUN_OUTCOME_NOT_RUN], 1);
}

static void damage_never_trips_it(void **state)
{
	struct mun_audit_summary sum;
	struct lab l;

	(void)state;
	begin(&l, 20, 50);
	for (unsigned int i = 0; i < 50; i++)
		end_one(l.table, MUN_OUTCOME_MISMATCH);
	assert_false(mun_breaker_tripped(l.b));
	finish(&l, &sum);
	assert_int_equal(l.told.outcomes[MUN_OUTCOME_MISMATCH], 50);
}

static void after_the_first_it_judges_no_more(void **state)
{
	struct mun_audit_summary sum;
	struct lab l;

	(void)state;
	begin(&l, 20, 50);
	for (unsigned int i = 0; i < ITEMS; i++)
		end_one(l.table,
			i < 50 ? MUN_OUTCOME_INTACT : MUN_OUTCOME_MISSING);
	assert_false(mun_breaker_tripped(l.b));
	assert_int_equal(l.told.reported, ITEMS);
	finish(&l, &sum);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_MISSING], 50);
}

static void a_small_store_is_reported_at_the_end(void **state)
{
	struct mun_audit_summary sum;
	struct lab l;

	(void)state;
	begin(&l, 20, 50);
	for (unsigned int i = 0; i < 3; i++)
		end_one(l.table, MUN_OUTCOME_MISSING);
	assert_int_equal(l.told.reported, 0);
	finish(&l, &sum);
	assert_int_equal(l.told.outcomes[MUN_OUTCOME_MISSING], 3);
}

static void without_a_policy_nothing_is_held_back(void **state)
{
	struct mun_audit_summary sum;
	struct lab l;

	(void)state;
	begin(&l, 0, 50);
	for (unsigned int i = 0; i < ITEMS; i++) {
		end_one(l.table, MUN_OUTCOME_MISSING);
		assert_int_equal(l.told.reported, i + 1);
	}
	finish(&l, &sum);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_MISSING], ITEMS);
}

static void an_error_on_the_way_loses_no_item(void **state)
{
	struct lab l;

	(void)state;
	begin(&l, 20, 50);
	for (unsigned int i = 0; i < 5; i++)
		end_one(l.table, MUN_OUTCOME_INTACT);
	mun_breaker_free(l.b);
	assert_int_equal(l.told.reported, 5);
	assert_int_equal(l.told.outcomes[MUN_OUTCOME_NOT_RUN], 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_few_lost_files_are_lost_files),
		cmocka_unit_test(too_many_of_the_first_are_the_stores_fault),
		cmocka_unit_test(what_was_begun_and_not_ended_says_nothing),
		cmocka_unit_test(damage_never_trips_it),
		cmocka_unit_test(after_the_first_it_judges_no_more),
		cmocka_unit_test(a_small_store_is_reported_at_the_end),
		cmocka_unit_test(without_a_policy_nothing_is_held_back),
		cmocka_unit_test(an_error_on_the_way_loses_no_item),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
