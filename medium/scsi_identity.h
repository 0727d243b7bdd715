/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/scsi_identity.h - what a SCSI drive says of itself and its medium
 *
 * Parsers over the replies (SPC-4, SBC-3, MMC-6); each looks only at the bytes
 * that came and at what the reply says of its own length, and is false where
 * there are too few.  Texts are those of struct mun_device_facts.
 */
#ifndef MUN_MEDIUM_SCSI_IDENTITY_H
#define MUN_MEDIUM_SCSI_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "medium/device.h"

struct mun_scsi_inquiry {
	uint8_t type; /* peripheral device type: 00h disk, 05h disc */
	uint8_t version; /* 05h SPC-3, ... */
	bool removable;
	char vendor[64];
	char model[128];
	char revision[64];
};

/* Standard INQUIRY data, SPC-4 6.4.2; vendor and what follows are "" where the
 * reply ends before. */
bool mun_scsi_inquiry_parse(const uint8_t *p, size_t len,
			    struct mun_scsi_inquiry *out);

/* Does the list of supported pages (VPD 00h) have @page? */
bool mun_scsi_vpd_has(const uint8_t *p, size_t len, uint8_t page);

/* Unit serial number, VPD 80h. */
bool mun_scsi_serial_parse(const uint8_t *p, size_t len, char *out,
			   size_t size);

/**
 * mun_scsi_wwid_parse() - the name of the logical unit, VPD 83h
 * @out: "naa.5000c500a1b2c3d4", "eui.0025385b71b00b0c", "t10.ATA  ..." or the
 *       SCSI name string, in this order of preference
 */
bool mun_scsi_wwid_parse(const uint8_t *p, size_t len, char *out, size_t size);

struct mun_scsi_capacity {
	uint64_t blocks; /* 0: READ CAPACITY (10) cannot say, ask (16) */
	uint32_t block_bytes;
	uint32_t physical_bytes; /* 0: not told */
};

/* SBC-3, 5.12 and 5.13. */
bool mun_scsi_capacity10_parse(const uint8_t *p, size_t len,
			       struct mun_scsi_capacity *out);
bool mun_scsi_capacity16_parse(const uint8_t *p, size_t len,
			       struct mun_scsi_capacity *out);

/* READ FORMAT CAPACITIES (MMC-6, 6.24): of the medium that is in now.  False
 * where it is not formatted, or none. */
bool mun_scsi_format_capacity_parse(const uint8_t *p, size_t len,
				    struct mun_scsi_capacity *out);

/* The WP bit in the head of a MODE SENSE reply; @ten: of MODE SENSE (10). */
enum mun_write_tab mun_scsi_tab_parse(const uint8_t *p, size_t len, bool ten);

#endif
