/* SPDX-License-Identifier: Apache-2.0 */
/* image/loss_usual.c - what is lost where only some of an image is kept */
#include "image/loss.h"

#include "core/check.h"
#include "core/str.h"
#include "image/disc.h"
#include "image/disc_regular.h"
#include "image/floppy.h"
#include "image/image.h"
#include "image/states.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NO_PLACE "the target format has no place for it"

/* Places that are listed as far as there is room, and then counted. */
struct places {
	char text[sizeof(((struct mun_loss_row *)0)->where)];
	uint64_t n;
	uint64_t left_out;
};

static void add_place(struct places *p, const char *fmt, ...) MUN_PRINTF(2, 3);

static void add_place(struct places *p, const char *fmt, ...)
{
	const size_t tail = sizeof(" and 18446744073709551615 more");
	size_t used = strlen(p->text);
	char one[64];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(one, sizeof(one), fmt, args);
	va_end(args);
	p->n++;
	if (p->left_out || len < 0 ||
	    used + 2 + (size_t)len + tail > sizeof(p->text))
		p->left_out++;
	else
		(void)snprintf(p->text + used, sizeof(p->text) - used, "%s%s",
			       used ? ", " : "", one);
}

static void end_places(struct places *p)
{
	size_t used = strlen(p->text);

	if (p->left_out)
		(void)snprintf(p->text + used, sizeof(p->text) - used,
			       " and %" PRIu64 " more", p->left_out);
}

/* The states of sectors. */
struct bad {
	struct places unreadable;
	struct places doubtful;
	uint64_t sector_bytes;
};

static int note_state(void *ctx, const struct mun_extent *x, struct mun_err *e)
{
	struct bad *bad = ctx;
	struct places *p = &bad->unreadable;
	uint64_t first = x->off / bad->sector_bytes;
	uint64_t last = (x->off + x->bytes - 1) / bad->sector_bytes;

	(void)e;
	if (x->kind == MUN_EXTENT_DOUBTFUL)
		p = &bad->doubtful;
	else if (x->kind != MUN_EXTENT_UNREADABLE)
		return 0;
	if (first == last)
		add_place(p, "%s%" PRIu64, p->n ? "" : "LBA ", first);
	else
		add_place(p, "%s%" PRIu64 "-%" PRIu64, p->n ? "" : "LBA ",
			  first, last);
	return 0;
}

static int lose_states(struct mun_loss *l, struct mun_image *img,
		       unsigned int keeps, struct mun_err *e)
{
	const unsigned int both = MUN_KEEPS_UNREADABLE | MUN_KEEPS_DOUBTFUL;
	struct bad bad = { .sector_bytes = MUN_MAX(img->sector_bytes, 1) };
	int rc;

	if ((keeps & both) == both)
		return 0;
	rc = mun_image_walk(img, MUN_VIEW_CONTENT, NULL, note_state, &bad, e);
	end_places(&bad.unreadable);
	end_places(&bad.doubtful);
	if (!rc && bad.unreadable.n && !(keeps & MUN_KEEPS_UNREADABLE))
		rc = mun_loss_add(l, e, "unreadable sectors",
				  bad.unreadable.text,
				  "the target cannot mark them: they become "
				  "zeros like any others");
	if (!rc && bad.doubtful.n && !(keeps & MUN_KEEPS_DOUBTFUL))
		rc = mun_loss_add(l, e, "sectors whose check failed",
				  bad.doubtful.text,
				  "the target cannot mark them: they become "
				  "good ones");
	return rc;
}

/* What a floppy's sectors have beside their bytes. */
struct odd {
	struct places copies;
	struct places deleted;
	struct places ids;
};

/* Plain sectors are numbered from 1, as PCs do, or from 0, as Commodore and
 * Apple did. */
static unsigned int first_number(const struct mun_floppy *f,
				 const struct mun_floppy_track *t)
{
	for (uint32_t i = 0; i < t->sectors; i++)
		if (f->sectors[t->first + i].r == 0)
			return 0;
	return 1;
}

