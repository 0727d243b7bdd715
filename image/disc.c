/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/disc.c - a disc of sessions and tracks: how it is put together
 *
 * The runs that a driver gives are divided until each is of one kind: pregap or
 * not, whole or lost.  After that a place in any view is a run and a number.
 */
#include "image/disc.h"

#include "core/check.h"
#include "image/driver.h"

#include <stdlib.h>
#include <string.h>

/* More than any sheet of bounded size can name. */
#define RUNS_MAX 65536u

int mun_disc_new(struct mun_disc **out, struct mun_err *e)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : mun_fail_nomem(e, "disc");
}

void mun_disc_free(struct mun_disc *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->nsources; i++)
		mun_source_close(d->sources[i]);
	free(d->sources);
	free(d->runs);
	mun_source_close(d->sub);
	free(d->cdtext);
	free(d);
}

/* Room for one more at the end of an array that doubles. */
static void *grow(void *array, size_t n, size_t size)
{
	if (n & (n - 1))
		return array;
	return reallocarray(array, n ? 2 * n : 1, size);
}

int mun_disc_own(struct mun_disc *d, struct mun_source *src, struct mun_err *e)
{
	struct mun_source **list =
		grow(d->sources, d->nsources, sizeof(struct mun_source *));

	if (!list) {
		mun_source_close(src);
		return mun_fail_nomem(e, "sources of a disc");
	}
	d->sources = list;
	list[d->nsources++] = src;
	return 0;
}

int mun_disc_add_run(struct mun_disc *d, const struct mun_disc_run *run,
		     struct mun_err *e)
{
	struct mun_disc_run *list;

	if (run->sectors == 0)
		return 0;
	if (d->nruns >= RUNS_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"more than %u pieces of tracks", RUNS_MAX);
	list = grow(d->runs, d->nruns, sizeof(*list));
	if (!list)
		return mun_fail_nomem(e, "pieces of tracks");
	d->runs = list;
	list[d->nruns++] = *run;
	return 0;
}

int mun_disc_add_track(struct mun_image *img, const struct mun_track *track,
		       struct mun_err *e)
{
	struct mun_track *list;

	if (img->ntracks >= MUN_CD_TRACKS)
		return mun_fail(e, MUN_ECORRUPT, "more than %u tracks",
				MUN_CD_TRACKS);
	list = grow(img->tracks, img->ntracks, sizeof(*list));
	if (!list)
		return mun_fail_nomem(e, "tracks");
	img->tracks = list;
	list[img->ntracks++] = *track;
	return 0;
}

/* ---- dividing ---- */

/* The part of @run from sector @i on, @n of them. */
static struct mun_disc_run part_of(const struct mun_disc_run *run, uint64_t i,
				   uint64_t n)
{
	struct mun_disc_run part = *run;

	part.off += i * run->stride;
	part.read_first += i;
	part.sectors = n;
	part.first += i;
	return part;
}

/* The whole sectors that the source has, one of which it has a part, and what
 * is lost. */
static int add_stored(struct mun_disc *d, const struct mun_disc_run *run,
		      uint64_t *missing, struct mun_err *e)
{
	uint64_t there = run->sectors;
	uint64_t left = 0;
	struct mun_disc_run part;
	uint32_t rest = 0;
	int rc;

	if (run->src) {
		if (run->off < run->src->size)
			left = run->src->size - run->off;
		there = MUN_MIN(left / run->stride, run->sectors);
		if (there < run->sectors)
			rest = (uint32_t)(left % run->stride);
	}
	part = part_of(run, 0, there);
	rc = mun_disc_add_run(d, &part, e);
	if (!rc && rest) {
		part = part_of(run, there++, 1);
		part.cut = true;
		rc = mun_disc_add_run(d, &part, e);
	}
	if (rc || there == run->sectors)
		return rc;
	part = part_of(run, there, run->sectors - there);
	part.lost = true;
	part.src = NULL;
	*missing += part.sectors;
	return mun_disc_add_run(d, &part, e);
}

/* Sub-channel and samples of other sizes are the driver's mistake. */
static int check_run(const struct mun_image *img,
		     const struct mun_disc_run *run, struct mun_err *e)
{
	uint64_t end;

	if (run->track >= img->ntracks || run->main_bytes == 0 ||
	    run->main_bytes > MUN_CD_RAW)
		return mun_fail(e, MUN_ECORRUPT,
				"sectors of %u bytes are none of a disc",
				run->main_bytes);
	if ((run->src || run->read) &&
	    run->stride < run->main_bytes + mun_sub_stored(run->sub))
		return mun_fail(e, MUN_ECORRUPT,
				"sectors of %u bytes every %u bytes",
				run->main_bytes, run->stride);
	if (ckd_mul(&end, run->sectors,
		    (uint64_t)MUN_MAX(run->stride, run->main_bytes)) ||
	    ckd_add(&end, end, run->off) || end > INT64_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"track %u is longer than any disc",
				img->tracks[run->track].number);
	return 0;
}

