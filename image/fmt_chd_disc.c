/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_chd_disc.c - the tracks of a CD in a CHD
 *
 * Metadata CHT2 (or CHTR, which ends after FRAMES), one for each track:
 *	TRACK:1 TYPE:MODE1_RAW SUBTYPE:NONE FRAMES:302 PREGAP:0 PGTYPE:MODE1
 *	PGSUB:RW POSTGAP:0
 * A PGTYPE that begins with V: the pregap is among the frames.  The frames of
 * a track begin at a multiple of four; audio is big endian.
 */
#include "image/fmt_chd.h"

#include "core/check.h"
#include "core/parse.h"
#include "image/disc.h"
#include "image/driver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHT2 MUN_CHD_TAG('C', 'H', 'T', '2')
#define CHTR MUN_CHD_TAG('C', 'H', 'T', 'R')

static const struct {
	const char *name;
	enum mun_track_mode mode;
	uint32_t bytes;
} types[] = {
	{ "MODE1", MUN_TRACK_DATA, 2048 },
	{ "MODE1_RAW", MUN_TRACK_DATA, 2352 },
	{ "MODE2", MUN_TRACK_MODE2, 2336 },
	{ "MODE2_FORM1", MUN_TRACK_MODE2, 2048 },
	{ "MODE2_FORM2", MUN_TRACK_MODE2, 2324 },
	{ "MODE2_FORM_MIX", MUN_TRACK_MODE2, 2336 },
	{ "MODE2_RAW", MUN_TRACK_MODE2, 2352 },
	{ "AUDIO", MUN_TRACK_AUDIO, 2352 },
};

struct layout {
	struct mun_chd *c;
	struct mun_disc *disc;
	uint64_t frame; /* of the next track, in the CHD */
	uint64_t lba; /* of its index 0 */
	unsigned int tracks;
};

/* The word behind "@key:" of the text; "" where there is none. */
static void word(const char *text, const char *key, char *out, size_t size)
{
	size_t len = strlen(key);
	const char *p = text;

	out[0] = '\0';
	while ((p = strstr(p, key)) != NULL) {
		if ((p == text || p[-1] == ' ') && p[len] == ':')
			break;
		p += len;
	}
	if (p)
		(void)snprintf(out, size, "%.*s",
			       (int)strcspn(p + len + 1, " "), p + len + 1);
}

static int number(const char *text, const char *key, uint64_t max,
		  uint64_t *out, struct mun_err *e)
{
	char digits[24];

	*out = 0;
	word(text, key, digits, sizeof(digits));
	if (!digits[0])
		return 0;
	if (mun_parse_u64(digits, 0, max, out, e))
		return mun_fail(e, MUN_ECORRUPT, "track with %s '%s'", key,
				digits);
	return 0;
}

/* Main channel as long as the type says, then the sub-channel. */
static int read_frame(void *ctx, void *buf, uint64_t sector, struct mun_err *e)
{
	return mun_chd_bytes(ctx, buf, MUN_CHD_FRAME, sector * MUN_CHD_FRAME,
			     e);
}

static int read_short(struct mun_chd *c, void *buf, uint32_t main, bool sub,
		      uint64_t frame, struct mun_err *e)
{
	uint64_t off = frame * MUN_CHD_FRAME;
	int rc = mun_chd_bytes(c, buf, main, off, e);

	if (!rc && sub)
		rc = mun_chd_bytes(c, (uint8_t *)buf + main, MUN_CD_SUB,
				   off + MUN_CD_RAW, e);
	return rc;
}

#define READ_OF(main, with_sub) \
	static int read_##main##_##with_sub( \
		void *ctx, void *buf, uint64_t sector, struct mun_err *e) \
	{ \
		return read_short(ctx, buf, main, with_sub, sector, e); \
	}

READ_OF(2048, 0)
READ_OF(2048, 1)
READ_OF(2324, 0)
READ_OF(2324, 1)
READ_OF(2336, 0)
READ_OF(2336, 1)
READ_OF(2352, 0)

typedef int read_fn(void *ctx, void *buf, uint64_t sector, struct mun_err *e);

