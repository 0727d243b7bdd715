/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_cdecc.c - sectors of a CD mended by their own parity */
#include "core/check.h"
#include "image/cdecc.h"
#include "image/cdsector.h"
#include "tests/support/support.h"

#define LBA 12345
#define TRIALS 25u

struct sector {
	uint8_t good[2352];
	uint8_t work[2352];
	unsigned int mode;
};

static struct sector make(unsigned int mode, uint64_t seed)
{
	struct sector s = { .mode = mode };

	mun_test_pattern(s.good, sizeof(s.good), seed);
	if (mode == 1) {
		mun_cd_make_mode1(s.good, LBA);
	} else {
		memcpy(s.good + 16, "\1\2\x08\0\1\2\x08\0", 8);
		mun_cd_make_form1(s.good, LBA);
	}
	memcpy(s.work, s.good, sizeof(s.work));
	return s;
}

static bool mend(struct sector *s)
{
	return mun_cd_mend(s->work, s->mode, LBA);
}

static bool is_good(const struct sector *s)
{
	return memcmp(s->work, s->good, sizeof(s->work)) == 0;
}

/* Any byte that the EDC covers; of Mode 2 from the subheader on. */
static void one_wrong_byte_is_mended_wherever_it_is(void **state)
{
	(void)state;
	for (unsigned int mode = 1; mode <= 2; mode++) {
		struct sector s = make(mode, mode);
		size_t first = mode == 1 ? 12 : 16;
		size_t end = mode == 1 ? 2068 : 2076;

		for (size_t at = first; at < end; at++) {
			uint8_t by = (uint8_t)(1 + at % 255);

			s.work[at] ^= by;
			assert_true(mend(&s));
			assert_true(is_good(&s));
		}
	}
}

static uint64_t draw(uint64_t *seed)
{
	uint8_t bytes[8];
	uint64_t v;

	mun_test_pattern(bytes, sizeof(bytes), (*seed)++);
	memcpy(&v, bytes, sizeof(v));
	return v;
}

static void wreck(struct sector *s, unsigned int n, uint64_t *seed)
{
	memcpy(s->work, s->good, sizeof(s->work));
	for (unsigned int i = 0; i < n; i++)
		s->work[16 + draw(seed) % 2336] ^=
			(uint8_t)(1 + draw(seed) % 255);
}

/* Whatever comes back as mended is the sector; and few errors always are. */
static void scattered_bytes_are_mended_and_never_wrongly(void **state)
{
	static const unsigned int counts[] = { 2, 5, 10, 20, 40, 400 };
	unsigned int mended[MUN_COUNT(counts)] = { 0 };
	struct sector s = make(1, 3);
	uint64_t seed = 4;

	(void)state;
	for (size_t k = 0; k < MUN_COUNT(counts); k++) {
		for (unsigned int i = 0; i < TRIALS; i++) {
			uint8_t before[2352];

			wreck(&s, counts[k], &seed);
			memcpy(before, s.work, sizeof(before));
			if (mun_cd_check_mode1(s.work) == MUN_CD_GOOD) {
				mended[k]++;
			} else if (mend(&s)) {
				mended[k]++;
				/* Parity may stay wrong; data may not. */
				assert_memory_equal(s.work, s.good, 2076);
			} else {
				assert_memory_equal(s.work, before,
						    sizeof(before));
			}
		}
	}
	for (size_t k = 0; k < 4; k++)
		assert_int_equal(mended[k], TRIALS);
	assert_in_range(mended[4], TRIALS - 4, TRIALS);
	assert_int_equal(mended[5], 0);
}

/* A scratch takes bytes that follow each other: of P one of each column. */
static void a_burst_is_mended(void **state)
{
	struct sector s = make(1, 5);

	(void)state;
	for (size_t at = 16; at + 80 <= 2064; at += 31) {
		memcpy(s.work, s.good, sizeof(s.work));
		for (size_t i = 0; i < 80; i++)
			s.work[at + i] ^= (uint8_t)(1 + (at + i * i) % 255);
		assert_true(mend(&s));
		assert_memory_equal(s.work, s.good, 2076);
	}
}

/* All of two columns: P is lost there, and Q is told by that which they are. */
static void two_columns_are_mended_as_erasures(void **state)
{
	struct sector s = make(1, 6);

	(void)state;
	for (size_t a = 0; a < 86; a += 7) {
		size_t b = (a + 2) % 86;

		memcpy(s.work, s.good, sizeof(s.work));
		for (size_t row = 0; row < 24; row++) {
			size_t at = 12 + row * 86;

			/* The header is to be found by other means. */
			if (row || a > 3)
				s.work[at + a] ^= 0x5a;
			if (row || b > 3)
				s.work[at + b] ^= (uint8_t)(row + 1);
		}
		assert_true(mend(&s));
		assert_memory_equal(s.work, s.good, 2076);
	}
}

static void another_place_is_not_believed(void **state)
{
	struct sector s = make(1, 7);
	uint8_t before[2352];

	(void)state;
	s.work[100] ^= 1;
	memcpy(before, s.work, sizeof(before));
	assert_false(mun_cd_mend(s.work, 1, LBA + 1));
	assert_memory_equal(s.work, before, sizeof(before));
	assert_false(mun_cd_mend(s.work, 2, LBA));
	assert_memory_equal(s.work, before, sizeof(before));
	assert_true(mun_cd_mend(s.work, 1, LBA));

	s = make(2, 8);
	s.work[100] ^= 1;
	s.work[12] ^= 1; /* which its parity does not cover */
	memcpy(before, s.work, sizeof(before));
	assert_false(mend(&s));
	assert_memory_equal(s.work, before, sizeof(before));
}

static void noise_is_never_mended(void **state)
{
	struct sector s = { .mode = 1 };

	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		mun_test_pattern(s.work, sizeof(s.work), 100 + seed);
		memcpy(s.good, s.work, sizeof(s.work));
		s.mode = seed % 2 ? 1 : 2;
		assert_false(mend(&s));
		assert_true(is_good(&s));
	}
	/* Zeros are a code word, and no sector. */
	memset(s.work, 0, sizeof(s.work));
	assert_false(mend(&s));
}

static void headers_are_places(void **state)
{
	struct sector s = make(1, 9);

	(void)state;
	assert_true(mun_cd_header_fits(s.good, LBA));
	assert_false(mun_cd_header_fits(s.good, LBA - 1));
	assert_false(mun_cd_header_fits(s.good, -151));
	memset(s.good + 12, 0, 3);
	assert_true(mun_cd_header_fits(s.good, -150));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_wrong_byte_is_mended_wherever_it_is),
		cmocka_unit_test(scattered_bytes_are_mended_and_never_wrongly),
		cmocka_unit_test(a_burst_is_mended),
		cmocka_unit_test(two_columns_are_mended_as_erasures),
		cmocka_unit_test(another_place_is_not_believed),
		cmocka_unit_test(noise_is_never_mended),
		cmocka_unit_test(headers_are_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
