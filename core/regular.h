/* SPDX-License-Identifier: Apache-2.0 */
/* core/regular.h - open a regular file and nothing else */
#ifndef MUN_CORE_REGULAR_H
#define MUN_CORE_REGULAR_H

#include <sys/stat.h>

#include "core/err.h"

/**
 * mun_regular_open() - open @path read-only if it is a regular file
 * @flags:  added to O_RDONLY | O_CLOEXEC, e.g. O_DIRECT
 * @fd_out: the caller's; -1 on error
 * @st:     what fstat(2) says of it
 *
 * Never blocks, and never opens a device or FIFO: opening alone can rewind a
 * tape or start a watchdog.
 * Return: 0, MUN_ENOENT, MUN_EINVAL (the text says what it is), or MUN_EIO.
 */
MUN_CHECK int mun_regular_open(const char *path, int flags, int *fd_out,
			       struct stat *st, struct mun_err *e);

/* "a directory", "a FIFO", ... for messages. */
const char *mun_regular_kind(mode_t mode);

#endif
