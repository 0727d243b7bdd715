/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/optical_probe.c - what only the sectors of a CD tell
 *
 * A table of contents says where a track begins and whether it is audio or
 * data; which kind of data, and what before it is its pause, is in the sectors.
 * Few are read, and none twice: a failing disc is not to be worn out here.
 */
#include "core/bytes.h"
#include "core/check.h"
#include "image/cdsector.h"
#include "medium/mmc.h"
#include "medium/optical_ask.h"
#include "medium/optical_sector.h"
#include "medium/optical_toc.h"

#include <string.h>

/* One sector, and what is said of it. */
struct look {
	enum {
		LOOK_AUDIO, /* no sync: it is not data */
		LOOK_EMPTY, /* Mode 0 */
		LOOK_MODE1,
		LOOK_MODE2,
		LOOK_UNREADABLE,
		LOOK_REFUSED, /* there is no such sector for this drive */
	} kind;
	bool xa;
	uint8_t sector[2352 + 16]; /* with Q where it was asked for */
};

struct probe {
	struct mun_transport *t;
	struct mun_optical *o;
	bool no_q; /* the drive does not give it, or not that of the sector */
};

static void tell_kind(struct look *l)
{
	const uint8_t *sub = l->sector + 16;

	if (!mun_cd_has_sync(l->sector)) {
		l->kind = LOOK_AUDIO;
		return;
	}
	switch (l->sector[15] & 0x1f) {
	case 1:
		l->kind = LOOK_MODE1;
		break;
	case 2:
		l->kind = LOOK_MODE2;
		l->xa = memcmp(sub, sub + 4, 4) == 0 &&
			(sub[0] | sub[1] | sub[2] | sub[3]);
		break;
	default:
		l->kind = LOOK_EMPTY;
		break;
	}
}

static int look_at(struct probe *p, int32_t lba, uint8_t sub, struct look *l,
		   struct mun_err *e)
{
	struct mun_mmc m;
	int rc = mun_mmc_read_cd(p->t, MUN_MMC_ANY, lba, 1, sub, l->sector, &m,
				 e);

	if (!rc && m.end == MUN_MMC_WRONG_MODE)
		rc = mun_mmc_read_cd(p->t, MUN_MMC_CDDA, lba, 1, sub, l->sector,
				     &m, e);
	if (rc)
		return rc;
	l->xa = false;
	switch (m.end) {
	case MUN_MMC_DONE:
		tell_kind(l);
		return 0;
	case MUN_MMC_REFUSED:
	case MUN_MMC_WRONG_MODE:
		l->kind = LOOK_REFUSED;
		return 0;
	case MUN_MMC_AWAY:
		return mun_fail(e, MUN_EIO,
				"the drive went away while the "
				"disc was looked at");
	case MUN_MMC_UNREADABLE:
	case MUN_MMC_FAILED:
		break;
	}
	l->kind = LOOK_UNREADABLE;
	return 0;
}

/* ---- the mode of a track ---- */

static void unknown_mode(struct probe *p, struct mun_optical_track *t)
{
	bool mode2 = p->o->disc_type == 0x10 || p->o->disc_type == 0x20;

	t->mode = mode2 ? MUN_TRACK_MODE2 : MUN_TRACK_DATA;
	t->xa = mode2;
	mun_optical_note(p->o,
			 "track %u: no sector told its mode; taken for "
			 "Mode %d",
			 t->number, mode2 ? 2 : 1);
}

static int find_mode(struct probe *p, struct mun_optical_track *t,
		     struct mun_err *e)
{
	const uint32_t places[] = { 0, 1, 16, 17, 32, t->sectors / 2 };
	bool audio = false;
	bool found = false;
	struct look l;

	for (size_t i = 0; i < MUN_COUNT(places) && !(found && t->xa); i++) {
		int rc;

		if (places[i] >= t->sectors)
			continue;
		rc = look_at(p, t->start + (int32_t)places[i], MUN_MMC_NO_SUB,
			     &l, e);
		if (rc)
			return rc;
		audio |= l.kind == LOOK_AUDIO;
		if (l.kind == LOOK_MODE1) {
			t->mode = MUN_TRACK_DATA;
			return 0;
		}
		if (l.kind != LOOK_MODE2)
			continue;
		t->mode = MUN_TRACK_MODE2;
		t->xa |= l.xa;
		found = true;
	}
	if (found)
		return 0;
	if (!audio) {
		unknown_mode(p, t);
		return 0;
	}
	t->mode = MUN_TRACK_AUDIO;
	mun_optical_note(p->o, "track %u is called data and is audio",
			 t->number);
	return 0;
}

/* Called audio: one look is enough. */
static int confirm_audio(struct probe *p, struct mun_optical_track *t,
			 struct mun_err *e)
{
	struct look l;
	int rc = look_at(p, t->start, MUN_MMC_NO_SUB, &l, e);

