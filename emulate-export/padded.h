/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/padded.h - bytes, and zeros behind their end */
#ifndef MUN_EXPORT_PADDED_H
#define MUN_EXPORT_PADDED_H

#include "core/err.h"
#include "core/source.h"

/* @src with zeros behind its end up to @bytes, which is not less than its size;
 * several threads where @src may be read by several.  @src must outlive it.
 * 0, MUN_EINVAL, MUN_ENOMEM. */
MUN_CHECK int mun_source_padded(struct mun_source *src, uint64_t bytes,
				struct mun_source **out, struct mun_err *e);

#endif
