/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_conf.c - settings that people write and we change */
#include "core/conf.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/check.h"
#include "tests/support/support.h"

static void what_the_file_does_not_say_has_a_fallback(void **state)
{
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "muniment.conf");
	static const char text[] = "# ours\n[repository]\nname = Haus \xc3\x9c "
				   "; of course\n\ndigests: md5,crc32\n";
	struct mun_conf *c;
	struct mun_err e;

	(void)state;
	mun_test_write(path, text, strlen(text));
	assert_int_equal(mun_conf_load(path, &c, &e), 0);
	assert_string_equal(mun_conf_get(c, "name"), "Haus \xc3\x9c");
	assert_string_equal(mun_conf_get(c, "digests"), "md5,crc32");
	assert_string_equal(mun_conf_get(c, "operator"), "");
	assert_string_equal(mun_conf_get(c, "audit-threads"), "0");
	assert_null(mun_conf_get(c, "colour"));
	mun_conf_free(c);
	mun_conf_free(NULL);
	free(path);
	mun_test_dir_remove(dir);
}

static void every_key_is_complete_and_takes_its_fallback(void **state)
{
	(void)state;
	for (const struct mun_conf_key *k = mun_conf_keys; k->name; k++) {
		struct mun_err e;

		assert_true(k->kinds & MUN_CONF_REPOSITORY);
		assert_true(strlen(k->help) > 0);
		assert_int_equal(k->check(k->fallback, &e), 0);
		for (const struct mun_conf_key *o = mun_conf_keys; o != k; o++)
			assert_string_not_equal(o->name, k->name);
	}
}

static void a_bad_file_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} table[] = {
		{ "[repository]\nname = a\ncolour = red\n",
		  "line 3: there is no key 'colour'" },
		{ "name = a\n",
		  "line 1: there is no key 'name' in section []" },
		{ "[repo]\nname = a\n", "line 2: there is no key 'name'" },
		{ "[repository]\nname = a\nname = b\n",
		  "line 3: 'name' is given twice" },
		{ "[repository]\nname = a\n  operator = b\n",
		  "line 3: 'name' is given twice" },
		{ "[repository]\nname\n", "line 2: neither" },
		{ "[repository\nname = a\n", "line 1: neither" },
		{ "[repository]\nname =\n",
		  "line 2: value of 'name': a name cannot be empty" },
		{ "[repository]\n\n\ndigests = sha256,md6\n",
		  "line 4: value of 'digests': 'md6' is none of" },
		{ "[repository]\naudit-threads = 65\n",
		  "line 2: value of 'audit-threads': '65' is no number" },
		{ "[repository]\nname = \xff\n", "not UTF-8" },
		{ "[repository]\nname = a\x1b[1m\n", "control characters" },
	};
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "muniment.conf");

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		struct mun_conf *c;
		struct mun_err e;
		char text[2048];

		mun_test_write(path, table[i].text, strlen(table[i].text));
		assert_int_equal(mun_conf_load(path, &c, &e), MUN_ECORRUPT);
		(void)mun_err_text(&e, text, sizeof(text), 0);
		if (!strstr(text, table[i].says) || !strstr(text, path))
			fail_msg("case %zu: %s", i, text);
		/* Nor is it touched. */
		assert_int_equal(mun_conf_set(path, "name", "x", &e),
				 MUN_ECORRUPT);
		assert_true(mun_test_has_text(path, table[i].text));
	}
	free(path);
	mun_test_dir_remove(dir);
}

static void nul_bytes_long_lines_and_large_files_are_refused(void **state)
{
	static char large[(1 << 20) + 1];
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "muniment.conf");
	struct mun_conf *c;
	struct mun_err e;

	(void)state;
	mun_test_write(path, "[repository]\n\0\n", 15);
	assert_int_equal(mun_conf_load(path, &c, &e), MUN_ECORRUPT);
	/* inih would cut it in two and read the second half as a line. */
	(void)snprintf(large, sizeof(large), "[repository]\nname = %0190d\n",
		       1);
	mun_test_write(path, large, strlen(large));
	assert_int_equal(mun_conf_load(path, &c, &e), MUN_ECORRUPT);
	memset(large, '\n', sizeof(large));
	mun_test_write(path, large, sizeof(large));
	assert_int_equal(mun_conf_load(path, &c, &e), MUN_ECORRUPT);
	mun_test_write(path, large, sizeof(large) - 1);
	assert_int_equal(mun_conf_load(path, &c, &e), 0);
	mun_conf_free(c);
	(void)unlink(path);
	assert_int_equal(mun_conf_load(path, &c, &e), MUN_ENOENT);
	assert_int_equal(mun_conf_set(path, "name", "x", &e), MUN_ENOENT);
	free(path);
	mun_test_dir_remove(dir);
}

