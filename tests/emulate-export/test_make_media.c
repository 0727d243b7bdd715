/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/test_make_media.c - images made from folders of files */
#include "emulate-export/make_media.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/check.h"
#include "core/log.h"
#include "core/sys.h"
#include "fixity/digest.h"
#include "tests/emulate-export/made.h"
#include "tests/support/support.h"

static const enum mun_make_kind kinds[] = { MUN_MAKE_ISO, MUN_MAKE_FAT };

static void some_files(void)
{
	made_file("readme.txt", 100);
	made_file("A long name with blanks.html", 5000);
	made_file("sub/data.bin", 70000);
	made_file("sub/deep/none", 0);
}

static void drop(const char *dir, const char *name)
{
	char *path = mun_test_path(dir, name);

	assert_int_equal(unlink(path), 0);
	free(path);
}

static void the_digest_is_that_of_the_file(void **state)
{
	(void)state;
	some_files();
	for (size_t i = 0; i < MUN_COUNT(kinds); i++) {
		struct mun_make m = { .kind = kinds[i] };
		struct mun_digests d = { 0 };
		char hex[MUN_DIGEST_HEX];
		struct mun_err e;
		size_t len = 0;
		char *data = made_image(&m, i ? "x.img" : "x.iso", &len);

		assert_int_equal(mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256),
						   data, len, &d, &e),
				 0);
		mun_digest_hex(&d.of[MUN_SHA256], hex);
		assert_string_equal(m.sha256, hex);
		assert_int_equal(m.files, 4);
		assert_int_equal(m.folders, 2);
		assert_int_equal(m.bytes, 75100);
		free(data);
		mun_make_clear(&m);
	}
}

/* A file in every place of the tree again, in another order, by another
 * umask; the folder's own time is now. */
static void remake(void)
{
	const struct timespec times[2] = { { 12345678, 0 }, { 12345678, 0 } };
	char *old = mun_test_path(made_dir, "old");
	mode_t mask = umask(077);

	assert_int_equal(rename(made_in, old), 0);
	assert_int_equal(mkdir(made_in, 0700), 0);
	made_file("sub/deep/none", 0);
	made_file("sub/data.bin", 70000);
	made_file("A long name with blanks.html", 5000);
	made_file("zzz", 1);
	made_file("readme.txt", 100);
	(void)umask(mask);
	free(old);
	drop(made_in, "zzz");
	old = mun_test_path(made_in, "sub");
	assert_int_equal(utimensat(AT_FDCWD, old, times, 0), 0);
	free(old);
}

static void the_same_files_give_the_same_bytes(void **state)
{
	struct mun_make m = { 0 };
	char *first[2];
	size_t len[2] = { 0 };

	(void)state;
	some_files();
	for (size_t i = 0; i < 2; i++) {
		m = (struct mun_make){ .kind = kinds[i], .label = "DOCS" };
		first[i] = made_image(&m, i ? "1.img" : "1.iso", &len[i]);
		mun_make_clear(&m);
	}
	remake();
	assert_int_equal(setenv("TZ", "XYZ-12:45", 1), 0);
	tzset();
	for (size_t i = 0; i < 2; i++) {
		size_t n = 0;
		char *again;

		m = (struct mun_make){ .kind = kinds[i], .label = "DOCS" };
		again = made_image(&m, i ? "2.img" : "2.iso", &n);
		assert_int_equal(n, len[i]);
		assert_memory_equal(again, first[i], n);
		free(again);
		free(first[i]);
		mun_make_clear(&m);
	}
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
}

static void other_bytes_times_and_dates_give_other_images(void **state)
{
	struct mun_make m = { 0 };
	char sha[4][65];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t len = 0;

		made_file("a", 10);
		for (size_t k = 0; k < 4; k++) {
			char name[16];

			m = (struct mun_make){ .kind = kinds[i],
					       .label = "L",
					       .has_date = k == 3,
					       .date = 86400 * 365 * 20 };
			if (k == 1)
				made_file("a", 11);
			if (k == 2)
				made_file(i ? "c" : "b", 0);
			(void)snprintf(name, sizeof(name), "%zu%zu", i, k);
			free(made_image(&m, name, &len));
			memcpy(sha[k], m.sha256, 65);
			for (size_t j = 0; j < k; j++)
				assert_string_not_equal(sha[j], sha[k]);
			mun_make_clear(&m);
		}
	}
}

