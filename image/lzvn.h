/* SPDX-License-Identifier: Apache-2.0 */
/* image/lzvn.h - LZVN, the coding of small LZFSE blocks */
#ifndef MUN_IMAGE_LZVN_H
#define MUN_IMAGE_LZVN_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/**
 * mun_lzvn_decode() - @raw bytes to out[@before]
 * @out:    copies may reach back into its first @before bytes
 *
 * Return: 0; MUN_ECORRUPT where they come out otherwise (what, and where in
 * @in).
 */
MUN_CHECK int mun_lzvn_decode(const uint8_t *in, size_t in_len, uint8_t *out,
			      size_t before, size_t raw, struct mun_err *e);

#endif
