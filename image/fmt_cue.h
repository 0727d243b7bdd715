/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_cue.h - a cue sheet as it was read, for fmt_cue*.c only */
#ifndef MUN_IMAGE_FMT_CUE_H
#define MUN_IMAGE_FMT_CUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/disc.h"
#include "image/disc_sheet.h"

enum mun_cue_coding {
	MUN_CUE_BINARY,
	MUN_CUE_MOTOROLA, /* audio in big endian */
	MUN_CUE_WAVE,
	MUN_CUE_OTHER, /* MP3, AIFF, FLAC ...: not read */
};

struct mun_cue_file {
	char *name; /* in the sheet's text */
	char *word; /* "BINARY" */
	enum mun_cue_coding coding;
	struct mun_source *src; /* of the samples or sectors; the disc's */
	uint64_t bytes; /* that should be there; the source may end before */
};

/* A line INDEX. */
struct mun_cue_point {
	size_t file;
	size_t track;
	unsigned int index;
	uint64_t frames; /* from the beginning of the file */
};

struct mun_cue_track {
	struct mun_track track;
	enum mun_sub_form sub;
	uint64_t pregap; /* sectors that no file holds */
	uint64_t postgap;
};

/* What stands between two sessions: sectors, as told or as usual. */
struct mun_cue_session {
	uint64_t lead_out; /* of the one before */
	uint64_t lead_in;
	uint64_t pregap; /* of its first track; no file holds it */
};

struct mun_cue {
	struct mun_sheet sheet;
	struct mun_cue_file *files; /* owned, as are the others */
	size_t nfiles;
	struct mun_cue_track tracks[MUN_CD_TRACKS];
	size_t ntracks;
	struct mun_cue_point *points;
	size_t npoints;
	struct mun_cue_session sessions[MUN_CD_TRACKS];
	unsigned int session; /* of the tracks that follow; from 1 */
	char mcn[14];
	char *cdtext_file; /* in the sheet's text, or NULL */
	unsigned int rems; /* rows made of REM so far */
};

/* Everything that the text says; facts go to @img.  MUN_ECORRUPT names the
 * line. */
MUN_CHECK int mun_cue_parse(struct mun_cue *c, struct mun_image *img,
			    struct mun_err *e);
void mun_cue_clear(struct mun_cue *c);

#endif
