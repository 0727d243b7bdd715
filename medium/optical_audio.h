/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/optical_audio.h - audio that is where it should be
 *
 * Sectors of audio bear no address, and a drive that seeks may begin some
 * samples off (jitter).  So what is read overlaps what was read before, and is
 * moved until both agree.  For medium/optical*.c only.
 */
#ifndef MUN_MEDIUM_OPTICAL_AUDIO_H
#define MUN_MEDIUM_OPTICAL_AUDIO_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "medium/mmc.h"
#include "medium/transport.h"

#define MUN_AUDIO_SECTOR 2352u
#define MUN_AUDIO_SAMPLES 588u /* of both channels, 4 bytes each */
/* How far a start may be off, and be found: two sectors. */
#define MUN_AUDIO_JITTER (2 * (int32_t)MUN_AUDIO_SAMPLES)

/* Samples that are taken to be those from sector @lba on. */
struct mun_audio_block {
	int32_t lba;
	uint32_t n; /* sectors; 0: nothing */
	uint8_t *data; /* owned; room for MUN_AUDIO_MOST */
};
#define MUN_AUDIO_MOST 32u /* sectors, with what overlaps */

struct mun_audio {
	struct mun_transport *t; /* borrowed */
	struct mun_audio_block held; /* what was last found to agree */
	struct mun_audio_block now; /* what comes */
};

/* 0 or MUN_ENOMEM; mun_audio_clear() either way. */
MUN_CHECK int mun_audio_init(struct mun_audio *a, struct mun_transport *t,
			     struct mun_err *e);
void mun_audio_clear(struct mun_audio *a); /* a zeroed one is fine */

struct mun_audio_area {
	int32_t first; /* of all audio around, which may be read to overlap */
	int32_t end;
};

/**
 * mun_audio_read() - @n sectors from @lba on, at most 20
 * @states: one enum mun_sector_end for each: GOOD, or DOUBTFUL where they could
 *          not be found to be in their place, or were read twice and differ
 * @how:    of the last command; where it is not DONE nothing was read
 *
 * Return: 0 or what mun_transport_run() says.
 */
MUN_CHECK int mun_audio_read(struct mun_audio *a,
			     const struct mun_audio_area *area, int32_t lba,
			     uint32_t n, uint8_t *out, uint8_t *states,
			     struct mun_mmc *how, struct mun_err *e);

/**
 * mun_audio_shift() - by how many samples does @now begin late?
 *
 * Where they overlap, both have the same samples for at least a sector, and at
 * no other distance for as long; silence fits at a distance of 0 only.
 * Return: false where they do not agree, or do not overlap by a sector.
 */
bool mun_audio_shift(const struct mun_audio_block *held,
		     const struct mun_audio_block *now, int32_t *shift);

#endif
