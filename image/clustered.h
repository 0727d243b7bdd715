/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/clustered.h - disks kept in clusters: mapped, packed, one above another
 *
 * What QCOW, QCOW2 and VMDK have in common.  A driver says where each piece of
 * the disk is (map) and how to unpack it; reading runs of pieces, keeping what
 * was unpacked, the image below and the extents are done here.
 */
#ifndef MUN_IMAGE_CLUSTERED_H
#define MUN_IMAGE_CLUSTERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/blockcache.h"
#include "image/image.h"
#include "image/unpacker.h"

/* Entries of tables, read in blocks that are kept; a block is pinned while one
 * walks along it. */
struct mun_table_cursor {
	struct mun_blockcache *tables;
	struct mun_source **files;
	const struct mun_cached *pinned; /* or NULL */
	unsigned int steps; /* entries that were looked at */
};

enum mun_piece_kind {
	MUN_PIECE_ABSENT, /* of the image below; zeros where there is none */
	MUN_PIECE_ZERO,
	MUN_PIECE_DATA,
	MUN_PIECE_PACKED,
	MUN_PIECE_LOST, /* the file ends before it */
};

struct mun_piece {
	enum mun_piece_kind kind;
	uint64_t bytes; /* from the byte asked for; at least 1 */
	unsigned int file; /* number of the source that holds it */
	uint64_t at; /* DATA: where that byte is; PACKED: where it begins */
	size_t packed; /* PACKED: bytes there; at most so many */
	uint64_t start; /* PACKED: byte of the disk that it unpacks from */
	size_t unpacked; /* ... and how many bytes of the disk it holds */
};

struct mun_clustered;

struct mun_clustered_ops {
	/* What byte @off of the disk is.  MUN_ECORRUPT says what is wrong with
	 * the tables. */
	int (*map)(void *ctx, struct mun_table_cursor *cur, uint64_t off,
		   struct mun_piece *out, struct mun_err *e);
	/* All of a PACKED piece into @out; NULL where there are none. */
	int (*unpack)(void *ctx, struct mun_unpacker *u,
		      const struct mun_piece *piece, uint8_t *out,
		      struct mun_err *e);
};

#define MUN_CLUSTERED_FILES 4096u

/* Filled by the driver in its open(), then mun_clustered_ready(). */
struct mun_clustered {
	const struct mun_clustered_ops *ops;
	void *ctx;
	struct mun_source **files; /* borrowed table of borrowed sources */
	unsigned int nfiles;
	size_t packed_max; /* bytes of a PACKED piece in the file, at most; */
	size_t unpacked_max; /* ... and unpacked; 0: there are none */
	struct mun_image *below; /* or NULL */
	bool owns_below;
	/* Ours. */
	struct mun_blockcache *tables;
	struct mun_blockcache *unpacked;
	struct mun_unpackers *unpackers;
};

/* Caches for what was set.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_clustered_ready(struct mun_clustered *c, struct mun_err *e);

/* What mun_clustered_ready() made, and the image below where it is owned. */
void mun_clustered_close(struct mun_clustered *c);

/**
 * mun_clustered_below() - the image that @img is a difference to
 * @name:   as it stands in the image; not looked at where the user gave one
 * @format: driver's name, or NULL
 *
 * Sets @c->below, and adds the fact.
 * Return: as mun_image_open_named().
 */
MUN_CHECK int mun_clustered_below(struct mun_clustered *c,
				  struct mun_image *img, const char *name,
				  const char *format, struct mun_err *e);

/**
 * mun_table_entry() - @len bytes of a table
 * @file: number of the source
 * @at:   a multiple of @len, which is 4, 8 or 16
 * @out:  valid until the next call with this cursor
 *
 * Return: 0; MUN_ECORRUPT where the file ends before; MUN_EIO.
 */
MUN_CHECK int mun_table_entry(struct mun_table_cursor *cur, unsigned int file,
			      uint64_t at, size_t len, const uint8_t **out,
			      struct mun_err *e);

/* Unpin what is pinned; for who reads tables other than in map(). */
void mun_table_cursor_drop(struct mun_table_cursor *cur);

/* For mun_image_driver; off and len are inside the image. */
MUN_CHECK int mun_clustered_pread(struct mun_clustered *c, void *buf,
				  size_t len, uint64_t off, struct mun_err *e);
/* @size: bytes of the image */
MUN_CHECK int mun_clustered_extent(struct mun_clustered *c, uint64_t size,
				   uint64_t off, struct mun_extent *out,
				   struct mun_err *e);

#endif
