/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_make_names.c - names as other systems have them */
#include "emulate-export/make_names.h"

#include <stdio.h>

#include "emulate-export/make_set.h"
#include "tests/support/support.h"

/* A folder of @n names, which are in the order of bytes as those of a tree. */
struct folder {
	struct mun_make_tree tree;
	struct mun_make_node top;
	struct mun_make_node *kids;
	struct mun_make_node **list;
};

static void open_folder(struct folder *f, const char *const *names, size_t n)
{
	struct mun_err e;

	*f = (struct folder){ 0 };
	assert_int_equal(mun_arena_new(&f->tree.arena, &e), 0);
	f->kids = mun_arena_array(f->tree.arena, n, sizeof(*f->kids));
	f->list = mun_arena_array(f->tree.arena, n, sizeof(f->list[0]));
	assert_non_null(f->list);
	f->top.is_dir = true;
	f->top.name = "";
	f->top.kids = f->list;
	f->top.nkids = n;
	for (size_t i = 0; i < n; i++) {
		f->kids[i].name = names[i];
		f->kids[i].parent = &f->top;
		f->list[i] = &f->kids[i];
		if (i)
			assert_true(strcmp(names[i - 1], names[i]) < 0);
	}
}

static void close_folder(struct folder *f)
{
	mun_arena_free(f->tree.arena);
}

struct row {
	const char *name;
	const char *want;
	bool is_name;
};

static void check_short(const struct row *rows, size_t n,
			enum mun_make_charset set)
{
	const char *names[64];
	struct folder f;
	struct mun_err e;

	for (size_t i = 0; i < n; i++)
		names[i] = rows[i].name;
	open_folder(&f, names, n);
	assert_int_equal(mun_make_short_names(&f.top, set, &e), 0);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(f.kids[i].short_name, rows[i].want);
		assert_int_equal(f.kids[i].short_is_name, rows[i].is_name);
	}
	close_folder(&f);
}

static void names_of_dos_are_kept_and_others_numbered(void **state)
{
	static const struct row rows[] = {
		{ ".bashrc", "BASHRC~1", false },
		{ ".x.y", "X~1.Y", false },
		{ "A", "A", true },
		{ "AUTOEXEC.BAT", "AUTOEXEC.BAT", true },
		{ "COM1", "COM1_~1", false },
		{ "COM10", "COM10", true },
		{ "LETTER~1.DOC", "LETTER~1.DOC", true },
		{ "Letter to Mum.doc", "LETTER~2.DOC", false },
		{ "Letter to a friend.doc", "LETTER~3.DOC", false },
		{ "\xFF\xFE", "__~1", false },
		{ "\xF0\x9F\x92\xBE.txt", "_~1.TXT", false },
	};
	struct row sorted[] = {
		{ " ", "_~1", false },
		{ "$(reboot)", "$(REBO~1", false },
		{ "'\"`;|", "'_`__~1", false },
	};

	(void)state;
	check_short(rows, 9, MUN_MAKE_DOS_ASCII);
	check_short(rows + 10, 1, MUN_MAKE_DOS_ASCII);
	check_short(rows + 9, 1, MUN_MAKE_DOS_ASCII);
	check_short(sorted, 3, MUN_MAKE_DOS_ASCII);
}

static void every_device_of_dos_gets_another_name(void **state)
{
	static const char *const names[] = { "AUX",        "CLOCK$", "COM1",
					     "COM9",       "CON",    "LPT1.txt",
					     "NUL.tar.gz", "PRN",    "aux.h",
					     "con",        "nul" };
	static const char *const devices[] = { "AUX", "CLOCK$", "COM1", "COM9",
					       "CON", "LPT1",   "NUL",  "PRN" };
	const enum mun_make_charset sets[] = { MUN_MAKE_D_CHARACTERS,
					       MUN_MAKE_DOS_ASCII,
					       MUN_MAKE_DOS_437 };
	struct folder f;
	struct mun_err e;

	(void)state;
	for (size_t s = 0; s < 3; s++) {
		open_folder(&f, names, 11);
		assert_int_equal(mun_make_short_names(&f.top, sets[s], &e), 0);
		for (size_t i = 0; i < 11; i++)
			for (size_t k = 0; k < 8; k++) {
				char base[16];

				(void)snprintf(
					base, sizeof(base), "%.*s",
					(int)strcspn(f.kids[i].short_name, "."),
					f.kids[i].short_name);
				assert_string_not_equal(base, devices[k]);
			}
		close_folder(&f);
	}
}

static void letters_of_code_page_437_are_kept(void **state)
{
	static const struct row rows[] = {
		{ "gr\xC3\xBC\xC3\x9F"
		  "e.txt",
		  "GR\x9A\xE1"
		  "E.TXT",
		  true },
		{ "\xC3\xA1.txt", "A~1.TXT", false },
		{ "\xC3\xA9t\xC3\xA9.doc",
		  "\x90"
		  "T\x90.DOC",
		  true },
		{ "\xE6\x97\xA5.txt", "_~1.TXT", false },
	};

	(void)state;
	check_short(rows, 4, MUN_MAKE_DOS_437);
}

static void a_disc_has_letters_digits_and_underscores(void **state)
{
	static const struct row rows[] = {
		{ "README", "README", true },
		{ "Readme", "README_1", false },
		{ "a+b.c", "A_B.C", false },
		{ "archive.tar.gz", "ARCHIVET.GZ", false },
		{ "archive.tar.gz~", "ARCHIVET.GZ_", false },
		{ "document.html", "DOCUMENT.HTM", false },
		{ "document.htmx", "DOCUME_1.HTM", false },
		{ "x", "X", true },
	};

	(void)state;
	check_short(rows, 8, MUN_MAKE_D_CHARACTERS);
}

