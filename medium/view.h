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
 * Any number of threads may read, one at a time.
 * Return: 0 or MUN_ENOMEM.  @out: mun_source_close().
 */
MUN_CHECK int mun_device_view(const struct mun_device *m,
			      struct mun_source **out, struct mun_err *e);

/* Does it take more than pread(2) to read it, which a sandbox forbids?  Then
 * whoever looks at it there has it served (image/remote.h). */
bool mun_device_is_served(const struct mun_device *m);

#endif
