/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/rescue_int.h - what the files of the rescue share
 *
 * rescue.c (the phases) calls rescue_copy.c and rescue_edges.c (which sectors
 * next), both call rescue_try.c (one request and what becomes of it), and that
 * rescue_drive.c (is the drive alive?) and rescue_count.c (figures, budgets).
 */
#ifndef MUN_MEDIUM_RESCUE_INT_H
#define MUN_MEDIUM_RESCUE_INT_H

#include "medium/rescue.h"

/* What a failure has marked since the drive last gave anything: it is taken
 * back if the drive, and not the medium, is the cause. */
struct mun_rescue_mark {
	uint64_t off; /* bytes */
	uint64_t bytes;
	enum mun_read_state was;
};
#define MUN_RESCUE_MARKS 160u

/* So far from the last failure, in bytes, damage is near. */
#define MUN_RESCUE_NEAR ((uint64_t)4 << 20)
/* Wider reads are tried after so much without any, or, where there was some
 * before, after so much; again when twice as much was without. */
#define MUN_RESCUE_FAR ((uint64_t)36 << 20)
#define MUN_RESCUE_VERY_FAR ((uint64_t)1 << 30)

/* How fast reads of one width are, since the last failure: by the best stretch
 * of some, so that what else the machine does is left out. */
struct mun_rescue_speed {
	uint64_t bytes;
	uint64_t stretch_bytes; /* of the present stretch */
	uint64_t stretch_us;
	uint64_t best_us; /* of a whole one; 0: none yet */
};

struct mun_rescue_engine {
	struct mun_rescue *r;
	/* Of the reader and its medium, bytes */
	uint64_t size;
	uint32_t sector;
	uint32_t cluster; /* one large read where there is damage */
	uint32_t piece; /* of a cluster, near damage */
	uint32_t widest; /* one large read where there is none */
	uint8_t *buf; /* of widest */
	uint8_t *states; /* of a sector each */
	/* So far */
	bool stopped; /* r->stop says why */
	/* GOOD: pieces of clusters that failed behind them */
	struct mun_readmap pieces;
	bool puts_off; /* what is slow is left for later */
	bool slow_seen; /* that was done in this run, or before */
	unsigned int retried; /* passes */
	uint64_t flawless; /* bytes read since the last failure */
	uint64_t wider_at; /* so many, and wider reads are tried */
	uint32_t
		width; /* of reads there: a cluster, or what was found faster */
	struct mun_rescue_speed as_it_is; /* of that width */
	struct mun_rescue_speed wider; /* of the next one */
	/* Does the drive name the sector that it cannot read? */
	bool names_proven;
	bool names_lie;
	/* Failures without anything good in between */
	unsigned int streak;
	unsigned int ask_at; /* at this streak the drive has to prove itself */
	unsigned int asked_at; /* at this one it did */
	unsigned int careful; /* failures that are each asked about: it died */
	unsigned int driven_away; /* requests in a row that did that */
	size_t nmarks;
	struct mun_rescue_mark marks[MUN_RESCUE_MARKS];
	uint64_t dice; /* where to ask the drive */
	/* Time, in monotonic microseconds */
	int64_t began;
	int64_t window_began; /* of the present rate */
	uint64_t window_bytes;
	uint64_t all_us; /* of reads that went well: the average rate */
	uint64_t all_bytes;
	uint64_t slow_us; /* the same, of the last second */
	uint64_t slow_bytes;
};

/* What became of a stretch that was tried. */
struct mun_rescue_outcome {
	bool failed; /* not all of it is there */
	bool named; /* and the drive said which sector: what is behind that one
		     * is as it was */
	bool slow; /* slower than the policy wants: for later */
	/* The drive died and came back: what had failed since it last gave
	 * anything, in [again_from, again_to), is as it was before. */
	bool again;
	uint64_t again_from;
	uint64_t again_to;
};

/* ---- rescue_try.c ---- */

/**
 * mun_rescue_try() - read a stretch, keep what comes, mark what does not
 * @off, @len: bytes inside one run of the map; whole sectors, or inside one
 * @failed:    the state for what cannot be read; a single sector is BAD
 *
 * Nothing happens if a budget is at its end (en->stopped).
 * Return: 0 or as mun_rescue_run().
 */
