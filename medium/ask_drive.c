/* SPDX-License-Identifier: Apache-2.0 */
/* medium/ask_drive.c - identity, capacity and hidden sectors, by commands */
#include "medium/ask_drive.h"

#include "core/bytes.h"
#include "core/check.h"
#include "medium/ask_ata.h"
#include "medium/scsi_identity.h"
#include "medium/transport.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS 10000
/* Media that are exchanged so often, and so small, that a capacity of the one
 * before is likely, and that a read past the end does no harm: floppies. */
#define FLOPPY_MAX ((uint64_t)8 << 20)

#define SPC_2 4 /* version that has vital product data */

void mun_drive_note(struct mun_device_facts *f, const char *fmt, ...)
{
	size_t at = strlen(f->unasked);
	size_t room = sizeof(f->unasked) - at;
	const char *gap = at ? "; " : "";
	char text[160];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < sizeof(text) &&
	    strlen(gap) + (size_t)n < room && !strstr(f->unasked, text))
		(void)snprintf(f->unasked + at, room, "%s%s", gap, text);
}

/* Why was there no answer?  For the note. */
static void reason(const struct mun_scsi_cmd *cmd, const struct mun_err *e,
		   int rc, char out[static 96])
{
	struct mun_sense s = mun_sense_of(cmd);

	if (rc)
		(void)snprintf(out, 96, "%s",
			       e->sys == EPERM || e->sys == EACCES
				       ? "needs CAP_SYS_RAWIO"
				       : "not taken by the system");
	else if (cmd->end == MUN_SCSI_CHECK)
		mun_sense_text(&s, out);
	else
		(void)snprintf(out, 96, "%s",
			       cmd->end == MUN_SCSI_TIMEOUT
				       ? "no answer in time"
			       : cmd->end == MUN_SCSI_BUSY ? "busy"
							   : "no answer");
}

bool mun_ask(struct mun_transport *t, struct mun_scsi_cmd *cmd,
	     char why[static 96])
{
	struct mun_err e = { 0 };
	int rc = 0;

	cmd->timeout_ms = TIMEOUT_MS;
	/* A unit attention is told once, instead of an answer: of a reset, and
	 * of a new medium. */
	for (int i = 0; i < 3; i++) {
		rc = mun_transport_run(t, cmd, &e);
		if (rc || cmd->end != MUN_SCSI_CHECK ||
		    mun_sense_of(cmd).key != MUN_SENSE_ATTENTION)
			break;
	}
	why[0] = '\0';
	if (!rc && cmd->end == MUN_SCSI_GOOD)
		return true;
	reason(cmd, &e, rc, why);
	return false;
}

static void keep(char *field, size_t size, const char *text)
{
	if (!field[0])
		(void)snprintf(field, size, "%s", text);
}

static bool inquire(struct mun_transport *t, struct mun_device_facts *f,
		    struct mun_scsi_inquiry *q)
{
	uint8_t p[96] = { 0 };
	struct mun_scsi_cmd cmd = {
		.cdb = { 0x12, 0, 0, 0, 36 },
		.cdb_len = 6,
		.data = p,
		.data_len = 36,
	};
	char why[96];

	if (!mun_ask(t, &cmd, why) || !mun_scsi_inquiry_parse(p, cmd.got, q)) {
		mun_drive_note(f, "INQUIRY: %s", why[0] ? why : "no drive");
		return false;
	}
	keep(f->vendor, sizeof(f->vendor), q->vendor);
	keep(f->model, sizeof(f->model), q->model);
	keep(f->revision, sizeof(f->revision), q->revision);
	return true;
}

static size_t vpd(struct mun_transport *t, uint8_t page, uint8_t *p, size_t len)
{
	struct mun_scsi_cmd cmd = {
		.cdb = { 0x12, 1, page, (uint8_t)(len >> 8), (uint8_t)len },
		.cdb_len = 6,
		.data = p,
		.data_len = (uint32_t)len,
	};
	char why[96];

	return mun_ask(t, &cmd, why) ? cmd.got : 0;
}

/*
 * Sticks and bridges are known to hang when they are asked for these pages, so
 * of USB what the kernel and its descriptors say has to do.
 */
static void ask_pages(struct mun_transport *t, const struct mun_scsi_inquiry *q,
		      struct mun_device_facts *f)
{
	uint8_t list[4 + 255];
	uint8_t p[4 + 255];
	size_t n;

	if ((f->serial[0] && f->wwid[0]) || q->version < SPC_2 ||
	    !strcmp(f->bus, "usb"))
		return;
	n = vpd(t, 0x00, list, sizeof(list) - 4);
	if (!f->serial[0] && mun_scsi_vpd_has(list, n, 0x80))
		(void)mun_scsi_serial_parse(p, vpd(t, 0x80, p, sizeof(p) - 4),
					    f->serial, sizeof(f->serial));
	if (!f->wwid[0] && mun_scsi_vpd_has(list, n, 0x83))
		(void)mun_scsi_wwid_parse(p, vpd(t, 0x83, p, sizeof(p) - 4),
					  f->wwid, sizeof(f->wwid));
}

static bool ask_capacity16(struct mun_transport *t, struct mun_scsi_capacity *c,
			   char why[static 96])
{
	uint8_t p[32] = { 0 };
	struct mun_scsi_cmd cmd = {
		.cdb = { 0x9e, 0x10, [13] = sizeof(p) },
		.cdb_len = 16,
		.data = p,
		.data_len = sizeof(p),
	};

	return mun_ask(t, &cmd, why) &&
	       mun_scsi_capacity16_parse(p, cmd.got, c);
}

