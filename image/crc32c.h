/* SPDX-License-Identifier: Apache-2.0 */
/* image/crc32c.h - CRC-32 with the polynomial of Castagnoli (RFC 3720, B.4) */
#ifndef MUN_IMAGE_CRC32C_H
#define MUN_IMAGE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Go on from @crc, which is 0 at the start. */
uint32_t mun_crc32c(uint32_t crc, const void *data, size_t len);

#endif
