/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_toc_parse.c - the statements of a toc file
 *
 * cdrdao(1), "TOC FILES".  A head (CATALOG, type of the disc, CD_TEXT), then
 * tracks: TRACK mode [RW|RW_RAW], flags, CD_TEXT, [PREGAP], pieces and START
 * or END, INDEX.
 */
#include "image/fmt_toc.h"

#include "core/check.h"
#include "image/cdsector.h"
#include "image/driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECES_MAX 4096u
/* An endless CD-TEXT block must not make endless facts. */
#define TEXTS_MAX 600u

struct parser {
	struct mun_toc *toc;
	struct mun_image *img;
	struct mun_toc_lexer lex;
	unsigned int texts;
};

static int bad(const struct parser *p, struct mun_err *e, const char *fmt, ...)
	MUN_PRINTF(3, 4);

static int bad(const struct parser *p, struct mun_err *e, const char *fmt, ...)
{
	char text[160];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return mun_fail(e, MUN_ECORRUPT, "line %u: %s", p->lex.now.line, text);
}

static int next(struct parser *p, struct mun_err *e)
{
	return mun_toc_next(&p->lex, e);
}

/* Take @word if it stands here. */
static int accept(struct parser *p, const char *word, bool *got,
		  struct mun_err *e)
{
	*got = mun_toc_is(&p->lex, word);
	return *got ? next(p, e) : 0;
}

static int expect(struct parser *p, const char *word, struct mun_err *e)
{
	bool got;
	int rc = accept(p, word, &got, e);

	if (rc)
		return rc;
	return got ? 0 : bad(p, e, "'%s' is missing", word);
}

static int string(struct parser *p, const char *what, const char **out,
		  struct mun_err *e)
{
	*out = "";
	if (p->lex.now.kind != MUN_TOC_STRING)
		return bad(p, e, "%s without a string", what);
	*out = p->lex.now.text;
	return next(p, e);
}

static int number(struct parser *p, const char *what, uint64_t *out,
		  struct mun_err *e)
{
	*out = 0;
	if (p->lex.now.kind != MUN_TOC_NUMBER)
		return bad(p, e, "%s without a number", what);
	*out = p->lex.now.number;
	return next(p, e);
}

/* What follows the minutes: ":ss:ff". */
static int seconds(struct parser *p, uint64_t minute, uint64_t *sectors,
		   struct mun_err *e)
{
	uint64_t second = 0;
	uint64_t frame;
	int rc = expect(p, ":", e);

	if (!rc)
		rc = number(p, "a time", &second, e);
	if (!rc)
		rc = expect(p, ":", e);
	if (rc)
		return rc;
	if (p->lex.now.kind == MUN_TOC_NUMBER &&
	    (second > 59 || p->lex.now.number >= MUN_CD_FRAMES))
		return bad(p, e, "a time with %llu seconds and %llu frames",
			   (unsigned long long)second,
			   (unsigned long long)p->lex.now.number);
	rc = number(p, "a time", &frame, e);
	if (rc)
		return rc;
	if (minute > 999)
		return bad(p, e, "a time of %llu minutes",
			   (unsigned long long)minute);
	*sectors = (minute * 60 + second) * MUN_CD_FRAMES + frame;
	return 0;
}

static int msf(struct parser *p, const char *what, uint64_t *sectors,
	       struct mun_err *e)
{
	uint64_t minute;
	int rc = number(p, what, &minute, e);

	return rc ? rc : seconds(p, minute, sectors, e);
}

/* A time, in sectors of @block bytes, or a number of units of @unit bytes. */
static int length(struct parser *p, uint32_t block, uint32_t unit,
		  uint64_t *bytes, struct mun_err *e)
{
	uint64_t n;
	int rc = number(p, "a length", &n, e);

	if (rc)
		return rc;
	if (mun_toc_is(&p->lex, ":")) {
		rc = seconds(p, n, &n, e);
		unit = block;
	}
	if (rc)
		return rc;
	if (ckd_mul(bytes, n, (uint64_t)unit) || *bytes > INT64_MAX / 2)
		return bad(p, e, "a length too large");
	return 0;
}