static void changing_one_key_leaves_all_else_byte_for_byte(void **state)
{
	static const struct {
		const char *key;
		const char *value;
		const char *old;
		const char *new;
	} table[] = {
		/* the value alone, with comment, spacing and line ends kept */
		{ "name", "B",
		  "; top\n\n[repository]\n# why\nname   =  A a \t ; so\n\n"
		  "digests=md5\n",
		  "; top\n\n[repository]\n# why\nname   =  B \t ; so\n\n"
		  "digests=md5\n" },
		{ "digests", "sha1,sha256", "[repository]\ndigests:md5",
		  "[repository]\ndigests:sha1,sha256" },
		{ "name", "B", "[repository]\r\n\tname = A\r\n# x\r\n",
		  "[repository]\r\n\tname = B\r\n# x\r\n" },
		{ "name", "B", "\xef\xbb\xbf[repository]\nname=A\n",
		  "\xef\xbb\xbf[repository]\nname=B\n" },
		{ "name", "a;b", "[repository]\nname = A;x\n",
		  "[repository]\nname = a;b\n" },
		/* from and to nothing */
		{ "operator", "eve", "[repository]\noperator =\n",
		  "[repository]\noperator = eve\n" },
		{ "operator", "eve", "[repository]\noperator = ; who\n",
		  "[repository]\noperator = eve ; who\n" },
		{ "operator", "", "[repository]\noperator = eve\n",
		  "[repository]\noperator = \n" },
		/* a comment is not a key, nor is a key of another section */
		{ "name", "B", "[repository]\n# name = A\n",
		  "[repository]\n# name = A\nname = B\n" },
		{ "name", "B", "[repository]\nname = A\n# name = C\n",
		  "[repository]\nname = B\n# name = C\n" },
		/* missing key: the end of its section; missing section */
		{ "operator", "eve",
		  "[repository]\nname = A\n; c\n\n[other]\n; d\n",
		  "[repository]\nname = A\n; c\noperator = eve\n\n[other]\n; "
		  "d\n" },
		{ "operator", "eve", "[repository]\nname = A",
		  "[repository]\nname = A\noperator = eve\n" },
		{ "name", "B", "", "[repository]\nname = B\n" },
		{ "name", "B", "# only this",
		  "# only this\n\n[repository]\nname = B\n" },
		{ "name", "B", "[other]\n",
		  "[other]\n\n[repository]\nname = "
		  "B\n" },
		{ "name", "B", "[repository]\n[other]\n[repository]\n",
		  "[repository]\n[other]\n[repository]\nname = B\n" },
	};
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "muniment.conf");

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		struct mun_conf *c;
		struct mun_err e;
		char *text;

		mun_test_write(path, table[i].old, strlen(table[i].old));
		assert_int_equal(
			mun_conf_set(path, table[i].key, table[i].value, &e),
			0);
		text = mun_test_read(path, NULL);
		assert_string_equal(text, table[i].new);
		free(text);
		assert_int_equal(mun_conf_load(path, &c, &e), 0);
		assert_string_equal(mun_conf_get(c, table[i].key),
				    table[i].value);
		mun_conf_free(c);
		/* Once more is no change. */
		assert_int_equal(
			mun_conf_set(path, table[i].key, table[i].value, &e),
			0);
		assert_int_equal(mun_test_count_entries(dir), 1);
	}
	free(path);
	mun_test_dir_remove(dir);
}

