/* SPDX-License-Identifier: Apache-2.0 */
/*
 * medium/optical_reader.c - the sectors of a disc, as its form wants them
 *
 * A request is divided where data of one track end, or audio does; each piece is
 * one command (of audio: as many as it takes until it is in its place).
 */
#include "core/check.h"
#include "image/cdsector.h"
#include "image/disc.h"
#include "medium/mmc.h"
#include "medium/optical.h"
#include "medium/optical_ask.h"
#include "medium/optical_audio.h"
#include "medium/optical_sector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* With what overlaps below 64 KiB, which is what every bridge takes. */
#define CD_SECTORS 20u
#define COOKED_SECTORS 32u
#define COOKED 2048u

#define SET_CD_SPEED 0xbb
/* kB/s; a slow spin reads what a fast one does not. */
#define GENTLE_CD 706u /* fourfold */
#define GENTLE_DVD 2770u /* twofold */
#define FULL 0xffffu

struct optical_reader {
	struct mun_reader reader;
	struct mun_transport *t; /* borrowed */
	const struct mun_optical *o; /* borrowed */
	struct mun_audio audio;
	uint8_t *raw; /* CD_SECTORS whole sectors */
	bool gentle; /* the drive was told to turn slowly */
};

/* The part of a request that is one command. */
struct piece {
	const struct mun_optical_track *t; /* NULL: cooked */
	int32_t lba;
	uint32_t n;
	uint64_t off; /* of the image, bytes */
	uint8_t *out;
	uint8_t *states; /* one each; never NULL */
};

/* ---- replies ---- */

static void set_failed(const struct optical_reader *r, const struct piece *p,
		       const struct mun_mmc *m, struct mun_read_reply *reply)
{
	const struct mun_sense *s = &m->sense;
	int64_t bad = (int64_t)s->info - p->lba;

	reply->end = m->end == MUN_MMC_AWAY ? MUN_REPLY_GONE : MUN_REPLY_FAILED;
	reply->sys = m->sys;
	reply->key = s->key;
	reply->asc = s->asc;
	reply->ascq = s->ascq;
	if (reply->end == MUN_REPLY_FAILED && m->end == MUN_MMC_UNREADABLE &&
	    s->has_info && bad >= 0 && bad < (int64_t)p->n) {
		reply->has_bad_off = true;
		reply->bad_off =
			p->off + (uint64_t)bad * r->reader.sector_bytes;
	}
}

/* ---- data ---- */

static void judge_all(const struct optical_reader *r, const struct piece *p,
		      uint8_t *raw)
{
	for (uint32_t i = 0; i < p->n; i++) {
		uint8_t *sector = raw + (size_t)i * MUN_CD_RAW;

		p->states[i] = (uint8_t)mun_optical_judge(sector, p->t,
							  p->lba + (int32_t)i);
		if (r->o->form == MUN_OPTICAL_AS_ISO)
			memcpy(p->out + (size_t)i * COOKED,
			       sector + mun_optical_user(sector), COOKED);
	}
	if (r->o->form == MUN_OPTICAL_AS_BIN)
		memcpy(p->out, raw, (size_t)p->n * MUN_CD_RAW);
}

/* Audio among data has nothing by which to know its place. */
static void doubt_all(const struct optical_reader *r, const struct piece *p,
		      const uint8_t *raw)
{
	memset(p->states, MUN_SECTOR_DOUBTFUL, p->n);
	if (r->o->form == MUN_OPTICAL_AS_BIN)
		memcpy(p->out, raw, (size_t)p->n * MUN_CD_RAW);
	else
		memset(p->out, 0, (size_t)p->n * COOKED);
}

static int read_data(struct optical_reader *r, const struct piece *p,
		     struct mun_mmc *m, struct mun_err *e)
{
	int rc = mun_mmc_read_cd(r->t, MUN_MMC_ANY, p->lba, p->n,
				 MUN_MMC_NO_SUB, r->raw, m, e);

	if (!rc && m->end == MUN_MMC_DONE)
		judge_all(r, p, r->raw);
	if (rc || m->end != MUN_MMC_WRONG_MODE ||
	    r->o->form == MUN_OPTICAL_AS_ISO)
		return rc;
	rc = mun_mmc_read_cd(r->t, MUN_MMC_CDDA, p->lba, p->n, MUN_MMC_NO_SUB,
			     r->raw, m, e);
	if (!rc && m->end == MUN_MMC_DONE)
		doubt_all(r, p, r->raw);
	return rc;
}

/* ---- audio ---- */

