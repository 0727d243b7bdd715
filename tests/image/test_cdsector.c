/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_cdsector.c - times, EDC and ECC of one sector of a CD */
#include "core/bytes.h"
#include "core/check.h"
#include "image/cdsector.h"
#include "tests/image/make_disc.h"
#include "tests/support/support.h"

#include <zlib.h>

/* The specification, bit by bit: x^32 + x^31 + x^16 + x^15 + x^4 + x^3 + x + 1,
 * bit 0 of each byte first. */
static uint32_t slow_edc(const uint8_t *p, size_t len)
{
	uint32_t edc = 0;

	for (size_t i = 0; i < 8 * len; i++) {
		uint32_t in = p[i / 8];

		in = in >> i % 8 & 1;
		edc = edc >> 1 ^ ((edc ^ in) & 1 ? UINT32_C(0xd8018001) : 0);
	}
	return edc;
}

static void the_sum_is_that_of_the_specification(void **state)
{
	uint8_t data[2100];

	(void)state;
	mun_test_pattern(data, sizeof(data), 1);
	for (size_t len = 0; len < 70; len++)
		assert_int_equal(mun_cd_edc(0, data, len), slow_edc(data, len));
	assert_int_equal(mun_cd_edc(0, data, 2064), slow_edc(data, 2064));
	/* In pieces as in one. */
	assert_int_equal(mun_cd_edc(mun_cd_edc(0, data, 13), data + 13, 2000),
			 slow_edc(data, 2013));
}

/* The first sector of a disc that others made: 2048 zeros at 00:02:00. */
static void a_sector_is_what_others_write(void **state)
{
	static const uint8_t edc[4] = { 0xc5, 0x13, 0x68, 0x2b };
	uint8_t sector[2352] = { 0 };

	(void)state;
	mun_cd_make_mode1(sector, 0);
	assert_memory_equal(sector + 2064, edc, sizeof(edc));
	assert_int_equal(crc32(0, sector, sizeof(sector)), 0xd12ad343);
	assert_memory_equal(sector + 12, "\0\2\0\1", 4);
	assert_true(mun_cd_ecc_good(sector));
}

/* Product and sum in GF(2^8) over x^8 + x^4 + x^3 + x^2 + 1. */
static uint8_t times(uint8_t a, uint8_t b)
{
	unsigned int product = 0;

	for (unsigned int i = 0; i < 8; i++)
		if (b >> i & 1)
			product ^= (unsigned int)a << i;
	for (unsigned int i = 15; i >= 8; i--)
		if (product >> i & 1)
			product ^= 0x11du << (i - 8);
	return (uint8_t)product;
}

/* Both syndromes of a codeword of annex A are zero. */
static bool is_codeword(const uint8_t *word, size_t n)
{
	uint8_t s0 = 0;
	uint8_t s1 = 0;

	for (size_t i = 0; i < n; i++) {
		s0 ^= word[i];
		s1 = times(s1, 2) ^ word[i];
	}
	return !s0 && !s1;
}

static void parity_makes_every_vector_a_codeword(void **state)
{
	uint8_t sector[2352];
	const uint8_t *body = sector + 12;

	(void)state;
	make_cd_mode1(sector, 12345, 7);
	for (size_t np = 0; np < 86; np++) {
		uint8_t word[26];

		for (size_t mp = 0; mp < 26; mp++)
			word[mp] = body[np + 86 * mp];
		assert_true(is_codeword(word, sizeof(word)));
	}
	for (size_t nq = 0; nq < 26; nq++) {
		for (size_t byte = 0; byte < 2; byte++) {
			uint8_t word[45];

			for (size_t mq = 0; mq < 43; mq++)
				word[mq] =
					body[2 * ((44 * mq + 43 * nq) % 1118) +
					     byte];
			word[43] = body[2236 + 2 * nq + byte];
			word[44] = body[2236 + 52 + 2 * nq + byte];
			assert_true(is_codeword(word, sizeof(word)));
		}
	}
}

