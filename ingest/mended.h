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
#include "core/str.h"
#include "ingest/range_list.h"
#include "medium/optical.h"

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

/* Only sectors of CDs are mended; of an image of their data this size. */
#define MUN_MENDED_SECTOR 2048u

/* The same as ranges; @out is the caller's to clear.  As mun_mended_load(). */
MUN_CHECK int mun_mended_list(const char *session_dir, uint32_t sector_bytes,
			      struct mun_range_list *out, struct mun_err *e);

/* "3 sectors, by their own parity, proved by their EDC: LBA 33, 40-41": the
 * property MUN_PROPERTY_MENDED.  @o: for its LBAs; or NULL: the image begins
 * at LBA 0. */
void mun_mended_text(const struct mun_range_list *l, uint32_t sector_bytes,
		     const struct mun_optical *o, struct mun_str *out);

/* And back, of an image of @size bytes that begins at LBA 0.  @text: NULL:
 * none.  0; MUN_ECORRUPT; MUN_ENOMEM; @out is the caller's to clear. */
MUN_CHECK int mun_mended_parse(const char *text, uint32_t sector_bytes,
			       uint64_t size, struct mun_range_list *out,
			       struct mun_err *e);

#endif
