/* SPDX-License-Identifier: Apache-2.0 */
/* image/floppy_done.c - a table of sectors put in order, and what it tells */
#include "image/floppy.h"

#include "core/check.h"
#include "image/driver.h"
#include "image/fat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_place(const void *a, const void *b)
{
	const struct mun_floppy_track *x = a;
	const struct mun_floppy_track *y = b;

	if (x->cylinder != y->cylinder)
		return x->cylinder < y->cylinder ? -1 : 1;
	return (x->head > y->head) - (x->head < y->head);
}

static bool sorted(const struct mun_floppy *f)
{
	for (size_t i = 1; i < f->ntracks; i++)
		if (by_place(&f->tracks[i - 1], &f->tracks[i]) > 0)
			return false;
	return true;
}

/* Tracks by place, and sectors and data after them: MUN_VIEW_RAW. */
static int sort_tracks(struct mun_floppy *f, struct mun_err *e)
{
	struct mun_sector *sectors;
	uint8_t *data;
	size_t n = 0;
	size_t at = 0;

	if (sorted(f))
		return 0;
	sectors = malloc(f->nsectors * sizeof(*sectors));
	data = malloc(f->bytes);
	if (!sectors || !data) {
		free(sectors);
		free(data);
		return mun_fail_nomem(e, "sectors of a floppy");
	}
	qsort(f->tracks, f->ntracks, sizeof(*f->tracks), by_place);
	for (size_t i = 0; i < f->ntracks; i++) {
		struct mun_floppy_track *t = &f->tracks[i];

		for (uint32_t k = 0; k < t->sectors; k++) {
			struct mun_sector *s = &sectors[n + k];

			*s = f->sectors[t->first + k];
			memcpy(data + at, f->data + s->raw, s->bytes);
			s->raw = at;
			at += s->bytes;
		}
		t->first = (uint32_t)n;
		n += t->sectors;
	}
	free(f->sectors);
	free(f->data);
	f->sectors = sectors;
	f->data = data;
	f->sectors_room = f->nsectors;
	f->data_room = f->bytes;
	return 0;
}

/* The less the better. */
static int badness(const struct mun_sector *s)
{
	if (s->flags & MUN_SECTOR_NO_DATA)
		return 4;
	if (s->flags & MUN_SECTOR_BAD_ID)
		return 3;
	if (s->flags & MUN_SECTOR_BAD_DATA)
		return 2;
	return s->flags & MUN_SECTOR_WEAK ? 1 : 0;
}

/* All four bytes of it in one number, R first. */
static uint32_t id_of(const struct mun_sector *s)
{
	return (uint32_t)s->r << 24 | (uint32_t)s->c << 16 |
	       (uint32_t)s->h << 8 | s->n;
}

/* The ID, then how well it was read, then the place on the medium. */
static int by_id(const void *a, const void *b)
{
	const struct mun_sector *x = *(struct mun_sector *const *)a;
	const struct mun_sector *y = *(struct mun_sector *const *)b;

	if (id_of(x) != id_of(y))
		return id_of(x) < id_of(y) ? -1 : 1;
	if (badness(x) != badness(y))
		return badness(x) < badness(y) ? -1 : 1;
	return (x->raw > y->raw) - (x->raw < y->raw);
}

/* R, then the place on the medium. */
static int by_r(const void *a, const void *b)
{
	const struct mun_sector *x = *(struct mun_sector *const *)a;
	const struct mun_sector *y = *(struct mun_sector *const *)b;

	if (x->r != y->r)
		return x->r < y->r ? -1 : 1;
	return (x->raw > y->raw) - (x->raw < y->raw);
}

/* The sectors of one track by R, of each ID the best. */
static void order_track(struct mun_floppy *f, const struct mun_floppy_track *t,
			bool no_ids)
{
	struct mun_sector **track = f->order + f->norder;
	size_t n = 0;
	size_t kept = 0;

	for (uint32_t i = 0; i < t->sectors; i++) {
		struct mun_sector *s = &f->sectors[t->first + i];

		if (no_ids || !(s->flags & MUN_SECTOR_NO_ID))
			track[n++] = s;
	}
	qsort(track, n, sizeof(*track), by_id);
	for (size_t i = 0; i < n; i++)
		if (!kept || id_of(track[i]) != id_of(track[kept - 1]))
			track[kept++] = track[i];
	qsort(track, kept, sizeof(*track), by_r);
	f->norder += kept;
}

