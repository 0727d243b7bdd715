/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_companion.c - names from inside an image lead nowhere else */
#include "image/companion.h"

#include "core/check.h"
#include "core/sys.h"
#include "tests/support/support.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char *top; /* has a file "secret" */
static char *dir; /* below it: the image's folder */
static struct mun_companions *folder;

static void put(const char *in, const char *name)
{
	char *path = mun_test_path(in, name);

	mun_test_write(path, name, strlen(name));
	free(path);
}

static int set_up(void **state)
{
	char *image;
	struct mun_err e;

	(void)state;
	top = mun_test_dir();
	dir = mun_test_path(top, "in");
	assert_int_equal(mkdir(dir, 0777), 0);
	put(top, "secret");
	put(dir, "part.bin");
	put(dir, "image");
	image = mun_test_path(dir, "image");
	assert_int_equal(mun_companions_folder(image, &folder, &e), 0);
	free(image);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mun_companions_close(folder);
	free(dir);
	mun_test_dir_remove(top);
	return 0;
}

/* The file's content is its name. */
static void finds(const char *name, const char *what)
{
	mun_auto(source) *src = NULL;
	char got[64] = { 0 };
	struct mun_err e;
	char text[512];

	if (mun_companion_open(folder, name, &src, &e))
		fail_msg("'%s': %s", name,
			 mun_err_text(&e, text, sizeof(text), 0));
	assert_int_equal(src->size, strlen(what));
	assert_int_equal(mun_source_pread(src, got, strlen(what), 0, &e), 0);
	assert_string_equal(got, what);
}

static void refuses(const char *name, int rc, const char *says)
{
	struct mun_source *src;
	char text[1024];
	struct mun_err e;

	assert_int_equal(mun_companion_open(folder, name, &src, &e), rc);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	if (!strstr(text, says))
		fail_msg("'%s' is not in '%s'", says, text);
}

static void paths_of_other_systems_are_taken_by_their_last_part(void **state)
{
	(void)state;
	finds("part.bin", "part.bin");
	finds("./part.bin", "part.bin");
	finds("C:\\Images\\part.bin", "part.bin");
	finds("C:part.bin", "part.bin");
	finds("\\\\server\\share\\part.bin", "part.bin");
	finds("/Volumes/Disk/part.bin", "part.bin");
	finds("Macintosh HD:Images:part.bin", "part.bin");
	finds("../in/part.bin", "part.bin");
	assert_string_equal(mun_companion_last("a/b\\c:d"), "d");
	assert_string_equal(mun_companion_last("d"), "d");
	assert_string_equal(mun_companion_last("a/"), "");
}

/* Here they may be part of a name. */
static void a_name_as_it_stands_comes_first(void **state)
{
	(void)state;
	put(dir, "a:part.bin");
	put(dir, "b\\part.bin");
	finds("a:part.bin", "a:part.bin");
	finds("b\\part.bin", "b\\part.bin");
	finds("c:part.bin", "part.bin");
}

static void the_case_of_letters_may_differ_if_that_is_plain(void **state)
{
	(void)state;
	finds("PART.BIN", "part.bin");
	put(dir, "Part.Bin");
	finds("Part.Bin", "Part.Bin");
	finds("part.bin", "part.bin");
	refuses("PART.BIN", MUN_ENOENT, "2 names that differ");
	/* Letters that are not ASCII are not taken for each other. */
	put(dir, "\xc3\xa4.bin");
	refuses("\xc3\x84.bin", MUN_ENOENT, "there is no");
}

static void no_name_leads_out_of_the_folder(void **state)
{
	static const char *const names[] = { "../secret", "..\\secret",
					     "in/../../secret", "secret" };
	char *path = mun_test_path(top, "secret");

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(names); i++)
		refuses(names[i], MUN_ENOENT, "there is no 'secret' in");
	refuses(path, MUN_ENOENT, "there is no 'secret' in");
	refuses("..", MUN_EINVAL, "not the name of a file");
	refuses(".", MUN_EINVAL, "not the name of a file");
	refuses("", MUN_EINVAL, "not the name of a file");
	refuses("a/", MUN_EINVAL, "not the name of a file");
	refuses("/", MUN_EINVAL, "not the name of a file");
	free(path);
}

static void links_and_devices_are_not_opened(void **state)
{
	char *link = mun_test_path(dir, "link");
	char *fifo = mun_test_path(dir, "fifo");
	char *sub = mun_test_path(dir, "folder");

	(void)state;
	assert_int_equal(symlink("part.bin", link), 0);
	assert_int_equal(mkfifo(fifo, 0666), 0);
	assert_int_equal(mkdir(sub, 0777), 0);
	refuses("link", MUN_EINVAL, "a symbolic link");
	refuses("LINK", MUN_EINVAL, "a symbolic link");
	refuses("fifo", MUN_EINVAL, "a FIFO");
	refuses("folder", MUN_EINVAL, "a directory");
	free(link);
	free(fifo);
	free(sub);
}

static void a_name_that_is_too_long_is_none(void **state)
{
	char name[400];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	refuses(name, MUN_EINVAL, "'xxx");
}

static int no_such_call(int at, const char *rel, int flags)
{
	(void)at;
	(void)rel;
	(void)flags;
	errno = ENOSYS;
	return -1;
}

static void a_system_without_openat2_is_as_strict(void **state)
{
	char *link = mun_test_path(dir, "link");

	(void)state;
	assert_int_equal(symlink("part.bin", link), 0);
	mun_sys.open_beneath = no_such_call;
	finds("part.bin", "part.bin");
	finds("PART.bin", "part.bin");
	refuses("link", MUN_EINVAL, "a symbolic link");
	refuses("../secret", MUN_ENOENT, "there is no");
	mun_sys = mun_sys_real;
	free(link);
}

static void a_failure_of_the_system_is_no_missing_file(void **state)
{
	struct mun_source *src;
	struct mun_err e;

	(void)state;
	mun_fault_install(MUN_CALL_BIT(MUN_CALL_OPEN) |
				  MUN_CALL_BIT(MUN_CALL_FSTAT),
			  EIO);
	for (int n = 0;; n++) {
		int rc;

		mun_fault_arm(n);
		rc = mun_companion_open(folder, "part.bin", &src, &e);
		if (!mun_fault_fired()) {
			assert_int_equal(rc, 0);
			mun_source_close(src);
			assert_true(n >= 2);
			break;
		}
		assert_int_equal(rc, MUN_EIO);
	}
	mun_fault_restore();
}

static void no_image_opens_files_without_end(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < MUN_COMPANIONS; i++)
		finds("part.bin", "part.bin");
	refuses("part.bin", MUN_ECORRUPT, "more than 4096 files");
}

static void without_a_folder_there_is_nothing(void **state)
{
	struct mun_companions *c;
	struct mun_source *src;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_companion_open(NULL, "x", &src, &e), MUN_ENOENT);
	assert_int_equal(mun_companions_folder("/nowhere/at/all", &c, &e),
			 MUN_ENOENT);
	mun_companions_close(NULL);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(paths_of_other_systems_are_taken_by_their_last_part),
		T(a_name_as_it_stands_comes_first),
		T(the_case_of_letters_may_differ_if_that_is_plain),
		T(no_name_leads_out_of_the_folder),
		T(links_and_devices_are_not_opened),
		T(a_name_that_is_too_long_is_none),
		T(a_system_without_openat2_is_as_strict),
		T(a_failure_of_the_system_is_no_missing_file),
		T(no_image_opens_files_without_end),
		T(without_a_folder_there_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
