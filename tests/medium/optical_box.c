/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/optical_box.c - discs that the tests of medium/optical*.c share */
#include "tests/medium/optical_box.h"

#include "core/bytes.h"
#include "tests/support/support.h"

/* Sector 16 of a track that begins at @start. */
static void put_volume(struct mun_soft_disc *d, int32_t start, uint32_t size)
{
	uint8_t user[2048];

	mun_test_pattern(user, sizeof(user), size);
	memcpy(user, "\1CD001\1", 7);
	mun_put_le32(user + 80, size);
	mun_put_be32(user + 84, size);
	mun_soft_put_user(d, start + 16, user);
}

struct mun_soft_disc *box_data(uint32_t sectors)
{
	struct mun_soft_disc *d = mun_soft_disc_new();

	(void)mun_soft_track(d, 1, 4, 0);
	mun_soft_fill(d, MUN_SOFT_MODE1, 0, sectors, 1);
	put_volume(d, 0, sectors - 20);
	d->leadout[0] = (int32_t)sectors;
	return d;
}

struct mun_soft_disc *box_mixed(void)
{
	struct mun_soft_disc *d = mun_soft_disc_new();
	struct mun_soft_track *t;

	(void)mun_soft_track(d, 1, 4, 0);
	mun_soft_fill(d, MUN_SOFT_MODE1, 0, 350, 2);
	put_volume(d, 0, 300);
	t = mun_soft_track(d, 1, 0, BOX_MIXED_AUDIO);
	t->pregap = 150;
	mun_soft_fill(d, MUN_SOFT_AUDIO, 350, 710, 3);
	t = mun_soft_track(d, 1, 2, BOX_MIXED_LAST);
	t->pregap = 40;
	memcpy(t->isrc, "DEMUA9800001", 13);
	mun_soft_fill(d, MUN_SOFT_AUDIO, 860, 240, 4);
	d->leadout[0] = BOX_MIXED_END;
	memcpy(d->mcn, "4006381333931", 14);
	return d;
}

struct mun_soft_disc *box_enhanced(void)
{
	struct mun_soft_disc *d = mun_soft_disc_new();

	(void)mun_soft_track(d, 1, 0, 0);
	mun_soft_fill(d, MUN_SOFT_AUDIO, 0, 200, 5);
	(void)mun_soft_track(d, 1, 0, 120);
	d->leadout[0] = 200;
	(void)mun_soft_track(d, 2, 4, 200 + 11400);
	mun_soft_fill(d, MUN_SOFT_FORM1, 200 + 11400, 60, 6);
	d->leadout[1] = 200 + 11400 + 60;
	d->disc_type = 0x20;
	return d;
}

struct mun_soft_disc *box_audio(void)
{
	struct mun_soft_disc *d = mun_soft_disc_new();

	mun_soft_fill(d, MUN_SOFT_AUDIO, 0, 400, 7);
	mun_soft_track(d, 1, 0, 30)->pregap = 30;
	mun_soft_track(d, 1, 1, 150)->pregap = 10;
	(void)mun_soft_track(d, 1, 8, 300);
	d->leadout[0] = 400;
	return d;
}

struct mun_optical *box_open(struct mun_soft_drive *d)
{
	struct mun_optical *o = NULL;
	struct mun_err e;
	char text[512];

	if (mun_optical_open(&d->transport, &o, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
	return o;
}

struct mun_reader *box_reader(struct mun_soft_drive *d,
			      const struct mun_optical *o)
{
	struct mun_reader *r = NULL;
	struct mun_err e;

	assert_int_equal(mun_optical_reader(&d->transport, o, &r, &e), 0);
	return r;
}

const uint8_t *box_sector(const struct mun_soft_drive *d, int32_t lba)
{
	assert_true(lba >= 0 && (size_t)lba < d->disc->room);
	assert_non_null(d->disc->sectors[lba]);
	return d->disc->sectors[lba]->raw;
}
