/* SPDX-License-Identifier: Apache-2.0 */
/* image/floppy_done.c - a table of sectors put in order */
#include "image/floppy.h"

#include "core/check.h"
#include "image/driver.h"

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
	f->norder = 0;
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

unsigned int mun_floppy_step(const struct mun_floppy *f)
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
	unsigned int step = mun_floppy_step(f);
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
	rc = mun_floppy_tell(img, f, e);
	return rc ? rc : mun_image_one_track(img, e);
}
