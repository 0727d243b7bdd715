/* SPDX-License-Identifier: Apache-2.0 */
/* medium/optical_audio.c - audio that is where it should be */
#include "medium/optical_audio.h"

#include "core/check.h"
#include "medium/reader.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLE 4u
/* Sectors that are read again before what is wanted, and after it. */
#define BEFORE 2
#define AFTER 2
/* ... and of those that are read already, when too few of them agreed. */
#define MORE 3
/* How often a place is read until it agrees with what is held; then, until two
 * readings of it agree. */
#define TRIES 5
#define TRIES_ANEW 3

int mun_audio_init(struct mun_audio *a, struct mun_transport *t,
		   struct mun_err *e)
{
	const size_t room = (size_t)MUN_AUDIO_MOST * MUN_AUDIO_SECTOR;

	*a = (struct mun_audio){ .t = t };
	a->held.data = malloc(room);
	a->now.data = malloc(room);
	return a->held.data && a->now.data
		       ? 0
		       : mun_fail_nomem(e, "samples of a disc");
}

void mun_audio_clear(struct mun_audio *a)
{
	free(a->held.data);
	free(a->now.data);
	*a = (struct mun_audio){ .t = NULL };
}

/* ---- comparing ---- */

static bool same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, SAMPLE) == 0;
}

/* The longest stretch of equal samples; of one value all along it counts only
 * where @any: it would fit at every distance. */
static int32_t longest(const uint8_t *a, const uint8_t *b, int32_t samples,
		       bool any)
{
	int32_t best = 0;
	int32_t run = 0;
	bool varied = any;

	for (int32_t i = 0; i < samples; i++, a += SAMPLE, b += SAMPLE) {
		if (!same(a, b)) {
			run = 0;
			varied = any;
			continue;
		}
		if (run && !same(a, a - SAMPLE))
			varied = true;
		run++;
		if (varied)
			best = MUN_MAX(best, run);
	}
	return best;
}

static int32_t run_at(const struct mun_audio_block *held,
		      const struct mun_audio_block *now, int32_t shift)
{
	const int32_t s = (int32_t)MUN_AUDIO_SAMPLES;
	/* In samples from the beginning of @held. */
	int32_t begin = (now->lba - held->lba) * s + shift;
	int32_t from = MUN_MAX(begin, 0);
	int32_t end =
		MUN_MIN((int32_t)held->n * s, begin + (int32_t)now->n * s);

	if (end - from < s)
		return 0;
	return longest(held->data + (size_t)from * SAMPLE,
		       now->data + (size_t)(from - begin) * SAMPLE, end - from,
		       shift == 0);
}

bool mun_audio_shift(const struct mun_audio_block *held,
		     const struct mun_audio_block *now, int32_t *shift)
{
	const int32_t enough = (int32_t)MUN_AUDIO_SAMPLES;
	unsigned int fits = 0;

	*shift = 0;
	if (!held->n || !now->n)
		return false;
	if (run_at(held, now, 0) >= enough)
		return true;
	/* A tone fits at each of its periods, which proves nothing. */
	for (int32_t s = -MUN_AUDIO_JITTER; s <= MUN_AUDIO_JITTER; s++) {
		if (run_at(held, now, s) < enough)
			continue;
		*shift = s;
		fits++;
	}
	return fits == 1;
}

/* ---- reading ---- */

static int read_block(struct mun_audio *a, int32_t first, int32_t end,
		      struct mun_mmc *how, struct mun_err *e)
{
	a->now.lba = first;
	a->now.n = (uint32_t)(end - first);
	return mun_mmc_read_cd(a->t, MUN_MMC_CDDA, first, a->now.n,
			       MUN_MMC_NO_SUB, a->now.data, how, e);
}

/* Take what is wanted out of what came, moved by @shift; false where it does
 * not reach. */
static bool place(const struct mun_audio_block *now, int32_t shift, int32_t lba,
		  uint32_t n, uint8_t *out)
{
	const int32_t s = (int32_t)MUN_AUDIO_SAMPLES;
	int32_t from = (lba - now->lba) * s - shift;
	int32_t len = (int32_t)n * s;

	if (from < 0 || from + len > (int32_t)now->n * s)
		return false;
	memcpy(out, now->data + (size_t)from * SAMPLE, (size_t)len * SAMPLE);
	return true;
}

static void hold(struct mun_audio *a, int32_t lba, uint32_t n,
		 const uint8_t *data)
{
	a->held.lba = lba;
	a->held.n = n;
	memcpy(a->held.data, data, (size_t)n * MUN_AUDIO_SECTOR);
}

static void swap(struct mun_audio *a)
{
	struct mun_audio_block held = a->held;

	a->held = a->now;
	a->now = held;
}

