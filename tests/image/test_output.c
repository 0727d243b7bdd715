/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_output.c - files that appear whole or not at all */
#include "image/output.h"

#include "core/check.h"
#include "core/sys.h"
#include "tests/support/support.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define BIG ((size_t)300 << 10) /* goes past the cache, but for its end */

static char *dir;
static char *path;
static uint8_t *data; /* aligned as O_DIRECT wants it */

static int set_up(void **state)
{
	(void)state;
	dir = mun_test_dir();
	path = mun_test_path(dir, "disk.img");
	assert_int_equal(posix_memalign((void **)&data, 4096, BIG), 0);
	mun_test_pattern(data, BIG, 9);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(data);
	free(path);
	mun_test_dir_remove(dir);
	return 0;
}

/* Two files: one of @BIG bytes, a hole, and a tail; one small. */
static int make(struct mun_err *e)
{
	mun_auto(output) *o = NULL;
	struct mun_outfile *f = NULL;
	struct mun_outfile *g = NULL;
	int rc = mun_output_new(path, &o, e);

	if (!rc)
		rc = mun_output_file(o, NULL, &f, e);
	if (!rc)
		rc = mun_output_file(o, "disk-s001.img", &g, e);
	if (!rc)
		rc = mun_outfile_write(f, data + 1, BIG - 1, 1 << 20, e);
	if (!rc)
		rc = mun_outfile_write(f, data, BIG - 100, 0, e);
	if (!rc)
		rc = mun_outfile_set_size(f, 3 << 20, e);
	if (!rc)
		rc = mun_outfile_write(g, "small", 5, 0, e);
	if (!rc)
		rc = mun_output_finish(o, e);
	return rc;
}

static void assert_made(void)
{
	char *other = mun_test_path(dir, "disk-s001.img");
	size_t len;
	uint8_t *got = (uint8_t *)mun_test_read(path, &len);

	assert_non_null(got);
	assert_int_equal(len, 3 << 20);
	assert_memory_equal(got, data, BIG - 100);
	assert_memory_equal(got + (1 << 20), data + 1, BIG - 1);
	for (size_t i = BIG - 100; i < 1 << 20; i++)
		assert_int_equal(got[i], 0);
	for (size_t i = (1 << 20) + BIG - 1; i < len; i++)
		assert_int_equal(got[i], 0);
	assert_true(mun_test_has_text(other, "small"));
	assert_int_equal(mun_test_count_entries(dir), 2);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(other), 0);
	free(got);
	free(other);
}

static void what_is_written_is_there(void **state)
{
	struct stat st;
	struct mun_err e;

	(void)state;
	assert_int_equal(make(&e), 0);
	assert_int_equal(stat(path, &st), 0);
	/* What was never written is a hole. */
	assert_true(st.st_blocks * 512 < 2 << 20);
	assert_made();
}

static void short_writes_and_interruptions_lose_nothing(void **state)
{
	struct mun_err e;

	(void)state;
	mun_fault_install(0, EIO);
	mun_fault_short_writes(4096);
	mun_fault_eintr(true);
	assert_int_equal(make(&e), 0);
	mun_fault_restore();
	assert_made();
}

/* Only that there is no way past the cache may pass unnoticed. */
static void every_fault_leaves_all_or_nothing(void **state)
{
	unsigned int failed = 0;
	struct mun_err e;

	(void)state;
	mun_fault_install(MUN_CALL_MUTATING, EIO);
	for (int n = 0;; n++) {
		char text[1024];
		int rc;

		mun_fault_arm(n);
		rc = make(&e);
		if (!mun_fault_fired()) {
			assert_int_equal(rc, 0);
			assert_made();
			break;
		}
		if (!rc) {
			assert_int_equal(mun_fault_call(), MUN_CALL_OPEN);
			assert_made();
			continue;
		}
		assert_int_equal(rc, MUN_EIO);
		(void)mun_err_text(&e, text, sizeof(text), 0);
		if (!strstr(text, dir))
			fail_msg("%s does not say where: %s",
				 mun_fault_call_name(), text);
		if (mun_test_count_entries(dir))
			fail_msg("%s left something behind",
				 mun_fault_call_name());
		failed++;
	}
	mun_fault_restore();
	/* open, writes, sizes, 2 x (fsync, close, rename), folder */
	assert_true(failed >= 12);
}

