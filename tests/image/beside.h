/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/beside.h - an image in memory, with files beside it */
#ifndef MUN_TESTS_IMAGE_BESIDE_H
#define MUN_TESTS_IMAGE_BESIDE_H

#include <stddef.h>
#include <stdint.h>

#include "image/companion.h"
#include "image/image.h"

#define BESIDE_FILES 8u

/* Names and bytes; the rest is made by beside_companions(). */
struct beside {
	struct mun_companions companions;
	struct {
		const char *name;
		const uint8_t *bytes;
		size_t len;
	} files[BESIDE_FILES];
};

struct mun_companions *beside_companions(struct beside *b);

struct opened {
	struct mun_source *src;
	struct mun_image *img; /* NULL: it could not be opened */
	int rc;
	char text[1024]; /* the error */
};

/* @b may be NULL, and so may @parent. */
struct opened beside_open(const uint8_t *bytes, size_t len, const char *format,
			  struct beside *b, struct mun_image *parent);
void beside_close(struct opened *o);

/* Opening must fail like this. */
void beside_fails(const uint8_t *bytes, size_t len, const char *format,
		  struct beside *b, int code, const char *text);

/* Reading the @len bytes at @off must fail like this. */
void beside_read_fails(struct mun_image *img, uint64_t off, size_t len,
		       int code, const char *text);

#endif
