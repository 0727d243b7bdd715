/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_imgwrite.c - images come out byte for byte, or with an error */
#include "core/imgwrite.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/file.h"
#include "core/source.h"
#include "core/sys.h"

#define BUF ((size_t)64 << 10)
#define FILE_BYTES (3 * (size_t)1 << 20)

static char dir[64];
static char path[128];
static uint8_t *buf; /* aligned; BUF bytes that repeat nowhere */
static uint8_t *want; /* what the file is to hold */

static unsigned int calls_left; /* successes before the one failure */
static bool fired;
static bool short_writes;
static bool no_direct; /* as a file system that says it only at the write */
static unsigned int direct_writes;
static unsigned int cached_writes;

static bool fault(void)
{
	if (fired || calls_left--)
		return false;
	fired = true;
	errno = EIO;
	return true;
}

static int f_open(const char *p, int flags, mode_t mode)
{
	return fault() ? -1 : mun_sys_real.open(p, flags, mode);
}

static int f_fstat(int fd, struct stat *st)
{
	return fault() ? -1 : mun_sys_real.fstat(fd, st);
}

static ssize_t f_pwrite(int fd, const void *data, size_t len, off_t off)
{
	bool direct = fcntl(fd, F_GETFL) & O_DIRECT;

	if (fault())
		return -1;
	if (direct && no_direct) {
		errno = EINVAL;
		return -1;
	}
	direct ? direct_writes++ : cached_writes++;
	/* Half a block is what breaks the alignment of the next write. */
	if (short_writes && len > 6000)
		len = direct ? 4096 : 700;
	return mun_sys_real.pwrite(fd, data, len, off);
}

static int f_ftruncate(int fd, off_t len)
{
	return fault() ? -1 : mun_sys_real.ftruncate(fd, len);
}

static int f_fdatasync(int fd)
{
	return fault() ? -1 : mun_sys_real.fdatasync(fd);
}

/* A close that fails has closed all the same. */
static int f_close(int fd)
{
	bool bad = fault();
	int rc = mun_sys_real.close(fd);

	if (bad)
		errno = EIO;
	return bad ? -1 : rc;
}

static void use_faults(unsigned int left)
{
	mun_sys.open = f_open;
	mun_sys.fstat = f_fstat;
	mun_sys.pwrite = f_pwrite;
	mun_sys.ftruncate = f_ftruncate;
	mun_sys.fdatasync = f_fdatasync;
	mun_sys.close = f_close;
	calls_left = left;
	fired = false;
	direct_writes = 0;
	cached_writes = 0;
}

static int setup(void **state)
{
	uint32_t x = 1;

	(void)state;
	mun_sys = mun_sys_real;
	short_writes = false;
	no_direct = false;
	(void)snprintf(dir, sizeof(dir), "/var/tmp/mun-test-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/disk.img", dir);
	want = calloc(1, FILE_BYTES);
	if (!want || posix_memalign((void **)&buf, MUN_IO_ALIGN, BUF))
		return -1;
	for (size_t i = 0; i < BUF; i++) {
		x = x * 1664525u + 1013904223u;
		buf[i] = (uint8_t)(x >> 24);
	}
	return 0;
}

static int teardown(void **state)
{
	struct mun_err e;

	(void)state;
	mun_sys = mun_sys_real;
	free(buf);
	free(want);
	return mun_tree_remove(dir, &e);
}

static void assert_file_is(const uint8_t *data, size_t len)
{
	struct mun_err e;
	char *text;
	size_t n;

	assert_int_equal(mun_file_read(path, FILE_BYTES + 1, &text, &n, &e), 0);
	assert_int_equal(n, len);
	assert_memory_equal(text, data, len);
	free(text);
}

/* One write, into the file and into what the file is to hold. */
static int put(struct mun_imgwriter *w, size_t from, size_t len, uint64_t off,
	       struct mun_err *e)
{
	memcpy(want + off, buf + from, len);
	return mun_imgwriter_write(w, buf + from, len, off, e);
}

/* Aligned, unaligned in memory, in the file, in length; and out of order. */
static int write_some(struct mun_err *e)
{
	mun_auto(imgwriter) *w = NULL;
	int rc;

	memset(want, 0, FILE_BYTES);
	rc = mun_imgwriter_open(path, false, &w, e);
	if (!rc)
		rc = put(w, 0, BUF, 0, e);
	if (!rc)
		rc = put(w, 0, 4096 + 513, 1 << 20, e);
	if (!rc)
		rc = put(w, 3, 9000, 2 << 20, e);
	if (!rc)
		rc = mun_imgwriter_sync(w, e);
	if (!rc)
		rc = put(w, 4096, 12288, BUF + 512, e);
	if (!rc)
		rc = put(w, 8192, 4096, BUF, e);
	return rc ? rc : mun_imgwriter_finish(w, FILE_BYTES, e);
}

static void every_byte_is_where_it_was_put(void **state)
{
	struct mun_err e;

	(void)state;
	use_faults(~0u);
	assert_int_equal(write_some(&e), 0);
	mun_sys = mun_sys_real;
	assert_file_is(want, FILE_BYTES);
	/* the tail of the second, all of the third and the fourth */
	assert_int_equal(cached_writes + direct_writes, 6);
	assert_true(cached_writes >= 3);
}

