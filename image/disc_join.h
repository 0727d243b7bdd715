/* SPDX-License-Identifier: Apache-2.0 */
/* image/disc_join.h - parts of several sources, one after the other */
#ifndef MUN_IMAGE_DISC_JOIN_H
#define MUN_IMAGE_DISC_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"

struct mun_join_part {
	struct mun_source *src; /* borrowed; NULL: zeros */
	uint64_t off;
	uint64_t bytes; /* more than the source has is an error */
	bool swap; /* every two bytes; @bytes is even then */
};

/**
 * mun_join_new() - a source of all @n parts
 * @out: the caller's; any number of threads, as the parts; a part of zeros is
 *       told as MUN_EXTENT_ZERO
 *
 * Return: 0; MUN_ECORRUPT for a part that is not inside its source; MUN_ENOMEM.
 */
MUN_CHECK int mun_join_new(const struct mun_join_part *parts, size_t n,
			   struct mun_source **out, struct mun_err *e);

#endif
