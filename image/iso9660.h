/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/iso9660.h - the volume descriptors of a CD-ROM (ECMA-119, 4th edition)
 */
#ifndef MUN_IMAGE_ISO9660_H
#define MUN_IMAGE_ISO9660_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"

#define MUN_ISO_SECTOR 2048u

struct mun_iso {
	bool primary; /* there is a primary volume descriptor */
	bool agrees; /* its numbers, which stand twice, agree and are sane */
	bool terminated; /* the set ends as it should */
	uint64_t volume_bytes; /* what the volume says that it takes */
	uint8_t volume_id[32];
	uint8_t system_id[32];
	unsigned int joliet; /* level 1 to 3; 0: none */
	uint8_t joliet_id[32]; /* UCS-2, big-endian */
	bool enhanced; /* ISO 9660:1999 descriptor, version 2 */
	bool el_torito; /* boots */
	bool rock_ridge; /* POSIX names (IEEE P1282) in the root directory */
	bool udf; /* a UDF bridge: ECMA-167 descriptors follow */
};

/* Does sector 16 begin with a volume descriptor?  For bids. */
bool mun_iso_is(struct mun_source *src);

/**
 * mun_iso_read() - walk the volume descriptors from sector 16
 *
 * @out->primary is false where there is no ISO 9660; that is no error.
 * Return: 0, MUN_EIO, MUN_ECORRUPT (as mun_source_pread()).
 */
MUN_CHECK int mun_iso_read(struct mun_source *src, struct mun_iso *out,
			   struct mun_err *e);

#endif
