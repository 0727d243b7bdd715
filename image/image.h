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
	MUN_BID_SET = 110, /* the first of a set of files, by their names */
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

enum mun_track_mode {
	MUN_TRACK_DATA, /* of a disk; of a disc: Mode 1 */
	MUN_TRACK_AUDIO,
	MUN_TRACK_MODE2, /* XA and CD-i: forms mixed, or none */
};

#define MUN_TRACK_INDEXES 8u

struct mun_track {
	unsigned int session; /* from 1 */
	unsigned int number; /* from 1 */
	enum mun_track_mode mode;
	uint32_t sector_bytes; /* as stored: 2352, 2336, 2048, 512 ... */
	uint32_t sub_bytes; /* of sub-channel stored with each sector, or 0 */
	uint64_t start; /* LBA of index 1 */
	uint64_t sectors; /* from index 1 to the end, without the postgap */
	uint32_t pregap; /* sectors of index 0, before start */
	uint32_t pregap_stored; /* ... of which the image holds this many */
	uint32_t postgap; /* sectors after the end that no image holds */
	uint8_t control; /* Q: 1 pre-emphasis, 2 copy permitted, 8 four-channel;
			  * 4 (data) follows from the mode */
	char isrc[13]; /* "" if none */
	/* Where index 2 and above begin: sectors after start; 0 ends. */
	uint32_t indexes[MUN_TRACK_INDEXES];
};

/* What the bytes of an image are taken to be. */
enum mun_view {
	/* What a computer reads: sectors in order; of a disc with one Mode 1
	 * track its 2048 bytes a sector, of any other disc as MUN_VIEW_RAW. */
	MUN_VIEW_CONTENT,
	/* All that is stored of each sector: of a disc the main channel, all
	 * tracks in order with the pregaps that are stored, audio in little
	 * endian; of a floppy every sector in physical order, copies too.
	 * Elsewhere the same as MUN_VIEW_CONTENT. */
	MUN_VIEW_RAW,
	/* Of a disc the 96 bytes a sector of sub-channel, P to W one after the
	 * other; of a floppy the tags (12 bytes a sector). Empty elsewhere. */
	MUN_VIEW_SUB,
	MUN_VIEWS
};

enum mun_fact_kind {
	MUN_FACT_MADE, /* what the container says about its making */
	MUN_FACT_CHECK, /* a checksum inside it: @state says how it came out */
	MUN_FACT_SNAPSHOT, /* an earlier state of the disk kept inside */
	MUN_FACT_PART, /* a further file that belongs to it: @name */
	MUN_FACT_PARENT, /* the image that it is a difference to */
	MUN_FACT_LIMIT, /* what the decoded bytes do not say of it */
};

enum mun_fact_state { MUN_FACT_NONE, MUN_FACT_GOOD, MUN_FACT_BAD };

/* One row of what an image says; clean UTF-8 (core/str.h). */
struct mun_image_fact {
	enum mun_fact_kind kind;
	enum mun_fact_state state; /* of a check; NONE: not made */
	char name[64]; /* "examiner", "MD5", "disk.vmdk" */
	char value[256];
};

struct mun_floppy; /* image/floppy.h */
struct mun_disc; /* image/disc.h */
struct mun_companions; /* image/companion.h */

/* Variant of raw sectors of which nothing is known. */
#define MUN_VARIANT_UNKNOWN "no partition table recognised"

struct mun_image {
	const struct mun_image_driver *driver; /* whose calls are made */
	const struct mun_image_driver *format; /* whose name it bears; they
						* differ where the decoding is
						* done by a child */
	struct mun_source *src; /* borrowed */
	struct mun_companions *companions; /* borrowed; NULL: alone */
	struct mun_image *parent; /* given by the user; borrowed, or NULL */
	struct mun_source *own_src; /* closed with the image, or NULL; */
	struct mun_companions *own_companions; /* likewise */
	struct mun_image *own_parent; /* likewise, before these two */
	unsigned int depth; /* of parents above, to end a loop */
	char file_name[256]; /* without folder; "" if not known */
	char variant[80]; /* "1440K 3.5-inch HD, FAT12", "Joliet", ... */
	char volume_label[129]; /* UTF-8, escaped (core/str.h), "" if none */
	char puid[16]; /* PRONOM id, "" if none fits */
	char mime[48]; /* "" if none */
	char note[160]; /* what the identification rests on, and what is odd:
			 * "image is 2048 bytes shorter than its volume" */
	/* Kept as it is, not decoded: why, for people. "" where the driver
	 * decodes. Then the bytes of every view are the file's own. */
	char preserved_only[160];
	enum mun_medium medium;
	uint32_t sector_bytes;
	uint64_t bytes; /* of MUN_VIEW_CONTENT */
	uint64_t raw_bytes; /* of MUN_VIEW_RAW; 0: the same as @bytes */
	uint64_t sub_bytes; /* of MUN_VIEW_SUB */
	struct mun_geometry geometry;
	size_t ntracks; /* at least 1 */
	struct mun_track *tracks; /* owned */
	size_t nfacts;
	struct mun_image_fact *facts; /* owned */
	struct mun_floppy *floppy; /* owned; NULL: no table of sectors */
	struct mun_disc *disc; /* owned; NULL: not a disc with tracks */
	void *priv; /* the driver's own */
};