/* All audio without a gap around a track, which may be read to overlap. */
static struct mun_audio_area area_of(const struct mun_optical *o,
				     const struct mun_optical_track *t)
{
	const struct mun_optical_track *first = t;
	const struct mun_optical_track *last = t;

	while (first > o->tracks && first[-1].mode == MUN_TRACK_AUDIO &&
	       first[-1].session == t->session)
		first--;
	while (last + 1 < o->tracks + o->ntracks &&
	       last[1].mode == MUN_TRACK_AUDIO && last[1].session == t->session)
		last++;
	return (struct mun_audio_area){
		.first = first->start - (int32_t)first->pregap,
		.end = last->start + (int32_t)last->sectors,
	};
}

static bool any_sync(const uint8_t *raw, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (mun_cd_has_sync(raw + (size_t)i * MUN_CD_RAW))
			return true;
	return false;
}

static int read_audio(struct optical_reader *r, const struct piece *p,
		      struct mun_mmc *m, struct mun_err *e)
{
	struct mun_audio_area area = area_of(r->o, p->t);
	int rc = mun_audio_read(&r->audio, &area, p->lba, p->n, p->out,
				p->states, m, e);

	if (rc || m->end != MUN_MMC_WRONG_MODE)
		return rc;
	/* Data among audio: before the first track of some discs. */
	rc = mun_mmc_read_cd(r->t, MUN_MMC_ANY, p->lba, p->n, MUN_MMC_NO_SUB,
			     r->raw, m, e);
	if (rc || m->end != MUN_MMC_DONE)
		return rc;
	if (any_sync(r->raw, p->n))
		judge_all(r, p, r->raw);
	else
		doubt_all(r, p, r->raw);
	return 0;
}

/* ---- pieces ---- */

static int read_cooked(struct optical_reader *r, const struct piece *p,
		       struct mun_mmc *m, struct mun_err *e)
{
	memset(p->states, MUN_SECTOR_GOOD, p->n);
	return mun_mmc_read(r->t, (uint32_t)p->lba, (uint16_t)p->n, p->out, m,
			    e);
}

static int read_piece(struct optical_reader *r, const struct piece *p,
		      struct mun_mmc *m, struct mun_err *e)
{
	if (!p->t)
		return read_cooked(r, p, m, e);
	return p->t->mode == MUN_TRACK_AUDIO ? read_audio(r, p, m, e)
					     : read_data(r, p, m, e);
}

static bool is_cooked(const struct optical_reader *r)
{
	return r->o->cooked || r->o->kind != MUN_OPTICAL_CD;
}

/* The track that holds an LBA of the image, and how many sectors from there on
 * are read as one: audio goes on from track to track. */
static const struct mun_optical_track *track_at(const struct mun_optical *o,
						int32_t lba, uint32_t *left)
{
	for (unsigned int i = 0; i < o->ntracks; i++) {
		const struct mun_optical_track *t = &o->tracks[i];
		int32_t end = t->start + (int32_t)t->sectors;

		if (lba < t->start - (int32_t)t->pregap || lba >= end)
			continue;
		if (t->mode == MUN_TRACK_AUDIO)
			end = area_of(o, t).end;
		*left = (uint32_t)(end - lba);
		return t;
	}
	*left = 0;
	return NULL;
}

static struct piece first_piece(const struct optical_reader *r, uint8_t *out,
				uint8_t *states, uint32_t n, uint64_t off)
{
	struct piece p = {
		.lba = mun_optical_lba(r->o, off),
		.n = n,
		.off = off,
		.out = out,
		.states = states,
	};
	uint32_t left;

	if (is_cooked(r)) {
		p.n = MUN_MIN(n, COOKED_SECTORS);
		return p;
	}
	p.t = track_at(r->o, p.lba, &left);
	p.n = MUN_MIN(MUN_MIN(n, left), CD_SECTORS);
	return p;
}

static void settle(struct mun_read_reply *reply, const uint8_t *states,
		   uint32_t n)
{
	reply->end = MUN_REPLY_ALL;
	for (uint32_t i = 0; i < n; i++)
		if (states[i] != MUN_SECTOR_GOOD)
			reply->end = MUN_REPLY_MIXED;
	if (reply->end == MUN_REPLY_ALL)
		return;
	if (reply->states)
		memcpy(reply->states, states, n);
	else
		reply->end = MUN_REPLY_FAILED;
}

static int optical_read(struct mun_reader *reader, void *buf, size_t len,
			uint64_t off, struct mun_read_reply *reply,
			struct mun_err *e)
{
	struct optical_reader *r = (struct optical_reader *)reader;
	uint32_t sector = reader->sector_bytes;
	uint8_t states[COOKED_SECTORS];
	uint32_t n = (uint32_t)(len / sector);
	uint32_t done = 0;

