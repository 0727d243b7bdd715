/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_sha256_x2.c - two at a time against OpenSSL, one by one */
#include "fixity/sha256_x2.h"

#include <stdio.h>

#include "fixity/digest.h"
#include "tests/support/support.h"

static void openssl(const uint8_t *data, size_t len, uint8_t out[32])
{
	struct mun_digests d;
	struct mun_err e;

	assert_int_equal(mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), data,
					   len, &d, &e),
			 0);
	memcpy(out, d.of[MUN_SHA256].bytes, 32);
}

static void compare(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t want_a[32], want_b[32], got_a[32], got_b[32];

	openssl(a, len, want_a);
	openssl(b, len, want_b);
	assert_true(mun_sha256_x2(a, b, len, got_a, got_b));
	assert_memory_equal(got_a, want_a, 32);
	assert_memory_equal(got_b, want_b, 32);
}

/* Every length around the block's 64 bytes, and at every alignment. */
static void every_short_length_is_as_openssl_says(void **state)
{
	uint8_t data[1024];

	(void)state;
	mun_test_pattern(data, sizeof(data), 7);
	for (size_t len = 0; len <= 300; len++)
		compare(data + len % 17, data + 512 + len % 13, len);
}

static void long_messages_are_as_openssl_says(void **state)
{
	const size_t room = (size_t)1 << 18;
	uint8_t *data = malloc(2 * room);

	(void)state;
	assert_non_null(data);
	for (uint64_t seed = 0; seed < 40; seed++) {
		size_t len = room - (size_t)seed * 1021;

		mun_test_pattern(data, 2 * room, seed);
		compare(data, data + room, len);
	}
	compare(data, data + 16384, 16384);
	free(data);
}

/* As the tree does it: a level of nodes is hashed onto itself. */
static void outputs_may_lie_in_the_messages(void **state)
{
	uint8_t data[128];
	uint8_t want_a[32], want_b[32];

	(void)state;
	mun_test_pattern(data, sizeof(data), 3);
	openssl(data, 64, want_a);
	openssl(data + 64, 64, want_b);
	assert_true(mun_sha256_x2(data, data + 64, 64, data, data + 32));
	assert_memory_equal(data, want_a, 32);
	assert_memory_equal(data + 32, want_b, 32);
}

static void switched_off_it_declines_and_writes_nothing(void **state)
{
	uint8_t a[32] = "a", b[32] = "b";

	(void)state;
	mun_sha256_x2_allow(false);
	assert_false(mun_sha256_x2("x", "y", 1, a, b));
	mun_sha256_x2_allow(true);
	assert_string_equal((char *)a, "a");
	assert_string_equal((char *)b, "b");
	assert_true(mun_sha256_x2("x", "y", 1, a, b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_short_length_is_as_openssl_says),
		cmocka_unit_test(long_messages_are_as_openssl_says),
		cmocka_unit_test(outputs_may_lie_in_the_messages),
		cmocka_unit_test(switched_off_it_declines_and_writes_nothing),
	};
	uint8_t a[32], b[32];

	if (!mun_sha256_x2("", "", 0, a, b)) {
		(void)puts("skipped: no SHA instructions on this processor");
		return MUN_TEST_SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
