/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_cue.c - a cue sheet, and the files of sectors that it names
 *
 * The sheet is the image; a file of sectors is read through it only.  Times in
 * it are counted from the beginning of each file, in sectors of whatever size
 * the tracks before have.
 */
#include "image/image.h"

#include "core/check.h"
#include "image/cdtext.h"
#include "image/companion.h"
#include "image/disc.h"
#include "image/disc_join.h"
#include "image/driver.h"
#include "image/fmt_cue.h"

#include <stdlib.h>
#include <string.h>

/* ---- is it one? ---- */

/* What a head has shown so far. */
struct seen {
	bool file;
	bool track;
	bool index;
};

static bool is_command(const char *word)
{
	static const char *const words[] = {
		"REM",        "CATALOG", "CDTEXTFILE", "FILE",
		"TITLE",      "PREGAP",  "POSTGAP",    "PERFORMER",
		"SONGWRITER", "FLAGS",   "ISRC",
	};

	for (size_t i = 0; i < MUN_COUNT(words); i++)
		if (mun_sheet_is(word, words[i]))
			return true;
	return false;
}

/* Does this line fit, after those before? */
static bool look_at(struct seen *s, char *line)
{
	const char *word = mun_sheet_word(&line);
	const char *arg;

	if (!word)
		return true;
	arg = mun_sheet_word(&line);
	if (mun_sheet_is(word, "FILE")) {
		s->file = true;
		return arg;
	}
	if (mun_sheet_is(word, "TRACK")) {
		s->track |= s->file && arg && *arg >= '0' && *arg <= '9';
		return s->track;
	}
	if (mun_sheet_is(word, "INDEX")) {
		s->index = s->track && arg && *arg >= '0' && *arg <= '9';
		return s->index;
	}
	return is_command(word);
}

static int cue_bid(struct mun_source *src, const char *file_name)
{
	char head[16 * 1024];
	struct mun_sheet sheet = { .text = head, .at = head };
	struct seen s = { .file = false };
	char *line;

	(void)file_name;
	if (!mun_sheet_head(src, head, sizeof(head)))
		return MUN_BID_NO;
	while (!s.index && (line = mun_sheet_line(&sheet)))
		if (!look_at(&s, line))
			return s.track ? MUN_BID_MAGIC : MUN_BID_NO;
	if (s.index)
		return MUN_BID_CHECKED;
	return s.file && s.track ? MUN_BID_MAGIC : MUN_BID_NO;
}

/* ---- the files ---- */

/* Samples need not fill the last sector: silence does. */
static int pad_wave(struct mun_cue_file *f, struct mun_disc *d,
		    struct mun_err *e)
{
	const struct mun_join_part parts[] = {
		{ .src = f->src, .bytes = f->bytes },
		{ .bytes = MUN_CD_RAW - f->bytes % MUN_CD_RAW },
	};
	struct mun_source *joined = NULL;
	int rc;

	if (f->bytes % MUN_CD_RAW == 0 || f->src->size != f->bytes)
		return 0;
	rc = mun_join_new(parts, MUN_COUNT(parts), &joined, e);
	if (rc)
		return rc;
	f->src = joined;
	f->bytes = joined->size;
	return mun_disc_own(d, joined, e);
}

static int open_wave(struct mun_cue_file *f, struct mun_disc *d,
		     struct mun_err *e)
{
	struct mun_source *samples = NULL;
	uint64_t off;
	int rc = mun_wave_find(f->src, &off, &f->bytes, e);

	if (!rc)
		rc = mun_source_slice(f->src, off,
				      MUN_MIN(f->bytes, f->src->size - off),
				      false, &samples, e);
	if (rc)
		return rc;
	f->src = samples;
	rc = mun_disc_own(d, samples, e);
	return rc ? rc : pad_wave(f, d, e);
}

/* @*kept: a file is not read, the image is kept as it is. */
static int open_file(struct mun_cue_file *f, struct mun_disc_files *files,
		     struct mun_image *img, struct mun_disc *d, bool *kept,
		     struct mun_err *e)
{
	int rc = mun_disc_files_open(files, img, d, f->name, &f->src, e);

