/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_toc_write.c - a toc file of cdrdao with one file of all sectors */
#include "core/check.h"
#include "core/str.h"
#include "image/disc.h"
#include "image/disc_write.h"

#include <stdio.h>
#include <string.h>

static const char *mode_of(const struct mun_disc_piece *p)
{
	switch (p->track->mode) {
	case MUN_TRACK_AUDIO:
		return "AUDIO";
	case MUN_TRACK_DATA:
		return p->stored == 2048 ? "MODE1" : "MODE1_RAW";
	case MUN_TRACK_MODE2:
		break;
	}
	switch (p->stored) {
	case 2048:
		return "MODE2_FORM1";
	case 2324:
		return "MODE2_FORM2";
	case 2336:
		return "MODE2_FORM_MIX";
	case 2352:
		return "MODE2_RAW";
	default:
		return NULL;
	}
}

static uint64_t unstored_gap(const struct mun_disc_piece *p)
{
	return p->track->pregap -
	       MUN_MIN(p->track->pregap, p->track->pregap_stored);
}

/* ---- the plan ---- */

/* What cdrdao itself refuses. */
static int check_track(const struct mun_disc_plan *p, size_t i,
		       struct mun_err *e)
{
	const struct mun_disc_piece *piece = &p->pieces[i];
	unsigned int number = piece->track->number;

	if (!mode_of(piece))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"track %u: a toc file has no mode for sectors "
				"of %u bytes",
				number, piece->stored);
	if (piece->track->sectors == 0)
		return mun_fail(e, MUN_EUNSUPPORTED, "track %u has no sectors",
				number);
	if (i == 0 && (piece->gap || unstored_gap(piece)))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"cdrdao takes no gap before the first track");
	return 0;
}

static int lose_gaps(const struct mun_disc_plan *p, struct mun_loss *loss,
		     struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < p->n && !rc; i++) {
		const struct mun_disc_piece *piece = &p->pieces[i];
		char where[32];

		(void)snprintf(where, sizeof(where), "track %u",
			       piece->track->number);
		if (piece->gap && unstored_gap(piece))
			rc = mun_loss_add(loss, e, "a gap that is not stored",
					  where,
					  "beside one that is it becomes "
					  "stored zeros");
		if (!rc && piece->track->postgap)
			rc = mun_loss_add(loss, e, "postgap", where,
					  "it becomes zeros at the end of the "
					  "track");
	}
	return rc;
}

static int toc_plan(struct mun_image *img, const struct mun_write_options *o,
		    struct mun_loss *loss, struct mun_err *e)
{
	const unsigned int keeps =
		MUN_KEEPS_MCN | MUN_KEEPS_ISRC | MUN_KEEPS_INDEXES;
	struct mun_disc_plan p = { .n = 0 };
	bool whole;
	int rc = mun_disc_option(o, &whole, e);

	if (!rc)
		rc = mun_disc_plan_make(img, whole, &p, e);
	for (size_t i = 0; i < p.n && !rc; i++)
		rc = check_track(&p, i, e);
	if (!rc)
		rc = mun_disc_plan_loss(&p, img, keeps, loss, e);
	if (!rc)
		rc = lose_gaps(&p, loss, e);
	mun_disc_plan_clear(&p);
	return rc;
}

/* ---- the text ---- */

static const char *disc_type(const struct mun_disc_plan *p)
{
	bool data = false;

	for (size_t i = 0; i < p->n; i++) {
		if (p->pieces[i].track->mode == MUN_TRACK_MODE2)
			return "CD_ROM_XA";
		data |= p->pieces[i].track->mode == MUN_TRACK_DATA;
	}
	return data ? "CD_ROM" : "CD_DA";
}

static void add_time(struct mun_str *s, const char *what, uint64_t sectors)
{
	mun_str_addf(s, "%s ", what);
	mun_disc_add_msf(s, sectors);
	mun_str_add(s, "\n");
}

static void add_name(struct mun_str *s, const char *stem)
{
	mun_str_add_char(s, '"');
	for (; *stem; stem++) {
		if (*stem == '"')
			mun_str_add_char(s, '\\');
		mun_str_add_char(s, *stem);
	}
	mun_str_add(s, ".bin\"");
}

/* "#" is said where it must: not every program that reads toc files knows it.
 * In audio the start is counted in sectors, or in samples. */
