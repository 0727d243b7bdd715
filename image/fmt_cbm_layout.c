/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_cbm_layout.c - where the sectors of a Commodore disk lie */
#include "image/fmt_cbm.h"

static const struct mun_cbm_zone zones_1541[] = {
	{ 17, 21 }, { 24, 19 }, { 30, 18 }, { 42, 17 }, { 0, 0 }
};

const struct mun_cbm_layout mun_cbm_1541[3] = {
	{ "1541, 35 tracks", zones_1541, 35, 42, false, 18, 'A', 0x90, 18 },
	{ "1541, 40 tracks", zones_1541, 40, 42, false, 18, 'A', 0x90, 18 },
	{ "1541, 42 tracks", zones_1541, 42, 42, false, 18, 'A', 0x90, 18 },
};

unsigned int mun_cbm_sectors(const struct mun_cbm_layout *l, unsigned int track)
{
	unsigned int of_side = (track - 1) % l->side_tracks + 1;
	const struct mun_cbm_zone *z = l->zones;

	while (z[1].last && z->last < of_side)
		z++;
	return z->sectors;
}

unsigned int mun_cbm_before(const struct mun_cbm_layout *l, unsigned int track)
{
	unsigned int n = 0;

	for (unsigned int t = 1; t < track; t++)
		n += mun_cbm_sectors(l, t);
	return n;
}
