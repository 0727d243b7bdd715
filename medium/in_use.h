/* SPDX-License-Identifier: Apache-2.0 */
/* medium/in_use.h - is a block device mounted, or held by the kernel? */
#ifndef MUN_MEDIUM_IN_USE_H
#define MUN_MEDIUM_IN_USE_H

#include "core/err.h"

/**
 * mun_in_use_refuse() - nobody may be using what is to be imaged
 * @path: for the message
 *
 * Of a disk: the disk and each of its partitions; of a partition: it and the
 * whole disk.  Looks for mounts (by device number, by the mount's source, and
 * as a member of a mounted btrfs), swap, holders (LVM, RAID, dm-crypt, bcache),
 * and loop devices that it lies under.  What this does not see, O_EXCL at open
 * does: the kernel holds its claims there, also those of other namespaces.
 *
 * Return: 0 when nobody uses it; MUN_EBUSY (who and where); MUN_EIO (the
 * kernel's lists cannot be read: then it is not known); MUN_ENOMEM.
 */
MUN_CHECK int mun_in_use_refuse(const char *path, unsigned int major,
				unsigned int minor, struct mun_err *e);

#endif
