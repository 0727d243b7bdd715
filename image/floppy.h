/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/floppy.h - the table of sectors that a floppy image carries
 *
 * For formats that know each sector by itself: its ID field, its size, how it
 * was read.  A driver adds tracks and sectors with their data; after
 * mun_floppy_done() the views of the image are read through here.  At most
 * MUN_FLOPPY_BYTES of data, so it is kept in memory.
 *
 * MUN_VIEW_CONTENT has the sectors in the order of physical cylinder, physical
 * head and R of the ID field (where R is the same: of the medium), of each ID
 * the copy that was read best; sectors that have no data are zeros and
 * unreadable.  This is how HxC, Greaseweazle and libdsk order an ordinary disk.
 * Where tracks differ or lack sectors nothing is put in for what is not there:
 * so does HxC; libdsk writes instead what one geometry for the whole disk
 * would hold, and drops the rest.  What has no ID field (no computer would find
 * it) is left out, unless there is nothing else.
 *
 * MUN_VIEW_RAW has all of them in the order of the medium.  MUN_VIEW_SUB has
 * the tags, 12 bytes a sector of the content, where there are any.
 */
#ifndef MUN_IMAGE_FLOPPY_H
#define MUN_IMAGE_FLOPPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/image.h"

#define MUN_FLOPPY_BYTES ((size_t)32 << 20)
#define MUN_FLOPPY_SECTORS 65536u
#define MUN_FLOPPY_TRACKS 1024u
#define MUN_FLOPPY_TAG 12u

enum mun_encoding {
	MUN_ENCODING_UNKNOWN,
	MUN_ENCODING_FM,
	MUN_ENCODING_MFM,
	MUN_ENCODING_GCR,
};

enum {
	MUN_SECTOR_DELETED = 1 << 0, /* deleted data address mark */
	MUN_SECTOR_BAD_DATA = 1 << 1, /* data field's check failed: doubtful */
	MUN_SECTOR_BAD_ID = 1 << 2, /* ID field's check failed: doubtful */
	MUN_SECTOR_NO_DATA = 1 << 3, /* no data field was found: unreadable */
	MUN_SECTOR_WEAK = 1 << 4, /* reads differently each time: doubtful */
	MUN_SECTOR_NO_ID = 1 << 5, /* data without an ID field */
};

#define MUN_SECTOR_NOWHERE UINT64_MAX

struct mun_sector {
	uint8_t c; /* cylinder, head, sector and size code of the ID field */
	uint8_t h;
	uint8_t r;
	uint8_t n;
	uint16_t flags; /* MUN_SECTOR_... */
	uint8_t st1; /* status as the container gives it, and which byte that */
	uint8_t st2; /* is depends on the format: FDC ST1/ST2, DOS error code */
	uint32_t bytes;
	uint64_t content; /* bytes into MUN_VIEW_CONTENT, or NOWHERE: a copy */
	uint64_t raw; /* bytes into MUN_VIEW_RAW */
	uint32_t tag; /* 1 + number of its tag, or 0 */
};

/* How many bytes a sector of size code @n has: as the controller does, by the
 * lower three bits. */
static inline uint32_t mun_sector_size(uint8_t n)
{
	return 128u << (n & 7);
}

/* The size code of sectors of @bytes; false where there is none. */
bool mun_sector_code(uint32_t bytes, uint8_t *n_out);

struct mun_floppy_track {
	uint16_t cylinder; /* physical */
	uint8_t head; /* physical */
	uint8_t encoding; /* enum mun_encoding */
	uint16_t kbps; /* 250, 300, 500, 1000; 0: not known */
	uint8_t gap3;
	uint8_t filler;
	uint32_t first; /* in the table of sectors, in physical order */
	uint32_t sectors;
};

struct mun_floppy {
	struct mun_floppy_track *tracks; /* by cylinder and head */
	size_t ntracks;
	struct mun_sector *sectors;
	size_t nsectors;
	uint8_t *data; /* as MUN_VIEW_RAW; NULL in a proxy (image/remote.h) */
	size_t bytes; /* of @data */
	uint8_t *tags; /* NULL if there are none */
	size_t ntags;
	/* The container's comment or name, as it stands there; NULL if none. */
	char *comment;
	size_t comment_bytes;
	uint64_t content_bytes; /* set by mun_floppy_done() */
	/* Positions of the content that are in order: sectors with data */
	struct mun_sector **order; /* nsectors of them at most */
	size_t norder;
	/* For those who add: what there is room for. */
	size_t sectors_room;
	size_t data_room;
	size_t tags_room;
};

/* A floppy without a track. */
MUN_CHECK int mun_floppy_new(struct mun_floppy **out, struct mun_err *e);
void mun_floppy_free(struct mun_floppy *f); /* NULL is fine */
MUN_DEFINE_FREEP(floppy, mun_floppy_free);

/**
 * mun_floppy_add_track() - begin a track; its sectors follow
 * @track: first and sectors are ignored
 *
 * In any order; twice the same cylinder and head is MUN_ECORRUPT, as are more
 * than MUN_FLOPPY_TRACKS.
 */
