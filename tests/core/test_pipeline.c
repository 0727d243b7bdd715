/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_pipeline.c - order, errors and the end of the pipeline */
#include "core/pipeline.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "core/log.h"
#include "tests/support/support.h"

#define BLOCK ((size_t)4096)
#define NSTAGES 8

/* A medium of @size bytes whose block i begins with i. */
struct medium {
	uint64_t size;
	uint64_t fail_at; /* byte; UINT64_MAX: never */
	uint64_t cancel_at;
	uint64_t filled; /* blocks */
	uint8_t *low; /* least and greatest address of a block */
	uint8_t *high;
};

static const struct medium good = { .fail_at = UINT64_MAX,
				    .cancel_at = UINT64_MAX };

static int fill(void *ctx, struct mun_block *b, struct mun_err *e)
{
	struct medium *m = ctx;
	uint64_t i = b->off / BLOCK;

	if (b->off == m->fail_at)
		return mun_fail_sys(e, EIO, "bad sector");
	if (b->off == m->cancel_at)
		mun_cancel();
	if (!m->low || b->data < m->low)
		m->low = b->data;
	if (b->data > m->high)
		m->high = b->data;
	b->len = b->off >= m->size          ? 0
		 : m->size - b->off < BLOCK ? (size_t)(m->size - b->off)
					    : BLOCK;
	/* It is false unless it is said. */
	if (i % 3 == 1)
		b->hole = true;
	if (b->len)
		m->filled++;
	memset(b->data, 0, b->len);
	memcpy(b->data, &i, b->len < sizeof(i) ? b->len : sizeof(i));
	return 0;
}

struct counter {
	uint64_t blocks;
	uint64_t bytes;
	uint64_t fail_at; /* byte */
	uint64_t cancel_at;
	unsigned int fail_delay_us;
	unsigned int delay_us;
	pthread_t thread;
	bool wrong;
};

static int count(void *ctx, const struct mun_block *b, struct mun_err *e)
{
	struct counter *c = ctx;
	uint64_t i = 0;

	memcpy(&i, b->data, b->len < sizeof(i) ? b->len : sizeof(i));
	if (b->off != c->bytes || i != c->blocks ||
	    (uintptr_t)b->data % BLOCK || b->hole != (i % 3 == 1))
		c->wrong = true;
	if (b->off == c->fail_at) {
		(void)usleep(c->fail_delay_us);
		return mun_fail(e, MUN_ECORRUPT, "broken");
	}
	if (b->off == c->cancel_at)
		mun_cancel();
	if (c->delay_us)
		(void)usleep(c->delay_us);
	c->thread = pthread_self();
	c->blocks++;
	c->bytes += b->len;
	return 0;
}

static struct counter counters[NSTAGES];

static void make_stages(struct mun_stage *stages, size_t n)
{
	static const char *const names[NSTAGES] = { "s0", "s1", "s2", "s3",
						    "s4", "s5", "s6", "s7" };

	for (size_t i = 0; i < n; i++) {
		counters[i] = (struct counter){ .fail_at = UINT64_MAX,
						.cancel_at = UINT64_MAX };
		stages[i] = (struct mun_stage){ names[i], count, &counters[i] };
	}
}

static void every_stage_sees_every_block_in_order(void **state)
{
	/* none, part of one, one, one and a byte, the ring and around it */
	static const uint64_t sizes[] = {
		0,         1,           BLOCK - 1,       BLOCK,
		BLOCK + 1, 2 * BLOCK,   4 * BLOCK,       4 * BLOCK + 1,
		5 * BLOCK, 100 * BLOCK, 999 * BLOCK + 5,
	};
	struct mun_stage stages[NSTAGES];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct medium m = good;
		struct mun_err e;

		m.size = sizes[i];
		make_stages(stages, NSTAGES);
		counters[2].delay_us = 10;
		assert_int_equal(
			mun_pipe_run(fill, &m, stages, NSTAGES, BLOCK, 4, &e),
			0);
		for (size_t s = 0; s < NSTAGES; s++) {
			assert_false(counters[s].wrong);
			assert_int_equal(counters[s].bytes, sizes[i]);
		}
	}
}

