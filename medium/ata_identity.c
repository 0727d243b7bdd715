/* SPDX-License-Identifier: Apache-2.0 */
/* medium/ata_identity.c - what an ATA drive says of itself, and what it hides */
#include "medium/ata_identity.h"

#include "core/bytes.h"
#include "core/check.h"
#include "medium/drive_text.h"

#include <inttypes.h>
#include <string.h>

#define CHECKSUM_MARK 0xa5
#define CHECKSUM_WORD 255

static uint16_t word(const uint8_t *p, size_t n)
{
	return mun_le16(p + 2 * n);
}

/* Words 83, 84, 86, 87 and 119 say that they mean something: 01b on top. */
static bool is_valid(uint16_t w)
{
	return (w & 0xc000) == 0x4000;
}

/* Two characters a word, the first in the high byte. */
static void text(const uint8_t *p, size_t first, size_t last, char *out,
		 size_t size)
{
	uint8_t raw[40];
	size_t n = MUN_MIN(2 * (last - first + 1), sizeof(raw));

	for (size_t i = 0; i < n; i += 2) {
		raw[i] = p[2 * first + i + 1];
		raw[i + 1] = p[2 * first + i];
	}
	mun_drive_text(raw, n, out, size);
}

/* All bytes together are 0; the mark says that there is a checksum. */
static bool sum_fits(const uint8_t *p)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < MUN_ATA_IDENTIFY_BYTES; i++)
		sum = (uint8_t)(sum + p[i]);
	return sum == 0;
}

static bool has_sum(const uint8_t *p)
{
	return p[(size_t)2 * CHECKSUM_WORD] == CHECKSUM_MARK;
}

static int check(const uint8_t *p, size_t len, const char *what,
		 struct mun_err *e)
{
	if (len < MUN_ATA_IDENTIFY_BYTES)
		return mun_fail(e, MUN_ECORRUPT, "%s: %zu bytes of 512", what,
				len);
	if (has_sum(p) && !sum_fits(p))
		return mun_fail(e, MUN_ECORRUPT,
				"%s: its checksum does not fit", what);
	return 0;
}

/* Words 106, 117 and 118: a logical sector of more than 256 words. */
static uint32_t sector_bytes(const uint8_t *p)
{
	uint64_t bytes;

	if (!is_valid(word(p, 106)) || !(word(p, 106) & 0x1000))
		return 512;
	bytes = (uint64_t)mun_le32(p + 234) * 2;
	return bytes >= 512 && bytes <= 65536 ? (uint32_t)bytes : 512;
}

static uint64_t sectors(const uint8_t *p, bool lba48)
{
	uint64_t n = lba48 ? mun_le64(p + 200) & 0xffffffffffff : 0;

	/* Word 69 bit 3: a larger count than 48 bits of the commands reach. */
	if (lba48 && is_valid(word(p, 83)) && (word(p, 69) & 0x08) &&
	    mun_le64(p + 460))
		n = mun_le64(p + 460);
	return n ? n : mun_le32(p + 120);
}

static void wwn(const uint8_t *p, char out[static 24])
{
	out[0] = '\0';
	if (is_valid(word(p, 87)) && (word(p, 87) & 0x0100))
		(void)snprintf(out, 24, "naa.%04x%04x%04x%04x", word(p, 108),
			       word(p, 109), word(p, 110), word(p, 111));
}

int mun_ata_identify_parse(const uint8_t *p, size_t len,
			   struct mun_ata_identity *out, struct mun_err *e)
{
	int rc = check(p, len, "IDENTIFY DEVICE", e);
	bool commands;

	*out = (struct mun_ata_identity){ 0 };
	if (rc)
		return rc;
	/* Word 0, bit 15: no ATA device; a bridge that gives nothing: zeros. */
	if ((word(p, 0) & 0x8000 && word(p, 0) != 0x848a) ||
	    (!word(p, 27) && !word(p, 10) && !mun_le32(p + 120)))
		return mun_fail(e, MUN_ECORRUPT,
				"IDENTIFY DEVICE: not of an ATA disk");
	commands = is_valid(word(p, 83));
	text(p, 10, 19, out->serial, sizeof(out->serial));
	text(p, 23, 26, out->revision, sizeof(out->revision));
	text(p, 27, 46, out->model, sizeof(out->model));
	wwn(p, out->wwn);
	out->has_lba48 = commands && (word(p, 83) & 0x0400);
	out->has_hpa = commands && (word(p, 82) & 0x0400);
	out->has_dco = commands && (word(p, 83) & 0x0800);
	out->has_amac = is_valid(word(p, 119)) && (word(p, 119) & 0x0100);
	out->sectors = sectors(p, out->has_lba48);
	out->sector_bytes = sector_bytes(p);
	return 0;
}

/* Words 3 to 6: the highest address there can be. */
int mun_ata_dco_parse(const uint8_t *p, size_t len, uint64_t *sectors_out,
		      struct mun_err *e)
{
	int rc = check(p, len, "DEVICE CONFIGURATION IDENTIFY", e);
	uint64_t last;

	*sectors_out = 0;
	if (rc)
		return rc;
	last = mun_le64(p + 6);
	if (!has_sum(p) || !last || last >> 48)
		return mun_fail(
			e, MUN_ECORRUPT, "DEVICE CONFIGURATION IDENTIFY: %s",
			has_sum(p) ? "no capacity in it" : "no checksum");
	*sectors_out = last + 1;
	return 0;
}

/* ATA Status Return descriptor (SAT-3, 12.2.7): 0 09h, 1 length 0Ch, 3 error,
 * 6 to 11 LBA with the upper byte of each pair first, 12 device, 13 status. */
static void from_descriptor(const uint8_t *d, struct mun_ata_registers *out)
{
	out->error = d[3];
	out->lba = (uint64_t)d[7] | (uint64_t)d[9] << 8 |
		   (uint64_t)d[11] << 16 | (uint64_t)d[6] << 24 |
		   (uint64_t)d[8] << 32 | (uint64_t)d[10] << 40;
	out->device = d[12];
	out->status = d[13];
	out->whole = true;
}

/* Fixed form (12.2.6): 3 error, 4 status, 5 device, 8 bit 5: upper bytes of the
 * LBA are there and did not fit, 9 to 11 LBA.  Only with ASC 00h/1Dh. */
static void from_fixed(const uint8_t *p, struct mun_ata_registers *out)
{
	out->error = p[3];
	out->status = p[4];
	out->device = p[5];
	out->whole = !(p[8] & 0x20);
	out->lba =
		(uint64_t)p[9] | (uint64_t)p[10] << 8 | (uint64_t)p[11] << 16;
}

bool mun_ata_registers_parse(const struct mun_scsi_cmd *cmd,
			     struct mun_ata_registers *out)
{
	size_t len = MUN_MIN((size_t)cmd->sense_len, (size_t)MUN_SENSE_MAX);
	const uint8_t *p = cmd->sense;

	*out = (struct mun_ata_registers){ 0 };
	if (len >= 14 && (p[0] & 0x7f) == 0x70 && p[12] == 0x00 &&
	    p[13] == 0x1d) {
		from_fixed(p, out);
		return true;
	}
	if (len < 8 || (p[0] & 0x7f) != 0x72)
		return false;
	len = MUN_MIN(len, (size_t)8 + p[7]);
	for (size_t at = 8; at + 14 <= len; at += (size_t)2 + p[at + 1]) {
		if (p[at] != 0x09 || p[at + 1] < 12)
			continue;
		from_descriptor(p + at, out);
		return true;
	}
	return false;
}
