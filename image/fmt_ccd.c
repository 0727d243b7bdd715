/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_ccd.c - a control file of CloneCD, with its .img and .sub
 *
 * Text in sections: [CloneCD], [Disc], [Session n], [Entry n] (a row of the
 * table of contents as a drive gives it: Point 1 to 99 a track, 0xa2 where the
 * lead-out begins), [TRACK n] (MODE, ISRC, INDEX n), [CDText] (rows of 16 bytes
 * in hex).  The .img holds 2352 bytes a sector, the .sub 96 bytes, P to W one
 * after the other; both without what lies between sessions.
 */
#include "image/image.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/cdsector.h"
#include "image/cdtext.h"
#include "image/companion.h"
#include "image/disc.h"
#include "image/disc_sheet.h"
#include "image/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define INDEXES 100u
#define SESSIONS MUN_CD_TRACKS

enum section { NOWHERE, CLONECD, DISC, SESSION, ENTRY, TRACK, CDTEXT };

struct ccd_track {
	bool entry; /* there is a row of the table for it */
	unsigned int session;
	unsigned int control;
	int64_t lba; /* of index 1 */
	int64_t mode; /* -1: not told */
	int64_t index[INDEXES]; /* -1: not told */
	char isrc[13];
};

struct ccd {
	struct mun_image *img;
	struct mun_sheet sheet;
	enum section section;
	int64_t number; /* of the section */
	/* The row being read. */
	int64_t session;
	int64_t point;
	int64_t control;
	int64_t plba;
	struct ccd_track tracks[MUN_CD_TRACKS + 1];
	int64_t lead_out[SESSIONS + 1]; /* -1: not told */
	bool scrambled;
	char mcn[14];
	uint8_t *packs; /* owned */
	size_t npacks;
};

static int ccd_bid(struct mun_source *src, const char *file_name)
{
	char head[256];
	struct mun_sheet sheet = { .text = head, .at = head };
	char *line;

	(void)file_name;
	if (!mun_sheet_head(src, head, sizeof(head)))
		return MUN_BID_NO;
	while ((line = mun_sheet_line(&sheet))) {
		const char *word = mun_sheet_word(&line);

		if (!word)
			continue;
		if (!mun_sheet_is(word, "[CloneCD]"))
			return MUN_BID_NO;
		line = mun_sheet_line(&sheet);
		return line && strncasecmp(line, "Version", 7) == 0
			       ? MUN_BID_CHECKED
			       : MUN_BID_MAGIC;
	}
	return MUN_BID_NO;
}

/* ---- the text ---- */

static int bad_line(const struct ccd *c, struct mun_err *e, const char *what)
{
	return mun_fail(e, MUN_ECORRUPT, "line %u: %s", c->sheet.line, what);
}

/* Decimal, negative too, or 0x and hex. */
static int parse_number(const struct ccd *c, const char *text, int64_t *out,
			struct mun_err *e)
{
	bool hex = strncasecmp(text, "0x", 2) == 0;
	const char *digits = text + (hex ? 2 : *text == '-');
	size_t len =
		strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");

	if (len == 0 || len > (hex ? 7u : 9u) || digits[len])
		return bad_line(c, e, "a number is expected");
	*out = strtoll(text, NULL, hex ? 16 : 10);
	return 0;
}

/* A row is whole when the next section begins. */
static int end_entry(struct ccd *c, struct mun_err *e)
{
	struct ccd_track *t;

	if (c->section != ENTRY || c->session < 1 || c->session > SESSIONS)
		return c->section == ENTRY
			       ? bad_line(c, e, "an entry of no session")
			       : 0;
	if (c->point == 0xa2)
		c->lead_out[c->session] = c->plba;
	if (c->point < 1 || c->point > MUN_CD_TRACKS)
		return 0;
	t = &c->tracks[c->point];
	if (t->entry)
		return bad_line(c, e, "a second entry of one track");
	t->entry = true;
	t->session = (unsigned int)c->session;
	t->control = (unsigned int)c->control;
	t->lba = c->plba;
	return 0;
}

static const struct {
	const char *word;
	enum section section;
} sections[] = {
	{ "CloneCD", CLONECD }, { "Disc", DISC },   { "Session", SESSION },
	{ "Entry", ENTRY },     { "TRACK", TRACK }, { "CDText", CDTEXT },
};

static int on_section(struct ccd *c, char *line, struct mun_err *e)
{
	char *end = strchr(line, ']');
	const char *word;
	const char *number;
	int rc = end_entry(c, e);

	if (rc)
		return rc;
	if (!end)
		return bad_line(c, e, "a section without ']'");
	*end = '\0';
	line++;
	word = mun_sheet_word(&line);
	number = mun_sheet_word(&line);
	c->section = NOWHERE;
	c->number = -1;
	for (size_t i = 0; i < MUN_COUNT(sections); i++)
		if (mun_sheet_is(word, sections[i].word))
			c->section = sections[i].section;
	if (number)
		rc = parse_number(c, number, &c->number, e);
	if (!rc && c->section == TRACK &&
	    (c->number < 1 || c->number > MUN_CD_TRACKS))
		rc = bad_line(c, e, "a track that is not 1 to 99");
	c->session = 0;
	c->point = -1;
	c->control = 0;
	c->plba = 0;
	return rc;
}

