/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fixity/test_manifest_read.c - manifests of anybody, read and written
 *
 * Forms as coreutils 9.1, OpenSSL 3.0, hashdeep 4.4 and bagit-python write
 * them; the digests are those of "" and "abc" (RFC 1321, FIPS 180-4).
 */
#include "fixity/manifest_read.h"

#include "core/check.h"
#include "tests/support/support.h"

#define MD5 "d41d8cd98f00b204e9800998ecf8427e"
#define MD5_ABC "900150983cd24fb0d6963f7d28e17f72"
#define SHA1 "da39a3ee5e6b4b0d3255bfef95601890afd80709"
#define SHA256 \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SHA256_ABC \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA512 \
	"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce" \
	"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
#define DEEP "%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n"

static struct mun_manifest *read_text(const char *text, size_t len,
				      const char *name)
{
	const struct mun_manifest_hint hint = { .name = name };
	struct mun_manifest *m = NULL;
	struct mun_err e;

	if (mun_manifest_read(text, len, &hint, &m, &e))
		fail_msg("'%.*s': %s", (int)len, text, e.lines[0].text);
	return m;
}

/* "path=alg,alg|..." with ! for unsafe, # for size, x for a conflict. */
static void describe(const struct mun_manifest *m, struct mun_str *out)
{
	for (size_t i = 0; i < m->nentries; i++) {
		const struct mun_manifest_entry *en = &m->entries[i];
		const char *comma = "";

		mun_str_addf(out, "%s%s%s%s%s=", i ? "|" : "",
			     en->is_unsafe ? "!" : "", en->has_bytes ? "#" : "",
			     en->is_conflict ? "x" : "", en->path);
		for (unsigned int a = 0; a < MUN_DIGEST_N; a++) {
			if (!(en->algs & MUN_DIGEST_BIT(a)))
				continue;
			mun_str_addf(out, "%s%s", comma,
				     mun_digest_name((enum mun_digest_alg)a));
			comma = ",";
		}
	}
}

