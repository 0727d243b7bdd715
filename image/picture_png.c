/* SPDX-License-Identifier: Apache-2.0 */
/* image/picture_png.c - the picture of an image as PNG */
#include "image/picture.h"

#include "core/check.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

#define CELL 8u
#define GAP 8u /* between two sides of a floppy */

static uint32_t gaps_above(const struct mun_picture *p, uint32_t row)
{
	return p->band ? row / p->band * GAP : 0;
}

static void paint(const struct mun_picture *p, uint8_t *pixels, uint32_t width)
{
	for (uint32_t row = 0; row < p->rows; row++) {
		uint32_t y = row * CELL + gaps_above(p, row);

		for (uint32_t x = 0; x < p->columns; x++) {
			uint8_t cell = p->cells[(size_t)row * p->columns + x];

			/* The last line and column part it from the next. */
			for (uint32_t i = 0; i < CELL - 1; i++)
				memset(pixels + (size_t)(y + i) * width +
					       (size_t)x * CELL,
				       cell, CELL - 1);
		}
	}
}

static void set_palette(png_color palette[static MUN_CELLS])
{
	for (unsigned int i = 0; i < MUN_CELLS; i++) {
		uint32_t rgb = mun_cell_colour((enum mun_cell)i);

		palette[i].red = (png_byte)(rgb >> 16);
		palette[i].green = (png_byte)(rgb >> 8);
		palette[i].blue = (png_byte)rgb;
	}
}

int mun_picture_png(const struct mun_picture *p, struct mun_str *out,
		    struct mun_err *e)
{
	png_color palette[MUN_CELLS];
	png_image image = { .version = PNG_IMAGE_VERSION };
	uint32_t height = p->rows * CELL + gaps_above(p, p->rows - 1);
	mun_autofree uint8_t *pixels = NULL;
	mun_autofree uint8_t *file = NULL;
	png_alloc_size_t bytes = 0;

	image.width = p->columns * CELL;
	image.height = height;
	image.format = PNG_FORMAT_RGB_COLORMAP;
	image.colormap_entries = MUN_CELLS;
	set_palette(palette);
	pixels = calloc(image.width, height);
	if (!pixels)
		return mun_fail_nomem(e, "picture");
	paint(p, pixels, image.width);
	if (png_image_write_get_memory_size(image, bytes, 0, pixels, 0,
					    palette))
		file = malloc(bytes);
	if (!file || !png_image_write_to_memory(&image, file, &bytes, 0, pixels,
						0, palette))
		return mun_fail_nomem(e, "picture");
	mun_str_add_bytes(out, file, bytes);
	return 0;
}