static int on_disc(struct ccd *c, const char *key, char *value,
		   struct mun_err *e)
{
	int64_t n;
	int rc;

	if (mun_sheet_is(key, "CATALOG")) {
		if (mun_mcn_parse(value, c->mcn))
			return 0;
		mun_image_note(c->img, "the catalogue number is none");
		return mun_image_fact_bytes(c->img, MUN_FACT_MADE,
					    "catalogue number", value,
					    strlen(value), e);
	}
	if (!mun_sheet_is(key, "DataTracksScrambled"))
		return 0;
	rc = parse_number(c, value, &n, e);
	if (!rc)
		c->scrambled = n != 0;
	return rc;
}

static int on_entry(struct ccd *c, const char *key, const char *value,
		    struct mun_err *e)
{
	if (mun_sheet_is(key, "Session"))
		return parse_number(c, value, &c->session, e);
	if (mun_sheet_is(key, "Point"))
		return parse_number(c, value, &c->point, e);
	if (mun_sheet_is(key, "Control"))
		return parse_number(c, value, &c->control, e);
	if (mun_sheet_is(key, "PLBA"))
		return parse_number(c, value, &c->plba, e);
	return 0;
}

static int on_track(struct ccd *c, char *key, const char *value,
		    struct mun_err *e)
{
	struct ccd_track *t = &c->tracks[c->number];
	const char *word = mun_sheet_word(&key);
	int64_t n;
	int rc;

	if (mun_sheet_is(word, "MODE"))
		return parse_number(c, value, &t->mode, e);
	if (mun_sheet_is(word, "ISRC")) {
		if (!mun_isrc_parse(value, t->isrc))
			mun_image_note(c->img, "the ISRC of track %d is none",
				       (int)c->number);
		return 0;
	}
	if (!mun_sheet_is(word, "INDEX"))
		return 0;
	word = mun_sheet_word(&key);
	rc = parse_number(c, word ? word : "", &n, e);
	if (!rc && (n < 0 || n >= INDEXES))
		rc = bad_line(c, e, "an index that is not 0 to 99");
	return rc ? rc : parse_number(c, value, &t->index[n], e);
}

/* "Entry 0=80 00 00 ...": a pack without its CRC. */
static int on_cdtext(struct ccd *c, char *key, char *value, struct mun_err *e)
{
	uint8_t *pack;
	uint8_t *list;

	if (!mun_sheet_is(mun_sheet_word(&key), "Entry"))
		return 0;
	if (c->npacks >= MUN_CDTEXT_MAX / MUN_CDTEXT_PACK)
		return bad_line(c, e, "more CD-TEXT than a disc can hold");
	list = reallocarray(c->packs, c->npacks + 1, MUN_CDTEXT_PACK);
	if (!list)
		return mun_fail_nomem(e, "CD-TEXT");
	c->packs = list;
	pack = list + c->npacks * MUN_CDTEXT_PACK;
	for (size_t i = 0; i < 16; i++) {
		const char *hex = mun_sheet_word(&value);

		if (!hex || strlen(hex) != 2 || !mun_unhex(hex, pack + i, 1))
			return bad_line(c, e, "16 bytes in hex are expected");
	}
	mun_cdtext_seal(pack);
	c->npacks++;
	return 0;
}

static int on_line(struct ccd *c, char *line, struct mun_err *e)
{
	char *value;

	while (*line == ' ' || *line == '\t')
		line++;
	if (*line == '[')
		return on_section(c, line, e);
	if (!*line || *line == ';')
		return 0;
	value = strchr(line, '=');
	if (!value)
		return bad_line(c, e, "neither a section nor a value");
	*value++ = '\0';
	line = mun_sheet_rest(&line);
	value = mun_sheet_rest(&value);
	switch (c->section) {
	case CLONECD:
		return mun_image_fact_bytes(c->img, MUN_FACT_MADE,
					    mun_show(line).text, value,
					    strlen(value), e);
	case DISC:
		return on_disc(c, line, value, e);
	case ENTRY:
		return on_entry(c, line, value, e);
	case TRACK:
		return on_track(c, line, value, e);
	case CDTEXT:
		return on_cdtext(c, line, value, e);
	case SESSION:
	case NOWHERE:
		break;
	}
	return 0;
}