	if (rc || (l.kind != LOOK_MODE1 && l.kind != LOOK_MODE2))
		return rc;
	mun_optical_note(p->o, "track %u is called audio and is data",
			 t->number);
	t->mode = l.kind == LOOK_MODE1 ? MUN_TRACK_DATA : MUN_TRACK_MODE2;
	t->xa = l.kind == LOOK_MODE2;
	return 0;
}

/* ---- the volume on a track ---- */

#define DESCRIPTOR 16

/*
 * ECMA-119, 8.4: 0 type, 1 "CD001", 80 volume space size.  In later sessions
 * some count it from the beginning of the disc; a volume that would otherwise
 * end behind its track is one of those.
 */
static void tell_volume(struct mun_optical_track *t, const uint8_t *user)
{
	int32_t end = t->start + (int32_t)t->sectors;
	uint32_t size = mun_le32(user + 80);

	if (memcmp(user, "\1CD001", 6) != 0 || !size ||
	    size > MUN_OPTICAL_LBA_MAX)
		return;
	if (t->start + (int32_t)size > end && (int32_t)size > t->start)
		t->volume_end = size;
	else
		t->volume_end = (uint32_t)t->start + size;
}

static int find_volume(struct probe *p, struct mun_optical_track *t,
		       struct mun_err *e)
{
	int32_t lba = t->start + DESCRIPTOR;
	enum mun_sector_end end;
	struct look l;
	int rc;

	if (t->sectors <= DESCRIPTOR)
		return 0;
	rc = look_at(p, lba, MUN_MMC_NO_SUB, &l, e);
	if (rc || l.kind == LOOK_UNREADABLE || l.kind == LOOK_REFUSED)
		return rc;
	end = mun_optical_judge(l.sector, t, lba);
	if (end == MUN_SECTOR_GOOD || end == MUN_SECTOR_CORRECTED)
		tell_volume(t, l.sector + mun_optical_user(l.sector));
	return 0;
}

static int find_modes(struct probe *p, struct mun_err *e)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < p->o->ntracks; i++) {
		struct mun_optical_track *t = &p->o->tracks[i];

		if (t->mode == MUN_TRACK_AUDIO)
			rc = confirm_audio(p, t, e);
		else
			rc = find_mode(p, t, e);
		if (!rc && t->mode != MUN_TRACK_AUDIO)
			rc = find_volume(p, t, e);
	}
	return rc;
}

/* ---- pregaps ---- */

static unsigned int number_of(uint8_t v, bool bcd)
{
	return bcd && mun_cd_is_bcd(v) ? mun_cd_from_bcd(v) : v;
}

static int32_t time_of(const uint8_t *q, bool bcd)
{
	return (int32_t)((number_of(q[0], bcd) * 60 + number_of(q[1], bcd)) *
				 75 +
			 number_of(q[2], bcd)) -
	       (int32_t)MUN_CD_LEAD;
}

/*
 * Q as READ CD gives it: 0 control and ADR, 1 track, 2 index, 3 time in the
 * track, 7 time on the disc; in BCD, from some drives in binary.  What is not
 * of the sector that was asked for is not believed.
 */
static bool read_q(const uint8_t *q, int32_t lba, unsigned int *track,
		   unsigned int *index)
{
	bool bcd = time_of(q + 7, true) == lba;

	if (!bcd && time_of(q + 7, false) != lba)
		return false;
	*track = number_of(q[1], bcd);
	*index = number_of(q[2], bcd);
	return true;
}

/* Is the sector of the pause before track @n?  Of those whose Q tells MCN or
 * ISRC (one in a hundred) the next one is asked. */
static int in_pause(struct probe *p, unsigned int n, int32_t lba, bool *yes,
		    struct mun_err *e)
{
	unsigned int track = 0;
	unsigned int index = 1;
	struct look l;

	*yes = false;
	for (int i = 0; i < 3; i++) {
		const uint8_t *q = l.sector + 2352;
		int rc = look_at(p, lba + i, MUN_MMC_SUB_Q, &l, e);

		if (rc)
			return rc;
		if (l.kind == LOOK_REFUSED)
			p->no_q = true;
		if (l.kind == LOOK_REFUSED || l.kind == LOOK_UNREADABLE)
			return 0;
		if ((q[0] & 15) != 1)
			continue;
		p->no_q = !read_q(q, lba + i, &track, &index);
		*yes = !p->no_q && track == n && index == 0;
		return 0;
	}
	return 0;
}

/* Is it of the kind of the track after it, which the one before is not? */
static int is_of_kind(struct probe *p, bool audio, int32_t lba, bool *yes,
		      struct mun_err *e)
{
	struct look l;
	int rc = look_at(p, lba, MUN_MMC_NO_SUB, &l, e);

