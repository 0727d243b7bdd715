/* SPDX-License-Identifier: Apache-2.0 */
/* medium/transport.c - the commands that may be sent, and nothing else */
#include "medium/transport.h"

#include "core/check.h"

#include <string.h>

#define ANY 0u
#define BLOCKS \
	(MUN_PERIPHERAL_DISK | MUN_PERIPHERAL_OTHER_DISK | MUN_PERIPHERAL_DISC)
#define DISC MUN_PERIPHERAL_DISC
/* SAT says that an ATA disk is of type 00h; A1h of all others is not known. */
#define ATA MUN_PERIPHERAL_DISK

#define INQUIRY 0x12
#define INQUIRY_BYTES 36
#define DEFAULT_TIMEOUT_MS 30000

/* START STOP UNIT: LoEj without Start, no power condition, no format layer. */
static bool is_eject(const uint8_t *cdb)
{
	return !(cdb[1] & ~1) && !cdb[2] && !cdb[3] && cdb[4] == 0x02;
}

/* PREVENT ALLOW MEDIUM REMOVAL, without the persistent forms. */
static bool is_lock(const uint8_t *cdb)
{
	return !cdb[1] && !cdb[2] && !cdb[3] && !(cdb[4] & ~1);
}

/* SERVICE ACTION IN (16): READ CAPACITY (16). */
static bool is_capacity(const uint8_t *cdb)
{
	return (cdb[1] & 0x1f) == 0x10;
}

/* An ATA command as both forms of ATA PASS-THROUGH carry it. */
struct ata {
	uint8_t flags1; /* multiple count, protocol, extend */
	uint8_t flags2; /* off_line, ck_cond, t_type, t_dir, byt_blok, t_len */
	uint16_t features;
	uint8_t command;
};

enum ata_protocol { NON_DATA = 3, PIO_IN = 4 };

/*
 * Nothing is made from the protocol and the flags of the caller but what these
 * commands are: PIO data-in or no data at all.  Others would tell the drive to
 * wait for data, or reset it.
 */
static const struct ata_rule {
	uint8_t command;
	uint16_t features;
	enum ata_protocol protocol;
	bool extend; /* a 48-bit command */
} ata_rules[] = {
	{ .command = 0xec, .protocol = PIO_IN }, /* IDENTIFY DEVICE */
	{ .command = 0xa1, .protocol = PIO_IN }, /* IDENTIFY PACKET DEVICE */
	/* DEVICE CONFIGURATION IDENTIFY; C0h, C1h and C3h change the drive */
	{ .command = 0xb1, .features = 0xc2, .protocol = PIO_IN },
	/* READ NATIVE MAX ADDRESS, and EXT */
	{ .command = 0xf8, .protocol = NON_DATA },
	{ .command = 0x27, .protocol = NON_DATA, .extend = true },
	/* GET NATIVE MAX ADDRESS EXT; other features of 78h set it */
	{ .command = 0x78, .protocol = NON_DATA, .extend = true },
};

static bool ata_fits(const struct ata *a)
{
	for (size_t i = 0; i < MUN_COUNT(ata_rules); i++) {
		const struct ata_rule *r = &ata_rules[i];
		unsigned int first =
			(unsigned int)r->protocol << 1 | (r->extend ? 1u : 0u);
		bool in = r->protocol == PIO_IN;

		if (a->command != r->command)
			continue;
		/* CK_COND, T_TYPE and BYT_BLOK are free; OFF_LINE is not. */
		return a->flags1 == first && a->features == r->features &&
		       !(a->flags2 & 0xc0) && !!(a->flags2 & 0x03) == in &&
		       (!in || (a->flags2 & 0x08));
	}
	return false;
}

static bool is_ata16(const uint8_t *cdb)
{
	const struct ata a = {
		.flags1 = cdb[1],
		.flags2 = cdb[2],
		.features = (uint16_t)(cdb[3] << 8 | cdb[4]),
		.command = cdb[14],
	};

	return ata_fits(&a);
}

static bool is_ata12(const uint8_t *cdb)
{
	const struct ata a = {
		.flags1 = cdb[1],
		.flags2 = cdb[2],
		.features = cdb[3],
		.command = cdb[9],
	};

	return !(cdb[1] & 1) && ata_fits(&a);
}

