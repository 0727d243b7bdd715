/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_feed.c - audits out of a catalog and back into it */
#include "catalog/feed.h"

#include <errno.h>
#include <stdio.h>

#include "catalog/query.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/str.h"
#include "tests/catalog/catalog_sample.h"
#include "tests/support/support.h"

#define OBJECTS 4u
#define BYTES ((size_t)3 * 1024 * 1024 + 5)
#define OPERATOR "019a0000-aaaa-7000-8000-000000000002"
#define PROGRAM "019a0000-aaaa-7000-8000-000000000003"

static int64_t now;

static int64_t test_now(void)
{
	return now;
}

/* One master of four pieces per object; what opening it gives is set by the
 * test.  The content of object n is the pattern of seed n. */
static struct {
	int rc; /* of open, for object @bad */
	unsigned int bad;
	bool flipped; /* bit in the third piece of object @bad */
	uint8_t *bytes[OBJECTS + 1]; /* each open file has its own */
} store;

struct fixture {
	char *dir;
	struct mun_catalog *c;
	struct mun_str told; /* findings, one a line */
};

static int open_stored(void *ctx, const char *object, const char *path,
		       struct mun_source **out, struct mun_err *e)
{
	unsigned int n = 0;

	(void)ctx;
	assert_string_equal(path, "image/disk.img");
	assert_int_equal(sscanf(object, "019a0000-%4x", &n), 1);
	if (n == store.bad && store.rc)
		return mun_fail(e, store.rc, "as the test wants");
	assert_in_range(n, 1, OBJECTS);
	mun_test_pattern(store.bytes[n], BYTES, n);
	if (n == store.bad && store.flipped)
		store.bytes[n][2 * MUN_TREE_PIECE + 100] ^= 4;
	return mun_source_from_memory(store.bytes[n], BYTES, out, e);
}

static void fill_tree(struct mun_tree *t, unsigned int n)
{
	struct mun_tree_builder *b;
	struct mun_err e;

	mun_test_pattern(store.bytes[n], BYTES, n);
	assert_int_equal(mun_tree_builder_new(&b, &e), 0);
	assert_int_equal(mun_tree_builder_update(b, store.bytes[n], BYTES, &e),
			 0);
	assert_int_equal(mun_tree_builder_final(b, t, &e), 0);
	mun_tree_builder_free(b);
}

static void put(struct mun_catalog *c, unsigned int n, const char *outcome)
{
	struct mun_record *r = catalog_sample_small(n);
	struct mun_record *agents = catalog_sample(n);
	struct mun_err e;

	r->outcome = outcome;
	r->files[0].bytes = BYTES;
	fill_tree(&r->files[0].tree, n);
	r->agents = agents->agents;
	r->nagents = agents->nagents;
	assert_int_equal(mun_catalog_put(c, r, &e), 0);
	mun_tree_clear(&r->files[0].tree);
	mun_record_free(agents);
	mun_record_free(r);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	store.rc = 0;
	store.bad = 0;
	store.flipped = false;
	for (size_t i = 1; i <= OBJECTS; i++) {
		store.bytes[i] = malloc(BYTES);
		assert_non_null(store.bytes[i]);
	}
	assert_int_equal(mun_time_parse("2026-12-01T00:00:00Z", &now,
					&(struct mun_err){ 0 }),
			 0);
	mun_now_ms = test_now;
	f->dir = mun_test_dir();
	f->c = catalog_sample_new(f->dir);
	for (unsigned int n = 1; n <= OBJECTS; n++)
		put(f->c, n, n == 4 ? "partial" : "complete");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	mun_now_ms = mun_clock_real_ms;
	mun_cancel_reset();
	mun_str_free(&f->told);
	mun_catalog_close(f->c);
	mun_test_dir_remove(f->dir);
	for (size_t i = 1; i <= OBJECTS; i++)
		free(store.bytes[i]);
	free(f);
	return 0;
}

static void take_finding(void *ctx, const struct mun_feed_finding *x)
{
	struct fixture *f = ctx;

	mun_str_addf(&f->told, "%s %s %s %s %llu+%llu%s\n", x->object, x->store,
		     x->path, x->outcome, (unsigned long long)x->off,
		     (unsigned long long)x->bytes,
		     *x->actual && strcmp(x->actual, x->expected) ? " differs"
								  : "");
}

