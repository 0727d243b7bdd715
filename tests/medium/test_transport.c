/* SPDX-License-Identifier: Apache-2.0 */
/* tests/medium/test_transport.c - what may be sent to a drive, and what not */
#include "medium/transport.h"

#include "core/check.h"
#include "medium/kernel.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <scsi/sg.h>
#include <stdio.h>

static const enum mun_peripheral drives[] = {
	MUN_PERIPHERAL_NOT_ASKED,  MUN_PERIPHERAL_DISK,
	MUN_PERIPHERAL_OTHER_DISK, MUN_PERIPHERAL_DISC,
	MUN_PERIPHERAL_OTHER,
};

static const size_t group_len[8] = { 6, 10, 10, 0, 16, 12, 0, 0 };

/* ---- the tables of docs/devices.md ---- */

struct row {
	bool there;
	bool sent[MUN_COUNT(drives)];
	bool some; /* not all of its forms */
};

struct ata_row {
	unsigned int command;
	unsigned int feature;
	bool in; /* PIO data-in, else no data */
	bool extend; /* 48 bits */
};

static struct {
	struct row of[256];
	struct ata_row ata[16];
	size_t nata;
} documented;

static void set_sent(struct row *r, const char *whom)
{
	bool all = strstr(whom, "all") != NULL;
	bool disks = strstr(whom, "disks") != NULL;

	r->there = true;
	r->sent[0] = all;
	r->sent[1] = all || disks || strstr(whom, "type 00h");
	r->sent[2] = all || disks;
	r->sent[3] = all || strstr(whom, "discs");
	r->sent[4] = all;
}

static void read_row(const char *line)
{
	char name[64];
	char whom[64];
	char only[64] = "";
	char protocol[32];
	unsigned int code;
	unsigned int feature;
	unsigned int bits;

	if (sscanf(line, "| `%2xh` | `%2xh` | %63[^|]| %31[^|]| %u |", &code,
		   &feature, name, protocol, &bits) == 5) {
		struct ata_row *a = &documented.ata[documented.nata++];

		assert_true(documented.nata <= MUN_COUNT(documented.ata));
		a->command = code;
		a->feature = feature;
		a->in = strstr(protocol, "data-in") != NULL;
		a->extend = bits == 48;
	} else if (sscanf(line, "| `%2xh` | %63[^|]| %63[^|]| %63[^|]|", &code,
			  name, whom, only) >= 3) {
		assert_false(documented.of[code].there);
		set_sent(&documented.of[code], whom);
		documented.of[code].some =
			only[0] && only[0] != ' ' && only[0] != '|';
	}
}

static int read_tables(void **state)
{
	char *path = mun_test_path(mun_test_source_dir(), "docs/devices.md");
	char *text = mun_test_read(path, NULL);
	char *rest = NULL;

	(void)state;
	assert_non_null(text);
	for (char *l = strtok_r(text, "\n", &rest); l;
	     l = strtok_r(NULL, "\n", &rest))
		read_row(l);
	free(text);
	free(path);
	return 0;
}

/* ---- an independent word on the commands that come in several forms ---- */

static bool ata_is_documented(unsigned int command, unsigned int feature,
			      unsigned int protocol, bool extend, bool t_dir,
			      unsigned int t_length)
{
	for (size_t i = 0; i < documented.nata; i++) {
		const struct ata_row *a = &documented.ata[i];

		if (a->command != command || a->feature != feature ||
		    a->extend != extend)
			continue;
		if (a->in)
			return protocol == 4 && t_dir && t_length;
		return protocol == 3 && !t_length;
	}
	return false;
}