static void look_at_track(const struct mun_floppy *f,
			  const struct mun_floppy_track *t, struct odd *odd)
{
	const unsigned int c = t->cylinder;
	const unsigned int h = t->head;
	const unsigned int step = mun_floppy_step(f);
	const unsigned int first = first_number(f, t);

	for (uint32_t i = 0; i < t->sectors; i++) {
		const struct mun_sector *s = &f->sectors[t->first + i];
		bool odd_id = s->c != c / step || s->h != h || s->r < first ||
			      s->r >= first + t->sectors;

		if (s->content == MUN_SECTOR_NOWHERE && s->bytes)
			add_place(&odd->copies, "%u/%u/%u", c, h, s->r);
		if (s->flags & MUN_SECTOR_DELETED)
			add_place(&odd->deleted, "%u/%u/%u", c, h, s->r);
		if (odd_id && !(s->flags & MUN_SECTOR_NO_ID))
			add_place(&odd->ids, "%u/%u/%u", c, h, s->r);
	}
}

static int lose_places(struct mun_loss *l, const char *what, struct places *p,
		       const char *why, struct mun_err *e)
{
	end_places(p);
	return p->n ? mun_loss_add(l, e, what, p->text, "%s", why) : 0;
}

static int lose_layout(struct mun_loss *l, const struct mun_image *img,
		       struct odd *odd, struct mun_err *e)
{
	int rc = lose_places(l, "ID fields that are not those of the place",
			     &odd->ids, NO_PLACE, e);

	if (!rc && !img->geometry.sectors)
		rc = mun_loss_add(l, e, "layout of the tracks", "all",
				  "they are not alike, and the target only "
				  "has the sectors one after the other");
	return rc;
}

static int lose_floppy(struct mun_loss *l, const struct mun_image *img,
		       unsigned int keeps, struct mun_err *e)
{
	const struct mun_floppy *f = img->floppy;
	struct odd odd = { 0 };
	int rc = 0;

	for (size_t i = 0; i < f->ntracks; i++)
		look_at_track(f, &f->tracks[i], &odd);
	if (!(keeps & MUN_KEEPS_COPIES))
		rc = lose_places(l, "further copies of sectors", &odd.copies,
				 NO_PLACE, e);
	if (!rc && !(keeps & MUN_KEEPS_DELETED))
		rc = lose_places(l, "deleted marks", &odd.deleted, NO_PLACE, e);
	if (!rc && !(keeps & MUN_KEEPS_IDS))
		rc = lose_layout(l, img, &odd, e);
	if (!rc && f->ntags && !(keeps & MUN_KEEPS_TAGS))
		rc = mun_loss_add(l, e, "tags", "all", NO_PLACE);
	if (!rc && f->comment_bytes && !(keeps & MUN_KEEPS_COMMENT))
		rc = mun_loss_add(l, e, "comment", "the image", NO_PLACE);
	return rc;
}

/* One row for each of a disc's things that the target lacks. */
struct lack {
	bool is;
	unsigned int keeps;
	const char *what;
	const char *where;
};

static int lose_lacking(struct mun_loss *l, const struct lack *lacks, size_t n,
			unsigned int keeps, struct mun_err *e)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++)
		if (lacks[i].is && !(keeps & lacks[i].keeps))
			rc = mun_loss_add(l, e, lacks[i].what, lacks[i].where,
					  NO_PLACE);
	return rc;
}

struct disc_has {
	struct places isrc;
	struct places indexes;
	struct places pregaps;
	bool raw;
	unsigned int sessions;
};

static void look_at_disc(const struct mun_image *img, struct disc_has *has)
{
	for (size_t i = 0; i < img->ntracks; i++) {
		const struct mun_track *t = &img->tracks[i];

		has->sessions = MUN_MAX(has->sessions, t->session);
		has->raw |=
			t->mode != MUN_TRACK_AUDIO && t->sector_bytes > 2048;
		if (t->isrc[0])
			add_place(&has->isrc, "track %u", t->number);
		if (t->indexes[0])
			add_place(&has->indexes, "track %u", t->number);
		if (t->pregap_stored)
			add_place(&has->pregaps, "track %u", t->number);
	}
	end_places(&has->isrc);
	end_places(&has->indexes);
	end_places(&has->pregaps);
}