static struct mun_catalog_feed *
open_feed(struct fixture *f, const char *const *objects, size_t nobjects)
{
	const struct mun_feed_opts opts = {
		.objects = objects,
		.nobjects = nobjects,
		.store = "main",
		.agent_operator = OPERATOR,
		.agent_program = PROGRAM,
		.open = open_stored,
	};
	struct mun_catalog_feed *feed = NULL;
	struct mun_err e;

	if (mun_catalog_feed_open(f->c, &opts, take_finding, f, &feed, &e))
		fail_msg("%s", e.lines[0].text);
	return feed;
}

/* A whole audit of one thread, as the command line runs it. */
static void audit(struct fixture *f, const char *const *objects,
		  size_t nobjects, struct mun_audit_summary *sum)
{
	struct mun_catalog_feed *feed = open_feed(f, objects, nobjects);
	const struct mun_audit_opts opts = { .threads = 1 };
	struct mun_err e;
	char text[1024];

	if (mun_audit_run(mun_catalog_feed_table(feed), &opts, sum, &e) ||
	    mun_catalog_feed_finish(feed, sum, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
	mun_catalog_feed_close(feed);
}

static int add_status(void *ctx, const struct mun_catalog_row *row,
		      struct mun_err *e)
{
	struct mun_str *s = ctx;

	(void)e;
	mun_str_addf(s, "%s%s", s->len ? " " : "", row->status);
	return 0;
}

static void assert_listing(struct fixture *f, const char *want)
{
	struct mun_str s = { 0 };
	struct mun_err e;

	assert_int_equal(mun_catalog_list(f->c, NULL, NULL, add_status, &s, &e),
			 0);
	assert_string_equal(s.text, want);
	mun_str_free(&s);
	assert_int_equal(catalog_sample_problems(f->c, NULL), 0);
}

/* The objects that a feed gives, as digits, none of them reported as done. */
static void assert_order(struct mun_catalog_feed *feed, const char *want)
{
	const struct mun_audit_feed *t = mun_catalog_feed_table(feed);
	struct mun_audit_item *item;
	struct mun_err e;

	for (; *want; want++) {
		assert_int_equal(t->next(t->ctx, &item, &e), 0);
		assert_non_null(item);
		assert_string_equal(
			item->object,
			catalog_sample_id((unsigned int)(*want - '0'), 0));
		item->outcome = MUN_OUTCOME_NOT_RUN;
		assert_int_equal(t->report(t->ctx, item, &e), 0);
	}
	assert_int_equal(t->next(t->ctx, &item, &e), 0);
	assert_null(item);
	mun_catalog_feed_close(feed);
}

static const char *ids[5];

static const char *const *only(unsigned int a)
{
	ids[0] = catalog_sample_id(a, 0);
	return ids;
}

static void never_checked_come_first_and_then_the_oldest(void **state)
{
	struct fixture *f = *state;
	struct mun_audit_summary sum;

	assert_order(open_feed(f, NULL, 0), "1234");
	audit(f, only(3), 1, &sum);
	now += 1000;
	audit(f, only(1), 1, &sum);
	assert_order(open_feed(f, NULL, 0), "2431");
	now += 1000;
	audit(f, only(3), 1, &sum);
	assert_order(open_feed(f, NULL, 0), "2413");
}

static void named_objects_are_audited_once_each_oldest_first(void **state)
{
	struct fixture *f = *state;
	struct mun_audit_summary sum;

	audit(f, only(2), 1, &sum);
	ids[0] = catalog_sample_id(2, 0);
	ids[1] = catalog_sample_id(4, 0);
	ids[2] = catalog_sample_id(1, 0);
	ids[3] = catalog_sample_id(4, 0);
	assert_order(open_feed(f, ids, 4), "142");
	assert_order(open_feed(f, ids, 0), "");
}

static void an_unknown_object_or_agent_begins_no_audit(void **state)
{
	struct fixture *f = *state;
	struct mun_feed_opts opts = { .store = "main",
				      .open = open_stored,
				      .objects = only(9),
				      .nobjects = 1 };
	struct mun_catalog_feed *feed = NULL;
	struct mun_err e;

	assert_int_equal(
		mun_catalog_feed_open(f->c, &opts, NULL, NULL, &feed, &e),
		MUN_ENOENT);
	opts.objects = NULL;
	opts.agent_operator = catalog_sample_id(9, 9);
	assert_int_equal(
		mun_catalog_feed_open(f->c, &opts, NULL, NULL, &feed, &e),
		MUN_EINVAL);
	assert_null(feed);
}

static void the_size_is_that_of_the_stored_files(void **state)
{
	struct fixture *f = *state;
	struct mun_catalog_feed *feed = open_feed(f, NULL, 0);
	uint64_t objects;
	uint64_t files;
	uint64_t bytes;

	mun_catalog_feed_size(feed, &objects, &files, &bytes);
	assert_int_equal(objects, 4);
	assert_int_equal(files, 4);
	assert_int_equal(bytes, 4 * BYTES);
	mun_catalog_feed_close(feed);
}

static struct mun_record *get(struct fixture *f, unsigned int n)
{
	struct mun_record *r;
	struct mun_err e;

	assert_int_equal(
		mun_catalog_get(f->c, catalog_sample_id(n, 0), false, &r, &e),
		0);
	return r;
}

static void an_intact_object_has_its_event_and_its_state(void **state)
{
	struct fixture *f = *state;
	struct mun_audit_summary sum;
	struct mun_record *r;
	const struct mun_rec_event *ev;

	audit(f, NULL, 0, &sum);
	assert_int_equal(sum.objects, 4);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], 4);
	assert_null(f->told.text);
	assert_listing(f, "intact intact intact partial");
	r = get(f, 1);
	assert_int_equal(r->nevents, 1);
	ev = &r->events[0];
	assert_true(mun_uuid_is(ev->id));
	assert_string_equal(ev->type, "fixity check");
	assert_string_equal(ev->started, "2026-12-01T00:00:00Z");
	assert_string_equal(ev->ended, "2026-12-01T00:00:00Z");
	assert_string_equal(ev->detail, "1 file, 3145733 bytes in store "
					"'main'; BEP 52 tree, 1 MiB pieces");
	assert_string_equal(ev->outcome, "success");
	assert_string_equal(ev->note, "");
	assert_int_equal(ev->nobjects, 0);
	assert_int_equal(ev->nagents, 2);
	assert_string_equal(ev->agents[0].id, OPERATOR);
	assert_string_equal(ev->agents[0].role, "implementer");
	assert_string_equal(ev->agents[1].id, PROGRAM);
	assert_string_equal(ev->agents[1].role, "executing program");
	mun_record_free(r);
}