MUN_CHECK int mun_rescue_try(struct mun_rescue_engine *en, uint64_t off,
			     uint64_t len, enum mun_read_state failed,
			     struct mun_rescue_outcome *out, struct mun_err *e);

/* Mark what follows from a failure, to be taken back with it. */
MUN_CHECK int mun_rescue_mark_failed(struct mun_rescue_engine *en, uint64_t off,
				     uint64_t len, enum mun_read_state state,
				     struct mun_err *e);

/* ---- rescue_drive.c ---- */

/* One request, by a drive that is opened again if it goes away; GONE only if
 * en->stopped.  @buf may be en->buf. */
MUN_CHECK int mun_rescue_request(struct mun_rescue_engine *en, uint64_t off,
				 size_t len, struct mun_read_reply *reply,
				 struct mun_err *e);

/* The drive gave something: what failed before is a matter of the medium. */
void mun_rescue_is_alive(struct mun_rescue_engine *en);

/**
 * mun_rescue_ask() - does the drive still give what it gave before?
 * @may_reopen: open it again if it does not
 *
 * If it does not, what it failed to read meanwhile is as it was, and the run is
 * stopped (AWAY) unless opening it again has helped; then see @out->again.
 */
MUN_CHECK int mun_rescue_ask(struct mun_rescue_engine *en, bool may_reopen,
			     struct mun_rescue_outcome *out, struct mun_err *e);

/* Take back what was marked since the drive last gave anything. */
MUN_CHECK int mun_rescue_take_back(struct mun_rescue_engine *en,
				   struct mun_rescue_outcome *out,
				   struct mun_err *e);

/* ---- rescue_count.c ---- */

/* Monotonic microseconds, by the clock of the caller or of the system. */
int64_t mun_rescue_now(const struct mun_rescue_engine *en);
/* Also checks the budgets: sets en->stopped. */
void mun_rescue_check_budget(struct mun_rescue_engine *en);
void mun_rescue_stop(struct mun_rescue_engine *en, enum mun_rescue_stop why);
void mun_rescue_count_error(struct mun_rescue_engine *en,
			    const struct mun_read_reply *reply, uint64_t off);
/* One request took @us for @bytes (0: it failed).  True: it is slow here, and
 * that is for later. */
bool mun_rescue_count_time(struct mun_rescue_engine *en, uint64_t bytes,
			   int64_t us);
/* Here is damage: what was flawless ends. */
void mun_rescue_flaw(struct mun_rescue_engine *en);
/* Tell the caller; an error of his ends the run. */
MUN_CHECK int mun_rescue_tick(struct mun_rescue_engine *en, struct mun_err *e);

/* ---- rescue_seek.c ---- */

/* A run of the map that is still to be done, cut to what is ahead. */
struct mun_rescue_part {
	uint64_t off; /* bytes */
	uint64_t end;
	enum mun_read_state state;
};

/**
 * mun_rescue_seek() - the next run in one of @states
 * @forward: from byte @pos on; else before byte @pos, the last one first
 */
bool mun_rescue_seek(const struct mun_rescue_engine *en, uint64_t pos,
		     bool forward, const char *states,
		     struct mun_rescue_part *out);

/* The end of the first request of [off, end): a sector, or the part of one. */
uint64_t mun_rescue_first_sector(const struct mun_rescue_engine *en,
				 uint64_t off, uint64_t end);
/* The beginning of the last one. */
uint64_t mun_rescue_last_sector(const struct mun_rescue_engine *en,
				uint64_t off, uint64_t end);

/* Where a pass goes on: at what is still ahead of it, or at what was taken
 * back. */
uint64_t mun_rescue_pos_after(const struct mun_rescue_outcome *out,
			      bool forward, uint64_t pos);

/* ---- the phases ---- */

/* @first: the pass to begin with, at byte @pos. */
MUN_CHECK int mun_rescue_copy(struct mun_rescue_engine *en, unsigned int first,
			      uint64_t pos, struct mun_err *e);
MUN_CHECK int mun_rescue_trim(struct mun_rescue_engine *en, struct mun_err *e);
MUN_CHECK int mun_rescue_scrape(struct mun_rescue_engine *en,
				struct mun_err *e);
/* One pass over what is bad or doubtful; @pos: where it begins. */
MUN_CHECK int mun_rescue_retry(struct mun_rescue_engine *en, unsigned int pass,
			       uint64_t pos, struct mun_err *e);

#endif
