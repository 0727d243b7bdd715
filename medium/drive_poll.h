/* SPDX-License-Identifier: Apache-2.0 */
/* medium/drive_poll.h - is there a medium in a drive? */
#ifndef MUN_MEDIUM_DRIVE_POLL_H
#define MUN_MEDIUM_DRIVE_POLL_H

#include "core/err.h"
#include "medium/device.h"

/* As mun_device_poll(), of a path of this system. */
MUN_CHECK int mun_drive_poll(const char *path, enum mun_drive_state *state,
			     struct mun_err *e);

/**
 * mun_drive_ready() - TEST UNIT READY on an open device
 * @changed: it told of a new medium, which it does once: whoever asks next is
 *           not told any more
 *
 * Return: did it say what @state is?  False where it takes no commands.
 */
bool mun_drive_ready(int fd, enum mun_drive_state *state, bool *changed);

#endif
