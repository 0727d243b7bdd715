/* SPDX-License-Identifier: Apache-2.0 */
/* image/contents_int.h - the parts of image/contents.h; for contents*.c only */
#ifndef MUN_IMAGE_CONTENTS_INT_H
#define MUN_IMAGE_CONTENTS_INT_H

#include "core/str.h"
#include "image/contents.h"

/**
 * mun_contents_disc() - marks of the tracks, and the data to be looked at
 * @out:       marks are added
 * @src_out:   user data of the last session with data, 2048 bytes a sector,
 *             the caller's; NULL where the disc has none
 * @first_out: byte of the disc where that session begins
 *
 * In @src_out the first sectors are those of the session, where its volume
 * descriptors are looked for; all others are where the disc has them, as
 * directories count.
 * Return: 0, MUN_ENOMEM.
 */
MUN_CHECK int mun_contents_disc(struct mun_image *img, struct mun_contents *out,
				struct mun_source **src_out,
				uint64_t *first_out, struct mun_err *e);

/**
 * mun_contents_sum_up() - marks of the boot record, and whether it all boots
 *
 * Return: 0, MUN_EIO.
 */
MUN_CHECK int mun_contents_sum_up(struct mun_source *src,
				  struct mun_contents *out, struct mun_err *e);

/* What a child found in @img, as bytes for the way: sizeof(struct
 * mun_contents).  Return: as mun_contents_read(). */
MUN_CHECK int mun_contents_pack(struct mun_image *img, struct mun_str *answer,
				struct mun_err *e);

/**
 * mun_contents_unpack() - and back from it, with nothing in it believed
 *
 * Texts must be clean, counts and enums of ours; what is not in use is zeros.
 * Return: 0; MUN_ECORRUPT, and @out is zeros.
 */
MUN_CHECK int mun_contents_unpack(const void *blob, size_t len,
				  struct mun_contents *out, struct mun_err *e);

#endif