static read_fn *reader(uint32_t main, bool sub)
{
	switch (main) {
	case 2048:
		return sub ? read_2048_1 : read_2048_0;
	case 2324:
		return sub ? read_2324_1 : read_2324_0;
	case 2336:
		return sub ? read_2336_1 : read_2336_0;
	default:
		return sub ? read_frame : read_2352_0;
	}
}

static int fill_track(struct layout *l, const char *text, struct mun_track *t,
		      uint64_t *frames, struct mun_err *e)
{
	char type[24];
	char gap[24];
	char sub[24];
	uint64_t pregap = 0;
	uint64_t postgap = 0;
	size_t i = 0;
	int rc;

	word(text, "TYPE", type, sizeof(type));
	word(text, "SUBTYPE", sub, sizeof(sub));
	word(text, "PGTYPE", gap, sizeof(gap));
	while (i < MUN_COUNT(types) && strcmp(types[i].name, type) != 0)
		i++;
	if (i == MUN_COUNT(types))
		return mun_fail(e, MUN_ECORRUPT, "track %u of an unknown type",
				l->tracks + 1);
	rc = number(text, "FRAMES", INT32_MAX, frames, e);
	if (!rc)
		rc = number(text, "PREGAP", INT32_MAX, &pregap, e);
	if (!rc)
		rc = number(text, "POSTGAP", INT32_MAX, &postgap, e);
	if (rc)
		return rc;
	t->mode = types[i].mode;
	t->sector_bytes = types[i].bytes;
	t->sub_bytes = strcmp(sub, "NONE") && sub[0] ? MUN_CD_SUB : 0;
	t->pregap = (uint32_t)pregap;
	t->postgap = (uint32_t)postgap;
	/* A track that is cut short may not even have all of its pregap. */
	t->pregap_stored =
		gap[0] == 'V' ? (uint32_t)MUN_MIN(pregap, *frames) : 0;
	t->sectors = *frames - t->pregap_stored;
	return 0;
}

static int add_run(struct layout *l, const struct mun_track *t, uint64_t frames,
		   bool packed, struct mun_err *e)
{
	const struct mun_disc_run run = {
		.sectors = frames,
		.stride = t->sector_bytes + t->sub_bytes,
		.main_bytes = t->sector_bytes,
		.sub = !t->sub_bytes ? MUN_SUB_NONE
		       : packed      ? MUN_SUB_PACKED
				     : MUN_SUB_PLAIN,
		.swapped = t->mode == MUN_TRACK_AUDIO,
		.read = reader(t->sector_bytes, t->sub_bytes > 0),
		.ctx = l->c,
		.read_first = l->frame,
		.track = (unsigned int)l->c->img->ntracks - 1,
	};

	return mun_disc_add_run(l->disc, &run, e);
}

static int add_track(struct mun_chd *c, void *ctx, uint32_t tag,
		     const uint8_t *data, size_t len, struct mun_err *e)
{
	struct layout *l = ctx;
	struct mun_track t = { .session = 1 };
	char text[256] = { 0 };
	char sub[24];
	uint64_t frames;
	int rc;

	if (tag != CHT2 && tag != CHTR)
		return 0;
	memcpy(text, data, MUN_MIN(len, sizeof(text) - 1));
	rc = fill_track(l, text, &t, &frames, e);
	if (rc)
		return rc;
	t.number = ++l->tracks;
	t.start = l->lba + t.pregap;
	rc = mun_disc_add_track(c->img, &t, e);
	word(text, "SUBTYPE", sub, sizeof(sub));
	if (!rc && frames)
		rc = add_run(l, &t, frames, !strcmp(sub, "RW_RAW"), e);
	l->lba = t.start + t.sectors + t.postgap;
	l->frame += (frames + 3) / 4 * 4;
	if (!rc && l->frame > c->bytes / MUN_CHD_FRAME + 3)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "track %u ends after the last hunk", l->tracks);
	return rc;
}

int mun_chd_open_disc(struct mun_chd *c, struct mun_err *e)
{
	struct layout l = { .c = c };
	int rc = mun_disc_new(&l.disc, e);

	if (!rc)
		rc = mun_chd_walk_meta(c, add_track, &l, e);
	if (rc) {
		mun_disc_free(l.disc);
		return rc;
	}
	return mun_disc_done(c->img, l.disc, e);
}
