/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fixity/test_tree.c - the tree against BEP 52 written out plainly
 *
 * libtorrent_roots.py compares with another program; here the reference is the
 * text of BEP 52 put as one recursion over leaves.
 */
#include "fixity/tree.h"

#include "core/check.h"
#include "fixity/digest.h"
#include "fixity/sha256_lanes.h"
#include "tests/support/support.h"

#define MIB MUN_TREE_PIECE
#define LEAF MUN_TREE_LEAF

static const size_t sizes[] = {
	0,
	1,
	LEAF - 1,
	LEAF,
	LEAF + 1,
	2 * LEAF,
	2 * LEAF + 1,
	3 * LEAF,
	5 * LEAF + 7,
	33 * LEAF,
	63 * LEAF,
	MIB - LEAF,
	MIB - 1,
	MIB,
	MIB + 1,
	MIB + LEAF,
	2 * MIB - 1,
	2 * MIB,
	2 * MIB + 1,
	3 * MIB,
	3 * MIB + 5,
	5 * MIB,
	5 * MIB + 99,
	7 * MIB + 1,
	8 * MIB,
};

static void sha256(const void *data, size_t len, uint8_t out[32])
{
	struct mun_digests d;
	struct mun_err e;

	assert_int_equal(mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), data,
					   len, &d, &e),
			 0);
	memcpy(out, d.of[MUN_SHA256].bytes, 32);
}

/* The node above @width leaves from @first on; leaves behind the end of the
 * file are zeros. */
static void node(const uint8_t *data, size_t bytes, size_t first, size_t width,
		 uint8_t out[32])
{
	uint8_t both[64];

	if (width > 1) {
		node(data, bytes, first, width / 2, both);
		node(data, bytes, first + width / 2, width / 2, both + 32);
		sha256(both, 64, out);
	} else if (first * LEAF < bytes) {
		sha256(data + first * LEAF, MUN_MIN(LEAF, bytes - first * LEAF),
		       out);
	} else {
		memset(out, 0, 32);
	}
}

static void plain_root(const uint8_t *data, size_t bytes, uint8_t out[32])
{
	size_t width = 1;

	memset(out, 0, 32);
	while (width * LEAF < bytes)
		width *= 2;
	if (bytes)
		node(data, bytes, 0, width, out);
}

static uint8_t *some_data(size_t bytes)
{
	uint8_t *data = malloc(bytes + 1);

	assert_non_null(data);
	mun_test_pattern(data, bytes, bytes);
	return data;
}

static void build(const uint8_t *data, size_t bytes, size_t cut,
		  struct mun_tree *out)
{
	mun_auto(tree_builder) *b = NULL;
	struct mun_err e;

	assert_int_equal(mun_tree_builder_new(&b, &e), 0);
	for (size_t at = 0; at < bytes; at += cut)
		assert_int_equal(
			mun_tree_builder_update(b, data + at,
						MUN_MIN(cut, bytes - at), &e),
			0);
	assert_int_equal(mun_tree_builder_final(b, out, &e), 0);
}

static void roots_are_those_of_bep_52(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		uint8_t *data = some_data(sizes[i]);
		struct mun_tree t;
		uint8_t want[32];

		plain_root(data, sizes[i], want);
		build(data, sizes[i], sizes[i] + 1, &t);
		assert_int_equal(t.bytes, sizes[i]);
		assert_int_equal(t.npieces, (sizes[i] + MIB - 1) / MIB);
		assert_memory_equal(t.root, want, 32);
		if (t.npieces == 1)
			assert_memory_equal(t.pieces[0], want, 32);
		for (size_t p = 0; t.npieces > 1 && p < t.npieces; p++) {
			node(data, sizes[i], p * 64, 64, want);
			assert_memory_equal(t.pieces[p], want, 32);
		}
		mun_tree_clear(&t);
		free(data);
	}
}

static void every_path_gives_the_same(void **state)
{
	static const char *const paths[] = { "ni", "avx512", "avx2", "arm",
					     "openssl" };

	for (size_t i = 0; i < MUN_COUNT(paths); i++) {
		if (mun_sha256_lanes_force(paths[i]))
			roots_are_those_of_bep_52(state);
	}
	assert_true(mun_sha256_lanes_force(NULL));
}

