/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_cue_write.c - a cue sheet with one file of all sectors, or one for
 * each track
 */
#include "core/check.h"
#include "core/str.h"
#include "image/cdtext.h"
#include "image/disc.h"
#include "image/disc_write.h"

#include <stdio.h>
#include <string.h>

#define LEAD_IN 4500u

/* "PATH.bin", and with per-track "PATH (Track 01).bin". */
struct names {
	const char *stem;
	bool per_track;
	bool wide; /* numbers of two digits */
};

static void bin_name(const struct names *n, unsigned int track, char out[256])
{
	if (!n->per_track)
		(void)snprintf(out, 256, "%.200s.bin", n->stem);
	else
		(void)snprintf(out, 256, "%.200s (Track %0*u).bin", n->stem,
			       n->wide ? 2 : 1, track);
}

static const char *type_of(const struct mun_disc_piece *p)
{
	switch (p->track->mode) {
	case MUN_TRACK_AUDIO:
		return "AUDIO";
	case MUN_TRACK_DATA:
		return p->stored == 2048 ? "MODE1/2048" : "MODE1/2352";
	case MUN_TRACK_MODE2:
		break;
	}
	switch (p->stored) {
	case 2048:
		return "MODE2/2048";
	case 2324:
		return "MODE2/2324";
	case 2336:
		return "MODE2/2336";
	case 2352:
		return "MODE2/2352";
	default:
		return NULL;
	}
}

/* ---- what the sheet says of texts ---- */

/* Facts as fmt_cue_parse.c makes them: "title", "title of track 3". */
static const struct {
	const char *fact;
	const char *command;
} texts[] = {
	{ "title", "TITLE" },
	{ "performer", "PERFORMER" },
	{ "songwriter", "SONGWRITER" },
};

/* Is @f the text number @which of @track, 0: of the disc?  Quotes cannot be
 * told in a sheet, and what was escaped is not the text. */
static bool is_text(const struct mun_image_fact *f, size_t which,
		    unsigned int track)
{
	char name[48];

	if (track)
		(void)snprintf(name, sizeof(name), "%s of track %u",
			       texts[which].fact, track);
	else
		(void)snprintf(name, sizeof(name), "%s", texts[which].fact);
	return f->kind == MUN_FACT_MADE && strcmp(f->name, name) == 0 &&
	       !strpbrk(f->value, "\"\\") &&
	       strlen(f->value) < sizeof(f->value) - 4;
}

static void add_texts(struct mun_str *s, const struct mun_image *img,
		      unsigned int track)
{
	for (size_t i = 0; i < img->nfacts; i++)
		for (size_t k = 0; k < MUN_COUNT(texts); k++)
			if (is_text(&img->facts[i], k, track))
				mun_str_addf(
					s, "%s%s \"%s\"\n", track ? "    " : "",
					texts[k].command, img->facts[i].value);
}

/* As a line, or in the packs of the .cdt file. */
static bool is_kept(const struct mun_image *img, const struct mun_image_fact *f)
{
	if (img->disc && img->disc->cdtext_bytes &&
	    strncmp(f->name, MUN_CDTEXT_FACT, strlen(MUN_CDTEXT_FACT)) == 0)
		return true;
	for (size_t k = 0; k < MUN_COUNT(texts); k++) {
		if (is_text(f, k, 0))
			return true;
		for (size_t t = 0; t < img->ntracks; t++)
			if (is_text(f, k, img->tracks[t].number))
				return true;
	}
	return false;
}

static int lose_made(const struct mun_image *img, struct mun_loss *loss,
		     struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; i < img->nfacts && !rc; i++)
		if (img->facts[i].kind == MUN_FACT_MADE &&
		    !is_kept(img, &img->facts[i]))
			rc = mun_loss_add(loss, e,
					  "what it says about its making",
					  img->facts[i].name,
					  "a cue sheet has no place for it");
	return rc;
}

/* ---- the plan ---- */

static int check_types(const struct mun_disc_plan *p, struct mun_err *e)
{
	for (size_t i = 0; i < p->n; i++)
		if (!type_of(&p->pieces[i]))
			return mun_fail(e, MUN_EUNSUPPORTED,
					"track %u: a cue sheet has no type "
					"for sectors of %u bytes",
					p->pieces[i].track->number,
					p->pieces[i].stored);
	return 0;
}

/* Gap of the piece that no file holds, as PREGAP tells it. */
static uint64_t unstored_gap(const struct mun_disc_piece *p)
{
	return p->track->pregap -
	       MUN_MIN(p->track->pregap, p->track->pregap_stored);
}