static void a_value_that_the_file_cannot_hold_is_refused(void **state)
{
	static const char old[] = "[repository]\nname = A\n";
	static const struct {
		const char *key;
		const char *value;
	} table[] = {
		{ "colour", "red" },        { "name", "" },
		{ "name", "a\nb" },         { "name", "a\n[x]" },
		{ "name", "a ; b" },        { "name", " a" },
		{ "name", "a " },           { "name", "\xff" },
		{ "digests", "" },          { "digests", "md5," },
		{ "digests", "md5, sha1" }, { "audit-threads", "-1" },
	};
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "muniment.conf");
	char longest[200];
	struct mun_err e;

	(void)state;
	mun_test_write(path, old, strlen(old));
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		if (mun_conf_set(path, table[i].key, table[i].value, &e) !=
		    MUN_EINVAL)
			fail_msg("%s = '%s' was taken", table[i].key,
				 table[i].value);
		assert_true(mun_test_has_text(path, old));
	}
	memset(longest, 'x', sizeof(longest));
	longest[199] = '\0';
	assert_int_equal(mun_conf_set(path, "name", longest, &e), MUN_EINVAL);
	longest[196 - strlen("name = ")] = '\0';
	assert_int_equal(mun_conf_set(path, "name", longest, &e), 0);
	free(path);
	mun_test_dir_remove(dir);
}

static void sections_say_what_they_say_and_nothing_more(void **state)
{
	/* inih alone would take the two long ones for one. */
#define LONG "A name of more than fifty bytes, as many collections have it, "
	static const char text[] =
		"[store tape-2]\nevery = 180d\n"
		"[collection " LONG "one]\nevery = 1d\n"
		"[collection " LONG "two]\nevery = 2d\n"
		"[collection " LONG "two on tape-2]\nevery = 3d\n"
		"[collection \"Poems on vellum\"]\nevery = 4d\n"
		"[collection Poems on vellum]\nevery = 5d\n"
		"[collection \"\"Quoted\"\"]\nevery = 6d\n"
		"[repository]\nevery = 7d\n"
		"[store tape-2]\nrate = 1MiB/s\n";
	static const struct {
		const char *collection;
		const char *store;
		const char *every;
	} table[] = {
		{ "", "", "7d" },
		{ "", "main", "7d" },
		{ "", "tape-2", "180d" },
		{ LONG "one", "main", "1d" },
		{ LONG "one", "tape-2", "1d" },
		{ LONG "two", "main", "2d" },
		{ LONG "two", "tape-2", "3d" },
		{ LONG, "main", "7d" },
		{ "Poems on vellum", "main", "4d" },
		{ "Poems", "main", "7d" },
		{ "Poems", "vellum", "5d" },
		{ "\"Quoted\"", "main", "6d" },
	};
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "muniment.conf");
	const struct mun_conf_section *s;
	struct mun_conf *c;
	struct mun_err e;
	size_t n = 0;

	(void)state;
	mun_test_write(path, text, strlen(text));
	assert_int_equal(mun_conf_load(path, &c, &e), 0);
	for (size_t i = 0; i < MUN_COUNT(table); i++)
		assert_string_equal(mun_conf_find(c, table[i].collection,
						  table[i].store, "every"),
				    table[i].every);
	assert_string_equal(mun_conf_get(c, "every"), "7d");
	assert_string_equal(mun_conf_find(c, "x", "tape-2", "rate"), "1MiB/s");
	assert_string_equal(mun_conf_get_in(c, "store tape-2", "every"),
			    "180d");
	assert_null(mun_conf_get_in(c, "store tape-2", "digest"));
	assert_null(mun_conf_get_in(c, "store main", "every"));
	assert_null(mun_conf_get_in(c, "store tape-2", "colour"));
	assert_null(mun_conf_find(c, "", "", "colour"));
	/* Eight, of which the first is always [repository]. */
	assert_int_equal(mun_conf_sections(c, 0)->kind, MUN_CONF_REPOSITORY);
	while ((s = mun_conf_sections(c, n)))
		n++;
	assert_int_equal(n, 8);
	assert_int_equal(mun_conf_sections(c, 4)->kind, MUN_CONF_ON);
	assert_string_equal(mun_conf_sections(c, 4)->store, "tape-2");
	mun_conf_free(c);
	free(path);
	mun_test_dir_remove(dir);
}