static void short_writes_are_gone_on_with(void **state)
{
	struct mun_err e;

	(void)state;
	use_faults(~0u);
	short_writes = true;
	assert_int_equal(write_some(&e), 0);
	mun_sys = mun_sys_real;
	assert_file_is(want, FILE_BYTES);
	assert_true(direct_writes + cached_writes > 20);
}

static void a_refusal_of_direct_writes_is_no_error(void **state)
{
	struct mun_err e;

	(void)state;
	use_faults(~0u);
	no_direct = true;
	assert_int_equal(write_some(&e), 0);
	mun_sys = mun_sys_real;
	assert_file_is(want, FILE_BYTES);
	assert_int_equal(direct_writes, 0);
}

static void what_is_not_written_is_a_hole(void **state)
{
	struct mun_err e;
	struct stat st;

	(void)state;
	assert_int_equal(write_some(&e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, FILE_BYTES);
	/* about 110 KiB of 3 MiB were written */
	assert_true(st.st_blocks * 512 < (blkcnt_t)FILE_BYTES / 4);
}

static void every_failing_call_is_told(void **state)
{
	struct mun_err e;
	unsigned int n = 0;

	(void)state;
	do {
		int rc;

		use_faults(n++);
		rc = write_some(&e);
		assert_int_equal(rc, fired ? MUN_EIO : 0);
		if (fired) {
			char text[1024];

			mun_err_text(&e, text, sizeof(text), 0);
			assert_non_null(strstr(text, "disk.img"));
		}
		mun_sys = mun_sys_real;
		assert_int_equal(unlink(path) && errno != ENOENT, 0);
	} while (fired);
	/* open, fstat, 6 writes, sync, ftruncate, sync, close; then none */
	assert_int_equal(n, 13);
}

static void resuming_keeps_what_is_there(void **state)
{
	mun_auto(imgwriter) *w = NULL;
	mun_auto(imgwriter) *again = NULL;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_imgwriter_open(path, false, &w, &e), 0);
	assert_int_equal(put(w, 0, BUF, 0, &e), 0);
	assert_int_equal(mun_imgwriter_sync(w, &e), 0);
	assert_int_equal(mun_imgwriter_open(path, true, &again, &e), 0);
	assert_int_equal(put(again, 100, BUF - 100, BUF, &e), 0);
	assert_int_equal(mun_imgwriter_finish(again, 2 * BUF - 100, &e), 0);
	assert_file_is(want, 2 * BUF - 100);
}

static void a_fresh_start_keeps_nothing(void **state)
{
	mun_auto(imgwriter) *w = NULL;
	struct mun_err e;

	(void)state;
	assert_int_equal(write_some(&e), 0);
	assert_int_equal(mun_imgwriter_open(path, false, &w, &e), 0);
	assert_int_equal(mun_imgwriter_write(w, buf, 10, 0, &e), 0);
	assert_int_equal(mun_imgwriter_finish(w, 4096, &e), 0);
	memset(want, 0, FILE_BYTES);
	memcpy(want, buf, 10);
	assert_file_is(want, 4096);
}

static void a_size_that_would_cut_bytes_off_is_refused(void **state)
{
	mun_auto(imgwriter) *w = NULL;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_imgwriter_open(path, false, &w, &e), 0);
	assert_int_equal(mun_imgwriter_write(w, buf, 4097, 0, &e), 0);
	assert_int_equal(mun_imgwriter_finish(w, 4096, &e), MUN_EINVAL);
	assert_file_is(buf, 4097);
}

static void offsets_that_overflow_are_refused(void **state)
{
	mun_auto(imgwriter) *w = NULL;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_imgwriter_open(path, false, &w, &e), 0);
	assert_int_equal(mun_imgwriter_write(w, buf, 4096, UINT64_MAX - 4, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_imgwriter_write(w, buf, 4096, INT64_MAX, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_imgwriter_finish(w, 0, &e), 0);
	assert_file_is(want, 0);
}

static void nothing_but_a_regular_file_is_written(void **state)
{
	mun_auto(imgwriter) *w = NULL;
	struct mun_err e;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_not_equal(mun_imgwriter_open(path, false, &w, &e), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_not_equal(mun_imgwriter_open(path, false, &w, &e), 0);
	assert_int_equal(mun_imgwriter_open("/dev/null", false, &w, &e),
			 MUN_EINVAL);
	assert_int_not_equal(mun_imgwriter_open(dir, false, &w, &e), 0);
	assert_null(w);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_byte_is_where_it_was_put),
		TEST(short_writes_are_gone_on_with),
		TEST(a_refusal_of_direct_writes_is_no_error),
		TEST(what_is_not_written_is_a_hole),
		TEST(every_failing_call_is_told),
		TEST(resuming_keeps_what_is_there),
		TEST(a_fresh_start_keeps_nothing),
		TEST(a_size_that_would_cut_bytes_off_is_refused),
		TEST(offsets_that_overflow_are_refused),
		TEST(nothing_but_a_regular_file_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
