/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/macfork.h - files of a Macintosh that travelled: both forks in one file
 *
 * MacBinary I to III, AppleSingle, AppleDouble; and the resources of a resource
 * fork.
 */
#ifndef MUN_IMAGE_MACFORK_H
#define MUN_IMAGE_MACFORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/image.h"

enum mun_mac_kind {
	MUN_MAC_NONE,
	MUN_MACBINARY_1,
	MUN_MACBINARY_2,
	MUN_MACBINARY_3,
	MUN_APPLESINGLE,
	MUN_APPLEDOUBLE, /* no data fork: that is the file beside it */
};

/* A part of the file, in bytes. */
struct mun_mac_part {
	uint64_t off;
	uint64_t bytes; /* 0: not there */
};

struct mun_mac_file {
	enum mun_mac_kind kind;
	struct mun_mac_part data;
	struct mun_mac_part rsrc;
	struct mun_mac_part comment;
	uint8_t name[64]; /* Mac Roman, as it stands there */
	size_t name_len;
	bool has_type; /* the two that follow */
	uint8_t type[4];
	uint8_t creator[4];
	/* Seconds since 1970 of local time (MacBinary) or UTC; 0: not told */
	int64_t created;
	int64_t modified;
	bool summed; /* MacBinary II: its CRC was there and right */
};

/**
 * mun_mac_read() - what @src is wrapped in
 * @out: kind is MUN_MAC_NONE where it is none of them, or where what it says of
 *       itself does not fit the file
 *
 * Return: 0, MUN_EIO, MUN_ECORRUPT as mun_source_pread().
 */
MUN_CHECK int mun_mac_read(struct mun_source *src, struct mun_mac_file *out,
			   struct mun_err *e);

/* "MacBinary II" */
const char *mun_mac_kind_name(enum mun_mac_kind kind);

/* "2003-05-17T12:00:00" at @seconds since 1970; with "Z" if @utc. */
void mun_mac_time(int64_t seconds, bool utc, char out[static 32]);

/**
 * mun_mac_facts() - what @f says of the file, as facts of @img
 *
 * The wrapper, the name, the Finder's type and creator, both dates, the
 * comment.  0, MUN_EIO, MUN_ECORRUPT, MUN_ENOMEM.
 */
MUN_CHECK int mun_mac_facts(struct mun_image *img, const struct mun_mac_file *f,
			    struct mun_err *e);

/* A resource; @data is where its bytes are in the source. */
struct mun_rsrc {
	uint8_t type[4];
	int16_t id;
	struct mun_mac_part data;
	uint8_t name[255];
	size_t name_len;
};

/* Return 0 to go on. */
typedef int mun_rsrc_fn(void *ctx, const struct mun_rsrc *r, struct mun_err *e);

/**
 * mun_rsrc_each() - every resource of one type, as they stand in the map
 * @fork: the resource fork in @src
 * @type: four characters
 *
 * Return: 0; what @fn returned; MUN_ECORRUPT for a fork that is none; MUN_EIO;
 * MUN_ENOMEM.
 */
MUN_CHECK int mun_rsrc_each(struct mun_source *src, struct mun_mac_part fork,
			    const char *type, mun_rsrc_fn *fn, void *ctx,
			    struct mun_err *e);

/* The resource @type @id; @out->data.bytes is 0 where there is none. */
MUN_CHECK int mun_rsrc_find(struct mun_source *src, struct mun_mac_part fork,
			    const char *type, int16_t id, struct mun_rsrc *out,
			    struct mun_err *e);

#endif