static void a_key_stands_only_where_it_means_something(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} table[] = {
		{ "[store a]\nname = x\n", "line 2: there is no key 'name'" },
		{ "[collection a]\nrate = 1M\n",
		  "line 2: there is no key 'rate'" },
		{ "[collection a on b]\ncopies = 2\n",
		  "line 2: there is no key 'copies'" },
		{ "[store A]\nevery = 1d\n", "in section [store A]" },
		{ "[store ]\nevery = 1d\n", "in section [store ]" },
		{ "[collection ]\nevery = 1d\n", "in section [collection ]" },
		{ "[collection \"a\"b]\nevery = 1d\n", "in section" },
		{ "[collection a]\nevery = 1d\n[collection \"a\"]\nevery = "
		  "1d\n",
		  "line 4: 'every' is given twice" },
		{ "[collection a]\nevery = 1d\n  [collection b]\n",
		  "line 3: 'every' is given twice" },
		{ "[store a]\nwindow = 22-6\n", "line 2: value of 'window'" },
		{ "[store a]\nrate = fast\n", "line 2: value of 'rate'" },
		{ "[repository]\nevery = 90\n", "line 2: value of 'every'" },
		{ "[repository]\nevery = 36501d\n", "more than 100 years" },
		{ "[repository]\nparity = 101%\n", "value of 'parity'" },
		{ "[repository]\nparity = 10\n", "value of 'parity'" },
		{ "[repository]\nparity = 1.%\n", "value of 'parity'" },
		{ "[repository]\ncopies = 0\n", "value of 'copies'" },
		{ "[repository]\nbreaker = 20%\n", "value of 'breaker'" },
		{ "[repository]\nbreaker = 0% of 5\n", "value of 'breaker'" },
		{ "[repository]\nbreaker = 5% of 0\n", "value of 'breaker'" },
		{ "[repository]\ndigest = sha256\n", "value of 'digest'" },
		{ "[repository]\nrepair = maybe\n", "value of 'repair'" },
		{ "[repository]\ntsa = ftp://x\n", "value of 'tsa'" },
		{ "[repository]\ntsa = https://\n", "value of 'tsa'" },
		{ "[repository]\nwebhook = https://a b\n",
		  "value of 'webhook'" },
		{ "[repository]\nnotify-on = all\n", "value of 'notify-on'" },
	};
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "muniment.conf");

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		struct mun_conf *c;
		struct mun_err e;
		char text[2048];

		mun_test_write(path, table[i].text, strlen(table[i].text));
		assert_int_equal(mun_conf_load(path, &c, &e), MUN_ECORRUPT);
		(void)mun_err_text(&e, text, sizeof(text), 0);
		if (!strstr(text, table[i].says))
			fail_msg("case %zu: %s", i, text);
	}
	free(path);
	mun_test_dir_remove(dir);
}

static void a_dotted_name_sets_what_it_gets(void **state)
{
	static const struct {
		const char *name;
		const char *value;
		const char *file; /* the end of what it makes of the file */
	} table[] = {
		{ "parity", "10%", "[repository]\nparity = 10%\n" },
		{ "store.tape-2.every", "180d",
		  "\n[store tape-2]\nevery = 180d\n" },
		{ "collection.Maps, v. 2.parity", "5%",
		  "\n[collection Maps, v. 2]\nparity = 5%\n" },
		{ "collection.Maps, v. 2@tape-2.every", "1w",
		  "\n[collection Maps, v. 2 on tape-2]\nevery = 1w\n" },
		{ "collection.Poems on vellum.every", "2d",
		  "\n[collection \"Poems on vellum\"]\nevery = 2d\n" },
		{ "collection.Poems on vellum@tape-2.every", "3d",
		  "\n[collection \"Poems on vellum\" on tape-2]\nevery = 3d\n" },
		{ "collection.\"me@home\".every", "4d",
		  "\n[collection me@home]\nevery = 4d\n" },
		{ "collection.me@home.every", "5d",
		  "\n[collection me on home]\nevery = 5d\n" },
		{ "collection.\xc3\x9c \"und\" A.every", "6d",
		  "\n[collection \xc3\x9c \"und\" A]\nevery = 6d\n" },
	};
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "muniment.conf");
	struct mun_conf *c;
	struct mun_err e;
	size_t n = 0;

	(void)state;
	mun_test_write(path, "", 0);
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		char *text;

		assert_int_equal(
			mun_conf_set(path, table[i].name, table[i].value, &e),
			0);
		text = mun_test_read(path, NULL);
		if (!strstr(text, table[i].file) ||
		    strcmp(strstr(text, table[i].file), table[i].file) != 0)
			fail_msg("case %zu: %s", i, text);
		free(text);
	}
	assert_int_equal(mun_conf_load(path, &c, &e), 0);
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		const char *value;

		assert_int_equal(
			mun_conf_get_dotted(c, table[i].name, &value, &e), 0);
		assert_string_equal(value, table[i].value);
	}
	/* What mun_conf_dotted() writes is read as the same again. */
	for (const struct mun_conf_section *s; (s = mun_conf_sections(c, n));
	     n++) {
		const char *value;
		char *name;

		assert_int_equal(mun_conf_dotted(s, "every", &name, &e), 0);
		assert_int_equal(mun_conf_get_dotted(c, name, &value, &e), 0);
		if (mun_conf_get_in(c, s->title, "every"))
			assert_string_equal(
				value, mun_conf_get_in(c, s->title, "every"));
		free(name);
	}
	assert_int_equal(n, MUN_COUNT(table));
	mun_conf_free(c);
	free(path);
	mun_test_dir_remove(dir);
}

