/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/rescue_lab.c - a failing drive, its rescue, an image to fill */
#include "tests/medium/rescue_lab.h"

static struct lab *lab_of(void *ctx)
{
	return ctx;
}

static int write_image(void *ctx, const void *data, size_t len, uint64_t off,
		       const uint8_t *states, struct mun_err *e)
{
	struct lab *l = lab_of(ctx);
	uint32_t sector = l->d->reader.sector_bytes;

	assert_true(off + len <= l->map.size);
	l->writes++;
	if (l->writes == l->write_fails_at)
		return mun_fail(e, MUN_EIO, "disk full");
	for (size_t i = 0; i < len;) {
		size_t n = sector - (off + i) % sector;

		n = n < len - i ? n : len - i;
		assert_int_not_equal(mun_readmap_at(&l->map, off + i),
				     MUN_READ_GOOD);
		if (!states || states[i / sector] != MUN_SECTOR_BAD)
			memcpy(l->image + off + i, (const uint8_t *)data + i,
			       n);
		l->written_at[(off + i) / sector] = l->writes;
		i += n;
	}
	return 0;
}

static int tick(void *ctx, const struct mun_rescue_stats *s, struct mun_err *e)
{
	struct lab *l = lab_of(ctx);

	l->ticks++;
	if (l->look)
		l->look(l, s);
	if (l->ticks == l->cancel_at)
		return mun_fail(e, MUN_ECANCELLED, "enough");
	return 0;
}

static int64_t now(void *ctx)
{
	return lab_of(ctx)->d->now_ms;
}

static void wait(void *ctx, int64_t ms)
{
	assert_true(ms > 0 && ms <= 1000);
	lab_of(ctx)->d->now_ms += ms;
}

void lab_open(struct lab *l, size_t nsectors, uint32_t sector_bytes)
{
	struct mun_err e;

	memset(l, 0, sizeof(*l));
	l->d = mun_failing_drive_new(nsectors, sector_bytes);
	assert_int_equal(mun_readmap_init(&l->map, l->d->reader.bytes, &e), 0);
	l->image = calloc(nsectors + 1, sector_bytes);
	l->written_at = calloc(nsectors + 1, sizeof(*l->written_at));
	assert_non_null(l->image);
	assert_non_null(l->written_at);
	l->r.reader = &l->d->reader;
	l->r.map = &l->map;
	l->r.write = write_image;
	l->r.tick = tick;
	l->r.now_ms = now;
	l->r.wait_ms = wait;
	l->r.ctx = l;
}

void lab_close(struct lab *l)
{
	assert_int_equal(l->d->outside, 0);
	mun_reader_close(&l->d->reader);
	mun_readmap_clear(&l->map);
	free(l->image);
	free(l->written_at);
}

void lab_another_drive(struct lab *l)
{
	l->d->plan = (struct mun_failing_plan){ 0 };
	l->d->dead = false;
	l->d->gone = false;
	l->cancel_at = 0;
	l->write_fails_at = 0;
}

void lab_save_and_load(struct lab *l)
{
	struct mun_str text = { 0 };
	struct mun_err e;

	assert_int_equal(mun_readmap_write(&l->map, NULL, &text, &e), 0);
	mun_readmap_clear(&l->map);
	assert_int_equal(mun_readmap_parse(text.text, text.len, &l->map, &e),
			 0);
	mun_str_free(&text);
}

void lab_run_is(struct lab *l, int rc, enum mun_rescue_stop stop)
{
	struct mun_err e;
	char text[512] = "";
	int got = mun_rescue_run(&l->r, &e);

	if (got)
		mun_err_text(&e, text, sizeof(text), 1);
	if (got != rc)
		fail_msg("rescue ended with %d (%s), not %d", got, text, rc);
	if (rc == 0)
		assert_int_equal(l->r.stop, stop);
}

static bool is_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

