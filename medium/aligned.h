/* SPDX-License-Identifier: Apache-2.0 */
/* medium/aligned.h - any range of a device that gives whole sectors only */
#ifndef MUN_MEDIUM_ALIGNED_H
#define MUN_MEDIUM_ALIGNED_H

#include <stdint.h>

#include "core/err.h"
#include "core/source.h"

/**
 * mun_aligned_source() - read @inner in whole sectors only
 * @inner: owned from now on, also on failure
 * @sector_bytes: a power of two; the size of @inner is a multiple of it
 *
 * A descriptor with O_DIRECT refuses (EINVAL) a range or a buffer that does not
 * lie on the device's bounds.  What does goes straight through, so that a read
 * of one sector stays one; all else is read into memory of our own, the sectors
 * around the range and no others.  Any number of threads may read.
 * Return: 0 or MUN_ENOMEM.
 */
MUN_CHECK int mun_aligned_source(struct mun_source *inner,
				 uint32_t sector_bytes, struct mun_source **out,
				 struct mun_err *e);

#endif