static void the_documented_commands_are_there(void **state)
{
	unsigned int n = 0;

	(void)state;
	for (unsigned int i = 0; i < 256; i++)
		n += documented.of[i].there;
	assert_int_equal(n, 27);
	assert_int_equal(documented.nata, 6);
	/* Never: what writes, formats, blanks, loads firmware, or is vendors'.
	 */
	static const uint8_t never[] = { 0x04, 0x07, 0x0a, 0x15, 0x1d, 0x2a,
					 0x2e, 0x35, 0x3b, 0x41, 0x48, 0x53,
					 0x54, 0x55, 0x5b, 0x5d, 0x7f, 0x83,
					 0x8a, 0x91, 0x93, 0xa2, 0xa3, 0xa4,
					 0xa6, 0xaa, 0xb5, 0xb6, 0xbf, 0xc0,
					 0xd8, 0xe0, 0xff };
	for (size_t i = 0; i < MUN_COUNT(never); i++)
		assert_false(documented.of[never[i]].there);
}

/* Is any form of it allowed?  Bytes 1 to 4 matter to some. */
static bool any_form(enum mun_peripheral drive, uint8_t opcode)
{
	size_t len = group_len[opcode >> 5];
	uint8_t cdb[MUN_CDB_MAX] = { opcode };

	if (opcode == 0x85 || opcode == 0xa1) {
		cdb[1] = 4 << 1;
		cdb[2] = 0x0e;
		cdb[opcode == 0x85 ? 14 : 9] = 0xec;
		return mun_transport_allowed(drive, cdb, len);
	}
	for (unsigned int i = 0; i < 256 * 8; i++) {
		cdb[1] = (uint8_t)i;
		cdb[4] = (uint8_t)(i >> 8);
		if (mun_transport_allowed(drive, cdb, len))
			return true;
	}
	return false;
}

static void each_code_goes_to_the_drives_of_the_table(void **state)
{
	(void)state;
	for (unsigned int op = 0; op < 256; op++)
		for (size_t d = 0; d < MUN_COUNT(drives); d++)
			if (any_form(drives[d], (uint8_t)op) !=
			    documented.of[op].sent[d])
				fail_msg("command %02xh, drive %d", op,
					 (int)drives[d]);
}

static void no_other_length_and_no_control_bits_pass(void **state)
{
	(void)state;
	for (unsigned int op = 0; op < 256; op++) {
		for (size_t len = 0; len <= MUN_CDB_MAX; len++) {
			uint8_t cdb[MUN_CDB_MAX] = { (uint8_t)op };

			if (op == 0x1b)
				cdb[4] = 2;
			if (op == 0x9e)
				cdb[1] = 0x10;
			if (len != group_len[op >> 5])
				assert_false(mun_transport_allowed(
					MUN_PERIPHERAL_DISC, cdb, len));
			for (unsigned int c = 1; len && c < 256; c <<= 1) {
				cdb[len - 1] = (uint8_t)c;
				assert_false(mun_transport_allowed(
					MUN_PERIPHERAL_DISC, cdb, len));
			}
		}
	}
}

static void start_stop_unit_only_ejects(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 65536; i++) {
		uint8_t cdb[6] = { 0x1b, (uint8_t)i, 0, 0, (uint8_t)(i >> 8) };
		/* IMMED is free; no power condition, no START */
		bool want = (cdb[1] & 0xfe) == 0 && cdb[4] == 0x02;

		assert_int_equal(
			mun_transport_allowed(MUN_PERIPHERAL_DISC, cdb, 6),
			want);
		cdb[3] = 1; /* another layer is loaded */
		assert_false(
			mun_transport_allowed(MUN_PERIPHERAL_DISC, cdb, 6));
	}
}

static void the_door_is_locked_and_unlocked_but_not_for_ever(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 256; i++) {
		const uint8_t cdb[6] = { 0x1e, 0, 0, 0, (uint8_t)i };

		assert_int_equal(
			mun_transport_allowed(MUN_PERIPHERAL_DISK, cdb, 6),
			i <= 1);
	}
}

static void of_service_actions_in_only_read_capacity(void **state)
{
	(void)state;
	for (unsigned int sa = 0; sa < 32; sa++) {
		uint8_t cdb[16] = { 0x9e, (uint8_t)sa };

		assert_int_equal(
			mun_transport_allowed(MUN_PERIPHERAL_DISK, cdb, 16),
			sa == 0x10);
	}
}