static int lose_disc(struct mun_loss *l, struct mun_image *img,
		     unsigned int keeps, struct mun_err *e)
{
	const struct mun_disc *d = img->disc;
	struct disc_has has = { 0 };
	bool regular = false;

	look_at_disc(img, &has);
	if (d->cooked && has.raw && !(keeps & MUN_KEEPS_RAW_SECTORS)) {
		int rc = mun_disc_is_regular(img, &regular, e);

		if (rc)
			return rc;
	}
	const struct lack lacks[] = {
		/* A disc of one track that is read as its user data needs no
		 * table; any other is nothing without one. */
		{ img->ntracks > 1 || !d->cooked, MUN_KEEPS_TRACKS,
		  "table of tracks", "all" },
		{ d->cooked && has.pregaps.n, MUN_KEEPS_TRACKS,
		  "pregaps that are stored", has.pregaps.text },
		{ has.sessions > 1, MUN_KEEPS_SESSIONS, "sessions", "all" },
		{ img->sub_bytes > 0, MUN_KEEPS_SUB, "sub-channel", "all" },
		{ d->cdtext_bytes > 0, MUN_KEEPS_CDTEXT, "CD-TEXT", "lead-in" },
		{ d->mcn[0] != '\0', MUN_KEEPS_MCN, "catalogue number",
		  "the disc" },
		{ has.isrc.n > 0, MUN_KEEPS_ISRC, "ISRC", has.isrc.text },
		{ has.indexes.n > 0, MUN_KEEPS_INDEXES, "index 2 and above",
		  has.indexes.text },
		{ d->cooked && has.raw && !regular, MUN_KEEPS_RAW_SECTORS,
		  "headers, EDC and ECC of sectors", "all" },
	};

	return lose_lacking(l, lacks, MUN_COUNT(lacks), keeps, e);
}

/* The comment of a floppy's table, which is a row of its own. */
static bool is_comment(const struct mun_image *img,
		       const struct mun_image_fact *f)
{
	return img->floppy && img->floppy->comment_bytes &&
	       (strcmp(f->name, "comment") == 0 ||
		strcmp(f->name, "name") == 0);
}

/* What else the container says. */
static int lose_facts(struct mun_loss *l, const struct mun_image *img,
		      unsigned int keeps, struct mun_err *e)
{
	struct places made = { 0 };
	int rc = 0;

	for (size_t i = 0; !rc && i < img->nfacts; i++) {
		const struct mun_image_fact *f = &img->facts[i];

		if (f->kind == MUN_FACT_MADE && !is_comment(img, f))
			add_place(&made, "%s", f->name);
		else if (f->kind == MUN_FACT_SNAPSHOT)
			rc = mun_loss_add(l, e, "snapshot", f->name,
					  "only the disk as it is now is "
					  "written");
		/* Of some the table of sectors knows more. */
		else if (f->kind == MUN_FACT_LIMIT &&
			 !(img->floppy && mun_floppy_shows(f->name)))
			rc = mun_loss_add(l, e, f->name, "all", "%s", f->value);
	}
	end_places(&made);
	if (!rc && made.n && !(keeps & MUN_KEEPS_MADE))
		rc = mun_loss_add(l, e, "what it says about its making",
				  made.text, NO_PLACE);
	return rc;
}

int mun_loss_usual(struct mun_loss *l, struct mun_image *img,
		   unsigned int keeps, struct mun_err *e)
{
	int rc = lose_states(l, img, keeps, e);

	if (!rc && img->floppy)
		rc = lose_floppy(l, img, keeps, e);
	if (!rc && img->disc)
		rc = lose_disc(l, img, keeps, e);
	if (!rc)
		rc = lose_facts(l, img, keeps, e);
	return rc;
}
