/* SPDX-License-Identifier: Apache-2.0 */
/* medium/rescue.c - the phases of a rescue, from wherever the map is */
#include "medium/rescue_int.h"

#include "core/check.h"

#include <stdio.h>
#include <stdlib.h>

#define CLUSTER 65536u
#define WIDEST ((uint32_t)1 << 20)

/* ---- made ready ---- */

static int check_given(const struct mun_rescue *r, struct mun_err *e)
{
	const struct mun_reader *reader = r->reader;

	if (reader->bytes != r->map->size)
		return mun_fail(e, MUN_EINVAL,
				"the medium has %llu bytes, its read map %llu",
				(unsigned long long)reader->bytes,
				(unsigned long long)r->map->size);
	if (!reader->sector_bytes || reader->bytes % reader->sector_bytes ||
	    reader->max_bytes < reader->sector_bytes)
		return mun_fail(e, MUN_EINVAL,
				"a medium of %llu bytes in sectors of %u",
				(unsigned long long)reader->bytes,
				reader->sector_bytes);
	return 0;
}

static uint32_t whole(uint32_t bytes, uint32_t sector)
{
	return bytes < sector ? sector : bytes - bytes % sector;
}

static int make_buffers(struct mun_rescue_engine *en, struct mun_err *e)
{
	size_t align = MUN_MAX(en->r->reader->align, (uint32_t)sizeof(void *));
	size_t room = (en->widest + align - 1) / align * align;

	en->buf = aligned_alloc(align, room);
	en->states = calloc(en->widest / en->sector, 1);
	if (!en->buf || !en->states)
		return mun_fail_nomem(e, "rescue");
	return mun_readmap_init(&en->pieces, en->size, e);
}

static int make_ready(struct mun_rescue_engine *en, struct mun_rescue *r,
		      struct mun_err *e)
{
	const struct mun_readmap *m = r->map;
	uint32_t most = MUN_MIN(r->reader->max_bytes, WIDEST);

	*en = (struct mun_rescue_engine){ .r = r };
	en->size = r->reader->bytes;
	en->sector = r->reader->sector_bytes;
	en->cluster = whole(MUN_MIN(most, CLUSTER), en->sector);
	en->piece = whole(en->cluster / 4, en->sector);
	/* A multiple of the cluster, so that the grid stays. */
	en->widest = whole(most, en->cluster);
	mun_rescue_is_alive(en);
	mun_rescue_flaw(en);
	/* A fresh medium is taken for a good one until it fails. */
	if (!mun_readmap_bytes(m, MUN_READ_NOT_TRIMMED) &&
	    !mun_readmap_bytes(m, MUN_READ_NOT_SCRAPED) &&
	    !mun_readmap_bytes(m, MUN_READ_BAD)) {
		en->flawless = MUN_RESCUE_NEAR;
		en->wider_at = MUN_RESCUE_FAR;
	}
	r->stats = (struct mun_rescue_stats){ 0 };
	r->stop = MUN_RESCUE_DONE;
	en->began = mun_rescue_now(en);
	en->window_began = en->began;
	return make_buffers(en, e);
}

static void clear(struct mun_rescue_engine *en)
{
	free(en->buf);
	free(en->states);
	mun_readmap_clear(&en->pieces);
}

/* ---- phases ---- */

static void enter(struct mun_rescue_engine *en, enum mun_rescue_phase phase,
		  char letter, unsigned int pass)
{
	struct mun_rescue *r = en->r;

	r->stats.phase = phase;
	r->stats.pass = pass;
	r->map->status =
		(struct mun_read_status){ .phase = letter, .pass = pass };
	if (r->reader->ops->gently)
		r->reader->ops->gently(r->reader, phase != MUN_RESCUE_COPYING);
}

/* What of @was, the map's status line, says where to go on in @phase. */
static uint64_t resumed_at(const struct mun_rescue_engine *en,
			   const struct mun_read_status *was, char phase)
{
	if (was->phase != phase || was->pos > en->size)
		return UINT64_MAX;
	return was->pos;
}

static int copy(struct mun_rescue_engine *en, const struct mun_read_status *was,
		struct mun_err *e)
{
	uint64_t pos = resumed_at(en, was, '?');
	unsigned int pass = 1;

	if (pos != UINT64_MAX && was->pass >= 1 && was->pass <= 5)
		pass = was->pass;
	else
		pos = UINT64_MAX;
	enter(en, MUN_RESCUE_COPYING, '?', pass);
	return mun_rescue_copy(en, pass, pos, e);
}

