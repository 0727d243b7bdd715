/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/floppies.c - floppy images put together byte by byte, and opened */
#include "tests/image/floppies.h"

#include "tests/support/support.h"

void add(struct bytes *b, const void *data, size_t len)
{
	if (b->len + len > b->room) {
		b->room = 2 * (b->len + len);
		b->p = realloc(b->p, b->room);
		assert_non_null(b->p);
	}
	if (len)
		memcpy(b->p + b->len, data, len);
	b->len += len;
}

void add_text(struct bytes *b, const char *text)
{
	add(b, text, strlen(text));
}

void add_u8(struct bytes *b, unsigned int v)
{
	uint8_t p = (uint8_t)v;

	add(b, &p, 1);
}

void add_le16(struct bytes *b, unsigned int v)
{
	add_u8(b, v & 0xff);
	add_u8(b, v >> 8);
}

void add_be16(struct bytes *b, unsigned int v)
{
	add_u8(b, v >> 8);
	add_u8(b, v & 0xff);
}

void add_le32(struct bytes *b, uint32_t v)
{
	add_le16(b, v & 0xffff);
	add_le16(b, v >> 16);
}

void add_fill(struct bytes *b, unsigned int v, size_t n)
{
	while (n--)
		add_u8(b, v);
}

struct opened open_image(const struct bytes *b, const char *format)
{
	struct opened o = { .src = NULL };
	char text[1024];
	struct mun_err e;

	assert_int_equal(mun_source_from_memory(b->p, b->len, &o.src, &e), 0);
	if (mun_image_open(o.src, "x.img", format, &o.img, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
	return o;
}

void close_image(struct opened *o)
{
	mun_image_free(o->img);
	mun_source_close(o->src);
}

void assert_refused(const struct bytes *b, const char *format, int code,
		    const char *says)
{
	mun_auto(source) *src = NULL;
	struct mun_image *img = NULL;
	char text[1024];
	struct mun_err e;

	assert_int_equal(mun_source_from_memory(b->p, b->len, &src, &e), 0);
	assert_int_equal(mun_image_open(src, "x.img", format, &img, &e), code);
	mun_err_text(&e, text, sizeof(text), 0);
	if (!strstr(text, says))
		fail_msg("'%s' is not in '%s'", says, text);
}

void assert_recognised(const struct bytes *b, const char *format)
{
	struct opened o = open_image(b, NULL);

	assert_string_equal(o.img->format->name, format);
	close_image(&o);
}

void assert_view(struct mun_image *img, enum mun_view view, uint64_t off,
		 const void *bytes, size_t len)
{
	uint8_t *got = malloc(len);
	struct mun_err e;

	assert_non_null(got);
	assert_int_equal(mun_image_pread(img, view, got, len, off, &e), 0);
	assert_memory_equal(got, bytes, len);
	free(got);
}

void assert_filled(struct mun_image *img, enum mun_view view, uint64_t off,
		   unsigned int v, size_t n)
{
	uint8_t *want = malloc(n);

	assert_non_null(want);
	memset(want, (int)v, n);
	assert_view(img, view, off, want, n);
	free(want);
}

void assert_extent(struct mun_image *img, enum mun_view view, uint64_t off,
		   uint64_t bytes, enum mun_extent_kind kind)
{
	struct mun_extent x;
	struct mun_err e;

	assert_int_equal(mun_image_next_extent(img, view, off, &x, &e), 0);
	assert_int_equal(x.off, off);
	assert_int_equal(x.bytes, bytes);
	assert_int_equal(x.kind, kind);
}

const struct mun_image_fact *fact_of(const struct mun_image *img,
				     const char *name)
{
	for (size_t i = 0; i < img->nfacts; i++)
		if (strcmp(img->facts[i].name, name) == 0)
			return &img->facts[i];
	return NULL;
}

void assert_fact(const struct mun_image *img, const char *name,
		 const char *value)
{
	const struct mun_image_fact *f = fact_of(img, name);

	if (!f)
		fail_msg("no fact '%s'", name);
	else
		assert_string_equal(f->value, value);
}

void assert_check(const struct mun_image *img, const char *name,
		  enum mun_fact_state state)
{
	const struct mun_image_fact *f = fact_of(img, name);

	if (!f)
		fail_msg("no check '%s'", name);
	else
		assert_int_equal(f->state, state);
}

const struct mun_sector *sector_of(const struct mun_image *img, size_t t,
				   size_t i)
{
	assert_non_null(img->floppy);
	assert_true(t < img->floppy->ntracks);
	assert_true(i < img->floppy->tracks[t].sectors);
	return &img->floppy->sectors[img->floppy->tracks[t].first + i];
}
