/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/rescue_copy.c - copying: what was never tried, in large reads
 *
 * The passes are those of ddrescue (its manual, "Algorithm"), on the same grid
 * of clusters and with the same skips, so that no failing read is spent that it
 * would not spend.  What is gained:
 *  - near damage a cluster is read in pieces, up to the first that fails: as
 *    many failing reads, and what lies before is there;
 *  - far from any damage reads are wider than a cluster, if that is faster: a
 *    drive that reads ahead comes as fast in clusters.  A read that fails then
 *    covers more, and is left to the trimming as a whole.
 */
#include "medium/rescue_int.h"

#include "core/check.h"

/* Bytes that are read to find out whether wider reads are faster. */
#define TRIAL ((uint64_t)16 << 20)
#define SKIP_LEAST 65536u

#define PASSES 5u

struct pass {
	unsigned int number; /* 1 to PASSES */
	bool forward;
	uint64_t pos; /* what is done ends here */
	uint64_t skip; /* bytes, after the next failure; 0: the first one */
};

static uint64_t round_up(uint64_t n, uint64_t unit)
{
	return (n + unit - 1) / unit * unit;
}

/* ---- one read ---- */

/* By a seventh at least: less is not worth a wider failure. */
static bool wider_is_faster(const struct mun_rescue_engine *en)
{
	return en->wider.best_us < en->as_it_is.best_us * 7 / 8;
}

/* How much to read at once: up to four times as much, as long as it pays. */
static uint64_t width(struct mun_rescue_engine *en)
{
	uint32_t wider = MUN_MIN(4 * en->width, en->widest);

	if (en->flawless < en->wider_at || wider == en->width)
		return en->width;
	if (en->wider.bytes < TRIAL)
		return wider;
	if (wider_is_faster(en)) {
		en->width = wider;
		en->as_it_is = en->wider;
	} else {
		en->wider_at = 2 * en->flawless;
		en->as_it_is = (struct mun_rescue_speed){ 0 };
	}
	en->wider = (struct mun_rescue_speed){ 0 };
	return en->width;
}

/* The next clusters of @part: @part is cut to them.  They end at the grid, so
 * that the passes meet the same ones whatever they skip. */
static void cut(struct mun_rescue_engine *en, bool forward,
		struct mun_rescue_part *part)
{
	uint64_t grid = en->cluster;
	uint64_t wide = width(en);
	uint64_t edge;

	if (forward) {
		edge = (part->off / grid * grid) + wide;
		part->end = MUN_MIN(part->end, edge);
	} else {
		edge = round_up(part->end, grid);
		edge = edge > wide ? edge - wide : 0;
		part->off = MUN_MAX(part->off, edge);
	}
	/* A map of another sector size: first its odd part. */
	if (forward && part->off % en->sector)
		part->end = mun_rescue_first_sector(en, part->off, part->end);
	else if (forward && part->end - part->off > en->sector)
		part->end -= part->end % en->sector;
	else if (!forward && part->end % en->sector)
		part->off = mun_rescue_last_sector(en, part->off, part->end);
	else if (!forward && part->end - part->off > en->sector)
		part->off = round_up(part->off, en->sector);
}

/*
 * A piece has failed: what is behind it, @left bytes, has failed with it, as it
 * would have in one read.  What came before is remembered as what it is.
 */
static int piece_failed(struct mun_rescue_engine *en, bool forward,
			const struct mun_rescue_part *part, uint64_t left,
			uint64_t len, struct mun_err *e)
{
	uint64_t came = part->end - part->off - left - len;
	int rc = mun_rescue_mark_failed(en,
					forward ? part->end - left : part->off,
					left, MUN_READ_NOT_TRIMMED, e);

	if (!rc)
		rc = mun_readmap_mark(&en->pieces,
				      forward ? part->off : part->end - came,
				      came, MUN_READ_GOOD, e);
	return rc;
}

/* Piece by piece in the direction of the pass, up to one that fails. */
static int read_pieces(struct mun_rescue_engine *en, bool forward,
		       const struct mun_rescue_part *part,
		       struct mun_rescue_outcome *out, struct mun_err *e)
{
	uint64_t left = part->end - part->off;

	while (left > 0) {
		uint64_t len = MUN_MIN(left, en->piece);
		uint64_t off =
			forward ? part->end - left : part->off + left - len;
		int rc = mun_rescue_try(en, off, len, MUN_READ_NOT_TRIMMED, out,
					e);

		if (rc || en->stopped || out->again)
			return rc;
		left -= len;
		if (out->failed && !out->named)
			return piece_failed(en, forward, part, left, len, e);
		if (out->failed || out->slow)
			return 0;
	}
	return 0;
}

