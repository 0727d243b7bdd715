/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/test_catalog.c - put, get, find, list, search */
#include "catalog/catalog.h"

#include <stdio.h>

#include "catalog/query.h"
#include "core/check.h"
#include "core/str.h"
#include "tests/catalog/catalog_sample.h"
#include "tests/support/support.h"

struct fixture {
	char *dir;
	struct mun_catalog *c;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->dir = mun_test_dir();
	f->c = catalog_sample_new(f->dir);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	mun_catalog_close(f->c);
	mun_test_dir_remove(f->dir);
	free(f);
	return 0;
}

static void every_statement_fits_a_fresh_catalog(void **state)
{
	struct fixture *f = *state;

	for (unsigned int i = 0; i < MUN_STMT_N; i++) {
		struct mun_query q = mun_query_begin(f->c, (enum mun_stmt)i);

		if (q.rc)
			fail_msg("%s: %s", mun_stmt_name((enum mun_stmt)i),
				 sqlite3_errmsg(f->c->db));
		mun_query_end(&q);
	}
}

static void settings_are_those_that_durability_needs(void **state)
{
	static const struct {
		const char *sql;
		const char *want;
	} cases[] = {
		{ "PRAGMA journal_mode", "wal" },
		{ "PRAGMA synchronous", "2" }, /* FULL */
		{ "PRAGMA foreign_keys", "1" },
		{ "PRAGMA application_id", "1297436233" }, /* "MUNI" */
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		sqlite3_stmt *st;

		assert_int_equal(sqlite3_prepare_v2(f->c->db, cases[i].sql, -1,
						    &st, NULL),
				 SQLITE_OK);
		assert_int_equal(sqlite3_step(st), SQLITE_ROW);
		assert_string_equal((const char *)sqlite3_column_text(st, 0),
				    cases[i].want);
		sqlite3_finalize(st);
	}
}

/* Steps of a statement, one a line; free(). */
static char *plan_of(struct mun_catalog *c, enum mun_stmt id)
{
	struct mun_str sql = { 0 };
	struct mun_str out = { 0 };
	sqlite3_stmt *st;
	struct mun_err e;
	char *text;

	mun_str_addf(&sql, "EXPLAIN QUERY PLAN %s", mun_stmt_sql(id));
	assert_int_equal(sqlite3_prepare_v2(c->db, sql.text, -1, &st, NULL),
			 SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW)
		mun_str_addf(&out, "%s\n",
			     (const char *)sqlite3_column_text(st, 3));
	sqlite3_finalize(st);
	mun_str_free(&sql);
	assert_int_equal(mun_str_take(&out, &text, &e), 0);
	return text;
}

static int note_id(void *ctx, const char *id, const char *label,
		   struct mun_err *e)
{
	struct mun_str *s = ctx;

	(void)label;
	(void)e;
	mun_str_addf(s, "%s\n", id);
	return 0;
}

static char *found(struct mun_catalog *c, const char *name, const char *value)
{
	struct mun_str s = { 0 };
	struct mun_err e;
	char *text;

	mun_str_add(&s, "");
	assert_int_equal(
		mun_catalog_find_property(c, name, value, note_id, &s, &e), 0);
	assert_int_equal(mun_str_take(&s, &text, &e), 0);
	return text;
}

