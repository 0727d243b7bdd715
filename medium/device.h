/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/device.h - what is read from: a regular file or a block device
 *
 * A device is opened O_RDONLY|O_EXCL, set read-only in the kernel where that
 * is allowed, and read past the page cache: cached reads lose good sectors
 * next to bad ones.  A mounted or held device is refused.
 */
#ifndef MUN_MEDIUM_DEVICE_H
#define MUN_MEDIUM_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "core/err.h"
#include "core/source.h"
#include "medium/reader.h"
#include "medium/transport.h"

struct mun_optical; /* medium/optical.h */
struct mun_floppy_geometry; /* medium/floppy_drive.h */

enum mun_device_kind {
	MUN_DEVICE_FILE,
	MUN_DEVICE_DISK, /* also USB sticks and USB floppies */
	MUN_DEVICE_FLOPPY, /* /dev/fdN: medium/floppy_drive.h */
	MUN_DEVICE_OPTICAL, /* medium/optical.h */
};

/* The write-protect tab or switch of the medium. */
enum mun_write_tab { MUN_TAB_UNKNOWN, MUN_TAB_PROTECTED, MUN_TAB_WRITABLE };

struct mun_device_facts {
	bool is_device;
	enum mun_device_kind kind;
	uint64_t bytes; /* asked of this medium, not remembered */
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
	char revision[64]; /* firmware */
	char serial[128]; /* VPD 80h, ATA IDENTIFY, or sysfs */
	char wwid[128]; /* VPD 83h: "naa.5000c500..." */
	char bus[16]; /* "usb", "ata", "scsi", "nvme", "loop", "fdc" */
	/* What stands between drive and system and calls itself otherwise: the
	 * INQUIRY data of a USB box or a write blocker; or "". */
	char bridge[128];
	bool removable; /* the medium comes out of the drive */
	/* Protection: before and after we asked, as the kernel says. */
	bool was_readonly;
	bool is_readonly; /* the flag of the device that is read */
	unsigned int partitions; /* of the disk that it is or is part of ... */
	unsigned int partitions_readonly; /* ... with the flag set, after */
	bool disk_readonly; /* the whole disk's, where a partition is read */
	enum mun_write_tab tab;
	/* Hidden sectors, of ATA drives, in units of sector_bytes; reported,
	 * never changed.  0: not asked or not known. */
	uint64_t native_sectors; /* READ NATIVE MAX ADDRESS (EXT), + 1 */
	uint64_t real_sectors; /* DEVICE CONFIGURATION IDENTIFY, + 1 */
	/* What could not be asked and why ("ATA pass-through refused by the
	 * bridge"), for the record; "" if nothing. */
	char unasked[160];
};

struct mun_device {
	struct mun_device_facts facts;
	struct mun_source *source; /* any range, to look at and for files */
	struct mun_reader *reader; /* devices: for medium/rescue.h; else NULL */
	struct mun_transport *transport; /* NULL: no commands can be sent */
	struct mun_optical *optical; /* kind OPTICAL: what is on the disc */
	const struct mun_floppy_geometry *floppy; /* kind FLOPPY */
	int fd; /* of the source, borrowed: for identity and FICLONE; or -1 */
};

/* Bytes of the disk that the device does not show: HPA, DCO, or what a bridge
 * keeps to itself; or 0. */
uint64_t mun_device_hidden_bytes(const struct mun_device_facts *f);

/**
 * mun_device_open() - open @path to be read
 *
 * Return: 0; MUN_ENOENT; MUN_EBUSY (mounted, held by another: says where);
 * MUN_EINVAL (neither file nor block device, empty, no medium in the drive,
 * drive and system do not agree on its size); MUN_EIO; what
 * mun_floppy_device_open() and mun_optical_open() return.  @out:
 * mun_device_close().
 */
MUN_CHECK int mun_device_open(const char *path, struct mun_device *out,
			      struct mun_err *e);
void mun_device_close(struct mun_device *m);

/**
 * mun_device_provide() - paths that are not of this system, for tests
 * @open: asked first with every path; MUN_ENOENT hands the path on; NULL: none
 *
 * How the tests put a drive in memory in the place of real ones.
 */
typedef int mun_device_open_fn(const char *path, struct mun_device *out,
			       struct mun_err *e);
void mun_device_provide(mun_device_open_fn *open);

/* Open the tray, or let the medium out, where the drive can: after the end of
 * all reading.  0; MUN_EUNSUPPORTED (nothing comes out of it, or only by hand);
 * MUN_EIO. */
MUN_CHECK int mun_device_eject(struct mun_device *m, struct mun_err *e);

/* What there is in the drive at @path, without waiting: for --loop.  A regular
 * file is as good as a medium.  MUN_ENOENT: no such node, which is how a stick
 * that was taken out looks; MUN_EBUSY: in use; MUN_EIO.  Of what
 * mun_device_provide() opens: MUN_EINVAL is an empty drive, MUN_EBUSY a busy
 * one. */
enum mun_drive_state {
	MUN_DRIVE_READY,
	MUN_DRIVE_EMPTY, /* no medium, or the tray is open */
	MUN_DRIVE_BUSY, /* becoming ready */
};
MUN_CHECK int mun_device_poll(const char *path, enum mun_drive_state *state,
			      struct mun_err *e);

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
