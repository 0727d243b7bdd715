/* SPDX-License-Identifier: Apache-2.0 */
/* medium/protect.h - the kernel's read-only flags of a disk */
#ifndef MUN_MEDIUM_PROTECT_H
#define MUN_MEDIUM_PROTECT_H

#include "medium/device.h"

/**
 * mun_protect() - have the kernel refuse writes to an open block device
 * @f: its dev and is_device are set
 *
 * Sets the flag of the device and those of the disk and its partitions, each of
 * which has its own, where it is not set yet; reads all back; and puts before
 * and after into @f.  Where a partition is read and another part of its disk is
 * in use, only the flag of the partition is set: the machine may run from the
 * other.  Where the kernel does not let us, the record says so and nothing else
 * happens: a hardware write blocker may be there.
 */
void mun_protect(int fd, struct mun_device_facts *f);

#endif
