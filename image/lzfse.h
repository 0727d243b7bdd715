/* SPDX-License-Identifier: Apache-2.0 */
/* image/lzfse.h - LZFSE and LZVN, of UDIF images since OS X 10.11 */
#ifndef MUN_IMAGE_LZFSE_H
#define MUN_IMAGE_LZFSE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/**
 * mun_lzfse_decode() - fill @out from a stream of LZFSE blocks
 * @out_len: bytes that come of it, neither more nor less
 *
 * What follows the end-of-stream mark is not looked at.
 * Return: 0; MUN_ECORRUPT (what, and where in the stream); MUN_EUNSUPPORTED for
 * a kind of block that no encoder is known to write; MUN_ENOMEM.
 */
MUN_CHECK int mun_lzfse_decode(const uint8_t *in, size_t in_len, uint8_t *out,
			       size_t out_len, struct mun_err *e);

#endif
