/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_toc.c - a toc file of cdrdao, and the files that it names
 *
 * A track is put together from pieces of files and silence, down to single
 * samples.  Audio in raw files is big-endian, in WAVE files little-endian.
 */
#include "image/image.h"

#include "core/check.h"
#include "image/disc.h"
#include "image/disc_join.h"
#include "image/driver.h"
#include "image/fmt_toc.h"

#include <stdlib.h>
#include <string.h>

/* ---- is it one? ---- */

static bool is_mode(const struct mun_toc_lexer *l)
{
	static const char *const modes[] = {
		"AUDIO",     "MODE1",       "MODE1_RAW",   "MODE2",
		"MODE2_RAW", "MODE2_FORM1", "MODE2_FORM2", "MODE2_FORM_MIX",
	};

	for (size_t i = 0; i < MUN_COUNT(modes); i++)
		if (mun_toc_is(l, modes[i]))
			return true;
	return false;
}

static bool is_first(const struct mun_toc_lexer *l)
{
	static const char *const words[] = { "CD_DA", "CD_ROM",  "CD_ROM_XA",
					     "CD_I",  "CATALOG", "CD_TEXT",
					     "TRACK" };

	for (size_t i = 0; i < MUN_COUNT(words); i++)
		if (mun_toc_is(l, words[i]))
			return true;
	return false;
}

/* A track with a mode, after what may stand before it. */
static int toc_bid(struct mun_source *src, const char *file_name)
{
	char head[16 * 1024];
	struct mun_toc_lexer l = { .at = head, .line = 1 };
	bool track = false;
	struct mun_err e;

	(void)file_name;
	if (!mun_sheet_head(src, head, sizeof(head)) || mun_toc_next(&l, &e) ||
	    !is_first(&l))
		return MUN_BID_NO;
	while (l.now.kind != MUN_TOC_END) {
		if (track && is_mode(&l))
			return MUN_BID_CHECKED;
		track = mun_toc_is(&l, "TRACK");
		if (mun_toc_next(&l, &e))
			return MUN_BID_NO;
	}
	return MUN_BID_NO;
}

/* ---- pieces ---- */

struct builder {
	struct mun_toc *toc;
	struct mun_image *img;
	struct mun_disc *disc;
	struct mun_disc_files files;
	uint64_t lba;
};

static uint32_t block_of(const struct mun_toc_track *t)
{
	return t->track.sector_bytes + t->track.sub_bytes;
}

/* Where the bytes of @piece lie, and how many they are. */
static int locate(struct builder *b, const struct mun_toc_track *t,
		  const struct mun_toc_piece *piece, struct mun_join_part *part,
		  struct mun_err *e)
{
	bool audio = t->track.mode == MUN_TRACK_AUDIO;
	bool wave = audio && piece->name && mun_has_suffix(piece->name, "wav");
	uint64_t base = 0;
	uint64_t end;
	int rc;

	*part = (struct mun_join_part){ .bytes = piece->bytes };
	if (!piece->name)
		return 0;
	rc = mun_disc_files_open(&b->files, b->img, b->disc, piece->name,
				 &part->src, e);
	if (rc)
		return rc;
	end = part->src->size;
	if (wave) {
		rc = mun_wave_find(part->src, &base, &end, e);
		end = MUN_MIN(base + end, part->src->size);
	}
	if (rc)
		return mun_ctx(e, "'%s'", mun_show(piece->name).text);
	part->swap = audio && piece->swap == wave;
	if (ckd_add(&part->off, base, piece->skip) ||
	    ckd_add(&part->off, part->off, piece->start) || part->off > end ||
	    (part->off == end && !piece->bytes))
		return mun_fail(e, MUN_ECORRUPT,
				"track %u begins beyond the end of '%s'",
				t->track.number, mun_show(piece->name).text);
	if (!piece->bytes)
		part->bytes = end - part->off;
	return 0;
}

/* All in whole sectors: each is a run of its own. */
static int add_runs(struct builder *b, const struct mun_toc_track *t,
		    const struct mun_join_part *parts, struct mun_err *e)
{
	struct mun_disc_run run = {
		.stride = block_of(t),
		.main_bytes = t->track.sector_bytes,
		.sub = t->sub,
		.track = t->track.number - 1,
	};
	int rc = 0;

	for (size_t i = 0; i < t->npieces && !rc; i++) {
		run.src = parts[i].src;
		run.off = parts[i].off;
		run.swapped = parts[i].swap;
		run.sectors = parts[i].bytes / run.stride;
		rc = mun_disc_add_run(b->disc, &run, e);
	}
	return rc;
}

/* Sectors begin in one piece and end in another: the pieces become one. The
 * last sector is filled up with zeros. */
static int add_joined(struct builder *b, const struct mun_toc_track *t,
		      struct mun_join_part *parts, uint64_t bytes,
		      struct mun_err *e)
{
	uint32_t block = block_of(t);
	uint32_t pad = (uint32_t)(bytes % block ? block - bytes % block : 0);
	struct mun_disc_run run = {
		.sectors = bytes / block + (pad != 0),
		.stride = block,
		.main_bytes = t->track.sector_bytes,
		.sub = t->sub,
		.track = t->track.number - 1,
	};
	int rc;

