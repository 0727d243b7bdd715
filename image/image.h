/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/image.h - what a source means: format, geometry, tracks, decoded bytes
 *
 * A driver per format (fmt_NAME.c), const tables in drivers.c.  Every driver
 * bids; the highest bid opens; a tie is an error that names both.
 */
#ifndef MUN_IMAGE_IMAGE_H
#define MUN_IMAGE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"

/* Bids, in steps (docs/formats.md). */
enum mun_bid {
	MUN_BID_NO = 0,
	MUN_BID_ANY = 5, /* takes what nobody else wants */
	MUN_BID_SIZE = 10,
	MUN_BID_SUFFIX = 20,
	MUN_BID_MAGIC = 80,
	MUN_BID_CHECKED = 100, /* magic, and its fields agree */
};

enum mun_medium {
	MUN_MEDIUM_UNKNOWN,
	MUN_MEDIUM_FLOPPY,
	MUN_MEDIUM_OPTICAL,
	MUN_MEDIUM_DISK,
};

struct mun_geometry {
	uint32_t cylinders; /* 0: not known */
	uint32_t heads;
	uint32_t sectors; /* per track */
};

enum mun_track_mode { MUN_TRACK_DATA, MUN_TRACK_AUDIO };

struct mun_track {
	unsigned int session; /* from 1 */
	unsigned int number; /* from 1 */
	enum mun_track_mode mode;
	uint32_t sector_bytes;
	uint64_t start; /* LBA */
	uint64_t sectors;
};

struct mun_image {
	const struct mun_image_driver *driver;
	struct mun_source *src; /* borrowed */
	char variant[80]; /* "1440K 3.5-inch HD, FAT12", "Joliet", ... */
	char volume_label[129]; /* UTF-8, escaped (core/str.h), "" if none */
	char puid[16]; /* PRONOM id, "" if none fits */
	char mime[48]; /* "" if none */
	char note[160]; /* what the identification rests on, and what is odd:
			 * "image is 2048 bytes shorter than its volume" */
	enum mun_medium medium;
	uint32_t sector_bytes;
	uint64_t bytes; /* decoded */
	struct mun_geometry geometry;
	size_t ntracks; /* at least 1 */
	struct mun_track *tracks; /* owned */
	void *priv; /* the driver's own */
};

struct mun_image_driver {
	const char *name; /* written in the catalog: never rename */
	const char *title; /* for people */
	const char *suffixes; /* usual ones, for people: "img ima flp" */
	/* Never fails: an unreadable head is MUN_BID_NO. @file_name may be NULL
	 * and is only ever a tie-breaker. */
	int (*bid)(struct mun_source *src, const char *file_name);
	/* Fill @img; take nothing from its src but the right to read it. */
	int (*open)(struct mun_image *img, struct mun_err *e);
	/* Decoded bytes; NULL: they are the source's own. */
	int (*pread)(struct mun_image *img, void *buf, size_t len, uint64_t off,
		     struct mun_err *e);
	void (*close)(struct mun_image *img); /* NULL: nothing to do */
};

/* Ends with NULL. */
extern const struct mun_image_driver *const mun_image_drivers[];

/**
 * mun_image_open() - find the format and open it
 * @src:       must outlive the image
 * @file_name: may be NULL
 * @format:    driver to use, or NULL to let them bid
 * @out:       the caller's: mun_image_free()
 *
 * Reads the head and tail, never the body.  Run it in the sandbox for what
 * comes from outside (mun_identify()).
 * Return: 0; MUN_EUNSUPPORTED when nobody bids (an empty source) or @format is
 * unknown; MUN_EINVAL on a tie (both named); MUN_ECORRUPT; MUN_EIO.
 */
MUN_CHECK int mun_image_open(struct mun_source *src, const char *file_name,
			     const char *format, struct mun_image **out,
			     struct mun_err *e);
void mun_image_free(struct mun_image *img); /* NULL is fine */
MUN_DEFINE_FREEP(image, mun_image_free);

/* The decoded bytes as a source; @img must outlive it and stays the caller's. */
MUN_CHECK int mun_image_source(struct mun_image *img, struct mun_source **out,
			       struct mun_err *e);

#endif
