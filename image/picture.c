/* SPDX-License-Identifier: Apache-2.0 */
/* image/picture.c - how an image was read, cell by cell */
#include "image/picture.h"

#include "core/check.h"
#include "image/floppy.h"
#include "image/states.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_COLUMNS 128u
#define BLOCK_ROWS 64u

uint32_t mun_cell_colour(enum mun_cell cell)
{
	/* Told apart by who sees no red or green, and in grey. */
	static const uint32_t colours[] = {
		[MUN_CELL_NONE] = 0xffffff,
		[MUN_CELL_EMPTY] = 0xdddddd,
		[MUN_CELL_DATA] = 0x77aadd,
		[MUN_CELL_DOUBTFUL] = 0xee9911,
		[MUN_CELL_UNREADABLE] = 0x991100,
	};

	return colours[cell];
}

const char *mun_cell_word(enum mun_cell cell)
{
	static const char *const words[] = {
		[MUN_CELL_NONE] = "no sector",
		[MUN_CELL_EMPTY] = "empty",
		[MUN_CELL_DATA] = "read",
		[MUN_CELL_DOUBTFUL] = "failed check",
		[MUN_CELL_UNREADABLE] = "unreadable",
	};

	return words[cell];
}

static enum mun_cell cell_of(enum mun_extent_kind kind)
{
	switch (kind) {
	case MUN_EXTENT_HOLE:
	case MUN_EXTENT_ZERO:
		return MUN_CELL_EMPTY;
	case MUN_EXTENT_UNREADABLE:
		return MUN_CELL_UNREADABLE;
	case MUN_EXTENT_DOUBTFUL:
		return MUN_CELL_DOUBTFUL;
	case MUN_EXTENT_DATA:
		break;
	}
	return MUN_CELL_DATA;
}

static int new_cells(struct mun_picture *p, struct mun_err *e)
{
	p->cells = calloc((size_t)p->columns * p->rows, 1);
	return p->cells ? 0 : mun_fail_nomem(e, "picture");
}

static void darken(struct mun_picture *p, size_t at, enum mun_cell cell)
{
	if (p->cells[at] < (uint8_t)cell)
		p->cells[at] = (uint8_t)cell;
}

static void floppy_size(const struct mun_floppy *f, struct mun_picture *p)
{
	uint32_t sides = 1;
	uint32_t most = 1;

	p->columns = 1;
	for (size_t i = 0; i < f->ntracks; i++) {
		const struct mun_floppy_track *t = &f->tracks[i];

		p->columns = MUN_MAX(p->columns, (uint32_t)t->cylinder + 1);
		sides = MUN_MAX(sides, (uint32_t)t->head + 1);
		most = MUN_MAX(most, t->sectors);
	}
	p->band = most;
	p->rows = most * sides;
	(void)snprintf(p->title, sizeof(p->title),
		       "floppy, %" PRIu32 " cylinders, %" PRIu32 " side%s",
		       p->columns, sides, sides == 1 ? "" : "s");
}

/* In the order of their numbers, as a file system sees them. */
static uint32_t rank(const struct mun_sector *s, uint32_t n, uint32_t which)
{
	uint32_t before = 0;

	for (uint32_t i = 0; i < n; i++)
		before += s[i].r < s[which].r ||
			  (s[i].r == s[which].r && i < which);
	return before;
}

static int make_floppy(const struct mun_floppy *f, struct mun_picture *p,
		       struct mun_err *e)
{
	int rc;

	floppy_size(f, p);
	rc = new_cells(p, e);
	for (size_t i = 0; !rc && i < f->ntracks; i++) {
		const struct mun_floppy_track *t = &f->tracks[i];
		const struct mun_sector *s = f->sectors + t->first;

		for (uint32_t k = 0; k < t->sectors; k++) {
			size_t row = (size_t)t->head * p->band +
				     rank(s, t->sectors, k);

			darken(p, row * p->columns + t->cylinder,
			       cell_of(mun_sector_state(&s[k])));
		}
	}
	return rc;
}