static void every_changed_byte_is_noticed(void **state)
{
	uint8_t sector[2352];

	(void)state;
	make_cd_mode1(sector, 16, 3);
	assert_int_equal(mun_cd_check_mode1(sector), MUN_CD_GOOD);
	for (size_t i = 0; i < 2352; i++) {
		sector[i] ^= 0x41;
		if (i < 2068)
			assert_int_equal(mun_cd_check_mode1(sector),
					 MUN_CD_BAD);
		else
			assert_int_equal(mun_cd_check_mode1(sector),
					 MUN_CD_GOOD);
		if (i >= 12)
			assert_false(mun_cd_ecc_good(sector));
		sector[i] ^= 0x41;
	}
}

static void both_forms_of_mode_2_are_checked(void **state)
{
	uint8_t one[2352];
	uint8_t two[2352];

	(void)state;
	make_cd_form1(one, 200, 4);
	make_cd_form2(two, 201, 5);
	assert_true(mun_cd_ecc_good(one));
	assert_int_equal(mun_cd_check_mode2(one, true), MUN_CD_GOOD);
	assert_int_equal(mun_cd_check_mode2(two, true), MUN_CD_GOOD);
	assert_int_equal(mun_cd_check_forms(two + 16, true), MUN_CD_GOOD);
	one[100] ^= 1;
	two[100] ^= 1;
	assert_int_equal(mun_cd_check_mode2(one, true), MUN_CD_BAD);
	assert_int_equal(mun_cd_check_mode2(two, true), MUN_CD_BAD);
	/* An EDC of zero is none. */
	memset(two + 2348, 0, 4);
	assert_int_equal(mun_cd_check_mode2(two, true), MUN_CD_UNCHECKED);
	/* Without subheaders nothing can be said. */
	assert_int_equal(mun_cd_check_mode2(one, false), MUN_CD_UNCHECKED);
	one[0] = 1;
	assert_int_equal(mun_cd_check_mode2(one, false), MUN_CD_BAD);
}

static void an_empty_sector_is_good_if_it_is_empty(void **state)
{
	uint8_t sector[2352] = { 0 };

	(void)state;
	mun_cd_make_mode1(sector, 5);
	memset(sector + 16, 0, 2336);
	sector[15] = 0;
	assert_int_equal(mun_cd_check_mode1(sector), MUN_CD_GOOD);
	assert_int_equal(mun_cd_check_mode2(sector, true), MUN_CD_GOOD);
	sector[2351] = 1;
	assert_int_equal(mun_cd_check_mode1(sector), MUN_CD_BAD);
}

static void times_are_read_and_refused(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t sectors;
	} cases[] = {
		{ "00:00:00", true, 0 },
		{ "00:02:00", true, 150 },
		{ "0:0:74", true, 74 },
		{ "99:59:74", true, 449999 },
		{ "999:59:74", true, 4499999 },
		{ "1000:00:00", false, 0 },
		{ "00:60:00", false, 0 },
		{ "00:00:75", false, 0 },
		{ "00:00", false, 0 },
		{ ":00:00", false, 0 },
		{ "", false, 0 },
		{ "-1:00:00", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		const char *at = cases[i].text;
		uint64_t sectors = 0;

		assert_int_equal(mun_cd_parse_msf(&at, &sectors),
				 cases[i].good);
		if (cases[i].good)
			assert_int_equal(sectors, cases[i].sectors);
	}
	assert_int_equal(mun_cd_msf(449999).minute, 99);
	assert_int_equal(mun_cd_msf(449999).second, 59);
	assert_int_equal(mun_cd_msf(449999).frame, 74);
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(mun_cd_from_bcd(mun_cd_to_bcd(i)), i);
	assert_true(mun_cd_is_bcd(0x99));
	assert_false(mun_cd_is_bcd(0x9a));
	assert_false(mun_cd_is_bcd(0xa0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sum_is_that_of_the_specification),
		cmocka_unit_test(a_sector_is_what_others_write),
		cmocka_unit_test(parity_makes_every_vector_a_codeword),
		cmocka_unit_test(every_changed_byte_is_noticed),
		cmocka_unit_test(both_forms_of_mode_2_are_checked),
		cmocka_unit_test(an_empty_sector_is_good_if_it_is_empty),
		cmocka_unit_test(times_are_read_and_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
