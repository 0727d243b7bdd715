/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_qcow2_overlay.h - an empty QCOW2 image above a raw one */
#ifndef MUN_IMAGE_FMT_QCOW2_OVERLAY_H
#define MUN_IMAGE_FMT_QCOW2_OVERLAY_H

#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

/**
 * mun_qcow2_empty_overlay() - append an empty QCOW2 image, version 3, to @out
 * @bytes:   virtual size, a multiple of 512; may differ from the size of the
 *           image below: longer reads as zeros there, shorter hides its end
 * @backing: file name of the raw image, relative to the overlay's folder; at
 *           most 1023 bytes, without a colon (QEMU would see a protocol)
 *
 * Whatever is read from it is read from @backing; what a guest writes goes
 * into the overlay.
 * Return: 0; MUN_EINVAL for a size or name that cannot be; MUN_EUNSUPPORTED
 * for more than 64 TiB; MUN_ENOMEM.
 */
MUN_CHECK int mun_qcow2_empty_overlay(uint64_t bytes, const char *backing,
				      struct mun_str *out, struct mun_err *e);

#endif
