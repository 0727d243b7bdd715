/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/stored_image.h - the master of an object, to be decoded */
#ifndef MUN_EXPORT_STORED_IMAGE_H
#define MUN_EXPORT_STORED_IMAGE_H

#include "catalog/record.h"
#include "core/err.h"
#include "image/companion.h"
#include "image/image.h"
#include "store/store.h"

struct mun_stored_image {
	struct mun_image *img;
	struct mun_source *master;
	struct mun_companions *parts;
};

/**
 * mun_stored_image_open() - the master of @r and its parts, in the sandbox
 * @r:   must outlive @out; its files have just been verified
 * @out: mun_stored_image_close() either way
 *
 * Call while no other thread of ours runs.
 * Return: as mun_store_open_file() and mun_remote_open(); MUN_EUNSUPPORTED
 * where the format is kept and not decoded.
 */
MUN_CHECK int mun_stored_image_open(const struct mun_store *s,
				    const struct mun_record *r,
				    struct mun_stored_image *out,
				    struct mun_err *e);
void mun_stored_image_close(struct mun_stored_image *i);

#endif
