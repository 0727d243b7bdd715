/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/rescue_drive.c - is it the medium that fails, or the drive?
 *
 * A drive that died fails every read, and a map that took that for bad sectors
 * would be wrong about all that was never tried.  So after some failures in a
 * row the drive is asked for something that it gave before.
 */
#include "medium/rescue_int.h"

#include "core/check.h"

#include <string.h>
#include <time.h>

/* Failures in a row before the drive is asked, and how far this may grow: what
 * a crash leaves in the map of a drive that died is at most so many. */
#define ASK_AT 8u
#define ASK_EVERY 64u
/* After a death, so many failures are each asked about. */
#define CAREFUL 32u
/* Places that it is asked for: one may have gone bad since. */
#define PLACES 3u
/* Requests in a row that make it go away twice each. */
#define DRIVEN_AWAY 4u

static const int64_t waits_ms[] = { 1000, 2000, 4000, 8000, 15000, 30000 };

/* ---- coming back ---- */

static void wait_slice(struct mun_rescue_engine *en, int64_t ms)
{
	struct timespec t = { .tv_sec = (time_t)(ms / 1000),
			      .tv_nsec = (long)(ms % 1000) * 1000000 };

	if (en->r->wait_ms)
		en->r->wait_ms(en->r->ctx, ms);
	else
		(void)nanosleep(&t, NULL);
}

/* In slices, so that whoever looks on can end it. */
static int wait_for_drive(struct mun_rescue_engine *en, int64_t ms,
			  struct mun_err *e)
{
	int rc = 0;

	for (; !rc && ms > 0; ms -= 1000) {
		wait_slice(en, MUN_MIN(ms, 1000));
		rc = mun_rescue_tick(en, e);
		mun_rescue_check_budget(en);
		if (en->stopped)
			break;
	}
	return rc;
}

/*
 * Open the drive again: one attempt of several, number @i.  True in @back: it
 * is there.
 */
static int reopen_once(struct mun_rescue_engine *en, size_t i, bool *back,
		       struct mun_err *e)
{
	struct mun_reader *reader = en->r->reader;
	int rc = wait_for_drive(en, waits_ms[i], e);

	*back = false;
	if (rc || en->stopped)
		return rc;
	rc = reader->ops->reopen(reader, e);
	if (rc == MUN_EIO)
		return 0;
	if (rc)
		return mun_ctx(e, "open the drive again");
	en->r->stats.reopened++;
	*back = true;
	return 0;
}

static int reopen(struct mun_rescue_engine *en, struct mun_err *e)
{
	bool back = false;

	if (en->r->reader->ops->reopen) {
		for (size_t i = 0; i < MUN_COUNT(waits_ms) && !back; i++) {
			int rc = reopen_once(en, i, &back, e);

			if (rc || en->stopped)
				return rc;
		}
	}
	if (!back)
		mun_rescue_stop(en, MUN_RESCUE_AWAY);
	return 0;
}

/* ---- one request ---- */

static int request_once(struct mun_rescue_engine *en, uint64_t off, size_t len,
			struct mun_read_reply *reply, struct mun_err *e)
{
	struct mun_reader *reader = en->r->reader;
	int rc;

	*reply = (struct mun_read_reply){ .states = en->states };
	en->r->stats.reads++;
	en->r->stats.pos = off;
	rc = reader->ops->read(reader, en->buf, len, off, reply, e);
	if (!rc && reply->end != MUN_REPLY_ALL && reply->end != MUN_REPLY_MIXED)
		mun_rescue_count_error(en, reply, off);
	return rc;
}

int mun_rescue_request(struct mun_rescue_engine *en, uint64_t off, size_t len,
		       struct mun_read_reply *reply, struct mun_err *e)
{
	int rc = request_once(en, off, len, reply, e);

	if (rc || reply->end != MUN_REPLY_GONE)
		return rc;
	rc = reopen(en, e);
	if (rc || en->stopped)
		return rc;
	rc = request_once(en, off, len, reply, e);
	if (rc || reply->end != MUN_REPLY_GONE)
		return rc;
	/* This place drives it away, or every one does: after a few it has to
	 * show. */
	if (++en->driven_away >= DRIVEN_AWAY)
		en->ask_at = 0;
	rc = reopen(en, e);
	reply->end = MUN_REPLY_FAILED;
	reply->has_bad_off = false;
	return rc;
}

