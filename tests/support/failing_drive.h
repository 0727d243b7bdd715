/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/support/failing_drive.h - a drive that fails as it is told, by the clock
 *
 * A struct mun_reader over bytes that are made up from a seed, with a clock of
 * its own: each read costs time, a failing one more, and nobody waits.  All of
 * the struct may be looked at and set between reads.
 */
#ifndef MUN_TESTS_SUPPORT_FAILING_DRIVE_H
#define MUN_TESTS_SUPPORT_FAILING_DRIVE_H

#include "medium/reader.h"

/* What a sector is like. */
enum mun_failing_kind {
	MUN_FAILING_FINE,
	MUN_FAILING_BAD, /* never read */
	MUN_FAILING_WEAK, /* read at the attempt after .tries that fail */
	MUN_FAILING_SLOW,
	/* Only of a drive that tells of each sector (.tells); else BAD. */
	MUN_FAILING_CORRECTED,
	MUN_FAILING_DOUBTFUL, /* other wrong bytes at each attempt */
	MUN_FAILING_HEALS, /* doubtful, and good after .tries */
};

struct mun_failing_sector {
	uint8_t kind;
	uint8_t tries; /* left */
	uint16_t reads; /* requests that came as far as it */
	uint16_t alone; /* requests for it alone */
};

/* What is done to the drive from outside, at its n-th request, from 1; 0: never
 */
struct mun_failing_plan {
	uint64_t dies_after; /* failing reads; all that follow fail */
	uint64_t gone_at; /* falls off the bus at that request */
	uint64_t gone_every; /* and again after as many */
	unsigned int back_after; /* attempts to open it that fail before */
	bool revives; /* opening it helps a dead one too, once */
	bool swapped; /* what is in it then is another medium */
	bool never_back;
	uint64_t breaks_at; /* the machine, not the drive, fails: an error */
	size_t dies_on; /* a sector, not 0: reading it kills the drive, until it
			 * is opened again */
	bool falls_on_bad; /* a bad sector drives it off the bus */
};

struct mun_failing_drive {
	struct mun_reader reader; /* the first: a reader is cast to its drive */
	struct mun_failing_plan plan;
	uint64_t seed; /* of the bytes */
	size_t nsectors;
	struct mun_failing_sector *sectors;
	bool tells; /* mixed replies */
	bool names; /* says which sector failed */
	bool lies; /* says always that it was the first one of the request */
	/* Clock */
	int64_t now_ms;
	unsigned int read_us; /* a request */
	unsigned int sector_us; /* and each sector of it */
	unsigned int slow_ms; /* each slow sector */
	unsigned int fail_ms; /* a failing read */
	/* Counted */
	uint64_t us; /* not yet a millisecond */
	uint64_t reads;
	uint64_t failed;
	uint64_t reopens; /* attempts */
	uint64_t outside; /* requests not inside the medium or not of sectors */
	bool dead;
	bool gone;
	unsigned int gentle; /* how often it was told to be */
};

/* A fine medium; ends the test without memory. Close it as a reader. */
struct mun_failing_drive *mun_failing_drive_new(size_t nsectors,
						uint32_t sector_bytes);

/* All of [@first, @first + @n) is @kind. */
void mun_failing_set(struct mun_failing_drive *d, size_t first, size_t n,
		     enum mun_failing_kind kind, uint8_t tries);

/* The right bytes of whole sectors. */
void mun_failing_bytes(const struct mun_failing_drive *d, uint64_t off,
		       void *buf, size_t len);

#endif
