/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_optical_reader.c - the sectors of discs, good and bad */
#include "core/check.h"
#include "medium/optical_audio.h"
#include "tests/medium/optical_box.h"
#include "tests/support/support.h"

#include <errno.h>

struct box {
	struct mun_soft_drive *d;
	struct mun_optical *o;
	struct mun_reader *r;
	uint8_t data[32 * 2352];
	uint8_t states[32];
	struct mun_read_reply reply;
};

static struct box *box_of(struct mun_soft_disc *disc)
{
	struct box *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->d = mun_soft_drive_new(disc);
	b->o = box_open(b->d);
	b->r = box_reader(b->d, b->o);
	return b;
}

static void done(struct box *b)
{
	mun_reader_close(b->r);
	mun_optical_free(b->o);
	mun_transport_close(&b->d->transport);
	free(b);
}

/* @n sectors of the image from number @i on. */
static enum mun_reply_end get(struct box *b, uint64_t i, uint32_t n)
{
	uint32_t sector = b->r->sector_bytes;
	struct mun_err e;

	memset(b->data, 0xee, sizeof(b->data));
	memset(b->states, 0, sizeof(b->states));
	b->reply = (struct mun_read_reply){ .states = b->states };
	assert_int_equal(b->r->ops->read(b->r, b->data, (size_t)n * sector,
					 i * sector, &b->reply, &e),
			 0);
	return b->reply.end;
}

static void is_sector(const struct box *b, uint32_t i, int32_t lba)
{
	const uint8_t *want = box_sector(b->d, lba);
	size_t sector = b->r->sector_bytes;

	if (sector == 2048 && b->o->kind == MUN_OPTICAL_CD)
		want += 16;
	assert_memory_equal(b->data + i * sector, want, sector);
}

/* ---- data ---- */

static void good_sectors_are_the_discs(void **state)
{
	struct box *b = box_of(box_data(90));

	(void)state;
	assert_int_equal(b->r->bytes, 90 * 2048);
	assert_int_equal(b->r->sector_bytes, 2048);
	assert_int_equal(b->r->max_bytes, 20 * 2048);
	for (uint32_t i = 0; i < 90; i += 20) {
		uint32_t n = MUN_MIN(20u, 90 - i);

		assert_int_equal(get(b, i, n), MUN_REPLY_ALL);
		for (uint32_t k = 0; k < n; k++)
			is_sector(b, k, (int32_t)(i + k));
	}
	done(b);
}

static void a_request_must_be_of_sectors_that_are_there(void **state)
{
	struct box *b = box_of(box_data(30));
	struct mun_err e;

	(void)state;
	assert_int_equal(
		b->r->ops->read(b->r, b->data, 2048, 30 * 2048, &b->reply, &e),
		MUN_EINVAL);
	assert_int_equal(
		b->r->ops->read(b->r, b->data, 4096, 29 * 2048, &b->reply, &e),
		MUN_EINVAL);
	assert_int_equal(b->r->ops->read(b->r, b->data, 100, 0, &b->reply, &e),
			 MUN_EINVAL);
	assert_int_equal(b->r->ops->read(b->r, b->data, 2048, 5, &b->reply, &e),
			 MUN_EINVAL);
	done(b);
}

static void a_bad_sector_is_named(void **state)
{
	static const unsigned int quirks[] = { 0, MUN_SOFT_DESCRIPTOR,
					       MUN_SOFT_NO_INFO,
					       MUN_SOFT_NO_SENSE };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(quirks); i++) {
		struct box *b = box_of(box_data(60));

		mun_soft_fault(b->d, MUN_SOFT_BAD, 35, 36);
		b->d->quirks = quirks[i];
		assert_int_equal(get(b, 30, 10), MUN_REPLY_FAILED);
		assert_int_equal(b->reply.has_bad_off, i < 2);
		if (i < 2)
			assert_int_equal(b->reply.bad_off, 35 * 2048);
		if (i < 3) {
			assert_int_equal(b->reply.key, 3);
			assert_int_equal(b->reply.asc, 0x11);
			assert_int_equal(b->reply.ascq, 5);
		}
		assert_int_equal(get(b, 30, 5), MUN_REPLY_ALL);
		assert_int_equal(get(b, 37, 5), MUN_REPLY_ALL);
		done(b);
	}
}

