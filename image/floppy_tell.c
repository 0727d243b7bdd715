/* SPDX-License-Identifier: Apache-2.0 */
/* image/floppy_tell.c - what a table of sectors tells of a disk, what not */
#include "image/floppy.h"

#include "core/check.h"
#include "image/driver.h"
#include "image/fat.h"

#include <stdio.h>
#include <string.h>

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
	unsigned int step = mun_floppy_step(f);

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

int mun_floppy_tell(struct mun_image *img, const struct mun_floppy *f,
		    struct mun_err *e)
{
	int rc;

	tell_form(img, f);
	rc = tell_counts(img, f, e);
	return rc ? rc : look_for_fat(img, e);
}