struct ata_form {
	unsigned int command, feature, protocol, t_length;
	bool extend, t_dir;
};

static void check_ata(const struct ata_form *f)
{
	uint8_t flags1 = (uint8_t)(f->protocol << 1 | (f->extend ? 1u : 0u));
	uint8_t flags2 = (uint8_t)((f->t_dir ? 8u : 0u) | f->t_length);
	const uint8_t c16[16] = { 0x85,
				  flags1,
				  flags2,
				  0,
				  (uint8_t)f->feature,
				  [14] = (uint8_t)f->command };
	const uint8_t c12[12] = {
		0xa1, flags1, flags2,
		(uint8_t)f->feature, [9] = (uint8_t)f->command
	};
	bool want = ata_is_documented(f->command, f->feature, f->protocol,
				      f->extend, f->t_dir, f->t_length);

	if (mun_transport_allowed(MUN_PERIPHERAL_DISK, c16, 16) != want ||
	    mun_transport_allowed(MUN_PERIPHERAL_DISK, c12, 12) !=
		    (want && !f->extend))
		fail_msg("ATA %02xh/%02xh, protocol %u", f->command, f->feature,
			 f->protocol);
}

static bool is_ata_command(unsigned int command)
{
	for (size_t i = 0; i < documented.nata; i++)
		if (documented.ata[i].command == command)
			return true;
	return false;
}

static void only_the_ata_commands_of_the_table_pass(void **state)
{
	(void)state;
	for (unsigned int command = 0; command < 256; command++)
		/* Every feature of those in the table, some of the others. */
		for (unsigned int feature = 0; feature < 256;
		     feature += is_ata_command(command) ? 1 : 51)
			for (unsigned int i = 0; i < 256; i++) {
				const struct ata_form f = {
					.command = command,
					.feature = feature,
					.protocol = i & 15,
					.extend = (i & 16) != 0,
					.t_dir = (i & 32) != 0,
					.t_length = i >> 6,
				};

				check_ata(&f);
			}
}

static void no_other_bits_of_an_ata_command_pass(void **state)
{
	const uint8_t good[16] = {
		0x85, 4 << 1, 0x0e, 0, 0, 0, 1, [14] = 0xec
	};
	uint8_t cdb[16];

	(void)state;
	assert_true(mun_transport_allowed(MUN_PERIPHERAL_DISK, good, 16));
	/* Multiple count; off line; upper byte of the feature. */
	static const struct {
		unsigned int at;
		uint8_t bits;
	} bad[] = { { 1, 0x20 }, { 1, 0x80 }, { 2, 0x40 },
		    { 2, 0x80 }, { 3, 0x01 }, { 15, 0x01 } };
	for (size_t i = 0; i < MUN_COUNT(bad); i++) {
		memcpy(cdb, good, sizeof(cdb));
		cdb[bad[i].at] |= bad[i].bits;
		assert_false(
			mun_transport_allowed(MUN_PERIPHERAL_DISK, cdb, 16));
	}
	/* DEVICE CONFIGURATION: RESTORE, FREEZE LOCK, SET. */
	for (unsigned int feature = 0xc0; feature <= 0xc5; feature++) {
		memcpy(cdb, good, sizeof(cdb));
		cdb[4] = (uint8_t)feature;
		cdb[14] = 0xb1;
		assert_int_equal(
			mun_transport_allowed(MUN_PERIPHERAL_DISK, cdb, 16),
			feature == 0xc2);
	}
}

