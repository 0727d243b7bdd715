/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/device.h - what is read from: a regular file or a block device
 *
 * A device is opened O_RDONLY|O_EXCL, set read-only in the kernel where that
 * is allowed, and read past the page cache: cached reads lose good sectors
 * next to bad ones.  A mounted or held device is refused.
 */
#ifndef MUN_INGEST_DEVICE_H
#define MUN_INGEST_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "core/err.h"
#include "core/source.h"

struct mun_device_facts {
	bool is_device;
	uint64_t bytes;
	uint32_t sector_bytes; /* logical; 512 for files */
	uint32_t physical_bytes; /* 0: not known */
	/* Identity, to notice that a source is no longer the same. */
	uint64_t dev;
	uint64_t inode;
	int64_t mtime_ns; /* files */
	uint64_t disk_seq; /* devices: BLKGETDISKSEQ, 0 where unknown */
	/* What the drive says of itself, escaped, or "". */
	char name[64]; /* "sdb", "loop0" */
	char vendor[64];
	char model[128];
	char revision[64];
	char serial[128];
	bool was_readonly; /* before we asked */
	bool is_readonly; /* kernel's flag, after BLKROSET */
};

struct mun_device {
	struct mun_device_facts facts;
	struct mun_source *source;
	int fd; /* of the source, borrowed: for identity and FICLONE */
};

/**
 * mun_device_open() - open @path to be read
 *
 * Return: 0; MUN_ENOENT; MUN_EBUSY (mounted, held by another: says where);
 * MUN_EINVAL (neither file nor block device, empty, no medium in the drive);
 * MUN_EIO.  @out: mun_device_close().
 */
MUN_CHECK int mun_device_open(const char *path, struct mun_device *out,
			      struct mun_err *e);
void mun_device_close(struct mun_device *m);

/* Is it still the medium that @then describes?  0, MUN_EINVAL (what differs),
 * MUN_EIO where it is gone. */
MUN_CHECK int mun_device_same(const struct mun_device *m,
			      const struct mun_device_facts *then,
			      struct mun_err *e);

/* Is it what the block layer reports for medium errors, checksum errors and
 * targets that cannot read?  Everything else is about the drive. */
bool mun_device_is_medium_errno(int sys);

/* Did a read fail because of bytes on the medium, not because the drive or the
 * disk with the file went away? */
bool mun_device_is_bad_sector(const struct mun_device *m, int sys);

#endif