static bool ask_capacity(struct mun_transport *t, struct mun_device_facts *f,
			 struct mun_scsi_capacity *c)
{
	uint8_t p[8] = { 0 };
	struct mun_scsi_cmd cmd = {
		.cdb = { 0x25 },
		.cdb_len = 10,
		.data = p,
		.data_len = sizeof(p),
	};
	char why[96];
	bool ok = mun_ask(t, &cmd, why) &&
		  mun_scsi_capacity10_parse(p, cmd.got, c);

	if (ok && !c->blocks)
		ok = ask_capacity16(t, c, why);
	if (!ok)
		mun_drive_note(f, "READ CAPACITY: %s",
			       why[0] ? why : "no sense in it");
	return ok;
}

/* What formatting the medium has, asked of it and not of what was in before. */
static uint64_t ask_format(struct mun_transport *t)
{
	uint8_t p[252] = { 0 };
	struct mun_scsi_cmd cmd = {
		.cdb = { 0x23, [8] = sizeof(p) },
		.cdb_len = 10,
		.data = p,
		.data_len = sizeof(p),
	};
	struct mun_scsi_capacity c;
	char why[96];

	if (!mun_ask(t, &cmd, why) ||
	    !mun_scsi_format_capacity_parse(p, cmd.got, &c))
		return 0;
	return c.blocks * c.block_bytes;
}

/* Is there a sector after the last one?  READ (10). */
static bool reads_past_end(struct mun_transport *t,
			   const struct mun_scsi_capacity *c)
{
	mun_autofree uint8_t *p = calloc(1, c->block_bytes);
	struct mun_scsi_cmd cmd = {
		.cdb = { 0x28, [8] = 1 },
		.cdb_len = 10,
		.data = p,
		.data_len = c->block_bytes,
	};
	char why[96];

	mun_put_be32(cmd.cdb + 2, (uint32_t)c->blocks);
	return p && mun_ask(t, &cmd, why) && cmd.got == c->block_bytes;
}

static void ask_medium(struct mun_transport *t, struct mun_device_facts *f,
		       struct mun_drive_said *out)
{
	struct mun_scsi_capacity c;

	if (!ask_capacity(t, f, &c) ||
	    ckd_mul(&out->bytes, c.blocks, (uint64_t)c.block_bytes)) {
		out->bytes = 0;
		return;
	}
	if (!f->physical_bytes)
		f->physical_bytes = c.physical_bytes;
	if (!f->removable || out->bytes > FLOPPY_MAX)
		return;
	out->format_bytes = ask_format(t);
	out->more = reads_past_end(t, &c);
}

/* The page that the kernel asks for too, when it finds the drive: what answers
 * it there answers it here. */
static void ask_tab(struct mun_transport *t, struct mun_device_facts *f)
{
	uint8_t p[192] = { 0 };
	struct mun_scsi_cmd cmd = {
		.cdb = { 0x1a, 0, 0x3f, 0, sizeof(p) },
		.cdb_len = 6,
		.data = p,
		.data_len = sizeof(p),
	};
	char why[96];

	if (mun_ask(t, &cmd, why)) {
		f->tab = mun_scsi_tab_parse(p, cmd.got, false);
		return;
	}
	/* Floppies of UFI and some bridges have the longer form only. */
	cmd = (struct mun_scsi_cmd){
		.cdb = { 0x5a, 0, 0x3f, [8] = sizeof(p) },
		.cdb_len = 10,
		.data = p,
		.data_len = sizeof(p),
	};
	if (mun_ask(t, &cmd, why))
		f->tab = mun_scsi_tab_parse(p, cmd.got, true);
	else
		mun_drive_note(f, "MODE SENSE: %s", why);
}

void mun_ask_drive(struct mun_transport *t, bool whole,
		   struct mun_device_facts *f, struct mun_drive_said *out)
{
	struct mun_scsi_inquiry q;

	*out = (struct mun_drive_said){ 0 };
	if (!inquire(t, f, &q))
		return;
	ask_pages(t, &q, f);
	if (f->kind != MUN_DEVICE_DISK)
		return;
	ask_tab(t, f);
	if (!whole) {
		mun_drive_note(f, "hidden sectors: a partition is read");
		return;
	}
	ask_medium(t, f, out);
	mun_ask_ata(t, &q, f);
}

int mun_drive_agrees(const char *path, const struct mun_device_facts *f,
		     const struct mun_drive_said *said, struct mun_err *e)
{
	if (said->bytes && said->bytes != f->bytes)
		return mun_fail(e, MUN_EINVAL,
				"'%s': the system takes the medium for %" PRIu64
				" bytes, the drive says %" PRIu64
				"; take the medium, or the drive, out and put "
				"it in again",
				path, f->bytes, said->bytes);
	if (said->format_bytes && said->format_bytes != f->bytes)
		return mun_fail(e, MUN_EINVAL,
				"'%s': its capacity is given as %" PRIu64
				" bytes, its format as %" PRIu64
				"; take the drive out and put it in again",
				path, f->bytes, said->format_bytes);
	if (said->more)
		return mun_fail(e, MUN_EINVAL,
				"'%s' has more than the %" PRIu64
				" bytes that it says: the drive or a write "
				"blocker remembers a medium before; take it "
				"out and put it in again",
				path, f->bytes);
	return 0;
}
