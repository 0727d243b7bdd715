/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/test_md5_many.c - many MD5s and CRCs against one by one */
#include "fixity/md5_many.h"

#include <stdio.h>
#include <zlib.h>

#include "core/check.h"
#include "fixity/digest.h"
#include "fixity/par2_crc.h"
#include "tests/support/support.h"

static const char *const ways[] = { "avx512", "avx2", "openssl" };

#define MOST 35u
#define STRIDE 520u

static void openssl(const uint8_t *data, size_t len, uint8_t out[16])
{
	struct mun_digests d;
	struct mun_err e;

	assert_int_equal(
		mun_digest_memory(MUN_DIGEST_BIT(MUN_MD5), data, len, &d, &e),
		0);
	memcpy(out, d.of[MUN_MD5].bytes, 16);
}

/* @count messages of @len bytes, the first @cut of them given before. */
static void compare(size_t count, size_t len, size_t cut)
{
	static uint8_t data[MOST * STRIDE];
	uint8_t got[MOST][MUN_MD5_BYTES];
	uint8_t want[MUN_MD5_BYTES];
	mun_auto(md5_many) *m = NULL;
	struct mun_err e;

	mun_test_pattern(data, sizeof(data), len);
	assert_int_equal(mun_md5_many_new(MOST, &m, &e), 0);
	/* Twice: a message that has ended begins anew. */
	for (int again = 0; again < 2; again++) {
		memset(got, 0, sizeof(got));
		assert_int_equal(mun_md5_many_update(m, MOST - count, count,
						     data, STRIDE, cut, &e),
				 0);
		assert_int_equal(mun_md5_many_final(m, MOST - count, count,
						    data + cut, STRIDE,
						    len - cut, got, &e),
				 0);
		for (size_t i = 0; i < count; i++) {
			openssl(data + i * STRIDE, len, want);
			assert_memory_equal(got[i], want, sizeof(want));
		}
	}
}

static void every_way_gives_what_openssl_gives(void **state)
{
	unsigned int ran = 0;

	(void)state;
	for (size_t w = 0; w < MUN_COUNT(ways); w++) {
		if (!mun_md5_many_use(ways[w]))
			continue;
		ran++;
		for (size_t len = 0; len <= 260; len++)
			compare(1 + len % MOST, len, len / 128 * 64);
		for (size_t count = 1; count <= MOST; count++)
			compare(count, 512, 64 * (count % 9));
	}
	assert_true(mun_md5_many_use(NULL));
	print_message("%u ways\n", ran);
	assert_true(ran >= 1);
}

static void half_a_block_in_the_middle_is_refused(void **state)
{
	mun_auto(md5_many) *m = NULL;
	uint8_t data[64] = { 0 };
	struct mun_err e;

	(void)state;
	assert_int_equal(mun_md5_many_new(1, &m, &e), 0);
	assert_int_equal(mun_md5_many_update(m, 0, 1, data, 0, 63, &e),
			 MUN_EINVAL);
	assert_false(mun_md5_many_use("abacus"));
}

static void the_crc_is_that_of_zlib(void **state)
{
	static uint8_t data[5000];

	(void)state;
	mun_test_pattern(data, sizeof(data), 9);
	for (size_t len = 0; len < 700; len++) {
		for (size_t off = 0; off < 17; off += 4)
			assert_int_equal(mun_par2_crc(0, data + off, len),
					 crc32_z(0, data + off, len));
	}
	for (size_t cut = 0; cut <= sizeof(data); cut += 37) {
		uint32_t crc = mun_par2_crc(0, data, cut);

		crc = mun_par2_crc(crc, data + cut, sizeof(data) - cut);
		assert_int_equal(crc, crc32_z(0, data, sizeof(data)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_gives_what_openssl_gives),
		cmocka_unit_test(half_a_block_in_the_middle_is_refused),
		cmocka_unit_test(the_crc_is_that_of_zlib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
