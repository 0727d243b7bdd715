/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/optical_box.h - discs that the tests of medium/optical*.c share */
#ifndef MUN_TESTS_OPTICAL_BOX_H
#define MUN_TESTS_OPTICAL_BOX_H

#include "medium/optical.h"
#include "tests/support/soft_drive.h"

/* One track of Mode 1: a volume of @sectors - 20 sectors that says so. */
struct mun_soft_disc *box_data(uint32_t sectors);

/* Mode 1, then two tracks of audio with pauses of 150 and 40 sectors. */
struct mun_soft_disc *box_mixed(void);
#define BOX_MIXED_AUDIO 500 /* where track 2 begins */
#define BOX_MIXED_LAST 900 /* and track 3 */
#define BOX_MIXED_END 1100

/* Two tracks of audio, then a second session with a track of Mode 2 form 1. */
struct mun_soft_disc *box_enhanced(void);

/* Audio only: three tracks, 30 hidden sectors before the first. */
struct mun_soft_disc *box_audio(void);

/* Open the disc in @d, or fail the test. */
struct mun_optical *box_open(struct mun_soft_drive *d);
struct mun_reader *box_reader(struct mun_soft_drive *d,
			      const struct mun_optical *o);

/* The sector @lba as the test made it. */
const uint8_t *box_sector(const struct mun_soft_drive *d, int32_t lba);

#endif