/* Whatever the bytes are, what passes is in the table. */
static void no_random_command_passes_that_is_not_in_the_table(void **state)
{
	static uint8_t bytes[MUN_CDB_MAX * 4096];

	(void)state;
	for (uint64_t round = 0; round < 64; round++) {
		mun_test_pattern(bytes, sizeof(bytes), round);
		for (size_t at = 0; at < sizeof(bytes); at += MUN_CDB_MAX) {
			uint8_t *cdb = bytes + at;
			size_t len = group_len[cdb[0] >> 5];

			if (len)
				cdb[len - 1] = 0;
			for (size_t d = 0; d < MUN_COUNT(drives); d++)
				if (mun_transport_allowed(drives[d], cdb, len))
					assert_true(
						documented.of[cdb[0]].sent[d]);
		}
	}
}

/* ---- sending ---- */

struct fake {
	struct mun_transport base;
	uint8_t type; /* first byte of its INQUIRY data */
	bool mute;
	unsigned int inquiries;
	unsigned int others;
};

static int fake_run(struct mun_transport *t, struct mun_scsi_cmd *cmd,
		    struct mun_err *e)
{
	struct fake *f = (struct fake *)t;

	(void)e;
	assert_true(cmd->timeout_ms > 0);
	assert_int_equal(cmd->sense_len, 0);
	if (cmd->cdb[0] != 0x12) {
		f->others++;
		cmd->end = MUN_SCSI_GOOD;
		return 0;
	}
	f->inquiries++;
	cmd->end = f->mute ? MUN_SCSI_TIMEOUT : MUN_SCSI_GOOD;
	if (!f->mute) {
		memset(cmd->data, 0, cmd->data_len);
		*(uint8_t *)cmd->data = f->type;
		cmd->got = cmd->data_len;
	}
	return 0;
}

static const struct mun_transport_ops fake_ops = { .run = fake_run };

static int send(struct fake *f, const uint8_t *cdb, uint8_t len)
{
	uint8_t data[64];
	struct mun_scsi_cmd cmd = {
		.cdb_len = len,
		.data = data,
		.data_len = sizeof(data),
		.sense_len = 3, /* left over */
	};
	struct mun_err e;

	memcpy(cmd.cdb, cdb, len);
	return mun_transport_run(&f->base, &cmd, &e);
}

static void one_code_is_sent_to_the_one_drive_and_not_to_the_other(void **state)
{
	const uint8_t read_subchannel[10] = { 0x42, 2, 0x40, 2, [8] = 24 };
	const uint8_t identify[12] = { 0xa1, 4 << 1, 0x0e, 0, 1, [9] = 0xec };
	struct fake disk = { .base.ops = &fake_ops, .type = 0x00 };
	struct fake disc = { .base.ops = &fake_ops, .type = 0x05 };
	struct fake nothing = { .base.ops = &fake_ops, .type = 0x7f };

	(void)state;
	/* UNMAP */
	assert_int_equal(send(&disk, read_subchannel, 10), MUN_EINVAL);
	assert_int_equal(disk.others, 0);
	assert_int_equal(send(&disc, read_subchannel, 10), 0);
	/* BLANK */
	assert_int_equal(send(&disc, identify, 12), MUN_EINVAL);
	assert_int_equal(disc.others, 1);
	assert_int_equal(send(&disk, identify, 12), 0);
	assert_int_equal(disk.others, 1);
	/* Asked once. */
	assert_int_equal(disk.inquiries, 1);
	assert_int_equal(send(&nothing, identify, 12), MUN_EINVAL);
	assert_int_equal(nothing.others, 0);
}

static void
a_drive_that_does_not_say_what_it_is_gets_common_commands(void **state)
{
	const uint8_t ready[6] = { 0 };
	const uint8_t read10[10] = { 0x28, [8] = 1 };
	struct fake f = { .base.ops = &fake_ops, .mute = true };

	(void)state;
	assert_int_equal(send(&f, ready, 6), 0);
	assert_int_equal(f.inquiries, 0);
	assert_int_equal(send(&f, read10, 10), MUN_EINVAL);
	assert_int_equal(f.others, 1);
}

