/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/rescue.h - the order in which a failing medium is read
 *
 * Reads that fail wear a failing drive out, so what is easy comes first:
 * copying (large reads; from a failure or a slow area on, growing skips; then
 * the same from the other end; then what was skipped), trimming (sector by
 * sector from both ends of what failed), scraping (the rest of it, sector by
 * sector), retrying (bounded passes in alternating direction).  The phases are
 * those of GNU ddrescue (its manual, "Algorithm"), and its mapfile is the
 * state, so that either program goes on where the other stopped.
 *
 * The map is the only state: whatever @map says is not read again.
 */
#ifndef MUN_MEDIUM_RESCUE_H
#define MUN_MEDIUM_RESCUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/readmap.h"
#include "medium/reader.h"

/* What one is ready to spend.  All zeros: read everything once, no retries. */
struct mun_rescue_policy {
	unsigned int retries; /* passes over what is bad, after scraping */
	uint64_t max_time_ms; /* of this run; 0: no end */
	uint64_t min_rate; /* bytes a second; below, an area is put off; 0: a
			    * tenth of the average so far */
	uint64_t max_errors; /* failing reads of this run; 0: no end */
	bool no_scrape; /* end after trimming */
	bool reverse; /* begin at the end */
};

enum mun_rescue_phase {
	MUN_RESCUE_COPYING,
	MUN_RESCUE_TRIMMING,
	MUN_RESCUE_SCRAPING,
	MUN_RESCUE_RETRYING,
	MUN_RESCUE_ENDED,
};

/* Why mun_rescue_run() ended. */
enum mun_rescue_stop {
	MUN_RESCUE_DONE, /* every byte was tried as the policy says */
	MUN_RESCUE_TIME, /* max_time_ms */
	MUN_RESCUE_ERRORS, /* max_errors */
	MUN_RESCUE_AWAY, /* the drive went away and did not come back, or gives
			  * nothing any more, not even what it gave before; or
			  * it never gave anything, and all is untried again */
};

/* One kind of failure, counted; for the record. */
struct mun_read_error {
	int sys; /* errno, or 0 */
	uint8_t key, asc, ascq;
	uint64_t count; /* failing reads */
	uint64_t first_off; /* bytes */
};
#define MUN_READ_ERRORS 16u

struct mun_rescue_stats {
	enum mun_rescue_phase phase;
	unsigned int pass; /* of the phase, from 1 */
	uint64_t pos; /* bytes: where the last read was */
	uint64_t read_bytes; /* good bytes that this run got */
	uint64_t reads; /* requests to the drive */
	uint64_t failed_reads;
	uint64_t slow_reads;
	uint64_t reopened; /* times */
	uint64_t corrected; /* sectors mended by the host's ECC */
	uint64_t rate; /* bytes a second, of late */
	uint64_t elapsed_ms; /* of this run */
	size_t nerrors;
	struct mun_read_error errors[MUN_READ_ERRORS]; /* most frequent kinds;
							* the last one takes
							* all that find no
							* room */
};

struct mun_rescue {
	/* Given */
	struct mun_reader *reader;
	struct mun_readmap *map; /* gone on with, and kept up to date */
	struct mun_rescue_policy policy;
	/* What was read, before the map says so.  @states: of a mixed read, one
	 * for each sector (enum mun_sector_end), or NULL: all good; sectors in
	 * state BAD are not to be written.  An error ends the run. */
	int (*write)(void *ctx, const void *data, size_t len, uint64_t off,
		     const uint8_t *states, struct mun_err *e);
	/* After every read; cheap: the receiver decides when to save the map
	 * and what to draw.  An error (MUN_ECANCELLED, too) ends the run. */
	int (*tick)(void *ctx, const struct mun_rescue_stats *s,
		    struct mun_err *e);
	void *ctx;
	/* Monotonic milliseconds; NULL: the clock of the system.  And how to
	 * wait between attempts to open a drive again; NULL: sleep. */
	int64_t (*now_ms)(void *ctx);
	void (*wait_ms)(void *ctx, int64_t ms);
	/* Made */
	struct mun_rescue_stats stats;
	enum mun_rescue_stop stop;
};

/**
 * mun_rescue_run() - read all that the policy allows
 *
 * May be called again with the same map, also by another process, with another
 * reader of the same medium.  Between @write and the map's mark nothing else
 * happens, so a map that was saved after the image was synced never says more
 * than the image has.
 * After failures in a row the drive is asked for a sector that it gave before.
 * What failed since it last gave anything is as it was, if it does not give
 * that, and if the run ends with an error before it could be asked.
 * A sector that was read with a failed check is MUN_READ_DOUBTFUL in the map:
 * tried again in the retry passes, and better data replaces it.
 * Return: 0, see @stop; MUN_ECANCELLED; the error of write or tick; MUN_ENOMEM;
 * MUN_EINVAL (map and reader differ in size; another medium after reopening).
 */
MUN_CHECK int mun_rescue_run(struct mun_rescue *r, struct mun_err *e);

/* "copying, pass 1", "scraping": for people. */
void mun_rescue_phase_text(const struct mun_rescue_stats *s,
			   char out[static 32]);

#endif
