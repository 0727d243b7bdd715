/* SPDX-License-Identifier: Apache-2.0 */
/* tests/store/test_layout.c - extension 0004: where objects lie */
#include "store/layout.h"

#include "core/check.h"
#include "tests/support/support.h"

/* Source: OCFL Community Extension 0004, "Examples". */
static const struct {
	const char *config;
	const char *id;
	const char *path;
} vectors[] = {
	{ "{}", "object-01",
	  "3c0/ff4/240/3c0ff4240c1e116dba14c7627f2319b58aa3d77606d0d90dfc616160"
	  "8ac987d4" },
	{ "{\"extensionName\": \"0004-hashed-n-tuple-storage-layout\","
	  "\"digestAlgorithm\": \"sha256\", \"tupleSize\": 3,"
	  "\"numberOfTuples\": 3, \"shortObjectRoot\": false}",
	  "..hor/rib:le-$id",
	  "487/326/d8c/487326d8c2a3c0b885e23da1469b4d6671fd4e76978924b4443e9e3c"
	  "316cda6d" },
	{ "{\"digestAlgorithm\": \"md5\", \"tupleSize\": 2,"
	  "\"numberOfTuples\": 15, \"shortObjectRoot\": true}",
	  "object-01", "ff/75/53/44/92/48/5e/ab/b3/9f/86/35/67/28/88/4e" },
	{ "{\"digestAlgorithm\": \"md5\", \"tupleSize\": 2,"
	  "\"numberOfTuples\": 15, \"shortObjectRoot\": true}",
	  "..hor/rib:le-$id",
	  "08/31/97/66/fb/6c/29/35/dd/17/5b/94/26/77/17/e0" },
	{ "{\"tupleSize\": 0, \"numberOfTuples\": 0}", "object-01",
	  "3c0ff4240c1e116dba14c7627f2319b58aa3d77606d0d90dfc6161608ac987d4" },
};

static void the_vectors_of_the_extension_come_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < MUN_COUNT(vectors); i++) {
		struct mun_layout l;
		struct mun_err e;
		char *path;

		assert_int_equal(mun_layout_parse(vectors[i].config,
						  strlen(vectors[i].config), &l,
						  &e),
				 0);
		assert_int_equal(mun_layout_path(&l, vectors[i].id, &path, &e),
				 0);
		assert_string_equal(path, vectors[i].path);
		free(path);
	}
}

/* Constraints: the same document, "Parameters". */
static void impossible_parameters_are_refused(void **state)
{
	static const char *const configs[] = {
		"",
		"[]",
		"{\"extensionName\": \"0003-hash-and-id-n-tuple-storage-layout\"}",
		"{\"extensionName\": 4}",
		"{\"digestAlgorithm\": \"sha3\"}",
		"{\"digestAlgorithm\": \"SHA256\"}",
		"{\"digestAlgorithm\": 256}",
		"{\"tupleSize\": -1}",
		"{\"tupleSize\": 33}",
		"{\"tupleSize\": \"3\"}",
		"{\"tupleSize\": 3.0}",
		"{\"tupleSize\": 0}",
		"{\"numberOfTuples\": 0}",
		"{\"tupleSize\": 5, \"numberOfTuples\": 13}",
		"{\"tupleSize\": 8, \"numberOfTuples\": 8,\"shortObjectRoot\": true}",
		"{\"shortObjectRoot\": 1}",
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(configs); i++) {
		struct mun_layout l;
		struct mun_err e;

		if (mun_layout_parse(configs[i], strlen(configs[i]), &l, &e) !=
		    MUN_ECORRUPT)
			fail_msg("taken: %s", configs[i]);
	}
}

static void the_digest_may_be_used_up(void **state)
{
	static const char config[] =
		"{\"tupleSize\": 8, \"numberOfTuples\": 8}";
	struct mun_layout l;
	struct mun_err e;
	char *path;

	(void)state;
	assert_int_equal(mun_layout_parse(config, strlen(config), &l, &e), 0);
	assert_int_equal(mun_layout_path(&l, "object-01", &path, &e), 0);
	assert_string_equal(
		path,
		"3c0ff424/0c1e116d/ba14c762/7f2319b5/8aa3d776/06d0d90d/"
		"fc616160/8ac987d4/"
		"3c0ff4240c1e116dba14c7627f2319b58aa3d77606d0d90dfc6161608ac987"
		"d4");
	free(path);
}

static void our_own_configuration_has_the_defaults(void **state)
{
	const struct mun_root_file *f = mun_root_files;
	struct mun_layout l;
	struct mun_err e;

	(void)state;
	assert_string_equal(f->name, "config.json");
	assert_int_equal(mun_layout_parse(f->text, strlen(f->text), &l, &e), 0);
	assert_true(mun_layout_equal(&l, &mun_layout_default));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_extension_come_out),
		cmocka_unit_test(impossible_parameters_are_refused),
		cmocka_unit_test(the_digest_may_be_used_up),
		cmocka_unit_test(our_own_configuration_has_the_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
