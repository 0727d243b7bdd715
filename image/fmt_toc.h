/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_toc.h - a toc file of cdrdao as it was read, for fmt_toc*.c only */
#ifndef MUN_IMAGE_FMT_TOC_H
#define MUN_IMAGE_FMT_TOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "image/disc.h"
#include "image/disc_sheet.h"

/* A stretch of a track: of a file, or zeros. */
struct mun_toc_piece {
	const char *name; /* in the sheet's text; NULL: zeros */
	uint64_t skip; /* "#123": bytes of the file before byte 0 */
	uint64_t start; /* bytes */
	uint64_t bytes; /* 0: to the end of the file */
	bool swap; /* said by SWAP */
};

struct mun_toc_track {
	struct mun_track track;
	enum mun_sub_form sub;
	bool cooked_sub; /* R to W as packs, not as on the disc */
	uint64_t pregap; /* sectors that no file holds */
	bool start_given; /* START; without a time, after so many pieces: */
	bool start_here;
	size_t start_pieces;
	uint64_t start; /* sectors */
	size_t first_piece;
	size_t npieces;
	uint64_t index[MUN_TRACK_INDEXES + 1]; /* from 2 on */
	size_t nindex;
};

struct mun_toc {
	struct mun_sheet sheet;
	const char *type; /* "CD_DA"; NULL: none told */
	struct mun_toc_track tracks[MUN_CD_TRACKS];
	size_t ntracks;
	struct mun_toc_piece *pieces; /* owned */
	size_t npieces;
	char mcn[14];
};

/* As mun_cue_parse(). */
MUN_CHECK int mun_toc_parse(struct mun_toc *t, struct mun_image *img,
			    struct mun_err *e);
void mun_toc_clear(struct mun_toc *t);

/* ---- words of the text (fmt_toc_lex.c) ---- */

enum mun_toc_kind {
	MUN_TOC_END,
	MUN_TOC_WORD,
	MUN_TOC_STRING, /* without its quotes */
	MUN_TOC_NUMBER,
	MUN_TOC_SIGN, /* one of "{}:,#" */
};

struct mun_toc_token {
	enum mun_toc_kind kind;
	const char *text; /* in the sheet's text */
	size_t len;
	uint64_t number;
	unsigned int line;
};

struct mun_toc_lexer {
	char *at;
	unsigned int line;
	struct mun_toc_token now; /* looked at, not taken */
};

/* @l->now becomes the next token.  0 or MUN_ECORRUPT. */
MUN_CHECK int mun_toc_next(struct mun_toc_lexer *l, struct mun_err *e);

/* Is it this word, or this sign? */
bool mun_toc_is(const struct mun_toc_lexer *l, const char *word);

#endif
