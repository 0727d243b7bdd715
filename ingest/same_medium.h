/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/same_medium.h - is it the medium that the session began with? */
#ifndef MUN_INGEST_SAME_MEDIUM_H
#define MUN_INGEST_SAME_MEDIUM_H

#include "core/err.h"
#include "ingest/session_file.h"
#include "medium/device.h"

/**
 * mun_same_medium() - prove it, before anything more is read from it
 * @image: of the session, as far as it goes; need not be there
 * @m:     opened now, in whatever drive
 *
 * Compares the marks of the session (session.json), the first sectors and the
 * volume, and up to 16 sectors spread over the image, with those of @m.  Only
 * what the checkpoint proves of the image is taken for evidence.
 * Return: 0; MUN_EINVAL (what differs); MUN_EIO; MUN_ENOMEM.  Changes nothing.
 */
MUN_CHECK int mun_same_medium(const struct mun_session *s, const char *image,
			      struct mun_device *m, struct mun_err *e);

#endif
