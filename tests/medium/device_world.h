/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/medium/device_world.h - a kernel of our own, with the devices we want
 *
 * Regular files stand for block devices: what is asked of the kernel about them
 * (mun_kernel, mun_sys) is answered here, and sysfs, proc and dev are folders
 * that the test fills.  One world at a time.
 */
#ifndef MUN_TESTS_DEVICE_WORLD_H
#define MUN_TESTS_DEVICE_WORLD_H

#include <scsi/sg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct fake_device {
	char name[32];
	char *path; /* in dev */
	char *dir; /* in sysfs */
	unsigned int major, minor;
	uint64_t bytes;
	int logical;
	uint64_t disk_seq;
	long read_ahead; /* in units of 512 bytes */
	unsigned int read_ahead_sets;
	int readonly;
	bool deny_readonly; /* BLKROSET: EACCES */
	bool ignore_readonly; /* BLKROSET says yes and does nothing */
	bool held; /* O_EXCL: EBUSY */
	bool gone; /* every call about it: ENODEV; it cannot be opened */
	int open_error; /* errno of every open */
	int size_error; /* errno of BLKGETSIZE64 */
	unsigned int opened; /* times, with O_EXCL */
	/* Reads that touch it fail; the first @bad_times of them (0: all). */
	uint64_t bad_off, bad_bytes;
	int bad_errno;
	unsigned int bad_times;
	size_t short_read; /* no read gives more than this */
	unsigned int reads;
	int tray; /* CDROM_DRIVE_STATUS */
	unsigned int ejected; /* CDROMEJECT */
	int eject_error;
	/* Commands: fills @h; NULL: no SG_IO. */
	int (*scsi)(struct fake_device *d, struct sg_io_hdr *h);
	void (*on_open)(struct fake_device *d);
};

/* Make a world without devices, and put it in the kernel's place; and back,
 * which fails the test where anything was done that could write. */
void world_make(void);
void world_end(void);

/**
 * world_disk() - a disk with its node and its folder of sysfs
 * @way:  from sys/devices to the folder that has block/: "pci/usb1/1-2/host6"
 * @bytes: filled with a pattern
 *
 * Lives until world_end().
 */
struct fake_device *world_disk(const char *name, const char *way,
			       unsigned int major, unsigned int minor,
			       uint64_t bytes);
/* Its partition @number, "NAME1"; the minor after its own. */
struct fake_device *world_partition(struct fake_device *disk,
				    unsigned int number, uint64_t bytes);
/* Another file takes the node's place: the kernel's view of a new device. */
void world_rename(struct fake_device *d, const char *name, unsigned int minor);

/* The file @name of the device's folder in sysfs; of the world ("proc/swaps");
 * folders are made. */
void world_attribute(const struct fake_device *d, const char *name,
		     const void *data, size_t len);
void world_text(const char *name, const char *text);
void world_remove(const char *name);

/* Of all calls that are answered here the one after the next @after fails with
 * EIO, once.  Negative: none. */
void world_fault(int after);
bool world_fault_fired(void);

/* Change bytes on the medium. */
void world_poke(const struct fake_device *d, uint64_t off, const void *data,
		size_t len);

#endif
