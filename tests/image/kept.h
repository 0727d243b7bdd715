/* SPDX-License-Identifier: Apache-2.0 */
/* tests/image/kept.h - images that are kept, not decoded: what they tell */
#ifndef MUN_TESTS_IMAGE_KEPT_H
#define MUN_TESTS_IMAGE_KEPT_H

#include "tests/image/floppies.h"
#include "tests/image/mutate.h"

void set_le16(struct bytes *b, size_t at, unsigned int v);
void set_le32(struct bytes *b, size_t at, size_t v);

/* Zeros up to @len. */
void pad_to(struct bytes *b, size_t len);

/* Kept: every view has the file's own bytes, and it is said why. */
void assert_kept(const struct bytes *b, const char *format, const char *variant,
		 uint32_t cylinders, uint32_t heads);

/* A fact of the image is told with this value. */
void assert_says(const struct bytes *b, const char *format, const char *fact,
		 const char *value);

/* A check that the image brings with it came out so. */
void assert_checked(const struct bytes *b, const char *format,
		    const char *check, enum mun_fact_state state);

/* mutate_all() over an image of this format. */
void mutate(const struct bytes *b, const char *format,
	    const struct mutate_field *fields, size_t nfields,
	    const size_t *bounds, size_t nbounds);

/* The head of a chunk as WOZ and A2R have it. */
void add_chunk(struct bytes *b, const char *id, size_t len);

#endif