static void a_sector_that_is_wrong_is_mended_or_doubted(void **state)
{
	static const struct {
		unsigned int bytes;
		uint8_t want;
	} cases[] = {
		{ 1, MUN_SECTOR_CORRECTED },
		{ 12, MUN_SECTOR_CORRECTED },
		{ 900, MUN_SECTOR_DOUBTFUL },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct box *b = box_of(box_data(60));
		struct mun_soft_fault *f =
			mun_soft_fault(b->d, MUN_SOFT_FLIP, 33, 33);

		f->times = cases[i].bytes;
		f->at = 16;
		assert_int_equal(get(b, 30, 8), MUN_REPLY_MIXED);
		for (uint32_t k = 0; k < 8; k++) {
			assert_int_equal(b->states[k],
					 k == 3 ? cases[i].want
						: MUN_SECTOR_GOOD);
			if (k != 3 || cases[i].want == MUN_SECTOR_CORRECTED)
				is_sector(b, k, (int32_t)(30 + k));
		}
		/* Who does not want parts gets none. */
		b->reply.states = NULL;
		(void)get(b, 30, 8);
		done(b);
	}
}

static void wrong_parity_alone_is_no_fault_of_the_data(void **state)
{
	struct box *b = box_of(box_data(40));

	(void)state;
	mun_soft_fault(b->d, MUN_SOFT_FLIP, 20, 20)->at = 2200;
	assert_int_equal(get(b, 20, 1), MUN_REPLY_ALL);
	is_sector(b, 0, 20);
	done(b);
}

static void mixed_replies_are_failures_to_who_does_not_want_them(void **state)
{
	struct box *b = box_of(box_data(40));
	struct mun_err e;

	(void)state;
	mun_soft_fault(b->d, MUN_SOFT_FLIP, 20, 20)->at = 100;
	assert_int_equal(
		b->r->ops->read(b->r, b->data, 2048, 20 * 2048, &b->reply, &e),
		0);
	assert_int_equal(b->reply.end, MUN_REPLY_FAILED);
	done(b);
}

/* A drive that gives the next sector in place of the one asked for. */
static void a_good_sector_of_another_place_is_doubted(void **state)
{
	struct box *b = box_of(box_data(60));

	(void)state;
	mun_soft_fault(b->d, MUN_SOFT_ELSEWHERE, 25, 25);
	assert_int_equal(get(b, 24, 3), MUN_REPLY_MIXED);
	assert_int_equal(b->states[0], MUN_SECTOR_GOOD);
	assert_int_equal(b->states[1], MUN_SECTOR_DOUBTFUL);
	assert_int_equal(b->states[2], MUN_SECTOR_GOOD);
	done(b);
}

static void a_reply_that_is_too_short_is_not_used(void **state)
{
	struct box *b = box_of(box_data(60));

	(void)state;
	b->d->quirks = MUN_SOFT_SHORT;
	assert_int_equal(get(b, 10, 4), MUN_REPLY_FAILED);
	assert_int_equal(b->reply.sys, EIO);
	assert_false(b->reply.has_bad_off);
	done(b);
}

static void what_the_drive_recovered_is_good(void **state)
{
	struct box *b = box_of(box_data(60));

	(void)state;
	mun_soft_fault(b->d, MUN_SOFT_RECOVERED, 12, 12);
	assert_int_equal(get(b, 10, 4), MUN_REPLY_ALL);
	is_sector(b, 2, 12);
	done(b);
}