/* ---- asking ---- */

/* A sector that was read well: another one each time. */
static bool good_sector(struct mun_rescue_engine *en, uint64_t *off)
{
	struct mun_rescue_part part;
	uint64_t pos;

	en->dice = en->dice * 6364136223846793005u + 1442695040888963407u;
	pos = (en->dice >> 11) % en->size;
	for (int turn = 0; turn < 2; turn++) {
		while (mun_rescue_seek(en, pos, true, "+", &part)) {
			uint64_t at = (part.off + en->sector - 1) / en->sector *
				      en->sector;

			*off = at;
			if (at + en->sector <= part.end)
				return true;
			pos = part.end;
		}
		pos = 0;
	}
	return false;
}

/* Of a drive that never gave anything nothing can be said, unless it does not
 * even stay. */
static int gives_anything(struct mun_rescue_engine *en, bool *yes,
			  struct mun_err *e)
{
	struct mun_read_reply reply;
	uint64_t off;

	*yes = en->driven_away < DRIVEN_AWAY;
	for (unsigned int i = 0; i < PLACES; i++) {
		int rc;

		if (!good_sector(en, &off))
			return 0;
		*yes = true;
		rc = request_once(en, off, en->sector, &reply, e);
		if (rc)
			return rc;
		if (reply.end == MUN_REPLY_ALL || reply.end == MUN_REPLY_MIXED)
			return 0;
		if (reply.end == MUN_REPLY_GONE)
			break;
	}
	*yes = false;
	return 0;
}

/* So many more failures, after @streak of them. */
static unsigned int ask_after(const struct mun_rescue_engine *en,
			      unsigned int streak)
{
	if (en->careful)
		return 1;
	return streak ? MUN_MIN(streak, ASK_EVERY) : ASK_AT;
}

void mun_rescue_is_alive(struct mun_rescue_engine *en)
{
	en->streak = 0;
	en->asked_at = 0;
	en->nmarks = 0;
	en->ask_at = ask_after(en, 0);
	en->driven_away = 0;
}

int mun_rescue_take_back(struct mun_rescue_engine *en,
			 struct mun_rescue_outcome *out, struct mun_err *e)
{
	uint64_t from = UINT64_MAX;
	uint64_t to = 0;

	while (en->nmarks > 0) {
		const struct mun_rescue_mark *m = &en->marks[en->nmarks - 1];
		int rc = mun_readmap_mark(en->r->map, m->off, m->bytes, m->was,
					  e);

		if (rc)
			return rc;
		from = MUN_MIN(from, m->off);
		to = MUN_MAX(to, m->off + m->bytes);
		en->nmarks--;
	}
	mun_rescue_is_alive(en);
	if (to) {
		out->again = true;
		out->again_from = from;
		out->again_to = to;
	}
	return 0;
}

/*
 * The drive died and is back.  If just one read has failed since it was seen
 * alive, that is what it died of, and stays; else all are tried again, and from
 * now on it is asked after each, so that the next time it is known.
 */
static int after_death(struct mun_rescue_engine *en,
		       struct mun_rescue_outcome *out, struct mun_err *e)
{
	en->careful = CAREFUL;
	if (en->streak == en->asked_at + 1) {
		mun_rescue_is_alive(en);
		return 0;
	}
	return mun_rescue_take_back(en, out, e);
}

int mun_rescue_ask(struct mun_rescue_engine *en, bool may_reopen,
		   struct mun_rescue_outcome *out, struct mun_err *e)
{
	bool yes;
	int rc = gives_anything(en, &yes, e);

	if (rc)
		return rc;
	if (yes) {
		en->nmarks = 0;
		en->driven_away = 0;
		en->asked_at = en->streak;
		en->careful -= en->careful > 0;
		en->ask_at = en->streak + ask_after(en, en->streak);
		return 0;
	}
	may_reopen = may_reopen && en->r->reader->ops->reopen;
	for (size_t i = 0; may_reopen && i < MUN_COUNT(waits_ms); i++) {
		bool back;

		rc = reopen_once(en, i, &back, e);
		if (!rc && back)
			rc = gives_anything(en, &yes, e);
		if (rc)
			return rc;
		if (yes)
			return after_death(en, out, e);
		if (en->stopped)
			break;
	}
	mun_rescue_stop(en, MUN_RESCUE_AWAY);
	return mun_rescue_take_back(en, out, e);
}
