/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_source.c - bytes that can only be read */
#include "core/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/sys.h"
#include "tests/support/support.h"

#define MIB ((size_t)1 << 20)

static void a_range_outside_is_refused(void **state)
{
	static const char data[] = "0123456789";
	struct mun_source *s;
	struct mun_extent x;
	struct mun_err e;
	char buf[16];

	(void)state;
	assert_int_equal(mun_source_from_memory(data, 10, &s, &e), 0);
	assert_int_equal(mun_source_pread(s, buf, 10, 0, &e), 0);
	assert_memory_equal(buf, data, 10);
	assert_int_equal(mun_source_pread(s, buf, 0, 10, &e), 0);
	assert_int_equal(mun_source_pread(s, buf, 1, 10, &e), MUN_EINVAL);
	assert_int_equal(mun_source_pread(s, buf, 11, 0, &e), MUN_EINVAL);
	assert_int_equal(mun_source_pread(s, buf, 2, UINT64_MAX, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_source_next_extent(s, 4, &x, &e), 0);
	assert_int_equal(x.off, 4);
	assert_int_equal(x.bytes, 6);
	assert_int_equal(x.kind, MUN_EXTENT_DATA);
	assert_int_equal(mun_source_next_extent(s, 10, &x, &e), MUN_EINVAL);
	mun_source_close(s);
	mun_source_close(NULL);
}

static void a_slice_stays_inside_its_parent(void **state)
{
	static const struct {
		uint64_t off;
		uint64_t bytes;
		int rc;
	} table[] = {
		{ 0, 10, 0 },
		{ 10, 0, 0 },
		{ 3, 4, 0 },
		{ 0, 11, MUN_EINVAL },
		{ 11, 0, MUN_EINVAL },
		{ 5, 6, MUN_EINVAL },
		{ 1, UINT64_MAX, MUN_EINVAL },
		{ UINT64_MAX, 2, MUN_EINVAL },
	};
	struct mun_source *parent;
	struct mun_source *s;
	struct mun_err e;
	char buf[4];

	(void)state;
	assert_int_equal(mun_source_from_memory("0123456789", 10, &parent, &e),
			 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int rc = mun_source_slice(parent, table[i].off, table[i].bytes,
					  false, &s, &e);

		assert_int_equal(rc, table[i].rc);
		if (rc)
			continue;
		assert_int_equal(s->size, table[i].bytes);
		mun_source_close(s);
	}
	assert_int_equal(mun_source_slice(parent, 3, 4, true, &s, &e), 0);
	assert_int_equal(mun_source_pread(s, buf, 4, 0, &e), 0);
	assert_memory_equal(buf, "3456", 4);
	assert_int_equal(mun_source_pread(s, buf, 2, 3, &e), MUN_EINVAL);
	mun_source_close(s);
}

/* 1 MiB of data, a hole, 1 MiB of data, a hole to the end: 4 MiB. */
static char *make_sparse(const char *dir)
{
	char *path = mun_test_path(dir, "sparse");
	char *data = malloc(MIB);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_non_null(data);
	assert_true(fd >= 0);
	mun_test_pattern(data, MIB, 3);
	assert_int_equal(pwrite(fd, data, MIB, 0), MIB);
	assert_int_equal(pwrite(fd, data, MIB, 2 * MIB), MIB);
	assert_int_equal(ftruncate(fd, 4 * MIB), 0);
	assert_int_equal(close(fd), 0);
	free(data);
	return path;
}

/* Extents must tile the source, and a hole must read as zeros. */
static uint64_t walk_extents(struct mun_source *s)
{
	static const char zeros[4096];
	uint64_t holes = 0;
	struct mun_extent x;
	struct mun_err e;
	char buf[4096];

	for (uint64_t off = 0; off < s->size; off += x.bytes) {
		assert_int_equal(mun_source_next_extent(s, off, &x, &e), 0);
		assert_int_equal(x.off, off);
		assert_true(x.bytes > 0 && x.bytes <= s->size - off);
		if (x.kind != MUN_EXTENT_HOLE)
			continue;
		holes += x.bytes;
		for (uint64_t at = 0; at < x.bytes; at += sizeof(buf)) {
			assert_int_equal(mun_source_pread(s, buf, sizeof(buf),
							  off + at, &e),
					 0);
			assert_memory_equal(buf, zeros, sizeof(buf));
		}
	}
	return holes;
}

static void holes_are_told(void **state)
{
	char *dir = mun_test_dir();
	char *path = make_sparse(dir);
	struct mun_source *s;
	struct mun_source *half;
	struct mun_extent x;
	struct mun_err e;
	uint64_t holes;

	(void)state;
	assert_int_equal(mun_source_open_file(path, &s, &e), 0);
	assert_int_equal(s->size, 4 * MIB);
	holes = walk_extents(s);
	/* A file system without holes tells none, which is as true. */
	assert_true(holes == 2 * MIB || holes == 0);
	if (holes) {
		assert_int_equal(
			mun_source_slice(s, MIB / 2, MIB, false, &half, &e), 0);
		assert_int_equal(mun_source_next_extent(half, 0, &x, &e), 0);
		assert_int_equal(x.kind, MUN_EXTENT_DATA);
		assert_int_equal(x.bytes, MIB / 2);
		assert_int_equal(
			mun_source_next_extent(half, MIB / 2 + 1, &x, &e), 0);
		assert_int_equal(x.kind, MUN_EXTENT_HOLE);
		assert_int_equal(x.off, MIB / 2 + 1);
		assert_int_equal(x.bytes, MIB / 2 - 1);
		mun_source_close(half);
	}
	mun_source_close(s);
	free(path);
	mun_test_dir_remove(dir);
}

/* lseek(2) calls what was cut off "no data": it must not become zeros. */
static void a_file_that_shrank_is_not_a_hole(void **state)
{
	char *dir = mun_test_dir();
	char *path = make_sparse(dir);
	struct mun_source *s;
	struct mun_extent x;
	struct mun_err e;
	char text[512];
	char buf[16];

	(void)state;
	assert_int_equal(mun_source_open_file(path, &s, &e), 0);
	assert_int_equal(truncate(path, 1000), 0);
	assert_int_equal(mun_source_next_extent(s, 3 * MIB, &x, &e),
			 MUN_ECORRUPT);
	assert_int_equal(mun_source_pread(s, buf, 16, 990, &e), MUN_ECORRUPT);
	(void)mun_err_text(&e, text, sizeof(text), 0);
	assert_non_null(strstr(text, "ends at byte 1000, 6 bytes early"));
	mun_source_close(s);
	free(path);
	mun_test_dir_remove(dir);
}

static void what_is_no_file_is_named_by_kind(void **state)
{
	char *dir = mun_test_dir();
	char *fifo = mun_test_path(dir, "fifo");
	char *loop = mun_test_path(dir, "loop");
	char *none = mun_test_path(dir, "none");
	const struct {
		const char *path;
		int rc;
		const char *text;
	} table[] = {
		{ dir, MUN_EINVAL, "is a directory" },
		{ fifo, MUN_EINVAL, "is a FIFO" },
		{ "/dev/null", MUN_EINVAL, "is a character device" },
		{ loop, MUN_EIO, "Too many levels of symbolic links" },
		{ none, MUN_ENOENT, "No such file or directory" },
	};

	(void)state;
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(symlink("loop", loop), 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct mun_source *s;
		struct mun_err e;
		char text[1024];

		assert_int_equal(mun_source_open_file(table[i].path, &s, &e),
				 table[i].rc);
		(void)mun_err_text(&e, text, sizeof(text), 0);
		if (!strstr(text, table[i].text))
			fail_msg("%s", text);
		assert_int_equal(mun_source_open_direct(table[i].path, &s, &e),
				 table[i].rc);
	}
	free(none);
	free(loop);
	free(fifo);
	mun_test_dir_remove(dir);
}

/* Any offset, length and address; also where each read gives little. */
/* The last 300,000 bytes of it, which begin at a whole block. */
static void compare_reads(struct mun_source *s, const char *want, char *buf)
{
	const size_t base = (size_t)s->size - 300000;
	static const struct {
		size_t off;
		size_t len;
		size_t shift; /* of the buffer */
	} table[] = {
		{ 0, 300000, 0 },    { 0, 4096, 0 },      { 4096, 8192, 0 },
		{ 0, 4096, 1 },      { 1, 4096, 0 },      { 4096, 5000, 0 },
		{ 299008, 992, 0 },  { 299999, 1, 0 },    { 294912, 5088, 7 },
		{ 290816, 9184, 0 }, { 12345, 67890, 3 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct mun_err e;
		char *p = buf + table[i].shift;

		memset(p, 0, table[i].len);
		assert_int_equal(mun_source_pread(s, p, table[i].len,
						  base + table[i].off, &e),
				 0);
		assert_memory_equal(p, want + base + table[i].off,
				    table[i].len);
	}
}

typedef int open_fn(const char *path, struct mun_source **out,
		    struct mun_err *e);

/* As a file of which every other part is in the page cache. */
static ssize_t half_cached(int fd, void *buf, size_t len, off_t off)
{
	if (off / 10000 % 2) {
		errno = EAGAIN;
		return -1;
	}
	len = len < 10000 ? len : 10000;
	return mun_sys_real.pread(fd, buf, len, off);
}

static void read_every_way(open_fn *open_it, const char *path, const char *want,
			   size_t len, char *buf)
{
	struct mun_source *s;
	struct mun_err e;

	assert_int_equal(open_it(path, &s, &e), 0);
	assert_int_equal(s->size, len);
	compare_reads(s, want, buf);
	mun_sys.pread_cached = half_cached;
	compare_reads(s, want, buf);
	mun_source_close(s);

	/* Short reads bring O_DIRECT off its alignment. */
	mun_fault_install(0, 0);
	mun_fault_short_reads(10000);
	mun_fault_eintr(true);
	assert_int_equal(open_it(path, &s, &e), 0);
	compare_reads(s, want, buf);
	mun_source_close(s);

	/* A file system that takes the flag and then refuses to read. */
	mun_fault_install(MUN_CALL_BIT(MUN_CALL_PREAD), EINVAL);
	assert_int_equal(open_it(path, &s, &e), 0);
	mun_fault_arm(0);
	compare_reads(s, want, buf);
	assert_true(mun_fault_fired());
	mun_source_close(s);

	/* One that does not even take the flag: the second open. */
	mun_fault_install(MUN_CALL_BIT(MUN_CALL_OPEN), EINVAL);
	mun_fault_arm(1);
	assert_int_equal(open_it(path, &s, &e), 0);
	compare_reads(s, want, buf);
	assert_true(mun_fault_fired());
	mun_source_close(s);
	mun_fault_restore();
}

static void reads_past_the_cache_give_the_same_bytes(void **state)
{
	const size_t len = ((size_t)1 << 20) + 300000;
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "x");
	char *want = malloc(len);
	char *buf = aligned_alloc(MUN_IO_ALIGN, 303104);

	(void)state;
	mun_test_pattern(want, len, 9);
	mun_test_write(path, want, len);
	read_every_way(mun_source_open_direct, path, want, len, buf);
	read_every_way(mun_source_open_once, path, want, len, buf);
	free(buf);
	free(want);
	free(path);
	mun_test_dir_remove(dir);
}

static unsigned int asked; /* of the page cache */

static ssize_t never_cached(int fd, void *buf, size_t len, off_t off)
{
	(void)fd;
	(void)buf;
	(void)off;
	assert_true(len <= MUN_IO_ALIGN);
	asked++;
	errno = EAGAIN;
	return -1;
}

/* What is not cached is not read twice, once ahead and once past the cache:
 * nobody goes on asking for it. */
static void a_cold_file_is_seldom_looked_for_in_the_cache(void **state)
{
	const size_t len = (size_t)1 << 20;
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "x");
	char *want = malloc(len);
	char *buf = aligned_alloc(MUN_IO_ALIGN, len);
	struct mun_source *s;
	struct mun_err e;

	(void)state;
	mun_test_pattern(want, len, 10);
	mun_test_write(path, want, len);
	mun_fault_install(0, 0);
	assert_int_equal(mun_source_open_once(path, &s, &e), 0);
	mun_sys.pread_cached = never_cached;
	for (int i = 0; i < 60; i++) {
		assert_int_equal(mun_source_pread(s, buf, len, 0, &e), 0);
		assert_memory_equal(buf, want, len);
		assert_int_equal(mun_source_pread_ready(s, buf, 100, 7), 0);
	}
	assert_in_range(asked, 1, 4);
	/* A parser in its sandbox may read, and open nothing. */
	assert_int_equal(mun_fault_count(MUN_CALL_OPEN), 2);
	mun_fault_restore();
	mun_source_close(s);
	free(buf);
	free(want);
	free(path);
	mun_test_dir_remove(dir);
}