/*
 * The runs of one track, from @*at on: those of the pregap, then the others.
 * A run that holds some of both is divided.
 */
static int divide_track(struct mun_image *img, struct mun_disc *to,
			const struct mun_disc *from, size_t *at,
			unsigned int track, uint64_t *missing,
			struct mun_err *e)
{
	const struct mun_track *t = &img->tracks[track];
	uint64_t gap = t->pregap_stored;
	uint64_t all = 0;

	for (; *at < from->nruns && from->runs[*at].track == track; (*at)++) {
		const struct mun_disc_run *run = &from->runs[*at];
		uint64_t before = MUN_MIN(gap, run->sectors);
		struct mun_disc_run part = part_of(run, 0, before);
		int rc = check_run(img, run, e);

		part.pregap = true;
		if (!rc)
			rc = add_stored(to, &part, missing, e);
		part = part_of(run, before, run->sectors - before);
		if (!rc)
			rc = add_stored(to, &part, missing, e);
		if (rc)
			return rc;
		gap -= before;
		if (ckd_add(&all, all, run->sectors))
			all = UINT64_MAX;
	}
	if (all != t->pregap_stored + t->sectors)
		return mun_fail(e, MUN_ECORRUPT,
				"track %u has %llu sectors, and %llu are there",
				t->number,
				(unsigned long long)t->pregap_stored +
					t->sectors,
				(unsigned long long)all);
	return 0;
}

static int divide(struct mun_image *img, struct mun_disc *d, struct mun_err *e)
{
	struct mun_disc to = { .nruns = 0 };
	uint64_t missing = 0;
	size_t at = 0;
	int rc = 0;

	for (unsigned int i = 0; i < img->ntracks && !rc; i++)
		rc = divide_track(img, &to, d, &at, i, &missing, e);
	if (!rc && at < d->nruns)
		rc = mun_fail(e, MUN_ECORRUPT, "pieces of no track");
	if (rc) {
		free(to.runs);
		return rc;
	}
	free(d->runs);
	d->runs = to.runs;
	d->nruns = to.nruns;
	if (missing)
		mun_image_note(img,
			       "%llu sectors are missing at the end of a "
			       "file",
			       (unsigned long long)missing);
	return 0;
}

/* ---- placing ---- */

static int place(struct mun_image *img, struct mun_disc *d, struct mun_err *e)
{
	uint64_t raw = 0;
	bool sub = d->sub;

	for (size_t i = 0; i < d->nruns; i++) {
		struct mun_disc_run *run = &d->runs[i];
		uint64_t bytes = run->sectors * run->main_bytes;

		run->first = d->sectors;
		run->raw = raw;
		sub |= run->sub != MUN_SUB_NONE;
		d->sectors += run->sectors;
		if (ckd_add(&raw, raw, bytes) || raw > INT64_MAX)
			return mun_fail(e, MUN_ECORRUPT,
					"the tracks are longer than any disc");
	}
	img->raw_bytes = raw;
	if (sub)
		img->sub_bytes = d->sectors * MUN_CD_SUB;
	return 0;
}

bool mun_disc_user_off(const struct mun_image *img,
		       const struct mun_disc_run *run, uint32_t *off)
{
	enum mun_track_mode mode = img->tracks[run->track].mode;

	*off = 0;
	if (mode == MUN_TRACK_AUDIO)
		return false;
	if (run->main_bytes == 2048)
		return true;
	if (run->main_bytes == MUN_CD_RAW) {
		*off = mode == MUN_TRACK_MODE2 ? 24 : 16;
		return true;
	}
	*off = 8;
	return run->main_bytes == 2336 && mode == MUN_TRACK_MODE2;
}

/* See struct mun_disc. */
static bool is_cooked(const struct mun_image *img, const struct mun_disc *d)
{
	if (img->ntracks != 1 || img->tracks[0].mode == MUN_TRACK_AUDIO ||
	    img->tracks[0].sectors == 0)
		return false;
	for (size_t i = 0; i < d->nruns; i++) {
		uint32_t bytes = d->runs[i].main_bytes;

		if (bytes != 2048 && (bytes != MUN_CD_RAW ||
				      img->tracks[0].mode != MUN_TRACK_DATA))
			return false;
	}
	return true;
}

