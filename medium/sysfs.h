/* SPDX-License-Identifier: Apache-2.0 */
/* medium/sysfs.h - what the kernel tells of a block device and its drive */
#ifndef MUN_MEDIUM_SYSFS_H
#define MUN_MEDIUM_SYSFS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/err.h"
#include "medium/device.h"

/**
 * mun_sysfs_drive() - what drive it is, and what is in it
 *
 * Kind, name, bus, removable; vendor, model, revision, serial number, wwid:
 * what there is; the rest stays as it is.  Of a partition: those of its disk.
 */
void mun_sysfs_drive(unsigned int major, unsigned int minor,
		     struct mun_device_facts *f);

/* A disk or a partition. */
struct mun_sysfs_node {
	char name[64]; /* "sdb", "sdb1": also that of its node in /dev */
	char dir[PATH_MAX]; /* of it in sysfs */
	unsigned int major;
	unsigned int minor;
};

/* The disk that a device is or is part of. */
struct mun_sysfs_nodes {
	size_t n;
	struct mun_sysfs_node *of; /* the disk first, then its partitions by
				    * name; owned */
	size_t self; /* the one that was asked for */
};

/* 0; MUN_ENOENT where sysfs does not know the device; MUN_EIO; MUN_ENOMEM. */
MUN_CHECK int mun_sysfs_nodes(unsigned int major, unsigned int minor,
			      struct mun_sysfs_nodes *out, struct mun_err *e);
void mun_sysfs_nodes_clear(struct mun_sysfs_nodes *nodes);

/* The first line of the attribute @dir/@name as mun_drive_text(); "" if there
 * is none. */
void mun_sysfs_text(const char *dir, const char *name, char *out, size_t size);

/* Up to @size bytes of the attribute; what came, 0 where there is none. */
size_t mun_sysfs_bytes(const char *dir, const char *name, void *out,
		       size_t size);

/* The device number in @dir/dev. */
bool mun_sysfs_number(const char *dir, unsigned int *major,
		      unsigned int *minor);

/* Is there an attribute or folder @dir/@name? */
bool mun_sysfs_has(const char *dir, const char *name);

#endif