static int parse(struct ccd *c, struct mun_err *e)
{
	char *line;
	int rc = mun_sheet_load(c->img->src, &c->sheet, e);

	for (size_t i = 0; i <= MUN_CD_TRACKS; i++) {
		c->lead_out[i] = -1;
		c->tracks[i].mode = -1;
		for (size_t k = 0; k < INDEXES; k++)
			c->tracks[i].index[k] = -1;
	}
	while (!rc && (line = mun_sheet_line(&c->sheet)))
		rc = on_line(c, line, e);
	return rc ? rc : end_entry(c, e);
}

/* ---- the tracks ---- */

struct layout {
	struct ccd *c;
	struct mun_disc *disc;
	struct mun_source *img; /* the disc's */
	uint64_t at; /* sectors of the .img so far */
};

static int open_beside(const struct ccd *c, const char *suffix,
		       struct mun_source **out, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	mun_autofree char *name = NULL;
	const char *own = c->img->file_name;
	const char *dot = strrchr(own, '.');
	int stem = (int)(dot ? dot - own : (long)strlen(own));
	int rc;

	if (!stem)
		return mun_fail(e, MUN_ENOENT,
				"it needs its '.%s', and its own name is not "
				"known",
				suffix);
	rc = mun_fmt(&name, e, "%.*s.%s", stem, own, suffix);
	if (!rc)
		rc = mun_companion_open(c->img->companions, name, &src, e);
	if (!rc)
		rc = mun_image_fact(c->img, MUN_FACT_PART, mun_show(name).text,
				    e, "%llu bytes",
				    (unsigned long long)src->size);
	if (!rc)
		*out = mun_steal(&src);
	return rc;
}

/*
 * The lengths of the gaps follow from the indexes, which count from the begin
 * of the session: the first track of a later one has its two seconds stored.
 */
static int64_t gap_of(const struct ccd_track *t, bool first)
{
	int64_t from = first && t->index[0] < 0 ? 0 : t->index[0];

	if (from < 0 || t->index[1] < from)
		return 0;
	if (first && t->index[1] - from > MUN_CD_LEAD && t->session > 1)
		return 0; /* counted from the begin of the disc */
	return t->index[1] - from;
}

/* The sector itself knows better than the text, which is often wrong. */
static int find_mode(struct layout *l, const struct ccd_track *t,
		     uint64_t sector, struct mun_track *out, struct mun_err *e)
{
	uint8_t head[16];
	int rc = mun_peek(l->img, head, sizeof(head), sector * MUN_CD_RAW, e);
	enum mun_track_mode told;

	out->mode = MUN_TRACK_AUDIO;
	if (rc || !(t->control & 4))
		return rc;
	told = t->mode == 2 ? MUN_TRACK_MODE2 : MUN_TRACK_DATA;
	out->mode = told;
	if (mun_cd_has_sync(head) && (head[15] & 3) == 1)
		out->mode = MUN_TRACK_DATA;
	else if (mun_cd_has_sync(head) && (head[15] & 3) == 2)
		out->mode = MUN_TRACK_MODE2;
	if (t->mode >= 0 && out->mode != told)
		mun_image_note(l->c->img, "track %u is of mode %d, not %d",
			       out->number,
			       out->mode == MUN_TRACK_MODE2 ? 2 : 1,
			       (int)t->mode);
	return 0;
}

static void set_indexes(const struct ccd_track *t, struct mun_track *out)
{
	for (size_t i = 0; i < MUN_TRACK_INDEXES; i++) {
		int64_t at = t->index[i + 2] - t->index[1];

		if (t->index[i + 2] < 0 || t->index[1] < 0 || at <= 0 ||
		    (uint64_t)at >= out->sectors)
			return;
		out->indexes[i] = (uint32_t)at;
	}
}

/* @end: where the next track's gap or the lead-out begins. */
static int add_track(struct layout *l, unsigned int number, int64_t gap,
		     int64_t end, struct mun_err *e)
{
	const struct ccd_track *t = &l->c->tracks[number];
	struct mun_track out = {
		.session = t->session,
		.number = number,
		.sector_bytes = MUN_CD_RAW,
		.control = (uint8_t)(t->control & 0xb),
	};
	struct mun_disc_run run = {
		.src = l->img,
		.off = l->at * MUN_CD_RAW,
		.stride = MUN_CD_RAW,
		.main_bytes = MUN_CD_RAW,
		.track = (unsigned int)l->c->img->ntracks,
	};
	int rc;

	if (t->lba < 0 || end <= t->lba)
		return mun_fail(e, MUN_ECORRUPT,
				"track %u begins at sector %lld and ends at "
				"%lld",
				number, (long long)t->lba, (long long)end);
	out.start = (uint64_t)t->lba;
	out.sectors = (uint64_t)(end - t->lba);
	out.pregap = (uint32_t)gap;
	out.pregap_stored = (uint32_t)gap;
	memcpy(out.isrc, t->isrc, sizeof(out.isrc));
	set_indexes(t, &out);
	rc = find_mode(l, t, l->at + (uint64_t)gap, &out, e);
	run.sectors = out.sectors + out.pregap_stored;
	l->at += run.sectors;
	if (!rc)
		rc = mun_disc_add_run(l->disc, &run, e);
	return rc ? rc : mun_disc_add_track(l->c->img, &out, e);
}

