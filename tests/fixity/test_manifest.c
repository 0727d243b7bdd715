/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_manifest.c - BagIt manifests, RFC 8493 section 2.1.3 */
#include "fixity/manifest.h"

#include "core/check.h"
#include "tests/support/support.h"

#define MD5_EMPTY "d41d8cd98f00b204e9800998ecf8427e"
#define MD5_ABC "900150983cd24fb0d6963f7d28e17f72"

/* What was parsed, as "hex|path\n" lines. */
static int collect(void *ctx, const struct mun_digest *d, const char *path,
		   struct mun_err *e)
{
	char hex[MUN_DIGEST_HEX];
	struct mun_str *s = ctx;

	(void)e;
	mun_digest_hex(d, hex);
	mun_str_addf(s, "%s|%s\n", hex, path);
	return 0;
}

static void lines_are_read_in_every_spelling(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* of the paths, each with |, in turn */
	} cases[] = {
		{ "", "" },
		{ MD5_ABC "  data/a\n", "|data/a" },
		{ MD5_ABC " data/a", "|data/a" },
		{ MD5_ABC "\tdata/a\r\n" MD5_ABC " *b\r\n", "|data/a|b" },
		{ MD5_ABC " \t  a b  c\n", "|a b  c" },
		{ "\n" MD5_ABC " a\n  \n" MD5_ABC " b\n\n", "|a|b" },
		{ MD5_ABC " a%0Ab%0dc%25d%41%\n", "|a\nb\rc%d%41%" },
		{ MD5_ABC " %250A\n", "|%0A" },
		{ MD5_ABC " \xff\xfe.img\n", "|\xff\xfe.img" },
		{ "900150983CD24FB0D6963F7D28E17F72 a\n", "|a" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_str got = { 0 };
		struct mun_str want = { 0 };
		struct mun_err e;

		assert_int_equal(mun_manifest_parse(MUN_MD5, cases[i].text,
						    strlen(cases[i].text),
						    collect, &got, &e),
				 0);
		for (const char *p = cases[i].want; *p;) {
			size_t n = strcspn(p + 1, "|");

			mun_str_add(&want, MD5_ABC "|");
			mun_str_add_bytes(&want, p + 1, n);
			mun_str_add_char(&want, '\n');
			p += n + 1;
		}
		assert_string_equal(got.text ? got.text : "",
				    want.text ? want.text : "");
		mun_str_free(&got);
		mun_str_free(&want);
	}
}

static void what_breaks_the_format_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text;
		size_t len; /* 0: as long as the text */
		const char *where;
	} cases[] = {
		{ "x\n", 0, "line 1" },
		{ MD5_ABC "\n", 0, "line 1" },
		{ MD5_ABC "  \n", 0, "line 1" },
		{ MD5_ABC " *\n", 0, "line 1" },
		{ " " MD5_ABC " a\n", 0, "line 1" },
		{ MD5_ABC " a\n" MD5_ABC "0 b\n", 0, "line 2" },
		{ MD5_ABC " a\n\n\n900150983cd24fb0d6963f7d28e17f7 b\n", 0,
		  "line 4" },
		{ "900150983cd24fb0d6963f7d28e17f7g a\n", 0, "line 1" },
		{ MD5_ABC " /etc/passwd\n", 0, "line 1" },
		{ MD5_ABC " data/../../x\n", 0, "line 1" },
		{ MD5_ABC " ./a\n", 0, "line 1" },
		{ MD5_ABC " a//b\n", 0, "line 1" },
		{ MD5_ABC " a\0b\n", 32 + 5, "line 1" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		const size_t len =
			cases[i].len ? cases[i].len : strlen(cases[i].text);
		struct mun_str got = { 0 };
		struct mun_err e;

		assert_int_equal(mun_manifest_parse(MUN_MD5, cases[i].text, len,
						    collect, &got, &e),
				 MUN_ECORRUPT);
		assert_string_equal(e.lines[e.depth - 1].text, cases[i].where);
		mun_str_free(&got);
	}
}

static int refuse(void *ctx, const struct mun_digest *d, const char *path,
		  struct mun_err *e)
{
	int *left = ctx;

	(void)d;
	return --*left ? 0 : mun_fail(e, MUN_EEXIST, "no more: '%s'", path);
}

static void what_the_caller_says_ends_it(void **state)
{
	static const char text[] = MD5_ABC " a\n" MD5_ABC " b\n" MD5_ABC " c\n";
	struct mun_err e;
	int left = 2;

	(void)state;
	assert_int_equal(mun_manifest_parse(MUN_MD5, text, sizeof(text) - 1,
					    refuse, &left, &e),
			 MUN_EEXIST);
	assert_int_equal(left, 0);
	assert_string_equal(e.lines[0].text, "no more: 'b'");
}

static void what_is_written_is_read_back(void **state)
{
	static const char *const paths[] = {
		"data/a",      "a b",         " leading", "*star",
		"new\nline",   "ret\rurn",    "100%",     "%0A",
		"tab\tin it ", "caf\xc3\xa9", "\xff\x80"
	};
	struct mun_str written = { 0 };
	struct mun_str want = { 0 };
	struct mun_str got = { 0 };
	struct mun_digests d;
	struct mun_err e;

	(void)state;
	assert_int_equal(
		mun_digest_memory(MUN_DIGEST_BIT(MUN_MD5), "", 0, &d, &e), 0);
	for (size_t i = 0; i < MUN_COUNT(paths); i++) {
		mun_manifest_add(&written, &d.of[MUN_MD5], paths[i]);
		mun_str_addf(&want, "%s|%s\n", MD5_EMPTY, paths[i]);
	}
	assert_non_null(strstr(written.text, MD5_EMPTY "  new%0Aline\n"));
	assert_non_null(strstr(written.text, MD5_EMPTY "  ret%0Durn\n"));
	assert_non_null(strstr(written.text, MD5_EMPTY "  100%25\n"));
	assert_int_equal(mun_manifest_parse(MUN_MD5, written.text, written.len,
					    collect, &got, &e),
			 0);
	assert_string_equal(got.text, want.text);
	mun_str_free(&written);
	mun_str_free(&want);
	mun_str_free(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_in_every_spelling),
		cmocka_unit_test(
			what_breaks_the_format_is_refused_with_its_line),
		cmocka_unit_test(what_the_caller_says_ends_it),
		cmocka_unit_test(what_is_written_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
