/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_cue_parse.c - the lines of a cue sheet
 *
 * CDRWIN user's guide, appendix "Cue sheet commands":
 *	CATALOG digits[13]
 *	CDTEXTFILE name
 *	FILE name BINARY|MOTOROLA|WAVE|AIFF|MP3
 *	TRACK number AUDIO|CDG|MODE1/2048|MODE1/2352|MODE2/...|CDI/...
 *	FLAGS DCP 4CH PRE SCMS
 *	ISRC code		INDEX number mm:ss:ff (from the file's begin)
 *	PREGAP mm:ss:ff		POSTGAP mm:ss:ff (neither is in the file)
 *	TITLE, PERFORMER, SONGWRITER text
 * In use though not there: "REM SESSION n", "REM LEAD-OUT", "REM LEAD-IN" and
 * "REM PREGAP mm:ss:ff" between sessions, and REM of any kind.
 */
#include "image/fmt_cue.h"

#include "core/check.h"
#include "image/cdsector.h"
#include "image/driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Between two sessions, in sectors (Orange Book): the first lead-out is 1:30
 * long, later ones 0:30, a lead-in 1:00. */
#define LEAD_OUT_FIRST 6750u
#define LEAD_OUT 2250u
#define LEAD_IN 4500u

/* Beyond what a disc can have, even of single sectors. */
#define FILES_MAX 1024u
#define POINTS_MAX 9900u /* 00 to 99 of MUN_CD_TRACKS */
#define REMS_MAX 200u

static int bad_line(const struct mun_cue *c, struct mun_err *e, const char *fmt,
		    ...) MUN_PRINTF(3, 4);

static int bad_line(const struct mun_cue *c, struct mun_err *e, const char *fmt,
		    ...)
{
	char text[160];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return mun_fail(e, MUN_ECORRUPT, "line %u: %s", c->sheet.line, text);
}

static struct mun_cue_track *last_track(struct mun_cue *c)
{
	return c->ntracks ? &c->tracks[c->ntracks - 1] : NULL;
}

/* All of a word, no more; else false. */
static bool parse_number(const char *word, unsigned int max, unsigned int *out)
{
	size_t len = word ? strspn(word, "0123456789") : 0;

	if (len == 0 || len > 4 || word[len])
		return false;
	*out = (unsigned int)strtoul(word, NULL, 10);
	return *out <= max;
}

static bool parse_time(const char *word, uint64_t *out)
{
	return word && mun_cd_parse_msf(&word, out) && !*word;
}

/* ---- the commands ---- */

static int on_catalog(struct mun_cue *c, struct mun_image *img, char *args,
		      struct mun_err *e)
{
	const char *digits = mun_sheet_word(&args);
	size_t len = digits ? strlen(digits) : 0;

	if (len == 0 || strspn(digits, "0123456789") != len)
		return bad_line(c, e, "CATALOG is not 13 digits");
	if (mun_mcn_parse(digits, c->mcn))
		return 0;
	mun_image_note(img, "the catalogue number has %zu digits, not 13", len);
	return mun_image_fact_bytes(img, MUN_FACT_MADE, "catalogue number",
				    digits, len, e);
}

static int on_cdtextfile(struct mun_cue *c, struct mun_image *img, char *args,
			 struct mun_err *e)
{
	(void)img;
	c->cdtext_file = mun_sheet_rest(&args);
	return *c->cdtext_file ? 0
			       : bad_line(c, e, "CDTEXTFILE without a name");
}

static enum mun_cue_coding coding_of(const char *word)
{
	if (mun_sheet_is(word, "BINARY"))
		return MUN_CUE_BINARY;
	if (mun_sheet_is(word, "MOTOROLA"))
		return MUN_CUE_MOTOROLA;
	if (mun_sheet_is(word, "WAVE"))
		return MUN_CUE_WAVE;
	return MUN_CUE_OTHER;
}

/* The last word is the type; what is before it the name, in quotes or not. */
static int on_file(struct mun_cue *c, struct mun_image *img, char *args,
		   struct mun_err *e)
{
	struct mun_cue_file *list;
	struct mun_cue_file f = { .name = mun_sheet_rest(&args) };
	char *type = strrchr(f.name, '"');

	(void)img;
	if (!type)
		type = strrchr(f.name, ' ');
	if (!type)
		type = strrchr(f.name, '\t');
	if (!type || type == f.name)
		return bad_line(c, e, "FILE without a name or a type");
	*type++ = '\0';
	if (*f.name == '"')
		f.name++;
	f.word = mun_sheet_word(&type);
	f.name = mun_sheet_rest(&f.name);
	if (!f.word || !*f.name)
		return bad_line(c, e, "FILE without a name or a type");
	f.coding = coding_of(f.word);
	if (c->nfiles >= FILES_MAX)
		return bad_line(c, e, "more than %u files", FILES_MAX);
	list = reallocarray(c->files, c->nfiles + 1, sizeof(*list));
	if (!list)
		return mun_fail_nomem(e, "files of a cue sheet");
	c->files = list;
	list[c->nfiles++] = f;
	return 0;
}

struct type {
	const char *word;
	enum mun_track_mode mode;
	uint32_t bytes;
	enum mun_sub_form sub;
};

static const struct type types[] = {
	{ "AUDIO", MUN_TRACK_AUDIO, 2352, MUN_SUB_NONE },
	{ "CDG", MUN_TRACK_AUDIO, 2352, MUN_SUB_PACKED },
	{ "MODE1/2048", MUN_TRACK_DATA, 2048, MUN_SUB_NONE },
	{ "MODE1/2352", MUN_TRACK_DATA, 2352, MUN_SUB_NONE },
	{ "MODE2/2048", MUN_TRACK_MODE2, 2048, MUN_SUB_NONE },
	{ "MODE2/2324", MUN_TRACK_MODE2, 2324, MUN_SUB_NONE },
	{ "MODE2/2336", MUN_TRACK_MODE2, 2336, MUN_SUB_NONE },
	{ "MODE2/2352", MUN_TRACK_MODE2, 2352, MUN_SUB_NONE },
	{ "CDI/2336", MUN_TRACK_MODE2, 2336, MUN_SUB_NONE },
	{ "CDI/2352", MUN_TRACK_MODE2, 2352, MUN_SUB_NONE },
};

static int on_track(struct mun_cue *c, struct mun_image *img, char *args,
		    struct mun_err *e)
{
	const char *number = mun_sheet_word(&args);
	const char *word = mun_sheet_word(&args);
	struct mun_cue_track *t = &c->tracks[c->ntracks];
	unsigned int n;

	(void)img;
	if (!parse_number(number, MUN_CD_TRACKS, &n) || n == 0)
		return bad_line(c, e, "TRACK without a number from 1 to 99");
	if (!c->nfiles)
		return bad_line(c, e, "TRACK %u before any FILE", n);
	if (c->ntracks && n != last_track(c)->track.number + 1)
		return bad_line(c, e, "track %u follows track %u", n,
				last_track(c)->track.number);
	for (size_t i = 0; i < MUN_COUNT(types); i++) {
		if (!mun_sheet_is(word, types[i].word))
			continue;
		*t = (struct mun_cue_track){ .sub = types[i].sub };
		t->track.session = c->session;
		t->track.number = n;
		t->track.mode = types[i].mode;
		t->track.sector_bytes = types[i].bytes;
		t->track.sub_bytes = mun_sub_stored(types[i].sub);
		c->ntracks++;
		return 0;
	}
	return bad_line(c, e, "unknown type of track '%s'",
			mun_show(word ? word : "").text);
}

static int on_flags(struct mun_cue *c, struct mun_image *img, char *args,
		    struct mun_err *e)
{
	struct mun_cue_track *t = last_track(c);
	const char *word;
	char name[32];

	if (!t)
		return bad_line(c, e, "FLAGS before any TRACK");
	(void)snprintf(name, sizeof(name), "flags of track %u",
		       t->track.number);
	while ((word = mun_sheet_word(&args))) {
		int rc = 0;

		if (mun_sheet_is(word, "PRE"))
			t->track.control |= 1;
		else if (mun_sheet_is(word, "DCP"))
			t->track.control |= 2;
		else if (mun_sheet_is(word, "4CH"))
			t->track.control |= 8;
		else if (!mun_sheet_is(word, "DATA"))
			rc = mun_image_fact_bytes(img, MUN_FACT_MADE, name,
						  word, strlen(word), e);
		if (rc)
			return rc;
	}
	return 0;
}

static int on_isrc(struct mun_cue *c, struct mun_image *img, char *args,
		   struct mun_err *e)
{
	struct mun_cue_track *t = last_track(c);
	const char *code = mun_sheet_word(&args);
	char name[32];

	if (!t || !code)
		return bad_line(c, e, "ISRC without a track or a code");
	if (mun_isrc_parse(code, t->track.isrc))
		return 0;
	mun_image_note(img, "the ISRC of track %u is none", t->track.number);
	(void)snprintf(name, sizeof(name), "ISRC of track %u", t->track.number);
	return mun_image_fact_bytes(img, MUN_FACT_MADE, name, code,
				    strlen(code), e);
}

static int on_index(struct mun_cue *c, struct mun_image *img, char *args,
		    struct mun_err *e)
{
	struct mun_cue_point p = { .file = c->nfiles - 1 };
	const struct mun_cue_point *before =
		c->npoints ? &c->points[c->npoints - 1] : NULL;
	struct mun_cue_point *list;

	(void)img;
	if (!c->ntracks)
		return bad_line(c, e, "INDEX before any TRACK");
	p.track = c->ntracks - 1;
	if (!parse_number(mun_sheet_word(&args), 99, &p.index))
		return bad_line(c, e, "INDEX without a number from 0 to 99");
	if (!parse_time(mun_sheet_word(&args), &p.frames))
		return bad_line(c, e, "INDEX %02u without a time mm:ss:ff",
				p.index);
	if (before && before->file == p.file && before->frames > p.frames)
		return bad_line(c, e, "INDEX %02u is before the one above it",
				p.index);
	if (before && before->track == p.track && before->index >= p.index)
		return bad_line(c, e, "INDEX %02u after INDEX %02u", p.index,
				before->index);
	if (c->npoints >= POINTS_MAX)
		return bad_line(c, e, "more than %u lines INDEX", POINTS_MAX);
	list = reallocarray(c->points, c->npoints + 1, sizeof(*list));
	if (!list)
		return mun_fail_nomem(e, "indexes of a cue sheet");
	c->points = list;
	list[c->npoints++] = p;
	return 0;
}

static int on_gap(struct mun_cue *c, bool post, char *args, struct mun_err *e)
{
	struct mun_cue_track *t = last_track(c);
	const char *name = post ? "POSTGAP" : "PREGAP";

	if (!t)
		return bad_line(c, e, "%s before any TRACK", name);
	if (!parse_time(mun_sheet_word(&args), post ? &t->postgap : &t->pregap))
		return bad_line(c, e, "%s without a time mm:ss:ff", name);
	return 0;
}

static int on_pregap(struct mun_cue *c, struct mun_image *img, char *args,
		     struct mun_err *e)
{
	(void)img;
	return on_gap(c, false, args, e);
}

static int on_postgap(struct mun_cue *c, struct mun_image *img, char *args,
		      struct mun_err *e)
{
	(void)img;
	return on_gap(c, true, args, e);
}

/* ---- texts ---- */

static int tell_text(struct mun_cue *c, struct mun_image *img, const char *what,
		     char *args, struct mun_err *e)
{
	const char *text = mun_sheet_rest(&args);
	char name[48];

	if (c->ntracks)
		(void)snprintf(name, sizeof(name), "%s of track %u", what,
			       last_track(c)->track.number);
	else
		(void)snprintf(name, sizeof(name), "%s", what);
	return mun_image_fact_bytes(img, MUN_FACT_MADE, name, text,
				    strlen(text), e);
}

static int on_title(struct mun_cue *c, struct mun_image *img, char *args,
		    struct mun_err *e)
{
	return tell_text(c, img, "title", args, e);
}

static int on_performer(struct mun_cue *c, struct mun_image *img, char *args,
			struct mun_err *e)
{
	return tell_text(c, img, "performer", args, e);
}

static int on_songwriter(struct mun_cue *c, struct mun_image *img, char *args,
			 struct mun_err *e)
{
	return tell_text(c, img, "songwriter", args, e);
}

static int on_session(struct mun_cue *c, const char *word, struct mun_err *e)
{
	unsigned int n;

	if (!parse_number(word, MUN_CD_TRACKS, &n) || n == 0)
		return bad_line(c, e, "REM SESSION without a number");
	if (n != c->session && (n != c->session + 1 || !c->ntracks))
		return bad_line(c, e, "session %u follows session %u", n,
				c->session);
	if (n > c->session) {
		struct mun_cue_session *next = &c->sessions[n - 1];

		next->lead_in = LEAD_IN;
		next->pregap = MUN_CD_LEAD;
		if (!next->lead_out)
			next->lead_out = n == 2 ? LEAD_OUT_FIRST : LEAD_OUT;
	}
	c->session = n;
	return 0;
}

/* The lengths beside "REM SESSION"; false: this is not one of them. */
static bool on_length(struct mun_cue *c, const char *key, const char *word)
{
	struct mun_cue_session *now = &c->sessions[c->session - 1];
	uint64_t time;

	if (!parse_time(word, &time))
		return false;
	if (mun_sheet_is(key, "LEAD-OUT") && c->session < MUN_CD_TRACKS)
		c->sessions[c->session].lead_out = time;
	else if (mun_sheet_is(key, "LEAD-IN"))
		now->lead_in = time;
	else if (mun_sheet_is(key, "PREGAP"))
		now->pregap = time;
	else
		return false;
	return true;
}

/* "REM SESSION" and what belongs to it are commands in all but name; other
 * remarks are kept for people. */
static int on_rem(struct mun_cue *c, struct mun_image *img, char *args,
		  struct mun_err *e)
{
	const char *all = mun_sheet_rest(&args);
	char words[64];
	char *at = words;
	const char *key;

	(void)snprintf(words, sizeof(words), "%s", all);
	key = mun_sheet_word(&at);
	if (mun_sheet_is(key, "SESSION"))
		return on_session(c, mun_sheet_word(&at), e);
	if (!key || on_length(c, key, mun_sheet_word(&at)))
		return 0;
	if (++c->rems < REMS_MAX)
		return mun_image_fact_bytes(img, MUN_FACT_MADE, "remark", all,
					    strlen(all), e);
	if (c->rems > REMS_MAX)
		return 0;
	return mun_image_fact(img, MUN_FACT_LIMIT, "remarks", e,
			      "the sheet has more of them");
}

/* ---- all lines ---- */

struct command {
	const char *word;
	int (*on)(struct mun_cue *c, struct mun_image *img, char *args,
		  struct mun_err *e);
};

static const struct command commands[] = {
	{ "CATALOG", on_catalog },
	{ "CDTEXTFILE", on_cdtextfile },
	{ "FILE", on_file },
	{ "TRACK", on_track },
	{ "FLAGS", on_flags },
	{ "ISRC", on_isrc },
	{ "INDEX", on_index },
	{ "PREGAP", on_pregap },
	{ "POSTGAP", on_postgap },
	{ "TITLE", on_title },
	{ "PERFORMER", on_performer },
	{ "SONGWRITER", on_songwriter },
	{ "REM", on_rem },
};

static int on_line(struct mun_cue *c, struct mun_image *img, char *line,
		   struct mun_err *e)
{
	const char *word = mun_sheet_word(&line);

	if (!word)
		return 0;
	for (size_t i = 0; i < MUN_COUNT(commands); i++)
		if (mun_sheet_is(word, commands[i].word))
			return commands[i].on(c, img, line, e);
	return bad_line(c, e, "unknown command '%s'", mun_show(word).text);
}

/* Every track has to begin somewhere. */
static int check_indexes(const struct mun_cue *c, struct mun_err *e)
{
	size_t at = 0;

	if (!c->ntracks)
		return mun_fail(e, MUN_ECORRUPT, "no TRACK");
	for (size_t i = 0; i < c->ntracks; i++) {
		bool one = false;

		for (; at < c->npoints && c->points[at].track == i; at++)
			one |= c->points[at].index == 1;
		if (!one)
			return mun_fail(e, MUN_ECORRUPT,
					"track %u has no INDEX 01",
					c->tracks[i].track.number);
	}
	return 0;
}

int mun_cue_parse(struct mun_cue *c, struct mun_image *img, struct mun_err *e)
{
	int rc = mun_sheet_load(img->src, &c->sheet, e);
	char *line;

	c->session = 1;
	while (!rc && (line = mun_sheet_line(&c->sheet)))
		rc = on_line(c, img, line, e);
	return rc ? rc : check_indexes(c, e);
}

void mun_cue_clear(struct mun_cue *c)
{
	mun_sheet_clear(&c->sheet);
	free(c->files);
	free(c->points);
}
