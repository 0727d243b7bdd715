/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_cbm.h - the layouts of Commodore disks; for their reader and writer */
#ifndef MUN_IMAGE_FMT_CBM_H
#define MUN_IMAGE_FMT_CBM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUN_CBM_SECTOR 256u

/* Sectors per track go down towards the middle of the disk. */
struct mun_cbm_zone {
	uint8_t last; /* track of this zone, from 1; 0 ends */
	uint8_t sectors;
};

struct mun_cbm_layout {
	const char *name; /* "1541, 35 tracks" */
	const struct mun_cbm_zone *zones;
	uint8_t tracks;
	uint8_t side_tracks; /* the zones begin again after these */
	bool mfm; /* of a 1581: two heads, 10 sectors of 512 each */
	uint8_t header_track; /* where the disk is named: its sector 0 */
	uint8_t version; /* its byte 2 */
	uint8_t name_at; /* ... and the name, 16 bytes */
	uint8_t next_track; /* its byte 0: where the directory or BAM begins */
};

/* How many sectors track @track (from 1) has. */
unsigned int mun_cbm_sectors(const struct mun_cbm_layout *l,
			     unsigned int track);

/* How many sectors lie before track @track; of all with @tracks + 1. */
unsigned int mun_cbm_before(const struct mun_cbm_layout *l, unsigned int track);

/* What a 1541 and drives that step further make: 35, 40 or 42 tracks. */
extern const struct mun_cbm_layout mun_cbm_1541[3];

/* Error codes as they stand in an image, one byte a sector. */
enum {
	MUN_CBM_OK = 0x01,
	MUN_CBM_NO_HEADER = 0x02,
	MUN_CBM_NO_SYNC = 0x03,
	MUN_CBM_NO_DATA = 0x04,
	MUN_CBM_DATA_SUM = 0x05,
	MUN_CBM_HEADER_SUM = 0x09,
	MUN_CBM_OTHER_ID = 0x0b,
	MUN_CBM_NOT_READY = 0x0f,
};

#endif