/* Sectors between the end of the piece before and the gap of this one. */
static uint64_t between(const struct mun_disc_plan *p, size_t i)
{
	const struct mun_track *before = p->pieces[i - 1].track;
	uint64_t end = before->start + before->sectors + before->postgap;
	const struct mun_track *t = p->pieces[i].track;
	uint64_t begin = t->start - MUN_MIN(t->start, t->pregap);

	return begin > end ? begin - end : 0;
}

static int lose_places(const struct mun_disc_plan *p, struct mun_loss *loss,
		       struct mun_err *e)
{
	const struct mun_track *first = p->pieces[0].track;
	bool apart =
		first->start != p->pieces[0].gap + unstored_gap(&p->pieces[0]);

	for (size_t i = 1; i < p->n; i++)
		apart |= p->pieces[i].track->session ==
				 p->pieces[i - 1].track->session &&
			 between(p, i);
	return apart ? mun_loss_add(loss, e, "places on the disc", "tracks",
				    "a cue sheet puts tracks one after the "
				    "other from LBA 0 on")
		     : 0;
}

static int cue_plan(struct mun_image *img, const struct mun_write_options *o,
		    struct mun_loss *loss, struct mun_err *e)
{
	const unsigned int keeps = MUN_KEEPS_SESSIONS | MUN_KEEPS_CDTEXT |
				   MUN_KEEPS_MCN | MUN_KEEPS_ISRC |
				   MUN_KEEPS_INDEXES | MUN_KEEPS_MADE;
	struct mun_disc_plan p = { .n = 0 };
	unsigned int per_track;
	bool whole;
	int rc = mun_disc_option(o, &whole, e);

	if (!rc)
		rc = mun_write_choice(o, "per-track", "no|yes", &per_track, e);
	if (!rc)
		rc = mun_disc_plan_make(img, whole, &p, e);
	if (!rc)
		rc = check_types(&p, e);
	if (!rc)
		rc = mun_disc_plan_loss(&p, img, keeps, loss, e);
	if (!rc)
		rc = lose_places(&p, loss, e);
	if (!rc)
		rc = lose_made(img, loss, e);
	mun_disc_plan_clear(&p);
	return rc;
}

/* ---- the sheet ---- */

static void add_session(struct mun_str *s, const struct mun_disc_plan *p,
			size_t i)
{
	uint64_t gap = i ? between(p, i) : 0;
	uint64_t in = MUN_MIN(gap, LEAD_IN);
	const struct mun_track *t = p->pieces[i].track;

	if (i) {
		mun_str_add(s, "REM LEAD-OUT ");
		mun_disc_add_msf(s, gap - in);
	}
	mun_str_addf(s, "%sREM SESSION %02u\n", i ? "\n" : "", t->session);
	if (!i)
		return;
	mun_str_add(s, "REM LEAD-IN ");
	mun_disc_add_msf(s, in);
	mun_str_add(s, "\nREM PREGAP ");
	mun_disc_add_msf(s, unstored_gap(&p->pieces[i]));
	mun_str_add(s, "\n");
}

static void add_time(struct mun_str *s, const char *what, uint64_t sectors)
{
	mun_str_addf(s, "    %s ", what);
	mun_disc_add_msf(s, sectors);
	mun_str_add(s, "\n");
}

static void add_flags(struct mun_str *s, uint8_t control)
{
	if (control & 11)
		mun_str_addf(s, "    FLAGS%s%s%s\n", control & 2 ? " DCP" : "",
			     control & 8 ? " 4CH" : "",
			     control & 1 ? " PRE" : "");
}

/* @at: sectors of its file before the piece. */
static void add_track(struct mun_str *s, const struct mun_image *img,
		      const struct mun_disc_piece *p, uint64_t at,
		      bool new_session)
{
	const struct mun_track *t = p->track;
	char index[16];

	mun_str_addf(s, "  TRACK %02u %s\n", t->number, type_of(p));
	add_texts(s, img, t->number);
	if (t->isrc[0])
		mun_str_addf(s, "    ISRC %s\n", t->isrc);
	add_flags(s, t->control);
	if (unstored_gap(p) && !new_session)
		add_time(s, "PREGAP", unstored_gap(p));
	if (p->gap)
		add_time(s, "INDEX 00", at);
	add_time(s, "INDEX 01", at + p->gap);
	for (unsigned int i = 0; i < MUN_TRACK_INDEXES && t->indexes[i]; i++) {
		(void)snprintf(index, sizeof(index), "INDEX %02u", i + 2);
		add_time(s, index, at + p->gap + t->indexes[i]);
	}
	if (t->postgap)
		add_time(s, "POSTGAP", t->postgap);
}

