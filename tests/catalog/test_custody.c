/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_custody.c - stores, copies, incidents, schedules, sweeps */
#include "catalog/custody.h"

#include <stdio.h>

#include "catalog/feed.h"
#include "catalog/query.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"
#include "tests/catalog/catalog_sample.h"
#include "tests/catalog/evidence_sample.h"
#include "tests/support/support.h"

#define OBJECTS 4u
#define DAY ((int64_t)86400 * 1000)

static char *dir;
static struct mun_catalog *c;
static struct mun_err e;

static void ok(int rc)
{
	char text[1024];

	if (rc)
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
}

static int set_up(void **state)
{
	(void)state;
	dir = mun_test_dir();
	assert_int_equal(
		mun_time_parse("2026-12-01T00:00:00Z", &sample_clock, &e), 0);
	mun_now_ms = sample_now;
	c = catalog_sample_new(dir);
	for (unsigned int n = 1; n <= OBJECTS; n++)
		catalog_sample_put(c, n);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(catalog_sample_problems(c, NULL), 0);
	mun_now_ms = mun_clock_real_ms;
	mun_catalog_close(c);
	mun_test_dir_remove(dir);
	return 0;
}

static int add_store_line(void *ctx, const struct mun_cat_store *s,
			  struct mun_err *why)
{
	(void)why;
	mun_str_addf(ctx, "%s %s %llu;", s->name, s->state,
		     (unsigned long long)s->objects);
	return 0;
}

static void assert_stores(bool removed, const char *want)
{
	struct mun_str s = { 0 };

	ok(mun_catalog_stores(c, removed, add_store_line, &s, &e));
	assert_string_equal(s.text, want);
	mun_str_free(&s);
}

static void add_store(const char *name, unsigned int kind)
{
	ok(mun_catalog_store_add(c, catalog_sample_id(900, kind), name,
				 "file:///srv/x", NULL, &e));
}

static void add_copy(unsigned int n, const char *store, unsigned int kind)
{
	struct mun_record *r = sample_event(n, kind, "replication");

	ok(mun_catalog_copy_add(c, store, r, &e));
	mun_record_free(r);
}

static void stores_come_pause_and_go(void **state)
{
	(void)state;
	assert_stores(false, "main active 4;");
	add_store("copy-a", 1);
	add_copy(1, "copy-a", 30);
	assert_stores(false, "main active 4;copy-a active 1;");
	ok(mun_catalog_store_change(c, "copy-a", "paused", NULL, "dust", &e));
	ok(mun_catalog_store_change(c, "main", "paused", NULL, "", &e));
	assert_stores(false, "main paused 4;copy-a paused 1;");
	ok(mun_catalog_store_change(c, "main", "active", NULL, "", &e));
	ok(mun_catalog_store_change(c, "copy-a", "removed", NULL, "", &e));
	assert_stores(false, "main active 4;");
	assert_stores(true, "main active 4;copy-a removed 1;");
}

static void what_cannot_be_a_store_is_refused(void **state)
{
	static const char *const names[] = {
		"",
		"-a",
		"A",
		"a b",
		"a/b",
		"\xc3",
		"012345678901234567890123456789012"
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(names); i++)
		assert_int_equal(
			mun_catalog_store_add(c, catalog_sample_id(900, 1),
					      names[i], "", NULL, &e),
			MUN_EINVAL);
	assert_int_equal(mun_catalog_store_add(c, catalog_sample_id(900, 1),
					       "main", "", NULL, &e),
			 MUN_EEXIST);
	add_store("copy-a", 1);
	ok(mun_catalog_store_change(c, "copy-a", "removed", NULL, "", &e));
	/* Its history keeps the name. */
	assert_int_equal(mun_catalog_store_add(c, catalog_sample_id(900, 2),
					       "copy-a", "", NULL, &e),
			 MUN_EEXIST);
	assert_int_equal(
		mun_catalog_store_change(c, "main", "removed", NULL, "", &e),
		MUN_EINVAL);
	assert_int_equal(
		mun_catalog_store_change(c, "main", "burnt", NULL, "", &e),
		MUN_EINVAL);
	assert_int_equal(
		mun_catalog_store_change(c, "other", "paused", NULL, "", &e),
		MUN_ENOENT);
}

static int add_id(void *ctx, const char *id, struct mun_err *why)
{
	(void)why;
	mun_str_addf(ctx, "%.13s;", id);
	return 0;
}

