/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/disc_sheet.h - what descriptions of a disc in text have in common
 *
 * Cue sheets, cdrdao's toc files and CloneCD's control files: small texts that
 * name the files in which the sectors lie.
 */
#ifndef MUN_IMAGE_DISC_SHEET_H
#define MUN_IMAGE_DISC_SHEET_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/source.h"
#include "image/disc.h"
#include "image/image.h"

/* Far more than the longest (CloneCD with CD-TEXT in eight languages). */
#define MUN_SHEET_MAX (1u << 20)

struct mun_sheet {
	char *text; /* owned; terminated, without a byte order mark */
	char *at; /* what has not been read yet */
	unsigned int line; /* number of the line that was read last */
};

/**
 * mun_sheet_load() - all of a sheet
 *
 * Return: 0; MUN_ECORRUPT for more than MUN_SHEET_MAX bytes or a NUL among
 * them; MUN_EUNSUPPORTED for UTF-16; MUN_ENOMEM; MUN_EIO.
 */
MUN_CHECK int mun_sheet_load(struct mun_source *src, struct mun_sheet *out,
			     struct mun_err *e);
void mun_sheet_clear(struct mun_sheet *s); /* a zeroed one is fine */

/* The next line, terminated in place, without its end; NULL: no more. CR, LF
 * and both end a line. */
char *mun_sheet_line(struct mun_sheet *s);

/* The next word of a line, terminated in place: up to a blank, or in quotes.
 * NULL: no more. */
char *mun_sheet_word(char **line);

/* The rest of a line: without blanks around it, and one pair of quotes. */
char *mun_sheet_rest(char **line);

/* Is @word this one, in any case of ASCII letters?  NULL is not. */
bool mun_sheet_is(const char *word, const char *this_one);

/**
 * mun_sheet_head() - the first bytes of what may be a sheet, for bids
 * @buf: terminated; at most @size - 1 bytes
 *
 * Return: whether it can be a text of bounded size.
 */
bool mun_sheet_head(struct mun_source *src, char *buf, size_t size);

/* A file that a sheet names, opened once however often it does. */
struct mun_disc_file {
	char *name; /* owned; as it stands in the sheet */
	struct mun_source *src; /* the disc's */
};

struct mun_disc_files {
	struct mun_disc_file *list; /* owned */
	size_t n;
};

/**
 * mun_disc_files_open() - the companion @name
 * @d:   becomes the owner of the source
 * @out: borrowed
 *
 * Adds a row MUN_FACT_PART to @img.  Return: as mun_companion_open().
 */
MUN_CHECK int mun_disc_files_open(struct mun_disc_files *files,
				  struct mun_image *img, struct mun_disc *d,
				  const char *name, struct mun_source **out,
				  struct mun_err *e);
void mun_disc_files_clear(struct mun_disc_files *files);

/* @name as clean text for a message; cut where it does not fit. */
struct mun_shown {
	char text[96];
};
struct mun_shown mun_show(const char *name);

/**
 * mun_wave_find() - the samples of a RIFF WAVE file
 * @off:   of the data chunk, inside @src
 * @bytes: that it says it has; the file may end before
 *
 * Return: 0; MUN_EUNSUPPORTED for what is no WAVE file (is it named), and for
 * anything but 16 bits, 2 channels, 44,100 Hz; MUN_ECORRUPT; MUN_EIO.
 */
MUN_CHECK int mun_wave_find(struct mun_source *src, uint64_t *off,
			    uint64_t *bytes, struct mun_err *e);

/* An ISRC as it is printed or not, "US-AB1-98-00001": the 12 characters.
 * False where it is none. */
bool mun_isrc_parse(const char *text, char out[static 13]);

/* The catalogue number, 13 digits. */
bool mun_mcn_parse(const char *text, char out[static 14]);

#endif
