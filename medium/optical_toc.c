/* SPDX-License-Identifier: Apache-2.0 */
/* medium/optical_toc.c - tables of contents as drives give them, taken apart */
#include "medium/optical_toc.h"

#include "core/bytes.h"
#include "core/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HEADER 4u
#define FULL_ENTRY 11u
#define PLAIN_ENTRY 8u
#define LEADOUT_TRACK 0xaa
#define POINT_FIRST 0xa0
#define POINT_LEADOUT 0xa2
#define CONTROL_DATA 4u

/* The lead-out of the first session, 1:30; a lead-in, 1:00; a pregap, 0:02. */
#define SESSION_GAP 11400

void mun_optical_note(struct mun_optical *o, const char *fmt, ...)
{
	size_t len = strlen(o->note);
	va_list args;

	if (len && len + 3 < sizeof(o->note)) {
		memcpy(o->note + len, "; ", 3);
		len += 2;
	}
	va_start(args, fmt);
	(void)vsnprintf(o->note + len, sizeof(o->note) - len, fmt, args);
	va_end(args);
}

/* ---- what was told, by number ---- */

struct told {
	struct {
		bool there;
		unsigned int session;
		uint8_t control;
		int32_t start;
	} track[MUN_OPTICAL_TRACKS + 1];
	struct {
		bool there;
		int32_t leadout;
	} session[MUN_OPTICAL_SESSIONS + 1];
	uint8_t disc_type;
};

static int bad(struct mun_err *e, const char *what, unsigned int n)
{
	return mun_fail(e, MUN_ECORRUPT,
			"a table of contents that no disc has: %s %u", what, n);
}

static int32_t lba_of(const uint8_t *msf)
{
	return ((int32_t)msf[0] * 60 + msf[1]) * 75 + msf[2] - 150;
}

/* Drives repeat entries, as discs do; but not with another content. */
static int tell_track(struct told *t, unsigned int n, unsigned int session,
		      uint8_t control, int32_t start, struct mun_err *e)
{
	if (t->track[n].there &&
	    (t->track[n].session != session || t->track[n].start != start ||
	     t->track[n].control != control))
		return bad(e, "two places for track", n);
	t->track[n].there = true;
	t->track[n].session = session;
	t->track[n].control = control;
	t->track[n].start = start;
	return 0;
}

static int tell_leadout(struct told *t, unsigned int session, int32_t lba,
			struct mun_err *e)
{
	if (t->session[session].there && t->session[session].leadout != lba)
		return bad(e, "two lead-outs of session", session);
	t->session[session].there = true;
	t->session[session].leadout = lba;
	return 0;
}

/* ---- is it a disc? ---- */

static int take_track(struct mun_optical *o, const struct told *t,
		      unsigned int n, struct mun_err *e)
{
	const struct mun_optical_track *before =
		o->ntracks ? &o->tracks[o->ntracks - 1] : NULL;
	struct mun_optical_track *now = &o->tracks[o->ntracks];
	unsigned int session = t->track[n].session;
	int32_t start = t->track[n].start;

	if (start < 0 || start >= MUN_OPTICAL_LBA_MAX)
		return bad(e, "no place on a disc for track", n);
	if (before && before->number + 1 != n)
		return bad(e, "no track", before->number + 1);
	if (!before && session != 1)
		return bad(e, "no session 1 before track", n);
	if (before && session != before->session &&
	    session != before->session + 1)
		return bad(e, "sessions are out of order at track", n);
	if (before && start <= before->start)
		return bad(e, "the one before overlaps track", n);
	if (before && session != before->session &&
	    start <= t->session[before->session].leadout)
		return bad(e, "the session before overlaps track", n);
	if (!t->session[session].there)
		return bad(e, "no lead-out of session", session);
	if (start >= t->session[session].leadout)
		return bad(e, "the lead-out is before track", n);
	*now = (struct mun_optical_track){
		.session = session,
		.number = n,
		.mode = t->track[n].control & CONTROL_DATA ? MUN_TRACK_DATA
							   : MUN_TRACK_AUDIO,
		.control = t->track[n].control,
		.start = start,
	};
	o->ntracks++;
	o->sessions = session;
	return 0;
}

static void set_lengths(struct mun_optical *o)
{
	for (unsigned int i = 0; i < o->ntracks; i++) {
		struct mun_optical_track *t = &o->tracks[i];
		bool last = i + 1 == o->ntracks || t[1].session != t->session;
		int32_t end = last ? o->leadout[t->session - 1] : t[1].start;

		t->sectors = (uint32_t)(end - t->start);
	}
}