	if (len % sector || off % sector || off >= reader->bytes ||
	    len > reader->bytes - off || n > COOKED_SECTORS)
		return mun_fail(e, MUN_EINVAL, "%zu bytes at %llu", len,
				(unsigned long long)off);
	*reply = (struct mun_read_reply){ .states = reply->states };
	while (done < n) {
		struct piece p = first_piece(
			r, (uint8_t *)buf + (size_t)done * sector,
			states + done, n - done, off + (uint64_t)done * sector);
		struct mun_mmc m;
		int rc = read_piece(r, &p, &m, e);

		if (rc)
			return rc;
		if (m.end != MUN_MMC_DONE) {
			set_failed(r, &p, &m, reply);
			return 0;
		}
		done += p.n;
	}
	settle(reply, states, n);
	return 0;
}

/* ---- the drive again ---- */

/* The disc must say the same of itself as it did. */
static int same_disc(struct optical_reader *r, struct mun_err *e)
{
	mun_auto(optical) *now = NULL;
	char then_toc[65];
	char now_toc[65];
	int rc = mun_optical_glance(r->t, &now, e);

	if (!rc)
		rc = mun_optical_toc_digest(r->o, then_toc, e);
	if (!rc)
		rc = mun_optical_toc_digest(now, now_toc, e);
	if (rc)
		return rc;
	if (strcmp(then_toc, now_toc) != 0)
		return mun_fail(e, MUN_EINVAL,
				"another disc is in the drive: its table of "
				"contents differs");
	return 0;
}

static int optical_reopen(struct mun_reader *reader, struct mun_err *e)
{
	struct optical_reader *r = (struct optical_reader *)reader;
	int rc = mun_mmc_ready(r->t, e);

	r->audio.held.n = 0;
	/* A tray that is open or empty may be closed again. */
	if (rc == MUN_EINVAL)
		return mun_fail(e, MUN_EIO, "no disc in the drive");
	if (!rc)
		rc = same_disc(r, e);
	/* What cannot be opened at all is not the disc that could. */
	if (rc == MUN_ECORRUPT || rc == MUN_EUNSUPPORTED)
		rc = mun_fail(e, MUN_EINVAL, "another disc is in the drive");
	return rc;
}

static void optical_gently(struct mun_reader *reader, bool on)
{
	struct optical_reader *r = (struct optical_reader *)reader;
	unsigned int speed =
		!on ? FULL
		    : (r->o->kind == MUN_OPTICAL_CD ? GENTLE_CD : GENTLE_DVD);
	uint8_t cdb[12] = { SET_CD_SPEED,   0,    (uint8_t)(speed >> 8),
			    (uint8_t)speed, 0xff, 0xff };
	struct mun_mmc m;
	struct mun_err e;

	if (on == r->gentle)
		return;
	r->gentle = on;
	/* A drive that does not know it reads as it likes. */
	(void)!mun_mmc_run(r->t, cdb, NULL, 0, &m, &e);
}

static void optical_close(struct mun_reader *reader)
{
	struct optical_reader *r = (struct optical_reader *)reader;

	mun_audio_clear(&r->audio);
	free(r->raw);
	free(r);
}

static const struct mun_reader_ops reader_ops = {
	.read = optical_read,
	.reopen = optical_reopen,
	.gently = optical_gently,
	.close = optical_close,
};

int mun_optical_reader(struct mun_transport *t, const struct mun_optical *o,
		       struct mun_reader **out, struct mun_err *e)
{
	struct optical_reader *r = calloc(1, sizeof(*r));
	uint32_t sector = mun_optical_sector_bytes(o);
	int rc;

	if (!r)
		return mun_fail_nomem(e, "reader of a disc");
	r->reader.ops = &reader_ops;
	r->t = t;
	r->o = o;
	r->reader.bytes = mun_optical_sectors(o) * sector;
	r->reader.sector_bytes = sector;
	r->reader.align = 1;
	r->reader.max_bytes =
		sector * (is_cooked(r) ? COOKED_SECTORS : CD_SECTORS);
	r->raw = malloc((size_t)CD_SECTORS * MUN_CD_RAW);
	rc = mun_audio_init(&r->audio, t, e);
	if (!rc && !r->raw)
		rc = mun_fail_nomem(e, "reader of a disc");
	if (rc) {
		optical_close(&r->reader);
		return rc;
	}
	*out = &r->reader;
	return 0;
}
