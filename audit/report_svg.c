/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit/report_svg.c - charts as inline SVG, for the screen and for paper
 *
 * No colour carries a meaning: what is bad is hatched, and every number stands
 * beside its bar.  Each chart has a title and a text for those who do not see
 * it.
 */
#include "audit/report_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/page.h"
#include "core/parse.h"

#define WIDTH 720
#define LABELS 150 /* room for labels of bars */
#define VALUES 120
#define ROW 24

static void begin(struct mun_str *out, const char *id, const char *title,
		  int height)
{
	mun_str_addf(out,
		     "<svg role=\"img\" viewBox=\"0 0 %d %d\" "
		     "aria-labelledby=\"%s-t %s-d\">\n<title id=\"%s-t\">",
		     WIDTH, height, id, id, id);
	mun_html_text(out, title);
	mun_str_addf(out, "</title>\n<desc id=\"%s-d\">", id);
}

/* After the description: the hatching, under a name of this chart's own. */
static void begin_drawing(struct mun_str *out, const char *id)
{
	mun_str_addf(out,
		     "</desc>\n<defs><pattern id=\"%s-h\" width=\"6\" "
		     "height=\"6\" patternUnits=\"userSpaceOnUse\" "
		     "patternTransform=\"rotate(45)\"><rect width=\"6\" "
		     "height=\"6\" fill=\"#fff\"/><rect width=\"3\" "
		     "height=\"6\" fill=\"#000\"/></pattern></defs>\n",
		     id);
}

/* At least a visible line for what is not nothing. */
static double length(uint64_t n, uint64_t most, double room)
{
	double x = most ? (double)n / (double)most * room : 0;

	return n && x < 2 ? 2 : x;
}

static void bar(struct mun_str *out, const char *id, const struct mun_bar *b,
		uint64_t most, size_t row)
{
	const int y = (int)row * ROW;
	const double w = length(b->n, most, WIDTH - LABELS - VALUES);

	mun_str_addf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">",
		     LABELS - 8, y + 16);
	mun_html_text(out, b->label);
	mun_str_addf(out,
		     "</text><rect x=\"%d\" y=\"%d\" width=\"%.1f\" "
		     "height=\"%d\" stroke=\"#000\" stroke-width=\"%s\" "
		     "fill=\"",
		     LABELS, y + 4, w, ROW - 8, b->n ? "1" : "0");
	if (b->bad)
		mun_str_addf(out, "url(#%s-h)", id);
	else
		mun_str_add(out, "#777");
	mun_str_addf(out, "\"/><text x=\"%.1f\" y=\"%d\">", LABELS + w + 6,
		     y + 16);
	mun_html_text(out, b->value);
	mun_str_add(out, "</text>\n");
}

void mun_svg_bars(struct mun_str *out, const char *id, const char *title,
		  const struct mun_bar *bars, size_t n)
{
	uint64_t most = 0;

	for (size_t i = 0; i < n; i++)
		most = MUN_MAX(most, bars[i].n);
	begin(out, id, title, (int)n * ROW + 4);
	for (size_t i = 0; i < n; i++) {
		mun_str_add(out, i ? "; " : "");
		mun_html_text(out, bars[i].label);
		mun_str_add(out, ": ");
		mun_html_text(out, bars[i].value);
	}
	begin_drawing(out, id);
	for (size_t i = 0; i < n; i++)
		bar(out, id, &bars[i], most, i);
	mun_str_addf(out,
		     "<line x1=\"%d\" y1=\"0\" x2=\"%d\" y2=\"%d\" "
		     "stroke=\"#000\"/>\n</svg>\n",
		     LABELS, LABELS, (int)n * ROW + 4);
}

/* Days are put together into at most so many columns. */
#define COLUMNS 92
#define LEFT 70
#define TOP 14
#define FLOOR 170
#define HEIGHT 205

struct columns {
	size_t n;
	int64_t days_each;
	uint64_t bytes[COLUMNS];
	uint64_t bad[COLUMNS];
	uint64_t most;
	uint64_t total;
};