static int make_order(struct mun_floppy *f, struct mun_err *e)
{
	bool no_ids = true;

	f->order = calloc(f->nsectors, sizeof(struct mun_sector *));
	if (!f->order)
		return mun_fail_nomem(e, "order of the sectors");
	for (size_t i = 0; i < f->nsectors; i++)
		if (!(f->sectors[i].flags & MUN_SECTOR_NO_ID))
			no_ids = false;
	for (size_t i = 0; i < f->ntracks; i++)
		order_track(f, &f->tracks[i], no_ids);
	for (size_t i = 0; i < f->norder; i++) {
		f->order[i]->content = f->content_bytes;
		f->content_bytes += f->order[i]->bytes;
	}
	return 0;
}

/* Sectors of the content on track @t, and their size: 0 where it varies. */
static uint32_t content_sectors(const struct mun_floppy *f,
				const struct mun_floppy_track *t,
				uint32_t *bytes_out)
{
	uint32_t n = 0;
	uint32_t bytes = 0;

	for (uint32_t i = 0; i < t->sectors; i++) {
		const struct mun_sector *s = &f->sectors[t->first + i];

		if (s->content == MUN_SECTOR_NOWHERE)
			continue;
		bytes = n == 0 || bytes == s->bytes ? s->bytes : 0;
		n++;
	}
	*bytes_out = bytes;
	return n;
}

/* The size that most sectors have; the first of two.  Sizes are few: those that
 * find no room in the table are rare. */
static uint32_t commonest_size(const struct mun_floppy *f)
{
	struct {
		uint32_t bytes;
		size_t count;
	} sizes[16] = { { 0, 0 } };
	size_t n = 0;
	size_t best = 0;

	for (size_t i = 0; i < f->norder; i++) {
		size_t k = 0;

		while (k < n && sizes[k].bytes != f->order[i]->bytes)
			k++;
		if (k == MUN_COUNT(sizes))
			continue;
		if (k == n)
			sizes[n++].bytes = f->order[i]->bytes;
		sizes[k].count++;
	}
	for (size_t k = 1; k < n; k++)
		if (sizes[k].count > sizes[best].count)
			best = k;
	return sizes[best].bytes;
}

/* 2 where each second cylinder alone has sectors: a disk of 40 cylinders that a
 * drive of 80 has read. */
static unsigned int step_of(const struct mun_floppy *f)
{
	bool further = false;

	for (size_t i = 0; i < f->ntracks; i++) {
		if (!f->tracks[i].sectors)
			continue;
		if (f->tracks[i].cylinder & 1)
			return 1;
		further = further || f->tracks[i].cylinder > 0;
	}
	return further ? 2 : 1;
}

/* Known where all tracks are alike and none is missing between them; tracks
 * without sectors may follow the last. */
static void find_geometry(struct mun_image *img, const struct mun_floppy *f)
{
	struct mun_geometry g = { 0 };
	unsigned int step = step_of(f);
	size_t formatted = 0;

	for (size_t i = 0; i < f->ntracks; i++) {
		const struct mun_floppy_track *t = &f->tracks[i];
		uint32_t bytes;
		uint32_t n = content_sectors(f, t, &bytes);

		if (!n)
			continue;
		if (bytes != img->sector_bytes || (g.sectors && g.sectors != n))
			return;
		g.sectors = n;
		g.cylinders = MUN_MAX(g.cylinders, t->cylinder / step + 1u);
		g.heads = MUN_MAX(g.heads, t->head + 1u);
		formatted++;
	}
	if (formatted == (size_t)g.cylinders * g.heads)
		img->geometry = g;
}

