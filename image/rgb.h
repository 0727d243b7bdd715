/* SPDX-License-Identifier: Apache-2.0 */
/* image/rgb.h - pictures of pixels as PNG: screens of emulated machines */
#ifndef MUN_IMAGE_RGB_H
#define MUN_IMAGE_RGB_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

/* Append @width by @height pixels of three bytes each as PNG.  0 or MUN_ENOMEM.
 */
MUN_CHECK int mun_rgb_write(const uint8_t *rgb, uint32_t width, uint32_t height,
			    struct mun_str *out, struct mun_err *e);

/**
 * mun_rgb_read() - a PNG of any kind, on black where it is transparent
 * @side: neither width nor height may be more, pixels
 * @out:  three bytes a pixel, owned by the caller
 *
 * Return: 0, MUN_ECORRUPT, MUN_ENOMEM.
 */
MUN_CHECK int mun_rgb_read(const void *data, size_t len, uint32_t side,
			   uint8_t **out, uint32_t *width, uint32_t *height,
			   struct mun_err *e);

#endif