static void a_medium_is_found_by_its_marks_and_by_an_index(void **state)
{
	static const char *const marks[] = {
		MUN_PROPERTY_HEAD,
		MUN_PROPERTY_TOC,
		MUN_PROPERTY_VOLUME,
	};
	struct fixture *f = *state;
	char *plan = plan_of(f->c, MUN_STMT_OBJECT_BY_PROPERTY);
	char *drives = plan_of(f->c, MUN_STMT_DRIVE_READINGS);
	struct mun_err e;

	for (unsigned int n = 1; n <= MUN_COUNT(marks); n++) {
		struct mun_record *r = catalog_sample_small(n);
		struct mun_rec_property *p = mun_record_add_property(r);

		p->name = marks[n - 1];
		p->value = "the same";
		assert_int_equal(mun_catalog_put(f->c, r, &e), 0);
		mun_record_free(r);
	}
	for (unsigned int n = 1; n <= MUN_COUNT(marks); n++) {
		char *got = found(f->c, marks[n - 1], "the same");
		char *none = found(f->c, marks[n - 1], "another");
		char want[MUN_UUID_LEN + 1];

		(void)snprintf(want, sizeof(want), "%s\n",
			       catalog_sample_id(n, 0));
		assert_string_equal(got, want);
		assert_string_equal(none, "");
		free(got);
		free(none);
	}
	assert_non_null(strstr(plan, "INDEX property_head (value=?)"));
	assert_non_null(strstr(plan, "INDEX property_toc (value=?)"));
	assert_non_null(strstr(plan, "INDEX property_volume (value=?)"));
	assert_null(strstr(plan, "SCAN property"));
	assert_non_null(strstr(drives, "INDEX event_imaging"));
	free(plan);
	free(drives);
}

static void what_was_put_is_got(void **state)
{
	struct fixture *f = *state;
	struct mun_err e;

	for (unsigned int n = 1; n <= 4; n++)
		catalog_sample_put(f->c, n);
	for (unsigned int n = 1; n <= 4; n++) {
		struct mun_record *want = catalog_sample(n);
		struct mun_record *got;

		assert_int_equal(
			mun_catalog_get(f->c, want->id, true, &got, &e), 0);
		catalog_sample_assert_same(want, got);
		mun_record_free(got);
		mun_record_free(want);
	}
	assert_int_equal(catalog_sample_problems(f->c, NULL), 0);
}

static void lists_come_sorted_whatever_the_order_of_putting(void **state)
{
	struct fixture *f = *state;
	struct mun_record *r = catalog_sample(1);
	struct mun_record *got;
	struct mun_record *want = catalog_sample(1);
	struct mun_rec_file file = r->files[0];
	struct mun_rec_event event = r->events[0];
	struct mun_rec_agent agent = r->agents[0];
	struct mun_err e;

	r->files[0] = r->files[2];
	r->files[2] = file;
	r->events[0] = r->events[1];
	r->events[1] = event;
	r->agents[0] = r->agents[2];
	r->agents[2] = agent;
	assert_int_equal(mun_catalog_put(f->c, r, &e), 0);
	assert_int_equal(mun_catalog_get(f->c, r->id, true, &got, &e), 0);
	catalog_sample_assert_same(want, got);
	mun_record_free(got);
	mun_record_free(want);
	mun_record_free(r);
}

static void layers_are_loaded_only_when_asked_for(void **state)
{
	struct fixture *f = *state;
	struct mun_record *got;
	struct mun_err e;

	catalog_sample_put(f->c, 1);
	assert_int_equal(
		mun_catalog_get(f->c, catalog_sample_id(1, 0), false, &got, &e),
		0);
	for (size_t i = 0; i < got->nfiles; i++)
		assert_null(got->files[i].tree.pieces);
	assert_int_equal(mun_record_master(got)->tree.npieces, 2);
	mun_record_free(got);
}

static void an_unknown_object_is_not_found(void **state)
{
	struct fixture *f = *state;
	struct mun_record *r = catalog_sample(1);
	struct mun_record *got;
	struct mun_err e;

	assert_int_equal(mun_catalog_get(f->c, r->id, true, &got, &e),
			 MUN_ENOENT);
	assert_int_equal(mun_catalog_add_events(f->c, r, &e), MUN_ENOENT);
	mun_record_free(r);
}

static void putting_twice_is_refused_and_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct mun_record *r = catalog_sample(1);
	struct mun_record *got;
	struct mun_err e;

	catalog_sample_put(f->c, 1);
	r->label = "another";
	assert_int_equal(mun_catalog_put(f->c, r, &e), MUN_EEXIST);
	mun_record_free(r);
	r = catalog_sample(1);
	assert_int_equal(mun_catalog_get(f->c, r->id, true, &got, &e), 0);
	catalog_sample_assert_same(r, got);
	mun_record_free(got);
	mun_record_free(r);
}

