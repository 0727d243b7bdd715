/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/acquire_device.h - the part of ingest/acquire.h that reads devices */
#ifndef MUN_INGEST_ACQUIRE_DEVICE_H
#define MUN_INGEST_ACQUIRE_DEVICE_H

#include "ingest/acquire.h"

/* As mun_acquire_run(), of a device: its reader, or NULL where an earlier run
 * got all that it will get, and only the image is to be looked at (then
 * MUN_EFIXITY where that has suffered: the medium is needed again). */
MUN_CHECK int mun_acquire_device(struct mun_acquire *a, struct mun_err *e);

#endif
