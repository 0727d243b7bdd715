/* SPDX-License-Identifier: Apache-2.0 */
/* image/disc_write.h - what writers of sheets have in common */
#ifndef MUN_IMAGE_DISC_WRITE_H
#define MUN_IMAGE_DISC_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/writer.h"

/* A track as it is to be written. */
struct mun_disc_piece {
	const struct mun_track *track;
	uint64_t off; /* of the view: from its stored gap on */
	uint64_t bytes;
	uint64_t left_out; /* sectors of its stored gap that lie before LBA 0 */
	uint32_t gap; /* sectors of the gap that are written */
	uint32_t stored; /* bytes of a sector as they are written */
};

struct mun_disc_plan {
	enum mun_view view;
	size_t n;
	struct mun_disc_piece *pieces; /* owned */
	bool whole; /* sectors of 2048 bytes become whole ones */
};

/**
 * mun_disc_plan_make() - the tracks of @img in order
 * @whole: "sectors=2352": make whole sectors of Mode 1
 *
 * An image without tracks of a disc is one track of its content, if its sectors
 * have 2048 bytes.
 * Return: 0; MUN_EUNSUPPORTED: it is no disc, or whole sectors cannot be made;
 * MUN_ENOMEM.
 */
MUN_CHECK int mun_disc_plan_make(struct mun_image *img, bool whole,
				 struct mun_disc_plan *out, struct mun_err *e);
void mun_disc_plan_clear(struct mun_disc_plan *p);

/* "sectors=stored|2352" */
MUN_CHECK int mun_disc_option(const struct mun_write_options *o, bool *whole,
			      struct mun_err *e);

/* What any sheet loses, but for what @keeps says: rows for gaps, places and
 * limits. */
MUN_CHECK int mun_disc_plan_loss(const struct mun_disc_plan *p,
				 struct mun_image *img, unsigned int keeps,
				 struct mun_loss *loss, struct mun_err *e);

/* Write piece @i at byte @at of @file; audio in big endian with @swap. */
MUN_CHECK int mun_disc_piece_put(const struct mun_write *w,
				 const struct mun_disc_plan *p, size_t i,
				 struct mun_outfile *file, uint64_t at,
				 bool swap, struct mun_err *e);

/* How many sectors and bytes the piece has when it is written. */
uint64_t mun_disc_piece_sectors(const struct mun_disc_piece *p);
uint64_t mun_disc_piece_bytes(const struct mun_disc_piece *p);

struct mun_str;

/* "mm:ss:ff" */
void mun_disc_add_msf(struct mun_str *s, uint64_t sectors);

/* A text as a file, NULL: the main one. */
MUN_CHECK int mun_disc_put_text(const struct mun_write *w, const char *name,
				struct mun_str *text, struct mun_err *e);

#endif