static void other_failures_are_not_the_mediums(void **state)
{
	static const struct {
		enum mun_soft_fault_kind kind;
		uint8_t key;
		int sys;
	} cases[] = {
		{ MUN_SOFT_HARDWARE, 4, 0 },
		{ MUN_SOFT_HANG, 0, ETIMEDOUT },
		{ MUN_SOFT_SCRAMBLED, 5, 0 },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct box *b = box_of(box_data(60));

		mun_soft_fault(b->d, cases[i].kind, 20, 20);
		assert_int_equal(get(b, 18, 4), MUN_REPLY_FAILED);
		assert_int_equal(b->reply.key, cases[i].key);
		assert_int_equal(b->reply.sys, cases[i].sys);
		assert_false(b->reply.has_bad_off);
		done(b);
	}
}

static void a_drive_without_raw_sectors_reads_2048_bytes(void **state)
{
	struct mun_soft_drive *d = mun_soft_drive_new(box_data(60));
	struct box *b = calloc(1, sizeof(*b));

	(void)state;
	assert_non_null(b);
	d->quirks = MUN_SOFT_NO_READ_CD;
	b->d = d;
	b->o = box_open(d);
	b->r = box_reader(d, b->o);
	mun_soft_fault(d, MUN_SOFT_BAD, 45, 45);
	assert_int_equal(get(b, 0, 32), MUN_REPLY_ALL);
	for (uint32_t i = 0; i < 32; i++)
		is_sector(b, i, (int32_t)i);
	assert_int_equal(get(b, 40, 8), MUN_REPLY_FAILED);
	assert_int_equal(b->reply.bad_off, 45 * 2048);
	done(b);
}

static void dvd_sectors_are_as_the_drive_gives_them(void **state)
{
	static uint8_t data[70 * 2048];
	struct box *b;

	(void)state;
	mun_test_pattern(data, sizeof(data), 11);
	b = box_of(mun_soft_disc_iso(data, sizeof(data), 0x0010));
	mun_soft_fault(b->d, MUN_SOFT_SCRAMBLED, 50, 60);
	assert_int_equal(get(b, 10, 32), MUN_REPLY_ALL);
	assert_memory_equal(b->data, data + (size_t)10 * 2048, 32 * 2048);
	assert_int_equal(get(b, 45, 10), MUN_REPLY_FAILED);
	assert_int_equal(b->reply.key, 5);
	assert_int_equal(b->reply.asc, 0x6f);
	done(b);
}

/* ---- whole discs ---- */

static void reads_whole(struct box *b)
{
	uint64_t n = b->r->bytes / b->r->sector_bytes;

	for (uint64_t i = 0; i < n; i += 20) {
		uint32_t part = (uint32_t)MUN_MIN((uint64_t)20, n - i);

		assert_int_equal(get(b, i, part), MUN_REPLY_ALL);
		for (uint32_t k = 0; k < part; k++)
			is_sector(b, k, mun_optical_lba(b->o, (i + k) * 2352));
	}
}

static void discs_of_several_kinds_are_read_to_the_last_byte(void **state)
{
	struct mun_soft_disc *(*const makers[])(
		void) = { box_mixed, box_enhanced, box_audio };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(makers); i++) {
		for (unsigned int strict = 0; strict < 2; strict++) {
			struct box *b = box_of(makers[i]());

			b->d->quirks = strict ? MUN_SOFT_STRICT : 0;
			reads_whole(b);
			/* None of those that no disc has. */
			assert_int_equal(b->d->failed_reads, 0);
			done(b);
		}
	}
}

static void backwards_it_is_the_same(void **state)
{
	struct box *b = box_of(box_mixed());

	(void)state;
	for (uint64_t i = BOX_MIXED_END; i > 0;) {
		uint32_t n = (uint32_t)MUN_MIN(i, (uint64_t)17);

		i -= n;
		assert_int_equal(get(b, i, n), MUN_REPLY_ALL);
		for (uint32_t k = 0; k < n; k++)
			is_sector(b, k, (int32_t)(i + k));
		b->d->jitter = 500;
	}
	done(b);
}