/* Each damages a good record so that it cannot be kept. */
static void no_uuid(struct mun_record *r)
{
	r->id = "12345678";
}

static void upper_case(struct mun_record *r)
{
	r->id = "019A0000-0000-7000-8000-000000000001";
}

static void no_outcome(struct mun_record *r)
{
	r->outcome = "";
}

static void too_big(struct mun_record *r)
{
	r->bytes = UINT64_MAX;
}

static void same_path(struct mun_record *r)
{
	r->files[1].path = r->files[0].path;
}

static void tree_of_another_size(struct mun_record *r)
{
	r->files[1].tree.bytes++;
}

static void no_layer(struct mun_record *r)
{
	r->files[1].tree.pieces = NULL;
}

static void link_to_nothing(struct mun_record *r)
{
	r->events[0].objects[1].id = catalog_sample_id(77, 7);
}

static void agent_of_nothing(struct mun_record *r)
{
	r->events[1].agents[0].id = catalog_sample_id(77, 7);
}

static void event_twice(struct mun_record *r)
{
	r->events[1].id = r->events[0].id;
}

static void a_record_that_cannot_be_kept_leaves_nothing(void **state)
{
	static const struct {
		void (*damage)(struct mun_record *r);
		int want;
	} cases[] = {
		{ no_uuid, MUN_EINVAL },
		{ upper_case, MUN_EINVAL },
		{ no_outcome, MUN_EINVAL },
		{ too_big, MUN_EINVAL },
		{ same_path, MUN_EINVAL },
		{ tree_of_another_size, MUN_EINVAL },
		{ no_layer, MUN_EINVAL },
		{ link_to_nothing, MUN_EINVAL },
		{ agent_of_nothing, MUN_EINVAL },
		{ event_twice, MUN_EEXIST },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_record *r = catalog_sample(1);
		struct mun_record *got;
		struct mun_err e;

		cases[i].damage(r);
		assert_int_equal(mun_catalog_put(f->c, r, &e), cases[i].want);
		assert_int_equal(mun_catalog_get(f->c, r->id, false, &got, &e),
				 MUN_ENOENT);
		mun_record_free(r);
	}
	/* And nothing stands in the way of a good one. */
	catalog_sample_put(f->c, 1);
	assert_int_equal(catalog_sample_problems(f->c, NULL), 0);
}

static void events_are_added_and_come_in_the_order_of_time(void **state)
{
	struct fixture *f = *state;
	struct mun_record *r = catalog_sample_small(1);
	struct mun_rec_event *ev = mun_record_add_event(r);
	struct mun_record *got;
	struct mun_err e;

	catalog_sample_put(f->c, 1);
	ev->id = catalog_sample_id(1, 99);
	ev->type = "dissemination";
	ev->started = "2026-11-22T17:21:30Z";
	ev->outcome = "success";
	mun_event_link_agent(r, ev, "019a0000-aaaa-7000-8000-000000000002",
			     "implementer");
	mun_event_link_object(r, ev, catalog_sample_id(1, 2), "source");
	assert_int_equal(mun_catalog_add_events(f->c, r, &e), 0);
	/* A second time it is known. */
	assert_int_equal(mun_catalog_add_events(f->c, r, &e), MUN_EEXIST);
	assert_int_equal(mun_catalog_get(f->c, r->id, false, &got, &e), 0);
	assert_int_equal(got->nevents, 3);
	assert_string_equal(got->events[1].type, "dissemination");
	assert_string_equal(got->events[1].agents[0].id,
			    "019a0000-aaaa-7000-8000-000000000002");
	assert_string_equal(got->events[1].objects[0].id,
			    catalog_sample_id(1, 2));
	assert_int_equal(catalog_sample_problems(f->c, NULL), 0);
	mun_record_free(got);
	mun_record_free(r);
}

