/* SPDX-License-Identifier: Apache-2.0 */
/* image/picture_svg.c - the picture of an image as SVG */
#include "image/picture.h"

#define CELL 8u
#define MARGIN 12u
#define GAP 10u /* between two sides of a floppy */
#define LINE 18u

static unsigned int top_of(const struct mun_picture *p, uint32_t row)
{
	unsigned int gaps = p->band ? row / p->band * GAP : 0;

	return MARGIN + LINE + row * CELL + gaps;
}

/* One rectangle for neighbours of one kind: a page stays small. */
static void put_row(const struct mun_picture *p, uint32_t row,
		    struct mun_str *out)
{
	const uint8_t *cells = p->cells + (size_t)row * p->columns;

	for (uint32_t x = 0; x < p->columns;) {
		uint32_t n = 1;

		while (x + n < p->columns && cells[x + n] == cells[x])
			n++;
		if (cells[x] != MUN_CELL_NONE)
			mun_str_addf(out,
				     "<rect x=\"%u\" y=\"%u\" width=\"%u\" "
				     "height=\"%u\" fill=\"#%06x\"/>\n",
				     MARGIN + x * CELL, top_of(p, row),
				     n * CELL, CELL,
				     mun_cell_colour((enum mun_cell)cells[x]));
		x += n;
	}
}

static void put_legend(const struct mun_picture *p, unsigned int y,
		       struct mun_str *out)
{
	unsigned int x = MARGIN;

	(void)p;
	for (unsigned int i = MUN_CELL_EMPTY; i < MUN_CELLS; i++) {
		enum mun_cell cell = (enum mun_cell)i;

		mun_str_addf(out,
			     "<rect x=\"%u\" y=\"%u\" width=\"10\" "
			     "height=\"10\" fill=\"#%06x\"/>\n"
			     "<text x=\"%u\" y=\"%u\">%s</text>\n",
			     x, y, mun_cell_colour(cell), x + 14, y + 10,
			     mun_cell_word(cell));
		x += 110;
	}
}

/* Titles are clean UTF-8; these three mean something in XML. */
static void put_text(const char *text, struct mun_str *out)
{
	for (; *text; text++) {
		if (*text == '&')
			mun_str_add(out, "&amp;");
		else if (*text == '<')
			mun_str_add(out, "&lt;");
		else if (*text == '>')
			mun_str_add(out, "&gt;");
		else
			mun_str_add_char(out, *text);
	}
}

/* Lines that part the cells, so that sectors can be counted. */
static void put_grid(const struct mun_picture *p, unsigned int bottom,
		     struct mun_str *out)
{
	mun_str_add(out, "<g stroke=\"#ffffff\" stroke-width=\"1\">\n");
	for (uint32_t x = 1; x < p->columns; x++)
		mun_str_addf(
			out,
			"<line x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\"/>\n",
			MARGIN + x * CELL, MARGIN + LINE, MARGIN + x * CELL,
			bottom);
	for (uint32_t row = 1; row < p->rows; row++)
		mun_str_addf(
			out,
			"<line x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\"/>\n",
			MARGIN, top_of(p, row), MARGIN + p->columns * CELL,
			top_of(p, row));
	mun_str_add(out, "</g>\n");
}

void mun_picture_svg(const struct mun_picture *p, struct mun_str *out)
{
	unsigned int bottom = top_of(p, p->rows - 1) + CELL;
	unsigned int width = 2 * MARGIN + p->columns * CELL;

	if (width < 2 * MARGIN + 4 * 110)
		width = 2 * MARGIN + 4 * 110;
	mun_str_addf(out,
		     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		     "<svg xmlns=\"http://www.w3.org/2000/svg\" "
		     "version=\"1.1\" width=\"%u\" height=\"%u\" "
		     "font-family=\"sans-serif\" font-size=\"12\">\n"
		     "<rect width=\"100%%\" height=\"100%%\" "
		     "fill=\"#ffffff\"/>\n<text x=\"%u\" y=\"%u\">",
		     width, bottom + MARGIN + LINE, MARGIN, MARGIN + 8);
	put_text(p->title, out);
	mun_str_add(out, "</text>\n");
	for (uint32_t row = 0; row < p->rows; row++)
		put_row(p, row, out);
	put_grid(p, bottom, out);
	put_legend(p, bottom + 8, out);
	mun_str_add(out, "</svg>\n");
}