/* A plain image of a floppy: sectors by the geometry alone. */
static void put_sectors(struct mun_picture *p, const struct mun_extent *x)
{
	uint64_t first = x->off / p->cell_bytes;
	uint64_t last = (x->off + x->bytes - 1) / p->cell_bytes;

	for (uint64_t lba = first; lba <= last; lba++) {
		uint64_t cylinder = lba / p->rows;

		if (cylinder < p->columns)
			darken(p,
			       (size_t)(lba % p->rows * p->columns + cylinder),
			       cell_of(x->kind));
	}
}

static void put_blocks(struct mun_picture *p, const struct mun_extent *x)
{
	uint64_t first = x->off / p->cell_bytes;
	uint64_t last = (x->off + x->bytes - 1) / p->cell_bytes;
	uint64_t cells = (uint64_t)p->columns * p->rows;

	for (uint64_t i = first; i <= last && i < cells; i++)
		darken(p, (size_t)i, cell_of(x->kind));
}

void mun_picture_add(struct mun_picture *p, const struct mun_extent *x)
{
	if (p->band)
		put_sectors(p, x);
	else
		put_blocks(p, x);
}

static int put_extent(void *ctx, const struct mun_extent *x, struct mun_err *e)
{
	(void)e;
	mun_picture_add(ctx, x);
	return 0;
}

bool mun_picture_is_floppy(const struct mun_geometry *g)
{
	return g->cylinders && g->cylinders <= 256 && g->heads &&
	       g->heads <= 2 && g->sectors && g->sectors <= 64;
}

static int begin_floppy(const struct mun_geometry *g, uint32_t sector_bytes,
			struct mun_picture *p, struct mun_err *e)
{
	p->columns = g->cylinders;
	p->rows = g->heads * g->sectors;
	p->band = g->sectors;
	p->cell_bytes = sector_bytes;
	(void)snprintf(p->title, sizeof(p->title),
		       "floppy, %" PRIu32 " cylinders, %" PRIu32 " side%s",
		       g->cylinders, g->heads, g->heads == 1 ? "" : "s");
	return new_cells(p, e);
}

static int begin_blocks(uint64_t bytes, uint32_t sector_bytes,
			struct mun_picture *p, struct mun_err *e)
{
	uint64_t cells = (uint64_t)BLOCK_COLUMNS * BLOCK_ROWS;
	uint64_t sectors = bytes / sector_bytes + (bytes % sector_bytes != 0);
	uint64_t each = sectors / cells + (sectors % cells != 0);

	p->cell_bytes = MUN_MAX(each, (uint64_t)1) * sector_bytes;
	cells = bytes / p->cell_bytes + (bytes % p->cell_bytes != 0);
	p->columns = BLOCK_COLUMNS;
	p->rows = (uint32_t)MUN_MAX((cells + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS,
				    (uint64_t)1);
	(void)snprintf(p->title, sizeof(p->title),
		       "%" PRIu64 " bytes, %" PRIu64 " a block", bytes,
		       p->cell_bytes);
	return new_cells(p, e);
}

int mun_picture_begin(const struct mun_geometry *g, uint64_t bytes,
		      uint32_t sector_bytes, struct mun_picture *out,
		      struct mun_err *e)
{
	*out = (struct mun_picture){ 0 };
	if (g && mun_picture_is_floppy(g))
		return begin_floppy(g, sector_bytes, out, e);
	return begin_blocks(bytes, sector_bytes, out, e);
}

static int make_plain(struct mun_image *img,
		      const struct mun_progress_to *progress,
		      struct mun_picture *p, struct mun_err *e)
{
	const struct mun_geometry *g =
		img->medium == MUN_MEDIUM_FLOPPY ? &img->geometry : NULL;
	int rc = mun_picture_begin(g, img->bytes, img->sector_bytes, p, e);

	return rc ? rc
		  : mun_image_walk(img, MUN_VIEW_CONTENT, progress, put_extent,
				   p, e);
}

int mun_picture_make(struct mun_image *img,
		     const struct mun_progress_to *progress,
		     struct mun_picture *out, struct mun_err *e)
{
	int rc;

	*out = (struct mun_picture){ 0 };
	if (img->floppy)
		rc = make_floppy(img->floppy, out, e);
	else
		rc = make_plain(img, progress, out, e);
	if (rc)
		mun_picture_clear(out);
	return rc;
}

void mun_picture_clear(struct mun_picture *p)
{
	free(p->cells);
	p->cells = NULL;
}