static void an_agent_with_the_same_facts_keeps_its_id(void **state)
{
	struct fixture *f = *state;
	char first[MUN_UUID_LEN];
	char again[MUN_UUID_LEN];
	char other[MUN_UUID_LEN];
	struct mun_err e;

	assert_int_equal(mun_catalog_agent_id(f->c, "software", "muniment",
					      "0.1.0", "", first, &e),
			 0);
	assert_int_equal(mun_catalog_agent_id(f->c, "software", "muniment",
					      "0.1.0", "", again, &e),
			 0);
	assert_int_equal(mun_catalog_agent_id(f->c, "software", "muniment",
					      "0.2.0", "", other, &e),
			 0);
	assert_true(mun_uuid_is(first));
	assert_string_equal(first, again);
	assert_string_not_equal(first, other);
}

static void an_object_is_resolved_by_what_people_type(void **state)
{
	static const struct {
		const char *text;
		int want;
		unsigned int n; /* that is meant */
	} cases[] = {
		{ "019a0000-0001-7000-8000-000000000000", 0, 1 },
		{ "019A0000-0001-7000-8000-000000000000", 0, 1 },
		{ "urn:uuid:019a0000-0002-7000-8000-000000000000", 0, 2 },
		{ "URN:UUID:019a0000-0002", 0, 2 },
		{ "019a0000-0003-", 0, 3 },
		{ "019a00000003", 0, 3 },
		{ "019a0001", 0, 0x10000 },
		{ "barcode=31234000002", 0, 2 },
		{ "accession=2026-003/3", 0, 3 },
		{ "019a0000-0009", MUN_ENOENT, 0 },
		{ "019a0000-0001-7000-8000-000000000001", MUN_ENOENT, 0 },
		{ "019a0000-0001-7000-8000-0000000000000", MUN_ENOENT, 0 },
		{ "barcode=31234", MUN_ENOENT, 0 },
		{ "shelfmark=31234000002", MUN_ENOENT, 0 },
		{ "barcode=", MUN_ENOENT, 0 },
		{ "floppy", MUN_ENOENT, 0 },
		{ "019a%", MUN_ENOENT, 0 },
		{ "019a", MUN_EINVAL, 0 }, /* four of them */
		{ "01-9", MUN_EINVAL, 0 }, /* too short */
		{ "", MUN_EINVAL, 0 },
	};
	struct fixture *f = *state;

	for (unsigned int n = 1; n <= 3; n++)
		catalog_sample_put(f->c, n);
	catalog_sample_put(f->c, 0x10000);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		char id[MUN_UUID_LEN];
		struct mun_err e;
		int rc = mun_catalog_resolve(f->c, cases[i].text, id, &e);

		if (rc != cases[i].want)
			fail_msg("'%s' gives %d", cases[i].text, rc);
		if (!rc)
			assert_string_equal(id,
					    catalog_sample_id(cases[i].n, 0));
	}
}

static void an_ambiguous_name_says_three_of_those_it_means(void **state)
{
	struct fixture *f = *state;
	char id[MUN_UUID_LEN];
	struct mun_err e;

	for (unsigned int n = 1; n <= 4; n++)
		catalog_sample_put(f->c, n);
	assert_int_equal(mun_catalog_resolve(f->c, "019a0000", id, &e),
			 MUN_EINVAL);
	for (unsigned int n = 1; n <= 3; n++)
		assert_non_null(
			strstr(e.lines[0].text, catalog_sample_id(n, 0)));
	assert_null(strstr(e.lines[0].text, catalog_sample_id(4, 0)));
	assert_non_null(strstr(e.lines[0].text, "more"));
}

struct ids {
	char id[4][MUN_UUID_LEN];
	size_t n;
};

static int note_known(void *ctx, const char *id, const char *label,
		      struct mun_err *e)
{
	struct ids *ids = ctx;