static ssize_t cached_but_for_a_page(int fd, void *buf, size_t len, off_t off)
{
	if (++asked != 3)
		return mun_sys_real.pread(fd, buf, len, off);
	errno = EAGAIN;
	return -1;
}

/* A page that was dropped must not send a cached file's readers to the disk. */
static void a_page_that_is_missing_is_soon_forgotten(void **state)
{
	const size_t len = (size_t)1 << 20;
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "x");
	char *want = malloc(len);
	char *buf = aligned_alloc(MUN_IO_ALIGN, len);
	struct mun_source *s;
	struct mun_err e;
	unsigned int ready = 0;

	(void)state;
	mun_test_pattern(want, len, 12);
	mun_test_write(path, want, len);
	mun_fault_install(0, 0);
	assert_int_equal(mun_source_open_once(path, &s, &e), 0);
	mun_sys.pread_cached = cached_but_for_a_page;
	asked = 0;
	for (int i = 0; i < 20; i++)
		ready += mun_source_pread_ready(s, buf, len, 0) == len;
	assert_memory_equal(buf, want, len);
	assert_in_range(ready, 12, 19);
	mun_fault_restore();
	mun_source_close(s);
	free(buf);
	free(want);
	free(path);
	mun_test_dir_remove(dir);
}

static void what_is_ready_is_the_sources_bytes(void **state)
{
	const size_t len = 300000;
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "x");
	char *want = malloc(len);
	char *buf = malloc(len);
	struct mun_source *s;
	struct mun_err e;
	size_t n;

	(void)state;
	mun_test_pattern(want, len, 11);
	mun_test_write(path, want, len);
	assert_int_equal(mun_source_open_once(path, &s, &e), 0);
	assert_int_equal(mun_source_pread_ready(s, buf, 10, len - 9), 0);
	assert_int_equal(mun_source_pread_ready(s, buf, 1, UINT64_MAX), 0);
	n = mun_source_pread_ready(s, buf, 200000, 12345);
	assert_memory_equal(buf, want + 12345, n);
	mun_source_close(s);
	/* one that does not tell has nothing */
	assert_int_equal(mun_source_from_memory(want, len, &s, &e), 0);
	assert_int_equal(mun_source_pread_ready(s, buf, 10, 0), 0);
	mun_source_close(s);
	free(buf);
	free(want);
	free(path);
	mun_test_dir_remove(dir);
}