	if (rc)
		return rc;
	f->bytes = f->src->size;
	if (f->coding == MUN_CUE_WAVE)
		rc = open_wave(f, d, e);
	if (f->coding == MUN_CUE_OTHER || rc == MUN_EUNSUPPORTED) {
		*kept = true;
		mun_image_preserve_only(img,
					"'%s' (%s) is audio in a coding "
					"that is not read",
					mun_show(f->name).text,
					mun_show(f->word).text);
		rc = 0;
	}
	return rc ? mun_ctx(e, "'%s'", mun_show(f->name).text) : 0;
}

static int open_files(struct mun_cue *c, struct mun_image *img,
		      struct mun_disc *d, bool *kept, struct mun_err *e)
{
	struct mun_disc_files files = { .n = 0 };
	int rc = 0;

	for (size_t i = 0; i < c->nfiles && !rc; i++) {
		size_t before = files.n;

		rc = open_file(&c->files[i], &files, img, d, kept, e);
		if (!rc && files.n == before)
			mun_image_note(img, "FILE '%s' is there twice",
				       mun_show(c->files[i].name).text);
	}
	mun_disc_files_clear(&files);
	return rc;
}

static int read_cdtext(const struct mun_cue *c, struct mun_image *img,
		       struct mun_disc *d, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	mun_autofree uint8_t *data = NULL;
	size_t len;
	int rc;

	if (!c->cdtext_file)
		return 0;
	rc = mun_companion_open(img->companions, c->cdtext_file, &src, e);
	if (rc)
		return rc;
	len = (size_t)MUN_MIN(src->size, (uint64_t)MUN_CDTEXT_MAX + 4);
	data = malloc(len + 1);
	if (!data)
		return mun_fail_nomem(e, "CD-TEXT");
	rc = mun_source_pread(src, data, len, 0, e);
	if (!rc)
		rc = mun_cdtext_take(img, d, data, len, e);
	if (rc)
		return mun_ctx(e, "'%s'", mun_show(c->cdtext_file).text);
	return mun_image_fact(img, MUN_FACT_PART, mun_show(c->cdtext_file).text,
			      e, "CD-TEXT");
}

/* ---- the tracks ---- */

static int add_run(struct mun_cue *c, struct mun_disc *d,
		   const struct mun_cue_point *p, uint64_t off,
		   uint64_t sectors, struct mun_err *e)
{
	struct mun_cue_track *t = &c->tracks[p->track];
	const struct mun_cue_file *f = &c->files[p->file];
	struct mun_disc_run run = {
		.src = f->src,
		.off = off,
		.sectors = sectors,
		.stride = t->track.sector_bytes + t->track.sub_bytes,
		.main_bytes = t->track.sector_bytes,
		.sub = t->sub,
		.swapped = f->coding == MUN_CUE_MOTOROLA,
		.track = (unsigned int)p->track,
	};

	return mun_disc_add_run(d, &run, e);
}

static void set_index(struct mun_image *img, struct mun_track *t,
		      unsigned int index)
{
	if (t->sectors == 0 || t->sectors > UINT32_MAX ||
	    index - 2 >= MUN_TRACK_INDEXES)
		mun_image_note(img, "index %u of track %u is not kept", index,
			       t->number);
	else
		t->indexes[index - 2] = (uint32_t)t->sectors;
}

/* Sectors of @p up to the next point in its file, or the file's end. The last
 * sector may be short: it is doubtful then. */
static uint64_t length_of(const struct mun_cue *c, size_t i, uint64_t off)
{
	const struct mun_cue_point *p = &c->points[i];
	const struct mun_cue_track *t = &c->tracks[p->track];
	uint64_t bytes = c->files[p->file].bytes;
	uint32_t stride = t->track.sector_bytes + t->track.sub_bytes;
	uint64_t left = bytes > off ? bytes - off : 0;

	if (i + 1 < c->npoints && p[1].file == p->file)
		return p[1].frames - p->frames;
	return left / stride + (left % stride != 0);
}

/* What comes before the first index in a file is part of that track's gap. */
static int lay_point(struct mun_cue *c, struct mun_image *img,
		     struct mun_disc *d, size_t i, uint64_t *off,
		     struct mun_err *e)
{
	const struct mun_cue_point *p = &c->points[i];
	struct mun_track *t = &c->tracks[p->track].track;
	uint64_t stride = t->sector_bytes + t->sub_bytes;
	uint64_t n;
	int rc = 0;

