/* SPDX-License-Identifier: Apache-2.0 */
/* medium/view.h - a medium for one who only looks at it */
#ifndef MUN_MEDIUM_VIEW_H
#define MUN_MEDIUM_VIEW_H

#include "medium/device.h"

/**
 * mun_device_view() - @m's bytes at any offset and of any length
 * @m: must outlive the view
 *
 * A device is read past the page cache, which gives whole sectors only; and a
 * sector that it cannot give is zeros here, as it will be in the image: what
 * is damaged still has a format.
 * Return: 0 or MUN_ENOMEM.  @out: mun_source_close().
 */
MUN_CHECK int mun_device_view(const struct mun_device *m,
			      struct mun_source **out, struct mun_err *e);

#endif
