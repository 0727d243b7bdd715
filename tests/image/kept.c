/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/kept.c - images that are kept, not decoded: what they tell */
#include "tests/image/kept.h"

#include "core/bytes.h"
#include "image/image.h"
#include "tests/support/support.h"

void set_le16(struct bytes *b, size_t at, unsigned int v)
{
	assert_true(at + 2 <= b->len);
	b->p[at] = (uint8_t)v;
	b->p[at + 1] = (uint8_t)(v >> 8);
}

void set_le32(struct bytes *b, size_t at, size_t v)
{
	assert_true(at + 4 <= b->len);
	mun_put_le32(b->p + at, (uint32_t)v);
}

void pad_to(struct bytes *b, size_t len)
{
	assert_true(b->len <= len);
	add_fill(b, 0, len - b->len);
}

/* Kept: every view has the file's own bytes, and it is said why. */
void assert_kept(const struct bytes *b, const char *format, const char *variant,
		 uint32_t cylinders, uint32_t heads)
{
	struct opened o = open_image(b, format);

	assert_string_equal(o.img->variant, variant);
	assert_true(o.img->preserved_only[0]);
	assert_int_equal(o.img->medium, MUN_MEDIUM_FLOPPY);
	assert_int_equal(o.img->bytes, b->len);
	assert_int_equal(o.img->geometry.cylinders, cylinders);
	assert_int_equal(o.img->geometry.heads, heads);
	assert_view(o.img, MUN_VIEW_CONTENT, 0, b->p, b->len);
	close_image(&o);
}

void assert_says(const struct bytes *b, const char *format, const char *fact,
		 const char *value)
{
	struct opened o = open_image(b, format);

	assert_fact(o.img, fact, value);
	close_image(&o);
}

void assert_checked(const struct bytes *b, const char *format,
		    const char *check, enum mun_fact_state state)
{
	struct opened o = open_image(b, format);

	assert_check(o.img, check, state);
	close_image(&o);
}

void mutate(const struct bytes *b, const char *format,
	    const struct mutate_field *fields, size_t nfields,
	    const size_t *bounds, size_t nbounds)
{
	mutate_all(&(struct mutate_set){
		.format = format,
		.image = b->p,
		.bytes = b->len,
		.fields = fields,
		.nfields = nfields,
		.bounds = bounds,
		.nbounds = nbounds,
		.sweep = 64,
	});
}

void add_chunk(struct bytes *b, const char *id, size_t len)
{
	add_text(b, id);
	add_le32(b, (uint32_t)len);
}
