/* SPDX-License-Identifier: Apache-2.0 */
/* image/guid.h - the UUIDs of disk images: shown, compared, derived */
#ifndef MUN_IMAGE_GUID_H
#define MUN_IMAGE_GUID_H

#include <stdbool.h>
#include <stdint.h>

#define MUN_GUID_LEN 37 /* 36 characters and the NUL */

enum mun_guid_form {
	MUN_GUID_BE, /* as it is written */
	MUN_GUID_MIXED, /* of Microsoft: its first three parts little endian */
};

/* In lower case. */
void mun_guid_text(const uint8_t g[static 16], enum mun_guid_form form,
		   char out[static MUN_GUID_LEN]);

/* All zeros: no UUID. */
bool mun_guid_is_null(const uint8_t g[static 16]);

/* A UUIDv8 (RFC 9562) from the digest of what it stands for; another for each
 * @use. */
void mun_guid_derive(const uint8_t identity[static 32], uint8_t use,
		     enum mun_guid_form form, uint8_t out[static 16]);

#endif
