/* SPDX-License-Identifier: Apache-2.0 */
/* medium/rescue_try.c - one stretch is read, and what becomes of it */
#include "medium/rescue_int.h"

#include "core/check.h"

static enum mun_read_state state_of(uint8_t sector)
{
	switch (sector) {
	case MUN_SECTOR_GOOD:
	case MUN_SECTOR_CORRECTED:
		return MUN_READ_GOOD;
	case MUN_SECTOR_DOUBTFUL:
		return MUN_READ_DOUBTFUL;
	default:
		return MUN_READ_BAD;
	}
}

/* ---- what came ---- */

static int keep(struct mun_rescue_engine *en, uint64_t from, uint64_t off,
		uint64_t len, const uint8_t *states, struct mun_err *e)
{
	return en->r->write(en->r->ctx, en->buf + (off - from), (size_t)len,
			    off, states, e);
}

static int got_all(struct mun_rescue_engine *en, uint64_t from, uint64_t off,
		   uint64_t len, struct mun_err *e)
{
	int rc = keep(en, from, off, len, NULL, e);

	if (!rc)
		rc = mun_readmap_mark(en->r->map, off, len, MUN_READ_GOOD, e);
	if (!rc)
		en->r->stats.read_bytes += len;
	return rc;
}

/* Sectors in one state, [i, end) of a mixed reply to a request at @off. */
static int got_some(struct mun_rescue_engine *en, uint64_t off, uint64_t bytes,
		    enum mun_read_state state, struct mun_err *e)
{
	/* What was doubtful before is not made worse by another attempt. */
	if (state == MUN_READ_BAD &&
	    mun_readmap_at(en->r->map, off) == MUN_READ_DOUBTFUL)
		return 0;
	if (state == MUN_READ_GOOD)
		en->r->stats.read_bytes += bytes;
	return mun_readmap_mark(en->r->map, off, bytes, state, e);
}

static int mark_states(struct mun_rescue_engine *en, uint64_t off, uint64_t len,
		       struct mun_rescue_outcome *out, struct mun_err *e)
{
	uint64_t at = off;
	size_t i = 0;

	while (at < off + len) {
		enum mun_read_state state = state_of(en->states[i]);
		uint64_t end = at;

		while (end < off + len && state_of(en->states[i]) == state) {
			en->r->stats.corrected +=
				en->states[i] == MUN_SECTOR_CORRECTED;
			end = MUN_MIN(end + en->sector, off + len);
			i++;
		}
		out->failed |= state == MUN_READ_BAD;
		if (got_some(en, at, end - at, state, e))
			return e->code;
		at = end;
	}
	return 0;
}

static bool all_states_are(const struct mun_rescue_engine *en, uint64_t len,
			   enum mun_read_state state)
{
	for (uint64_t i = 0; i * en->sector < len; i++)
		if (state_of(en->states[i]) != state)
			return false;
	return true;
}

static int got_mixed(struct mun_rescue_engine *en, uint64_t from, uint64_t off,
		     uint64_t len, struct mun_rescue_outcome *out,
		     struct mun_err *e)
{
	bool had = mun_readmap_at(en->r->map, off) == MUN_READ_DOUBTFUL;
	int rc = 0;

	/* A doubtful copy is there already: only a good one is better. */
	if (!all_states_are(en, len, MUN_READ_BAD) &&
	    !(had && all_states_are(en, len, MUN_READ_DOUBTFUL)))
		rc = keep(en, from, off, len, en->states, e);
	if (!rc)
		rc = mark_states(en, off, len, out, e);
	if (!rc && out->failed) {
		struct mun_read_reply none = { .sys = 0 };

		mun_rescue_count_error(en, &none, off);
	}
	return rc;
}

/* ---- what did not come ---- */

int mun_rescue_mark_failed(struct mun_rescue_engine *en, uint64_t off,
			   uint64_t len, enum mun_read_state state,
			   struct mun_err *e)
{
	enum mun_read_state was;

	if (len == 0)
		return 0;
	was = mun_readmap_at(en->r->map, off);
	if (was == state || was == MUN_READ_DOUBTFUL)
		return 0;
	if (en->streak > 0 && en->nmarks < MUN_RESCUE_MARKS) {
		en->marks[en->nmarks].off = off;
		en->marks[en->nmarks].bytes = len;
		en->marks[en->nmarks].was = was;
		en->nmarks++;
	}
	return mun_readmap_mark(en->r->map, off, len, state, e);
}

/* ---- one request ---- */

struct request {
	uint64_t off; /* what is asked for by the map */
	uint64_t len;
	uint64_t from; /* whole sectors around it */
	uint64_t to;
	enum mun_read_state failed;
	bool plain; /* a name means nothing */
};

static bool names_one(const struct mun_rescue_engine *en,
		      const struct request *q,
		      const struct mun_read_reply *reply)
{
	return reply->has_bad_off && !en->names_lie && !q->plain &&
	       q->off == q->from && q->len > en->sector &&
	       reply->bad_off >= q->off && reply->bad_off < q->off + q->len &&
	       (reply->bad_off - q->off) % en->sector == 0;
}

