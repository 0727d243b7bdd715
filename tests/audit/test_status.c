/* SPDX-License-Identifier: Apache-2.0 */
/* tests/audit/test_status.c - one screen, JSON, and metrics that parse */
#include "audit/status.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/metrics.h"
#include "core/json.h"
#include "core/str.h"
#include "tests/audit/report_world.h"
#include "tests/support/support.h"

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	world_new(w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	world_free(*state);
	free(*state);
	return 0;
}

static struct mun_status *gather(const struct world *w)
{
	struct mun_status *s = NULL;
	struct mun_err e;

	if (mun_status_gather(w->c, w->conf, w->dir, NULL, &s, &e))
		fail_msg("%s", e.lines[0].text);
	return s;
}

/* 2 October, noon: of main 6 to 8 were seen in July (89 days ago), 9 and 10 in
 * January, 11 never (it came 48 days ago). */
static void the_state_is_that_of_now(void **state)
{
	struct mun_status *s = gather(*state);

	assert_int_equal(s->objects, 11);
	assert_int_equal(s->bytes, 11000);
	assert_int_equal(s->copies, 14);
	assert_int_equal(s->partial, 1);
	assert_int_equal(s->short_of_copies, 6);
	assert_int_equal(s->damaged, 2);
	/* Not that of February, nor that of object 7. */
	assert_int_equal(s->incidents, 2);
	assert_int_equal(s->unacknowledged, 1);
	assert_int_equal(s->nnewest, 2);
	assert_string_equal(s->newest[0].kind, "store_fault");
	/* "gone" was removed. */
	assert_int_equal(s->nstores, 2);
	assert_string_equal(s->stores[0].store, "main");
	assert_int_equal(s->stores[0].overdue, 2);
	assert_int_equal(s->stores[0].never, 1);
	assert_int_equal(s->stores[0].in_policy, 11);
	assert_int_equal(s->stores[0].outcomes[0], 8);
	assert_int_equal(s->stores[0].lacking, 0);
	assert_int_equal(s->stores[1].lacking, 8);
	assert_int_equal(s->stores[1].overdue, 0);
	assert_true(s->stores[0].next_due < s->now);
	assert_false(s->has_ledger);
	assert_true(mun_status_is_bad(s));
	mun_status_free(s);
}

static void assert_screen(const char *text)
{
	unsigned int lines = 0;

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len > 80)
			fail_msg("%zu columns: %.*s", len, (int)len, text);
		lines++;
		text += len + (text[len] == '\n');
	}
	if (lines > 24)
		fail_msg("%u lines", lines);
}

static void it_fits_on_one_screen_whatever_there_is(void **state)
{
	struct world *w = *state;
	struct mun_status *s;
	struct mun_err e;
	char *text;

	/* Stores and incidents in plenty, with names as long as can be. */
	world_sql(w->c,
		  "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 "
		  "FROM n WHERE i < 40) INSERT INTO store (no, id, name, url, "
		  "added, seal) SELECT i, printf('019c0000-0000-7000-8000-"
		  "%012d', i), printf('a-store-with-a-very-long-name-%d', i), "
		  "'file:///x', '2026-01-01T00:00:00Z', zeroblob(16) FROM n;"
		  "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 "
		  "FROM n WHERE i < 40) INSERT INTO incident SELECT i, "
		  "printf('019c0001-0000-7000-8000-%012d', i), 3, 1, "
		  "'documentation/' || hex(zeroblob(100)), 'unreadable', "
		  "'2026-09-01T00:00:00Z', NULL, 0, 0, 5, 'I/O', "
		  "zeroblob(16) FROM n");
	s = gather(w);
	assert_int_equal(mun_status_text(s, &text, &e), 0);
	assert_screen(text);
	assert_non_null(strstr(text, "and 27 more: muniment store list"));
	assert_non_null(strstr(text, "and 28 more: muniment incidents"));
	free(text);
	mun_status_free(s);
}