	parts[t->npieces] = (struct mun_join_part){ .bytes = pad };
	if (pad)
		mun_image_note(b->img,
			       "the last sector of track %u is filled "
			       "up with %u zeros",
			       t->track.number, pad);
	rc = mun_join_new(parts, t->npieces + 1, &run.src, e);
	if (!rc)
		rc = mun_disc_own(b->disc, run.src, e);
	return rc ? rc : mun_disc_add_run(b->disc, &run, e);
}

/* @sectors of the whole track, @start of what is before its START. */
static int add_pieces(struct builder *b, const struct mun_toc_track *t,
		      uint64_t *sectors, uint64_t *start, struct mun_err *e)
{
	mun_autofree struct mun_join_part *parts =
		calloc(t->npieces + 1, sizeof(*parts));
	uint64_t block = block_of(t);
	uint64_t bytes = 0;
	uint64_t before = 0;
	bool whole = true;
	int rc = 0;

	if (!parts)
		return mun_fail_nomem(e, "pieces of tracks");
	for (size_t i = 0; i < t->npieces && !rc; i++) {
		rc = locate(b, t, &b->toc->pieces[t->first_piece + i],
			    &parts[i], e);
		whole &= parts[i].bytes % block == 0;
		if (i < t->start_pieces)
			before += parts[i].bytes;
		if (!rc && (ckd_add(&bytes, bytes, parts[i].bytes) ||
			    bytes > INT64_MAX / 2))
			rc = mun_fail(e, MUN_ECORRUPT,
				      "track %u is longer than any disc",
				      t->track.number);
	}
	if (rc)
		return rc;
	*sectors = bytes / block + (bytes % block != 0);
	*start = t->start;
	if (t->start_here)
		*start = before / block + (before % block != 0);
	return whole ? add_runs(b, t, parts, e)
		     : add_joined(b, t, parts, bytes, e);
}

/* ---- tracks ---- */

static int set_indexes(struct mun_toc_track *t, struct mun_err *e)
{
	for (size_t i = 0; i < t->nindex; i++) {
		if (t->index[i] >= t->track.sectors)
			return mun_fail(e, MUN_ECORRUPT,
					"an INDEX of track %u is beyond its "
					"end",
					t->track.number);
		t->track.indexes[i] = (uint32_t)t->index[i];
	}
	return 0;
}

static int add_track(struct builder *b, struct mun_toc_track *t,
		     struct mun_err *e)
{
	uint64_t sectors;
	uint64_t start;
	int rc = add_pieces(b, t, &sectors, &start, e);

	if (!rc && (start >= sectors || sectors > UINT32_MAX))
		rc = mun_fail(e, MUN_ECORRUPT,
			      "track %u of %llu sectors starts at %llu",
			      t->track.number, (unsigned long long)sectors,
			      (unsigned long long)start);
	if (rc)
		return rc;
	t->track.pregap_stored = (uint32_t)start;
	t->track.pregap = (uint32_t)(start + t->pregap);
	t->track.start = b->lba + t->track.pregap;
	t->track.sectors = sectors - start;
	b->lba = t->track.start + t->track.sectors;
	rc = set_indexes(t, e);
	if (!rc && t->cooked_sub)
		rc = mun_image_fact(b->img, MUN_FACT_LIMIT, "sub-channel", e,
				    "of track %u: packs of R to W, not as "
				    "they lie on a disc",
				    t->track.number);
	return rc ? rc : mun_disc_add_track(b->img, &t->track, e);
}

static int build(struct builder *b, struct mun_err *e)
{
	struct mun_disc *d;
	int rc = mun_disc_new(&b->disc, e);

	for (size_t i = 0; i < b->toc->ntracks && !rc; i++)
		rc = add_track(b, &b->toc->tracks[i], e);
	if (!rc && b->toc->type)
		rc = mun_image_fact(b->img, MUN_FACT_MADE, "type of disc", e,
				    "%s", b->toc->type);
	mun_disc_files_clear(&b->files);
	d = mun_steal(&b->disc);
	if (rc) {
		mun_disc_free(d);
		return rc;
	}
	memcpy(d->mcn, b->toc->mcn, sizeof(d->mcn));
	return mun_disc_done(b->img, d, e);
}

static int toc_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_toc *t = calloc(1, sizeof(*t));
	struct builder b = { .toc = t, .img = img };
	int rc;

	if (!t)
		return mun_fail_nomem(e, "toc file");
	rc = mun_toc_parse(t, img, e);
	if (!rc)
		rc = build(&b, e);
	mun_toc_clear(t);
	free(t);
	return rc;
}

const struct mun_image_driver mun_image_toc = {
	.name = "toc",
	.title = "cdrdao TOC with its files",
	.suffixes = "toc",
	.bid = toc_bid,
	.open = toc_open,
	.pread = mun_disc_pread,
	.next_extent = mun_disc_next_extent,
};