/* ---- CD-TEXT ---- */

static int binary(struct parser *p, struct mun_err *e)
{
	int rc = next(p, e);

	while (!rc && !mun_toc_is(&p->lex, "}")) {
		if (p->lex.now.kind == MUN_TOC_END)
			return bad(p, e, "'}' is missing");
		rc = next(p, e);
	}
	return rc ? rc : next(p, e);
}

static int text_item(struct parser *p, unsigned int language, struct mun_err *e)
{
	const struct mun_toc *t = p->toc;
	const char *word = p->lex.now.text;
	size_t len = p->lex.now.len;
	char name[64];
	int rc;

	if (p->lex.now.kind != MUN_TOC_WORD)
		return bad(p, e, "an item of CD-TEXT is missing");
	(void)snprintf(name, sizeof(name), "%.*s", (int)MUN_MIN(len, 24), word);
	for (char *c = name; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a'
			    : *c == '_'            ? ' '
						   : *c);
	len = strlen(name);
	if (t->ntracks)
		len += (size_t)snprintf(name + len, sizeof(name) - len,
					" of track %zu", t->ntracks);
	if (language)
		(void)snprintf(name + len, sizeof(name) - len, ", language %u",
			       language);
	rc = next(p, e);
	if (rc)
		return rc;
	if (mun_toc_is(&p->lex, "{"))
		return binary(p, e);
	if (p->lex.now.kind != MUN_TOC_STRING)
		return bad(p, e, "an item of CD-TEXT without text");
	if (p->texts++ < TEXTS_MAX)
		rc = mun_image_fact_bytes(p->img, MUN_FACT_MADE, name,
					  p->lex.now.text, p->lex.now.len, e);
	return rc ? rc : next(p, e);
}

static int language(struct parser *p, struct mun_err *e)
{
	uint64_t n;
	int rc = number(p, "LANGUAGE", &n, e);

	if (!rc && n > 7)
		rc = bad(p, e, "LANGUAGE %llu; 7 is the last",
			 (unsigned long long)n);
	if (!rc)
		rc = expect(p, "{", e);
	while (!rc && !mun_toc_is(&p->lex, "}"))
		rc = text_item(p, (unsigned int)n, e);
	return rc ? rc : next(p, e);
}

static int cd_text(struct parser *p, struct mun_err *e)
{
	bool got;
	int rc = expect(p, "{", e);

	if (!rc && mun_toc_is(&p->lex, "LANGUAGE_MAP")) {
		rc = next(p, e);
		if (!rc && !mun_toc_is(&p->lex, "{"))
			rc = bad(p, e, "'{' is missing");
		if (!rc)
			rc = binary(p, e);
	}
	while (!rc && !mun_toc_is(&p->lex, "}")) {
		rc = accept(p, "LANGUAGE", &got, e);
		if (!rc && !got)
			rc = bad(p, e, "LANGUAGE or '}' is missing");
		if (!rc)
			rc = language(p, e);
	}
	return rc ? rc : next(p, e);
}

/* ---- the head ---- */

/* Static; NULL: it is none. */
static const char *find_type(const struct parser *p)
{
	static const char *const types[] = { "CD_DA", "CD_ROM", "CD_ROM_XA",
					     "CD_I" };

	for (size_t i = 0; i < MUN_COUNT(types); i++)
		if (mun_toc_is(&p->lex, types[i]))
			return types[i];
	return NULL;
}

static int catalog(struct parser *p, struct mun_err *e)
{
	const char *digits;
	int rc = string(p, "CATALOG", &digits, e);

	if (!rc && !mun_mcn_parse(digits, p->toc->mcn))
		rc = bad(p, e, "CATALOG is not 13 digits");
	return rc;
}

