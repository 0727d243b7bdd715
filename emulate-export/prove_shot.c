/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/prove_shot.c - pictures of screens: read, compared, kept */
#include "emulate-export/prove_shot.h"

#include <ctype.h>
#include <string.h>

#include "core/bytes.h"
#include "image/rgb.h"

#define XWD_HEAD 100u /* 25 words, big-endian; then a name, then colours */
#define XWD_COLOUR 12u
#define VISIBLE 40 /* of 255 in one of the three colours */
#define SPECKS 64u /* pixels: less than that is nothing */

void mun_shot_clear(struct mun_shot *s)
{
	free(s->rgb);
	memset(s, 0, sizeof(*s));
}

static size_t pixels_of(const struct mun_shot *s)
{
	return (size_t)s->width * s->height;
}

/* Empty @out, and give it room for a picture of that size. */
static int begin(struct mun_shot *out, uint32_t width, uint32_t height,
		 struct mun_err *e)
{
	mun_shot_clear(out);
	if (!width || !height || width > MUN_SHOT_SIDE ||
	    height > MUN_SHOT_SIDE)
		return mun_fail(e, MUN_ECORRUPT, "a picture of %u by %u pixels",
				width, height);
	out->rgb = malloc((size_t)3 * width * height);
	if (!out->rgb)
		return mun_fail_nomem(e, "picture");
	out->width = width;
	out->height = height;
	return 0;
}

/* ---- PPM ---- */

/* The next number of its head; false: there is none. */
static bool number(const uint8_t **p, const uint8_t *end, uint32_t *out)
{
	uint32_t n = 0;
	bool any = false;

	while (*p < end && (isspace(**p) || **p == '#')) {
		bool comment = **p == '#';

		while (comment && *p < end && **p != '\n')
			(*p)++;
		*p += *p < end;
	}
	for (; *p < end && isdigit(**p) && n < 100000; (*p)++) {
		n = n * 10 + (uint32_t)(**p - '0');
		any = true;
	}
	*out = n;
	return any;
}

int mun_shot_ppm(const void *data, size_t len, struct mun_shot *out,
		 struct mun_err *e)
{
	const uint8_t *p = data;
	const uint8_t *end = p + len;
	uint32_t width = 0;
	uint32_t height = 0;
	uint32_t most = 0;
	int rc;

	mun_shot_clear(out);
	if (len < 2 || memcmp(p, "P6", 2) != 0)
		return mun_fail(e, MUN_ECORRUPT, "no PPM");
	p += 2;
	if (!number(&p, end, &width) || !number(&p, end, &height) ||
	    !number(&p, end, &most) || most != 255 || p == end || !isspace(*p))
		return mun_fail(e, MUN_ECORRUPT, "no PPM of 255 levels");
	p++;
	rc = begin(out, width, height, e);
	if (rc)
		return rc;
	if ((size_t)(end - p) < 3 * pixels_of(out)) {
		mun_shot_clear(out);
		return mun_fail(e, MUN_ECORRUPT, "a PPM that is cut off");
	}
	memcpy(out->rgb, p, 3 * pixels_of(out));
	return 0;
}

/* ---- XWD ---- */

struct xwd {
	size_t pixels; /* where they begin */
	uint32_t width, height;
	uint32_t bits; /* of a pixel */
	uint32_t line; /* bytes */
	bool big;
	uint32_t masks[3]; /* red, green, blue */
};

/* Word @i of the head, by the order of XWDFile.h. */
static uint32_t word(const uint8_t *head, unsigned int i)
{
	return mun_be32(head + (size_t)i * 4);
}

static bool xwd_head(const uint8_t *p, size_t len, struct xwd *x)
{
	uint64_t pixels;

	if (len < XWD_HEAD || word(p, 1) != 7 || word(p, 2) != 2)
		return false;
	*x = (struct xwd){
		.width = word(p, 4),
		.height = word(p, 5),
		.big = word(p, 7) != 0,
		.bits = word(p, 11),
		.line = word(p, 12),
		.masks = { word(p, 14), word(p, 15), word(p, 16) },
	};
	pixels = word(p, 0) + (uint64_t)word(p, 19) * XWD_COLOUR;
	if ((x->bits != 24 && x->bits != 32) || pixels < XWD_HEAD ||
	    pixels > len || x->width > MUN_SHOT_SIDE ||
	    x->height > MUN_SHOT_SIDE ||
	    x->line < (uint64_t)x->width * x->bits / 8)
		return false;
	x->pixels = (size_t)pixels;
	return (uint64_t)x->line * x->height <= len - pixels;
}

