/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/disc_master.h - a disc that was read raw, as BIN/CUE in its object
 *
 * What was read is image/disc.bin; the cue sheet that makes an image of it is
 * the master, as that of an image which came as a file is, so that everything
 * that opens such objects opens these: image/disc.cue (master), and the parts
 * image/disc.bin and image/disc.cdt (CD-TEXT, if any).
 */
#ifndef MUN_INGEST_DISC_MASTER_H
#define MUN_INGEST_DISC_MASTER_H

#include <stdbool.h>

#include "ingest/describe.h"
#include "medium/optical.h"

#define MUN_PATH_DISC_CUE "image/disc.cue"
#define MUN_PATH_DISC_BIN "image/disc.bin"
#define MUN_PATH_DISC_CDT "image/disc.cdt"
#define MUN_PATH_DISC_ISO "image/disc.iso"

/* Has the disc a sheet?  NULL has none. */
bool mun_disc_has_sheet(const struct mun_optical *o);

/**
 * mun_disc_sheet_lay() - sheet and CD-TEXT beside disc.bin, to be opened
 * @out: path of the sheet on disk; the caller's
 *
 * Not in the inventory so far: mun_disc_put() does that.
 * Return: 0, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_disc_sheet_lay(const struct mun_optical *o,
				 struct mun_stage *st, char **out,
				 struct mun_err *e);

/**
 * mun_disc_put() - all files of the disc's image, and their entries
 * @d: with optical that has a sheet
 *
 * Return: 0, MUN_EIO, MUN_ENOMEM, MUN_EINVAL.
 */
MUN_CHECK int mun_disc_put(const struct mun_described *d, struct mun_stage *st,
			   struct mun_record *r, struct mun_err *e);

/* Does what the sheet decodes to have the digests of what was read?  0 or
 * MUN_ECORRUPT (a fault of ours: the sheet leaves something out). */
MUN_CHECK int mun_disc_check(const struct mun_described *d,
			     const struct mun_decoded *decoded,
			     struct mun_err *e);

/* Properties: kind of disc, catalogue number, protection, what the drive could
 * not tell, sectors that were mended.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_disc_properties(const struct mun_described *d,
				  struct mun_record *r, struct mun_err *e);

#endif
