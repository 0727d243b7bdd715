/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/floppies.h - floppy images put together byte by byte, and opened */
#ifndef MUN_TESTS_IMAGE_FLOPPIES_H
#define MUN_TESTS_IMAGE_FLOPPIES_H

#include <stddef.h>
#include <stdint.h>

#include "image/floppy.h"
#include "image/image.h"

/* A file that grows; zero it, free(b.p) in the end. */
struct bytes {
	uint8_t *p;
	size_t len;
	size_t room;
};

void add(struct bytes *b, const void *data, size_t len);
void add_text(struct bytes *b, const char *text);
void add_u8(struct bytes *b, unsigned int v);
void add_le16(struct bytes *b, unsigned int v);
void add_be16(struct bytes *b, unsigned int v);
void add_le32(struct bytes *b, uint32_t v);
void add_fill(struct bytes *b, unsigned int v, size_t n);

/* An image and its source; close_image() it. */
struct opened {
	struct mun_source *src;
	struct mun_image *img;
};

/* What cannot be opened ends the test.  @b must outlive it. */
struct opened open_image(const struct bytes *b, const char *format);
void close_image(struct opened *o);

/* It must fail with @code, and the text must hold @says. */
void assert_refused(const struct bytes *b, const char *format, int code,
		    const char *says);

/* The driver that wins @b among all. */
void assert_recognised(const struct bytes *b, const char *format);

/* Are these the bytes at @off of @view? */
void assert_view(struct mun_image *img, enum mun_view view, uint64_t off,
		 const void *bytes, size_t len);
/* @n bytes @v there. */
void assert_filled(struct mun_image *img, enum mun_view view, uint64_t off,
		   unsigned int v, size_t n);

/* The extent at @off begins there, has @bytes and is of @kind. */
void assert_extent(struct mun_image *img, enum mun_view view, uint64_t off,
		   uint64_t bytes, enum mun_extent_kind kind);

/* The fact called @name, or NULL. */
const struct mun_image_fact *fact_of(const struct mun_image *img,
				     const char *name);
void assert_fact(const struct mun_image *img, const char *name,
		 const char *value);
void assert_check(const struct mun_image *img, const char *name,
		  enum mun_fact_state state);

/* Sector @i of track @t, in the order of the medium. */
const struct mun_sector *sector_of(const struct mun_image *img, size_t t,
				   size_t i);

#endif
