/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/cdsector.h - one sector of a CD: times, EDC and ECC
 *
 * ECMA-130, clauses 14 to 16 and annex A; Mode 2 forms as in CD-ROM XA.  A
 * sector of 2352 bytes:
 *	Mode 1		0 sync[12], 12 minute, second, frame (BCD), 15 mode,
 *			16 data[2048], 2064 EDC, 2068 zeros[8],
 *			2076 P parity[172], 2248 Q parity[104]
 *	Mode 2 form 1	16 subheader[8], 24 data[2048], 2072 EDC, 2076 P, Q
 *	Mode 2 form 2	16 subheader[8], 24 data[2324], 2348 EDC, or zeros
 */
#ifndef MUN_IMAGE_CDSECTOR_H
#define MUN_IMAGE_CDSECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUN_CD_FRAMES 75u /* sectors a second */
#define MUN_CD_LEAD 150u /* sectors from 00:00:00 to LBA 0 */

/* What the redundancy of a sector says of it. */
enum mun_cd_check {
	MUN_CD_GOOD,
	MUN_CD_BAD,
	MUN_CD_UNCHECKED, /* there is none: Mode 2 without form, form 2 with
			   * an EDC of zero */
};

/* The EDC register after @len more bytes; it begins with 0. Any thread. */
uint32_t mun_cd_edc(uint32_t edc, const void *data, size_t len);

/* Do the first 12 bytes synchronise? */
bool mun_cd_has_sync(const uint8_t *sector);

/* A whole sector that should be Mode 1. An empty one (Mode 0, zeros) is good.
 * Only EDC is looked at: see mun_cd_ecc_good(). */
enum mun_cd_check mun_cd_check_mode1(const uint8_t sector[static 2352]);

/* A whole sector of a track of Mode 2, which may hold single sectors of the
 * other modes. @xa: the track has subheaders; else what fails is unchecked. */
enum mun_cd_check mun_cd_check_mode2(const uint8_t sector[static 2352],
				     bool xa);

/* The same of the 2336 bytes from the subheader on. */
enum mun_cd_check mun_cd_check_forms(const uint8_t sub[static 2336], bool xa);

/* Are P and Q parity those of the sector (Mode 1; Mode 2 form 1, whose header
 * counts as zeros)? */
bool mun_cd_ecc_good(const uint8_t sector[static 2352]);

/* The 276 bytes of P and Q parity of a sector whose first 2076 are there. */
void mun_cd_make_ecc(uint8_t sector[static 2352]);

/* The user data is at byte 16: make the 304 other bytes of Mode 1. */
void mun_cd_make_mode1(uint8_t sector[static 2352], uint64_t lba);

/* Subheader and data are at byte 16 to 2071: the rest of Mode 2 form 1. */
void mun_cd_make_form1(uint8_t sector[static 2352], uint64_t lba);

uint8_t mun_cd_to_bcd(unsigned int n); /* 0 to 99 */
/* Digits above 9 are taken as they come: test mun_cd_is_bcd() first. */
unsigned int mun_cd_from_bcd(uint8_t bcd);
bool mun_cd_is_bcd(uint8_t bcd);

struct mun_msf {
	uint64_t minute;
	unsigned int second;
	unsigned int frame;
};

/* 75 frames a second, 60 seconds a minute; minutes have no end. */
struct mun_msf mun_cd_msf(uint64_t sectors);

/* "12:34:56" at *@text, which is moved behind it: its sectors.  False where it
 * is anything else, seconds above 59 or frames above 74. */
bool mun_cd_parse_msf(const char **text, uint64_t *sectors);

#endif
