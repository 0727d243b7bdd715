/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/rescue_edges.c - sector by sector: trimming, scraping, retrying
 *
 * From here on each read is of one sector, and each bad sector costs one
 * failing read: no order costs fewer, but some give more before the drive dies.
 */
#include "medium/rescue_int.h"

#include "core/check.h"

static int try_sector(struct mun_rescue_engine *en, bool forward, uint64_t off,
		      uint64_t end, struct mun_rescue_outcome *out,
		      struct mun_err *e)
{
	en->r->map->status.pos = forward ? off : end;
	return mun_rescue_try(en, off, end - off, MUN_READ_BAD, out, e);
}

/* ---- trimming ---- */

/*
 * Is there anything to be found from this edge of a failed stretch inwards?
 * Not if a bad sector is beside it.  Nor if what is beside it is nothing but
 * pieces of clusters that failed: ddrescue, which has no pieces, sees one
 * stretch there, without an edge, and leaves it to the scraping.
 */
static bool is_edge(const struct mun_rescue_engine *en, uint64_t at,
		    bool leading)
{
	const struct mun_readmap *m = en->r->map;
	const struct mun_read_run *gap;
	const struct mun_read_run *pieces;
	uint64_t end;

	if (leading ? at == 0 : at >= m->size)
		return true;
	gap = mun_readmap_run(m, leading ? at - 1 : at);
	end = gap->off + gap->bytes;
	if (gap->state != MUN_READ_GOOD || gap->off == 0 || end == m->size)
		return gap->state != MUN_READ_BAD;
	pieces = mun_readmap_run(&en->pieces, gap->off);
	return pieces->state != MUN_READ_GOOD ||
	       pieces->off + pieces->bytes < end;
}

/* From one edge inwards, up to the first sector that fails: @part is what is
 * left. */
static int trim_edge(struct mun_rescue_engine *en, bool leading,
		     struct mun_rescue_part *part,
		     struct mun_rescue_outcome *out, struct mun_err *e)
{
	while (part->off < part->end) {
		uint64_t off = part->off;
		uint64_t end = part->end;
		int rc;

		if (leading)
			end = mun_rescue_first_sector(en, off, end);
		else
			off = mun_rescue_last_sector(en, off, end);
		rc = try_sector(en, leading, off, end, out, e);
		if (rc || en->stopped || out->again)
			return rc;
		if (leading)
			part->off = end;
		else
			part->end = off;
		if (out->failed)
			return 0;
	}
	return 0;
}

static int trim_run(struct mun_rescue_engine *en, bool forward,
		    struct mun_rescue_part part, struct mun_rescue_outcome *out,
		    struct mun_err *e)
{
	for (int i = 0; i < 2; i++) {
		bool leading = (i == 0) == forward;
		int rc;

		if (part.off >= part.end ||
		    !is_edge(en, leading ? part.off : part.end, leading))
			continue;
		rc = trim_edge(en, leading, &part, out, e);
		if (rc || en->stopped || out->again)
			return rc;
	}
	return mun_rescue_mark_failed(en, part.off, part.end - part.off,
				      MUN_READ_NOT_SCRAPED, e);
}

int mun_rescue_trim(struct mun_rescue_engine *en, struct mun_err *e)
{
	bool forward = !en->r->policy.reverse;
	uint64_t pos = forward ? 0 : en->size;
	struct mun_rescue_part part;

	while (!en->stopped && mun_rescue_seek(en, pos, forward, "*", &part)) {
		struct mun_rescue_outcome out = { 0 };
		int rc = trim_run(en, forward, part, &out, e);

		if (rc)
			return rc;
		pos = mun_rescue_pos_after(&out, forward,
					   forward ? part.end : part.off);
	}
	return 0;
}

/* ---- scraping, retrying ---- */

/* Each sector of what is in one of @states, once. */
static int sweep(struct mun_rescue_engine *en, bool forward, uint64_t pos,
		 const char *states, struct mun_err *e)
{
	struct mun_rescue_part part;

	while (!en->stopped &&
	       mun_rescue_seek(en, pos, forward, states, &part)) {
		struct mun_rescue_outcome out = { 0 };
		int rc;

		if (forward)
			part.end =
				mun_rescue_first_sector(en, part.off, part.end);
		else
			part.off =
				mun_rescue_last_sector(en, part.off, part.end);
		rc = try_sector(en, forward, part.off, part.end, &out, e);
		if (rc)
			return rc;
		pos = mun_rescue_pos_after(&out, forward,
					   forward ? part.end : part.off);
	}
	return 0;
}

int mun_rescue_scrape(struct mun_rescue_engine *en, struct mun_err *e)
{
	bool forward = !en->r->policy.reverse;

	return sweep(en, forward, forward ? 0 : en->size, "/", e);
}

int mun_rescue_retry(struct mun_rescue_engine *en, unsigned int pass,
		     uint64_t pos, struct mun_err *e)
{
	bool forward = (pass % 2 == 1) != en->r->policy.reverse;

	if (pos == UINT64_MAX)
		pos = forward ? 0 : en->size;
	return sweep(en, forward, pos, "-!", e);
}
