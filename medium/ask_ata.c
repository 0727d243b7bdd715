/* SPDX-License-Identifier: Apache-2.0 */
/* medium/ask_ata.c - what an ATA drive behind SCSI commands says and hides */
#include "medium/ask_ata.h"

#include "core/check.h"
#include "medium/ask_drive.h"
#include "medium/ata_identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NON_DATA (3 << 1)
#define PIO_IN (4 << 1)
#define EXTEND 1
/* CK_COND: registers come back; T_DIR in, BYT_BLOK, length in the count */
#define WITH_REGISTERS 0x20
#define ONE_BLOCK_IN 0x0e
#define LBA_MODE 0x40

enum command {
	IDENTIFY = 0xec,
	NATIVE_MAX = 0xf8,
	NATIVE_MAX_EXT = 0x27,
	ACCESSIBLE_MAX = 0x78, /* feature 0: GET NATIVE MAX ADDRESS EXT */
	CONFIGURATION = 0xb1, /* feature C2h: IDENTIFY */
};

static bool ask_block(struct mun_transport *t, enum command command,
		      uint8_t feature, uint8_t *p, uint32_t *got,
		      char why[static 96])
{
	struct mun_scsi_cmd cmd = {
		.cdb = { 0x85, PIO_IN, ONE_BLOCK_IN, [4] = feature, [6] = 1,
			 [14] = (uint8_t)command },
		.cdb_len = 16,
		.data = p,
		.data_len = MUN_ATA_IDENTIFY_BYTES,
	};
	bool ok = mun_ask(t, &cmd, why);

	/* Older bridges know the shorter form only. */
	if (!ok && cmd.end == MUN_SCSI_CHECK &&
	    mun_sense_of(&cmd).key == MUN_SENSE_ILLEGAL) {
		cmd = (struct mun_scsi_cmd){
			.cdb = { 0xa1, PIO_IN, ONE_BLOCK_IN, feature,
				 1, [9] = (uint8_t)command },
			.cdb_len = 12,
			.data = p,
			.data_len = MUN_ATA_IDENTIFY_BYTES,
		};
		ok = mun_ask(t, &cmd, why);
	}
	*got = cmd.got;
	return ok;
}

/* A command whose answer is an address, in the registers.  It ends as CHECK
 * with a recovered error, which is how they are asked for. */
static bool ask_address(struct mun_transport *t, enum command command,
			uint64_t *sectors, char why[static 96])
{
	bool extend = command != NATIVE_MAX;
	struct mun_scsi_cmd cmd = {
		.cdb = { 0x85, (uint8_t)(NON_DATA | (extend ? EXTEND : 0)),
			 WITH_REGISTERS, [13] = LBA_MODE,
			 [14] = (uint8_t)command },
		.cdb_len = 16,
	};
	struct mun_ata_registers r;

	(void)mun_ask(t, &cmd, why);
	if (!mun_ata_registers_parse(&cmd, &r)) {
		if (!why[0])
			(void)snprintf(why, 96, "no registers came back");
		return false;
	}
	if ((r.status & 1) || !r.whole) {
		(void)snprintf(why, 96, "%s",
			       r.whole ? "refused by the drive"
				       : "cut short by the bridge");
		return false;
	}
	if (!extend)
		r.lba |= (uint64_t)(r.device & 0x0f) << 24;
	*sectors = r.lba + 1;
	return true;
}

/* From the drive's sectors to those of the device: some bridges show eight
 * sectors of 512 bytes as one of 4096. */
static uint64_t in_device_sectors(uint64_t sectors,
				  const struct mun_ata_identity *id,
				  const struct mun_device_facts *f)
{
	uint64_t bytes;

	if (!f->sector_bytes ||
	    ckd_mul(&bytes, sectors, (uint64_t)id->sector_bytes))
		return 0;
	return bytes / f->sector_bytes;
}

static void ask_native(struct mun_transport *t,
		       const struct mun_ata_identity *id,
		       struct mun_device_facts *f)
{
	enum command command = !id->has_hpa    ? ACCESSIBLE_MAX
			       : id->has_lba48 ? NATIVE_MAX_EXT
					       : NATIVE_MAX;
	uint64_t sectors = 0;
	char why[96];

	if (!id->has_hpa && !id->has_amac)
		return;
	if (!ask_address(t, command, &sectors, why))
		mun_drive_note(f, "READ NATIVE MAX ADDRESS: %s", why);
	else if (sectors < id->sectors)
		/* Its own count of what it shows is higher: no answer. */
		mun_drive_note(f, "READ NATIVE MAX ADDRESS: no sense in it");
	else
		f->native_sectors = in_device_sectors(sectors, id, f);
}

static void ask_real(struct mun_transport *t, const struct mun_ata_identity *id,
		     struct mun_device_facts *f)
{
	uint8_t p[MUN_ATA_IDENTIFY_BYTES] = { 0 };
	uint64_t sectors = 0;
	struct mun_err e;
	uint32_t got;
	char why[96];

	if (!id->has_dco)
		return;
	if (!ask_block(t, CONFIGURATION, 0xc2, p, &got, why))
		mun_drive_note(f, "DEVICE CONFIGURATION IDENTIFY: %s", why);
	else if (mun_ata_dco_parse(p, got, &sectors, &e))
		mun_drive_note(f, "%s", e.lines[0].text);
	else
		f->real_sectors = in_device_sectors(sectors, id, f);
}

/* The drive in the box, not the box; that is kept beside it. */
static void take_identity(const struct mun_ata_identity *id,
			  const struct mun_scsi_inquiry *q,
			  struct mun_device_facts *f)
{
	if (strcmp(q->vendor, "ATA") && strncmp(id->model, q->model, 16))
		(void)snprintf(f->bridge, sizeof(f->bridge),
			       "%.40s %.60s %.20s", q->vendor, q->model,
			       q->revision);
	if (id->model[0]) {
		memcpy(f->model, id->model, sizeof(f->model));
		f->vendor[0] = '\0';
	}
	if (id->revision[0])
		memcpy(f->revision, id->revision, sizeof(f->revision));
	if (id->serial[0])
		memcpy(f->serial, id->serial, sizeof(f->serial));
	if (!f->wwid[0] || f->bridge[0])
		(void)snprintf(f->wwid, sizeof(f->wwid), "%s", id->wwn);
}

static bool is_ata(const struct mun_scsi_inquiry *q,
		   const struct mun_device_facts *f)
{
	return !strcmp(q->vendor, "ATA") || !strcmp(f->bus, "ata") ||
	       !strcmp(f->bus, "usb") || !strcmp(f->bus, "ieee1394");
}

void mun_ask_ata(struct mun_transport *t, const struct mun_scsi_inquiry *q,
		 struct mun_device_facts *f)
{
	uint8_t p[MUN_ATA_IDENTIFY_BYTES] = { 0 };
	struct mun_ata_identity id;
	struct mun_err e;
	uint32_t got;
	char why[96];

	if (f->removable || q->removable || q->type != 0 || !is_ata(q, f))
		return;
	if (!ask_block(t, IDENTIFY, 0, p, &got, why)) {
		mun_drive_note(f, "ATA pass-through: %s", why);
		return;
	}
	if (mun_ata_identify_parse(p, got, &id, &e)) {
		mun_drive_note(f, "%s", e.lines[0].text);
		return;
	}
	take_identity(&id, q, f);
	ask_native(t, &id, f);
	ask_real(t, &id, f);
}