static bool overlaps(const struct mun_audio_block *held, int32_t first,
		     int32_t end)
{
	return held->n && MUN_MIN(held->lba + (int32_t)held->n, end) >
				  MUN_MAX(held->lba, first);
}

#define READINGS (TRIES + TRIES_ANEW)

/* A place that is being read. */
struct place {
	const struct mun_audio_area *area;
	int32_t lba;
	int32_t end;
	/* What is held was found in its place before; else it is a first
	 * reading of this one. */
	bool anchored;
	bool alone; /* what is around it cannot be read */
	/* Not anchored: how late each reading began, next to the first. */
	int32_t shifts[READINGS];
	size_t nshifts;
};

/* Where readings began that are not known to be in their place, two of them
 * have to have begun alike. */
static bool is_second(struct place *p, int32_t shift)
{
	for (size_t i = 0; i < p->nshifts; i++)
		if (p->shifts[i] == shift)
			return true;
	p->shifts[p->nshifts++] = shift;
	return false;
}

/* @apart: how late what comes out is, next to what is held. */
static bool agrees(const struct mun_audio *a, struct place *p, uint8_t *out,
		   int32_t *apart)
{
	uint32_t n = (uint32_t)(p->end - p->lba);
	int32_t shift;

	*apart = 0;
	if (!mun_audio_shift(&a->held, &a->now, &shift)) {
		p->nshifts = 0;
		return false;
	}
	if (p->anchored)
		return place(&a->now, shift, p->lba, n, out);
	*apart = shift;
	return is_second(p, shift) && place(&a->now, 0, p->lba, n, out);
}

/* The place and what overlaps; @more: another start each time, as a drive would
 * give what it has in its buffer. */
static int read_around(struct mun_audio *a, struct place *p, int more,
		       struct mun_mmc *how, struct mun_err *e)
{
	bool behind = a->held.n && a->held.lba > p->lba;
	int32_t first =
		MUN_MAX(p->area->first, p->lba - BEFORE - (behind ? 0 : more));
	int32_t end =
		MUN_MIN(p->area->end, p->end + AFTER + (behind ? more : 0));
	int rc = 0;

	if (!p->alone) {
		rc = read_block(a, first, end, how, e);
		p->alone = how->end == MUN_MMC_UNREADABLE;
	}
	if (!rc && p->alone)
		rc = read_block(a, p->lba, p->end, how, e);
	if (p->alone && !overlaps(&a->held, p->lba, p->end))
		p->anchored = false;
	return rc;
}

/* Sectors that were read before, and then were others. */
static void doubt_changed(const struct mun_audio *a, const struct place *p,
			  int32_t apart, const uint8_t *out, uint8_t *states)
{
	const int32_t s = (int32_t)MUN_AUDIO_SAMPLES;
	const int32_t all = (int32_t)a->held.n * s;

	for (int32_t i = p->lba; i < p->end; i++) {
		int32_t at = (i - a->held.lba) * s + apart;
		const uint8_t *now =
			out + (size_t)(i - p->lba) * MUN_AUDIO_SECTOR;

		if (at >= 0 && at + s <= all &&
		    memcmp(now, a->held.data + (size_t)at * SAMPLE,
			   MUN_AUDIO_SECTOR) != 0)
			states[i - p->lba] = MUN_SECTOR_DOUBTFUL;
	}
}

int mun_audio_read(struct mun_audio *a, const struct mun_audio_area *area,
		   int32_t lba, uint32_t n, uint8_t *out, uint8_t *states,
		   struct mun_mmc *how, struct mun_err *e)
{
	struct place p = { .area = area, .lba = lba, .end = lba + (int32_t)n };

	p.anchored = overlaps(&a->held, lba - BEFORE, p.end + AFTER);
	if (!p.anchored)
		a->held.n = 0;
	for (int i = 0; i < READINGS; i++) {
		int32_t apart;
		int rc = read_around(a, &p, i % (MORE + 1), how, e);

		if (rc || how->end != MUN_MMC_DONE)
			return rc;
		if (agrees(a, &p, out, &apart)) {
			memset(states, MUN_SECTOR_GOOD, n);
			doubt_changed(a, &p, apart, out, states);
			hold(a, lba, n, out);
			return 0;
		}
		/* As the best that there is, until another is better. */
		(void)place(&a->now, 0, lba, n, out);
		if (p.anchored && i + 1 < TRIES)
			continue;
		if (!p.anchored && p.nshifts)
			continue;
		/* What was held may itself be wrong: begin anew. */
		p.anchored = false;
		p.shifts[0] = 0;
		p.nshifts = 1;
		swap(a);
	}
	memset(states, MUN_SECTOR_DOUBTFUL, n);
	a->held.n = 0;
	return 0;
}
