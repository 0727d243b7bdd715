/* SPDX-License-Identifier: Apache-2.0 */
/* medium/optical_sector.c - is a sector of a CD what it should be? */
#include "medium/optical_sector.h"

#include "image/cdecc.h"
#include "image/cdsector.h"

static unsigned int mode_of(const uint8_t *sector)
{
	return sector[15] & 0x1fu;
}

uint32_t mun_optical_user(const uint8_t sector[static 2352])
{
	return mode_of(sector) == 2 ? 24 : 16;
}

static enum mun_cd_check check(const uint8_t *sector,
			       const struct mun_optical_track *t)
{
	switch (t->mode) {
	case MUN_TRACK_DATA:
		return mun_cd_check_mode1(sector);
	case MUN_TRACK_MODE2:
		return mun_cd_check_mode2(sector, t->xa);
	case MUN_TRACK_AUDIO:
		break;
	}
	return mun_cd_check_mode2(sector, true);
}

enum mun_sector_end mun_optical_judge(uint8_t sector[static 2352],
				      const struct mun_optical_track *t,
				      int32_t lba)
{
	unsigned int mode = t->mode == MUN_TRACK_DATA ? 1 : 2;

	if (check(sector, t) != MUN_CD_BAD)
		return mun_cd_header_fits(sector, lba) ? MUN_SECTOR_GOOD
						       : MUN_SECTOR_DOUBTFUL;
	/* Without sync it is of audio, or nothing that has a parity. */
	if (!mun_cd_has_sync(sector))
		return MUN_SECTOR_DOUBTFUL;
	if (mode_of(sector) == 1)
		mode = 1;
	return mun_cd_mend(sector, mode, lba) ? MUN_SECTOR_CORRECTED
					      : MUN_SECTOR_DOUBTFUL;
}