static void add_file(struct mun_str *s, const struct mun_disc_piece *p,
		     const char *stem, uint64_t at)
{
	bool audio = p->track->mode == MUN_TRACK_AUDIO;
	uint64_t start = 0;

	mun_str_add(s, audio ? "FILE " : "DATAFILE ");
	add_name(s, stem);
	if (audio && at % MUN_CD_RAW == 0)
		start = at / MUN_CD_RAW;
	else if (at)
		mun_str_addf(s, " #%llu", (unsigned long long)at);
	mun_str_add(s, " ");
	if (audio) {
		mun_disc_add_msf(s, start);
		mun_str_add(s, " ");
	}
	mun_disc_add_msf(s, mun_disc_piece_sectors(p));
	mun_str_add(s, "\n");
}

static void add_flags(struct mun_str *s, const struct mun_track *t)
{
	mun_str_add(s, t->control & 2 ? "COPY\n" : "NO COPY\n");
	if (t->mode != MUN_TRACK_AUDIO)
		return;
	mun_str_add(s, t->control & 1 ? "PRE_EMPHASIS\n" : "NO PRE_EMPHASIS\n");
	mun_str_add(s, t->control & 8 ? "FOUR_CHANNEL_AUDIO\n"
				      : "TWO_CHANNEL_AUDIO\n");
}

/* @at: byte of the file where the piece begins. */
static void add_track(struct mun_str *s, const struct mun_disc_piece *p,
		      const char *stem, uint64_t at)
{
	const struct mun_track *t = p->track;
	const char *zeros = t->mode == MUN_TRACK_AUDIO ? "SILENCE" : "ZERO";
	uint64_t gap = unstored_gap(p);

	mun_str_addf(s, "\n// Track %u\nTRACK %s\n", t->number, mode_of(p));
	add_flags(s, t);
	if (t->isrc[0])
		mun_str_addf(s, "ISRC \"%s\"\n", t->isrc);
	if (gap)
		add_time(s, p->gap ? zeros : "PREGAP", gap);
	add_file(s, p, stem, at);
	if (p->gap)
		add_time(s, "START", p->gap + gap);
	if (t->postgap)
		add_time(s, zeros, t->postgap);
	for (size_t i = 0; i < MUN_TRACK_INDEXES && t->indexes[i]; i++)
		add_time(s, "INDEX", t->indexes[i]);
}

static void add_toc(struct mun_str *s, const struct mun_image *img,
		    const struct mun_disc_plan *p, const char *stem)
{
	uint64_t at = 0;

	mun_str_addf(s, "%s\n", disc_type(p));
	if (img->disc && img->disc->mcn[0])
		mun_str_addf(s, "CATALOG \"%s\"\n", img->disc->mcn);
	for (size_t i = 0; i < p->n; i++) {
		add_track(s, &p->pieces[i], stem, at);
		at += mun_disc_piece_bytes(&p->pieces[i]);
	}
}

/* ---- the files ---- */

static int put_bin(const struct mun_write *w, const struct mun_disc_plan *p,
		   const char *stem, struct mun_err *e)
{
	struct mun_outfile *file = NULL;
	uint64_t at = 0;
	char name[256];
	int rc;

	if (strlen(stem) > 200 || strpbrk(stem, "\\\r\n"))
		return mun_fail(e, MUN_EINVAL,
				"a name with '\\', or of more than 200 bytes, "
				"cannot be told in a toc file");
	(void)snprintf(name, sizeof(name), "%s.bin", stem);
	rc = mun_output_file(w->out, name, &file, e);
	for (size_t i = 0; i < p->n && !rc; i++) {
		rc = mun_disc_piece_put(w, p, i, file, at, true, e);
		at += mun_disc_piece_bytes(&p->pieces[i]);
	}
	return rc ? rc : mun_outfile_set_size(file, at, e);
}

static int toc_write(const struct mun_write *w, struct mun_err *e)
{
	const char *stem = mun_output_stem(w->out);
	struct mun_disc_plan p = { .n = 0 };
	struct mun_str text = { 0 };
	bool whole;
	int rc = mun_disc_option(w->options, &whole, e);

	if (!rc)
		rc = mun_disc_plan_make(w->img, whole, &p, e);
	if (!rc)
		rc = put_bin(w, &p, stem, e);
	if (!rc)
		add_toc(&text, w->img, &p, stem);
	if (!rc)
		rc = mun_disc_put_text(w, NULL, &text, e);
	mun_str_free(&text);
	mun_disc_plan_clear(&p);
	return rc;
}

const struct mun_writer mun_write_toc = {
	.name = "toc",
	.title = "cdrdao TOC with its file",
	.suffixes = "toc",
	.keys = "sectors",
	.help = "sectors=stored|2352",
	.plan = toc_plan,
	.write = toc_write,
};
