/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/make_time.h - times as ISO 9660 and FAT have them, in UTC */
#ifndef MUN_EMULATE_EXPORT_MAKE_TIME_H
#define MUN_EMULATE_EXPORT_MAKE_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* ECMA-119, 9.1.5: seven bytes, 1900 to 2155.  False: it was moved to the
 * first or last moment that there is. */
bool mun_make_iso_time(int64_t s, uint8_t out[static 7]);

/* ECMA-119, 8.4.26.1: sixteen digits and the zone; from the year 0 to 9999. */
void mun_make_iso_long_time(int64_t s, uint8_t out[static 17]);

/* Date and time of a FAT entry: 1980 to 2107, even seconds.  As above. */
bool mun_make_fat_time(int64_t s, uint16_t *date, uint16_t *time);

#endif