/* A bad sector must not be hidden by a copy in the page cache. */
static void a_read_error_is_told_with_its_place(void **state)
{
	char *dir = mun_test_dir();
	char *path = mun_test_path(dir, "x");
	char *buf = aligned_alloc(MUN_IO_ALIGN, MUN_IO_ALIGN);
	struct mun_source *s;
	struct mun_err e;
	char text[1024];

	(void)state;
	memset(buf, 'x', MUN_IO_ALIGN);
	mun_test_write(path, buf, MUN_IO_ALIGN);
	mun_fault_install(MUN_CALL_BIT(MUN_CALL_PREAD), EIO);
	for (size_t i = 0; i < 3; i++) {
		static open_fn *const table[] = { mun_source_open_direct,
						  mun_source_open_once,
						  mun_source_open_file };

		assert_int_equal(table[i](path, &s, &e), 0);
		mun_fault_arm(0);
		assert_int_equal(mun_source_pread(s, buf, MUN_IO_ALIGN, 0, &e),
				 MUN_EIO);
		assert_int_equal(e.sys, EIO);
		(void)mun_err_text(&e, text, sizeof(text), 0);
		assert_non_null(strstr(text, path));
		assert_non_null(strstr(text, "at byte 0: Input/output error"));
		assert_int_equal(mun_source_pread(s, buf, MUN_IO_ALIGN, 0, &e),
				 0);
		mun_source_close(s);
	}
	mun_fault_restore();
	free(buf);
	free(path);
	mun_test_dir_remove(dir);
}

