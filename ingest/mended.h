/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest/mended.h - sectors that are not as they came: mended by their parity
 *
 * A read map has them as good, so where they are is kept beside it, in the
 * session's folder: mended.list, a line with the byte offset of each.
 */
#ifndef MUN_INGEST_MENDED_H
#define MUN_INGEST_MENDED_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/**
 * mun_mended_note() - the sectors of one read that were mended
 * @states: one enum mun_sector_end for each of @n sectors; or NULL: none was
 * @off:    of the first, bytes
 *
 * Durable when it returns 0: before the map calls them good.
 * Return: 0, MUN_EIO.
 */
MUN_CHECK int mun_mended_note(const char *session_dir, const uint8_t *states,
			      size_t n, uint64_t off, uint32_t sector_bytes,
			      struct mun_err *e);

/**
 * mun_mended_load() - all of them, ascending, each once
 * @out: the caller's: free(); NULL where there is none
 *
 * A last line without an end was cut by a power failure; its sector was read
 * again then.  Return: 0, MUN_ECORRUPT, MUN_EIO, MUN_ENOMEM.
 */
MUN_CHECK int mun_mended_load(const char *session_dir, uint64_t **out,
			      size_t *n, struct mun_err *e);

#endif
