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

/**
 * mun_image_fact() - add a row of what the image says
 * @value: printf(3) format; bytes of the image only through mun_text_escape()
 *         or the like: the row must be clean
 *
 * At most MUN_IMAGE_FACTS rows; a longer value is cut at a character.
 * Return: 0; MUN_ENOMEM; MUN_ECORRUPT for one row too many.
 */
MUN_CHECK int mun_image_fact(struct mun_image *img, enum mun_fact_kind kind,
			     const char *name, struct mun_err *e,
			     const char *value, ...) MUN_PRINTF(5, 6);

/* A checksum inside; @state NONE: mun_image_driver.verify() will tell. */
MUN_CHECK int mun_image_check_fact(struct mun_image *img, const char *name,
				   enum mun_fact_state state, struct mun_err *e,
				   const char *value, ...) MUN_PRINTF(5, 6);

/* How a check came out, in verify(). */
void mun_image_settle(struct mun_image *img, const char *name,
		      enum mun_fact_state state);

/* As mun_image_fact(), of @len foreign bytes: control characters and what is
 * not UTF-8 are escaped (core/str.h), spaces and NULs at the end left out; no
 * row for an empty value. */
MUN_CHECK int mun_image_fact_bytes(struct mun_image *img,
				   enum mun_fact_kind kind, const char *name,
				   const void *bytes, size_t len,
				   struct mun_err *e);

/* A row MUN_FACT_PART: the file @name beside the image belongs to it, as @what.
 * Whoever keeps the image asks for its parts by these names. */
MUN_CHECK int mun_image_part(struct mun_image *img, const char *name,
			     const char *what, struct mun_err *e);

/* As many files as may belong to one image (MUN_COMPANIONS), and more. */
#define MUN_IMAGE_FACTS 5120u

/* Kept as it is, not decoded: why. */
void mun_image_preserve_only(struct mun_image *img, const char *fmt, ...)
	MUN_PRINTF(2, 3);

/**
 * mun_image_open_named() - open the image that @img names as its parent
 * @name: as it stands in @img; only ever looked for beside it
 * @out:  the caller's: mun_image_free(), then its source is closed with it
 *
 * @img->parent, where the user gave one, is the caller's to prefer.
 * Return: as mun_image_open_with(); MUN_ECORRUPT where parents go round or are
 * more than 16 deep.
 */
MUN_CHECK int mun_image_open_named(const struct mun_image *img,
				   const char *name, const char *format,
				   struct mun_image **out, struct mun_err *e);

#define MUN_IMAGE_DEPTH 16u /* of parents */

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

/* mun_image_open_with() for what is inside @img, which no --format reaches:
 * where several formats fit (sectors in one of two orders), it is taken for raw
 * sectors, and @img's note says so.  @q->format is changed then. */
MUN_CHECK int mun_image_open_inside(struct mun_image *img,
				    struct mun_image_request *q,
				    struct mun_image **out, struct mun_err *e);

#endif
