/* SPDX-License-Identifier: Apache-2.0 */
/* medium/protect.c - the kernel's read-only flags of a disk */
#include "medium/protect.h"

#include "medium/kernel.h"

#include <linux/fs.h>

static bool is_readonly(int fd)
{
	int flag = 0;

	return !mun_kernel.ioctl(fd, BLKROGET, &flag) && flag;
}

/* Ask the kernel to refuse writes, and believe only what it then says. */
void mun_protect(int fd, struct mun_device_facts *f)
{
	int one = 1;

	f->was_readonly = is_readonly(fd);
	if (!f->was_readonly)
		(void)mun_kernel.ioctl(fd, BLKROSET, &one);
	f->is_readonly = is_readonly(fd);
}
