/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_digest.c - digests against the standards' own examples */
#include "fixity/digest.h"

#include "core/check.h"
#include "core/conf.h"
#include "tests/support/support.h"

/* RFC 1321 A.5; FIPS 180-4 examples of NIST (also RFC 3174, RFC 6234); RFC
 * 7693 A for BLAKE2b of "abc", the rest as b2sum of coreutils gives; CRC-32 of
 * "123456789" is the check value of its catalogues. */
static const struct {
	enum mun_digest_alg alg;
	const char *text;
	size_t times;
	const char *hex;
} examples[] = {
	{ MUN_MD5, "", 0, "d41d8cd98f00b204e9800998ecf8427e" },
	{ MUN_MD5, "abc", 1, "900150983cd24fb0d6963f7d28e17f72" },
	{ MUN_MD5, "a", 1000000, "7707d6ae4e027c70eea2a935c2296f21" },
	{ MUN_SHA1, "", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ MUN_SHA1, "abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ MUN_SHA1, "a", 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f" },
	{ MUN_SHA256, "", 0,
	  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ MUN_SHA256, "abc", 1,
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ MUN_SHA256, "a", 1000000,
	  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
	{ MUN_SHA512, "", 0,
	  "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	  "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e" },
	{ MUN_SHA512, "abc", 1,
	  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
	{ MUN_SHA512, "a", 1000000,
	  "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
	  "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b" },
	{ MUN_SHA512_256, "", 0,
	  "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a" },
	{ MUN_SHA512_256, "abc", 1,
	  "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23" },
	{ MUN_SHA512_256, "a", 1000000,
	  "9a59a052930187a97038cae692f30708aa6491923ef5194394dc68d56c74fb21" },
	{ MUN_BLAKE2B_512, "", 0,
	  "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419"
	  "d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce" },
	{ MUN_BLAKE2B_512, "abc", 1,
	  "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
	  "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923" },
	{ MUN_BLAKE2B_512, "a", 1000000,
	  "98fb3efb7206fd19ebf69b6f312cf7b64e3b94dbe1a17107913975a793f177e1"
	  "d077609d7fba363cbba00d05f7aa4e4fa8715d6428104c0a75643b0ff3fd3eaf" },
	{ MUN_CRC32, "", 0, "00000000" },
	{ MUN_CRC32, "123456789", 1, "cbf43926" },
	{ MUN_CRC32, "a", 1000000, "dc25bfbc" },
};

static char *repeated(const char *text, size_t times, size_t *len_out)
{
	const size_t len = strlen(text);
	char *data = malloc(len * times + 1);

	assert_non_null(data);
	for (size_t i = 0; i < times; i++)
		memcpy(data + i * len, text, len);
	*len_out = len * times;
	return data;
}

static void values_are_those_of_the_standards(void **state)
{
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(examples); i++) {
		struct mun_digests d;
		char hex[MUN_DIGEST_HEX];
		size_t len;
		char *data =
			repeated(examples[i].text, examples[i].times, &len);

		assert_int_equal(
			mun_digest_memory(MUN_DIGEST_BIT(examples[i].alg), data,
					  len, &d, &e),
			0);
		mun_digest_hex(&d.of[examples[i].alg], hex);
		assert_string_equal(hex, examples[i].hex);
		for (int a = 0; a < MUN_DIGEST_N; a++) {
			if (a != (int)examples[i].alg)
				assert_int_equal(d.of[a].len, 0);
		}
		free(data);
	}
}

/* All at once, cut in every way, gives what each gives alone in one piece. */
static void cuts_and_company_change_nothing(void **state)
{
	static const size_t cuts[] = { 1, 3, 63, 64, 65, 1000, 4096 };
	uint8_t data[4096];
	struct mun_digests want, got;
	struct mun_err e;

	(void)state;
	mun_test_pattern(data, sizeof(data), 1);
	for (int a = 0; a < MUN_DIGEST_N; a++) {
		struct mun_digests one;

		assert_int_equal(mun_digest_memory(MUN_DIGEST_BIT(a), data,
						   sizeof(data), &one, &e),
				 0);
		want.of[a] = one.of[a];
	}
	for (size_t i = 0; i < MUN_COUNT(cuts); i++) {
		mun_auto(hasher) *h = NULL;

		assert_int_equal(mun_hasher_new(MUN_DIGEST_ALL, &h, &e), 0);
		for (size_t at = 0; at < sizeof(data); at += cuts[i]) {
			size_t n = MUN_MIN(cuts[i], sizeof(data) - at);

			assert_int_equal(mun_hasher_update(h, data + at, n, &e),
					 0);
		}
		memset(&got, 0, sizeof(got));
		assert_int_equal(mun_hasher_final(h, &got, &e), 0);
		for (int a = 0; a < MUN_DIGEST_N; a++)
			assert_true(mun_digest_equal(&got.of[a], &want.of[a]));
	}
}

static void every_algorithm_has_its_own_names(void **state)
{
	struct mun_err e;

	(void)state;
	for (int a = 0; a < MUN_DIGEST_N; a++) {
		const enum mun_digest_alg alg = (enum mun_digest_alg)a;
		const char *const names[] = { mun_digest_name(alg),
					      mun_digest_title(alg),
					      mun_digest_ocfl_name(alg) };
		enum mun_digest_alg found;

		assert_true(mun_digest_bytes(alg) <= MUN_DIGEST_MAX);
		for (size_t i = 0; i < MUN_COUNT(names); i++) {
			if (!names[i]) {
				assert_int_equal(alg, MUN_CRC32);
				continue;
			}
			assert_int_equal(
				mun_digest_from_name(names[i], &found, &e), 0);
			assert_int_equal(found, alg);
		}
	}
}

static void sets_are_parsed_and_unknown_names_named(void **state)
{
	static const struct {
		const char *text;
		unsigned int set; /* 0: refused */
		const char *blamed;
	} cases[] = {
		{ "sha256", MUN_DIGEST_BIT(MUN_SHA256), NULL },
		{ " MD5 , SHA-512/256 ",
		  MUN_DIGEST_BIT(MUN_MD5) | MUN_DIGEST_BIT(MUN_SHA512_256),
		  NULL },
		{ "md5,md5", MUN_DIGEST_BIT(MUN_MD5), NULL },
		{ "", 0, "''" },
		{ "md5,", 0, "''" },
		{ "md5 sha1", 0, "'md5 sha1'" },
		{ "md5,sha3", 0, "'sha3'" },
		{ "sha25", 0, "'sha25'" },
		{ "sha2566", 0, "'sha2566'" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		unsigned int set = 12345;
		struct mun_err e;
		int rc = mun_digest_set_parse(cases[i].text, &set, &e);

		assert_int_equal(rc, cases[i].set ? 0 : MUN_EINVAL);
		assert_int_equal(set, cases[i].set ? cases[i].set : 12345);
		if (rc)
			assert_non_null(
				strstr(e.lines[0].text, cases[i].blamed));
	}
}

/* core is below us and has a list of its own. */
static void the_configuration_knows_the_same_names(void **state)
{
	static const char *const others[] = {
		"sha3-256", "sha224", "adler32", "sha384", "sha512_256",
		"sha",      "crc",    "blake2b", ""
	};
	const struct mun_conf_key *key = mun_conf_keys;
	struct mun_err e;

	(void)state;
	while (key->name && strcmp(key->name, "digests") != 0)
		key++;
	assert_non_null(key->name);
	for (int a = 0; a < MUN_DIGEST_N; a++)
		assert_int_equal(
			key->check(mun_digest_name((enum mun_digest_alg)a), &e),
			0);
	for (size_t i = 0; i < MUN_COUNT(others); i++) {
		unsigned int set;

		assert_int_equal(key->check(others[i], &e), MUN_EINVAL);
		assert_int_equal(mun_digest_set_parse(others[i], &set, &e),
				 MUN_EINVAL);
	}
	assert_int_equal(key->check(key->fallback, &e), 0);
}

static void hex_of_another_length_or_kind_is_refused(void **state)
{
	static const char *const bad[] = { "",         "cbf4392",  "cbf439260",
					   "cbf4392g", " bf43926", "0xf43926" };
	struct mun_digest d = { .len = 99 };
	char hex[MUN_DIGEST_HEX];
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(bad); i++) {
		assert_int_equal(mun_digest_parse(MUN_CRC32, bad[i], &d, &e),
				 MUN_EINVAL);
		assert_int_equal(d.len, 99);
	}
	assert_int_equal(mun_digest_parse(MUN_CRC32, "CBF43926", &d, &e), 0);
	mun_digest_hex(&d, hex);
	assert_string_equal(hex, "cbf43926");
}

static void absent_values_equal_nothing(void **state)
{
	const struct mun_digest none = { 0 };
	struct mun_digest a = { .bytes = { 1, 2, 3, 4 }, .len = 4 };
	struct mun_digest b = a;
	char hex[MUN_DIGEST_HEX] = "x";

	(void)state;
	assert_true(mun_digest_equal(&a, &b));
	b.bytes[3]++;
	assert_false(mun_digest_equal(&a, &b));
	b = a;
	b.len = 3;
	assert_false(mun_digest_equal(&a, &b));
	assert_false(mun_digest_equal(&none, &none));
	mun_digest_hex(&none, hex);
	assert_string_equal(hex, "");
}

static void empty_and_unknown_sets_are_refused(void **state)
{
	static const unsigned int bad[] = { 0, MUN_DIGEST_BIT(MUN_DIGEST_N),
					    ~0u };
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(bad); i++) {
		struct mun_hasher *h = NULL;

		assert_int_equal(mun_hasher_new(bad[i], &h, &e), MUN_EINVAL);
		assert_null(h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_those_of_the_standards),
		cmocka_unit_test(cuts_and_company_change_nothing),
		cmocka_unit_test(every_algorithm_has_its_own_names),
		cmocka_unit_test(sets_are_parsed_and_unknown_names_named),
		cmocka_unit_test(the_configuration_knows_the_same_names),
		cmocka_unit_test(hex_of_another_length_or_kind_is_refused),
		cmocka_unit_test(absent_values_equal_nothing),
		cmocka_unit_test(empty_and_unknown_sets_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