static int add_copy_line(void *ctx, const char *store, const char *outcome,
			 const char *checked, struct mun_err *why)
{
	(void)why;
	mun_str_addf(ctx, "%s [%s]%s;", store, outcome,
		     *checked ? " checked" : "");
	return 0;
}

static void copies_are_counted_and_lacked(void **state)
{
	struct mun_record *again = sample_event(1, 33, "replication");
	struct mun_str s = { 0 };
	uint64_t n;

	(void)state;
	add_store("copy-a", 1);
	add_copy(1, "copy-a", 30);
	add_copy(3, "copy-a", 30);
	assert_int_equal(mun_catalog_copy_add(c, "copy-a", again, &e),
			 MUN_EEXIST);
	assert_int_equal(mun_catalog_copy_add(c, "main", again, &e),
			 MUN_EEXIST);
	mun_record_free(again);
	ok(mun_catalog_lacking(c, "copy-a", NULL, add_id, &s, &e));
	assert_string_equal(s.text, "019a0000-0002;019a0000-0004;");
	mun_str_free(&s);
	ok(mun_catalog_short_of_copies(c, NULL, 2, &n, &e));
	assert_int_equal(n, 2);
	sample_audit(c, "copy-a", 0, MUN_OUTCOME_INTACT);
	s = (struct mun_str){ 0 };
	ok(mun_catalog_copies(c, catalog_sample_id(1, 0), add_copy_line, &s,
			      &e));
	assert_string_equal(s.text, "main [];copy-a [intact] checked;");
	mun_str_free(&s);
	ok(mun_catalog_store_change(c, "copy-a", "removed", NULL, "", &e));
	ok(mun_catalog_short_of_copies(c, NULL, 2, &n, &e));
	assert_int_equal(n, 4);
}

static int add_status(void *ctx, const struct mun_catalog_row *row,
		      struct mun_err *why)
{
	(void)why;
	mun_str_addf(ctx, "%s;", row->status);
	return 0;
}

static void assert_listed(const char *want)
{
	struct mun_str s = { 0 };

	ok(mun_catalog_list(c, NULL, NULL, add_status, &s, &e));
	assert_string_equal(s.text, want);
	mun_str_free(&s);
}

static void an_object_is_listed_as_its_worst_copy(void **state)
{
	(void)state;
	add_store("copy-a", 1);
	for (unsigned int n = 1; n <= OBJECTS; n++)
		add_copy(n, "copy-a", 30);
	sample_audit(c, "copy-a", 2, MUN_OUTCOME_MISMATCH);
	assert_listed("intact;mismatch;partial;intact;");
	sample_audit(c, "main", 2, MUN_OUTCOME_MISSING);
	assert_listed("intact;missing;partial;intact;");
	sample_audit(c, "main", 0, MUN_OUTCOME_INTACT);
	assert_listed("intact;mismatch;partial;intact;");
	/* What a store had that was removed counts no more. */
	ok(mun_catalog_store_change(c, "copy-a", "removed", NULL, "", &e));
	assert_listed("intact;intact;partial;intact;");
}

static int add_incident(void *ctx, const struct mun_cat_incident *i,
			struct mun_err *why)
{
	(void)why;
	mun_str_addf(ctx, "%.13s %s %s %s%s%s %llu+%llu x%llu;", i->object,
		     i->store, i->kind, i->state,
		     i->acknowledged ? " seen" : "", i->closed ? " closed" : "",
		     (unsigned long long)i->off, (unsigned long long)i->bytes,
		     (unsigned long long)i->findings);
	return 0;
}

static void assert_incidents(bool closed, const char *want)
{
	const struct mun_cat_incident_query q = { .closed = closed };
	struct mun_str s = { 0 };

	mun_str_add(&s, "");
	ok(mun_catalog_incidents(c, &q, add_incident, &s, &e));
	assert_string_equal(s.text, want);
	mun_str_free(&s);
}

static int step(const char *id, const char *state)
{
	return mun_catalog_incident_step(c, id, state, SAMPLE_OPERATOR,
					 "because", NULL, &e);
}