static void a_descriptor_is_owned_from_the_start(void **state)
{
	struct mun_source *s;
	struct mun_err e;
	char buf[4];
	int ends[2];

	(void)state;
	/* Refused: closed all the same. */
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(mun_source_from_fd(ends[0], UINT64_MAX, "x", &s, &e),
			 MUN_EINVAL);
	assert_int_equal(fcntl(ends[0], F_GETFD), -1);
	(void)close(ends[1]);
	/* A device has no holes that lseek(2) could tell. */
	assert_int_equal(
		mun_source_from_fd(open("/dev/zero", O_RDONLY | O_CLOEXEC), 100,
				   "zero", &s, &e),
		0);
	assert_int_equal(walk_extents(s), 0);
	assert_int_equal(mun_source_pread(s, buf, 4, 96, &e), 0);
	assert_memory_equal(buf, "\0\0\0\0", 4);
	mun_source_close(s);
}

static void a_fault_source_fails_in_its_range_only(void **state)
{
	struct mun_source *s;
	struct mun_err e;
	char buf[10];

	(void)state;
	assert_int_equal(mun_source_from_memory("0123456789", 10, &s, &e), 0);
	s = mun_fault_source(s, 4, 2, EIO);
	assert_int_equal(mun_source_pread(s, buf, 4, 0, &e), 0);
	assert_memory_equal(buf, "0123", 4);
	assert_int_equal(mun_source_pread(s, buf, 4, 6, &e), 0);
	assert_memory_equal(buf, "6789", 4);
	assert_int_equal(mun_source_pread(s, buf, 5, 0, &e), MUN_EIO);
	assert_int_equal(mun_source_pread(s, buf, 1, 5, &e), MUN_EIO);
	mun_source_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_outside_is_refused),
		cmocka_unit_test(a_slice_stays_inside_its_parent),
		cmocka_unit_test(holes_are_told),
		cmocka_unit_test(a_file_that_shrank_is_not_a_hole),
		cmocka_unit_test(what_is_no_file_is_named_by_kind),
		cmocka_unit_test(reads_past_the_cache_give_the_same_bytes),
		cmocka_unit_test(a_cold_file_is_seldom_looked_for_in_the_cache),
		cmocka_unit_test(a_page_that_is_missing_is_soon_forgotten),
		cmocka_unit_test(what_is_ready_is_the_sources_bytes),
		cmocka_unit_test(a_read_error_is_told_with_its_place),
		cmocka_unit_test(a_descriptor_is_owned_from_the_start),
		cmocka_unit_test(a_fault_source_fails_in_its_range_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
