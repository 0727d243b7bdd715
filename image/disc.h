/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/disc.h - a disc of sessions and tracks, whatever container it is in
 *
 * A driver of an optical format tells where each track's sectors lie and how
 * they are stored; reading, byte order of audio, EDC and the views are here.
 * Specifications: ECMA-130 (sectors, EDC, ECC), IEC 60908 (sub-channel).
 */
#ifndef MUN_IMAGE_DISC_H
#define MUN_IMAGE_DISC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/source.h"
#include "image/image.h"

#define MUN_CD_RAW 2352u
#define MUN_CD_SUB 96u
#define MUN_CD_TRACKS 99u

enum mun_sub_form {
	MUN_SUB_NONE,
	MUN_SUB_PACKED, /* 96 bytes, bit 7 P ... bit 0 W, as a drive sends */
	MUN_SUB_PLAIN, /* 96 bytes: 12 of P, 12 of Q, ... (CloneCD) */
	MUN_SUB_Q16, /* 16 bytes: Q only */
};

/*
 * Sectors that lie one after the other in one source, or nowhere (zeros).
 * Those of a track, with the pregap as far as stored, follow each other in
 * mun_disc.runs; a track may have several runs.
 */
struct mun_disc_run {
	struct mun_source *src; /* NULL: zeros (silence), not stored */
	uint64_t off; /* bytes */
	uint64_t sectors;
	uint32_t stride; /* bytes from one sector to the next */
	uint32_t main_bytes; /* of main channel: 2352, 2336, 2048, ... */
	enum mun_sub_form sub; /* right after the main channel */
	bool swapped; /* audio samples are big endian */
	/* In place of src/off/stride, for containers that are compressed: */
	int (*read)(void *ctx, void *buf, uint64_t sector, struct mun_err *e);
	void *ctx; /* borrowed; @read gives main_bytes + sub of one sector */
	unsigned int track; /* index in img->tracks */
	/* set by mun_disc_done(): */
	uint64_t first; /* number of its first sector among all stored */
	uint64_t raw; /* byte of MUN_VIEW_RAW where it begins */
};

struct mun_disc {
	struct mun_disc_run *runs;
	size_t nruns;
	struct mun_source **sources; /* owned: closed with the disc */
	size_t nsources;
	struct mun_source *sub; /* separate sub-channel (.sub), or NULL */
	char mcn[14]; /* catalogue number, "" if none */
	uint8_t *cdtext; /* packs of 18 bytes, as a drive gives them */
	size_t cdtext_bytes;
	uint64_t sectors; /* stored, set by mun_disc_done() */
	bool cooked; /* MUN_VIEW_CONTENT is user data, 2048 a sector */
};

MUN_CHECK int mun_disc_new(struct mun_disc **out, struct mun_err *e);
void mun_disc_free(struct mun_disc *d); /* NULL is fine */
MUN_DEFINE_FREEP(disc, mun_disc_free);

/* Add a source that the disc owns from now on (also when this fails). */
MUN_CHECK int mun_disc_own(struct mun_disc *d, struct mun_source *src,
			   struct mun_err *e);
MUN_CHECK int mun_disc_add_run(struct mun_disc *d,
			       const struct mun_disc_run *run,
			       struct mun_err *e);

/* Add a track to @img->tracks; its runs bear the index of the last one. */
MUN_CHECK int mun_disc_add_track(struct mun_image *img,
				 const struct mun_track *track,
				 struct mun_err *e);

/**
 * mun_disc_done() - check it, and give it to @img
 * @d: @img's from now on (also when this fails)
 *
 * Every run must lie inside its source (a source that is shorter than the
 * tracks say is cut with a note: the rest is unreadable).  Sets medium, bytes,
 * raw_bytes, sub_bytes, sector_bytes, and what is told of the volume on the
 * first data track (label, ISO 9660 or not, shorter than its volume).
 */
MUN_CHECK int mun_disc_done(struct mun_image *img, struct mun_disc *d,
			    struct mun_err *e);

/* For a driver's table.  next_extent of data tracks in 2352 bytes checks EDC:
 * a sector whose EDC does not fit is MUN_EXTENT_DOUBTFUL; one that ECC could
 * mend is not mended. */
int mun_disc_pread(struct mun_image *img, enum mun_view view, void *buf,
		   size_t len, uint64_t off, struct mun_err *e);
int mun_disc_next_extent(struct mun_image *img, enum mun_view view,
			 uint64_t off, struct mun_extent *out,
			 struct mun_err *e);

#endif
