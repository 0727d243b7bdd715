/* SPDX-License-Identifier: Apache-2.0 */
/* medium/optical_sector.h - is a sector of a CD what it should be? */
#ifndef MUN_MEDIUM_OPTICAL_SECTOR_H
#define MUN_MEDIUM_OPTICAL_SECTOR_H

#include <stdint.h>

#include "medium/optical.h"
#include "medium/reader.h"

/**
 * mun_optical_judge() - EDC and header of a sector that came, and ECC
 * @sector: whole; changed only where it is mended (CORRECTED)
 * @t:      the track that it is of; one of audio: what the sector says it is
 * @lba:    where it was asked for: a good sector of another place is DOUBTFUL
 */
enum mun_sector_end mun_optical_judge(uint8_t sector[static 2352],
				      const struct mun_optical_track *t,
				      int32_t lba);

/* Where its 2048 bytes of user data begin: Mode 1, else form 1. */
uint32_t mun_optical_user(const uint8_t sector[static 2352]);

#endif
