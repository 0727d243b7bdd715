/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_policy.c - what holds for which collection on which store */
#include "fixity/policy.h"

#include <math.h>
#include <stdio.h>

#include "core/check.h"
#include "tests/support/support.h"

#define DAY UINT64_C(86400)

static struct mun_conf *load(const char *text)
{
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "muniment.conf");
	struct mun_conf *c;
	struct mun_err e;

	mun_test_write(path, text, strlen(text));
	assert_int_equal(mun_conf_load(path, &c, &e), 0);
	free(path);
	mun_test_dir_remove(dir);
	return c;
}

static struct mun_policy get(const struct mun_conf *c, const char *store,
			     const char *collection)
{
	struct mun_policy p;
	struct mun_err e;

	assert_int_equal(mun_policy_get(c, store, collection, &p, &e), 0);
	return p;
}

static void an_empty_file_promises_the_built_in_values(void **state)
{
	struct mun_conf *c = load("");
	struct mun_policy p = get(c, "main", "");

	(void)state;
	assert_int_equal(p.every, 90 * DAY);
	assert_int_equal(p.presence_every, 7 * DAY);
	assert_int_equal(p.window.from, p.window.to);
	assert_int_equal(p.rate, 0);
	assert_int_equal(p.threads, 0);
	assert_false(p.full || p.repair);
	assert_int_equal(p.copies, 1);
	assert_true(p.parity <= 0);
	assert_int_equal(p.breaker_percent, 20);
	assert_int_equal(p.breaker_items, 50);
	assert_int_equal(p.catch_up, 30 * DAY);
	mun_conf_free(c);
}

static const char layered[] = "[repository]\n"
			      "every = 100d\n"
			      "audit-threads = 3\n"
			      "parity = 2.5%\n"
			      "[store tape-2]\n"
			      "every = 180d\n"
			      "window = 22:00-06:00\n"
			      "rate = 80MiB/s\n"
			      "breaker = off\n"
			      "repair = yes\n"
			      "[collection Maps, v. 2]\n"
			      "every = 30d\n"
			      "copies = 3\n"
			      "parity = 10%\n"
			      "digest = full\n"
			      "[collection Maps, v. 2 on tape-2]\n"
			      "every = 365d\n"
			      "digest = tree\n"
			      "[collection \"Poems on vellum\"]\n"
			      "every = off\n";

static void the_most_particular_section_comes_first(void **state)
{
	static const struct {
		const char *store;
		const char *collection;
		uint64_t days;
		unsigned int copies;
		double parity;
		bool full;
	} table[] = {
		{ "main", "", 100, 1, 2.5, false },
		{ "main", "Other", 100, 1, 2.5, false },
		{ "tape-2", "", 180, 1, 2.5, false },
		{ "tape-2", "Other", 180, 1, 2.5, false },
		{ "main", "Maps, v. 2", 30, 3, 10, true },
		{ "disk", "Maps, v. 2", 30, 3, 10, true },
		{ "tape-2", "Maps, v. 2", 365, 3, 10, false },
		{ "main", "Poems on vellum", 0, 1, 2.5, false },
		{ "vellum", "Poems", 100, 1, 2.5, false },
	};
	struct mun_conf *c = load(layered);

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		struct mun_policy p =
			get(c, table[i].store, table[i].collection);
		bool tape = !strcmp(table[i].store, "tape-2");

		if (p.every != table[i].days * DAY ||
		    p.copies != table[i].copies || p.full != table[i].full ||
		    fabs(p.parity - table[i].parity) > 1e-9)
			fail_msg("case %zu", i);
		assert_int_equal(p.threads, 3);
		assert_int_equal(p.rate, tape ? UINT64_C(80) << 20 : 0);
		assert_int_equal(p.window.from, tape ? 1320 : 0);
		assert_int_equal(p.breaker_percent, tape ? 0 : 20);
		assert_int_equal(p.repair, tape);
	}
	mun_conf_free(c);
}

static void threads_comes_before_its_older_name(void **state)
{
	struct mun_conf *c = load("[repository]\naudit-threads = 3\n"
				  "[store main]\nthreads = 5\n");

	(void)state;
	assert_int_equal(get(c, "main", "").threads, 5);
	assert_int_equal(get(c, "tape", "").threads, 3);
	mun_conf_free(c);
	c = load("[repository]\nthreads = 7\naudit-threads = 3\n");
	assert_int_equal(get(c, "main", "").threads, 7);
	mun_conf_free(c);
}

static void collections_are_counted_once_each(void **state)
{
	struct mun_conf *c = load(layered);
	const char *names[4] = { NULL };

	(void)state;
	assert_int_equal(mun_policy_collections(c, names, 4), 2);
	assert_string_equal(names[0], "Maps, v. 2");
	assert_string_equal(names[1], "Poems on vellum");
	assert_null(names[2]);
	names[1] = NULL;
	assert_int_equal(mun_policy_collections(c, names, 1), 2);
	assert_null(names[1]);
	assert_int_equal(mun_policy_collections(c, NULL, 0), 2);
	mun_conf_free(c);
}

static char *text_of(const char *conf)
{
	struct mun_conf *c = load(conf);
	struct mun_str s = { 0 };
	struct mun_err e;
	char *text;

	assert_int_equal(mun_policy_text(c, &s, &e), 0);
	assert_int_equal(mun_str_take(&s, &text, &e), 0);
	mun_conf_free(c);
	return text;
}

static void the_same_policy_is_the_same_text(void **state)
{
	char *a = text_of(layered);
	/* Another order, comments, names and people, quotes without need. */
	char *b = text_of("[collection \"Maps, v. 2\" on tape-2]\n"
			  "digest = tree ; x\nevery=365d\n"
			  "[store tape-2]\nrepair = yes\nbreaker = off\n"
			  "rate = 80MiB/s\nwindow = 22:00-06:00\n"
			  "every = 180d\n"
			  "[collection \"Poems on vellum\"]\nevery = off\n"
			  "# y\n[collection \"Maps, v. 2\"]\n"
			  "digest = full\nparity = 10%\ncopies = 3\n"
			  "every = 30d\n"
			  "[repository]\nname = X\noperator = Y\n"
			  "parity = 2.5%\nevery = 100d\n");
	char *d = text_of("[repository]\nevery = 100d\n");

	(void)state;
	assert_string_equal(a, b);
	assert_string_not_equal(a, d);
	assert_non_null(strstr(a, "collection.Maps, v. 2@tape-2.every = "
				  "365d\n"));
	assert_non_null(strstr(a, "collection.Poems on vellum.every = off\n"));
	assert_null(strstr(a, "operator"));
	assert_string_equal(d, "breaker = 20% of 50\n"
			       "catch-up = 30d\n"
			       "copies = 1\n"
			       "digest = tree\n"
			       "every = 100d\n"
			       "parity = off\n"
			       "presence-every = 7d\n"
			       "rate = 0\n"
			       "repair = no\n"
			       "window = always\n");
	free(a);
	free(b);
	free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_file_promises_the_built_in_values),
		cmocka_unit_test(the_most_particular_section_comes_first),
		cmocka_unit_test(threads_comes_before_its_older_name),
		cmocka_unit_test(collections_are_counted_once_each),
		cmocka_unit_test(the_same_policy_is_the_same_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
