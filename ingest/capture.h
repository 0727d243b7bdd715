/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/capture.h - metadata/capture.json: what the drive said, what we did */
#ifndef MUN_INGEST_CAPTURE_H
#define MUN_INGEST_CAPTURE_H

#include "ingest/describe.h"

/* JSON (docs/on-disk-layout.md), the caller's: free().  0 or MUN_ENOMEM. */
MUN_CHECK int mun_capture_text(const struct mun_described *d, char **out,
			       struct mun_err *e);

#endif
