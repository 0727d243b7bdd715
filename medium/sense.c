/* SPDX-License-Identifier: Apache-2.0 */
/* medium/sense.c - what a drive says of a command that failed */
#include "core/bytes.h"
#include "core/check.h"
#include "medium/transport.h"

#include <stdio.h>

/*
 * Fixed form (SPC-4, 4.5.3):          Descriptors (4.5.2):
 *   0  70h, 71h deferred; bit 7: info   0  72h, 73h deferred
 *      is valid                         1  key
 *   2  key in the lower four bits       2  ASC
 *   3  information, 4 bytes             3  ASCQ
 *   7  how many bytes follow            7  how many bytes follow
 *  12  ASC, 13 ASCQ                     8  type, length, contents; ...
 *                                          type 00h: 2 bit 7 valid, 4 info
 */
static struct mun_sense fixed(const uint8_t *p, size_t len)
{
	struct mun_sense s = { 0 };

	if (len < 8)
		return s;
	s.key = p[2] & 0x0f;
	len = MUN_MIN(len, (size_t)8 + p[7]);
	if (len >= 13)
		s.asc = p[12];
	if (len >= 14)
		s.ascq = p[13];
	s.has_info = (p[0] & 0x80) != 0;
	s.info = s.has_info ? mun_be32(p + 3) : 0;
	return s;
}

static struct mun_sense descriptors(const uint8_t *p, size_t len)
{
	struct mun_sense s = { 0 };

	if (len < 8)
		return s;
	s.key = p[1] & 0x0f;
	s.asc = p[2];
	s.ascq = p[3];
	len = MUN_MIN(len, (size_t)8 + p[7]);
	for (size_t at = 8; at + 2 <= len; at += (size_t)2 + p[at + 1]) {
		if (p[at] || p[at + 1] < 10 || at + 12 > len)
			continue;
		s.has_info = (p[at + 2] & 0x80) != 0;
		s.info = s.has_info ? mun_be64(p + at + 4) : 0;
		break;
	}
	return s;
}

struct mun_sense mun_sense_of(const struct mun_scsi_cmd *cmd)
{
	size_t len = MUN_MIN((size_t)cmd->sense_len, (size_t)MUN_SENSE_MAX);
	struct mun_sense s = { 0 };
	uint8_t code = len ? cmd->sense[0] & 0x7f : 0;

	if (code == 0x70 || code == 0x71)
		s = fixed(cmd->sense, len);
	else if (code == 0x72 || code == 0x73)
		s = descriptors(cmd->sense, len);
	/* Deferred: of a command before, so it says nothing of this range. */
	if (code & 1) {
		s.has_info = false;
		s.info = 0;
	}
	return s;
}

static const char *const keys[16] = {
	[MUN_SENSE_NONE] = "no sense",
	[MUN_SENSE_RECOVERED] = "recovered error",
	[MUN_SENSE_NOT_READY] = "not ready",
	[MUN_SENSE_MEDIUM] = "medium error",
	[MUN_SENSE_HARDWARE] = "hardware error",
	[MUN_SENSE_ILLEGAL] = "illegal request",
	[MUN_SENSE_ATTENTION] = "unit attention",
	[MUN_SENSE_PROTECT] = "data protect",
	[MUN_SENSE_BLANK] = "blank check",
	[MUN_SENSE_ABORTED] = "aborted command",
};

