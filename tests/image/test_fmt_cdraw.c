/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/test_fmt_cdraw.c - sectors of a CD without a sheet */
#include "core/bytes.h"
#include "core/check.h"
#include "image/cdtext.h"
#include "image/disc.h"
#include "tests/image/make_disc.h"
#include "tests/image/mutate.h"
#include "tests/support/support.h"

#define RAW MUN_CD_RAW
#define SUBBED 2448u

static void sectors_of_mode_1_are_one_track(void **state)
{
	uint8_t bin[20 * RAW];
	struct opened o;
	uint8_t *view;

	(void)state;
	for (uint64_t i = 0; i < 20; i++)
		make_cd_mode1(bin + i * RAW, 300 + i, i);
	o = box_open(NULL, NULL, "x.bin", bin, sizeof(bin));
	assert_string_equal(o.img->format->name, "cdraw");
	assert_non_null(strstr(o.img->note, "there is no sheet"));
	assert_int_equal(o.img->tracks[0].start, 300);
	assert_int_equal(o.img->bytes, 20 * 2048);
	view = box_view(&o, MUN_VIEW_CONTENT);
	for (size_t i = 0; i < 20; i++)
		assert_memory_equal(view + i * 2048, bin + i * RAW + 16, 2048);
	free(view);
	box_close(&o);
}

static void mode_2_stays_whole_and_is_checked(void **state)
{
	uint8_t bin[6 * RAW];
	struct opened o;

	(void)state;
	for (uint64_t i = 0; i < 6; i++) {
		if (i % 2)
			make_cd_form2(bin + i * RAW, i, i);
		else
			make_cd_form1(bin + i * RAW, i, i);
	}
	bin[4 * RAW + 1000] ^= 1;
	o = box_open(NULL, NULL, "x.bin", bin, sizeof(bin));
	assert_int_equal(o.img->tracks[0].mode, MUN_TRACK_MODE2);
	assert_int_equal(o.img->bytes, sizeof(bin));
	assert_int_equal(box_extent(&o, MUN_VIEW_CONTENT, 0).bytes, 4 * RAW);
	assert_int_equal(box_extent(&o, MUN_VIEW_CONTENT, 4 * RAW).kind,
			 MUN_EXTENT_DOUBTFUL);
	assert_int_equal(box_extent(&o, MUN_VIEW_CONTENT, 5 * RAW).kind,
			 MUN_EXTENT_DATA);
	box_close(&o);
}

static void what_does_not_synchronise_at_the_end_is_audio(void **state)
{
	for (uint64_t data = 2; data < 9; data++) {
		uint8_t bin[10 * RAW];
		struct opened o;

		for (uint64_t i = 0; i < 10; i++) {
			if (i < data)
				make_cd_mode1(bin + i * RAW, i, i);
			else
				make_cd_audio(bin + i * RAW, i);
		}
		o = box_open(NULL, NULL, "x.bin", bin, sizeof(bin));
		assert_int_equal(o.img->ntracks, 2);
		assert_int_equal(o.img->tracks[0].sectors, data);
		assert_int_equal(o.img->tracks[1].mode, MUN_TRACK_AUDIO);
		assert_int_equal(o.img->tracks[1].sectors, 10 - data);
		assert_int_equal(box_extent(&o, MUN_VIEW_RAW, 9 * RAW).kind,
				 MUN_EXTENT_DATA);
		box_close(&o);
	}
	(void)state;
}

/* Q of ADR 1 with its CRC, as bits or as bytes. */
static void put_q(uint8_t sub[96], bool plain)
{
	uint8_t pack[16] = { 0 };
	uint8_t q[12] = { 0x41, 1, 1, 0, 0, 0, 0, 0, 2, 0 };
	uint16_t crc;

	memcpy(pack + 6, q, 10);
	crc = mun_cdtext_crc(pack);
	q[10] = (uint8_t)(crc >> 8);
	q[11] = (uint8_t)crc;
	memset(sub, 0, 96);
	if (plain)
		memcpy(sub + 12, q, 12);
	for (size_t i = 0; i < 96 && !plain; i++)
		sub[i] = q[i / 8] >> (7 - i % 8) & 1 ? 0x40 : 0;
}

static void the_order_of_sub_channel_shows_in_its_crc(void **state)
{
	(void)state;
	for (int plain = 0; plain < 2; plain++) {
		uint8_t bin[2 * SUBBED];
		struct opened o;
		uint8_t *view;

		for (uint64_t i = 0; i < 2; i++) {
			make_cd_mode1(bin + i * SUBBED, i, i);
			put_q(bin + i * SUBBED + RAW, plain);
		}
		o = box_open(NULL, NULL, "x.bin", bin, sizeof(bin));
		assert_int_equal(o.img->bytes, 2 * 2048);
		assert_int_equal(o.img->sub_bytes, 2 * 96);
		view = box_view(&o, MUN_VIEW_SUB);
		assert_memory_equal(view + 12, "\x41\1\1\0\0\0\0\0\2\0", 10);
		assert_int_equal(view[0], 0);
		free(view);
		box_close(&o);
		/* Without it nothing is guessed. */
		memset(bin + RAW, 0x55, 96);
		memset(bin + SUBBED + RAW, 0x55, 96);
		o = box_open(NULL, NULL, "x.bin", bin, sizeof(bin));
		assert_int_equal(o.img->sub_bytes, 0);
		assert_string_not_equal(box_fact(&o, "sub-channel"), "");
		box_close(&o);
	}
}

static void other_bytes_are_no_sectors(void **state)
{
	uint8_t bin[3 * RAW];
	char text[1024];

	(void)state;
	for (uint64_t i = 0; i < 3; i++)
		make_cd_mode1(bin + i * RAW, i, i);
	bin[RAW + 14] = 9; /* the frames do not count up */
	assert_int_equal(
		box_fails(NULL, "cdraw", "x.bin", bin, sizeof(bin), text),
		MUN_ECORRUPT);
	bin[RAW + 14] = 1;
	bin[0] = 1;
	assert_int_equal(
		box_fails(NULL, "cdraw", "x.bin", bin, sizeof(bin), text),
		MUN_ECORRUPT);
}

static void one_thing_wrong_at_a_time(void **state)
{
	static const size_t bounds[] = { RAW, 2 * RAW, 3 * RAW };
	uint8_t bin[4 * RAW];
	struct mutate_set s = {
		.format = "cdraw",
		.image = bin,
		.bytes = sizeof(bin),
		.bounds = bounds,
		.nbounds = MUN_COUNT(bounds),
		.sweep = 32,
	};

	(void)state;
	for (uint64_t i = 0; i < 3; i++)
		make_cd_form1(bin + i * RAW, i, i);
	make_cd_audio(bin + 3 * RAW, 7);
	mutate_all(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sectors_of_mode_1_are_one_track),
		cmocka_unit_test(mode_2_stays_whole_and_is_checked),
		cmocka_unit_test(what_does_not_synchronise_at_the_end_is_audio),
		cmocka_unit_test(the_order_of_sub_channel_shows_in_its_crc),
		cmocka_unit_test(other_bytes_are_no_sectors),
		cmocka_unit_test(one_thing_wrong_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
