/* SPDX-License-Identifier: Apache-2.0 */
/* image/identify.h - the facts of an image, found in a sandboxed child */
#ifndef MUN_IMAGE_IDENTIFY_H
#define MUN_IMAGE_IDENTIFY_H

#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/image.h"

/* What a mun_image says of itself, by value. */
struct mun_image_facts {
	char format[32]; /* driver's name */
	char title[64];
	char variant[80];
	char volume_label[129];
	char puid[16];
	char mime[48];
	char note[160];
	char preserved_only[160]; /* "" where it is decoded */
	enum mun_medium medium;
	uint32_t sector_bytes;
	uint64_t bytes; /* decoded */
	struct mun_geometry geometry;
	unsigned int tracks;
};

/* What @img says of itself, by value. */
void mun_image_facts_of(const struct mun_image *img,
			struct mun_image_facts *out);

/**
 * mun_identify() - open @src as an image in a sandboxed child, bring the facts
 *
 * Call while no other thread of ours runs (core/sandbox.h).
 * Return: as mun_image_open(), or MUN_ECORRUPT when the parser was killed.
 */
MUN_CHECK int mun_identify(struct mun_source *src, const char *file_name,
			   const char *format, struct mun_image_facts *out,
			   struct mun_err *e);

#endif
