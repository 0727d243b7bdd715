/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_drive_identity.c - a drive that answers anything at all
 *
 * The input is what comes back of each command in turn: one byte how it ends,
 * one how many bytes (times 4), then these.  When it is used up the drive does
 * not answer any more.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/str.h"
#include "medium/ask_drive.h"
#include "medium/ata_identity.h"
#include "medium/scsi_identity.h"
#include "medium/transport.h"

struct drive {
	struct mun_transport base;
	const uint8_t *p;
	size_t left;
};

static uint8_t next(struct drive *d)
{
	if (!d->left)
		return 0;
	d->left--;
	return *d->p++;
}

static int run(struct mun_transport *t, struct mun_scsi_cmd *cmd,
	       struct mun_err *e)
{
	struct drive *d = (struct drive *)t;
	uint8_t end = next(d);
	size_t n = (size_t)next(d) * 4;

	n = MUN_MIN(n, d->left);
	/* Nothing but what may be sent arrives here. */
	if (cmd->cdb[0] != 0x12 &&
	    !mun_transport_allowed(t->peripheral, cmd->cdb, cmd->cdb_len))
		abort();
	if (!d->left)
		return mun_fail(e, MUN_EIO, "the input is used up");
	cmd->end = (enum mun_scsi_end)(end % (MUN_SCSI_GONE + 1));
	if (cmd->end == MUN_SCSI_GOOD) {
		cmd->got = (uint32_t)MUN_MIN(n, (size_t)cmd->data_len);
		if (cmd->got)
			memcpy(cmd->data, d->p, cmd->got);
	} else {
		cmd->sense_len = (uint8_t)MUN_MIN(n, (size_t)MUN_SENSE_MAX);
		memcpy(cmd->sense, d->p, cmd->sense_len);
	}
	d->p += n;
	d->left -= n;
	return 0;
}

static const struct mun_transport_ops ops = { .run = run };

static void clean(const char *text)
{
	if (!mun_text_is_clean(text, NULL))
		abort();
}

/* Whatever it says, the record can hold it. */
static void ask(const uint8_t *data, size_t size, const char *bus)
{
	struct drive d = { .base.ops = &ops, .p = data, .left = size };
	struct mun_device_facts f = {
		.is_device = true,
		.kind = MUN_DEVICE_DISK,
		.bytes = 1474560,
		.sector_bytes = 512,
		.removable = size & 1,
	};
	struct mun_drive_said said;
	struct mun_err e;

	(void)snprintf(f.bus, sizeof(f.bus), "%s", bus);
	mun_ask_drive(&d.base, true, &f, &said);
	clean(f.vendor);
	clean(f.model);
	clean(f.revision);
	clean(f.serial);
	clean(f.wwid);
	clean(f.bridge);
	clean(f.unasked);
	if (!mun_drive_agrees("/dev/x", &f, &said, &e) && said.bytes &&
	    said.bytes != f.bytes)
		abort();
}

/* Exactly these bytes, at the end of their memory. */
static void parse(const uint8_t *data, size_t size)
{
	uint8_t *p = malloc(size ? size : 1);
	struct mun_scsi_cmd cmd = { .sense_len = (uint8_t)size };
	struct mun_ata_registers registers;
	struct mun_scsi_capacity c;
	struct mun_ata_identity id;
	struct mun_scsi_inquiry q;
	uint64_t sectors;
	struct mun_err e;
	char out[32];

	if (!p)
		abort();
	memcpy(p, data, size);
	(void)mun_scsi_inquiry_parse(p, size, &q);
	(void)mun_scsi_vpd_has(p, size, 0x83);
	(void)mun_scsi_serial_parse(p, size, out, sizeof(out));
	(void)mun_scsi_wwid_parse(p, size, out, sizeof(out));
	clean(out);
	(void)mun_scsi_capacity10_parse(p, size, &c);
	(void)mun_scsi_capacity16_parse(p, size, &c);
	(void)mun_scsi_format_capacity_parse(p, size, &c);
	(void)mun_scsi_tab_parse(p, size, false);
	(void)mun_scsi_tab_parse(p, size, true);
	if (!mun_ata_identify_parse(p, size, &id, &e))
		clean(id.model);
	if (!mun_ata_dco_parse(p, size, &sectors, &e) && !sectors)
		abort();
	memcpy(cmd.sense, p, MUN_MIN(size, (size_t)MUN_SENSE_MAX));
	(void)mun_ata_registers_parse(&cmd, &registers);
	free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	parse(data, size);
	ask(data, size, "usb");
	ask(data, size, "ata");
	return 0;
}
