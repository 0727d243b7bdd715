/* SPDX-License-Identifier: Apache-2.0 */
/* image/adc.h - Apple Data Compression, of NDIF and of older UDIF images */
#ifndef MUN_IMAGE_ADC_H
#define MUN_IMAGE_ADC_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/**
 * mun_adc_decode() - fill @out from @in
 * @out_len: bytes that come of it, neither more nor less
 *
 * What follows in @in once @out is full is not looked at.
 * Return: 0; MUN_ECORRUPT where @in ends before, copies from before the first
 * byte, or has more than there is room for.
 */
MUN_CHECK int mun_adc_decode(const uint8_t *in, size_t in_len, uint8_t *out,
			     size_t out_len, struct mun_err *e);

#endif
