/* SPDX-License-Identifier: Apache-2.0 */
/* image/dmgcodec.h - one compressed run of a UDIF or NDIF image */
#ifndef MUN_IMAGE_DMGCODEC_H
#define MUN_IMAGE_DMGCODEC_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/dmgruns.h"

/**
 * mun_dmg_decode() - fill @out from @in
 * @out_len: bytes that come of it, neither more nor less; at most
 *           MUN_DMG_RUN_MAX
 *
 * Any number of threads.
 * Return: 0; MUN_ECORRUPT; MUN_EUNSUPPORTED; MUN_ENOMEM.
 */
MUN_CHECK int mun_dmg_decode(enum mun_dmg_coding coding, uint8_t *in,
			     size_t in_len, uint8_t *out, size_t out_len,
			     struct mun_err *e);

/* "zlib" */
const char *mun_dmg_coding_name(enum mun_dmg_coding coding);

#endif