static void what_is_no_file_is_told_and_left_out(void **state)
{
	char *fifo = mun_test_path(made_in, "fifo");
	char *link = mun_test_path(made_in, "link");
	char *dirlink = mun_test_path(made_in, "to-etc");
	char *sock = mun_test_path(made_in, "sock");
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	made_file("a", 10);
	assert_int_equal(mkfifo(fifo, 0644), 0);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	assert_int_equal(symlink("/etc", dirlink), 0);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", sock);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	for (size_t i = 0; i < 2; i++) {
		struct mun_make m = { .kind = kinds[i] };
		struct mun_err e;

		assert_int_equal(made_run(&m, "x", &e), 0);
		assert_true(m.refused && !m.written);
		assert_int_equal(m.loss.nrows, 4);
		assert_string_equal(m.loss.rows[0].what, "a FIFO");
		assert_string_equal(m.loss.rows[0].where, "fifo");
		assert_string_equal(m.loss.rows[1].what, "a symbolic link");
		assert_string_equal(m.loss.rows[2].what, "a socket");
		assert_string_equal(m.loss.rows[3].where, "to-etc");
		made_nothing();
		mun_make_clear(&m);
		m = (struct mun_make){ .kind = kinds[i], .accept_loss = true };
		assert_int_equal(made_run(&m, i ? "b" : "a", &e), 0);
		assert_true(m.written && m.files == 1);
		mun_make_clear(&m);
		drop(made_out, i ? "b" : "a");
	}
	(void)close(fd);
	free(fifo);
	free(link);
	free(dirlink);
	free(sock);
}

static void a_dry_run_writes_nothing_and_knows_all(void **state)
{
	(void)state;
	some_files();
	for (size_t i = 0; i < 2; i++) {
		struct mun_make dry = { .kind = kinds[i], .dry_run = true };
		struct mun_make m = { .kind = kinds[i] };
		struct mun_err e;
		size_t len = 0;

		assert_int_equal(made_run(&dry, "x", &e), 0);
		assert_false(dry.written);
		assert_string_equal(dry.sha256, "");
		assert_int_equal(mun_test_count_entries(made_out), i);
		free(made_image(&m, i ? "b" : "a", &len));
		assert_int_equal(dry.image_bytes, m.image_bytes);
		assert_int_equal(dry.nchanged, m.nchanged);
		assert_string_equal(dry.layout, m.layout);
		mun_make_clear(&dry);
		mun_make_clear(&m);
	}
}

static void what_is_there_is_not_replaced(void **state)
{
	char *path = mun_test_path(made_out, "x");

	(void)state;
	made_file("a", 10);
	mun_test_write(path, "mine", 4);
	for (size_t i = 0; i < 2; i++) {
		struct mun_make m = { .kind = kinds[i] };
		struct mun_err e;

		assert_int_equal(made_run(&m, "x", &e), MUN_EEXIST);
		mun_make_clear(&m);
	}
	assert_true(mun_test_has_text(path, "mine"));
	assert_int_equal(mun_test_count_entries(made_out), 1);
	free(path);
}

static void an_image_is_not_made_in_its_own_folder(void **state)
{
	static const char *const names[] = { "in/x.img", "in/sub/x.img" };

	(void)state;
	made_file("sub/a", 10);
	for (size_t i = 0; i < 2; i++) {
		char *path = mun_test_path(made_dir, names[i]);
		struct mun_make m = { .dir = made_in,
				      .path = path,
				      .kind = kinds[i] };
		struct mun_err e;

		assert_int_equal(mun_make_media(&m, &e), MUN_EINVAL);
		made_says(&e, "in the folder that it is made of");
		mun_make_clear(&m);
		free(path);
	}
	assert_int_equal(mun_test_count_entries(made_in), 1);
}

static void no_folder_is_an_error_of_one_line(void **state)
{
	char *file = mun_test_path(made_in, "a");
	struct mun_make m = { .dir = file, .path = "/nowhere/x" };
	struct mun_err e;

	(void)state;
	made_file("a", 10);
	assert_int_equal(mun_make_media(&m, &e), MUN_EINVAL);
	made_says(&e, "a regular file, not a folder");
	mun_make_clear(&m);
	m.dir = "/does/not/exist";
	assert_int_equal(mun_make_media(&m, &e), MUN_ENOENT);
	mun_make_clear(&m);
	m.dir = made_in;
	assert_int_equal(mun_make_media(&m, &e), MUN_ENOENT);
	mun_make_clear(&m);
	free(file);
}

