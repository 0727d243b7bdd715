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
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "medium/reader.h"

#define MUN_FLOPPY_SECTOR 512u /* bytes */
#define MUN_FLOPPY_CYLINDERS_MAX 84u
#define MUN_FLOPPY_HEADS_MAX 2u
#define MUN_FLOPPY_SECTORS_MAX 48u

struct mun_floppy_geometry {
	const char *name; /* "1440K", "1680K (DMF)": for people */
	unsigned int minor_type; /* of fd(4): 7 for u1440 */
	/* Formats of one family are recorded alike (data rate, steps of the
	 * head, size of the sectors on the disk): a track of one can be read
	 * as the other's, as far as both have it. */
	unsigned int family;
	unsigned int cylinders;
	unsigned int heads;
	unsigned int sectors; /* per track */
	/* The kernel's format minor_type, where it has more than the disk: a
	 * disk of 8 sectors is read as one of 9 whose ninth nobody asks for. */
	unsigned int type_heads;
	unsigned int type_sectors;
};

/* 1.44M, 1.2M, 1476K to 1743K (21 sectors: DMF), 720K, 800K, 160K to 420K,
 * 2.88M and the larger ones of the kernel, single-sided ones: in the order in
 * which they are tried, those of a family together; ends with name NULL.  The
 * kernel has none of 8 inches. */
extern const struct mun_floppy_geometry mun_floppy_geometries[];

/* The number of the kernel's formats; types are below it. */
#define MUN_FLOPPY_TYPES 32u

/* The first format of the table that is the kernel's @type as it is, or NULL
 * (0, which is detected by the kernel, and types that are aliases). */
const struct mun_floppy_geometry *mun_floppy_of_type(unsigned int type);

/* The format of a floppy of so many bytes in a drive at USB, which is a SCSI disk
 * that tells no more (UFI: 720K, 1.2M, 1.44M), or NULL. */
const struct mun_floppy_geometry *mun_floppy_of_usb(uint64_t bytes);

/* Can a drive of this type (FDGETDRVTYP: "H1440") read @g?  Of a drive that
 * nothing is known of it is to be tried. */
bool mun_floppy_drive_can(const char *type,
			  const struct mun_floppy_geometry *g);

/* Of the image. */
uint64_t mun_floppy_bytes(const struct mun_floppy_geometry *g);

/* Where byte @off of the image lies, as people count: cylinders and heads from
 * 0, sectors from 1. */
struct mun_floppy_place {
	unsigned int cylinder;
	unsigned int head;
	unsigned int sector;
};
struct mun_floppy_place mun_floppy_place(const struct mun_floppy_geometry *g,
					 uint64_t off);

/* The same byte in the node of the kernel's format. */
uint64_t mun_floppy_node_off(const struct mun_floppy_geometry *g, uint64_t off);

/* What is asked of a drive; /dev/fdN of Linux below it, or a model in tests. */
struct mun_floppy_drive;
struct mun_floppy_drive_ops {
	/* Select a format: 0; MUN_EUNSUPPORTED (this drive or kernel cannot);
	 * MUN_EINVAL (no disk in the drive); MUN_EBUSY; MUN_EIO. */
	int (*select)(struct mun_floppy_drive *d,
		      const struct mun_floppy_geometry *g, struct mun_err *e);
	/* One read of whole sectors of the selected format, inside one track;
	 * @off: bytes of the image. */
	int (*read)(struct mun_floppy_drive *d, void *buf, size_t len,
		    uint64_t off, struct mun_read_reply *reply,
		    struct mun_err *e);
	/* Descriptor of the selected format, for the kernel's read-only flag;
	 * -1: there is none. */
	int (*fd)(struct mun_floppy_drive *d);
	/* FDPOLLDRVSTAT: -1 not known, 0 writable, 1 protected. */
	int (*protected_)(struct mun_floppy_drive *d);
	/* FDGETDRVTYP: "H1440", "" unknown. */
	void (*type)(struct mun_floppy_drive *d, char out[static 17]);
	void (*close)(struct mun_floppy_drive *d);
};
struct mun_floppy_drive {
	const struct mun_floppy_drive_ops *ops;
};
void mun_floppy_drive_close(struct mun_floppy_drive *d); /* NULL is fine */
MUN_DEFINE_FREEP(floppy_drive, mun_floppy_drive_close);

/* Linux's: @drive is N of /dev/fdN.  MUN_ENOENT, MUN_EINVAL (no such number),
 * MUN_EBUSY (mounted), MUN_EIO.  That there is no disk in it is said by
 * select(). */
MUN_CHECK int mun_floppy_drive_open(unsigned int drive,
				    struct mun_floppy_drive **out,
				    struct mun_err *e);

/* Minor number of the node of @drive and @type, as fd(4): drives 0 to 7. */
unsigned int mun_floppy_minor(unsigned int drive, unsigned int type);

/* And what a minor number stands for. */
void mun_floppy_of_minor(unsigned int minor, unsigned int *drive,
			 unsigned int *type);

#define MUN_FLOPPY_NOTE 160u

/**
 * mun_floppy_probe() - which of the formats is on the disk?
 *
 * A format fits when its last sector of a track can be read on both sides, the
 * next one's cannot, and its last cylinder is there; the boot sector's BIOS
 * parameter block, where it has a sane one (or the media byte of the oldest
 * disks), decides on sides and cylinders between those that fit, and is noted
 * where it says what cannot be.  Bad sectors where it looks make it look on
 * other tracks.
 * @note: appended to, for the record ("boot sector says 9 sectors, ...")
 * Return: 0 with the format selected; MUN_EINVAL where none fits (unformatted,
 * or not for this controller: use flux), or there is no disk; MUN_EUNSUPPORTED
 * (no format can be selected at all: why); MUN_EIO; MUN_ECANCELLED.
 */
MUN_CHECK int mun_floppy_probe(struct mun_floppy_drive *d,
			       const struct mun_floppy_geometry **out,
			       char note[static MUN_FLOPPY_NOTE],
			       struct mun_err *e);

/**
 * mun_floppy_reader() - reads of the probed format; a track is the largest
 * @d: owned, also when this fails; @g is selected in it
 *
 * After the drive was away it is opened again and taken for the same disk where
 * the sector that was read first is still the same.
 * Return: 0 or MUN_ENOMEM.
 */
MUN_CHECK int mun_floppy_reader(struct mun_floppy_drive *d,
				const struct mun_floppy_geometry *g,
				struct mun_reader **out, struct mun_err *e);

#endif
