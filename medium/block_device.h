/* SPDX-License-Identifier: Apache-2.0 */
/* medium/block_device.h - a block device claimed, protected and asked */
#ifndef MUN_MEDIUM_BLOCK_DEVICE_H
#define MUN_MEDIUM_BLOCK_DEVICE_H

#include <sys/stat.h>

#include "core/err.h"
#include "medium/device.h"

/**
 * mun_block_device_open() - as mun_device_open(), of a block device
 * @st:  of @path
 * @out: zeroed, with fd -1; mun_device_close() either way
 */
MUN_CHECK int mun_block_device_open(const char *path, const struct stat *st,
				    struct mun_device *out, struct mun_err *e);

#endif