	assert_non_null(label);
	assert_true(ids->n < 4);
	(void)snprintf(ids->id[ids->n++], MUN_UUID_LEN, "%s", id);
	return ids->n == 4 ? mun_fail(e, MUN_EIO, "enough") : 0;
}

static struct ids with_digest(struct mun_catalog *c, enum mun_digest_alg alg,
			      const struct mun_digest *d)
{
	struct ids ids = { .n = 0 };
	struct mun_err e;

	assert_int_equal(
		mun_catalog_each_digest(c, alg, d, note_known, &ids, &e), 0);
	return ids;
}

static void a_known_digest_names_the_objects_that_have_it(void **state)
{
	struct fixture *f = *state;
	struct mun_record *r = catalog_sample_small(2);
	struct mun_record *first = catalog_sample(1);
	const struct mun_digest *d = &first->content.of[MUN_SHA256];
	struct mun_digest absent = { 0 };
	struct mun_err e;
	struct ids ids;

	catalog_sample_put(f->c, 1);
	ids = with_digest(f->c, MUN_SHA256, d);
	assert_int_equal(ids.n, 1);
	assert_string_equal(ids.id[0], first->id);

	/* The second one's master has the digest, its content another. */
	r->files[0].digests.of[MUN_SHA256] = *d;
	assert_int_equal(mun_catalog_put(f->c, r, &e), 0);
	ids = with_digest(f->c, MUN_SHA256, d);
	assert_int_equal(ids.n, 2);
	assert_string_equal(ids.id[strcmp(first->id, r->id) < 0], r->id);
	/* The same bytes as another algorithm's value mean nothing. */
	assert_int_equal(with_digest(f->c, MUN_SHA512_256, d).n, 0);
	assert_int_equal(with_digest(f->c, MUN_SHA256, &absent).n, 0);
	mun_record_free(first);
	mun_record_free(r);
}

/* Rows as the last letter of their labels: "1 2 3". */
struct rows {
	char text[256];
	int stop_after;
};

static int add_row(void *ctx, const struct mun_catalog_row *row,
		   struct mun_err *e)
{
	struct rows *r = ctx;
	size_t len = strlen(r->text);
	unsigned int n = 0;

	assert_int_equal(sscanf(row->label, "Diskette %u", &n), 1);
	(void)snprintf(r->text + len, sizeof(r->text) - len, "%s%u",
		       len ? " " : "", n);
	if (r->stop_after && !--r->stop_after)
		return mun_fail(e, MUN_ECANCELLED, "enough");
	return 0;
}

static void a_listing_is_by_id_and_can_be_narrowed(void **state)
{
	static const struct {
		const char *collection;
		const char *status;
		const char *want;
	} cases[] = {
		{ NULL, NULL, "1 2 3 4 5 6" },    { "Fonds 12", NULL, "2 4 6" },
		{ "Fonds 12", "partial", "6" },   { NULL, "partial", "3 6" },
		{ NULL, "unchecked", "1 2 4 5" }, { NULL, "intact", "" },
		{ "fonds 12", NULL, "" },         { "", NULL, "" },
	};
	struct fixture *f = *state;

	/* Not in the order of ids: 3 6 2 5 1 4. */
	for (unsigned int n = 1; n <= 6; n++)
		catalog_sample_put(f->c, n * 3 % 7);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct rows rows = { .text = "" };
		struct mun_err e;

		assert_int_equal(mun_catalog_list(f->c, cases[i].collection,
						  cases[i].status, add_row,
						  &rows, &e),
				 0);
		assert_string_equal(rows.text, cases[i].want);
	}
}

static int check_row(void *ctx, const struct mun_catalog_row *row,
		     struct mun_err *e)
{
	int *n = ctx;