/* Data before the first track of an audio disc (CD-i Ready). */
static void data_among_audio_is_checked(void **state)
{
	struct mun_soft_disc *disc = box_audio();
	struct box *b;

	(void)state;
	mun_soft_fill(disc, MUN_SOFT_FORM1, 0, 30, 12);
	b = box_of(disc);
	assert_int_equal(b->o->tracks[0].pregap, 30);
	assert_int_equal(get(b, 0, 20), MUN_REPLY_ALL);
	is_sector(b, 7, 7);
	mun_soft_fault(b->d, MUN_SOFT_FLIP, 8, 8)->at = 100;
	assert_int_equal(get(b, 8, 1), MUN_REPLY_MIXED);
	assert_int_equal(b->states[0], MUN_SECTOR_CORRECTED);
	is_sector(b, 0, 8);
	done(b);
}

static void audio_among_data_is_doubted(void **state)
{
	struct mun_soft_disc *disc = box_mixed();
	struct box *b;

	(void)state;
	mun_soft_fill(disc, MUN_SOFT_AUDIO, 200, 3, 13);
	b = box_of(disc);
	assert_int_equal(get(b, 199, 6), MUN_REPLY_MIXED);
	assert_int_equal(b->states[0], MUN_SECTOR_GOOD);
	assert_int_equal(b->states[1], MUN_SECTOR_DOUBTFUL);
	is_sector(b, 1, 200);
	assert_int_equal(b->states[4], MUN_SECTOR_GOOD);
	b->d->quirks = MUN_SOFT_STRICT;
	assert_int_equal(get(b, 199, 6), MUN_REPLY_FAILED);
	assert_int_equal(b->reply.asc, 0x64);
	assert_int_equal(get(b, 201, 1), MUN_REPLY_MIXED);
	is_sector(b, 0, 201);
	done(b);
}

/* ---- audio ---- */

static void jitter_is_found_and_undone(void **state)
{
	(void)state;
	for (unsigned int jitter = 1; jitter <= 900; jitter += 111) {
		struct box *b = box_of(box_audio());

		/* The first request is where the disc begins for us. */
		assert_int_equal(get(b, 0, 20), MUN_REPLY_ALL);
		b->d->jitter = jitter;
		b->d->random = jitter;
		for (uint64_t i = 20; i < 380; i += 20) {
			assert_int_equal(get(b, i, 20), MUN_REPLY_ALL);
			for (uint32_t k = 0; k < 20; k++)
				is_sector(b, k, (int32_t)(i + k));
		}
		done(b);
	}
}

/* What a drive always adds cannot be known from within. */
static void a_constant_offset_is_left_as_it_is(void **state)
{
	struct box *b = box_of(box_audio());

	(void)state;
	b->d->offset = 30;
	for (uint64_t i = 0; i < 380; i += 20) {
		assert_int_equal(get(b, i, 20), MUN_REPLY_ALL);
		assert_memory_equal(b->data, box_sector(b->d, (int32_t)i) + 120,
				    2352 - 120);
	}
	done(b);
}

static void two_readings_that_differ_are_doubted(void **state)
{
	struct box *b = box_of(box_audio());

	(void)state;
	mun_soft_fault(b->d, MUN_SOFT_NOISE, 205, 205);
	/* The first request there is read twice; later ones are anchored. */
	assert_int_equal(get(b, 200, 10), MUN_REPLY_MIXED);
	for (uint32_t k = 0; k < 10; k++) {
		assert_int_equal(b->states[k], k == 5 ? MUN_SECTOR_DOUBTFUL
						      : MUN_SECTOR_GOOD);
		if (k != 5)
			is_sector(b, k, (int32_t)(200 + k));
	}
	/* And by itself, among neighbours that can be found. */
	assert_int_equal(get(b, 205, 1), MUN_REPLY_MIXED);
	assert_int_equal(b->states[0], MUN_SECTOR_DOUBTFUL);
	done(b);
}