static void an_incident_lives_until_it_is_verified_and_seen(void **state)
{
	char id[MUN_UUID_LEN];

	(void)state;
	sample_audit(c, "main", 2, MUN_OUTCOME_MISMATCH);
	assert_incidents(false, "019a0000-0002 main mismatch open 0+4096 x1;");
	/* The same damage joins; its bytes count once. */
	sample_audit(c, "main", 2, MUN_OUTCOME_MISMATCH);
	assert_incidents(false, "019a0000-0002 main mismatch open 0+4096 x2;");
	sample_incident(c, 2, "main", "mismatch", id);
	assert_int_equal(step(id, "verified"), MUN_EINVAL);
	ok(step(id, "repair-failed"));
	ok(step(id, "repaired"));
	assert_int_equal(step(id, "repaired"), MUN_EINVAL);
	sample_audit(c, "main", 0, MUN_OUTCOME_INTACT);
	/* Verified, and nobody has seen it: it stays. */
	assert_incidents(false,
			 "019a0000-0002 main mismatch verified 0+4096 x2;");
	ok(step(id, "acknowledged"));
	assert_incidents(false, "");
	assert_incidents(true, "019a0000-0002 main mismatch verified seen "
			       "closed 0+4096 x2;");
	assert_int_equal(step(id, "acknowledged"), MUN_EINVAL);
	/* New damage is a new incident. */
	sample_audit(c, "main", 2, MUN_OUTCOME_MISMATCH);
	assert_incidents(false, "019a0000-0002 main mismatch open 0+4096 x1;");
}

static void damage_found_after_a_repair_opens_it_again(void **state)
{
	char id[MUN_UUID_LEN];

	(void)state;
	sample_audit(c, "main", 2, MUN_OUTCOME_MISMATCH);
	sample_incident(c, 2, "main", "mismatch", id);
	ok(step(id, "repaired"));
	sample_audit(c, "main", 2, MUN_OUTCOME_MISMATCH);
	assert_incidents(false, "019a0000-0002 main mismatch open 0+4096 x2;");
}

static int add_state(void *ctx, const struct mun_cat_step *s,
		     struct mun_err *why)
{
	(void)why;
	mun_str_addf(ctx, "%s;", s->state);
	return 0;
}

static void nothing_closes_itself(void **state)
{
	struct mun_str s = { 0 };
	char id[MUN_UUID_LEN];

	(void)state;
	sample_audit(c, "main", 2, MUN_OUTCOME_MISSING);
	sample_audit(c, "main", 0, MUN_OUTCOME_INTACT);
	sample_audit(c, "main", 0, MUN_OUTCOME_INTACT);
	assert_incidents(false, "019a0000-0002 main missing open 0+4096 x1;");
	sample_incident(c, 2, "main", "missing", id);
	ok(mun_catalog_incident_steps(c, id, add_state, &s, &e));
	/* Told once, however often it is found intact. */
	assert_string_equal(s.text, "opened;intact-again;");
	mun_str_free(&s);
	assert_int_equal(mun_catalog_incident_steps(c, catalog_sample_id(1, 1),
						    add_state, &s, &e),
			 MUN_ENOENT);
	assert_int_equal(mun_catalog_incident_step(c, id, "acknowledged", NULL,
						   "why", NULL, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_catalog_incident_step(c, id, "acknowledged",
						   SAMPLE_OPERATOR, "", NULL,
						   &e),
			 MUN_EINVAL);
	assert_int_equal(step(id, "closed"), MUN_EINVAL);
}

static int add_damage(void *ctx, const struct mun_cat_damage *d,
		      struct mun_err *why)
{
	(void)why;
	mun_str_addf(ctx, "%s %s %llu+%llu;", d->kind, d->path,
		     (unsigned long long)d->off, (unsigned long long)d->bytes);
	return 0;
}

static void damage_is_the_union_of_what_was_found(void **state)
{
	static const uint64_t runs[][2] = {
		{ 4096, 4096 },
		{ 0, 4096 },
		{ 4096, 100 },
		{ 100000, 1 },
	};
	struct mun_str s = { 0 };
	char id[MUN_UUID_LEN];
	bool joined;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(runs); i++) {
		const struct mun_cat_incident what = {
			.object = catalog_sample_id(1, 0),
			.store = "main",
			.path = "image/disk.img",
			.kind = "mismatch",
			.off = runs[i][0],
			.bytes = runs[i][1],
			.text = "",
		};

		ok(mun_catalog_incident_open(c, &what, id, &joined, &e));
		assert_int_equal(joined, i > 0);
	}
	ok(mun_catalog_damage(c, catalog_sample_id(1, 0), "main", add_damage,
			      &s, &e));
	assert_string_equal(s.text, "mismatch image/disk.img 0+8192;"
				    "mismatch image/disk.img 100000+1;");
	mun_str_free(&s);
	assert_incidents(false, "019a0000-0001 main mismatch open 0+8193 x4;");
	ok(step(id, "repaired"));
	s = (struct mun_str){ 0 };
	ok(mun_catalog_damage(c, catalog_sample_id(1, 0), "main", add_damage,
			      &s, &e));
	assert_null(s.text);
}

