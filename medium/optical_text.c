/* SPDX-License-Identifier: Apache-2.0 */
/* medium/optical_text.c - catalogue number, ISRCs and CD-TEXT of a CD */
#include "core/bytes.h"
#include "core/check.h"
#include "image/cdtext.h"
#include "image/disc_sheet.h"
#include "medium/mmc.h"
#include "medium/optical_ask.h"
#include "medium/optical_toc.h"

#include <stdlib.h>
#include <string.h>

#define READ_SUB_CHANNEL 0x42
#define FORMAT_MCN 2
#define FORMAT_ISRC 3
#define VALID 0x80
/* The lead-in is read with errors; another time perhaps with others. */
#define TRIES 3

/* Header of 4 bytes, then @format, ..., 8: bit 7 valid, 9: the text. */
static int sub_channel(struct mun_transport *t, uint8_t format, uint8_t track,
		       uint8_t reply[static 24], bool *valid, struct mun_err *e)
{
	uint8_t cdb[10] = { READ_SUB_CHANNEL, 0, 0x40, format };
	struct mun_mmc m;
	int rc;

	cdb[6] = track;
	mun_put_be16(cdb + 7, 24);
	memset(reply, 0, 24);
	rc = mun_mmc_ask(t, cdb, reply, 24, &m, e);
	*valid = !rc && m.end == MUN_MMC_DONE && m.got >= 22 &&
		 reply[4] == format && reply[8] & VALID;
	return rc;
}

static int ask_mcn(struct mun_transport *t, struct mun_optical *o,
		   struct mun_err *e)
{
	uint8_t reply[24];
	char digits[14] = "";
	bool valid;
	int rc = sub_channel(t, FORMAT_MCN, 0, reply, &valid, e);

	if (rc || !valid)
		return rc;
	memcpy(digits, reply + 9, 13);
	/* Thirteen zeros are how a disc without one is often made. */
	if (!mun_mcn_parse(digits, o->mcn) ||
	    strspn(o->mcn, "0") == strlen(o->mcn))
		o->mcn[0] = '\0';
	return 0;
}

static int ask_isrc(struct mun_transport *t, struct mun_optical_track *track,
		    struct mun_err *e)
{
	uint8_t reply[24];
	char code[13] = "";
	bool valid;
	int rc = sub_channel(t, FORMAT_ISRC, (uint8_t)track->number, reply,
			     &valid, e);

	if (rc || !valid)
		return rc;
	memcpy(code, reply + 9, 12);
	if (!mun_isrc_parse(code, track->isrc))
		track->isrc[0] = '\0';
	return 0;
}

/* ---- CD-TEXT ---- */

static size_t wrong_packs(const uint8_t *packs, size_t bytes)
{
	size_t wrong = 0;

	for (size_t at = 0; at < bytes; at += MUN_CDTEXT_PACK)
		wrong +=
			mun_cdtext_crc(packs + at) != mun_be16(packs + at + 16);
	return wrong;
}

/* Keep the reply's packs where they are better than what there is. */
static int take_packs(struct mun_optical *o, const uint8_t *reply, size_t len,
		      size_t *wrong, struct mun_err *e)
{
	size_t bytes = len < 4 ? 0 : (len - 4) / MUN_CDTEXT_PACK;
	size_t now;
	uint8_t *copy;

	bytes = MUN_MIN(bytes * MUN_CDTEXT_PACK, MUN_CDTEXT_MAX);
	if (!bytes)
		return 0;
	now = wrong_packs(reply + 4, bytes);
	if (o->cdtext && now >= *wrong)
		return 0;
	copy = malloc(bytes);
	if (!copy)
		return mun_fail_nomem(e, "CD-TEXT");
	memcpy(copy, reply + 4, bytes);
	free(o->cdtext);
	o->cdtext = copy;
	o->cdtext_bytes = bytes;
	*wrong = now;
	return 0;
}

/* What fits in no pack is no CD-TEXT: some drives send any bytes. */
static void settle_packs(struct mun_optical *o, size_t wrong)
{
	size_t packs = o->cdtext_bytes / MUN_CDTEXT_PACK;

	if (!wrong)
		return;
	mun_optical_note(o, "%zu of %zu packs of CD-TEXT were read wrong",
			 wrong, packs);
	if (wrong < packs)
		return;
	free(o->cdtext);
	o->cdtext = NULL;
	o->cdtext_bytes = 0;
}

static int ask_cdtext(struct mun_transport *t, struct mun_optical *o,
		      struct mun_err *e)
{
	size_t wrong = 0;
	int rc = 0;

	for (int i = 0; !rc && i < TRIES && (i == 0 || wrong); i++) {
		mun_autofree uint8_t *reply = NULL;
		struct mun_mmc m;
		size_t len;

		rc = mun_mmc_list(t, 5, &reply, &len, &m, e);
		if (!rc && m.end != MUN_MMC_DONE)
			break;
		if (!rc)
			rc = take_packs(o, reply, len, &wrong, e);
	}
	if (!rc)
		settle_packs(o, wrong);
	return rc;
}

int mun_optical_ask_texts(struct mun_transport *t, struct mun_optical *o,
			  struct mun_err *e)
{
	int rc = ask_mcn(t, o, e);

	for (unsigned int i = 0; !rc && i < o->ntracks; i++)
		if (!(o->tracks[i].control & 4))
			rc = ask_isrc(t, &o->tracks[i], e);
	return rc ? rc : ask_cdtext(t, o, e);
}
