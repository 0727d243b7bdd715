/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_qcow2_overlay.c - QEMU's own tool is the judge */
#include "image/fmt_qcow2_overlay.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/bytes.h"
#include "core/check.h"
#include "tests/support/support.h"

#define MIB ((uint64_t)1 << 20)

/* Run in @dir, output to the file "said"; the exit status, or -1 where the
 * program is not there. */
static int qemu_img(const char *dir, const char *const *args)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		/* execvp() takes no const, and changes nothing. */
		union {
			const char *const *in;
			char *const *out;
		} argv = { .in = args };

		if (chdir(dir) || !freopen("said", "w", stdout))
			_exit(99);
		execvp("qemu-img", argv.out);
		_exit(126);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 126 ? -1 : WEXITSTATUS(status);
}

static void put_overlay(const char *dir, uint64_t bytes)
{
	struct mun_str s = { 0 };
	struct mun_err e;
	char *path = mun_test_path(dir, "disk.qcow2");

	assert_int_equal(mun_qcow2_empty_overlay(bytes, "disk.img", &s, &e), 0);
	mun_test_write(path, s.text, s.len);
	mun_str_free(&s);
	free(path);
}

/* A sparse raw image with something at its start and its end. */
static void put_raw(const char *dir, uint64_t bytes)
{
	char *path = mun_test_path(dir, "disk.img");
	uint8_t data[1500];
	size_t len = (size_t)MUN_MIN(bytes, (uint64_t)sizeof(data));
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	mun_test_pattern(data, sizeof(data), bytes);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	assert_int_equal(pwrite(fd, data, len, 0), len);
	assert_int_equal(pwrite(fd, data, len, (off_t)(bytes - len)), len);
	assert_int_equal(close(fd), 0);
	free(path);
}

/* Sizes around those where the L1 table gets an entry or a cluster more: 512
 * MiB for an entry, 4 TiB for a cluster of them. */
static const uint64_t sizes[] = {
	512,
	1474560,
	512 * MIB - 512,
	512 * MIB,
	512 * MIB + 512,
	4096 * MIB,
	(uint64_t)4 << 40,
	((uint64_t)4 << 40) + 512,
};

static void qemu_finds_nothing_wrong_and_the_same_bytes(void **state)
{
	static const char *const check[] = { "qemu-img", "check",      "-f",
					     "qcow2",    "disk.qcow2", NULL };
	static const char *const compare[] = {
		"qemu-img", "compare",  "-f",         "raw", "-F",
		"qcow2",    "disk.img", "disk.qcow2", NULL
	};
	char *dir = mun_test_dir();

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		put_raw(dir, sizes[i]);
		put_overlay(dir, sizes[i]);
		switch (qemu_img(dir, check)) {
		case 0:
			break;
		case -1:
			print_message("SKIP: qemu-img is not installed\n");
			mun_test_dir_remove(dir);
			skip();
			return;
		default:
			fail_msg("qemu-img check, %" PRIu64 " bytes", sizes[i]);
		}
		/* Larger ones only take longer. */
		if (sizes[i] <= 4096 * MIB && qemu_img(dir, compare) != 0)
			fail_msg("qemu-img compare, %" PRIu64 " bytes",
				 sizes[i]);
	}
	mun_test_dir_remove(dir);
}

static void qemu_sees_size_and_backing_file(void **state)
{
	static const char *const info[] = { "qemu-img",   "info",
					    "--output",   "json",
					    "disk.qcow2", NULL };
	char *dir = mun_test_dir();
	char *said = mun_test_path(dir, "said");
	char *text;

	(void)state;
	put_raw(dir, 1296384);
	put_overlay(dir, 1474560);
	if (qemu_img(dir, info) < 0) {
		print_message("SKIP: qemu-img is not installed\n");
		skip();
	}
	text = mun_test_read(said, NULL);
	assert_non_null(strstr(text, "\"virtual-size\": 1474560"));
	assert_non_null(strstr(text, "\"backing-filename\": \"disk.img\""));
	assert_non_null(strstr(text, "\"backing-filename-format\": \"raw\""));
	assert_non_null(strstr(text, "\"compat\": \"1.1\""));
	free(text);
	free(said);
	mun_test_dir_remove(dir);
}

/* Longer than the image: zeros; shorter: the end is hidden. */
static void
the_guest_sees_zeros_behind_the_end_and_no_more_than_its_size(void **state)
{
	static const char *const convert[] = { "qemu-img",   "convert", "-f",
					       "qcow2",      "-O",      "raw",
					       "disk.qcow2", "out.img", NULL };
	static const uint64_t guests[] = { 1474560, 737280 };
	char *dir = mun_test_dir();
	char *raw_path = mun_test_path(dir, "disk.img");
	char *out_path = mun_test_path(dir, "out.img");

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(guests); i++) {
		size_t len;
		char *raw;
		char *out;

		put_raw(dir, 1296384);
		put_overlay(dir, guests[i]);
		if (qemu_img(dir, convert) < 0) {
			print_message("SKIP: qemu-img is not installed\n");
			skip();
		}
		raw = mun_test_read(raw_path, NULL);
		out = mun_test_read(out_path, &len);
		assert_int_equal(len, guests[i]);
		for (size_t at = 0; at < len; at++)
			assert_int_equal(out[at], at < 1296384 ? raw[at] : 0);
		free(raw);
		free(out);
	}
	free(raw_path);
	free(out_path);
	mun_test_dir_remove(dir);
}

static void what_cannot_be_is_refused(void **state)
{
	struct mun_str s = { 0 };
	struct mun_err e;
	char name[1100];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[1024] = '\0';
	assert_int_equal(mun_qcow2_empty_overlay(513, "a", &s, &e), MUN_EINVAL);
	assert_int_equal(mun_qcow2_empty_overlay(512, "", &s, &e), MUN_EINVAL);
	assert_int_equal(mun_qcow2_empty_overlay(512, "nbd:x", &s, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_qcow2_empty_overlay(512, name, &s, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_qcow2_empty_overlay(((uint64_t)64 << 40) + 512,
						 "a", &s, &e),
			 MUN_EUNSUPPORTED);
	assert_int_equal(s.len, 0);
	name[1023] = '\0';
	assert_int_equal(mun_qcow2_empty_overlay(512, name, &s, &e), 0);
	/* Its length, where the specification has it. */
	assert_int_equal(mun_be32((const uint8_t *)s.text + 16), 1023);
	mun_str_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(qemu_finds_nothing_wrong_and_the_same_bytes),
		cmocka_unit_test(qemu_sees_size_and_backing_file),
		cmocka_unit_test(
			the_guest_sees_zeros_behind_the_end_and_no_more_than_its_size),
		cmocka_unit_test(what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
