/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_blockcache.c - a bounded cache that many threads share */
#include "image/blockcache.h"

#include "core/check.h"
#include "tests/support/support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define BLOCK ((size_t)1000)

static atomic_uint fills;
static atomic_uint filling[64]; /* threads at each key */
static atomic_int fails; /* so many fills from now on */

static int fill(void *ctx, struct mun_cached *b, struct mun_err *e)
{
	(void)ctx;
	fills++;
	/* Never two at the same. */
	assert_int_equal(atomic_fetch_add(&filling[b->key % 64], 1), 0);
	if (b->key % 5 == 0)
		(void)usleep(100);
	b->len = BLOCK - (size_t)(b->key % 10);
	mun_test_pattern(b->data, b->len, b->key);
	atomic_fetch_sub(&filling[b->key % 64], 1);
	if (atomic_load(&fails) > 0 && atomic_fetch_sub(&fails, 1) > 0)
		return mun_fail(e, MUN_EIO, "block %ju", (uintmax_t)b->key);
	return 0;
}

static struct mun_blockcache *new_cache(size_t blocks)
{
	struct mun_blockcache *c;
	struct mun_err e;

	fills = 0;
	assert_int_equal(mun_blockcache_new(BLOCK, blocks, fill, NULL, &c, &e),
			 0);
	return c;
}

static void assert_block(struct mun_blockcache *c, uint64_t key)
{
	const struct mun_cached *b;
	uint8_t want[BLOCK];
	struct mun_err e;

	assert_int_equal(mun_blockcache_get(c, key, &b, &e), 0);
	assert_int_equal(b->key, key);
	assert_int_equal(b->len, BLOCK - key % 10);
	mun_test_pattern(want, b->len, key);
	assert_memory_equal(b->data, want, b->len);
	mun_blockcache_put(c, b);
}

static void what_was_wanted_last_is_kept(void **state)
{
	mun_auto(blockcache) *c = new_cache(3);

	(void)state;
	assert_block(c, 1);
	assert_block(c, 2);
	assert_block(c, 3);
	assert_block(c, 1);
	assert_int_equal(fills, 3);
	assert_block(c, 4); /* in the place of 2 */
	assert_int_equal(fills, 4);
	assert_block(c, 1);
	assert_block(c, 3);
	assert_block(c, 4);
	assert_int_equal(fills, 4);
	assert_block(c, 2);
	assert_int_equal(fills, 5);
}

static void what_is_pinned_stays(void **state)
{
	mun_auto(blockcache) *c = new_cache(2);
	const struct mun_cached *b;
	uint8_t want[BLOCK];
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_blockcache_get(c, 7, &b, &e), 0);
	for (uint64_t key = 10; key < 30; key++)
		assert_block(c, key);
	mun_test_pattern(want, b->len, 7);
	assert_memory_equal(b->data, want, b->len);
	mun_blockcache_put(c, b);
	assert_int_equal(fills, 21);
	assert_block(c, 7);
	assert_int_equal(fills, 21);
}

static void a_block_that_failed_is_not_kept(void **state)
{
	mun_auto(blockcache) *c = new_cache(2);
	const struct mun_cached *b;
	struct mun_err e;

	(void)state;
	fails = 2;
	assert_int_equal(mun_blockcache_get(c, 9, &b, &e), MUN_EIO);
	assert_string_equal(e.lines[0].text, "block 9");
	assert_int_equal(mun_blockcache_get(c, 9, &b, &e), MUN_EIO);
	assert_block(c, 9);
	assert_int_equal(fills, 3);
}

static void a_cache_without_room_is_refused(void **state)
{
	struct mun_blockcache *c;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_blockcache_new(0, 1, fill, NULL, &c, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_blockcache_new(1, 0, fill, NULL, &c, &e),
			 MUN_EINVAL);
	mun_blockcache_free(NULL);
}

struct user {
	struct mun_blockcache *c;
	unsigned int seed;
};

static void *use(void *arg)
{
	struct user *u = arg;
	uint64_t n = u->seed;

	for (int i = 0; i < 2000; i++) {
		const struct mun_cached *b;
		uint8_t want[BLOCK];
		struct mun_err e;

		n = n * UINT64_C(6364136223846793005) + 1442695040888963407;
		if (mun_blockcache_get(u->c, (n >> 40) % 40, &b, &e))
			continue;
		mun_test_pattern(want, b->len, b->key);
		if (memcmp(want, b->data, b->len) != 0)
			u->seed = UINT32_MAX;
		mun_blockcache_put(u->c, b);
	}
	return NULL;
}

/* More threads than blocks, and fills that fail now and then. */
static void many_threads_share_a_small_cache(void **state)
{
	mun_auto(blockcache) *c = new_cache(4);
	struct user users[9];
	pthread_t threads[9];

	(void)state;
	fails = 100;
	for (unsigned int i = 0; i < MUN_COUNT(users); i++) {
		users[i] = (struct user){ c, i };
		assert_int_equal(
			pthread_create(&threads[i], NULL, use, &users[i]), 0);
	}
	for (size_t i = 0; i < MUN_COUNT(users); i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(users[i].seed, i);
	}
	for (uint64_t key = 0; key < 40; key++)
		assert_block(c, key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_wanted_last_is_kept),
		cmocka_unit_test(what_is_pinned_stays),
		cmocka_unit_test(a_block_that_failed_is_not_kept),
		cmocka_unit_test(a_cache_without_room_is_refused),
		cmocka_unit_test(many_threads_share_a_small_cache),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