static void what_never_agrees_is_doubted(void **state)
{
	struct box *b = box_of(box_audio());

	(void)state;
	mun_soft_fault(b->d, MUN_SOFT_NOISE, 0, 399);
	/* No sector is twice the same in all of its samples: the longest
	 * stretch that is equal is one of 588 samples all the same, since the
	 * noise is at one place. */
	b->d->jitter = 20000;
	assert_int_equal(get(b, 100, 10), MUN_REPLY_MIXED);
	for (uint32_t k = 0; k < 10; k++)
		assert_int_equal(b->states[k], MUN_SECTOR_DOUBTFUL);
	done(b);
}

static void a_bad_sector_beside_costs_no_good_one(void **state)
{
	struct box *b = box_of(box_audio());
	unsigned int before;

	(void)state;
	mun_soft_fault(b->d, MUN_SOFT_BAD, 210, 210);
	mun_soft_fault(b->d, MUN_SOFT_BAD, 190, 190);
	assert_int_equal(get(b, 191, 19), MUN_REPLY_ALL);
	for (uint32_t k = 0; k < 19; k++)
		is_sector(b, k, (int32_t)(191 + k));
	before = b->d->failed_reads;
	assert_int_equal(get(b, 211, 1), MUN_REPLY_ALL);
	is_sector(b, 0, 211);
	/* What is around is tried once, not at each attempt. */
	assert_int_equal(b->d->failed_reads, before + 1);
	assert_int_equal(get(b, 210, 1), MUN_REPLY_FAILED);
	assert_int_equal(b->reply.bad_off, 210 * 2352);
	done(b);
}

static void silence_is_where_it_is(void **state)
{
	struct mun_soft_disc *disc = box_audio();
	uint8_t zeros[2352] = { 0 };
	struct box *b;

	(void)state;
	for (int32_t i = 100; i < 200; i++)
		mun_soft_put(disc, i, zeros, true);
	b = box_of(disc);
	reads_whole(b);
	done(b);
}

static void distances_are_told_apart(void **state)
{
	static uint8_t disc[12 * 2352];
	struct mun_audio_block held = { .lba = 0, .n = 4, .data = disc };
	struct mun_audio_block now = { .lba = 2, .n = 4 };
	int32_t shift;

	(void)state;
	mun_test_pattern(disc, sizeof(disc), 14);
	for (int32_t s = -MUN_AUDIO_JITTER; s <= 588; s += 49) {
		now.data = disc + (2 * 588 + s) * 4;
		assert_true(mun_audio_shift(&held, &now, &shift));
		assert_int_equal(shift, s);
	}
	/* Less than a sector is left to compare. */
	now.data = disc + (2 * 588 + 589) * 4;
	assert_false(mun_audio_shift(&held, &now, &shift));
	/* A tone of 7 samples' period fits everywhere: that is no proof. */
	for (size_t i = 0; i < sizeof(disc); i++)
		disc[i] = (uint8_t)(i / 4 % 7);
	now.data = disc + (size_t)(2 * 588 + 3) * 4;
	assert_false(mun_audio_shift(&held, &now, &shift));
	now.data = disc + (size_t)2 * 588 * 4;
	assert_true(mun_audio_shift(&held, &now, &shift));
	assert_int_equal(shift, 0);
	memset(disc, 0, sizeof(disc));
	assert_true(mun_audio_shift(&held, &now, &shift));
	assert_int_equal(shift, 0);
}

/* ---- the drive goes and comes ---- */