	(void)e;
	++*n;
	assert_string_equal(row->id, catalog_sample_id(3, 0));
	assert_string_equal(row->label, "Diskette 3 \"Lohn & Gehalt\"");
	assert_string_equal(row->collection, "Nachlass M\u00fcller");
	assert_string_equal(row->format, "raw");
	assert_string_equal(row->status, "partial");
	assert_string_equal(row->last_audit, "");
	assert_int_equal(row->bytes, 1474560);
	return 0;
}

static void a_row_has_what_the_record_has(void **state)
{
	struct fixture *f = *state;
	struct mun_err e;
	int n = 0;

	catalog_sample_put(f->c, 3);
	assert_int_equal(mun_catalog_list(f->c, NULL, NULL, check_row, &n, &e),
			 0);
	assert_int_equal(n, 1);
}

static void a_callback_can_end_the_listing_and_start_again(void **state)
{
	struct fixture *f = *state;
	struct rows rows = { .stop_after = 2 };
	struct mun_err e;

	for (unsigned int n = 1; n <= 4; n++)
		catalog_sample_put(f->c, n);
	assert_int_equal(mun_catalog_list(f->c, NULL, NULL, add_row, &rows, &e),
			 MUN_ECANCELLED);
	assert_string_equal(rows.text, "1 2");
	rows = (struct rows){ .text = "" };
	assert_int_equal(mun_catalog_list(f->c, NULL, NULL, add_row, &rows, &e),
			 0);
	assert_string_equal(rows.text, "1 2 3 4");
}

/* What an inner listing needs. */
struct nested {
	struct mun_catalog *c;
	int outer;
	int inner;
};

static int count_inner(void *ctx, const struct mun_catalog_row *row,
		       struct mun_err *e)
{
	struct nested *n = ctx;

	(void)row;
	(void)e;
	n->inner++;
	return 0;
}

static int list_again(void *ctx, const struct mun_catalog_row *row,
		      struct mun_err *e)
{
	struct nested *n = ctx;

	(void)row;
	n->outer++;
	return mun_catalog_list(n->c, NULL, NULL, count_inner, n, e);
}

static void a_callback_can_list_again(void **state)
{
	struct fixture *f = *state;
	struct nested n = { .c = f->c };
	struct mun_err e;

	for (unsigned int i = 1; i <= 3; i++)
		catalog_sample_put(f->c, i);
	assert_int_equal(mun_catalog_list(f->c, NULL, NULL, list_again, &n, &e),
			 0);
	assert_int_equal(n.outer, 3);
	assert_int_equal(n.inner, 9);
}

static void a_search_finds_words_and_beginnings(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* newest first */
	} cases[] = {
		{ "diskette", "4 3 2 1" },
		{ "DISKETTE", "4 3 2 1" },
		{ "disk", "4 3 2 1" }, /* the last word is a beginning */
		{ "disk 2", "" }, /* but no other */
		{ "diskette 2", "4 3 2 1" }, /* 2 begins 2026 */
		{ "gehalt lohn", "4 3 2 1" },
		{ "muller", "3 1" }, /* collection, without its umlaut */
		{ "nachlass m\u00fcller", "3 1" },
		{ "fonds", "4 2" },
		{ "sticky", "4 3 2 1" }, /* note */
		{ "lohn_93", "4 3 2 1" }, /* volume label */
		{ "scan/d2.img", "2" }, /* source */
		{ "31234000003", "3" }, /* identifier */
		{ "312340000", "4 3 2 1" },
		{ "barcode 31234000004", "4" },
		{ "2026-002/3", "2" },
		{ "2026-00", "4 3 2 1" },
		{ "2026/003", "3" }, /* as the tokenizer splits */
		{ "3-2026", "" },
		{ "\"lohn & gehalt\"", "4 3 2 1" },
		{ "lohn\" OR \"x", "" },
		{ "label:diskette", "" },
		{ "NOT diskette", "" },
		{ "diskette*", "4 3 2 1" },
		{ "( ^ diskette", "4 3 2 1" },
		{ "diskette NEAR", "" },
		{ "", "" },
		{ " \t\n", "" },
		{ "---", "" },
		{ "\"", "" },
		{ "*", "" },
		{ "\u2014 \u00bb", "" }, /* punctuation beyond ASCII */
		{ "diskette \u2014", "4 3 2 1" },
		{ "\xff\xfe", "" },
		{ "absent", "" },
	};
	struct fixture *f = *state;

	for (unsigned int n = 1; n <= 4; n++)
		catalog_sample_put(f->c, n);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct rows rows = { .text = "" };
		struct mun_err e;

		if (mun_catalog_search(f->c, cases[i].text, add_row, &rows, &e))
			fail_msg("'%s': %s", cases[i].text, e.lines[0].text);
		if (strcmp(rows.text, cases[i].want))
			fail_msg("'%s' gives '%s', not '%s'", cases[i].text,
				 rows.text, cases[i].want);
	}
}

