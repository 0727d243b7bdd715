/* SPDX-License-Identifier: Apache-2.0 */
/* medium/rescue_count.c - the figures of a rescue, its budgets, its rates */
#include "medium/rescue_int.h"

#include "core/check.h"

#include <time.h>

#define SECOND 1000000 /* us */
/* Shorter, and what a busy machine does would be taken for a slow drive. */
#define WINDOW ((uint64_t)SECOND)
/* Bytes by which widths of reads are compared. */
#define STRETCH ((uint64_t)2 << 20)

int64_t mun_rescue_now(const struct mun_rescue_engine *en)
{
	struct timespec t;

	if (en->r->now_ms)
		return en->r->now_ms(en->r->ctx) * 1000;
	/* Reads of a fast device take less than a millisecond. */
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000;
}

void mun_rescue_stop(struct mun_rescue_engine *en, enum mun_rescue_stop why)
{
	en->stopped = true;
	en->r->stop = why;
}

static void take_time(struct mun_rescue_engine *en)
{
	int64_t now = mun_rescue_now(en);

	en->r->stats.elapsed_ms =
		now > en->began ? (uint64_t)(now - en->began) / 1000 : 0;
}

void mun_rescue_check_budget(struct mun_rescue_engine *en)
{
	const struct mun_rescue_policy *p = &en->r->policy;

	if (en->stopped)
		return;
	take_time(en);
	if (p->max_time_ms && en->r->stats.elapsed_ms >= p->max_time_ms)
		mun_rescue_stop(en, MUN_RESCUE_TIME);
	else if (p->max_errors && en->r->stats.failed_reads >= p->max_errors)
		mun_rescue_stop(en, MUN_RESCUE_ERRORS);
}

static bool is_kind(const struct mun_read_error *k,
		    const struct mun_read_reply *reply)
{
	return k->sys == reply->sys && k->key == reply->key &&
	       k->asc == reply->asc && k->ascq == reply->ascq;
}

void mun_rescue_count_error(struct mun_rescue_engine *en,
			    const struct mun_read_reply *reply, uint64_t off)
{
	struct mun_rescue_stats *s = &en->r->stats;
	size_t i = 0;

	s->failed_reads++;
	while (i < s->nerrors && !is_kind(&s->errors[i], reply))
		i++;
	/* Full: the last one stands for all the rest. */
	if (i == MUN_READ_ERRORS)
		i--;
	if (i == s->nerrors) {
		s->errors[i] = (struct mun_read_error){
			.sys = reply->sys,
			.key = reply->key,
			.asc = reply->asc,
			.ascq = reply->ascq,
			.first_off = off,
		};
		s->nerrors++;
	}
	s->errors[i].count++;
	/* The most frequent first; the last place of a full table stays. */
	while (i > 0 && i < MUN_READ_ERRORS - 1 &&
	       s->errors[i].count > s->errors[i - 1].count) {
		struct mun_read_error k = s->errors[i];

		s->errors[i] = s->errors[i - 1];
		s->errors[--i] = k;
	}
}

/* The rate below which an area is put off; 0 while there is no saying. */
static uint64_t least_rate(const struct mun_rescue_engine *en)
{
	if (en->r->policy.min_rate)
		return en->r->policy.min_rate;
	if (en->all_us < 2 * WINDOW)
		return 0;
	return en->all_bytes / (en->all_us / 1000) * 100;
}

static void count_rate(struct mun_rescue_engine *en, uint64_t bytes)
{
	int64_t now = mun_rescue_now(en);
	uint64_t window =
		now > en->window_began ? (uint64_t)(now - en->window_began) : 0;

	en->window_bytes += bytes;
	if (window < WINDOW)
		return;
	en->r->stats.rate = en->window_bytes * 1000 / (window / 1000);
	en->window_began = now;
	en->window_bytes = 0;
}

void mun_rescue_flaw(struct mun_rescue_engine *en)
{
	en->flawless = 0;
	en->wider_at = MUN_RESCUE_VERY_FAR;
	en->width = en->cluster;
	en->as_it_is = (struct mun_rescue_speed){ 0 };
	en->wider = (struct mun_rescue_speed){ 0 };
}

static void count_width(struct mun_rescue_engine *en, uint64_t bytes,
			uint64_t us)
{
	struct mun_rescue_speed *speed =
		bytes > en->width ? &en->wider : &en->as_it_is;

	if (bytes < en->width)
		return;
	speed->bytes += bytes;
	speed->stretch_bytes += bytes;
	speed->stretch_us += us;
	if (speed->stretch_bytes < STRETCH)
		return;
	/* For just a stretch: the last read may have gone beyond. */
	us = speed->stretch_us * STRETCH / speed->stretch_bytes + 1;
	if (!speed->best_us || us < speed->best_us)
		speed->best_us = us;
	speed->stretch_bytes = 0;
	speed->stretch_us = 0;
}

bool mun_rescue_count_time(struct mun_rescue_engine *en, uint64_t bytes,
			   int64_t us)
{
	uint64_t took = us > 0 ? (uint64_t)us : 0;
	bool slow;

	count_rate(en, bytes);
	/* A failing read is slow by nature, and has consequences of its own. */
	if (!bytes) {
		en->slow_us = 0;
		en->slow_bytes = 0;
		return false;
	}
	count_width(en, bytes, took);
	en->all_us += took;
	en->all_bytes += bytes;
	en->slow_us += took;
	en->slow_bytes += bytes;
	if (en->slow_us < WINDOW)
		return false;
	slow = en->puts_off &&
	       en->slow_bytes * 1000 / (en->slow_us / 1000) < least_rate(en);
	en->slow_us = 0;
	en->slow_bytes = 0;
	return slow;
}

int mun_rescue_tick(struct mun_rescue_engine *en, struct mun_err *e)
{
	take_time(en);
	if (!en->r->tick)
		return 0;
	return en->r->tick(en->r->ctx, &en->r->stats, e);
}
