/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_disc_regular.c - sectors that can be made again, and others */
#include "image/disc_regular.h"

#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "image/cdsector.h"
#include "image/disc.h"
#include "tests/image/make_disc.h"
#include "tests/support/support.h"

#define RAW 2352u
#define SECTORS 1000u /* more than are read at once */

static uint8_t *bin;

static int setup(void **state)
{
	(void)state;
	bin = malloc((size_t)SECTORS * RAW);
	assert_non_null(bin);
	for (size_t i = 0; i < SECTORS; i++)
		make_cd_mode1(bin + i * RAW, i, i + 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(bin);
	return 0;
}

static bool is_regular(const char *sheet, const uint8_t *from, size_t sectors)
{
	struct opened o;
	struct mun_err e;
	struct box b;
	bool one = false;
	bool two = true;

	box_init(&b);
	box_add(&b, "a.bin", from, sectors * RAW);
	o = box_open_text(&b, NULL, "x.cue", sheet);
	assert_int_equal(mun_disc_is_regular(o.img, &one, &e), 0);
	/* What was found is kept. */
	assert_int_not_equal(o.img->disc->regular, MUN_DISC_NOT_LOOKED);
	assert_int_equal(mun_disc_is_regular(o.img, &two, &e), 0);
	assert_int_equal(one, two);
	box_close(&o);
	return one;
}

static const char plain[] = "FILE \"a.bin\" BINARY\n"
			    "  TRACK 01 MODE1/2352\n"
			    "    INDEX 01 00:00:00\n";

static void sectors_as_they_are_made_are(void **state)
{
	(void)state;
	assert_true(is_regular(plain, bin, SECTORS));
	assert_true(is_regular(plain, bin, 1));
}

/* Each part of a sector but its data tells something of its own, then. */
static void one_bit_beside_the_data_is_enough(void **state)
{
	static const struct {
		size_t sector, byte;
	} places[] = {
		{ 0, 0 }, /* sync */
		{ 447, 11 },
		{ 448, 12 }, /* time */
		{ 1, 14 },
		{ 2, 15 }, /* mode */
		{ 3, 2064 }, /* EDC */
		{ 4, 2067 },
		{ 5, 2068 }, /* zeros */
		{ 6, 2075 },
		{ 7, 2076 }, /* P */
		{ 8, 2248 }, /* Q */
		{ SECTORS - 1, 2351 },
		{ 9, 1000 }, /* data, which EDC and ECC are not of */
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(places); i++) {
		uint8_t *at = bin + places[i].sector * RAW + places[i].byte;

		*at ^= 0x10;
		if (is_regular(plain, bin, SECTORS))
			fail_msg("sector %zu, byte %zu", places[i].sector,
				 places[i].byte);
		*at ^= 0x10;
	}
}

static void the_time_is_that_of_the_place(void **state)
{
	(void)state;
	/* Well made, and from elsewhere. */
	assert_false(is_regular(plain, bin + RAW, SECTORS - 1));
}

static void a_stored_pregap_is_not_looked_at(void **state)
{
	static const char sheet[] = "FILE \"a.bin\" BINARY\n"
				    "  TRACK 01 MODE1/2352\n"
				    "    INDEX 00 00:00:00\n"
				    "    INDEX 01 00:02:00\n";

	(void)state;
	bin[10 * RAW + 20] ^= 1;
	assert_true(is_regular(sheet, bin, SECTORS));
	bin[200 * RAW + 20] ^= 1;
	assert_false(is_regular(sheet, bin, SECTORS));
}

static void other_tracks_are_not(void **state)
{
	static const char *const sheets[] = {
		"FILE \"a.bin\" BINARY\n"
		"  TRACK 01 MODE2/2352\n"
		"    INDEX 01 00:00:00\n",
		"FILE \"a.bin\" BINARY\n"
		"  TRACK 01 AUDIO\n"
		"    INDEX 01 00:00:00\n",
		"FILE \"a.bin\" BINARY\n"
		"  TRACK 01 MODE1/2352\n"
		"    INDEX 01 00:00:00\n"
		"  TRACK 02 MODE1/2352\n"
		"    INDEX 01 00:04:00\n",
	};
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(sheets); i++) {
		struct opened o;
		struct box b;
		bool is = true;

		box_init(&b);
		box_add(&b, "a.bin", bin, (size_t)SECTORS * RAW);
		o = box_open_text(&b, NULL, "x.cue", sheets[i]);
		assert_int_equal(mun_disc_is_regular(o.img, &is, &e), 0);
		assert_false(is);
		box_close(&o);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(sectors_as_they_are_made_are),
		TEST(one_bit_beside_the_data_is_enough),
		TEST(the_time_is_that_of_the_place),
		TEST(a_stored_pregap_is_not_looked_at),
		TEST(other_tracks_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
