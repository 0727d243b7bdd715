/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_optical.c - any answers of a drive with a disc in it
 *
 * The input is what the drive says, command by command: a byte (0: good; 1 to
 * 15: CHECK CONDITION with this sense key, and two bytes of ASC and ASCQ; else
 * as 0), two bytes of length, and so many bytes of data.  At its end the drive
 * is gone.
 */
#include "core/bytes.h"
#include "core/check.h"
#include "core/jsonw.h"
#include "medium/optical.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct drive {
	struct mun_transport transport;
	const uint8_t *at;
	size_t left;
	unsigned int commands;
};

static void check(int ok)
{
	if (!ok)
		abort();
}

static const uint8_t *take(struct drive *d, size_t n)
{
	const uint8_t *p = d->at;

	if (n > d->left)
		return NULL;
	d->at += n;
	d->left -= n;
	return p;
}

static void check_condition(struct drive *d, uint8_t key,
			    struct mun_scsi_cmd *cmd)
{
	const uint8_t *asc = take(d, 2);

	cmd->end = MUN_SCSI_CHECK;
	cmd->sense[0] = 0x70;
	cmd->sense[2] = key;
	cmd->sense[12] = asc ? asc[0] : 0;
	cmd->sense[13] = asc ? asc[1] : 0;
	cmd->sense_len = 18;
}

static int run(struct mun_transport *t, struct mun_scsi_cmd *cmd,
	       struct mun_err *e)
{
	struct drive *d = (struct drive *)t;
	const uint8_t *how;
	const uint8_t *len;
	const uint8_t *data;

	(void)e;
	cmd->end = MUN_SCSI_GOOD;
	/* It is ready, and it is a drive of discs: else nothing is asked. */
	if (cmd->cdb[0] == 0)
		return 0;
	if (cmd->cdb[0] == 0x12) {
		memset(cmd->data, 0, cmd->data_len);
		((uint8_t *)cmd->data)[0] = 5;
		cmd->got = cmd->data_len;
		return 0;
	}
	how = take(d, 1);
	if (!how || ++d->commands > 3000) {
		cmd->end = MUN_SCSI_GONE;
		return 0;
	}
	if (*how >= 1 && *how <= 15) {
		check_condition(d, *how, cmd);
		return 0;
	}
	len = take(d, 2);
	cmd->got = len ? MUN_MIN(cmd->data_len, (uint32_t)mun_be16(len)) : 0;
	data = take(d, cmd->got);
	if (data)
		memcpy(cmd->data, data, cmd->got);
	else
		cmd->got = 0;
	return 0;
}

static void no_close(struct mun_transport *t)
{
	(void)t;
}

/* The image has each sector once, in order, and each LBA leads back to it. */
static void check_places(const struct mun_optical *o)
{
	uint32_t sector = mun_optical_sector_bytes(o);
	uint64_t n = mun_optical_sectors(o);
	int32_t before = -1;

	check(n > 0 && n <= INT32_MAX);
	for (uint64_t i = 0; i < n; i += 1 + n / 500) {
		int32_t lba = mun_optical_lba(o, i * sector);
		uint64_t off;

		check(lba > before);
		check(mun_optical_off(o, lba, &off) && off == i * sector);
		(void)mun_optical_runout(o, off);
		before = lba;
	}
}

static void check_texts(const struct mun_optical *o)
{
	struct mun_str sheet = { 0 };
	struct mun_jsonw w;
	struct mun_err e;
	char toc[65];

	check(mun_optical_toc_digest(o, toc, &e) == 0 && strlen(toc) == 64);
	check((mun_optical_cue(o, &sheet, &e) == 0) ==
	      (o->form == MUN_OPTICAL_AS_BIN));
	if (sheet.text)
		check(mun_text_is_clean(sheet.text, "\n"));
	mun_str_free(&sheet);
	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_optical_json(&w, o);
	mun_jsonw_end_object(&w);
	check(mun_jsonw_finish(&w, &e) == 0);
	mun_str_free(&w.out);
}

static void read_some(struct drive *d, const struct mun_optical *o)
{
	static uint8_t buf[32 * 2352];
	struct mun_reader *r = NULL;
	struct mun_err e;
	uint64_t off = 0;

	check(mun_optical_reader(&d->transport, o, &r, &e) == 0);
	check(r->bytes == mun_optical_sectors(o) * r->sector_bytes);
	while (d->left && off < r->bytes) {
		uint8_t states[32] = { 0 };
		struct mun_read_reply reply = { .states = states };
		size_t len =
			(size_t)MUN_MIN((uint64_t)r->max_bytes, r->bytes - off);

		if (off % 3 == 0)
			len = r->sector_bytes;
		check(r->ops->read(r, buf, len, off, &reply, &e) == 0);
		if (reply.has_bad_off)
			check(reply.bad_off >= off &&
			      reply.bad_off < off + len);
		off += len;
	}
	mun_reader_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mun_transport_ops ops = { run, no_close };
	struct drive d = { .transport = { .ops = &ops }, .at = data };
	struct mun_optical *o = NULL;
	struct mun_err e;

	d.left = size;
	if (mun_optical_open(&d.transport, &o, &e)) {
		check(!o);
		return 0;
	}
	check_places(o);
	check_texts(o);
	read_some(&d, o);
	mun_optical_free(o);
	return 0;
}