static void set_sizes(struct mun_image *img, struct mun_disc *d)
{
	const struct mun_track *t = &img->tracks[0];

	img->medium = MUN_MEDIUM_OPTICAL;
	d->cooked = is_cooked(img, d);
	if (d->cooked) {
		d->cooked_first = t->pregap_stored;
		img->sector_bytes = 2048;
		img->bytes = t->sectors * 2048;
	} else {
		img->sector_bytes = d->runs[0].main_bytes;
		img->bytes = img->raw_bytes;
	}
	if (d->cooked && t->pregap_stored)
		mun_image_note(img,
			       "%u sectors of pregap are in the raw view "
			       "only",
			       t->pregap_stored);
}

/* ---- which sectors have an EDC ---- */

/*
 * Subheaders stand twice, and none is all zeros in a sector with data.  A track
 * of Mode 2 without them would have to be alike twice by chance.
 */
static int has_subheaders(struct mun_image *img, const struct mun_disc_run *run,
			  bool *out, struct mun_err *e)
{
	const uint64_t look[] = { 0, 1, 16, 17, run->sectors - 1 };
	size_t skip = run->main_bytes - 2336;
	uint8_t sector[MUN_CD_RAW];

	for (size_t i = 0; i < MUN_COUNT(look) && !*out; i++) {
		const uint8_t *p = sector + skip;
		int rc;

		if (look[i] >= run->sectors)
			continue;
		rc = mun_disc_fetch(img, run, MUN_DISC_RAW, look[i], 1, sector,
				    e);
		if (rc)
			return rc;
		*out = memcmp(p, p + 4, 4) == 0 && (p[0] | p[1] | p[2] | p[3]);
	}
	return 0;
}

/* A piece of silence between data or a lost one has nothing to be checked. */
static void choose_edc(const struct mun_image *img, struct mun_disc_run *run)
{
	enum mun_track_mode mode = img->tracks[run->track].mode;

	run->edc = MUN_DISC_EDC_NONE;
	if ((!run->src && !run->read) || mode == MUN_TRACK_AUDIO)
		return;
	if (run->main_bytes == MUN_CD_RAW)
		run->edc = mode == MUN_TRACK_MODE2 ? MUN_DISC_EDC_MODE2
						   : MUN_DISC_EDC_MODE1;
	else if (run->main_bytes == 2336 && mode == MUN_TRACK_MODE2)
		run->edc = MUN_DISC_EDC_FORMS;
}

static int choose_edcs(struct mun_image *img, struct mun_disc *d,
		       struct mun_err *e)
{
	bool xa[MUN_CD_TRACKS] = { false };
	int rc = 0;

	for (size_t i = 0; i < d->nruns && !rc; i++) {
		struct mun_disc_run *run = &d->runs[i];

		choose_edc(img, run);
		if (run->edc > MUN_DISC_EDC_MODE1 && !run->pregap &&
		    !run->cut && !xa[run->track])
			rc = has_subheaders(img, run, &xa[run->track], e);
	}
	for (size_t i = 0; i < d->nruns && !rc; i++)
		d->runs[i].xa = xa[d->runs[i].track];
	return rc;
}

/* "2 sessions, 3 tracks (1 of data, 2 of audio)" */
static void tell_tracks(struct mun_image *img)
{
	unsigned int sessions = img->tracks[img->ntracks - 1].session;
	size_t audio = 0;

	for (size_t i = 0; i < img->ntracks; i++)
		audio += img->tracks[i].mode == MUN_TRACK_AUDIO;
	if (sessions > 1)
		mun_image_variant(img, "%u sessions", sessions);
	if (img->ntracks == 1)
		mun_image_variant(img, "1 track of %s",
				  audio ? "audio" : "data");
	else if (audio == 0 || audio == img->ntracks)
		mun_image_variant(img, "%zu tracks of %s", img->ntracks,
				  audio ? "audio" : "data");
	else
		mun_image_variant(img, "%zu tracks (%zu of data, %zu of audio)",
				  img->ntracks, img->ntracks - audio, audio);
}

int mun_disc_done(struct mun_image *img, struct mun_disc *d, struct mun_err *e)
{
	int rc;

	img->disc = d;
	if (img->ntracks == 0)
		return mun_fail(e, MUN_ECORRUPT, "no track");
	rc = divide(img, d, e);
	if (!rc)
		rc = place(img, d, e);
	if (!rc && d->nruns == 0)
		rc = mun_fail(e, MUN_ECORRUPT, "no sector in any track");
	if (rc)
		return rc;
	set_sizes(img, d);
	tell_tracks(img);
	rc = choose_edcs(img, d, e);
	return rc ? rc : mun_disc_tell_volume(img, e);
}
