/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/wrap.h - an image inside a file that compresses it
 *
 * For drivers of formats that only wrap an image of another format (gzip, the
 * ZIP of WinImage): the inner image is decoded into memory, opened by whoever
 * bids for it, and shows through.  What is larger than MUN_WRAP_BYTES is kept
 * as it is.
 */
#ifndef MUN_IMAGE_WRAP_H
#define MUN_IMAGE_WRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/image.h"

/* Of the inner image; and the wrapped file is not much larger either. */
#define MUN_WRAP_BYTES ((size_t)64 << 20)
#define MUN_WRAP_PACKED (MUN_WRAP_BYTES + ((size_t)1 << 20))

/* A wrapper in a wrapper is opened, not more. */
#define MUN_WRAP_DEPTH 2u

enum mun_wrap_end {
	MUN_WRAP_DONE, /* the stream ended where it should */
	MUN_WRAP_LONG, /* more than MUN_WRAP_BYTES */
};

/**
 * mun_wrap_inflate() - add a deflate stream (no header) to what was decoded
 * @in:       @in_len bytes; @used_out: how many of them were the stream
 * @data:     grown with realloc(), also when this fails; the caller's: free()
 * @len:      bytes in @data, before and after
 * @end_out:  how it ended
 *
 * Return: 0; MUN_ECORRUPT for a stream that is broken or cut; MUN_ENOMEM.
 */
MUN_CHECK int mun_wrap_inflate(const uint8_t *in, size_t in_len,
			       size_t *used_out, uint8_t **data, size_t *len,
			       enum mun_wrap_end *end_out, struct mun_err *e);

struct mun_wrap {
	const char *how; /* "gzip": for the variant */
	const char *name; /* of the inner file, bytes; "" if not known */
	/* The decoded file, in memory or wherever it lies; the wrapper's from
	 * now on. */
	uint8_t *data;
	struct mun_source *src; /* NULL: @data */
	size_t len;
	bool doubtful; /* its checksum does not fit */
};

/**
 * mun_wrap_open() - open what was decoded, and let it show through @img
 * @w: its data or source is owned by @img from now on (also when this fails)
 *
 * Facts that @img has already stay first.
 * Return: as mun_image_open_with(); MUN_EUNSUPPORTED for a wrapper in a wrapper
 * in a wrapper.
 */
MUN_CHECK int mun_wrap_open(struct mun_image *img, const struct mun_wrap *w,
			    struct mun_err *e);

/* Keep @img as it is, because of @why. */
MUN_CHECK int mun_wrap_keep(struct mun_image *img, const char *why,
			    struct mun_err *e);

/* For the driver's table. */
int mun_wrap_pread(struct mun_image *img, enum mun_view view, void *buf,
		   size_t len, uint64_t off, struct mun_err *e);
int mun_wrap_next_extent(struct mun_image *img, enum mun_view view,
			 uint64_t off, struct mun_extent *out,
			 struct mun_err *e);
int mun_wrap_verify(struct mun_image *img, struct mun_err *e);
void mun_wrap_close(struct mun_image *img);

#endif
