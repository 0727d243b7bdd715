/* SPDX-License-Identifier: Apache-2.0 */
/* image/disc_regular.h - do the sectors of a disc hold more than their data? */
#ifndef MUN_IMAGE_DISC_REGULAR_H
#define MUN_IMAGE_DISC_REGULAR_H

#include "image/image.h"

/**
 * mun_disc_is_regular() - can each sector be made again from its 2048 bytes?
 * @img: of a disc; its first track is looked at
 *
 * True where that is Mode 1 in whole sectors (2352 bytes) and every one of them
 * has the sync, the header of its place, the EDC, the zeros and the ECC that
 * ECMA-130, clause 14, makes of its user data: then these tell nothing of their
 * own.  Reads the track, until the first sector that is otherwise; what was
 * found is kept in img->disc, so not for several threads at once.
 *
 * Return: 0; MUN_ECANCELLED; MUN_ENOMEM; as mun_image_pread().
 */
MUN_CHECK int mun_disc_is_regular(struct mun_image *img, bool *out,
				  struct mun_err *e);

#endif