static void an_empty_repository_has_a_state(void **state)
{
	struct world *w = *state;
	char *path = mun_test_path(w->dir, "empty.db");
	struct mun_catalog *c;
	struct mun_status *s;
	struct mun_jsonw json;
	struct mun_err e;
	char *text;

	assert_int_equal(mun_catalog_init(path, &e), 0);
	assert_int_equal(mun_catalog_open(path, &c, &e), 0);
	assert_int_equal(mun_status_gather(c, w->conf, w->dir, NULL, &s, &e),
			 0);
	assert_int_equal(s->objects, 0);
	assert_int_equal(s->nstores, 1);
	assert_false(mun_status_is_bad(s));
	assert_int_equal(mun_status_text(s, &text, &e), 0);
	assert_screen(text);
	free(text);
	mun_jsonw_init(&json, NULL, true);
	mun_jsonw_object(&json, NULL);
	mun_status_json(s, &json);
	mun_jsonw_end_object(&json);
	assert_int_equal(mun_jsonw_finish(&json, &e), 0);
	{
		mun_autojson json_t *j = NULL;

		assert_int_equal(
			mun_json_parse(json.out.text, json.out.len, &j, &e), 0);
		assert_true(json_is_null(json_object_get(j, "ledger")));
	}
	mun_str_free(&json.out);
	mun_status_free(s);
	mun_catalog_close(c);
	free(path);
}

