/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/fluxfile.h - what drivers of flux and bit-cell containers share
 *
 * Such a container holds what a head saw, not sectors.  The driver finds its
 * way to every track, says what the container tells of them, and keeps the
 * file as it is: the bytes of every view are its own.
 *
 * The place of the decoding that is not done here: these drivers know where the
 * cells of a track lie (the containers, above); what turns cells into sectors
 * belongs below them, one file a recording (track_mfm.c, track_gcr.c), and
 * gives image/floppy.h its rows.
 */
#ifndef MUN_IMAGE_FLUXFILE_H
#define MUN_IMAGE_FLUXFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/image.h"

/* The tracks that were met so far; begin with zeros. */
struct mun_fluxfile {
	unsigned int tracks; /* with anything in them */
	unsigned int outside; /* of these, do not lie inside the file */
	char first_outside[48]; /* "cylinder 3, head 1" */
	uint32_t cylinders; /* highest + 1 */
	uint32_t heads;
};

/* What is kept of flux and what of bit cells: the reason for people. */
#define MUN_FLUX_REASON "flux is kept as it is, not decoded to sectors"
#define MUN_CELLS_REASON \
	"bit cells are kept as they are, not decoded to sectors"

/* A floppy of which @img has the file's own bytes, kept because of @reason. */
void mun_fluxfile_begin(struct mun_image *img, const char *reason);

/* Are the @len bytes at byte @off inside the file? */
bool mun_fluxfile_inside(const struct mun_image *img, uint64_t off,
			 uint64_t len);

/**
 * mun_fluxfile_read() - a header or table that the driver cannot do without
 * @what: for the error: "track table"
 *
 * Return: 0; MUN_ECORRUPT where it does not lie inside the file; MUN_EIO.
 */
MUN_CHECK int mun_fluxfile_read(const struct mun_image *img, void *buf,
				size_t len, uint64_t off, const char *what,
				struct mun_err *e);

/* A track of @len > 0 bytes at byte @off, inside the file or not. */
void mun_fluxfile_track(struct mun_fluxfile *f, const struct mun_image *img,
			uint32_t cylinder, uint32_t head, uint64_t off,
			uint64_t len);

/**
 * mun_fluxfile_done() - tell the tracks: geometry, facts, the check
 * "structure", and the one track of @img
 *
 * Return: 0 or MUN_ENOMEM.
 */
MUN_CHECK int mun_fluxfile_done(struct mun_image *img,
				const struct mun_fluxfile *f,
				struct mun_err *e);

/* zlib's CRC-32 of the file from byte @off to the end. */
MUN_CHECK int mun_fluxfile_crc32(const struct mun_image *img, uint64_t off,
				 uint32_t *out, struct mun_err *e);

/* A checksum over the body is made in open() when the file is not larger: it
 * takes a few milliseconds. */
#define MUN_FLUXFILE_SMALL ((uint64_t)4 << 20)

#endif