MUN_CHECK int mun_floppy_add_track(struct mun_floppy *f,
				   const struct mun_floppy_track *track,
				   struct mun_err *e);

/**
 * mun_floppy_add_sector() - add a sector to the track that was begun last
 * @sector: content, raw and tag are ignored
 * @data:   @sector->bytes of them, or NULL: zeros (with MUN_SECTOR_NO_DATA)
 * @tag:    MUN_FLOPPY_TAG bytes, or NULL
 *
 * Return: 0; MUN_ECORRUPT above MUN_FLOPPY_SECTORS or MUN_FLOPPY_BYTES;
 * MUN_ENOMEM.
 */
MUN_CHECK int mun_floppy_add_sector(struct mun_floppy *f,
				    const struct mun_sector *sector,
				    const uint8_t *data, const uint8_t *tag,
				    struct mun_err *e);

/**
 * mun_floppy_done() - sort, choose of copies the best, and give it to @img
 * @f: @img's from now on (also when this fails)
 *
 * Sets bytes, raw_bytes, sub_bytes, sector_bytes (the commonest size),
 * geometry (where all tracks are alike) and the one track of @img, and the
 * notes and LIMIT facts on copies, deleted, doubtful and unreadable sectors.
 * Return: 0, MUN_ENOMEM, MUN_ECORRUPT for a disk without any sector.
 */
MUN_CHECK int mun_floppy_done(struct mun_image *img, struct mun_floppy *f,
			      struct mun_err *e);

/* For the driver's own table: pread and next_extent of an image that has one;
 * of one without (mun_floppy_keep()) the bytes are the file's own. */
int mun_floppy_pread(struct mun_image *img, enum mun_view view, void *buf,
		     size_t len, uint64_t off, struct mun_err *e);
int mun_floppy_next_extent(struct mun_image *img, enum mun_view view,
			   uint64_t off, struct mun_extent *out,
			   struct mun_err *e);

/* DATA, DOUBTFUL or UNREADABLE. */
enum mun_extent_kind mun_sector_state(const struct mun_sector *s);

/* For mun_floppy_done(): the variant, the notes and the limits of a table that
 * is in order, and the name of a DOS disk. */
MUN_CHECK int mun_floppy_tell(struct mun_image *img, const struct mun_floppy *f,
			      struct mun_err *e);

/* 2 where each second cylinder alone has sectors: a disk of 40 cylinders that a
 * drive of 80 has read; else 1. */
unsigned int mun_floppy_step(const struct mun_floppy *f);

/* Is the MUN_FACT_LIMIT @name one of what the table of sectors itself shows?
 * Others tell of things that no table holds. */
bool mun_floppy_shows(const char *name);

/**
 * mun_floppy_text() - a comment of the container: kept, and told as a fact
 * @text: as it stands there; NUL and line ends are told as spaces
 * @len:  0: nothing is done
 */
MUN_CHECK int mun_floppy_text(struct mun_image *img, struct mun_floppy *f,
			      const char *name, const void *text, size_t len,
			      struct mun_err *e);

/**
 * mun_floppy_load() - the whole file of a floppy image
 * @max: refuse a longer one
 * @out: the caller's, free(); @img->src->size bytes
 *
 * Return: 0, MUN_ECORRUPT, MUN_ENOMEM, MUN_EIO.
 */
MUN_CHECK int mun_floppy_load(struct mun_image *img, size_t max, uint8_t **out,
			      struct mun_err *e);

#define MUN_FLOPPY_FILE ((size_t)48 << 20)

/**
 * mun_floppy_plain_track() - a track whose sectors are only known by number
 * @track: where, and how it was recorded
 * @n:     sectors of @bytes each; their IDs are those of the place, R from
 *         @base on
 * @data:  all of them one after the other; NULL: they were not imaged
 *
 * Return: as mun_floppy_add_track() and mun_floppy_add_sector(); MUN_ECORRUPT
 * for a size that no sector has.
 */
MUN_CHECK int mun_floppy_plain_track(struct mun_floppy *f,
				     const struct mun_floppy_track *track,
				     uint32_t n, uint32_t bytes, uint8_t base,
				     const uint8_t *data, struct mun_err *e);

/**
 * mun_floppy_keep() - a floppy image that is kept as it is, not decoded
 * @reason: why, for people
 *
 * Return: 0 or MUN_ENOMEM.
 */
MUN_CHECK int mun_floppy_keep(struct mun_image *img, const char *reason,
			      struct mun_err *e);

/* What is left of a file that is read from front to back. */
struct mun_span {
	const uint8_t *data;
	size_t len;
	size_t at;
};

/* The next @n bytes; MUN_ECORRUPT ("ends within @what") where there are
 * fewer. */
MUN_CHECK int mun_span_take(struct mun_span *s, size_t n, const uint8_t **out,
			    const char *what, struct mun_err *e);

#endif