/* What the whole disk was recorded as, or "" where that is not one thing. */
static void tell_recording(struct mun_image *img, const struct mun_floppy *f)
{
	static const char *const names[] = {
		[MUN_ENCODING_FM] = "FM",
		[MUN_ENCODING_MFM] = "MFM",
		[MUN_ENCODING_GCR] = "GCR",
	};
	const struct mun_floppy_track *first = NULL;
	bool kbps = true;

	for (size_t i = 0; i < f->ntracks; i++) {
		const struct mun_floppy_track *t = &f->tracks[i];

		if (!t->sectors)
			continue;
		if (!first)
			first = t;
		if (t->encoding != first->encoding) {
			mun_image_variant(img, "tracks of several recordings");
			return;
		}
		kbps = kbps && t->kbps == first->kbps;
	}
	if (!first || first->encoding == MUN_ENCODING_UNKNOWN ||
	    first->encoding >= MUN_COUNT(names))
		return;
	if (kbps && first->kbps)
		mun_image_variant(img, "%s %u kbit/s", names[first->encoding],
				  first->kbps);
	else
		mun_image_variant(img, "%s", names[first->encoding]);
}

static void tell_form(struct mun_image *img, const struct mun_floppy *f)
{
	const struct mun_geometry *g = &img->geometry;

	if (g->cylinders)
		mun_image_variant(img, "%u x %u x %u of %u bytes", g->cylinders,
				  g->heads, g->sectors, img->sector_bytes);
	else
		mun_image_variant(img, "%zu sectors on %zu tracks", f->norder,
				  f->ntracks);
	tell_recording(img, f);
}

struct counts {
	size_t copies;
	size_t no_id;
	size_t deleted;
	size_t doubtful;
	size_t unreadable;
	size_t odd; /* of another size than most */
	size_t foreign; /* whose ID names another cylinder or head */
	size_t empty; /* tracks without a sector below the last one that has */
	char where[64]; /* the first of them */
};

static void count_sector(struct counts *c, const struct mun_floppy_track *t,
			 const struct mun_sector *s, uint32_t usual,
			 unsigned int step)
{
	enum mun_extent_kind state = mun_sector_state(s);

	if (s->flags & MUN_SECTOR_NO_ID) {
		c->no_id++;
		return;
	}
	if (s->content == MUN_SECTOR_NOWHERE) {
		c->copies++;
		return;
	}
	c->deleted += (s->flags & MUN_SECTOR_DELETED) != 0;
	c->doubtful += state == MUN_EXTENT_DOUBTFUL;
	c->unreadable += state == MUN_EXTENT_UNREADABLE;
	c->odd += s->bytes != usual;
	c->foreign += s->c != (t->cylinder / step & 0xff) || s->h != t->head;
}

/* What a rectangle of cylinders and heads up to the last track would have. */
static void count_empty(struct counts *c, const struct mun_floppy *f,
			unsigned int step)
{
	const struct mun_floppy_track *last = NULL;
	size_t heads = 0;
	size_t formatted = 0;
	bool told = false;

	for (size_t i = 0; i < f->ntracks; i++)
		if (f->tracks[i].sectors)
			heads = MUN_MAX(heads, f->tracks[i].head + 1u);
	for (size_t i = 0; i < f->ntracks; i++) {
		const struct mun_floppy_track *t = &f->tracks[i];

		if (!t->sectors)
			continue;
		if (!told &&
		    t->cylinder / step * heads + t->head != formatted) {
			told = true;
			(void)snprintf(c->where, sizeof(c->where),
				       "cylinder %zu, head %zu",
				       formatted / heads * step,
				       formatted % heads);
		}
		last = t;
		formatted++;
	}
	if (last)
		c->empty = last->cylinder / step * heads + last->head + 1 -
			   formatted;
}

static void count_all(struct counts *c, const struct mun_floppy *f,
		      uint32_t usual, unsigned int step)
{
	for (size_t i = 0; i < f->ntracks; i++) {
		const struct mun_floppy_track *t = &f->tracks[i];

		for (uint32_t k = 0; k < t->sectors; k++)
			count_sector(c, t, &f->sectors[t->first + k], usual,
				     step);
	}
	count_empty(c, f, step);
}

