/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/image/mutate.h - an image with one thing wrong at a time
 *
 * Whatever is wrong, opening and reading the image ends soon, takes at most
 * 256 MiB, and either gives an image that keeps the promises of image/image.h
 * or an error that says something.
 */
#ifndef MUN_TESTS_IMAGE_MUTATE_H
#define MUN_TESTS_IMAGE_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/companion.h"
#include "image/image.h"

/* A length, offset, count, type or number of @bytes (1, 2, 4, 8) at @off. */
struct mutate_field {
	const char *name;
	size_t off;
	unsigned int bytes;
	bool big; /* endian */
};

struct mutate_set {
	const char *format; /* driver's name */
	const char *file_name; /* NULL: "x.img" */
	const uint8_t *image; /* one that opens */
	size_t bytes;
	const struct mutate_field *fields;
	size_t nfields;
	/* Where a structure begins or ends: cut there, a byte before, a byte
	 * after. */
	const size_t *bounds;
	size_t nbounds;
	/* Make checksums right again, so that what lies behind them is reached;
	 * every mutation is tried with and without.  NULL: there are none. */
	void (*fix)(uint8_t *image, size_t bytes);
	/* Each of the first so many bytes is also set to 00, ff and its
	 * complement. */
	size_t sweep;
	struct mun_companions *companions; /* NULL: none */
	struct mun_image *parent; /* NULL: none */
};

/* A test fails with the name of the field and the value. */
void mutate_all(const struct mutate_set *s);

/* The promises alone: read all views (8 MiB from the front, and the end), walk
 * the extents, verify. */
void mutate_exercise(struct mun_image *img);

#endif