static void a_command_that_is_not_listed_reaches_nobody(void **state)
{
	struct fake f = { .base.ops = &fake_ops };

	(void)state;
	for (unsigned int op = 0; op < 256; op++) {
		const uint8_t cdb[MUN_CDB_MAX] = { (uint8_t)op };
		size_t len = group_len[op >> 5];

		if (!documented.of[op].there)
			assert_int_equal(
				send(&f, cdb, (uint8_t)(len ? len : 16)),
				MUN_EINVAL);
	}
	assert_int_equal(f.others, 0);
	assert_int_equal(f.inquiries, 0);
}

/* ---- SG_IO ---- */

static struct {
	struct sg_io_hdr reply;
	int err;
	unsigned int calls;
	int direction;
} sg;

static int sg_ioctl(int fd, unsigned long request, void *arg)
{
	struct sg_io_hdr *h = arg;

	assert_int_equal(fd, 42);
	if (request == SG_GET_VERSION_NUM) {
		*(int *)arg = 30536;
		return 0;
	}
	assert_int_equal(request, SG_IO);
	sg.calls++;
	sg.direction = h->dxfer_direction;
	if (sg.err) {
		errno = sg.err;
		return -1;
	}
	/* INQUIRY for the class, then what the test says. */
	if (h->cmdp[0] == 0x12) {
		memset(h->dxferp, 0, h->dxfer_len);
		return 0;
	}
	h->status = sg.reply.status;
	h->host_status = sg.reply.host_status;
	h->driver_status = sg.reply.driver_status;
	h->sb_len_wr = sg.reply.sb_len_wr;
	h->resid = sg.reply.resid;
	return 0;
}

static int with_sg(void **state)
{
	struct mun_transport *t = NULL;
	struct mun_err e;

	memset(&sg, 0, sizeof(sg));
	mun_kernel.ioctl = sg_ioctl;
	assert_int_equal(mun_sg_open(42, &t, &e), 0);
	*state = t;
	return 0;
}

static int without_sg(void **state)
{
	mun_transport_close(*state);
	mun_kernel = mun_kernel_real;
	return 0;
}

static struct mun_scsi_cmd read_blocks(void *data, uint32_t len)
{
	return (struct mun_scsi_cmd){
		.cdb = { 0x28, [8] = 1 },
		.cdb_len = 10,
		.data = data,
		.data_len = len,
	};
}

static void each_status_has_its_end(void **state)
{
	static const struct {
		uint8_t status;
		unsigned short host, driver;
		uint8_t sense;
		enum mun_scsi_end end;
	} cases[] = {
		{ 0x00, 0, 0, 0, MUN_SCSI_GOOD },
		{ 0x02, 0, 0x08, 18, MUN_SCSI_CHECK },
		{ 0x02, 0x07, 0, 18, MUN_SCSI_CHECK },
		{ 0x00, 0, 0x08, 18, MUN_SCSI_CHECK },
		{ 0x00, 0, 0x08, 0, MUN_SCSI_GOOD },
		{ 0x08, 0, 0, 0, MUN_SCSI_BUSY },
		{ 0x18, 0, 0, 0, MUN_SCSI_BUSY },
		{ 0x28, 0, 0, 0, MUN_SCSI_BUSY },
		{ 0x22, 0, 0, 0, MUN_SCSI_GONE },
		{ 0x00, 0x01, 0, 0, MUN_SCSI_GONE }, /* no connect */
		{ 0x00, 0x02, 0, 0, MUN_SCSI_BUSY },
		{ 0x00, 0x03, 0, 0, MUN_SCSI_TIMEOUT },
		{ 0x00, 0x05, 0, 0, MUN_SCSI_TIMEOUT },
		{ 0x00, 0x07, 0, 0, MUN_SCSI_GONE }, /* error of the host */
		{ 0x00, 0x08, 0, 0, MUN_SCSI_GONE }, /* bus reset */
		{ 0x00, 0, 0x06, 0, MUN_SCSI_TIMEOUT },
	};
	struct mun_err e;
	uint8_t data[512];

	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_scsi_cmd cmd = read_blocks(data, sizeof(data));

		sg.reply.status = cases[i].status;
		sg.reply.host_status = cases[i].host;
		sg.reply.driver_status = cases[i].driver;
		sg.reply.sb_len_wr = cases[i].sense;
		assert_int_equal(mun_transport_run(*state, &cmd, &e), 0);
		if (cmd.end != cases[i].end)
			fail_msg("case %zu: %d", i, (int)cmd.end);
		assert_int_equal(sg.direction, SG_DXFER_FROM_DEV);
	}
}

