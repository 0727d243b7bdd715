/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_manifest_verify.c - folders against what is promised */
#include "fixity/manifest_verify.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/check.h"
#include "core/sys.h"
#include "tests/support/support.h"

#define MD5_ABC "900150983cd24fb0d6963f7d28e17f72"
#define MD5_XYZ "d16fb36f0911f878998c136191af705e"

static char *dir;

static int setup(void **state)
{
	(void)state;
	dir = mun_test_dir();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_fault_restore();
	mun_test_dir_remove(dir);
	return 0;
}

static void put(const char *name, const char *text)
{
	char *path = mun_test_path(dir, name);

	mun_test_write(path, text, strlen(text));
	free(path);
}

static void folder(const char *name)
{
	char *path = mun_test_path(dir, name);

	assert_int_equal(mkdir(path, 0777), 0);
	free(path);
}

static void linked(const char *name, const char *to)
{
	char *path = mun_test_path(dir, name);

	assert_int_equal(symlink(to, path), 0);
	free(path);
}

/* "outcome path; ..." */
static int note(void *ctx, const struct mun_manifest_finding *f,
		struct mun_err *e)
{
	struct mun_str *s = ctx;

	(void)e;
	mun_str_addf(s, "%s %s; ", mun_manifest_outcome_name(f->outcome),
		     f->path);
	return 0;
}

static struct mun_manifest_tally verify(const char *text, bool strict,
					const char *want)
{
	const struct mun_manifest_options opts = { .strict = strict };
	struct mun_manifest_tally t;
	struct mun_manifest *m;
	struct mun_str got = { 0 };
	struct mun_err e;

	assert_int_equal(mun_manifest_read(text, strlen(text), NULL, &m, &e),
			 0);
	if (mun_manifest_verify(m, dir, &opts, note, &got, &t, &e))
		fail_msg("%s", e.lines[0].text);
	assert_string_equal(got.text ? got.text : "", want);
	mun_str_free(&got);
	mun_manifest_free(m);
	return t;
}

static void every_outcome_is_counted_apart(void **state)
{
	struct mun_manifest_tally t;

	(void)state;
	put("a", "abc");
	put("b", "xyz");
	folder("d");
	put("d/e", "abc");
	put("d/more", "abc");
	put("more", "abc");
	t = verify(MD5_ABC "  a\n" MD5_ABC "  b\n" MD5_ABC "  c\n" MD5_ABC
			   "  d\n" MD5_ABC "  d/e\nrubbish\n",
		   true,
		   "refused ; mismatch b; missing c; unreadable d; "
		   "extra d/more; extra more; ");
	assert_int_equal(t.of[MUN_MANIFEST_INTACT], 2);
	assert_int_equal(t.of[MUN_MANIFEST_MISMATCH], 1);
	assert_int_equal(t.of[MUN_MANIFEST_MISSING], 1);
	assert_int_equal(t.of[MUN_MANIFEST_UNREADABLE], 1);
	assert_int_equal(t.of[MUN_MANIFEST_EXTRA], 2);
	assert_int_equal(t.of[MUN_MANIFEST_REFUSED], 1);
	assert_int_equal(t.bytes, 9);
}

static void no_path_leaves_the_folder(void **state)
{
	struct mun_manifest_tally t;

	(void)state;
	folder("in");
	put("secret", "abc");
	put("in/real", "abc");
	linked("in/out", "../secret");
	linked("in/up", "..");
	linked("in/inside", "real");
	linked("in/self", "self");
	linked("in/root", "/");
	{
		char *in = mun_test_path(dir, "in");

		free(dir);
		dir = in;
	}
	t = verify(MD5_ABC "  inside\n" MD5_ABC "  out\n" MD5_ABC
			   "  up/secret\n" MD5_ABC "  root/etc/passwd\n" MD5_ABC
			   "  self\n" MD5_ABC "  /etc/passwd\n" MD5_ABC
			   "  ../secret\n" MD5_ABC "  a/../../secret\n",
		   false,
		   "refused ../secret; refused /etc/passwd; "
		   "refused a/../../secret; refused out; "
		   "refused root/etc/passwd; unreadable self; "
		   "refused up/secret; ");
	assert_int_equal(t.of[MUN_MANIFEST_INTACT], 1);
	assert_int_equal(t.bytes, 3);
	/* A folder whose name only begins like the base is outside too. */
	*strrchr(dir, '/') = '\0';
	folder("inner");
	put("inner/x", "abc");
	linked("in/near", "../inner/x");
	{
		char *in = mun_test_path(dir, "in");
		struct mun_manifest *m;
		struct mun_str got = { 0 };
		struct mun_err e;

		assert_int_equal(
			mun_manifest_read(MD5_ABC "  near\n", 39, NULL, &m, &e),
			0);
		assert_int_equal(
			mun_manifest_verify(m, in, NULL, note, &got, &t, &e),
			0);
		assert_string_equal(got.text, "refused near; ");
		mun_str_free(&got);
		mun_manifest_free(m);
		free(in);
	}
}