static const struct mun_feed_rule monthly = { NULL, 30 * 86400, false };

static struct mun_feed_opts due_opts(void)
{
	return (struct mun_feed_opts){
		.store = "main",
		.due = true,
		.rules = &monthly,
		.nrules = 1,
	};
}

/* Objects in the order that a feed with @opts gives them. */
static void assert_feed(const struct mun_feed_opts *opts, const char *want)
{
	const struct mun_audit_summary sum = { 0 };
	struct mun_catalog_feed *f;
	const struct mun_audit_feed *t;
	struct mun_str s = { 0 };

	mun_str_add(&s, "");
	ok(mun_catalog_feed_open(c, opts, NULL, NULL, &f, &e));
	t = mun_catalog_feed_table(f);
	for (;;) {
		struct mun_audit_item *item;

		ok(t->next(t->ctx, &item, &e));
		if (!item)
			break;
		mun_str_addf(&s, "%c", item->object[12]);
		item->outcome = MUN_OUTCOME_NOT_RUN;
		ok(t->report(t->ctx, item, &e));
	}
	ok(mun_catalog_feed_finish(f, &sum, &e));
	mun_catalog_feed_close(f);
	assert_string_equal(s.text, want);
	mun_str_free(&s);
}

static void only_what_is_due_is_taken_longest_overdue_first(void **state)
{
	struct mun_feed_opts opts = due_opts();
	struct mun_feed_due first;
	int64_t next;
	int64_t began = sample_clock;

	(void)state;
	/* Read back at ingest, a while ago. */
	sample_audit(c, "main", 0, MUN_OUTCOME_INTACT);
	assert_feed(&opts, "");
	assert_int_equal(mun_catalog_feed_peek(c, &opts, &first, &next, &e),
			 MUN_ENOENT);
	assert_int_equal(next, began + 30 * DAY);
	sample_clock = began + 30 * DAY;
	/* All of one age: one collection (1, 3) after the other. */
	assert_feed(&opts, "1324");
	ok(mun_catalog_feed_peek(c, &opts, &first, &next, &e));
	assert_string_equal(first.object, catalog_sample_id(1, 0));
	assert_int_equal(first.due, began + 30 * DAY);
	/* The clock was wrong: a date to come proves nothing. */
	sample_clock = began - 365 * DAY;
	assert_feed(&opts, "1324");
}

static int add_hour(void *ctx, int64_t due, uint64_t objects, uint64_t bytes,
		    struct mun_err *why)
{
	(void)why;
	(void)bytes;
	mun_str_addf(ctx, "%lld:%llu;", (long long)due,
		     (unsigned long long)objects);
	return 0;
}

static void a_profile_has_every_pair_once(void **state)
{
	struct mun_feed_opts opts = due_opts();
	struct mun_str s = { 0 };
	char want[64];
	int64_t began = sample_clock;

	(void)state;
	sample_audit(c, "main", 0, MUN_OUTCOME_INTACT);
	(void)snprintf(want, sizeof(want), "%lld:4;",
		       (long long)began + 30LL * DAY);
	ok(mun_catalog_feed_profile(c, &opts, add_hour, &s, &e));
	assert_string_equal(s.text, want);
	mun_str_free(&s);
}