static void what_came_is_what_was_asked_for_less_the_residue(void **state)
{
	static const struct {
		int resid;
		uint32_t got;
	} cases[] = {
		{ 0, 512 }, { 100, 412 }, { 512, 0 }, { 600, 0 }, { -5, 512 }
	};
	struct mun_err e;
	uint8_t data[512];

	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		struct mun_scsi_cmd cmd = read_blocks(data, sizeof(data));

		sg.reply.resid = cases[i].resid;
		assert_int_equal(mun_transport_run(*state, &cmd, &e), 0);
		assert_int_equal(cmd.got, cases[i].got);
	}
}

static void a_system_that_refuses_is_no_drive_that_fails(void **state)
{
	static const struct {
		int err;
		int rc;
	} cases[] = {
		{ EPERM, MUN_EIO }, { EINVAL, MUN_EIO }, { ENOMEM, MUN_ENOMEM },
		{ ENODEV, 0 },      { ENXIO, 0 },
	};
	struct mun_scsi_cmd cmd = { .cdb_len = 6 };
	struct mun_err e;

	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		sg.err = cases[i].err;
		assert_int_equal(mun_transport_run(*state, &cmd, &e),
				 cases[i].rc);
		assert_int_equal(sg.direction, SG_DXFER_NONE);
		if (cases[i].rc)
			assert_int_equal(e.sys, cases[i].err);
		else
			assert_int_equal(cmd.end, MUN_SCSI_GONE);
	}
}

static void a_descriptor_without_sg_io_is_unsupported(void **state)
{
	struct mun_transport *t = NULL;
	struct mun_err e;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(mun_sg_open(fd, &t, &e), MUN_EUNSUPPORTED);
	assert_null(t);
	/* Not taken: still ours to close. */
	assert_int_equal(mun_sg_take(fd, &t, &e), MUN_EUNSUPPORTED);
	assert_int_equal(close(fd), 0);
}

/* ---- sense data ---- */

static struct mun_sense sense(const uint8_t *p, size_t len)
{
	struct mun_scsi_cmd cmd = { .sense_len = (uint8_t)len };

	memcpy(cmd.sense, p, len);
	return mun_sense_of(&cmd);
}

static void both_forms_of_sense_data_are_read(void **state)
{
	const uint8_t fixed[18] = { 0xf0, 0, 0x03, 0x00, 0x01, 0x02, 0x03,
				    10,   0, 0,    0,    0,    0x11, 0x05 };
	const uint8_t descriptor[20] = { 0x72, 0x03, 0x11, 0x05, 0,    0,   0,
					 12,   0x00, 0x0a, 0x80, 0,    0,   0,
					 0,    1,    0x02, 0x03, 0x04, 0x05 };
	struct mun_sense s = sense(fixed, sizeof(fixed));

	(void)state;
	assert_int_equal(s.key, MUN_SENSE_MEDIUM);
	assert_int_equal(s.asc, 0x11);
	assert_int_equal(s.ascq, 0x05);
	assert_true(s.has_info);
	assert_int_equal(s.info, 0x00010203);
	s = sense(descriptor, sizeof(descriptor));
	assert_int_equal(s.key, MUN_SENSE_MEDIUM);
	assert_int_equal(s.asc, 0x11);
	assert_true(s.has_info);
	assert_int_equal(s.info, 0x102030405);
}