static int read_part(struct mun_rescue_engine *en, bool forward,
		     const struct mun_rescue_part *part,
		     struct mun_rescue_outcome *out, struct mun_err *e)
{
	if (en->flawless < MUN_RESCUE_NEAR)
		return read_pieces(en, forward, part, out, e);
	return mun_rescue_try(en, part->off, part->end - part->off,
			      MUN_READ_NOT_TRIMMED, out, e);
}

/* ---- passes ---- */

static uint64_t next_skip(const struct mun_rescue_engine *en, uint64_t skip)
{
	uint64_t least =
		round_up(MUN_MAX(en->size / 100000, SKIP_LEAST), en->cluster);
	uint64_t most =
		round_up(en->size / 100 + (en->size % 100 != 0), en->sector);

	most = MUN_MAX(least, most);
	return skip ? MUN_MIN(2 * skip, most) : least;
}

/* Away from @pos by @bytes, but not out of the run that ends at @edge. */
static uint64_t step(bool forward, uint64_t pos, uint64_t bytes, uint64_t edge)
{
	if (forward)
		return MUN_MIN(edge, pos + bytes);
	return pos > bytes ? MUN_MAX(edge, pos - bytes) : edge;
}

/*
 * After a read of @part, which is of the run @run: where the pass goes on.
 * The first pass skips as long as it finds nothing good; the next three leave
 * the rest of a run alone after the first failure in it, and the first two pass
 * slow areas by; the last takes everything.
 */
static void move_on(struct mun_rescue_engine *en, struct pass *p,
		    const struct mun_rescue_part *run,
		    const struct mun_rescue_part *part,
		    const struct mun_rescue_outcome *out)
{
	uint64_t edge = p->forward ? run->end : run->off;

	/* A drive that names the sector leaves something behind it to be read;
	 * the last pass reads it at once. */
	if (p->number == PASSES && out->named)
		return;
	p->pos = p->forward ? part->end : part->off;
	if (out->slow) {
		en->r->stats.slow_reads++;
		en->slow_seen = true;
	}
	if (out->failed && p->number > 1 && p->number < PASSES) {
		p->pos = edge;
	} else if ((out->failed && p->number == 1) || out->slow) {
		p->skip = next_skip(en, p->skip);
		p->pos = step(p->forward, p->pos, p->skip, edge);
	} else {
		p->skip = 0;
	}
}

static int run_pass(struct mun_rescue_engine *en, struct pass *p,
		    struct mun_err *e)
{
	struct mun_rescue_part run;
	uint64_t last = UINT64_MAX;

	en->r->stats.pass = p->number;
	en->r->map->status.pass = p->number;
	en->puts_off = p->number <= 2;
	while (!en->stopped &&
	       mun_rescue_seek(en, p->pos, p->forward, "?", &run)) {
		struct mun_rescue_part part = run;
		struct mun_rescue_outcome out;
		uint64_t edge = p->forward ? run.end : run.off;
		int rc;

		/* Another run: what ended the one before is near. */
		if (last != UINT64_MAX && edge != last) {
			p->skip = 0;
			mun_rescue_flaw(en);
		}
		last = edge;
		cut(en, p->forward, &part);
		en->r->map->status.pos = p->forward ? part.off : part.end;
		rc = read_part(en, p->forward, &part, &out, e);
		if (rc)
			return rc;
		if (out.again)
			p->pos = mun_rescue_pos_after(&out, p->forward, p->pos);
		else if (!en->stopped)
			move_on(en, p, &run, &part, &out);
	}
	return 0;
}

int mun_rescue_copy(struct mun_rescue_engine *en, unsigned int first,
		    uint64_t pos, struct mun_err *e)
{
	const struct mun_readmap *m = en->r->map;
	unsigned int i = first;
	int rc = 0;

	/* Begun in the middle of what only slowness makes necessary. */
	if (first == 3 || first == 4)
		en->slow_seen = true;
	while (!rc && !en->stopped &&
	       mun_readmap_bytes(m, MUN_READ_NOT_TRIED)) {
		bool forward = (i % 2 == 1) != en->r->policy.reverse;
		struct pass p = { .number = i, .forward = forward };

		p.pos = pos != UINT64_MAX ? pos : forward ? 0 : en->size;
		pos = UINT64_MAX;
		if ((i != 3 && i != 4) || en->slow_seen)
			rc = run_pass(en, &p, e);
		/* What is left then is behind where a pass was begun. */
		i = MUN_MIN(i + 1, PASSES);
	}
	en->puts_off = false;
	return rc;
}