static void a_sweep_goes_on_from_where_it_stopped(void **state)
{
	int64_t began = sample_clock;
	int64_t at;

	(void)state;
	ok(mun_catalog_last_sweep(c, "main", &at, &e));
	assert_int_equal(at, 0);
	/* Two of four looked at, the third begun. */
	sample_sweep(c, "main", 3, "missing", false);
	assert_incidents(false, "");
	ok(mun_catalog_last_sweep(c, "main", &at, &e));
	assert_int_equal(at, 0);
	sample_sweep(c, "main", 3, "missing", true);
	assert_incidents(false, "019a0000-0003 main missing open 0+77 x1;");
	/* It began with its first half. */
	ok(mun_catalog_last_sweep(c, "main", &at, &e));
	assert_int_equal(at, began);
	/* The first object belongs to the next one. */
	sample_sweep(c, "main", 1, "missing", true);
	assert_incidents(false, "019a0000-0003 main missing open 0+77 x1;"
				"019a0000-0001 main missing open 0+77 x1;");
}

static void a_sweep_verifies_that_what_was_extra_is_gone(void **state)
{
	char id[MUN_UUID_LEN];

	(void)state;
	sample_sweep(c, "main", 2, "extra", true);
	sample_incident(c, 2, "main", "extra", id);
	ok(step(id, "acknowledged"));
	ok(step(id, "repaired"));
	sample_clock += 1000;
	/* An audit of its files says nothing of it. */
	sample_audit(c, "main", 0, MUN_OUTCOME_INTACT);
	assert_incidents(false, "019a0000-0002 main extra repaired seen 0+77 "
				"x1;");
	sample_sweep(c, "main", 0, "", true);
	assert_incidents(false, "");
}

/* Outcomes that were not written yet are lost by a crash, and no others. */
static void a_batch_is_written_when_something_is_found(void **state)
{
	const struct mun_feed_opts opts = { .store = "main",
					    .batch_ms = 1000000 };
	const struct mun_audit_summary sum = { 0 };
	struct mun_finding found = { .outcome = MUN_OUTCOME_MISMATCH,
				     .bytes = 5 };
	struct mun_catalog_feed *f;
	const struct mun_audit_feed *t;

	(void)state;
	ok(mun_catalog_feed_open(c, &opts, NULL, NULL, &f, &e));
	t = mun_catalog_feed_table(f);
	for (int i = 1; i <= 3; i++) {
		struct mun_audit_item *item;

		ok(t->next(t->ctx, &item, &e));
		item->started_ms = sample_clock;
		item->ended_ms = sample_clock;
		if (i == 2) {
			item->outcome = MUN_OUTCOME_MISMATCH;
			item->files[0].outcome = MUN_OUTCOME_MISMATCH;
			item->findings = &found;
			item->nfindings = 1;
		}
		ok(t->report(t->ctx, item, &e));
		assert_listed(i == 1 ? "unchecked;unchecked;partial;unchecked;"
				     : "intact;mismatch;partial;unchecked;");
	}
	ok(mun_catalog_feed_finish(f, &sum, &e));
	mun_catalog_feed_close(f);
	assert_listed("intact;mismatch;partial;unchecked;");
}

static void a_policy_is_a_fact_when_it_changes(void **state)
{
	struct mun_query q;

	(void)state;
	ok(mun_catalog_policy(c, "a", &e));
	ok(mun_catalog_policy(c, "a", &e));
	ok(mun_catalog_policy(c, "b", &e));
	ok(mun_catalog_policy(c, "a", &e));
	q = mun_query_begin(c, MUN_STMT_POLICY_NEXT);
	assert_int_equal(mun_query_row(&q, &e), 1);
	assert_int_equal(mun_column_int(&q, 0), 4);
	mun_query_end(&q);
	assert_int_equal(mun_catalog_notice(c, catalog_sample_id(1, 1), "x",
					    "y", "z", true, "", &e),
			 MUN_ENOENT);
	ok(mun_catalog_notice(c, NULL, "late", "command", "/bin/true", false,
			      "exit 1", &e));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(stores_come_pause_and_go),
		T(what_cannot_be_a_store_is_refused),
		T(copies_are_counted_and_lacked),
		T(an_object_is_listed_as_its_worst_copy),
		T(an_incident_lives_until_it_is_verified_and_seen),
		T(damage_found_after_a_repair_opens_it_again),
		T(nothing_closes_itself),
		T(damage_is_the_union_of_what_was_found),
		T(only_what_is_due_is_taken_longest_overdue_first),
		T(a_profile_has_every_pair_once),
		T(a_sweep_goes_on_from_where_it_stopped),
		T(a_sweep_verifies_that_what_was_extra_is_gone),
		T(a_batch_is_written_when_something_is_found),
		T(a_policy_is_a_fact_when_it_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
