/* SPDX-License-Identifier: Apache-2.0 */
/* medium/optical_cue.c - the cue sheet of a disc that was read as disc.bin */
#include "core/check.h"
#include "image/cdtext.h"
#include "image/disc_write.h"
#include "medium/optical.h"

#include <string.h>

#define LEAD_IN 4500u
#define PAUSE 150u

/* ---- texts of CD-TEXT ---- */

struct wanted {
	struct mun_str *out;
	enum mun_cdtext_type type;
	unsigned int track;
	const char *command;
};

/* A sheet has no way to write a quote, or a line's end. */
static bool can_stand(const struct mun_cdtext_text *t)
{
	for (size_t i = 0; i < t->len; i++) {
		uint8_t c = (uint8_t)t->text[i];

		if (c < 0x20 || c == '"' || c == '\\' ||
		    (c >= 0x7f && c < 0xa0))
			return false;
	}
	return t->len > 0 && t->len <= 200;
}

/* ISO 8859-1, which is what a first block is in. */
static int add_text(void *ctx, const struct mun_cdtext_text *t,
		    struct mun_err *e)
{
	const struct wanted *w = ctx;

	(void)e;
	if (t->block || t->wide || t->type != w->type || t->track != w->track ||
	    !can_stand(t))
		return 0;
	mun_str_addf(w->out, "%s%s \"", w->track ? "    " : "", w->command);
	for (size_t i = 0; i < t->len; i++) {
		uint8_t c = (uint8_t)t->text[i];

		if (c < 0x80) {
			mun_str_add_char(w->out, (char)c);
			continue;
		}
		mun_str_add_char(w->out, (char)(0xc0 | c >> 6));
		mun_str_add_char(w->out, (char)(0x80 | (c & 0x3f)));
	}
	mun_str_add(w->out, "\"\n");
	return 0;
}

static int add_texts(const struct mun_optical *o, struct mun_str *out,
		     unsigned int track, struct mun_err *e)
{
	struct wanted w[] = {
		{ out, MUN_CDTEXT_TITLE, track, "TITLE" },
		{ out, MUN_CDTEXT_PERFORMER, track, "PERFORMER" },
		{ out, MUN_CDTEXT_SONGWRITER, track, "SONGWRITER" },
	};
	int rc = 0;

	for (size_t i = 0; !rc && o->cdtext_bytes && i < MUN_COUNT(w); i++)
		rc = mun_cdtext_each(o->cdtext, o->cdtext_bytes, add_text,
				     &w[i], e);
	return rc;
}

/* ---- tracks ---- */

static void add_time(struct mun_str *out, const char *what, uint64_t sectors)
{
	mun_str_addf(out, "%s ", what);
	mun_disc_add_msf(out, sectors);
	mun_str_add(out, "\n");
}

/* What lies between two sessions takes its place on the disc: the lead-out of
 * the one, the lead-in of the other, and a pause. */
static void add_session(const struct mun_optical *o, struct mun_str *out,
			const struct mun_optical_track *t)
{
	uint64_t gap;
	uint64_t pause;
	uint64_t in;

	if (t->session == 1) {
		if (o->sessions > 1)
			mun_str_add(out, "REM SESSION 01\n");
		return;
	}
	gap = (uint64_t)(t->start - o->leadout[t->session - 2]);
	pause = MUN_MIN(gap, (uint64_t)PAUSE);
	in = MUN_MIN(gap - pause, (uint64_t)LEAD_IN);
	add_time(out, "REM LEAD-OUT", gap - pause - in);
	mun_str_addf(out, "REM SESSION %02u\n", t->session);
	add_time(out, "REM LEAD-IN", in);
	add_time(out, "REM PREGAP", pause);
}

static const char *type_of(const struct mun_optical_track *t)
{
	switch (t->mode) {
	case MUN_TRACK_DATA:
		return "MODE1/2352";
	case MUN_TRACK_MODE2:
		return "MODE2/2352";
	case MUN_TRACK_AUDIO:
		break;
	}
	return "AUDIO";
}

/* Of data, bit 0 is not pre-emphasis, and there are no four channels. */
static void add_flags(struct mun_str *out, const struct mun_optical_track *t)
{
	unsigned int control = t->control & (t->control & 4 ? 2u : 11u);

	if (control)
		mun_str_addf(
			out, "    FLAGS%s%s%s\n", control & 2 ? " DCP" : "",
			control & 8 ? " 4CH" : "", control & 1 ? " PRE" : "");
}

/* @at: sectors of the file before it. */
static int add_track(const struct mun_optical *o, struct mun_str *out,
		     const struct mun_optical_track *t, uint64_t at,
		     struct mun_err *e)
{
	int rc;

	mun_str_addf(out, "  TRACK %02u %s\n", t->number, type_of(t));
	rc = add_texts(o, out, t->number, e);
	if (t->isrc[0])
		mun_str_addf(out, "    ISRC %s\n", t->isrc);
	add_flags(out, t);
	if (t->unread_pregap)
		add_time(out, "    PREGAP", t->unread_pregap);
	if (t->pregap)
		add_time(out, "    INDEX 00", at);
	add_time(out, "    INDEX 01", at + t->pregap);
	return rc;
}

int mun_optical_cue(const struct mun_optical *o, struct mun_str *out,
		    struct mun_err *e)
{
	uint64_t at = 0;
	int rc;

	if (o->form != MUN_OPTICAL_AS_BIN)
		return mun_fail(e, MUN_EINVAL, "the disc is one of data only");
	if (o->mcn[0])
		mun_str_addf(out, "CATALOG %s\n", o->mcn);
	if (o->cdtext_bytes)
		mun_str_add(out, "CDTEXTFILE \"disc.cdt\"\n");
	rc = add_texts(o, out, 0, e);
	for (unsigned int i = 0; !rc && i < o->ntracks; i++) {
		const struct mun_optical_track *t = &o->tracks[i];

		if (i == 0 || t->session != t[-1].session)
			add_session(o, out, t);
		if (i == 0)
			mun_str_add(out, "FILE \"disc.bin\" BINARY\n");
		rc = add_track(o, out, t, at, e);
		at += t->pregap + t->sectors;
	}
	if (!rc && out->failed)
		rc = mun_fail_nomem(e, "cue sheet");
	return rc;
}