static int retry(struct mun_rescue_engine *en,
		 const struct mun_read_status *was, struct mun_err *e)
{
	uint64_t pos = resumed_at(en, was, '-');
	unsigned int pass = pos != UINT64_MAX && was->pass ? was->pass : 1;
	int rc = 0;

	while (!rc && !en->stopped && en->retried < en->r->policy.retries) {
		if (!mun_readmap_bytes(en->r->map, MUN_READ_BAD) &&
		    !mun_readmap_bytes(en->r->map, MUN_READ_DOUBTFUL))
			break;
		enter(en, MUN_RESCUE_RETRYING, '-', pass);
		rc = mun_rescue_retry(en, pass, pos, e);
		pos = UINT64_MAX;
		pass++;
		en->retried++;
	}
	return rc;
}

static bool has_any(const struct mun_rescue_engine *en,
		    enum mun_read_state state)
{
	return !en->stopped && mun_readmap_bytes(en->r->map, state) > 0;
}

static int all_phases(struct mun_rescue_engine *en,
		      const struct mun_read_status *was, struct mun_err *e)
{
	int rc = 0;

	if (has_any(en, MUN_READ_NOT_TRIED))
		rc = copy(en, was, e);
	if (!rc && has_any(en, MUN_READ_NOT_TRIMMED)) {
		enter(en, MUN_RESCUE_TRIMMING, '*', 1);
		rc = mun_rescue_trim(en, e);
	}
	if (en->r->policy.no_scrape)
		return rc;
	if (!rc && has_any(en, MUN_READ_NOT_SCRAPED)) {
		enter(en, MUN_RESCUE_SCRAPING, '/', 1);
		rc = mun_rescue_scrape(en, e);
	}
	if (!rc && !en->stopped)
		rc = retry(en, was, e);
	return rc;
}

static bool is_left(const struct mun_rescue_engine *en)
{
	return has_any(en, MUN_READ_NOT_TRIED) ||
	       has_any(en, MUN_READ_NOT_TRIMMED) ||
	       (!en->r->policy.no_scrape && has_any(en, MUN_READ_NOT_SCRAPED));
}

/*
 * What failed last may have failed because the drive is dead: it is asked
 * before that is believed.  If it comes back, what failed meanwhile is still to
 * be done, perhaps by a phase before the present one.
 */
static int until_certain(struct mun_rescue_engine *en, struct mun_err *e)
{
	struct mun_read_status was = en->r->map->status;
	struct mun_rescue_outcome out;
	int rc;

	do {
		rc = all_phases(en, &was, e);
		if (!rc && en->streak > 0 && en->r->stop != MUN_RESCUE_AWAY)
			rc = mun_rescue_ask(en, !en->stopped, &out, e);
		was.phase = 0;
	} while (!rc && is_left(en));
	return rc;
}

/*
 * All was tried, and nothing came, neither now nor before: a drive that was
 * dead from the beginning looks like that.  With another one it is begun anew.
 */
static int nothing_came(struct mun_rescue_engine *en, struct mun_err *e)
{
	struct mun_readmap *m = en->r->map;

	if (en->r->stop != MUN_RESCUE_DONE || en->size == 0 ||
	    mun_readmap_bytes(m, MUN_READ_GOOD) ||
	    mun_readmap_bytes(m, MUN_READ_DOUBTFUL))
		return 0;
	mun_rescue_stop(en, MUN_RESCUE_AWAY);
	m->status = (struct mun_read_status){ 0 };
	return mun_readmap_mark(m, 0, en->size, MUN_READ_NOT_TRIED, e);
}

int mun_rescue_run(struct mun_rescue *r, struct mun_err *e)
{
	struct mun_rescue_engine en;
	struct mun_rescue_outcome out;
	struct mun_err ignored;
	int rc = check_given(r, e);

	if (rc)
		return rc;
	rc = make_ready(&en, r, e);
	if (!rc)
		rc = until_certain(&en, e);
	if (!rc)
		rc = nothing_came(&en, e);
	/* Nobody knows whether it was the drive: what is not certain is tried
	 * again another time. */
	if (rc || r->stop == MUN_RESCUE_AWAY)
		(void)!mun_rescue_take_back(&en, &out, &ignored);
	if (!rc && r->stop == MUN_RESCUE_DONE) {
		r->stats.phase = MUN_RESCUE_ENDED;
		r->map->status =
			(struct mun_read_status){ .phase = '+', .pass = 1 };
	}
	clear(&en);
	return rc;
}

void mun_rescue_phase_text(const struct mun_rescue_stats *s,
			   char out[static 32])
{
	static const char *const names[] = {
		[MUN_RESCUE_COPYING] = "copying",
		[MUN_RESCUE_TRIMMING] = "trimming",
		[MUN_RESCUE_SCRAPING] = "scraping",
		[MUN_RESCUE_RETRYING] = "retrying",
		[MUN_RESCUE_ENDED] = "ended",
	};
	bool counted = s->phase == MUN_RESCUE_COPYING ||
		       s->phase == MUN_RESCUE_RETRYING;

	if (counted && s->pass)
		(void)snprintf(out, 32, "%s, pass %u", names[s->phase],
			       s->pass);
	else
		(void)snprintf(out, 32, "%s", names[s->phase]);
}