struct mun_image_driver {
	const char *name; /* written in the catalog: never rename */
	const char *title; /* for people */
	const char *suffixes; /* usual ones, for people: "img ima flp" */
	/* Never fails: an unreadable head is MUN_BID_NO. @file_name may be NULL
	 * and is only ever a tie-breaker. Cheap: head and tail, not the body. */
	int (*bid)(struct mun_source *src, const char *file_name);
	/* Asked in its place where it is not NULL: may also look at what lies
	 * @beside (NULL: nothing). */
	int (*bid_beside)(struct mun_source *src, const char *file_name,
			  struct mun_companions *beside);
	/* Fill @img; take nothing from its src but the right to read it. Reads
	 * what describes the image, not the body; opens every companion that
	 * pread() will need. */
	int (*open)(struct mun_image *img, struct mun_err *e);
	/* Decoded bytes of one view, inside it; NULL: they are the source's
	 * own. Called by several threads at once: what open() made is only
	 * read, and caches lock themselves (image/blockcache.h). */
	int (*pread)(struct mun_image *img, enum mun_view view, void *buf,
		     size_t len, uint64_t off, struct mun_err *e);
	/* As mun_source_next_extent() of that view; several threads. NULL: data
	 * (or the source's own extents where pread is NULL). A table lookup: it
	 * reads the body only where the state of a sector can be known in no
	 * other way (EDC of a disc), and then at most 1 MiB per call. */
	int (*next_extent)(struct mun_image *img, enum mun_view view,
			   uint64_t off, struct mun_extent *out,
			   struct mun_err *e);
	/* Read the body, compare it with the checksums inside, and set the
	 * state of each MUN_FACT_CHECK. A checksum that does not fit is no
	 * error: MUN_FACT_BAD. NULL: all are settled by open(). One thread. */
	int (*verify)(struct mun_image *img, struct mun_err *e);
	/* Free @img->priv, which may be NULL or half made where open() failed;
	 * NULL: nothing to do. */
	void (*close)(struct mun_image *img);
};

/* Ends with NULL. */
extern const struct mun_image_driver *const mun_image_drivers[];

struct mun_image_request {
	struct mun_source *src; /* must outlive the image */
	const char *file_name; /* without folder; may be NULL */
	const char *format; /* driver to use, or NULL to let them bid */
	struct mun_companions *companions; /* must outlive it; NULL: none */
	struct mun_image *parent; /* must outlive it; NULL: none given */
	unsigned int depth; /* 0, but for a parent that an image names */
};

/**
 * mun_image_open_with() - find the format and open it
 * @out: the caller's: mun_image_free()
 *
 * Reads the head, the tail and the tables, never the body.  Run it in the
 * sandbox for what comes from outside (image/remote.h).
 * Return: 0; MUN_EUNSUPPORTED when nobody bids (an empty source) or the format
 * is unknown; MUN_EINVAL on a tie (both named); MUN_ENOENT where a companion
 * or parent is missing; MUN_ECORRUPT; MUN_EIO.
 */
MUN_CHECK int mun_image_open_with(const struct mun_image_request *q,
				  struct mun_image **out, struct mun_err *e);

/* The same for one file by itself. */
MUN_CHECK int mun_image_open(struct mun_source *src, const char *file_name,
			     const char *format, struct mun_image **out,
			     struct mun_err *e);
void mun_image_free(struct mun_image *img); /* NULL is fine */
MUN_DEFINE_FREEP(image, mun_image_free);

/* How many bytes a view has. */
uint64_t mun_image_size(const struct mun_image *img, enum mun_view view);

/**
 * mun_image_pread() - @len decoded bytes at byte @off of @view
 *
 * Any number of threads.  Unreadable bytes are zeros: mun_image_next_extent()
 * tells them apart.
 * Return: 0; MUN_EINVAL for a range outside the view; MUN_ECORRUPT (what and
 * where); MUN_EIO.
 */
MUN_CHECK int mun_image_pread(struct mun_image *img, enum mun_view view,
			      void *buf, size_t len, uint64_t off,
			      struct mun_err *e);

/* What lies at byte @off of @view; never empty.  Any number of threads. */
MUN_CHECK int mun_image_next_extent(struct mun_image *img, enum mun_view view,
				    uint64_t off, struct mun_extent *out,
				    struct mun_err *e);

/* Make the checks that need the whole body; their states are in the facts. */
MUN_CHECK int mun_image_verify(struct mun_image *img, struct mun_err *e);

/* The decoded bytes as a source; @img must outlive it and stays the caller's. */
MUN_CHECK int mun_image_source(struct mun_image *img, struct mun_source **out,
			       struct mun_err *e);
MUN_CHECK int mun_image_view_source(struct mun_image *img, enum mun_view view,
				    struct mun_source **out, struct mun_err *e);

#endif
