/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/medium/rescue_lab.h - a failing drive, its rescue, an image to fill
 *
 * Watches the promises that hold at every moment: nothing is written where the
 * map says good, nothing is marked before it is written.
 */
#ifndef MUN_TESTS_MEDIUM_RESCUE_LAB_H
#define MUN_TESTS_MEDIUM_RESCUE_LAB_H

#include "medium/rescue.h"
#include "tests/support/failing_drive.h"
#include "tests/support/support.h"

struct lab {
	struct mun_failing_drive *d;
	struct mun_rescue r;
	struct mun_readmap map;
	uint8_t *image;
	uint64_t *written_at; /* of each sector: the number of the write */
	uint64_t writes;
	uint64_t ticks;
	/* Set: from 1, 0 for never */
	uint64_t cancel_at; /* tick */
	uint64_t write_fails_at; /* write */
	/* Called at each tick, if set. */
	void (*look)(struct lab *l, const struct mun_rescue_stats *s);
	void *context;
};

void lab_open(struct lab *l, size_t nsectors, uint32_t sector_bytes);
void lab_close(struct lab *l);

/* The same medium in a drive that is as new, with the same image and map; what
 * was planned for the first drive is forgotten. */
void lab_another_drive(struct lab *l);

/* The map goes through its text, as in another process. */
void lab_save_and_load(struct lab *l);

/* Runs; the test ends unless it returns @rc. */
void lab_run_is(struct lab *l, int rc, enum mun_rescue_stop stop);

/* At any time: what the map says of each sector is true of the image, and what
 * is bad in the map is not fine in truth. */
void lab_check(const struct lab *l);

/* At the end: and nothing else is left to be done. */
void lab_check_complete(const struct lab *l);

/* Damage of one of some kinds, from @seed. */
void lab_damage(struct lab *l, uint64_t seed);

uint64_t lab_random(uint64_t *dice, uint64_t below);

#endif