	if (i == 0 || p[-1].file != p->file) {
		*off = 0;
		if (p->frames) {
			mun_image_note(img,
				       "track %u begins with %llu sectors "
				       "before its first index",
				       t->number,
				       (unsigned long long)p->frames);
			if (t->sectors)
				t->sectors += p->frames;
			else
				t->pregap_stored += (uint32_t)p->frames;
			rc = add_run(c, d, p, 0, p->frames, e);
			*off = p->frames * stride;
		}
	}
	if (rc)
		return rc;
	n = length_of(c, i, *off);
	if (p->index >= 2)
		set_index(img, t, p->index);
	if (p->index == 0)
		t->pregap_stored += (uint32_t)n;
	else
		t->sectors += n;
	rc = add_run(c, d, p, *off, n, e);
	*off += n * stride;
	return rc;
}

static int lay_points(struct mun_cue *c, struct mun_image *img,
		      struct mun_disc *d, struct mun_err *e)
{
	uint64_t off = 0;
	int rc = 0;

	for (size_t i = 0; i < c->npoints && !rc; i++)
		rc = lay_point(c, img, d, i, &off, e);
	return rc;
}

/* LBAs: what no file holds takes its place on the disc all the same. */
static int place_tracks(struct mun_cue *c, struct mun_image *img,
			struct mun_err *e)
{
	unsigned int session = 1;
	uint64_t lba = 0;
	int rc = 0;

	for (size_t i = 0; i < c->ntracks && !rc; i++) {
		struct mun_cue_track *t = &c->tracks[i];
		uint64_t gap = t->pregap;

		if (t->track.session != session) {
			const struct mun_cue_session *s;

			session = t->track.session;
			s = &c->sessions[session - 1];
			lba += s->lead_out + s->lead_in;
			gap = gap ? gap : s->pregap;
		}
		t->track.pregap = (uint32_t)gap + t->track.pregap_stored;
		t->track.start = lba + t->track.pregap;
		t->track.postgap = (uint32_t)t->postgap;
		lba = t->track.start + t->track.sectors + t->postgap;
		rc = mun_disc_add_track(img, &t->track, e);
	}
	return rc;
}

static void note_unused(const struct mun_cue *c, struct mun_image *img)
{
	for (size_t i = 0; i < c->nfiles; i++) {
		bool used = false;

		for (size_t k = 0; k < c->npoints; k++)
			used |= c->points[k].file == i;
		if (!used)
			mun_image_note(img, "no track lies in '%s'",
				       mun_show(c->files[i].name).text);
	}
}

/* An image that is not decoded: the sheet itself. */
static int keep(struct mun_image *img, struct mun_err *e)
{
	img->medium = MUN_MEDIUM_OPTICAL;
	img->sector_bytes = 1;
	img->bytes = img->src->size;
	return mun_image_one_track(img, e);
}

static int build(struct mun_cue *c, struct mun_image *img, struct mun_err *e)
{
	mun_auto(disc) *d = NULL;
	bool kept = false;
	int rc = mun_disc_new(&d, e);

	if (!rc)
		rc = open_files(c, img, d, &kept, e);
	if (!rc && kept)
		return keep(img, e);
	if (!rc)
		rc = read_cdtext(c, img, d, e);
	if (!rc)
		rc = lay_points(c, img, d, e);
	if (!rc)
		rc = place_tracks(c, img, e);
	if (rc)
		return rc;
	note_unused(c, img);
	memcpy(d->mcn, c->mcn, sizeof(d->mcn));
	return mun_disc_done(img, mun_steal(&d), e);
}

static int cue_open(struct mun_image *img, struct mun_err *e)
{
	struct mun_cue *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return mun_fail_nomem(e, "cue sheet");
	mun_image_set_puid(img, "fmt/1069");
	mun_image_set_mime(img, "application/x-cue");
	rc = mun_cue_parse(c, img, e);
	if (!rc)
		rc = build(c, img, e);
	mun_cue_clear(c);
	free(c);
	return rc;
}

const struct mun_image_driver mun_image_cue = {
	.name = "cue",
	.title = "Cue sheet with its files (BIN/CUE)",
	.suffixes = "cue",
	.bid = cue_bid,
	.open = cue_open,
	.pread = mun_disc_pread,
	.next_extent = mun_disc_next_extent,
};