static void deferred_errors_name_no_sector(void **state)
{
	uint8_t p[18] = { 0xf1, 0, 0x03, 0, 0, 0, 9, 10, [12] = 0x11 };
	struct mun_sense s = sense(p, sizeof(p));

	(void)state;
	assert_int_equal(s.key, MUN_SENSE_MEDIUM);
	assert_false(s.has_info);
	assert_int_equal(s.info, 0);
	/* VALID is not set: what stands there is no address. */
	p[0] = 0x70;
	assert_false(sense(p, sizeof(p)).has_info);
}

static void cut_sense_data_say_only_what_came(void **state)
{
	const uint8_t fixed[18] = { 0xf0, 0, 0x03, 0,           0,
				    0,    7, 10,   [12] = 0x11, 0x05 };
	const uint8_t descriptor[20] = {
		0x72, 0x03, 0x11, 0x05, 0, 0, 0, 12, 0x00, 0x0a, 0x80, [19] = 7
	};

	(void)state;
	for (size_t len = 0; len <= sizeof(fixed); len++) {
		struct mun_sense s = sense(fixed, len);

		assert_int_equal(s.key, len >= 8 ? 3 : 0);
		assert_int_equal(s.asc, len >= 13 ? 0x11 : 0);
		assert_int_equal(s.ascq, len >= 14 ? 0x05 : 0);
		assert_int_equal(s.info, len >= 8 ? 7 : 0);
	}
	for (size_t len = 0; len <= sizeof(descriptor); len++) {
		struct mun_sense s = sense(descriptor, len);

		assert_int_equal(s.asc, len >= 8 ? 0x11 : 0);
		assert_int_equal(s.has_info, len >= 20);
	}
}

static void sense_data_are_told_to_people(void **state)
{
	static const struct {
		struct mun_sense s;
		const char *text;
	} cases[] = {
		{ { .key = 3, .asc = 0x11 },
		  "medium error, unrecovered read error (3/11/00)" },
		{ { .key = 2, .asc = 0x3a, .ascq = 2 },
		  "not ready, no medium, tray open (2/3a/02)" },
		{ { .key = 3, .asc = 0x99, .ascq = 0xfe },
		  "medium error (3/99/fe)" },
		{ { .key = 9, .asc = 0x80 }, "sense (9/80/00)" },
	};
	char text[96];

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		mun_sense_text(&cases[i].s, text);
		assert_string_equal(text, cases[i].text);
	}
}

#define SG_TEST(f) cmocka_unit_test_setup_teardown(f, with_sg, without_sg)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documented_commands_are_there),
		cmocka_unit_test(each_code_goes_to_the_drives_of_the_table),
		cmocka_unit_test(no_other_length_and_no_control_bits_pass),
		cmocka_unit_test(start_stop_unit_only_ejects),
		cmocka_unit_test(
			the_door_is_locked_and_unlocked_but_not_for_ever),
		cmocka_unit_test(of_service_actions_in_only_read_capacity),
		cmocka_unit_test(only_the_ata_commands_of_the_table_pass),
		cmocka_unit_test(no_other_bits_of_an_ata_command_pass),
		cmocka_unit_test(
			no_random_command_passes_that_is_not_in_the_table),
		cmocka_unit_test(
			one_code_is_sent_to_the_one_drive_and_not_to_the_other),
		cmocka_unit_test(
			a_drive_that_does_not_say_what_it_is_gets_common_commands),
		cmocka_unit_test(a_command_that_is_not_listed_reaches_nobody),
		SG_TEST(each_status_has_its_end),
		SG_TEST(what_came_is_what_was_asked_for_less_the_residue),
		SG_TEST(a_system_that_refuses_is_no_drive_that_fails),
		cmocka_unit_test(a_descriptor_without_sg_io_is_unsupported),
		cmocka_unit_test(both_forms_of_sense_data_are_read),
		cmocka_unit_test(deferred_errors_name_no_sector),
		cmocka_unit_test(cut_sense_data_say_only_what_came),
		cmocka_unit_test(sense_data_are_told_to_people),
	};

	return cmocka_run_group_tests(tests, read_tables, NULL);
}