static int head(struct parser *p, struct mun_err *e)
{
	int rc = 0;

	while (!rc) {
		bool got;

		if (find_type(p)) {
			p->toc->type = find_type(p);
			rc = next(p, e);
			continue;
		}
		rc = accept(p, "CATALOG", &got, e);
		if (!rc && got) {
			rc = catalog(p, e);
			continue;
		}
		if (!rc)
			rc = accept(p, "CD_TEXT", &got, e);
		if (rc || !got)
			break;
		rc = cd_text(p, e);
	}
	return rc;
}

/* ---- tracks ---- */

struct mode {
	const char *word;
	enum mun_track_mode mode;
	uint32_t bytes;
};

static const struct mode modes[] = {
	{ "AUDIO", MUN_TRACK_AUDIO, 2352 },
	{ "MODE0", MUN_TRACK_MODE2, 2336 }, /* of ZERO only */
	{ "MODE1", MUN_TRACK_DATA, 2048 },
	{ "MODE1_RAW", MUN_TRACK_DATA, 2352 },
	{ "MODE2", MUN_TRACK_MODE2, 2336 },
	{ "MODE2_RAW", MUN_TRACK_MODE2, 2352 },
	{ "MODE2_FORM1", MUN_TRACK_MODE2, 2048 },
	{ "MODE2_FORM2", MUN_TRACK_MODE2, 2324 },
	{ "MODE2_FORM_MIX", MUN_TRACK_MODE2, 2336 },
};

static const struct mode *find_mode(const struct parser *p)
{
	for (size_t i = 0; i < MUN_COUNT(modes); i++)
		if (mun_toc_is(&p->lex, modes[i].word))
			return &modes[i];
	return NULL;
}

static int sub_mode(struct parser *p, enum mun_sub_form *form, bool *cooked,
		    struct mun_err *e)
{
	bool raw = false;
	int rc = accept(p, "RW", cooked, e);

	if (!rc)
		rc = accept(p, "RW_RAW", &raw, e);
	if (!rc && (*cooked || raw))
		*form = MUN_SUB_PACKED;
	return rc;
}

static int add_piece(struct parser *p, struct mun_toc_track *t,
		     const struct mun_toc_piece *piece, struct mun_err *e)
{
	struct mun_toc *toc = p->toc;
	struct mun_toc_piece *list;

	if (toc->npieces >= PIECES_MAX)
		return bad(p, e, "more than %u pieces of tracks", PIECES_MAX);
	list = reallocarray(toc->pieces, toc->npieces + 1, sizeof(*list));
	if (!list)
		return mun_fail_nomem(e, "pieces of tracks");
	toc->pieces = list;
	list[toc->npieces++] = *piece;
	t->npieces++;
	return 0;
}

/* FILE "name" [SWAP] [#skip] start [length]; DATAFILE has no start. */
static int file(struct parser *p, struct mun_toc_track *t, bool data,
		struct mun_err *e)
{
	uint32_t block = t->track.sector_bytes + t->track.sub_bytes;
	uint32_t unit = t->track.mode == MUN_TRACK_AUDIO && !data ? 4 : 1;
	struct mun_toc_piece piece = { .name = NULL };
	bool got = false;
	int rc = string(p, "FILE", &piece.name, e);

	if (!rc && !*piece.name)
		rc = bad(p, e, "a file without a name");
	if (!rc)
		rc = accept(p, "SWAP", &piece.swap, e);
	if (!rc)
		rc = accept(p, "#", &got, e);
	if (!rc && got)
		rc = number(p, "#", &piece.skip, e);
	if (!rc && !data)
		rc = length(p, block, unit, &piece.start, e);
	if (!rc && p->lex.now.kind == MUN_TOC_NUMBER)
		rc = length(p, block, unit, &piece.bytes, e);
	return rc ? rc : add_piece(p, t, &piece, e);
}

