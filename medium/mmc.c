/* SPDX-License-Identifier: Apache-2.0 */
/* medium/mmc.c - commands to a drive of discs (MMC-6) */
#include "medium/mmc.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define READ_10 0x28
#define READ_TOC 0x43
#define READ_DISC_STRUCTURE 0xad
#define READ_CD 0xbe

#define CD_BYTES 2352u
#define Q_BYTES 16u

/* A drive spins a bad disc up and down for long before it gives up. */
#define READ_MS 60000u
#define ASK_MS 30000u
#define READY_MS 30000u
#define ATTENTIONS 4

/* Additional sense codes (SPC-4, annex D). */
#define ASC_NOT_READY 0x04
#define ASC_NO_FORMAT 0x30
#define ASC_NO_MEDIUM 0x3a
#define ASC_WRONG_MODE 0x64

static uint8_t cdb_len(uint8_t op)
{
	static const uint8_t lens[8] = { 6, 10, 10, 0, 16, 12, 0, 0 };

	return lens[op >> 5];
}

static enum mun_mmc_end end_of_sense(const struct mun_sense *s)
{
	switch (s->key) {
	case MUN_SENSE_RECOVERED:
		return MUN_MMC_DONE;
	case MUN_SENSE_NOT_READY:
	case MUN_SENSE_ATTENTION:
		return MUN_MMC_AWAY;
	case MUN_SENSE_MEDIUM:
	case MUN_SENSE_BLANK:
		return MUN_MMC_UNREADABLE;
	case MUN_SENSE_ILLEGAL:
		return s->asc == ASC_WRONG_MODE ? MUN_MMC_WRONG_MODE
						: MUN_MMC_REFUSED;
	default:
		return MUN_MMC_FAILED;
	}
}

static void settle(const struct mun_scsi_cmd *cmd, struct mun_mmc *out)
{
	*out = (struct mun_mmc){ .end = MUN_MMC_FAILED };
	switch (cmd->end) {
	case MUN_SCSI_GOOD:
		out->end = MUN_MMC_DONE;
		break;
	case MUN_SCSI_CHECK:
		out->sense = mun_sense_of(cmd);
		out->end = end_of_sense(&out->sense);
		break;
	case MUN_SCSI_BUSY:
		out->sys = EBUSY;
		break;
	case MUN_SCSI_TIMEOUT:
		out->sys = ETIMEDOUT;
		break;
	case MUN_SCSI_GONE:
		out->end = MUN_MMC_AWAY;
		out->sys = ENODEV;
		break;
	}
	if (out->end == MUN_MMC_DONE)
		out->got = MUN_MIN(cmd->got, cmd->data_len);
}

static int run(struct mun_transport *t, const uint8_t *cdb, void *data,
	       uint32_t len, uint32_t timeout_ms, struct mun_mmc *out,
	       struct mun_err *e)
{
	struct mun_scsi_cmd cmd = {
		.cdb_len = cdb_len(cdb[0]),
		.data = len ? data : NULL,
		.data_len = len,
		.timeout_ms = timeout_ms,
	};
	int rc;

	memcpy(cmd.cdb, cdb, cmd.cdb_len);
	rc = mun_transport_run(t, &cmd, e);
	if (!rc)
		settle(&cmd, out);
	return rc;
}

int mun_mmc_run(struct mun_transport *t, const uint8_t *cdb, void *data,
		uint32_t len, struct mun_mmc *out, struct mun_err *e)
{
	return run(t, cdb, data, len, ASK_MS, out, e);
}

int mun_mmc_ask(struct mun_transport *t, const uint8_t *cdb, void *data,
		uint32_t len, struct mun_mmc *out, struct mun_err *e)
{
	int rc = 0;

	for (int i = 0; !rc && i < ATTENTIONS; i++) {
		rc = run(t, cdb, data, len, ASK_MS, out, e);
		if (!rc && out->sense.key != MUN_SENSE_ATTENTION)
			break;
	}
	return rc;
}

/* ---- is there a disc? ---- */

static void wait_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&ts, NULL);
}

static int not_ready(const struct mun_mmc *m, struct mun_err *e)
{
	char text[96];

	if (m->sense.asc == ASC_NO_MEDIUM)
		return mun_fail(e, MUN_EINVAL, "%s",
				m->sense.ascq == 2 ? "the tray is open"
						   : "no disc in the drive");
	if (m->sense.asc == ASC_NO_FORMAT)
		return mun_fail(e, MUN_EINVAL,
				"the drive cannot read this kind of disc");
	mun_sense_text(&m->sense, text);
	return mun_fail(e, MUN_EIO, "the drive is not ready: %s",
			m->sys ? strerror(m->sys) : text);
}

