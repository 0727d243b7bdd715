/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fmt_named.h - formats that are named and kept, not decoded
 *
 * A row each: how it is recognised, and the reason that people are given.  The
 * bytes of every view are the file's own.
 */
#ifndef MUN_IMAGE_FMT_NAMED_H
#define MUN_IMAGE_FMT_NAMED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/image.h"

/* So many bytes of the head are shown to a check; zeros where there are less. */
#define MUN_NAMED_HEAD 512u

struct mun_named {
	const char *magic; /* at the head; NULL: none, check() decides */
	size_t magic_bytes;
	enum mun_medium medium;
	/* Do the fields beside the magic agree?  NULL: not looked at. */
	bool (*check)(struct mun_source *src, const uint8_t *head);
	const char *variant; /* NULL: none */
	const char *reason;
};

/* MUN_BID_CHECKED where check() agrees or the magic has 8 bytes and more. */
int mun_named_bid(const struct mun_named *n, struct mun_source *src);
MUN_CHECK int mun_named_open(const struct mun_named *n, struct mun_image *img,
			     struct mun_err *e);

/* The table of drivers has a function for each; they differ in the row only.
 * The rest are the members of struct mun_named. */
#define MUN_NAMED(id, driver_name, driver_title, driver_suffixes, ...) \
	static const struct mun_named named_##id = { __VA_ARGS__ }; \
	static int id##_bid(struct mun_source *src, const char *file_name) \
	{ \
		(void)file_name; \
		return mun_named_bid(&named_##id, src); \
	} \
	static int id##_open(struct mun_image *img, struct mun_err *e) \
	{ \
		return mun_named_open(&named_##id, img, e); \
	} \
	const struct mun_image_driver mun_image_##id = { \
		.name = driver_name, \
		.title = driver_title, \
		.suffixes = driver_suffixes, \
		.bid = id##_bid, \
		.open = id##_open, \
	}

#endif