/* EINVAL is how a file system says that it does nothing past the cache. */
static void a_system_without_direct_writes_is_served_too(void **state)
{
	struct mun_err e;

	(void)state;
	mun_fault_install(MUN_CALL_BIT(MUN_CALL_PWRITE), EINVAL);
	mun_fault_arm(1);
	assert_int_equal(make(&e), 0);
	assert_true(mun_fault_fired());
	mun_fault_restore();
	assert_made();
}

static void nothing_is_seen_before_the_end(void **state)
{
	mun_auto(output) *o = NULL;
	struct mun_outfile *f;
	struct mun_source *src;
	uint8_t got[5];
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_output_new(path, &o, &e), 0);
	assert_string_equal(mun_output_name(o), "disk.img");
	assert_string_equal(mun_output_stem(o), "disk");
	assert_int_equal(mun_output_file(o, NULL, &f, &e), 0);
	assert_int_equal(mun_outfile_write(f, "hello", 5, 0, &e), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(mun_output_settle(o, &e), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(mun_output_source(o, "disk.img", &src, &e), 0);
	assert_int_equal(src->size, 5);
	assert_int_equal(mun_source_pread(src, got, 5, 0, &e), 0);
	assert_memory_equal(got, "hello", 5);
	mun_source_close(src);
	assert_int_equal(mun_output_source(o, "other", &src, &e), MUN_ENOENT);
	assert_int_equal(mun_output_finish(o, &e), 0);
	assert_true(mun_test_has_text(path, "hello"));
}

static void what_is_given_up_leaves_nothing(void **state)
{
	struct mun_output *o;
	struct mun_outfile *f;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_output_new(path, &o, &e), 0);
	assert_int_equal(mun_output_file(o, NULL, &f, &e), 0);
	assert_int_equal(mun_output_file(o, "second", &f, &e), 0);
	assert_int_equal(mun_test_count_entries(dir), 2);
	mun_output_free(o);
	assert_int_equal(mun_test_count_entries(dir), 0);
	mun_output_free(NULL);
}

static void no_file_is_replaced(void **state)
{
	mun_auto(output) *o = NULL;
	struct mun_output *p;
	struct mun_outfile *f;
	struct mun_outfile *g;
	char *other = mun_test_path(dir, "other");
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_output_new(path, &o, &e), 0);
	assert_int_equal(mun_output_file(o, NULL, &f, &e), 0);
	assert_int_equal(mun_outfile_write(f, "new", 3, 0, &e), 0);
	mun_test_write(other, "old", 3);
	assert_int_equal(mun_output_file(o, "other", &g, &e), MUN_EEXIST);
	assert_int_equal(mun_output_file(o, NULL, &g, &e), MUN_EEXIST);
	assert_int_equal(mun_output_file(o, "second", &g, &e), 0);
	/* It comes into being while we write. */
	mun_test_write(path, "old", 3);
	assert_int_equal(mun_output_new(path, &p, &e), MUN_EEXIST);
	assert_int_equal(mun_output_finish(o, &e), MUN_EEXIST);
	assert_true(mun_test_has_text(path, "old"));
	assert_true(mun_test_has_text(other, "old"));
	assert_int_equal(mun_test_count_entries(dir), 2);
	free(other);
}

static void a_link_that_leads_nowhere_is_a_name_too(void **state)
{
	struct mun_output *o;
	struct mun_err e;

	(void)state;
	assert_int_equal(symlink("nowhere", path), 0);
	assert_int_equal(mun_output_new(path, &o, &e), MUN_EEXIST);
}

