/* SPDX-License-Identifier: Apache-2.0 */
/* image/states.h - how well the sectors of an image were read */
#ifndef MUN_IMAGE_STATES_H
#define MUN_IMAGE_STATES_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/log.h"
#include "image/image.h"

/* Bytes of MUN_VIEW_CONTENT, by state. */
struct mun_states {
	uint64_t data_bytes;
	uint64_t zero_bytes; /* the format says that they are zeros */
	uint64_t hole_bytes;
	uint64_t unreadable_bytes;
	uint64_t doubtful_bytes;
};

/* Called for each run of one kind, joined, in order. 0 or an error, which ends
 * the walk. */
typedef int mun_state_fn(void *ctx, const struct mun_extent *x,
			 struct mun_err *e);

/**
 * mun_image_walk() - all extents of @view, neighbours of one kind joined
 * @progress: may be NULL; phase "mapping"
 *
 * Reads the body where the state of a sector can be known in no other way.
 * Return: 0, what @fn returned, MUN_ECANCELLED, MUN_ECORRUPT, MUN_EIO.
 */
MUN_CHECK int mun_image_walk(struct mun_image *img, enum mun_view view,
			     const struct mun_progress_to *progress,
			     mun_state_fn *fn, void *ctx, struct mun_err *e);

/* The sums over MUN_VIEW_CONTENT. */
MUN_CHECK int mun_image_count_states(struct mun_image *img,
				     const struct mun_progress_to *progress,
				     struct mun_states *out, struct mun_err *e);

/* "data", "zero", "hole", "unreadable", "doubtful": stable words. */
const char *mun_extent_word(enum mun_extent_kind kind);

#endif