static void collect(const struct mun_figures *f, struct columns *c)
{
	const int64_t days =
		(f->as_of - 1 - f->from) / MUN_DAY_MS + 1; /* at least one */

	c->days_each = (days + COLUMNS - 1) / COLUMNS;
	c->n = (size_t)((days + c->days_each - 1) / c->days_each);
	for (size_t i = 0; i < f->ndays; i++) {
		char text[MUN_TIME_LEN + 8];
		struct mun_err e;
		int64_t at;
		size_t k;

		(void)snprintf(text, sizeof(text), "%.10sT00:00:00Z",
			       f->days[i].day);
		if (mun_time_parse(text, &at, &e) || at < f->from)
			continue;
		k = (size_t)((at - f->from) / MUN_DAY_MS / c->days_each);
		k = MUN_MIN(k, c->n - 1);
		c->bytes[k] += f->days[i].bytes;
		c->bad[k] += f->days[i].bad;
		c->total += f->days[i].bytes;
	}
	for (size_t i = 0; i < c->n; i++)
		c->most = MUN_MAX(c->most, c->bytes[i]);
}

static void column(struct mun_str *out, const struct columns *c, size_t i)
{
	const double step = (double)(WIDTH - LEFT - 10) / (double)c->n;
	const double x = LEFT + (double)i * step;
	const double h = length(c->bytes[i], c->most, FLOOR - TOP);

	if (c->bytes[i])
		mun_str_addf(out,
			     "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
			     "height=\"%.1f\" fill=\"#777\" stroke=\"#000\" "
			     "stroke-width=\"0.5\"/>\n",
			     x + step * 0.1, FLOOR - h,
			     MUN_MIN(step * 0.8, 24.0), h);
	if (c->bad[i])
		mun_str_addf(out,
			     "<path d=\"M%.1f %d l5 9 h-10 z\" fill=\"#000\"/>"
			     "\n",
			     x + MUN_MIN(step * 0.5, 12.4), FLOOR + 3);
}

static void axis(struct mun_str *out, const struct mun_figures *f,
		 const struct columns *c)
{
	char most[16];
	char from[MUN_TIME_LEN];
	char to[MUN_TIME_LEN];

	mun_human_bytes(c->most, most);
	mun_time_text(f->from, from);
	mun_time_text(f->as_of - 1, to);
	mun_str_addf(out,
		     "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" "
		     "stroke=\"#000\"/>\n<line x1=\"%d\" y1=\"%d\" "
		     "x2=\"%d\" y2=\"%d\" stroke=\"#000\" "
		     "stroke-dasharray=\"2 4\"/>\n",
		     LEFT, FLOOR, WIDTH - 10, FLOOR, LEFT, TOP, WIDTH - 10,
		     TOP);
	mun_str_addf(out,
		     "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n"
		     "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">0</text>\n",
		     LEFT - 6, TOP + 5, most, LEFT - 6, FLOOR + 5);
	mun_str_addf(out,
		     "<text x=\"%d\" y=\"%d\">%.10s</text>\n<text x=\"%d\" "
		     "y=\"%d\" text-anchor=\"end\">%.10s</text>\n</svg>\n",
		     LEFT, HEIGHT - 8, from, WIDTH - 10, HEIGHT - 8, to);
}

void mun_svg_days(struct mun_str *out, const struct mun_figures *f)
{
	struct columns c = { 0 };
	char total[16];
	size_t idle = 0;

	collect(f, &c);
	mun_human_bytes(c.total, total);
	for (size_t i = 0; i < c.n; i++)
		idle += c.bytes[i] == 0;
	begin(out, "days", "Bytes verified over the period", HEIGHT);
	mun_str_addf(out,
		     "%s in all; %zu columns of %" PRId64 " day%s each, %zu of "
		     "them with nothing verified",
		     total, c.n, c.days_each, c.days_each == 1 ? "" : "s",
		     idle);
	begin_drawing(out, "days");
	for (size_t i = 0; i < c.n; i++)
		column(out, &c, i);
	axis(out, f, &c);
}