static void memory_does_not_grow_with_the_medium(void **state)
{
	struct medium m = good;
	struct mun_stage stages[2];
	struct mun_err e;

	(void)state;
	m.size = 500 * BLOCK;
	make_stages(stages, 2);
	assert_int_equal(mun_pipe_run(fill, &m, stages, 2, BLOCK, 4, &e), 0);
	assert_int_equal(m.filled, 500);
	assert_int_equal(m.high - m.low, 3 * BLOCK);
}

static void a_slow_stage_holds_the_reader_back(void **state)
{
	struct medium m = good;
	struct mun_stage stages[2];
	struct mun_err e;

	(void)state;
	m.size = 1000 * BLOCK;
	make_stages(stages, 2);
	counters[1].delay_us = 100;
	counters[1].fail_at = 20 * BLOCK;
	assert_int_equal(mun_pipe_run(fill, &m, stages, 2, BLOCK, 4, &e),
			 MUN_ECORRUPT);
	/* Never more than the ring ahead of the slowest. */
	assert_true(m.filled <= 24);
	assert_true(counters[0].blocks <= 24);
}

static void a_small_medium_starts_no_thread(void **state)
{
	struct medium m = good;
	struct mun_stage stages[3];
	struct mun_err e;

	(void)state;
	m.size = BLOCK;
	make_stages(stages, 3);
	assert_int_equal(mun_pipe_run(fill, &m, stages, 3, BLOCK, 2, &e), 0);
	for (size_t s = 0; s < 3; s++)
		assert_true(pthread_equal(counters[s].thread, pthread_self()));
	m.size = 2 * BLOCK;
	make_stages(stages, 3);
	assert_int_equal(mun_pipe_run(fill, &m, stages, 3, BLOCK, 2, &e), 0);
	for (size_t s = 0; s < 3; s++)
		assert_false(pthread_equal(counters[s].thread, pthread_self()));
}

static void a_stage_that_fails_is_named_with_its_place(void **state)
{
	/* in the first block alone (no threads), first, and late */
	static const struct {
		uint64_t size;
		uint64_t fail_at;
		const char *text;
	} table[] = {
		{ BLOCK, 0, "s1 at byte 0: broken" },
		{ 9 * BLOCK, 0, "s1 at byte 0: broken" },
		{ 900 * BLOCK, 800 * BLOCK, "s1 at byte 3276800: broken" },
	};
	struct mun_stage stages[3];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct medium m = good;
		struct mun_err e;
		char text[512];

		m.size = table[i].size;
		make_stages(stages, 3);
		counters[1].fail_at = table[i].fail_at;
		assert_int_equal(
			mun_pipe_run(fill, &m, stages, 3, BLOCK, 3, &e),
			MUN_ECORRUPT);
		assert_string_equal(mun_err_text(&e, text, sizeof(text), 0),
				    table[i].text);
		assert_int_equal(counters[1].bytes, table[i].fail_at);
	}
}

static void the_first_error_wins(void **state)
{
	struct medium m = good;
	struct mun_stage stages[2];
	struct mun_err e;
	char text[512];

	(void)state;
	/* s1 fails at once, s0 a moment after; the reader never gets there. */
	m.size = 1000 * BLOCK;
	m.fail_at = 900 * BLOCK;
	make_stages(stages, 2);
	counters[0].fail_at = 2 * BLOCK;
	counters[0].fail_delay_us = 100000;
	counters[1].fail_at = 2 * BLOCK;
	assert_int_equal(mun_pipe_run(fill, &m, stages, 2, BLOCK, 4, &e),
			 MUN_ECORRUPT);
	assert_string_equal(mun_err_text(&e, text, sizeof(text), 0),
			    "s1 at byte 8192: broken");
}