int mun_mmc_ready(struct mun_transport *t, struct mun_err *e)
{
	static const uint8_t cdb[6] = { 0 };
	unsigned int waited = 0;
	unsigned int step = 50;
	struct mun_mmc m;

	for (;;) {
		int rc = mun_mmc_ask(t, cdb, NULL, 0, &m, e);

		if (rc)
			return rc;
		if (m.end == MUN_MMC_DONE)
			return 0;
		/* 04/01: becoming ready; anything else does not pass. */
		if (m.sense.key != MUN_SENSE_NOT_READY ||
		    m.sense.asc != ASC_NOT_READY || m.sense.ascq != 1 ||
		    waited >= READY_MS)
			return not_ready(&m, e);
		rc = mun_cancel_check(e);
		if (rc)
			return rc;
		wait_ms(step);
		waited += step;
		step = MUN_MIN(2 * step, 1000u);
	}
}

/* ---- lists, whose length their first two bytes tell ---- */

#define LIST_MAX 65534u

/* @at: of the CDB, where the length that may come is said. */
static int whole_list(struct mun_transport *t, uint8_t *cdb, size_t at,
		      uint8_t **out, size_t *len, struct mun_mmc *how,
		      struct mun_err *e)
{
	uint8_t head[4] = { 0 };
	mun_autofree uint8_t *all = NULL;
	uint32_t want;
	int rc;

	*out = NULL;
	*len = 0;
	mun_put_be16(cdb + at, sizeof(head));
	rc = mun_mmc_ask(t, cdb, head, sizeof(head), how, e);
	if (rc || how->end != MUN_MMC_DONE)
		return rc;
	if (how->got < sizeof(head)) {
		how->end = MUN_MMC_FAILED;
		return 0;
	}
	/* An odd length makes some drives hang. */
	want = MUN_MIN(mun_be16(head) + 2u, LIST_MAX);
	want += want & 1;
	want = MUN_MAX(want, (uint32_t)sizeof(head));
	all = calloc(1, want);
	if (!all)
		return mun_fail_nomem(e, "a list of the drive's");
	mun_put_be16(cdb + at, (uint16_t)want);
	rc = mun_mmc_ask(t, cdb, all, want, how, e);
	if (rc || how->end != MUN_MMC_DONE)
		return rc;
	if (how->got < sizeof(head)) {
		how->end = MUN_MMC_FAILED;
		return 0;
	}
	*len = MUN_MIN((size_t)how->got, (size_t)mun_be16(all) + 2);
	*out = mun_steal(&all);
	return 0;
}

int mun_mmc_list(struct mun_transport *t, uint8_t format, uint8_t **out,
		 size_t *len, struct mun_mmc *how, struct mun_err *e)
{
	/* Times as such where the format has a choice: 2 and 5 have none, and
	 * LBAs in 0 and 1. */
	uint8_t cdb[10] = { READ_TOC, format > 1 ? 2 : 0, format };

	if (format == 2)
		cdb[6] = 1; /* from session 1 on */
	return whole_list(t, cdb, 7, out, len, how, e);
}

int mun_mmc_structure(struct mun_transport *t, bool bd, uint8_t format,
		      uint8_t **out, size_t *len, struct mun_mmc *how,
		      struct mun_err *e)
{
	uint8_t cdb[12] = { READ_DISC_STRUCTURE, bd };

	cdb[7] = format;
	return whole_list(t, cdb, 8, out, len, how, e);
}

/* ---- sectors ---- */

/* All of it or nothing: no part of a reply that is too short is used. */
static void demand(struct mun_mmc *out, uint32_t want)
{
	if (out->end != MUN_MMC_DONE || out->got == want)
		return;
	out->end = MUN_MMC_FAILED;
	out->sys = EIO;
}

int mun_mmc_read_cd(struct mun_transport *t, enum mun_mmc_kind kind,
		    int32_t lba, uint32_t n, uint8_t sub, void *data,
		    struct mun_mmc *out, struct mun_err *e)
{
	uint8_t cdb[12] = { READ_CD, (uint8_t)(kind << 2) };
	uint32_t want = n * (CD_BYTES + (sub == MUN_MMC_SUB_Q ? Q_BYTES : 0));
	int rc;

	mun_put_be32(cdb + 2, (uint32_t)lba);
	cdb[6] = (uint8_t)(n >> 16);
	mun_put_be16(cdb + 7, (uint16_t)n);
	/* User data of CD-DA is all there is. */
	cdb[9] = kind == MUN_MMC_CDDA ? 0x10 : MUN_MMC_WHOLE;
	cdb[10] = sub;
	rc = run(t, cdb, data, want, READ_MS, out, e);
	if (!rc)
		demand(out, want);
	return rc;
}

int mun_mmc_read(struct mun_transport *t, uint32_t lba, uint16_t n, void *data,
		 struct mun_mmc *out, struct mun_err *e)
{
	uint8_t cdb[10] = { READ_10 };
	uint32_t want = n * 2048u;
	int rc;

	mun_put_be32(cdb + 2, lba);
	mun_put_be16(cdb + 7, n);
	rc = run(t, cdb, data, want, READ_MS, out, e);
	if (!rc)
		demand(out, want);
	return rc;
}
