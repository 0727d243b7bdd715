/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/medium/scsi_says.h - a drive that answers commands as a test wants it
 *
 * For struct fake_device (tests/medium/device_world.h): set its scsi to
 * scsi_drive and fill the one struct scsi_says there is.
 */
#ifndef MUN_TESTS_SCSI_SAYS_H
#define MUN_TESTS_SCSI_SAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/medium/device_world.h"

struct scsi_says {
	uint8_t inquiry[36];
	uint8_t vpd80[32], vpd83[32];
	bool has_pages;
	uint32_t blocks; /* READ CAPACITY */
	uint32_t format_blocks; /* READ FORMAT CAPACITIES; 0: refused */
	bool reads_on; /* READ (10) past the end succeeds */
	bool mode6_refused;
	uint8_t mode; /* device-specific byte */
	uint8_t identify[512], dco[512];
	int ata_errno; /* of SG_IO with ATA PASS-THROUGH */
	bool no_ata16; /* ATA PASS-THROUGH (16): no such command */
	bool no_ata; /* neither */
	bool no_registers;
	uint64_t native; /* last address; UINT64_MAX: aborted */
	uint8_t ready_key, ready_asc; /* TEST UNIT READY */
	unsigned int attentions; /* to tell first */
	unsigned int ejects, unlocks, past_end, ata, vpd, commands;
	bool eject_refused;
};
extern struct scsi_says scsi;

int scsi_drive(struct fake_device *d, struct sg_io_hdr *h);

/* Nothing is refused, and INQUIRY is that of an ATA disk. */
void scsi_reset(uint32_t blocks);

/* Standard INQUIRY data; @texts: vendor, product and revision, 28 bytes. */
void scsi_say_inquiry(uint8_t type, bool removable, const char *texts);

/* The checksum of an ATA identity. */
void scsi_sum(uint8_t *p);

/* An ATA disk: 128 sectors are shown, 200 are there, 256 were made. */
void scsi_say_ata(void);

#endif
