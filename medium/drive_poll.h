/* SPDX-License-Identifier: Apache-2.0 */
/* medium/drive_poll.h - is there a medium in a drive? */
#ifndef MUN_MEDIUM_DRIVE_POLL_H
#define MUN_MEDIUM_DRIVE_POLL_H

#include "core/err.h"
#include "medium/device.h"

/* As mun_device_poll(), of a path of this system. */
MUN_CHECK int mun_drive_poll(const char *path, enum mun_drive_state *state,
			     struct mun_err *e);

#endif