static void every_form_is_recognised_by_content(void **state)
{
	static const struct {
		const char *text;
		enum mun_manifest_form form;
		const char *want;
		const char *name; /* of the file */
	} cases[] = {
		/* sha256sum, -b, md5 -r, and their relatives by length */
		{ SHA256 "  a.img\n", MUN_MANIFEST_SUMS, "a.img=sha256", NULL },
		{ SHA256 " *a b\n", MUN_MANIFEST_SUMS, "a b=sha256", NULL },
		{ MD5 " a\n", MUN_MANIFEST_SUMS, "a=md5", NULL },
		{ SHA1 "  a\n" SHA512 "  b\n", MUN_MANIFEST_SUMS,
		  "a=sha1|b=sha512", NULL },
		{ MD5 "   a\n", MUN_MANIFEST_SUMS, " a=md5", NULL },
		{ MD5 "  a%0Ab%25\n", MUN_MANIFEST_SUMS, "a%0Ab%25=md5", NULL },
		/* escaped as sha256sum does */
		{ "\\" MD5 "  a\\nb\\\\c\\rd\n", MUN_MANIFEST_SUMS,
		  "a\nb\\c\rd=md5", NULL },
		/* --tag, openssl dgst, and names with what separates */
		{ "SHA256 (a.img) = " SHA256 "\n", MUN_MANIFEST_SUMS,
		  "a.img=sha256", NULL },
		{ "SHA2-256(a.img)= " SHA256 "\n", MUN_MANIFEST_SUMS,
		  "a.img=sha256", NULL },
		{ "MD5 (a (1) = b) = " MD5 "\n", MUN_MANIFEST_SUMS,
		  "a (1) = b=md5", NULL },
		{ "\\MD5 (a\\nb) = " MD5 "\n", MUN_MANIFEST_SUMS, "a\nb=md5",
		  NULL },
		{ "SHA512/256 (a) = " SHA256 "\n", MUN_MANIFEST_SUMS,
		  "a=sha512-256", NULL },
		{ "BLAKE2b (a) = " SHA512 "\n", MUN_MANIFEST_SUMS,
		  "a=blake2b-512", NULL },
		/* as find(1) names them */
		{ MD5 "  ./a\n" MD5 "  .//b\n", MUN_MANIFEST_SUMS,
		  "a=md5|b=md5", NULL },
		/* BOM, CR LF on every line, blank lines, comments, no end */
		{ "\xef\xbb\xbf" MD5 "  a\r\n\r\n# x\r\n" MD5 "  b\r\n",
		  MUN_MANIFEST_SUMS, "a=md5|b=md5", NULL },
		{ MD5 "  a\r\n" MD5 "  b\n", MUN_MANIFEST_SUMS, "a\r=md5|b=md5",
		  NULL },
		{ MD5 "  a", MUN_MANIFEST_SUMS, "a=md5", NULL },
		/* names are bytes */
		{ MD5 "  caf\xe9\n" MD5 "  caf\xc3\xa9\n", MUN_MANIFEST_SUMS,
		  "caf\xc3\xa9=md5|caf\xe9=md5", NULL },
		/* two tools, one list */
		{ MD5 "  a\n" SHA1 "  a\n", MUN_MANIFEST_SUMS, "a=md5,sha1",
		  NULL },
		{ MD5 "  a\n" MD5 "  a\n", MUN_MANIFEST_SUMS, "a=md5", NULL },
		/* names that are no paths */
		{ MD5 "  /a\n" MD5 "  ../b\n" MD5 "  c/../d\n",
		  MUN_MANIFEST_SUMS, "!../b=md5|!/a=md5|!c/../d=md5", NULL },
		/* hashdeep */
		{ DEEP "## x\n7," MD5 "," SHA256 ",/m/a,b\n",
		  MUN_MANIFEST_HASHDEEP, "!#/m/a,b=md5,sha256", NULL },
		{ "%%%% HASHDEEP-1.0\r\n%%%% size,tiger,sha1,filename\r\n7,ab," SHA1
		  ",a\r\n",
		  MUN_MANIFEST_HASHDEEP, "#a=sha1", NULL },
		/* BagIt: payload, tag files, and by its name */
		{ MD5 "  data/a%0Ab%25c%41\n", MUN_MANIFEST_BAGIT,
		  "data/a\nb%c%41=md5", NULL },
		{ MD5 "\tbagit.txt\n" MD5 "   m%25\n", MUN_MANIFEST_BAGIT,
		  "bagit.txt=md5|m%=md5", NULL },
		{ SHA256 " *data/a\r" SHA256 " data/b\r", MUN_MANIFEST_BAGIT,
		  "data/a=sha512-256|data/b=sha512-256",
		  "x/manifest-sha512256.txt" },
		{ SHA256 "  m%25\n", MUN_MANIFEST_BAGIT, "m%=sha256",
		  "tagmanifest-sha256.txt" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_manifest *m = read_text(
			cases[i].text, strlen(cases[i].text), cases[i].name);
		struct mun_str got = { 0 };

		describe(m, &got);
		assert_string_equal(got.text, cases[i].want);
		assert_int_equal(m->form, cases[i].form);
		assert_int_equal(m->nproblems, 0);
		mun_str_free(&got);
		mun_manifest_free(m);
	}
}

static void lines_that_say_nothing_are_told_by_number(void **state)
{
	static const struct {
		const char *line;
		size_t len; /* 0: as long as the text */
		const char *why;
	} cases[] = {
		{ "hello world", 0, "no line of a manifest" },
		{ "d41d8cd98f00b204e9800998ecf8427  a", 0, "unknown length" },
		{ MD5, 0, "no line of a manifest" },
		{ MD5 "  ", 0, "no name" },
		{ MD5 "  ./", 0, "no name" },
		{ "SHA384 (a) = " SHA256, 0, "not known here" },
		{ "SHA256 (a) = " MD5, 0, "another length" },
		{ "SHA256 () = " SHA256, 0, "no line of a manifest" },
		{ "\\" MD5 "  a\\x", 0, "an escape" },
		{ "\\" MD5 "  a\\", 0, "an escape" },
		{ MD5 "  a\0b", 32 + 5, "a NUL" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_manifest *m;
		struct mun_str s = { 0 };

		mun_str_add(&s, MD5 "  good\n");
		mun_str_add_bytes(&s, cases[i].line,
				  cases[i].len ? cases[i].len
					       : strlen(cases[i].line));
		mun_str_add(&s, "\n" MD5 "  too\n");
		m = read_text(s.text, s.len, NULL);
		assert_int_equal(m->nentries, 2);
		assert_int_equal(m->nproblems, 1);
		assert_int_equal(m->problems[0].line, 2);
		if (!strstr(m->problems[0].text, cases[i].why))
			fail_msg("case %zu: %s", i, m->problems[0].text);
		mun_manifest_free(m);
		mun_str_free(&s);
	}
}

static void hashdeep_lines_are_checked(void **state)
{
	static const char *const lines[] = {
		"x," MD5 "," SHA256 ",a",
		"-1," MD5 "," SHA256 ",a",
		"18446744073709551616," MD5 "," SHA256 ",a",
		"9223372036854775808," MD5 "," SHA256 ",a",
		"1," MD5 "," MD5 ",a",
		"1," MD5 "," SHA256,
		"1," MD5 "," SHA256 ",",
		"%%%% size,filename",
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(lines); i++) {
		struct mun_manifest *m;
		struct mun_str s = { 0 };

		mun_str_addf(
			&s, "%s1,%s,%s,good\n%s\n",
			"%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n",
			MD5, SHA256, lines[i]);
		m = read_text(s.text, s.len, NULL);
		assert_int_equal(m->nproblems, 1);
		assert_int_equal(m->problems[0].line, 4);
		assert_int_equal(m->nentries, 1);
		mun_manifest_free(m);
		mun_str_free(&s);
	}
}

static void two_promises_of_one_file_are_an_error(void **state)
{
	static const char text[] =
		MD5 "  a\n" MD5_ABC "  b\n" MD5_ABC "  ./a\n";
	struct mun_manifest *m = read_text(text, sizeof(text) - 1, NULL);

	(void)state;
	assert_int_equal(m->nentries, 2);
	assert_true(m->entries[0].is_conflict);
	assert_false(m->entries[1].is_conflict);
	assert_int_equal(m->nproblems, 1);
	assert_int_equal(m->problems[0].line, 3);
	assert_non_null(strstr(m->problems[0].text, "line 1"));
	mun_manifest_free(m);
}

static void what_is_no_manifest_is_refused(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *why;
	} cases[] = {
		{ "", 0, "empty" },
		{ "\n# only\n", 8, "empty" },
		{ "PK\x03\x04\0\0", 6, "line 1" },
		{ "\xff\xfe"
		  "a\0",
		  4, "UTF-16" },
		{ "\xfe\xff\0a", 4, "UTF-16" },
		{ "%%%% HASHDEEP-1.0\n1,2,3\n", 24, "line 2" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_manifest *m = NULL;
		struct mun_err e;

		assert_int_equal(mun_manifest_read(cases[i].text, cases[i].len,
						   NULL, &m, &e),
				 MUN_ECORRUPT);
		assert_null(m);
		if (!strstr(e.lines[0].text, cases[i].why))
			fail_msg("case %zu: %s", i, e.lines[0].text);
	}
	{
		struct mun_manifest *m = NULL;
		struct mun_err e;

		assert_int_equal(mun_manifest_read("", MUN_MANIFEST_MAX + 1,
						   NULL, &m, &e),
				 MUN_ECORRUPT);
	}
}

static void an_algorithm_can_be_asked_for(void **state)
{
	const struct mun_manifest_hint hint = { .has_alg = true,
						.alg = MUN_BLAKE2B_512 };
	const struct mun_manifest_hint crc = { .has_alg = true,
					       .alg = MUN_CRC32 };
	struct mun_manifest *m = NULL;
	struct mun_err e;

	(void)state;
	assert_int_equal(
		mun_manifest_read(SHA512 "  a\n", 128 + 4, &hint, &m, &e), 0);
	assert_int_equal(m->algs, MUN_DIGEST_BIT(MUN_BLAKE2B_512));
	mun_manifest_free(m);
	assert_int_equal(mun_manifest_read("352441c2  a\n", 12, &crc, &m, &e),
			 0);
	assert_int_equal(m->algs, MUN_DIGEST_BIT(MUN_CRC32));
	mun_manifest_free(m);
	assert_int_equal(mun_manifest_read(MD5 "  a\n", 36, &hint, &m, &e),
			 MUN_ECORRUPT);
}

static void problems_are_bounded_and_all_counted(void **state)
{
	struct mun_manifest *m;
	struct mun_str s = { 0 };

	(void)state;
	for (int i = 0; i < 5000; i++)
		mun_str_add(&s, "nonsense\n");
	mun_str_add(&s, MD5 "  a\n");
	m = read_text(s.text, s.len, NULL);
	assert_int_equal(m->nproblems, 5000);
	assert_int_equal(m->nkept, MUN_MANIFEST_PROBLEMS);
	assert_int_equal(m->problems[999].line, 1000);
	mun_manifest_free(m);
	mun_str_free(&s);
}

static const char *const names[] = {
	"a",         "data/a b",   " leading", "*star",    "new\nline",
	"ret\rurn",  "back\\sl",   "100%25",   "a,b",      "caf\xc3\xa9",
	"\xff\x80x", "(a) = beef", "tab\t",    "SHA256 (", "%%%% size",
};

/* Each alone and all together; hashdeep cannot write a line end. */
static void what_is_written_is_read_back(void **state)
{
	(void)state;
	for (unsigned int f = 0; f < MUN_MANIFEST_FORMS; f++) {
		enum mun_manifest_form form = (enum mun_manifest_form)f;
		unsigned int algs = MUN_DIGEST_BIT(MUN_SHA256);
		const char *file = form == MUN_MANIFEST_BAGIT
					   ? "manifest-sha256.txt"
					   : NULL;
		struct mun_digests d = { 0 };
		struct mun_str s = { 0 };
		struct mun_manifest *m;
		struct mun_err e;
		size_t n = 0;

		if (form == MUN_MANIFEST_HASHDEEP)
			algs |= MUN_DIGEST_BIT(MUN_MD5);
		assert_int_equal(mun_digest_memory(algs, "abc", 3, &d, &e), 0);
		mun_manifest_head(&s, form, algs);
		for (size_t i = 0; i < MUN_COUNT(names); i++) {
			bool end = strpbrk(names[i], "\n\r") != NULL;
			int rc = mun_manifest_line(&s, form, algs, names[i], 3,
						   &d, &e);

			if (form == MUN_MANIFEST_HASHDEEP && end)
				assert_int_equal(rc, MUN_EUNSUPPORTED);
			else
				assert_int_equal(rc, 0);
			n += !rc;
		}
		m = read_text(s.text, s.len, file);
		assert_int_equal(m->form, form);
		assert_int_equal(m->nentries, n);
		assert_int_equal(m->nproblems, 0);
		for (size_t i = 0; i < MUN_COUNT(names); i++) {
			const struct mun_manifest_entry *en =
				mun_manifest_find(m, names[i]);
			struct mun_digests back;

			if (form == MUN_MANIFEST_HASHDEEP &&
			    strpbrk(names[i], "\n\r")) {
				assert_null(en);
				continue;
			}
			assert_non_null(en);
			assert_int_equal(en->algs, algs);
			mun_manifest_digests(en, &back);
			assert_memory_equal(&back, &d, sizeof(d));
		}
		mun_manifest_free(m);
		mun_str_free(&s);
	}
}

static void a_form_takes_what_its_readers_know(void **state)
{
	const unsigned int two =
		MUN_DIGEST_BIT(MUN_MD5) | MUN_DIGEST_BIT(MUN_SHA256);
	struct mun_digests none = { 0 };
	struct mun_str s = { 0 };
	struct mun_err e;

	(void)state;
	assert_int_equal(
		mun_manifest_check_algs(MUN_MANIFEST_HASHDEEP, two, &e), 0);
	assert_int_equal(mun_manifest_check_algs(MUN_MANIFEST_SUMS, two, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_manifest_check_algs(MUN_MANIFEST_BAGIT, 0, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_manifest_check_algs(MUN_MANIFEST_HASHDEEP,
						 MUN_DIGEST_BIT(MUN_SHA512),
						 &e),
			 MUN_EINVAL);
	assert_int_equal(mun_manifest_line(&s, MUN_MANIFEST_SUMS,
					   MUN_DIGEST_BIT(MUN_MD5), "a", 0,
					   &none, &e),
			 MUN_ENOENT);
	assert_int_equal(s.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_recognised_by_content),
		cmocka_unit_test(lines_that_say_nothing_are_told_by_number),
		cmocka_unit_test(hashdeep_lines_are_checked),
		cmocka_unit_test(two_promises_of_one_file_are_an_error),
		cmocka_unit_test(what_is_no_manifest_is_refused),
		cmocka_unit_test(an_algorithm_can_be_asked_for),
		cmocka_unit_test(problems_are_bounded_and_all_counted),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(a_form_takes_what_its_readers_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
