/* SPDX-License-Identifier: Apache-2.0 */
/* medium/protect.h - the kernel's read-only flags of a disk */
#ifndef MUN_MEDIUM_PROTECT_H
#define MUN_MEDIUM_PROTECT_H

#include "medium/device.h"

/**
 * mun_protect() - have the kernel refuse writes to an open block device
 *
 * Sets the flag where it is not set, reads it back, and puts before and after
 * into @f.  Where the kernel does not let us, the record says so and nothing
 * else happens: a hardware write blocker may be there.
 */
void mun_protect(int fd, struct mun_device_facts *f);

#endif
