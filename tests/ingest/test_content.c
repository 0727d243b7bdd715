/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_content.c - stored bytes are proved before they are given */
#include "ingest/content.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/session.h"
#include "tests/ingest/box.h"
#include "tests/support/support.h"

/* Three pieces and a bit. */
#define PIECE ((size_t)1 << 20)
#define BYTES (3 * PIECE + 777)

static struct test_box box;
static uint8_t image[BYTES];
static struct mun_record *record;
static char *stored;

static int setup(void **state)
{
	struct mun_ingest_request req = { .operator_name = "" };
	struct mun_ingest_result out;
	char urn[MUN_URN_LEN];
	struct mun_err e;
	char *path;

	(void)state;
	mun_test_pattern(image, BYTES, 3);
	test_box_open(&box);
	path = test_box_file(&box, "a.img", image, BYTES);
	req.source = path;
	test_must(mun_ingest(&box.env, &req, &out, &e), &e);
	test_must(mun_catalog_get(box.catalog, out.id, true, &record, &e), &e);
	mun_object_urn(out.id, urn);
	test_must(mun_store_file_path(box.store, urn, "image/disk.img", &stored,
				      &e),
		  &e);
	free(path);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_record_free(record);
	free(stored);
	test_box_close(&box);
	return 0;
}

static struct mun_source *content(void)
{
	struct mun_source *src;
	struct mun_err e;

	test_must(
		mun_content_file(box.store, record, "image/disk.img", &src, &e),
		&e);
	return src;
}

static void flip(uint64_t off)
{
	uint8_t b;
	int fd;

	assert_int_equal(chmod(stored, 0600), 0);
	fd = open(stored, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &b, 1, (off_t)off), 1);
	b ^= 0x80;
	assert_int_equal(pwrite(fd, &b, 1, (off_t)off), 1);
	assert_int_equal(close(fd), 0);
}

static void any_range_is_given_as_it_was_stored(void **state)
{
	static const struct {
		uint64_t off;
		size_t len;
	} ranges[] = {
		{ 0, 1 },
		{ 0, BYTES },
		{ 5, 4096 },
		{ PIECE - 1, 2 },
		{ PIECE, PIECE },
		{ 3 * PIECE, 777 },
		{ BYTES - 1, 1 },
		{ 3 * PIECE - 1, 778 },
		{ 17, 2 * PIECE + 50 },
		{ 2, 0 },
	};
	mun_auto(source) *src = content();
	static uint8_t got[BYTES];
	struct mun_err e;

	(void)state;
	assert_int_equal(src->size, BYTES);
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		memset(got, 0, sizeof(got));
		test_must(mun_source_pread(src, got, ranges[i].len,
					   ranges[i].off, &e),
			  &e);
		assert_memory_equal(got, image + ranges[i].off, ranges[i].len);
	}
	assert_int_equal(mun_source_pread(src, got, 2, BYTES - 1, &e),
			 MUN_EINVAL);
}

/* ---- threads, as those that decode a container are ---- */

#define THREADS 8
#define READS 400

struct reading {
	struct mun_source *src;
	unsigned int seed;
	size_t wrong, failed;
};

static void *read_here_and_there(void *arg)
{
	struct reading *r = arg;
	static _Thread_local uint8_t got[4096];
	unsigned int x = r->seed;

	for (int i = 0; i < READS; i++) {
		struct mun_err e;
		size_t off;

		x = x * 1103515245u + 12345u;
		off = (x >> 4) % (BYTES - sizeof(got));
		if (mun_source_pread(r->src, got, sizeof(got), off, &e))
			r->failed++;
		else if (memcmp(got, image + off, sizeof(got)) != 0)
			r->wrong++;
	}
	return NULL;
}

static void any_number_of_threads_may_read_it(void **state)
{
	struct reading r[THREADS];
	pthread_t threads[THREADS];
	struct mun_source *src = content();

	(void)state;
	for (unsigned int i = 0; i < THREADS; i++) {
		r[i] = (struct reading){ .src = src, .seed = i + 1 };
		assert_int_equal(pthread_create(&threads[i], NULL,
						read_here_and_there, &r[i]),
				 0);
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(r[i].wrong, 0);
		assert_int_equal(r[i].failed, 0);
	}
	mun_source_close(src);
}

static void nothing_of_a_damaged_piece_is_given(void **state)
{
	static uint8_t got[BYTES];
	mun_auto(source) *src = NULL;
	struct mun_err e;

	(void)state;
	flip(PIECE + 100);
	src = content();
	memset(got, 0xee, sizeof(got));
	/* Not even bytes of it that are far from the damage. */
	assert_int_equal(mun_source_pread(src, got, 10, 2 * PIECE - 10, &e),
			 MUN_EFIXITY);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(got[i], 0xee);
	assert_int_equal(mun_source_pread(src, got, BYTES, 0, &e), MUN_EFIXITY);
	for (size_t i = PIECE; i < BYTES; i++)
		assert_int_equal(got[i], 0xee);
	/* The pieces around it are as good as ever. */
	test_must(mun_source_pread(src, got, PIECE, 0, &e), &e);
	assert_memory_equal(got, image, PIECE);
	test_must(mun_source_pread(src, got, PIECE + 777, 2 * PIECE, &e), &e);
	assert_memory_equal(got, image + 2 * PIECE, PIECE + 777);
	assert_int_equal(mun_source_pread(src, got, 1, PIECE, &e), MUN_EFIXITY);
}

