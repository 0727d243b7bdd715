/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/transport.h - commands to a drive, and only those that cannot modify
 *
 * SG_IO passes by the kernel's read-only flag, so every command goes through
 * mun_transport_run(), which knows a list of operation codes (and of what they
 * may carry) that read; all else is refused before the drive hears of it.
 * Under it lies a table of calls: SG_IO of Linux, or a drive in memory
 * (tests/support/soft_drive.h).
 * Specifications: SPC-4 (INQUIRY, sense data), SBC-3, MMC-6, SAT-3 (ATA
 * PASS-THROUGH).
 */
#ifndef MUN_MEDIUM_TRANSPORT_H
#define MUN_MEDIUM_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* What became of a command that reached the drive or its bus. */
enum mun_scsi_end {
	MUN_SCSI_GOOD,
	MUN_SCSI_CHECK, /* CHECK CONDITION: see the sense data */
	MUN_SCSI_BUSY, /* busy, reservation conflict, queue full */
	MUN_SCSI_TIMEOUT,
	MUN_SCSI_GONE, /* no such device any more, bus reset, host error */
};

#define MUN_SENSE_MAX 64u
#define MUN_CDB_MAX 16u

struct mun_scsi_cmd {
	/* Given */
	uint8_t cdb[MUN_CDB_MAX];
	uint8_t cdb_len; /* 6, 10, 12 or 16 */
	void *data; /* from the drive; NULL where data_len is 0 */
	uint32_t data_len; /* bytes */
	uint32_t timeout_ms; /* 0: 30 s */
	/* Filled */
	enum mun_scsi_end end;
	uint32_t got; /* bytes of data that came */
	uint8_t sense[MUN_SENSE_MAX];
	uint8_t sense_len;
};

/* Sense data in both forms (SPC-4, 4.5), and zeros where there is none. */
struct mun_sense {
	uint8_t key; /* 3 medium error, 2 not ready, 6 unit attention ... */
	uint8_t asc;
	uint8_t ascq;
	bool has_info;
	uint64_t info; /* LBA of the first sector that failed */
};

enum mun_sense_key {
	MUN_SENSE_NONE = 0,
	MUN_SENSE_RECOVERED = 1,
	MUN_SENSE_NOT_READY = 2,
	MUN_SENSE_MEDIUM = 3,
	MUN_SENSE_HARDWARE = 4,
	MUN_SENSE_ILLEGAL = 5,
	MUN_SENSE_ATTENTION = 6,
	MUN_SENSE_PROTECT = 7,
	MUN_SENSE_BLANK = 8,
	MUN_SENSE_ABORTED = 11,
};

/*
 * One operation code can mean two things: 42h reads the sub-channel of a CD and
 * unmaps blocks of a disk, A1h asks an ATA disk for its identity and blanks a
 * CD-RW.  So what a command is depends on what the drive says it is.
 */
enum mun_peripheral {
	MUN_PERIPHERAL_NOT_ASKED = 0,
	MUN_PERIPHERAL_DISK = 1, /* peripheral device type 00h */
	/* 04h, 07h, 0Eh: WORM, magneto-optical, RBC */
	MUN_PERIPHERAL_OTHER_DISK = 2,
	MUN_PERIPHERAL_DISC = 4, /* 05h: CD, DVD, BD */
	MUN_PERIPHERAL_OTHER = 8, /* tape, changer, ... */
};

struct mun_transport;
struct mun_transport_ops {
	/* Fill the lower half of @cmd.  0, or MUN_EIO where the command could
	 * not be given to the system at all. */
	int (*run)(struct mun_transport *t, struct mun_scsi_cmd *cmd,
		   struct mun_err *e);
	void (*close)(struct mun_transport *t); /* frees @t */
};
struct mun_transport {
	const struct mun_transport_ops *ops;
	/* Found out by INQUIRY when the first command is sent that needs it. */
	enum mun_peripheral peripheral;
};

/**
 * mun_sg_open() - commands through SG_IO on an open descriptor
 * @fd: of a block device or /dev/sgN, borrowed; must outlive @out
 *
 * Return: 0; MUN_EUNSUPPORTED where the descriptor has no SG_IO; MUN_ENOMEM.
 */
MUN_CHECK int mun_sg_open(int fd, struct mun_transport **out,
			  struct mun_err *e);
/* As above; @fd is owned where 0 is returned, and closed with @out. */
MUN_CHECK int mun_sg_take(int fd, struct mun_transport **out,
			  struct mun_err *e);
void mun_transport_close(struct mun_transport *t); /* NULL is fine */
MUN_DEFINE_FREEP(transport, mun_transport_close);

/**
 * mun_transport_allowed() - may this command be sent?  It cannot modify
 * @drive: NOT_ASKED: only what is the same command for every drive
 * @len:   of @cdb, in bytes; must be that of the operation code's group
 *
 * The list is docs/devices.md's; a test compares them.  EJECT (START STOP UNIT
 * with LoEj and not Start), PREVENT ALLOW MEDIUM REMOVAL and SET CD SPEED are
 * on it: they move the drive and not the medium.
 */
bool mun_transport_allowed(enum mun_peripheral drive, const uint8_t *cdb,
			   size_t len);

/**
 * mun_transport_run() - send one command that mun_transport_allowed()
 *
 * Return: 0, and @cmd->end says how it went; MUN_EINVAL for a command that is
 * not on the list for this drive (it is not sent); MUN_EIO (e->sys is EPERM
 * where the kernel lets only CAP_SYS_RAWIO send it).
 */
MUN_CHECK int mun_transport_run(struct mun_transport *t,
				struct mun_scsi_cmd *cmd, struct mun_err *e);

/* What the sense data of @cmd say; all zeros where there are none. */
struct mun_sense mun_sense_of(const struct mun_scsi_cmd *cmd);

/* "medium error, unrecovered read error (3/11/00)": for people and records. */
void mun_sense_text(const struct mun_sense *s, char out[static 96]);

#endif