/* ZERO may name a mode, which has to be as large as the track's. */
static int zeros(struct parser *p, struct mun_toc_track *t, uint32_t unit,
		 struct mun_err *e)
{
	uint32_t block = t->track.sector_bytes + t->track.sub_bytes;
	struct mun_toc_piece piece = { .name = NULL };
	const struct mode *mode = find_mode(p);
	enum mun_sub_form form = t->sub;
	bool cooked;
	int rc = 0;

	if (mode && mode->bytes != t->track.sector_bytes)
		return bad(p, e, "ZERO of %u bytes a sector in a track of %u",
			   mode->bytes, t->track.sector_bytes);
	if (mode)
		rc = next(p, e);
	if (!rc)
		rc = sub_mode(p, &form, &cooked, e);
	if (!rc && form != t->sub)
		rc = bad(p, e, "ZERO with sub-channel in a track without");
	if (!rc)
		rc = length(p, block, unit, &piece.bytes, e);
	if (!rc && piece.bytes == 0)
		rc = bad(p, e, "a silence of no length");
	return rc ? rc : add_piece(p, t, &piece, e);
}

static int start(struct parser *p, struct mun_toc_track *t, struct mun_err *e)
{
	if (t->start_given)
		return bad(p, e, "START twice");
	t->start_given = true;
	if (p->lex.now.kind == MUN_TOC_NUMBER)
		return msf(p, "START", &t->start, e);
	t->start_here = true;
	t->start_pieces = t->npieces;
	return 0;
}

/* The postgap stays part of the track. */
static int end(struct parser *p, struct mun_toc_track *t, struct mun_err *e)
{
	uint64_t at;

	mun_image_note(p->img,
		       "the end of track %u before its postgap is not "
		       "kept",
		       t->track.number);
	return p->lex.now.kind == MUN_TOC_NUMBER ? msf(p, "END", &at, e) : 0;
}

static int index_at(struct parser *p, struct mun_toc_track *t,
		    struct mun_err *e)
{
	uint64_t at;
	int rc = msf(p, "INDEX", &at, e);

	if (rc)
		return rc;
	if (at == 0 || (t->nindex && t->index[t->nindex - 1] >= at))
		return bad(p, e, "INDEX is not behind the one before");
	if (t->nindex < MUN_TRACK_INDEXES)
		t->index[t->nindex++] = at;
	else
		mun_image_note(p->img, "track %u has more than %u indexes",
			       t->track.number, MUN_TRACK_INDEXES + 1);
	return 0;
}

static int flag(struct parser *p, struct mun_toc_track *t, bool on,
		struct mun_err *e)
{
	uint8_t bit = mun_toc_is(&p->lex, "COPY") ? 2 : 1;

	if (bit == 1 && !mun_toc_is(&p->lex, "PRE_EMPHASIS"))
		return bad(p, e, "NO without COPY or PRE_EMPHASIS");
	t->track.control = (uint8_t)(t->track.control & ~bit);
	if (on)
		t->track.control |= bit;
	return next(p, e);
}

static int isrc(struct parser *p, struct mun_toc_track *t, struct mun_err *e)
{
	const char *code;
	int rc = string(p, "ISRC", &code, e);

	if (!rc && !mun_isrc_parse(code, t->track.isrc))
		rc = bad(p, e, "'%s' is no ISRC", mun_show(code).text);
	return rc;
}

static int pregap(struct parser *p, struct mun_toc_track *t, struct mun_err *e)
{
	if (t->start_given || t->npieces)
		return bad(p, e, "PREGAP after START or data");
	t->start_given = true;
	return msf(p, "PREGAP", &t->pregap, e);
}

/* One statement of a track; @more is false where the next one begins. */
static int statement(struct parser *p, struct mun_toc_track *t, bool *more,
		     struct mun_err *e)
{
	struct mun_toc_token word = p->lex.now;
	struct mun_toc_lexer here = { .now = word };
	int rc;