static void damage_that_comes_later_is_seen_too(void **state)
{
	mun_auto(source) *src = content();
	uint8_t b[16];
	struct mun_err e;

	(void)state;
	test_must(mun_source_pread(src, b, 16, 0, &e), &e);
	flip(BYTES - 1);
	assert_int_equal(mun_source_pread(src, b, 1, 3 * PIECE, &e),
			 MUN_EFIXITY);
	test_must(mun_source_pread(src, b, 16, 100, &e), &e);
	assert_memory_equal(b, image + 100, 16);
}

static void another_size_and_a_lost_file_are_told_apart(void **state)
{
	struct mun_source *src;
	struct mun_err e;

	(void)state;
	assert_int_equal(
		mun_content_file(box.store, record, "image/no.img", &src, &e),
		MUN_ENOENT);
	assert_int_equal(truncate(stored, BYTES - 1), 0);
	assert_int_equal(
		mun_content_file(box.store, record, "image/disk.img", &src, &e),
		MUN_EFIXITY);
	assert_int_equal(truncate(stored, BYTES + 1), 0);
	assert_int_equal(
		mun_content_file(box.store, record, "image/disk.img", &src, &e),
		MUN_EFIXITY);
	assert_int_equal(unlink(stored), 0);
	assert_int_equal(
		mun_content_file(box.store, record, "image/disk.img", &src, &e),
		MUN_ENOENT);
}

struct lost {
	size_t n;
	uint64_t off[8];
	uint64_t bytes[8];
	int code[8];
};

static void note(void *ctx, uint64_t off, uint64_t bytes,
		 const struct mun_err *why)
{
	struct lost *l = ctx;

	assert_true(l->n < 8);
	l->off[l->n] = off;
	l->bytes[l->n] = bytes;
	l->code[l->n++] = why->code;
}

static void read_rest(struct lost *l, uint8_t *got)
{
	mun_auto(source) *src = NULL;
	struct mun_err e;

	*l = (struct lost){ 0 };
	memset(got, 0xee, BYTES);
	test_must(mun_content_rest(box.store, record, "image/disk.img", note, l,
				   &src, &e),
		  &e);
	assert_int_equal(src->size, BYTES);
	test_must(mun_source_pread(src, got, BYTES, 0, &e), &e);
}

static void assert_zeros(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p[i], 0);
}

static void
all_but_the_damaged_pieces_is_given_when_that_is_wanted(void **state)
{
	static uint8_t got[BYTES];
	struct lost l;

	(void)state;
	read_rest(&l, got);
	assert_int_equal(l.n, 0);
	assert_memory_equal(got, image, BYTES);
	flip(PIECE + 100);
	read_rest(&l, got);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.off[0], PIECE);
	assert_int_equal(l.bytes[0], PIECE);
	assert_int_equal(l.code[0], MUN_EFIXITY);
	assert_memory_equal(got, image, PIECE);
	assert_zeros(got + PIECE, PIECE);
	assert_memory_equal(got + 2 * PIECE, image + 2 * PIECE, PIECE + 777);
}

static void
what_was_cut_off_is_lost_and_what_is_too_much_is_not_given(void **state)
{
	static uint8_t got[BYTES];
	struct lost l;

	(void)state;
	assert_int_equal(truncate(stored, BYTES + 4096), 0);
	read_rest(&l, got);
	assert_int_equal(l.n, 0);
	assert_memory_equal(got, image, BYTES);
	/* The third piece is not whole, the last is not there. */
	assert_int_equal(truncate(stored, 3 * PIECE - 1), 0);
	read_rest(&l, got);
	assert_int_equal(l.n, 2);
	assert_int_equal(l.off[0], 2 * PIECE);
	assert_int_equal(l.off[1], 3 * PIECE);
	assert_int_equal(l.bytes[1], 777);
	assert_memory_equal(got, image, 2 * PIECE);
	assert_zeros(got + 2 * PIECE, PIECE + 777);
}

static void a_disk_that_fails_costs_the_piece_and_no_more(void **state)
{
	static uint8_t got[BYTES];
	struct mun_source *src;
	struct lost l = { 0 };
	struct mun_err e;

	(void)state;
	test_must(mun_content_rest(box.store, record, "image/disk.img", note,
				   &l, &src, &e),
		  &e);
	mun_fault_install(MUN_CALL_BIT(MUN_CALL_PREAD), EIO);
	mun_fault_arm(1);
	test_must(mun_source_pread(src, got, BYTES, 0, &e), &e);
	assert_true(mun_fault_fired());
	mun_fault_restore();
	mun_source_close(src);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.code[0], MUN_EIO);
	assert_int_equal(l.bytes[0], PIECE);
	assert_zeros(got + l.off[0], PIECE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(any_range_is_given_as_it_was_stored),
		TEST(any_number_of_threads_may_read_it),
		TEST(nothing_of_a_damaged_piece_is_given),
		TEST(damage_that_comes_later_is_seen_too),
		TEST(another_size_and_a_lost_file_are_told_apart),
		TEST(all_but_the_damaged_pieces_is_given_when_that_is_wanted),
		TEST(what_was_cut_off_is_lost_and_what_is_too_much_is_not_given),
		TEST(a_disk_that_fails_costs_the_piece_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
