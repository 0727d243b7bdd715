/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/par2_crc.h - the CRC-32 of slices, faster than zlib has it */
#ifndef MUN_FIXITY_PAR2_CRC_H
#define MUN_FIXITY_PAR2_CRC_H

#include <stddef.h>
#include <stdint.h>

/**
 * mun_par2_crc() - go on with a CRC-32 (that of zlib, zip and Ethernet)
 * @crc: of the bytes before; 0 at the start
 *
 * By carry-less multiplication where the processor has it and gives the same
 * answer as zlib, else by zlib.  Any number of threads.
 */
uint32_t mun_par2_crc(uint32_t crc, const void *data, size_t len);

#endif
