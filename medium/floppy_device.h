/* SPDX-License-Identifier: Apache-2.0 */
/* medium/floppy_device.h - a floppy drive with a disk in it as a medium */
#ifndef MUN_MEDIUM_FLOPPY_DEVICE_H
#define MUN_MEDIUM_FLOPPY_DEVICE_H

#include "core/err.h"
#include "medium/device.h"
#include "medium/floppy_drive.h"

/**
 * mun_floppy_device() - find the format, and make all that a device has
 * @d:     owned, also when this fails
 * @drive: its number, for the name
 * @type:  of fd(4): the user's choice by the node that was named; 0: look
 * @out:   zeroed, with fd -1, by the caller; mun_device_close()
 *
 * Facts (kind FLOPPY, bus "fdc", the tab, what probing noticed in unasked),
 * reader, source and geometry.
 * Return: as mun_floppy_probe(); MUN_ENOMEM.
 */
MUN_CHECK int mun_floppy_device(struct mun_floppy_drive *d, unsigned int drive,
				unsigned int type, struct mun_device *out,
				struct mun_err *e);

/* The same of the node with that minor number (major 2). */
MUN_CHECK int mun_floppy_device_open(unsigned int minor, struct mun_device *out,
				     struct mun_err *e);

#endif
