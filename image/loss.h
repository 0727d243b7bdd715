/* SPDX-License-Identifier: Apache-2.0 */
/* image/loss.h - what a target format cannot hold */
#ifndef MUN_IMAGE_LOSS_H
#define MUN_IMAGE_LOSS_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* Clean UTF-8 (core/str.h), for people and for JSON. */
struct mun_loss_row {
	char what[64]; /* "sub-channel", "sector states", "tags" */
	char where[96]; /* "track 2", "LBA 10-14 and 3 more ranges", "all" */
	char why[160]; /* "VHD has no place for it" */
};

struct mun_loss {
	struct mun_loss_row *rows; /* owned */
	size_t nrows;
};

/* Return: 0 or MUN_ENOMEM.  After 1,000 rows one row says that there are
 * more. */
MUN_CHECK int mun_loss_add(struct mun_loss *l, struct mun_err *e,
			   const char *what, const char *where, const char *why,
			   ...) MUN_PRINTF(5, 6);
void mun_loss_clear(struct mun_loss *l);

struct mun_image;

/* What any target that holds only the bytes of MUN_VIEW_CONTENT loses: states
 * of sectors (this walks the extents, so of a disc it reads the body), headers,
 * EDC and ECC of a disc unless they can be made again (mun_disc_is_regular()),
 * copies, deleted marks, tags, comments, tracks, sub-channel, CD-TEXT,
 * catalogue numbers, snapshots, and what the container says about its making.
 * A writer says with @keeps which of them it holds. */
enum {
	MUN_KEEPS_UNREADABLE = 1 << 0,
	MUN_KEEPS_DOUBTFUL = 1 << 1,
	MUN_KEEPS_COPIES = 1 << 2,
	MUN_KEEPS_DELETED = 1 << 3,
	MUN_KEEPS_TAGS = 1 << 4,
	MUN_KEEPS_COMMENT = 1 << 5, /* comment or name of a floppy image */
	MUN_KEEPS_IDS = 1 << 6, /* ID fields that differ from the place */
	MUN_KEEPS_TRACKS = 1 << 7, /* sessions, tracks, pregaps, indexes */
	MUN_KEEPS_SESSIONS = 1 << 8,
	MUN_KEEPS_SUB = 1 << 9,
	MUN_KEEPS_CDTEXT = 1 << 10,
	MUN_KEEPS_MCN = 1 << 11,
	MUN_KEEPS_ISRC = 1 << 12,
	MUN_KEEPS_INDEXES = 1 << 13, /* index 2 and above */
	MUN_KEEPS_RAW_SECTORS = 1 << 14, /* headers, EDC and ECC of a disc */
	MUN_KEEPS_MADE = 1 << 15, /* MUN_FACT_MADE rows */
};

/* Adds those to @l.  0, MUN_ENOMEM, MUN_ECANCELLED, or as
 * mun_image_next_extent(). */
MUN_CHECK int mun_loss_usual(struct mun_loss *l, struct mun_image *img,
			     unsigned int keeps, struct mun_err *e);

#endif