static void a_name_leads_nowhere_else(void **state)
{
	static const char *const names[] = { "",     ".", "..", "a/b",
					     "../x", "/", "/x" };
	mun_auto(output) *o = NULL;
	struct mun_outfile *f;
	struct mun_output *p;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_output_new(path, &o, &e), 0);
	for (size_t i = 0; i < MUN_COUNT(names); i++)
		assert_int_equal(mun_output_file(o, names[i], &f, &e),
				 MUN_EINVAL);
	assert_int_equal(mun_output_new("/tmp/", &p, &e), MUN_EINVAL);
	assert_int_equal(mun_output_new("..", &p, &e), MUN_EINVAL);
	assert_int_equal(mun_output_new("/tmp/..", &p, &e), MUN_EINVAL);
}

static void a_file_ends_where_it_was_told_to(void **state)
{
	mun_auto(output) *o = NULL;
	struct mun_outfile *f;
	struct stat st;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_output_new(path, &o, &e), 0);
	assert_int_equal(mun_output_file(o, NULL, &f, &e), 0);
	assert_int_equal(mun_outfile_write(f, "12345", 5, 1000, &e), 0);
	assert_int_equal(mun_outfile_set_size(f, 1003, &e), 0);
	assert_int_equal(mun_outfile_set_size(f, UINT64_MAX, &e), MUN_EINVAL);
	assert_int_equal(mun_outfile_write(f, "1", 1, INT64_MAX, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_output_finish(o, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 1003);
}

/* One of eight threads, which write pieces in turn. */
struct writer {
	struct mun_outfile *f;
	size_t first;
	int rc;
};

#define PIECE ((size_t)3000)
#define PIECES 800u

static void *write_pieces(void *arg)
{
	struct writer *w = arg;
	uint8_t piece[PIECE];
	struct mun_err e;

	for (size_t i = w->first; !w->rc && i < PIECES; i += 8) {
		mun_test_pattern(piece, sizeof(piece), i);
		w->rc = mun_outfile_write(w->f, piece, sizeof(piece), i * PIECE,
					  &e);
	}
	return NULL;
}

static void many_threads_write_at_once(void **state)
{
	mun_auto(output) *o = NULL;
	struct writer w[8] = { { 0 } };
	pthread_t threads[8];
	struct mun_outfile *f;
	uint8_t piece[PIECE];
	struct mun_err e;
	char *got;
	size_t len;

	(void)state;
	assert_int_equal(mun_output_new(path, &o, &e), 0);
	assert_int_equal(mun_output_file(o, NULL, &f, &e), 0);
	for (size_t i = 0; i < MUN_COUNT(w); i++) {
		w[i] = (struct writer){ f, i, 0 };
		assert_int_equal(
			pthread_create(&threads[i], NULL, write_pieces, &w[i]),
			0);
	}
	for (size_t i = 0; i < MUN_COUNT(w); i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(w[i].rc, 0);
	}
	assert_int_equal(mun_output_finish(o, &e), 0);
	got = mun_test_read(path, &len);
	assert_non_null(got);
	assert_int_equal(len, PIECE * PIECES);
	for (size_t i = 0; i < PIECES; i++) {
		mun_test_pattern(piece, sizeof(piece), i);
		assert_memory_equal(got + i * PIECE, piece, PIECE);
	}
	free(got);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_written_is_there),
		T(short_writes_and_interruptions_lose_nothing),
		T(every_fault_leaves_all_or_nothing),
		T(a_system_without_direct_writes_is_served_too),
		T(nothing_is_seen_before_the_end),
		T(what_is_given_up_leaves_nothing),
		T(no_file_is_replaced),
		T(a_link_that_leads_nowhere_is_a_name_too),
		T(a_name_leads_nowhere_else),
		T(a_file_ends_where_it_was_told_to),
		T(many_threads_write_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
