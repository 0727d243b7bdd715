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
	MUN_SUB_Q16, /* 16 bytes: Q only, the last one's bit 7 is P */
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
	/* In place of src and off, for containers that are compressed: all
	 * @stride bytes (main channel and sub) of one sector of the run, from
	 * 0 on; any number of threads.  @src is NULL then. */
	int (*read)(void *ctx, void *buf, uint64_t sector, struct mun_err *e);
	void *ctx; /* borrowed */
	uint64_t read_first; /* added to @sector */
	unsigned int track; /* index in img->tracks */
	/* set by mun_disc_done(), which divides runs where these change: */
	uint64_t first; /* number of its first sector among all stored */
	uint64_t raw; /* byte of MUN_VIEW_RAW where it begins */
	bool pregap; /* before index 1 */
	bool lost; /* beyond the end of its source: unreadable */
	bool cut; /* one sector, whose end is beyond it: doubtful */
	enum mun_disc_edc {
		MUN_DISC_EDC_NONE,
		MUN_DISC_EDC_MODE1, /* of 2352 bytes */
		MUN_DISC_EDC_MODE2, /* of 2352 bytes */
		MUN_DISC_EDC_FORMS, /* of 2336 bytes */
	} edc;
	bool xa; /* MODE2, FORMS: the track has subheaders */
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
	/* Set by mun_disc_done(): */
	uint64_t sectors; /* stored */
	/* One session with one track of Mode 1 (or of sectors stored as 2048
	 * bytes): MUN_VIEW_CONTENT is its user data from index 1 on, 2048 bytes
	 * a sector.  Mode 2 in whole sectors stays raw: what it is could only
	 * be told by reading all of it. */
	bool cooked;
	uint64_t cooked_first; /* number of the first sector of index 1 */
	enum mun_disc_look {
		MUN_DISC_NOT_LOOKED,
		MUN_DISC_REGULAR,
		MUN_DISC_IRREGULAR,
	} regular; /* by mun_disc_is_regular() */
};

/* A disc without a track. */
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
 * Every run should lie inside its source; of a source that is shorter than the
 * tracks say, the rest is unreadable, with a note.  The runs of a track are its
 * pregap_stored + sectors.  Sets medium, bytes, raw_bytes, sub_bytes,
 * sector_bytes, and what is told of the volume on the first data track
 * (label, ISO 9660 or not, shorter than its volume).  The driver has set its
 * variant before.
 * Return: 0; MUN_ECORRUPT for no track, too many, sizes that no disc has;
 * MUN_ENOMEM; MUN_EIO.
 */
MUN_CHECK int mun_disc_done(struct mun_image *img, struct mun_disc *d,
			    struct mun_err *e);

/**
 * mun_disc_track_source() - the user data of a data track, 2048 bytes a sector
 * @track: index in @img->tracks
 * @out:   the caller's, as long as @img lives; from index 1 to the end of the
 *         track; any number of threads may read it
 *
 * Of Mode 2 the form 1 part of each sector.
 * Return: 0; MUN_EUNSUPPORTED for audio, and for sectors of which less is
 * stored; MUN_ENOMEM.
 */
MUN_CHECK int mun_disc_track_source(struct mun_image *img, size_t track,
				    struct mun_source **out, struct mun_err *e);

/* For a driver's table.  next_extent of data tracks in 2352 bytes checks EDC:
 * a sector whose EDC does not fit is MUN_EXTENT_DOUBTFUL; one that ECC could
 * mend is not mended. */
int mun_disc_pread(struct mun_image *img, enum mun_view view, void *buf,
		   size_t len, uint64_t off, struct mun_err *e);
int mun_disc_next_extent(struct mun_image *img, enum mun_view view,
			 uint64_t off, struct mun_extent *out,
			 struct mun_err *e);

/* Bytes a sector that are stored in this form. */
static inline uint32_t mun_sub_stored(enum mun_sub_form form)
{
	if (form == MUN_SUB_NONE)
		return 0;
	return form == MUN_SUB_Q16 ? 16 : MUN_CD_SUB;
}

/* For disc*.c only: the sectors @i to @i + @n of a run as a view has them. */
enum mun_disc_form {
	MUN_DISC_RAW, /* run->main_bytes, audio in little endian */
	MUN_DISC_COOKED, /* 2048 bytes */
	MUN_DISC_SUB, /* 96 bytes, P to W one after the other */
};
MUN_CHECK int mun_disc_fetch(struct mun_image *img,
			     const struct mun_disc_run *run,
			     enum mun_disc_form form, uint64_t i, size_t n,
			     uint8_t *out, struct mun_err *e);

/* Bytes of user data before byte 0 of Mode 1, form 1; false: there is none. */
bool mun_disc_user_off(const struct mun_image *img,
		       const struct mun_disc_run *run, uint32_t *off);

/* Variant, volume label, PUID and note by the first track of data that can be
 * read as sectors of 2048 bytes. */
MUN_CHECK int mun_disc_tell_volume(struct mun_image *img, struct mun_err *e);

#endif