static int take_all(struct mun_optical *o, const struct told *t,
		    struct mun_err *e)
{
	int rc = 0;

	o->ntracks = 0;
	o->sessions = 0;
	for (unsigned int n = 1; !rc && n <= MUN_OPTICAL_TRACKS; n++)
		if (t->track[n].there)
			rc = take_track(o, t, n, e);
	if (!rc && !o->ntracks)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "a table of contents without a track");
	for (unsigned int s = 1; !rc && s <= o->sessions; s++) {
		int32_t leadout = t->session[s].leadout;

		if (leadout < 0 || leadout > MUN_OPTICAL_LBA_MAX)
			return bad(e, "no place for the lead-out of session",
				   s);
		o->leadout[s - 1] = leadout;
	}
	if (!rc)
		set_lengths(o);
	if (rc)
		o->ntracks = 0;
	else
		o->disc_type = t->disc_type;
	return rc;
}

/* ---- format 2 ---- */

static int full_entry(struct told *t, const uint8_t *p, struct mun_err *e)
{
	unsigned int session = p[0];
	uint8_t point = p[3];

	/* ADR 1 tells tracks; 2 and 3 tell MCN and ISRC, 5 of recorders. */
	if (p[1] >> 4 != 1)
		return 0;
	if (session == 0 || session > MUN_OPTICAL_SESSIONS)
		return bad(e, "there is no session", session);
	if (point >= 1 && point <= MUN_OPTICAL_TRACKS)
		return tell_track(t, point, session, p[1] & 15, lba_of(p + 8),
				  e);
	if (point == POINT_LEADOUT)
		return tell_leadout(t, session, lba_of(p + 8), e);
	if (point == POINT_FIRST && session == 1)
		t->disc_type = p[9];
	return 0;
}

int mun_optical_take_full(struct mun_optical *o, const uint8_t *reply,
			  size_t len, struct mun_err *e)
{
	struct told t = { .disc_type = 0xff };
	int rc = 0;

	for (size_t at = HEADER; !rc && at + FULL_ENTRY <= len;
	     at += FULL_ENTRY)
		rc = full_entry(&t, reply + at, e);
	return rc ? rc : take_all(o, &t, e);
}

/* ---- formats 0 and 1 ---- */

static int plain_entry(struct told *t, const uint8_t *p, struct mun_err *e)
{
	uint32_t lba = mun_be32(p + 4);
	int32_t start = lba > MUN_OPTICAL_LBA_MAX ? -1 : (int32_t)lba;

	if (p[2] == LEADOUT_TRACK)
		return tell_leadout(t, 1, start, e);
	if (p[2] >= 1 && p[2] <= MUN_OPTICAL_TRACKS)
		return tell_track(t, p[2], 1, p[1] & 15, start, e);
	return 0;
}

/* The lead-out that format 0 tells is that of the last session. */
static int divide(struct told *t, const uint8_t *reply, size_t len,
		  struct mun_err *e)
{
	unsigned int first;

	if (!reply || len < HEADER + PLAIN_ENTRY || reply[3] <= 1)
		return 0;
	if (reply[3] > 2)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the disc has %u sessions and the drive does "
				"not tell where they are",
				reply[3]);
	first = reply[HEADER + 2];
	if (first < 2 || first > MUN_OPTICAL_TRACKS || !t->track[first].there)
		return bad(e, "no track to begin session 2:", first);
	for (unsigned int n = first; n <= MUN_OPTICAL_TRACKS; n++)
		t->track[n].session = 2;
	t->session[2] = t->session[1];
	t->session[1].leadout = t->track[first].start - SESSION_GAP;
	return 0;
}

int mun_optical_take_plain(struct mun_optical *o, const uint8_t *toc,
			   size_t len, const uint8_t *sessions,
			   size_t sessions_len, struct mun_err *e)
{
	struct told t = { .disc_type = 0xff };
	int rc = 0;

	for (size_t at = HEADER; !rc && at + PLAIN_ENTRY <= len;
	     at += PLAIN_ENTRY)
		rc = plain_entry(&t, toc + at, e);
	if (!rc)
		rc = divide(&t, sessions, sessions_len, e);
	return rc ? rc : take_all(o, &t, e);
}
