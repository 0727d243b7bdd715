/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/picture.h - how an image was read, as a picture
 *
 * A floppy as cylinders (left to right) by heads and sectors (top to bottom),
 * one cell a sector; anything else as a map of blocks, left to right and top to
 * bottom, each cell the worst state of its bytes.
 */
#ifndef MUN_IMAGE_PICTURE_H
#define MUN_IMAGE_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/log.h"
#include "core/str.h"
#include "image/image.h"

/* In the order of gravity. */
enum mun_cell {
	MUN_CELL_NONE, /* no sector here */
	MUN_CELL_EMPTY, /* a hole, or zeros by the format's word */
	MUN_CELL_DATA,
	MUN_CELL_DOUBTFUL,
	MUN_CELL_UNREADABLE,
	MUN_CELLS
};

struct mun_picture {
	uint32_t columns;
	uint32_t rows;
	uint32_t band; /* rows of one side; 0: a map of blocks */
	uint64_t cell_bytes; /* of a map of blocks */
	uint8_t *cells; /* owned; row by row, enum mun_cell */
	char title[128]; /* "floppy, 80 cylinders, 2 sides", clean */
};

/**
 * mun_picture_make() - look at every state of @img
 *
 * Return: 0; MUN_ENOMEM; else as mun_image_walk().  @out:
 * mun_picture_clear().
 */
MUN_CHECK int mun_picture_make(struct mun_image *img,
			       const struct mun_progress_to *progress,
			       struct mun_picture *out, struct mun_err *e);
void mun_picture_clear(struct mun_picture *p);

/**
 * mun_picture_begin() - an empty picture of an image of sectors
 * @g:     of a floppy; NULL or zeros: a map of blocks
 * @bytes: of the image
 *
 * To be filled by mun_picture_add() with every extent, where the states are
 * known by other means than the image's own.
 * Return: 0 or MUN_ENOMEM.
 */
MUN_CHECK int mun_picture_begin(const struct mun_geometry *g, uint64_t bytes,
				uint32_t sector_bytes, struct mun_picture *out,
				struct mun_err *e);
void mun_picture_add(struct mun_picture *p, const struct mun_extent *x);

/* Is it one that a picture by cylinders is made of? */
bool mun_picture_is_floppy(const struct mun_geometry *g);

/* Colour of a cell, 0xRRGGBB; words of the legend. */
uint32_t mun_cell_colour(enum mun_cell cell);
const char *mun_cell_word(enum mun_cell cell);

/* SVG 1.1 with a legend. Appends to @out; errors stick there. */
void mun_picture_svg(const struct mun_picture *p, struct mun_str *out);

/* PNG, 8-bit palette. 0 or MUN_ENOMEM. */
MUN_CHECK int mun_picture_png(const struct mun_picture *p, struct mun_str *out,
			      struct mun_err *e);

#endif