static int tell_limits(struct mun_image *img, const struct counts *c,
		       struct mun_err *e)
{
	const struct {
		size_t n;
		const char *name;
		const char *text;
	} rows[] = {
		{ c->copies, "copies",
		  "sectors more with an ID that was there before: of each ID "
		  "the one that was read best" },
		{ c->no_id, "no ID", "sectors without an ID field" },
		{ c->deleted, "deleted marks",
		  "sectors with a deleted data mark" },
		{ c->odd, "sector sizes",
		  "sectors of another size than the others" },
		{ c->foreign, "ID fields",
		  "sectors whose ID names another cylinder or head" },
	};
	int rc = 0;

	for (size_t i = 0; i < MUN_COUNT(rows) && !rc; i++)
		if (rows[i].n)
			rc = mun_image_fact(img, MUN_FACT_LIMIT, rows[i].name,
					    e, "%zu %s", rows[i].n,
					    rows[i].text);
	if (!rc && c->empty)
		rc = mun_image_fact(img, MUN_FACT_LIMIT, "missing tracks", e,
				    "%zu tracks without a sector, the first "
				    "is %s: nothing stands for them",
				    c->empty, c->where);
	return rc;
}

static int tell_counts(struct mun_image *img, const struct mun_floppy *f,
		       struct mun_err *e)
{
	struct counts c = { 0 };
	unsigned int step = step_of(f);

	count_all(&c, f, img->sector_bytes, step);
	if (step == 2)
		mun_image_note(img, "only each second cylinder has sectors: "
				    "a 48 tpi disk in a 96 tpi drive");
	if (c.unreadable)
		mun_image_note(img, "%zu sectors have no data", c.unreadable);
	if (c.doubtful)
		mun_image_note(img, "%zu sectors were read with an error",
			       c.doubtful);
	if (c.empty)
		mun_image_note(img, "%zu tracks are missing", c.empty);
	return tell_limits(img, &c, e);
}

bool mun_floppy_shows(const char *name)
{
	static const char *const names[] = {
		"copies",       "no ID",     "deleted marks",
		"sector sizes", "ID fields", "missing tracks",
		"cut sectors",  "skipped",   "not imaged",
	};

	for (size_t i = 0; i < MUN_COUNT(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* A DOS disk bears a name, in whatever container. */
static int look_for_fat(struct mun_image *img, struct mun_err *e)
{
	mun_auto(source) *decoded = NULL;
	struct mun_fat fat;
	uint64_t volume;
	int rc;

	if (img->driver->pread != mun_floppy_pread)
		return 0;
	rc = mun_image_source(img, &decoded, e);
	if (!rc)
		rc = mun_fat_probe(decoded, &fat, e);
	if (rc || fat.type != MUN_FAT12 || !fat.fat_follows)
		return rc;
	mun_image_variant(img, "FAT12");
	volume = fat.sectors * fat.sector_bytes;
	if (volume > img->bytes)
		mun_image_note(img,
			       "image is %llu bytes shorter than its volume",
			       (unsigned long long)(volume - img->bytes));
	else if (volume < img->bytes)
		mun_image_note(img, "%llu bytes follow the volume",
			       (unsigned long long)(img->bytes - volume));
	return mun_fat_label(decoded, &fat, img->volume_label,
			     sizeof(img->volume_label), e);
}

int mun_floppy_done(struct mun_image *img, struct mun_floppy *f,
		    struct mun_err *e)
{
	int rc;

	img->floppy = f;
	if (!f->nsectors)
		return mun_fail(e, MUN_ECORRUPT,
				"no track has a sector: nothing to read");
	rc = sort_tracks(f, e);
	if (!rc)
		rc = make_order(f, e);
	if (rc)
		return rc;
	img->medium = MUN_MEDIUM_FLOPPY;
	img->bytes = f->content_bytes;
	img->raw_bytes = f->bytes;
	img->sub_bytes = f->ntags ? (uint64_t)f->norder * MUN_FLOPPY_TAG : 0;
	img->sector_bytes = commonest_size(f);
	find_geometry(img, f);
	tell_form(img, f);
	rc = tell_counts(img, f, e);
	if (!rc)
		rc = look_for_fat(img, e);
	return rc ? rc : mun_image_one_track(img, e);
}