static void a_flipped_bit_is_a_finding_of_its_piece(void **state)
{
	struct fixture *f = *state;
	struct mun_audit_summary sum;
	struct mun_record *r;
	char want[256];

	store.bad = 2;
	store.flipped = true;
	audit(f, NULL, 0, &sum);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_MISMATCH], 1);
	(void)snprintf(want, sizeof(want),
		       "%s main image/disk.img mismatch 2097152+1048576 "
		       "differs\n",
		       catalog_sample_id(2, 0));
	assert_string_equal(f->told.text, want);
	assert_listing(f, "intact mismatch intact partial");
	r = get(f, 2);
	assert_string_equal(r->events[0].outcome, "fail");
	assert_string_equal(r->events[0].note, "image/disk.img: mismatch");
	assert_int_equal(r->events[0].nobjects, 1);
	assert_string_equal(r->events[0].objects[0].id,
			    catalog_sample_id(2, 1));
	mun_record_free(r);

	/* Repaired, it is intact again. */
	store.flipped = false;
	now += 1000;
	audit(f, only(2), 1, &sum);
	assert_listing(f, "intact intact intact partial");
}

static void damage_of_a_partial_object_is_what_is_listed(void **state)
{
	struct fixture *f = *state;
	struct mun_audit_summary sum;

	store.bad = 4;
	store.rc = MUN_ENOENT;
	audit(f, NULL, 0, &sum);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_MISSING], 1);
	assert_listing(f, "intact intact intact missing");
}

static void an_unreadable_file_is_listed_so(void **state)
{
	struct fixture *f = *state;
	struct mun_audit_summary sum;

	store.bad = 1;
	store.rc = MUN_EIO;
	audit(f, NULL, 0, &sum);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_UNREADABLE], 1);
	assert_listing(f, "unreadable intact intact partial");
}

static void a_store_that_is_away_says_nothing_of_the_object(void **state)
{
	struct fixture *f = *state;
	struct mun_audit_summary sum;
	struct mun_record *r;

	audit(f, NULL, 0, &sum);
	now += 1000;
	store.bad = 3;
	store.rc = MUN_EUNAVAILABLE;
	audit(f, NULL, 0, &sum);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_UNAVAILABLE], 1);
	assert_non_null(strstr(f->told.text, "store_unavailable"));
	assert_listing(f, "intact intact intact partial");
	r = get(f, 3);
	assert_int_equal(r->nevents, 1);
	mun_record_free(r);
	/* It was not checked, so it is the next. */
	assert_order(open_feed(f, NULL, 0), "3124");
}

