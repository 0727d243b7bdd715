/* SPDX-License-Identifier: Apache-2.0 */
/* medium/ask_drive.h - identity, capacity and hidden sectors, by commands */
#ifndef MUN_MEDIUM_ASK_DRIVE_H
#define MUN_MEDIUM_ASK_DRIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "medium/device.h"

/* What the drive says of the medium, beside what the kernel remembers. */
struct mun_drive_said {
	uint64_t bytes; /* READ CAPACITY; 0: no answer */
	uint64_t format_bytes; /* READ FORMAT CAPACITIES; 0: not asked */
	bool more; /* it gives a sector past its own end */
};

/**
 * mun_ask_drive() - all that a drive tells without being changed
 * @f: as mun_sysfs_drive() and mun_protect() left it; what the kernel has not
 *     is filled in, and ATA drives tell more of themselves than the kernel does
 * @whole: a whole disk: capacity and hidden sectors are its own matter
 *
 * A drive that refuses, or is not to be asked, is a note in @f->unasked.
 */
void mun_ask_drive(struct mun_transport *t, bool whole,
		   struct mun_device_facts *f, struct mun_drive_said *out);

/**
 * mun_drive_agrees() - do kernel and drive mean the same medium?
 *
 * A drive, or a write blocker, that kept the capacity of the medium before, or
 * a kernel that did, would cut the image short or fill its end with errors.
 * Return: 0 or MUN_EINVAL (who says what).
 */
MUN_CHECK int mun_drive_agrees(const char *path,
			       const struct mun_device_facts *f,
			       const struct mun_drive_said *said,
			       struct mun_err *e);

/* Append to @f->unasked, "; " before it where it is not the first; what does
 * not fit is left out whole. */
void mun_drive_note(struct mun_device_facts *f, const char *fmt, ...)
	MUN_PRINTF(2, 3);

#endif