static int got_nothing(struct mun_rescue_engine *en, const struct request *q,
		       const struct mun_read_reply *reply,
		       struct mun_rescue_outcome *out, struct mun_err *e)
{
	enum mun_read_state state = q->failed;

	out->failed = true;
	mun_rescue_flaw(en);
	en->streak++;
	out->named = names_one(en, q, reply);
	if (out->named)
		return 0;
	if (q->to - q->from <= en->sector)
		state = MUN_READ_BAD;
	return mun_rescue_mark_failed(en, q->off, q->len, state, e);
}

static int got(struct mun_rescue_engine *en, const struct request *q,
	       const struct mun_read_reply *reply,
	       struct mun_rescue_outcome *out, struct mun_err *e)
{
	int rc;

	if (reply->end == MUN_REPLY_FAILED)
		return got_nothing(en, q, reply, out, e);
	mun_rescue_is_alive(en);
	if (reply->end == MUN_REPLY_ALL)
		rc = got_all(en, q->from, q->off, q->len, e);
	else
		rc = got_mixed(en, q->from, q->off, q->len, out, e);
	if (out->failed)
		mun_rescue_flaw(en);
	else
		en->flawless += q->len;
	return rc;
}

static int ask_once(struct mun_rescue_engine *en, const struct request *q,
		    struct mun_read_reply *reply,
		    struct mun_rescue_outcome *out, struct mun_err *e)
{
	int64_t took;
	int rc;

	mun_rescue_check_budget(en);
	if (en->stopped)
		return 0;
	took = -mun_rescue_now(en);
	rc = mun_rescue_request(en, q->from, (size_t)(q->to - q->from), reply,
				e);
	took += mun_rescue_now(en);
	if (rc || en->stopped)
		return rc;
	rc = got(en, q, reply, out, e);
	if (rc)
		return rc;
	out->slow |= mun_rescue_count_time(
		en, reply->end == MUN_REPLY_FAILED ? 0 : q->len, took);
	rc = mun_rescue_tick(en, e);
	if (!rc && en->streak >= en->ask_at)
		rc = mun_rescue_ask(en, true, out, e);
	return rc;
}

/* ---- a drive that names the sector ---- */

static struct request request_for(const struct mun_rescue_engine *en,
				  uint64_t off, uint64_t len,
				  enum mun_read_state failed)
{
	uint64_t end = off + len;
	uint64_t over = end % en->sector;

	return (struct request){
		.off = off,
		.len = len,
		.from = off - off % en->sector,
		.to = over ? end - over + en->sector : end,
		.failed = failed,
	};
}

/* The first sector that a drive names has to show by itself that it is bad:
 * bridges are known that always name the same one, or the first. */
static int prove_name(struct mun_rescue_engine *en, uint64_t bad,
		      struct mun_rescue_outcome *out, struct mun_err *e)
{
	struct request q = request_for(en, bad, en->sector, MUN_READ_BAD);
	struct mun_read_reply reply;
	int rc;

	*out = (struct mun_rescue_outcome){ 0 };
	rc = ask_once(en, &q, &reply, out, e);
	if (!rc && !en->stopped && !out->again) {
		en->names_proven = out->failed;
		en->names_lie = !out->failed;
	}
	return rc;
}

/*
 * The drive named sector @bad.  What is before can be read, if it is right; the
 * sector is bad then, and nothing is known of what is behind.
 */
static int follow_name(struct mun_rescue_engine *en, const struct request *q,
		       uint64_t bad, struct mun_rescue_outcome *out,
		       struct mun_err *e)
{
	struct request before =
		request_for(en, q->off, bad - q->off, q->failed);
	struct mun_rescue_outcome part = { 0 };
	struct mun_read_reply reply;
	uint64_t rest = bad;
	int rc = 0;

	before.plain = true;
	if (before.len)
		rc = ask_once(en, &before, &reply, &part, e);
	if (!rc && !en->stopped && !part.again && !part.failed) {
		if (en->names_proven)
			return mun_rescue_mark_failed(en, bad, en->sector,
						      MUN_READ_BAD, e);
		rc = prove_name(en, bad, &part, e);
		if (!rc && !en->stopped && en->names_proven)
			return 0;
		rest += en->sector;
	} else if (!en->names_proven) {
		en->names_lie = true;
	}
	out->again = part.again;
	out->again_from = part.again_from;
	out->again_to = part.again_to;
	if (rc || en->stopped || out->again)
		return rc;
	/* It does not know: the rest has failed as a whole. */
	out->named = false;
	return mun_rescue_mark_failed(en, rest, q->off + q->len - rest,
				      q->failed, e);
}

int mun_rescue_try(struct mun_rescue_engine *en, uint64_t off, uint64_t len,
		   enum mun_read_state failed, struct mun_rescue_outcome *out,
		   struct mun_err *e)
{
	struct request q = request_for(en, off, len, failed);
	struct mun_read_reply reply = { 0 };
	int rc;

	*out = (struct mun_rescue_outcome){ 0 };
	rc = ask_once(en, &q, &reply, out, e);
	if (rc || en->stopped || out->again || !out->named)
		return rc;
	return follow_name(en, &q, reply.bad_off, out, e);
}