/* docs/devices.md has the same list; tests/medium/test_transport.c compares. */
static const struct rule {
	uint8_t opcode;
	unsigned int drives;
	bool (*fits)(const uint8_t *cdb); /* NULL: whatever it carries */
} rules[] = {
	{ 0x00, ANY, NULL }, /* TEST UNIT READY */
	{ 0x03, ANY, NULL }, /* REQUEST SENSE */
	{ 0x08, BLOCKS, NULL }, /* READ (6) */
	{ INQUIRY, ANY, NULL }, /* INQUIRY */
	{ 0x1a, ANY, NULL }, /* MODE SENSE (6) */
	{ 0x1b, BLOCKS, is_eject }, /* START STOP UNIT */
	{ 0x1e, BLOCKS, is_lock }, /* PREVENT ALLOW MEDIUM REMOVAL */
	{ 0x23, BLOCKS, NULL }, /* READ FORMAT CAPACITIES */
	{ 0x25, BLOCKS, NULL }, /* READ CAPACITY (10) */
	{ 0x28, BLOCKS, NULL }, /* READ (10) */
	{ 0x42, DISC, NULL }, /* READ SUB-CHANNEL; of disks: UNMAP */
	{ 0x43, DISC, NULL }, /* READ TOC/PMA/ATIP */
	{ 0x46, DISC, NULL }, /* GET CONFIGURATION */
	{ 0x4a, DISC, NULL }, /* GET EVENT STATUS NOTIFICATION */
	{ 0x51, DISC, NULL }, /* READ DISC INFORMATION; of disks: XPWRITE */
	{ 0x52, DISC, NULL }, /* READ TRACK INFORMATION */
	{ 0x5a, ANY, NULL }, /* MODE SENSE (10) */
	{ 0x85, ATA, is_ata16 }, /* ATA PASS-THROUGH (16) */
	{ 0x88, BLOCKS, NULL }, /* READ (16) */
	{ 0x9e, BLOCKS, is_capacity }, /* SERVICE ACTION IN (16) */
	{ 0xa1, ATA, is_ata12 }, /* ATA PASS-THROUGH (12); of discs: BLANK */
	{ 0xa8, BLOCKS, NULL }, /* READ (12) */
	{ 0xad, DISC, NULL }, /* READ DISC STRUCTURE */
	{ 0xb9, DISC, NULL }, /* READ CD MSF */
	{ 0xbb, DISC, NULL }, /* SET CD SPEED */
	{ 0xbd, DISC, NULL }, /* MECHANISM STATUS */
	{ 0xbe, DISC, NULL }, /* READ CD */
};

/* SPC-4, 4.2.5.1: the upper three bits of the operation code. */
static size_t group_len(uint8_t opcode)
{
	static const uint8_t len[8] = { 6, 10, 10, 0, 16, 12, 0, 0 };

	return len[opcode >> 5];
}

static const struct rule *rule_of(const uint8_t *cdb, size_t len)
{
	/* The control byte: vendor's bits, and ACA that outlives the command */
	if (!len || len != group_len(cdb[0]) || cdb[len - 1])
		return NULL;
	for (size_t i = 0; i < MUN_COUNT(rules); i++) {
		const struct rule *r = &rules[i];

		if (r->opcode == cdb[0])
			return !r->fits || r->fits(cdb) ? r : NULL;
	}
	return NULL;
}

static bool rule_holds(const struct rule *r, enum mun_peripheral drive)
{
	return r && (r->drives == ANY || (r->drives & (unsigned int)drive));
}

bool mun_transport_allowed(enum mun_peripheral drive, const uint8_t *cdb,
			   size_t len)
{
	return rule_holds(rule_of(cdb, len), drive);
}

static enum mun_peripheral class_of(uint8_t first)
{
	/* A qualifier: nothing is connected there. */
	if (first >> 5)
		return MUN_PERIPHERAL_OTHER;
	switch (first & 0x1f) {
	case 0x00:
		return MUN_PERIPHERAL_DISK;
	case 0x04:
	case 0x07:
	case 0x0e:
		return MUN_PERIPHERAL_OTHER_DISK;
	case 0x05:
		return MUN_PERIPHERAL_DISC;
	default:
		return MUN_PERIPHERAL_OTHER;
	}
}

/* What does the drive say that it is?  INQUIRY is answered also without a
 * medium. */
static int ask_class(struct mun_transport *t, struct mun_err *e)
{
	uint8_t reply[INQUIRY_BYTES] = { 0 };
	struct mun_scsi_cmd cmd = {
		.cdb = { INQUIRY, 0, 0, 0, INQUIRY_BYTES },
		.cdb_len = 6,
		.data = reply,
		.data_len = sizeof(reply),
		.timeout_ms = DEFAULT_TIMEOUT_MS,
	};
	int rc = t->ops->run(t, &cmd, e);

	if (rc)
		return rc;
	if (cmd.end == MUN_SCSI_GOOD && cmd.got >= 1)
		t->peripheral = class_of(reply[0]);
	return 0;
}

int mun_transport_run(struct mun_transport *t, struct mun_scsi_cmd *cmd,
		      struct mun_err *e)
{
	const struct rule *r = cmd->cdb_len <= MUN_CDB_MAX
				       ? rule_of(cmd->cdb, cmd->cdb_len)
				       : NULL;
	int rc = 0;

	if (r && r->drives != ANY && t->peripheral == MUN_PERIPHERAL_NOT_ASKED)
		rc = ask_class(t, e);
	if (rc)
		return rc;
	if (!rule_holds(r, t->peripheral))
		return mun_fail(e, MUN_EINVAL,
				"command %02xh is not one that may be sent to "
				"this drive",
				cmd->cdb[0]);
	if (!cmd->timeout_ms)
		cmd->timeout_ms = DEFAULT_TIMEOUT_MS;
	cmd->end = MUN_SCSI_GONE;
	cmd->got = 0;
	cmd->sense_len = 0;
	memset(cmd->sense, 0, sizeof(cmd->sense));
	return t->ops->run(t, cmd, e);
}

void mun_transport_close(struct mun_transport *t)
{
	if (t)
		t->ops->close(t);
}
