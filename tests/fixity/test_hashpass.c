/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_hashpass.c - one pass gives what single steps give */
#include "fixity/hashpass.h"

#include <errno.h>

#include "core/check.h"
#include "tests/support/support.h"

#define MIB MUN_TREE_PIECE

static const size_t sizes[] = {
	0, 1, 4095, MIB - 1, MIB, MIB + 1, 20 * MIB + 12345
};

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

struct seen {
	uint64_t last;
	uint64_t total;
	bool backwards;
	uint64_t cancel_at; /* 0: never */
};

static void watch(void *ctx, const struct mun_progress *p)
{
	struct seen *s = ctx;

	assert_string_equal(p->phase, "hashing");
	s->backwards |= p->done < s->last;
	s->last = p->done;
	s->total = p->total;
	if (s->cancel_at && p->done >= s->cancel_at)
		mun_cancel();
}

static void one_pass_gives_every_digest_and_the_tree(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		uint8_t *data = some_data(sizes[i]);
		mun_auto(source) *src = memory(data, sizes[i]);
		mun_auto(tree_builder) *b = NULL;
		struct seen seen = { 0 };
		const struct mun_progress_to to = { watch, &seen };
		struct mun_digests want, got;
		struct mun_tree want_tree, tree;
		struct mun_err e;

		assert_int_equal(mun_digest_memory(MUN_DIGEST_ALL, data,
						   sizes[i], &want, &e),
				 0);
		assert_int_equal(mun_tree_builder_new(&b, &e), 0);
		assert_int_equal(mun_tree_builder_update(b, data, sizes[i], &e),
				 0);
		assert_int_equal(mun_tree_builder_final(b, &want_tree, &e), 0);

		assert_int_equal(mun_hash_source(src, MUN_DIGEST_ALL, &got,
						 &tree, "hashing", &to, &e),
				 0);
		for (int a = 0; a < MUN_DIGEST_N; a++)
			assert_true(mun_digest_equal(&got.of[a], &want.of[a]));
		assert_int_equal(tree.npieces, want_tree.npieces);
		assert_memory_equal(tree.root, want_tree.root, 32);
		assert_int_equal(seen.last, sizes[i]);
		assert_false(seen.backwards);
		mun_tree_clear(&tree);
		mun_tree_clear(&want_tree);
		free(data);
	}
}

static void only_what_was_asked_for_is_made(void **state)
{
	mun_auto(source) *src = memory("abc", 3);
	struct mun_digests d;
	struct mun_tree tree;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_hash_source(src, MUN_DIGEST_BIT(MUN_MD5), &d, NULL,
					 "x", NULL, &e),
			 0);
	for (int a = 0; a < MUN_DIGEST_N; a++)
		assert_int_equal(d.of[a].len, a == MUN_MD5 ? 16 : 0);
	assert_int_equal(mun_hash_source(src, 0, &d, &tree, "x", NULL, &e), 0);
	assert_int_equal(d.of[MUN_MD5].len, 0);
	assert_int_equal(tree.npieces, 1);
	mun_tree_clear(&tree);
	assert_int_equal(mun_hash_source(src, ~0u, &d, NULL, "x", NULL, &e),
			 MUN_EINVAL);
}

static void an_unreadable_place_ends_it(void **state)
{
	uint8_t *data = some_data(3 * MIB);
	mun_auto(source) *src =
		mun_fault_source(memory(data, 3 * MIB), 2 * MIB + 5, 1, EIO);
	struct mun_digests d;
	struct mun_tree tree;
	struct mun_err e;

	(void)state;
	assert_int_equal(
		mun_hash_source(src, MUN_DIGEST_ALL, &d, &tree, "x", NULL, &e),
		MUN_EIO);
	assert_int_equal(e.sys, EIO);
	free(data);
}

static void cancelled_it_ends(void **state)
{
	uint8_t *data = some_data(40 * MIB);
	mun_auto(source) *src = memory(data, 40 * MIB);
	struct seen seen = { .cancel_at = 3 * MIB };
	const struct mun_progress_to to = { watch, &seen };
	struct mun_digests d;
	struct mun_tree tree;
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_hash_source(src, MUN_DIGEST_BIT(MUN_SHA1), &d,
					 &tree, "hashing", &to, &e),
			 MUN_ECANCELLED);
	mun_cancel_reset();
	assert_true(seen.last < 40 * MIB);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_pass_gives_every_digest_and_the_tree),
		cmocka_unit_test(only_what_was_asked_for_is_made),
		cmocka_unit_test(an_unreadable_place_ends_it),
		cmocka_unit_test(cancelled_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