static void a_drive_that_went_away_is_opened_again(void **state)
{
	struct box *b = box_of(box_mixed());
	struct mun_err e;

	(void)state;
	b->d->gone = true;
	assert_int_equal(get(b, 0, 4), MUN_REPLY_GONE);
	assert_int_equal(b->r->ops->reopen(b->r, &e), MUN_EIO);
	b->d->gone = false;
	assert_int_equal(b->r->ops->reopen(b->r, &e), 0);
	assert_int_equal(get(b, 0, 4), MUN_REPLY_ALL);
	b->d->open = true;
	assert_int_equal(get(b, 0, 4), MUN_REPLY_GONE);
	assert_int_equal(b->r->ops->reopen(b->r, &e), MUN_EIO);
	b->d->open = false;
	b->d->changed = true;
	assert_int_equal(get(b, 0, 4), MUN_REPLY_GONE);
	assert_int_equal(b->reply.key, 6);
	assert_int_equal(b->r->ops->reopen(b->r, &e), 0);
	done(b);
}

static void another_disc_is_not_gone_on_with(void **state)
{
	struct box *b = box_of(box_mixed());
	struct mun_err e;

	(void)state;
	mun_soft_disc_free(b->d->disc);
	b->d->disc = box_enhanced();
	b->d->changed = true;
	assert_int_equal(get(b, 0, 4), MUN_REPLY_GONE);
	assert_int_equal(b->r->ops->reopen(b->r, &e), MUN_EINVAL);
	/* One whose table cannot be. */
	b->d->disc->tracks[1].start = 0;
	assert_int_equal(b->r->ops->reopen(b->r, &e), MUN_EINVAL);
	done(b);
}

static void scraping_turns_the_speed_down(void **state)
{
	struct box *b = box_of(box_data(30));

	(void)state;
	/* Nothing is said to a drive that turns as it did. */
	b->r->ops->gently(b->r, false);
	assert_int_equal(b->d->of[0xbb], 0);
	b->r->ops->gently(b->r, true);
	b->r->ops->gently(b->r, true);
	b->r->ops->gently(b->r, false);
	assert_int_equal(b->d->of[0xbb], 2);
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_sectors_are_the_discs),
		cmocka_unit_test(a_request_must_be_of_sectors_that_are_there),
		cmocka_unit_test(a_bad_sector_is_named),
		cmocka_unit_test(a_sector_that_is_wrong_is_mended_or_doubted),
		cmocka_unit_test(wrong_parity_alone_is_no_fault_of_the_data),
		cmocka_unit_test(
			mixed_replies_are_failures_to_who_does_not_want_them),
		cmocka_unit_test(a_good_sector_of_another_place_is_doubted),
		cmocka_unit_test(a_reply_that_is_too_short_is_not_used),
		cmocka_unit_test(what_the_drive_recovered_is_good),
		cmocka_unit_test(other_failures_are_not_the_mediums),
		cmocka_unit_test(a_drive_without_raw_sectors_reads_2048_bytes),
		cmocka_unit_test(dvd_sectors_are_as_the_drive_gives_them),
		cmocka_unit_test(
			discs_of_several_kinds_are_read_to_the_last_byte),
		cmocka_unit_test(backwards_it_is_the_same),
		cmocka_unit_test(data_among_audio_is_checked),
		cmocka_unit_test(audio_among_data_is_doubted),
		cmocka_unit_test(jitter_is_found_and_undone),
		cmocka_unit_test(a_constant_offset_is_left_as_it_is),
		cmocka_unit_test(two_readings_that_differ_are_doubted),
		cmocka_unit_test(what_never_agrees_is_doubted),
		cmocka_unit_test(a_bad_sector_beside_costs_no_good_one),
		cmocka_unit_test(silence_is_where_it_is),
		cmocka_unit_test(distances_are_told_apart),
		cmocka_unit_test(a_drive_that_went_away_is_opened_again),
		cmocka_unit_test(another_disc_is_not_gone_on_with),
		cmocka_unit_test(scraping_turns_the_speed_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