static void labels_and_sizes_that_cannot_be_are_usage(void **state)
{
	static const struct {
		struct mun_make m;
		const char *says;
	} rows[] = {
		{ { .kind = MUN_MAKE_FAT, .label = "TWELVE CHARS" }, "11" },
		{ { .kind = MUN_MAKE_FAT, .label = "A/B" }, "A/B" },
		{ { .kind = MUN_MAKE_FAT, .label = " A" }, "A to Z" },
		{ { .kind = MUN_MAKE_FAT, .label = "\n" }, "A to Z" },
		{ { .kind = MUN_MAKE_FAT, .size = 1000 }, "floppies have" },
		{ { .kind = MUN_MAKE_FAT, .size = UINT64_C(1) << 42 },
		  "floppies have" },
		{ { .kind = MUN_MAKE_FAT, .size = UINT64_MAX },
		  "floppies have" },
		{ { .kind = MUN_MAKE_ISO, .label = "MY DOCS" }, "and _ alone" },
		{ { .kind = MUN_MAKE_ISO, .size = 1474560 }, "of FAT" },
		{ { .kind = MUN_MAKE_ISO, .dos = true }, "of FAT" },
		{ { .kind = MUN_MAKE_ISO, .no_partition = true }, "of FAT" },
	};

	(void)state;
	made_file("A", 1);
	for (size_t i = 0; i < MUN_COUNT(rows); i++) {
		struct mun_make m = rows[i].m;
		struct mun_err e;

		assert_int_equal(made_run(&m, "x", &e), MUN_EINVAL);
		made_says(&e, rows[i].says);
		mun_make_clear(&m);
	}
	made_nothing();
}

/* What happens to "in/a" at the first read of it. */
static void (*happens)(const char *path);

static ssize_t meddling_pread(int fd, void *buf, size_t len, off_t off)
{
	ssize_t n = mun_sys_real.pread(fd, buf, len, off);

	if (happens) {
		char *path = mun_test_path(made_in, "a");

		happens(path);
		happens = NULL;
		free(path);
	}
	return n;
}

static void grow(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_int_equal(write(fd, "x", 1), 1);
	(void)close(fd);
}

static void shrink(const char *path)
{
	assert_int_equal(truncate(path, 5), 0);
}

/* The same length, and its old time given back. */
static void rewrite(const char *path)
{
	struct stat st;
	struct timespec times[2];
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(pwrite(fd, "x", 1, 3000000), 1);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(futimens(fd, times), 0);
	(void)close(fd);
}

static void replace(const char *path)
{
	assert_int_equal(unlink(path), 0);
	made_file("a", 3000001);
}

static void add_another(const char *path)
{
	(void)path;
	made_file("new", 1);
}

static void add_below(const char *path)
{
	(void)path;
	made_file("sub/new", 1);
}

static void a_folder_that_changes_gives_no_image(void **state)
{
	static void (*const changes[])(const char *path) = {
		grow, shrink, rewrite, replace, add_another, add_below
	};

	(void)state;
	for (size_t i = 0; i < 2 * MUN_COUNT(changes); i++) {
		struct mun_make m = { .kind = kinds[i % 2] };
		struct mun_err e;

		made_file("a", 3000001);
		made_file("sub/b", 7);
		happens = changes[i / 2];
		mun_sys.pread = meddling_pread;
		assert_int_equal(made_run(&m, "x", &e), MUN_EBUSY);
		mun_sys = mun_sys_real;
		assert_null(happens);
		assert_false(m.written);
		assert_string_equal(m.sha256, "");
		made_nothing();
		mun_make_clear(&m);
		/* Undisturbed, all is well: the test is of the change. */
		if (i % 2)
			continue;
		assert_int_equal(made_run(&m, "y", &e), 0);
		mun_make_clear(&m);
		drop(made_out, "y");
	}
}

/* A disk that keeps another bit than it was given. */
static ssize_t lying_pwrite(int fd, const void *buf, size_t len, off_t off)
{
	uint8_t *copy = malloc(len);
	ssize_t n;

	assert_non_null(copy);
	memcpy(copy, buf, len);
	if (off <= 40000 && (size_t)(40000 - off) < len)
		copy[40000 - off] ^= 1;
	n = mun_sys_real.pwrite(fd, copy, len, off);
	free(copy);
	return n;
}

static void a_disk_that_gives_back_another_bit_gives_no_image(void **state)
{
	(void)state;
	some_files();
	for (size_t i = 0; i < 2; i++) {
		struct mun_make m = { .kind = kinds[i] };
		struct mun_err e;

		mun_sys.pwrite = lying_pwrite;
		assert_int_equal(made_run(&m, "x", &e), MUN_EFIXITY);
		mun_sys = mun_sys_real;
		assert_string_equal(m.sha256, "");
		made_nothing();
		mun_make_clear(&m);
	}
}

/* Between listing and reading the file became a link, and leads out. */
static int (*real_open_beneath)(int dir, const char *rel, int flags);

static int swapping_open(int dir, const char *rel, int flags)
{
	if (strcmp(rel, "a") == 0) {
		char *path = mun_test_path(made_in, "a");

		(void)unlink(path);
		assert_int_equal(symlink("/etc/passwd", path), 0);
		free(path);
	}
	return real_open_beneath(dir, rel, flags);
}

static int no_openat2(int dir, const char *rel, int flags)
{
	(void)dir;
	(void)rel;
	(void)flags;
	errno = ENOSYS;
	return -1;
}