	*more = word.kind != MUN_TOC_END && !mun_toc_is(&here, "TRACK");
	if (!*more)
		return 0;
	if (mun_toc_is(&here, "COPY") || mun_toc_is(&here, "PRE_EMPHASIS"))
		return flag(p, t, true, e);
	if (word.kind != MUN_TOC_WORD)
		return bad(p, e, "a statement is missing");
	rc = next(p, e);
	if (rc)
		return rc;
	if (mun_toc_is(&here, "NO"))
		return flag(p, t, false, e);
	if (mun_toc_is(&here, "FILE") || mun_toc_is(&here, "AUDIOFILE"))
		return file(p, t, false, e);
	if (mun_toc_is(&here, "DATAFILE"))
		return file(p, t, true, e);
	if (mun_toc_is(&here, "SILENCE"))
		return zeros(p, t, 4, e);
	if (mun_toc_is(&here, "ZERO"))
		return zeros(p, t, 1, e);
	if (mun_toc_is(&here, "START"))
		return start(p, t, e);
	if (mun_toc_is(&here, "END"))
		return end(p, t, e);
	if (mun_toc_is(&here, "PREGAP"))
		return pregap(p, t, e);
	if (mun_toc_is(&here, "INDEX"))
		return index_at(p, t, e);
	if (mun_toc_is(&here, "ISRC"))
		return isrc(p, t, e);
	if (mun_toc_is(&here, "CD_TEXT"))
		return cd_text(p, e);
	if (mun_toc_is(&here, "TWO_CHANNEL_AUDIO"))
		return 0;
	if (mun_toc_is(&here, "FOUR_CHANNEL_AUDIO")) {
		t->track.control |= 8;
		return 0;
	}
	if (mun_toc_is(&here, "FIFO"))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"line %u: a FIFO is not read", word.line);
	p->lex.now = word;
	return bad(p, e, "unknown statement '%.*s'", (int)MUN_MIN(word.len, 40),
		   word.text);
}

static int track(struct parser *p, struct mun_err *e)
{
	struct mun_toc *toc = p->toc;
	struct mun_toc_track *t = &toc->tracks[toc->ntracks];
	const struct mode *mode = find_mode(p);
	bool more = true;
	int rc;

	if (!mode)
		return bad(p, e, "TRACK without a known mode");
	if (toc->ntracks >= MUN_CD_TRACKS)
		return bad(p, e, "more than %u tracks", MUN_CD_TRACKS);
	t->track.session = 1;
	t->track.number = (unsigned int)++toc->ntracks;
	t->track.mode = mode->mode;
	t->track.sector_bytes = mode->bytes;
	t->first_piece = toc->npieces;
	rc = next(p, e);
	if (!rc)
		rc = sub_mode(p, &t->sub, &t->cooked_sub, e);
	t->track.sub_bytes = mun_sub_stored(t->sub);
	while (!rc && more)
		rc = statement(p, t, &more, e);
	if (!rc && !t->npieces)
		rc = bad(p, e, "track %u holds nothing", t->track.number);
	return rc;
}

int mun_toc_parse(struct mun_toc *t, struct mun_image *img, struct mun_err *e)
{
	struct parser p = { .toc = t, .img = img, .lex.line = 1 };
	int rc = mun_sheet_load(img->src, &t->sheet, e);

	p.lex.at = t->sheet.at;
	if (!rc)
		rc = next(&p, e);
	if (!rc)
		rc = head(&p, e);
	while (!rc && p.lex.now.kind != MUN_TOC_END) {
		rc = expect(&p, "TRACK", e);
		if (!rc)
			rc = track(&p, e);
	}
	if (!rc && !t->ntracks)
		rc = mun_fail(e, MUN_ECORRUPT, "no TRACK");
	return rc;
}

void mun_toc_clear(struct mun_toc *t)
{
	mun_sheet_clear(&t->sheet);
	free(t->pieces);
}
