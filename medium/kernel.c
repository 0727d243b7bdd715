/* SPDX-License-Identifier: Apache-2.0 */
/* medium/kernel.c - the real kernel behind mun_kernel */
#include "medium/kernel.h"

#include <linux/fs.h>
#include <sys/ioctl.h>

#ifndef BLKGETDISKSEQ /* kernel headers before 5.15 */
#define BLKGETDISKSEQ _IOR(0x12, 128, uint64_t)
#endif

static int real_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg);
}

static int real_stat(const char *path, struct stat *st)
{
	return stat(path, st);
}

#define MUN_KERNEL_REAL \
	{ \
		.ioctl = real_ioctl, .stat = real_stat, .sys = "/sys", \
		.proc = "/proc", .dev = "/dev", \
	}

const struct mun_kernel mun_kernel_real = MUN_KERNEL_REAL;
struct mun_kernel mun_kernel = MUN_KERNEL_REAL;

uint64_t mun_kernel_bytes(int fd)
{
	uint64_t bytes = 0;

	return mun_kernel.ioctl(fd, BLKGETSIZE64, &bytes) ? 0 : bytes;
}

uint64_t mun_kernel_disk_seq(int fd)
{
	uint64_t seq = 0;

	return mun_kernel.ioctl(fd, BLKGETDISKSEQ, &seq) ? 0 : seq;
}