static void a_reader_that_fails_is_told_with_its_place(void **state)
{
	static const uint64_t places[] = { 0, BLOCK, 2 * BLOCK, 70 * BLOCK };
	struct mun_stage stages[2];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct medium m = good;
		struct mun_err e;
		char want[128];
		char text[512];

		m.size = 100 * BLOCK;
		m.fail_at = places[i];
		make_stages(stages, 2);
		assert_int_equal(
			mun_pipe_run(fill, &m, stages, 2, BLOCK, 3, &e),
			MUN_EIO);
		assert_int_equal(e.sys, EIO);
		(void)snprintf(want, sizeof(want),
			       "read at byte %ju: bad sector: "
			       "Input/output error",
			       (uintmax_t)places[i]);
		assert_string_equal(mun_err_text(&e, text, sizeof(text), 0),
				    want);
	}
}

static void a_wish_to_stop_ends_it(void **state)
{
	struct medium m = good;
	struct mun_stage stages[NSTAGES];
	struct mun_err e;

	(void)state;
	m.size = 1000 * BLOCK;
	m.cancel_at = 50 * BLOCK;
	make_stages(stages, NSTAGES);
	assert_int_equal(mun_pipe_run(fill, &m, stages, NSTAGES, BLOCK, 4, &e),
			 MUN_ECANCELLED);
	assert_true(m.filled <= 52);
	mun_cancel_reset();
}

/* The reader is long done when the wish comes: the stages heed it too. */
static void a_wish_to_stop_is_heard_at_the_end(void **state)
{
	struct medium m = good;
	struct mun_stage stages[2];
	struct mun_err e;

	(void)state;
	m.size = 6 * BLOCK;
	make_stages(stages, 2);
	counters[1].delay_us = 20000;
	counters[1].cancel_at = 3 * BLOCK;
	assert_int_equal(mun_pipe_run(fill, &m, stages, 2, BLOCK, 8, &e),
			 MUN_ECANCELLED);
	assert_int_equal(m.filled, 6);
	assert_int_equal(counters[1].blocks, 4);
	mun_cancel_reset();
}

/* A reader that gives less than a block, and then more. */
static int fill_short(void *ctx, struct mun_block *b, struct mun_err *e)
{
	uint64_t *calls = ctx;

	(void)e;
	memset(b->data, 0, 100);
	b->len = ++*calls <= 5 ? 100 : 0;
	return 0;
}

static void a_short_block_inside_the_stream_is_refused(void **state)
{
	struct mun_stage stages[1];
	struct mun_err e;
	uint64_t calls = 0;

	(void)state;
	make_stages(stages, 1);
	assert_int_equal(
		mun_pipe_run(fill_short, &calls, stages, 1, BLOCK, 2, &e),
		MUN_EINVAL);
	assert_int_equal(counters[0].blocks, 0);
}

static void nonsense_is_refused(void **state)
{
	struct medium m = good;
	struct mun_stage stages[1];
	struct mun_err e;

	(void)state;
	make_stages(stages, 1);
	assert_int_equal(mun_pipe_run(fill, &m, stages, 1, 0, 2, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_pipe_run(fill, &m, stages, 1, 4097, 2, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_pipe_run(fill, &m, stages, 1, BLOCK, 1, &e),
			 MUN_EINVAL);
	/* No stage: the stream is read to its end all the same. */
	m.size = 10 * BLOCK;
	assert_int_equal(mun_pipe_run(fill, &m, NULL, 0, BLOCK, 2, &e), 0);
	assert_int_equal(m.filled, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_stage_sees_every_block_in_order),
		cmocka_unit_test(memory_does_not_grow_with_the_medium),
		cmocka_unit_test(a_slow_stage_holds_the_reader_back),
		cmocka_unit_test(a_small_medium_starts_no_thread),
		cmocka_unit_test(a_stage_that_fails_is_named_with_its_place),
		cmocka_unit_test(the_first_error_wins),
		cmocka_unit_test(a_reader_that_fails_is_told_with_its_place),
		cmocka_unit_test(a_wish_to_stop_ends_it),
		cmocka_unit_test(a_wish_to_stop_is_heard_at_the_end),
		cmocka_unit_test(a_short_block_inside_the_stream_is_refused),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