static bool has_sessions(const struct mun_disc_plan *p)
{
	return p->pieces[p->n - 1].track->session > 1;
}

static void add_sheet(struct mun_str *s, const struct mun_image *img,
		      const struct mun_disc_plan *p, const struct names *n)
{
	uint64_t at = 0;

	if (img->disc && img->disc->mcn[0])
		mun_str_addf(s, "CATALOG %s\n", img->disc->mcn);
	if (img->disc && img->disc->cdtext_bytes)
		mun_str_addf(s, "CDTEXTFILE \"%s.cdt\"\n", n->stem);
	add_texts(s, img, 0);
	for (size_t i = 0; i < p->n; i++) {
		const struct mun_disc_piece *piece = &p->pieces[i];
		bool other =
			i && piece->track->session != piece->track[-1].session;
		char bin[256];

		if (has_sessions(p) && (i == 0 || other))
			add_session(s, p, i);
		if (i == 0 || n->per_track) {
			bin_name(n, piece->track->number, bin);
			mun_str_addf(s, "FILE \"%s\" BINARY\n", bin);
			at = 0;
		}
		add_track(s, img, piece, at, other);
		at += mun_disc_piece_sectors(piece);
	}
}

/* ---- the files ---- */

static int put_bins(const struct mun_write *w, const struct mun_disc_plan *p,
		    const struct names *n, struct mun_err *e)
{
	struct mun_outfile *file = NULL;
	uint64_t at = 0;
	int rc = 0;

	for (size_t i = 0; i < p->n && !rc; i++) {
		const struct mun_disc_piece *piece = &p->pieces[i];

		if (i == 0 || n->per_track) {
			char bin[256];

			bin_name(n, piece->track->number, bin);
			rc = mun_output_file(w->out, bin, &file, e);
			at = 0;
		}
		if (!rc)
			rc = mun_disc_piece_put(w, p, i, file, at, false, e);
		at += mun_disc_piece_bytes(piece);
		if (!rc)
			rc = mun_outfile_set_size(file, at, e);
	}
	return rc;
}

static int put_cdtext(const struct mun_write *w, const struct names *n,
		      struct mun_err *e)
{
	const struct mun_disc *d = w->img->disc;
	struct mun_outfile *file = NULL;
	char name[256];
	int rc;

	if (!d || !d->cdtext_bytes)
		return 0;
	(void)snprintf(name, sizeof(name), "%.200s.cdt", n->stem);
	rc = mun_output_file(w->out, name, &file, e);
	return rc ? rc
		  : mun_outfile_write(file, d->cdtext, d->cdtext_bytes, 0, e);
}

static int write_all(const struct mun_write *w, const struct mun_disc_plan *p,
		     const struct names *n, struct mun_err *e)
{
	struct mun_str sheet = { 0 };
	int rc = put_bins(w, p, n, e);

	if (!rc)
		rc = put_cdtext(w, n, e);
	if (rc)
		return rc;
	add_sheet(&sheet, w->img, p, n);
	rc = mun_disc_put_text(w, NULL, &sheet, e);
	mun_str_free(&sheet);
	return rc;
}

static int cue_write(const struct mun_write *w, struct mun_err *e)
{
	struct names n = { .stem = mun_output_stem(w->out) };
	struct mun_disc_plan p = { .n = 0 };
	unsigned int per_track = 0;
	bool whole;
	int rc = mun_disc_option(w->options, &whole, e);

	if (!rc)
		rc = mun_write_choice(w->options, "per-track", "no|yes",
				      &per_track, e);
	if (!rc && (strpbrk(n.stem, "\"\r\n") || strlen(n.stem) > 200))
		rc = mun_fail(e, MUN_EINVAL,
			      "a name with quotes, or of more than 200 bytes, "
			      "cannot be told in a sheet");
	if (!rc)
		rc = mun_disc_plan_make(w->img, whole, &p, e);
	n.per_track = per_track == 1;
	n.wide = p.n > 9;
	if (!rc)
		rc = write_all(w, &p, &n, e);
	mun_disc_plan_clear(&p);
	return rc;
}

const struct mun_writer mun_write_cue = {
	.name = "cue",
	.title = "Cue sheet with its files (BIN/CUE)",
	.suffixes = "cue",
	.keys = "sectors per-track",
	.help = "sectors=stored|2352 per-track=no|yes",
	.plan = cue_plan,
	.write = cue_write,
};