static void thousands_of_like_names_are_all_different(void **state)
{
	static char text[20000][32];
	static const char *names[20000];
	mun_auto(arena) *a = NULL;
	struct mun_make_set taken = { 0 };
	struct folder f;
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		(void)snprintf(text[i], sizeof(text[i]), "photograph%06zu.jpeg",
			       i);
		names[i] = text[i];
	}
	open_folder(&f, names, 20000);
	assert_int_equal(mun_make_short_names(&f.top, MUN_MAKE_DOS_ASCII, &e),
			 0);
	assert_string_equal(f.kids[0].short_name, "PHOTOG~1.JPE");
	assert_string_equal(f.kids[99].short_name, "PHOT~100.JPE");
	assert_int_equal(mun_arena_new(&a, &e), 0);
	taken.arena = a;
	for (size_t i = 0; i < 20000; i++) {
		const char *s = f.kids[i].short_name;
		bool added = false;

		assert_true(strlen(s) == 12 && strchr(s, '.') == s + 8);
		assert_non_null(mun_make_set_at(&taken, s, 12, &added));
		assert_true(added);
	}
	close_folder(&f);
}

static void check_wide(const struct row *rows, size_t n, size_t most,
		       bool joliet)
{
	const char *names[64];
	struct folder f;
	struct mun_err e;

	for (size_t i = 0; i < n; i++)
		names[i] = rows[i].name;
	open_folder(&f, names, n);
	assert_int_equal(mun_make_wide_names(&f.tree, &f.top, most, joliet, &e),
			 0);
	for (size_t i = 0; i < n; i++) {
		struct mun_str s = { 0 };

		mun_make_wide_text(f.kids[i].wide, f.kids[i].nwide, &s);
		assert_string_equal(s.text, rows[i].want);
		assert_int_equal(mun_make_wide_is_name(&f.kids[i]),
				 rows[i].is_name);
		mun_str_free(&s);
	}
	close_folder(&f);
}

static void windows_gets_names_that_it_can_open(void **state)
{
	static const struct row rows[] = {
		{ "\n\t", "__", false },
		{ "A.TXT", "A.TXT", true },
		{ "COM1.dat", "COM1_.dat", false },
		{ "a.txt", "a (2).txt", false },
		{ "a:b", "a_b (2)", false },
		{ "a_b", "a_b", true },
		{ "aux", "aux_", false },
		{ "auxiliary", "auxiliary", true },
		{ "nul .x", "nul_ .x", false },
		{ "trail.", "trail_", false },
		{ "trail ", "trail_", false },
		{ "\xC3\x84.txt", "\xC3\x84.txt", true },
		{ "\xC3\xA4.txt", "\xC3\xA4 (2).txt", false },
		{ "\xE2\x80\xAE"
		  "rtl",
		  "\xE2\x80\xAE"
		  "rtl",
		  true },
		{ "\xF0\x9F\x92\xBE", "\xF0\x9F\x92\xBE", true },
		{ "\xFF", "_", false },
	};
	static const struct row order[] = {
		{ "trail ", "trail_", false },
		{ "trail.", "trail_ (2)", false },
	};

	(void)state;
	check_wide(rows, 9, 255, false);
	check_wide(order, 2, 255, false);
	check_wide(rows + 11, 5, 255, false);
}

static void a_semicolon_is_forbidden_by_joliet_alone(void **state)
{
	static const struct row no[] = { { "a;1", "a_1", false } };
	static const struct row yes[] = { { "a;1", "a;1", true } };

	(void)state;
	check_wide(no, 1, 64, true);
	check_wide(yes, 1, 255, false);
}

static void a_cut_name_keeps_its_extension_and_whole_characters(void **state)
{
	char long_name[256];
	char emoji[256];
	char want[512];
	struct row rows[2];

	(void)state;
	memset(long_name, 'x', 250);
	memcpy(long_name + 250, ".html", 6);
	memset(want, 'x', 59);
	memcpy(want + 59, ".html", 6);
	rows[0] = (struct row){ long_name, want, false };
	check_wide(rows, 1, 64, true);
	/* 63 of 'y', then a character of two units across the border. */
	memset(emoji, 'y', 63);
	memcpy(emoji + 63, "\xF0\x9F\x92\xBEzzz", 8);
	memset(want, 'y', 63);
	want[63] = '\0';
	rows[0] = (struct row){ emoji, want, false };
	check_wide(rows, 1, 64, true);
}

static void an_alias_is_never_another_files_long_name(void **state)
{
	/* "a+b" would be "A_B~1", which is what "a:b~1" becomes. */
	static const char *const names[] = { "a+b", "a:b~1" };
	struct folder f;
	struct mun_err e;

	(void)state;
	open_folder(&f, names, 2);
	assert_int_equal(mun_make_wide_names(&f.tree, &f.top, 255, false, &e),
			 0);
	assert_int_equal(mun_make_short_names(&f.top, MUN_MAKE_DOS_ASCII, &e),
			 0);
	assert_string_equal(f.kids[0].short_name, "A_B~2");
	assert_string_equal(f.kids[1].short_name, "A_B~1~1");
	close_folder(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_dos_are_kept_and_others_numbered),
		cmocka_unit_test(every_device_of_dos_gets_another_name),
		cmocka_unit_test(letters_of_code_page_437_are_kept),
		cmocka_unit_test(a_disc_has_letters_digits_and_underscores),
		cmocka_unit_test(thousands_of_like_names_are_all_different),
		cmocka_unit_test(windows_gets_names_that_it_can_open),
		cmocka_unit_test(a_semicolon_is_forbidden_by_joliet_alone),
		cmocka_unit_test(
			a_cut_name_keeps_its_extension_and_whole_characters),
		cmocka_unit_test(an_alias_is_never_another_files_long_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
