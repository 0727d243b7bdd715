/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/kernel.h - what is asked of the kernel about devices, replaceable
 *
 * As core/sys.h, for what only this folder asks: a test puts a drive without a
 * serial number, a held partition or a BLKROSET that fails in the place of what
 * the machine has.  Set only before threads start.
 */
#ifndef MUN_MEDIUM_KERNEL_H
#define MUN_MEDIUM_KERNEL_H

#include <stdint.h>
#include <sys/stat.h>

struct mun_kernel {
	int (*ioctl)(int fd, unsigned long request, void *arg);
	/* stat(2) of a path that may be a device */
	int (*stat)(const char *path, struct stat *st);
	const char *sys; /* "/sys" */
	const char *proc; /* "/proc" */
	const char *dev; /* "/dev" */
};

extern struct mun_kernel mun_kernel;

/* The real one, for a test to put back or to call through. */
extern const struct mun_kernel mun_kernel_real;

/* Questions that several files ask; 0 where the kernel has no answer. */
uint64_t mun_kernel_bytes(int fd); /* BLKGETSIZE64 */
uint64_t mun_kernel_disk_seq(int fd); /* BLKGETDISKSEQ */

#endif