static void an_interrupted_object_stays_as_old_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct mun_audit_summary sum;
	struct mun_record *r;

	mun_cancel();
	audit(f, NULL, 0, &sum);
	assert_true(sum.interrupted);
	assert_int_equal(sum.objects, 0);
	mun_cancel_reset();
	assert_listing(f, "unchecked unchecked unchecked partial");
	r = get(f, 1);
	assert_int_equal(r->nevents, 0);
	mun_record_free(r);
	assert_order(open_feed(f, NULL, 0), "1234");
}

/* Findings of an object whose audit did not end are facts all the same. */
static void what_was_found_before_an_interruption_is_kept(void **state)
{
	struct fixture *f = *state;
	struct mun_catalog_feed *feed = open_feed(f, NULL, 0);
	const struct mun_audit_feed *t = mun_catalog_feed_table(feed);
	struct mun_finding found = { .outcome = MUN_OUTCOME_MISMATCH,
				     .bytes = 10,
				     .text = "x" };
	struct mun_audit_summary sum = { .interrupted = true };
	struct mun_audit_item *item;
	struct mun_err e;

	assert_int_equal(t->next(t->ctx, &item, &e), 0);
	item->outcome = MUN_OUTCOME_NOT_RUN;
	item->nfindings = 1;
	item->findings = &found;
	assert_int_equal(t->report(t->ctx, item, &e), 0);
	assert_int_equal(mun_catalog_feed_finish(feed, &sum, &e), 0);
	mun_catalog_feed_close(feed);
	assert_non_null(strstr(f->told.text, "mismatch 0+10"));
	assert_listing(f, "unchecked unchecked unchecked partial");
}

/* Two runs at once: each verifies what it chose, the last word counts. */
static void a_run_beside_another_disturbs_nothing(void **state)
{
	struct fixture *f = *state;
	struct mun_catalog_feed *slow = open_feed(f, NULL, 0);
	struct mun_audit_summary sum;

	audit(f, NULL, 0, &sum);
	assert_int_equal(sum.objects, 4);
	assert_order(slow, "1234");
	assert_listing(f, "intact intact intact partial");
}

/* The one number that a query gives. */
static int64_t number(struct fixture *f, const char *sql)
{
	sqlite3_stmt *st;
	int64_t n;

	assert_int_equal(sqlite3_prepare_v2(f->c->db, sql, -1, &st, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

static void damage_in_the_catalog_itself_does_not_end_the_run(void **state)
{
	struct fixture *f = *state;
	char *path = mun_test_path(f->dir, "catalog.db");
	const struct mun_audit_opts opts = { .threads = 1 };
	struct mun_catalog_feed *feed;
	struct mun_audit_summary sum;
	struct mun_err e;

	catalog_sample_sql(path, "DROP TRIGGER file_delete;"
				 "DELETE FROM file WHERE no = 2");
	feed = open_feed(f, NULL, 0);
	assert_int_equal(
		mun_audit_run(mun_catalog_feed_table(feed), &opts, &sum, &e),
		0);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], 3);
	assert_int_equal(mun_catalog_feed_finish(feed, &sum, &e), 0);
	mun_catalog_feed_close(feed);
	assert_non_null(strstr(f->told.text, "not_run"));
	assert_non_null(strstr(f->told.text, catalog_sample_id(2, 0)));
	assert_int_equal(number(f, "SELECT not_run FROM audit_end"), 1);
	free(path);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(never_checked_come_first_and_then_the_oldest),
		T(named_objects_are_audited_once_each_oldest_first),
		T(an_unknown_object_or_agent_begins_no_audit),
		T(the_size_is_that_of_the_stored_files),
		T(an_intact_object_has_its_event_and_its_state),
		T(a_flipped_bit_is_a_finding_of_its_piece),
		T(damage_of_a_partial_object_is_what_is_listed),
		T(an_unreadable_file_is_listed_so),
		T(a_store_that_is_away_says_nothing_of_the_object),
		T(an_interrupted_object_stays_as_old_as_it_was),
		T(what_was_found_before_an_interruption_is_kept),
		T(a_run_beside_another_disturbs_nothing),
		T(damage_in_the_catalog_itself_does_not_end_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