/* Of SPC-4, annex F: what drives say when one reads. */
static const struct {
	uint8_t asc;
	uint8_t ascq;
	const char *text;
} codes[] = {
	{ 0x02, 0x00, "no seek complete" },
	{ 0x04, 0x00, "not ready" },
	{ 0x04, 0x01, "becoming ready" },
	{ 0x04, 0x02, "to be started" },
	{ 0x04, 0x03, "manual intervention required" },
	{ 0x04, 0x04, "format in progress" },
	{ 0x04, 0x07, "operation in progress" },
	{ 0x04, 0x08, "long write in progress" },
	{ 0x06, 0x00, "no reference position found" },
	{ 0x08, 0x00, "communication failure" },
	{ 0x08, 0x01, "communication time-out" },
	{ 0x09, 0x00, "track following error" },
	{ 0x09, 0x02, "focus servo failure" },
	{ 0x09, 0x03, "spindle servo failure" },
	{ 0x10, 0x00, "CRC or ECC error in the ID" },
	{ 0x11, 0x00, "unrecovered read error" },
	{ 0x11, 0x01, "read retries exhausted" },
	{ 0x11, 0x02, "error too long to correct" },
	{ 0x11, 0x03, "multiple read errors" },
	{ 0x11, 0x04, "unrecovered read error, reallocation failed" },
	{ 0x11, 0x05, "L-EC uncorrectable error" },
	{ 0x11, 0x06, "CIRC unrecovered error" },
	{ 0x11, 0x0f, "error reading UPC or EAN" },
	{ 0x11, 0x10, "error reading ISRC" },
	{ 0x12, 0x00, "no address mark of the ID" },
	{ 0x13, 0x00, "no address mark of the data" },
	{ 0x14, 0x00, "recorded entity not found" },
	{ 0x14, 0x01, "record not found" },
	{ 0x15, 0x00, "positioning error" },
	{ 0x16, 0x00, "data synchronisation mark error" },
	{ 0x17, 0x00, "recovered without error correction" },
	{ 0x17, 0x01, "recovered with retries" },
	{ 0x18, 0x00, "recovered with error correction" },
	{ 0x18, 0x01, "recovered with error correction and retries" },
	{ 0x20, 0x00, "no such command" },
	{ 0x21, 0x00, "no such address" },
	{ 0x24, 0x00, "invalid field in the command" },
	{ 0x25, 0x00, "no such logical unit" },
	{ 0x28, 0x00, "the medium may have changed" },
	{ 0x29, 0x00, "power on or reset" },
	{ 0x2c, 0x00, "command sequence error" },
	{ 0x30, 0x00, "incompatible medium" },
	{ 0x30, 0x01, "unknown format of the medium" },
	{ 0x30, 0x02, "incompatible format of the medium" },
	{ 0x31, 0x00, "medium format corrupted" },
	{ 0x3a, 0x00, "no medium" },
	{ 0x3a, 0x01, "no medium, tray closed" },
	{ 0x3a, 0x02, "no medium, tray open" },
	{ 0x3e, 0x01, "logical unit failure" },
	{ 0x3e, 0x02, "time-out of the logical unit" },
	{ 0x44, 0x00, "internal target failure" },
	{ 0x47, 0x00, "parity error" },
	{ 0x47, 0x03, "CRC error of the interface" },
	{ 0x4b, 0x00, "data phase error" },
	{ 0x53, 0x00, "load or eject failed" },
	{ 0x53, 0x02, "medium removal prevented" },
	{ 0x57, 0x00, "table of contents not recovered" },
	{ 0x5d, 0x00, "failure prediction threshold exceeded" },
	{ 0x63, 0x00, "end of the user area" },
	{ 0x64, 0x00, "illegal mode for this track" },
	{ 0x6f, 0x00, "copy protection: authentication failure" },
	{ 0x6f, 0x03, "copy protection: scrambled without authentication" },
	{ 0x6f, 0x04, "copy protection: region" },
};

void mun_sense_text(const struct mun_sense *s, char out[static 96])
{
	const char *key = keys[s->key & 0x0f];
	const char *text = NULL;

	for (size_t i = 0; i < MUN_COUNT(codes) && !text; i++)
		if (codes[i].asc == s->asc && codes[i].ascq == s->ascq)
			text = codes[i].text;
	(void)snprintf(out, 96, "%s%s%s (%x/%02x/%02x)", key ? key : "sense",
		       text ? ", " : "", text ? text : "", s->key & 0x0fu,
		       (unsigned int)s->asc, (unsigned int)s->ascq);
}