static uint8_t colour(uint32_t pixel, uint32_t mask)
{
	if (!mask)
		return 0;
	while (!(mask & 1)) {
		mask >>= 1;
		pixel >>= 1;
	}
	return (uint8_t)((uint64_t)(pixel & mask) * 255 / mask);
}

static void xwd_line(const struct xwd *x, const uint8_t *from, uint8_t *to)
{
	uint32_t bytes = x->bits / 8;

	for (uint32_t i = 0; i < x->width; i++, from += bytes) {
		uint32_t pixel = 0;

		for (uint32_t k = 0; k < bytes; k++)
			pixel |= (uint32_t)from[x->big ? bytes - 1 - k : k]
				 << 8 * k;
		for (unsigned int c = 0; c < 3; c++)
			*to++ = colour(pixel, x->masks[c]);
	}
}

int mun_shot_xwd(const void *data, size_t len, struct mun_shot *out,
		 struct mun_err *e)
{
	const uint8_t *p = data;
	struct xwd x = { 0 };
	int rc;

	mun_shot_clear(out);
	if (!xwd_head(p, len, &x))
		return mun_fail(e, MUN_ECORRUPT, "no X window dump");
	rc = begin(out, x.width, x.height, e);
	for (uint32_t i = 0; i < x.height && !rc; i++)
		xwd_line(&x, p + x.pixels + (size_t)i * x.line,
			 out->rgb + (size_t)3 * i * x.width);
	return rc;
}

/* ---- PNG ---- */

int mun_shot_png(const void *data, size_t len, struct mun_shot *out,
		 struct mun_err *e)
{
	mun_shot_clear(out);
	return mun_rgb_read(data, len, MUN_SHOT_SIDE, &out->rgb, &out->width,
			    &out->height, e);
}

int mun_shot_write(const struct mun_shot *s, struct mun_str *out,
		   struct mun_err *e)
{
	return mun_rgb_write(s->rgb, s->width, s->height, out, e);
}

/* ---- what is on it ---- */

static bool other(const uint8_t *a, const uint8_t *b)
{
	return abs(a[0] - b[0]) > VISIBLE || abs(a[1] - b[1]) > VISIBLE ||
	       abs(a[2] - b[2]) > VISIBLE;
}

unsigned int mun_shot_differ(const struct mun_shot *a, const struct mun_shot *b)
{
	size_t all = pixels_of(a);
	size_t n = 0;

	if (!all || a->width != b->width || a->height != b->height)
		return 1000;
	for (size_t i = 0; i < all; i++)
		n += other(a->rgb + 3 * i, b->rgb + 3 * i);
	/* A single one is a difference. */
	return (unsigned int)((n * 1000 + all - 1) / all);
}

/* The smallest rectangle with all that is not of the colour in the corner. */
struct box {
	uint32_t left, top, right, bottom; /* right and bottom not in it */
};

static struct box box_of(const struct mun_shot *s)
{
	struct box b = { s->width, s->height, 0, 0 };

	for (uint32_t y = 0; y < s->height; y++) {
		for (uint32_t x = 0; x < s->width; x++) {
			size_t at = (size_t)3 * ((size_t)y * s->width + x);

			if (!other(s->rgb, s->rgb + at))
				continue;
			b.left = x < b.left ? x : b.left;
			b.right = x >= b.right ? x + 1 : b.right;
			b.top = y < b.top ? y : b.top;
			b.bottom = y + 1;
		}
	}
	return b;
}

bool mun_shot_blank(const struct mun_shot *s)
{
	struct box b = { 0 };
	size_t n = 0;

	if (!pixels_of(s))
		return true;
	b = box_of(s);
	for (uint32_t y = b.top; y < b.bottom; y++) {
		for (uint32_t x = b.left; x < b.right; x++)
			n += other(s->rgb + (size_t)3 *
						    ((size_t)b.top * s->width +
						     b.left),
				   s->rgb + (size_t)3 *
						    ((size_t)y * s->width + x));
	}
	return n < SPECKS;
}

int mun_shot_copy(const struct mun_shot *from, struct mun_shot *to,
		  struct mun_err *e)
{
	int rc;

	if (!pixels_of(from)) {
		mun_shot_clear(to);
		return 0;
	}
	rc = begin(to, from->width, from->height, e);
	if (!rc)
		memcpy(to->rgb, from->rgb, 3 * pixels_of(from));
	return rc;
}