static void a_contradicted_file_is_not_called_anything(void **state)
{
	struct mun_manifest_tally t;

	(void)state;
	put("a", "abc");
	t = verify(MD5_ABC "  a\n" MD5_XYZ "  a\n", true, "refused ; ");
	assert_int_equal(t.of[MUN_MANIFEST_INTACT], 0);
	assert_int_equal(t.of[MUN_MANIFEST_REFUSED], 1);
}

static void a_bag_is_looked_at_below_data_only(void **state)
{
	(void)state;
	folder("data");
	put("bagit.txt", "abc");
	put("data/100%25", "abc"); /* by a bag before the RFC */
	put("data/50%", "abc");
	put("data/new\nline", "abc");
	put("data/more", "abc");
	verify(MD5_ABC "  data/100%25\n" MD5_ABC "  data/50%25\n" MD5_ABC
		       "  data/new%0Aline\n",
	       true, "extra data/more; ");
}

static void size_and_every_digest_have_to_fit(void **state)
{
#define DEEP "%%%% HASHDEEP-1.0\n%%%% size,md5,sha1,filename\n"
#define SHA1_ABC "a9993e364706816aba3e25717850c26c9cd0d89d"
	struct mun_manifest_tally t;

	(void)state;
	put("a", "abc");
	put("b", "abc");
	put("c", "abc");
	t = verify(DEEP "3," MD5_ABC "," SHA1_ABC ",a\n4," MD5_ABC "," SHA1_ABC
			",b\n3," MD5_ABC
			",a9993e364706816aba3e25717850c26c9cd0d89e,c\n",
		   true, "mismatch b; mismatch c; ");
	assert_int_equal(t.of[MUN_MANIFEST_INTACT], 1);
}

static void one_that_may_not_be_read_is_unreadable(void **state)
{
	char *path;

	(void)state;
	put("a", "abc");
	path = mun_test_path(dir, "fifo");
	assert_int_equal(mkfifo(path, 0600), 0);
	free(path);
	verify(MD5_ABC "  a\n" MD5_ABC "  fifo\n", false, "unreadable fifo; ");
}

/* Whatever call fails: never intact, never missing. */
static void a_failing_read_is_never_taken_for_an_answer(void **state)
{
	int fired = 0;
	int n = 0;

	(void)state;
	put("a", "abc");
	for (;; n++) {
		struct mun_manifest_tally t;
		struct mun_manifest *m;
		struct mun_str got = { 0 };
		struct mun_err e;
		int rc;

		assert_int_equal(
			mun_manifest_read(MD5_ABC "  a\n", 36, NULL, &m, &e),
			0);
		mun_fault_install(MUN_CALL_BIT(MUN_CALL_OPEN) |
					  MUN_CALL_BIT(MUN_CALL_PREAD) |
					  MUN_CALL_BIT(MUN_CALL_FSTAT),
				  EIO);
		mun_fault_arm(n);
		rc = mun_manifest_verify(m, dir, NULL, note, &got, &t, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		mun_manifest_free(m);
		assert_int_equal(rc, 0);
		assert_int_equal(t.of[MUN_MANIFEST_MISSING], 0);
		if (fired)
			assert_string_equal(got.text, "unreadable a; ");
		else
			assert_int_equal(t.of[MUN_MANIFEST_INTACT], 1);
		mun_str_free(&got);
		if (!fired)
			break;
	}
	assert_true(n >= 3);
}

static void a_folder_that_is_none_is_an_error(void **state)
{
	struct mun_manifest_tally t;
	struct mun_manifest *m;
	struct mun_str got = { 0 };
	struct mun_err e;
	char *path;

	(void)state;
	put("a", "abc");
	path = mun_test_path(dir, "a");
	assert_int_equal(mun_manifest_read(MD5_ABC "  a\n", 36, NULL, &m, &e),
			 0);
	assert_int_equal(mun_manifest_verify(m, path, NULL, note, &got, &t, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_manifest_verify(m, "/nonexistent", NULL, note,
					     &got, &t, &e),
			 MUN_ENOENT);
	assert_null(got.text);
	mun_manifest_free(m);
	free(path);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_outcome_is_counted_apart),
		TEST(no_path_leaves_the_folder),
		TEST(a_contradicted_file_is_not_called_anything),
		TEST(a_bag_is_looked_at_below_data_only),
		TEST(size_and_every_digest_have_to_fit),
		TEST(one_that_may_not_be_read_is_unreadable),
		TEST(a_failing_read_is_never_taken_for_an_answer),
		TEST(a_folder_that_is_none_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
