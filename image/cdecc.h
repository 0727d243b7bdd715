/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/cdecc.h - a sector of a CD mended by its own parity
 *
 * ECMA-130, annex A: P and Q are Reed-Solomon codes with two parity bytes each,
 * so that one wrong byte of a vector can be found, and two where it is known
 * which they are.  Applied in turn they mend far more than either alone.
 */
#ifndef MUN_IMAGE_CDECC_H
#define MUN_IMAGE_CDECC_H

#include <stdbool.h>
#include <stdint.h>

/**
 * mun_cd_mend() - correct a sector of Mode 1, or of Mode 2 form 1
 * @sector: whole; its EDC does not fit.  Changed on success only
 * @mode:   1 or 2: that of the track, since the byte that tells may be wrong
 * @lba:    where the sector lies
 *
 * Nothing is believed that cannot be proved: it is mended where, afterwards,
 * the EDC fits (32 bits, over data and, of Mode 1, header) and the header tells
 * @lba and @mode.  Form 2 has no parity.  Any thread.
 * Return: whether it was mended.
 */
bool mun_cd_mend(uint8_t sector[static 2352], unsigned int mode, int32_t lba);

/* Does the header tell this LBA (and is it one of a disc: -150 and above)? */
bool mun_cd_header_fits(const uint8_t sector[static 2352], int32_t lba);

#endif
