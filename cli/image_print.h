/* SPDX-License-Identifier: Apache-2.0 */
/* cli/image_print.h - what an image says of itself, as text and as JSON */
#ifndef MUN_CLI_IMAGE_PRINT_H
#define MUN_CLI_IMAGE_PRINT_H

#include <stdbool.h>

#include "core/jsonw.h"
#include "fixity/digest.h"
#include "image/image.h"
#include "image/states.h"

/* What is known only of an image that was read. */
struct mun_image_sums {
	char sha256[MUN_DIGEST_HEX]; /* "": not read */
	char raw_sha256[MUN_DIGEST_HEX]; /* "": the same, or not read */
	bool counted;
	struct mun_states states;
};

/* The image as `info` tells it, on standard output. */
void mun_image_print_text(const struct mun_image *img,
			  const struct mun_image_sums *sums);

/* Members of the object that is open in @w. */
void mun_image_print_json(struct mun_jsonw *w, const struct mun_image *img,
			  const struct mun_image_sums *sums);

/* "states": how many bytes are data, holes, unreadable ... */
void mun_states_print_json(struct mun_jsonw *w, const struct mun_states *s);

#endif