static void check_sector(const struct lab *l, size_t i,
			 enum mun_read_state state)
{
	uint32_t len = l->d->reader.sector_bytes;
	const uint8_t *got = l->image + i * len;
	enum mun_failing_kind kind = l->d->sectors[i].kind;
	uint8_t want[4096];

	mun_failing_bytes(l->d, (uint64_t)i * len, want, len);
	switch (state) {
	case MUN_READ_GOOD:
		assert_memory_equal(got, want, len);
		assert_int_not_equal(kind, MUN_FAILING_BAD);
		assert_int_not_equal(kind, MUN_FAILING_DOUBTFUL);
		break;
	case MUN_READ_DOUBTFUL:
		/* Byte 7 is what a doubtful read has wrong. */
		assert_int_not_equal(got[7], want[7]);
		want[7] = got[7];
		assert_memory_equal(got, want, len);
		break;
	case MUN_READ_BAD:
		assert_int_not_equal(kind, MUN_FAILING_FINE);
		assert_int_not_equal(kind, MUN_FAILING_SLOW);
		assert_true(is_zero(got, len));
		break;
	case MUN_READ_NOT_TRIED:
	case MUN_READ_NOT_TRIMMED:
	case MUN_READ_NOT_SCRAPED:
		assert_true(is_zero(got, len));
		break;
	}
}

void lab_check(const struct lab *l)
{
	uint32_t len = l->d->reader.sector_bytes;

	for (size_t i = 0; i < l->d->nsectors; i++)
		check_sector(l, i, mun_readmap_at(&l->map, (uint64_t)i * len));
}

void lab_check_complete(const struct lab *l)
{
	lab_check(l);
	assert_int_equal(mun_readmap_bytes(&l->map, MUN_READ_NOT_TRIED), 0);
	assert_int_equal(mun_readmap_bytes(&l->map, MUN_READ_NOT_TRIMMED), 0);
	assert_int_equal(mun_readmap_bytes(&l->map, MUN_READ_NOT_SCRAPED), 0);
	assert_int_equal(l->map.status.phase, '+');
	assert_int_equal(l->r.stats.phase, MUN_RESCUE_ENDED);
}

uint64_t lab_random(uint64_t *dice, uint64_t below)
{
	*dice = *dice * 6364136223846793005u + 1442695040888963407u;
	return (*dice >> 33) % below;
}

static void scatter(struct lab *l, uint64_t *dice, size_t from, size_t span,
		    size_t n)
{
	while (n-- > 0) {
		size_t at = from + (size_t)lab_random(dice, span);

		mun_failing_set(l->d, at, 1 + (size_t)lab_random(dice, 4),
				MUN_FAILING_BAD, 0);
	}
}

void lab_damage(struct lab *l, uint64_t seed)
{
	size_t n = l->d->nsectors;
	uint64_t dice = seed + 1;
	size_t from = (size_t)lab_random(&dice, n);
	size_t span = 1 + (size_t)lab_random(&dice, n - from);
	size_t step;

	switch (seed % 5) {
	case 0: /* scattered */
		scatter(l, &dice, 0, n, 1 + n / 300);
		break;
	case 1: /* in one place */
		scatter(l, &dice, from, span / 8 + 1, 1 + n / 100);
		break;
	case 2: /* a scratch: again with each turn */
		step = 40 + (size_t)lab_random(&dice, 700);
		for (size_t i = from; i < from + span; i += step)
			mun_failing_set(l->d, i, 1 + i % 5, MUN_FAILING_BAD, 0);
		break;
	case 3: /* one head of four is dead */
		step = 32 + (size_t)lab_random(&dice, 500);
		for (size_t i = seed % 4 * step; i < n; i += 4 * step)
			mun_failing_set(l->d, i, step, MUN_FAILING_BAD, 0);
		break;
	default: /* much of it, and a little of the rest */
		mun_failing_set(l->d, from, span / 3 + 1, MUN_FAILING_BAD, 0);
		scatter(l, &dice, 0, n, 1 + n / 1000);
		break;
	}
}