static void a_name_that_leads_nowhere_is_refused(void **state)
{
	static const char old[] = "[repository]\nname = A\n";
	static const struct {
		const char *name;
		const char *value;
	} table[] = {
		{ "colour", "1" },
		{ "store.every", "1d" },
		{ "store.Tape.every", "1d" },
		{ "store.tape.colour", "1d" },
		{ "store.tape.name", "x" },
		{ "collection.every", "1d" },
		{ "collection..every", "1d" },
		{ "collection.a.rate", "1M" },
		{ "collection.a@b.copies", "2" },
		{ "shop.a.every", "1d" },
		{ "every.", "1d" },
		{ ".every", "1d" },
		{ "collection.a]b.every", "1d" },
		{ "collection.a\nb.every", "1d" },
		{ "collection.a ; b.every", "1d" },
		{ "collection.\xff.every", "1d" },
		{ "store.tape.every", "soon" },
	};
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "muniment.conf");
	struct mun_err e;

	(void)state;
	mun_test_write(path, old, strlen(old));
	for (size_t i = 0; i < MUN_COUNT(table); i++) {
		if (mun_conf_set(path, table[i].name, table[i].value, &e) !=
		    MUN_EINVAL)
			fail_msg("%s = %s was taken", table[i].name,
				 table[i].value);
		assert_true(mun_test_has_text(path, old));
	}
	free(path);
	mun_test_dir_remove(dir);
}

static void every_fault_leaves_the_old_settings_or_the_new(void **state)
{
	static const char old[] = "[repository]\nname = A ; c\n";
	static const char new[] = "[repository]\nname = B ; c\n";
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "muniment.conf");
	struct stat st;
	bool fired;
	int n = 0;

	(void)state;
	mun_fault_install(MUN_CALL_ALL, EIO);
	do {
		struct mun_err e;
		int rc;

		mun_test_write(path, old, strlen(old));
		assert_int_equal(chmod(path, 0604), 0);
		mun_fault_arm(n++);
		rc = mun_conf_set(path, "name", "B", &e);
		fired = mun_fault_fired();
		assert_int_equal(rc, fired ? MUN_EIO : 0);
		assert_true(mun_test_has_text(path, old) ||
			    mun_test_has_text(path, new));
		assert_true(fired || mun_test_has_text(path, new));
		assert_int_equal(mun_test_count_entries(dir), 1);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0604);
	} while (fired);
	assert_true(n > 10);
	mun_fault_restore();
	free(path);
	mun_test_dir_remove(dir);
}

static void a_name_without_folder_is_here(void **state)
{
	char *dir = mun_test_dir();
	struct mun_err e;

	(void)state;
	assert_int_equal(chdir(dir), 0);
	mun_test_write("c.conf", "", 0);
	assert_int_equal(mun_conf_set("c.conf", "name", "B", &e), 0);
	assert_true(mun_test_has_text("c.conf", "[repository]\nname = B\n"));
	assert_int_equal(chdir("/"), 0);
	mun_test_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_file_does_not_say_has_a_fallback),
		cmocka_unit_test(every_key_is_complete_and_takes_its_fallback),
		cmocka_unit_test(a_bad_file_is_refused_with_its_line),
		cmocka_unit_test(
			nul_bytes_long_lines_and_large_files_are_refused),
		cmocka_unit_test(
			changing_one_key_leaves_all_else_byte_for_byte),
		cmocka_unit_test(a_value_that_the_file_cannot_hold_is_refused),
		cmocka_unit_test(sections_say_what_they_say_and_nothing_more),
		cmocka_unit_test(a_key_stands_only_where_it_means_something),
		cmocka_unit_test(a_dotted_name_sets_what_it_gets),
		cmocka_unit_test(a_name_that_leads_nowhere_is_refused),
		cmocka_unit_test(
			every_fault_leaves_the_old_settings_or_the_new),
		cmocka_unit_test(a_name_without_folder_is_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