/* Audits at work hold a lock; ingests have a folder each. */
static void what_is_under_way_is_counted(void **state)
{
	struct world *w = *state;
	char *spool = mun_test_path(w->dir, "spool");
	char *dir =
		mun_test_path(spool, "019a0000-0000-7000-8000-000000000099");
	char *lock = mun_test_path(spool, "audit-main.lock");
	struct mun_status *s;
	int fd;

	assert_int_equal(mkdir(spool, 0755), 0);
	assert_int_equal(mkdir(dir, 0755), 0);
	/* A lock file that nobody holds is no audit. */
	mun_test_write(lock, "", 0);
	s = gather(w);
	assert_int_equal(s->sessions, 1);
	assert_int_equal(s->audits, 0);
	mun_status_free(s);
	fd = open(lock, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	s = gather(w);
	assert_int_equal(s->audits, 1);
	mun_status_free(s);
	(void)close(fd);
	free(lock);
	free(dir);
	free(spool);
}

/*
 * The text format 0.0.4, strictly: HELP, then TYPE, then all samples of the
 * metric, each with other labels; names and label names of the allowed
 * characters; label values with \\, \" and \n escaped and nothing else; a
 * number; a line feed at the end of all.
 */
static const char *take_name(const char *p, char *out, size_t size)
{
	size_t n = 0;

	assert_true(isalpha((unsigned char)*p) || *p == '_');
	while (isalnum((unsigned char)*p) || *p == '_') {
		assert_true(n + 1 < size);
		out[n++] = *p++;
	}
	out[n] = '\0';
	return p;
}

static const char *take_labels(const char *p)
{
	char name[64];

	assert_int_equal(*p, '{');
	do {
		p = take_name(p + 1, name, sizeof(name));
		assert_true(strcmp(name, "store") == 0 ||
			    strcmp(name, "collection") == 0 ||
			    strcmp(name, "outcome") == 0);
		assert_memory_equal(p, "=\"", 2);
		for (p += 2; *p != '"'; p++) {
			assert_true(*p && *p != '\n');
			if (*p == '\\')
				assert_non_null(strchr("\\\"n", *++p));
		}
		p++;
	} while (*p == ',');
	assert_int_equal(*p, '}');
	return p + 1;
}

static const char *take_sample(const char *p, const char *metric)
{
	char name[96];

	p = take_name(p, name, sizeof(name));
	assert_string_equal(name, metric);
	if (*p == '{')
		p = take_labels(p);
	assert_int_equal(*p++, ' ');
	assert_true(isdigit((unsigned char)*p) || *p == '-');
	for (p++; isdigit((unsigned char)*p); p++)
		;
	assert_int_equal(*p, '\n');
	return p + 1;
}

static unsigned int check_format(const char *text)
{
	struct mun_str seen = { 0 };
	unsigned int samples = 0;

	while (*text) {
		char name[96];
		char type[96];
		char key[128];

		assert_memory_equal(text, "# HELP ", 7);
		text = take_name(text + 7, name, sizeof(name));
		assert_memory_equal(name, "muniment_", 9);
		/* Each metric once. */
		(void)snprintf(key, sizeof(key), " %s ", name);
		assert_null(seen.text ? strstr(seen.text, key) : NULL);
		mun_str_add(&seen, key);
		assert_int_equal(*text, ' ');
		text = strchr(text, '\n');
		assert_non_null(text);
		assert_memory_equal(text + 1, "# TYPE ", 7);
		text = take_name(text + 8, type, sizeof(type));
		assert_string_equal(name, type);
		assert_memory_equal(text, " gauge\n", 7);
		text += 7;
		while (*text && *text != '#') {
			text = take_sample(text, name);
			samples++;
		}
	}
	mun_str_free(&seen);
	return samples;
}

static void metrics_parse_and_carry_the_figures(void **state)
{
	struct mun_status *s = gather(*state);
	struct mun_str out = { 0 };

	mun_metrics_text(s, &out);
	assert_false(out.failed);
	assert_true(check_format(out.text) > 40);
	assert_non_null(strstr(out.text, "\nmuniment_objects 11\n"));
	assert_non_null(strstr(out.text, "\nmuniment_incidents 2\n"));
	/* Quote and backslash of the collection's name are escaped. */
	assert_non_null(strstr(
		out.text,
		"muniment_copies_overdue{store=\"main\",collection=\"=cmd|' /C "
		"calc'!A0 \\\"<b>\\\\\"} 2\n"));
	assert_non_null(strstr(out.text,
			       "muniment_copies_by_outcome{store=\"main\","
			       "collection=\"Letters\",outcome=\"intact\"} "
			       "5\n"));
	mun_str_free(&out);
	mun_status_free(s);
}

/* The checker is one: what is wrong in a small way does not pass. */
static void a_line_feed_in_a_label_is_escaped(void **state)
{
	struct world *w = *state;
	struct mun_status *s = gather(w);
	struct mun_str out = { 0 };
	char *name = s->collections[0].collection;

	s->collections[0].collection = strdup("a\nb\"c\\d{},=");
	assert_non_null(s->collections[0].collection);
	mun_metrics_text(s, &out);
	assert_true(check_format(out.text) > 40);
	assert_non_null(
		strstr(out.text, "collection=\"a\\nb\\\"c\\\\d{},=\"}"));
	mun_str_free(&out);
	free(name);
	mun_status_free(s);
}

static void the_file_is_replaced_in_one_step(void **state)
{
	struct world *w = *state;
	struct mun_status *s = gather(w);
	char *path = mun_test_path(w->dir, "m.prom");
	unsigned int before;
	struct mun_err e;
	char *text;
	int n;

	mun_test_write(path, "old", 3);
	before = mun_test_count_entries(w->dir);
	mun_fault_install(MUN_CALL_MUTATING, EIO);
	for (n = 0;; n++) {
		int rc;

		mun_fault_arm(n);
		rc = mun_metrics_write(s, path, &e);
		if (!mun_fault_fired()) {
			assert_int_equal(rc, 0);
			break;
		}
		assert_int_equal(rc, MUN_EIO);
		assert_int_equal(mun_test_count_entries(w->dir), before);
		text = mun_test_read(path, NULL);
		assert_true(strcmp(text, "old") == 0 ||
			    check_format(text) > 40);
		free(text);
	}
	mun_fault_restore();
	assert_true(n > 3);
	text = mun_test_read(path, NULL);
	assert_true(check_format(text) > 40);
	free(text);
	assert_int_equal(mun_metrics_write(s, "/", &e), MUN_EINVAL);
	free(path);
	mun_status_free(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_state_is_that_of_now),
		TEST(it_fits_on_one_screen_whatever_there_is),
		TEST(an_empty_repository_has_a_state),
		TEST(what_is_under_way_is_counted),
		TEST(metrics_parse_and_carry_the_figures),
		TEST(a_line_feed_in_a_label_is_escaped),
		TEST(the_file_is_replaced_in_one_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