	*yes = !rc && l.kind != LOOK_UNREADABLE && l.kind != LOOK_REFUSED &&
	       (l.kind == LOOK_AUDIO) == audio;
	return rc;
}

static bool is_same_kind(const struct mun_optical_track *t)
{
	return (t->mode == MUN_TRACK_AUDIO) == (t[-1].mode == MUN_TRACK_AUDIO);
}

static int belongs(struct probe *p, const struct mun_optical_track *t,
		   uint32_t before, bool *yes, struct mun_err *e)
{
	int32_t lba = t->start - (int32_t)before;

	if (is_same_kind(t))
		return in_pause(p, t->number, lba, yes, e);
	return is_of_kind(p, t->mode == MUN_TRACK_AUDIO, lba, yes, e);
}

/* Where to look next, if the pause has @low sectors or more and less than
 * @high: two seconds are usual. */
static uint32_t next_look(uint32_t low, uint32_t high)
{
	uint32_t next = low + (high - low) / 2;

	if (low == 1 && high > MUN_CD_LEAD)
		next = MUN_CD_LEAD;
	else if (low == MUN_CD_LEAD)
		next = low + 1;
	return next;
}

/*
 * The largest distance that still belongs to the track: all nearer ones do.  A
 * pause of two seconds, the usual one, is found with three looks.
 */
static int find_pregap(struct probe *p, struct mun_optical_track *t,
		       struct mun_err *e)
{
	bool by_q = is_same_kind(t);
	uint32_t high = t[-1].sectors;
	uint32_t next = 1;
	uint32_t low = 0;

	while (low + 1 < high && !(by_q && p->no_q)) {
		bool yes;
		int rc = belongs(p, t, next, &yes, e);

		if (rc)
			return rc;
		if (yes)
			low = next;
		else
			high = next;
		if (low)
			next = next_look(low, high);
	}
	if (by_q && p->no_q)
		return 0;
	t->pregap = low;
	t[-1].sectors -= low;
	return 0;
}

/* Before track 1 there may be music that no table of contents tells of. */
static int find_hidden(struct probe *p, struct mun_err *e)
{
	struct mun_optical_track *t = &p->o->tracks[0];
	const int32_t places[] = { 0, t->start / 2, t->start - 1 };
	struct look l;

	for (size_t i = 0; t->start && i < MUN_COUNT(places); i++) {
		int rc = look_at(p, places[i], MUN_MMC_NO_SUB, &l, e);

		if (rc)
			return rc;
		if (l.kind != LOOK_REFUSED)
			continue;
		t->unread_pregap = (uint32_t)t->start;
		mun_optical_note(p->o,
				 "the drive does not read the %d sectors "
				 "before track %u",
				 (int)t->start, t->number);
		return 0;
	}
	t->pregap = (uint32_t)t->start;
	return 0;
}

static int find_pregaps(struct probe *p, struct mun_err *e)
{
	int rc = find_hidden(p, e);

	for (unsigned int i = 1; !rc && i < p->o->ntracks; i++)
		if (p->o->tracks[i].session == p->o->tracks[i - 1].session)
			rc = find_pregap(p, &p->o->tracks[i], e);
	if (!rc && p->no_q)
		mun_optical_note(p->o, "the drive does not give Q: pauses "
				       "between tracks of one kind were not "
				       "looked for");
	return rc;
}

/* ---- does the drive give raw sectors at all? ---- */

#define ASC_UNKNOWN_COMMAND 0x20
#define ASC_UNKNOWN_FIELD 0x24

static int try_raw(struct probe *p, struct mun_err *e)
{
	uint8_t sector[2352];
	struct mun_mmc m;
	int rc = mun_mmc_read_cd(p->t, MUN_MMC_ANY, p->o->tracks[0].start, 1,
				 MUN_MMC_NO_SUB, sector, &m, e);

	if (!rc)
		p->o->cooked = m.end == MUN_MMC_REFUSED &&
			       (m.sense.asc == ASC_UNKNOWN_COMMAND ||
				m.sense.asc == ASC_UNKNOWN_FIELD);
	return rc;
}

static int without_raw(struct mun_optical *o, struct mun_err *e)
{
	if (o->ntracks != 1 || o->tracks[0].mode == MUN_TRACK_AUDIO ||
	    o->tracks[0].start != 0)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the drive does not read raw sectors, and this "
				"disc cannot be kept without them; take "
				"another drive");
	mun_optical_note(o, "the drive does not read raw sectors: what its own "
			    "check passed is taken for good");
	return 0;
}

int mun_optical_probe(struct mun_transport *t, struct mun_optical *o,
		      struct mun_err *e)
{
	struct probe p = { .t = t, .o = o };
	int rc = try_raw(&p, e);

	if (rc)
		return rc;
	if (o->cooked)
		return without_raw(o, e);
	rc = find_modes(&p, e);
	return rc ? rc : find_pregaps(&p, e);
}