static void a_link_in_the_place_of_a_file_is_not_followed(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct mun_make m = { .kind = kinds[i % 2] };
		struct mun_err e;

		made_file("a", 100);
		real_open_beneath =
			i < 2 ? mun_sys_real.open_beneath : no_openat2;
		mun_sys.open_beneath = swapping_open;
		assert_true(made_run(&m, "x", &e) < 0);
		mun_sys = mun_sys_real;
		assert_int_equal(e.sys, ELOOP);
		made_nothing();
		mun_make_clear(&m);
		drop(made_in, "a");
	}
}

static void an_older_kernel_gives_the_same_image(void **state)
{
	struct mun_make m = { .kind = MUN_MAKE_ISO };
	size_t len = 0;
	char sha[65];

	(void)state;
	some_files();
	free(made_image(&m, "a", &len));
	memcpy(sha, m.sha256, 65);
	mun_make_clear(&m);
	mun_sys.open_beneath = no_openat2;
	free(made_image(&m, "b", &len));
	assert_string_equal(m.sha256, sha);
	mun_make_clear(&m);
}

static void folders_too_deep_are_refused(void **state)
{
	char name[512] = "";
	struct mun_make m = { .kind = MUN_MAKE_ISO };
	struct mun_err e;

	(void)state;
	for (int i = 0; i < 129; i++)
		(void)snprintf(name + 2 * i, sizeof(name) - 2 * (size_t)i,
			       "d/");
	(void)snprintf(name + 258, sizeof(name) - 258, "f");
	made_file(name, 1);
	assert_int_equal(made_run(&m, "x", &e), MUN_EUNSUPPORTED);
	made_says(&e, "more than 128 folders");
	mun_make_clear(&m);
	made_nothing();
}

static void cancelled_it_leaves_nothing(void **state)
{
	(void)state;
	some_files();
	for (size_t i = 0; i < 2; i++) {
		struct mun_make m = { .kind = kinds[i] };
		struct mun_err e;

		mun_cancel();
		assert_int_equal(made_run(&m, "x", &e), MUN_ECANCELLED);
		mun_cancel_reset();
		made_nothing();
		mun_make_clear(&m);
	}
}

static void times_that_a_format_has_not_are_told(void **state)
{
	static const struct {
		int64_t s;
		bool iso, fat;
	} rows[] = {
		{ 315532799, false, true },
		{ 315532800, false, false },
		{ 4354819199, false, false },
		{ 4354819200, false, true },
	};

	(void)state;
	for (size_t i = 0; i < 2 * MUN_COUNT(rows); i++) {
		const struct timespec t[2] = { { rows[i / 2].s, 0 },
					       { rows[i / 2].s, 0 } };
		struct mun_make m = { .kind = kinds[i % 2], .dry_run = true };
		char *path = mun_test_path(made_in, "a");
		struct mun_err e;

		made_file("a", 1);
		assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
		assert_int_equal(made_run(&m, "x", &e), 0);
		assert_int_equal(m.refused,
				 i % 2 ? rows[i / 2].fat : rows[i / 2].iso);
		mun_make_clear(&m);
		free(path);
	}
}

static void sizes_are_read_as_floppies_are_called(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} rows[] = {
		{ "1440K", 1474560 },  { "1.44M", 1474560 },
		{ "1.2m", 1228800 },   { "2.88M", 2949120 },
		{ "500M", 524288000 },
	};
	struct mun_err e;
	uint64_t n = 0;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(rows); i++) {
		assert_int_equal(mun_make_size(rows[i].text, &n, &e), 0);
		assert_int_equal(n, rows[i].bytes);
	}
	assert_int_equal(mun_make_size("0", &n, &e), MUN_EINVAL);
	assert_int_equal(mun_make_size("-1", &n, &e), MUN_EINVAL);
	assert_int_equal(mun_make_size("1.44", &n, &e), MUN_EINVAL);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, made_setup, made_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_digest_is_that_of_the_file),
		TEST(the_same_files_give_the_same_bytes),
		TEST(other_bytes_times_and_dates_give_other_images),
		TEST(what_is_no_file_is_told_and_left_out),
		TEST(a_dry_run_writes_nothing_and_knows_all),
		TEST(what_is_there_is_not_replaced),
		TEST(an_image_is_not_made_in_its_own_folder),
		TEST(no_folder_is_an_error_of_one_line),
		TEST(labels_and_sizes_that_cannot_be_are_usage),
		TEST(a_folder_that_changes_gives_no_image),
		TEST(a_disk_that_gives_back_another_bit_gives_no_image),
		TEST(a_link_in_the_place_of_a_file_is_not_followed),
		TEST(an_older_kernel_gives_the_same_image),
		TEST(folders_too_deep_are_refused),
		TEST(cancelled_it_leaves_nothing),
		TEST(times_that_a_format_has_not_are_told),
		TEST(sizes_are_read_as_floppies_are_called),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
