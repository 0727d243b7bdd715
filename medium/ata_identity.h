/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/ata_identity.h - what an ATA drive says of itself, and what it hides
 *
 * Parsers over what ATA PASS-THROUGH (SAT-3, 12.2) brings: IDENTIFY DEVICE and
 * DEVICE CONFIGURATION IDENTIFY (ACS-2, 7.12 and 7.7.4), and the registers that
 * come back in the sense data.
 */
#ifndef MUN_MEDIUM_ATA_IDENTITY_H
#define MUN_MEDIUM_ATA_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "medium/transport.h"

#define MUN_ATA_IDENTIFY_BYTES 512u

struct mun_ata_identity {
	char serial[128];
	char revision[64]; /* firmware */
	char model[128];
	char wwn[24]; /* "naa.5000c500a1b2c3d4", or "" */
	uint64_t sectors; /* that it shows */
	uint32_t sector_bytes;
	bool has_hpa; /* Host Protected Area: READ NATIVE MAX ADDRESS */
	bool has_dco; /* Device Configuration Overlay */
	bool has_amac; /* GET NATIVE MAX ADDRESS EXT, of ACS-3 */
	bool has_lba48;
};

/**
 * mun_ata_identify_parse() - IDENTIFY DEVICE
 *
 * Return: 0; MUN_ECORRUPT (too short; no ATA device; its checksum, word 255,
 * does not fit: then nothing of it is to be believed).
 */
MUN_CHECK int mun_ata_identify_parse(const uint8_t *p, size_t len,
				     struct mun_ata_identity *out,
				     struct mun_err *e);

/* DEVICE CONFIGURATION IDENTIFY: the sectors that the drive really has.  As
 * above; here the checksum is not left out by any drive. */
MUN_CHECK int mun_ata_dco_parse(const uint8_t *p, size_t len,
				uint64_t *sectors_out, struct mun_err *e);

/* The registers after a command with CK_COND. */
struct mun_ata_registers {
	uint8_t status; /* bit 0: error */
	uint8_t error;
	uint8_t device;
	uint64_t lba; /* 48 bits; of the fixed form of sense data 24 */
	bool whole; /* all of lba came */
};

/* False where the sense data have none. */
bool mun_ata_registers_parse(const struct mun_scsi_cmd *cmd,
			     struct mun_ata_registers *out);

#endif
