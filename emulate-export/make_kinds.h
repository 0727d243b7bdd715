/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/make_kinds.h - the kinds of images that make-media makes
 *
 * Each is planned first: all names, places and losses are known before the
 * first byte is written, and the image is then written from first to last.
 */
#ifndef MUN_EMULATE_EXPORT_MAKE_KINDS_H
#define MUN_EMULATE_EXPORT_MAKE_KINDS_H

#include "core/err.h"
#include "emulate-export/make_media.h"
#include "emulate-export/make_out.h"
#include "emulate-export/make_tree.h"

struct mun_make_plan {
	struct mun_make *m;
	struct mun_make_tree *t;
	int64_t date; /* of the volume and its folders */
	void *priv; /* of the kind; in the arena of the tree */
};

struct mun_make_maker {
	/* Sets m->image_bytes, free_bytes, layout; fills loss and changed.
	 * 0; MUN_EINVAL for label or size, MUN_EUNSUPPORTED for what does not
	 * fit, MUN_ENOMEM. */
	int (*plan)(struct mun_make_plan *p, struct mun_err *e);
	/* All m->image_bytes of them.  0 or as mun_make_out's calls. */
	int (*write)(struct mun_make_plan *p, struct mun_make_out *o,
		     struct mun_err *e);
};

extern const struct mun_make_maker mun_make_iso; /* make_iso.c */
extern const struct mun_make_maker mun_make_fat; /* make_fat.c */

/* @n is seen as @as (UTF-8) by @view; what is no alias is a loss, too. */
MUN_CHECK int mun_make_note(struct mun_make_plan *p,
			    const struct mun_make_node *n,
			    enum mun_make_view view, struct mun_str *as,
			    struct mun_err *e);

#endif
