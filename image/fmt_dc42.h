/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_dc42.h - Disk Copy 4.2, what reader and writer share */
#ifndef MUN_IMAGE_FMT_DC42_H
#define MUN_IMAGE_FMT_DC42_H

#include <stddef.h>
#include <stdint.h>

/*
 * Offsets of the header, big endian:
 *	0 name, a length and 63 characters	64 bytes of data	68 of tags
 *	72 checksum of the data	76 of the tags	80 encoding	81 format
 *	82 0x0100
 * Then the data and the tags.
 */
#define MUN_DC42_HEAD 84u
#define MUN_DC42_NAME 63u
/* Left out of the checksum of the tags, as Disk Copy does. */
#define MUN_DC42_TAGS_SKIP 12u

/* A kind of disk: encoding, and the format byte that Disk Copy writes. */
struct mun_dc42_kind {
	uint32_t bytes;
	uint8_t encoding;
	uint8_t format;
	uint8_t heads; /* of zoned disks; 0: the others */
	const char *name;
};

/* NULL: none of Disk Copy's. */
const struct mun_dc42_kind *mun_dc42_kind_of(uint64_t bytes);

/* @sum, and @len bytes more (an even number): add each word, turn by a bit. */
uint32_t mun_dc42_sum(uint32_t sum, const uint8_t *data, size_t len);

/* Sectors a track on cylinder @cylinder of a zoned disk. */
unsigned int mun_dc42_zone(unsigned int cylinder);

#endif
