/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/floppy_drive.h - a floppy controller of the PC (/dev/fdN)
 *
 * USB floppies are SCSI disks and come through medium/device.h like any other.
 * The kernel's own driver reads what the PC controller can: MFM, 512 bytes a
 * sector.  Setting parameters needs write access (linux/fd.h), so a format is
 * chosen by opening the device node that stands for it (/dev/fd0u1440), as
 * fd(4) lists them; where there is no such node, one of our own is made in a
 * private folder (needs CAP_MKNOD).
 */
#ifndef MUN_MEDIUM_FLOPPY_DRIVE_H
#define MUN_MEDIUM_FLOPPY_DRIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "medium/reader.h"

struct mun_floppy_geometry {
	const char *name; /* "1440K", "DMF 1680K": for people */
	unsigned int minor_type; /* of fd(4): 7 for u1440; 0: auto-detected */
	unsigned int cylinders;
	unsigned int heads;
	unsigned int sectors; /* per track */
};

/* 360K, 720K, 1.2M, 1.44M, 2.88M, 820K, 1476K to 1840K (21 sectors: DMF),
 * single-sided and 8-inch ones of the kernel: in the order in which they are
 * tried; ends with name NULL. */
extern const struct mun_floppy_geometry mun_floppy_geometries[];

/* What is asked of a drive; /dev/fdN of Linux below it, or a model in tests. */
struct mun_floppy_drive;
struct mun_floppy_drive_ops {
	/* Select a format: 0; MUN_EUNSUPPORTED (this drive or kernel cannot). */
	int (*select)(struct mun_floppy_drive *d,
		      const struct mun_floppy_geometry *g, struct mun_err *e);
	/* One read of whole sectors of the selected format. */
	int (*read)(struct mun_floppy_drive *d, void *buf, size_t len,
		    uint64_t off, struct mun_read_reply *reply,
		    struct mun_err *e);
	/* FDPOLLDRVSTAT: -1 not known, 0 writable, 1 protected. */
	int (*protected_)(struct mun_floppy_drive *d);
	/* FDGETDRVTYP: "H1440", "" unknown. */
	void (*type)(struct mun_floppy_drive *d, char out[static 17]);
	void (*close)(struct mun_floppy_drive *d);
};
struct mun_floppy_drive {
	const struct mun_floppy_drive_ops *ops;
};

/* Linux's: @drive is N of /dev/fdN.  MUN_ENOENT, MUN_EINVAL (no medium),
 * MUN_EBUSY (mounted), MUN_EIO. */
MUN_CHECK int mun_floppy_drive_open(unsigned int drive,
				    struct mun_floppy_drive **out,
				    struct mun_err *e);

/**
 * mun_floppy_probe() - which of the formats is on the disk?
 *
 * A format fits when its last sector of a track can be read on both sides, the
 * next one's cannot, and its last cylinder is there; the boot sector's BIOS
 * parameter block, where it has a sane one, decides between those that fit, and
 * is noted where it says what cannot be.  Bad sectors where it looks make it
 * look on other tracks.
 * @note: appended to, for the record ("boot sector says 9 sectors, ...")
 * Return: 0 with the format selected; MUN_EINVAL where none fits (unformatted,
 * or not for this controller: use flux); MUN_EIO.
 */
MUN_CHECK int mun_floppy_probe(struct mun_floppy_drive *d,
			       const struct mun_floppy_geometry **out,
			       char note[static 160], struct mun_err *e);

/* Reads of the probed format; a track is the largest.  @d: owned. */
MUN_CHECK int mun_floppy_reader(struct mun_floppy_drive *d,
				const struct mun_floppy_geometry *g,
				struct mun_reader **out, struct mun_err *e);

#endif
