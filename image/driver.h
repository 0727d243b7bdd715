/* SPDX-License-Identifier: Apache-2.0 */
/* image/driver.h - what every fmt_NAME.c needs; for drivers only */
#ifndef MUN_IMAGE_DRIVER_H
#define MUN_IMAGE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/image.h"

/**
 * mun_peek() - read @len bytes at byte @off, zeros where the source has ended
 *
 * So that a short file just does not match, and only a real failure to read
 * is an error.
 * Return: 0, MUN_EIO or MUN_ECORRUPT as mun_source_pread().
 */
MUN_CHECK int mun_peek(struct mun_source *src, void *buf, size_t len,
		       uint64_t off, struct mun_err *e);

/**
 * mun_peek_match() - are the @len bytes at byte @off these?
 * @len: at most 64
 *
 * Return: 0 and the answer in @out; MUN_EIO or MUN_ECORRUPT as
 * mun_source_pread().
 */
MUN_CHECK int mun_peek_match(struct mun_source *src, uint64_t off,
			     const void *bytes, size_t len, bool *out,
			     struct mun_err *e);

/* The same for bids, which cannot fail: what cannot be read is not these.
 * mun_image_open() hears of the failure all the same.  Not for open(). */
bool mun_peek_is(struct mun_source *src, uint64_t off, const void *bytes,
		 size_t len);

/* Does @file_name end in ".@suffix", in any case?  NULL does not. */
bool mun_has_suffix(const char *file_name, const char *suffix);

/* Add a remark to @img->note, after "; ".  A remark that does not fit is left
 * out whole; the first one is cut. */
void mun_image_note(struct mun_image *img, const char *fmt, ...)
	MUN_PRINTF(2, 3);

/* Likewise to @img->variant, after ", ". */
void mun_image_variant(struct mun_image *img, const char *fmt, ...)
	MUN_PRINTF(2, 3);

/* Constant text, which fits. */
void mun_image_set_puid(struct mun_image *img, const char *puid);
void mun_image_set_mime(struct mun_image *img, const char *mime);

/**
 * mun_image_one_track() - one session, one data track, all of @img->bytes
 *
 * Needs @img->bytes and @img->sector_bytes; the last sector may be short.
 * Return: 0 or MUN_ENOMEM.
 */
MUN_CHECK int mun_image_one_track(struct mun_image *img, struct mun_err *e);

#endif
