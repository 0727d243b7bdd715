/* SPDX-License-Identifier: Apache-2.0 */
/* medium/optical_place.c - where a disc's sectors are in its image, and back */
#include "medium/optical.h"

#include "core/check.h"
#include "fixity/digest.h"
#include "image/disc.h"

#include <stdlib.h>
#include <string.h>

uint32_t mun_optical_sector_bytes(const struct mun_optical *o)
{
	return o->form == MUN_OPTICAL_AS_ISO ? 2048u : MUN_CD_RAW;
}

/* Sectors of a track that are in the image, and the first of them. */
static uint32_t held(const struct mun_optical_track *t, int32_t *first)
{
	*first = t->start - (int32_t)t->pregap;
	return t->pregap + t->sectors;
}

uint64_t mun_optical_sectors(const struct mun_optical *o)
{
	uint64_t all = 0;
	int32_t first;

	if (!o->ntracks)
		return o->sectors;
	for (unsigned int i = 0; i < o->ntracks; i++)
		all += held(&o->tracks[i], &first);
	return all;
}

int32_t mun_optical_lba(const struct mun_optical *o, uint64_t off)
{
	uint64_t i = off / mun_optical_sector_bytes(o);
	int32_t first = 0;

	if (!o->ntracks)
		return (int32_t)MUN_MIN(i, (uint64_t)INT32_MAX);
	for (unsigned int k = 0; k < o->ntracks; k++) {
		uint32_t n = held(&o->tracks[k], &first);

		if (i < n)
			return first + (int32_t)i;
		i -= n;
	}
	return o->leadout[o->sessions - 1];
}

bool mun_optical_off(const struct mun_optical *o, int32_t lba, uint64_t *off)
{
	uint64_t before = 0;

	if (!o->ntracks) {
		*off = (uint64_t)lba * mun_optical_sector_bytes(o);
		return lba >= 0 && (uint64_t)lba < o->sectors;
	}
	for (unsigned int k = 0; k < o->ntracks; k++) {
		int32_t first;
		uint32_t n = held(&o->tracks[k], &first);

		if (lba >= first && lba - first < (int32_t)n) {
			*off = (before + (uint64_t)(lba - first)) *
			       mun_optical_sector_bytes(o);
			return true;
		}
		before += n;
	}
	return false;
}

/* ---- run-out ---- */

#define LINKS 2
/* The pause before a track of audio, where its beginning was not found. */
#define PAUSE 150

/* LBA after the last sector of a track of data that was written as one. */
static bool written_end(const struct mun_optical *o, unsigned int i,
			int32_t *out)
{
	const struct mun_optical_track *t = &o->tracks[i];
	const struct mun_optical_track *next = t + 1;

	*out = t->start + (int32_t)t->sectors;
	if (i + 1 == o->ntracks || next->session != t->session)
		return true;
	if (next->mode != MUN_TRACK_AUDIO)
		return false;
	if (!next->pregap)
		*out -= PAUSE;
	return true;
}

bool mun_optical_runout(const struct mun_optical *o, uint64_t off)
{
	int32_t lba = mun_optical_lba(o, off);

	for (unsigned int i = 0; i < o->ntracks; i++) {
		const struct mun_optical_track *t = &o->tracks[i];
		int32_t end = 0;

		if (t->mode == MUN_TRACK_AUDIO || !t->volume_end ||
		    !written_end(o, i, &end))
			continue;
		if (lba >= end - LINKS && lba < end && lba > t->start &&
		    (int32_t)t->volume_end <= lba)
			return true;
	}
	return false;
}

/* ---- identity ---- */

int mun_optical_toc_digest(const struct mun_optical *o, char out[static 65],
			   struct mun_err *e)
{
	struct mun_digests d = { 0 };
	struct mun_str s = { 0 };
	int rc;

	/* Only what any drive tells alike. */
	mun_str_addf(&s, "%d %llu\n", (int)o->kind,
		     (unsigned long long)(o->ntracks ? 0 : o->sectors));
	for (unsigned int i = 0; i < o->ntracks; i++)
		mun_str_addf(&s, "%u %u %d %d\n", o->tracks[i].session,
			     o->tracks[i].number, o->tracks[i].control & 4,
			     (int)o->tracks[i].start);
	for (unsigned int i = 0; i < o->sessions; i++)
		mun_str_addf(&s, "%d\n", (int)o->leadout[i]);
	rc = s.failed ? mun_fail_nomem(e, "table of contents")
		      : mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA256), s.text,
					  s.len, &d, e);
	mun_str_free(&s);
	if (!rc)
		mun_hex(d.of[MUN_SHA256].bytes, 32, out);
	return rc;
}
