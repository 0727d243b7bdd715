/* SPDX-License-Identifier: Apache-2.0 */
/* medium/sysfs.h - what the kernel tells of a block device: use and identity */
#ifndef MUN_MEDIUM_SYSFS_H
#define MUN_MEDIUM_SYSFS_H

#include "core/err.h"
#include "medium/device.h"

/**
 * mun_sysfs_refuse_in_use() - is the device, or a part of it, mounted or held?
 * @path: for the message
 *
 * Looks at /proc/self/mountinfo, and at partitions and holders (LVM, RAID,
 * dm-crypt) in /sys/dev/block.
 * Return: 0 when nobody uses it, MUN_EBUSY (who and where), MUN_EIO.
 */
MUN_CHECK int mun_sysfs_refuse_in_use(const char *path, unsigned int major,
				      unsigned int minor, struct mun_err *e);

/* Vendor, model, revision, serial: what there is; the rest stays "". */
void mun_sysfs_drive(unsigned int major, unsigned int minor,
		     struct mun_device_facts *f);

#endif