static int add_tracks(struct layout *l, struct mun_err *e)
{
	const struct ccd *c = l->c;
	unsigned int before = 0; /* session of the track before */
	int rc = 0;

	for (unsigned int i = 1; i <= MUN_CD_TRACKS && !rc; i++) {
		const struct ccd_track *t = &c->tracks[i];
		const struct ccd_track *next = NULL;
		int64_t end = c->lead_out[t->session];

		if (!t->entry)
			continue;
		if (t->session < before)
			return mun_fail(e, MUN_ECORRUPT,
					"track %u is of session %u, after %u",
					i, t->session, before);
		if (i < MUN_CD_TRACKS && c->tracks[i + 1].entry &&
		    c->tracks[i + 1].session == t->session)
			next = &c->tracks[i + 1];
		if (next)
			end = next->lba - gap_of(next, false);
		if (end < 0)
			return mun_fail(e, MUN_ECORRUPT,
					"session %u has no lead-out",
					t->session);
		rc = add_track(l, i, gap_of(t, t->session != before), end, e);
		before = t->session;
	}
	return rc;
}

/* ---- opening ---- */

static int take_packs(const struct layout *l, struct mun_err *e)
{
	const struct ccd *c = l->c;
	int rc;

	if (!c->npacks)
		return 0;
	rc = mun_cdtext_take(c->img, l->disc, c->packs,
			     c->npacks * MUN_CDTEXT_PACK, e);
	/* The CRCs are ours: nothing was checked. */
	mun_image_settle(c->img, "CRC of CD-TEXT", MUN_FACT_NONE);
	return rc;
}

static void tell_sizes(const struct layout *l)
{
	uint64_t there = l->img->size / MUN_CD_RAW;

	if (there > l->at)
		mun_image_note(l->c->img,
			       "%llu sectors of the .img are in no "
			       "track",
			       (unsigned long long)(there - l->at));
	if (l->disc->sub && l->disc->sub->size / MUN_CD_SUB != l->at)
		mun_image_note(l->c->img, "the .sub has %llu sectors, not %llu",
			       (unsigned long long)l->disc->sub->size /
				       MUN_CD_SUB,
			       (unsigned long long)l->at);
}

static int open_files(struct layout *l, struct mun_err *e)
{
	int rc = open_beside(l->c, "img", &l->img, e);

	if (rc)
		return rc;
	rc = mun_disc_own(l->disc, l->img, e);
	if (rc)
		return rc;
	rc = open_beside(l->c, "sub", &l->disc->sub, e);
	if (rc != MUN_ENOENT)
		return rc;
	mun_image_note(l->c->img, "there is no .sub beside it");
	return 0;
}

static int build(struct ccd *c, struct mun_err *e)
{
	mun_auto(disc) *d = NULL;
	struct layout l = { .c = c };
	int rc = mun_disc_new(&d, e);

	l.disc = d;
	if (!rc)
		rc = open_files(&l, e);
	if (!rc)
		rc = add_tracks(&l, e);
	if (!rc)
		rc = take_packs(&l, e);
	if (rc)
		return rc;
	tell_sizes(&l);
	memcpy(d->mcn, c->mcn, sizeof(d->mcn));
	return mun_disc_done(c->img, mun_steal(&d), e);
}

static int keep(struct mun_image *img, struct mun_err *e)
{
	img->medium = MUN_MEDIUM_OPTICAL;
	img->sector_bytes = 1;
	img->bytes = img->src->size;
	mun_image_preserve_only(img, "its data tracks are scrambled, which is "
				     "not undone");
	return mun_image_one_track(img, e);
}

static int ccd_open(struct mun_image *img, struct mun_err *e)
{
	struct ccd *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return mun_fail_nomem(e, "control file");
	c->img = img;
	mun_image_set_puid(img, "fmt/1760");
	mun_image_set_mime(img, "text/plain");
	rc = parse(c, e);
	if (!rc)
		rc = c->scrambled ? keep(img, e) : build(c, e);
	mun_sheet_clear(&c->sheet);
	free(c->packs);
	free(c);
	return rc;
}

const struct mun_image_driver mun_image_ccd = {
	.name = "ccd",
	.title = "CloneCD control file with its IMG and SUB",
	.suffixes = "ccd",
	.bid = ccd_bid,
	.open = ccd_open,
	.pread = mun_disc_pread,
	.next_extent = mun_disc_next_extent,
};
