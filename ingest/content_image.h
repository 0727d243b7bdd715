/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/content_image.h - the master of a stored object, decoded */
#ifndef MUN_INGEST_CONTENT_IMAGE_H
#define MUN_INGEST_CONTENT_IMAGE_H

#include "image/companion.h"
#include "image/image.h"
#include "ingest/content.h"

struct mun_content_image {
	struct mun_image *img;
	struct mun_source *master;
	struct mun_companions *parts;
};

/**
 * mun_content_image_open() - the master and its parts, verified as read
 * @r:    of the object, with piece layers; must outlive @out
 * @lost: as mun_content_rest(), for the master, whose bytes this process then
 *        reads for the sandbox; NULL: damage is an error
 * @out:  mun_content_image_close() either way
 *
 * In the sandbox: call while no other thread of ours runs.
 * Return: as mun_content_file() and mun_remote_open(); MUN_EUNSUPPORTED where
 * the format is kept and not decoded.
 */
MUN_CHECK int mun_content_image_open(const struct mun_store *s,
				     const struct mun_record *r,
				     mun_content_lost_fn *lost, void *ctx,
				     struct mun_content_image *out,
				     struct mun_err *e);
void mun_content_image_close(struct mun_content_image *c);

#endif
