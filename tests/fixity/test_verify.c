/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_verify.c - the read-back of one source */
#include <errno.h>

#include "core/check.h"
#include "fixity/audit.h"
#include "fixity/hashpass.h"
#include "fixity/verify.h"
#include "tests/support/support.h"

#define MIB MUN_TREE_PIECE

static const size_t sizes[] = { 0,       1,       MIB - 1,    MIB,
				MIB + 1, 4 * MIB, 9 * MIB + 5 };

static struct mun_source *memory(const void *data, size_t len)
{
	struct mun_source *src;
	struct mun_err e;

	assert_int_equal(mun_source_from_memory(data, len, &src, &e), 0);
	return src;
}

static uint8_t *some_data(size_t len)
{
	uint8_t *data = malloc(len + 1);

	assert_non_null(data);
	mun_test_pattern(data, len, len);
	return data;
}

static struct mun_tree tree_of(const uint8_t *data, size_t len)
{
	mun_auto(source) *src = memory(data, len);
	struct mun_digests none;
	struct mun_tree t;
	struct mun_err e;

	assert_int_equal(mun_hash_source(src, 0, &none, &t, "", NULL, &e), 0);
	return t;
}

static int verify(const uint8_t *data, size_t len, const struct mun_tree *t,
		  unsigned int threads, struct mun_err *e)
{
	mun_auto(source) *src = memory(data, len);

	return mun_verify_tree(src, t, threads, "verifying", NULL, e);
}

static void the_same_bytes_pass_with_and_without_a_layer(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		uint8_t *data = some_data(sizes[i]);
		struct mun_tree t = tree_of(data, sizes[i]);
		struct mun_err e;

		for (unsigned int threads = 0; threads < 4; threads++)
			assert_int_equal(
				verify(data, sizes[i], &t, threads, &e), 0);
		free(t.pieces);
		t.pieces = NULL;
		assert_int_equal(verify(data, sizes[i], &t, 3, &e), 0);
		free(data);
	}
}

static void the_first_difference_is_told_with_both_hashes(void **state)
{
	const size_t bytes = 9 * MIB + 5;
	uint8_t *data = some_data(bytes);
	struct mun_tree t = tree_of(data, bytes);

	(void)state;
	for (size_t at = 0; at < bytes; at += MIB) {
		char place[64];
		struct mun_err e;

		data[at] ^= 1;
		data[bytes - 1] ^= 2;
		(void)snprintf(place, sizeof(place), "at byte %zu: expected ",
			       at);
		assert_int_equal(verify(data, bytes, &t, 3, &e), MUN_EFIXITY);
		assert_non_null(strstr(e.lines[0].text, place));
		assert_non_null(strstr(e.lines[0].text, ", found "));
		data[at] ^= 1;
		data[bytes - 1] ^= 2;
	}
	mun_tree_clear(&t);
	free(data);
}

static void without_a_layer_a_difference_is_noticed(void **state)
{
	const size_t bytes = 3 * MIB;
	uint8_t *data = some_data(bytes);
	struct mun_tree t = tree_of(data, bytes);
	struct mun_err e;

	(void)state;
	free(t.pieces);
	t.pieces = NULL;
	data[MIB] ^= 1;
	assert_int_equal(verify(data, bytes, &t, 2, &e), MUN_EFIXITY);
	free(data);
}

static void a_tree_that_contradicts_itself_is_noticed(void **state)
{
	const size_t bytes = 3 * MIB;
	uint8_t *data = some_data(bytes);
	struct mun_tree t = tree_of(data, bytes);
	struct mun_err e;

	(void)state;
	t.root[0] ^= 1;
	assert_int_equal(verify(data, bytes, &t, 2, &e), MUN_EFIXITY);
	mun_tree_clear(&t);
	free(data);
}

static void another_size_is_a_difference(void **state)
{
	const size_t bytes = 2 * MIB;
	uint8_t *data = some_data(bytes);
	struct mun_tree t = tree_of(data, bytes);
	struct mun_err e;

	(void)state;
	assert_int_equal(verify(data, bytes - 1, &t, 2, &e), MUN_EFIXITY);
	assert_int_equal(verify(data, bytes + 1, &t, 2, &e), MUN_EFIXITY);
	assert_int_equal(verify(data, 0, &t, 2, &e), MUN_EFIXITY);
	mun_tree_clear(&t);
	free(data);
}

static void what_cannot_be_read_is_the_sources_error(void **state)
{
	const size_t bytes = 5 * MIB;
	uint8_t *data = some_data(bytes);
	struct mun_tree t = tree_of(data, bytes);
	mun_auto(source) *src =
		mun_fault_source(memory(data, bytes), 3 * MIB, 1, EIO);
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_verify_tree(src, &t, 2, "x", NULL, &e), MUN_EIO);
	assert_int_equal(e.sys, EIO);
	mun_tree_clear(&t);
	free(data);
}

static void watch(void *ctx, const struct mun_progress *p)
{
	uint64_t *cancel_at = ctx;

	if (p->total != 30 * MIB || strcmp(p->phase, "verifying") != 0)
		abort();
	if (*cancel_at && p->done >= *cancel_at)
		mun_cancel();
	if (!*cancel_at && p->done == p->total)
		*cancel_at = UINT64_MAX; /* seen to the end */
}

static void it_tells_progress_and_can_be_cancelled(void **state)
{
	const size_t bytes = 30 * MIB;
	uint8_t *data = some_data(bytes);
	struct mun_tree t = tree_of(data, bytes);
	mun_auto(source) *src = memory(data, bytes);
	uint64_t cancel_at = 4 * MIB;
	const struct mun_progress_to to = { watch, &cancel_at };
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_verify_tree(src, &t, 2, "verifying", &to, &e),
			 MUN_ECANCELLED);
	mun_cancel_reset();
	cancel_at = 0;
	assert_int_equal(mun_verify_tree(src, &t, 2, "verifying", &to, &e), 0);
	assert_true(cancel_at == UINT64_MAX);
	mun_tree_clear(&t);
	free(data);
}

static void the_number_of_threads_is_bounded(void **state)
{
	(void)state;
	assert_true(mun_verify_threads(0) >= 1);
	assert_int_equal(mun_verify_threads(7), 7);
	assert_int_equal(mun_verify_threads(1000000), 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_bytes_pass_with_and_without_a_layer),
		cmocka_unit_test(the_first_difference_is_told_with_both_hashes),
		cmocka_unit_test(without_a_layer_a_difference_is_noticed),
		cmocka_unit_test(a_tree_that_contradicts_itself_is_noticed),
		cmocka_unit_test(another_size_is_a_difference),
		cmocka_unit_test(what_cannot_be_read_is_the_sources_error),
		cmocka_unit_test(it_tells_progress_and_can_be_cancelled),
		cmocka_unit_test(the_number_of_threads_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
