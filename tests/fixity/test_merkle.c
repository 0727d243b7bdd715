/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_merkle.c - RFC 6962's tree against vectors of others */
#include "fixity/merkle.h"

#include <glob.h>
#include <stdio.h>

#include <openssl/evp.h>

#include "core/check.h"
#include "core/file.h"
#include "core/json.h"
#include "core/str.h"
#include "tests/support/support.h"

/* The tree that Certificate Transparency's implementations test with
 * (transparency-dev/merkle, testonly/constants.go): its leaves, and the roots
 * of the first n of them. */
static const struct {
	const char *leaf; /* hex */
	const char *root; /* of the leaves up to this one */
} reference[] = {
	{ "",
	  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
	{ "00",
	  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
	{ "10",
	  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
	{ "2021",
	  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
	{ "3031",
	  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
	{ "40414243",
	  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
	{ "5051525354555657",
	  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
	{ "606162636465666768696a6b6c6d6e6f",
	  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
};

static void assert_hash(const uint8_t got[static MUN_MERKLE_HASH],
			const char *want)
{
	char hex[2 * MUN_MERKLE_HASH + 1];

	mun_hex(got, MUN_MERKLE_HASH, hex);
	assert_string_equal(hex, want);
}

static void the_reference_tree_has_its_known_roots(void **state)
{
	uint8_t root[MUN_MERKLE_HASH];
	struct mun_merkle t = { 0 };
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_merkle_root(&t, root, &e), 0);
	/* SHA-256 of nothing, FIPS 180-4 */
	assert_hash(
		root,
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (size_t i = 0; i < MUN_COUNT(reference); i++) {
		size_t len = strlen(reference[i].leaf) / 2;
		uint8_t leaf[MUN_MERKLE_HASH];
		uint8_t data[16];

		assert_true(mun_unhex(reference[i].leaf, data, len));
		assert_int_equal(mun_merkle_leaf(data, len, leaf, &e), 0);
		assert_int_equal(mun_merkle_add(&t, leaf, &e), 0);
		assert_int_equal(t.size, i + 1);
		assert_int_equal(mun_merkle_root(&t, root, &e), 0);
		assert_hash(root, reference[i].root);
	}
}

static void number_leaf(uint64_t n, uint8_t out[static MUN_MERKLE_HASH])
{
	struct mun_err e;

	assert_int_equal(mun_merkle_leaf(&n, sizeof(n), out, &e), 0);
}

static void a_subtree_stands_for_its_leaves(void **state)
{
	struct mun_merkle whole = { 0 };
	struct mun_merkle by_four = { 0 };
	uint8_t leaf[MUN_MERKLE_HASH];
	uint8_t root[2][MUN_MERKLE_HASH];
	struct mun_err e;

	(void)state;
	for (uint64_t i = 0; i < 64; i += 4) {
		struct mun_merkle four = { 0 };

		for (uint64_t k = i; k < i + 4; k++) {
			number_leaf(k, leaf);
			assert_int_equal(mun_merkle_add(&whole, leaf, &e), 0);
			assert_int_equal(mun_merkle_add(&four, leaf, &e), 0);
		}
		assert_int_equal(mun_merkle_root(&four, root[0], &e), 0);
		assert_int_equal(
			mun_merkle_add_subtree(&by_four, 2, root[0], &e), 0);
		assert_int_equal(by_four.size, whole.size);
		assert_int_equal(mun_merkle_root(&whole, root[0], &e), 0);
		assert_int_equal(mun_merkle_root(&by_four, root[1], &e), 0);
		assert_memory_equal(root[0], root[1], MUN_MERKLE_HASH);
	}
	number_leaf(64, leaf);
	assert_int_equal(mun_merkle_add(&whole, leaf, &e), 0);
	assert_int_equal(mun_merkle_add_subtree(&whole, 2, leaf, &e),
			 MUN_EINVAL);
	assert_int_equal(whole.size, 65);
	assert_int_equal(mun_merkle_add_subtree(&whole, 64, leaf, &e),
			 MUN_EINVAL);
	whole.size = UINT64_MAX;
	assert_int_equal(mun_merkle_add(&whole, leaf, &e), MUN_EINVAL);
}

/* RFC 6962, 2.1, as it is written there: by recursion over the leaves. */
static void mth(uint64_t from, uint64_t n, uint8_t out[static MUN_MERKLE_HASH])
{
	uint8_t right[MUN_MERKLE_HASH];
	struct mun_err e;
	uint64_t k = 1;

	if (n == 1) {
		number_leaf(from, out);
		return;
	}
	while (2 * k < n)
		k *= 2;
	mth(from, k, out);
	mth(from + k, n - k, right);
	assert_int_equal(mun_merkle_node(out, right, out, &e), 0);
}

/* PATH(m, D[n]) and PROOF(m, D[n]) of RFC 6962, 2.1.1 and 2.1.2. */
static void path(uint64_t m, uint64_t from, uint64_t n,
		 struct mun_merkle_proof *p)
{
	uint64_t k = 1;

	if (n == 1)
		return;
	while (2 * k < n)
		k *= 2;
	if (m < k) {
		path(m, from, k, p);
		mth(from + k, n - k, p->hash[p->n++]);
	} else {
		path(m - k, from + k, n - k, p);
		mth(from, k, p->hash[p->n++]);
	}
}

static void subproof(uint64_t m, uint64_t from, uint64_t n, bool known,
		     struct mun_merkle_proof *p)
{
	uint64_t k = 1;

	if (m == n) {
		if (!known)
			mth(from, n, p->hash[p->n++]);
		return;
	}
	while (2 * k < n)
		k *= 2;
	if (m <= k) {
		subproof(m, from, k, known, p);
		mth(from + k, n - k, p->hash[p->n++]);
	} else {
		subproof(m - k, from + k, n - k, false, p);
		mth(from, k, p->hash[p->n++]);
	}
}

static void proofs_of_the_definition_are_accepted(void **state)
{
	struct mun_merkle t = { 0 };
	uint8_t leaf[MUN_MERKLE_HASH];
	struct mun_err e;

	(void)state;
	for (uint64_t n = 1; n <= 40; n++) {
		uint8_t root[MUN_MERKLE_HASH];
		uint8_t own[MUN_MERKLE_HASH];

		number_leaf(n - 1, leaf);
		assert_int_equal(mun_merkle_add(&t, leaf, &e), 0);
		assert_int_equal(mun_merkle_root(&t, own, &e), 0);
		mth(0, n, root);
		assert_memory_equal(own, root, sizeof(root));
		for (uint64_t m = 0; m < n; m++) {
			struct mun_merkle_proof p = { 0 };
			uint8_t old[MUN_MERKLE_HASH];

			number_leaf(m, leaf);
			path(m, 0, n, &p);
			assert_int_equal(mun_merkle_check_inclusion(
						 leaf, m, n, &p, root, &e),
					 0);
			p.n = 0;
			subproof(m + 1, 0, n, true, &p);
			mth(0, m + 1, old);
			assert_int_equal(mun_merkle_check_consistency(
						 m + 1, n, &p, old, root, &e),
					 0);
		}
	}
}

/* A byte string in base64 at the front of @out, zeros after it; its length, 0
 * where it is absent or too long. */
static size_t from_base64(const json_t *j, uint8_t out[static MUN_MERKLE_HASH])
{
	const char *text = json_string_value(j);
	uint8_t raw[96] = { 0 };
	size_t len = text ? strlen(text) : 0;

	memset(out, 0, MUN_MERKLE_HASH);
	if (!len || len > 44)
		return 0;
	assert_int_equal(
		EVP_DecodeBlock(raw, (const unsigned char *)text, (int)len),
		len / 4 * 3);
	memcpy(out, raw, MUN_MERKLE_HASH);
	return len / 4 * 3 - (text[len - 1] == '=') - (text[len - 2] == '=');
}

static bool proof_of(const json_t *j, struct mun_merkle_proof *p)
{
	const json_t *proof = json_object_get(j, "proof");

	p->n = json_array_size(proof);
	if (p->n > MUN_COUNT(p->hash))
		return false;
	for (size_t i = 0; i < p->n; i++) {
		if (from_base64(json_array_get(proof, i), p->hash[i]) !=
		    MUN_MERKLE_HASH)
			return false;
	}
	return true;
}

static uint64_t number(const json_t *j, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(j, key));
}

static int check_vector(const json_t *j)
{
	uint8_t a[MUN_MERKLE_HASH];
	uint8_t b[MUN_MERKLE_HASH];
	struct mun_merkle_proof p;
	bool inclusion = json_object_get(j, "leafIdx");
	const char *first = inclusion ? "leafHash" : "root1";
	const char *second = inclusion ? "root" : "root2";
	struct mun_err e;

	/* Proofs of other hashes, and empty roots, cannot be asked about. */
	if (!proof_of(j, &p) || !from_base64(json_object_get(j, first), a) ||
	    !from_base64(json_object_get(j, second), b))
		return MUN_ECORRUPT;
	if (inclusion)
		return mun_merkle_check_inclusion(a, number(j, "leafIdx"),
						  number(j, "treeSize"), &p, b,
						  &e);
	return mun_merkle_check_consistency(number(j, "size1"),
					    number(j, "size2"), &p, a, b, &e);
}

static void the_vectors_of_transparency_dev_are_judged_alike(void **state)
{
	const char *standards = mun_test_standards();
	unsigned int accepted = 0;
	unsigned int refused = 0;
	char *pattern;
	glob_t files;

	(void)state;
	if (!standards) {
		print_message("SKIPPED: no standards beside the sources\n");
		skip();
	}
	pattern = mun_test_path(
		standards,
		"timestamping/merkle/transparency-dev/testdata/*/*/*.json");
	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		char *text = mun_test_read(files.gl_pathv[i], NULL);
		mun_autojson json_t *j = NULL;
		struct mun_err e;
		bool bad;
		int rc;

		rc = mun_json_parse(text, strlen(text), &j, &e);
		/* Sizes near 2^64 are more than the JSON library holds. */
		if (rc)
			assert_non_null(strstr(e.lines[0].text, "too big"));
		bad = rc || json_is_true(json_object_get(j, "wantErr"));
		if (!rc)
			rc = check_vector(j);
		if (bad != (rc != 0))
			print_message("%s: %d\n", files.gl_pathv[i], rc);
		assert_int_equal(bad, rc != 0);
		*(bad ? &refused : &accepted) += 1;
		free(text);
	}
	print_message("%u proofs accepted, %u refused\n", accepted, refused);
	assert_int_equal(accepted + refused, 184);
	assert_true(accepted >= 10);
	globfree(&files);
	free(pattern);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reference_tree_has_its_known_roots),
		cmocka_unit_test(a_subtree_stands_for_its_leaves),
		cmocka_unit_test(proofs_of_the_definition_are_accepted),
		cmocka_unit_test(
			the_vectors_of_transparency_dev_are_judged_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
