/* SPDX-License-Identifier: Apache-2.0 */
/* image/plain_write.h - bytes of an image in one plain file or in several */
#ifndef MUN_IMAGE_PLAIN_WRITE_H
#define MUN_IMAGE_PLAIN_WRITE_H

#include "core/err.h"
#include "image/writer.h"

struct mun_plain {
	enum mun_view view;
	uint64_t part_bytes; /* of all files but the last; 0: one file */
	/* The name of part @n, from 0, in @out; part 0 bears the main name. */
	int (*name)(const struct mun_output *o, uint64_t n, char out[256],
		    struct mun_err *e);
};

/**
 * mun_plain_plan() - what a plain file loses; the same for one part and many
 *
 * Unreadable sectors and those whose check failed are told in a map beside it.
 */
MUN_CHECK int mun_plain_plan(struct mun_image *img,
			     const struct mun_write_options *o,
			     struct mun_loss *loss, struct mun_err *e);

/* "view=content|raw" */
MUN_CHECK int mun_plain_view(const struct mun_write_options *o,
			     enum mun_view *out, struct mun_err *e);

/* The bytes; zeros become holes; and "NAME.map", a mapfile of GNU ddrescue,
 * where any sector was not read well. */
MUN_CHECK int mun_plain_write(const struct mun_write *w,
			      const struct mun_plain *p, struct mun_err *e);

#endif