/* Both ways of answering: a few are looked up, many are walked. */
static void few_and_many_matches_come_newest_first(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "31234000007", "7" },
		{ "2026-031", "31" },
		{ "31234 barcode 3123400003", "" },
		{ "barcode 3123400003", "39 38 37 36 35 34 33 32 31 30" },
	};
	struct fixture *f = *state;
	struct mun_err e;

	/* In another order than that of their ids. */
	for (unsigned int n = 1; n <= 40; n++)
		catalog_sample_put(f->c, n * 3 % 41);
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct rows rows = { .text = "" };

		assert_int_equal(mun_catalog_search(f->c, cases[i].text,
						    add_row, &rows, &e),
				 0);
		assert_string_equal(rows.text, cases[i].want);
	}
	/* Two of forty: they are looked up, and sorted. */
	for (unsigned int n = 0; n < 2; n++) {
		struct mun_record *r = catalog_sample(n ? 90 : 91);
		struct rows rows = { .text = "" };

		r->note = "rarity";
		assert_int_equal(mun_catalog_put(f->c, r, &e), 0);
		assert_int_equal(
			mun_catalog_search(f->c, "rarity", add_row, &rows, &e),
			0);
		assert_string_equal(rows.text, n ? "91 90" : "91");
		mun_record_free(r);
	}
}

static void too_many_words_are_refused_with_a_reason(void **state)
{
	struct fixture *f = *state;
	struct mun_str s = { 0 };
	struct mun_err e;

	for (int i = 0; i < 65; i++)
		mun_str_add(&s, "word ");
	assert_int_equal(mun_catalog_search(f->c, s.text, add_row, NULL, &e),
			 MUN_EINVAL);
	assert_non_null(strstr(e.lines[0].text, "65"));
	s.text[5 * 64] = '\0';
	assert_int_equal(mun_catalog_search(f->c, s.text, add_row, NULL, &e),
			 0);
	mun_str_free(&s);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(every_statement_fits_a_fresh_catalog),
		T(settings_are_those_that_durability_needs),
		T(what_was_put_is_got),
		T(a_medium_is_found_by_its_marks_and_by_an_index),
		T(lists_come_sorted_whatever_the_order_of_putting),
		T(layers_are_loaded_only_when_asked_for),
		T(an_unknown_object_is_not_found),
		T(putting_twice_is_refused_and_changes_nothing),
		T(a_record_that_cannot_be_kept_leaves_nothing),
		T(events_are_added_and_come_in_the_order_of_time),
		T(an_agent_with_the_same_facts_keeps_its_id),
		T(an_object_is_resolved_by_what_people_type),
		T(an_ambiguous_name_says_three_of_those_it_means),
		T(a_known_digest_names_the_objects_that_have_it),
		T(a_listing_is_by_id_and_can_be_narrowed),
		T(a_row_has_what_the_record_has),
		T(a_callback_can_end_the_listing_and_start_again),
		T(a_callback_can_list_again),
		T(a_search_finds_words_and_beginnings),
		T(few_and_many_matches_come_newest_first),
		T(too_many_words_are_refused_with_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