static void cuts_change_nothing(void **state)
{
	static const size_t cuts[] = { 511,     LEAF,        MIB - 1, MIB,
				       MIB + 1, 2 * MIB + 3, 3 * MIB };
	const size_t bytes = 5 * MIB + 99;
	uint8_t *data = some_data(bytes);
	struct mun_tree want;

	(void)state;
	build(data, bytes, bytes, &want);
	for (size_t i = 0; i < MUN_COUNT(cuts); i++) {
		struct mun_tree t;

		build(data, bytes, cuts[i], &t);
		assert_int_equal(t.npieces, want.npieces);
		assert_memory_equal(t.pieces, want.pieces, want.npieces * 32);
		assert_memory_equal(t.root, want.root, 32);
		mun_tree_clear(&t);
	}
	mun_tree_clear(&want);
	free(data);
}

static void a_piece_alone_is_that_of_the_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sizes); i++) {
		uint8_t *data = some_data(sizes[i]);
		struct mun_tree t;
		struct mun_err e;

		build(data, sizes[i], MIB, &t);
		for (size_t p = 0; p < t.npieces; p++) {
			size_t len = MUN_MIN(MIB, sizes[i] - p * MIB);
			uint8_t out[32];

			assert_int_equal(mun_tree_piece(data + p * MIB, len,
							sizes[i], out, &e),
					 0);
			assert_memory_equal(out, t.pieces[p], 32);
		}
		mun_tree_clear(&t);
		free(data);
	}
}

static void every_flipped_bit_changes_piece_and_root(void **state)
{
	const size_t bytes = 2 * MIB + 3 * LEAF + 1;
	static const size_t places[] = {
		0, LEAF - 1, LEAF, MIB - 1, MIB, 2 * MIB, 2 * MIB + 3 * LEAF
	};
	uint8_t *data = some_data(bytes);
	struct mun_tree want;

	(void)state;
	build(data, bytes, bytes, &want);
	for (size_t i = 0; i < MUN_COUNT(places); i++) {
		struct mun_tree t;

		data[places[i]] ^= 1;
		build(data, bytes, bytes, &t);
		data[places[i]] ^= 1;
		for (size_t p = 0; p < t.npieces; p++)
			assert_int_equal(
				!memcmp(t.pieces[p], want.pieces[p], 32),
				p != places[i] / MIB);
		assert_memory_not_equal(t.root, want.root, 32);
		mun_tree_clear(&t);
	}
	mun_tree_clear(&want);
	free(data);
}

static void impossible_pieces_and_layers_are_refused(void **state)
{
	static const struct {
		size_t len;
		uint64_t file;
	} bad[] = { { 0, 0 },         { 0, 5 },
		    { 5, 4 },         { 4, 5 },
		    { MIB, MIB - 1 }, { MIB - 1, MIB },
		    { 5, MIB + 4 },   { MIB + 1, 2 * MIB } };
	uint8_t *data = some_data(MIB + 1);
	uint8_t out[32];
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(bad); i++)
		assert_int_equal(
			mun_tree_piece(data, bad[i].len, bad[i].file, out, &e),
			MUN_EINVAL);
	assert_int_equal(mun_tree_root(&(struct mun_tree){ .bytes = 2 * MIB,
							   .npieces = 2 },
				       out, &e),
			 MUN_EINVAL);
	assert_int_equal(mun_tree_root(&(struct mun_tree){ .bytes = 2 * MIB,
							   .npieces = 1 },
				       out, &e),
			 MUN_EINVAL);
	free(data);
}

/* Also where the output is the very root that is asked for. */
static void one_piece_without_a_layer_is_its_own_root(void **state)
{
	struct mun_tree t = { .bytes = 5, .npieces = 1, .root = { 1, 2, 3 } };
	const uint8_t want[32] = { 1, 2, 3 };
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_tree_root(&t, t.root, &e), 0);
	assert_memory_equal(t.root, want, 32);
}

static void sizes_are_counted_to_the_end(void **state)
{
	(void)state;
	assert_int_equal(mun_tree_npieces(0), 0);
	assert_int_equal(mun_tree_npieces(1), 1);
	assert_int_equal(mun_tree_npieces(MIB), 1);
	assert_int_equal(mun_tree_npieces(MIB + 1), 2);
	assert_true(mun_tree_npieces(UINT64_MAX) == UINT64_C(1) << 44);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_are_those_of_bep_52),
		cmocka_unit_test(every_path_gives_the_same),
		cmocka_unit_test(cuts_change_nothing),
		cmocka_unit_test(a_piece_alone_is_that_of_the_whole),
		cmocka_unit_test(every_flipped_bit_changes_piece_and_root),
		cmocka_unit_test(impossible_pieces_and_layers_are_refused),
		cmocka_unit_test(one_piece_without_a_layer_is_its_own_root),
		cmocka_unit_test(sizes_are_counted_to_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
